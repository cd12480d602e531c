"""Repairs of shared lists that somebody asked for; the federation service does them, and writes down what it found."""

from proto.wardwatch.v1.federation_views import RepairView
from services.watchlist.record.database import Connection
from services.watchlist.rules.holder import Holder


async def ask(connection: Connection, list_: str, by: Holder, *, joined: bool) -> None:
    """Ask for it; one that was asked for before and is not done stays the one."""
    await connection.execute(
        "INSERT INTO federation.repair AS r (list, joined, asked_by_id, asked_by_name) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (list, joined) DO UPDATE SET asked_by_id = excluded.asked_by_id,"
        " asked_by_name = excluded.asked_by_name, asked_at = now(), done_at = NULL WHERE r.done_at IS NOT NULL",
        list_,
        joined,
        by.account_id,
        by.name,
    )


async def last(connection: Connection, *, joined: bool) -> dict[str, RepairView]:
    """The last one of each list."""
    rows = await connection.fetch(
        "SELECT list, asked_by_name AS asked_by, asked_at, done_at, entries, missing, differing, agrees"
        " FROM federation.repair WHERE joined = $1",
        joined,
    )
    return {row["list"]: RepairView(**{n: v for n, v in row.items() if n != "list"}) for row in rows}
