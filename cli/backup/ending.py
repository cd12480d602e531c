"""End in a restored record what had ended since: in its own transaction, as people would, and so in the audit too."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from uuid import UUID

import asyncpg

from access import database
from cli.backup.ledger import Ended

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

_NOBODY: Final = UUID(int=0)
_BY: Final = "wardwatch"
_REASON: Final = "it ended after this backup was made"
_CHANGE: Final = """
    update watchlist.entry set state = $2, revision = revision + 1, changed_at = now(), changed_by_id = $3,
        changed_by_name = $4, reason = $5 where id = $1
"""
_ERASURE: Final = """
    insert into watchlist.erasure (entry_id, erased_by_id, erased_by_name, reason) values ($1, $2, $3, $4)
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How much was ended; ``refused`` are entries that the record did not let go of, and whose keys stay away."""

    erased: int = 0
    suspended: int = 0
    signed_out: int = 0
    disabled: int = 0
    refused: tuple[UUID, ...] = ()


async def end(connection: "Connection", ended: Ended, destroyed: Collection[UUID]) -> Outcome:
    """End what *ended* names and the record has as living; entries whose key is *destroyed* are erased."""
    await connection.execute(f"set local role {database.OWNER}")
    states = await _states(connection)
    gone = {entry for entry in ended.erased | set(destroyed) if states.get(entry, "erased") != "erased"}
    stopped = {entry for entry in ended.stopped - gone if states.get(entry) == "active"}
    outcome = Outcome()
    for entry in sorted(gone, key=str):
        outcome = await _erased(connection, entry, states[entry], outcome)
    for entry in sorted(stopped, key=str):
        await connection.execute(_CHANGE, entry, "suspended", _NOBODY, _BY, _REASON)
    # A session that ended is deleted: the ledger says which had not, and a lost phone is not let in again.
    signed_out = await connection.execute(
        "update accounts.session set ended_at = now()"
        " where $1::text[] is not null and encode(token_sha256, 'hex') <> all($1) and ended_at is null",
        None if ended.signed_in is None else sorted(ended.signed_in),
    )
    disabled = await connection.fetchval(
        "select count(accounts.disable(name, $2, true)) from accounts.account"
        " where name = any($1) and disabled_at is null",
        sorted(ended.disabled),
        _REASON,
    )
    # Deferred triggers run as who the transaction is.
    await connection.execute("set constraints all immediate")
    await connection.execute("reset role")
    return replace(
        outcome, suspended=len(stopped), signed_out=int(signed_out.removeprefix("UPDATE ")), disabled=int(disabled)
    )


async def _states(connection: "Connection") -> dict[UUID, str]:
    rows = await connection.fetch("select id, state::text as state from watchlist.entry")
    return {row["id"]: row["state"] for row in rows}


async def _erased(connection: "Connection", entry: UUID, state: str, outcome: Outcome) -> Outcome:
    try:
        async with connection.transaction():
            if state in {"pending", "active", "suspended"}:
                await connection.execute(_CHANGE, entry, "revoked", _NOBODY, _BY, _REASON)
            await connection.execute(_ERASURE, entry, _NOBODY, _BY, _REASON)
            await connection.execute(_CHANGE, entry, "erased", _NOBODY, _BY, _REASON)
    except asyncpg.CheckViolationError:  # another hospital's: its publisher erases it, and here it can only be stopped
        if state == "active":
            await connection.execute(_CHANGE, entry, "suspended", _NOBODY, _BY, _REASON)
        return replace(outcome, refused=(*outcome.refused, entry))
    return replace(outcome, erased=outcome.erased + 1)
