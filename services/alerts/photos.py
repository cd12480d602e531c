"""Photos as people send them, made upright JPEGs of a size that the bus takes."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from io import BytesIO
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from proto.wardwatch.v1 import subjects

MOST_BYTES: Final = 7 * 1024 * 1024
assert MOST_BYTES < subjects.MAX_PAYLOAD_BYTES

_MOST_PIXELS: Final = 40_000_000
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_ORIENTATION: Final = 0x0112  # EXIF tag
_UPRIGHT: Final = 1
# Little is lost, so that the template is that of the photo: 4:4:4 keeps the colours' full resolution.
_QUALITY: Final = 95


class UnusablePhoto(Exception):
    """The file is no photo that can be used; ``code`` is that of the finding."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class UprightPhotos(AbstractContextManager["UprightPhotos"]):
    """Turns files into JPEGs, one after the other, off the event loop."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="photos")

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, content: bytes) -> bytes:
        """The upright JPEG; a file that already is one stays as it is. Raises UnusablePhoto."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _upright, content)


def _upright(content: bytes) -> bytes:
    try:
        return _prepared(content)
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise UnusablePhoto("not_a_photo", "this is not a photo that can be used; give a JPEG, PNG or WebP") from error
    except (OSError, SyntaxError, ValueError) as error:  # what Pillow raises for damaged files
        raise UnusablePhoto("damaged", "the file is damaged; send it again from its source") from error


def _prepared(content: bytes) -> bytes:
    with Image.open(BytesIO(content), formats=_FORMATS) as photo:
        width, height = photo.size
        if width * height > _MOST_PIXELS:
            raise UnusablePhoto("too_many_pixels", f"{width} x {height} pixels, at most 40 million; make it smaller")
        upright = photo.getexif().get(_ORIENTATION, _UPRIGHT) == _UPRIGHT
        photo.load()
        if photo.format == "JPEG" and upright and photo.mode in {"RGB", "L"} and len(content) <= MOST_BYTES:
            return content
        return _fitted(_flat(ImageOps.exif_transpose(photo)))


def _flat(photo: Image.Image) -> Image.Image:
    """The photo in RGB, what was transparent on white."""
    if photo.mode in {"RGBA", "LA", "PA"} or "transparency" in photo.info:
        above = photo.convert("RGBA")
        below = Image.new("RGBA", above.size, "white")
        return Image.alpha_composite(below, above).convert("RGB")
    return photo.convert("RGB")


def _fitted(photo: Image.Image) -> bytes:
    """A JPEG of at most ``MOST_BYTES``, shrunk as little as needed."""
    while True:
        kept = BytesIO()
        photo.save(kept, "JPEG", quality=_QUALITY, subsampling="4:4:4")
        size = kept.tell()
        if size <= MOST_BYTES:
            return kept.getvalue()
        # Bytes grow about with the pixels; a tenth is taken off in reserve so that one more round is enough.
        scale = 0.9 * (MOST_BYTES / size) ** 0.5
        photo = photo.resize(
            (max(1, int(photo.width * scale)), max(1, int(photo.height * scale))), Image.Resampling.LANCZOS
        )
