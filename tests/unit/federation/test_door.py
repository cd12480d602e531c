"""The door on a copy, a record and a watchlist service in memory: each may be away, and it may be killed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proto.wardwatch.v1 import statements, subjects
from proto.wardwatch.v1.federation import (
    CLOSING,
    HospitalHello,
    HospitalReceipt,
    InvitationAnswer,
    KeyRenewal,
    ListInvitation,
    ReceiveOutcome,
)
from proto.wardwatch.v1.listed import ListedEntry
from proto.wardwatch.v1.statements import HOSPITAL_RENEWAL
from proto.wardwatch.v1.values import EntryState
from services.chassis.errors import NotStored
from services.chassis.federation_keys import FederationKeys, sealing_key_id
from services.chassis.telemetry import Meters
from services.federation.door import agreement
from services.federation.door.answers import Answering, answer_to
from services.federation.door.core import Taken
from services.federation.door.door import Door
from services.federation.door.hello import Hellos, OwnKeys, hello_of
from services.federation.door.ports import Counts, Erasure, RecordAway, Repaired, Signed, Written
from services.federation.door.receipts import Receipts, receipts_of
from tests.doors import FakeCopy, FakeRecord, FakeWatchlist, joined
from tests.fakes import eventually
from tests.publishers import HOSPITAL, LIST, Person, Publisher, changed
from tests.unit.federation.test_door_core import Hub

NOW = datetime.now(UTC)
LINK_KEY = "U" + "A" * 55


@dataclass
class Side:
    """A hospital's side of one list; time is what the test says."""

    hub: Hub = field(default_factory=Hub)
    copy: FakeCopy = field(default_factory=FakeCopy)
    keys: FederationKeys = field(default_factory=FederationKeys.new)
    meters: Meters = field(default_factory=Meters)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.hub.sealing = self.keys.sealing[self.keys.current]
        self.record = FakeRecord(joined(self.hub.publisher.public))
        self.watchlist = FakeWatchlist(self.record)
        self.door = self.begun()

    def begun(self) -> Door:
        """A process that has just started."""
        return Door(
            self.record.list_, self.copy, self.record, self.watchlist, self.keys, self.meters,
            now=lambda: self.now, monotonic=lambda: self.seconds,
        )  # fmt: skip

    def give(self) -> list[Taken]:
        """All that the publisher ever said arrives."""
        return [self.door.take(subject, payload) for subject, payload in self.hub.said]

    async def passes(self, seconds: float) -> None:
        """So much later it looks again."""
        self.seconds += seconds
        self.now += timedelta(seconds=seconds)
        await self.door.tick()


@pytest.fixture
async def side() -> Side:
    side = Side()
    await side.door.load()
    return side


async def test_what_comes_is_handed_on_compared_and_written_down(side: Side) -> None:
    people = [side.hub.lists() for _ in range(9)]
    side.give()

    assert await side.door.hand_on()
    await side.door.tick()

    assert side.watchlist.active() == {of.entry_id for of in people}
    assert side.record.kept is not None
    assert (side.record.kept.agreed_number, side.record.kept.entries) == (side.hub.publisher.number, 9)
    assert side.meters.value("wardwatch_federation_entries", list=LIST) == 9
    assert side.meters.value("wardwatch_federation_differs", list=LIST) == 0
    numbers = [side.hub.numbers[of.entry_id] for of in people]
    assert len(side.watchlist.asked) == len(numbers)


async def test_an_entry_waits_while_the_watchlist_service_is_away(side: Side) -> None:
    side.hub.lists()
    side.watchlist.is_away = True
    side.give()

    assert not await side.door.hand_on()
    await side.door.tick()
    assert side.record.kept is not None
    assert side.record.kept.agreed_at is None
    side.watchlist.is_away = False

    assert await side.door.hand_on()
    await side.door.tick()
    assert side.record.kept.agreed_number == side.hub.publisher.number


async def test_a_stop_goes_before_those_who_wait(side: Side) -> None:
    waiting = [side.hub.lists() for _ in range(9)]
    side.give()
    side.watchlist.is_away = True
    assert not await side.door.hand_on()
    side.hub.says(changed(waiting[8], EntryState.REVOKED))
    side.give()
    side.watchlist.is_away = False

    assert await side.door.hand_on()

    assert ListedEntry.decode(side.watchlist.asked[0].statement[:-64]).entry_id == waiting[8].entry_id
    assert len(side.watchlist.active()) == 8


