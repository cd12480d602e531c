"""What is said of a photo, and where the limits lie."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.entries import Finding, Verdict
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.requests import PhotoDetectReply, PhotoFace
from proto.wardwatch.v1.values import Quality
from services.watchlist.rules import quality
from services.watchlist.rules.gate import AtLeast, AtMost, PhotoGate

GOOD = Quality(
    score=0.93,
    face_px=120,
    eye_distance_px=55,
    sharpness=200,
    yaw_degrees=5,
    roll_degrees=1,
    exposure=120,
    least_sharpness=40,
    pitch_degrees=2,
    contrast=40,
    overexposed=0,
    chroma=40,
    mouth_pallor=-0.1,
    eye_shade=0.1,
)


def photo(*faces: Quality) -> PhotoDetectReply:
    """A photo with these faces, largest first."""
    return PhotoDetectReply(tuple(PhotoFace(q, np.zeros((112, 112, 3), np.uint8), b"") for q in faces), 640, 480)


def findings(*faces: Quality) -> tuple[Finding, ...]:
    return quality.findings(photo(*faces), PhotoGate())


def only(*faces: Quality) -> Finding:
    (finding,) = findings(*faces)
    return finding


def test_nothing_is_said_of_a_good_photo() -> None:
    assert findings(GOOD) == ()
    assert quality.verdict(()) is Verdict.READY


def test_a_photo_without_a_face_is_rejected() -> None:
    finding = only()

    assert (finding.code, finding.severity) == (FindingCode.NO_FACE, "rejected")
    assert finding.value is None


# Measure, the last good value, one that needs a person's word, one that cannot be enrolled (None: there is none).
MEASURES = [
    pytest.param("score", 0.8, None, 0.79, FindingCode.UNCLEAR_FACE, id="score"),
    pytest.param("face_px", 75, 74, 55, FindingCode.SMALL_FACE, id="width"),
    pytest.param("eye_distance_px", 30, 29, 21, FindingCode.SMALL_EYE_DISTANCE, id="eyes"),
    pytest.param("cut_off", 0.1, 0.11, 0.31, FindingCode.CUT_OFF, id="cut off"),
    pytest.param("yaw_degrees", -40, -41, -51, FindingCode.TURNED, id="to the right"),
    pytest.param("yaw_degrees", 40, 41, 51, FindingCode.TURNED, id="to the left"),
    pytest.param("roll_degrees", -25, -26, -90, FindingCode.TILTED, id="tilt"),
    pytest.param("pitch_degrees", -15, -16, None, FindingCode.PITCHED, id="down"),
    pytest.param("pitch_degrees", 15, 90, None, FindingCode.PITCHED, id="up"),
    pytest.param("least_sharpness", 7, 6.9, 3.9, FindingCode.BLURRED, id="sharpness"),
    pytest.param("exposure", 40, 39, 19, FindingCode.DARK, id="dark"),
    pytest.param("overexposed", 0.1, 0.11, 0.36, FindingCode.OVEREXPOSED, id="bright"),
    pytest.param("contrast", 12, 11, 7, FindingCode.LOW_CONTRAST, id="contrast"),
    pytest.param("chroma", 4, 0, None, FindingCode.GREYSCALE, id="grey"),
    pytest.param("mouth_pallor", 0.02, 0.5, None, FindingCode.COVERED_MOUTH, id="mouth"),
    pytest.param("eye_shade", 0.8, 3, None, FindingCode.COVERED_EYES, id="eyes covered"),
]


@pytest.mark.parametrize(("measure", "good", "doubtful", "bad", "code"), MEASURES)
def test_a_measure_is_good_doubtful_or_bad(
    measure: str, good: float, doubtful: float | None, bad: float | None, code: FindingCode
) -> None:
    assert findings(replace(GOOD, **{measure: good})) == ()
    for value, severity in ((doubtful, "warning"), (bad, "rejected")):
        if value is not None:
            finding = only(replace(GOOD, **{measure: value}))
            assert (finding.code, finding.severity, finding.value) == (code, severity, abs(value))


def test_a_sentence_holds_value_limit_and_remedy() -> None:
    small, turned = only(replace(GOOD, face_px=41.4)), only(replace(GOOD, yaw_degrees=-42.3))

    assert small.text == ("face 41 px wide, needs 56: ask for a larger photo, best with a face of 112 px or more")
    assert (small.value, small.limit) == (41.4, 56)
    assert turned.text == "turned 42 degrees, better at most 40: ask for a photo from the front"


@pytest.mark.parametrize(
    ("share", "severity", "remedy"),
    [
        pytest.param(0.9, "rejected", "choose one", id="beside each other"),
        pytest.param(0.5, "warning", "accept it when that is the person", id="further back"),
        pytest.param(0.2, "note", "the largest was taken", id="far away"),
    ],
)
def test_others_in_the_photo_count_by_how_large_they_are(share: float, severity: str, remedy: str) -> None:
    other = replace(GOOD, face_px=share * GOOD.face_px)

    finding = only(GOOD, other, replace(other, face_px=10))

    assert (finding.code, finding.severity) == (FindingCode.SEVERAL_FACES, severity)
    assert finding.text.startswith(f"3 faces, the second {share:.0%} as wide as the largest")
    assert remedy in finding.text


def test_of_a_bystander_only_the_size_counts() -> None:
    blurred = replace(GOOD, face_px=10, least_sharpness=0, exposure=0)

    assert only(GOOD, blurred).code is FindingCode.SEVERAL_FACES


def test_the_worst_is_said_first() -> None:
    found = findings(replace(GOOD, chroma=0, face_px=70, exposure=5), replace(GOOD, face_px=5))

    assert [finding.severity for finding in found] == ["rejected", "warning", "warning", "note"]
    assert quality.verdict(found) is Verdict.REJECTED
    assert quality.verdict(found[1:]) is Verdict.WARNING
    assert quality.verdict(found[3:]) is Verdict.READY


def test_a_greyscale_photo_is_not_taken_for_a_covered_mouth() -> None:
    assert only(replace(GOOD, chroma=0.5, mouth_pallor=0.4)).code is FindingCode.GREYSCALE


@pytest.mark.parametrize("measure", ["face_px", "yaw_degrees", "least_sharpness", "overexposed"])
def test_what_is_no_number_is_rejected(measure: str) -> None:
    assert only(replace(GOOD, **{measure: float("nan")})).severity == "rejected"


@given(st.floats(-200, 200), st.floats(-200, 200))
def test_a_better_value_never_gets_a_worse_verdict(one: float, other: float) -> None:
    worse, better = sorted((one, other))
    order = {"rejected": 0, "warning": 1, None: 2}

    def rank(limits: AtLeast | AtMost, value: float) -> int:
        broken = limits.broken(value)
        return order[None if broken is None else broken.severity]

    assert rank(AtLeast(rejected=-10, warned=30), worse) <= rank(AtLeast(rejected=-10, warned=30), better)
    assert rank(AtMost(warned=-10, rejected=30), worse) >= rank(AtMost(warned=-10, rejected=30), better)


def test_what_is_kept_of_the_measures_are_six() -> None:
    measures = quality.measures(GOOD)

    assert (measures.face_px, measures.eye_distance_px, measures.sharpness) == (120, 55, 200)
    assert (measures.yaw_degrees, measures.roll_degrees, measures.exposure) == (5, 1, 120)
