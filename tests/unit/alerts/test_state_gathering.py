"""What many cameras have in common is one sentence with how many they are, and nothing is lost by it."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.reasons import names, sentence
from proto.wardwatch.v1.subjects import SiteId
from services.alerts.state.core import Answer
from services.alerts.state.gathering import ALL_SILENT, MANY, NAMED, gathered
from services.alerts.state.reasons import Reason, Working

H1, H2 = SiteId("h1"), SiteId("h2")
# What each of them is told with beside its name.
BESIDE: Final[dict[str, dict[str, str | int]]] = {
    "camera_silent": {"seconds": 40},
    "camera_trouble": {"trouble": "truncated", "frames": 7},
    "camera_unsearched": {},
    "camera_clock": {"seconds": 90},
    "line_unproven": {},
    "line_broken": {"seconds": 100, "stage": "detected"},
    "hospital_silent": {"list": "north", "seconds": 70},
}


def one(code: str, number: int, *, site: SiteId | None = H1, seconds: int = 0) -> Reason:
    measured = {"seconds": seconds} if seconds else {}
    return Reason(code, Working.DEGRADED, site, {MANY[code].one: f"gate-{number:03}", **BESIDE[code], **measured})


def text(reason: Reason) -> str:
    return sentence(reason.code, reason.site, reason.parameters)


def hundred(code: str, site: SiteId | None = H1) -> list[Reason]:
    return [one(code, number, site=site) for number in range(100)]


KNOWN = st.builds(
    one,
    st.sampled_from(sorted(MANY)),
    st.integers(0, 20),
    site=st.sampled_from([H1, H2]),
    seconds=st.integers(1, 999),
)
OTHER = st.builds(Reason, st.sampled_from(["disk_full", "no_camera_sends"]), st.just(Working.NO), st.just(H1))


def test_a_hundred_cameras_are_one_sentence_with_the_first_names() -> None:
    (reason,) = gathered(hundred("camera_silent"))

    assert text(reason) == "100 cameras at h1 silent for 40 s or longer: gate-000, gate-001, gate-002 and others"


def test_a_site_of_which_no_camera_sends_is_one_sentence() -> None:
    none = Reason("no_camera_sends", Working.NO, H1, {"seconds": 40})
    (reason,) = gathered([none, *hundred("camera_silent")])

    assert (reason.working, reason.site) == (Working.NO, H1)
    assert text(reason) == "none of 100 cameras at h1 sends, since 40 s: gate-000, gate-001, gate-002 and others"


def test_a_site_that_is_whole_is_not_taken_for_the_silent_one() -> None:
    none = Reason("no_camera_sends", Working.NO, H1, {"seconds": 40})
    reasons = gathered([none, *hundred("camera_silent", H2)])

    assert [(reason.code, reason.site) for reason in reasons] == [("no_camera_sends", H1), ("cameras_silent", H2)]


def test_a_few_cameras_are_named_each() -> None:
    few = [Reason("no_camera_sends", Working.NO, H1, {"seconds": 40}), *hundred("camera_silent")[:NAMED]]

    assert gathered(few) == tuple(few)


@pytest.mark.parametrize("code", MANY)
def test_many_of_every_kind_are_one_sentence_that_says_how_many(code: str) -> None:
    site = None if code == "hospital_silent" else H1
    (reason,) = gathered(hundred(code, site))

    assert reason.working is Working.DEGRADED
    assert names(reason.code) <= {"site", *reason.parameters}
    assert "100 " in text(reason)
    assert "?" not in text(reason)


def test_how_long_is_what_holds_of_all() -> None:
    (reason,) = gathered(
        one("camera_silent", number, seconds=seconds) for number, seconds in enumerate([50, 40, 60, 70])
    )

    assert reason.parameters["seconds"] == 40


def test_cameras_with_another_trouble_are_another_sentence() -> None:
    dark = [Reason("camera_trouble", Working.DEGRADED, H1, {"camera": f"x{n}", "trouble": "empty"}) for n in range(5)]
    reasons = gathered([*hundred("camera_trouble"), *dark])

    assert [reason.parameters["count"] for reason in reasons] == [100, 5]


@given(st.lists(st.one_of(KNOWN, OTHER), max_size=40, unique_by=str))
def test_every_reason_is_said_or_counted_and_the_answer_is_the_same(reasons: Sequence[Reason]) -> None:
    shown = gathered(reasons)

    one_of = {many.code: code for code, many in MANY.items()} | {ALL_SILENT: "camera_silent"}

    def at(site: SiteId) -> Counter[str]:
        counted = Counter[str]()
        for reason in shown:
            if reason.site == site:
                counted[one_of.get(reason.code, reason.code)] += int(reason.parameters.get("count", 1))
        return counted + Counter(
            "no_camera_sends" for reason in shown if (reason.code, reason.site) == (ALL_SILENT, site)
        )

    for site in (H1, H2):
        assert at(site) == Counter(reason.code for reason in reasons if reason.site == site)
        assert Answer(0, shown).at(site) is Answer(0, tuple(reasons)).at(site)
    assert all("?" not in text(reason) for reason in shown if reason.code in one_of)
