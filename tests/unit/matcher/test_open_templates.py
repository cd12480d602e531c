"""Templates come sealed, and are opened with their entry's key as soon as it is here."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from proto.wardwatch.v1.messages import EntryPublished, Template
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState, vector_to
from services.chassis.telemetry import Meters
from services.matcher.keys import seals
from services.matcher.keys.open_templates import OpenTemplates
from services.matcher.keys.sealing import KEY_BYTES, DataKey, seal
from tests.unit.matcher.builders import MODEL, NOW, unit

OWNER, PHOTO = UUID(int=1), UUID(int=2)
KEY = DataKey(bytes(range(KEY_BYTES)))
VECTOR = unit(0.6, 0.8)


@dataclass
class Keys:
    """A keyring that holds what it is told."""

    held: dict[UUID, DataKey] = field(default_factory=dict)
    destroyed: set[UUID] = field(default_factory=set)
    caught_up: asyncio.Event = field(default_factory=asyncio.Event)

    def knows(self, owner: UUID) -> bool:
        return owner in self.held

    def is_destroyed(self, owner: UUID) -> bool:
        return owner in self.destroyed

    def key(self, owner: UUID) -> DataKey:
        return self.held[owner]


def sealed(photo: UUID = PHOTO, *, about: UUID | None = None) -> Template:
    named = seals.vector(photo if about is None else about, MODEL.sha256)
    return Template(str(photo), MODEL, None, seal(KEY, vector_to(VECTOR), about=named, nonce=bytes(12)))


def entry(*templates: Template, name: str = str(OWNER)) -> EntryPublished:
    until = NOW + timedelta(days=1)
    return EntryPublished(EntryId(name), 3, EntryState.ACTIVE, until, frozenset(), templates)


def opener(keys: Keys) -> tuple[OpenTemplates, Meters]:
    meters = Meters()
    return OpenTemplates(keys, meters, asyncio.Event()), meters


async def test_vectors_are_opened_with_their_entrys_key() -> None:
    keys = Keys({OWNER: KEY})
    keys.caught_up.set()

    (template,) = (await opener(keys)[0](entry(sealed()))).templates

    assert template.vector is not None
    assert template.vector.tolist() == VECTOR.tolist()


async def test_a_key_that_is_on_its_way_is_waited_for() -> None:
    keys = Keys()
    opening = asyncio.create_task(opener(keys)[0](entry(sealed())))
    await asyncio.sleep(0)
    keys.caught_up.set()
    await asyncio.sleep(0)
    keys.held[OWNER] = KEY

    assert len((await opening).templates) == 1


async def test_an_entry_whose_key_is_destroyed_is_known_without_vectors_and_counted() -> None:
    keys = Keys(destroyed={OWNER})
    keys.caught_up.set()
    opened, meters = opener(keys)

    found = await opened(entry(sealed(), sealed(uuid4())))

    assert (found.revision, found.templates) == (3, ())
    assert meters.value("wardwatch_templates_unopened_total") == 2


async def test_a_vector_that_does_not_open_is_left_out_alone() -> None:
    keys = Keys({OWNER: KEY})
    keys.caught_up.set()
    opened, meters = opener(keys)

    found = await opened(entry(sealed(), sealed(uuid4(), about=PHOTO)))

    assert [template.photo_id for template in found.templates] == [str(PHOTO)]
    assert meters.value("wardwatch_templates_unopened_total") == 1


async def test_an_entry_without_templates_waits_for_nothing() -> None:
    opened, meters = opener(Keys())

    assert (await opened(entry())).templates == ()
    assert meters.value("wardwatch_templates_unopened_total") == 0


async def test_at_the_end_nothing_is_waited_for() -> None:
    keys, stop = Keys(), asyncio.Event()
    opening = asyncio.create_task(OpenTemplates(keys, Meters(), stop)(entry(sealed())))
    await asyncio.sleep(0)
    stop.set()

    assert (await opening).templates == ()


async def test_an_owner_that_is_no_id_opens_nothing() -> None:
    keys = Keys()
    keys.caught_up.set()

    assert (await opener(keys)[0](entry(sealed(), name="elsewhere"))).templates == ()
