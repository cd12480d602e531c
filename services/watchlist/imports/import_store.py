"""Imports in PostgreSQL, as role ``wardwatch_import``: their purpose, report and state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.imports import OUTCOMES, BatchView, ImportCounts, ItemView, Outcome, PurposeRequest
from proto.wardwatch.v1.sealing import DataKey
from services.chassis.errors import Refusal
from services.watchlist.imports import counts, outcomes, report_items
from services.watchlist.imports.report_items import ReportItem
from services.watchlist.keys.seals import Seals
from services.watchlist.record import audit_note
from services.watchlist.record.database import Connection, Database, Row
from services.watchlist.rules.days import USUAL_DAYS, Days
from services.watchlist.rules.entry_rules import Unacceptable
from services.watchlist.rules.holder import Holder

# How long after its commit an import can be taken back. Its report is kept for as long after its end.
UNDO: Final = timedelta(hours=24)

_BATCH: Final = """
SELECT
    b.*,
    watchlist.import_ends_at(b.id) AS ends_at,
    (SELECT coalesce(sum(e.revision), 0)::bigint FROM watchlist.entry AS e WHERE e.batch_id = b.id) AS revision,
    (SELECT count(*) FROM watchlist.entry AS e WHERE e.batch_id = b.id AND e.state = 'draft') AS drafts,
    (SELECT count(*) FROM watchlist.entry AS e WHERE e.batch_id = b.id AND e.state = 'pending') AS pending,
    (SELECT count(*) FROM watchlist.entry AS e WHERE e.batch_id = b.id AND e.state = 'active') AS active,
    (
        SELECT count(*) FROM watchlist.likeness AS l INNER JOIN watchlist.entry AS e ON e.id = l.entry_id
        WHERE e.batch_id = b.id AND l.decision IS NULL
    ) AS undecided
