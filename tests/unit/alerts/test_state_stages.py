"""Which stage is missed, from when on, and for how long."""

from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.replicas import StageReplica, StageReport
from services.alerts.state.reasons import Working
from services.alerts.state.stages import SeeingStages, StageWatch

SECOND = 1_000_000


def codes(watch: StageWatch | SeeingStages, second: float) -> list[str]:
    return [reason.code for reason in watch.reasons(round(second * SECOND))]


def beating(watch: StageWatch, *names: str, seconds: range, shares: int = 0) -> None:
    """Heartbeats of *names* each second, and a look at the stage as often."""
    for second in seconds:
        for name in names:
            watch.heard(name, second * SECOND, shares=shares)
        watch.reasons(second * SECOND)


def test_a_stage_of_which_nobody_was_heard_is_not_well() -> None:
    assert codes(StageWatch("detector"), 0) == ["stage_unknown"]


def test_a_frozen_detector_is_missed_from_four_seconds_on() -> None:
    watch = StageWatch("detector")
    beating(watch, "a", seconds=range(60))

    assert codes(watch, 62.9) == []
    (silent,) = watch.reasons(66 * SECOND)
    assert (silent.code, silent.working, silent.parameters) == (
        "stage_silent",
        Working.NO,
        {"stage": "detector", "seconds": 7},
    )
    watch.heard("a", 67 * SECOND)
    assert codes(watch, 67) == []


def test_of_two_detectors_the_one_that_is_killed_is_missed_for_an_hour() -> None:
    watch = StageWatch("detector")
    beating(watch, "a", "b", seconds=range(30))
    beating(watch, "a", seconds=range(30, 40))

    (missed,) = watch.reasons(40 * SECOND)
    assert (missed.code, dict(missed.parameters)) == (
        "replica_silent",
        {"stage": "detector", "living": 1, "expected": 2},
    )
    beating(watch, "a", seconds=range(40, 3700))
    assert codes(watch, 3700) == []


def test_one_that_says_it_leaves_is_not_missed() -> None:
    watch = StageWatch("detector")
    beating(watch, "a", "b", seconds=range(30))
    watch.heard("b", 30 * SECOND, leaving=True)
    beating(watch, "a", seconds=range(31, 60))

    assert codes(watch, 60) == []


def test_one_that_connects_anew_under_another_name_is_not_missed() -> None:
    watch = StageWatch("detector")
    beating(watch, "a", seconds=range(30))
    beating(watch, "b", seconds=range(30, 60))

    assert watch.expected == 1
    assert codes(watch, 60) == []


def test_cameras_that_nobody_has_are_told() -> None:
    watch = StageWatch("detector", divides=True)
    beating(watch, "a", seconds=range(9), shares=60)
    assert codes(watch, 9) == []
    beating(watch, "a", seconds=range(9, 12), shares=60)
    assert codes(watch, 12) == ["cameras_undivided"]
    beating(watch, "a", seconds=range(12, 14), shares=64)
    assert codes(watch, 14) == []


def report(*stages: str, silent_ms: int = 0) -> StageReport:
    return StageReport(tuple(StageReplica(stage, f"{stage}-1", silent_ms, 64) for stage in stages))


def test_while_no_matcher_speaks_that_is_the_reason_and_no_other() -> None:
    stages = SeeingStages()
    assert codes(stages, 0) == ["matchers_unknown"]
    stages.take(report("detector", "embedder", "matcher"), SECOND)
    assert codes(stages, 2) == []
    assert stages.sees(2 * SECOND)

    assert codes(stages, 6) == ["matchers_silent"]
    assert not stages.sees(6 * SECOND)


def test_a_stage_that_a_matcher_does_not_hear_is_named() -> None:
    stages = SeeingStages()
    stages.take(report("embedder", "matcher"), SECOND)

    assert codes(stages, 1) == ["stage_unknown"]
    assert not stages.sees(SECOND)


def test_a_second_embedder_is_missed_once_it_was_there_until_it_leaves() -> None:
    stages = SeeingStages()
    stages.take(report("detector", "embedder", "embedder2", "matcher"), SECOND)
    assert codes(stages, 2) == []

    stages.take(report("detector", "embedder", "matcher"), 6 * SECOND)
    assert [(each.code, each.working) for each in stages.reasons(6 * SECOND)] == [("stage_silent", Working.DEGRADED)]
    assert stages.is_whole(6 * SECOND)

    left = StageReplica("embedder2", "embedder2-1", 0, 0, leaving=True)
    stages.take(StageReport((*report("detector", "embedder", "matcher").replicas, left)), 7 * SECOND)
    assert codes(stages, 8) == []


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.booleans()), max_size=60), st.integers(0, 30))
def test_a_stage_is_never_well_while_nobody_was_heard_lately(
    beats: list[tuple[str, int, bool]], silent_seconds: int
) -> None:
    watch, now_us = StageWatch("embedder"), 0
    staying = dict[str, int]()
    for name, later, leaving in beats:
        now_us += later * SECOND
        watch.heard(name, now_us, leaving=leaving)
        staying[name] = now_us if not leaving else staying.get(name, -(10**9))
        watch.reasons(now_us)
    now_us += silent_seconds * SECOND

    if silent_seconds >= 4:
        assert [reason.working for reason in watch.reasons(now_us)] == [Working.NO]


@given(st.lists(st.integers(1, 3), min_size=1, max_size=40))
def test_a_stage_recovers_whatever_happened_before(counts: list[int]) -> None:
    watch, second = StageWatch("embedder"), 0
    for count in counts:
        beating(watch, *"abc"[:count], seconds=range(second, second + 20))
        second += 20
    beating(watch, *"abc", seconds=range(second, second + 20))

    assert watch.reasons((second + 20) * SECOND) == []
