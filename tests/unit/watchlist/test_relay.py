"""The relay: of each entry the last change, different entries side by side, again after trouble, never giving up."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from proto.wardwatch.v1.messages import EntryPublished
from proto.wardwatch.v1.values import EntryState
from services.chassis.errors import NotStored
from services.chassis.telemetry import Meters
from services.watchlist.record.errors import StoreAway
from services.watchlist.replication.outbox import Change, PublishChanges, SealedTemplate
from services.watchlist.replication.relay import Relay
from tests.fakes import eventually
from tests.unit.matcher.builders import MODEL, NOW

ONE, TWO = UUID(int=1), UUID(int=2)
PHOTO = UUID(int=9)


@dataclass
class Outbox:
    """Changes in order; ``away`` as a database would be."""

    rows: list[Change] = field(default_factory=list)
    away: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def relay(self, publish: PublishChanges) -> int:
        if self.away:
            raise StoreAway("gone")
        published = await publish(list(self.rows))
        done = [each.change.sequence for each in published]
        self.rows = [change for change in self.rows if change.sequence not in done]
        return len(done)

    async def waiting(self) -> int:
        return len(self.rows)

    async def wait_for_change(self, changed: asyncio.Event, stop: asyncio.Event) -> None:
        if self.away:
            raise StoreAway("gone")
        while not stop.is_set():
            await self.changed.wait()
            self.changed.clear()
            changed.set()


@dataclass
class Stream:
    """Stores entries, but not those of ``refused``; a ``gate`` delays each until it is open."""

    stored: list[tuple[EntryPublished, str]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    under_way: int = 0
    most_under_way: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def __call__(self, entry: EntryPublished, *, message_id: str) -> int:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await self.gate.wait()
        self.under_way -= 1
        if entry.entry_id in self.refused:
            raise NotStored("the disk is full")
        self.stored.append((entry, message_id))
        return len(self.stored)

    @property
    def names(self) -> list[str]:
        return [name for _, name in self.stored]


@dataclass
class Site:
    """A relay with everything around it."""

    outbox: Outbox = field(default_factory=Outbox)
    stream: Stream = field(default_factory=Stream)
    meters: Meters = field(default_factory=Meters)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> "Site":
        relay = Relay(self.outbox, self.stream, self.meters, interval_seconds=0.01)
        self.running = asyncio.create_task(relay.run(self.stop))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await self.running


def change(
    sequence: int,
    entry: UUID = ONE,
    *,
    state: EntryState = EntryState.PENDING,
    templates: tuple[SealedTemplate, ...] = (),
    age_seconds: float = 0,
) -> Change:
    return Change(
        sequence, entry, sequence + 1, 7, state, NOW + timedelta(days=1), frozenset(), 0.55, age_seconds, templates
    )


async def test_of_changes_that_wait_an_entrys_last_stands_for_the_others() -> None:
    async with Site(Outbox([change(1), change(2), change(3, TWO)])) as site:
        await eventually(lambda: not site.outbox.rows)

    assert [name for name in site.stream.names if name.startswith(str(ONE))] == [f"{ONE}/3/7"]
    (entry, *_) = [entry for entry, _ in site.stream.stored if entry.entry_id == str(TWO)]
    assert (entry.revision, entry.generation, entry.min_similarity) == (4, 7, 0.55)


async def test_all_that_an_entrys_last_change_stands_for_are_at_its_sequence() -> None:
    relay = Relay(Outbox(), Stream(), Meters(), interval_seconds=1)

    published = await relay.publish([change(1), change(2, TWO), change(3)])

    at = {each.change.sequence: each.sequence for each in published}
    assert at[1] == at[3] != at[2]
    assert set(at) == {1, 2, 3}


async def test_different_entries_are_published_side_by_side() -> None:
    rows = [change(n, UUID(int=n % 50 + 1)) for n in range(100)]
    site = Site(Outbox(rows))
    site.stream.gate.clear()

    async with site:
        await eventually(lambda: site.stream.under_way == 50)
        site.stream.gate.set()
        await eventually(lambda: not site.outbox.rows)

    assert site.stream.most_under_way == 50
    assert {entry.revision for entry, _ in site.stream.stored} == set(range(51, 101))


async def test_no_more_are_under_way_than_the_stream_should_bear() -> None:
    site = Site(Outbox([change(n, UUID(int=n + 1)) for n in range(200)]))
    site.stream.gate.clear()

    async with site:
        await eventually(lambda: site.stream.under_way == 64)
        site.stream.gate.set()
        await eventually(lambda: not site.outbox.rows)

    assert site.stream.most_under_way == 64


async def test_a_notification_is_enough() -> None:
    outbox, stream, stop = Outbox(), Stream(), asyncio.Event()
    running = asyncio.create_task(Relay(outbox, stream, Meters(), interval_seconds=3600).run(stop))
    await asyncio.sleep(0)
    outbox.rows.append(change(1))
    outbox.changed.set()

    await eventually(lambda: len(stream.stored) == 1)
    stop.set()
    await running


async def test_one_entry_that_cannot_be_stored_keeps_back_itself_and_no_other() -> None:
    site = Site(Outbox([change(1), change(2), change(3, TWO)]), Stream(refused={str(ONE)}))
    async with site:
        await eventually(lambda: len(site.stream.stored) == 1)
        kept_back = [each.sequence for each in site.outbox.rows]
        site.stream.refused.clear()
        await eventually(lambda: not site.outbox.rows)

    assert kept_back == [1, 2]
    assert site.stream.names == [f"{TWO}/4/7", f"{ONE}/3/7"]


async def test_a_database_that_is_away_is_tried_again() -> None:
    site = Site(Outbox([change(1)], away=True))
    async with site:
        site.outbox.away = False
        await eventually(lambda: len(site.stream.stored) == 1)
        await eventually(lambda: site.meters.value("wardwatch_outbox_waiting") == 0)


async def test_templates_go_out_as_sealed_as_in_the_record() -> None:
    sealed = SealedTemplate(PHOTO, MODEL, b"nonce, ciphertext and tag")
    site = Site(Outbox([change(1, state=EntryState.ACTIVE, templates=(sealed,))]))
    async with site:
        await eventually(lambda: not site.outbox.rows)

    ((entry, _),) = site.stream.stored
    (template,) = entry.templates
    assert (template.photo_id, template.model, template.sealed) == (str(PHOTO), MODEL, sealed.sealed)
    assert template.vector is None
