"""Photos as people send them, made upright JPEGs that the bus takes, off the event loop."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from typing import Self

from PIL import Image, ImageOps, UnidentifiedImageError


class UnusablePhoto(Exception):
    """The file is no photo that can be used; ``code`` is that of the finding."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class UprightPhotos:
    """Turns files into JPEGs, one after the other."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    @classmethod
    @contextmanager
    def open(cls) -> Iterator[Self]:
        """Hold the thread that the work is done in."""
        with ThreadPoolExecutor(1, thread_name_prefix="photos") as executor:
            yield cls(executor)

    async def __call__(self, content: bytes) -> bytes:
        """The upright JPEG. Raises UnusablePhoto."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, _upright, content)


def _upright(content: bytes) -> bytes:
    made = BytesIO()
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as photo:
            ImageOps.exif_transpose(photo).convert("RGB").save(made, "JPEG", quality=95)
    except (UnidentifiedImageError, OSError) as error:
        raise UnusablePhoto("no_photo", "this is no photo that can be opened") from error
    return made.getvalue()
