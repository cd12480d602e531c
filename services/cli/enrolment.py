"""Enrolment photos as the desk takes them: upright JPEGs of a bearable size, made on the asker's own machine."""

from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from proto.wardwatch.v1 import subjects
from services.chassis.errors import StartupError

# All photos of one request travel in one message; the rest of it is left for the words around them.
TOTAL_BYTES: Final = 7 * 1024 * 1024
assert TOTAL_BYTES < subjects.MAX_PAYLOAD_BYTES

_MOST_FILE_BYTES: Final = 15 * 1024 * 1024
_MOST_PIXELS: Final = 40_000_000
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_ORIENTATION: Final = 0x0112  # EXIF tag
_UPRIGHT: Final = 1
# Little is lost, so that the template is that of the photo: 4:4:4 keeps the colours' full resolution.
_QUALITY: Final = 95


def read_photo(path: Path, *, most_bytes: int) -> bytes:
    """The photo as an upright JPEG of at most *most_bytes*; a file that already is one stays as it is.

    Raises StartupError in words when the file is missing, is no photo, or is too large to be opened.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StartupError(f"{path}: cannot be read ({error.strerror})") from error
    if len(content) > _MOST_FILE_BYTES:
        raise StartupError(f"{path}: {len(content):,} bytes, at most {_MOST_FILE_BYTES:,} are taken; make it smaller")

    try:
        return _prepared(content, path, most_bytes)
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise StartupError(f"{path}: is not a photo that can be used; give a JPEG, PNG or WebP file") from error
    except (OSError, SyntaxError, ValueError) as error:  # what Pillow raises for damaged files
        raise StartupError(f"{path}: the file is damaged ({error})") from error


def _prepared(content: bytes, path: Path, most_bytes: int) -> bytes:
    with Image.open(BytesIO(content), formats=_FORMATS) as photo:
        width, height = photo.size
        if width * height > _MOST_PIXELS:
            raise StartupError(f"{path}: {width} x {height} pixels are more than 40 million; make it smaller")

        upright = photo.getexif().get(_ORIENTATION, _UPRIGHT) == _UPRIGHT
        photo.load()
        if photo.format == "JPEG" and upright and photo.mode in {"RGB", "L"} and len(content) <= most_bytes:
            return content

        return _fitted(_flat(ImageOps.exif_transpose(photo)), most_bytes)


def _flat(photo: Image.Image) -> Image.Image:
    """The photo in RGB, what was transparent on white."""
    if photo.mode in {"RGBA", "LA", "PA"} or "transparency" in photo.info:
        above = photo.convert("RGBA")
        below = Image.new("RGBA", above.size, "white")
        return Image.alpha_composite(below, above).convert("RGB")
    return photo.convert("RGB")


def _fitted(photo: Image.Image, most_bytes: int) -> bytes:
    """A JPEG of at most *most_bytes*, shrunk as little as needed."""
    while True:
        kept = BytesIO()
        photo.save(kept, "JPEG", quality=_QUALITY, subsampling="4:4:4")
        size = kept.tell()
        if size <= most_bytes:
            return kept.getvalue()

        # Bytes grow about with the pixels; a tenth is taken off in reserve so that one more round is enough.
        scale = 0.9 * (most_bytes / size) ** 0.5
        photo = photo.resize(
            (max(1, int(photo.width * scale)), max(1, int(photo.height * scale))), Image.Resampling.LANCZOS
        )
