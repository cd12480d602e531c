"""What the watchlist service gives to be carried to other hospitals: what two people shared, sealed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from secrets import token_bytes
from uuid import UUID, uuid4

import asyncpg
import pytest

from proto.wardwatch.v1.federation import ListedContent, ListedContentRequest
from proto.wardwatch.v1.listed import ListedPerson, picture_digest
from proto.wardwatch.v1.sealing import DataKey, NotOpened, unseal
from proto.wardwatch.v1.statements import face_about, person_about, travel_owner
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState
from services.chassis.errors import Refusal
from services.watchlist.federation.sharing import ShareContent
from services.watchlist.federation.travel_keys import TravelKeys
from services.watchlist.keys.identity_keys import IdentityKeys
from services.watchlist.keys.keyring import KeyGone, Keyring
from services.watchlist.keys.seals import Seals
from services.watchlist.record.content_store import ContentStore
from services.watchlist.record.database import Database
from services.watchlist.record.key_store import KeyStore
from services.watchlist.record.travel_key_store import Ended, TravelKeyStore
from tests import servers
from tests.contract import record as records
from tests.contract.desks import ANA, LI, NUMBER, OTTO, Desk, opened, person

WHY = {"reason": "as decided by the board"}


@dataclass
class Sharing:
    """A desk, and beside it what answers the federation service; the desk's keys open the record."""

    desk: Desk
    keys: "Keys"
    answer: ShareContent
    matcher: Database
    importer: Database

    async def shared(self, changed: dict[str, object] | None = None) -> UUID:
        entry = (await self.desk.active(person(1), {"note": "limps", "identity_number": NUMBER, **(changed or {})})).id
        at: dict[str, object] = {"list": "city", "entry": entry}
        await self.desk.call("share_entry", at, body={})
        await self.desk.call("approve_share", at, by=ANA, body={})
        return entry

    async def content(self, entry: UUID, generation: int = 1, *, key_only: bool = False) -> ListedContent:
        request = ListedContentRequest("city", EntryId(str(entry)), generation, key_only)
        return ListedContent.decode(await self.answer(request.encode()))

    async def refused(self, entry: UUID, generation: int = 1) -> int:
        with pytest.raises(Refusal) as refusal:
            await self.content(entry, generation)
        return refusal.value.code

    @property
    def travelling(self) -> Keyring:
        return self.keys.travelling

    @property
    def travel_keys(self) -> TravelKeys:
        return TravelKeys(TravelKeyStore(self.matcher), self.travelling)


@dataclass
class Keys:
    """The record's keys are the desk's; travel keys are of a real keyring."""

    desk: Desk
    travelling: Keyring
    then: Callable[[], Awaitable[object]] | None = None  # happens once a travel key is made

    async def make(self, owner: UUID) -> DataKey:
        key = await self.travelling.make(owner)
        if self.then is not None:
            await self.then()
        return key

    async def destroy(self, owner: UUID) -> None:
        await self.travelling.destroy(owner)

    def key(self, owner: UUID) -> DataKey:
        return self.desk.keyring.key(owner)

    def knows(self, owner: UUID) -> bool:
        return self.desk.keyring.knows(owner)


@pytest.fixture
async def sharing(database: servers.Database) -> AsyncIterator[Sharing]:
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(opened(database))
        importer = await stack.enter_async_context(Database.open(database.importer, password=None))
        matcher = await stack.enter_async_context(Database.open(database.matcher, password=None))
        await desk.call("publish_list", body={"list": "city", "title": "City list"})
        keys = Keys(desk, records.keyring())
        seals = Seals(keys, IdentityKeys(token_bytes(32), token_bytes(32)), lambda: token_bytes(12))
        answer = ShareContent(ContentStore(importer, seals), keys, seals)
        yield Sharing(desk, keys, answer, matcher, importer)


async def test_a_shared_entry_travels_sealed_without_its_number(sharing: Sharing) -> None:
    entry = await sharing.shared()

    content = await sharing.content(entry)

    key = DataKey(content.travel_key)
    assert key == sharing.travelling.key(travel_owner("city", str(entry), 1)) != sharing.desk.keyring.key(entry)
    opened_person = unseal(key, content.sealed, about=person_about("city", str(entry)))
    assert NUMBER.encode() not in opened_person
    listed = ListedPerson.decode(opened_person)
    assert (listed.label, listed.note, listed.basis) == ("Visitor with a knife", "limps", "decision 2026/17")
    (photo,), (face,) = listed.photos, content.faces
    picture = unseal(key, face.sealed, about=face_about("city", str(entry), str(face.photo_id)))
    assert (photo.photo_id, photo.picture_sha256) == (face.photo_id, picture_digest(picture))
    assert photo.templates[0].vector @ person(1) == pytest.approx(1)
    assert (content.state, content.revision) == (EntryState.ACTIVE, await sharing.desk.at(entry))
    with pytest.raises(NotOpened):
        unseal(sharing.desk.keyring.key(entry), content.sealed, about=person_about("city", str(entry)))


async def test_the_travel_key_alone_is_given_for_another_hospital(sharing: Sharing) -> None:
    entry = await sharing.shared()
    whole = await sharing.content(entry)

    alone = await sharing.content(entry, key_only=True)

    assert alone == replace(whole, sealed=b"", faces=())
    # Whoever has it opens what was sealed under it before.
    assert len(await sharing.desk.fetch("SELECT FROM audit.event WHERE action = 'federation.carried'")) == 2


async def test_each_time_that_something_leaves_is_in_the_audit(sharing: Sharing) -> None:
    entry = await sharing.shared()
    await sharing.content(entry)

    (told,) = await sharing.desk.fetch("SELECT * FROM audit.event WHERE action = 'federation.carried'")

    assert (told["actor_name"], told["actor_id"], told["subject"]) == ("wardwatch", UUID(int=0), str(entry))


