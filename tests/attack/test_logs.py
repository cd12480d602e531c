"""Hostile clients make the page and the broker log for a minute: what that leaves on the disk is bounded."""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.installation import Installation, running

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

SECONDS = 60
CLIENTS = 8
# Bounded by rate; before, one client alone left 500 MB in this time.
MOST_BYTES = 5_000_000


@pytest.fixture(scope="module")
def wardwatch() -> Iterator[Installation]:
    with running() as installation:
        yield installation


def written(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in folder.iterdir()}


async def logged(wardwatch: Installation, attack: Callable[[], Awaitable[None]]) -> tuple[int, str]:
    """How much the logs grew while *attack* was repeated for a minute, and all that they hold."""
    folder = wardwatch.home / "logs"
    before = await asyncio.to_thread(written, folder)
    async with repeated(attack):
        await asyncio.sleep(SECONDS)  # the length of the attack, no wait
    after = await asyncio.to_thread(written, folder)
    text = "".join([await asyncio.to_thread(path.read_text, "utf-8", "replace") for path in sorted(folder.iterdir())])
    grown = sum(size - before.get(name, 0) for name, size in after.items())
    sys.stdout.write(f"\nthe logs grew by {grown} bytes in {SECONDS} s\n")
    return grown, text


@asynccontextmanager
async def repeated(attack: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Several clients attack until left."""
    over = asyncio.Event()

    async def again() -> None:
        # Cancelling alone is not enough: nats-py swallows a cancellation that comes while it flushes.
        while not over.is_set():
            with suppress(OSError):
                await attack()

    tasks = [asyncio.create_task(again()) for _ in range(CLIENTS)]
    try:
        yield
    finally:
        over.set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def sent(url: str, content: bytes) -> None:
    """Send *content* and read the first of the answer."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(content)
        await writer.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await reader.read(65536)
    finally:
        writer.close()


async def test_malformed_requests_leave_little_and_nothing_of_theirs(wardwatch: Installation) -> None:
    token = secrets.token_urlsafe(32)

    async def malformed() -> None:
        # As long as a header may be: a parser's error quotes all of it.
        cookie = f"Cookie: wardwatch={token}; {'x' * 7_000}\x00\r\n".encode()
        await sent(wardwatch.url, b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\n" + cookie + b"\r\n")

    grown, text = await logged(wardwatch, malformed)

    assert grown < MOST_BYTES
    assert token not in text
    assert "a request could not be read" in text


async def test_hostile_connections_to_the_broker_leave_little(wardwatch: Installation) -> None:
    async def hostile() -> None:
        await sent(wardwatch.nats_url, b"CONNECT {}\r\nPING\r\n" + b"GARBAGE " * 400 + b"\r\n")

    grown, _ = await logged(wardwatch, hostile)

    assert grown < MOST_BYTES


async def test_what_a_camera_may_not_publish_leaves_little(wardwatch: Installation) -> None:
    async with wardwatch.publishing("gate") as camera:

        async def refused() -> None:
            for _ in range(500):
                await camera.client.publish("sightings.h1.gate", b"x")
            await camera.client.flush()

        grown, _ = await logged(wardwatch, refused)

    assert grown < MOST_BYTES
