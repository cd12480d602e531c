"""What a publisher says, whatever happens between two of its steps: killed, put back from a backup, or lied to."""

import asyncio
import copy
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeVar

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from proto.wardwatch.v1.federation import HospitalHello
from proto.wardwatch.v1.listed import ListedEntry, ListedFace, ListedKey, ListHead
from proto.wardwatch.v1.statements import (
    DigestLine,
    TravelPlace,
    digest,
    open_travel_key,
    public_bytes,
    statement_digest,
    verified,
)
from proto.wardwatch.v1.values import EntryState
from services.chassis.errors import NoAnswer
from services.chassis.telemetry import Meters
from services.federation.publishing.composing import Composer
from services.federation.publishing.core import Found, plan
from services.federation.publishing.publisher import HEAD_SECONDS, Publisher
from tests.unit.federation.hubs import FakeHub
from tests.unit.federation.records import NOW, FakeRecord, Killed, World

T = TypeVar("T")
pytestmark = pytest.mark.timeout(180)
KEY = Ed25519PrivateKey.generate()
HOSPITALS = ("h00", "h01", "h02")


@dataclass
class Site:
    """A publisher that may be killed and started anew, and its world."""

    world: World = field(default_factory=World)
    hub: FakeHub = field(default_factory=FakeHub)
    seconds: float = 0.0
    key: Ed25519PrivateKey = field(default_factory=lambda: KEY)
    former: bytes = b""
    announced: bytes = b""

    def __post_init__(self) -> None:
        self.start()

    def renew_key(self) -> None:
        """The announced key signs from now on."""
        self.former, self.key = public_bytes(self.key), Ed25519PrivateKey.generate()
        self.world.rows.by_former_key = set(self.world.rows.statements)
        self.start()

    def start(self) -> None:
        """Another process takes over."""
        self.world.record.fuse.steps = None
        self.hub.step = self.world.record.fuse.step

        async def alone() -> None:
            self.world.record.fuse.step()

        self.publisher = Publisher(
            self.world.record,
            self.hub,
            self.world.content,
            Composer(self.key, self.announced),
            Meters(),
            now=lambda: NOW + timedelta(seconds=self.seconds),
            monotonic=lambda: self.seconds,
            still_alone=alone,
            former=self.former,
        )

    async def round(self) -> bool:
        (facts,) = await self.world.record.lists()
        return await self.publisher.round(facts)

    async def settle(self) -> None:
        """Until nothing is due; each round takes a while."""
        for _ in range(200):
            self.seconds += HEAD_SECONDS
            before = len(self.hub.history)
            await self.round()
            if [subject for subject, _ in self.hub.history[before:]] == ["fed.city.head"] and not self.due():
                return
        raise AssertionError("it does not come to rest")

    def due(self) -> list[str]:
        facts = self.world.rows.facts
        record = self.world.record
        return [
            entry
            for entry in {*record.rows.shared, *record.rows.statements}
            if entry not in self.unheard()
            and not plan(record.entry(entry), facts.admitted, facts.generation).is_nothing
        ]

    def unheard(self) -> set[str]:
        """What the record, put back, believes to stand: nobody gives its content."""
        shared = self.world.rows.shared
        return {e for e in self.world.ended if e in shared and not _has_ended(self.world, e)}


def _has_ended(world: World, entry: str) -> bool:
    shared = world.rows.shared[entry]
    return shared.withdrawn or shared.state is EntryState.ERASED


def run(work: Coroutine[object, object, T]) -> T:
    return asyncio.run(work)


def message(subject: str, statement: bytes) -> ListedEntry | ListedKey | ListHead | ListedFace:
    """What was published, if the publisher signed it for there."""
    said = verified(public_bytes(KEY), subject, statement)
    match subject.split(".")[2]:
        case "entry":
            return ListedEntry.decode(said)
        case "key":
            return ListedKey.decode(said)
        case "head":
            return ListHead.decode(said)
        case _:
            return ListedFace.decode(said)


