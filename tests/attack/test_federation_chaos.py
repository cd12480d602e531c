"""A publisher and two hospitals, and whatever of them may be cut, frozen, killed, wiped or put back from a backup.

Each time somebody new is listed and somebody else stopped while it lasts. Then it is mended, two others follow, and the
time is told until each hospital's record says just what the publisher's says. At the end every record equals the head's
digest, and faces of everybody who was ever listed are shown: nobody is sighted who should not be.
"""

import asyncio
import logging
import shutil
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import pytest

from services.chassis.errors import NotStored
from tests import servers
from tests.fakes import eventually
from tests.live.federated import Gate, Publisher, Subscriber, publishing, subscribing
from tests.live.processes import Service
from tests.servers import Nats
from tests.slow_line import Line, line

log = logging.getLogger(__name__)
# nats-py lets go of the sockets of its tries in vain without closing them.
_TRIES: Final = pytest.mark.filterwarnings("ignore:unclosed <StreamWriter:ResourceWarning")
pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.timeout(3000), _TRIES]
_MENDED_WITHIN_SECONDS = 240.0
_FROZEN_SECONDS = 30.0
_JOINED = "JOINED-city"


@dataclass
class Chaos:
    """All of it. ``wanted`` are matched at the end, ``stopped`` and ``erased`` nowhere."""

    cluster: servers.Cluster
    home: Path
    publisher: Publisher
    says: Service
    hospitals: list[Subscriber]
    doors: list[Service]
    lines: list[Line]
    wanted: set[UUID] = field(default_factory=set)
    stopped: set[UUID] = field(default_factory=set)
    erased: set[UUID] = field(default_factory=set)
    told: list[tuple[str, float | None]] = field(default_factory=list)

    async def lists(self) -> UUID:
        made: list[UUID] = []

        async def is_listed() -> bool:
            with suppress(NotStored):  # a key, while the publisher's own broker is away
                made.extend(await self.publisher.lists(1))
            return bool(made)

        await eventually(is_listed, within_seconds=_MENDED_WITHIN_SECONDS)
        (entry,) = made
        await self.publisher.share([entry])
        self.wanted.add(entry)
        return entry

    async def stops(self) -> UUID:
        entry = min(self.wanted)
        await self.publisher.suspend(entry)
        self.wanted.remove(entry)
        self.stopped.add(entry)
        return entry

    async def agree(self) -> bool:
        """Whether all has been said, and both records follow it."""
        rows = await self.publisher.fetch(
            "SELECT (SELECT count(*) FROM federation.outbox) + (SELECT count(*) FROM federation.statement"
            " WHERE published_at IS NULL) AS waiting"
        )
        if rows[0]["waiting"]:
            return False
        return all([await each.agrees(self.publisher) for each in self.hospitals])

    async def stand_right(self) -> bool:
        """Whether each entry stands at each hospital as it should."""
        right = dict.fromkeys(self.wanted, "active") | dict.fromkeys(self.stopped, "suspended")
        for hospital in self.hospitals:
            for entry, state in (right | dict.fromkeys(self.erased, "erased")).items():
                # Who was stopped before he came was never written down.
                if await hospital.standing(self.publisher, entry) not in (state, None if state != "active" else state):
                    return False
        return True

    async def changes(self) -> None:
        """Somebody new is listed, and somebody else stopped."""
        await self.lists()
        await self.stops()

    @asynccontextmanager
    async def mended(self, what: str) -> AsyncIterator[None]:
        """Do harm and mend it within; the time from then until what people change is right everywhere is told."""
        yield
        began = time.monotonic()
        try:
            await self.changes()
            await eventually(self.is_right, within_seconds=_MENDED_WITHIN_SECONDS)
        except AssertionError:
            self.tells(what, None)
        else:
            self.tells(what, time.monotonic() - began)

    def tells(self, what: str, took: float | None) -> None:
        self.told.append((what, took))
        log.info("%s: %s", what, "not mended" if took is None else f"right again after {took:.1f} s")

    async def settled(self) -> None:
        await eventually(self.is_right, within_seconds=_MENDED_WITHIN_SECONDS)

    async def is_right(self) -> bool:
        try:
            if await self.agree() and await self.stand_right():
                return True
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            pass
        await asyncio.sleep(0.2)
        return False


