"""What was wrong with a stream and was put right: counted, logged, and noted where people read it (docs/adr/0071)."""

import time
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Final

import structlog

from proto.wardwatch.v1.subjects import Stream
from services.chassis.bus import Delivery
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)

# An attack that goes on is noted again after so long.
_NOTE_AGAIN_SECONDS: Final = 600.0


class Cause(StrEnum):
    """What was wrong. Values are metric labels, and stand in the table ``broker.repair``."""

    FORGED = "forged"  # nobody signed it who may write there
    LOST = "lost"  # what had been stored was gone
    OLDER = "older"  # an earlier message stood for a later one


def cause_of(last: Delivery | None) -> Cause:
    """Why *last*, the stream's last message of a subject, is not what should stand there."""
    if last is None:
        return Cause.LOST
    return Cause.FORGED if last.forged else Cause.OLDER


class Repairs:
    """Tells of repairs. *write* notes one in the database as the service's role; False: it is away."""

    def __init__(self, write: Callable[[str, str], Awaitable[bool]], meters: Meters) -> None:
        self._write = write
        self._meters = meters
        self._again_at: dict[tuple[Stream, Cause], float] = {}
        self._waiting: set[tuple[Stream, Cause]] = set()

    async def note(self, stream: Stream, cause: Cause) -> None:
        """A repair was made. Counted each time, and noted once in a while."""
        self._meters.count("wardwatch_stream_repairs_total", stream=stream.name, cause=cause)
        now = time.monotonic()
        if now >= self._again_at.get((stream, cause), 0.0):
            self._again_at[stream, cause] = now + _NOTE_AGAIN_SECONDS
            log.error("a stream was not as the record has it and is put right", stream=stream.name, reason=cause.value)
            self._waiting.add((stream, cause))
        await self.write()

    async def write(self) -> None:
        """Note what could not be noted yet."""
        for stream, cause in list(self._waiting):
            if await self._write(stream.name, cause.value):
                self._waiting.discard((stream, cause))
