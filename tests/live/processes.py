"""Single services for tests, one launcher each: all as processes of their own, save alerts, which runs in this loop."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
import pytest
import structlog

from access import store, wrapping
from proto.wardwatch.v1.subjects import Author
from services.alerts import __main__ as alerts_main
from services.chassis import delivery_keys, federation_keys, logs
from services.chassis.signing import AUTHORS_FILE, key_file
from tests import forked, servers
from tests.checkout import CHECKOUT
from tests.contract.record import MODEL
from tests.fakes import eventually

ALERTS_PREFIX: Final = "WARDWATCH_ALERTS_"


@dataclass
class Service:
    """A running service and the lines it has printed."""

    process: asyncio.subprocess.Process | forked.Forked
    lines: list[str] = field(default_factory=list)
    port: int = 0  # of /healthz, /readyz and /metrics
    page: int = 0  # of the page and the API, for alerts

    def logged(self, event: str) -> bool:
        return any(json.loads(line).get("event") == event for line in self.lines if line.startswith("{"))

    async def listen(self) -> None:
        assert self.process.stdout is not None
        while line := (await self.process.stdout.readline()).decode():
            self.lines.append(line)
            if '"telemetry is listening"' in line:
                self.port = int(json.loads(line)["port"])
            if '"page is listening"' in line:
                self.page = int(json.loads(line)["port"])

    async def metric(self, name: str) -> float:
        async with aiohttp.ClientSession() as web, web.get(f"http://127.0.0.1:{self.port}/metrics") as answer:
            found = re.search(rf"^{re.escape(name)} (\S+)$", await answer.text(), re.MULTILINE)
        return float(found.group(1)) if found else 0.0

    async def can_match(self, count: int) -> None:
        """Wait until *count* photos can match here."""

        async def holds() -> bool:
            return await self.metric("wardwatch_index_templates") == count

        await eventually(holds, within_seconds=40)

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


@dataclass(frozen=True, slots=True)
class Alerts:
    """A running alerts service."""

    url: str
    telemetry: str
    log_level: str


@asynccontextmanager
async def matcher(nats: servers.Nats, settings: Mapping[str, str]) -> AsyncIterator[Service]:
    """Start a matcher and wait until it is ready; ended in good order, or killed by the test itself."""
    async with _running("matcher", nats, settings) as service:
        yield service


@asynccontextmanager
async def watchlist(
    nats: servers.Nats, database: servers.Database, settings: Mapping[str, str]
) -> AsyncIterator[Service]:
    """Start the watchlist service likewise."""
    own = {
        "DATABASE_URL": database.matcher,
        "DESK_DATABASE_URL": database.importer,
        "IDENTITY_KEY_FILE": str(nats.credentials_dir / store.IDENTITY_KEY),
    }
    async with _running("watchlist", nats, own | dict(settings)) as service:
        yield service


@asynccontextmanager
async def delivery(
    nats: servers.Nats, database: servers.Database, settings: Mapping[str, str]
) -> AsyncIterator[Service]:
    """Start the delivery service likewise."""
    values = {
        "NATS_URL": nats.url,
        "RECORD_SEED_FILE": str(nats.seed_file("delivery")),
        "KEYS_FILE": str(nats.credentials_dir / delivery_keys.PRIVATE_FILE),
        "DATABASE_URL": database.delivery,
        "LANGUAGE": "en",
        **signing_settings(nats, Author.DELIVERY),
        **settings,
    }
    async with _process("delivery", values) as service:
        yield service


@asynccontextmanager
async def looking(name: str, nats: servers.Nats, model: Path) -> AsyncIterator[Service]:
    """Start the detector or the embedder, by *name*, with the prepared network *model*."""
    values = {"NATS_URL": nats.url, "VIDEO_SEED_FILE": str(nats.seed_file(name)), "MODEL_PATH": str(model)}
    async with _process(name, values) as service:
        yield service


@asynccontextmanager
async def federation(
    nats: servers.Nats, database: servers.Database, settings: Mapping[str, str]
) -> AsyncIterator[Service]:
    """Start the federation service likewise."""
    folder = nats.credentials_dir
    values = {
        "NATS_URL": nats.url,
        "SEED_FILE": str(nats.seed_file("federation")),
        "RECORD_SEED_FILE": str(nats.seed_file("federation-record")),
        "JOINED_FOLDER": str(folder / store.JOINED),
        "KEYS_FILE": str(folder / federation_keys.PRIVATE_FILE),
        "PUBLIC_FILE": str(folder / federation_keys.PUBLIC_FILE),
        "DATABASE_URL": database.federation,
        **signing_settings(nats, Author.FEDERATION),
        **settings,
    }
    async with _process("federation", values) as service:
        yield service


@asynccontextmanager
async def camera(nats: servers.Nats, seed: Path, **settings: object) -> AsyncIterator[forked.Forked]:
    """Run the publisher for camera gate of site h1; it is killed on leaving."""
    values = {"nats_url": nats.url, "site": "h1", "camera": "gate", "video_seed_file": seed, **settings}
    process = await forked.start("camera", _environment(values))
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@asynccontextmanager
async def publisher(
    nats: servers.Nats, sources_file: Path, **settings: object
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the publisher of every camera in *sources_file*, which forks its own; it is killed on leaving."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.camera",
        env=_environment({"nats_url": nats.url, "sources_file": sources_file, **settings}),
        cwd=CHECKOUT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def _environment(values: Mapping[str, object]) -> dict[str, str]:
    """This environment, of whose settings of the product only *values* are kept, which are the publisher's."""
    environ = {name: text for name, text in os.environ.items() if not name.startswith("WARDWATCH_")}
    return environ | {f"WARDWATCH_CAMERA_{name.upper()}": str(value) for name, value in values.items()}