FROM watchlist.batch AS b
"""
_REASONS: Final = """
SELECT code, count(*) AS times FROM watchlist.batch_item, unnest(codes) AS code WHERE batch_id = $1 GROUP BY code
"""
# By outcome, as ``outcomes.of_row`` has it, unless they are wanted by name; what no check has numbered yet comes last.
_ITEMS: Final = "\n".join(("""
WITH told AS (
    SELECT
        item_lookup,
        coalesce(place, 2147483647) AS place,
        CASE
            WHEN verdict <> 'rejected' THEN verdict
            WHEN codes && $2::text [] THEN 'listed'
            WHEN codes && $3::text [] THEN 'question'
            ELSE 'refused'
        END AS outcome
    FROM watchlist.batch_item WHERE batch_id = $1 AND ($4::text IS NULL OR verdict = $4)
), ranked AS (
    SELECT item_lookup, place, CASE WHEN $6 THEN 0 ELSE array_position($7::text [], outcome) END AS rank
    FROM told WHERE $5::text IS NULL OR outcome = $5
)
SELECT i.*, r.rank, r.place AS placed,
""", report_items.ENTRY_LABEL, """
INNER JOIN ranked AS r ON r.item_lookup = i.item_lookup
WHERE i.batch_id = $1 AND ($8::integer IS NULL OR (r.rank, r.place, r.item_lookup) > ($8, $9::integer, $10::bytea))
ORDER BY r.rank, r.place, r.item_lookup
LIMIT $11
"""))  # fmt: skip
# Findings that depend on the record, and may be gone by now.
_MAY_PASS: Final = frozenset(
    {FindingCode.ALREADY_LISTED, FindingCode.IN_OPEN_IMPORT, FindingCode.DUPLICATE_FILE, FindingCode.TOO_MANY_PHOTOS}
)
# Findings that another name of the file may put right.
_MAY_BE_RENAMED: Final = frozenset({FindingCode.NO_ROW, FindingCode.SPELLED_DIFFERENTLY})
_FOR_SHARE: Final = "SELECT * FROM watchlist.batch WHERE id = $1 FOR SHARE"
_FOR_UPDATE: Final = "SELECT * FROM watchlist.batch WHERE id = $1 FOR UPDATE"


async def lock_import(connection: Connection, import_id: UUID, *allowed: str, exclusive: bool = False) -> Row:
    """Lock the import's row until the transaction ends, and return it. Raises Refusal (404, 409).

    *exclusive*: nobody else adds to the import meanwhile.
    """
    row = await connection.fetchrow(_FOR_UPDATE if exclusive else _FOR_SHARE, import_id)
    if row is None:
        raise Refusal(404, refusals.NO_IMPORT.filled(import_=import_id))
    if row["state"] not in allowed:
        raise Refusal(409, refusals.IMPORT_STATE.filled(state=row["state"], states=allowed))
    return row


@dataclass(frozen=True, slots=True)
class ItemPlace:
    """Where a row of the report stands."""

    rank: int
    place: int
    item_lookup: bytes


@dataclass(frozen=True, slots=True)
class WantedItems:
    """Which rows of a report are asked for; None: any. They begin behind ``after``."""

    limit: int
    verdict: str | None = None
    outcome: Outcome | None = None
    by_name: bool = False
    after: ItemPlace | None = None


@dataclass(frozen=True, slots=True)
class ImportStore:
    """Typed access. All raise Forbidden, StoreAway and, where names are read, Unreadable."""

    database: Database
    seals: Seals
    days: Days = USUAL_DAYS

    async def open(self, import_id: UUID, purpose: PurposeRequest, by: Holder) -> BatchView:
        """Begin an import. The same again under its id changes nothing, another purpose raises Unacceptable."""
        async with self.database.transaction() as connection:
            await audit_note.acting(connection, by)
            await connection.execute(
                "INSERT INTO watchlist.batch (id, purpose, author_id, author_name) VALUES ($1, $2, $3, $4)"
                " ON CONFLICT (id) DO NOTHING",
                import_id,
                purpose.model_dump_json(),
                by.account_id,
                by.name,
            )
            view = await self.view(connection, import_id)
            if view.purpose != purpose:
                raise Unacceptable(refusals.KEY_USED.filled())
            return view

    async def show(self, import_id: UUID) -> BatchView:
        """An import's state and counts. Raises Refusal (404)."""
        async with self.database.transaction() as connection:
            return await self.view(connection, import_id)

    async def page(self, after: tuple[datetime, UUID] | None, limit: int) -> tuple[list[BatchView], bool]:
        """Imports, newest first, and whether there are more."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                f"{_BATCH} WHERE $1::timestamptz IS NULL OR (b.opened_at, b.id) < ($1, $2::uuid)"
                " ORDER BY b.opened_at DESC, b.id DESC LIMIT $3",
                after[0] if after else None,
                after[1] if after else None,
                limit + 1,
            )
            counted = await counts.of(connection, [row["id"] for row in rows[:limit]])
            return [await self._view(connection, row, counted[row["id"]]) for row in rows[:limit]], len(rows) > limit

    async def purpose(self, import_id: UUID) -> tuple[PurposeRequest, bytes | None]:
        """The purpose of an open import, and the digest of its people.csv if it has one. Raises Refusal (404, 409)."""
        async with self.database.transaction() as connection:
            row = await lock_import(connection, import_id, "open")
        return PurposeRequest.model_validate_json(row["purpose"]), row["people_sha256"]

    async def purpose_of_photo(self, import_id: UUID, name: str, digest: bytes) -> PurposeRequest | ItemView:
        """The purpose of an open import; the report's row instead where this very file was assessed before.

        It is assessed anew where the reason it was rejected for may be gone by now. Raises Refusal (404, 409).
        """
        async with self.database.transaction() as connection:
            row = await connection.fetchrow(
                f"SELECT i.*, {report_items.ENTRY_LABEL}"
                " WHERE i.batch_id = $1 AND i.item_lookup = $2 AND NOT i.codes && $3 AND i.file_sha256 = $4",
                import_id,
                report_items.lookup(self.seals, "file", name),
                _MAY_PASS,
                digest,
            )
            if row is not None:
                return report_items.named(self.seals, row)
            import_row = await lock_import(connection, import_id, "open")
        return PurposeRequest.model_validate_json(import_row["purpose"])

    async def put(self, import_id: UUID, key: DataKey, item: ReportItem) -> None:
        """Keep a row of the report by itself. Raises Refusal (404, 409)."""
        async with self.database.transaction() as connection:
            await lock_import(connection, import_id, "open")
            await report_items.put(connection, self.seals, import_id, key, item)

    async def items(
        self, import_id: UUID, wanted: WantedItems, reader: Holder
    ) -> tuple[list[tuple[ItemPlace, ItemView]], bool]:
        """Rows of the report, each with its place, and whether there is more; reading the names is noted."""
        after, limit = wanted.after, wanted.limit
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                _ITEMS,
                import_id,
                sorted(outcomes.LISTED),
                sorted(outcomes.QUESTIONS),
                wanted.verdict,
                wanted.outcome,
                wanted.by_name,
                list(OUTCOMES),
                None if after is None else after.rank,
                None if after is None else after.place,
                None if after is None else after.item_lookup,
                limit + 1,
            )
            shown = rows[:limit]
            await audit_note.note(
                connection, reader, "import.read", kind="import", subject=str(import_id), details={"count": len(shown)}
            )
        found = [
            (ItemPlace(row["rank"], row["placed"], row["item_lookup"]), report_items.named(self.seals, row))
            for row in shown
        ]
        return found, len(rows) > limit

    async def known(self, import_id: UUID, digests: Sequence[bytes]) -> list[bytes]:
        """Which files the import has assessed for good."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                "SELECT DISTINCT file_sha256 FROM watchlist.batch_item"
                " WHERE batch_id = $1 AND kind = 'file' AND file_sha256 = ANY($2::bytea []) AND NOT codes && $3",
                import_id,
                digests,
                _MAY_PASS | _MAY_BE_RENAMED,
            )
        return [row["file_sha256"] for row in rows]

    async def view(self, connection: Connection, import_id: UUID) -> BatchView:
        """An import's state and counts, inside the caller's transaction. Raises Refusal (404)."""
        row = await connection.fetchrow(f"{_BATCH} WHERE b.id = $1", import_id)
        if row is None:
            raise Refusal(404, refusals.NO_IMPORT.filled(import_=import_id))
        return await self._view(connection, row, (await counts.of(connection, [import_id]))[import_id])

    async def _view(self, connection: Connection, row: Row, counted: ImportCounts) -> BatchView:
        reasons = await connection.fetch(_REASONS, row["id"])
        undoable = row["state"] == "committed"
        over = row["ended_at"] or row["committed_at"]
        purpose = PurposeRequest.model_validate_json(row["purpose"])
        return BatchView(
            id=row["id"],
            revision=row["revision"],
            state=row["state"],
            purpose=purpose,
            last_day=_last_day(purpose, self.days),
            author=row["author_name"],
            opened_at=row["opened_at"],
            ends_at=row["ends_at"],
            counts=counted,
            people=counted.people.read,
            people_ready=counted.people.ready,
            people_warning=counted.people.warning,
            people_left_out=outcomes.left_out(counted.people),
            ready=counted.photos.ready,
            warning=counted.photos.warning,
            rejected=outcomes.left_out(counted.photos),
            rows_rejected=outcomes.left_out(counted.lines),
            reasons={each["code"]: each["times"] for each in reasons},
            undecided=row["undecided"],
            has_table=row["people_sha256"] is not None,
            drafts=row["drafts"],
            pending=row["pending"],
            active=row["active"],
            committed_at=row["committed_at"],
            undo_until=row["committed_at"] + UNDO if undoable else None,
            report_until=None if over is None else over + UNDO,
            generation=row["generation"],
        )


def _last_day(purpose: PurposeRequest, days: Days) -> date | None:
    return purpose.last_day if purpose.expires_at is None else days.last_day(purpose.expires_at)
