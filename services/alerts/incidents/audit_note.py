"""The one place from which reading an incident's evidence is noted in the audit, in the transaction that reads."""

import json
from typing import Literal
from uuid import UUID

from services.alerts.accounts.store import Holder
from services.alerts.database import Connection

Action = Literal["incident.picture_read", "incident.details_read"]


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
