"""Whom a received entry resembles of those that this hospital listed itself. It is told to people and stops nothing."""

import asyncio
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog

from proto.wardwatch.v1.sealing import NotOpened, unseal
from proto.wardwatch.v1.values import Vector, vector_from
from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.watchlist.keys import seals
from services.watchlist.keys.seals import Keys
from services.watchlist.record import likeness_store
from services.watchlist.record.database import Database, Row
from services.watchlist.record.errors import Forbidden, StoreAway
from services.watchlist.rules import likeness
from services.watchlist.rules.likeness import Similarities

log = structlog.get_logger(__name__)

# A whole list comes within seconds; each round opens what is listed here once.
_AT_ONCE: Final = 500
_EVERY_SECONDS: Final = 5.0
_WAITING: Final = """
SELECT local_id FROM federation.received
WHERE compared_at IS NULL AND local_id IS NOT NULL AND state = 'active' AND in_scope
ORDER BY written_at LIMIT $1 FOR UPDATE SKIP LOCKED
"""
_VECTORS: Final = """
SELECT e.id AS entry_id, p.id AS photo_id, t.sealed_vector, e.id = ANY ($1::uuid []) AS is_received
FROM watchlist.entry AS e
INNER JOIN watchlist.photo AS p ON p.entry_id = e.id
INNER JOIN watchlist.template AS t ON t.photo_id = p.id
WHERE t.model_sha256 = $2 AND (
    e.id = ANY ($1::uuid [])
    OR (e.state NOT IN ('revoked', 'erased') AND NOT EXISTS (
        SELECT FROM federation.received AS r WHERE r.local_id = e.id
    ))
)
"""


@dataclass(frozen=True, slots=True)
class ReceivedLookAlikes:
    """Compares received entries, each once, with those of the hospital's own; whose keys are away are left out."""

    database: Database
    keys: Keys = field(repr=False)
    model_sha256: str

    async def run(self, stop: asyncio.Event) -> None:
        """Compare what has come until *stop*."""
        while not stop.is_set():
            beat()
            try:
                if await self.round():
                    continue
            except (StoreAway, Forbidden) as error:
                log.debug("received entries are compared later", reason=str(error))
            await pause(stop, _EVERY_SECONDS)

    async def round(self) -> int:
        """Compare some that have come; returns how many. Raises StoreAway and Forbidden."""
        async with self.database.transaction() as connection:
            waiting = [row["local_id"] for row in await connection.fetch(_WAITING, _AT_ONCE)]
            if not waiting:
                return 0
            rows = await connection.fetch(_VECTORS, waiting, bytes.fromhex(self.model_sha256))
            for entry_id, alike in (await asyncio.to_thread(self._compared, rows)).items():
                await likeness_store.record(connection, entry_id, alike)
                log.info("received entry resembles others", entry_id=str(entry_id), count=len(alike))
            await connection.execute(
                "UPDATE federation.received SET compared_at = now() WHERE local_id = ANY ($1::uuid [])", waiting
            )
        return len(waiting)

    def _compared(self, rows: list[Row]) -> dict[UUID, Similarities]:
        own: list[tuple[UUID, Vector]] = []
        received: dict[UUID, list[Vector]] = {}
        for row in rows:
            vector = self._vector(row)
            if vector is None:
                continue
            if row["is_received"]:
                received.setdefault(row["entry_id"], []).append(vector)
            else:
                own.append((row["entry_id"], vector))
        found = {entry_id: likeness.alike(vectors, own) for entry_id, vectors in received.items()}
        return {entry_id: alike for entry_id, alike in found.items() if alike}

    def _vector(self, row: Row) -> Vector | None:
        if not self.keys.knows(row["entry_id"]):
            return None
        try:
            key, about = self.keys.key(row["entry_id"]), seals.vector(row["photo_id"], self.model_sha256)
            return vector_from(unseal(key, row["sealed_vector"], about=about))
        except NotOpened:
            return None
