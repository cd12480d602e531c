"""From a judged import to its end in PostgreSQL, as role ``wardwatch_import``: checked, committed, approved, undone.

Each step is one transaction, so an import is put forward, approved or taken back whole or not at all.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.entries import Finding, Verdict
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.imports import BatchView, CommitSaid
from services.chassis.errors import Refusal
from services.matcher.enrolment.rules import Holder
from services.matcher.imports import import_counts, import_items
from services.matcher.imports.import_check import Compared
from services.matcher.imports.import_items import Item
from services.matcher.imports.import_store import UNDO, ImportStore, held
from services.matcher.keys import seals
from services.matcher.keys.sealing import DataKey
from services.matcher.record import audit_note, likeness_store
from services.matcher.record.database import Connection, Database, Row
from services.matcher.record.entry_store import check_seen
from services.matcher.record.likeness_store import SealedVector

# Of the import, and of everybody who stands, or waits to, outside it and may not be in the index.
_OWN: Final = """
SELECT e.id AS entry_id, p.id AS photo_id, t.sealed_vector FROM watchlist.entry AS e
INNER JOIN watchlist.photo AS p ON p.entry_id = e.id INNER JOIN watchlist.template AS t ON t.photo_id = p.id
WHERE e.batch_id = $1 AND e.state = 'draft' AND t.model_sha256 = $2
"""
_OTHERS: Final = """
SELECT e.id AS entry_id, p.id AS photo_id, t.sealed_vector FROM watchlist.entry AS e
INNER JOIN watchlist.photo AS p ON p.entry_id = e.id INNER JOIN watchlist.template AS t ON t.photo_id = p.id
WHERE e.batch_id IS DISTINCT FROM $1 AND t.model_sha256 = $2 AND (
    e.state IN ('draft', 'pending', 'suspended', 'expired')
    OR (e.state = 'active' AND e.changed_at > now() - interval '10 minutes')
)
"""
_SAME_NUMBER: Final = """
SELECT own.entry_id, other.entry_id AS other_id FROM identity.number AS own
INNER JOIN watchlist.entry AS e ON e.id = own.entry_id AND e.batch_id = $1
INNER JOIN identity.number AS other ON other.lookup = own.lookup AND other.entry_id <> own.entry_id
INNER JOIN watchlist.entry AS o ON o.id = other.entry_id
WHERE o.batch_id IS DISTINCT FROM $1 OR own.entry_id > other.entry_id
"""
# Every photo that is added, every number and every decision is another revision. Locked: nothing is added meanwhile.
_DRAFTS: Final = """
SELECT coalesce(md5(string_agg(d.id || '/' || d.revision, ',' ORDER BY d.id)), '') FROM (
    SELECT id, revision FROM watchlist.entry WHERE batch_id = $1 AND state = 'draft' ORDER BY id FOR UPDATE
) AS d
"""
# An entry is never deleted and its revision only grows: the same sum is the same people as they were.
_STANDING: Final = """
SELECT coalesce(sum(e.revision), 0)::bigint AS revision, coalesce(bool_or(e.state = 'pending'), false) AS waits FROM (
    SELECT revision, state FROM watchlist.entry WHERE batch_id = $1 ORDER BY id FOR UPDATE
) AS e
"""
_PHOTOLESS: Final = """
SELECT e.id, e.sealed_label, e.external_lookup FROM watchlist.entry AS e
WHERE e.batch_id = $1 AND e.state = 'draft'
    AND NOT EXISTS (SELECT FROM watchlist.photo AS p WHERE p.entry_id = e.id)
"""
# A second row of somebody is rejected too, but the first one stands.
_FAULTY: Final = """
SELECT * FROM watchlist.batch_item
WHERE batch_id = $1 AND kind = 'row' AND verdict = 'rejected' AND 'row_twice' <> ALL (codes)
"""
_CHANGE: Final = (
    "UPDATE watchlist.entry SET revision = revision + 1, changed_at = now(), changed_by_id = $2, changed_by_name = $3"
)
_PUT_FORWARD: Final = """
UPDATE watchlist.entry SET
    revision = revision + 1, changed_at = now(), changed_by_id = $2, changed_by_name = $3,
    reason = '', state = 'pending', put_forward_by_id = $2, put_forward_by_name = $3,
    sites = coalesce((SELECT g.sites FROM watchlist.site_group AS g WHERE g.name = site_group), sites)