async def test_what_is_refused_for_what_it_is_is_not_asked_again(side: Side) -> None:
    large, later = side.hub.lists(), side.hub.lists()
    side.watchlist.refuses = {large.entry_id: 413, later.entry_id: 503}
    side.give()

    for _ in range(2):
        await side.door.hand_on()
    asked = [str(ListedEntry.decode(each.statement[:-64]).entry_id) for each in side.watchlist.asked]

    assert asked.count(large.entry_id) == 1
    assert asked.count(later.entry_id) > 1
    assert (side.door.compared().refused, side.door.compared().waiting) == (1, 1)


async def test_one_refused_entry_keeps_no_other_waiting(side: Side) -> None:
    bad, good = side.hub.lists(), side.hub.lists()
    side.watchlist.answers[bad.entry_id] = ReceiveOutcome.REFUSED
    side.give()

    assert await side.door.hand_on()
    await side.door.tick()

    assert side.watchlist.active() == {good.entry_id}
    assert side.record.kept is not None
    assert (side.record.kept.differs, side.record.kept.agreed_at) == (1, None)
    assert side.meters.value("wardwatch_federation_locked", list=LIST) == 1


async def test_nobody_waits_behind_those_that_nobody_takes_now(side: Side) -> None:
    people = [side.hub.lists() for _ in range(40)]
    late = {of.entry_id for of in people[:5]}
    side.watchlist.refuses = dict.fromkeys(late, 503)
    side.give()

    assert not await side.door.hand_on()

    assert side.watchlist.active() == {of.entry_id for of in people[5:]}
    asked = len(side.watchlist.asked)
    assert asked <= 35 + 5 * 4  # they are tried again in between, and not for ever
    side.watchlist.refuses = {}
    assert await side.door.hand_on()
    assert side.watchlist.active() == {of.entry_id for of in people}


async def test_while_nobody_takes_anything_few_are_tried(side: Side) -> None:
    for _ in range(40):
        side.hub.lists()
    side.give()
    side.watchlist.refuses = dict.fromkeys(side.hub.numbers, 503)

    assert not await side.door.hand_on()

    assert len(side.watchlist.asked) <= 16
    assert side.watchlist.active() == set()


async def test_killed_anywhere_it_goes_on_from_the_record(side: Side) -> None:
    people = [side.hub.lists() for _ in range(3)]
    side.give()
    await side.door.hand_on()
    await side.door.tick()
    side.hub.says(changed(people[0], EntryState.ERASED))

    side.door = side.begun()
    await side.door.load()
    side.give()
    await side.door.hand_on()
    await side.door.tick()

    assert len(side.watchlist.asked) == 4
    assert side.watchlist.active() == {of.entry_id for of in people[1:]}
    assert side.record.kept is not None
    assert side.record.kept.agreed_number == side.hub.publisher.number


async def test_another_replica_s_later_writing_is_taken_over(side: Side) -> None:
    of = side.hub.lists()
    side.give()
    side.hub.says(changed(of, EntryState.REVOKED))
    digest = side.hub.lines[of.entry_id].statement_sha256
    number = side.hub.numbers[of.entry_id]
    side.record.follows[of.entry_id] = Written(of.entry_id, number, 2, EntryState.REVOKED, digest)

    assert await side.door.hand_on()

    assert side.watchlist.active() == set()
    assert side.door.compared().waiting == 0


async def test_a_list_that_differs_is_fetched_again_and_lists_nobody(side: Side) -> None:
    side.hub.lists()
    hidden = side.hub.lists()
    side.copy.messages = dict(side.hub.said)
    side.hub.said = [m for m in side.hub.said if hidden.entry_id not in m[0]]
    side.give()
    await side.door.hand_on()

    await side.door.tick()
    await side.passes(9)
    assert side.copy.repairs == []
    await side.passes(1)
    await side.passes(1)

    assert side.copy.repairs == ["list"]
    assert side.record.kept is not None
    assert side.record.kept.differs_since is not None
    assert hidden.entry_id not in side.record.follows
    side.copy.is_away = True
    await side.passes(60)
    assert side.copy.repairs == ["list"]


async def test_a_copy_of_which_nothing_comes_is_looked_for(side: Side) -> None:
    side.hub.lists()
    side.give()
    await side.door.hand_on()

    await side.passes(14)
    side.hub.head()
    side.give()
    await side.passes(15)
    assert side.copy.ensured == 0
    await side.passes(16)
    assert side.copy.ensured == 1
    await side.passes(15)

    assert side.copy.ensured == 2


