"""The end of an import in PostgreSQL, as role ``wardwatch_import``: checked, committed, approved, undone, discarded.

Each step is one transaction, so an import is submitted, approved or taken back whole or not at all.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import Finding, Verdict
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.imports import BatchView, CommitRequest
from proto.wardwatch.v1.sealing import DataKey
from services.chassis.errors import Refusal
from services.watchlist.imports import counts, pairing, pairing_store, report_items, report_order
from services.watchlist.imports.import_store import UNDO, ImportStore, lock_import
from services.watchlist.imports.report_items import ReportItem
from services.watchlist.keys import seals
from services.watchlist.record import audit_note, likeness_store
from services.watchlist.record.database import Connection, Database, Row
from services.watchlist.record.entry_store import check_seen
from services.watchlist.record.likeness_store import SealedVector
from services.watchlist.record.same_face import SameFace
from services.watchlist.rules.holder import Holder
from services.watchlist.rules.likeness import Similarities

# Of the import, and of everybody who stands, or waits to, outside it and may not be in the index.
_OWN: Final = """
SELECT e.id AS entry_id, e.id AS listed_as, p.id AS photo_id, t.sealed_vector FROM watchlist.entry AS e
INNER JOIN watchlist.photo AS p ON p.entry_id = e.id INNER JOIN watchlist.template AS t ON t.photo_id = p.id
WHERE e.batch_id = $1 AND e.state = 'draft' AND t.model_sha256 = $2
"""
_OTHERS: Final = """
SELECT e.id AS entry_id, coalesce(e.amends, e.id) AS listed_as, p.id AS photo_id, t.sealed_vector
FROM watchlist.entry AS e
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
# An entry is never deleted and its revision only grows: an equal sum means that nobody has changed.
_STANDING: Final = """
SELECT coalesce(sum(e.revision), 0)::bigint AS revision, coalesce(bool_or(e.state = 'pending'), false) AS waits FROM (
    SELECT revision, state FROM watchlist.entry WHERE batch_id = $1 ORDER BY id FOR UPDATE
) AS e
"""
# Drafts without a photo. Once people.csv was given, those it has no line for are left out: nothing is known of them.
_PHOTOLESS: Final = """
SELECT e.id, e.sealed_label, e.external_lookup FROM watchlist.entry AS e
INNER JOIN watchlist.batch AS b ON b.id = e.batch_id
WHERE e.batch_id = $1 AND e.state = 'draft'
    AND NOT EXISTS (SELECT FROM watchlist.photo AS p WHERE p.entry_id = e.id)
    AND (b.people_sha256 IS NULL OR EXISTS (
        SELECT FROM watchlist.batch_row AS r WHERE r.batch_id = $1 AND r.person_lookup = e.external_lookup
    ))
"""
# A second row of somebody is rejected too, but the first one stands.
_FAULTY: Final = """
SELECT * FROM watchlist.batch_item
WHERE batch_id = $1 AND kind = 'row' AND verdict = 'rejected' AND 'row_twice' <> ALL (codes)
"""
_NOT_COMPARED: Final = """
SELECT DISTINCT p.entry_id FROM watchlist.photo AS p INNER JOIN watchlist.entry AS e ON e.id = p.entry_id
WHERE e.batch_id = $1 AND e.state = $2::text::watchlist.entry_state AND p.person IS NULL
"""
_SEVERAL: Final = """
SELECT e.id FROM watchlist.entry AS e INNER JOIN watchlist.photo AS p ON p.entry_id = e.id
WHERE e.batch_id = $1 AND e.state = $2::text::watchlist.entry_state
GROUP BY e.id HAVING count(DISTINCT p.person) > 1 ORDER BY e.id
"""
# Pairs of the import that were decided to be one person, each once.
_SAME: Final = """
SELECT l.entry_id, l.other_id FROM watchlist.likeness AS l
INNER JOIN watchlist.entry AS e ON e.id = l.entry_id INNER JOIN watchlist.entry AS o ON o.id = l.other_id
WHERE l.decision = 'same_person' AND e.batch_id = $1 AND o.batch_id = $1
    AND e.state = $2::text::watchlist.entry_state AND o.state = $2::text::watchlist.entry_state
ORDER BY l.entry_id, l.other_id
"""
_MOST_NAMED: Final = 5
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

    ``drafts`` is a digest of the import's drafts and their revisions.
    """

    own: list[SealedVector]
    others: list[SealedVector]
    drafts: str


@dataclass(frozen=True, slots=True)
class ImportEndStore:
    """Typed access. All raise Forbidden, StoreAway, and Refusal (404, 409) where the import stands elsewhere."""

    database: Database
    imports: ImportStore
    faces: SameFace

    async def vectors(self, import_id: UUID, model_sha256: str) -> Vectors:
        """The sealed vectors to compare, and the digest of the drafts they belong to."""
        model = bytes.fromhex(model_sha256)
        async with self.database.transaction() as connection:
            await lock_import(connection, import_id, "open", exclusive=True)
            drafts: str = await connection.fetchval(_DRAFTS, import_id)
            own = await connection.fetch(_OWN, import_id, model)
            others = await connection.fetch(_OTHERS, import_id, model)
        return Vectors([_sealed(row) for row in own], [_sealed(row) for row in others], drafts)

    async def record(self, import_id: UUID, found_alike: Mapping[UUID, Similarities], key: DataKey) -> BatchView:
        """Write down what the check found: likenesses, people whose photos show several, people without a photo."""
        async with self.database.transaction() as connection:
            import_row = await lock_import(connection, import_id, "open", exclusive=True)
            alike = {entry: dict(found) for entry, found in found_alike.items()}
            for row in await connection.fetch(_SAME_NUMBER, import_id):
                alike.setdefault(row["entry_id"], {})[row["other_id"]] = 1.0
            for entry_id, found in alike.items():
                await likeness_store.record(connection, entry_id, found)
            await self._compare_photos(connection, import_id, "draft")
            await counts.name_rows(connection, self.imports.seals, import_id)
            await pairing_store.note(
                connection, self.imports.seals, import_id, key, given=import_row["people_sha256"] is not None
            )
            await self._note_photoless(connection, import_id, key)
            await self._sort(connection, import_id)
            return await self.imports.view(connection, import_id)

    async def commit(self, import_id: UUID, options: CommitRequest, by: Holder, *, checked: str) -> BatchView:
        """Submit everybody who can be, if their drafts are as they were *checked*. Requested twice, it is done once."""
        async with self.database.transaction() as connection:
            import_row = await lock_import(connection, import_id, "open", "committed", exclusive=True)
            await audit_note.acting(connection, by)
            if import_row["state"] == "open":
                if await connection.fetchval(_DRAFTS, import_id) != checked:
                    raise Refusal(409, refusals.IMPORT_CHANGED.filled())
                await self._commit(connection, import_id, options, by)
            return await self.imports.view(connection, import_id)

    async def approve(self, import_id: UUID, by: Holder, *, seen: int) -> BatchView:
        """Let everybody match who still waits, if nothing changed since *seen*; the database refuses the author."""
        async with self.database.transaction() as connection:
            await lock_import(connection, import_id, "committed", exclusive=True)
            await audit_note.acting(connection, by)
            status = await connection.fetchrow(_STANDING, import_id)
            # The same request twice, as when the first response was lost, takes effect once.
            if status is not None and status["waits"]:
                await self._compare_photos(connection, import_id, "pending")
                await _refuse_several(connection, import_id)
                await _refuse_same(connection, import_id, "pending")
                check_seen("the import", status["revision"], seen)
                await connection.execute(
                    f"{_CHANGE}, reason = '', state = 'active', approver_id = $2, approver_name = $3,"
                    " approved_at = now() WHERE batch_id = $1 AND state = 'pending'",
                    import_id,
                    by.account_id,
                    by.name,
                )
            return await self.imports.view(connection, import_id)

    async def undo(self, import_id: UUID, by: Holder, reason: str) -> BatchView:
        """Take everybody back and erase them, within a day of the commit."""
        async with self.database.transaction() as connection:
            import_row = await lock_import(connection, import_id, "committed", "undone", exclusive=True)
            await audit_note.acting(connection, by)
            if import_row["state"] == "committed":
                if await connection.fetchval("SELECT $1::timestamptz + $2 < now()", import_row["committed_at"], UNDO):
                    raise Refusal(409, refusals.IMPORT_TOO_OLD.filled())
                await connection.execute(
                    f"{_CHANGE}, reason = $4, state = 'revoked'"
                    " WHERE batch_id = $1 AND state IN ('pending', 'active', 'suspended')",
                    import_id,
                    by.account_id,
                    by.name,
                    reason,
                )
                await _erase(connection, import_id, by, reason)
                await _end(connection, import_id, "undone")
            return await self.imports.view(connection, import_id)

    async def discard(self, import_id: UUID, by: Holder) -> BatchView:
        """Throw an open import away with all its drafts and its report."""
        async with self.database.transaction() as connection:
            import_row = await lock_import(connection, import_id, "open", "discarded", exclusive=True)
            await audit_note.acting(connection, by)
            if import_row["state"] == "open":
                await _erase(connection, import_id, by, "the import was discarded")
                await connection.execute("DELETE FROM watchlist.batch_item WHERE batch_id = $1", import_id)
                await _end(connection, import_id, "discarded")
            return await self.imports.view(connection, import_id)

    async def erased(self, import_id: UUID) -> list[UUID]:
        """Erased entries of the import whose keys are still to be destroyed."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                "SELECT e.id FROM watchlist.entry AS e INNER JOIN watchlist.erasure AS x ON x.entry_id = e.id"
                " WHERE e.batch_id = $1 AND x.key_destroyed_at IS NULL",
                import_id,
            )
        return [row["id"] for row in rows]

    async def _compare_photos(self, connection: Connection, import_id: UUID, state: str) -> None:
        """Compare photos that were not compared when they came, because an earlier version did not."""
        for row in await connection.fetch(_NOT_COMPARED, import_id, state):
            await self.faces.persons(connection, row["entry_id"])

    async def _note_photoless(self, connection: Connection, import_id: UUID, key: DataKey) -> None:
        await connection.execute("DELETE FROM watchlist.batch_item WHERE batch_id = $1 AND kind = 'person'", import_id)
        photoless = await connection.fetch(_PHOTOLESS, import_id)
        lines = await self._lines_of(connection, import_id, photoless)
        for row in photoless:
            label = self.imports.seals.text(row["id"], row["sealed_label"], about=seals.label(row["id"]))
            own, near = lines.get(row["external_lookup"], (None, ()))
            meant = f"; {' or '.join(near)} may be meant" if near else ""
            words = (
                f"there is no photo that can be used{meant}: give a file named {own or 'externalId'}__1.jpg, or leave"
                " the person out"
            )
            finding = Finding(code=FindingCode.MISSING_PHOTO, severity="rejected", text=words, meant=list(near))
            place = row["external_lookup"].hex()
            item = ReportItem(
                "person", label, own, Verdict.REJECTED, (finding,), entry_id=row["id"], place=place, label=label,
                whose_lookup=row["external_lookup"],
            )  # fmt: skip
            await report_items.put(connection, self.imports.seals, import_id, key, item)

    async def _sort(self, connection: Connection, import_id: UUID) -> None:
        """Number the rows of the report by name, which is sealed."""
        rows = await connection.fetch(f"SELECT i.*, {report_items.ENTRY_LABEL} WHERE i.batch_id = $1", import_id)
        moved = await asyncio.to_thread(_moved, self.imports.seals, rows)
        await connection.execute(
            "UPDATE watchlist.batch_item AS i SET place = m.place"
            " FROM unnest($2::bytea [], $3::integer []) AS m (item_lookup, place)"
            " WHERE i.batch_id = $1 AND i.item_lookup = m.item_lookup",
            import_id,
            list(moved),
            list(moved.values()),
        )

    async def _lines_of(
        self, connection: Connection, import_id: UUID, photoless: list[Row]
    ) -> Mapping[bytes, tuple[str, Sequence[str]]]:
        """By look-up: as people.csv writes the ids of *photoless*, and the ids of lone photos that each may mean."""
        if not photoless:
            return {}
        named = await pairing_store.named(connection, self.imports.seals, import_id)
        alone = await pairing_store.photos_without_a_line(connection, self.imports.seals, import_id)
        wanted = {row["external_lookup"] for row in photoless}
        own = {self.imports.seals.person(each.external_id): each.external_id for each in named}
        near = pairing.proposals([each for lookup, each in own.items() if lookup in wanted], alone)
        return {lookup: (each, near.get(each, ())) for lookup, each in own.items()}

    async def _faulty(self, connection: Connection, import_id: UUID) -> list[UUID]:
        """Drafts of people whose row was rejected: without it they would be listed on other grounds than it says."""
        rows = await connection.fetch(_FAULTY, import_id)
        ids = {report_items.view(self.imports.seals, row).external_id for row in rows}
        lookups = [self.imports.seals.person(each) for each in ids if each]
        found = await connection.fetch(
            "SELECT id FROM watchlist.entry WHERE batch_id = $1 AND state = 'draft' AND external_lookup = ANY ($2)",
            import_id,
            lookups,
        )
        return [row["id"] for row in found]

    async def _commit(self, connection: Connection, import_id: UUID, options: CommitRequest, by: Holder) -> None:
        view = await self.imports.view(connection, import_id)
        if view.undecided:
            raise Refusal(409, refusals.IMPORT_UNDECIDED.filled(count=view.undecided))
        photoless = await connection.fetch(_PHOTOLESS, import_id)
        if (view.rejected or view.rows_rejected or photoless) and not options.leave_out_rejected:
            raise Refusal(
                409,
                refusals.IMPORT_REJECTED.filled(
                    photos=view.rejected,
                    lines=view.rows_rejected,
                    left_out=view.people_left_out,
                    people=view.people,
                ),
            )
        await _refuse_same(connection, import_id, "draft")
        several = await connection.fetch(_SEVERAL, import_id, "draft")
        if options.accept_warnings is not None:
            await connection.execute(
                "UPDATE watchlist.photo AS p SET accepted_findings = p.warnings, accepted_reason = $2"
                " FROM watchlist.entry AS e WHERE e.id = p.entry_id AND e.batch_id = $1 AND e.state = 'draft'"
                " AND NOT p.warnings <@ p.accepted_findings",
                import_id,
                options.accept_warnings,
            )
        await _erase(
            connection, import_id, by, "no photo in the import could be used", only=[r["id"] for r in photoless]
        )
        unclear = await pairing_store.unclear(connection, import_id)
        await _erase(connection, import_id, by, "people.csv does not clearly name the person", only=unclear)
        faulty = await self._faulty(connection, import_id)
        await _erase(connection, import_id, by, "the row in people.csv was rejected", only=faulty)
        await _erase(connection, import_id, by, "its photos show several people", only=[r["id"] for r in several])
        done = await connection.execute(
            _PUT_FORWARD,
            import_id,
            by.account_id,
            by.name,
        )
        if done == "UPDATE 0":
            raise Refusal(409, refusals.IMPORT_EMPTY.filled())
        await connection.execute(
            "UPDATE watchlist.batch SET state = 'committed', committed_at = now(),"
            " generation = current_setting('wardwatch.generation')::bigint WHERE id = $1",
            import_id,
        )


