"""A publisher on a real record: the watchlist service gives what the desk shared, and hospitals in the test open it."""

import asyncio
import contextlib
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_bytes
from time import monotonic
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.federation import HospitalHello, HospitalReceipt, ListInvitation
from proto.wardwatch.v1.federation_views import InvitationView, SharingView
from proto.wardwatch.v1.listed import ListedEntry, ListedFace, ListedKey, ListedPerson, ListHead, picture_digest
from proto.wardwatch.v1.sealing import DataKey, unseal
from proto.wardwatch.v1.statements import (
    DigestLine,
    TravelPlace,
    digest,
    face_about,
    invitation_subject,
    open_travel_key,
    person_about,
    public_bytes,
    sign,
    statement_digest,
    verified,
)
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState
from services.chassis.bus import Bus
from services.chassis.errors import NoAnswer
from services.chassis.federation_keys import FederationKeys
from services.chassis.replica import messages
from services.chassis.tasks import LongRunning
from services.chassis.telemetry import Meters
from services.federation.broker import names
from services.federation.broker.hub import Hub as BrokerHub
from services.federation.database import Database, StoreAway
from services.federation.publishing.core import reached
from services.federation.publishing.duty import Installation, Publishing
from services.federation.publishing.ports import Hub
from services.federation.publishing.record import PublisherRecord
from services.watchlist.federation.sharing import ShareContent
from services.watchlist.keys.identity_keys import IdentityKeys
from services.watchlist.keys.seals import Seals
from services.watchlist.record.content_store import ContentStore
from services.watchlist.record.database import Database as WatchlistDatabase
from tests import buses, servers
from tests.contract import record as records
from tests.contract.desks import ANA, Desk, opened, person
from tests.contract.test_shared_content import Keys
from tests.fakes import eventually
from tests.unit.federation.hubs import FakeHub

WHY = {"reason": "as decided by the board"}
DOMAIN = "ww-0123456789ab"
# Heads every quarter of a second.
_FASTER = 20


@dataclass
class Hospital:
    """A hospital that reads what lies on the publisher's broker, and says what it is asked to say."""

    name: str
    hub: FakeHub
    publisher: bytes
    signing: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    sealing: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)

    def entries(self) -> dict[str, ListedEntry]:
        found = {
            subject: ListedEntry.decode(verified(self.publisher, subject, statement))
            for subject, statement in self.hub.lists.get("city", {}).items()
            if ".entry." in subject
        }
        return {each.entry_id: each for each in found.values()}

    def head(self) -> ListHead | None:
        statement = self.hub.lists.get("city", {}).get("fed.city.head")
        return None if statement is None else ListHead.decode(verified(self.publisher, "fed.city.head", statement))

    def agrees(self) -> bool:
        """Whether all that is here is what the head says."""
        head, lists = self.head(), self.hub.lists.get("city", {})
        lines = [
            DigestLine(each.entry_id, each.revision, statement_digest(lists[subjects.fed_entry("city", each.entry_id)]))
            for each in self.entries().values()
            if each.state is not EntryState.ERASED
        ]
        return head is not None and (head.entries, head.digest) == (len(lines), digest(lines))

    def key(self, entry: UUID) -> DataKey | None:
        subject = subjects.fed_key("city", self.name, str(entry))
        statement = self.hub.lists.get("city", {}).get(subject)
        if statement is None:
            return None
        key = ListedKey.decode(verified(self.publisher, subject, statement))
        place = TravelPlace("city", self.name, str(entry), key.generation)
        return open_travel_key(key.sealed, self.sealing, place) if key.sealed else None

    def person(self, entry: UUID) -> ListedPerson | None:
        """Who is looked for, once it can be read, with the picture that guards compare."""
        key, said = self.key(entry), self.entries().get(str(entry))
        if key is None or said is None:
            return None
        listed = ListedPerson.decode(unseal(key, said.sealed, about=person_about("city", str(entry))))
        for photo in listed.photos:
            subject = subjects.fed_face("city", str(entry), str(photo.photo_id))
            face = ListedFace.decode(verified(self.publisher, subject, self.hub.faces["city"][subject]))
            picture = unseal(key, face.sealed, about=face_about("city", str(entry), str(photo.photo_id)))
            assert picture_digest(picture) == photo.picture_sha256
        return listed

    def hello(self, *, number: int, at: datetime | None = None, key: Ed25519PrivateKey | None = None) -> None:
        subject = subjects.fed_hello("city", self.name)
        said = HospitalHello(self.name, at or datetime.now(UTC), number, bytes(32), 1, 0, 0, 2, 2, 0)
        self.hub.hear("hello", "city", subject, sign(key or self.signing, subject, said.encode()))

    def receipt(self, entry: UUID, matcher: str, *, signed: int = 0, key: Ed25519PrivateKey | None = None) -> None:
        subject = subjects.fed_receipt("city", self.name, str(entry), matcher)
        said = HospitalReceipt(self.name, EntryId(str(entry)), matcher, datetime.now(UTC), signed, 1)
        self.hub.hear("receipt", "city", subject, sign(key or self.signing, subject, said.encode()))


