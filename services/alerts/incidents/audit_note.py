"""The one place from which reading an incident's evidence is noted in the audit, in the transaction that reads."""

import json
from collections.abc import Sequence
from math import ceil
from typing import Literal
from uuid import UUID

from proto.wardwatch.v1 import refusals
from services.alerts.accounts.holder import Holder
from services.alerts.database import Connection

Action = Literal["incident.picture_read", "incident.details_read"]


class TooManyFaces(Exception):
    """An account looks at faces faster than any work needs."""

    def __init__(self, wait_seconds: float) -> None:
        self.seconds = ceil(wait_seconds)
        self.words = refusals.FACES_TOO_FAST.filled(seconds=self.seconds)
        super().__init__(self.words.text)


async def admit(connection: Connection, readers: Sequence[Holder]) -> list[float]:
    """Count one face that each of *readers* is about to see; after how many seconds each may be shown it, 0 for now.

    Where that is later, commit the transaction all the same: it may tell the audit.
    """
    # In one order, so that those who read two incidents at once do not wait for each other.
    order = sorted(range(len(readers)), key=lambda n: readers[n].account_id)
    rows = await connection.fetch(
        "select audit.admit_reading(r.id, r.name) as wait from unnest($1::uuid[], $2::text[]) as r (id, name)",
        [readers[n].account_id for n in order],
        [readers[n].name for n in order],
    )
    waits = dict(zip(order, (float(row["wait"]) for row in rows), strict=True))
    return [waits[n] for n in range(len(readers))]


async def note(
    connection: Connection, readers: Sequence[Holder], action: Action, incident_id: UUID, entry_id: UUID
) -> None:
    """Note that *readers* saw this of an incident about *entry_id*; the content is not recorded."""
    await connection.execute(
        """
        select audit.note(r.id, r.name, $3, 'incident', $4, '', $5)
        from unnest($1::uuid[], $2::text[]) as r (id, name)
        """,
        [reader.account_id for reader in readers],
        [reader.name for reader in readers],
        action,
        str(incident_id),
        json.dumps({"entry": str(entry_id)}),
    )
