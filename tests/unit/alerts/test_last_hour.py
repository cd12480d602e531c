"""The stages' last hour in memory: what totals come to, what is forgotten, and what it says to scale."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.replicas import StageLoad, StageReplica, StageReport
from services.alerts.state.last_hour import STEPS, LastHour, Work
from services.alerts.state.scaling import Hint, busy, hints

SECOND = 1_000_000
BEGAN = 1_795_500_000 * SECOND


def load(received: int = 0, **over: int) -> StageLoad:
    return StageLoad(received, over.get("done", received), {"stale": over.get("stale", 0)}, over.get("work_us", 0))


def report(*loads: StageLoad | None, stage: str = "detector", silent_ms: int = 100) -> StageReport:
    replicas = (StageReplica(stage, f"r{number}", silent_ms, 32, load=each) for number, each in enumerate(loads))
    return StageReport(tuple(replicas))


class Hour:
    """A last hour that is told something each second."""

    def __init__(self) -> None:
        self.now, self.hour = BEGAN, LastHour(BEGAN)

    def tell(self, *loads: StageLoad | None, stage: str = "detector") -> None:
        self.now += SECOND
        self.hour.take(report(*loads, stage=stage), self.now)

    def received(self, stage: str = "detector") -> list[int]:
        return [step.stages[stage].received for step in self.hour.steps(self.now)]


def test_totals_become_what_was_done_within_each_ten_seconds() -> None:
    hour = Hour()
    for number in range(1, 31):
        hour.tell(load(5 * number), load(100 + 2 * number))

    # The first report of a replica is where counting begins, and the last step goes on.
    assert hour.received() == [8 * 7, 70, 70]
    assert {step.stages["detector"].replicas for step in hour.hour.steps(hour.now)} == {2}
    assert hour.received("matcher") == [0, 0, 0]


def test_a_report_that_is_lost_loses_nothing() -> None:
    hour = Hour()
    for number in range(1, 21):
        if number % 3:
            hour.tell(load(5 * number))
        else:
            hour.now += SECOND

    hour.now += 10 * SECOND
    assert sum(hour.received()) == 5 * 19


def test_a_replica_that_begins_anew_is_never_counted_backwards() -> None:
    hour = Hour()
    hour.tell(load(1000))
    hour.tell(load(3))
    hour.tell(load(9))

    hour.now += 20 * SECOND
    assert sum(hour.received()) == 6


def test_a_replica_that_does_not_tell_is_counted_as_living() -> None:
    hour = Hour()
    hour.tell(None)

    hour.now += 20 * SECOND
    (step, *_) = hour.hour.steps(hour.now)
    assert (step.stages["detector"].replicas, step.stages["detector"].received) == (1, 0)


def test_no_more_than_an_hour_is_kept() -> None:
    hour = Hour()
    for number in range(STEPS + 50):
        hour.now += 9 * SECOND
        hour.tell(load(number))

    steps = hour.hour.steps(hour.now)
    assert len(steps) == STEPS
    assert steps[-1].at - steps[0].at == 10 * (STEPS - 1)
    assert hour.hour.steps(hour.now, after=steps[-2].at) == [steps[-1]]


@given(st.lists(st.integers(0, 1000), min_size=14, max_size=14), st.floats(0.01, 0.99))
def test_an_age_lies_within_the_bucket_of_its_share(delays: list[int], share: float) -> None:
    age = Work(delays=delays).age_seconds(share)

    assert (age is None) == (sum(delays) == 0)
    assert age is None or 0 <= age <= 10


def test_an_age_is_spread_evenly_within_its_bucket() -> None:
    delays = [0] * 14
    delays[6] = 100  # between 50 and 100 ms

    assert Work(delays=delays).age_seconds(0.95) == pytest.approx(0.0975)
    assert Work(delays=[0] * 13 + [1]).age_seconds(0.5) == 10.0


def test_what_a_machine_used_is_that_of_the_busiest() -> None:
    hour = Hour()
    for number in range(3):
        one = replace(load(number), machine_permille=300, processors=4)
        hour.tell(one, replace(load(number), machine_permille=910, processors=16))

    hour.now += 20 * SECOND
    work = hour.hour.lately(hour.now, 300)["detector"]
    assert (work.machine, work.processors) == (0.91, 16)


def stages(**over: Work) -> dict[str, Work]:
    return {stage: over.get(stage, Work(received=10, replicas=2)) for stage in ("detector", "embedder", "matcher")}


def test_a_stage_without_time_is_scaled_while_its_machine_has_some() -> None:
    worked = Work(received=10, replicas=2, work_us=560 * SECOND, machine=0.4, processors=8)

    assert busy(worked, 300) == pytest.approx(0.9333, abs=1e-3)
    assert hints(stages(detector=worked), 300) == [
        Hint(
            "stage_full",
            {
                "stage": "detector", "busy": 93, "machine": 40, "variable": "WARDWATCH_DETECTORS", "replicas": 3,
                "shed": 0,
            },
        )
    ]  # fmt: skip


def test_another_replica_brings_nothing_where_the_machine_is_used_up() -> None:
    worked = Work(received=10, replicas=2, work_us=560 * SECOND, machine=0.97, processors=8)

    (hint,) = hints(stages(detector=worked), 300)

    assert (hint.code, hint.parameters["stage"], hint.parameters["processors"]) == ("machine_full", "detector", 8)


def test_what_is_given_up_counts_more_than_what_is_busy() -> None:
    shedding = Work(received=10, replicas=1, machine=0.2, processors=8)
    shedding.shed["stale"] = 4

    first, alone = hints(stages(embedder=shedding, detector=Work(received=9, replicas=2, work_us=400 * SECOND)), 300)

    assert (first.code, first.parameters["stage"], first.parameters["shed"]) == ("stage_full", "embedder", 4)
    assert alone == Hint("alone", {"stage": "embedder", "variable": "WARDWATCH_EMBEDDERS"})


def test_nothing_is_said_to_scale_where_nothing_is_used_up_or_seen() -> None:
    assert [hint.code for hint in hints(stages(), 300)] == ["nothing_full"]
    assert [hint.code for hint in hints({stage: Work() for stage in stages()}, 300)] == ["nothing_seen"]
