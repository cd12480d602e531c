"""From what is known to what one account may be shown: pure."""

import base64
from collections.abc import Mapping, Sequence
from typing import Final, Literal
from uuid import UUID

from proto.wardwatch.v1.camera_states import CameraState
from proto.wardwatch.v1.messages import MatchingControl
from proto.wardwatch.v1.values import from_microseconds
from services.alerts.accounts.holder import Holder
from services.alerts.control import SetControl
from services.alerts.edge import models
from services.alerts.edge.hub import Event
from services.alerts.incidents.review import Outcome, Sight, sight
from services.alerts.incidents.store import Incident, Measurement
from services.alerts.incidents.visits import Report, Stop
from services.alerts.places import CameraPlace
from services.alerts.repairs import Repair
from services.chassis.disk_space import DiskState, Level

_CURSOR_DIGITS: Final = 18  # more than the database counts

Status = Literal["new", "responding", "closed"]


def incident(known: Incident, holder: Holder, label: str | None) -> models.IncidentView:
    """The incident without *label*, strength and verdicts until this account may see them."""
    allowed = sight(known.case, holder.account_id, holder.role)
    return models.IncidentView(
        id=known.id,
        number=known.number,
        site=known.site,
        status=status(known.case.outcome, responded=known.response is not None),
        outcome=known.case.outcome,
        raised_at=known.raised_at,
        first_seen_at=known.first_seen_at,
        last_seen_at=known.last_seen_at,
        camera=known.last_camera,
        cameras=list(known.cameras),
        category=known.category,
        # Nobody is to act any more on what turned out to be somebody else.
        instruction=None if known.case.outcome is Outcome.REJECTED else known.instruction,
        responder=None
        if known.response is None
        else models.Responder(account=known.response.name, at=known.response.at),
        my_verdict=known.case.verdict_of(holder.account_id),
        may_review=known.case.outcome is None and not known.case.has_answered(holder.account_id),
        disputed=known.case.is_disputed,
        corrected_at=known.corrected_at,
        arrived_at=known.arrived_at,
        report=_report(known.report, holder, allowed),
        disclosed=_disclosed(known, allowed, label) if allowed.label else None,
    )


def _disclosed(known: Incident, allowed: Sight, label: str | None) -> models.Disclosed:
    reviews = known.case.reviews if allowed.verdicts else ()
    by = reviews if allowed.scores else ()
    strength: Literal["strong", "possible"] = "strong" if known.strong else "possible"
    return models.Disclosed(
        label=label,
        strength=strength if allowed.strength else None,
        sightings=known.sightings if allowed.strength else None,
        verdicts=[review.verdict for review in reviews if review.verdict is not None],
        by=[models.GivenVerdict(account=known.names[each.account_id], verdict=each.verdict) for each in by],
    )


def _report(report: Report | None, holder: Holder, allowed: Sight) -> models.ReportView | None:
    """A report may say who it was: its words come with one's own verdict, and to who wrote it."""
    if report is None:
        return None
    free = allowed.label or report.account_id == holder.account_id
    return models.ReportView(
        account=report.name,
        at=report.at,
        result=report.result if free else None,
        note=report.note if free else None,
    )


def trail(stops: Sequence[Stop]) -> models.Trail:
    """Where somebody was seen."""
    return models.Trail(stops=[models.StopView(camera=s.camera, since=s.since, until=s.until) for s in stops])


def place(known: CameraPlace) -> models.PlaceView:
    """Where a camera is."""
    return models.PlaceView(
        site=known.site,
        camera=known.camera,
        name=known.name,
        building=known.building,
        floor=known.floor,
        plan=known.has_plan,
    )


def status(outcome: Outcome | None, *, responded: bool) -> Status:
    """Where an incident stands, in one word."""
    if outcome is not None:
        return "closed"
    return "responding" if responded else "new"


def page(found: Sequence[Incident], holder: Holder, labels: Mapping[UUID, str], *, limit: int) -> models.IncidentPage:
    """A page of the list, labels by entry; *found* holds one more than *limit* when there is another page."""
    shown = found[:limit]
    return models.IncidentPage(
        incidents=[incident(i, holder, labels.get(i.entry_id)) for i in shown],
        next=cursor(shown[-1].number) if len(found) > limit else None,
    )


def cursor(number: int) -> str:
    """Where a page ended, as one opaque word."""
    return base64.urlsafe_b64encode(str(number).encode()).decode().rstrip("=")


def read_cursor(text: str) -> int:
    """Read a cursor. Raises ValueError for anything else."""
    number = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    if not number.isascii() or not number.isdigit() or len(number) > _CURSOR_DIGITS:
        raise ValueError("not a cursor")
    return int(number)


def details(incident_id: UUID, measured: Sequence[Measurement]) -> models.IncidentDetails:
    """Scores, for supervisors."""
    return models.IncidentDetails(
        id=incident_id,
        measurements=[
            models.MeasurementView(
                seen_at=m.seen_at,
                camera=m.camera,
                similarity=round(m.similarity, 3),
                face_px=round(m.face_px, 1),
                yaw_degrees=round(m.yaw_degrees, 1),
                walk=m.walk,
                looks=m.looks,
            )
            for m in measured
        ],
    )


def event(happened: Event) -> models.IncidentEvent:
    """An event as phones receive it: where and when, nothing about who."""
    return models.IncidentEvent(
        kind=happened.kind,
        incident=happened.incident_id,
        site=happened.site,
        camera=happened.camera,
        status=status(happened.outcome, responded=happened.responded),
        raised_at=happened.raised_at,
        at=happened.at,
        stages=_stages(happened),
    )


def matching(site: str, control: MatchingControl | None, unstored: SetControl | None = None) -> models.MatchingState:
    """The state of a site; matching runs where it was never stopped."""
    if control is None:
        return models.MatchingState(site=site, stopped=False)
    return models.MatchingState(
        site=site,
        stopped=control.stopped,
        account=control.account,
        reason=control.reason,
        at=control.at,
        stored=unstored is None,
        reached=[] if unstored is None else list(unstored.reached),
    )


def repaired(repair: Repair) -> models.RepairedStream:
    """A stream that was put right."""
    return models.RepairedStream(stream=repair.stream, cause=repair.cause.value, at=repair.at)


def troubled(state: CameraState) -> list[models.TroubledCamera]:
    """A camera that does not see as it should, once for each reason."""
    return [
        models.TroubledCamera(
            site=state.place.site, camera=state.place.camera, code=trouble.kind.code, frames=trouble.frames
        )
        for trouble in state.troubles
    ]


def short_disk(disk: DiskState) -> models.ShortDisk:
    """A disk that pages must warn of."""
    return models.ShortDisk(
        name=disk.name, full=disk.level is Level.FULL, free_bytes=disk.free_bytes, hours_left=disk.hours_left
    )


def _stages(happened: Event) -> models.Stages | None:
    journey = happened.journey
    # Captured after it was recorded: by a camera whose clock is ahead, of which no duration follows.
    if journey is None or not 0 < journey.captured_us <= happened.recorded_us:
        return None

    def ms(stamp_us: int) -> float | None:
        return round((stamp_us - journey.captured_us) / 1000, 3) if stamp_us else None

    return models.Stages(
        captured_at=from_microseconds(journey.captured_us),
        received_ms=ms(journey.received_us),
        detected_ms=ms(journey.detected_us),
        embedded_ms=ms(journey.embedded_us),
        matched_ms=ms(journey.matched_us),
        recorded_ms=round((happened.recorded_us - journey.captured_us) / 1000, 3),
    )
