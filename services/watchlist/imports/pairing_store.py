"""The photos of an import compared with the lines of its people.csv, in PostgreSQL.

A photo of whom no usable line speaks is a question, and so are two spellings of one id. Their rows of the report are
rejected, so that the person is not submitted before somebody put it right.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.entries import Finding
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.sealing import DataKey
from services.watchlist.imports import pairing, report_items
from services.watchlist.imports.report_items import Restated
from services.watchlist.keys import seals
from services.watchlist.keys.seals import Seals
from services.watchlist.record.database import Connection, Row
from services.watchlist.rules import quality

_OURS: Final = frozenset({FindingCode.NO_ROW, FindingCode.SPELLED_DIFFERENTLY})
# Files that have no line, or whose person's files spell the id in several ways; and those of which either was said.
_LONELY: Final = """
WITH file AS (
    SELECT i.*, coalesce(i.whose_lookup, e.external_lookup) AS person
    FROM watchlist.batch_item AS i LEFT JOIN watchlist.entry AS e ON e.id = i.entry_id
    WHERE i.batch_id = $1 AND i.kind = 'file'
), named AS (
    SELECT person_lookup, bool_or(usable) AS usable FROM watchlist.batch_row WHERE batch_id = $1 GROUP BY person_lookup
), spelled AS (
    SELECT person FROM file GROUP BY person HAVING count(DISTINCT spelling_lookup) > 1
)
SELECT
    f.*,
    s.person IS NOT NULL AS spelled_differently,
    $2 AND f.person IS NOT NULL AND n.person_lookup IS NULL AS unnamed,
    $2 AND f.entry_id IS NOT NULL AND NOT n.usable AS named_in_vain
FROM file AS f LEFT JOIN named AS n ON n.person_lookup = f.person LEFT JOIN spelled AS s ON s.person = f.person
WHERE
    s.person IS NOT NULL
    OR ($2 AND f.person IS NOT NULL AND (n.person_lookup IS NULL OR NOT n.usable))
    OR f.codes && ARRAY['no_row', 'spelled_differently']
