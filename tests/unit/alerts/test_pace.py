"""How fast somebody may go on: in turn, and nobody pays for another."""

import pytest

from services.alerts.edge.pace import Pace


def test_a_burst_is_let_in_at_once_and_then_one_after_another() -> None:
    pace = Pace(per_second=10, burst=3)

    waits = [pace.turn("a", 100.0, within_seconds=5) for _ in range(5)]

    assert waits == [0, 0, 0, pytest.approx(0.1), pytest.approx(0.2)]
    assert pace.turn("b", 100.0, within_seconds=5) == 0


def test_a_turn_that_is_too_far_off_takes_nothing() -> None:
    pace = Pace(per_second=1, burst=1)
    pace.turn("a", 0.0, within_seconds=5)

    assert [pace.turn("a", 0.0, within_seconds=0.5) for _ in range(50)] == [None] * 50
    assert pace.late("a", 0.0) == pytest.approx(1.0)
    assert pace.turn("a", 1.0, within_seconds=0.5) == 0


def test_rest_gives_the_burst_back_and_not_more() -> None:
    pace = Pace(per_second=10, burst=3)
    for _ in range(3):
        pace.turn("a", 0.0, within_seconds=0)

    assert [pace.turn("a", 1000.0, within_seconds=0) for _ in range(4)] == [0, 0, 0, None]


def test_only_so_many_keys_are_remembered() -> None:
    pace = Pace(per_second=0.01, burst=1, most_keys=10)
    pace.turn("first", 0.0, within_seconds=0)
    for n in range(10):
        pace.turn(str(n), 0.0, within_seconds=0)

    assert pace.turn("first", 0.0, within_seconds=0) == 0
    assert pace.turn("9", 0.0, within_seconds=0) is None