@pytest.fixture(scope="module")
def cluster() -> servers.Cluster:
    return servers.Cluster()


@asynccontextmanager
async def begun(cluster: servers.Cluster, home: Path) -> AsyncIterator[Chaos]:
    async with AsyncExitStack() as stack:
        publisher = await stack.enter_async_context(publishing(cluster, home))
        await publisher.watchlist()
        hospitals, doors, lines = [], [], []
        for name in ("h01", "h02"):
            hospital = await stack.enter_async_context(subscribing(cluster, home, name))
            lines.append(await stack.enter_async_context(line(publisher.broker.port)))
            await hospital.watchlist()
            await hospital.matcher("m1", PURGE_SECONDS="1", WALK_SECONDS="2")
            await hospital.join(publisher, lines[-1].port)
            doors.append(await hospital.federation())
            hospitals.append(hospital)
        says = await publisher.federation()
        chaos = Chaos(cluster, home, publisher, says, hospitals, doors, lines)
        for _ in range(25):
            await chaos.lists()
        await eventually(chaos.is_right, within_seconds=_MENDED_WITHIN_SECONDS)
        yield chaos


async def _wipe(nats: Nats, account: str, put_back: Path | None = None) -> None:
    """End a broker, and start it without what it kept of an account, or with a copy."""

    def done() -> None:
        nats.stop()
        shutil.rmtree(nats.account_store(account), ignore_errors=True)
        if put_back is not None:
            shutil.copytree(put_back, nats.account_store(account))
        nats.restart()

    await asyncio.to_thread(done)


async def _keep(nats: Nats, account: str, to: Path) -> None:
    def done() -> None:
        nats.stop()
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(nats.account_store(account), to)
        nats.restart()

    await asyncio.to_thread(done)


async def test_whatever_happens_every_record_says_the_same(cluster: servers.Cluster, tmp_path: Path) -> None:
    async with begun(cluster, tmp_path) as chaos:
        await _lines(chaos)
        await _brokers(chaos)
        await _services(chaos)
        await _stores(chaos)
        await _database(chaos)
        await _erasure_with_a_matcher_away(chaos, chaos.hospitals[0])
        await _publisher_put_back(chaos)
        await _nobody_else_matches(chaos)
        assert [what for what, took in chaos.told if took is None] == []


async def _lines(chaos: Chaos) -> None:
    line_ = chaos.lines[0]
    async with chaos.mended("link cut"):
        line_.cut()
        await chaos.changes()
        line_.mend()
    async with chaos.mended("packets swallowed for 30 s"):
        line_.swallow()
        await chaos.changes()
        await asyncio.sleep(_FROZEN_SECONDS)
        line_.mend()


async def _brokers(chaos: Chaos) -> None:
    # Without their own broker a publisher's people can stop somebody, and list nobody.
    hub, hospital = (chaos.publisher.nats, chaos.stops), (chaos.hospitals[0].nats, chaos.changes)
    for what, (broker, changes) in (("hub", hub), ("broker of a hospital", hospital)):
        async with chaos.mended(f"{what} frozen for 30 s"):
            broker.freeze()
            await changes()
            await asyncio.sleep(_FROZEN_SECONDS)
            broker.thaw()
        async with chaos.mended(f"{what} killed"):
            await asyncio.to_thread(broker.kill)
            await changes()
            await asyncio.to_thread(broker.restart)


async def _services(chaos: Chaos) -> None:
    for what, service in (("publisher's service", chaos.says), ("hospital's service", chaos.doors[0])):
        async with chaos.mended(f"{what} frozen for 30 s"):
            service.process.send_signal(signal.SIGSTOP)
            await chaos.changes()
            await asyncio.sleep(_FROZEN_SECONDS)
            service.process.send_signal(signal.SIGCONT)
    for installation, service in ((chaos.publisher, chaos.says), (chaos.hospitals[0], chaos.doors[0])):
        async with chaos.mended(f"service of {installation.__class__.__name__.lower()} killed"):
            await service.kill()
            await chaos.changes()
            await installation.federation()


