"""Parts of an installation that are frozen, or killed and kept from being started again."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.installation import Installation


@asynccontextmanager
async def frozen(wardwatch: Installation, name: str) -> AsyncIterator[None]:
    """Every process of the service or server *name* stands still until left."""
    pids = await _send(wardwatch, name, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def killed(wardwatch: Installation, name: str) -> AsyncIterator[None]:
    """Every process of *name* is killed; until left none is started again, for who would do it is frozen."""
    wardwatch.process.send_signal(signal.SIGSTOP)
    try:
        await _send(wardwatch, name, signal.SIGKILL)
        yield
    finally:
        wardwatch.process.send_signal(signal.SIGCONT)


async def _send(wardwatch: Installation, name: str, sign: signal.Signals) -> list[int]:
    pids = await asyncio.to_thread(_processes, wardwatch, name)
    assert pids
    for pid in pids:
        os.kill(pid, sign)
    return pids


def _processes(wardwatch: Installation, name: str) -> list[int]:
    if name in ("postgres", "nats-server"):
        heads = wardwatch.servers(name)
        return [*heads, *(child for head in heads for child in _children(head))]
    return wardwatch.pids(name)


def _children(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
