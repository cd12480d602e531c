"""Decoding a network camera: what is late is given up while fresher pictures wait."""

from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO

import av
import numpy as np
import pytest

from services.camera import live
from services.camera.core import Source, SourceKind
from services.camera.live import Feed, Live, Shot
from services.camera.records import Status
from services.camera.video import SourceFault
from services.camera.waiting import Limits

RATE = 25
LIMITS = Limits(connect_seconds=10, first_picture_seconds=30, silence_seconds=10)


class Clock:
    """Goes on by *step* seconds each time it is read."""

    def __init__(self, step: float = 0.0) -> None:
        self.now = 1000.0
        self._step = step

    def __call__(self) -> float:
        self.now += self._step
        return self.now


class Rig:
    """A feed that was filled before anybody decodes: *seconds* of video that came on time, a key frame each *gop*."""

    def __init__(self, seconds: int, *, gop: int, codec: str = "libx264") -> None:
        self.clock = Clock()
        source = Source(SourceKind.NETWORK, "rtsp://10.0.0.5/live")
        self.feed = Feed(source, "auto", 60.0, self.clock)
        self.container = av.open(film(seconds * RATE, gop, codec), "r")
        stream = self.container.streams.video[0]
        self.feed.stream = stream
        for packet in self.container.demux(stream):
            if packet.pts is not None:
                self.clock.now = 1000 + float(packet.pts * packet.time_base)
                self.feed.arrive(packet, timed=True)
        self.feed.over.set()
        self.live = Live(source, self.feed, LIMITS, most_late_seconds=1.0)

    def run(self) -> Iterator[Shot | Status]:
        return self.live.run(self.clock)


def film(frames: int, gop: int, codec: str) -> BytesIO:
    file = BytesIO()
    with av.open(file, "w", format="matroska") as out:
        stream = out.add_stream(codec, rate=RATE, options={"preset": "ultrafast"} if codec == "libx264" else {})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.gop_size = 64, 48, gop
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for number in range(frames):
            picture = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number % 256, np.uint8), format="rgb24")
            picture.pts, picture.time_base = number, Fraction(1, RATE)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    file.seek(0)
    return file


def shots(items: list[Shot | Status]) -> list[Shot]:
    return [item for item in items if isinstance(item, Shot)]


@pytest.mark.parametrize("codec", ["libx264", "mjpeg"])
def test_pictures_on_time_are_all_given_with_the_moment_they_were_taken(codec: str) -> None:
    rig = Rig(1, gop=5, codec=codec)

    pictures = shots(list(rig.run()))

    moments = [round(shot.captured - 1000, 2) for shot in pictures]
    assert moments == [number / RATE for number in range(RATE)]


def test_a_reader_that_is_behind_goes_on_at_the_newest_key_frame() -> None:
    rig = Rig(9, gop=25)

    output = list(rig.run())
    rig.clock.now += 2
    status = rig.live.status("")

    assert shots(output)[0].captured == pytest.approx(1008, abs=0.1)
    assert status.given_up == 8 * RATE
    assert status.late_seconds == pytest.approx(9, abs=0.1)


def test_a_reader_that_is_hopelessly_behind_waits_for_the_next_key_frame() -> None:
    rig = Rig(9, gop=1000)

    output = list(rig.run())

    assert shots(output) == []
    assert rig.live.status("").late_seconds == pytest.approx(9, abs=0.1)


def test_a_little_behind_only_what_others_need_is_decoded() -> None:
    rig = Rig(2, gop=1000)

    pictures = shots(list(rig.run()))

    # After the very first, none of the first half second is worth converting; the last ones are.
    assert pictures[1].captured > 1000.5
    assert pictures[-1].captured == pytest.approx(1000 + 49 / RATE)


def test_a_stream_that_only_came_late_is_given_all_the_same() -> None:
    rig = Rig(1, gop=1000)
    rig.clock.now += 20

    pictures = shots(list(rig.run()))

    assert rig.clock.now - pictures[-1].captured == pytest.approx(20)


def test_silence_is_a_fault_once_its_limit_is_over() -> None:
    clock = Clock(step=0.4)
    source = Source(SourceKind.NETWORK, "rtsp://admin:s3cret@10.0.0.5/live")
    running = Live(source, Feed(source, "auto", 60.0, clock), LIMITS, most_late_seconds=1.0).run(clock)
    output: list[Shot | Status] = []

    with pytest.raises(SourceFault, match=r"^rtsp://10\.0\.0\.5 gave no answer for 10 s$"):
        output.extend(running)

    phases = [item.waits_for.partition(" for")[0] for item in output if isinstance(item, Status) and item.waits_for]
    assert phases == ["connecting"] * 3


def test_rtsp_is_opened_without_reading_ahead_and_by_the_set_transport() -> None:
    by_transport = {name: live.options("rtsp://10.0.0.5/live", name, 30) for name in ("auto", "tcp", "udp")}

    assert {options["probesize"] for options in by_transport.values()} == {"32"}
    assert not any("nobuffer" in options.values() for options in by_transport.values())
    assert by_transport["auto"]["rtsp_flags"] == "prefer_tcp"
    assert (by_transport["tcp"]["rtsp_transport"], by_transport["udp"]["rtsp_transport"]) == ("tcp", "udp")