@dataclass
class City:
    """The publisher: desk, record, keys and broker; it publishes while ``publishing``."""

    desk: Desk
    hub: FakeHub
    keys: FederationKeys
    record: PublisherRecord
    make: Callable[[Hub], Publishing]
    meters: Meters

    def hospital(self, name: str) -> Hospital:
        return Hospital(name, self.hub, public_bytes(self.keys.publisher))

    async def admit(self, name: str) -> Hospital:
        """As two people do, once the invitation is signed."""
        hospital = self.hospital(name)
        await self.desk.fetch(
            "INSERT INTO federation.hospital (list, name, title, addresses, authority, invitation_expires_at,"
            " invited_by_id, invited_by_name, invitation_approved_by_id, invitation_approved_by_name, invitation,"
            " answer, link_key, signing_key, sealing_key, admission_asked_by_id, admission_asked_by_name,"
            " admitted_by_id, admitted_by_name, admitted_at) VALUES ('city', $1, 'Hospital', '{tls://a:1}', '', now(),"
            " $2, 'li', $3, 'ana', 'i', 'a', $4, $5, $6, $2, 'li', $3, 'ana', now())",
            name,
            UUID(int=1),
            UUID(int=2),
            "U" + name.upper().translate(str.maketrans("01", "AB")).ljust(55, "C"),
            public_bytes(hospital.signing),
            public_bytes(hospital.sealing),
        )
        return hospital

    async def share(self, number: int, *hospitals: str) -> UUID:
        entry = (await self.desk.active(person(number))).id
        at: dict[str, object] = {"list": "city", "entry": entry}
        body = {"hospitals": list(hospitals)}
        await self.desk.call("share_entry", at, body=body)
        await self.desk.call("approve_share", at, by=ANA, body=body)
        return entry

    async def standing(self) -> SharingView:
        return SharingView.model_validate_json((await self.desk.call("show_sharing", {"list": "city"})).body)

    @asynccontextmanager
    async def publishing(self, on: Hub | None = None) -> AsyncIterator[None]:
        stop = asyncio.Event()
        running = asyncio.create_task(self.make(on or self.hub).run(stop))
        try:
            yield
        finally:
            stop.set()
            await running

    async def killed(self, when: Callable[[], bool]) -> None:
        """Publish until *when*, and end in the middle of whatever is done then."""
        running = asyncio.create_task(self.make(self.hub).run(asyncio.Event()))
        await eventually(when)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError, BaseExceptionGroup):
            await running


