"""What is due in the record by the clock, in PostgreSQL as role ``wardwatch_matcher``."""

from datetime import datetime
from typing import Final

from proto.wardwatch.v1.replication import OwedReceipts
from proto.wardwatch.v1.subjects import EntryId
from services.chassis.clocks import MayDestroy, confirm
from services.watchlist.record.database import Connection, Database
from services.watchlist.replication.replica_store import SILENT_SECONDS

_EXPIRY_LOCK: Final = 0x57415244_45585049  # "WARDEXPI"

_OWED: Final = """
    SELECT name, incarnation, (array_agg(entry_id ORDER BY entry_id)) [1:1000] AS entries FROM watchlist.owed_receipt
    WHERE seen_at >= now() - $1 * interval '1 second' GROUP BY name, incarnation ORDER BY name
"""


class JobStore:
    """Expiry, retention and receipts to ask for again. Raises StoreAway.

    What ends something by the clock asks *may_destroy* before it is final, and raises ClockJumped.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def owed(self) -> tuple[OwedReceipts, ...]:
        """What matchers that are heard have not signed for, at most a thousand entries of each process."""
        async with self._database.transaction() as connection:
            rows = await connection.fetch(_OWED, SILENT_SECONDS)
        return tuple(
            OwedReceipts(row["name"], row["incarnation"], tuple(EntryId(str(each)) for each in row["entries"]))
            for row in rows
        )

    async def clock(self) -> tuple[datetime, datetime]:
        """What the database's clock shows, and the latest it has shown while it was believed."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow("SELECT present, highest FROM watchlist.read_clock()")
        assert row is not None, "the clock has one row"
        return row["present"], row["highest"]

    async def believe_clock(self) -> None:
        """Nothing was found against the clock."""
        async with self._database.transaction() as connection:
            await connection.execute("SELECT watchlist.believe_clock()")

    async def present(self) -> datetime:
        """What the database's clock shows."""
        return (await self.clock())[0]

    async def expire_due(self, may_destroy: MayDestroy) -> int:
        """Mark entries whose time is over as expired. Returns how many, 0 if another replica holds the lock."""
        async with self._database.transaction() as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _EXPIRY_LOCK):
                return 0
            return await _counted(connection, "SELECT watchlist.expire_due()", may_destroy)

    async def forget_reports(self, may_destroy: MayDestroy) -> int:
        """Delete the reports of imports that ended, or were committed, a day ago; how many rows."""
        async with self._database.transaction() as connection:
            return await _counted(connection, "SELECT watchlist.forget_reports()", may_destroy)

    async def end_idle_imports(self, may_destroy: MayDestroy) -> int:
        """Throw imports away that were left open for a week; how many."""
        async with self._database.transaction() as connection:
            return await _counted(connection, "SELECT watchlist.end_idle_imports()", may_destroy)


async def _counted(connection: Connection, ending: str, may_destroy: MayDestroy) -> int:
    count = int(await connection.fetchval(ending))
    if count:
        await confirm(may_destroy)
    return count
