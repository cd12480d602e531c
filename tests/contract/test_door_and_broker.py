"""A door on real brokers: a list comes over a link, what its copy lost is fetched again, an erasure is closed."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.listed import ListHead
from proto.wardwatch.v1.statements import SIGNATURE_BYTES
from proto.wardwatch.v1.values import EntryState
from services.chassis.federation_keys import FederationKeys
from services.chassis.telemetry import Meters
from services.federation.broker.copy import Copy
from services.federation.broker.hub import Hub as Broker
from services.federation.broker.received import Received
from services.federation.door.door import Door
from services.federation.door.ports import Erasure
from tests.doors import FakeRecord, FakeWatchlist, joined
from tests.fakes import eventually
from tests.federations import LIST, PublishingBroker, copying, linked, publisher, publishing
from tests.publishers import HOSPITAL, changed
from tests.servers import Nats
from tests.unit.federation.test_door_core import Hub, Messages

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]


@pytest.fixture
def broker() -> Iterator[PublishingBroker]:
    with publishing() as made:
        yield made


@pytest.fixture
def hospital(broker: PublishingBroker) -> Iterator[Nats]:
    with linked(broker, HOSPITAL) as (made,):
        yield made


async def stored(broker: Broker, messages: Messages) -> None:
    """Have the publisher's broker store all of *messages*, and none of them again."""
    for subject, payload in messages:
        await broker.publish(subject, payload)
    messages.clear()


@asynccontextmanager
async def running(
    keys: FederationKeys, record: FakeRecord, watchlist: FakeWatchlist, copy: Copy
) -> AsyncIterator[None]:
    """A door whose patience with a difference is over twenty times sooner."""
    door = Door(
        record.list_, copy, record, watchlist, keys, Meters(),
        now=lambda: datetime.now(UTC), monotonic=lambda: 20 * time.monotonic(),
    )  # fmt: skip
    stop = asyncio.Event()
    task = asyncio.create_task(door.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def test_what_a_copy_lost_is_fetched_again_and_an_erasure_closed(
    broker: PublishingBroker, hospital: Nats
) -> None:
    hub, keys = Hub(), FederationKeys.new()
    hub.sealing = keys.sealing[keys.current]
    record = FakeRecord(joined(hub.publisher.public))
    watchlist = FakeWatchlist(record)

    def agrees() -> bool:
        return record.kept is not None and record.kept.agreed_number == hub.publisher.number

    async with publisher(broker, [HOSPITAL]) as one, copying(broker, hospital, HOSPITAL) as copy:
        people = [hub.lists() for _ in range(5)]
        lost = subjects.fed_entry(LIST, people[2].entry_id)
        await stored(one, hub.said)
        async with copied(copy, subjects.fed_head(LIST), hub.publisher.number):
            await copy.delete(lost)
        async with running(keys, record, watchlist, copy):
            await eventually(agrees, within_seconds=60)
            assert watchlist.active() == {of.entry_id for of in people}

            gone = people[0].entry_id
            hub.says(changed(people[0], EntryState.ERASED))
            await stored(one, hub.said)
            await eventually(lambda: gone not in watchlist.active(), within_seconds=60)
            record.open[gone] = Erasure(gone, None, hub.numbers[gone], 0, is_gone=True)
            await eventually(lambda: record.closings == [gone], within_seconds=60)


@asynccontextmanager
async def copied(copy: Copy, subject: str, number: int) -> AsyncIterator[None]:
    """Once the copy holds the head of this *number*."""
    stop, came = asyncio.Event(), asyncio.Event()

    def take(each: Received) -> None:
        if each.subject == subject and ListHead.decode(each.payload[:-SIGNATURE_BYTES]).number == number:
            came.set()

    task = asyncio.create_task(copy.follow(take, stop))
    async with asyncio.timeout(60):
        await came.wait()
    yield
    stop.set()
    await task
