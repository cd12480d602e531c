"""When sightings become an incident: pure decisions that are told the time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from proto.wardwatch.v1.values import Journey

# A frame reaches the detector well within this; a camera that claims to be older has a wrong clock.
TRANSIT: Final = timedelta(seconds=10)
# Unread sightings are kept by the broker for this long; an older stamp is a wrong clock, not a backlog.
OLDEST: Final = timedelta(days=7)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class EvidencePolicy:
    """How much must be seen before people are told. Similarities are cosines."""

    strong: float = 0.70
    frames: int = 3
    evidence: timedelta = timedelta(seconds=10)
    window: timedelta = timedelta(seconds=300)
    announce: timedelta = timedelta(seconds=5)  # at most one update per incident in this time, new cameras excepted

    def __post_init__(self) -> None:
        if not timedelta(0) < self.evidence <= self.window:
            raise ValueError("evidence must be gathered within the incident window")
        if self.frames < 1:
            raise ValueError("at least one frame is needed")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sighting as the rule sees it."""

    sighting_id: str
    camera: str
    frame_id: str
    seen_at: datetime
    similarity: float


@dataclass(frozen=True, slots=True)
class LatestIncident:
    """The newest incident of one person at one site, decided or not."""

    incident_id: UUID
    first_seen_at: datetime
    last_seen_at: datetime
    quiet_until: datetime
    cameras: frozenset[str]
    announced_at: datetime


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


@dataclass(frozen=True, slots=True)
class Raise:
    """Tell people. ``evidence`` holds the new sighting and those that waited for it, oldest first."""

    incident_id: UUID
    evidence: tuple[Evidence, ...]
    quiet_until: datetime
    strong: bool


Decision = Wait | Join | Raise


def decide(
    new: Evidence, pending: Sequence[Evidence], latest: LatestIncident | None, *, policy: EvidencePolicy, now: datetime
) -> Decision:
    """Say what *new* means, given the sightings of the same person and site that still wait.

    A sighting up to the end of the latest incident's window joins it, also one that comes late and is older than the
    incident: so there are never two incidents within a window, whatever the order of arrival.
    """
    if latest is not None and new.seen_at <= latest.quiet_until:
        return _join(new, latest, policy, now)
    usable = [e for e in pending if latest is None or e.seen_at > latest.quiet_until]
    evidence = _densest(new, usable, policy.evidence)
    strong = any(e.similarity >= policy.strong for e in evidence)
    if not strong and len({(e.camera, e.frame_id) for e in evidence}) < policy.frames:
        return Wait()
    return Raise(
        incident_id=incident_id(new.sighting_id),
        evidence=evidence,
        quiet_until=evidence[-1].seen_at + policy.window,
        strong=strong,
    )


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


def _join(new: Evidence, latest: LatestIncident, policy: EvidencePolicy, now: datetime) -> Join:
    last_seen_at = max(latest.last_seen_at, new.seen_at)
    return Join(
        incident_id=latest.incident_id,
        last_seen_at=last_seen_at,
        quiet_until=max(latest.quiet_until, last_seen_at + policy.window),
        announce=new.camera not in latest.cameras or now - latest.announced_at >= policy.announce,
    )


def _densest(new: Evidence, pending: Sequence[Evidence], span: timedelta) -> tuple[Evidence, ...]:
    """The stretch of at most *span* that holds *new* and the most distinct frames, oldest first."""
    near = [e for e in pending if abs(e.seen_at - new.seen_at) <= span and e.sighting_id != new.sighting_id]
    ordered = sorted([*near, new], key=lambda e: (e.seen_at, e.sighting_id))
    stretches = [
        tuple(e for e in ordered if start.seen_at <= e.seen_at <= start.seen_at + span)
        for start in ordered
        if start.seen_at <= new.seen_at
    ]
    return max(stretches, key=lambda stretch: len({(e.camera, e.frame_id) for e in stretch}))


def _time(microseconds: int) -> datetime | None:
    """None for a stage that left no stamp, or a stamp beyond what a clock can show."""
    if not 0 < microseconds < 253_402_300_800_000_000:  # the year 10000
        return None
    return _EPOCH + timedelta(microseconds=microseconds)
