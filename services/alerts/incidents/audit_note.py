"""The one place from which reading an incident's evidence is noted in the audit, in the transaction that reads."""

import json
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


async def admit(connection: Connection, reader: Holder) -> float:
    """Count one face that *reader* is about to see; returns after how many seconds it may be shown, 0 for now.

    Where that is later, commit the transaction all the same: it may tell the audit.
    """
    return float(await connection.fetchval("select audit.admit_reading($1, $2)", reader.account_id, reader.name))


async def note(connection: Connection, reader: Holder, action: Action, incident_id: UUID, entry_id: UUID) -> None:
    """Note that *reader* saw this of an incident about *entry_id*; the content is not recorded."""
    await connection.execute(
        "select audit.note($1, $2, $3, 'incident', $4, '', $5)",
        reader.account_id,
        reader.name,
        action,
        str(incident_id),
        json.dumps({"entry": str(entry_id)}),
    )
