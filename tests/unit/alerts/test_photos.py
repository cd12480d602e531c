"""Photos are read in processes of their own: what a file does to one of those, the service outlives."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from proto.wardwatch.v1.findings import FindingCode
from services.alerts.edge.photos import PhotoReader, UnusablePhoto
from tests import heic
from tests.fakes import eventually


def photo(level: int = 90) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (64, 48), (level, level, level)).save(buffer, "JPEG")
    return buffer.getvalue()


def endless() -> bytes:
    """Half a megabyte that promises 64 pixels and puts a thousand large pictures together to make them."""
    noise = np.random.default_rng(3).integers(0, 256, (512, 512, 3), np.uint8)
    return heic.grid(noise, 30, 33, (64, 64))


@pytest_asyncio.fixture
async def reader() -> AsyncIterator[PhotoReader]:
    async with PhotoReader(processes=1) as one:
        yield one


def working() -> set[int]:
    """The processes that read photos for this one."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it ended meanwhile
        if b"services.alerts.edge.photo_worker" in words and parent == os.getpid():
            found.add(int(folder.name))
    return found


async def test_a_good_photo_comes_back_as_it_is(reader: PhotoReader) -> None:
    assert await reader.read(photo()) == photo()


async def test_a_heic_comes_back_as_a_jpeg(reader: PhotoReader) -> None:
    grey = np.full((64, 64, 3), 130, np.uint8)

    with Image.open(BytesIO(await reader.read(heic.heic(grey)))) as read:
        assert (read.format, read.size) == ("JPEG", (64, 64))
        assert abs(int(np.asarray(read).mean()) - 130) <= 2


async def test_one_process_reads_photo_after_photo(reader: PhotoReader) -> None:
    await reader.read(photo())
    first = await asyncio.to_thread(working)
    with pytest.raises(UnusablePhoto):
        await reader.read(b"no photo")
    await reader.read(photo())

    assert await asyncio.to_thread(working) == first
    assert len(first) == 1


async def test_many_are_read_by_few_processes() -> None:
    async with PhotoReader(processes=2) as reader:
        read = await asyncio.gather(*(reader.read(photo(level)) for level in range(0, 240, 20)))

        assert len(await asyncio.to_thread(working)) == 2
    assert read == [photo(level) for level in range(0, 240, 20)]


async def test_a_file_that_is_too_large_starts_no_process(reader: PhotoReader) -> None:
    with pytest.raises(UnusablePhoto, match=r"15\.0 MB, at most 15") as refusal:
        await reader.read(bytes(15 * 2**20 + 1))

    assert refusal.value.code is FindingCode.TOO_MANY_BYTES
    assert not await asyncio.to_thread(working)


async def test_a_file_that_takes_too_long_ends_its_process_and_the_next_is_read() -> None:
    async with PhotoReader(processes=1, seconds=1.5) as reader:
        with pytest.raises(UnusablePhoto, match=r"took more than 1\.5 s") as refusal:
            await reader.read(await asyncio.to_thread(endless))

        assert refusal.value.code is FindingCode.UNSUPPORTED
        assert not await asyncio.to_thread(working)
    async with PhotoReader(processes=1) as patient:
        assert await patient.read(photo()) == photo()


async def test_a_process_that_dies_costs_its_photo_and_the_next_is_read(reader: PhotoReader) -> None:
    await reader.read(photo())
    (process,) = await asyncio.to_thread(working)
    os.kill(process, signal.SIGSTOP)
    reading = asyncio.create_task(reader.read(photo()))
    os.kill(process, signal.SIGKILL)

    with pytest.raises(UnusablePhoto) as refusal:
        await reading

    assert refusal.value.code is FindingCode.DAMAGED
    assert await reader.read(photo()) == photo()


async def test_an_asker_who_leaves_takes_the_process_along(reader: PhotoReader) -> None:
    await reader.read(photo())
    (process,) = await asyncio.to_thread(working)
    os.kill(process, signal.SIGSTOP)
    reading = asyncio.create_task(reader.read(photo()))
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading

    # Whoever asks next must not get the answer to another's photo.
    assert await reader.read(photo(200)) == photo(200)
    assert process not in await asyncio.to_thread(working)


async def test_leaving_ends_every_process() -> None:
    async with PhotoReader(processes=2) as reader:
        await asyncio.gather(reader.read(photo()), reader.read(photo()))

    await eventually(lambda: not working())
