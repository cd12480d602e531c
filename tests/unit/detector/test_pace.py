"""How much a camera may send."""

from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.subjects import MAX_PAYLOAD_BYTES, Place, camera_id, site_id
from services.detector.pace import Allowance, Pace, Paces

SECOND_US = 1_000_000
ALLOWED = Allowance(frames_per_second=10, bytes_per_second=20_000_000)


def place(camera: str = "gate") -> Place:
    return Place(site_id("h1"), camera_id(camera))


def test_whoever_keeps_to_its_pace_loses_nothing() -> None:
    paces = Paces(ALLOWED, 8)

    assert {paces.arrived(place(), 100_000, frame * SECOND_US // 10) for frame in range(100)} == {Pace.KEPT}


def test_after_a_pause_a_second_s_worth_may_come_at_once() -> None:
    paces = Paces(ALLOWED, 8)
    paces.arrived(place(), 1, 0)

    came = [paces.arrived(place(), 1, 60 * SECOND_US) for _ in range(11)]

    assert came == [Pace.KEPT] * 10 + [Pace.DROPPED]


def test_one_frame_of_the_largest_size_is_taken_whatever_is_allowed() -> None:
    paces = Paces(Allowance(frames_per_second=1, bytes_per_second=1), 8)

    assert paces.arrived(place(), MAX_PAYLOAD_BYTES, 0) is Pace.KEPT


def test_bytes_count_as_frames_do() -> None:
    paces = Paces(ALLOWED, 8)

    came = [paces.arrived(place(), 8_000_000, 0) for _ in range(4)]

    assert came == [Pace.KEPT, Pace.KEPT, Pace.DROPPED, Pace.FLOOD]


def test_a_flood_is_told_again_and_again_and_costs_nobody_else_a_frame() -> None:
    paces = Paces(ALLOWED, 8)

    flood = [paces.arrived(place(), 1, 0) for _ in range(1000)]

    assert flood.count(Pace.KEPT) == 10
    assert flood.count(Pace.DROPPED) == 5
    assert paces.arrived(place("door"), 1, 0) is Pace.KEPT


@given(st.lists(st.tuples(st.integers(0, 400_000), st.integers(0, 9_000_000)), max_size=60))
def test_in_the_long_run_no_camera_gets_more_than_it_may(frames: list[tuple[int, int]]) -> None:
    paces = Paces(ALLOWED, 2)
    now_us = kept = size = 0
    for after_us, size_bytes in frames:
        now_us += after_us
        if paces.arrived(place(), size_bytes, now_us) is Pace.KEPT:
            kept, size = kept + 1, size + size_bytes

    seconds = now_us / SECOND_US
    assert kept <= 10 + 10 * seconds + 1e-6
    assert size <= 20_000_000 + 20_000_000 * seconds + 1


def test_more_than_twice_the_pace_is_a_flood_though_some_is_kept() -> None:
    paces = Paces(ALLOWED, 8)

    def of(frames_per_second: int) -> set[Pace]:
        return {
            paces.arrived(place(str(frames_per_second)), 1, frame * SECOND_US // frames_per_second)
            for frame in range(20 * frames_per_second)
        }

    assert of(10) == {Pace.KEPT}
    assert of(19) == {Pace.KEPT, Pace.DROPPED}
    assert of(25) == {Pace.KEPT, Pace.DROPPED, Pace.FLOOD}


def test_a_flood_that_comes_again_is_known_at_once_and_forgotten_later() -> None:
    paces = Paces(ALLOWED, 8)
    for _ in range(20):
        paces.arrived(place(), 1, 0)

    again = [paces.arrived(place(), 1, 60 * SECOND_US) for _ in range(11)]
    later = [paces.arrived(place(), 1, 600 * SECOND_US) for _ in range(11)]

    assert again == [Pace.KEPT] * 10 + [Pace.FLOOD]
    assert later == [Pace.KEPT] * 10 + [Pace.DROPPED]


def test_more_cameras_than_are_remembered_are_let_through() -> None:
    paces = Paces(ALLOWED, 2)

    assert {paces.arrived(place(f"gate-{number}"), 1, 0) for number in range(50)} == {Pace.KEPT}
