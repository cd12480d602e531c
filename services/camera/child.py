"""The reading process as the publisher sees it: records come in, and a silent one is killed."""

import asyncio
import os
import sys
from asyncio import StreamReader
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from services.camera import records
from services.camera.core import SourceKind
from services.camera.reader import Order
from services.camera.records import Failed, Record
from services.chassis import subprocesses

# Starting Python and its libraries on a machine that is busy with as many cameras as it can carry.
_START_SECONDS: Final = 60.0
# A reader of a network camera says every second how it stands and ends by itself when a limit is over; only one that
# is stuck itself is silent for longer than its limit.
_SPARE_SECONDS: Final = 10.0


class Reader:
    """Records of one running reading process, in order."""

    def __init__(self, stdout: StreamReader, shown: str, silence_seconds: float) -> None:
        self._stdout = stdout
        self._shown = shown
        self._silence_seconds = silence_seconds
        self._started = False

    async def next(self) -> Record:
        """Return the next record; silence, death and nonsense come as Failed. After Failed or Ended nothing follows."""
        try:
            async with asyncio.timeout(self._silence_seconds if self._started else _START_SECONDS):
                head = records.decode_head(await self._stdout.readexactly(records.HEAD_BYTES))
                body = await self._stdout.readexactly(head.body_bytes)
        except TimeoutError:
            return Failed(f"{self._shown} gave no picture for {self._silence_seconds:g} s")
        except asyncio.IncompleteReadError:
            return Failed(f"reading {self._shown} ended unexpectedly")
        except ValueError as error:
            return Failed(str(error))
        self._started = True
        return records.decode(head, body)


def silence_seconds(order: Order) -> float:
    """How long a reader with that order may say nothing."""
    return order.silence_seconds + (_SPARE_SECONDS if order.kind is SourceKind.NETWORK else 0.0)


@asynccontextmanager
async def reading(order: Order) -> AsyncIterator[Reader]:
    """Run a reading process for *order*; it is killed on leaving, in whatever state it is."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.camera.reader",
        stdin=PIPE,
        stdout=PIPE,
        # In its own session, so that Ctrl-C reaches the publisher alone, which then ends it.
        start_new_session=True,
        # The reader needs none of the publisher's settings; its faults come as records, not as OpenCV's words.
        env={n: text for n, text in os.environ.items() if not n.startswith("WARDWATCH_")} | {"OPENCV_LOG_LEVEL": "OFF"},
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(order.model_dump_json().encode() + b"\n")
        await process.stdin.drain()
        yield Reader(process.stdout, order.source.shown, silence_seconds(order))
    finally:
        await subprocesses.end(process)
