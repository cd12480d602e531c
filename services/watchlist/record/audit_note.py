"""The one place from which the audit is told what no trigger sees: reading sealed data, and work on data keys."""

import json
from collections.abc import Iterable, Mapping
from typing import Final, Literal
from uuid import UUID

from services.watchlist.record.database import Connection
from services.watchlist.rules.holder import Holder

Action = Literal[
    "entries.listed",
    "entry.read",
    "entry.history_read",
    "photo.read",
    "card.read",
    "card.picture_read",
    "identity.searched",
    "identity.revealed",
    "identity.refused",
    "import.read",
    "import.likenesses_read",
    "keys.verified",
    "keys.rewrapped",
]
Kind = Literal["entries", "entry", "photo", "incident", "identity", "import", "keys"]
# An event's details are short; whoever needs more than these has read a page, and how many is what counts.
_MOST_IDS: Final = 50


async def note(
    connection: Connection,
    actor: Holder,
    action: Action,
    *,
    kind: Kind,
    subject: str = "",
    reason: str = "",
    details: Mapping[str, object] | None = None,
) -> None:
    """Record in the audit what *actor* did with what *kind* and *subject* name, in the transaction that reads it.

    *details* are figures and ids, nobody's words.
    """
    await connection.execute(
        "SELECT audit.note($1, $2, $3, $4, $5, $6, $7)",
        actor.account_id,
        actor.name,
        action,
        kind,
        subject,
        reason,
        json.dumps(details or {}),
    )


async def acting(connection: Connection, actor: Holder) -> None:
    """Attribute this transaction's changes to *actor*, for rows that do not name who changed them."""
    await connection.execute("SELECT audit.acting($1, $2)", actor.account_id, actor.name)


def ids(entries: Iterable[UUID]) -> dict[str, object]:
    """Details for the audit: how many *entries*, and the ids of the first of them."""
    named = sorted(map(str, entries))
    return {"count": len(named), "entries": named[:_MOST_IDS]}