"""
# Drafts that must not be submitted as they are.
_UNCLEAR: Final = """
SELECT e.id FROM watchlist.entry AS e INNER JOIN watchlist.batch AS b ON b.id = e.batch_id
WHERE e.batch_id = $1 AND e.state = 'draft' AND (
    EXISTS (SELECT FROM watchlist.batch_item AS i WHERE i.entry_id = e.id AND 'spelled_differently' = ANY (i.codes))
    OR (b.people_sha256 IS NOT NULL AND NOT EXISTS (
        SELECT FROM watchlist.batch_row AS r
        WHERE r.batch_id = $1 AND r.person_lookup = e.external_lookup AND r.usable
    ))
)
"""
# The same file under a name that asks something, while this one has a line or is spelled another way.
_TAKE_FORMER_NAME: Final = """
WITH former AS (
    DELETE FROM watchlist.batch_item
    WHERE batch_id = $1 AND kind = 'file' AND file_sha256 = $2 AND item_lookup <> $3
        AND ('no_row' = ANY (codes) OR ('spelled_differently' = ANY (codes) AND whose_lookup = $4))
    RETURNING entry_id
)
DELETE FROM watchlist.photo AS p USING former AS f WHERE p.entry_id = f.entry_id AND p.file_sha256 = $2
"""


@dataclass(frozen=True, slots=True)
class Named:
    """A person whom a line of people.csv names; not ``usable`` where something is wrong with it."""

    line: int
    external_id: str = field(repr=False)
    usable: bool


async def keep_rows(
    connection: Connection, sealing: Seals, import_id: UUID, key: DataKey, named: Sequence[Named]
) -> None:
    """Keep whom people.csv names, in place of what a former one did."""
    await connection.execute("DELETE FROM watchlist.batch_row WHERE batch_id = $1", import_id)
    await connection.executemany(
        "INSERT INTO watchlist.batch_row (batch_id, line, person_lookup, sealed_external_id, usable)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (batch_id, line) DO NOTHING",
        [
            (
                import_id,
                each.line,
                sealing.person(each.external_id),
                sealing.close(key, each.external_id.encode(), about=seals.item(import_id)),
                each.usable,
            )
            for each in named
        ],
    )


async def named(connection: Connection, sealing: Seals, import_id: UUID) -> list[Named]:
    """Whom people.csv names, by line. Raises Unreadable."""
    rows = await connection.fetch("SELECT * FROM watchlist.batch_row WHERE batch_id = $1 ORDER BY line", import_id)
    return await asyncio.to_thread(
        lambda: [
            Named(
                row["line"],
                sealing.open(import_id, row["sealed_external_id"], about=seals.item(import_id)).decode(),
                row["usable"],
            )
            for row in rows
        ]
    )


async def missing(
    connection: Connection, sealing: Seals, import_row: Row, external_id: str, *, kept: bool
) -> tuple[Finding, ...]:
    """The finding about a photo as it comes: none, or that people.csv was given and has no line for it.

    Of a photo that is not *kept* it is enough to say why.
    """
    if import_row["people_sha256"] is None:
        return ()
    usable = await connection.fetchval(
        "SELECT bool_or(usable) FROM watchlist.batch_row WHERE batch_id = $1 AND person_lookup = $2",
        import_row["id"],
        sealing.person(external_id),
    )
    return () if usable or (usable is False and not kept) else (_no_row(external_id, (), known=usable is not None),)


async def take_former_name(
    connection: Connection, sealing: Seals, import_id: UUID, name: str, external_id: str, file_sha256: bytes
) -> None:
    """Forget the question about a file that has another name by now, and the photo that was kept under the old one.

    *external_id* has a line, or people.csv was not given; otherwise the new name answers nothing.
    """
    await connection.execute(
        _TAKE_FORMER_NAME,
        import_id,
        file_sha256,
        report_items.lookup(sealing, "file", name),
        sealing.person(external_id),
    )


async def note(connection: Connection, sealing: Seals, import_id: UUID, key: DataKey, *, given: bool) -> None:
    """Write into the report which photos have no line, and take out of it what was put right meanwhile.

    *given*: the import has a people.csv.
    """
    found = await connection.fetch(_LONELY, import_id, given)
    if not found:
        return
    lines = await named(connection, sealing, import_id)
    for item in await asyncio.to_thread(_noted, sealing, found, lines):
        await report_items.restate(connection, sealing, import_id, key, item)


async def photos_without_a_line(connection: Connection, sealing: Seals, import_id: UUID) -> list[str]:
    """External ids in the names of photos whose person no line names. Raises Unreadable."""
    rows = await connection.fetch(
        "SELECT DISTINCT ON (whose_lookup) * FROM watchlist.batch_item"
        " WHERE batch_id = $1 AND kind = 'file' AND 'no_row' = ANY (codes)",
        import_id,
    )
    views = await asyncio.to_thread(lambda: [report_items.view(sealing, row) for row in rows])
    return [view.external_id for view in views if view.external_id]


async def unclear(connection: Connection, import_id: UUID) -> list[UUID]:
    """Drafts about whom people.csv, which was given, says nothing, or whose id is spelled in several ways."""
    return [row["id"] for row in await connection.fetch(_UNCLEAR, import_id)]


def _noted(sealing: Seals, rows: Sequence[Row], lines: Sequence[Named]) -> list[Restated]:
    """The rows of the report that change."""
    views = [report_items.view(sealing, row) for row in rows]
    spellings: dict[bytes, dict[str, None]] = {}
    for row, view in zip(rows, views, strict=True):
        if row["spelled_differently"]:
            spellings.setdefault(row["person"], {})[view.external_id or ""] = None
    alone = [view.external_id or "" for row, view in zip(rows, views, strict=True) if row["unnamed"]]
    by_id = {each.external_id: each.line for each in lines}
    near = pairing.proposals(dict.fromkeys(alone), list(by_id))

    changed: list[Restated] = []
    for row, view in zip(rows, views, strict=True):
        own = view.external_id or ""
        found: list[Finding] = []
        if row["unnamed"] or row["named_in_vain"]:
            proposed = [(by_id[each], each) for each in near.get(own, ())]
            found.append(_no_row(own, proposed, known=not row["unnamed"]))
        if row["spelled_differently"]:
            found.append(_spelled(spellings[row["person"]]))
        kept = [each for each in view.findings if each.code not in _OURS]
        verdict = quality.verdict([*kept, *found])
        # Findings that came meanwhile may change the verdict.
        now = {each.code: each for each in (*kept, *found)}
        if now != {each.code: each for each in view.findings} or verdict is not view.verdict:
            changed.append(
                Restated(
                    row["item_lookup"],
                    view.name,
                    view.external_id,
                    verdict,
                    (*(each for each in kept if each.code not in report_items.FOUND_LATER), *found),
                    tuple(sorted(now)),
                    view.label,
                )
            )
    return changed


def _no_row(external_id: str, proposed: Sequence[tuple[int, str]], *, known: bool) -> Finding:
    if known:
        words = f"the line of people.csv about {external_id} cannot be used; put it right, and give people.csv again"
    else:
        meant = " or ".join(f"line {line} ({each})" for line, each in proposed)
        words = (
            f"people.csv has no line for {external_id}{f'; {meant} may be meant' if meant else ''}; write the id there"
            " as the file's name has it, with its zeros (format the column as text), or rename the file to fit the line"
        )
    near = [f"{each} (people.csv, {line})" for line, each in proposed]
    return Finding(code=FindingCode.NO_ROW, severity="rejected", text=words, meant=near)


def _spelled(spellings: Mapping[str, None]) -> Finding:
    words = (
        f"{' and '.join(sorted(spellings))} differ in spelling alone: name the files alike if they are of one person,"
        " or give two people two ids"
    )
    return Finding(code=FindingCode.SPELLED_DIFFERENTLY, severity="rejected", text=words)