WHERE batch_id = $1 AND state = 'draft'
"""


@dataclass(frozen=True, slots=True)
class Vectors:
    """Sealed templates of an import's people, and of those outside it who may not be in the index.

    ``drafts`` stands for the import's drafts as they were: it is another once one has changed.
    """

    own: list[SealedVector]
    others: list[SealedVector]
    drafts: str


@dataclass(frozen=True, slots=True)
class ImportEnd:
    """Typed access. All raise Forbidden, StoreAway, and Refusal (404, 409) where the import stands elsewhere."""

    database: Database
    imports: ImportStore

    async def vectors(self, batch_id: UUID, model_sha256: str) -> Vectors:
        """What is to be compared."""
        model = bytes.fromhex(model_sha256)
        async with self.database.transaction() as connection:
            await held(connection, batch_id, "open", alone=True)
            drafts: str = await connection.fetchval(_DRAFTS, batch_id)
            own = await connection.fetch(_OWN, batch_id, model)
            others = await connection.fetch(_OTHERS, batch_id, model)
        return Vectors([_sealed(row) for row in own], [_sealed(row) for row in others], drafts)

    async def record(self, batch_id: UUID, compared: Compared, key: DataKey) -> BatchView:
        """Write down what the check found: likenesses, photos unlike the rest, people without a photo."""
        async with self.database.transaction() as connection:
            await held(connection, batch_id, "open", alone=True)
            alike = {entry: dict(found) for entry, found in compared.alike.items()}
            for row in await connection.fetch(_SAME_NUMBER, batch_id):
                alike.setdefault(row["entry_id"], {})[row["other_id"]] = 1.0
            for entry_id, found in alike.items():
                await likeness_store.record(connection, entry_id, found)
            await connection.execute(
                "UPDATE watchlist.photo SET warnings = array_append(warnings, 'unlike_others')"
                " WHERE id = ANY($1::uuid []) AND 'unlike_others' <> ALL (warnings)",
                list(compared.strange),
            )
            await connection.execute(
                "UPDATE watchlist.batch_item AS i SET verdict = 'warning', codes = array_append(codes, 'unlike_others')"
                " FROM watchlist.photo AS p WHERE i.batch_id = $1 AND i.entry_id = p.entry_id"
                " AND i.file_sha256 = p.file_sha256 AND p.id = ANY($2::uuid []) AND 'unlike_others' <> ALL (i.codes)",
                batch_id,
                list(compared.strange),
            )
            await import_counts.name_rows(connection, self.imports.seals, batch_id)
            await self._note_photoless(connection, batch_id, key)
            return await self.imports.view(connection, batch_id)

    async def commit(self, batch_id: UUID, said: CommitSaid, by: Holder, *, checked: str) -> BatchView:
        """Put everybody forward who can be, if they are as they were *checked*. Said again, it is done once."""
        async with self.database.transaction() as connection:
            batch = await held(connection, batch_id, "open", "committed", alone=True)
            await audit_note.acting(connection, by)
            if batch["state"] == "open":
                if await connection.fetchval(_DRAFTS, batch_id) != checked:
                    raise Refusal(409, "the import was changed while it was checked; commit it again")
                await self._commit(connection, batch_id, said, by)
            return await self.imports.view(connection, batch_id)

    async def approve(self, batch_id: UUID, by: Holder, *, seen: int) -> BatchView:
        """Let everybody match who still waits, if nothing changed since *seen*; the database refuses the author."""
        async with self.database.transaction() as connection:
            await held(connection, batch_id, "committed", alone=True)
            await audit_note.acting(connection, by)
            standing = await connection.fetchrow(_STANDING, batch_id)
            # Said twice, as when the first answer was lost, it is done once.
            if standing is not None and standing["waits"]:
                check_seen("the import", standing["revision"], seen)
                await connection.execute(
                    f"{_CHANGE}, reason = '', state = 'active', approver_id = $2, approver_name = $3,"
                    " approved_at = now() WHERE batch_id = $1 AND state = 'pending'",
                    batch_id,
                    by.account_id,
                    by.name,
                )
            return await self.imports.view(connection, batch_id)

    async def undo(self, batch_id: UUID, by: Holder, reason: str) -> BatchView:
        """Take everybody back and erase them, within a day of the commit."""
        async with self.database.transaction() as connection:
            batch = await held(connection, batch_id, "committed", "undone", alone=True)
            await audit_note.acting(connection, by)
            if batch["state"] == "committed":
                if await connection.fetchval("SELECT $1::timestamptz + $2 < now()", batch["committed_at"], UNDO):
                    raise Refusal(
                        409, "an import can be undone within 24 hours of its commit; erase entries one by one"
                    )
                await connection.execute(
                    f"{_CHANGE}, reason = $4, state = 'revoked'"
                    " WHERE batch_id = $1 AND state IN ('pending', 'active', 'suspended')",
                    batch_id,
                    by.account_id,
                    by.name,
                    reason,
                )
                await _erase(connection, batch_id, by, reason)
                await _end(connection, batch_id, "undone")
            return await self.imports.view(connection, batch_id)

    async def discard(self, batch_id: UUID, by: Holder) -> BatchView:
        """Throw an open import away with all its drafts and its report."""
        async with self.database.transaction() as connection:
            batch = await held(connection, batch_id, "open", "discarded", alone=True)
            await audit_note.acting(connection, by)
            if batch["state"] == "open":
                await _erase(connection, batch_id, by, "the import was discarded")
                await connection.execute("DELETE FROM watchlist.batch_item WHERE batch_id = $1", batch_id)
                await _end(connection, batch_id, "discarded")
            return await self.imports.view(connection, batch_id)

    async def erased(self, batch_id: UUID) -> list[UUID]:
        """Entries of the import whose keys are still to be destroyed."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                "SELECT e.id FROM watchlist.entry AS e INNER JOIN watchlist.erasure AS x ON x.entry_id = e.id"
                " WHERE e.batch_id = $1 AND x.key_destroyed_at IS NULL",
                batch_id,
            )
        return [row["id"] for row in rows]

    async def _note_photoless(self, connection: Connection, batch_id: UUID, key: DataKey) -> None:
        await connection.execute("DELETE FROM watchlist.batch_item WHERE batch_id = $1 AND kind = 'person'", batch_id)
        for row in await connection.fetch(_PHOTOLESS, batch_id):
            label = self.imports.seals.text(row["id"], row["sealed_label"], about=seals.label(row["id"]))
            words = "there is no photo that can be used; give a file named externalId__1.jpg, or leave the person out"
            finding = Finding(code=FindingCode.MISSING_PHOTO, severity="rejected", text=words)
            place = row["external_lookup"].hex()
            item = Item(
                "person", label, None, Verdict.REJECTED, (finding,), entry_id=row["id"], place=place,
                whose_lookup=row["external_lookup"],
            )  # fmt: skip
            await import_items.put(connection, self.imports.seals, batch_id, key, item)

    async def _faulty(self, connection: Connection, batch_id: UUID) -> list[UUID]:
        """Drafts of people whose row was rejected: without it they would be listed on other grounds than it says."""
        rows = await connection.fetch(_FAULTY, batch_id)
        ids = {import_items.view(self.imports.seals, row).external_id for row in rows}
        lookups = [self.imports.seals.identity.lookup("external", each) for each in ids if each]
        found = await connection.fetch(
            "SELECT id FROM watchlist.entry WHERE batch_id = $1 AND state = 'draft' AND external_lookup = ANY ($2)",
            batch_id,
            lookups,
        )
        return [row["id"] for row in found]

    async def _commit(self, connection: Connection, batch_id: UUID, said: CommitSaid, by: Holder) -> None:
        view = await self.imports.view(connection, batch_id)
        if view.undecided:
            raise Refusal(409, f"somebody must decide on {view.undecided} likenesses first; list them to see who")
        photoless = await connection.fetch(_PHOTOLESS, batch_id)
        if (view.rejected or view.rows_rejected or view.people_left_out) and not said.leave_out_rejected:
            raise Refusal(
                409,
                f"{view.rejected} photos and {view.rows_rejected} lines of people.csv are rejected, and"
                f" {view.people_left_out} of {view.people} people cannot be put forward; put that right, or say that"
                " they are left out",
            )
        if said.accept_warnings is not None:
            await connection.execute(
                "UPDATE watchlist.photo AS p SET accepted_findings = p.warnings, accepted_reason = $2"
                " FROM watchlist.entry AS e WHERE e.id = p.entry_id AND e.batch_id = $1 AND e.state = 'draft'"
                " AND NOT p.warnings <@ p.accepted_findings",
                batch_id,
                said.accept_warnings,
            )
        await _erase(
            connection, batch_id, by, "no photo in the import could be used", only=[r["id"] for r in photoless]
        )
        faulty = await self._faulty(connection, batch_id)
        await _erase(connection, batch_id, by, "the row in people.csv was rejected", only=faulty)
        done = await connection.execute(
            _PUT_FORWARD,
            batch_id,
            by.account_id,
            by.name,
        )
        if done == "UPDATE 0":
            raise Refusal(409, "there is nobody in the import who can be put forward")
        await connection.execute(
            "UPDATE watchlist.batch SET state = 'committed', committed_at = now(),"
            " generation = current_setting('wardwatch.generation')::bigint WHERE id = $1",
            batch_id,
        )


