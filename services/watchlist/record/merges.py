"""Two entries of one person made one, and parted again, inside the transactions of ``amendment_store``."""

from collections.abc import Mapping
from typing import Final, Literal
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.values import Vector, vector_from
from services.chassis.errors import Refusal
from services.watchlist.keys import seals
from services.watchlist.keys.seals import Seals
from services.watchlist.record.database import Connection, Row
from services.watchlist.record.entry_store import change
from services.watchlist.rules import likeness
from services.watchlist.rules.holder import Holder

_VECTORS: Final = """
SELECT p.id, t.sealed_vector FROM watchlist.photo AS p INNER JOIN watchlist.template AS t ON t.photo_id = p.id
WHERE p.entry_id = $1 AND t.model_sha256 = $2
"""
_DECIDE: Final = """
INSERT INTO watchlist.likeness (
    entry_id, other_id, similarity, decision, decided_by_id, decided_by_name, decided_at, reason
) VALUES ($1, $2, $3, $4, $5, $6, now(), $7)
"""
_DECIDED: Final = "SELECT * FROM watchlist.likeness WHERE entry_id = $1 AND decision IS NOT NULL"
# Of a pair that was decided on before, by whichever side, the last decision holds.
_DECIDE_AGAIN: Final = """
UPDATE watchlist.likeness SET
    similarity = greatest(similarity, $3), decision = $4, decided_by_id = $5, decided_by_name = $6, decided_at = $7,
    reason = $8
WHERE (entry_id, other_id) IN (($1, $2), ($2, $1))
"""
# Of the same person, as the draft's decisions say; all but the entry itself.
_OTHERS: Final = """
SELECT e.* FROM watchlist.entry AS e
WHERE e.id <> $1 AND e.state IN ('active', 'suspended', 'expired', 'pending') AND e.amends IS NULL AND EXISTS (
    SELECT FROM watchlist.likeness AS l WHERE l.entry_id = $2 AND l.other_id = e.id AND l.decision = 'same_person'
)
ORDER BY e.id FOR UPDATE
"""
_MERGED: Final = """
INSERT INTO watchlist.merge (entry_id, other_id, draft_id, photos, merged_by_id, merged_by_name)
SELECT $1, $2, $3, coalesce(array_agg(p.file_sha256) FILTER (WHERE p.file_sha256 = ANY ($4::bytea [])), '{}'), $5, $6
FROM watchlist.photo AS p WHERE p.entry_id = $2
"""
_CAME: Final = """
SELECT photos FROM watchlist.merge WHERE entry_id = $1 AND other_id = $2 AND undone_at IS NULL
ORDER BY merged_at DESC LIMIT 1
"""
_UNDONE: Final = """
UPDATE watchlist.merge SET undone_by_id = $3, undone_by_name = $4, undone_at = now()
WHERE entry_id = $1 AND other_id = $2 AND undone_at IS NULL
"""


async def check_apart(connection: Connection, entry_id: UUID, other_id: UUID) -> None:
    """Raise Refusal where the two cannot be merged: one entry, or one that other hospitals hold as it stands."""
    if entry_id == other_id:
        raise Refusal(409, refusals.NOT_LIKE_ITSELF.filled())
    if await connection.fetchval("SELECT true FROM federation.received WHERE local_id = $1", other_id):
        raise Refusal(409, refusals.LISTED_ELSEWHERE.filled())
    shared = "SELECT true FROM federation.share WHERE entry_id = $1 AND withdrawn_at IS NULL"
    if await connection.fetchval(shared, other_id):
        raise Refusal(409, refusals.IS_SHARED.filled())


async def similarity(connection: Connection, sealing: Seals, model_sha256: str, one: Row, other: Row) -> float:
    """Highest cosine between a photo of the one entry and a photo of the other. Raises Unreadable."""
    mine = await _vectors(connection, sealing, model_sha256, one["id"])
    return likeness.highest(mine, await _vectors(connection, sealing, model_sha256, other["id"]))


async def decide(
    connection: Connection,
    draft_id: UUID,
    other_id: UUID,
    found: float,
    decision: Literal["same_person", "different_people"],
    by: Holder,
    reason: str,
) -> None:
    """Write the decision on a draft and another entry."""
    await connection.execute(_DECIDE, draft_id, other_id, found, decision, by.account_id, by.name, reason)


async def part(connection: Connection, draft_id: UUID, other_id: UUID, found: float, by: Holder, reason: str) -> None:
    """Write that they are two people: the draft needs from now on what either needs not to be taken for the other."""
    await decide(connection, draft_id, other_id, found, "different_people", by, reason)
    also = ", min_similarity = greatest(min_similarity, $5::real)"
    await change(connection, draft_id, by, reason, also, likeness.needed(found))


async def photos_that_came(connection: Connection, entry_id: UUID, other_id: UUID) -> list[bytes]:
    """Digests of the photos that came with the merge. Raises Refusal where there was none, or it was undone."""
    photos = await connection.fetchval(_CAME, entry_id, other_id)
    if photos is None:
        raise Refusal(409, refusals.NOT_MERGED.filled(entry=entry_id, other=other_id))
    return list(photos)


async def take_over_decisions(connection: Connection, entry_id: UUID, draft_id: UUID) -> None:
    """What was decided of the amendment and others holds of the entry."""
    for row in await connection.fetch(_DECIDED, draft_id):
        decided = (row["decision"], row["decided_by_id"], row["decided_by_name"], row["decided_at"], row["reason"])
        done = await connection.execute(_DECIDE_AGAIN, entry_id, row["other_id"], row["similarity"], *decided)
        if done == "UPDATE 0":
            await connection.execute(
                "INSERT INTO watchlist.likeness (entry_id, other_id, similarity, decision, decided_by_id,"
                " decided_by_name, decided_at, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                entry_id,
                row["other_id"],
                row["similarity"],
                *decided,
            )


async def end_others(
    connection: Connection, entry_id: UUID, draft_id: UUID, came: Mapping[bytes, UUID], by: Holder
) -> None:
    """End the entries that were decided to be the same person, and write down what came from each."""
    for row in await connection.fetch(_OTHERS, entry_id, draft_id):
        await change(connection, row["id"], by, f"merged with entry {entry_id}", ", state = 'revoked'")
        await connection.execute(_MERGED, entry_id, row["id"], draft_id, list(came), by.account_id, by.name)


async def restore(connection: Connection, entry_id: UUID, draft: Row, by: Holder, reason: str) -> None:
    """Let the entry match again that the approved amendment *draft* parts from this one."""
    other_id = draft["restores"]
    also = (
        ", state = 'active', approver_id = $2, approver_name = $3, approved_at = now(),"
        " min_similarity = greatest(min_similarity, $5::real)"
    )
    await connection.execute(_UNDONE, entry_id, other_id, by.account_id, by.name)
    await change(connection, other_id, by, reason, also, draft["min_similarity"])


async def _vectors(connection: Connection, sealing: Seals, model_sha256: str, entry_id: UUID) -> list[Vector]:
    rows = await connection.fetch(_VECTORS, entry_id, bytes.fromhex(model_sha256))
    return [
        vector_from(sealing.open(entry_id, row["sealed_vector"], about=seals.vector(row["id"], model_sha256)))
        for row in rows
    ]
