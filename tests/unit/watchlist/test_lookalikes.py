"""Whom an entry resembles: in the index, and among those whose vectors must be opened."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from proto.wardwatch.v1.sealing import DataKey, seal
from proto.wardwatch.v1.values import Vector, vector_to
from services.watchlist.enrolment.lookalikes import LookAlikes
from services.watchlist.keys import seals
from services.watchlist.keys.identity_keys import IdentityKeys
from services.watchlist.keys.seals import Seals, Unreadable
from services.watchlist.record.likeness_store import SealedVector
from services.watchlist.rules.likeness import Similarities
from tests.unit.matcher.builders import MODEL, unit

OWN, ONE, TWO = (UUID(int=n) for n in (1, 2, 3))


@dataclass
class Book:
    """Sealed vectors, the keys for them, and an index with the entries that a test gives it."""

    rows: list[SealedVector] = field(default_factory=list)
    keys: dict[UUID, DataKey] = field(default_factory=dict)
    listed: Similarities = field(default_factory=dict)

    def enrol(self, entry: UUID, vector: Vector, *, about: str | None = None) -> None:
        key, photo = self.keys.setdefault(entry, DataKey(bytes([entry.int]) * 32)), UUID(int=100 + len(self.rows))
        purpose = about or seals.vector(photo, MODEL.sha256)
        self.rows.append(
            SealedVector(entry, entry, photo, seal(key, vector_to(vector), about=purpose, nonce=bytes(12)))
        )

    async def vectors(self, entry_id: UUID, model_sha256: str) -> list[SealedVector]:
        assert model_sha256 == MODEL.sha256
        return self.rows

    async def every_vector(self, model_sha256: str) -> list[SealedVector]:
        return await self.vectors(UUID(int=0), model_sha256)

    async def above(self, vectors: Sequence[Vector], similarity: float) -> list[Similarities]:
        return [{each: cosine for each, cosine in self.listed.items() if cosine >= similarity} for _ in vectors]

    async def make(self, owner: UUID) -> DataKey:
        raise AssertionError("nothing is sealed here")

    def key(self, owner: UUID) -> DataKey:
        return self.keys[owner]

    def knows(self, owner: UUID) -> bool:
        return owner in self.keys


@contextmanager
def looking(book: Book) -> Iterator[LookAlikes]:
    with LookAlikes(book, book, book, MODEL.sha256) as search:
        yield search


async def test_the_index_and_the_record_are_asked_and_the_higher_counts() -> None:
    book = Book(listed={TWO: 0.8, ONE: 0.45})
    book.enrol(OWN, unit(1))
    book.enrol(ONE, unit(1, 1))

    with looking(book) as resembled:
        found = await resembled.of(OWN)

    assert found == {ONE: pytest.approx(0.707, abs=1e-3), TWO: 0.8}


async def test_an_entry_does_not_resemble_itself() -> None:
    book = Book(listed={OWN: 1.0})
    book.enrol(OWN, unit(1))

    with looking(book) as resembled:
        assert await resembled.of(OWN) == {}


async def test_others_that_cannot_be_opened_are_not_compared() -> None:
    book = Book()
    book.enrol(OWN, unit(1))
    book.enrol(ONE, unit(1))
    book.enrol(TWO, unit(1), about="vector/moved here from elsewhere")
    del book.keys[ONE]

    with looking(book) as resembled:
        assert await resembled.of(OWN) == {}


async def test_own_vectors_that_cannot_be_opened_are_an_error() -> None:
    book = Book()
    book.enrol(OWN, unit(1))
    del book.keys[OWN]

    with looking(book) as resembled, pytest.raises(Unreadable):
        await resembled.of(OWN)


# -- what is sealed --


def test_a_sealed_column_opens_only_where_it_was_sealed() -> None:
    book = Book(keys={OWN: DataKey(bytes(32)), ONE: DataKey(bytes(32))})
    own = Seals(book, IdentityKeys(bytes(32), bytes(32)), lambda: bytes(12))
    sealed = own.close(book.key(OWN), b"words", about=seals.label(OWN))

    assert own.text(OWN, sealed, about=seals.label(OWN)) == "words"
    assert own.text(OWN, None, about=seals.note(OWN)) == ""
    for owner, about in ((OWN, seals.note(OWN)), (OWN, seals.label(ONE)), (TWO, seals.label(OWN))):
        with pytest.raises(Unreadable):
            own.text(owner, sealed, about=about)
        assert own.text_or_nothing(owner, sealed, about=about) == ""


def test_an_identity_number_needs_both_secrets() -> None:
    book = Book(keys={OWN: DataKey(bytes(32))})
    own = Seals(book, IdentityKeys(bytes(32), bytes(32)), lambda: bytes(12))
    other = Seals(book, IdentityKeys(b"x" * 32, bytes(32)), lambda: bytes(12))
    sealed = own.close_number(book.key(OWN), OWN, "G1234")

    assert own.open_number(OWN, sealed) == "G1234"
    with pytest.raises(Unreadable):
        other.open_number(OWN, sealed)
    with pytest.raises(Unreadable):
        own.text(OWN, sealed, about=seals.number(OWN))


async def test_a_face_that_is_no_entrys_is_compared_with_the_record_alone() -> None:
    book = Book(listed={TWO: 0.9})
    book.enrol(ONE, unit(1))
    book.enrol(TWO, unit(0, 1))
    book.enrol(OWN, unit(0, 0, 1), about="something else")

    with looking(book) as resembled:
        assert await resembled.by(unit(1)) == [ONE]
        assert await resembled.by(unit(0, 0, 1)) == []
