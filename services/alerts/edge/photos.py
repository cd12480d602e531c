"""Uploaded files become JPEGs, in a few processes that are killed when a file is too much for them."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import AbstractAsyncContextManager
from typing import Final, Self

from proto.wardwatch.v1.findings import FindingCode
from services.alerts.edge.unusable_photo import MOST_FILE_BYTES, UnusablePhoto
from services.chassis import subprocesses

__all__ = ["PhotoReader", "UnusablePhoto"]

# Forty million pixels take five seconds of an idle processor; the process has its own limit of processor time too.
_SECONDS: Final = 30.0


class PhotoReader(AbstractAsyncContextManager["PhotoReader"]):
    """Reads as many photos at once as it has processes; leaving the context ends them, in whatever state they are."""

    def __init__(self, *, processes: int = 2, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._all: set[Process] = set()
        # None stands for a process that is started when it is needed. The last one used is warm, so it comes first.
        self._free: asyncio.LifoQueue[Process | None] = asyncio.LifoQueue()
        for _ in range(processes):
            self._free.put_nowait(None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in tuple(self._all):
            await self._end(process)

    async def read(self, content: bytes) -> bytes:
        """The photo as a JPEG of at most 7 MB; what is one already stays as it is. Raises UnusablePhoto."""
        if len(content) > MOST_FILE_BYTES:
            text = f"{len(content) / 2**20:.1f} MB, at most {MOST_FILE_BYTES // 2**20}: send a smaller file"
            raise UnusablePhoto(FindingCode.TOO_MANY_BYTES, text)

        process = await self._free.get()
        sound = False
        try:
            process = process or await self._start()
            reply = await self._exchange(process, content)
            sound = True
        finally:
            self._free.put_nowait(process if sound else None)
            if not sound and process is not None:
                await asyncio.shield(self._end(process))
        return _read(reply)

    async def _exchange(self, process: Process, content: bytes) -> bytes:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            async with asyncio.timeout(self._seconds):
                process.stdin.write(len(content).to_bytes(4) + content)
                await process.stdin.drain()
                size = int.from_bytes(await process.stdout.readexactly(4))
                return await process.stdout.readexactly(size)
        except TimeoutError as error:
            text = f"reading it took more than {self._seconds:g} s: save the picture anew and send that"
            raise UnusablePhoto(FindingCode.UNSUPPORTED, text) from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            text = "the file cannot be read to its end: save the picture anew and send that"
            raise UnusablePhoto(FindingCode.DAMAGED, text) from error

    async def _start(self) -> Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.alerts.edge.photo_worker",
            stdin=PIPE,
            stdout=PIPE,
            # Messages of the libraries may reveal contents of the file; findings say what is needed.
            stderr=DEVNULL,
            # In its own session, so that Ctrl-C reaches the service alone, which then ends it.
            start_new_session=True,
            # A process that decodes files from anybody gets none of the service's settings.
            env={name: text for name, text in os.environ.items() if not name.startswith("WARDWATCH_")},
        )
        self._all.add(process)
        return process

    async def _end(self, process: Process) -> None:
        self._all.discard(process)
        await subprocesses.end(process)


def _read(reply: bytes) -> bytes:
    """The JPEG in the worker's reply. Raises UnusablePhoto with the reason when there is none."""
    if reply[:1] == b"\x00":
        return reply[1:]
    code, _, text = reply[1:].decode().partition("\n")
    raise UnusablePhoto(FindingCode(code), text)
