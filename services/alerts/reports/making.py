"""From what the record holds to what a report says: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from proto.wardwatch.v1 import incident_reports as model
from services.alerts.incidents.store import Incident
from services.alerts.incidents.visits import Stop
from services.alerts.reports.store import GivenVerdict, Head


@dataclass(frozen=True, slots=True)
class Making:
    """Who makes a report, for what, with which software and key, and when."""

    id: UUID
    hospital: str
    at: datetime
    by: str
    reason: str
    version: str
    time_zone: str
    key_sha256: str


def report(
    making: Making,
    incident: Incident,
    label: str | None,
    verdicts: Sequence[GivenVerdict],
    stops: Sequence[Stop],
    places: Mapping[str, str],
    pictures: Mapping[str, bytes],
    head: Head,
) -> model.IncidentReport:
    """The report of a confirmed *incident*; *places* are names by camera, *pictures* JPEGs by which face they show."""
    assert incident.decided_at is not None, "what is confirmed is decided"
    return model.IncidentReport(
        id=making.id,
        hospital=making.hospital,
        made_at=making.at,
        made_by=making.by,
        reason=making.reason,
        version=making.version,
        time_zone=making.time_zone,
        incident=model.ReportedIncident(
            id=incident.id,
            number=incident.number,
            site=incident.site,
            raised_at=incident.raised_at,
            first_seen_at=incident.first_seen_at,
            last_seen_at=incident.last_seen_at,
            decided_at=incident.decided_at,
            outcome="confirmed",
            corrected_at=incident.corrected_at,
        ),
        entry=model.ReportedEntry(id=incident.entry_id, label=label, category=incident.category),
        reviewers=incident.case.reviewers,
        verdicts=[
            model.ReportedVerdict(
                account=each.account,
                verdict=None if each.verdict is None else each.verdict.value,
                alone=each.alone,
                at=each.at,
            )
            for each in verdicts
        ],
        stops=[
            model.ReportedStop(
                camera=stop.camera, place=places.get(stop.camera, stop.camera), since=stop.since, until=stop.until
            )
            for stop in stops
        ],
        visit=_visit(incident),
        pictures=[model.ReportedPicture.model_construct(which=which, jpeg=jpeg) for which, jpeg in pictures.items()],
        audit=model.ReportedHead(sequence=head.sequence, sha256=head.sha256),
        key_sha256=making.key_sha256,
    )


def _visit(incident: Incident) -> model.ReportedVisit | None:
    if incident.response is None:
        return None
    said = incident.report
    return model.ReportedVisit(
        account=incident.response.name,
        at=incident.response.at,
        arrived_at=incident.arrived_at,
        result=None if said is None else said.result.value,
        note=None if said is None or not said.note else said.note,
    )
