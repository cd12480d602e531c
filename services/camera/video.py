"""Films and pictures through PyAV, which only this module and ``live`` import."""

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import av
import av.error
import av.logging
import numpy as np

from services.camera.core import Source, fitted
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
    codec: str = ""
    frames_per_second: float = 0.0


def picture(frame: av.VideoFrame, max_width_px: int) -> Picture:
    """Convert *frame* to RGB, shrunk to *max_width_px* and upright."""
    width, height = fitted(frame.width, frame.height, max_width_px)
    converted = frame.reformat(width=width, height=height, format="rgb24").to_ndarray()
    # A phone films sideways and says so; FFmpeg counts counter-clockwise, like numpy.
    turns = round(frame.rotation / 90) % 4
    return np.rot90(converted, turns).astype(np.uint8, copy=False)


def shots(source: Source) -> Iterator[Shot]:
    """Decode the file *source* in order; its end ends the iteration.

    Raises SourceFault when it cannot be opened, holds no video or is damaged.
    """
    av.logging.set_level(None)
    options = {"protocol_whitelist": "file", "format_whitelist": FILE_FORMATS}
    try:
        container = av.open(source.address, options=options, metadata_errors="replace")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise SourceFault(f"{source.shown} cannot be opened: {words(error)}") from error
    with container:
        if not container.streams.video:
            raise SourceFault(f"{source.shown} holds no video")
        stream = container.streams.video[0]
        rate = float(stream.average_rate or 25)
        for number, frame in enumerate(_decoded(container, stream, source)):
            at = frame.time if frame.time is not None else number / rate
            yield Shot(at, frame, stream.codec_context.name, rate)


def _decoded(container: av.container.InputContainer, stream: av.VideoStream, source: Source) -> Iterator[av.VideoFrame]:
    damaged = 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (av.error.FFmpegError, OSError) as error:
            raise SourceFault(f"{source.shown} was lost: {words(error)}") from error
        try:
            decoded = packet.decode()
        except av.error.FFmpegError as error:
            damaged += 1
            if damaged >= MOST_DAMAGED_IN_A_ROW:
                raise SourceFault(f"{source.shown} gives only damaged video: {words(error)}") from error
            continue
        for frame in decoded:
            damaged = 0
            assert isinstance(frame, av.VideoFrame)
            yield frame


def words(error: Exception) -> str:
    """Say what went wrong in our own words: the library's repeat the address, and with it a password."""
    match error:
        case av.error.HTTPUnauthorizedError() | av.error.HTTPForbiddenError():
            return "the user name or password is refused"
        case av.error.HTTPNotFoundError():
            return "there is no such stream"
        case av.error.InvalidDataError() | av.error.ArgumentError():
            return "it is not a video that can be read"
        case av.error.ExitError() | TimeoutError():
            return "it gives no picture in time"
        case OSError(errno=int(number)) if number in errno.errorcode:
            text = os.strerror(number)
            return text[0].lower() + text[1:]
        case _:
            return "FFmpeg cannot read it"
