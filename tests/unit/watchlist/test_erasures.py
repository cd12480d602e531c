"""An erasure is followed up until it is complete, whatever is away and whoever is killed."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest

from proto.wardwatch.v1.entries import OwedReceipt, ReceiptView
from proto.wardwatch.v1.statements import travel_owner
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState
from services.chassis.errors import Refusal
from services.chassis.telemetry import Meters
from services.watchlist.federation.travel_keys import TravelKeys
from services.watchlist.keys.keyring import KeyGone
from services.watchlist.record.errors import StoreAway
from services.watchlist.record.travel_key_store import Ended
from services.watchlist.replication.differences import Effect, StreamMessage
from services.watchlist.replication.erasure_progress import Erasure
from services.watchlist.replication.erasures import ErasureFollowUp
from tests.contract.record import keyring
from tests.fakes import FakeBus, eventually
from tests.unit.matcher.builders import NOW

E1, E2 = UUID(int=1), UUID(int=2)
RECEIPT = ReceiptView(matcher="m1", incarnation=UUID(int=7), index_generation=4, released_at=NOW)
ACTIVE = StreamMessage(3, 3, Effect(EntryState.ACTIVE, NOW, frozenset(), 0, 2))
TOMBSTONE = StreamMessage(5, 5, Effect(EntryState.ERASED, NOW, frozenset(), 0, 0))


@dataclass
class Store:
    """The record of erasures; ``away``: the database does not answer."""

    erasures: dict[UUID, Erasure] = field(default_factory=dict)
    receipts: list[ReceiptView] = field(default_factory=list)
    owed: list[OwedReceipt] = field(default_factory=list)
    waiting: set[UUID] = field(default_factory=set)
    again: list[UUID] = field(default_factory=list)
    away: bool = False
    held: tuple[int, list[str]] = (0, [])

    def erased(self, entry_id: UUID) -> None:
        self.erasures[entry_id] = Erasure(entry_id, "ana", "asked for", NOW, None, None)

    async def erasure(self, entry_id: UUID) -> tuple[Erasure, list[ReceiptView], list[OwedReceipt]] | None:
        found = self.erasures.get(entry_id)
        return None if found is None else (found, self.receipts, self.owed)

    async def hospitals(self, entry_id: UUID) -> tuple[int, list[str]]:
        return self.held

    async def unfinished(self) -> list[Erasure]:
        if self.away:
            raise StoreAway("gone")
        return [e for e in self.erasures.values() if e.key_destroyed_at is None or e.stream_purged_at is None]

    async def waits_in_outbox(self, entry_id: UUID) -> bool:
        return entry_id in self.waiting

    async def key_destroyed(self, entry_id: UUID) -> None:
        if self.away:
            raise StoreAway("gone")
        self.erasures[entry_id] = replace(self.erasures[entry_id], key_destroyed_at=NOW)

    async def stream_purged(self, entry_id: UUID) -> None:
        self.erasures[entry_id] = replace(self.erasures[entry_id], stream_purged_at=NOW)

    async def publish_again(self, entries: Collection[UUID]) -> int:
        self.again += entries
        return len(entries)


@dataclass
class Shared:
    """Which lists an erased entry was on; ``gone`` are those whose travel keys are destroyed."""

    ends: list[Ended] = field(default_factory=list)
    gone: list[Ended] = field(default_factory=list)

    async def of_entry(self, entry_id: UUID) -> list[Ended]:
        return [each for each in self.ends if each.entry_id == entry_id]

    async def ended(self) -> list[Ended]:
        return [each for each in self.ends if each not in self.gone]

    async def destroyed(self, ended: Ended) -> None:
        self.gone.append(ended)


@dataclass
class Stream:
    """What the stream holds of every entry."""

    stored: list[StreamMessage] = field(default_factory=list)

    async def messages(self, entry_id: EntryId) -> list[StreamMessage]:
        return self.stored


@dataclass
class Site:
    """The follow-up of erasures with everything around it."""

    store: Store = field(default_factory=Store)
    shared: Shared = field(default_factory=Shared)
    stream: Stream = field(default_factory=Stream)
    bus: FakeBus = field(default_factory=FakeBus)
    meters: Meters = field(default_factory=Meters)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.keys = keyring(self.bus)
        self.travel_keys = TravelKeys(self.shared, self.keys)
        self.erasures = ErasureFollowUp(self.store, self.keys, self.travel_keys, self.stream, self.meters)

    async def erase(self) -> None:
        await self.keys.make(E1)
        self.store.erased(E1)

    async def __aenter__(self) -> "Site":
        self.running = asyncio.create_task(self.erasures.run(self.stop))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await self.running

    @property
    def finished(self) -> bool:
        erasure = self.store.erasures[E1]
        return erasure.key_destroyed_at is not None and erasure.stream_purged_at is not None


async def test_the_key_is_destroyed_and_noted() -> None:
    site = Site()
    await site.erase()

    await site.erasures.after_erasure(E1)

    with pytest.raises(KeyGone):
        site.keys.key(E1)
    assert site.store.erasures[E1].key_destroyed_at == NOW


@pytest.mark.parametrize("what", ["broker", "database"])
async def test_what_is_away_leaves_the_erasure_to_be_finished_later(what: str) -> None:
    site = Site()
    await site.erase()
    site.bus.storing, site.store.away = what != "broker", what == "database"

    await site.erasures.after_erasure(E1)
    assert site.store.erasures[E1].key_destroyed_at is None
    site.bus.storing, site.store.away = True, False
    async with site:
        await eventually(lambda: site.finished)

    with pytest.raises(KeyGone):
        site.keys.key(E1)


async def test_with_the_entry_its_travel_keys_of_all_generations_go_first() -> None:
    site = Site(shared=Shared([Ended("city", E1, 2), Ended("city", E2, 1)]))
    await site.erase()
    owners = [travel_owner("city", str(entry), generation) for entry, generation in ((E1, 1), (E1, 2), (E2, 1))]
    for owner in owners:
        await site.keys.make(owner)

    await site.erasures.after_erasure(E1)

    assert [site.keys.is_destroyed(owner) for owner in owners] == [True, True, False]
    assert (site.shared.gone, site.store.erasures[E1].key_destroyed_at) == ([Ended("city", E1, 2)], NOW)


async def test_travel_keys_of_what_was_withdrawn_go_and_never_come_back() -> None:
    shared, keys, stop = Shared([Ended("city", E1, 1)]), keyring(), asyncio.Event()
    owner = travel_owner("city", str(E1), 1)
    running = asyncio.create_task(TravelKeys(shared, keys).run(stop))
    await eventually(lambda: shared.gone == shared.ends)
    stop.set()
    await running

    with pytest.raises(KeyGone):
        await keys.make(owner)


async def test_an_erasure_is_complete_once_every_hospital_has_closed_it() -> None:
    site = Site(stream=Stream([TOMBSTONE]))
    await site.erase()
    site.store.held = (2, ["h07 (city)"])
    async with site:
        await eventually(lambda: site.finished)
    waiting = await site.erasures.view(E1)
    site.store.held = (2, [])

    assert (waiting.complete, waiting.hospitals, waiting.hospitals_closed) == (False, 2, 1)
    assert waiting.hospitals_open == ("h07 (city)",)
    assert (await site.erasures.view(E1)).complete


async def test_after_a_kill_another_matcher_finishes_it() -> None:
    site = Site(stream=Stream([TOMBSTONE]))
    await site.erase()

    async with site:
        await eventually(lambda: site.finished)
        await eventually(lambda: site.meters.value("wardwatch_erasures_unfinished") == 1)


async def test_while_the_relay_has_the_tombstone_before_it_nothing_is_noted() -> None:
    site = Site(stream=Stream([ACTIVE]))
    await site.erase()
    site.store.waiting.add(E1)

    async with site:
        await eventually(lambda: site.store.erasures[E1].key_destroyed_at is not None)

    assert (site.store.erasures[E1].stream_purged_at, site.store.again) == (None, [])


@pytest.mark.parametrize("stored", [[ACTIVE], [ACTIVE, TOMBSTONE], [StreamMessage(3, 0, None)]])
async def test_a_stream_that_still_holds_vectors_is_given_the_tombstone_again(stored: list[StreamMessage]) -> None:
    site = Site(stream=Stream(stored))
    await site.erase()

    async with site:
        await eventually(lambda: site.store.again == [E1])

    assert site.store.erasures[E1].stream_purged_at is None


async def test_a_draft_that_never_was_on_the_stream_needs_no_tombstone() -> None:
    site = Site()
    await site.erase()

    async with site:
        await eventually(lambda: site.finished)

    assert site.store.again == []


async def test_an_erasure_is_complete_without_key_vectors_and_owed_receipts() -> None:
    site = Site(Store(owed=[OwedReceipt(matcher="m2", seen_at=NOW, silent=True)], receipts=[RECEIPT]))
    await site.erase()
    views = [await site.erasures.view(E1)]
    await site.erasures.after_erasure(E1)
    await site.store.stream_purged(E1)
    views.append(await site.erasures.view(E1))
    site.store.owed = []
    views.append(await site.erasures.view(E1))

    assert [view.complete for view in views] == [False, False, True]
    assert [(owed.matcher, owed.silent) for owed in views[0].owed] == [("m2", True)]
    assert [receipt.matcher for receipt in views[0].receipts] == ["m1"]


async def test_an_entry_that_was_not_erased_has_no_erasure() -> None:
    with pytest.raises(Refusal, match="was not erased") as refused:
        await Site().erasures.view(E1)

    assert refused.value.code == 404
