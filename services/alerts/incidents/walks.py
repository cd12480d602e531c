"""Sightings as walks: those of one track are one walk, and walks are what is weighed. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.alerts.incidents.policy import EvidencePolicy

# A detector's clock counts where a camera's is wrong, and frames do not all take the same time to get there.
JITTER: Final = timedelta(seconds=0.5)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sighting as the rule sees it; without ``track`` the face was not followed, and is a walk of one look.

    ``similarity`` is what the track said when the sighting was made, ``began_at`` when the track began.
    """

    sighting_id: str
    camera: str
    frame_id: str
    seen_at: datetime
    similarity: float
    track: UUID | None = None
    began_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Walk:
    """The sightings of one track, oldest first."""

    sightings: tuple[Evidence, ...]

    @property
    def camera(self) -> str:
        """Where: a track is one camera's."""
        return self.sightings[0].camera

    @property
    def track(self) -> UUID | None:
        """None for a face that was not followed."""
        return self.sightings[0].track

    @property
    def first_seen_at(self) -> datetime:
        """When it began, as far as that is known."""
        return min(e.began_at or e.seen_at for e in self.sightings)

    @property
    def last_seen_at(self) -> datetime:
        """When it was seen last."""
        return self.sightings[-1].seen_at

    @property
    def similarity(self) -> float:
        """That of its newest sighting, which is of the mean of all looks so far."""
        return self.sightings[-1].similarity

    @property
    def peak(self) -> float:
        """The highest it ever had."""
        return max(e.similarity for e in self.sightings)

    def is_within(self, other: "Walk", gap: timedelta) -> bool:
        """Whether less than *gap* lies between the two."""
        between = max(self.first_seen_at, other.first_seen_at) - min(self.last_seen_at, other.last_seen_at)
        return between < gap

    def is_beside(self, other: "Walk") -> bool:
        """Whether both were in view of one camera at once, so that they cannot be one person's."""
        if self.camera != other.camera or self.track is None or other.track is None or self.track == other.track:
            return False
        return self._was_there_at(other) or other._was_there_at(self)

    def _was_there_at(self, other: "Walk") -> bool:
        return any(self.first_seen_at + JITTER < e.seen_at <= self.last_seen_at for e in other.sightings)


def as_walks(sightings: Iterable[Evidence]) -> list[Walk]:
    """Each track's sightings together, and each face that was not followed alone; in the order they were seen first."""
    by_walk: dict[tuple[str, UUID | str], list[Evidence]] = {}
    for e in sorted(sightings, key=in_order):
        by_walk.setdefault((e.camera, e.track or e.sighting_id), []).append(e)
    return [Walk(tuple(each)) for each in by_walk.values()]


def partner(walk: Walk, others: Sequence[Walk], policy: EvidencePolicy) -> Walk | None:
    """The nearest of *others* that corroborates *walk*; None where there is none, or *walk* is not near enough itself.

    It was seen within the evidence's time of it, and at another camera, or before or after a break: the tracks of a
    person whose track broke are not two walks, nor are two faces of one frame.
    """
    if not policy.is_corroborating(walk.similarity):
        return None
    corroborating = [
        other
        for other in others
        if policy.is_corroborating(other.similarity)
        and abs(other.last_seen_at - walk.last_seen_at) <= policy.evidence
        and (other.camera != walk.camera or not walk.is_within(other, policy.presence))
    ]
    return max(corroborating, key=lambda other: (other.similarity, other.last_seen_at), default=None)


def in_order(evidence: Evidence) -> tuple[datetime, str]:
    """Key by which sightings are sorted, oldest first."""
    return evidence.seen_at, evidence.sighting_id
