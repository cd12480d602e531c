"""A supervised program on its own."""

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from local.child import Child


class Starter:
    """Starts a program that does nothing; the second start waits until it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.second = asyncio.Event()
        self.started: list[subprocess.Popen[bytes]] = []
        self._loop = asyncio.get_running_loop()

    def begin(self) -> "subprocess.Popen[bytes]":
        if self.started:
            self._loop.call_soon_threadsafe(self.second.set)
            self.let_go.wait(10)
        self.started.append(subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]))
        return self.started[-1]


@asynccontextmanager
async def running(starter: Starter, log: Path) -> AsyncIterator[Child]:
    """A child that is started again when it dies; nothing of it is left afterwards."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        child = Child("nothing", starter.begin, log, starter=thread, notify=lambda _: None, ending=signal.SIGTERM)
        await child.start()
        child.keep()
        try:
            yield child
        finally:
            starter.let_go.set()
            for process in starter.started:
                process.kill()
                process.wait()


async def test_stop_during_a_restart_ends_the_new_process(tmp_path: Path) -> None:
    starter = Starter()
    async with running(starter, tmp_path / "log") as child:
        starter.started[0].kill()
        await starter.second.wait()

        ending = asyncio.create_task(child.end())
        # Runs after the first step of the task above, which sees only the dead process.
        asyncio.get_running_loop().call_soon(starter.let_go.set)

        async with asyncio.timeout(5):
            await ending
        assert [process.returncode for process in starter.started] == [-signal.SIGKILL, -signal.SIGTERM]


async def test_stop_ends_the_process_and_does_not_start_it_again(tmp_path: Path) -> None:
    starter = Starter()
    async with running(starter, tmp_path / "log") as child:
        async with asyncio.timeout(5):
            await child.end()

        assert [process.returncode for process in starter.started] == [-signal.SIGTERM]


async def test_a_log_that_grows_while_its_program_runs_is_kept_short(tmp_path: Path) -> None:
    starter, log = Starter(), tmp_path / "long.log"
    async with running(starter, log) as child:
        with log.open("ab", buffering=0) as output:
            output.write(b"x" * 20_000_001)

            await asyncio.to_thread(child._shorten_log)
            output.write(b"more\n")

    assert log.read_bytes() == b"more\n"
    assert (tmp_path / "long.old.log").stat().st_size == 20_000_001
