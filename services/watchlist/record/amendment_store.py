"""Amendments in PostgreSQL as role ``wardwatch_import``: drafts of what an entry will be, taken in by their approval.

An entry is locked before its amendment, always in this order.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import EntryView
from proto.wardwatch.v1.sealing import DataKey
from services.chassis.errors import Refusal
from services.watchlist.keys import seals
from services.watchlist.record import merges, photo_moves
from services.watchlist.record.database import Connection, Database, Row
from services.watchlist.record.entry_reader import EntryReader
from services.watchlist.record.entry_store import check_seen, check_state, locked
from services.watchlist.record.erasure_store import erase_amendment, erase_row
from services.watchlist.record.same_face import SameFace
from services.watchlist.rules.entry_rules import MOST_PHOTOS
from services.watchlist.rules.holder import Holder

_OPEN: Final = """
SELECT author_name FROM watchlist.entry WHERE amends = $1 AND state IN ('draft', 'pending')
"""
_BEGIN: Final = """
INSERT INTO watchlist.entry (
    id, amends, restores, sealed_label, sealed_note, category, basis, evidence, instruction, scope, site_group, sites,
    min_similarity, expires_at, author_id, author_name, changed_by_id, changed_by_name, reason
)
SELECT $1, id, $3, $4, $5, category, basis, evidence, instruction, scope, site_group, sites, min_similarity, expires_at,
    $6, $7, $6, $7, $8
FROM watchlist.entry WHERE id = $2
"""
_PHOTOS: Final = "SELECT * FROM watchlist.photo WHERE entry_id = $1 ORDER BY position"
# Why it was begun: the reason of its first revision.
_PURPOSE: Final = "SELECT reason FROM watchlist.change WHERE entry_id = $1 AND revision = 1"
_TAKE: Final = """
UPDATE watchlist.entry AS e SET
    revision = e.revision + 1, changed_at = now(), changed_by_id = $2, changed_by_name = $3, reason = $4,
    sealed_label = $5, sealed_note = $6, category = d.category, basis = d.basis, evidence = d.evidence,
    instruction = d.instruction, scope = d.scope, site_group = d.site_group, sites = d.sites,
    min_similarity = greatest(e.min_similarity, d.min_similarity), expires_at = least(e.expires_at, d.expires_at),
    stands_from = CASE WHEN e.category = d.category THEN e.stands_from ELSE now() END,
    author_id = d.author_id, author_name = d.author_name, put_forward_by_id = d.put_forward_by_id,
    put_forward_by_name = d.put_forward_by_name, approver_id = $2, approver_name = $3, approved_at = now()
