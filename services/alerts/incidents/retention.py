"""What is deleted, and when: nothing is kept that is not needed."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.alerts.database import Connection, Database
from services.chassis.clocks import ClockJumped, MayDestroy, confirm


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is no longer needed stays."""

    pending: timedelta = timedelta(minutes=15)  # sightings that raised nothing
    undecided: timedelta = timedelta(hours=72)  # then nobody can tell any more
    events: timedelta = timedelta(days=7)  # a phone away for longer reads the list instead


@dataclass(frozen=True, slots=True)
class Sweep:
    """Delete what must not be kept. Running it twice, or in two replicas at once, does no harm.

    What is due the database decides itself, by its own clock; *may_destroy* says whether that can be believed,
    before and after: what a clock that jumped in between has deleted is put back.
    """

    database: Database
    retention: Retention
    may_destroy: MayDestroy

    async def __call__(self) -> int:
        """Return how many sightings were deleted because they never became an incident. Raises StoreAway."""
        if not await self.may_destroy():
            return 0
        try:
            return await self._swept()
        except ClockJumped:
            return 0

    async def _swept(self) -> int:
        async with self.database.transaction() as connection:
            gone: int = await connection.fetchval("select alerts.forget_waiting($1)", self.retention.pending)
            await connection.execute("select alerts.forget_events($1)", self.retention.events)
            await connection.execute("select accounts.forget_expired()")
            await _close_all(connection, "select * from alerts.end_overdue($1)", self.retention.undecided)
            await connection.execute("select alerts.forget_late_pictures()")
            await connection.execute("select alerts.forget_tracks()")
            await confirm(self.may_destroy)
        return gone


async def end_alerts(database: Database, may_destroy: MayDestroy) -> int:
    """End undecided incidents of entries that no longer match, with their pending sightings; returns how many.

    While the database's clock is not believed, only those of entries that people ended. Raises StoreAway.
    """
    also_expired = await may_destroy()
    try:
        return await _end_alerts(database, may_destroy, also_expired)
    except ClockJumped:
        return 0


async def _end_alerts(database: Database, may_destroy: MayDestroy, also_expired: bool) -> int:
    async with database.transaction() as connection:
        ended = await _close_all(connection, "select * from alerts.end_of_entries($1)", also_expired)
        # Phones that show a decided incident of somebody who was erased read it again, and find no picture.
        await connection.execute(
            """
            with gone as (delete from alerts.forgotten returning incident_id)
            insert into alerts.event (incident_id, kind, camera, at)
            select i.id, 'updated', i.last_camera, watchlist.present()
            from gone join alerts.incident i on i.id = gone.incident_id where i.outcome = 'confirmed'
            """
        )
        if ended and also_expired:
            await confirm(may_destroy)
    return ended


async def _close_all(connection: Connection, ending: str, *values: timedelta | bool) -> int:
    rows = await connection.fetch(ending, *values)
    for row in rows:
        await close(connection, row["incident_id"], row["camera"])
    return len(rows)


async def close(connection: Connection, incident_id: UUID, camera: str) -> None:
    """Delete the pictures of an incident that was not confirmed, and notify the phones."""
    await connection.execute(
        """
        update alerts.sighting set picture = null where incident_id = $1 and picture is not null and exists (
            select 1 from alerts.incident where id = $1 and outcome in ('rejected', 'unresolved', 'ended'))
        """,
        incident_id,
    )
    await connection.execute(
        "insert into alerts.event (incident_id, kind, camera, at) values ($1, 'closed', $2, watchlist.present())",
        incident_id,
        camera,
    )
