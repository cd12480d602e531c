"""What a door believes: whatever order, whatever a broker delays, drops, repeats, moves or makes up."""

import itertools
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from proto.wardwatch.v1 import statements, subjects
from proto.wardwatch.v1.federation import ReceiveOutcome
from proto.wardwatch.v1.listed import ListedEntry, ListedKey
from proto.wardwatch.v1.statements import DigestLine, TravelPlace
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState, Model
from services.chassis.federation_keys import sealing_key_id
from services.federation.door.core import HeldList, Taken, subject_of_faces
from services.federation.door.ports import Written
from tests.publishers import HOSPITAL, LIST, Person, Publisher, changed

MODEL = Model("sface", "ab" * 32)
VECTOR = np.ones(128, np.float32) / np.sqrt(np.float32(128))
Messages = list[tuple[str, bytes]]


@dataclass
class Hub:
    """A publisher that seals to one hospital, and all that it ever said, in its order."""

    publisher: Publisher = field(default_factory=Publisher)
    sealing: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)
    said: Messages = field(default_factory=list)
    lines: dict[str, DigestLine] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def keys(self) -> dict[str, X25519PrivateKey]:
        return {sealing_key_id(statements.public_bytes(self.sealing)): self.sealing}

    def door(self, written: list[Written] | None = None) -> HeldList:
        held = HeldList(LIST, HOSPITAL, (self.publisher.public,), self.keys)
        held.record_says(written or [])
        return held

    def lists(self, photos: int = 1) -> Person:
        """Somebody new, with key, faces, entry and head."""
        of = self.publisher.lists(*([VECTOR] * photos), model=MODEL)
        self.says(of)
        return of

    def says(self, of: Person) -> None:
        """What a publisher says when an entry changes."""
        is_erased = of.state is EntryState.ERASED
        if not is_erased:
            self.said += self.faces(of)
        self.said.append(self.key(of, destroyed=is_erased))
        statement = self.publisher.says(of)
        self.said.append((subjects.fed_entry(LIST, of.entry_id), statement))
        self.numbers[of.entry_id] = self.publisher.number
        self.lines[of.entry_id] = DigestLine(of.entry_id, of.revision, statements.statement_digest(statement))
        if is_erased:
            del self.lines[of.entry_id]
        self.head()

    def head(self) -> None:
        self.said.append((subjects.fed_head(LIST), self.publisher.head(list(self.lines.values()))))

    def key(self, of: Person, *, destroyed: bool = False) -> tuple[str, bytes]:
        self.publisher.number += 1
        place = TravelPlace(LIST, HOSPITAL, of.entry_id, of.generation)
        to = statements.public_bytes(self.sealing)
        sealed = b"" if destroyed else statements.seal_travel_key(of.travel_key, to, place)
        key = ListedKey(
            EntryId(of.entry_id), HOSPITAL, self.publisher.number, of.generation, statements.SUITE,
            sealing_key_id(to), sealed,
        )  # fmt: skip
        subject = subjects.fed_key(LIST, HOSPITAL, of.entry_id)
        return subject, statements.sign(self.publisher.key, subject, key.encode())

    def faces(self, of: Person) -> Messages:
        found = []
        for face in self.publisher.faces(of):
            subject = subjects.fed_face(LIST, of.entry_id, str(face.photo_id))
            found.append((subject, statements.sign(self.publisher.key, subject, face.encode())))
        return found


def give(held: HeldList, messages: Messages) -> list[Taken]:
    return [held.take(subject, payload) for subject, payload in messages]


def written(held: HeldList, outcome: ReceiveOutcome = ReceiveOutcome.WRITTEN) -> list[tuple[str, int]]:
    """Hand on all that is due, and answer it."""
    handed: list[tuple[str, int]] = []
    while due := held.due(3):
        for entry_id, number, _ in due:
            held.answered(entry_id, number, outcome)
            handed.append((entry_id, number))
    return handed


def test_an_entry_is_handed_on_once_key_and_faces_are_here() -> None:
    hub = Hub()
    of = hub.lists(photos=2)
    orders = itertools.permutations(hub.said)

    for order in itertools.islice(orders, 0, None, 7):
        held = hub.door()
        assert give(held, list(order)) == [Taken.TAKEN] * 5
        ((entry_id, number, request),) = held.due(9)
        assert (entry_id, number, len(request.faces)) == (of.entry_id, hub.numbers[of.entry_id], 2)
        assert request.travel_key == of.travel_key
        assert held.due(9) == []
        assert held.compared().agrees is None
        held.answered(entry_id, number, ReceiveOutcome.WRITTEN)
        assert held.compared().agrees is True


