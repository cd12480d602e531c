"""A network camera through PyAV: one thread reads what comes, the caller decodes what is fresh enough.

Reading never waits for decoding, so packets are stamped when they arrive and a machine that is too slow sees how far
behind it is. That thread also opens the source, where FFmpeg may hang: the caller still reports what it waits for.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import av
import av.codec.context
import av.error
import av.logging

from services.camera import shedding, video, waiting
from services.camera.backlog import Backlog, Packet
from services.camera.core import Source
from services.camera.records import Status
from services.camera.shedding import Step
from services.camera.streamclock import Stamp, StreamClock
from services.camera.video import SourceFault
from services.camera.waiting import Limits, Progress

# Packets in a row that cannot be decoded after which a source counts as lost; one second at 50 a second.
MOST_DAMAGED_IN_A_ROW: Final = 50
_STATUS_SECONDS: Final = 1.0
_TICK_SECONDS: Final = 0.2
# These decode nothing, or nonsense, before a key frame.
_NEED_KEY_FRAMES: Final = frozenset({"h264", "hevc"})
# Depacketized from RTP in pieces: a picture is whole when the next one begins.
_HELD_BACK: Final = frozenset({"h264", "hevc", "mpeg4"})
# Formats without time stamps of their own: FFmpeg makes them up at 25 pictures a second.
_WITHOUT_TIME: Final = frozenset({"mpjpeg", "mjpeg", "mjpeg_2000", "h264", "hevc", "m4v", "mpegvideo", "image2pipe"})
# What FFmpeg logs once a camera has described its stream, or a server has sent enough to tell the format.
_CONNECTED: Final = ("SDP:", "probed with")


@dataclass(frozen=True, slots=True)
class Shot:
    """A decoded picture, not yet converted. ``captured`` is on the clock of ``time.monotonic``."""

    frame: av.VideoFrame
    captured: float
    codec: str = ""


# Quoted, because av.Packet is generic for the type checker only.
Coded: TypeAlias = "tuple[av.Packet[av.VideoStream], Stamp]"


class Feed(threading.Thread):
    """Opens *source* and puts its packets into :attr:`backlog` as they arrive, until it ends or :meth:`leave`."""

    def __init__(self, source: Source, transport: str, longest_seconds: float, now: Callable[[], float]) -> None:
        super().__init__(daemon=True, name="feed")
        self.backlog: Backlog[Coded] = Backlog(shedding.MOST_WAITING_BYTES)
        self.stream: av.VideoStream | None = None
        self.clock = StreamClock()
        self.fault: SourceFault | None = None
        self.over = threading.Event()
        self._source = source
        self._options = options(source.address, transport, longest_seconds)
        self._timeout = longest_seconds
        self._now = now
        self._connected_at: float | None = None
        self._logs: list[tuple[int, str, str]] = []
        self._leaving = False
        self._needs_key = False
        self._progress = Progress(now())

    def leave(self) -> None:
        """End after the next packet."""
        self._leaving = True

    def progress(self) -> Progress:
        """How far the source has come; called by the thread that decodes."""
        progress = self._progress  # written by the feed's own thread alone
        if progress.connected is None and self._connected_at is None:
            connected = any(word in log[2] for log in list(self._logs) for word in _CONNECTED)
            self._connected_at = self._now() if connected else None
        return replace(progress, connected=self._connected_at) if progress.connected is None else progress

    def run(self) -> None:
        """Read to the end; what goes wrong is kept in :attr:`fault`."""
        try:
            self._read()
        except SourceFault as fault:
            self.fault = fault
        finally:
            self.over.set()

    def _read(self) -> None:
        with self._opened() as container:
            if not container.streams.video:
                raise SourceFault(f"{self._source.shown} holds no video")
            stream = container.streams.video[0]
            if stream.codec_context is None:
                raise SourceFault(f"{self._source.shown} sends video of a kind that cannot be decoded here")
            timed = container.format.name not in _WITHOUT_TIME and not container.format.name.endswith("_pipe")
            codec = stream.codec_context.name
            self.clock = StreamClock(held_back=container.format.name == "rtsp" and codec in _HELD_BACK)
            self._needs_key = codec in _NEED_KEY_FRAMES
            self._progress = replace(self._progress, connected=self._connected_at or self._now())
            self._logs = []
            self.stream = stream
            packets = container.demux(stream)
            while not self._leaving:
                try:
                    packet = next(packets)
                except StopIteration:
                    return
                except (av.error.FFmpegError, OSError) as error:
                    raise SourceFault(f"{self._source.shown} was lost: {video.words(error)}") from error
                if packet.size:
                    self.arrive(packet, timed=timed)

    def _opened(self) -> av.container.InputContainer:
        # At this level FFmpeg says when the camera has answered; it is kept from every log, for it repeats the address.
        av.logging.set_level(av.logging.DEBUG)
        try:
            with av.logging.Capture(local=False) as self._logs:
                return av.open(
                    self._source.address, options=self._options, timeout=self._timeout, metadata_errors="replace"
                )
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise SourceFault(f"{self._source.shown} cannot be opened: {video.words(error)}") from error
        finally:
            av.logging.set_level(None)

    def arrive(self, packet: "av.Packet[av.VideoStream]", *, timed: bool) -> None:
        """Put *packet* into the backlog; *timed*: its stamp is the camera's own."""
        now = self._now()
        at = float(packet.pts * packet.time_base) if timed and packet.pts is not None else None
        stamp = self.clock.arrive(at, now)
        progress = self._progress
        connected, keys = progress.connected or now, progress.key_frames + packet.is_keyframe
        self._progress = replace(progress, connected=connected, last_packet=now, key_frames=keys)
        self._needs_key = self._needs_key and not packet.is_keyframe
        if not self._needs_key:
            self.backlog.put(Packet((packet, stamp), packet.size, packet.is_keyframe))


