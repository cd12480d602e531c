"""Video files and network cameras through PyAV: the only module of the publisher that imports it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import av
import av.error
import av.logging
import numpy as np

from services.camera.core import Source, SourceKind, fitted
from services.camera.jpeg import Picture

# A file must be a film: FFmpeg would also "play" a text file, and a playlist could point it at other files.
FILE_FORMATS: Final = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,h264,hevc,mjpeg,mpjpeg,dv,mxf,"
    "gif,image2,png_pipe,jpeg_pipe,webp_pipe,bmp_pipe"
)
# Damaged packets in a row after which a source counts as lost; one second of film at 50 a second.
MOST_DAMAGED_IN_A_ROW: Final = 50


class SourceFault(Exception):
    """The source cannot be opened or read; the text is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A decoded picture not yet converted, for most are not wanted. ``at_seconds`` is the film's own time."""

    at_seconds: float
    frame: av.VideoFrame

    def picture(self, max_width_px: int) -> Picture:
        """Convert to RGB, shrunk to *max_width_px* and upright."""
        width, height = fitted(self.frame.width, self.frame.height, max_width_px)
        picture = self.frame.reformat(width=width, height=height, format="rgb24").to_ndarray()
        # A phone films sideways and says so; FFmpeg counts counter-clockwise, like numpy.
        turns = round(self.frame.rotation / 90) % 4
        return np.rot90(picture, turns).astype(np.uint8, copy=False)


def shots(source: Source, *, timeout_seconds: float) -> Iterator[Shot]:
    """Decode *source* in order; the end of a file ends the iteration.

    Raises SourceFault when the source cannot be opened, holds no video or gets lost. ``timeout_seconds`` reaches
    FFmpeg's network reads only; whoever runs this must be able to kill it.
    """
    av.logging.set_level(None)
    options = _options(source, timeout_seconds)
    try:
        container = av.open(source.address, options=options, timeout=timeout_seconds, metadata_errors="replace")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise SourceFault(f"{source.shown} cannot be opened: {_words(error)}") from error
    with container:
        if not container.streams.video:
            raise SourceFault(f"{source.shown} holds no video")
        stream = container.streams.video[0]
        rate = float(stream.average_rate or 25)
        for number, frame in enumerate(_decoded(container, stream, source)):
            yield Shot(frame.time if frame.time is not None else number / rate, frame)


def _options(source: Source, timeout_seconds: float) -> dict[str, str]:
    if source.kind is not SourceKind.NETWORK:
        return {"protocol_whitelist": "file", "format_whitelist": FILE_FORMATS}
    # TCP, because a lost UDP packet smears the picture until the next key frame.
    microseconds = str(int(timeout_seconds * 1_000_000))
    return {"rtsp_transport": "tcp", "fflags": "nobuffer", "timeout": microseconds, "rw_timeout": microseconds}


def _decoded(container: av.container.InputContainer, stream: av.VideoStream, source: Source) -> Iterator[av.VideoFrame]:
    damaged = 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (av.error.FFmpegError, OSError) as error:
            raise SourceFault(f"{source.shown} was lost: {_words(error)}") from error
        try:
            decoded = packet.decode()
        except av.error.FFmpegError as error:
            damaged += 1
            if damaged >= MOST_DAMAGED_IN_A_ROW:
                raise SourceFault(f"{source.shown} gives only damaged video: {_words(error)}") from error
            continue
        for frame in decoded:
            damaged = 0
            assert isinstance(frame, av.VideoFrame)
            yield frame


def _words(error: Exception) -> str:
    match error:
        case av.error.HTTPUnauthorizedError() | av.error.HTTPForbiddenError():
            return "the user name or password is refused"
        case av.error.InvalidDataError() | av.error.ArgumentError():
            return "it is not a video that can be read"
        case av.error.ExitError() | TimeoutError():
            return "it gives no picture in time"
        case OSError(strerror=str(text)) if text:
            return text[0].lower() + text[1:]
        case _:
            return "FFmpeg cannot read it"
