"""A report in lines, for who reads it on a terminal: pure."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from proto.wardwatch.v1.incident_reports import IncidentReport

_VERDICTS = {"same": "same person", "not_same": "not this person", "cannot_tell": "cannot tell", None: "set aside"}


def told(report: IncidentReport) -> Iterator[str]:
    """What *report* says, a line each; times are those of its time zone."""
    zone, incident, entry = ZoneInfo(report.time_zone), report.incident, report.entry

    def at(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"

    yield f"made {at(report.made_at)} ({report.time_zone}) by {report.made_by} for: {report.reason}"
    if report.hospital:
        yield f"hospital {report.hospital}"
    yield f"incident {incident.number} {incident.id} at {incident.site}, raised {at(incident.raised_at)}"
    yield f"confirmed {at(incident.decided_at)}; {report.reviewers} had to agree"
    yield f"about {entry.label or 'somebody erased from the list since'} ({entry.category or 'no category'}) {entry.id}"
    for verdict in report.verdicts:
        alone = "" if verdict.alone else ", knowing what others said"
        yield f"  {verdict.account}: {_VERDICTS[verdict.verdict]}, {at(verdict.at)}{alone}"
    for stop in report.stops:
        yield f"  seen {at(stop.since)} to {at(stop.until)}: {stop.place} ({stop.camera})"
    if report.visit is not None:
        came = f", {report.visit.result}" if report.visit.result else ""
        yield f"went there: {report.visit.account}, {at(report.visit.at)}{came}"
    yield f"pictures: {', '.join(picture.which for picture in report.pictures) or 'none'}"
    yield f"newest event of the audit then: {report.audit.sequence} {report.audit.sha256}"
    yield report.limits
    yield report.care
