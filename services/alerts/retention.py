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
            gone = await connection.fetch(
                "delete from alerts.sighting where incident_id is null and recorded_at < $1 returning 1",
                now - self.retention.pending,
            )
            await connection.execute("delete from alerts.event where at < $1", now - self.retention.events)
            await connection.execute("delete from accounts.code where expires_at < $1", now)
            await connection.execute("delete from accounts.session where expires_at < $1", now)
            expired = await connection.fetch(
                """
                update alerts.incident set outcome = 'unresolved', decided_at = $1
                where id in (select id from alerts.incident
                    where outcome is null and raised_at < $2 and quiet_until < $1 for update skip locked)
                returning id, last_camera
                """,
                now,
                now - self.retention.undecided,
            )
            for row in expired:
                await close(connection, row["id"], row["last_camera"], now)
        return len(gone)


async def close(connection: Connection, incident_id: UUID, camera: str, now: datetime) -> None:
    """Forget the pictures of an incident that was not confirmed, and tell the phones that it is decided."""
    await connection.execute(
        """
        update alerts.sighting set picture = null where incident_id = $1 and picture is not null and exists (
            select 1 from alerts.incident where id = $1 and outcome in ('rejected', 'unresolved'))
        """,
        incident_id,
    )
    await connection.execute(
        "insert into alerts.event (incident_id, kind, camera, at) values ($1, 'closed', $2, $3)",
        incident_id,
        camera,
        now,
    )