def _moved(sealing: seals.Seals, rows: list[Row]) -> dict[bytes, int]:
    """Each row that stands elsewhere than it was numbered, by its look-up, and its number."""

    def key(row: Row) -> tuple[object, ...]:
        view = report_items.named(sealing, row)
        return report_order.key(label=view.label, external_id=view.external_id, kind=view.kind, name=view.name)

    placed = enumerate(sorted(rows, key=key))
    return {row["item_lookup"]: place for place, row in placed if row["place"] != place}


async def _erase(
    connection: Connection, import_id: UUID, by: Holder, reason: str, only: list[UUID] | None = None
) -> None:
    """Erase the import's drafts and what was revoked, or of them *only* these."""
    await connection.execute(
        "INSERT INTO watchlist.erasure (entry_id, erased_by_id, erased_by_name, reason)"
        " SELECT id, $2, $3, $4 FROM watchlist.entry WHERE batch_id = $1"
        " AND state IN ('draft', 'revoked', 'expired') AND ($5::uuid [] IS NULL OR id = ANY($5::uuid []))",
        import_id,
        by.account_id,
        by.name,
        reason,
        only,
    )
    await connection.execute(
        f"{_CHANGE}, reason = $4, state = 'erased' WHERE batch_id = $1"
        " AND state IN ('draft', 'revoked', 'expired') AND ($5::uuid [] IS NULL OR id = ANY($5::uuid []))",
        import_id,
        by.account_id,
        by.name,
        reason,
        only,
    )