async def _stores(chaos: Chaos) -> None:
    hub, hospital = chaos.publisher.nats, chaos.hospitals[0].nats
    for what, broker, account in (("hub", hub, "FED"), ("copy of a hospital", hospital, _JOINED)):
        async with chaos.mended(f"{what} wiped"):
            await chaos.changes()
            await _wipe(broker, account)
        kept = chaos.home / account
        await _keep(broker, account, kept)
        await chaos.settled()
        await chaos.changes()
        await chaos.settled()
        async with chaos.mended(f"{what} put back"):
            await _wipe(broker, account, kept)


async def _database(chaos: Chaos) -> None:
    database = chaos.hospitals[0].at.database
    async with chaos.mended("database of a hospital away for 30 s"):
        await asyncio.to_thread(chaos.cluster.take_away, database)
        await chaos.changes()
        await asyncio.sleep(_FROZEN_SECONDS)
        await asyncio.to_thread(chaos.cluster.give_back, database)
    await asyncio.to_thread(chaos.cluster.keep, database)
    await chaos.changes()
    await chaos.settled()
    async with chaos.mended("record of a hospital put back"):
        await asyncio.to_thread(chaos.cluster.put_back, database)


async def _erasure_with_a_matcher_away(chaos: Chaos, at: Subscriber) -> None:
    second = await at.matcher("m2", PURGE_SECONDS="1", WALK_SECONDS="2")
    second.process.send_signal(signal.SIGSTOP)
    entry = min(chaos.wanted)
    chaos.wanted.remove(entry)
    chaos.erased.add(entry)
    await chaos.publisher.erase(entry)

    async def only_it_owes() -> bool:
        rows = await at.fetch("SELECT signed, owed FROM federation.received_erasure WHERE list = 'city'")
        return await chaos.publisher.owed(entry) == {"h01"} and any(r["signed"] == 1 and r["owed"] == 1 for r in rows)

    await eventually(only_it_owes, within_seconds=_MENDED_WITHIN_SECONDS)
    second.process.send_signal(signal.SIGCONT)
    began = time.monotonic()

    async def is_closed() -> bool:
        return not await chaos.publisher.owed(entry)

    await eventually(is_closed, within_seconds=_MENDED_WITHIN_SECONDS)
    chaos.tells("a matcher away during an erasure", time.monotonic() - began)


async def _publisher_put_back(chaos: Chaos) -> None:
    """Record and broker both: nobody begins to match by it, and what people decide anew is heard."""
    publisher, hub = chaos.publisher, chaos.publisher.nats
    entry = min(chaos.wanted)
    await asyncio.to_thread(chaos.cluster.keep, publisher.at.database)
    await publisher.connect()
    await _keep(hub, "FED", chaos.home / "both")
    await eventually(chaos.is_right, within_seconds=_MENDED_WITHIN_SECONDS)
    await publisher.suspend(entry)
    await eventually(lambda: _stands(chaos, entry, "suspended"), within_seconds=_MENDED_WITHIN_SECONDS)

    await asyncio.to_thread(chaos.cluster.put_back, publisher.at.database)
    await publisher.connect()
    await _wipe(hub, "FED", chaos.home / "both")
    began = time.monotonic()
    await publisher.suspend(entry)
    chaos.wanted.remove(entry)
    chaos.stopped.add(entry)
    new = await chaos.lists()
    await eventually(lambda: _stands(chaos, new, "active"), within_seconds=_MENDED_WITHIN_SECONDS)
    await eventually(chaos.is_right, within_seconds=_MENDED_WITHIN_SECONDS)
    chaos.tells("record and broker of the publisher put back", time.monotonic() - began)


async def _stands(chaos: Chaos, entry: UUID, state: str) -> bool:
    return {await each.standing(chaos.publisher, entry) for each in chaos.hospitals} == {state}


async def _nobody_else_matches(chaos: Chaos) -> None:
    """Faces of all who were ever listed pass at each hospital."""
    for hospital in chaos.hospitals:
        gate = Gate(hospital)
        for entry in chaos.wanted:
            await gate.sees(hospital.local(chaos.publisher, entry), chaos.publisher.numbers[entry])
        gate.seen.clear()
        for entry in [*chaos.stopped, *chaos.erased] * 3:
            await gate.shows(chaos.publisher.numbers[entry])
        await gate.shows(0)
        never = {str(hospital.local(chaos.publisher, entry)) for entry in (*chaos.stopped, *chaos.erased)}
        assert not never & gate.seen.keys()
