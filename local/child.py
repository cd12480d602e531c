"""One supervised program: started, watched, started again when it dies, ended in good order."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Final

import aiohttp

from local.waiting import LOOK_EVERY_SECONDS
from services.chassis.errors import StartupError, tail

_READY_WITHIN_SECONDS: Final = 60.0
_STOP_WITHIN_SECONDS: Final = 15.0
# Whoever could not start for want of room is there within seconds when there is some.
_LONGEST_PAUSE_SECONDS: Final = 5.0
# A program that ran this long was well; its next end begins a new count.
_WELL_AFTER_SECONDS: Final = 30.0
_KEPT_LOG_BYTES: Final = 20_000_000

_LOG_LOOK_SECONDS: Final = 5.0

Begin = Callable[[], "subprocess.Popen[bytes]"]
Notify = Callable[[str], None]


def pause_seconds(deaths: int) -> float:
    """How long to wait before start number *deaths* + 1: half a second, doubling."""
    return min(0.5 * 2.0 ** min(deaths - 1, 10), _LONGEST_PAUSE_SECONDS)


class Child:
    """A program and its log. *begin* starts it; it runs in *starter*, a thread that lives as long as we do,
    because the kernel ends the program when the thread that started it ends."""

    def __init__(
        self, name: str, begin: Begin, log: Path, *, starter: Executor, notify: Notify, ending: signal.Signals
    ) -> None:
        self.name = name
        self.process: subprocess.Popen[bytes] | None = None
        self._begin = begin
        self._log = log
        self._log_begin = 0
        self._starter = starter
        self._notify = notify
        self._ending = ending
        self._stopping = asyncio.Event()
        self._exited = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the program. Until :meth:`keep` its death is an error of the start."""
        await self._start()

    def keep(self) -> None:
        """From now on start the program again whenever it dies."""
        self._watch = asyncio.create_task(self._keep())

    async def ready(self) -> None:
        """Return when /readyz reports the program ready. Raises StartupError with its reason when it ends first."""
        try:
            async with asyncio.timeout(_READY_WITHIN_SECONDS), aiohttp.ClientSession() as http:
                while not await self._is_ready(http):
                    if self._exited.is_set():
                        raise StartupError(f"{self.name} did not start: {await asyncio.to_thread(self._last_words)}")
                    await asyncio.sleep(LOOK_EVERY_SECONDS)
        except TimeoutError as error:
            words = await asyncio.to_thread(self._last_words)
            raise StartupError(f"{self.name} was not ready in time: {words}") from error

    async def end(self) -> None:
        """Ask the program to finish, and end it when it does not."""
        self._stopping.set()
        await self._finish()
        if self._watch is not None:
            await self._watch

    async def renew(self, why: str) -> None:
        """End the program, for the reason *why*; kept as it is, it is started again. Returns when it is gone."""
        if self._stopping.is_set() or self._exited.is_set():
            return
        self._notify(f"{self.name} is ended: {why}")
        await self._finish()

    def telemetry_url(self) -> str | None:
        """Where the program answers /readyz, read from its log since its last start, while that is short."""
        for line in self._records():
            if line.get("event") == "telemetry is listening":
                return f"http://{line.get('host', '127.0.0.1')}:{line['port']}"
        return None

    async def _start(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._starter, self._turn_log)
        self.process = await loop.run_in_executor(self._starter, self._begin)
        self._exited.clear()
        self._on_exit(self.process)

    def _turn_log(self) -> None:
        """Move a long log aside and note where the part of the next process begins."""
        if self._log.exists() and self._log.stat().st_size > _KEPT_LOG_BYTES:
            self._log.replace(self._log.with_suffix(".old.log"))
        self._log_begin = self._log.stat().st_size if self._log.exists() else 0

    async def _finish(self) -> None:
        """Signal the present process, if it runs, and return when it is gone."""
        process = self.process
        if process is None or process.poll() is not None:
            return
        process.send_signal(self._ending)
        try:
            async with asyncio.timeout(_STOP_WITHIN_SECONDS):
                await self._exited.wait()
        except TimeoutError:
            self._notify(f"{self.name} does not finish and is killed")
            process.kill()
            await self._exited.wait()

    def _on_exit(self, process: "subprocess.Popen[bytes]") -> None:
        """Set the event when the kernel says that the process is gone."""
        loop = asyncio.get_running_loop()
        handle = os.pidfd_open(process.pid)

        def gone() -> None:
            loop.remove_reader(handle)
            os.close(handle)
            process.wait()
            self._exited.set()

        loop.add_reader(handle, gone)

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        deaths = 0
        began = loop.time()
        while True:
            await self._until_exited()
            if self._stopping.is_set():
                return
            deaths = 1 if loop.time() - began > _WELL_AFTER_SECONDS else deaths + 1
            pause = pause_seconds(deaths)
            words = await asyncio.to_thread(self._last_words)
            self._notify(f"{self.name} ended ({self._how()}): {words}; starting it again in {pause:g} s")
            try:
                async with asyncio.timeout(pause):
                    await self._stopping.wait()
                return
            except TimeoutError:
                began = loop.time()
            try:
                await self._start()
            except (StartupError, OSError) as error:  # a disk without room for its files is the second
                self._notify(f"{self.name}: {error}")
            if self._stopping.is_set():
                # Asked to end while the new process was being started: nobody else knows of it.
                await self._finish()
                return

    async def _until_exited(self) -> None:
        """Wait for the end of the present process, and keep its log short meanwhile."""
        while not self._exited.is_set():
            try:
                async with asyncio.timeout(_LOG_LOOK_SECONDS):
                    await self._exited.wait()
            except TimeoutError:
                await asyncio.to_thread(self._shorten_log)

    def _shorten_log(self) -> None:
        """Copy a long log aside and empty it: its writer, who appends, goes on in the same file."""
        if not self._log.exists() or self._log.stat().st_size <= _KEPT_LOG_BYTES:
            return
        old = self._log.with_suffix(".old.log")
        try:
            shutil.copyfile(self._log, old)
        except OSError:  # no room: then what was kept before must go as well
            old.unlink(missing_ok=True)
        os.truncate(self._log, 0)
        self._log_begin = 0

    async def _is_ready(self, http: aiohttp.ClientSession) -> bool:
        url = await asyncio.to_thread(self.telemetry_url)
        if url is None:
            return False
        try:
            async with http.get(f"{url}/readyz") as reply:
                return reply.status == 200
        except aiohttp.ClientError:
            return False

    def _how(self) -> str:
        code = self.process.returncode if self.process else None
        if code is not None and code < 0:
            return signal.Signals(-code).name
        return f"exit code {code}"

    def _last_words(self) -> str:
        reasons = [str(line["reason"]) for line in self._records() if "reason" in line]
        if reasons:
            return reasons[-1]
        return tail(self._text(), 2)[:400] or "it said nothing"

    def _records(self) -> Iterator[dict[str, object]]:
        for line in self._text().splitlines():
            if line.startswith("{"):
                try:
                    yield json.loads(line)
                except ValueError:
                    continue  # the last line may be half written

    def _text(self) -> str:
        if not self._log.exists():
            return ""
        return self._log.read_bytes()[self._log_begin :].decode("utf-8", "replace")
