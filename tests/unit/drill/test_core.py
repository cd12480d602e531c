"""When which camera is drilled."""

from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.drill.core import Schedule, Timing

S = 1_000_000
TIMING = Timing(period_us=120 * S, silent_us=600 * S)


def place(number: int) -> Place:
    return Place(site_id("h1"), camera_id(f"gate-{number}"))


@dataclass
class Hospital:
    """Cameras that are drilled; of each try, when it was made."""

    timing: Timing = TIMING
    now: int = 7 * S
    tries: dict[Place, list[int]] = field(default_factory=dict)
    left: list[Place] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.schedule = Schedule(self.timing, most=100)

    def hear(self, *numbers: int) -> None:
        for number in numbers:
            self.schedule.heard(place(number), self.now)

    def pass_by(self, us: int, *, lost: frozenset[Place] = frozenset()) -> None:
        """Time goes by; every drill comes through at once, but for those of the cameras *lost*."""
        until = self.now + us
        while self.now <= until:
            self.left += self.schedule.left(self.now)
            for each in self.schedule.due(self.now):
                drill = f"{each.camera}/{self.now}"
                self.schedule.sent(each, drill, self.now)
                self.tries.setdefault(each, []).append(self.now)
                if each not in lost:
                    assert self.schedule.proven(each, drill)
            self.now += max(1, self.schedule.wait_us(self.now))
        self.now = until


def test_a_new_camera_is_drilled_at_once() -> None:
    hospital = Hospital()
    hospital.hear(1)

    assert hospital.schedule.due(hospital.now) == [place(1)]


@given(
    st.integers(min_value=1, max_value=40),
    st.sampled_from([Timing(2 * S, 30 * S), Timing(120 * S, 600 * S), Timing(3600 * S, 9000 * S)]),
)
def test_each_line_is_proven_again_before_its_period_is_over(cameras: int, timing: Timing) -> None:
    hospital = Hospital(timing)
    for _ in range(4):
        hospital.hear(*range(cameras))
        hospital.pass_by(timing.period_us)

    assert len(hospital.tries) == cameras
    for tries in hospital.tries.values():
        gaps = [later - earlier for earlier, later in pairwise(tries)]
        assert max(gaps) <= timing.interval_us
        assert hospital.now - tries[-1] <= timing.interval_us


def test_once_all_are_known_drills_are_spread_evenly() -> None:
    hospital = Hospital()
    hospital.hear(*range(9))
    hospital.pass_by(2 * TIMING.interval_us)
    hospital.tries.clear()
    hospital.pass_by(TIMING.interval_us - 1)

    moments = sorted(moment for tries in hospital.tries.values() for moment in tries)
    assert {later - earlier for earlier, later in pairwise(moments)} == {10 * S}
    assert len(moments) == 9


@pytest.mark.parametrize("period", [2 * S, 120 * S])
def test_a_drill_that_is_lost_is_tried_thrice_within_the_period(period: int) -> None:
    hospital = Hospital(Timing(period, 600 * S))
    hospital.hear(1)
    # From one of its own moments to just before the next one.
    hospital.pass_by(hospital.timing.interval_us - hospital.now % hospital.timing.interval_us - 1)
    hospital.tries.clear()
    hospital.pass_by(hospital.timing.interval_us - 1, lost=frozenset({place(1)}))

    tries = hospital.tries[place(1)]
    assert len(tries) == 3
    assert hospital.timing.interval_us + tries[-1] - tries[0] + hospital.timing.patience_us <= period


def test_an_answer_that_is_not_waited_for_proves_nothing() -> None:
    hospital = Hospital()
    hospital.hear(1)
    hospital.schedule.sent(place(1), "a", hospital.now)

    assert not hospital.schedule.proven(place(1), "b")
    assert not hospital.schedule.proven(place(2), "a")
    assert hospital.schedule.proven(place(1), "a")
    assert not hospital.schedule.proven(place(1), "a")


def test_a_camera_long_silent_is_drilled_no_more_and_comes_back() -> None:
    hospital = Hospital()
    hospital.hear(1, 2)
    for _ in range(7):
        hospital.pass_by(100 * S)
        hospital.hear(2)

    assert set(hospital.left) == {place(1)}
    assert len(hospital.left) == 3
    assert len(hospital.schedule) == 1
    hospital.hear(1)
    assert place(1) in hospital.schedule.due(hospital.now)


def test_more_cameras_than_may_be_are_not_drilled() -> None:
    schedule = Schedule(TIMING, most=2)
    for number in range(3):
        schedule.heard(place(number), 0)

    assert schedule.due(0) == [place(0), place(1)]
