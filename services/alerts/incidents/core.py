"""When sightings become an incident. Pure: time is an argument."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from proto.wardwatch.v1.values import Journey
from services.alerts.incidents.review import Outcome

# A frame reaches the detector well within this; a camera that claims to be older has a wrong clock.
TRANSIT: Final = timedelta(seconds=10)
# Unread sightings are kept by the broker for this long; an older stamp is a wrong clock, not a backlog.
OLDEST: Final = timedelta(days=7)

_ROUNDING: Final = 1e-6
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class EvidencePolicy:
    """How much evidence raises an incident, and what a verdict covers. Similarities are cosines."""

    strong: float = 0.70
    frames: int = 3
    evidence: timedelta = timedelta(seconds=10)
    window: timedelta = timedelta(seconds=300)
    announce: timedelta = timedelta(seconds=5)  # at most one update per incident in this time, new cameras excepted
    presence: timedelta = timedelta(seconds=30)  # who is not seen for longer has gone; who is seen then has come back
    likeness: float = 0.03  # a face this much above what was judged may be another person's

    def __post_init__(self) -> None:
        if not timedelta(0) < self.evidence <= self.window:
            raise ValueError("evidence must be gathered within the incident window")
        if self.frames < 1:
            raise ValueError("at least one frame is needed")

    def is_strong(self, similarity: float) -> bool:
        """Whether one sighting of it is enough. Kept in four bytes, a cosine may be a little less than it was."""
        return similarity >= self.strong - _ROUNDING


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sighting as the rule sees it."""

    sighting_id: str
    camera: str
    frame_id: str
    seen_at: datetime
    similarity: float


