"""Two publishers, three hospitals, and whatever may happen between: who is looked for where, by every decision made.

Brokers lose, repeat, reorder and forge; lines are cut; streams, copies and records are put back from backups; entries
end in every way. What must hold: nobody matches whom two people at a publisher have not listed for a hospital that two
people there have joined; and whose end a hospital was told never matches there again.
"""

import copy
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from proto.wardwatch.v1 import statements
from proto.wardwatch.v1.federation import ReceiveRequest
from proto.wardwatch.v1.listed import ListedEntry, ListedFace, ListedKey, ListHead
from proto.wardwatch.v1.sealing import NotOpened
from proto.wardwatch.v1.statements import SIGNATURE_BYTES, TravelPlace
from proto.wardwatch.v1.values import EntryState
from services.chassis.federation_keys import FederationKeys
from tests.unit.federation.hubs import FakeHub
from tests.unit.federation.records import FakeRecord
from tests.unit.federation.towns import Clock, ListHere, Town, Ward, records, run

pytestmark = pytest.mark.timeout(180)
LISTS, WARDS = ("city", "county"), ("h00", "h01", "h02")
OF = st.sampled_from(LISTS)
AT = st.sampled_from(WARDS)
DAY = 86_400.0


class Lists(RuleBasedStateMachine):
    """See above. ``put_back``: lists whose record was put back; what it forgot it cannot say."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.towns = {name: Town(list_=name, clock=self.clock) for name in LISTS}
        self.wards = {
            name: Ward(name, self.clock, {list_: ListHere(self.towns[list_]) for list_ in LISTS}) for name in WARDS
        }
        self.scopes: dict[tuple[str, str], frozenset[str]] = {}  # of everybody two people ever listed
        self.told: set[tuple[str, str, str]] = set()  # hospital, list, entry: its end was written down there
        self.heard: dict[tuple[str, str, str], tuple[int, int]] = {}  # by the same: highest number and revision there
        self.signed: dict[str, set[bytes]] = {name: set() for name in LISTS}
        self.numbers: dict[str, dict[int, bytes]] = {name: {} for name in LISTS}
        self.looked: dict[str, int] = dict.fromkeys(LISTS, 0)
        self.put_back: set[str] = set()
        self.forgotten: set[str] = set()  # ended entries that only hospitals know, as record and stream were put back
        self.dumps: list[dict[str, FakeRecord]] = []
        self.hubs: list[dict[str, FakeHub]] = []
        self.ward_dumps: list[tuple[str, dict[str, ListHere]]] = []
        self.copies: list[tuple[str, dict[str, dict[str, bytes]]]] = []

    @initialize()
    def begin(self) -> None:
        for list_ in LISTS:
            for name in ("h00", "h01"):
                self.join(list_, name)
                self.admit(list_, name)

    def living(self, list_: str) -> list[str]:
        town = self.towns[list_]
        return [e for e, s in town.rows.shared.items() if e not in town.ended and not s.withdrawn]

    # -- what people do at a publisher's

    @rule(list_=OF, hospitals=st.sets(AT, max_size=2), days=st.sampled_from([1, 20, 90, 90]))
    def share(self, list_: str, hospitals: set[str], days: int) -> None:
        until = self.clock.now() + timedelta(days=days)
        entry = self.towns[list_].lists(hospitals, until)
        self.scopes[list_, entry] = frozenset(hospitals)

    @precondition(lambda self: any(self.living(each) for each in LISTS))
    @rule(data=st.data(), what=st.sampled_from(["suspend", "resume", "renew", "revoke", "erase", "withdraw"]))
    def change(self, data: st.DataObject, what: str) -> None:
        list_ = data.draw(st.sampled_from([each for each in LISTS if self.living(each)]))
        town, entry = self.towns[list_], data.draw(st.sampled_from(self.living(list_)))
        state, is_over = town.rows.shared[entry].state, town.rows.shared[entry].expires_at <= self.clock.now()
        match what, state:
            case "suspend", EntryState.ACTIVE:
                town.rows.change(entry, state=EntryState.SUSPENDED)
            case "resume", EntryState.SUSPENDED if not is_over:
                town.rows.change(entry, state=EntryState.ACTIVE)
            case "renew", EntryState.ACTIVE | EntryState.EXPIRED:
                until = self.clock.now() + timedelta(days=50)
                town.rows.change(entry, state=EntryState.ACTIVE, expires_at=until)
            case "revoke", EntryState.ACTIVE | EntryState.SUSPENDED:
                town.rows.change(entry, state=EntryState.REVOKED)
            case "erase" | "withdraw", _:
                town.end(entry, withdrawn=what == "withdraw")
            case _:
                pass

    @rule(list_=OF, name=AT)
    def admit(self, list_: str, name: str) -> None:
        town = self.towns[list_]
        if name not in {each.name for each in town.rows.facts.hospitals}:
            town.lets_in(name, self.wards[name].keys)

    @rule(list_=OF, name=AT)
    def put_out(self, list_: str, name: str) -> None:
        town = self.towns[list_]
        if name in town.rows.facts.admitted and len(town.rows.facts.admitted) > 1:
            town.remove(name)

    # -- what people do at a hospital

    @rule(list_=OF, name=AT)
    def ask_to_join_alone(self, list_: str, name: str) -> None:
        self.wards[name].lists[list_].asked = True

    @rule(list_=OF, name=AT)
    def join(self, list_: str, name: str) -> None:
        here = self.wards[name].lists[list_]
        if not here.joined:
            here.asked = here.joined = True
            here.joined_at = self.clock.now()

    @rule(list_=OF, name=AT)
    def leave(self, list_: str, name: str) -> None:
        if self.wards[name].lists[list_].joined and name == "h02":
            self.wards[name].leaves(list_)

    @precondition(lambda self: any(ward.matching() for ward in self.wards.values()))
    @rule(data=st.data())
    def suspend_here(self, data: st.DataObject) -> None:
        ward = data.draw(st.sampled_from([each for each in self.wards.values() if each.matching()]))
        list_, entry = data.draw(st.sampled_from(sorted(ward.matching())))
        row = ward.lists[list_].rows[entry]
        row.standing, row.stopped = "suspended", True

    @rule(data=st.data(), name=AT)
    def resume_here(self, data: st.DataObject, name: str) -> None:
        lists = self.wards[name].lists
        stopped = [(each, e) for each, here in lists.items() for e, row in here.rows.items() if row.stopped]
        if stopped:
            list_, entry = data.draw(st.sampled_from(sorted(stopped)))
            lists[list_].rows[entry].stopped = False
            self.wards[name].settles(list_)

    @rule(list_=OF, name=AT, suspended=st.booleans())
    def suspend_list(self, list_: str, name: str, *, suspended: bool) -> None:
        here = self.wards[name].lists[list_]
        if here.joined and not here.left:
            here.suspended = suspended
            self.wards[name].settles(list_)

    # -- what programs and lines do

    @rule(list_=OF)
    def publish(self, list_: str) -> None:
        run(self.towns[list_].works())

    @rule(list_=OF)
    def all_is_said_and_heard(self, list_: str) -> None:
        run(self.towns[list_].settles())
        for name, ward in self.wards.items():
            if list_ not in ward.cut and self.is_let_in(list_, name):
                self.mend(list_, ward)

    @rule(list_=OF, name=AT, count=st.integers(1, 12), lost=st.sampled_from([False, False, True]))
    def deliver(self, list_: str, name: str, count: int, *, lost: bool) -> None:
        ward = self.wards[name]
        if list_ not in ward.cut and self.is_let_in(list_, name):
            ward.delivers(list_, count, lost=lost)
            ward.hands_on(list_)
            ward.looks(list_)

    @rule(list_=OF, name=AT)
    def fetch_again(self, list_: str, name: str) -> None:
        if list_ not in self.wards[name].cut and self.is_let_in(list_, name):
            self.wards[name].fetches(list_)
            self.wards[name].hands_on(list_)

    @rule(list_=OF, name=AT, cut=st.sampled_from([True, False, False]))
    def cut_or_mend(self, list_: str, name: str, *, cut: bool) -> None:
        (self.wards[name].cut.add if cut else self.wards[name].cut.discard)(list_)

    @rule(days=st.sampled_from([0.01, 0.02, 2, 31]))
    def let_time_pass(self, days: float) -> None:
        self.clock.seconds += days * DAY
        for town in self.towns.values():
            town.expires()
        for ward in self.wards.values():
            for list_ in LISTS:
                ward.looks(list_)

    @rule(name=AT)
    def restart(self, name: str) -> None:
        self.wards[name].restarts()

    # -- backups

    @rule()
    def keep_backups(self) -> None:
        self.dumps.append(records(*self.towns.values()))
        self.hubs.append({name: town.hub.backup() for name, town in self.towns.items()})

    @rule(name=AT)
    def keep_backups_of_a_hospital(self, name: str) -> None:
        self.ward_dumps.append((name, self.wards[name].backup()))
        self.copies.append((name, copy.deepcopy(self.wards[name].copies)))

    @precondition(lambda self: self.dumps)
    @rule(data=st.data(), list_=OF, record=st.booleans(), hub=st.booleans())
    def put_a_publisher_back(self, data: st.DataObject, list_: str, *, record: bool, hub: bool) -> None:
        place, town = data.draw(st.integers(0, len(self.dumps) - 1)), self.towns[list_]
        self.clock.seconds += 60.0
        if record:
            facts = town.rows.facts
            town.record.rows = copy.deepcopy(self.dumps[place][list_].rows)
            # Who was admitted or put out since is so still: people do it again, and the broker's rights say so.
            town.rows.facts = replace(town.rows.facts, hospitals=facts.hospitals, generation=facts.generation)
            town.ends_again()
            town.expires()
            self.put_back.add(list_)
        if hub:
            town.hub.put_back(self.hubs[place][list_])
        on_stream = {subject.split(".")[3] for subject in town.hub.lists.get(list_, {}) if ".entry." in subject}
        self.forgotten |= town.ended - town.rows.shared.keys() - town.rows.statements.keys() - on_stream
        town.start()

    @precondition(lambda self: self.ward_dumps)
    @rule(data=st.data())
    def put_a_hospital_s_record_back(self, data: st.DataObject) -> None:
        name, dump = data.draw(st.sampled_from(self.ward_dumps))
        self.wards[name].put_back(dump)
        # What was written since is not known there any more; who was erased has no data key.
        self.told = {each for each in self.told if each[0] != name}
        self.heard = {each: what for each, what in self.heard.items() if each[0] != name}

    @precondition(lambda self: self.copies)
    @rule(data=st.data())
    def put_a_copy_back(self, data: st.DataObject) -> None:
        name, copies = data.draw(st.sampled_from(self.copies))
        self.wards[name].copies = copy.deepcopy(copies)
        self.wards[name].restarts()

    # -- evil hands

    @rule(data=st.data(), list_=OF, name=AT, moved=st.booleans())
    def a_broker_repeats_moves_and_forges(self, data: st.DataObject, list_: str, name: str, *, moved: bool) -> None:
        pool = [each for town in self.towns.values() for each in town.hub.history]
        if not pool:
            return
        subject, payload = data.draw(st.sampled_from(pool))
        if moved:
            subject = data.draw(st.sampled_from(pool))[0]
        self.wards[name].takes(list_, subject, payload)
        ward = self.wards[name]
        key = data.draw(st.sampled_from([ward.keys.signing, Ed25519PrivateKey.from_private_bytes(bytes(32))]))
        forged = statements.sign(key, subject, payload[:-SIGNATURE_BYTES])
        ward.takes(list_, subject, forged)
        ward.hands_on(list_)

    @rule(data=st.data(), list_=OF, name=AT)
    def a_federation_service_hands_over_anything(self, data: st.DataObject, list_: str, name: str) -> None:
        history = self.towns[list_].hub.history
        said = [payload for subject, payload in history if subject.startswith(f"fed.{list_}.entry.")]
        if not said:
            return
        statement = data.draw(st.sampled_from(said))
        entry = ListedEntry.decode(statement[:-SIGNATURE_BYTES])
        ward = self.wards[name]
        keys, faces = self.ever_sent(list_, entry.entry_id, name, ward.keys)
        for key in keys or [b""]:
            ward.receives(ReceiveRequest(list_, statement, key, faces))

    def ever_sent(
        self, list_: str, entry_id: str, name: str, keys: FederationKeys
    ) -> tuple[list[bytes], tuple[ListedFace, ...]]:
        """Every travel key of an entry that a hospital can open, and its faces, from all that was ever said."""
        opened, faces = list[bytes](), list[ListedFace]()
        for subject, payload in self.towns[list_].hub.history:
            message = payload[:-SIGNATURE_BYTES]
            if subject == f"fed.{list_}.key.{name}.{entry_id}" and (key := ListedKey.decode(message)).sealed:
                place = TravelPlace(list_, name, entry_id, key.generation)
                try:
                    opened.append(statements.open_travel_key(key.sealed, keys.sealing[keys.current], place))
                except NotOpened as error:
                    raise AssertionError("what is sealed to a hospital opens there") from error
            if subject.startswith(f"fed.{list_}.face.{entry_id}."):
                faces.append(ListedFace.decode(message))
        return opened, tuple(faces)

    def is_let_in(self, list_: str, name: str) -> bool:
        """Whether its link is open: two people admitted it, and nobody has put it out."""
        return name in self.towns[list_].rows.facts.admitted

    # -- what must hold

    @invariant()
    def no_number_says_two_things(self) -> None:
        for list_, town in self.towns.items():
            for subject, statement in town.hub.history[self.looked[list_] :]:
                self.signed[list_].add(statements.statement_digest(statement))
                kind, message = subject.split(".")[2], statement[:-SIGNATURE_BYTES]
                if kind != "face":
                    assert self.numbers[list_].setdefault(number_of(kind, message), statement) == statement
                if kind == "key" and (key := ListedKey.decode(message)).sealed:
                    scope = self.scopes[list_, key.entry_id]
                    assert not scope or key.hospital in scope, "who is out of scope has a key"
            self.looked[list_] = len(town.hub.history)

    @invariant()
    def nobody_matches_who_should_not(self) -> None:
        for name, ward in self.wards.items():
            for list_, here in ward.lists.items():
                for entry, row in here.rows.items():
                    assert here.joined, "a list that one person asked for has entries"
                    assert row.sha256 in self.signed[list_], "somebody else than its publisher has listed"
                    place = (name, list_, entry)
                    number, revision = self.heard.get(place, (0, 0))
                    assert row.number >= number, "what was believed goes back"
                    assert row.standing != "active" or row.revision >= revision, "a record put back lists somebody"
                    self.heard[place] = row.number, max(revision, row.revision)
                    if row.state is EntryState.ERASED:
                        self.told.add(place)
            for list_, entry in ward.matching():
                here, scope = ward.lists[list_], self.scopes[list_, entry]
                row = here.rows[entry]
                assert not scope or name in scope, "out of scope"
                assert here.runs, "its list does not run"
                assert row.state is EntryState.ACTIVE, "its publisher has stopped it"
                assert not row.stopped, "it was suspended here"
                assert row.until > self.clock.now(), "its time is over"
                assert (name, list_, entry) not in self.told, "its end was told"

    def teardown(self) -> None:
        for list_, town in self.towns.items():
            town.ends_again()
            town.expires()
            run(town.settles())
            self.no_number_says_two_things()
            for name, ward in self.wards.items():
                if self.is_let_in(list_, name):
                    ward.cut.discard(list_)
                    self.mend(list_, ward)
                    self.check_quiet(list_, ward)
            self.check_newcomer(list_)
        self.nobody_matches_who_should_not()

    def check_newcomer(self, list_: str) -> None:
        """Who joins now has from the stream alone what the record says."""
        town = self.towns[list_]
        ward = Ward("h09", self.clock, {list_: ListHere(town, joined=True, joined_at=self.clock.now())})
        town.lets_in("h09", ward.keys)
        run(town.settles())
        self.no_number_says_two_things()
        self.mend(list_, ward)
        self.check_quiet(list_, ward)

    def mend(self, list_: str, ward: Ward) -> None:
        """The line is whole, and all that differs was fetched again."""
        ward.restarts()
        for _ in range(2):
            ward.fetches(list_)
            ward.hands_on(list_)
            ward.looks(list_)

    def check_quiet(self, list_: str, ward: Ward) -> None:
        """Everything was said and heard: who matches is who should."""
        here, town, now = ward.lists[list_], self.towns[list_], self.clock.now()
        matching = {entry for of, entry in ward.matching() if of == list_}
        assert not matching & town.ended - self.forgotten, "an erased entry matches"
        if not here.joined or here.left or not here.runs:
            assert not matching
            return
        if list_ in self.put_back:
            return
        wanted = {
            entry
            for entry, shared in town.rows.shared.items()
            if entry not in town.ended
            and shared.state is EntryState.ACTIVE
            and shared.expires_at > now
            and (not shared.hospitals or ward.name in shared.hospitals)
        }
        stopped = {entry for entry, row in here.rows.items() if row.stopped}
        # Its time was over while its list did not run here, so it was never approved: a renewal comes too late.
        late = {entry for entry, row in here.rows.items() if row.standing == "revoked"}
        assert matching == wanted - stopped - late
        compared = ward.door(list_).compared()
        assert (compared.agrees, compared.locked, compared.waiting) == (True, 0, 0)
        assert compared.refused <= len(late)


def number_of(kind: str, message: bytes) -> int:
    """Of an entry, a key or a head."""
    match kind:
        case "entry":
            return ListedEntry.decode(message).number
        case "key":
            return ListedKey.decode(message).number
        case _:
            return ListHead.decode(message).number


Lists.TestCase.settings = settings(
    max_examples=12, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLists = Lists.TestCase
