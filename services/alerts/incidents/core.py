"""When walks become an incident, and what an incident still takes. Pure: time is an argument (docs/adr/0082)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.review import Outcome
from services.alerts.incidents.walks import Evidence, Walk, as_walks, in_order, partner

# Of a sighting that joins: who judges must see each camera, each likeness and each walk, and no more than is needed.
Picture = Literal["kept", "one of its walk", "while there is room", "dropped"]

# So far the database's clock may be set back without anybody noticing; what is stamped later is from a clock that was
# wrong, and is not believed.
_LEAD: Final = timedelta(seconds=5)

_DISMISSED: Final = (Outcome.REJECTED, Outcome.UNRESOLVED)


@dataclass(frozen=True, slots=True)
class KnownIncident:
    """An incident of one person at one site.

    ``tracks`` are those it was raised for, ``peak_similarity`` the highest that these had. Of a decided one both, and
    ``cameras``, are of what was judged. As seen from the sighting in question: ``there``, that one of its own is of
    that camera, without a break between; ``beside``, that somebody else of it was in view of the camera meanwhile.
    """

    incident_id: UUID
    number: int
    first_seen_at: datetime
    last_seen_at: datetime
    quiet_until: datetime
    cameras: frozenset[str]
    announced_at: datetime
    peak_similarity: float
    tracks: frozenset[UUID] = frozenset()
    outcome: Outcome | None = None
    there: bool = False
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Not enough yet: keep the sighting for a little while."""


@dataclass(frozen=True, slots=True)
class Join:
    """The sighting belongs to an incident that exists."""

    incident_id: UUID
    first_seen_at: datetime
    last_seen_at: datetime
    quiet_until: datetime
    peak_similarity: float
    announce: bool
    picture: Picture


@dataclass(frozen=True, slots=True)
class Raise:
    """Tell people. ``evidence`` is the new sighting and what waited for it, oldest first; ``tracks`` raised it."""

    incident_id: UUID
    evidence: tuple[Evidence, ...]
    tracks: frozenset[UUID]
    quiet_until: datetime
    peak_similarity: float
    strong: bool


Decision = Wait | Join | Raise


def belongs(new: Evidence, known: Iterable[KnownIncident], *, policy: EvidencePolicy, now: datetime) -> Join | None:
    """Which incident *new* belongs to, given those of the same person and site; None for what is to be weighed.

    First its own: the one that its track was raised for. A verdict on that covers the track for as long as it lives,
    if the verdict was "the same", and as long as the track is like what was judged, if it was another one. Else the
    verdict on somebody who is still at that camera; else the newest open incident that it is not clearly nearer than.
    """
    believed = sorted((b for i in known if (b := _believable(i, policy, now)) is not None), key=_newest_first)
    own = [i for i in believed if new.track in i.tracks]
    taking = (
        *(i for i in own if i.outcome is None),
        *(i for i in own if i.outcome is Outcome.CONFIRMED or (i.outcome in _DISMISSED and _is_like(new, i, policy))),
        # What people judged to be somebody else's walk and is clearly nearer now is nobody's look-alike.
        *(i for i in believed if not own and i.outcome in _DISMISSED and _is_still_there(new, i, policy)),
        *(i for i in believed if i.outcome is None and _is_open_to(new, i, policy)),
        *(i for i in believed if not own and i.outcome is Outcome.CONFIRMED and _is_still_there(new, i, policy)),
    )
    return _join(new, taking[0], policy, now) if taking else None


def weigh(
    new: Evidence,
    pending: Sequence[Evidence],
    known: Sequence[KnownIncident],
    *,
    policy: EvidencePolicy,
    now: datetime,
) -> Raise | Wait:
    """Whether *new*, which belongs to no incident, is enough to raise one: with *pending*, the sightings that wait.

    One strong walk is enough, or two different ones that are corroborating. Who is clearly nearer than an open incident
    needs no second walk: that incident has shown that somebody is there, and people must look at the nearer one too.
    """
    if not policy.is_corroborating(new.similarity):
        return Wait()
    walks = as_walks([new, *(e for e in pending if e.sighting_id != new.sighting_id)])
    mine = next(walk for walk in walks if new in walk.sightings)
    if policy.is_strong(new.similarity) or any(_is_in_window(new, i, policy, now) for i in known):
        return raised(incident_id(new.sighting_id), [mine], policy)
    other = partner(mine, [walk for walk in walks if walk is not mine and not _is_told(walk, known, policy)], policy)
    return raised(incident_id(new.sighting_id), [mine, other], policy) if other is not None else Wait()


def raised(name: UUID, walks: Sequence[Walk], policy: EvidencePolicy, *, beside: Iterable[Evidence] = ()) -> Raise:
    """The incident that *walks* raise; sightings *beside* them go along."""
    evidence = sorted([*(e for walk in walks for e in walk.sightings), *beside], key=in_order)
    return Raise(
        incident_id=name,
        evidence=tuple(evidence),
        tracks=frozenset(walk.track for walk in walks if walk.track is not None),
        quiet_until=evidence[-1].seen_at + policy.window,
        peak_similarity=max(walk.peak for walk in walks),
        strong=any(policy.is_strong(walk.peak) for walk in walks),
    )


