"""What is told of a camera that sends: counts of the last seconds, sizes and durations."""

from datetime import UTC, datetime, timedelta

import pytest

from proto.wardwatch.v1.camera_states import CameraTrouble, TroubleKind
from proto.wardwatch.v1.messages import RejectReason
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.detector.sights import Sights, stated_offset
from services.detector.troubles import Troubles, camera_states

GATE = Place(site_id("h1"), camera_id("gate"))
DOOR = Place(site_id("h1"), camera_id("door"))
SECOND = 1_000_000
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def test_a_camera_is_told_by_what_came_within_the_last_seconds() -> None:
    sights = Sights(8)
    for tenth in range(250):
        sights.came(GATE, tenth * SECOND // 10, timedelta(seconds=-2))
        if tenth % 2 == 0:
            sights.searched(GATE, tenth * SECOND // 10, 640, 480)
    sights.refused(GATE, RejectReason.CORRUPT, 25 * SECOND)

    sight = sights.told(25 * SECOND)[GATE]
    assert (sight.silent_ms, sight.width_px, sight.height_px, sight.clock_offset_ms) == (100, 640, 480, -2000)
    assert 9 < sight.frames_per_second < 11
    assert sight.searched == pytest.approx(sight.frames / 2, abs=1)
    assert sight.refused == (CameraTrouble(TroubleKind.CORRUPT, 1),)


def test_a_camera_that_fell_silent_is_told_of_for_ten_seconds() -> None:
    sights = Sights(8)
    sights.came(GATE, 0)

    assert sights.told(9 * SECOND)[GATE].silent_ms == 9000
    assert sights.told(10 * SECOND) == {}


def test_however_many_cameras_send_those_that_sent_last_are_known() -> None:
    sights = Sights(2)
    for number in range(5):
        sights.came(Place(site_id("h1"), camera_id(f"c{number}")), number)
    sights.searched(GATE, 5, 1, 1)
    sights.refused(GATE, RejectReason.EMPTY, 5)

    assert [place.camera for place in sights.told(5)] == ["c3", "c4"]


def test_a_clock_that_is_years_off_is_told_as_far_as_it_can_be() -> None:
    sights = Sights(2)
    sights.came(GATE, 0, timedelta(days=-20_000), clock_ignored=True)

    told = sights.told(0)[GATE]
    assert (told.clock_offset_ms, told.clock_ignored) == (-(2**31) + 1, True)


@pytest.mark.parametrize("stated", ["", "yesterday", "2026-12-01T12:00:00", "9999-99-99"])
def test_what_is_no_time_is_off_by_nothing(stated: str) -> None:
    assert stated_offset(stated, NOON) is None


def test_a_stated_time_is_compared_with_the_arrival() -> None:
    assert stated_offset("2026-12-01T12:00:09Z", NOON) == timedelta(seconds=9)


def test_who_sends_and_who_is_in_trouble_is_said_once_each() -> None:
    sights, troubles = Sights(8), Troubles(8)
    sights.came(GATE, SECOND)
    for _ in range(4):
        troubles.refused(GATE, RejectReason.EMPTY, SECOND)
        troubles.refused(DOOR, RejectReason.EMPTY, SECOND)

    said = {
        state.place: (state.sight is not None, len(state.troubles)) for state in camera_states(troubles, sights, SECOND)
    }
    assert said == {GATE: (True, 1), DOOR: (False, 1)}
