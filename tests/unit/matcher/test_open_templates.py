"""Templates come sealed, and are opened with their entry's key as soon as it can be used."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import EntryPublished, Template
from proto.wardwatch.v1.sealing import KEY_BYTES, DataKey, seal
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState, vector_to
from services.chassis.bus import Delivery
from services.chassis.telemetry import Meters
from services.matcher.core import Gallery
from services.matcher.galleries import Galleries
from services.matcher.handler import TakeEntry
from services.matcher.locked_entries import LockedEntries
from services.matcher.open_templates import OpenTemplates
from services.matcher.shield import Shield, ShieldLimits
from services.watchlist.keys import seals
from tests.fakes import eventually
from tests.unit.matcher.builders import MODEL, NOW, POLICY, new_index, unit

OWNER, PHOTO = UUID(int=1), UUID(int=2)
KEY = DataKey(bytes(range(KEY_BYTES)))
VECTOR = unit(0.6, 0.8)


@dataclass
class Keys:
    """A keyring with the keys that a test puts into it."""

    by_owner: dict[UUID, DataKey] = field(default_factory=dict)
    destroyed: set[UUID] = field(default_factory=set)

    def knows(self, owner: UUID) -> bool:
        return owner in self.by_owner

    def is_destroyed(self, owner: UUID) -> bool:
        return owner in self.destroyed

    def key(self, owner: UUID) -> DataKey:
        return self.by_owner[owner]


def sealed(photo: UUID = PHOTO, *, about: UUID | None = None) -> Template:
    named = seals.vector(photo if about is None else about, MODEL.sha256)
    return Template(str(photo), MODEL, None, seal(KEY, vector_to(VECTOR), about=named, nonce=bytes(12)))


def entry(
    *templates: Template, name: str = str(OWNER), revision: int = 3, state: EntryState = EntryState.ACTIVE
) -> EntryPublished:
    return EntryPublished(EntryId(name), revision, state, NOW + timedelta(days=1), frozenset(), templates)


def opener(keys: Keys) -> tuple[OpenTemplates, Meters]:
    meters = Meters()
    return OpenTemplates(keys, meters), meters


async def test_vectors_are_opened_with_their_entrys_key() -> None:
    (template,) = (opener(Keys({OWNER: KEY}))[0](entry(sealed()))).templates

    assert template.vector is not None
    assert template.vector.tolist() == VECTOR.tolist()


async def test_without_its_key_an_entry_stays_as_it_is_and_nothing_is_given_up() -> None:
    opened, meters = opener(Keys())
    locked = entry(sealed())

    assert opened(locked) == locked
    assert meters.value("wardwatch_templates_unopened_total") == 0


async def test_an_entry_without_its_key_is_known_without_vectors_and_counted() -> None:
    opened, meters = opener(Keys(destroyed={OWNER}))

    found = opened(entry(sealed(), sealed(uuid4())))

    assert (found.revision, found.templates) == (3, ())
    assert meters.value("wardwatch_templates_unopened_total") == 2


async def test_a_vector_that_does_not_open_is_left_out_alone() -> None:
    opened, meters = opener(Keys({OWNER: KEY}))

    found = opened(entry(sealed(), sealed(uuid4(), about=PHOTO)))

    assert [template.photo_id for template in found.templates] == [str(PHOTO)]
    assert meters.value("wardwatch_templates_unopened_total") == 1


async def test_an_entry_without_templates_needs_no_key() -> None:
    opened, meters = opener(Keys())

    assert opened(entry()).templates == ()
    assert meters.value("wardwatch_templates_unopened_total") == 0


@pytest.mark.parametrize("name", ["elsewhere", str(UUID(int=10)).upper()])
async def test_an_owner_that_can_have_no_key_is_not_waited_for(name: str) -> None:
    assert opener(Keys())[0](entry(sealed(), name=name)).templates == ()


# -- entries that wait for their key --


@dataclass
class List:
    """The list as one matcher applies it, with its keyring."""

    keys: Keys = field(default_factory=Keys)
    meters: Meters = field(default_factory=Meters)
    gallery: Gallery = field(default_factory=Gallery)

    def __post_init__(self) -> None:
        galleries = Galleries(POLICY, partial(new_index, self.meters))
        self.index = galleries.first.index
        self.locked = LockedEntries(self.meters)
        opened = OpenTemplates(self.keys, self.meters)
        self.take = TakeEntry(self.gallery, galleries, self.meters, self, opened, self.locked, Shield(ShieldLimits()))

    def tombstoned(self, entry_id: EntryId, stored_at: datetime | None) -> None:
        """Receipts are not of interest here."""

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncIterator["List"]:
        listed, stop = cls(), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(listed.locked.run(listed.take.apply, stop))
            yield listed
            stop.set()

    async def publish(self, published: EntryPublished) -> None:
        await self.take(Delivery(subjects.watchlist(published.entry_id), published.encode()))

    def key_comes(self, owner: UUID = OWNER) -> None:
        self.keys.by_owner[owner] = KEY
        self.locked.settled(owner)

    def key_is_destroyed(self) -> None:
        self.keys.destroyed.add(OWNER)
        self.locked.settled(OWNER)

    @property
    def waiting(self) -> float:
        return self.meters.value("wardwatch_entries_locked")

    async def revisions(self) -> list[int]:
        """Of the rows that can be found."""
        return [row.revision for row in await self.index.nearest(VECTOR, 9)]


async def test_an_entry_without_its_key_is_known_and_keeps_nobody_waiting() -> None:
    async with List.running() as listed:
        listed.keys.by_owner[other := UUID(int=7)] = KEY
        await listed.publish(entry(sealed()))
        await listed.publish(entry(sealed(), name=str(other)))

        assert listed.gallery.entries == 2
        assert (listed.index.rows, listed.waiting) == (1, 1)


async def test_a_locked_entry_can_match_as_soon_as_its_key_can_be_used() -> None:
    async with List.running() as listed:
        await listed.publish(entry(sealed(), sealed(uuid4())))
        listed.key_comes(UUID(int=7))
        listed.key_comes()

        await eventually(lambda: listed.index.rows == 2)
        assert await listed.revisions() == [3, 3]
        assert listed.waiting == 0
        assert listed.meters.value("wardwatch_templates_unopened_total") == 0


async def test_of_a_locked_entry_the_newest_revision_is_opened() -> None:
    async with List.running() as listed:
        await listed.publish(entry(sealed()))
        await listed.publish(entry(sealed(), sealed(uuid4()), revision=4))
        await listed.publish(entry(sealed()))
        assert listed.waiting == 1

        listed.key_comes()

        await eventually(lambda: listed.index.rows == 2)
        assert await listed.revisions() == [4, 4]


async def test_a_locked_entry_repaired_under_its_revision_opens_as_repaired() -> None:
    broken = replace(sealed(), sealed=bytes(64))
    async with List.running() as listed:
        await listed.publish(entry(broken))
        await listed.publish(entry(sealed()))

        listed.key_comes()

        await eventually(lambda: listed.index.rows == 1)


@pytest.mark.parametrize("state", [EntryState.REVOKED, EntryState.ERASED])
async def test_a_locked_entry_that_ended_stays_ended_when_its_key_comes(state: EntryState) -> None:
    async with List.running() as listed:
        await listed.publish(entry(sealed()))
        listed.key_comes()  # and before it is looked at:
        await listed.publish(entry(revision=4, state=state))
        await listed.publish(entry(sealed(), name=str(other := UUID(int=7))))
        listed.key_comes(other)

        await eventually(lambda: listed.index.rows == 1)
        assert listed.gallery.state_of(EntryId(str(OWNER))) is state
        assert listed.waiting == 0


async def test_a_destroyed_key_ends_the_waiting() -> None:
    async with List.running() as listed:
        await listed.publish(entry(sealed()))

        listed.key_is_destroyed()

        await eventually(lambda: listed.waiting == 0)
        assert (listed.gallery.entries, listed.index.rows) == (1, 0)
        assert listed.meters.value("wardwatch_templates_unopened_total") == 1


async def test_an_opened_entry_that_cannot_be_used_is_counted_once() -> None:
    short = seal(KEY, vector_to(unit(1)[:4]), about=seals.vector(PHOTO, MODEL.sha256), nonce=bytes(12))
    async with List.running() as listed:
        await listed.publish(entry(Template(str(PHOTO), MODEL, None, short)))

        listed.key_comes()

        await eventually(lambda: listed.waiting == 0)
        assert listed.meters.value("wardwatch_templates_left_out_total", reason="dimension") == 1
