"""The reading process, called in this one: films, folders and what is neither."""

import os
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import simplejpeg
from pydantic import ValidationError

from services.camera import core, reader
from services.camera.core import Frame
from services.camera.reader import Order
from services.camera.records import Ended, Failed, Opened, Record, Skipped

ROOT = Path(__file__).parents[3]


def order(source: Path | str, *, fps: float = 50, loop: bool = False, max_width_px: int = 1920) -> Order:
    parsed = core.parse_source(str(source))
    return Order(
        kind=parsed.kind,
        address=parsed.address,
        fps=fps,
        loop=loop,
        jpeg_quality=85,
        max_width_px=max_width_px,
        silence_seconds=2,
        connect_seconds=5,
        first_picture_seconds=5,
        most_late_seconds=2,
        transport="auto",
    )


def jpeg(width: int = 64, height: int = 48) -> bytes:
    pixels = np.full((height, width, 3), 128, np.uint8)
    return bytes(simplejpeg.encode_jpeg(pixels, quality=80, colorspace="RGB"))


def film(path: Path, *, frames: int = 10, rate: int = 50, width: int = 320, height: int = 180) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(frames):
            grey = np.full((height, width, 3), 20 * number % 256, np.uint8)
            picture = av.VideoFrame.from_ndarray(grey, format="rgb24")
            picture.pts, picture.time_base = number, Fraction(1, rate)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return path


def frames_of(records: list[Record]) -> list[Frame]:
    return [record for record in records if isinstance(record, Frame)]


def test_jpegs_of_a_folder_are_sent_untouched_in_order(tmp_path: Path) -> None:
    bodies = [jpeg(64), jpeg(96)]
    for name, body in zip(("b.jpg", "c.jpeg"), bodies, strict=True):
        (tmp_path / name).write_bytes(body)
    (tmp_path / "notes.txt").write_text("not a picture")

    records = list(reader.read(order(tmp_path)))

    assert [frame.jpeg for frame in frames_of(records)] == bodies
    assert [(f.width_px, f.height_px) for f in frames_of(records)] == [(64, 48), (96, 48)]
    assert records[-1] == Ended()


def test_a_damaged_jpeg_is_sent_so_that_the_server_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "cut.jpg").write_bytes(b"not a jpeg")

    sent = frames_of(list(reader.read(order(tmp_path))))

    assert [(f.jpeg, f.width_px) for f in sent] == [(b"not a jpeg", 0)]


def test_picture_over_the_limit_is_skipped_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())
    (tmp_path / "b.jpg").write_bytes(b"\xff" * (core.MAX_JPEG_BYTES + 1))

    records = list(reader.read(order(tmp_path)))

    assert isinstance(records[1], Skipped)
    assert "b.jpg is larger than" in records[1].reason


def test_film_is_thinned_to_the_asked_rate(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mp4", frames=20, rate=50)

    records = list(reader.read(order(source, fps=25)))

    assert len(frames_of(records)) == 10
    assert simplejpeg.decode_jpeg_header(frames_of(records)[0].jpeg)[:2] == (180, 320)


def test_wide_film_is_shrunk(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mp4", frames=2, width=640, height=360)

    sent = frames_of(list(reader.read(order(source, max_width_px=320))))

    assert (sent[0].width_px, sent[0].height_px) == (320, 180)


def test_looped_film_starts_again(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mp4", frames=2)

    stream = reader.read(order(source, loop=True))

    opened, *records = [next(stream) for _ in range(6)]
    assert opened == Opened("mpeg4, 320 x 180, 50 pictures a second")
    assert len(frames_of(records)) == 5


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        pytest.param("x.mp4", b"hello, I am a text\n" * 50, "is not a video", id="text-named-film"),
        pytest.param("x.txt", b"hello, I am a text\n" * 50, "is not a video", id="text"),
        pytest.param("x.mp4", b"", "is not a video|cannot be opened", id="empty"),
        pytest.param("x.m3u8", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "is not a video", id="playlist"),
        pytest.param(
            "x.mp4", b"ffconcat version 1.0\nfile /etc/hostname\n", "is not a video", id="list-of-other-files"
        ),
    ],
)
def test_file_that_is_no_film_is_one_clear_sentence(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)

    records = list(reader.read(order(tmp_path / name)))

    assert len(records) == 1
    assert isinstance(records[0], Failed)
    assert any(word in records[0].reason for word in words.split("|"))


def test_folder_without_pictures_says_what_it_looked_for(tmp_path: Path) -> None:
    (record,) = reader.read(order(tmp_path))

    assert isinstance(record, Failed)
    assert "holds no pictures (.bmp, .jpeg, .jpg, .png, .webp)" in record.reason


def test_folder_of_which_nothing_can_be_sent_fails_instead_of_looping(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"not a png")

    records = list(reader.read(order(tmp_path, loop=True)))

    assert records[-1] == Failed(
        f"{tmp_path} holds no picture that can be sent: a.png is not a picture that can be read"
    )


def test_refused_connection_is_one_clear_sentence() -> None:
    (record,) = reader.read(order("rtsp://user:pw@127.0.0.1:9/live"))

    assert record == Failed("rtsp://127.0.0.1:9 cannot be opened: connection refused")


def test_absent_usb_camera_is_one_clear_sentence() -> None:
    (record,) = reader.read(order("usb:63"))

    assert record == Failed("the camera /dev/video63 cannot be opened: it is absent, busy or not permitted")


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://admin:s3cret@127.0.0.1:9/live",
        "rtsp://admin:%2Fs3cret%23@127.0.0.1:9/live",
        "RTSP://admin:a b@s3cret@127.0.0.1:9",
        "rtsp://127.0.0.1:9/user=admin&password=s3cret&channel=1",
        "rtsp://127.0.0.1:9/live@1?token=s3cret",
        "http://admin:s3cret@127.0.0.1:9/mjpg?pwd=s3cret#s3cret",
        "https://127.0.0.1:9/s3cret",
    ],
)
def test_no_fault_or_library_repeats_a_password(address: str, capfd: pytest.CaptureFixture[str]) -> None:
    asked_for = order(address)

    records = list(reader.read(asked_for))

    printed = capfd.readouterr()
    assert [type(record) for record in records] == [Failed]
    assert "s3cret" not in f"{records}{asked_for!r}{asked_for.source!r}"
    assert printed.out + printed.err == ""


def test_an_order_that_is_none_is_refused_without_its_address() -> None:
    with pytest.raises(ValidationError) as refused:
        Order.model_validate_json('{"kind": "network", "address": ["rtsp://admin:s3cret@127.0.0.1"]}')

    assert "s3cret" not in str(refused.value)


def test_an_unexpected_fault_is_told_by_kind_and_place_alone(capfd: pytest.CaptureFixture[str]) -> None:
    try:
        raise LookupError("rtsp://admin:s3cret@127.0.0.1")
    except LookupError as error:
        reader.say_fault(type(error), error, error.__traceback__)

    output = capfd.readouterr().err
    assert output.endswith("LookupError\n")
    assert "test_reader.py" in output


def test_a_record_is_written_whole_by_a_process_that_is_stopped_meanwhile() -> None:
    record = bytes(range(256)) * 4000
    script = "from services.camera.reader import write_all; write_all(1, bytes(range(256)) * 4000)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT) as writing:
        assert writing.stdout is not None
        read = b""
        while piece := os.read(writing.stdout.fileno(), 50_000):
            read += piece
            writing.send_signal(signal.SIGSTOP)
            writing.send_signal(signal.SIGCONT)

    assert read == record
