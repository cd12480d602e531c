"""A process is ended whatever it was about to say."""

import asyncio
import sys
from asyncio.subprocess import PIPE

from services.chassis import subprocesses

# As much as waits unread in the parent, and as much again as the pipe holds.
_SAYS = """
import os, sys, time
left = 256 * 1024
while left:
    left -= os.write(1, bytes(left))
os.write(2, b"said")
sys.stdin.read()
time.sleep(3600)
"""


async def test_a_process_with_much_unread_is_ended() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _SAYS, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    assert process.stderr is not None
    assert await process.stderr.readexactly(4) == b"said"

    async with asyncio.timeout(30):
        await subprocesses.end(process)

    assert process.returncode == -9


async def test_a_process_that_has_ended_is_no_trouble() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "raise SystemExit(3)", stdout=PIPE)

    async with asyncio.timeout(30):
        await process.wait()
        await subprocesses.end(process)

    assert process.returncode == 3