async def _erase(
    connection: Connection, batch_id: UUID, by: Holder, reason: str, only: list[UUID] | None = None
) -> None:
    """Erase the import's drafts and what was revoked, or of them *only* these."""
    await connection.execute(
        "INSERT INTO watchlist.erasure (entry_id, erased_by_id, erased_by_name, reason)"
        " SELECT id, $2, $3, $4 FROM watchlist.entry WHERE batch_id = $1"
        " AND state IN ('draft', 'revoked', 'expired') AND ($5::uuid [] IS NULL OR id = ANY($5::uuid []))",
        batch_id,
        by.account_id,
        by.name,
        reason,
        only,
    )
    await connection.execute(
        f"{_CHANGE}, reason = $4, state = 'erased' WHERE batch_id = $1"
        " AND state IN ('draft', 'revoked', 'expired') AND ($5::uuid [] IS NULL OR id = ANY($5::uuid []))",
        batch_id,
        by.account_id,
        by.name,
        reason,
        only,
    )


async def _end(connection: Connection, batch_id: UUID, state: str) -> None:
    await connection.execute(
        "UPDATE watchlist.batch SET state = $2::text::watchlist.batch_state, ended_at = now() WHERE id = $1",
        batch_id,
        state,
    )


def _sealed(row: Row) -> SealedVector:
    return SealedVector(row["entry_id"], row["photo_id"], row["sealed_vector"])
