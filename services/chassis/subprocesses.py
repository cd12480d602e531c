"""Processes that a service runs for what may take it down: how they are ended."""

from asyncio.subprocess import Process


async def end(process: Process) -> None:
    """Kill *process* and return once it is gone. What it had still to say is thrown away.

    To wait for it is not enough: asyncio tells of its end behind the last of its output, and reads no more of that
    once much of it is waiting.
    """
    if process.returncode is None:
        process.kill()
    await process.communicate()
