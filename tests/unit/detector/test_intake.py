"""Names and times of frames, whatever a camera says."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.subjects import place_of
from proto.wardwatch.v1.values import to_microseconds
from services.detector import intake
from services.detector.intake import Clock, Received

ARRIVED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CLOCK = Clock(max_ahead=timedelta(seconds=5), max_behind=timedelta(minutes=10))


def receive(headers: dict[str, str], subject: str = "frames.0.h1.gate") -> Received:
    return intake.receive(place_of(subject), b"jpeg", headers, ARRIVED, CLOCK)


def test_without_headers_arrival_and_a_digest_stand_in() -> None:
    received = receive({})

    assert received.frame.journey.captured_us == received.frame.journey.received_us == to_microseconds(ARRIVED)
    assert received.frame.frame_id.endswith(f"@{to_microseconds(ARRIVED)}")
    assert not received.clock_ignored


def test_headers_are_taken_at_their_word_when_they_make_sense() -> None:
    received = receive({"Captured-At": "2026-11-23T11:59:59.750Z", "Nats-Msg-Id": "gate-77"})

    captured_us = to_microseconds(ARRIVED) - 250_000
    assert received.frame.frame_id == f"gate-77@{captured_us}"
    assert received.frame.journey.captured_us == captured_us


def test_a_camera_that_counts_from_zero_again_names_other_frames() -> None:
    before = receive({"Nats-Msg-Id": "0", "Captured-At": "2026-11-23T11:59:58Z"})
    after = receive({"Nats-Msg-Id": "0", "Captured-At": "2026-11-23T11:59:59Z"})

    assert before.frame.frame_id != after.frame.frame_id


@pytest.mark.parametrize(
    "stated",
    [
        pytest.param("yesterday", id="words"),
        pytest.param("", id="empty"),
        pytest.param("2026-11-23T12:00:00", id="no zone"),
        pytest.param("2026-11-23T12:00:06Z", id="future"),
        pytest.param("1970-01-01T00:00:00Z", id="a clock that was never set"),
        pytest.param("9999-12-31T23:59:59Z", id="end of time"),
    ],
)
def test_a_time_that_cannot_be_is_ignored_and_said_so(stated: str) -> None:
    received = receive({"Captured-At": stated})

    assert received.clock_ignored
    assert received.frame.journey.captured_us == to_microseconds(ARRIVED)


@pytest.mark.parametrize("stated", ["", "a b", "x" * 129, "a\r\nb", "../etc", "ü"])
def test_an_unclean_id_is_replaced(stated: str) -> None:
    assert not receive({"Nats-Msg-Id": stated}).frame.frame_id.startswith(f"{stated}@")


@pytest.mark.parametrize("subject", ["frames.0.h1", "frames.0.h1.gate.2", "frames.0.h1.gäte", "frames.0.h1."])
def test_a_subject_that_names_no_camera_is_refused(subject: str) -> None:
    with pytest.raises(ValueError, match=r"subject|camera"):
        receive({}, subject)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_header_can_do_harm(stated: str, name: str) -> None:
    frame = receive({"Captured-At": stated, "Nats-Msg-Id": name}).frame

    assert frame.frame_id.isascii()
    assert abs(frame.journey.captured_us - to_microseconds(ARRIVED)) <= 600_000_000


@pytest.mark.parametrize(("stated", "rotation"), [("0", 0), ("90", 90), (" 180 ", 180), ("270", 270)])
def test_a_frame_may_say_how_it_is_to_be_turned(stated: str, rotation: int) -> None:
    received = receive({"Rotation": stated})

    assert received.frame.rotation == rotation
    assert not received.rotation_ignored


@pytest.mark.parametrize("stated", ["", "45", "-90", "90.0", "left", "360", "\uff19\uff10"])
def test_a_rotation_that_is_none_is_ignored_and_said_so(stated: str) -> None:
    received = receive({"Rotation": stated})

    assert received.frame.rotation is None
    assert received.rotation_ignored


def test_a_frame_that_says_nothing_leaves_its_rotation_to_the_camera() -> None:
    received = receive({})

    assert received.frame.rotation is None
    assert not received.rotation_ignored