@pytest.mark.parametrize("missing", range(3))
def test_an_entry_stays_locked_while_something_is_missing(missing: int) -> None:
    hub = Hub()
    hub.lists(photos=2)
    held = hub.door()

    give(held, [message for i, message in enumerate(hub.said) if i != missing])

    assert held.due(9) == []
    compared = held.compared()
    assert (compared.locked, compared.missing, compared.waiting, compared.agrees) == (1, 1, 0, True)
    give(held, [hub.said[missing]])
    assert len(held.due(9)) == 1


def test_what_takes_away_waits_for_nothing() -> None:
    hub = Hub()
    of = hub.lists()
    for state in (EntryState.SUSPENDED, EntryState.REVOKED, EntryState.EXPIRED, EntryState.ERASED):
        hub.said.clear()
        hub.says(changed(of, state))
        held = hub.door()
        give(held, [m for m in hub.said if ".entry." in m[0]])
        ((_, _, request),) = held.due(9)
        assert (request.travel_key, request.faces) == (b"", ())


def test_a_key_sealed_to_another_key_or_place_opens_nothing() -> None:
    hub, stranger = Hub(), Hub()
    hub.lists()
    stranger.sealing = X25519PrivateKey.generate()
    held = HeldList(LIST, HOSPITAL, (hub.publisher.public,), stranger.keys)
    give(held, hub.said)

    assert held.due(9) == []
    assert (held.compared().locked, held.compared().missing) == (1, 0)


def test_a_new_generation_waits_for_its_key() -> None:
    hub = Hub()
    of = hub.lists()
    held = hub.door()
    give(held, hub.said)
    written(held)
    hub.said.clear()

    hub.says(replace(of, generation=2))
    give(held, [m for m in hub.said if ".key." not in m[0]])
    assert held.due(9) == []
    give(held, hub.said)

    ((_, _, request),) = held.due(9)
    assert request.travel_key == of.travel_key


@pytest.mark.parametrize("outcome", [ReceiveOutcome.REFUSED, ReceiveOutcome.LOCKED])
def test_what_the_record_does_not_take_is_not_asked_again(outcome: ReceiveOutcome) -> None:
    hub = Hub()
    of = hub.lists()
    held = hub.door()
    give(held, hub.said)

    assert len(written(held, outcome)) == 1
    assert written(held) == []
    compared = held.compared()
    assert compared.locked + compared.refused == 1
    hub.said.clear()
    hub.says(replace(of, revision=2))
    give(held, hub.said)
    assert len(written(held)) == 1


def test_what_nobody_answered_is_due_again() -> None:
    hub = Hub()
    hub.lists()
    held = hub.door()
    give(held, hub.said)

    for _ in range(3):
        ((entry_id, number, _),) = held.due(9)
        held.answered(entry_id, number, None)
    assert len(held.due(9)) == 1


def test_nobody_waits_behind_those_that_nobody_answers() -> None:
    hub = Hub()
    stuck = [hub.lists() for _ in range(5)]
    late = hub.lists()
    hub.says(changed(stuck[4], EntryState.REVOKED))
    held = hub.door()
    give(held, hub.said)

    handed: list[str] = []
    for _ in range(5):
        for entry_id, number, _ in held.due(2):
            handed.append(entry_id)
            held.answered(entry_id, number, None)

    assert handed[0] == stuck[4].entry_id
    assert late.entry_id in handed
    assert set(handed) == {of.entry_id for of in (*stuck, late)}


def test_a_newer_statement_under_way_is_handed_on_after_the_older() -> None:
    hub = Hub()
    of = hub.lists()
    held = hub.door()
    give(held, hub.said)
    ((entry_id, number, _),) = held.due(9)
    hub.said.clear()
    hub.says(changed(of, EntryState.SUSPENDED))
    give(held, hub.said)

    assert held.due(9) == []
    held.answered(entry_id, number, ReceiveOutcome.WRITTEN)
    ((_, later, _),) = held.due(9)
    assert later == hub.numbers[of.entry_id] > number


