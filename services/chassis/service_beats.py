"""A service of RECORD says that it lives, so that one which froze is missed (docs/adr/0085)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replicas import ReplicaBeat
from services.chassis.owed import pause
from services.chassis.tasks import beat

_EVERY_SECONDS: Final = 1.0

Publish = Callable[[str, bytes], Awaitable[bool]]


class BeatOf(Protocol):
    """Makes the beat of a moment."""

    def __call__(self, replica: str, number: int, *, leaving: bool) -> ReplicaBeat: ...


def plain(replica: str, number: int, *, leaving: bool) -> ReplicaBeat:
    """A beat that says nothing else."""
    return ReplicaBeat(replica, number, leaving, {})


async def tell_alive(
    service: str, replica: str, publish: Publish, stop: asyncio.Event, beat_of: BeatOf = plain
) -> None:
    """Say every second that *replica* of *service* lives, and once that it ends, at *stop*."""
    subject, number = subjects.service_beat(service, replica), 0
    while not stop.is_set():
        beat()
        number += 1
        await publish(subject, beat_of(replica, number, leaving=False).encode())
        await pause(stop, _EVERY_SECONDS)
    await publish(subject, plain(replica, number + 1, leaving=True).encode())
