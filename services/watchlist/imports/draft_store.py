"""The drafts of an import in PostgreSQL, as role ``wardwatch_import``: people and their photos."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID, uuid5

from proto.wardwatch.v1.entries import Finding, Verdict
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.imports import BatchView, ItemView
from proto.wardwatch.v1.sealing import DataKey
from services.watchlist.enrolment.assessment import Face
from services.watchlist.imports import pairing_store, report_items
from services.watchlist.imports.import_store import ImportStore, lock_import
from services.watchlist.imports.pairing_store import Named
from services.watchlist.imports.person_drafts import Conflict
from services.watchlist.imports.report_items import ReportItem
from services.watchlist.keys import seals
from services.watchlist.record import audit_note, drafts
from services.watchlist.record.database import Connection, Database, Row
from services.watchlist.record.drafts import Draft
from services.watchlist.record.entry_store import change, locked
from services.watchlist.record.list_store import categories
from services.watchlist.record.photo_store import NewPhoto, PhotoStore
from services.watchlist.rules import quality
from services.watchlist.rules.entry_rules import MOST_PHOTOS, Category
from services.watchlist.rules.holder import Holder

_REWRITE: Final = (
    ", sealed_label = $5, sealed_note = $6, category = $7, basis = $8, evidence = $9, instruction = $10,"
    " stands_from = $11, expires_at = $12, photo_source = $13, photo_taken_at = $14"
)
# The same file in another entry that stands, or waits to: as a rule the same person twice, or a photo of the wrong one.
_ELSEWHERE: Final = """
SELECT coalesce(e.amends, e.id) AS id, b.id AS import_id, b.author_name FROM watchlist.photo AS p
INNER JOIN watchlist.entry AS e ON e.id = p.entry_id
LEFT JOIN watchlist.batch AS b ON b.id = e.batch_id AND b.state = 'open' AND b.id <> $3
WHERE p.file_sha256 = $1 AND p.entry_id <> $2 AND e.state NOT IN ('revoked', 'erased')
ORDER BY b.id IS NOT NULL LIMIT 1
"""
_TAKE_AWAY: Final = """
DELETE FROM watchlist.photo WHERE entry_id = $1 AND file_sha256 = $2 AND NOT EXISTS (
    SELECT FROM watchlist.batch_item AS i
    WHERE i.batch_id = $3 AND i.item_lookup <> $4 AND i.entry_id = $1 AND i.file_sha256 = $2
)
"""
_KEPT: Final = "SELECT position, file_sha256 FROM watchlist.photo WHERE entry_id = $1"
# Listed entries come before drafts: they still stand in the way once the draft's import was thrown away.
_LISTED: Final = """
SELECT DISTINCT ON (e.external_lookup)
    e.external_lookup, e.id, e.state, b.id AS import_id, b.author_name, b.opened_at,
    watchlist.import_ends_at(b.id) AS ends_at