def test_after_a_restart_only_what_the_record_lacks_is_handed_on() -> None:
    hub = Hub()
    one, two = hub.lists(), hub.lists()
    line = hub.lines[one.entry_id]
    known = Written(one.entry_id, hub.numbers[one.entry_id], 1, EntryState.ACTIVE, line.statement_sha256)
    held = hub.door([known])
    held.begin_behind(1)

    give(held, hub.said)

    assert [entry for entry, _ in written(held)] == [two.entry_id]
    assert held.compared().agrees is True


def test_a_record_that_was_put_back_is_written_again() -> None:
    hub = Hub()
    hub.lists()
    held = hub.door()
    give(held, hub.said)
    written(held)

    held.record_says([])
    give(held, hub.said)

    assert len(written(held)) == 1


def test_the_record_s_later_number_outweighs_the_broker_s_copy() -> None:
    hub = Hub()
    of = hub.lists()
    earlier = list(hub.said)
    hub.says(changed(of, EntryState.REVOKED))
    line = hub.lines[of.entry_id]
    known = Written(of.entry_id, hub.numbers[of.entry_id], 2, EntryState.REVOKED, line.statement_sha256)
    held = hub.door([known])

    give(held, earlier)

    assert held.due(9) == []
    give(held, hub.said[-1:])
    assert held.compared().agrees is True


def test_only_what_its_publisher_signed_for_this_place_is_taken() -> None:
    hub, stranger = Hub(), Hub()
    hub.lists()
    stranger.lists()
    held = hub.door()
    subject, payload = hub.said[2]

    assert give(held, stranger.said) == [Taken.FORGED] * 4
    assert held.take(subject[:-1] + ("0" if subject[-1] != "0" else "1"), payload) is Taken.FORGED
    assert held.take(subject, payload[:-1] + bytes([payload[-1] ^ 1])) is Taken.FORGED
    assert held.take(subject.replace("city", "town"), payload) is Taken.FOREIGN
    assert held.take("fed", b"") is Taken.FOREIGN
    for odd in ("fed.city.other", f"fed.city.key.h08.{subject[-36:]}", "fed.city.entry.x.y"):
        signed = statements.sign(hub.publisher.key, odd, b"")
        assert held.take(odd, signed) is Taken.FOREIGN
    nonsense = statements.sign(hub.publisher.key, subject, b"\xff\xff")
    assert held.take(subject, nonsense) is Taken.FOREIGN
    assert held.compared().entries == 0


def test_an_entry_s_statement_about_another_is_not_taken() -> None:
    hub = Hub()
    one, two = hub.lists(), hub.lists()
    entry = ListedEntry.decode(dict(hub.said)[subjects.fed_entry(LIST, one.entry_id)][:-64])
    for subject in (subjects.fed_entry(LIST, two.entry_id), subjects.fed_face(LIST, one.entry_id, two.entry_id)):
        assert hub.door().take(subject, statements.sign(hub.publisher.key, subject, entry.encode())) is Taken.FOREIGN


def test_an_old_head_is_never_compared() -> None:
    hub = Hub()
    hub.lists()
    first = hub.said[-1]
    hub.lists()
    held = hub.door()

    assert give(held, [hub.said[-1], first]) == [Taken.TAKEN, Taken.OLDER]
    again = hub.door()
    again.begin_behind(hub.publisher.number)
    assert again.take(*hub.said[-1]) is Taken.OLDER
    assert again.head is None


def test_a_head_that_differs_lists_nobody() -> None:
    hub = Hub()
    hub.lists()
    hidden = hub.lists()
    held = hub.door()

    give(held, [m for m in hub.said if hidden.entry_id not in m[0]])
    handed = written(held)

    assert held.compared().agrees is False
    assert hidden.entry_id not in {entry for entry, _ in handed}
    give(held, hub.said)
    written(held)
    assert held.compared().agrees is True


def test_entries_without_a_head_are_never_called_the_same() -> None:
    hub = Hub()
    of = hub.lists()
    held = hub.door()

    give(held, [m for m in hub.said if ".head" not in m[0]])
    handed = written(held)

    assert [entry for entry, _ in handed] == [of.entry_id]  # its publisher has signed it
    assert held.compared().agrees is None


def test_a_head_that_knows_nobody_takes_nobody_away() -> None:
    hub = Hub()
    hub.lists()
    held = hub.door()
    give(held, hub.said)
    written(held)

    hub.lines.clear()
    hub.said.clear()
    hub.head()
    give(held, hub.said)

    assert held.due(9) == []
    assert (held.compared().agrees, held.compared().entries) == (False, 1)


