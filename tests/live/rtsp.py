"""A network camera for tests: enough RTSP to play one film over TCP, and a password."""

import asyncio
import base64
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from io import BytesIO

import av
import numpy as np

RATE = 25
_CHUNK_BYTES = 1400
_LOGIN = base64.b64encode(b"guard:s3cret").decode()


@dataclass
class RtspCamera:
    """Plays *films* films, one for each visit, and hangs up after each. User guard, password s3cret."""

    port: int = 0
    visits: int = 0
    packets: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one client."""
        while head := await _request(reader):
            method = head.split(" ", 1)[0]
            if method == "TEARDOWN":
                break
            writer.write(self._answer(method, head))
            if method == "PLAY":
                self.visits += 1
                await self._play(writer)
                break
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    def _answer(self, method: str, head: str) -> bytes:
        number = next(line.split(":")[1].strip() for line in head.splitlines() if line.lower().startswith("cseq"))
        lines, body = [f"CSeq: {number}"], ""
        if method != "OPTIONS" and f"Basic {_LOGIN}" not in head:
            lines.append('WWW-Authenticate: Basic realm="camera"')
            return _text("401 Unauthorized", lines, "")
        match method:
            case "DESCRIBE":
                body = (
                    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 MP4V-ES/90000\r\na=control:track\r\n"
                )
                lines.append("Content-Type: application/sdp")
            case "SETUP":
                lines += ["Transport: RTP/AVP/TCP;unicast;interleaved=0-1", "Session: 1"]
            case "PLAY":
                lines.append("Session: 1")
            case _:
                lines.append("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")
        return _text("200 OK", lines, body)

    async def _play(self, writer: asyncio.StreamWriter) -> None:
        sequence = 0
        for number, packet in enumerate(self.packets):
            for start in range(0, len(packet), _CHUNK_BYTES):
                chunk = packet[start : start + _CHUNK_BYTES]
                last = start + _CHUNK_BYTES >= len(packet)
                head = struct.pack("!BBHII", 0x80, 96 | (0x80 if last else 0), sequence, number * 90_000 // RATE, 7)
                writer.write(struct.pack("!cBH", b"$", 0, len(head) + len(chunk)) + head + chunk)
                sequence += 1
            await writer.drain()


@asynccontextmanager
async def camera() -> AsyncIterator[RtspCamera]:
    """Listen on a free port until left."""
    camera = RtspCamera(packets=await asyncio.to_thread(film))
    server = await asyncio.start_server(camera.serve, "127.0.0.1", 0)
    camera.port = server.sockets[0].getsockname()[1]
    async with server:
        yield camera


def film(frames: int = 50, width: int = 320, height: int = 180) -> list[bytes]:
    """Packets of MPEG-4 video, each a whole picture, key frames with their headers."""
    packets: list[bytes] = []
    with av.open(BytesIO(), "w", format="m4v") as out:
        stream = out.add_stream("mpeg4", rate=RATE)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = width, height, "yuv420p", 5
        for number in range(frames):
            grey = np.full((height, width, 3), 5 * number % 256, np.uint8)
            picture = av.VideoFrame.from_ndarray(grey, format="rgb24")
            picture.pts, picture.time_base = number, Fraction(1, RATE)
            packets += [bytes(packet) for packet in stream.encode(picture)]
    return packets


async def _request(reader: asyncio.StreamReader) -> str:
    try:
        return (await reader.readuntil(b"\r\n\r\n")).decode()
    except (asyncio.IncompleteReadError, ConnectionError):
        return ""


def _text(status: str, lines: list[str], body: str) -> bytes:
    lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join([f"RTSP/1.0 {status}", *lines, "", body])).encode()
