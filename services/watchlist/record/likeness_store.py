"""Who resembles whom, in PostgreSQL as role ``wardwatch_import``: sealed vectors to compare, and the decisions."""

from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import EntryView
from services.chassis.errors import Refusal
from services.watchlist.record.database import Connection, Database, Row
from services.watchlist.record.entry_reader import EntryReader
from services.watchlist.record.entry_store import change, check_state
from services.watchlist.rules import likeness
from services.watchlist.rules.holder import Holder
from services.watchlist.rules.likeness import Similarities

Decision = Literal["same_person", "different_people"]

# An entry that was just approved may not have reached every matcher's index yet.
_VECTORS: Final = """
SELECT e.id AS entry_id, coalesce(e.amends, e.id) AS listed_as, p.id AS photo_id, t.sealed_vector
FROM watchlist.entry AS e
INNER JOIN watchlist.photo AS p ON p.entry_id = e.id
INNER JOIN watchlist.template AS t ON t.photo_id = p.id
WHERE t.model_sha256 = $2 AND (
    e.id = $1
    OR e.state IN ('draft', 'pending', 'suspended', 'expired')
    OR (e.state = 'active' AND e.changed_at > now() - interval '10 minutes')
)
"""
_EVERY_VECTOR: Final = """
SELECT e.id AS entry_id, coalesce(e.amends, e.id) AS listed_as, p.id AS photo_id, t.sealed_vector
FROM watchlist.template AS t
INNER JOIN watchlist.photo AS p ON p.id = t.photo_id
INNER JOIN watchlist.entry AS e ON e.id = p.entry_id
WHERE t.model_sha256 = $1
"""
_SAME_NUMBER: Final = """
SELECT other.entry_id FROM identity.number AS own
INNER JOIN identity.number AS other ON other.lookup = own.lookup AND other.entry_id <> own.entry_id
WHERE own.entry_id = $1
"""
# A pair that was decided on from the other side is not asked about again, nor is an amendment about whom its entry was
# decided on, unless a new photo is more alike. Entries of another hospital, which the index
# may hold, are not in this record.
_RECORD: Final = """
INSERT INTO watchlist.likeness (entry_id, other_id, similarity)
SELECT $1, e.id, f.similarity
FROM unnest($2::uuid [], $3::real []) AS f (id, similarity)
INNER JOIN watchlist.entry AS e ON e.id = f.id
WHERE e.id <> $1 AND e.state NOT IN ('revoked', 'erased') AND NOT EXISTS (
    SELECT FROM watchlist.likeness AS r WHERE r.entry_id = e.id AND r.other_id = $1 AND r.decision IS NOT NULL
) AND NOT EXISTS (
    SELECT FROM watchlist.likeness AS r INNER JOIN watchlist.entry AS d ON d.id = $1
    WHERE r.decision IS NOT NULL AND r.similarity >= f.similarity - 0.001
        AND (r.entry_id, r.other_id) IN ((d.amends, e.id), (e.id, d.amends))
)
ON CONFLICT (entry_id, other_id) DO UPDATE SET similarity = excluded.similarity
WHERE likeness.decision IS NULL AND likeness.similarity < excluded.similarity
"""
_DECIDED_BY: Final = """
SELECT decided_by_name FROM watchlist.likeness WHERE entry_id = $1 AND other_id = $2 AND decision IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class SealedVector:
    """A template as the record has it. An amendment's is sealed under its own key, and is its entry's face."""

    entry_id: UUID
    listed_as: UUID
    photo_id: UUID
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LikenessStore:
    """Typed access. All raise Forbidden and StoreAway."""

    database: Database
    reader: EntryReader

    async def vectors(self, entry_id: UUID, model_sha256: str) -> list[SealedVector]:
        """The entry's own templates, and those of all living entries that the index may not hold."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(_VECTORS, entry_id, bytes.fromhex(model_sha256))
        return [SealedVector(row["entry_id"], row["listed_as"], row["photo_id"], row["sealed_vector"]) for row in rows]

    async def every_vector(self, model_sha256: str) -> list[SealedVector]:
        """The templates of all entries, whatever their state."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(_EVERY_VECTOR, bytes.fromhex(model_sha256))
        return [SealedVector(row["entry_id"], row["listed_as"], row["photo_id"], row["sealed_vector"]) for row in rows]

    async def record(self, entry_id: UUID, found: Similarities) -> list[tuple[UUID, float]]:
        """Write down whom a draft resembles; returns those on whom nobody has decided, most similar first.

        An equal identity number is a likeness too, as strong as one can be.
        """
        async with self.database.transaction() as connection:
            numbered = await connection.fetch(_SAME_NUMBER, entry_id)
            await record(connection, entry_id, likeness.merged(found, {row["entry_id"]: 1.0 for row in numbered}))
            rows = await connection.fetch(
                "SELECT other_id, similarity FROM watchlist.likeness WHERE entry_id = $1 AND decision IS NULL"
                " ORDER BY similarity DESC, other_id",
                entry_id,
            )
        return [(row["other_id"], row["similarity"]) for row in rows]

    async def decide(
        self, entry_id: UUID, other_id: UUID, decision: Decision, by: Holder, reason: str
    ) -> EntryView | None:
        """Decide once whether a draft and another entry are one person; if not, both need a higher similarity."""
        async with self.database.transaction() as connection:
            entries = {row["id"]: row for row in await _both(connection, entry_id, other_id)}
            pair = await connection.fetchrow(
                "SELECT * FROM watchlist.likeness WHERE entry_id = $1 AND other_id = $2", entry_id, other_id
            )
            if entry_id not in entries or pair is None:
                return None
            if other_by := await connection.fetchval(_DECIDED_BY, other_id, entry_id):
                raise Refusal(409, refusals.DECIDED_ALREADY.filled(account=other_by))

            # The same request twice by one account, as when the first response was lost, takes effect once.
            if (pair["decision"], pair["decided_by_id"], pair["reason"]) != (decision, by.account_id, reason):
                if pair["decision"] is not None:
                    raise Refusal(409, refusals.DECIDED_ALREADY.filled(account=pair["decided_by_name"]))
                check_state(entries[entry_id], "draft")
                await connection.execute(
                    "UPDATE watchlist.likeness SET decision = $3, decided_by_id = $4, decided_by_name = $5,"
                    " decided_at = now(), reason = $6 WHERE entry_id = $1 AND other_id = $2",
                    entry_id,
                    other_id,
                    decision,
                    by.account_id,
                    by.name,
                    reason,
                )
                needed = likeness.needed(pair["similarity"]) if decision == "different_people" else 0.0
                for each in _to_change(entries, entry_id, needed):
                    also = ", min_similarity = greatest(min_similarity, $5::real)"
                    await change(connection, each, by, reason, also, needed)
            return await self.reader.view(connection, entry_id, by)


async def record(connection: Connection, entry_id: UUID, found: Similarities) -> None:
    """Write down whom an entry resembles, inside the caller's transaction."""
    await connection.execute(_RECORD, entry_id, list(found), list(found.values()))


def _to_change(entries: dict[UUID, Row], entry_id: UUID, needed: float) -> list[UUID]:
    """The draft, whose history tells of the decision, and the other one when it must need more than it does."""
    return [
        each
        for each, row in entries.items()
        if each == entry_id or (row["state"] not in ("revoked", "erased") and row["min_similarity"] < needed)
    ]


async def _both(connection: Connection, one: UUID, other: UUID) -> list[Row]:
    # In the order of their ids, so that two decisions on the same pair never wait for each other.
    return await connection.fetch(
        "SELECT * FROM watchlist.entry WHERE id = ANY($1::uuid []) ORDER BY id FOR UPDATE", [one, other]
    )