class Live:
    """Decodes what a feed brings; gives up what is late while fresher pictures wait."""

    def __init__(self, source: Source, feed: Feed, limits: Limits, most_late_seconds: float) -> None:
        self._source = source
        self._feed = feed
        self._limits = limits
        self._most_late_seconds = most_late_seconds
        self._decoded_at: float | None = None  # when the last picture was decoded
        self._yielded_at = -math.inf  # when the last one was decoded that was yielded
        self._damaged = 0
        self._stale = 0
        self._late_seconds = 0.0  # the most since the last status

    def run(self, now: Callable[[], float]) -> Iterator[Shot | Status]:
        """Yield pictures, and a status every second. Raises SourceFault when the source is lost or a limit is over."""
        began = status_at = now()
        report_at = 2.0
        while True:
            over = self._feed.over.is_set()
            has_packets = self._feed.backlog.wait(_TICK_SECONDS)
            if has_packets:
                yield from self._advance(now)
            elif over and self._feed.fault:
                raise self._feed.fault
            elif over:
                return
            moment = now()
            progress = replace(self._feed.progress(), last_picture=self._decoded_at)
            if has_packets:
                # If this machine stood still, the packets are old although the camera was never silent.
                progress = replace(progress, last_packet=moment)
            if reason := waiting.overdue(progress, self._limits, moment):
                raise SourceFault(f"{self._source.shown} {reason}")
            if moment - status_at < _STATUS_SECONDS:
                continue
            status_at, text = moment, ""
            if self._decoded_at is None and moment - began >= report_at:
                text, report_at = waiting.wait_text(progress, moment), report_at * 2
            yield self.status(text)

    def status(self, waits_for: str) -> Status:
        """What happened since the last one."""
        given_up = self._feed.backlog.dropped() + self._stale
        status = Status(waits_for, round(self._late_seconds, 3), given_up)
        self._stale, self._late_seconds = 0, 0.0
        return status

    def _advance(self, now: Callable[[], float]) -> Iterator[Shot]:
        backlog, captured = self._feed.backlog, self._feed.clock.captured
        first, newest, key_waits = backlog.ends()
        captured_at, moment = captured(first.body[1]), now()
        self._late_seconds = max(self._late_seconds, moment - captured_at)
        gain = captured(newest.body[1]) - captured_at
        codec = self._codec()
        match shedding.next_step(moment - captured_at, gain, self._most_late_seconds, key_waits=key_waits):
            case Step.JUMP:
                backlog.jump()
                codec.flush_buffers()
            case Step.DROP:
                backlog.drop()
                codec.flush_buffers()
            case step:
                codec.skip_frame = "NONREF" if step is Step.DECODE_REFERENCES else "DEFAULT"
                yield from self._decode(backlog.take(), now)

    def _decode(self, coded: Packet[Coded], now: Callable[[], float]) -> Iterator[Shot]:
        packet, stamp = coded.body
        packet.opaque = stamp
        try:
            frames = self._codec().decode(packet)
        except av.error.FFmpegError as error:
            self._damaged += 1
            if self._decoded_at is not None and self._damaged >= MOST_DAMAGED_IN_A_ROW:
                raise SourceFault(f"{self._source.shown} gives only damaged video: {video.words(error)}") from error
            return
        for frame in frames:
            self._damaged, self._decoded_at = 0, now()
            captured_at = self._feed.clock.captured(frame.opaque if isinstance(frame.opaque, Stamp) else stamp)
            newest = self._feed.backlog.newest()
            gain = 0.0 if newest is None else self._feed.clock.captured(newest.body[1]) - captured_at
            since = self._decoded_at - self._yielded_at
            if shedding.is_stale(now() - captured_at, gain, self._most_late_seconds, since_last_seconds=since):
                self._stale += 1
                continue
            self._yielded_at = self._decoded_at
            yield Shot(frame, captured_at, self._codec().name)

    def _codec(self) -> av.VideoCodecContext:
        stream = self._feed.stream
        assert stream is not None  # there are packets
        codec = stream.codec_context
        if not codec.is_open:
            codec.copy_opaque = True
            # Pictures are handed out as they come, not held until the next one: at one a second that is a second.
            codec.flags |= av.codec.context.Flags.low_delay
        return codec


