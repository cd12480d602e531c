"""A broker whose disk was full stores again by itself once there is room."""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from access import store, streams
from access.store import Credentials
from local import nats_server, store_watch
from local.child import Child
from services.chassis.bus import Bus, Limits
from services.chassis.errors import NotStored, StartupError
from services.chassis.store_probe import StoreProbe
from tests import buses, volumes
from tests.fakes import eventually

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]


@dataclass
class Broker:
    """A broker that is kept running, on a small disk."""

    folder: Path
    credentials: Credentials
    log: Path  # on another disk
    begun: list[nats_server.NatsServer] = field(default_factory=list)

    def begin(self) -> "subprocess.Popen[bytes]":
        port = int(self.begun[0].url.rpartition(":")[2]) if self.begun else None
        self.begun.append(nats_server.start(self.folder / "nats", self.credentials, port=port, log=self.log))
        return self.begun[-1].process

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        with ThreadPoolExecutor(max_workers=1) as thread:
            child = Child("nats", self.begin, self.log, starter=thread, notify=lambda _: None, ending=signal.SIGTERM)
            await child.start()
            child.keep()
            monitor, folder = (lambda: self.begun[-1].monitor_url), self.folder / "nats"
            try:
                async with store_watch.keeping_storing(child, monitor, folder):
                    yield
            finally:
                await child.end()

    async def has_found_no_room(self) -> bool:
        return "no space left" in await asyncio.to_thread(self.log.read_text, "utf-8")

    def bus(self, user: str) -> AbstractAsyncContextManager[Bus]:
        seed = self.credentials.seed_file(user)
        return buses.connected_at(self.begun[0].url, seed, user, limits=Limits(store_seconds=0.5))


async def test_what_fails_while_a_broker_is_watched_is_raised_as_it_is(tmp_path: Path) -> None:
    credentials = await asyncio.to_thread(store.initialise, tmp_path / "credentials")
    broker = Broker(tmp_path, credentials, tmp_path / "nats.log")

    with pytest.raises(StartupError, match="no alert came"):
        async with broker.kept():
            raise StartupError("no alert came")


async def test_a_full_disk_is_told_and_survived_without_anybody(tmp_path: Path) -> None:
    with volumes.volume() as disk:
        credentials = await asyncio.to_thread(store.initialise, tmp_path / "credentials")
        broker = Broker(disk.folder, credentials, tmp_path / "nats.log")
        async with broker.kept():
            await streams.ensure(broker.begun[0].url, credentials.seed_file("operator"))
            async with broker.bus("matcher-record") as matcher, broker.bus("operator") as operator:
                probe, stop = StoreProbe(matcher, every_seconds=0.1), asyncio.Event()
                probing = asyncio.create_task(probe.run(stop))
                stored = await store_until_refused(matcher, disk)

                await eventually(broker.has_found_no_room, within_seconds=60)
                await eventually(lambda: matcher.stores.fault() is not None)
                await asyncio.to_thread(disk.make_room)
                await eventually(lambda: is_stored(matcher, stored), within_seconds=60)
                await eventually(lambda: matcher.stores.fault() is None, within_seconds=60)

                held = await operator.stream.stream_info("SIGHTINGS")
                stop.set()
                await probing

    assert held.state.messages == stored + 1
    assert len(broker.begun) == 2


async def store_until_refused(matcher: Bus, disk: volumes.Volume) -> int:
    """How many sightings the broker acknowledged until its disk was full."""
    stored = 0
    await asyncio.to_thread(disk.fill, left_bytes=64 << 10)
    while await is_stored(matcher, stored):
        stored += 1
    return stored


async def is_stored(matcher: Bus, number: int) -> bool:
    try:
        await matcher.publish_owed("sightings.h1.gate", bytes(2000), message_id=f"s{number}")
    except NotStored:
        return False
    return True
