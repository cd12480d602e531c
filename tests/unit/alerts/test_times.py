"""When somebody was there, whatever the clocks of cameras and detectors show."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.values import Journey, to_microseconds
from services.alerts.incidents.times import OLDEST, TRANSIT, began_at, seen_at

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def journey(captured: timedelta = timedelta(0), received: timedelta = timedelta(0)) -> Journey:
    return Journey(to_microseconds(NOON + captured), to_microseconds(NOON + received))


@pytest.mark.parametrize(
    ("travelled", "expected"),
    [
        pytest.param(journey(timedelta(milliseconds=-80)), NOON - timedelta(milliseconds=80), id="camera-believed"),
        pytest.param(journey(timedelta(days=-9000)), NOON, id="camera-of-another-year"),
        pytest.param(journey(timedelta(hours=8)), NOON, id="camera-in-another-zone"),
        pytest.param(journey(timedelta(hours=-2), timedelta(hours=-2)), NOON - timedelta(hours=2), id="backlog"),
        pytest.param(journey(timedelta(days=-8), timedelta(days=-8)), NOON, id="older-than-the-stream"),
        pytest.param(Journey(0), NOON, id="no-stamps"),
        pytest.param(Journey(2**62, 2**62), NOON, id="beyond-the-calendar"),
    ],
)
def test_a_wrong_clock_moves_nothing(travelled: Journey, expected: datetime) -> None:
    assert seen_at(travelled, arrival=NOON) == expected


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_the_time_of_a_sighting_is_always_near_its_arrival(captured: int, received: int) -> None:
    at = seen_at(Journey(captured, received), arrival=NOON)

    assert NOON - OLDEST - TRANSIT <= at <= NOON


@pytest.mark.parametrize("wrong", [timedelta(0), timedelta(days=-9000), timedelta(hours=8)])
def test_a_track_began_so_long_before_its_face_as_its_camera_says(wrong: timedelta) -> None:
    captured, began = (to_microseconds(NOON + wrong + timedelta(seconds=second)) for second in (0, -7))

    assert began_at(captured, began, seen_at=NOON) == NOON - timedelta(seconds=7)


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_a_track_never_began_after_its_face_nor_very_long_before(captured: int, began: int) -> None:
    assert NOON - OLDEST <= began_at(captured, began, seen_at=NOON) <= NOON