async def test_a_picture_that_does_not_come_is_asked_for_every_ten_seconds(side: Side) -> None:
    side.hub.lists()
    side.hub.said = [m for m in side.hub.said if ".face." not in m[0]]
    side.give()
    await side.door.hand_on()

    await side.door.tick()
    await side.passes(9)
    assert side.copy.asked_again == 0
    await side.passes(1)
    await side.passes(9)
    assert side.copy.asked_again == 1
    await side.passes(1)

    assert side.copy.asked_again == 2
    assert side.copy.repairs == []


async def test_forgeries_are_counted_and_change_nothing(side: Side) -> None:
    side.hub.lists()
    impostor = Hub(Publisher(), side.hub.sealing)
    impostor.lists()

    side.hub.said, said = impostor.said, side.hub.said
    side.give()
    assert await side.door.hand_on()

    assert side.watchlist.asked == []
    count = side.meters.value("wardwatch_federation_statements_total", list=LIST, outcome="forged")
    assert count == len(impostor.said)
    side.hub.said = said
    side.give()
    await side.door.hand_on()
    assert len(side.watchlist.asked) == 1


async def test_a_silent_publisher_s_list_is_suspended_until_heard(side: Side) -> None:
    side.hub.lists()
    side.give()
    await side.door.hand_on()
    await side.door.tick()
    side.watchlist.is_away = True

    await side.passes(timedelta(days=30, seconds=9).total_seconds())
    assert side.watchlist.silences == []
    side.watchlist.is_away = False
    await side.passes(1)
    await side.passes(1)
    assert side.watchlist.silences == [True]

    old = side.hub.publisher.head(list(side.hub.lines.values()))  # said a month ago, and held back
    side.door.take(subjects.fed_head(LIST), old)
    await side.passes(1)
    assert side.watchlist.silences == [True]
    side.door.take(subjects.fed_head(LIST), side.hub.publisher.head(list(side.hub.lines.values()), at=side.now))
    await side.passes(1)
    assert side.watchlist.silences == [True, False]


async def test_without_a_record_nothing_is_believed_or_lost(side: Side) -> None:
    side.hub.lists()
    side.record.is_away = True
    side.door = side.begun()

    with pytest.raises(RecordAway):
        await side.door.load()
    with pytest.raises(RecordAway):
        await side.door.tick()
    side.record.is_away = False
    await side.door.load()
    side.give()

    assert await side.door.hand_on()
    assert len(side.watchlist.active()) == 1


