"""The freshest frame wins, and no camera starves another."""

from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.detector.freshest import Freshest, Offered


def place(name: str) -> Place:
    return Place(site_id("h1"), camera_id(name))


def slots(max_cameras: int = 8, max_age_us: int = 1000) -> Freshest[str]:
    return Freshest(max_cameras=max_cameras, max_age_us=max_age_us)


def test_a_new_frame_replaces_the_waiting_one_of_its_camera() -> None:
    waiting = slots()

    first, second = waiting.offer(place("a"), "old", 0), waiting.offer(place("a"), "new", 1)

    assert (first, second) == (Offered.WAITS, Offered.REPLACED)
    assert waiting.take(2).frame == "new"
    assert waiting.take(2).frame is None


def test_replacing_keeps_the_cameras_turn() -> None:
    waiting = slots()
    waiting.offer(place("a"), "a1", 0)
    waiting.offer(place("b"), "b1", 1)
    waiting.offer(place("a"), "a2", 2)

    assert [waiting.take(3).frame, waiting.take(3).frame] == ["a2", "b1"]


def test_cameras_take_turns_however_fast_one_of_them_sends() -> None:
    waiting = slots()
    waiting.offer(place("slow"), "slow", 0)
    served = []
    for now in range(1, 4):
        waiting.offer(place("fast"), "fast", now)
        served.append(waiting.take(now).frame)

    assert served == ["slow", "fast", "fast"]


def test_a_frame_past_its_age_is_given_up_and_counted() -> None:
    waiting = slots(max_age_us=10)
    waiting.offer(place("a"), "stale", 0)
    waiting.offer(place("b"), "fresh", 5)

    taken = waiting.take(11)

    assert (taken.frame, taken.stale) == ("fresh", (place("a"),))


def test_one_camera_too_many_is_turned_away_and_the_others_are_not_harmed() -> None:
    waiting = slots(max_cameras=1)
    waiting.offer(place("a"), "a", 0)

    assert waiting.offer(place("b"), "b", 0) is Offered.CROWDED_OUT
    assert waiting.take(0).frame == "a"


events = st.lists(st.one_of(st.integers(0, 5), st.none()), max_size=60)


@given(events, st.integers(1, 4))
def test_slots_hold_one_frame_per_camera_and_none_superseded(script: list[int | None], max_cameras: int) -> None:
    waiting: Freshest[tuple[int, int]] = Freshest(max_cameras=max_cameras, max_age_us=10_000)
    latest: dict[int, int] = {}
    accepted = handed_out = replaced = 0
    for now, camera in enumerate(script):
        if camera is None:
            frame = waiting.take(now).frame
            if frame is not None:
                handed_out += 1
                assert latest.pop(frame[0]) == frame[1]
            continue
        match waiting.offer(place(str(camera)), (camera, now), now):
            case Offered.WAITS:
                accepted += 1
                latest[camera] = now
            case Offered.REPLACED:
                replaced += 1
                latest[camera] = now
            case Offered.CROWDED_OUT:
                assert camera not in latest

        assert len(waiting) == len(latest) <= max_cameras

    assert accepted == handed_out + len(waiting)
