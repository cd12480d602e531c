"""What is deleted, and when: nothing is kept that is not needed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.alerts.database import Connection, Database


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is no longer needed stays."""

    pending: timedelta = timedelta(minutes=15)  # sightings that raised nothing
    undecided: timedelta = timedelta(hours=72)  # then nobody can tell any more
    events: timedelta = timedelta(days=7)  # a phone away for longer reads the list instead


@dataclass(frozen=True, slots=True)
class Sweep:
    """Delete what must not be kept. Running it twice, or in two replicas at once, does no harm."""

    database: Database
    retention: Retention

    async def __call__(self, now: datetime) -> int:
        """Return how many sightings were deleted because they never became an incident."""
        async with self.database.transaction() as connection:
            # What was recorded by a clock that was far ahead would otherwise stay until that time has come.
            gone = await connection.fetch(
                """
                delete from alerts.sighting where sighting_id in (
                    select sighting_id from alerts.sighting
                    where incident_id is null and (recorded_at < $1 or recorded_at > $2) for update skip locked)
                returning 1
                """,
                now - self.retention.pending,
                now + self.retention.pending,
            )
            # By number: an event before one that is too old is too old as well, whatever its time.
            await connection.execute(
                "delete from alerts.event where id <= (select max(id) from alerts.event where at < $1)",
                now - self.retention.events,
            )
            await connection.execute("delete from accounts.code where expires_at < $1", now)
            await connection.execute("delete from accounts.session where expires_at < $1", now)
            expired = await connection.fetch(
                """
                update alerts.incident set outcome = 'unresolved', decided_at = $1
                where id in (select id from alerts.incident i
                    where outcome is null and (raised_at < $2 and (quiet_until < $1 or quiet_until > $3)
                        or raised_at > $3 and exists (
                            select from alerts.event told join alerts.event later on later.id > told.id
                            where told.incident_id = i.id and told.kind = 'raised' and later.at < $2
                        )) for update skip locked)
                returning id, last_camera
                """,
                now,
                now - self.retention.undecided,
                now + self.retention.pending,
            )
            for row in expired:
                await close(connection, row["id"], row["last_camera"], now)
            # What an erasure could not see: a sighting that was being recorded at that moment.
            await connection.execute(
                """
                update alerts.sighting set picture = null where picture is not null
                    and entry_id in (select entry_id from watchlist.entry_standing where erased)
                """
            )
        return len(gone)


async def end_alerts(database: Database, now: datetime) -> int:
    """End undecided incidents of entries that no longer match, with their pending sightings; returns how many."""
    async with database.transaction() as connection:
        await connection.execute(
            """
            delete from alerts.sighting where sighting_id in (
                select s.sighting_id from alerts.sighting s join watchlist.entry_standing e on e.entry_id = s.entry_id
                where s.incident_id is null and (e.ended or e.expires_at <= $1)
                for update of s skip locked)
            """,
            now,
        )
        ended = await connection.fetch(
            """
            update alerts.incident set outcome = 'ended', decided_at = $1
            where id in (
                select i.id from alerts.incident i join watchlist.entry_standing e on e.entry_id = i.entry_id
                where i.outcome is null and (e.ended or e.expires_at <= $1)
                for update of i skip locked)
            returning id, last_camera
            """,
            now,
        )
        for row in ended:
            await close(connection, row["id"], row["last_camera"], now)
        # Phones that show a decided incident of somebody who was erased read it again, and find no picture.
        await connection.execute(
            """
            with gone as (delete from alerts.forgotten returning incident_id)
            insert into alerts.event (incident_id, kind, camera, at)
            select i.id, 'updated', i.last_camera, $1 from gone join alerts.incident i on i.id = gone.incident_id
            where i.outcome = 'confirmed'
            """,
            now,
        )
    return len(ended)


async def close(connection: Connection, incident_id: UUID, camera: str, now: datetime) -> None:
    """Delete the pictures of an incident that was not confirmed, and notify the phones."""
    await connection.execute(
        """
        update alerts.sighting set picture = null where incident_id = $1 and picture is not null and exists (
            select 1 from alerts.incident where id = $1 and outcome in ('rejected', 'unresolved', 'ended'))
        """,
        incident_id,
    )
    await connection.execute(
        "insert into alerts.event (incident_id, kind, camera, at) values ($1, 'closed', $2, $3)",
        incident_id,
        camera,
        now,
    )