class Publishing(RuleBasedStateMachine):
    """Everything that happens to a list, in any order, with the process killed at any step of its work."""

    def __init__(self) -> None:
        super().__init__()
        self.site = Site()
        self.read = 0  # how much of the history was looked at
        self.statements: dict[int, bytes] = {}  # by number
        self.head = 0
        self.tombs: set[str] = set()
        self.backups: list[FakeHub] = []
        self.dumps: list[FakeRecord] = []
        self.restored = False

    @property
    def world(self) -> World:
        return self.site.world

    def living(self) -> list[str]:
        return [e for e, s in self.world.rows.shared.items() if e not in self.world.ended and not s.withdrawn]

    @initialize()
    def begin(self) -> None:
        self.world.admit("h00")

    # -- what people do

    @rule(hospitals=st.sets(st.sampled_from(HOSPITALS)))
    def share(self, hospitals: set[str]) -> None:
        self.world.share(hospitals)

    @precondition(lambda self: self.living())
    @rule(
        data=st.data(),
        state=st.sampled_from([EntryState.ACTIVE, EntryState.SUSPENDED, EntryState.REVOKED, EntryState.EXPIRED]),
    )
    def change(self, data: st.DataObject, state: EntryState) -> None:
        self.world.rows.change(data.draw(st.sampled_from(self.living())), state=state)

    @precondition(lambda self: self.living())
    @rule(data=st.data(), withdrawn=st.booleans())
    def end(self, data: st.DataObject, *, withdrawn: bool) -> None:
        self.world.end(data.draw(st.sampled_from(self.living())), withdrawn=withdrawn)

    @rule(name=st.sampled_from(HOSPITALS))
    def admit(self, name: str) -> None:
        if name not in {each.name for each in self.world.rows.facts.hospitals}:
            self.world.admit(name)

    @precondition(lambda self: len(self.world.rows.facts.admitted) > 1)
    @rule()
    def remove(self) -> None:
        self.world.remove(min(self.world.rows.facts.admitted))

    # -- what the machine does

    @rule()
    def work(self) -> None:
        self.site.seconds += HEAD_SECONDS
        run(self.site.round())

    @rule(steps=st.integers(0, 12))
    def work_and_be_killed(self, steps: int) -> None:
        self.site.seconds += HEAD_SECONDS
        self.world.record.fuse.steps = steps
        with suppress(Killed):
            run(self.site.round())
        self.site.start()

    @rule(steps=st.integers(0, 12))
    def work_while_the_broker_goes(self, steps: int) -> None:
        left = steps

        def step() -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise NoAnswer("it is gone")

        self.site.hub.step = step
        self.site.seconds += HEAD_SECONDS
        with suppress(NoAnswer):
            run(self.site.round())
        self.site.hub.step = self.world.record.fuse.step

    @rule()
    def keep_copies(self) -> None:
        self.backups.append(self.site.hub.backup())
        self.dumps.append(FakeRecord(copy.deepcopy(self.world.rows)))

    @precondition(lambda self: self.backups)
    @rule(data=st.data())
    def put_both_back_and_hear_nobody(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(self.backups) - 1))
        self.site.hub.put_back(self.backups[place])
        self.world.record.rows = copy.deepcopy(self.dumps[place].rows)
        self.world.rows.hellos.clear()
        self.restored = True
        self.site.seconds += 60.0
        self.site.start()

    @precondition(lambda self: self.backups)
    @rule(data=st.data())
    def put_the_broker_back(self, data: st.DataObject) -> None:
        self.site.hub.put_back(data.draw(st.sampled_from(self.backups)))
        self.site.start()
        self.hear_hospitals()

    @rule()
    def lose_the_brokers_store(self) -> None:
        self.site.hub.lists.clear()
        self.site.hub.faces.clear()
        self.site.start()
        self.hear_hospitals()

    @precondition(lambda self: self.dumps)
    @rule(data=st.data())
    def put_the_record_back(self, data: st.DataObject) -> None:
        rows = copy.deepcopy(data.draw(st.sampled_from(self.dumps)).rows)
        # Who was put out since stays out: the broker's rights and the people say so, and the generation is not used.
        self.world.record.rows = rows
        self.restored = True
        self.site.start()
        self.hear_hospitals()

    def hear_hospitals(self) -> None:
        """Hospitals say which head they hold."""
        if self.head:
            self.world.rows.hellos["h00"] = HospitalHello("h00", NOW, self.head, bytes(32), 0, 0, 0, 1, 1, 0)

    # -- what must hold

    @invariant()
    def numbers_never_fall_or_repeat(self) -> None:
        for subject, statement in self.site.hub.history[self.read :]:
            said = message(subject, statement)
            self.read += 1
            if isinstance(said, ListedFace):
                continue
            assert self.statements.setdefault(said.number, statement) == statement, "one number says two things"
            if isinstance(said, ListHead):
                assert said.number > self.head
                self.head = said.number
            if isinstance(said, ListedEntry) and said.state is EntryState.ERASED:
                self.tombs.add(said.entry_id)
            if isinstance(said, ListedKey) and said.sealed:
                self._check_key(said)

    def _check_key(self, key: ListedKey) -> None:
        assert key.entry_id not in self.tombs, "an erased entry has a key again"
        facts = self.world.rows.facts
        shared = self.world.rows.shared[key.entry_id]
        assert key.hospital in facts.admitted, "who was put out has a key"
        assert not shared.hospitals or key.hospital in shared.hospitals, "who is out of scope has a key"
        place = TravelPlace("city", key.hospital, key.entry_id, key.generation)
        opened = open_travel_key(key.sealed, self.world.sealing[key.hospital], place)
        assert opened == self.world.travel_key(key.entry_id, key.generation)

    def teardown(self) -> None:
        run(self.site.settle())
        self.numbers_never_fall_or_repeat()
        rows, stream = self.world.rows, self.site.hub.lists["city"]
        held = [message(*each) for each in stream.items()]
        (head,) = [each for each in held if isinstance(each, ListHead)]
        lines = [
            DigestLine(entry, kept.revision, statement_digest(kept.statement))
            for entry, (kept, _) in rows.statements.items()
            if kept.state is not EntryState.ERASED
        ]
        assert (head.number, head.digest, head.entries) == (self.head, digest(lines), len(lines))
        before = len(self.site.hub.history)
        self.site.seconds += HEAD_SECONDS
        run(self.site.round())
        assert [subject for subject, _ in self.site.hub.history[before:]] == ["fed.city.head"], "it says things twice"
        if not self.restored:
            self._check_stream(held, head)

    def _check_stream(self, held: list[ListedEntry | ListedKey | ListHead | ListedFace], head: ListHead) -> None:
        """What hospitals read is what the record has: nothing is lost, and nobody has a key too many."""
        rows, facts = self.world.rows, self.world.rows.facts
        entries = {str(each.entry_id): each for each in held if isinstance(each, ListedEntry)}
        keys = {(str(each.entry_id), each.hospital): each for each in held if isinstance(each, ListedKey)}
        stream = self.site.hub.lists["city"]
        on_stream = [
            DigestLine(e.entry_id, e.revision, statement_digest(stream[f"fed.city.entry.{e.entry_id}"]))
            for e in entries.values()
            if e.state is not EntryState.ERASED
        ]
        assert digest(on_stream) == head.digest
        for entry_id, shared in rows.shared.items():
            said = entries.get(entry_id)
            ended = _has_ended(self.world, entry_id)
            scope = {h for h in facts.admitted if not shared.hospitals or h in shared.hospitals}
            having = {h for (entry, h), key in keys.items() if entry == entry_id and key.sealed}
            if said is None:
                assert ended or shared.state not in (EntryState.ACTIVE, EntryState.SUSPENDED)
                assert not having
            elif ended:
                assert (said.state, said.sealed, having) == (EntryState.ERASED, b"", set())
            else:
                assert (said.state, said.revision, said.generation) == (
                    shared.state, shared.revision, facts.generation,
                )  # fmt: skip
                assert having == scope
                assert {keys[entry_id, h].generation for h in having} <= {facts.generation}
                assert f"fed.city.face.{entry_id}.00000000-0000-0000-0000-000000000007" in self.site.hub.faces["city"]
        assert {key.split(".")[3] for key in self.site.hub.faces["city"]}.isdisjoint(self.tombs)