@dataclass(frozen=True, slots=True)
class KnownIncident:
    """An incident of one person at one site: one that takes sightings, or one that is decided.

    ``cameras`` and ``peak_similarity`` of a decided one are those of the sightings that were judged.
    """

    incident_id: UUID
    first_seen_at: datetime
    last_seen_at: datetime
    quiet_until: datetime
    cameras: frozenset[str]
    announced_at: datetime
    peak_similarity: float
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Not enough yet: keep the sighting for a little while."""


@dataclass(frozen=True, slots=True)
class Join:
    """The sighting belongs to an incident that exists."""

    incident_id: UUID
    last_seen_at: datetime
    quiet_until: datetime
    announce: bool
    picture: Literal["kept", "while there is room", "dropped"]


@dataclass(frozen=True, slots=True)
class Raise:
    """Tell people. ``evidence`` holds the new sighting and those that waited for it, oldest first."""

    incident_id: UUID
    evidence: tuple[Evidence, ...]
    quiet_until: datetime
    strong: bool


Decision = Wait | Join | Raise


def decide(
    new: Evidence,
    pending: Sequence[Evidence],
    known: Sequence[KnownIncident],
    *,
    policy: EvidencePolicy,
    now: datetime,
) -> Decision:
    """Say what *new* means, given the incidents and the waiting sightings of the same person and site.

    What a verdict of "somebody else" covers (see ``_is_covered``) stays with the incident it was given on. Any other
    sighting up to the end of the newest undecided incident's window joins that, also one that comes late and is older.
    Else a confirmed person who is still there stays with the confirmed incident; and all else counts anew, so that
    nobody is missed because somebody else was judged (docs/adr/0054).
    """
    believed = [believable for incident in known if (believable := _believable(incident, policy, now)) is not None]
    covering = [incident for incident in believed if _is_covered(new, incident, policy)]
    undecided = [incident for incident in believed if incident.outcome is None]
    newest = max(undecided, key=lambda incident: incident.first_seen_at, default=None)
    in_window = [newest] if newest is not None and new.seen_at <= newest.quiet_until else []
    dismissed = [incident for incident in covering if incident.outcome is not Outcome.CONFIRMED]
    taking = [*dismissed, *in_window, *covering]
    if taking:
        return _join(new, taking[0], policy, now)
    usable = [e for e in pending if newest is None or e.seen_at > newest.quiet_until]
    evidence = _densest(new, usable, policy.evidence)
    return _raise(incident_id(new.sighting_id), evidence, policy) if _is_enough(evidence, policy) else Wait()


@dataclass(frozen=True, slots=True)
class Recorded:
    """A sighting of an incident, and when it was recorded."""

    evidence: Evidence
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Leftover:
    """What a verdict leaves: the sightings it was about, the others, and the incident that the others raise.

    Without ``raised`` the others wait again, as if they had come after the verdict.
    """

    judged: tuple[Evidence, ...]
    others: tuple[Evidence, ...]
    raised: Raise | None


def leftover(
    incident: UUID,
    recorded: Sequence[Recorded],
    *,
    first_verdict_at: datetime,
    shown_camera: str | None,
    policy: EvidencePolicy,
    now: datetime,
) -> Leftover:
    """Part what people judged to be somebody else from what they cannot have judged.

    They looked at one picture, from *shown_camera* (None: there was no picture). So a verdict is about what was
    recorded before the first of the verdicts that decided, but for strong sightings at another camera, and about what
    came later only as far as it is covered like any sighting after a decision. What says that it was recorded long
    after *now* was not: a clock was put right, and nothing says that the reviewers did not see it.
    """
    judged = [
        r.evidence
        for r in recorded
        if not first_verdict_at < r.recorded_at <= now + policy.window
        and (not policy.is_strong(r.evidence.similarity) or shown_camera in (None, r.evidence.camera))
    ]
    if not judged:
        return Leftover(tuple(r.evidence for r in recorded), (), None)
    cameras = {e.camera for e in judged}
    peak = max(e.similarity for e in judged)
    known = {e.sighting_id for e in judged}
    rest = [r.evidence for r in recorded if r.evidence.sighting_id not in known]
    covered = [e for e in rest if e.camera in cameras and _is_like(e.similarity, peak, policy)]
    others = sorted((e for e in rest if e not in covered), key=_order)
    enough = any(_is_enough(_densest(e, others, policy.evidence), policy) for e in others)
    # All that was not judged goes along, so that its pictures and cameras are before the next reviewers.
    name = uuid5(incident, others[0].sighting_id) if others else incident
    return Leftover(tuple(judged + covered), tuple(others), _raise(name, tuple(others), policy) if enough else None)


def incident_id(sighting_id: str) -> UUID:
    """The incident a sighting raises: derived, so that a redelivery raises the same one."""
    return uuid5(NAMESPACE_URL, f"wardwatch:incident:{sighting_id}")


def seen_at(journey: Journey, *, arrival: datetime) -> datetime:
    """When the person was there, as far as it can be believed.

    The camera's clock counts within ``TRANSIT`` before the detector took the frame; the detector's clock counts
    between ``OLDEST`` before *arrival* and *arrival*. So a camera set to the wrong year moves nothing.
    """
    received = _time(journey.received_us) or arrival
    if not arrival - OLDEST <= received <= arrival:
        received = arrival
    captured = _time(journey.captured_us) or received
    return captured if received - TRANSIT <= captured <= received else received


def _believable(incident: KnownIncident, policy: EvidencePolicy, now: datetime) -> KnownIncident | None:
    """The incident with no stamp later than *now*; None when it was recorded by a clock that was far ahead.

    A little ahead is what clocks of two replicas differ by: what they wrote is taken for now.
    """
    if incident.last_seen_at > now + policy.window:
        return None
    last_seen_at = min(incident.last_seen_at, now)
    return replace(
        incident,
        first_seen_at=min(incident.first_seen_at, now),
        last_seen_at=last_seen_at,
        quiet_until=min(incident.quiet_until, last_seen_at + policy.window),
    )


def _is_covered(new: Evidence, decided: KnownIncident, policy: EvidencePolicy) -> bool:
    """Whether the verdict on *decided* was about *new* as well: the same person, who is still there.

    That is: at a camera that was judged, without a break. For somebody who was not confirmed also: not strong, not more
    alike than what was judged, and no longer than the window, which does not move on after the decision.
    """
    if decided.outcome in (None, Outcome.ENDED) or new.camera not in decided.cameras:
        return False
    if not decided.first_seen_at - policy.presence <= new.seen_at <= decided.last_seen_at + policy.presence:
        return False
    if decided.outcome is Outcome.CONFIRMED:
        return True
    return new.seen_at < decided.quiet_until and _is_like(new.similarity, decided.peak_similarity, policy)


def _is_like(similarity: float, peak: float, policy: EvidencePolicy) -> bool:
    return not policy.is_strong(similarity) and similarity <= peak + policy.likeness


def _join(new: Evidence, incident: KnownIncident, policy: EvidencePolicy, now: datetime) -> Join:
    last_seen_at = max(incident.last_seen_at, new.seen_at)
    moving = incident.outcome in (None, Outcome.CONFIRMED)
    # An announcement from the future is none that anybody can rely on.
    recently = timedelta(0) <= now - incident.announced_at < policy.announce
    picture: Literal["kept", "while there is room", "dropped"] = "while there is room" if moving else "dropped"
    if incident.outcome is None and (
        new.camera not in incident.cameras or new.similarity > incident.peak_similarity + policy.likeness
    ):
        picture = "kept"
    return Join(
        incident_id=incident.incident_id,
        last_seen_at=last_seen_at,
        quiet_until=max(incident.quiet_until, last_seen_at + policy.window) if moving else incident.quiet_until,
        announce=moving and (new.camera not in incident.cameras or not recently),
        picture=picture,
    )


def _is_enough(evidence: Sequence[Evidence], policy: EvidencePolicy) -> bool:
    frames = {(e.camera, e.frame_id) for e in evidence}
    return len(frames) >= policy.frames or any(policy.is_strong(e.similarity) for e in evidence)


def _raise(name: UUID, evidence: tuple[Evidence, ...], policy: EvidencePolicy) -> Raise:
    return Raise(
        incident_id=name,
        evidence=evidence,
        quiet_until=evidence[-1].seen_at + policy.window,
        strong=any(policy.is_strong(e.similarity) for e in evidence),
    )


def _densest(new: Evidence, pending: Sequence[Evidence], span: timedelta) -> tuple[Evidence, ...]:
    """The stretch of at most *span* that holds *new* and the most distinct frames, oldest first."""
    near = [e for e in pending if abs(e.seen_at - new.seen_at) <= span and e.sighting_id != new.sighting_id]
    ordered = sorted([*near, new], key=_order)
    stretches = [
        tuple(e for e in ordered if start.seen_at <= e.seen_at <= start.seen_at + span)
        for start in ordered
        if start.seen_at <= new.seen_at
    ]
    return max(stretches, key=lambda stretch: len({(e.camera, e.frame_id) for e in stretch}))


def _order(evidence: Evidence) -> tuple[datetime, str]:
    return evidence.seen_at, evidence.sighting_id


def _time(microseconds: int) -> datetime | None:
    """None for a stage that left no stamp, or a stamp beyond what a clock can show."""
    if not 0 < microseconds < 253_402_300_800_000_000:  # the year 10000
        return None
    return _EPOCH + timedelta(microseconds=microseconds)
