"""What the camera publisher decides."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.subjects import HEADER_CAPTURED_AT, HEADER_MESSAGE_ID, HEADER_ROTATION
from services.camera import core
from services.camera.core import Frame, Freshest, RateLimit, Source, SourceKind
from services.chassis import addresses


@pytest.mark.parametrize(
    ("text", "kind", "address"),
    [
        pytest.param("rtsp://user:pw@10.0.0.5/live", SourceKind.NETWORK, "rtsp://user:pw@10.0.0.5/live", id="rtsp"),
        pytest.param("http://10.0.0.5/mjpeg", SourceKind.NETWORK, "http://10.0.0.5/mjpeg", id="http"),
        pytest.param("usb:2", SourceKind.DEVICE, "/dev/video2", id="usb"),
        pytest.param("/dev/video0", SourceKind.DEVICE, "/dev/video0", id="device"),
    ],
)
def test_address_tells_the_kind_of_source(text: str, kind: SourceKind, address: str) -> None:
    assert core.parse_source(text) == Source(kind, address)


def test_folder_picture_and_film_are_told_apart(tmp_path: Path) -> None:
    film, picture = tmp_path / "a.mp4", tmp_path / "a.JPG"
    film.touch()
    picture.touch()

    kinds = [core.parse_source(str(path)).kind for path in (tmp_path, picture, film)]

    assert kinds == [SourceKind.PICTURES, SourceKind.PICTURES, SourceKind.VIDEO]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("/nowhere/x.mp4", "no file or folder", id="absent"),
        pytest.param("ftp://host/x", "must start with", id="scheme"),
        pytest.param("rtsp:///x", "names no host", id="no-host"),
        pytest.param("usb:first", "write usb:0", id="usb-word"),
    ],
)
def test_source_that_makes_no_sense_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        core.parse_source(text)


def test_password_in_an_address_is_never_shown() -> None:
    source = core.parse_source("rtsp://admin:s3cret@10.0.0.5:554/ch1?token=abc")

    assert source.shown == "rtsp://10.0.0.5:554"


def test_pace_keeps_the_asked_rate_of_a_faster_source() -> None:
    rate_limit = RateLimit(5)

    count = sum(rate_limit.take(number / 25) for number in range(250))

    assert count == 50


def test_pace_takes_every_picture_of_a_slower_source() -> None:
    rate_limit = RateLimit(10)

    assert all(rate_limit.take(number / 4) for number in range(20))


@given(st.lists(st.floats(0, 2), min_size=1, max_size=60), st.floats(1, 30))
def test_pace_never_bursts_after_a_pause(gaps: list[float], rate: float) -> None:
    rate_limit, now, moments = RateLimit(rate), 0.0, []
    for gap in gaps:
        now += gap
        if rate_limit.take(now):
            moments.append(now)

    assert all(later - earlier >= 0.4 / rate for earlier, later in pairwise(moments))


def test_waiting_frame_gives_way_to_a_fresher_one() -> None:
    slot = Freshest()
    old, new = Frame(1, 2, 2, b"old"), Frame(2, 2, 2, b"new")

    replaced = [slot.put(old), slot.put(new)]

    assert replaced == [False, True]
    assert (slot.take(), slot.take()) == (new, None)


def test_waits_grow_up_to_a_limit() -> None:
    assert [core.wait_seconds(n) for n in (1, 2, 3, 99)] == [0.5, 1.0, 2.0, 30.0]


def test_slow_source_is_given_three_ticks() -> None:
    assert core.silence_limit_seconds(10, 0.1) == pytest.approx(30)


@given(st.integers(1, 10_000), st.integers(1, 10_000), st.integers(160, 4_000))
def test_fitted_size_never_grows_and_is_never_empty(width: int, height: int, limit: int) -> None:
    fitted = core.fitted(width, height, limit)

    assert 1 <= fitted[0] <= min(width, limit)
    assert 1 <= fitted[1] <= max(height, 2)


def test_headers_say_when_in_utc_with_milliseconds() -> None:
    frame = Frame(1_700_000_000_123_456, 640, 480, b"jpeg")

    headers = core.headers(frame)

    assert headers[HEADER_CAPTURED_AT] == "2023-11-14T22:13:20.123Z"
    assert headers[HEADER_MESSAGE_ID].startswith("1700000000123456-")


def test_a_rotation_goes_along_where_one_is_set() -> None:
    frame = Frame(1_700_000_000_123_456, 640, 480, b"jpeg")

    assert core.headers(frame, "90")[HEADER_ROTATION] == "90"
    assert HEADER_ROTATION not in core.headers(frame)


def test_same_frame_has_the_same_name() -> None:
    names = {core.frame_id(Frame(5, 1, 1, body)) for body in (b"a", b"a", b"b")}

    assert len(names) == 2


@pytest.mark.parametrize(
    "mistyped", ["rtsp:/admin:s3cret@10.0.0.5/ch1", "admin:s3cret@10.0.0.5", "rtsp://admin:s3cret\u2100@[10.0.0.5/ch1"]
)
def test_an_address_that_is_none_is_refused_without_its_password(mistyped: str) -> None:
    with pytest.raises(ValueError, match=r"no file or folder|no host") as refused:
        core.parse_source(mistyped)

    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("stamp", "captured"),
    [
        pytest.param(99.8, 99.8, id="of-the-same-clock"),
        pytest.param(0.0, 100.0, id="none"),
        pytest.param(1_700_000_000.0, 100.0, id="of-another-clock"),
    ],
)
def test_a_driver_s_stamp_is_believed_when_it_can_be_right(stamp: float, captured: float) -> None:
    assert core.driver_moment(stamp, 100.0) == captured


def test_an_address_in_capital_letters_is_read() -> None:
    assert core.parse_source("RTSP://10.0.0.5/Live") == Source(SourceKind.NETWORK, "rtsp://10.0.0.5/Live")


def test_an_at_sign_in_the_path_is_no_mistake() -> None:
    source = core.parse_source("rtsp://admin:s3cret@10.0.0.5/ch@1")

    assert (source.kind, source.shown) == (SourceKind.NETWORK, "rtsp://…")


def test_an_unwritten_slash_in_a_password_is_explained() -> None:
    with pytest.raises(ValueError, match="write %2F for /"):
        core.parse_source("rtsp://admin:s3/cret@10.0.0.5/ch1")


def test_a_name_too_long_for_a_file_is_refused_without_repeating_it() -> None:
    with pytest.raises(ValueError, match=r"of that name$"):
        core.parse_source("s3cret" * 1000)


@given(st.from_regex(r"(rtsp|http|ftp)?:?/{0,3}[a-z@:/?#&=% ]{0,8}QQQ[a-z@:/?#&=% ]{0,20}", fullmatch=True))
def test_no_mistyped_address_is_repeated(text: str) -> None:
    try:
        shown = repr(core.parse_source(text)) + core.parse_source(text).shown
    except ValueError as error:
        shown = str(error)

    # A host is shown where it is certain; a word alone, with nothing before it, could be one.
    plain_path = text.startswith("/") and not set("@?&=#%:;") & set(text)
    assert "QQQ" not in shown or plain_path or "QQQ" in (addresses.host_of(text) or "")
