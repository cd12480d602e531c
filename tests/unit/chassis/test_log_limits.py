"""How much may be logged."""

from dataclasses import dataclass

from services.chassis.log_limits import LogLimits, Rates

RATES = Rates(lines_of_a_kind=1, lines=10, bytes=100, burst=5)


@dataclass
class Clock:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def admitted(limits: LogLimits, kind: str, tries: int) -> int:
    return sum(limits.admits(kind) for _ in range(tries))


def test_a_kind_has_its_burst_and_then_its_rate() -> None:
    clock = Clock()
    limits = LogLimits(clock, RATES)

    assert admitted(limits, "a", 100) == 5
    clock.seconds += 2
    assert admitted(limits, "a", 100) == 2


def test_many_kinds_together_have_a_bound_too() -> None:
    limits = LogLimits(Clock(), RATES)

    assert sum(limits.admits(f"kind {number}") for number in range(1_000)) == 50


def test_long_lines_use_up_the_bytes() -> None:
    clock = Clock()
    limits = LogLimits(clock, RATES)

    assert limits.has_room(500)
    assert not limits.has_room(1)
    clock.seconds += 1
    assert limits.has_room(100)


def test_how_many_were_left_out_is_said_now_and_then() -> None:
    clock = Clock()
    limits = LogLimits(clock, RATES)
    admitted(limits, "a", 15)

    assert limits.left_out() == 10
    admitted(limits, "a", 7)
    assert limits.left_out() == 0
    clock.seconds += 10
    assert limits.left_out() == 7


def test_one_traceback_of_a_kind_a_minute() -> None:
    clock = Clock()
    limits = LogLimits(clock, RATES)

    assert [limits.traces("a"), limits.traces("a"), limits.traces("b")] == [True, False, True]
    clock.seconds += 60
    assert limits.traces("a")