@asynccontextmanager
async def alerts_alone(
    nats: servers.Nats, database: servers.Database, settings: Mapping[str, str]
) -> AsyncIterator[Service]:
    """Start the alerts service as a process of its own, for tests that measure it."""
    own = {
        "NATS_URL": nats.url,
        "RECORD_SEED_FILE": str(nats.seed_file("alerts")),
        "CROPS_KEY_FILE": str(nats.credentials_dir / store.CROPS_KEY),
        "DATABASE_URL": database.alerts,
        "SITES": "h1",
        **signing_settings(nats, Author.ALERTS),
        **settings,
    }
    async with _process("alerts", own) as service:
        yield service


@asynccontextmanager
async def alerts(
    nats: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch, **settings: str
) -> AsyncIterator[Alerts]:
    """Run the alerts service's ``main()`` in this loop until left; the environment is its only input."""
    values = {
        "NATS_URL": nats.url,
        "RECORD_SEED_FILE": str(nats.seed_file("alerts")),
        "CROPS_KEY_FILE": str(nats.credentials_dir / store.CROPS_KEY),
        **signing_settings(nats, Author.ALERTS),
        "DATABASE_URL": database.alerts,
        "BEAT_SECONDS": "0.5",
        "SITES": "h1",
        **settings,
    }
    for name in [n for n in os.environ if n.startswith(ALERTS_PREFIX)]:
        monkeypatch.delenv(name)
    for name, text in values.items():
        monkeypatch.setenv(f"{ALERTS_PREFIX}{name}", text)
    stop, ports = asyncio.Event(), _Ports()
    # Its logs go where the test's go, and the ports are read from them.
    monkeypatch.setattr(logs, "configure", ports.configured)
    with _reading_logs(ports):
        task = asyncio.create_task(alerts_main.main(stop))
        ports_known = asyncio.create_task(ports.known.wait())
        await asyncio.wait([task, ports_known], return_when=asyncio.FIRST_COMPLETED, timeout=15)
    ports_known.cancel()
    if task.done():
        await task
    assert ports.known.is_set(), "the service did not say where it listens"
    service = Alerts(f"http://127.0.0.1:{ports.page}", f"http://127.0.0.1:{ports.telemetry}", ports.level)
    try:
        await eventually(lambda: answers(service, 200))
        yield service
    finally:
        stop.set()
        await asyncio.wait_for(task, 10)


def pushing(nats: servers.Nats) -> dict[str, str]:
    """The setting by which alerts know that a delivery service pushes: its public keys."""
    return {"DELIVERY_PUBLIC_FILE": str(nats.credentials_dir / delivery_keys.PUBLIC_FILE)}


def signing_settings(nats: servers.Nats, author: Author) -> dict[str, str]:
    """What *author* signs with, and by whose keys it believes."""
    folder = nats.credentials_dir
    return {"SIGNING_KEY_FILE": str(folder / key_file(author)), "AUTHORS_FILE": str(folder / AUTHORS_FILE)}


async def answers(service: Alerts, status: int) -> bool:
    """Whether /readyz answers with *status*."""
    async with aiohttp.ClientSession() as http, http.get(f"{service.telemetry}/readyz") as reply:
        return reply.status == status


@asynccontextmanager
async def _running(name: str, nats: servers.Nats, settings: Mapping[str, str]) -> AsyncIterator[Service]:
    values = {
        "NATS_URL": nats.url,
        "VIDEO_SEED_FILE": str(nats.seed_file(f"{name}-video")),
        "RECORD_SEED_FILE": str(nats.seed_file(f"{name}-record")),
        "WRAPPING_KEYS_FILE": str(nats.credentials_dir / wrapping.WRAPPING_KEYS),
        **signing_settings(nats, Author(name)),
        "MODEL_SHA256": MODEL.sha256,
        **settings,
    }
    async with _process(name, values) as service:
        yield service


@asynccontextmanager
async def _process(name: str, settings: Mapping[str, str]) -> AsyncIterator[Service]:
    environ = {f"WARDWATCH_{name.upper()}_{key}": text for key, text in settings.items()}
    process = await _started(name, {**os.environ, **environ})
    service = Service(process)
    listening = asyncio.create_task(service.listen())
    try:
        await eventually(lambda: service.logged("ready") or process.returncode is not None, within_seconds=120)
        assert process.returncode is None, service.lines
        yield service
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0, service.lines
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await listening


async def _started(name: str, environment: Mapping[str, str]) -> asyncio.subprocess.Process | forked.Forked:
    if name in forked.SERVICES:
        return await forked.start(name, environment)
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"services.{name}", env=environment, stdout=asyncio.subprocess.PIPE
    )


@dataclass(slots=True)
class _Ports:
    page: int = 0
    telemetry: int = 0
    level: str = ""
    known: asyncio.Event = field(default_factory=asyncio.Event)

    def configured(self, service: str, level: str = "info") -> None:
        """Stands in for ``logs.configure``."""
        assert service == "alerts"
        self.level = level

    def read(self, _logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        """A log processor that remembers where the service listens."""
        if event["event"] == "page is listening":
            self.page = event["port"]
            self.known.set()
        if event["event"] == "telemetry is listening":
            self.telemetry = event["port"]
        return event


class _reading_logs:  # noqa: N801  (used like a function)
    def __init__(self, ports: _Ports) -> None:
        self._ports = ports
        self._before = structlog.get_config()["processors"]

    def __enter__(self) -> None:
        structlog.configure(processors=[self._ports.read, *self._before])

    def __exit__(self, *_: object) -> None:
        structlog.configure(processors=self._before)
