"""The watchlist's record as the desk would write it, in plain SQL: faces are drawn, and vectors are really sealed."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

import asyncpg
import numpy as np

from proto.wardwatch.v1.sealing import KEY_BYTES, NONCE_BYTES, DataKey, WrappingKeys, seal
from proto.wardwatch.v1.values import Model, Vector, vector_to
from services.chassis.telemetry import Meters
from services.watchlist.keys.key_stream import KeyStream
from services.watchlist.keys.keyring import Keyring
from tests.fakes import FakeBus, quiet_repairs
from tests.servers import Database

AUTHOR, APPROVER = UUID(int=1), UUID(int=2)
MODEL = Model("drawn", "ab" * 32)
DIMENSION = 16
SECRETS = WrappingKeys("k1", {"k1": bytes(KEY_BYTES)})
_AT_ONCE = 100


class Makes(Protocol):
    """Makes data keys."""

    async def make(self, owner: UUID) -> DataKey: ...


def keyring(bus: FakeBus | None = None) -> Keyring:
    """A keyring over a stream in memory that has been read to its end."""
    keyring = Keyring(
        KeyStream(bus or FakeBus(), random=secrets.token_bytes),
        lambda: SECRETS,
        Meters(),
        random=secrets.token_bytes,
        repairs=quiet_repairs(),
    )
    keyring.caught_up.set()
    return keyring


def vector(person: int) -> Vector:
    """The vector of every photo of *person*."""
    drawn = np.random.default_rng(person).standard_normal(DIMENSION).astype(np.float32)
    unit: Vector = drawn / np.linalg.norm(drawn)
    return unit


@dataclass
class Record:
    """One connection as role ``wardwatch_import``. Persons are numbered in the order of their drafts, from 1."""

    connection: "asyncpg.Connection[asyncpg.Record]"
    keys: Makes
    persons: int = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, database: Database, keys: Makes) -> AsyncIterator["Record"]:
        connection = await asyncpg.connect(database.importer)
        try:
            yield cls(connection, keys)
        finally:
            await connection.close()

    async def drafts(
        self,
        count: int,
        *,
        photos: int = 1,
        sites: Sequence[str] = (),
        expires_at: datetime | None = None,
    ) -> list[UUID]:
        """*count* drafts with *photos* photos each."""
        entries = [uuid4() for _ in range(count)]
        until = expires_at or datetime.now(UTC) + timedelta(days=30)
        async with self.connection.transaction():
            await self.connection.executemany(
                "INSERT INTO watchlist.entry (id, sealed_label, category, basis, evidence, instruction, scope, sites,"
                " expires_at, author_id, author_name, changed_by_id, changed_by_name)"
                " VALUES ($1, $2, 'violence', 'decision 17', 'file 3', 'call 8811', $3, $4, $5, $6, 'li', $6, 'li')",
                [(e, bytes(40), "sites" if sites else "network", list(sites), until, AUTHOR) for e in entries],
            )
            for start in range(0, count, _AT_ONCE):
                await self._photos(entries[start : start + _AT_ONCE], photos)
        return entries

    async def submit(self, *entries: UUID) -> None:
        """Put drafts forward."""
        await self._set(entries, "pending", AUTHOR, put_forward=True)

    async def approve(self, *entries: UUID) -> None:
        """Let pending entries match."""
        await self.connection.execute(
            "UPDATE watchlist.entry SET state = 'active', revision = revision + 1, approver_id = $2,"
            " approver_name = 'ana', approved_at = now(), changed_by_id = $2, changed_by_name = 'ana',"
            " changed_at = now(), reason = '' WHERE id = ANY($1)",
            list(entries),
            APPROVER,
        )

    async def active(self, *, photos: int = 1, sites: Sequence[str] = (), expires_at: datetime | None = None) -> UUID:
        """An entry that matches."""
        (entry,) = await self.drafts(1, photos=photos, sites=sites, expires_at=expires_at)
        await self.submit(entry)
        await self.approve(entry)
        return entry

    async def suspend(self, *entries: UUID) -> None:
        await self._set(entries, "suspended", APPROVER, reason="to be looked at")

    async def resume(self, *entries: UUID) -> None:
        await self._set(entries, "active", APPROVER, reason="looked at")

    async def revoke(self, *entries: UUID) -> None:
        await self._set(entries, "revoked", APPROVER, reason="charges dropped")

    async def erase(self, *entries: UUID) -> None:
        """Erase revoked or expired entries, or drafts."""
        async with self.connection.transaction():
            await self._set(entries, "erased", APPROVER, reason="asked for")
            await self.connection.executemany(
                "INSERT INTO watchlist.erasure (entry_id, erased_by_id, erased_by_name, reason)"
                " VALUES ($1, $2, 'ana', 'asked for')",
                [(entry, APPROVER) for entry in entries],
            )

    async def suspend_photo(self, entry: UUID, position: int) -> None:
        """What two alerts that were judged wrong do to a photo; the entry's next revision says so."""
        async with self.connection.transaction():
            await self.connection.execute(
                "UPDATE watchlist.photo SET suspended_at = now(), suspended_reason = 'false alerts'"
                " WHERE entry_id = $1 AND position = $2",
                entry,
                position,
            )
            await self._set([entry], "active", APPROVER, reason="a photo was suspended")

    async def _set(
        self, entries: Sequence[UUID], state: str, by: UUID, *, reason: str = "", put_forward: bool = False
    ) -> None:
        name = "li" if by == AUTHOR else "ana"
        await self.connection.execute(
            "UPDATE watchlist.entry SET state = $2, revision = revision + 1, changed_by_id = $3, changed_by_name = $4,"
            " changed_at = now(), reason = $5, put_forward_by_id = CASE WHEN $6 THEN $3 ELSE put_forward_by_id END,"
            " put_forward_by_name = CASE WHEN $6 THEN $4 ELSE put_forward_by_name END WHERE id = ANY($1)",
            list(entries),
            state,
            by,
            name,
            reason,
            put_forward,
        )

    async def _photos(self, entries: Sequence[UUID], count: int) -> None:
        """*count* photos of each of *entries*, who are all another person."""
        persons = {entry: self.persons + n for n, entry in enumerate(entries, start=1)}
        self.persons += len(entries)
        keys = dict(zip(entries, await asyncio.gather(*map(self.keys.make, entries)), strict=True))
        photos = [(uuid4(), entry, n) for entry in entries for n in range(count)]
        await self.connection.executemany(
            "INSERT INTO watchlist.photo (id, entry_id, position, sealed_name, file_sha256, source, sealed_picture,"
            " face_px, eye_distance_px, sharpness, yaw_degrees, roll_degrees, exposure)"
            " VALUES ($1, $2, $3, $4, $5, 'report', $4, 120, 50, 300, 0, 0, 120)",
            [(photo, entry, n, bytes(40), secrets.token_bytes(32)) for photo, entry, n in photos],
        )
        await self.connection.executemany(
            "INSERT INTO watchlist.template (photo_id, model_name, model_sha256, sealed_vector)"
            " VALUES ($1, $2, $3, $4)",
            [
                (photo, MODEL.name, bytes.fromhex(MODEL.sha256), _sealed(photo, persons[entry], keys[entry]))
                for photo, entry, _ in photos
            ],
        )
        # Compared, as the desk does it: they show one person.
        await self.connection.execute(
            "UPDATE watchlist.photo SET person = 0 WHERE entry_id = ANY ($1::uuid [])", list(entries)
        )


def _sealed(photo: UUID, person: int, key: DataKey) -> bytes:
    about = f"vector/{photo}/{MODEL.sha256}"
    return seal(key, vector_to(vector(person)), about=about, nonce=secrets.token_bytes(NONCE_BYTES))