@pytest.fixture
async def city(database: servers.Database) -> AsyncIterator[City]:
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(opened(database))
        importer = await stack.enter_async_context(WatchlistDatabase.open(database.importer, password=None))
        federation = await stack.enter_async_context(Database.open(database.federation, None))
        await desk.call("publish_list", body={"list": "city", "title": "City list"})
        held = Keys(desk, records.keyring())
        seals = Seals(held, IdentityKeys(token_bytes(32), token_bytes(32)), lambda: token_bytes(12))
        answer = ShareContent(ContentStore(importer, seals), held, seals)
        hub, keys, meters = FakeHub(), FederationKeys.new(), Meters()

        async def ask(subject: str, payload: bytes, *, timeout_seconds: float) -> bytes:
            assert subject == subjects.federation("content")
            return await answer(payload)

        def make(on: Hub) -> Publishing:
            return Publishing(
                federation,
                on,
                ask,
                Installation(lambda: keys, DOMAIN),
                meters,
                now=lambda: datetime.now(UTC),
                monotonic=lambda: _FASTER * monotonic(),
            )

        yield City(desk, hub, keys, PublisherRecord(federation, public_bytes(keys.publisher)), make, meters)


async def test_an_entry_that_two_people_share_is_read_by_each_hospital(city: City) -> None:
    h00, h01 = await city.admit("h00"), await city.admit("h01")
    async with city.publishing():
        entry = await city.share(1)
        await eventually(lambda: h00.person(entry) is not None and h01.person(entry) is not None and h01.agrees())
        await city.desk.entry("suspend_entry", entry, body=WHY)
        await eventually(lambda: h00.entries()[str(entry)].state is EntryState.SUSPENDED and h00.agrees())

    listed = h00.person(entry)
    assert listed is not None
    assert (listed.label, len(listed.photos)) == ("Visitor with a knife", 1)
    assert h00.entries()[str(entry)].revision == await city.desk.at(entry)
    view = await city.standing()
    assert (view.unpublished, [each.keys for each in view.hospitals]) == (0, [1, 1])


async def test_what_stops_somebody_is_noted_before_who_is_new(city: City) -> None:
    suspended, withdrawn, new = [await city.share(number) for number in (1, 2, 3)]
    await city.desk.entry("suspend_entry", suspended, body=WHY)
    await city.desk.call("withdraw_share", {"list": "city", "entry": withdrawn}, body=WHY)

    notes = await city.record.notes("city")

    assert [note.entry_id for note in notes] == [str(suspended), str(withdrawn), str(new)]
    assert sorted(notes, key=lambda note: note.noted_at)[0].entry_id == str(new)


async def _read(bus: Bus, into: FakeHub) -> None:
    """Copy what a real broker holds to where the hospitals of these tests read."""
    for kind, stream in ((into.lists, names.list_stream("city")), (into.faces, names.faces_stream("city"))):
        held = {}
        with contextlib.suppress(NoAnswer):
            async for each in messages(bus, stream):
                held[each.subject] = each.payload
        kind["city"] = held


@pytest.mark.live
@pytest.mark.timeout(120)
async def test_a_real_broker_keeps_what_is_said_and_is_refilled(city: City, nats: servers.Nats) -> None:
    h00, h01 = await city.admit("h00"), await city.admit("h01")
    async with buses.connected(nats, subjects.FEDERATION_USER) as bus:

        async def holds(condition: Callable[[], bool]) -> bool:
            await _read(bus, city.hub)
            return condition()

        async with city.publishing(on=BrokerHub(bus)):
            gone, stays = await city.share(1), await city.share(2, "h01")
            await eventually(lambda: holds(lambda: h00.person(gone) is not None and h01.agrees()), within_seconds=60)
            await eventually(lambda: holds(lambda: h01.person(stays) is not None), within_seconds=60)
            await city.desk.call("erase_entry", {"entry": gone}, body=WHY)
            erased = [str(gone), EntryState.ERASED]
            await eventually(
                lambda: holds(lambda: [str(gone), h00.entries()[str(gone)].state] == erased and h00.key(gone) is None),
                within_seconds=60,
            )
            await eventually(lambda: holds(lambda: len(city.hub.faces["city"]) == 1), within_seconds=60)
            await bus.stream.delete_stream(names.list_stream("city"))
            await eventually(
                lambda: holds(lambda: h01.person(stays) is not None and h01.agrees() and h00.key(stays) is None),
                within_seconds=60,
            )

    assert h00.entries()[str(gone)].state is EntryState.ERASED
    assert city.meters.value("wardwatch_federation_refills_total") == 1


