"""The one answer: never "yes" while anything is unknown, old or bad, and "yes" again once it is over."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.subjects import SiteId
from services.alerts.state.core import HOLD_US, STALE_US, Answer, Steady, identity, judge
from services.alerts.state.reasons import Reason, Working

H1, H2 = SiteId("h1"), SiteId("h2")
BAD = st.builds(
    Reason,
    code=st.sampled_from(["camera_silent", "stage_silent", "disk_full"]),
    working=st.sampled_from([Working.NO, Working.DEGRADED]),
    site=st.sampled_from([None, H1, H2]),
    parameters=st.dictionaries(st.sampled_from(["camera", "seconds"]), st.one_of(st.integers(0, 99), st.just("gate"))),
)
SAID = st.dictionaries(st.sampled_from("abcd"), st.one_of(st.none(), st.lists(BAD, max_size=3)), max_size=4)
SITES = frozenset({H1, H2})


@given(SAID, st.integers(0, 10**12))
def test_it_is_yes_only_when_every_source_answers_and_nothing_is_bad(
    said: dict[str, list[Reason] | None], now_us: int
) -> None:
    answer = Answer(now_us, judge(said), SITES)

    well = all(reasons == [] for reasons in said.values())
    assert (answer.working is Working.YES) == well
    assert all(answer.at(site) is Working.YES for site in SITES) == well


@given(st.lists(BAD, max_size=5), st.integers(-(10**9), 10**9))
def test_an_old_answer_is_never_yes(reasons: Sequence[Reason], age_us: int) -> None:
    answer = Answer(10**12, tuple(reasons), SITES).now(10**12 + age_us)

    if not 0 <= age_us < STALE_US:
        assert answer.working is Working.NO
    else:
        assert (answer.working is Working.YES) == (not reasons)


@given(st.lists(st.tuples(st.lists(BAD, max_size=3), st.integers(0, 3_000_000)), max_size=12))
def test_what_is_bad_shows_at_once_and_goes_once_it_was_away(rounds: list[tuple[list[Reason], int]]) -> None:
    steady, now_us = Steady(), 0
    for reasons, later_us in rounds:
        now_us += later_us
        shown = steady(reasons, now_us)
        assert {identity(each) for each in reasons} <= {identity(each) for each in shown}
    assert steady([], now_us + HOLD_US) == ()


def test_what_comes_and_goes_does_not_flicker() -> None:
    steady, silent = Steady(), Reason("camera_silent", Working.DEGRADED, H1, {"camera": "gate", "seconds": 9})
    assert steady([], 0) == ()
    shown = [bool(steady([silent] if second % 3 == 0 else [], second * 1_000_000)) for second in range(30)]

    assert all(shown)


def test_what_a_service_hears_at_its_start_one_by_one_is_not_held() -> None:
    steady, unknown = Steady(), Reason("stage_unknown", Working.NO, parameters={"stage": "detector"})
    steady([unknown, Reason("no_camera", Working.NO, H1)], 0)

    assert steady([unknown], 1_000_000) == (unknown,)
    assert steady([], 2_000_000) == ()


def test_a_reason_with_other_numbers_is_the_same_one() -> None:
    def silent(seconds: int, camera: str = "gate") -> Reason:
        return Reason("camera_silent", Working.DEGRADED, H1, {"camera": camera, "seconds": seconds})

    steady = Steady()
    steady([], 0)
    steady([silent(9)], 0)

    assert steady([silent(10)], 1_000_000) == (silent(10),)
    assert len(steady([silent(9, "door")], 2_000_000)) == 2


def test_alerts_work_in_part_while_they_work_at_one_site() -> None:
    stopped = Reason("matching_stopped", Working.NO, H1)

    assert Answer(0, (stopped,), SITES).working is Working.DEGRADED
    assert Answer(0, (stopped,), frozenset({H1})).working is Working.NO
    assert Answer(0, (stopped, Reason("matching_stopped", Working.NO, H2)), SITES).working is Working.NO
    assert Answer(0, (stopped,), SITES).at(H2) is Working.YES


@given(st.lists(BAD, max_size=6))
def test_nobody_is_told_of_a_site_that_is_not_theirs(reasons: Sequence[Reason]) -> None:
    seen = Answer(0, tuple(reasons), SITES).seen(lambda site: site == H1)

    assert seen.sites == {H1}
    assert {reason.site for reason in seen.reasons} <= {None, H1}
    assert len(seen.reasons) == sum(reason.site != H2 for reason in reasons)


def test_the_worst_is_said_first() -> None:
    low, dead = Reason("disk_low", Working.DEGRADED), Reason("stage_silent", Working.NO)

    assert judge({"a": [low], "b": [dead], "c": None})[0] == dead
