"""What a publisher believes of a stream that holds more than its record."""

import copy
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proto.wardwatch.v1 import statements, subjects
from proto.wardwatch.v1.listed import ListedEntry, ListedKey
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState
from services.federation.publishing.adopting import SaidBefore, said_before
from tests.unit.federation.towns import Clock, ListHere, Town, Ward, run

OURS, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
PUBLIC = statements.public_bytes(OURS)
ENTRY = "6a1bd206-e65d-5682-9565-47f3b20011e6"
THEN = datetime(2026, 11, 30, tzinfo=UTC)


def entry(number: int = 7) -> bytes:
    return ListedEntry(EntryId(ENTRY), number, 3, EntryState.ACTIVE, THEN, frozenset({"h01"}), 2, b"sealed").encode()


def key(sealed: bytes) -> bytes:
    return ListedKey(EntryId(ENTRY), "h01", 8, 2, statements.SUITE, "its key", sealed).encode()


def held(subject: str, message: bytes, by: Ed25519PrivateKey = OURS) -> dict[str, bytes]:
    return {subject: statements.sign(by, subject, message)}


def test_what_it_has_signed_is_read_with_its_keys() -> None:
    about, of_key = subjects.fed_entry("city", ENTRY), subjects.fed_key("city", "h01", ENTRY)
    found = said_before("city", [PUBLIC], held(about, entry()) | held(of_key, key(b"sealed")))

    kept, public = found.statements[ENTRY]
    assert (kept.number, kept.revision, kept.state, kept.generation) == (7, 3, EntryState.ACTIVE, 2)
    assert (kept.hospitals, public, found.keys) == (frozenset({"h01"}), PUBLIC, {("h01", ENTRY): 2})


def test_a_key_that_was_taken_back_is_none() -> None:
    assert said_before("city", [PUBLIC], held(subjects.fed_key("city", "h01", ENTRY), key(b""))).keys == {
        ("h01", ENTRY): 0
    }


@pytest.mark.parametrize(
    "lying",
    [
        held(subjects.fed_entry("city", ENTRY), entry(), by=OTHER),
        held(subjects.fed_entry("other", ENTRY), entry()),
        held(subjects.fed_head("city"), b"no head"),
        held(subjects.fed_entry("city", ENTRY), b"\xff"),
    ],
)
def test_what_it_has_not_signed_for_this_list_is_left_out(lying: dict[str, bytes]) -> None:
    assert said_before("city", [PUBLIC], lying) == SaidBefore()


def test_whom_a_record_put_back_does_not_know_is_ended_everywhere() -> None:
    clock = Clock()
    town = Town(clock=clock)
    ward = Ward("h01", clock, {"city": ListHere(town, asked=True, joined=True, joined_at=clock.now())})
    town.lets_in("h01", ward.keys)
    before = copy.deepcopy(town.rows)
    listed = town.lists((), clock.now() + timedelta(days=30))
    run(town.settles())
    hear(ward)
    assert ward.matching() == {("city", listed)}

    town.record.rows = before
    town.start()
    run(town.settles())
    hear(ward)

    assert ward.matching() == set()
    assert ward.door("city").compared().agrees is True


def test_what_a_record_put_back_knows_otherwise_is_said_anew() -> None:
    clock = Clock()
    town = Town(clock=clock)
    ward = Ward("h01", clock, {"city": ListHere(town, asked=True, joined=True, joined_at=clock.now())})
    town.lets_in("h01", ward.keys)
    listed = town.lists((), clock.now() + timedelta(days=30))
    run(town.settles())
    town.rows.change(listed, state=EntryState.SUSPENDED)
    run(town.settles())
    before = copy.deepcopy(town.rows)
    town.rows.change(listed, state=EntryState.ACTIVE)
    run(town.settles())
    hear(ward)
    assert ward.matching() == {("city", listed)}

    town.record.rows = before
    town.start()
    run(town.settles())
    hear(ward)

    assert ward.matching() == set()


def hear(ward: Ward) -> None:
    ward.fetches("city")
    ward.hands_on("city")
    ward.looks("city")
