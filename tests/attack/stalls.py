"""What an attack did to a running Wardwatch: which processes ended, stood still, grew or wrote, seen from outside.

``python -m tests.attack.stalls`` is the canary: a process that does nothing but wake up, beside the services and no
nicer than they. When it wakes late, the machine was busy; when a service wakes late and it does not, that service stood
still. It prints what it saw when its standard input ends.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp

from services.chassis.loop_lag import STALL_SECONDS
from tests.checkout import CHECKOUT
from tests.installation import Installation

SERVICES: Final = ("detector", "embedder", "matcher", "watchlist", "alerts", "drill", "delivery")
_SERIES: Final = re.compile(r"^(\w+)(\{[^}]*\})? (\S+)$", re.MULTILINE)
_EVERY_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Metrics:
    """A service's page of metrics."""

    series: Mapping[tuple[str, str], float]

    def sum(self, name: str, part: str = "") -> float:
        """All series of *name* whose labels hold *part*."""
        return sum(value for (each, labels), value in self.series.items() if each == name and part in labels)

    @property
    def stalls(self) -> float:
        """How often the loop woke later than a stall."""
        lag = "wardwatch_loop_lag_seconds"
        return self.sum(f"{lag}_count") - self.sum(f"{lag}_bucket", f'le="{STALL_SECONDS}"')


@dataclass(frozen=True, slots=True)
class Process:
    """A process, by its id and the moment in which it began."""

    pid: int
    began: str
    resident_mib: float


@dataclass(slots=True)
class Seen:
    """The state before an attack, and afterwards what came of it."""

    processes: Mapping[str, Process]
    metrics: Mapping[str, Metrics]
    log_bytes: int
    ended: list[str] = field(default_factory=list)
    stalls: dict[str, float] = field(default_factory=dict)
    busy: int = 0  # stalls of a process that does nothing: the machine's own
    grown_mib: dict[str, float] = field(default_factory=dict)
    logged: int = 0
    seconds: float = 0.0
    after: Mapping[str, Metrics] = field(default_factory=dict)

    def counted(self, service: str, name: str, part: str = "") -> float:
        """By how much a metric of *service* grew meanwhile."""
        return self.after[service].sum(name, part) - self.metrics[service].sum(name, part)

    def __str__(self) -> str:
        grown = ", ".join(f"{name} {mib:+.0f}" for name, mib in self.grown_mib.items())
        stalls = {name: int(count) for name, count in self.stalls.items() if count} or "none"
        return (
            f"{self.seconds:.0f} s; stalls over {STALL_SECONDS} s: {stalls} (of an idle process: {self.busy});"
            f" memory in MiB: {grown}; logs {self.logged / 1e3:.0f} kB"
        )


@asynccontextmanager
async def watched(wardwatch: Installation) -> AsyncIterator[Seen]:
    """Look at every process before and after what is done within."""
    seen = Seen(processes(wardwatch), await metrics(wardwatch), log_bytes(wardwatch))
    canary = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.attack.stalls", cwd=CHECKOUT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    began = time.monotonic()
    try:
        yield seen
    finally:
        said, _ = await canary.communicate(b"")
    seen.seconds = time.monotonic() - began
    seen.busy = int(json.loads(said)["stalls"])
    now = processes(wardwatch)
    seen.ended = [
        name for name, one in seen.processes.items()
        if name not in now or (one.pid, one.began) != (now[name].pid, now[name].began)
    ]  # fmt: skip
    seen.after = await metrics(wardwatch)
    seen.stalls = {name: seen.after[name].stalls - seen.metrics[name].stalls for name in SERVICES}
    seen.grown_mib = {
        name: now[name].resident_mib - one.resident_mib for name, one in seen.processes.items() if name in now
    }
    seen.logged = log_bytes(wardwatch) - seen.log_bytes


def processes(wardwatch: Installation) -> dict[str, Process]:
    """The services, the broker and the head of the database."""
    found = {name: wardwatch.pids(name)[0] for name in SERVICES if wardwatch.pids(name)}
    for name in ("nats-server", "postgres"):
        pids = wardwatch.servers(name)
        found |= {name: pids[0]} if pids else {}
    return {name: _process(pid) for name, pid in found.items()}


def _process(pid: int) -> Process:
    began = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19]
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return Process(pid, began, pages * 4096 / 2**20)


async def metrics(wardwatch: Installation) -> dict[str, Metrics]:
    """Every service's page, which it answers within a few seconds however it is attacked."""
    found = {}
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
        for service in SERVICES:
            try:
                async with http.get(f"http://127.0.0.1:{wardwatch.telemetry_port(service)}/metrics") as answer:
                    rows = _SERIES.findall(await answer.text())
            except aiohttp.ClientConnectionError as error:
                raise AssertionError(f"{service} does not answer: {_last_words(wardwatch, service)}") from error
            found[service] = Metrics({(name, labels): float(value) for name, labels, value in rows})
    return found


def _last_words(wardwatch: Installation, service: str) -> str:
    """What the service says of exceptions, and of its end."""
    return "\n".join([each for each in faults(wardwatch) if each.startswith(service)][-3:])


def log_bytes(wardwatch: Installation) -> int:
    """How much the logs hold."""
    return sum(path.stat().st_size for path in (wardwatch.home / "logs").iterdir())


def faults(wardwatch: Installation) -> list[str]:
    """Lines of a service's log that tell of an exception which nobody foresaw."""
    found: list[str] = []
    for service in SERVICES:
        text = (wardwatch.home / "logs" / f"{service}.log").read_text(encoding="utf-8", errors="replace")
        found += [
            f"{service}: {line[:1500]}"
            for line in text.splitlines()
            if '"exception"' in line or '"cannot go on"' in line
        ]
    return found


async def canary() -> None:
    """Wake up again and again, until standard input ends."""
    loop = asyncio.get_running_loop()
    ended = loop.run_in_executor(None, sys.stdin.read)
    stalls, longest = 0, 0.0
    while not ended.done():
        asked = loop.time() + _EVERY_SECONDS
        await asyncio.sleep(_EVERY_SECONDS)
        late = loop.time() - asked
        stalls, longest = stalls + (late > STALL_SECONDS), max(longest, late)
    sys.stdout.write(json.dumps({"stalls": stalls, "longest": longest}))


if __name__ == "__main__":
    asyncio.run(canary())
