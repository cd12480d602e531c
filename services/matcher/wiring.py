"""What stands behind the vectors of one recogniser, put together: one such group for each that the list knows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from proto.wardwatch.v1.subjects import Place
from services.chassis.telemetry import Meters
from services.matcher.alike import AnswerAlike
from services.matcher.core import Gallery
from services.matcher.counts import WalkCounts
from services.matcher.drills import ByKind, MatchDrill, Publish, Template, WithoutDrills
from services.matcher.galleries import ModelGallery
from services.matcher.handler import MatchFace, Sightings
from services.matcher.same_frame import SameFrame
from services.matcher.shed import Shed
from services.matcher.shield import Shield
from services.matcher.versions import Version
from services.matcher.walks import WalkLimits, Walks


@dataclass(frozen=True, slots=True)
class Shared:
    """What all recognisers of a matcher share. ``clock`` is the broker's time, ``monotonic`` never goes back."""

    gallery: Gallery
    sightings: Sightings
    counts: WalkCounts
    shield: Shield
    shed: Shed
    walk_limits: WalkLimits
    meters: Meters
    now: Callable[[], datetime]
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    list_read: Callable[[], bool]
    tell: Publish  # to people
    tell_drill: Publish  # to the drill service


def version(shared: Shared, of: ModelGallery) -> Version:
    """What compares the vectors of one recogniser."""
    policy, model = of.policy, of.policy.model_sha256
    people = WithoutDrills(of.index)
    template = Template(of.index, policy, shared.meters)

    def counted(place: Place, best: float) -> None:
        shared.counts.ended(place, best, model)

    walks = Walks(
        shared.walk_limits,
        lambda ended: shared.meters.count("wardwatch_walks_ended_total", reason=ended.value),
        counted,
    )
    match = MatchFace(
        shared.gallery,
        people,
        shared.sightings,
        policy,
        shared.meters,
        shared.clock,
        walks,
        SameFrame(),
        shared.monotonic,
        shared.shed,
        shared.shield,
        counted,
    )
    drill = MatchDrill(
        of.index,
        template,
        policy,
        lambda site: shared.gallery.threshold(site, model) if shared.gallery.decides(model, site) else None,
        shared.gallery.stopped,
        shared.list_read,
        shared.tell,
        shared.tell_drill,
        shared.meters,
        shared.now,
    )
    return Version(of, template, walks, ByKind(match, drill), AnswerAlike(people, policy))
