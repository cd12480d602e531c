"""The pictures that cameras of a load send: of a folder or a film, read once and kept."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from services.chassis.errors import StartupError

# A minute of a usual camera; more would show nothing else.
_MOST_BYTES: Final = 256 * 1024**2
_MOST_PICTURES: Final = 2_000
_PICTURES: Final = frozenset({".jpg", ".jpeg", ".png"})
_QUALITY: Final = 85


@dataclass(frozen=True, slots=True)
class Size:
    """Pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True, slots=True)
class Reel:
    """JPEGs in their order, of one size, or of several in a folder of unlike pictures; ``size`` is the first one's."""

    frames: tuple[bytes, ...]
    size: Size

    def frame(self, number: int) -> bytes:
        """The *number*-th; behind the last comes the first again."""
        return self.frames[number % len(self.frames)]


def parse_size(text: str) -> Size:
    """Read ``1280x720``. Raises StartupError."""
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and 32 <= int(width) <= 7680 and 32 <= int(height) <= 4320):
        raise StartupError(f"{text!r} is no size such as 1280x720")
    return Size(int(width), int(height))


def read(source: Path, size: Size | None, rate: float) -> Reel:
    """Pictures of the folder, or of the film at *rate* a second of its own time, brought to *size* where one is given.

    Pictures are fitted into *size* and padded, so that nothing is distorted. Raises StartupError.
    """
    if source.is_dir():
        frames = _bounded(_of_folder(source, size))
    elif source.is_file():
        frames = _bounded(_of_film(source, size, rate))
    else:
        raise StartupError(f"{source} is neither a folder of pictures nor a film")
    if not frames:
        raise StartupError(f"{source} holds no picture")
    with Image.open(io.BytesIO(frames[0])) as first:
        return Reel(frames, Size(*first.size))


def _bounded(frames: Iterable[bytes]) -> tuple[bytes, ...]:
    kept: list[bytes] = []
    room = _MOST_BYTES
    for frame in frames:
        room -= len(frame)
        if kept and (room < 0 or len(kept) == _MOST_PICTURES):
            break
        kept.append(frame)
    return tuple(kept)


def _of_folder(folder: Path, size: Size | None) -> Iterator[bytes]:
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in _PICTURES):
        try:
            if size is None and path.suffix.lower() != ".png":
                yield path.read_bytes()
            else:
                with Image.open(path) as picture:
                    yield _jpeg(ImageOps.exif_transpose(picture), size)
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
            raise StartupError(f"{path} cannot be read as a picture: {type(error).__name__}") from error


def _of_film(path: Path, size: Size | None, rate: float) -> Iterator[bytes]:
    import av
    import av.error

    due = 0.0
    try:
        with av.open(str(path), options={"protocol_whitelist": "file"}) as film:
            if not film.streams.video:
                raise StartupError(f"{path} holds no video")
            for frame in film.decode(video=0):
                if frame.time is not None and frame.time + 1e-6 < due:
                    continue
                due += 1 / rate
                yield _jpeg(Image.fromarray(frame.to_ndarray(format="rgb24")), size)
    except (av.error.FFmpegError, ValueError) as error:
        raise StartupError(f"{path} cannot be read as a film: {type(error).__name__}") from error


def _jpeg(picture: Image.Image, size: Size | None) -> bytes:
    upright = picture.convert("RGB")
    if size is not None and upright.size != (size.width, size.height):
        upright = ImageOps.pad(upright, (size.width, size.height), Image.Resampling.BILINEAR, color=(127, 127, 127))
    packed = io.BytesIO()
    upright.save(packed, "JPEG", quality=_QUALITY)
    return packed.getvalue()
