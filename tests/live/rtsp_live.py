"""A network camera for tests that sends what a test hands it, when it hands it: H.264 and H.265 over RTSP.

The parameter sets may come in the description (SDP) or only in the stream; an audio track may come first; the camera
may insist on UDP; and it may accept and then say nothing.
"""

import asyncio
import base64
import re
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Literal

import av
import numpy as np

CLOCK_HZ: Final = 90_000
_CHUNK_BYTES: Final = 1200
_START_CODE: Final = re.compile(rb"\x00\x00\x00?\x01")

Codec = Literal["h264", "hevc"]


@dataclass(frozen=True)
class Unit:
    """One coded picture: its NAL units without parameter sets, the moment it shows, and whether it is a key frame."""

    nals: tuple[bytes, ...]
    at_seconds: float
    key: bool


@dataclass(frozen=True)
class Coded:
    """Coded pictures in decoding order and the parameter sets (VPS, SPS, PPS) they need."""

    codec: Codec
    parameters: tuple[bytes, ...]
    units: tuple[Unit, ...]

    def whole(self, unit: Unit) -> Unit:
        """*unit* with the parameter sets in front."""
        return Unit((*self.parameters, *unit.nals), unit.at_seconds, unit.key)


def coded(
    codec: Codec = "h264",
    *,
    frames: int = 20,
    rate: Fraction = Fraction(25),
    gop: int = 10,
    b_frames: int = 0,
    size: tuple[int, int] = (320, 180),
) -> Coded:
    """Code *frames* pictures, number n all in grey 40 + 8 * (n % 25), a key frame every *gop*."""
    encoder = av.CodecContext.create({"h264": "libx264", "hevc": "libx265"}[codec], "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height = size
    encoder.pix_fmt, encoder.time_base, encoder.framerate, encoder.gop_size = "yuv420p", 1 / rate, rate, gop
    fixed = f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes={b_frames}:repeat-headers=1:log-level=none"
    encoder.options = {"preset": "ultrafast", "x264-params": fixed, "x265-params": fixed + ":pools=1:frame-threads=1"}
    packets = []
    for number in range(frames):
        picture = av.VideoFrame.from_ndarray(np.full((size[1], size[0], 3), grey(number), np.uint8), format="rgb24")
        picture.pts, picture.time_base = number, 1 / rate
        packets += encoder.encode(picture)
    packets += encoder.encode(None)
    parameters: dict[int, bytes] = {}
    units = []
    for packet in packets:
        nals = [nal for nal in _START_CODE.split(bytes(packet)) if nal]
        parameters |= {kind: nal for nal in nals if (kind := _kind(codec, nal)) in _PARAMETERS[codec]}
        slices = tuple(nal for nal in nals if _kind(codec, nal) not in _PARAMETERS[codec])
        assert packet.pts is not None
        units.append(Unit(slices, float(packet.pts / rate), packet.is_keyframe))
    return Coded(codec, tuple(parameters[kind] for kind in sorted(parameters)), tuple(units))


_PARAMETERS: Final[dict[Codec, tuple[int, ...]]] = {"h264": (7, 8), "hevc": (32, 33, 34)}


def grey(number: int) -> int:
    """The level of picture *number*."""
    return 40 + 8 * (number % 25)


def _kind(codec: Codec, nal: bytes) -> int:
    return nal[0] & 31 if codec == "h264" else nal[0] >> 1 & 63


class Line:
    """The way to one client: what the test sends leaves here as RTP."""

    def __init__(self, codec: Codec, write: Callable[[bytes], None], drain: Callable[[], Awaitable[None]]) -> None:
        self._codec = codec
        self._write = write
        self._drain = drain
        self._sequence = 0
        self._first = 2**32 - 2 * CLOCK_HZ  # time stamps start anywhere, and wrap soon

    async def send(self, unit: Unit, at_seconds: float | None = None) -> None:
        """Send *unit* with its own time or another."""
        at = unit.at_seconds if at_seconds is None else at_seconds
        stamp = (self._first + round(at * CLOCK_HZ)) % 2**32
        chunks = [chunk for nal in unit.nals for chunk in _payloads(self._codec, nal)]
        for number, chunk in enumerate(chunks):
            marker = 0x80 if number + 1 == len(chunks) else 0
            self._write(struct.pack("!BBHII", 0x80, 96 | marker, self._sequence % 2**16, stamp, 7) + chunk)
            self._sequence += 1
        await self._drain()


def _payloads(codec: Codec, nal: bytes) -> Iterator[bytes]:
    """One NAL unit as RTP payloads: whole, or in fragments (RFC 6184 section 5.8, RFC 7798 section 4.4.3)."""
    if len(nal) <= _CHUNK_BYTES:
        yield nal
        return
    if codec == "h264":
        indicator, kind, body = bytes([nal[0] & 0xE0 | 28]), nal[0] & 31, nal[1:]
    else:
        indicator, kind, body = bytes([nal[0] & 0x81 | 49 << 1, nal[1]]), nal[0] >> 1 & 63, nal[2:]
    for start in range(0, len(body), _CHUNK_BYTES):
        first = 0x80 if start == 0 else 0
        last = 0x40 if start + _CHUNK_BYTES >= len(body) else 0
        yield indicator + bytes([first | last | kind]) + body[start : start + _CHUNK_BYTES]


Play = Callable[[Line], Awaitable[None]]


@dataclass
class LiveCamera:
    """Describes *coded* and runs *play* for each client; hangs up when *play* returns."""

    coded: Coded
    play: Play
    parameters_described: bool = False
    audio_first: bool = False
    udp_only: bool = False
    silent_after: str = ""  # the method that gets no answer
    port: int = 0
    visits: int = 0
    requests: list[str] = field(default_factory=list)
    _client_port: int = 0

    @property
    def address(self) -> str:
        """Where it is found."""
        return f"rtsp://127.0.0.1:{self.port}/live"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one client."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                method = head.split(" ", 1)[0]
                self.requests.append(method)
                if method == self.silent_after:
                    await reader.read()
                    return
                writer.write(self._answer(method, head))
                if method == "PLAY":
                    self.visits += 1
                    await self._play(writer)
                    return
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            return  # a stream's task that ends cancelled is reported as a fault on Python 3.11
        finally:
            writer.close()

    async def _play(self, writer: asyncio.StreamWriter) -> None:
        if not self.udp_only:
            channel = 2 * self.audio_first

            def interleaved(packet: bytes) -> None:
                writer.write(struct.pack("!cBH", b"$", channel, len(packet)) + packet)

            await self.play(Line(self.coded.codec, interleaved, writer.drain))
            return
        loop = asyncio.get_running_loop()
        udp, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=("127.0.0.1", self._client_port)
        )
        try:
            await self.play(Line(self.coded.codec, udp.sendto, writer.drain))
        finally:
            udp.close()

    def _answer(self, method: str, head: str) -> bytes:
        number = next(line.split(":")[1].strip() for line in head.splitlines() if line.lower().startswith("cseq"))
        lines, body, status = [f"CSeq: {number}"], "", "200 OK"
        match method:
            case "DESCRIBE":
                body = self._description()
                lines.append("Content-Type: application/sdp")
            case "SETUP" if self.udp_only and "/TCP" in head:
                status = "461 Unsupported transport"
            case "SETUP" if self.udp_only:
                self._client_port = int(head.partition("client_port=")[2].partition("-")[0])
                ports = f"client_port={self._client_port}-{self._client_port + 1};server_port=9000-9001"
                lines += [f"Transport: RTP/AVP;unicast;{ports}", "Session: 1;timeout=60"]
            case "SETUP":
                channels = "2-3" if self.audio_first and "/track" in head else "0-1"
                lines += [f"Transport: RTP/AVP/TCP;unicast;interleaved={channels}", "Session: 1;timeout=60"]
            case "PLAY":
                lines.append("Session: 1")
            case _:
                lines.append("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")
        lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([f"RTSP/1.0 {status}", *lines, "", body]).encode()

    def _description(self) -> str:
        text = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        if self.audio_first:
            text += "m=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=control:audio\r\n"
        name = "H264" if self.coded.codec == "h264" else "H265"
        text += f"m=video 0 RTP/AVP 96\r\na=rtpmap:96 {name}/{CLOCK_HZ}\r\na=control:track\r\n"
        if self.parameters_described:
            encoded = [base64.b64encode(nal).decode() for nal in self.coded.parameters]
            if self.coded.codec == "h264":
                text += f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={','.join(encoded)}\r\n"
            else:
                names = ("sprop-vps", "sprop-sps", "sprop-pps")
                text += "a=fmtp:96 " + ";".join(f"{n}={v}" for n, v in zip(names, encoded, strict=True)) + "\r\n"
        return text


@asynccontextmanager
async def live(camera: LiveCamera) -> AsyncIterator[LiveCamera]:
    """Listen on a free port until left."""
    server = await asyncio.start_server(camera.serve, "127.0.0.1", 0)
    camera.port = server.sockets[0].getsockname()[1]
    async with server:
        yield camera


async def in_real_time(line: Line, units: Iterator[Unit], *, sent: list[tuple[int, float]]) -> None:
    """Send *units* at their times, each stamped and noted with the moment it really leaves (Unix seconds)."""
    began, first = time.monotonic(), None
    for number, unit in enumerate(units):
        first = unit.at_seconds if first is None else first
        await asyncio.sleep(max(0.0, began + unit.at_seconds - first - time.monotonic()))
        sent.append((number, time.time()))
        await line.send(unit, time.monotonic() - began)
