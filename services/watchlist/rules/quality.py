"""Findings on an enrolment photo, in codes and in words. Pure; the limits are in ``gate.py``."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1.entries import Finding, Measures, Severity, Verdict
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.requests import PhotoDetectReply
from proto.wardwatch.v1.values import Quality
from services.watchlist.rules.gate import COLOURLESS, AtLeast, AtMost, Broken, PhotoGate

_WORST_FIRST: Final[tuple[Severity, ...]] = ("rejected", "warning", "note")


@dataclass(frozen=True, slots=True)
class _Rule:
    """A measure of the face, its limits, and the sentence about it."""

    code: FindingCode
    value: Callable[[Quality], float]
    limits: Callable[[PhotoGate], AtLeast | AtMost]
    text: str


_RULES: Final = (
    _Rule(
        FindingCode.UNCLEAR_FACE,
        lambda q: q.score,
        lambda gate: gate.score,
        "face hard to make out, clearness {value:.2f}, {asks} {limit:.2f}: ask for a clear photo from the front",
    ),
    _Rule(
        FindingCode.SMALL_FACE,
        lambda q: q.face_px,
        lambda gate: gate.face_px,
        "face {value:.0f} px wide, {asks} {limit:.0f}: ask for a larger photo, best with a face of 112 px or more",
    ),
    _Rule(
        FindingCode.SMALL_EYE_DISTANCE,
        lambda q: q.eye_distance_px,
        lambda gate: gate.eye_distance_px,
        "eyes {value:.0f} px apart, {asks} {limit:.0f}: ask for a larger photo from the front",
    ),
    _Rule(
        FindingCode.CUT_OFF,
        lambda q: q.cut_off,
        lambda gate: gate.cut_off,
        "face cut off, {value:.0%} of its surroundings missing, {asks} {limit:.0%}: ask for a photo of the whole head",
    ),
    _Rule(
        FindingCode.TURNED,
        lambda q: abs(q.yaw_degrees),
        lambda gate: gate.yaw_degrees,
        "turned {value:.0f} degrees, {asks} {limit:.0f}: ask for a photo from the front",
    ),
    _Rule(
        FindingCode.TILTED,
        lambda q: abs(q.roll_degrees),
        lambda gate: gate.roll_degrees,
        "tilted {value:.0f} degrees, {asks} {limit:.0f}: turn the photo until the eyes are level",
    ),
    _Rule(
        FindingCode.PITCHED,
        lambda q: abs(q.pitch_degrees),
        lambda gate: gate.pitch_degrees,
        "looks up or down by {value:.0f} degrees, {asks} {limit:.0f}: ask for a photo at the height of the eyes",
    ),
    _Rule(
        FindingCode.BLURRED,
        lambda q: q.least_sharpness,
        lambda gate: gate.least_sharpness,
        "blurred, sharpness {value:.1f}, {asks} {limit:.0f}: ask for a photo in focus, taken standing still",
    ),
    _Rule(
        FindingCode.DARK,
        lambda q: q.exposure,
        lambda gate: gate.exposure,
        "dark, brightness {value:.0f} of 255, {asks} {limit:.0f}: ask for a photo in better light",
    ),
    _Rule(
        FindingCode.OVEREXPOSED,
        lambda q: q.overexposed,
        lambda gate: gate.overexposed,
        "overexposed, {value:.0%} of the face is white, {asks} {limit:.0%}: ask for a photo in softer light",
    ),
    _Rule(
        FindingCode.LOW_CONTRAST,
        lambda q: q.contrast,
        lambda gate: gate.contrast,
        "flat, contrast {value:.0f}, {asks} {limit:.0f}: ask for a photo without haze, glass or glare before the face",
    ),
    _Rule(
        FindingCode.GREYSCALE,
        lambda q: q.chroma,
        lambda gate: gate.chroma,
        "greyscale or infra-red, colour {value:.0f}, {asks} {limit:.0f}: ask for a colour photo",
    ),
    _Rule(
        FindingCode.COVERED_MOUTH,
        # Without colour there is no redness to compare.
        lambda q: q.mouth_pallor if q.chroma >= COLOURLESS else 0.0,
        lambda gate: gate.mouth_pallor,
        "the mouth seems covered ({value:.2f}, {asks} {limit:.2f}): ask for a photo without mask, scarf or hand, or"
        " accept it when the mouth is plain to see",
    ),
    _Rule(
        FindingCode.COVERED_EYES,
        lambda q: q.eye_shade,
        lambda gate: gate.eye_shade,
        "the eyes seem covered ({value:.1f}, {asks} {limit:.1f}): ask for a photo without dark glasses or cap, or"
        " accept it when the eyes are plain to see",
    ),
)


def findings(found: PhotoDetectReply, gate: PhotoGate) -> tuple[Finding, ...]:
    """Findings on a photo, worst first. Of several faces the first counts, which is the largest."""
    if not found.faces:
        return (
            rejection(FindingCode.NO_FACE, "no face was found: ask for a photo that shows the face from the front"),
        )

    unsorted = [*_several(found, gate), *_of_face(found.faces[0].quality, gate)]
    return tuple(sorted(unsorted, key=lambda finding: _WORST_FIRST.index(finding.severity)))


def rejection(code: FindingCode, text: str) -> Finding:
    """What cannot be enrolled, and is not a matter of measure."""
    return Finding(code=code, severity="rejected", text=text)


def verdict(found: Iterable[Finding]) -> Verdict:
    """What becomes of a photo with these findings."""
    severities = {finding.severity for finding in found}
    if "rejected" in severities:
        return Verdict.REJECTED
    return Verdict.WARNING if "warning" in severities else Verdict.READY


def measures(quality: Quality) -> Measures:
    """What is kept and shown of the measures."""
    return Measures(
        face_px=quality.face_px,
        eye_distance_px=quality.eye_distance_px,
        sharpness=quality.sharpness,
        yaw_degrees=quality.yaw_degrees,
        roll_degrees=quality.roll_degrees,
        exposure=quality.exposure,
    )


def _several(found: PhotoDetectReply, gate: PhotoGate) -> Iterator[Finding]:
    if len(found.faces) == 1:
        return

    largest, others = found.faces[0].quality.face_px, [face.quality.face_px for face in found.faces[1:]]
    share = max(others) / largest
    broken = gate.bystander.broken(share) or Broken("note", gate.bystander.warned, "")
    words = f"{len(found.faces)} faces, the second {share:.0%} as wide as the largest"
    remedy = {
        "rejected": f", at most {broken.limit:.0%}: choose one and cut the photo to that person",
        "warning": ": the largest was taken; accept it when that is the person, or cut the photo",
        "note": ": the largest was taken",
    }[broken.severity]
    yield _finding(FindingCode.SEVERAL_FACES, broken, share, words + remedy)


def _of_face(quality: Quality, gate: PhotoGate) -> Iterator[Finding]:
    for rule in _RULES:
        value = rule.value(quality)
        if broken := rule.limits(gate).broken(value):
            text = rule.text.format(value=value, limit=broken.limit, asks=broken.asks)
            yield _finding(rule.code, broken, value, text)


def _finding(code: FindingCode, broken: Broken, value: float, text: str) -> Finding:
    return Finding(code=code, severity=broken.severity, value=round(value, 3), limit=broken.limit, text=text)