FROM watchlist.entry AS d WHERE e.id = $1 AND d.id = $7
"""


@dataclass(frozen=True, slots=True)
class AmendmentStore:
    """Typed access. All raise Forbidden, Refusal, Unreadable and StoreAway; None when there is no such entry."""

    database: Database
    reader: EntryReader
    faces: SameFace

    async def check(self, draft_id: UUID, entry_id: UUID) -> None:
        """Raise Refusal where the entry cannot be amended now, before a key is made; None is said of no entry."""
        async with self.database.transaction() as connection:
            row = await connection.fetchrow("SELECT * FROM watchlist.entry WHERE id = $1", entry_id)
            if row is not None and not await self._is_begun(connection, draft_id):
                await _check(connection, row)

    async def begin(self, draft_id: UUID, entry_id: UUID, key: DataKey, by: Holder, reason: str) -> EntryView | None:
        """Begin to amend an entry: a draft that says what it says and has its photos, sealed under *key*."""
        async with self.database.transaction() as connection:
            row = await locked(connection, entry_id)
            if row is None:
                return None

            if not await self._is_begun(connection, draft_id):
                await self.begun(connection, draft_id, row, key, by, reason)
            return await self.reader.view(connection, draft_id, by)

    async def begin_merge(
        self, draft_id: UUID, entry_id: UUID, other_id: UUID, key: DataKey, by: Holder, reason: str
    ) -> EntryView | None:
        """Begin to merge *other_id* into an entry: an amendment with the photos of both, which ends the other."""
        async with self.database.transaction() as connection:
            row, other = await locked(connection, entry_id), await locked(connection, other_id)
            if row is None or other is None:
                return None

            if not await self._is_begun(connection, draft_id):
                check_state(other, "active", "suspended", "expired")
                await merges.check_apart(connection, entry_id, other_id)
                await self.begun(connection, draft_id, row, key, by, reason)
                await self._take_photos(connection, draft_id, other_id, key)
                similarity = await merges.similarity(connection, self.reader.seals, self.faces.model_sha256, row, other)
                await merges.decide(connection, draft_id, other_id, similarity, "same_person", by, reason)
                await self.faces.persons(connection, draft_id, key)
            return await self.reader.view(connection, draft_id, by)

    async def begin_parting(
        self, draft_id: UUID, entry_id: UUID, other_id: UUID, key: DataKey, by: Holder, reason: str
    ) -> EntryView | None:
        """Begin to undo a merge: an amendment without the other's photos, by which the other matches again."""
        async with self.database.transaction() as connection:
            row, other = await locked(connection, entry_id), await locked(connection, other_id)
            if row is None or other is None:
                return None

            if not await self._is_begun(connection, draft_id):
                check_state(other, "revoked")
                came = await merges.photos_that_came(connection, entry_id, other_id)
                await self.begun(connection, draft_id, row, key, by, reason, restores=other_id)
                await connection.execute(
                    "DELETE FROM watchlist.photo WHERE entry_id = $1 AND file_sha256 = ANY ($2::bytea [])",
                    draft_id,
                    came,
                )
                similarity = await merges.similarity(connection, self.reader.seals, self.faces.model_sha256, row, other)
                await merges.part(connection, draft_id, other_id, similarity, by, reason)
                await self.faces.persons(connection, draft_id, key)
            return await self.reader.view(connection, draft_id, by)

    async def approve(self, draft_id: UUID, by: Holder, *, seen: int) -> EntryView | None:
        """Take a pending amendment into its entry, if it is at revision *seen*; returns the entry as it is then."""
        async with self.database.transaction() as connection:
            amends = await connection.fetchval("SELECT amends FROM watchlist.entry WHERE id = $1", draft_id)
            entry, draft = await locked(connection, amends), await locked(connection, draft_id)
            if entry is None or draft is None:
                return None

            # The same request twice by one account, as when the first response was lost, takes effect once.
            if not (draft["state"] == "erased" and entry["approver_id"] == by.account_id):
                check_state(draft, "pending")
                check_state(entry, "active", "suspended")
                check_seen("the change", draft["revision"], seen)
                if by.account_id in (draft["author_id"], draft["put_forward_by_id"]):
                    raise Refusal(409, refusals.APPROVER_IS_AUTHOR.filled())
                await self._take(connection, entry, draft, by)
            return await self.reader.view(connection, amends, by)

    async def refuse(self, draft_id: UUID, by: Holder, reason: str) -> EntryView | None:
        """End an amendment that waits, and erase it; the entry stands as it did."""
        async with self.database.transaction() as connection:
            row = await locked(connection, draft_id)
            if row is None:
                return None

            if row["state"] != "erased":
                check_state(row, "pending")
                await erase_row(connection, row, by, reason)
            return await self.reader.view(connection, row["amends"], by)

    async def begun(
        self, connection: Connection, draft_id: UUID, row: Row, key: DataKey, by: Holder, reason: str,
        *, restores: UUID | None = None,
    ) -> None:  # fmt: skip
        """Write the amendment of the entry whose locked *row* this is, inside the caller's transaction."""
        entry_id, sealing = row["id"], self.reader.seals
        await _check(connection, row)
        label = sealing.text(entry_id, row["sealed_label"], about=seals.label(entry_id))
        note = sealing.text(entry_id, row["sealed_note"], about=seals.note(entry_id))
        await connection.execute(
            _BEGIN,
            draft_id,
            entry_id,
            restores,
            sealing.close(key, label.encode(), about=seals.label(draft_id)),
            sealing.close(key, note.encode(), about=seals.note(draft_id)) if note else None,
            by.account_id,
            by.name,
            reason,
        )
        for photo in await connection.fetch(_PHOTOS, entry_id):
            photo_id = uuid5(draft_id, photo["file_sha256"].hex())
            await photo_moves.write(connection, sealing, photo, draft_id, photo["position"], photo_id, key)
        await self.faces.persons(connection, draft_id, key)

    async def _is_begun(self, connection: Connection, draft_id: UUID) -> bool:
        """Whether the same request was answered before, and its answer was lost."""
        return bool(await connection.fetchval("SELECT true FROM watchlist.entry WHERE id = $1", draft_id))

    async def _take(self, connection: Connection, entry: Row, draft: Row, by: Holder) -> None:
        entry_id, draft_id = entry["id"], draft["id"]
        reason = await connection.fetchval(_PURPOSE, draft_id)
        await connection.execute("SELECT watchlist.begin_taking($1)", draft_id)
        came = await self._change_photos(connection, entry_id, draft_id)
        await merges.take_over_decisions(connection, entry_id, draft_id)
        await merges.end_others(connection, entry_id, draft_id, came, by)
        await self.faces.persons(connection, entry_id)
        sealing = self.reader.seals
        label = sealing.text(draft_id, draft["sealed_label"], about=seals.label(draft_id))
        note = sealing.text(draft_id, draft["sealed_note"], about=seals.note(draft_id))
        key = sealing.keys.key(entry_id)
        await connection.execute(
            _TAKE,
            entry_id,
            by.account_id,
            by.name,
            reason,
            sealing.close(key, label.encode(), about=seals.label(entry_id)),
            sealing.close(key, note.encode(), about=seals.note(entry_id)) if note else None,
            draft_id,
        )
        if draft["restores"] is not None:
            await merges.restore(connection, entry_id, draft, by, reason)
        await erase_amendment(connection, draft_id, by)

    async def _change_photos(self, connection: Connection, entry_id: UUID, draft_id: UUID) -> dict[bytes, UUID]:
        """Give the entry the draft's photos; those that both have stay as they are. Returns what came, by digest."""
        has = {row["file_sha256"]: row for row in await connection.fetch(_PHOTOS, entry_id)}
        wanted = {row["file_sha256"]: row for row in await connection.fetch(_PHOTOS, draft_id)}
        for digest in has.keys() - wanted.keys():
            await connection.execute("DELETE FROM watchlist.photo WHERE id = $1", has[digest]["id"])
        taken = {row["position"] for digest, row in has.items() if digest in wanted}
        came: dict[bytes, UUID] = {}
        key = self.reader.seals.keys.key(entry_id)
        for digest, row in wanted.items():
            if digest in has:
                continue
            position = _free(row["position"], taken)
            taken.add(position)
            came[digest] = uuid5(entry_id, f"{draft_id}/{digest.hex()}")
            await photo_moves.write(connection, self.reader.seals, row, entry_id, position, came[digest], key)
        return came

    async def _take_photos(self, connection: Connection, draft_id: UUID, other_id: UUID, key: DataKey) -> None:
        """As many of the other's photos as there is room for; what raised false alerts stays behind."""
        has = await connection.fetch(_PHOTOS, draft_id)
        taken, known = {row["position"] for row in has}, {row["file_sha256"] for row in has}
        for photo in await connection.fetch(_PHOTOS, other_id):
            if photo["suspended_at"] is None and photo["file_sha256"] not in known and len(taken) < MOST_PHOTOS:
                position = _free(photo["position"], taken)
                taken.add(position)
                photo_id = uuid5(draft_id, photo["file_sha256"].hex())
                await photo_moves.write(connection, self.reader.seals, photo, draft_id, position, photo_id, key)


async def _check(connection: Connection, row: Row) -> None:
    check_state(row, "active", "suspended")
    if row["renewal_by_id"] is not None:
        raise Refusal(409, refusals.WAITS_FOR_ONE_THING.filled())
    if account := await connection.fetchval(_OPEN, row["id"]):
        raise Refusal(409, refusals.AMENDED_ALREADY.filled(account=account))


def _free(position: int, taken: set[int]) -> int:
    """*position*, or where another photo is there, the first that is free."""
    return position if position not in taken else min(set(range(MOST_PHOTOS)) - taken)