async def test_an_entry_for_one_hospital_is_read_by_no_other(city: City) -> None:
    h00, h01 = await city.admit("h00"), await city.admit("h01")
    async with city.publishing():
        entry = await city.share(1, "h01")
        await eventually(lambda: h01.person(entry) is not None)

    assert h00.key(entry) is None
    assert h00.entries()[str(entry)].hospitals == {"h01"}


async def test_who_comes_later_gets_every_key_and_who_is_put_out_loses_them(city: City) -> None:
    h00 = await city.admit("h00")
    async with city.publishing():
        entries = [await city.share(number) for number in (1, 2)]
        await eventually(lambda: all(h00.person(each) for each in entries))
        h01 = await city.admit("h01")
        await eventually(lambda: all(h01.person(each) for each in entries))
        former = [h00.key(each) for each in entries]
        await city.desk.call("remove_hospital", {"list": "city", "hospital": "h00"}, body=WHY)
        await eventually(lambda: all(h00.key(each) is None for each in entries))
        await eventually(lambda: all(h01.key(each) not in (None, *former) for each in entries) and h01.agrees())

    assert city.hub.delivered_to["city"] == {"h01"}
    assert all(h01.person(each) for each in entries)
    assert {each.generation for each in h01.entries().values()} == {2}


@pytest.mark.parametrize("end", ["erase_entry", "withdraw_share"])
async def test_an_ended_entry_is_closed_by_every_hospital_that_had_a_key(city: City, end: str) -> None:
    h00, h01 = await city.admit("h00"), await city.admit("h01")
    async with city.publishing():
        entry = await city.share(1)
        await eventually(lambda: h00.key(entry) is not None and h01.key(entry) is not None)
        await city.desk.call(end, {"list": "city", "entry": entry}, body=WHY)
        await eventually(lambda: h00.entries()[str(entry)].state is EntryState.ERASED and h00.agrees())
        await eventually(lambda: not city.hub.faces["city"])
        assert (h00.key(entry), h00.entries()[str(entry)].sealed) == (None, b"")

        h01.receipt(entry, "-", signed=1, key=h00.signing)  # another hospital's word
        h01.receipt(UUID(int=9), "m1")  # nobody it ever had a key of
        h00.receipt(entry, "m1")
        h00.receipt(entry, "-", signed=2)
        await _owe(city, {"h00": 1, "h01": 0})
        h00.receipt(entry, "m2")
        await _owe(city, {"h01": 0})
        h01.receipt(entry, "-", signed=0)
        await _owe(city, {})

    assert city.meters.value("wardwatch_federation_refused_total", kind="receipt") == 2
    closed = await city.desk.fetch("SELECT count(*) FROM audit.event WHERE action = 'federation.closed'")
    assert closed[0]["count"] == 2


async def _owing(city: City) -> dict[str, int]:
    """The hospitals that have not closed the erasure, and how many of their matchers have signed."""
    return {each.hospital: each.signed for erasure in (await city.standing()).erasures for each in erasure.owing}


async def _owe(city: City, expected: dict[str, int]) -> None:
    async def holds() -> bool:
        return await _owing(city) == expected

    await eventually(holds)