FROM watchlist.entry AS e
LEFT JOIN watchlist.batch AS b ON b.id = e.batch_id AND b.state = 'open'
WHERE e.external_lookup = ANY($1::bytea []) AND e.batch_id IS DISTINCT FROM $2 AND e.state NOT IN ('revoked', 'erased')
ORDER BY e.external_lookup, b.id IS NOT NULL, e.created_at DESC
"""
# Its key is destroyed, so the entry's id cannot be used again.
_DISCARDED: Final = "SELECT id FROM watchlist.entry WHERE batch_id = $1 AND state = 'erased' AND id = ANY ($2::uuid [])"


@dataclass(frozen=True, slots=True)
class AssessedPhoto:
    """A photo of an import and its assessment; *face* is None when it is rejected."""

    name: str
    external_id: str
    file_sha256: bytes
    verdict: Verdict
    findings: tuple[Finding, ...]
    face: Face | None


@dataclass(frozen=True, slots=True)
class Table:
    """A people.csv as it was read: its digest, how many lines it has, and whom they name."""

    sha256: bytes
    lines: int
    named: Sequence[Named] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ImportDraftStore:
    """Typed access. All raise Forbidden, StoreAway, and Refusal (404, 409) for an import that is not open."""

    database: Database
    imports: ImportStore
    photos: PhotoStore

    def entry_of(self, import_id: UUID, external_id: str) -> UUID:
        """The entry of a person in an import: the same each time it is named.

        Made with the look-up key: without it, whoever reads the id could try all external ids there are.
        """
        return uuid5(import_id, self._seals.person(external_id).hex())

    async def conflicts(self, import_id: UUID, external_ids: Sequence[str]) -> dict[str, Conflict]:
        """Which of these people cannot be in this import, each with what stands in the way.

        They are listed outside of it, or wait to be, or had a draft in it that was thrown away.
        """
        async with self.database.transaction() as connection:
            return await self._conflicts(connection, import_id, external_ids)

    async def standing(
        self, import_id: UUID, external_ids: Sequence[str]
    ) -> tuple[dict[str, Conflict], list[Category]]:
        """The same, and the grounds there are."""
        async with self.database.transaction() as connection:
            return await self._conflicts(connection, import_id, external_ids), await categories(connection)

    async def _conflicts(
        self, connection: Connection, import_id: UUID, external_ids: Sequence[str]
    ) -> dict[str, Conflict]:
        # An earlier version looked entries up by the id as it was spelled.
        by_lookup = {self._seals.identity.lookup("external", each): each for each in external_ids} | {
            self._seals.person(each): each for each in external_ids
        }
        by_entry = {self.entry_of(import_id, each): each for each in external_ids}
        listed = await connection.fetch(_LISTED, list(by_lookup), import_id)
        discarded = await connection.fetch(_DISCARDED, import_id, list(by_entry))
        return {by_lookup[row["external_lookup"]]: _conflict(row) for row in listed} | {
            by_entry[row["id"]]: Conflict(row["id"], "erased") for row in discarded
        }

    async def photographed(self, import_id: UUID, but: Collection[UUID]) -> list[str]:
        """External ids of the people of whom the import has photos, but for these entries. Raises Unreadable."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                "SELECT DISTINCT ON (i.entry_id) i.* FROM watchlist.batch_item AS i"
                " INNER JOIN watchlist.entry AS e ON e.id = i.entry_id AND e.state = 'draft'"
                " WHERE i.batch_id = $1 AND i.kind = 'file' AND e.id <> ALL ($2::uuid [])",
                import_id,
                list(but),
            )
        return [item.external_id for item in (report_items.view(self._seals, row) for row in rows) if item.external_id]

    async def put_people(
        self,
        import_id: UUID,
        table: Table,
        people: Sequence[tuple[Draft, DataKey]],
        faults: Sequence[ReportItem],
        key: DataKey,
        by: Holder,
    ) -> BatchView:
        """Take the whole people.csv over: begin drafts or rewrite them, and replace the report on the former file.

        An identity number that the former file gave stays where this one gives none.
        """
        async with self.database.transaction() as connection:
            await lock_import(connection, import_id, "open", exclusive=True)
            await audit_note.acting(connection, by)
            known = {
                row["id"]
                for row in await connection.fetch("SELECT id FROM watchlist.entry WHERE batch_id = $1", import_id)
            }
            for draft, own in people:
                if draft.entry_id in known:
                    await self._rewrite(connection, draft, own, by)
                else:
                    await drafts.insert(connection, self._seals, draft, own)
            await connection.execute("DELETE FROM watchlist.batch_item WHERE batch_id = $1 AND kind = 'row'", import_id)
            for fault in faults:
                await report_items.put(connection, self._seals, import_id, key, fault)
            await connection.execute(
                "UPDATE watchlist.batch SET people_sha256 = $2, people_lines = $3 WHERE id = $1",
                import_id,
                table.sha256,
                table.lines,
            )
            await pairing_store.keep_rows(connection, self._seals, import_id, key, table.named)
            await pairing_store.note(connection, self._seals, import_id, key, given=True)
            return await self.imports.view(connection, import_id)

    async def put_photo(
        self, import_id: UUID, assessed: AssessedPhoto, begun: tuple[Draft, DataKey] | None, key: DataKey, by: Holder
    ) -> ItemView:
        """Keep a photo and its row of the report; *begun* is the draft to make when the person has none yet."""
        entry_id = self.entry_of(import_id, assessed.external_id)
        async with self.database.transaction() as connection:
            import_row = await lock_import(connection, import_id, "open")
            await audit_note.acting(connection, by)
            own: DataKey | None = None
            if begun is not None:
                await drafts.insert(connection, self._seals, *begun)
                own = begun[1]
            entry = await locked(connection, entry_id)
            await self._take_former_away(connection, import_id, entry_id, assessed)
            alone = await pairing_store.missing(
                connection, self._seals, import_row, assessed.external_id, kept=assessed.face is not None
            )
            if not alone:
                await pairing_store.take_former_name(
                    connection, self._seals, import_id, assessed.name, assessed.external_id, assessed.file_sha256
                )
            kept = await connection.fetch(_KEPT, entry_id) if assessed.face is not None else []
            assessed = await self._checked(connection, import_id, entry_id, assessed, kept)
            # The same file under another name, or the answer to the first try was lost: it is kept once.
            if assessed.face is not None and all(row["file_sha256"] != assessed.file_sha256 for row in kept):
                assert entry is not None  # a photo that is kept comes with its person
                assert own is not None  # and that person's key
                taken = {row["position"] for row in kept}
                position = next(place for place in range(MOST_PHOTOS) if place not in taken)
                await self._keep(connection, entry, assessed, assessed.face, position, own, by)
            findings = (*assessed.findings, *alone)
            item = ReportItem(
                "file",
                assessed.name,
                assessed.external_id,
                quality.verdict(findings),
                findings,
                entry_id=entry_id if assessed.face is not None else None,
                file_sha256=assessed.file_sha256,
            )
            await report_items.put(connection, self._seals, import_id, key, item)
            if entry is not None:
                await self.photos.faces.report(connection, entry_id, own)
            # As the report has it: what the person's other photos show may have changed the verdict.
            return await report_items.kept(connection, self._seals, import_id, assessed.name)

    @property
    def _seals(self) -> seals.Seals:
        return self.imports.seals

    async def _rewrite(self, connection: Connection, draft: Draft, key: DataKey, by: Holder) -> None:
        closed, entry_id = self._seals, draft.entry_id
        await change(
            connection,
            entry_id,
            by,
            "people.csv was given again",
            _REWRITE,
            closed.close(key, draft.label.encode(), about=seals.label(entry_id)),
            closed.close(key, draft.note.encode(), about=seals.note(entry_id)) if draft.note else None,
            draft.category,
            draft.basis,
            draft.evidence,
            draft.instruction,
            draft.begins_at,
            draft.expires_at,
            draft.photo_source,
            draft.photo_taken_at,
        )
        await connection.execute(
            "UPDATE watchlist.photo SET source = $2, taken_at = $3 WHERE entry_id = $1",
            entry_id,
            draft.photo_source,
            draft.photo_taken_at,
        )
        await drafts.number(connection, closed, draft, key)

    async def _take_former_away(
        self, connection: Connection, import_id: UUID, entry_id: UUID, assessed: AssessedPhoto
    ) -> None:
        """Delete the photo of another file under the same name, unless that file has another name too."""
        lookup = report_items.lookup(self._seals, "file", assessed.name)
        former = await connection.fetchval(
            "SELECT file_sha256 FROM watchlist.batch_item WHERE batch_id = $1 AND item_lookup = $2",
            import_id,
            lookup,
        )
        if former is not None and former != assessed.file_sha256:
            await connection.execute(_TAKE_AWAY, entry_id, former, import_id, lookup)

    async def _checked(
        self,
        connection: Connection,
        import_id: UUID,
        entry_id: UUID,
        assessed: AssessedPhoto,
        kept: Sequence[Row],
    ) -> AssessedPhoto:
        """*assessed*, rejected if the record holds the file for somebody else, or enough photos of the person."""
        if assessed.face is None:
            return assessed
        other = await connection.fetchrow(_ELSEWHERE, assessed.file_sha256, entry_id, import_id)
        if other is not None:
            where = f"entry {other['id']}"
            if other["import_id"] is not None:
                where += (
                    f", in import {other['import_id']}, which {other['author_name']} opened and nobody has committed"
                )
            words = f"the very same file is a photo of another person ({where}); give each person their own"
            finding = Finding(code=FindingCode.DUPLICATE_FILE, severity="rejected", text=words, about=other["id"])
            return _rejected(assessed, finding)
        others = sum(row["file_sha256"] != assessed.file_sha256 for row in kept)
        if others >= MOST_PHOTOS:
            words = f"the person has {MOST_PHOTOS} photos already; more are not kept"
            finding = Finding(
                code=FindingCode.TOO_MANY_PHOTOS, severity="rejected", value=others + 1, limit=MOST_PHOTOS, text=words
            )
            return _rejected(assessed, finding)
        return assessed

    async def _keep(
        self,
        connection: Connection,
        entry: Row,
        assessed: AssessedPhoto,
        face: Face,
        position: int,
        key: DataKey,
        by: Holder,
    ) -> None:
        entry_id: UUID = entry["id"]
        photo = NewPhoto(
            photo_id=uuid5(entry_id, assessed.file_sha256.hex()),
            position=position,
            name=assessed.name,
            source=entry["photo_source"],
            taken_at=entry["photo_taken_at"],
            file_sha256=assessed.file_sha256,
            picture=face.picture,
            quality=face.quality,
            model=face.model,
            vector=face.vector,
            warnings=tuple(finding.code for finding in assessed.findings if finding.severity == "warning"),
        )
        await self.photos.insert(connection, entry_id, photo, key)
        await change(connection, entry_id, by, f"photo {photo.position} added")


def _conflict(row: Row) -> Conflict:
    return Conflict(
        row["id"], row["state"], row["import_id"], row["author_name"] or "", row["opened_at"], row["ends_at"]
    )


def _rejected(assessed: AssessedPhoto, finding: Finding) -> AssessedPhoto:
    return replace(assessed, verdict=Verdict.REJECTED, findings=(*assessed.findings, finding), face=None)
