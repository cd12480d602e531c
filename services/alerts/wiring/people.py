"""Who asks: sessions, and who may do what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from services.alerts.accounts.directory import SessionDirectory
from services.alerts.accounts.store import Sessions
from services.alerts.edge.authorisation import Authorisation
from services.alerts.edge.hub import Hub, PostgresEventLog
from services.alerts.edge.query_timeout import QueryTimeout
from services.alerts.edge.stream_slots import StreamSlots
from services.alerts.settings import Settings
from services.alerts.wiring.record import Record
from services.chassis.telemetry import ReadyCheck


@dataclass(frozen=True, slots=True)
class People:
    """Their sessions, their open pages, and the events that wake these."""

    hub: Hub
    directory: SessionDirectory
    sessions: Sessions
    query_timeout: QueryTimeout
    authorisation: Authorisation
    slots: StreamSlots

    def checks(self) -> Mapping[str, ReadyCheck]:
        """What is checked of it, by the names that readiness and the state have for it."""
        return {"events": self.hub.check, "sessions": self.directory.check}


def people(settings: Settings, record: Record, most_connections: int) -> People:
    """A page may keep half of the *most_connections* with its stream of events."""
    hub, query_timeout = Hub(PostgresEventLog(record.database)), QueryTimeout()
    directory = SessionDirectory(record.of_requests, record.database, hub.wake)
    sessions = Sessions(record.of_requests, directory, timedelta(hours=settings.session_hours))
    slots = StreamSlots(most=most_connections // 2)
    return People(hub, directory, sessions, query_timeout, Authorisation(sessions, query_timeout), slots)