async def test_a_publisher_that_is_killed_loses_nothing_and_says_nothing_twice(city: City) -> None:
    h00 = await city.admit("h00")
    entries = [await city.share(number) for number in (1, 2, 3)]
    city.hub.away = True
    await city.killed(lambda: True)
    city.hub.away = False
    await city.killed(lambda: len(city.hub.history) >= 2)
    async with city.publishing():
        await eventually(lambda: all(h00.person(each) for each in entries) and h00.agrees())
        await eventually(lambda: _is_settled(city, 3))
        before = len(city.hub.history)
        head = h00.head()
        await eventually(lambda: h00.head() != head)

    assert {subject for subject, _ in city.hub.history[before:]} == {"fed.city.head"}
    numbers = [row["number"] for row in await city.desk.fetch("SELECT number FROM federation.statement")]
    assert len(set(numbers)) == 3


async def _is_settled(city: City, keys: int) -> bool:
    standing = await city.standing()
    return standing.unpublished == 0 and [each.keys for each in standing.hospitals] == [keys]


async def test_a_stream_that_was_put_back_is_filled_from_the_record(city: City) -> None:
    h00 = await city.admit("h00")
    async with city.publishing():
        first = await city.share(1)
        await eventually(lambda: h00.person(first) is not None and h00.agrees())
        backup = city.hub.backup()
        second = await city.share(2)
        await eventually(lambda: h00.person(second) is not None and h00.agrees())
    head = h00.head()
    assert head is not None
    city.hub.put_back(backup)

    async with city.publishing():
        await eventually(lambda: h00.person(second) is not None and h00.person(first) is not None and h00.agrees())

    again = h00.head()
    assert again is not None
    assert again.number > head.number
    assert city.hub.refills == 1


async def test_a_record_that_was_put_back_goes_on_above_what_hospitals_hold(city: City) -> None:
    h00 = await city.admit("h00")
    async with city.publishing():
        await eventually(lambda: h00.head() is not None)
        held = reached(datetime.now(UTC))
        h00.hello(number=held)
        await eventually(lambda: city.hub.refills == 1)
        await eventually(lambda: (head := h00.head()) is not None and head.number > held)
        refills, held = city.hub.refills, reached(datetime.now(UTC))
        h00.hello(number=held)
        await eventually(lambda: (head := h00.head()) is not None and head.number > held)

    assert refills == 1
    assert city.hub.refills == 1, "a hospital has the stream made anew at will"


async def test_whom_a_record_that_was_put_back_does_not_know_is_ended(city: City, nats: servers.Nats) -> None:
    h00 = await city.admit("h00")
    async with buses.connected(nats, subjects.FEDERATION_USER) as bus:

        async def holds(condition: Callable[[], bool]) -> bool:
            await _read(bus, city.hub)
            return condition()

        async with city.publishing(on=BrokerHub(bus)):
            known = await city.share(1)
            await eventually(lambda: holds(lambda: h00.person(known) is not None and h00.agrees()), within_seconds=60)
        (backup,) = await city.desk.fetch("SELECT number, head_number FROM federation.list")
        async with city.publishing(on=BrokerHub(bus)):
            unknown = await city.share(2)
            await eventually(lambda: holds(lambda: h00.person(unknown) is not None and h00.agrees()), within_seconds=60)
        for table in ("statement", "holding", "outbox", "share"):
            await city.desk.fetch(f"DELETE FROM federation.{table} WHERE entry_id = $1", unknown)  # noqa: S608
        await city.desk.fetch("ALTER TABLE federation.list DISABLE TRIGGER USER")
        await city.desk.fetch("UPDATE federation.list SET number = $1, head_number = $2", *backup.values())
        await city.desk.fetch("ALTER TABLE federation.list ENABLE TRIGGER USER")

        async with city.publishing(on=BrokerHub(bus)):
            ended = EntryState.ERASED
            await eventually(
                lambda: holds(lambda: h00.entries()[str(unknown)].state is ended and h00.key(unknown) is None),
                within_seconds=60,
            )
            await eventually(lambda: holds(lambda: h00.agrees() and h00.person(known) is not None), within_seconds=60)
            await eventually(lambda: holds(lambda: len(city.hub.faces["city"]) == 1), within_seconds=60)


