"""How many photos, lines and people of an import can be used: one definition, from the first file to after its end.

Photos and lines are rows of the report; a person is whoever a row or an entry of the import is about.
"""

from typing import Final
from uuid import UUID

from services.watchlist.imports import report_items
from services.watchlist.keys.seals import Seals
from services.watchlist.record.database import Connection

# For each import ``b``. A file or a line keeps its verdict, and nobody who was left out comes back, so the counts are
# the same before the commit, when it is made and afterwards. A warning that was accepted stays one.
COUNTS: Final = """
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE i.kind = 'file' AND i.verdict = 'ready') AS ready,
        count(*) FILTER (WHERE i.kind = 'file' AND i.verdict = 'warning') AS warning,
        count(*) FILTER (WHERE i.kind = 'file' AND i.verdict = 'rejected') AS rejected,
        count(*) FILTER (WHERE i.kind = 'row' AND i.verdict = 'rejected') AS rows_rejected
    FROM watchlist.batch_item AS i WHERE i.batch_id = b.id
) AS judged
CROSS JOIN LATERAL (
    SELECT
        count(*) AS people,
        count(*) FILTER (WHERE NOT left_out AND NOT warned) AS people_ready,
        count(*) FILTER (WHERE NOT left_out AND warned) AS people_warning,
        count(*) FILTER (WHERE left_out) AS people_left_out
    FROM (
        SELECT bool_or(about.spoiled) OR NOT bool_or(about.stands) AS left_out, bool_or(about.warned) AS warned
        FROM (
            SELECT
                i.whose_lookup AS whose,
                -- A second line of somebody is rejected too, but the first one stands.
                (i.kind = 'row' AND i.verdict = 'rejected' AND 'row_twice' <> ALL (i.codes))
                -- A photo without a line, of an id that is spelled in two ways, or of another face than the rest is a
                -- question about the person.
                OR (i.kind = 'file' AND i.codes && '{no_row,spelled_differently,unlike_others}') AS spoiled,
                false AS stands,
                false AS warned
            FROM watchlist.batch_item AS i WHERE i.batch_id = b.id AND i.whose_lookup IS NOT NULL
            UNION ALL
            SELECT
                e.external_lookup,
                false,
                e.state <> 'draft' OR EXISTS (SELECT FROM watchlist.photo AS p WHERE p.entry_id = e.id),
                EXISTS (SELECT FROM watchlist.photo AS p WHERE p.entry_id = e.id AND cardinality(p.warnings) > 0)
            FROM watchlist.entry AS e WHERE e.batch_id = b.id AND e.state <> 'erased'
                -- Of whom neither a photo nor a line of people.csv, once given, speaks any more, is nobody.
                AND NOT (
                    e.state = 'draft' AND b.people_sha256 IS NOT NULL
                    AND NOT EXISTS (SELECT FROM watchlist.photo AS p WHERE p.entry_id = e.id)
                    AND NOT EXISTS (
                        SELECT FROM watchlist.batch_row AS r
                        WHERE r.batch_id = b.id AND r.person_lookup = e.external_lookup
                    )
                )
        ) AS about GROUP BY about.whose
    ) AS person
) AS persons
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
