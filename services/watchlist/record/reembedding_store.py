"""Photos without a template of one of two recognisers, in PostgreSQL as role ``wardwatch_import``."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

from proto.wardwatch.v1.sealing import DataKey
from proto.wardwatch.v1.values import Model, Vector, vector_to
from services.watchlist.keys import seals
from services.watchlist.keys.seals import Seals
from services.watchlist.record.database import Connection, Database
from services.watchlist.record.entry_store import locked

Cause = Literal["no_face", "no_template"]

_LOCK: Final = 0x57415244_52454D42  # "WARDREMB"
# A photo may wait for detector and embedder, twenty seconds each; whoever holds the lock and is frozen loses it.
_IDLE_SECONDS: Final = 120
_MISSING: Final = """
SELECT m.photo_id, m.entry_id, m.model_sha256, p.sealed_picture
FROM watchlist.photo_to_embed AS m INNER JOIN watchlist.photo AS p ON p.id = m.photo_id
WHERE m.entry_id = (
    SELECT n.entry_id FROM watchlist.photo_to_embed AS n WHERE n.entry_id <> ALL ($1::uuid [])
    ORDER BY n.state <> 'active', n.entry_id LIMIT 1
)
ORDER BY m.position, m.model_sha256
"""
# What was made meanwhile by somebody else stays, and a roll that ended meanwhile wants nothing more.
_ADD: Final = """
INSERT INTO watchlist.template (photo_id, model_name, model_sha256, sealed_vector)
SELECT m.photo_id, $2, m.model_sha256, $4 FROM watchlist.photo_to_embed AS m
WHERE m.photo_id = $1 AND m.model_sha256 = $3 ON CONFLICT DO NOTHING
"""
_LEAVE_OUT: Final = """
INSERT INTO watchlist.unembedded_photo (photo_id, model_sha256, cause)
SELECT m.photo_id, m.model_sha256, $3 FROM watchlist.photo_to_embed AS m
WHERE m.photo_id = $1 AND m.model_sha256 = $2 ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class MissingTemplate:
    """A photo, its enrolled face as it is sealed, and the recogniser of which it has no template."""

    entry_id: UUID
    photo_id: UUID
    model_sha256: str
    sealed_picture: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A template that was made anew."""

    photo_id: UUID
    model: Model
    vector: Vector = field(repr=False)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A photo of which a recogniser makes nothing, and why."""

    photo_id: UUID
    model_sha256: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class ReembeddingStore:
    """What is missing is what is left to do. Raises StoreAway, and Forbidden."""

    database: Database
    seals: Seals

    @asynccontextmanager
    async def exclusively(self) -> AsyncIterator[bool]:
        """Whether no other replica embeds anew while this is held; False at once when one does."""
        async with self.database.transaction() as connection:
            await connection.execute(f"SET LOCAL idle_in_transaction_session_timeout = '{_IDLE_SECONDS}s'")
            yield bool(await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK))

    async def missing(self, without: Collection[UUID] = ()) -> list[MissingTemplate]:
        """What one entry lacks, an active one if there is any; none of the entries in *without*."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(_MISSING, list(without))
        return [
            MissingTemplate(row["entry_id"], row["photo_id"], row["model_sha256"].hex(), row["sealed_picture"])
            for row in rows
        ]

    async def add(self, entry_id: UUID, key: DataKey, made: Sequence[Made], left_out: Sequence[LeftOut]) -> int:
        """Keep templates, sealed under the entry's *key*, and publish the entry again if it matches.

        Returns how many were still wanted.
        """
        async with self.database.transaction() as connection:
            row = await locked(connection, entry_id)
            if row is None:
                return 0
            for each in left_out:
                await connection.execute(_LEAVE_OUT, each.photo_id, bytes.fromhex(each.model_sha256), each.cause)
            kept = [await self._keep(connection, key, each) for each in made]
            if any(kept) and row["state"] == "active":
                await connection.execute("SELECT watchlist.publish_again($1)", [entry_id])
        return sum(kept)

    async def _keep(self, connection: Connection, key: DataKey, made: Made) -> bool:
        about = seals.vector(made.photo_id, made.model.sha256)
        sealed = self.seals.close(key, vector_to(made.vector), about=about)
        done = await connection.execute(_ADD, made.photo_id, made.model.name, bytes.fromhex(made.model.sha256), sealed)
        return bool(done == "INSERT 0 1")
