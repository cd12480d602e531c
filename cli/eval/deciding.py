"""What the running system decides about a walk: the matcher's and the alerts service's own code, at their defaults.

Pure, as what it calls is. Of the services this imports what decides and nothing that opens, stores or sends.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

import numpy as np

from cli.eval.open_set import Matrix
from proto.wardwatch.v1.messages import EntryPublished
from proto.wardwatch.v1.subjects import EntryId, FrameId, Place, camera_id, site_id
from proto.wardwatch.v1.values import EntryState, Journey, Look, Origin, Quality, Vector, to_microseconds
from services.alerts.incidents import core as incidents
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.walks import Evidence
from services.detector.looks import Pace
from services.matcher.core import Gallery, Hit, Neighbour, QualityGate, decide
from services.matcher.held_policy import INITIAL_SIMILARITY
from services.matcher.walks import WalkLimits, Walks

# From which cosine on the matcher sights somebody, until two people change it.
SIGHTED: Final = INITIAL_SIMILARITY
# From when on people are told.
POLICY: Final = EvidencePolicy()
# The matcher's own; its settings stand in its README, where a test compares them with these.
WALK_LIMITS: Final = WalkLimits(walks=1, seconds=30.0)
# Looks of a track are half a second apart and more; a person passes a camera within seconds.
SECONDS_BETWEEN_LOOKS: Final = 1.5
_PLACE: Final = Place(site_id("eval"), camera_id("walk"))
_BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_NAMES: Final = UUID("b5f4b1f7-8c5e-4f39-9a55-0b9d3f7f6d10")
_ENTRY: Final = EntryId("00000000-0000-4000-8000-000000000001")


def gate() -> QualityGate:
    """Which faces are compared, as the services come."""
    pace = Pace()
    return QualityGate(pace.min_face_px, pace.max_yaw_degrees, pace.min_sharpness)


def passes_gate(face_px: float, yaw_degrees: float, sharpness: float) -> bool:
    """Whether a face of these measures is compared."""
    return gate().refusal(Quality(1.0, face_px, 0.0, sharpness, yaw_degrees, 0.0, 0.0)) is None


def means(looks: Matrix) -> Matrix:
    """(k, d), what the matcher compares after each of *looks* (k, d) of one track."""
    walks = Walks(WALK_LIMITS, lambda _: None)
    return np.stack([_said(walks, number, look) for number, look in enumerate(looks)])


def _said(walks: Walks, number: int, look: Vector) -> Vector:
    seen = walks.add(_origin(number), Look(str(_NAMES), number + 1, 0), look, number * SECONDS_BETWEEN_LOOKS)
    assert seen is not None, "looks come in their order"
    return seen.vector


@dataclass(frozen=True, slots=True)
class Rule:
    """Whether a walk raises an incident for an entry that is alone on the list, at one camera, with nothing before."""

    policy: EvidencePolicy = POLICY
    sighted: float = SIGHTED

    def raises(self, similarities: Matrix) -> bool:
        """*similarities* (k,) are those of the walk's mean after each look."""
        gallery = _gallery(self.sighted)
        waiting: list[Evidence] = []
        for number, similarity in enumerate(similarities):
            neighbour = Neighbour(_ENTRY, 1, "1", float(similarity))
            decision = decide([neighbour], _PLACE.site, _at(number), gallery=gallery)
            if not isinstance(decision, Hit):
                continue
            new = _evidence(number, decision.similarity)
            weighed = incidents.weigh(new, waiting, [], policy=self.policy, now=_at(number))
            if isinstance(weighed, incidents.Raise):
                return True
            waiting.append(new)
        return False


def _gallery(sighted: float) -> Gallery:
    gallery = Gallery()
    gallery.set_threshold(1, sighted)
    gallery.apply(EntryPublished(_ENTRY, 1, EntryState.ACTIVE, _BEGAN + timedelta(days=365)))
    return gallery


def _evidence(number: int, similarity: float) -> Evidence:
    name = str(uuid5(_NAMES, str(number)))
    return Evidence(name, _PLACE.camera, str(number), _at(number), similarity, track=_NAMES, began_at=_BEGAN)


def _at(number: int) -> datetime:
    return _BEGAN + timedelta(seconds=number * SECONDS_BETWEEN_LOOKS)


def _origin(number: int) -> Origin:
    captured_us = to_microseconds(_at(number))
    return Origin(_PLACE, FrameId(str(number)), 0, Journey(captured_us, captured_us), Look(str(_NAMES), number + 1, 0))


# (looks,) of each walk's similarities to one entry; whether an incident is raised.
Decides = Callable[[Matrix], bool]