@asynccontextmanager
async def running(side: Side) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(side.door.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def until(side: Side, entries: int) -> None:
    await eventually(lambda: len(side.watchlist.active()) == entries and bool(side.copy.hellos), within_seconds=30)


async def test_it_runs_until_it_is_stopped(side: Side) -> None:
    of = side.hub.lists()
    for subject, payload in side.hub.said:
        side.copy.put(subject, payload)

    async with running(side):
        await until(side, 1)
        side.hub.says(changed(of, EntryState.SUSPENDED))
        for subject, payload in side.hub.said[-4:]:
            side.copy.put(subject, payload)
        await until(side, 0)


# -- receipts --


def erasure(*, owed: int = 0, is_gone: bool = True, is_kept: bool = True) -> Erasure:
    return Erasure(str(uuid4()), uuid4() if is_kept else None, 7, owed, is_gone=is_gone)


def test_an_erasure_is_closed_once_nobody_owes_and_nothing_is_left() -> None:
    signed = [Signed("m1", NOW), Signed("m2", NOW)]

    for open_, closes in (
        (erasure(), True),
        (erasure(owed=1), False),
        (erasure(is_gone=False), False),
        (erasure(is_kept=False, is_gone=False), True),
    ):
        said = receipts_of(HOSPITAL, open_, signed, NOW)
        assert [r.matcher for r in said] == ["m1", "m2", *([CLOSING] if closes else [])]
        assert all(r.number == 7 and r.entry_id == open_.entry_id for r in said)
        assert said[-1].signed == (2 if closes else 0)


def test_a_matcher_cannot_be_called_as_what_closes() -> None:
    assert receipts_of(HOSPITAL, erasure(owed=1), [Signed(CLOSING, NOW)], NOW) == []


def receipts(side: Side) -> Receipts:
    return Receipts(LIST, HOSPITAL, lambda: side.keys.signing, side.copy, side.record, lambda: NOW)


async def test_receipts_are_said_once_and_closed_when_stored(side: Side) -> None:
    open_ = erasure(owed=1, is_gone=False)
    assert open_.local_id is not None
    side.record.open[open_.entry_id] = open_
    side.record.receipts[open_.local_id] = [Signed("m1", NOW)]
    telling = receipts(side)

    assert await telling.round() == 1
    side.copy.is_away = True
    assert await telling.round() == 1  # said already: nobody is asked
    side.record.open[open_.entry_id] = replace(open_, owed=0, is_gone=True)
    with pytest.raises(NotStored):
        await telling.round()
    assert side.record.closings == []
    side.copy.is_away = False
    assert await telling.round() == 0

    assert side.record.closings == [open_.entry_id]
    assert side.copy.deleted[-1] == f"fed.city.face.{open_.entry_id}.*"
    assert set(side.copy.receipts) == {(open_.entry_id, "m1"), (open_.entry_id, CLOSING)}
    subject = subjects.fed_receipt(LIST, HOSPITAL, open_.entry_id, CLOSING)
    public = statements.public_bytes(side.keys.signing)
    last = HospitalReceipt.decode(statements.verified(public, subject, side.copy.receipts[open_.entry_id, CLOSING]))
    assert (last.closes, last.signed, last.number) == (True, 1, 7)


async def test_receipts_go_on_after_a_restart(side: Side) -> None:
    open_ = erasure()
    side.record.open[open_.entry_id] = open_
    side.copy.is_away = True
    with pytest.raises(NotStored):
        await receipts(side).round()
    side.copy.is_away = False

    assert await receipts(side).round() == 0


# -- hellos and answers --


async def test_a_hello_counts_and_names_nobody(side: Side) -> None:
    of = side.hub.lists()
    side.give()
    await side.door.hand_on()
    compared = side.door.compared()

    hello = hello_of(HOSPITAL, compared, Counts(1, 2, 3, 2), NOW, OwnKeys(side.keys.signing))

    assert hello is not None
    assert (hello.number, hello.entries, hello.locked) == (side.hub.publisher.number, 1, 0)
    assert (hello.suspended, hello.owed, hello.matchers, hello.matchers_current) == (1, 2, 3, 2)
    assert hello.digest == statements.digest(side.hub.lines.values())
    assert of.entry_id.encode() not in hello.encode()
    assert HospitalHello.decode(hello.encode()) == replace(hello)


async def test_nothing_is_said_before_anything_was_heard(side: Side) -> None:
    assert hello_of(HOSPITAL, side.door.compared(), Counts(0, 0, 0, 0), NOW, OwnKeys(side.keys.signing)) is None


def test_an_answer_names_the_keys_and_the_invitation() -> None:
    publisher, keys = Publisher(), FederationKeys.new()
    invitation = publisher.invitation()

    answer = answer_to(invitation, keys, title="Hospital 7", link_key=LINK_KEY)

    public = statements.public_bytes(keys.signing)
    read = InvitationAnswer.decode(statements.verified(public, statements.answer_subject(LIST, HOSPITAL), answer))
    assert (read.list_, read.hospital, read.title, read.link_key) == (LIST, HOSPITAL, "Hospital 7", LINK_KEY)
    assert read.sealing_key == statements.public_bytes(keys.sealing[keys.current])
    assert ListInvitation.decode(invitation[:-64]).hospital == read.hospital


async def test_silence_stops_a_list_also_while_the_database_is_away(side: Side) -> None:
    of = side.hub.lists()
    side.give()
    await side.door.hand_on()
    await side.door.tick()
    side.record.is_away = True
    side.now += timedelta(days=31)
    for seconds in (61, 1):
        with pytest.raises(RecordAway):
            await side.passes(seconds)
    assert side.watchlist.stopped == [(of.entry_id,)]

    # Heads are back before the database: it is told of the stop, so that it can end it.
    side.record.is_away = False
    side.record.list_ = replace(side.record.list_, silent=False)
    side.hub.publisher.at = side.now
    side.hub.head()
    side.give()
    await side.passes(1)
    await side.passes(1)

    assert side.watchlist.silences == [True, True, False]


async def test_a_repair_fetches_all_anew_and_says_what_differed(side: Side) -> None:
    people = [side.hub.lists() for _ in range(3)]
    side.give()
    await side.door.hand_on()
    del side.record.follows[people[0].entry_id]
    await side.door.load()  # a record that was put back
    side.record.list_ = replace(side.record.list_, repair_asked=True)

    await side.passes(1)
    assert (side.copy.repairs, side.record.repairs) == (["all"], [])
    side.hub.head()
    side.give()
    await side.door.hand_on()
    await side.passes(1)

    assert side.record.repairs == [Repaired(3, 1, 0, agrees=True)]
    assert side.watchlist.active() == {of.entry_id for of in people}
    await side.passes(1)
    assert side.copy.repairs == ["all"]


async def test_a_repair_that_nothing_comes_of_says_so(side: Side) -> None:
    side.hub.lists()
    side.give()
    side.record.list_ = replace(side.record.list_, repair_asked=True)

    await side.passes(1)
    await side.passes(agreement.GIVE_UP_AFTER.total_seconds())

    assert [found.agrees for found in side.record.repairs] == [False]


async def test_an_announced_key_is_noted_and_believed_once_it_is_accepted(side: Side) -> None:
    of = side.hub.lists()
    made = side.hub.publisher.announce()
    side.hub.head()
    side.give()
    await side.door.hand_on()
    await side.passes(1)
    assert [key for key, _ in side.record.renewals] == [statements.public_bytes(made)]

    side.hub.publisher.key = made
    assert side.door.take(*of_new_key(side, of)) is Taken.FORGED
    side.record.list_ = replace(side.record.list_, next_publisher=statements.public_bytes(made))
    await side.passes(1)

    assert side.copy.repairs == ["all"]
    assert side.door.take(*of_new_key(side, of)) is Taken.TAKEN


async def test_who_is_late_hears_of_the_key_from_a_head_it_cannot_believe(side: Side) -> None:
    side.hub.lists()
    side.give()
    former = side.hub.publisher.public
    made = side.hub.publisher.announce()
    side.hub.publisher.key = made
    side.hub.head()

    assert side.door.take(*side.hub.said[-1]) is Taken.FORGED
    await side.passes(1)

    assert [key for key, _ in side.record.renewals] == [statements.public_bytes(made)]
    _, statement = side.record.renewals[0]
    assert statements.verified(former, statements.PUBLISHER_RENEWAL, statement)


async def test_a_stranger_s_key_is_no_next_one(side: Side) -> None:
    side.hub.lists()
    side.give()
    stranger = Publisher()
    stranger.announce()
    side.hub.publisher.announced = stranger.announced
    side.hub.head()

    assert side.door.take(*side.hub.said[-1]) is Taken.TAKEN
    await side.passes(1)

    assert side.record.renewals == []


async def test_renewed_keys_are_announced_until_all_is_sealed_to_them(side: Side) -> None:
    of = side.hub.lists()
    side.keys = side.keys.with_next_hospital()
    side.door = side.begun()
    await side.door.load()
    side.give()
    await side.door.hand_on()
    announced = await said_hello(side, side.keys.signing)
    renewal = statements.verified(statements.public_bytes(side.keys.signing), HOSPITAL_RENEWAL, announced.renewal)
    assert sealing_key_id(KeyRenewal.decode(renewal).sealing_key) == side.keys.next_sealing
    assert announced.publisher == statements.key_id(side.hub.publisher.public)
    await side.passes(1)
    assert side.record.kept is not None
    assert side.record.kept.own_key == ""

    side.hub.sealing = side.keys.sealing[side.keys.next_sealing]
    side.hub.publisher.renewed = frozenset({side.keys.next_sealing})
    side.hub.says(of)
    side.give()
    await side.door.hand_on()
    await side.passes(1)

    assert side.keys.next_signing is not None
    assert (await said_hello(side, side.keys.next_signing)).renewal == b""
    assert side.record.kept.own_key == side.keys.next_sealing


async def said_hello(side: Side, key: Ed25519PrivateKey) -> HospitalHello:
    """What the door says of itself now, by *key*."""
    await Hellos(
        LIST, HOSPITAL, side.door.own_keys, side.copy, side.record, side.door.compared, lambda: side.now
    ).tell()  # fmt: skip
    subject = subjects.fed_hello(LIST, HOSPITAL)
    return HospitalHello.decode(statements.verified(statements.public_bytes(key), subject, side.copy.hellos[-1]))


def of_new_key(side: Side, of: Person) -> tuple[str, bytes]:
    """The entry's next statement."""
    return subjects.fed_entry(LIST, of.entry_id), side.hub.publisher.says(of)


@dataclass
class Waiting:
    """Invitations that wait for an answer."""

    invitations: dict[str, bytes]
    answers: dict[str, bytes] = field(default_factory=dict)

    async def unanswered(self) -> list[tuple[str, bytes]]:
        return [(name, each) for name, each in self.invitations.items() if name not in self.answers]

    async def write_answer(self, list_: str, answer: bytes) -> None:
        self.answers[list_] = answer


async def test_answers_wait_for_the_link_s_key() -> None:
    waiting, links = Waiting({LIST: Publisher().invitation()}), dict[str, str]()
    answering = Answering(waiting, FederationKeys.new, title="Hospital 7", link_key=links.get)

    assert await answering.round() == 0
    links[LIST] = LINK_KEY
    assert await answering.round() == 1
    assert await answering.round() == 0
    assert waiting.answers.keys() == {LIST}