async def test_those_that_are_asked_for_at_once_are_read_together(sharing: Sharing) -> None:
    first = await sharing.shared()
    second = (await sharing.desk.active(person(2), {"label": "The other"})).id
    at: dict[str, object] = {"list": "city", "entry": second}
    await sharing.desk.call("share_entry", at, body={})
    await sharing.desk.call("approve_share", at, by=ANA, body={})
    alone = (await sharing.desk.active(person(3))).id

    whole, key, other, refused = await asyncio.gather(
        sharing.content(first), sharing.content(second, key_only=True), sharing.content(second), sharing.refused(alone)
    )

    assert refused == 409
    assert key == replace(other, sealed=b"", faces=())
    for entry, content, label in ((first, whole, "Visitor with a knife"), (second, other, "The other")):
        opened_person = unseal(DataKey(content.travel_key), content.sealed, about=person_about("city", str(entry)))
        listed = ListedPerson.decode(opened_person)
        assert listed.label == label
        assert [photo.photo_id for photo in listed.photos] == [face.photo_id for face in content.faces]
        assert len(listed.photos[0].templates) == 1
    told = await sharing.desk.fetch("SELECT subject FROM audit.event WHERE action = 'federation.carried'")
    assert sorted(each["subject"] for each in told) == sorted([str(first), str(second), str(second)])


async def test_nothing_leaves_that_two_people_did_not_share(sharing: Sharing) -> None:
    alone = (await sharing.desk.active(person(2))).id
    at: dict[str, object] = {"list": "city", "entry": alone}
    assert await sharing.refused(alone) == 409
    await sharing.desk.call("share_entry", at, body={})
    assert await sharing.refused(alone) == 409
    await sharing.desk.call("approve_share", at, by=ANA, body={})
    assert (await sharing.content(alone)).state is EntryState.ACTIVE
    assert await sharing.refused(alone, 2) == 409
    assert await sharing.refused(uuid4()) == 409
    with pytest.raises(Refusal) as refusal:
        await sharing.answer(b"\xff")
    assert refusal.value.code == 400


async def test_what_is_suspended_or_revoked_may_still_be_told(sharing: Sharing) -> None:
    entry = await sharing.shared()
    await sharing.desk.entry("suspend_entry", entry, body=WHY)
    assert (await sharing.content(entry)).state is EntryState.SUSPENDED
    await sharing.desk.entry("revoke_entry", entry, by=OTTO, body=WHY)
    assert (await sharing.content(entry)).state is EntryState.REVOKED


@pytest.mark.parametrize("end", ["withdraw_share", "erase_entry"])
async def test_an_ended_entry_has_no_travel_key_and_never_gets_one(sharing: Sharing, end: str) -> None:
    entry = await sharing.shared()
    await sharing.content(entry)
    await sharing.desk.call(end, {"list": "city", "entry": entry}, body=WHY)
    ended = await TravelKeyStore(sharing.matcher).ended()

    await sharing.travel_keys.destroy(entry)

    assert ended == [Ended("city", entry, 1)]
    assert await TravelKeyStore(sharing.matcher).ended() == []
    assert await sharing.refused(entry) == 409
    with pytest.raises(KeyGone):
        await sharing.travelling.make(travel_owner("city", str(entry), 1))
    (told,) = await sharing.desk.fetch("SELECT * FROM audit.event WHERE action = 'federation.keys_destroyed'")
    assert told["subject"] == str(entry)


async def test_an_erasure_that_comes_between_leaves_no_key(sharing: Sharing) -> None:
    entry = await sharing.shared()
    sharing.keys.then = lambda: sharing.desk.call("erase_entry", {"entry": entry}, body=WHY)

    assert await sharing.refused(entry) == 409
    assert sharing.travelling.is_destroyed(travel_owner("city", str(entry), 1))


async def test_while_a_hospital_is_put_out_a_former_generation_is_refused(sharing: Sharing) -> None:
    entry = await sharing.shared()
    await sharing.content(entry)
    await sharing.desk.fetch("UPDATE federation.list SET generation = 2")

    assert await sharing.refused(entry) == 409
    first, second = (travel_owner("city", str(entry), generation) for generation in (1, 2))
    await sharing.content(entry, 2)
    assert sharing.travelling.key(first) != sharing.travelling.key(second)


async def test_travel_keys_are_nobodys_orphans(sharing: Sharing) -> None:
    entry = await sharing.shared()
    owner = travel_owner("city", str(entry), 1)
    keys = KeyStore(sharing.importer)
    assert await keys.recorded([owner, uuid4()]) == {owner: False}
    await sharing.desk.call("withdraw_share", {"list": "city", "entry": entry}, by=LI, body=WHY)
    assert await keys.recorded([owner]) == {owner: True}


async def test_a_change_of_a_shared_entry_is_noted_with_it(sharing: Sharing, database: servers.Database) -> None:
    entry = await sharing.shared()
    federation = await asyncpg.connect(database.federation)
    heard = asyncio.Event()
    try:
        await federation.add_listener("federation_outbox", lambda *_: heard.set())
        noted = await federation.fetchval("SELECT noted_at FROM federation.outbox WHERE entry_id = $1", entry)
        await sharing.desk.entry("suspend_entry", entry, body=WHY)
        await asyncio.wait_for(heard.wait(), 20)
        again = await federation.fetchval("SELECT noted_at FROM federation.outbox WHERE entry_id = $1", entry)
        assert again > noted
        for statement in ("SELECT sealed_label FROM watchlist.entry", "SELECT sealed_picture FROM watchlist.photo"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await federation.fetch(statement)
    finally:
        await federation.close()
