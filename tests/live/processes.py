"""Matcher and watchlist as processes of their own, and faces that pass a camera before them.

Vectors are drawn from a number that stands for a person, so that no model is needed.
"""

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

import aiohttp
import numpy as np

from access import store, wrapping
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import FaceEmbedded, PersonSighted
from proto.wardwatch.v1.subjects import FrameId, Place, camera_id, site_id
from proto.wardwatch.v1.values import Journey, Model, Origin, Quality, Vector
from services.chassis.bus import Bus
from tests import servers
from tests.fakes import eventually

DIMENSION = 16
MODEL = Model("drawn", "ab" * 32)
GOOD = Quality(0.9, 150, 60, 300, 0, 0, 120, least_sharpness=20, contrast=40, chroma=20)


def vector(person: int) -> Vector:
    values = np.random.default_rng(person).standard_normal(DIMENSION).astype(np.float32)
    unit: Vector = values / np.linalg.norm(values)
    return unit


@dataclass
class Service:
    """A running service and what it has said."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)
    port: int = 0

    def said(self, event: str) -> bool:
        return any(json.loads(line).get("event") == event for line in self.lines if line.startswith("{"))

    async def listen(self) -> None:
        assert self.process.stdout is not None
        while line := (await self.process.stdout.readline()).decode():
            self.lines.append(line)
            if '"telemetry is listening"' in line:
                self.port = int(json.loads(line)["port"])

    async def metric(self, name: str) -> float:
        async with aiohttp.ClientSession() as web, web.get(f"http://127.0.0.1:{self.port}/metrics") as answer:
            found = re.search(rf"^{re.escape(name)} (\S+)$", await answer.text(), re.MULTILINE)
        return float(found.group(1)) if found else 0.0

    async def can_match(self, count: int) -> None:
        """Wait until *count* photos can match here."""

        async def held() -> bool:
            return await self.metric("wardwatch_index_templates") == count

        await eventually(held, within_seconds=40)

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def matcher(nats: servers.Nats, secrets_dir: Path, settings: Mapping[str, str]) -> AsyncIterator[Service]:
    """Start a matcher and wait until it is ready; ended in good order, or killed by the test itself."""
    async with _running("matcher", nats, secrets_dir, settings) as service:
        yield service


@asynccontextmanager
async def watchlist(
    nats: servers.Nats, database: servers.Database, secrets_dir: Path, settings: Mapping[str, str]
) -> AsyncIterator[Service]:
    """Start the watchlist service likewise."""
    own = {
        "DATABASE_URL": database.matcher,
        "DESK_DATABASE_URL": database.importer,
        "IDENTITY_KEY_FILE": str(secrets_dir / store.IDENTITY_KEY),
    }
    async with _running("watchlist", nats, secrets_dir, own | dict(settings)) as service:
        yield service


@asynccontextmanager
async def _running(
    name: str, nats: servers.Nats, secrets_dir: Path, settings: Mapping[str, str]
) -> AsyncIterator[Service]:
    given = {
        "NATS_URL": nats.url,
        "VIDEO_SEED_FILE": str(nats.seed_file(f"{name}-video")),
        "RECORD_SEED_FILE": str(nats.seed_file(f"{name}-record")),
        "WRAPPING_KEYS_FILE": str(secrets_dir / wrapping.WRAPPING_KEYS),
        "MODEL_SHA256": MODEL.sha256,
        **settings,
    }
    environ = {f"WARDWATCH_{name.upper()}_{key}": text for key, text in given.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"services.{name}", env={**os.environ, **environ}, stdout=asyncio.subprocess.PIPE
    )
    service = Service(process)
    listening = asyncio.create_task(service.listen())
    try:
        await eventually(lambda: service.said("ready") or process.returncode is not None, within_seconds=40)
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


@dataclass(kw_only=True)
class Corridor:
    """Servers, the connections a test speaks through, faces that pass, and what came out."""

    nats: servers.Nats
    database: servers.Database
    embedder: Bus
    operator: Bus
    sightings: list[PersonSighted] = field(default_factory=list)
    frames: int = 0

    @asynccontextmanager
    async def matcher(self, **settings: str) -> AsyncIterator[Service]:
        drawn = {"DIMENSION": str(DIMENSION)}
        async with matcher(self.nats, self.nats.credentials_dir, drawn | settings) as service:
            yield service

    @asynccontextmanager
    async def watchlist(self, **settings: str) -> AsyncIterator[Service]:
        async with watchlist(self.nats, self.database, self.nats.credentials_dir, settings) as service:
            yield service

    async def show(self, person: int, *, site: str = "h1") -> str:
        """A face passes a camera; its frame's name."""
        self.frames += 1
        name = f"f{self.frames}"
        place = Place(site_id(site), camera_id("gate"))
        face = FaceEmbedded(Origin(place, FrameId(name), 0, Journey(1)), GOOD, MODEL, vector(person), b"jpeg")
        await self.embedder.publish(subjects.vectors(place), face.encode())
        await self.embedder.client.flush()
        return name

    async def sees(self, person: int, *, site: str = "h1", within_seconds: float = 10) -> PersonSighted:
        """Show a face, again every 100 ms as a camera would, until it is sighted."""
        mine: list[str] = []

        async def sighted() -> bool:
            mine.append(await self.show(person, site=site))
            await asyncio.wait([asyncio.create_task(self.take_sightings())], timeout=0.1)
            return any(s.origin.frame_id in mine for s in self.sightings)

        await eventually(sighted, within_seconds=within_seconds)
        return next(s for s in self.sightings if s.origin.frame_id in mine)

    async def take_sightings(self) -> None:
        """Read what the stream holds now."""
        info = await self.operator.stream.stream_info(subjects.SIGHTINGS_STREAM.name)
        for sequence in range(len(self.sightings) + 1, info.state.last_seq + 1):
            message = await self.operator.stream.get_msg(subjects.SIGHTINGS_STREAM.name, sequence)
            self.sightings.append(PersonSighted.decode(message.data or b""))