def whole(decision: Raise, waiting: Iterable[Evidence]) -> Raise:
    """The incident with every sighting of its walks that is *waiting*, also those that add nothing to what they say."""
    every = {e.sighting_id: e for e in (*waiting, *decision.evidence)}
    return replace(decision, evidence=tuple(sorted(every.values(), key=in_order)))


def incident_id(sighting_id: str) -> UUID:
    """The incident a sighting raises: derived, so that a redelivery raises the same one."""
    return uuid5(NAMESPACE_URL, f"wardwatch:incident:{sighting_id}")


def _believable(incident: KnownIncident, policy: EvidencePolicy, now: datetime) -> KnownIncident | None:
    """The incident with no stamp later than *now*; None when it was recorded by a clock that was ahead."""
    if incident.last_seen_at > now + _LEAD:
        return None
    last_seen_at = min(incident.last_seen_at, now)
    return replace(
        incident,
        first_seen_at=min(incident.first_seen_at, now),
        last_seen_at=last_seen_at,
        quiet_until=min(incident.quiet_until, last_seen_at + policy.window),
    )


def _is_open_to(new: Evidence, incident: KnownIncident, policy: EvidencePolicy) -> bool:
    """Whether an undecided incident takes a walk that did not raise it: one in its window, and not clearly nearer.

    Faces that are not followed vary from frame to frame: at the camera of an incident of such they are one walk.
    """
    if new.seen_at > incident.quiet_until or _length(new, incident) > policy.longest:
        return False
    is_like = policy.is_like_open(new.similarity, incident.peak_similarity)
    return is_like or _is_unfollowed_there(new, incident)


def _is_in_window(new: Evidence, incident: KnownIncident, policy: EvidencePolicy, now: datetime) -> bool:
    believed = _believable(incident, policy, now)
    if believed is None or believed.outcome is not None:
        return False
    return new.seen_at <= believed.quiet_until and _length(new, believed) <= policy.longest


def _is_told(walk: Walk, known: Iterable[KnownIncident], policy: EvidencePolicy) -> bool:
    """Whether people were told of *walk* before, though one of its sightings waits: it came late, or the others did."""
    own = [i for i in known if walk.track in i.tracks]
    return any(i.outcome not in _DISMISSED or policy.is_like(walk.peak, i.peak_similarity) for i in own)


def _is_still_there(new: Evidence, decided: KnownIncident, policy: EvidencePolicy) -> bool:
    """Whether the verdict on *decided* was about *new* too, though its track is another: a track breaks.

    That is at a camera that was judged, without a break, with nobody of the incident in view besides, and not clearly
    nearer than what was judged; no longer than the window, which does not move on after a verdict of somebody else.
    """
    if not decided.there or decided.beside:
        return False
    if decided.outcome is Outcome.CONFIRMED:
        is_same = _is_like(new, decided, policy) or _is_unfollowed_there(new, decided)
        return is_same and _length(new, decided) <= policy.longest
    return new.seen_at < decided.quiet_until and _is_like(new, decided, policy)


def _is_unfollowed_there(new: Evidence, incident: KnownIncident) -> bool:
    return new.track is None and not incident.tracks and incident.there


def _is_like(new: Evidence, incident: KnownIncident, policy: EvidencePolicy) -> bool:
    return policy.is_like(new.similarity, incident.peak_similarity)


def _length(new: Evidence, incident: KnownIncident) -> timedelta:
    """How long the incident would be with *new*."""
    return max(incident.last_seen_at, new.seen_at) - min(incident.first_seen_at, new.seen_at)


def _newest_first(incident: KnownIncident) -> int:
    return -incident.number


def _join(new: Evidence, incident: KnownIncident, policy: EvidencePolicy, now: datetime) -> Join:
    moving = incident.outcome in (None, Outcome.CONFIRMED)
    is_its_walk = new.track in incident.tracks or _is_unfollowed_there(new, incident)
    last_seen_at = max(incident.last_seen_at, new.seen_at)
    if not moving and new.seen_at >= incident.quiet_until:
        last_seen_at = incident.last_seen_at
    # An announcement from the future is none that anybody can rely on.
    recently = timedelta(0) <= now - incident.announced_at < policy.announce
    peak = incident.peak_similarity
    return Join(
        incident_id=incident.incident_id,
        first_seen_at=min(incident.first_seen_at, new.seen_at) if moving else incident.first_seen_at,
        last_seen_at=last_seen_at,
        quiet_until=max(incident.quiet_until, last_seen_at + policy.window) if moving else incident.quiet_until,
        # What did not raise the incident does not make it nearer: else a second person could come near step by step.
        peak_similarity=max(peak, new.similarity) if moving and is_its_walk else peak,
        announce=moving and (new.camera not in incident.cameras or not recently),
        picture=_picture(new, incident, policy) if incident.outcome not in _DISMISSED else "dropped",
    )


def _picture(new: Evidence, incident: KnownIncident, policy: EvidencePolicy) -> Picture:
    if incident.outcome is None and (
        new.camera not in incident.cameras or new.similarity > incident.peak_similarity + policy.likeness
    ):
        return "kept"
    if incident.outcome is None and new.track is not None and new.track not in incident.tracks:
        return "one of its walk"
    return "while there is room"
