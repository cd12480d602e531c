"""Which cameras people are told of, and for how long."""

import pytest

from proto.wardwatch.v1.camera_states import MOST_FRAMES, CameraState, CameraTrouble, TroubleKind
from proto.wardwatch.v1.messages import RejectReason
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.detector.troubles import Troubles

GATE = Place(site_id("h1"), camera_id("gate"))
DOOR = Place(site_id("h1"), camera_id("door"))
SECOND = 1_000_000


def refusing(troubles: Troubles, count: int, *, now_us: int = 0, reason: RejectReason = RejectReason.TRUNCATED) -> None:
    for _ in range(count):
        troubles.refused(GATE, reason, now_us)


def told(troubles: Troubles, now_us: int = 0) -> dict[TroubleKind, int]:
    return {each.kind: each.frames for state in troubles.states(now_us) for each in state.troubles}


def test_a_frame_here_and_there_is_nobody_s_trouble() -> None:
    troubles = Troubles(8)
    for _ in range(20):
        refusing(troubles, 1)
        for _ in range(3):
            troubles.taken(GATE)

    assert told(troubles) == {}


def test_a_camera_of_which_half_is_refused_is_told() -> None:
    troubles = Troubles(8)
    for _ in range(4):
        troubles.taken(GATE)
        refusing(troubles, 1)

    assert told(troubles) == {TroubleKind.TRUNCATED: 4}


@pytest.mark.parametrize("reason", RejectReason)
def test_each_reason_is_told_by_its_own_code(reason: RejectReason) -> None:
    troubles = Troubles(8)
    refusing(troubles, 4, reason=reason)

    ((state,)) = troubles.states(0)

    assert [each.kind.code for each in state.troubles] == [reason.value]


def test_a_refused_camera_is_well_once_its_pictures_are_taken() -> None:
    troubles = Troubles(8)
    refusing(troubles, 100)
    for _ in range(5):
        troubles.taken(GATE)

    assert told(troubles) == {}


def test_a_refused_camera_that_stops_sending_is_forgotten() -> None:
    troubles = Troubles(8)
    refusing(troubles, 8)

    assert told(troubles, 60 * SECOND)
    assert not told(troubles, 80 * SECOND)


def test_a_camera_of_one_frame_a_minute_stays_told() -> None:
    troubles = Troubles(8)
    for minute in range(6):
        refusing(troubles, 1, now_us=minute * 60 * SECOND)

    assert told(troubles, 6 * 60 * SECOND) == {TroubleKind.TRUNCATED: 6}


def test_a_burst_is_no_flood_and_a_flood_is() -> None:
    troubles = Troubles(8)
    for _ in range(9):
        troubles.too_fast(GATE, 0)
    assert told(troubles) == {}

    troubles.too_fast(GATE, 0)

    assert told(troubles) == {TroubleKind.TOO_FAST: 10}


def test_bursts_that_lie_apart_do_not_add_up() -> None:
    troubles = Troubles(8)
    for minute in range(20):
        troubles.too_fast(GATE, minute * 60 * SECOND)

    assert told(troubles, 19 * 60 * SECOND) == {}


def test_a_flood_that_is_kept_off_is_told_until_it_is_tried_anew() -> None:
    troubles = Troubles(8)
    troubles.muted(GATE, 60 * SECOND)

    assert told(troubles, 69 * SECOND) == {TroubleKind.TOO_FAST: 10}
    assert not told(troubles, 71 * SECOND)


def test_a_camera_may_be_in_two_kinds_of_trouble() -> None:
    troubles = Troubles(8)
    refusing(troubles, 5)
    troubles.muted(GATE, SECOND)

    assert troubles.states(0) == [
        CameraState(GATE, (CameraTrouble(TroubleKind.TOO_FAST, 10), CameraTrouble(TroubleKind.TRUNCATED, 5)))
    ]


def test_of_too_many_cameras_the_oldest_is_forgotten() -> None:
    troubles = Troubles(1)
    refusing(troubles, 8)
    troubles.muted(DOOR, SECOND)

    assert [state.place for state in troubles.states(0)] == [DOOR]


def test_a_count_ends_where_the_message_s_number_does() -> None:
    troubles = Troubles(8)
    troubles.muted(GATE, SECOND)
    troubles._cameras[GATE].too_fast.frames = MOST_FRAMES

    troubles.too_fast(GATE, 0)

    assert CameraState.decode(troubles.states(0)[0].encode()) == troubles.states(0)[0]
