"""What a source is waited for, and for how long."""

import pytest

from services.camera import waiting
from services.camera.waiting import Limits, Progress

LIMITS = Limits(connect_seconds=10, first_picture_seconds=30, silence_seconds=5)
CONNECTED = Progress(100.0, connected=103.0)
NO_KEY = Progress(100.0, connected=103.0, last_packet=110.0)
NO_PARAMETERS = Progress(100.0, connected=103.0, last_packet=110.0, key_frames=2)
RUNNING = Progress(100.0, connected=103.0, last_packet=110.0, key_frames=2, last_picture=110.0)


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress(100.0), "connecting for 10 s"),
        (CONNECTED, "connected; waiting for video for 7 s"),
        (NO_KEY, "connected; waiting for a key frame for 7 s"),
        (NO_PARAMETERS, "connected; waiting for a key frame with its parameter sets (SPS and PPS) for 7 s"),
    ],
)
def test_it_is_told_what_is_waited_for(progress: Progress, text: str) -> None:
    assert waiting.wait_text(progress, 110.0) == text


@pytest.mark.parametrize(
    ("progress", "last", "reason"),
    [
        (Progress(100.0), 110.0, "gave no answer for 10 s"),
        (CONNECTED, 133.0, "is connected, but gave no picture for 30 s: it lacks video"),
        (NO_KEY, 133.0, "is connected, but gave no picture for 30 s: it lacks a key frame"),
        (RUNNING, 115.0, "gave no video for 5 s"),
    ],
)
def test_each_limit_counts_from_its_own_beginning(progress: Progress, last: float, reason: str) -> None:
    assert waiting.overdue(progress, LIMITS, last) == ""
    assert waiting.overdue(progress, LIMITS, last + 0.1) == reason


def test_a_running_stream_may_give_no_picture_until_its_next_key_frame() -> None:
    progress = Progress(100.0, connected=103.0, last_packet=139.0, key_frames=2, last_picture=110.0)

    assert waiting.overdue(progress, LIMITS, 140.0) == ""
    assert waiting.overdue(progress, LIMITS, 140.1) == "gave no picture that can be decoded for 30 s"