def pictures(
    source: Source,
    limits: Limits,
    *,
    transport: str,
    most_late_seconds: float,
    now: Callable[[], float] = time.monotonic,
) -> Iterator[Shot | Status]:
    """Decode the network camera *source* until it hangs up; *transport* is auto, tcp or udp.

    Raises SourceFault when it cannot be opened, is lost or a limit is over; FFmpeg may still hang in a thread then.
    """
    longest = max(limits.connect_seconds, limits.first_picture_seconds, limits.silence_seconds) + 1.0
    feed = Feed(source, transport, longest, now)
    feed.start()
    try:
        yield from Live(source, feed, limits, most_late_seconds).run(now)
    finally:
        feed.leave()


def options(address: str, transport: str, timeout_seconds: float) -> dict[str, str]:
    """The options that FFmpeg opens *address* with."""
    microseconds = str(int(timeout_seconds * 1_000_000))
    if not address.startswith("rtsp"):
        # Three seconds are enough to detect a format; FFmpeg would take up to 90.
        return {"analyzeduration": "3000000", "fpsprobesize": "0", "rw_timeout": microseconds}
    # The description (SDP) tells the codec: without this FFmpeg would read on until a key frame comes.
    found = {"allowed_media_types": "video", "probesize": "32", "fpsprobesize": "0", "timeout": microseconds}
    # TCP first, because a lost UDP packet smears the picture until the next key frame.
    return found | ({"rtsp_flags": "prefer_tcp"} if transport == "auto" else {"rtsp_transport": transport})
