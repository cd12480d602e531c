"""Starts the broker again when it no longer stores although there is room.

nats-server 2.15 writes nothing more to a stream once its disk was full, also when there is space again, and answers
nobody who wants to store: only a new start heals it (docs/adr/0072). What it acknowledged is on the disk.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp

from local.child import Child
from services.chassis.errors import first_of_many

_EVERY_SECONDS: Final = 1.0
_ANSWER_SECONDS: Final = 2.0
# Less would be full again at once: the server writes its state down when it ends, and reads its streams when it starts.
ROOM_BYTES: Final = 32 * 1024 * 1024


@asynccontextmanager
async def keeping_storing(server: Child, monitor: Callable[[], str], folder: Path) -> AsyncIterator[None]:
    """Watch *server*, whose files are in *folder* and which says at ``monitor()`` how it is, until left.

    What fails meanwhile is raised as it is, and not in a group: a command says it in one sentence.
    """
    with first_of_many():
        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(_watch(server, monitor, folder))
            try:
                yield
            finally:
                watch.cancel()


async def _watch(server: Child, monitor: Callable[[], str], folder: Path) -> None:
    timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            if await _is_stuck(http, monitor()) and await asyncio.to_thread(_has_room, folder):
                await server.renew("its disk was full and has room again")


def _has_room(folder: Path) -> bool:
    return shutil.disk_usage(folder).free >= ROOM_BYTES


async def _is_stuck(http: aiohttp.ClientSession, monitor: str) -> bool:
    try:
        async with http.get(f"{monitor}/healthz") as answer:
            return answer.status == 503 and "write error" in await answer.text()
    except (aiohttp.ClientError, TimeoutError):
        return False  # it is starting, or ended: not ours to act on
