"""The one place from which the audit is told what no trigger sees: reading sealed data, and work on data keys."""

import json
from collections.abc import Iterable, Mapping
from math import ceil
from typing import Final, Literal
from uuid import UUID

from proto.wardwatch.v1 import refusals
from services.chassis.errors import Refusal
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
    "federation.carried",
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
    await note_each(connection, actor, action, kind=kind, subjects={subject: details or {}}, reason=reason)


async def note_each(
    connection: Connection,
    actor: Holder,
    action: Action,
    *,
    kind: Kind,
    subjects: Mapping[str, Mapping[str, object]],
    reason: str = "",
) -> None:
    """As :func:`note`, an event for each of *subjects*, which are given with their details."""
    await connection.executemany(
        "SELECT audit.note($1, $2, $3, $4, $5, $6, $7)",
        [
            (actor.account_id, actor.name, action, kind, subject, reason, json.dumps(details))
            for subject, details in subjects.items()
        ],
    )


async def admit(connection: Connection, reader: Holder) -> float:
    """Count one face that *reader* is about to see; returns after how many seconds it may be shown, 0 for now.

    Where that is later, commit the transaction all the same: it may tell the audit.
    """
    return float(await connection.fetchval("SELECT audit.admit_reading($1, $2)", reader.account_id, reader.name))


def too_fast(wait_seconds: float) -> Refusal:
    """The refusal of whoever has to wait before the next face."""
    return Refusal(429, refusals.FACES_TOO_FAST.filled(seconds=ceil(wait_seconds)))


async def acting(connection: Connection, actor: Holder) -> None:
    """Attribute this transaction's changes to *actor*, for rows that do not name who changed them."""
    await connection.execute("SELECT audit.acting($1, $2)", actor.account_id, actor.name)


def ids(entries: Iterable[UUID]) -> dict[str, object]:
    """Details for the audit: how many *entries*, and the ids of the first of them."""
    named = sorted(map(str, entries))
    return {"count": len(named), "entries": named[:_MOST_IDS]}
