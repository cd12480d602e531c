"""What a verdict of "somebody else" leaves of an incident: the walks that it was not about. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from services.alerts.incidents.core import Raise, raised
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.walks import Evidence, Walk, as_walks, in_order, partner


@dataclass(frozen=True, slots=True)
class Recorded:
    """A sighting of an incident, and when it was recorded."""

    evidence: Evidence
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Leftover:
    """``judged`` was before the reviewers, ``covered`` is their verdict's as well or has an incident of its own.

    Without ``raised`` the others wait again, as if they had come after the verdict.
    """

    judged: tuple[Evidence, ...]
    covered: tuple[Evidence, ...]
    others: tuple[Evidence, ...]
    raised: Raise | None

    @property
    def tracks(self) -> frozenset[UUID]:
        """Of what was judged."""
        return frozenset(e.track for e in self.judged if e.track is not None)


def leftover(
    incident: UUID,
    recorded: Sequence[Recorded],
    *,
    first_verdict_at: datetime,
    shown: str | None,
    told: Mapping[UUID, float],
    policy: EvidencePolicy,
    now: datetime,
) -> Leftover:
    """Part the walk that people judged to be somebody else's from those that they cannot have judged.

    They looked at one picture, that of the sighting *shown* (None: there was none, and it was about the nearest). So
    the verdict is about what was recorded of that walk before the first of the verdicts that decided. Every other
    sighting is taken as if it had come after the decision: covered are the same walk, and one that began where it
    broke, as long as they are not clearly nearer. What says that it was recorded long after *now* was not: a clock was
    put right, and nothing says that the reviewers did not see it. *told* has the tracks that have an incident of their
    own, with the highest similarity that this covers.
    """
    everything = [r.evidence for r in recorded]
    known = [r.evidence for r in recorded if not first_verdict_at < r.recorded_at <= now + policy.window]
    before = known or everything
    nearest = max(before, key=lambda e: e.similarity)
    looked_at = next((e for e in before if e.sighting_id == shown), nearest)
    judged = sorted((e for e in before if _is_of(e, looked_at)), key=in_order)
    rest = [e for e in everything if e not in judged]
    covered = _covered(judged, rest, told, policy)
    others = tuple(sorted((e for e in rest if e not in covered), key=in_order))
    return Leftover(tuple(judged), tuple(covered), others, _raise(incident, others, policy))


def _is_of(evidence: Evidence, looked_at: Evidence) -> bool:
    """Whether both are of one walk. Faces of one camera that were not followed cannot be told apart."""
    return (evidence.camera, evidence.track) == (looked_at.camera, looked_at.track)


def _covered(
    judged: Sequence[Evidence], rest: Sequence[Evidence], told: Mapping[UUID, float], policy: EvidencePolicy
) -> list[Evidence]:
    peak = max(e.similarity for e in judged)
    later = [e for e in rest if _is_of(e, judged[0])]
    chain = [Walk(tuple(sorted([*judged, *later], key=in_order)))]
    found = [e for e in later if policy.is_like(e.similarity, peak)]
    walks = as_walks(e for e in rest if not _is_of(e, judged[0]))
    for walk in list(walks):
        if walk.track is not None and walk.track in told and policy.is_like(walk.peak, told[walk.track]):
            walks.remove(walk)
            found += walk.sightings
    # A track that broke may have broken again.
    while next_ones := [walk for walk in walks if _goes_on(walk, chain, peak, policy)]:
        chain += next_ones
        found += [e for walk in next_ones for e in walk.sightings]
        walks = [walk for walk in walks if walk not in next_ones]
    return found


def _goes_on(walk: Walk, chain: Sequence[Walk], peak: float, policy: EvidencePolicy) -> bool:
    """Whether *walk* is one piece more of what was judged, by the measure by which it would be after the decision."""
    if walk.camera != chain[0].camera or not policy.is_like(walk.peak, peak):
        return False
    if any(walk.is_beside(piece) for piece in chain):
        return False
    return any(walk.is_within(piece, policy.presence) for piece in chain)


def _raise(incident: UUID, others: Sequence[Evidence], policy: EvidencePolicy) -> Raise | None:
    """The incident that *others* raise by the rule. All go along, so that they are before the next reviewers."""
    walks = sorted(as_walks(others), key=lambda walk: (walk.peak, walk.last_seen_at), reverse=True)
    for walk in walks:
        other = None if policy.is_strong(walk.peak) else partner(walk, [w for w in walks if w is not walk], policy)
        if other is None and not policy.is_strong(walk.peak):
            continue
        raising = [walk] if other is None else [walk, other]
        beside = [e for w in walks if w not in raising for e in w.sightings]
        return raised(uuid5(incident, others[0].sighting_id), raising, policy, beside=beside)
    return None
