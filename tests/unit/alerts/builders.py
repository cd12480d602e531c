"""What tests of the alerts service are made of, with sensible defaults."""

from datetime import UTC, datetime
from uuid import UUID

from services.alerts.incidents.review import Case
from services.alerts.incidents.store import Incident

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ENTRY = UUID(int=7)


def incident(case: Case, *, number: int = 7, entry: UUID = ENTRY) -> Incident:
    """An incident of NOON whose reviews are those of *case*."""
    return Incident(
        id=UUID(int=100 + number),
        number=number,
        entry_id=entry,
        site="h1",
        raised_at=NOON,
        first_seen_at=NOON,
        last_seen_at=NOON,
        last_camera="gate",
        cameras=("gate",),
        sightings=4,
        strong=True,
        decided_at=None,
        category="violence",
        instruction="Call 8811.",
        response=None,
        case=case,
    )