async def test_hellos_of_nobody_and_old_ones_are_not_believed(city: City) -> None:
    h00, stranger = await city.admit("h00"), city.hospital("h00")
    now = datetime.now(UTC)
    async with city.publishing():
        h00.hello(number=2, at=now)
        stranger.hello(number=3, at=now + timedelta(seconds=1))
        h00.hello(number=2**63, at=now + timedelta(seconds=1))
        h00.hello(number=1, at=now - timedelta(seconds=15))
        h00.hello(number=4, at=now + timedelta(seconds=2))
        await eventually(lambda: city.meters.value("wardwatch_federation_refused_total", kind="hello") == 2)
        await eventually(lambda: _number(city, 4))

    hello = (await city.standing()).hospitals[0].hello
    assert hello is not None
    assert (hello.number, hello.entries, hello.matchers, hello.same) == (4, 1, 2, False)


async def _number(city: City, number: int) -> bool:
    hello = (await city.standing()).hospitals[0].hello
    return hello is not None and hello.number == number


async def test_an_invitation_is_signed_once_two_people_asked_for_it(city: City) -> None:
    body = {"hospital": "h07", "title": "Hospital 7", "addresses": ["tls://hub.example:7422"]}
    at = {"list": "city", "hospital": "h07"}
    await city.desk.call("invite_hospital", {"list": "city"}, body=body)
    async with city.publishing():
        await eventually(lambda: "city" in city.hub.lists)
        await city.desk.call("approve_invitation", at, by=ANA)
        await eventually(lambda: _is_signed(city))
        shown = InvitationView.model_validate_json((await city.desk.call("show_invitation", at)).body)
        signed = b64decode(shown.invitation)

    subject = invitation_subject("city", "h07")
    said = ListInvitation.decode(verified(public_bytes(city.keys.publisher), subject, signed))
    assert (said.list_, said.title, said.hospital, said.domain) == ("city", "City list", "h07", DOMAIN)
    assert (said.publisher, said.silent_days) == (public_bytes(city.keys.publisher), 30)


async def _is_signed(city: City) -> bool:
    (row,) = await city.desk.fetch("SELECT invitation FROM federation.hospital")
    return row["invitation"] is not None


async def test_only_one_replica_publishes_at_a_time(city: City) -> None:
    h00 = await city.admit("h00")
    async with city.publishing(), city.publishing():
        entry = await city.share(1)
        await eventually(lambda: h00.person(entry) is not None and h00.agrees())
        head = h00.head()
        await eventually(lambda: h00.head() != head)

    numbers = [h00_head for subject, h00_head in city.hub.history if subject == "fed.city.head"]
    assert len(numbers) == len(set(numbers))
    assert sum(".entry." in subject for subject, _ in city.hub.history) == 1


async def test_who_is_frozen_loses_its_turn_and_is_told(database: servers.Database) -> None:
    # It has the lock, and says no word: as a process that was stopped, whose connections stay.
    async with (
        Database.open(database.federation, None) as record,
        record.alone(1, "federation_outbox", silent_seconds=0.1) as frozen,
    ):
        assert frozen is not None

        async def is_taken_over() -> bool:
            async with record.alone(1, "federation_outbox") as other:
                return other is not None

        await eventually(is_taken_over)
        with pytest.raises(StoreAway):
            await frozen.check()


async def test_who_says_that_it_lives_keeps_its_turn(database: servers.Database) -> None:
    async with Database.open(database.federation, None) as record, record.alone(1, "federation_outbox") as alone:
        assert alone is not None
        stop = asyncio.Event()
        async with LongRunning(stop) as tasks:
            tasks.start("alone", alone.keep(stop))
            async with record.alone(1, "federation_outbox") as other:
                assert other is None
            await asyncio.gather(*(alone.check() for _ in range(5)))
            stop.set()
