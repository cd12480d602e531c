"""Which shots of a track are looks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.values import Quality
from services.detector.looks import Choice, Looks, Pace, worth

GOOD = Quality(score=0.9, face_px=80, eye_distance_px=36, sharpness=300, yaw_degrees=5, roll_degrees=0, exposure=120)
POOR = replace(GOOD, sharpness=4)
TENTH = 100_000


def looks(began_us: int = 0) -> Looks[str]:
    return Looks(Pace(), began_us, began_us)


def show(track: Looks[str], at_us: int, quality: Quality, shot: str = "shot") -> str | None:
    """What is sent when a shot of this quality comes, as the follower does it."""
    sent = None
    if track.wants(at_us, quality.face_px, quality.yaw_degrees):
        match track.choose(at_us, quality):
            case Choice.LOOK:
                sent, track.kept = shot, None
            case Choice.KEEP:
                track.kept = shot
            case Choice.PASS:
                pass
    return track.overdue(at_us) or sent


def test_the_first_shot_that_would_be_compared_is_looked_at_at_once() -> None:
    track = looks()

    assert show(track, 0, GOOD) == "shot"
    assert track.number == 1


@pytest.mark.parametrize(
    "poor", [replace(GOOD, face_px=44), replace(GOOD, yaw_degrees=-75), POOR], ids=["small", "turned", "blurred"]
)
def test_a_shot_nobody_would_compare_waits_for_a_better_one(poor: Quality) -> None:
    track = looks()

    assert show(track, 0, poor, "poor") is None
    assert show(track, TENTH, GOOD, "good") == "good"
    assert (track.number, track.kept) == (1, None)


def test_when_no_better_one_comes_the_best_goes_within_a_second() -> None:
    track, sent = looks(), []
    for n in range(12):
        # A little better than the fourth one is not worth to be cut out anew.
        shot = replace(POOR, face_px={3: 60, 4: 65}.get(n, 50))
        sent.append(show(track, n * TENTH, shot, f"shot {n}"))

    # At 0.9 s, for the frame after it may come too late.
    assert sent == [None] * 9 + ["shot 3"] + [None] * 2


def test_a_first_look_that_was_lost_is_taken_again_in_the_next_frame() -> None:
    track = looks()
    assert show(track, 0, GOOD, "lost") == "lost"
    track.lost(1, "lost")

    assert show(track, TENTH, GOOD, "next") == "next"
    assert (track.number, track.kept) == (1, None)


def test_a_lost_first_look_goes_itself_when_nothing_as_good_comes() -> None:
    track = looks()
    show(track, 0, GOOD, "lost")
    track.lost(1, "lost")
    sent = [show(track, n * TENTH, POOR, f"shot {n}") for n in range(1, 12)]

    assert sent == [None] * 8 + ["lost"] + [None] * 2
    track.lost(1, "lost")
    assert show(track, 12 * TENTH, POOR) == "lost"


def test_a_later_look_that_was_lost_is_taken_again_before_its_time() -> None:
    track = looks()
    show(track, 0, GOOD)
    assert show(track, 5 * TENTH, GOOD) == "shot"
    track.lost(1, "an older one")
    track.lost(2, "lost")

    assert (track.number, track.kept) == (1, None)
    assert show(track, 6 * TENTH, GOOD) == "shot"
    assert show(track, 7 * TENTH, GOOD) is None
    assert track.number == 2


def test_who_stays_is_looked_at_ever_more_seldom() -> None:
    track = looks()

    at = [n for n in range(600) if show(track, n * TENTH, GOOD)]

    assert at == [0, 5, 15, 35, 75, 155, 235, 315, 395, 475, 555]


def test_a_clearly_better_shot_is_looked_at_before_its_time() -> None:
    track = looks()
    show(track, 0, replace(GOOD, face_px=50))

    assert show(track, 1 * TENTH, replace(GOOD, face_px=90)) is None
    assert show(track, 2 * TENTH, replace(GOOD, face_px=55)) is None
    assert show(track, 3 * TENTH, replace(GOOD, face_px=90)) == "shot"
    assert show(track, 5 * TENTH, replace(GOOD, face_px=90)) is None


def test_a_turn_to_the_camera_is_clearly_better() -> None:
    track = looks()
    show(track, 0, replace(GOOD, yaw_degrees=60))

    assert show(track, 2 * TENTH, replace(GOOD, yaw_degrees=10)) == "shot"


def test_a_shot_nobody_would_compare_is_no_later_look() -> None:
    track = looks()
    show(track, 0, GOOD)

    assert not track.wants(20 * TENTH, face_px=44, yaw_degrees=0)
    assert show(track, 20 * TENTH, POOR) is None
    assert show(track, 21 * TENTH, GOOD) == "shot"


def test_of_a_known_face_nothing_is_measured_before_its_time() -> None:
    track = looks()
    show(track, 0, GOOD)

    assert not any(track.wants(n * TENTH, GOOD.face_px, GOOD.yaw_degrees) for n in range(1, 5))


@given(
    st.lists(
        st.tuples(
            st.integers(40_000, 999_999),
            st.floats(40, 300),
            st.floats(-90, 90),
            st.floats(0, 2000),
            st.booleans(),
        ),
        min_size=1,
        max_size=60,
    )
)
def test_a_track_that_lives_a_second_was_looked_at(
    frames: list[tuple[int, float, float, float, bool]],
) -> None:
    track, at_us, sent = looks(5), 5, 0
    for number, (step_us, face_px, yaw_degrees, sharpness, faint) in enumerate(frames):
        at_us += step_us if number else 0
        shot = replace(GOOD, face_px=face_px, yaw_degrees=yaw_degrees, sharpness=sharpness)
        # A faint face carries the track on without a shot; the first is never faint.
        sent += (track.overdue(at_us) if faint and number else show(track, at_us, shot)) is not None
        if at_us - 5 >= 1_000_000:
            assert sent >= 1
    assert sent == track.number
    # At first, at the pace, and where it was 1.4 times as good: from 0.05 to 1 that is nine times.
    assert sent <= 1 + 9 + (at_us - 5) / 500_000


def test_better_is_larger_nearer_to_the_camera_and_sharper() -> None:
    assert worth(112, 0, 200) == worth(400, 0, 900) == 1
    assert worth(56, 0, 200) == 0.5
    assert worth(112, -60, 200) == worth(112, 60, 200) == pytest.approx(0.5)
    assert worth(112, 0, 50) == 0.5
    assert worth(112, 90, 200) > 0