Publishing.TestCase.settings = settings(
    max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestPublishing = Publishing.TestCase


def test_record_and_stream_put_back_together_give_no_number_twice() -> None:
    machine = Publishing()
    machine.begin()
    entry = machine.world.share()
    machine.work()
    machine.keep_copies()
    for state in (EntryState.SUSPENDED, EntryState.ACTIVE, EntryState.SUSPENDED):
        machine.world.rows.change(entry, state=state)
        machine.work()
    machine.numbers_never_fall_or_repeat()

    machine.site.hub.put_back(machine.backups[0])
    machine.world.record.rows = machine.dumps[0].rows
    machine.site.start()
    machine.world.rows.change(entry, state=EntryState.REVOKED)
    machine.work()

    machine.numbers_never_fall_or_repeat()


async def test_a_renewed_key_signs_all_of_it_anew_and_no_stream_is_made_anew() -> None:
    site = Site()
    site.world.admit("h00")
    living, erased = site.world.share(), site.world.share()
    await site.settle()
    site.world.end(erased, withdrawn=True)
    await site.settle()

    site.renew_key()
    await site.settle()

    new = public_bytes(site.key)
    for subject, statement in {**site.hub.lists["city"], **site.hub.faces["city"]}.items():
        assert verified(new, subject, statement)
    entries = {e: ListedEntry.decode(site.hub.lists["city"][f"fed.city.entry.{e}"][:-64]) for e in (living, erased)}
    assert [entries[e].state for e in (living, erased)] == [EntryState.ACTIVE, EntryState.ERASED]
    assert site.hub.refills == 0


async def test_a_hospital_whose_keys_were_renewed_is_sealed_to_anew_and_told() -> None:
    site = Site(announced=b"signed")
    site.world.admit("h00")
    entry = site.world.share()
    await site.settle()
    made, facts = X25519PrivateKey.generate(), site.world.rows.facts
    (h00,) = facts.hospitals
    renewed = replace(h00, sealing_key=public_bytes(made), signing_key=b"\1" * 32, former_signing_key=bytes(32))
    site.world.rows.facts = replace(facts, hospitals=(renewed,))
    site.world.rows.holdings[entry, "h00"] = -1

    await site.settle()

    key = ListedKey.decode(site.hub.lists["city"][f"fed.city.key.h00.{entry}"][:-64])
    assert open_travel_key(key.sealed, made, TravelPlace("city", "h00", entry, key.generation))
    head = ListHead.decode(site.hub.lists["city"]["fed.city.head"][:-64])
    assert (head.renewed, head.renewal) == (frozenset({key.sealing_key}), b"signed")


async def test_another_hospital_takes_no_more_of_an_entry_than_its_travel_key() -> None:
    site = Site()
    site.world.admit("h00")
    entries = [site.world.share() for _ in range(3)]
    await site.settle()
    said = {e: site.hub.lists["city"][f"fed.city.entry.{e}"] for e in entries}
    site.world.asked = site.world.key_only = 0
    site.world.admit("h01")
    site.world.rows.change(entries[0])

    await site.settle()

    # Of the one that has changed meanwhile all is said anew.
    assert (site.world.asked, site.world.key_only) == (3, 2)
    assert [e for e in entries if site.hub.lists["city"][f"fed.city.entry.{e}"] != said[e]] == entries[:1]
    for entry in entries:
        statement = ListedEntry.decode(site.hub.lists["city"][f"fed.city.entry.{entry}"][:-64])
        key = ListedKey.decode(site.hub.lists["city"][f"fed.city.key.h01.{entry}"][:-64])
        opened = open_travel_key(key.sealed, site.world.sealing["h01"], TravelPlace("city", "h01", entry, 1))
        assert (statement.sealed, opened) == (b"sealed person", site.world.travel_key(entry, 1))


async def test_a_stop_is_said_before_hundreds_that_wait() -> None:
    site = Site()
    site.world.admit("h00")
    first = site.world.share()
    await site.settle()
    others = [site.world.share() for _ in range(400)]
    site.world.rows.change(first, state=EntryState.SUSPENDED)

    assert await site.round()

    assert _entry(site, first).state is EntryState.SUSPENDED
    assert not any(f"fed.city.entry.{each}" in site.hub.lists["city"] for each in others)
    while await site.round():
        pass
    assert all(_entry(site, each).state is EntryState.ACTIVE for each in others)
    assert site.world.record.most_asked_for < len(others)


def _entry(site: Site, entry: str) -> ListedEntry:
    return ListedEntry.decode(site.hub.lists["city"][f"fed.city.entry.{entry}"][:-64])


async def test_a_repair_says_what_the_stream_lacked_and_makes_it_anew() -> None:
    site = Site()
    site.world.admit("h00")
    first, second, third = (site.world.share() for _ in range(3))
    await site.settle()
    there = site.hub.lists["city"]
    del there[f"fed.city.entry.{first}"], there[f"fed.city.key.h00.{second}"]
    there[f"fed.city.entry.{third}"] = b"another"
    there["fed.city.entry.stray"] = b"nobody said it"
    site.world.rows.facts = replace(site.world.rows.facts, repair_asked=True)

    await site.settle()

    assert site.world.rows.repairs == [(Found(3, 2, 2), True)]
    assert site.hub.refills == 1
    assert {e for e in site.hub.lists["city"] if ".entry." in e} == {
        f"fed.city.entry.{e}" for e in (first, second, third)
    }


async def test_a_hospital_that_is_taken_out_hears_of_it_and_loses_its_key() -> None:
    site = Site()
    for name in ("h00", "h01"):
        site.world.admit(name)
    entry = site.world.share()
    await site.settle()
    before = site.world.rows.shared[entry]

    # The entry itself is as it was: its revision stays.
    site.world.rows.shared[entry] = replace(before, hospitals=frozenset({"h00"}))
    site.world.rows.note(entry)
    await site.settle()

    there = site.hub.lists["city"]
    said = ListedEntry.decode(there[f"fed.city.entry.{entry}"][:-64])
    assert (said.hospitals, said.revision) == (frozenset({"h00"}), before.revision)
    keys = {name: ListedKey.decode(there[f"fed.city.key.{name}.{entry}"][:-64]).sealed for name in ("h00", "h01")}
    assert (bool(keys["h00"]), keys["h01"]) == (True, b"")
