"""How many photos, lines and people of an import came to what: read from the record, and counted by ``outcomes``.

Photos and lines are rows of the report; a person is whoever a row or an entry of the import is about. A file or a line
keeps its verdict, and nobody who was left out comes back, so the counts are the same before the commit, when it is made
and afterwards. A warning that was accepted stays one.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.entries import Verdict
from proto.wardwatch.v1.imports import ImportCounts
from services.watchlist.imports import outcomes, report_items
from services.watchlist.imports.outcomes import People, Rows
from services.watchlist.keys.seals import Seals
from services.watchlist.record.database import Connection, Row

_ROWS: Final = """
SELECT i.batch_id, i.kind, i.verdict, i.codes, count(*) AS many FROM watchlist.batch_item AS i
WHERE i.batch_id = ANY ($1::uuid []) AND (i.kind = 'file' OR (i.kind = 'row' AND i.verdict = 'rejected'))
GROUP BY i.batch_id, i.kind, i.verdict, i.codes
"""
# Of the report of an import that is over nothing is left once it was deleted, and nothing is counted.
_LINES: Final = """
SELECT b.id, CASE
    WHEN b.state = 'open' OR EXISTS (SELECT FROM watchlist.batch_item AS i WHERE i.batch_id = b.id) THEN b.people_lines
    ELSE 0
END AS many
FROM watchlist.batch AS b WHERE b.id = ANY ($1::uuid [])
"""
_PEOPLE: Final = """
SELECT
    batch_id, stands, spoiled, listed, asked, photoless, warned, count(*) AS many
FROM (
    SELECT
        about.batch_id, bool_or(about.stands) AS stands, bool_or(about.spoiled) AS spoiled,
        bool_or(about.listed) AS listed, bool_or(about.asked) AS asked, bool_or(about.photoless) AS photoless,
        bool_or(about.warned) AS warned
    FROM (
        SELECT
            i.batch_id,
            i.whose_lookup AS whose,
            false AS stands,
            -- A second line of somebody is rejected too, but the first one stands.
            (i.kind = 'row' AND i.verdict = 'rejected' AND 'row_twice' <> ALL (i.codes))
            -- A photo without a line, of an id that is spelled in two ways, or of another face than the rest is a
            -- question about the person.
            OR (i.kind = 'file' AND i.codes && '{no_row,spelled_differently,unlike_others}') AS spoiled,
            i.verdict = 'rejected' AND i.codes && $2::text [] AS listed,
            i.verdict = 'rejected' AND i.codes && $3::text [] AS asked,
            i.kind = 'person' AS photoless,
            false AS warned
        FROM watchlist.batch_item AS i WHERE i.batch_id = ANY ($1::uuid []) AND i.whose_lookup IS NOT NULL
        UNION ALL
        SELECT
            e.batch_id,
            e.external_lookup,
            e.state <> 'draft' OR EXISTS (SELECT FROM watchlist.photo AS p WHERE p.entry_id = e.id),
            false,
            false,
            false,
            e.state = 'draft' AND NOT EXISTS (SELECT FROM watchlist.photo AS p WHERE p.entry_id = e.id),
            EXISTS (SELECT FROM watchlist.photo AS p WHERE p.entry_id = e.id AND cardinality(p.warnings) > 0)
        FROM watchlist.entry AS e INNER JOIN watchlist.batch AS b ON b.id = e.batch_id
        WHERE e.batch_id = ANY ($1::uuid []) AND e.state <> 'erased'
            -- Of whom neither a photo nor a line of people.csv, once given, speaks any more, is nobody.
            AND NOT (
                e.state = 'draft' AND b.people_sha256 IS NOT NULL
                AND NOT EXISTS (SELECT FROM watchlist.photo AS p WHERE p.entry_id = e.id)
                AND NOT EXISTS (
                    SELECT FROM watchlist.batch_row AS r
                    WHERE r.batch_id = b.id AND r.person_lookup = e.external_lookup
                )
            )
    ) AS about GROUP BY about.batch_id, about.whose
) AS person
GROUP BY batch_id, stands, spoiled, listed, asked, photoless, warned
"""
_NAMELESS: Final = """
SELECT * FROM watchlist.batch_item
WHERE batch_id = $1 AND kind <> 'person' AND whose_lookup IS NULL AND NOT codes && '{bad_name,no_external_id}'
"""


async def name_rows(connection: Connection, seals: Seals, import_id: UUID) -> None:
    """Fill in whose the rows are that an earlier version wrote. Raises Unreadable."""
    for row in await connection.fetch(_NAMELESS, import_id):
        external_id = report_items.view(seals, row).external_id
        if external_id is not None:
            await connection.execute(
                "UPDATE watchlist.batch_item SET whose_lookup = $3 WHERE batch_id = $1 AND item_lookup = $2",
                import_id,
                row["item_lookup"],
                seals.person(external_id),
            )


async def of(connection: Connection, import_ids: Sequence[UUID]) -> dict[UUID, ImportCounts]:
    """The counts of each of these imports."""
    rows = await connection.fetch(_ROWS, import_ids)
    lines = {row["id"]: row["many"] for row in await connection.fetch(_LINES, import_ids)}
    people = await connection.fetch(_PEOPLE, import_ids, sorted(outcomes.LISTED), sorted(outcomes.QUESTIONS))
    return {
        each: outcomes.counted(
            photos=[_rows(row) for row in rows if row["batch_id"] == each and row["kind"] == "file"],
            faulty=[_rows(row) for row in rows if row["batch_id"] == each and row["kind"] == "row"],
            lines=lines.get(each, 0),
            people=[_people(row) for row in people if row["batch_id"] == each],
        )
        for each in import_ids
    }


def _rows(row: Row) -> Rows:
    return Rows(Verdict(row["verdict"]), frozenset(row["codes"]), row["many"])


def _people(row: Row) -> People:
    return People(
        stands=row["stands"], spoiled=row["spoiled"], listed=row["listed"], asked=row["asked"],
        photoless=row["photoless"], warned=row["warned"], many=row["many"],
    )  # fmt: skip