async def _refuse_same(connection: Connection, import_id: UUID, state: str) -> None:
    """Raise Refusal while two people of the import are one person: one of them must go first."""
    pairs = [f"{row['entry_id']} and {row['other_id']}" for row in await connection.fetch(_SAME, import_id, state)]
    if pairs:
        raise Refusal(
            409,
            (refusals.IMPORT_SAME_DRAFTS if state == "draft" else refusals.IMPORT_SAME_PENDING).filled(
                people=_named(pairs)
            ),
        )


async def _refuse_several(connection: Connection, import_id: UUID) -> None:
    """Raise Refusal while somebody's photos show several people: what was submitted takes and loses no photo."""
    names = [str(row["id"]) for row in await connection.fetch(_SEVERAL, import_id, "pending")]
    if names:
        raise Refusal(409, refusals.IMPORT_SEVERAL.filled(people=_named(names)))


def _named(names: list[str]) -> str:
    rest = [f"{len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []
    return "; ".join(names[:_MOST_NAMED] + rest)


async def _end(connection: Connection, import_id: UUID, state: str) -> None:
    await connection.execute(
        "UPDATE watchlist.batch SET state = $2::text::watchlist.batch_state, ended_at = now() WHERE id = $1",
        import_id,
        state,
    )


def _sealed(row: Row) -> SealedVector:
    return SealedVector(row["entry_id"], row["listed_as"], row["photo_id"], row["sealed_vector"])