def test_a_key_or_face_of_another_entry_opens_nobody() -> None:
    hub = Hub()
    one, two = hub.lists(), hub.lists()
    said = dict(hub.said)
    moved = subjects.fed_key(LIST, HOSPITAL, one.entry_id)
    key_of_two = said[subjects.fed_key(LIST, HOSPITAL, two.entry_id)]
    held = hub.door()
    give(held, [m for m in hub.said if m[0] != moved])

    assert held.take(moved, key_of_two) is Taken.FORGED
    assert [entry for entry, _, _ in held.due(9)] == [two.entry_id]


def test_pictures_of_an_entry_have_one_subject() -> None:
    assert subject_of_faces("city", "e1") == "fed.city.face.e1.*"


# -- any order, any loss, any repetition, any forgery --

_CHANGES = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from([EntryState.ACTIVE, EntryState.SUSPENDED, EntryState.REVOKED, EntryState.ERASED]),
        st.sampled_from([frozenset[str](), frozenset({HOSPITAL}), frozenset({"h08"})]),
    ),
    max_size=5,
)


def _history(changes: list[tuple[int, EntryState, frozenset[str]]]) -> tuple[Hub, list[Person]]:
    hub = Hub()
    people = [hub.lists() for _ in range(3)]
    for place, state, hospitals in changes:
        if people[place].state is EntryState.ERASED:
            continue
        people[place] = replace(changed(people[place], state), hospitals=hospitals)
        hub.says(people[place])
    return hub, people


@settings(max_examples=40)
@given(_CHANGES, st.data())
def test_a_broker_in_evil_hands_lets_nobody_be_listed(
    changes: list[tuple[int, EntryState, frozenset[str]]], data: st.DataObject
) -> None:
    """However messages come, the record is only ever asked for rising numbers that were signed."""
    hub, people = _history(changes)
    signed = {p for _, p in hub.said}
    impostor = Hub(Publisher(Ed25519PrivateKey.generate(), 100), hub.sealing)
    impostor.says(replace(people[0], revision=99, state=EntryState.ACTIVE))
    pool = [*hub.said, *impostor.said, (hub.said[0][0], hub.said[-1][1])]
    picks = data.draw(st.lists(st.integers(0, len(pool) - 1), max_size=60))
    held, record = hub.door(), dict[str, Written]()
    for pick in picks:
        held.take(*pool[pick])
        if data.draw(st.booleans()):
            _hand_on(held, record, signed, people)
        if data.draw(st.integers(0, 9)) == 0:  # killed, and started anew with the record alone
            held = hub.door(list(record.values()))
    _hand_on(held, record, signed, people)

    for subject, payload in hub.said:  # the line is mended
        held.take(subject, payload)
    _hand_on(held, record, signed, people)
    for of in people:
        assert record[of.entry_id].number == hub.numbers[of.entry_id]
        assert record[of.entry_id].state is of.state


def _hand_on(held: HeldList, record: dict[str, Written], signed: set[bytes], people: list[Person]) -> None:
    while due := held.due(2):
        for entry_id, number, request in due:
            assert request.statement in signed
            entry = ListedEntry.decode(request.statement[:-64])
            before = record.get(entry_id)
            assert before is None or before.number < number == entry.number
            if entry.state is EntryState.ACTIVE and entry.is_for(HOSPITAL):
                (person,) = (p for p in people if p.entry_id == entry_id)
                assert request.travel_key == person.travel_key
            record[entry_id] = Written(
                entry_id, number, entry.revision, entry.state, statements.statement_digest(request.statement)
            )
            held.answered(entry_id, number, ReceiveOutcome.WRITTEN)


@settings(max_examples=40)
@given(_CHANGES, st.data())
def test_the_order_of_arrival_does_not_matter(
    changes: list[tuple[int, EntryState, frozenset[str]]], data: st.DataObject
) -> None:
    hub, people = _history(changes)
    kept = list(dict(hub.said).items())  # as a stream keeps them: the last on each subject
    messages = data.draw(st.permutations(kept))
    held, record = hub.door(), dict[str, Written]()
    for message in messages:
        held.take(*message)
        _hand_on(held, record, {p for _, p in hub.said}, people)

    assert held.compared().agrees is True
    assert {e: w.state for e, w in record.items()} == {of.entry_id: of.state for of in people}
