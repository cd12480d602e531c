"""The relay: in order, again after trouble, and never giving up."""

import asyncio
from dataclasses import dataclass, field

from proto.wardwatch.v1.messages import EntryPublished
from proto.wardwatch.v1.values import EntryState
from services.chassis.telemetry import Meters
from services.matcher.records import StoreAway
from services.matcher.relay import Publish, Relay
from tests.fakes import FakeBus, eventually
from tests.unit.matcher.builders import entry


@dataclass
class Outbox:
    """Changes in order; ``away`` as a database would be."""

    waiting: list[EntryPublished] = field(default_factory=list)
    away: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def relay(self, publish: Publish) -> int:
        if self.away:
            raise StoreAway("gone")
        batch = list(self.waiting)
        for change in batch:
            await publish(change)
        del self.waiting[: len(batch)]
        return len(batch)

    async def outbox_waiting(self) -> int:
        return len(self.waiting)

    async def wait_for_change(self, changed: asyncio.Event, stop: asyncio.Event) -> None:
        if self.away:
            raise StoreAway("gone")
        while not stop.is_set():
            await self.changed.wait()
            self.changed.clear()
            changed.set()


def change(revision: int) -> EntryPublished:
    return entry(revision=revision, state=EntryState.PENDING)


async def test_changes_go_out_in_order_under_their_revision() -> None:
    bus, stop, outbox = FakeBus(), asyncio.Event(), Outbox([change(2), change(3)])
    running = asyncio.create_task(Relay(outbox, bus.publish_owed, Meters(), interval_seconds=3600).run(stop))

    await eventually(lambda: outbox.waiting == [])
    stop.set()
    await running

    assert [d.headers["Nats-Msg-Id"] for d in bus.stored] == ["e1/2", "e1/3"]
    assert {d.subject for d in bus.stored} == {"watchlist.e1"}


async def test_a_notification_is_enough() -> None:
    bus, stop, outbox = FakeBus(), asyncio.Event(), Outbox()
    running = asyncio.create_task(Relay(outbox, bus.publish_owed, Meters(), interval_seconds=3600).run(stop))
    outbox.waiting.append(change(2))
    outbox.changed.set()

    await eventually(lambda: len(bus.stored) == 1)
    stop.set()
    await running


async def test_what_could_not_be_stored_or_read_goes_out_later() -> None:
    bus, stop, outbox = FakeBus(storing=False), asyncio.Event(), Outbox([change(2)], away=True)
    meters = Meters()
    running = asyncio.create_task(Relay(outbox, bus.publish_owed, meters, interval_seconds=0.01).run(stop))

    outbox.away = False
    bus.storing = True
    await eventually(lambda: len(bus.stored) == 1)
    stop.set()
    await running

    assert meters.value("wardwatch_outbox_waiting") == 0
