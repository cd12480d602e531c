"""From a sighting to the alert that is drawn, on 1, 50 and 500 phones that have the page open.

Run: ``python -m benchmarks.phones [--phones 1 50 500] [--alerts 20] [--json]`` on a machine that does nothing else.

A whole Wardwatch on this machine. One phone is a real Chromium, in which the alert is drawn when both pictures are; the
others are event streams in processes of their own, which read of an alert what a page reads. Everything shares the two
processors: what the phones themselves use is said, for in a hospital they have their own. Measured from the moment in
which a matcher begins to publish the sighting. In between the alert is confirmed, so that each is a new one.
"""

import argparse
import asyncio
import hashlib
import json
import secrets
import shutil
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import numpy as np
from playwright.async_api import Page, async_playwright
from rich.console import Console
from rich.table import Table

from access import database, grants
from benchmarks.processor import used
from proto.wardwatch.v1.subjects import EntryId
from services.alerts.incidents.core import incident_id
from services.chassis.bus import Bus
from tests.checkout import CHECKOUT
from tests.installation import MODELS, SITE, Installation, running
from tests.live import alerts_client as live
from tests.reviewers import one_reviewer
from tests.sightings import Track, sighted

ALERTS: Final = {1: 50, 50: 25, 500: 12}
_PROCESSES: Final = 2
_IDLE_SECONDS: Final = 10.0
_WITHIN_SECONDS: Final = 120.0
# Both pictures are there, and have been on the screen for a frame.
_WATCH: Final = """
document.addEventListener("load", () => {
  const faces = [...document.querySelectorAll("figure img")];
  const names = new Set(faces.map((face) => face.src.split("/")[6]));
  if (faces.length !== 2 || names.size !== 1 || !faces.every((face) => face.complete && face.naturalWidth > 0)) return;
  const [name] = names;
  requestAnimationFrame(() => requestAnimationFrame(() => { ((window.drawn ??= {})[name] ??= Date.now()); }));
}, true);
"""
_SERVICES: Final = ("alerts", "watchlist", "delivery", "postgres", "nats-server")


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds since the sighting, what it cost in milliseconds of processor time an alert, and MiB of alerts."""

    phones: int
    alerts: int
    heard_p50_ms: float
    heard_p99_ms: float
    drawn_p50_ms: float
    drawn_p99_ms: float
    chromium_p50_ms: float
    chromium_p99_ms: float
    refused: int  # answers, which the phones asked for again
    cost_ms: dict[str, float]
    idle_percent: float  # of one processor, by alerts, while nothing happens
    alerts_mib: float


@dataclass
class Clients:
    """Phones in processes of their own, and what they have said."""

    processes: list["asyncio.subprocess.Process"] = field(default_factory=list)
    said: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self, process: "asyncio.subprocess.Process") -> None:
        """Take in every line of one of them."""
        assert process.stdout is not None
        while line := await process.stdout.readline():
            told = json.loads(line)
            self.said.setdefault(str(told.get("key", "open")), []).append(told)
            self.news.set()

    async def all_said(self, key: str) -> list[dict[str, object]]:
        """What each process said of *key*, when all have."""
        async with asyncio.timeout(_WITHIN_SECONDS):
            while len(self.said.get(key, ())) < len(self.processes):
                assert all(process.returncode is None for process in self.processes), "phones have ended"
                self.news.clear()
                await self.news.wait()
        return self.said.pop(key, [])


async def guards(here: Installation, count: int) -> list[str]:
    """So many guards who are signed in; their tokens."""
    tokens = [secrets.token_urlsafe(32) for _ in range(count)]
    rows = [(uuid4(), f"guard-{n}", hashlib.sha256(token.encode()).digest()) for n, token in enumerate(tokens)]
    connection = await asyncpg.connect(await asyncio.to_thread(here.superuser_url, database.DATABASE))
    try:
        for account, name, digest in rows:
            await connection.execute(
                "insert into accounts.account (id, name, role) values ($1, $2, 'guard')", account, name
            )
            await connection.execute(
                "insert into accounts.session (token_sha256, account_id, expires_at)"
                " values ($1, $2, now() + interval '6 hours')",
                digest,
                account,
            )
    finally:
        await connection.close()
    return tokens


@asynccontextmanager
async def clients(url: str, tokens: Sequence[str]) -> AsyncIterator[Clients]:
    """Phones with these tokens, their streams open, until left."""
    made = Clients()
    listening = []
    try:
        for number in range(_PROCESSES if tokens else 0):
            own = tokens[number::_PROCESSES]
            argv = ["-m", "benchmarks.phone_clients", url, str(number * 5000)]
            process = await asyncio.create_subprocess_exec(
                sys.executable, *argv, cwd=CHECKOUT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
            assert process.stdin is not None
            process.stdin.write("\n".join(own).encode())
            process.stdin.write_eof()
            made.processes.append(process)
            listening.append(asyncio.create_task(made.listen(process)))
        if tokens:
            await made.all_said("open")
        yield made
    finally:
        for process in made.processes:
            if process.returncode is None:
                process.kill()
            await process.wait()
        await asyncio.gather(*listening)


@asynccontextmanager
async def chromium(here: Installation) -> AsyncIterator[Page]:
    """A phone's page, signed in and touched once."""
    output = await asyncio.to_thread(here.cli, "account", "add", "screen", "--role", "guard")
    code = next(line.split()[2] for line in output.splitlines() if "one-time code" in line)
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        context = await browser.new_context(viewport={"width": 360, "height": 640}, locale="en-GB", has_touch=True)
        page = await context.new_page()
        await page.add_init_script(_WATCH)
        await page.goto(here.url)
        await page.get_by_label("One-time code").fill(code)
        await page.get_by_role("button", name="Start shift").click()
        await page.get_by_text("Last check").first.wait_for()
        yield page
        await browser.close()


def processor_seconds(here: Installation) -> dict[str, float]:
    """What each service and server has used."""
    found = {}
    for name in _SERVICES:
        pids = here.servers(name) if name in ("postgres", "nats-server") else here.pids(name)
        children = [child for pid in pids for child in _children(pid)] if name == "postgres" else []
        # What ended meanwhile is counted with its parent.
        found[name] = sum(used(pid, ended=name == "postgres" and pid in pids) for pid in [*pids, *children])
    return found


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def resident_mib(pid: int) -> float:
    """Memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * 4096 / 2**20


@dataclass
class Ward:
    """Everything that is measured on."""

    here: Installation
    bus: Bus
    page: Page
    entry: EntryId
    tokens: Sequence[str]

    async def measure(self, phones: int, alerts: int) -> Figures:
        """So many alerts on so many phones."""
        heard: list[float] = []
        drawn: list[float] = []
        screen: list[float] = []
        cost: dict[str, float] = dict.fromkeys((*_SERVICES, "phones"), 0.0)
        async with clients(self.here.url, self.tokens[: phones - 1]) as others:
            begun, used = time.monotonic(), processor_seconds(self.here)
            await asyncio.sleep(_IDLE_SECONDS)
            idle = (processor_seconds(self.here)["alerts"] - used["alerts"]) / (time.monotonic() - begun)
            busy, refused = 0.0, 0
            for number in range(alerts + 1):
                used = processor_seconds(self.here)
                at, name = await self._sight()
                told = await others.all_said(f"raised {name}")
                seen = await self._drawn(name)
                now_busy = sum(float(str(each["busy_seconds"])) for each in told)
                if number > 0:  # the first one meets cold caches
                    heard += [moment - at for each in told for moment in _moments(each["heard"])]
                    drawn += [moment - at for each in told for moment in _moments(each["read"])] + [seen - at]
                    screen.append(seen - at)
                    after = processor_seconds(self.here)
                    cost = {key: cost[key] + after[key] - used[key] for key in after} | {
                        "phones": cost["phones"] + now_busy - busy
                    }
                    refused = sum(int(str(each["refused"])) for each in told)
                await self._confirm(name)
                closed = await others.all_said(f"closed {name}")
                busy = sum(float(str(each["busy_seconds"])) for each in closed)
            return Figures(
                phones,
                alerts,
                *_percentiles(heard),
                *_percentiles(drawn),
                *_percentiles(screen),
                refused,
                {key: round(value / alerts * 1000, 1) for key, value in cost.items()},
                round(100 * idle, 1),
                round(resident_mib(self.here.pids("alerts")[0]), 1),
            )

    async def _sight(self) -> tuple[float, UUID]:
        """Publish somebody who walks past a camera; when, and which incident that is."""
        now = datetime.now(UTC)
        track = Track(now - timedelta(milliseconds=200), f"gate-{uuid4().hex[:8]}")
        seen = sighted(now, self.entry, site=SITE, similarity=0.71, picture=live.portrait("#7a5a48"), track=track)
        at = time.time()
        await live.send(self.bus, seen)
        return at, incident_id(seen.sighting_id)

    async def _drawn(self, name: UUID) -> float:
        await self.page.wait_for_function(
            "name => window.drawn?.[name]", arg=str(name), polling=50, timeout=1000 * _WITHIN_SECONDS
        )
        return float(await self.page.evaluate("name => window.drawn[name]", str(name))) / 1000

    async def _confirm(self, name: UUID) -> None:
        async with (
            self.here.client("judge") as http,
            http.post(f"/api/v1/incidents/{name}/verdict", json={"verdict": "same"}) as reply,
        ):
            assert reply.status == 200, await reply.text()


def _moments(told: object) -> list[float]:
    assert isinstance(told, list)
    return [float(each) for each in told]


def _percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    if not seconds:
        return float("nan"), float("nan")
    p50, p99 = np.percentile(seconds, [50, 99]) * 1000
    return round(float(p50), 1), round(float(p99), 1)


async def measure(here: Installation, entry: str, counts: Mapping[int, int]) -> list[Figures]:
    """Figures for each count of phones, on so many alerts."""
    async with AsyncExitStack() as stack:
        bus = await stack.enter_async_context(here.bus(grants.MATCHER_RECORD))
        page = await stack.enter_async_context(chromium(here))
        ward = Ward(here, bus, page, EntryId(entry), await guards(here, max(counts)))
        return [await ward.measure(phones, alerts) for phones, alerts in counts.items()]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phones", type=int, nargs="+", default=[1, 50, 500])
    parser.add_argument("--alerts", type=int, help="on each number of phones, instead of fewer on more")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with running() as here:
        # One verdict decides, so that the next alert is another one.
        asyncio.run(one_reviewer(here.superuser_url(database.DATABASE)))
        entry = here.enrol("Listed", MODELS / "astronaut.png")
        here.account("judge", "supervisor")
        counts = {phones: options.alerts or ALERTS.get(phones, 12) for phones in options.phones}
        found = asyncio.run(measure(here, entry, counts))
    if options.json:
        print(json.dumps([asdict(each) for each in found], indent=2))
        return
    show(found)


def show(found: Sequence[Figures]) -> None:
    """Print the table."""
    table = Table("", *(f"{each.phones} phones" for each in found), title="Sighting to the alert that is drawn")
    for name in ("heard", "drawn", "chromium"):
        spans = [(getattr(each, f"{name}_p50_ms"), getattr(each, f"{name}_p99_ms")) for each in found]
        table.add_row(f"{name}, p50 / p99 in ms", *(f"{p50:.0f} / {p99:.0f}" for p50, p99 in spans))
    table.add_row("answers refused, and asked for again", *(str(each.refused) for each in found))
    for name in (*_SERVICES, "phones"):
        table.add_row(f"{name}, ms of a processor an alert", *(f"{each.cost_ms[name]:.0f}" for each in found))
    table.add_row("alerts while nothing happens, % of a processor", *(f"{each.idle_percent}" for each in found))
    table.add_row("memory of alerts, MiB", *(f"{each.alerts_mib:.0f}" for each in found))
    Console().print(table)


if __name__ == "__main__":
    main()
