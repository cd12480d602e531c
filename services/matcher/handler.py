"""Turn a face vector into a sighting, or into nothing at all; and keep the replica of the list current."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, TypeVar

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import EntryPublished, FaceEmbedded, MatchingControl, PersonSighted
from proto.wardwatch.v1.replication import MatcherPresence, ThresholdPublished
from proto.wardwatch.v1.subjects import EntryId, Place, SiteId
from proto.wardwatch.v1.values import EntryState, Origin, Vector, Walk, to_microseconds
from services.chassis.bus import Delivery
from services.chassis.errors import Poison
from services.chassis.telemetry import Meters
from services.matcher.core import (
    Gallery,
    Hit,
    MatchPolicy,
    Misfit,
    Miss,
    MissReason,
    Neighbour,
    decide,
    is_cut_short,
    photo_similarity,
    sighting_id,
    stricter,
)
from services.matcher.same_frame import SameFrame
from services.matcher.shield import Shield
from services.matcher.walks import Seen, Walks

log = structlog.get_logger(__name__)

# Cosines from which on walks are told apart when they are counted: of the nine walks in ten below the tail it is not
# worth a comparison with whole entries.
COUNTED_FROM: Final = 0.15

T = TypeVar("T")


class Search(Protocol):
    """Finds enrolled photos near a face, and the entries whose they are."""

    async def nearest(self, vector: Vector, count: int) -> list[Neighbour]: ...
    def entries(self, near: Sequence[Neighbour], vector: Vector, similarity: float) -> list[Neighbour]: ...
    async def above(self, vector: Vector, similarity: float) -> list[Neighbour]: ...
    def nearness(self, entry_id: EntryId) -> float: ...


class Rows(Protocol):
    """Holds the vectors that can be found, by recogniser; says why some are left out. See ``Galleries``."""

    def replace(self, entry: EntryPublished) -> Sequence[Misfit]: ...


class OpensTemplates(Protocol):
    """Opens an entry's templates once its data key can be used; see ``OpenTemplates``."""

    def __call__(self, entry: EntryPublished) -> EntryPublished: ...


class TracksLocked(Protocol):
    """Takes note of an entry, and whether it waits for its data key; see ``LockedEntries``."""

    def take(self, entry: EntryPublished) -> None: ...


class Departures(Protocol):
    """Takes note that a tombstone was applied, which the stream stored at *stored_at*."""

    def tombstoned(self, entry_id: EntryId, stored_at: datetime | None) -> None: ...


class Sightings(Protocol):
    """Takes over a sighting and owes it from then on."""

    def offer(self, sighting: PersonSighted) -> None: ...


@dataclass(frozen=True, slots=True)
class MatchFace:
    """One face of one recogniser in; a sighting of what its track says now, or nothing, out.

    Where another recogniser decides, it is counted how near the walk came, and that is all. A face that belongs to no
    track is compared alone. Of what matches nobody, not even an id is logged. ``now`` is the
    broker's time, ``monotonic`` seconds that never go back.
    """

    gallery: Gallery
    index: Search
    sightings: Sightings
    policy: MatchPolicy
    meters: Meters
    now: Callable[[], datetime]
    walks: Walks
    same_frame: SameFrame
    monotonic: Callable[[], float]
    shed: Callable[[Place, str], None]  # counts a vector that is not compared, with the reason
    shield: Shield
    counted: Callable[[Place, float], None] = lambda _place, _best: None  # a face of no track, as a walk of one look

    async def __call__(self, face: FaceEmbedded) -> None:
        if not self.policy.accepts(face.model):
            raise Poison(f"vector of model {face.model}, the list holds {self.policy.model_sha256[:12]}")
        if face.vector.shape != (self.policy.dimension,):
            raise Poison(f"vector of {face.vector.size} numbers, the list's have {self.policy.dimension}")

        began = self.now()
        reason = self._unwanted(face)
        if reason is not None:
            self.shed(face.origin.place, reason.value)
            return

        seen = self._seen(face)
        if seen is None:
            self.shed(face.origin.place, "repeated")
            return

        try:
            weighed = await self._decide(face.origin, seen.vector)
            self._count(face.origin, weighed.best)
            if isinstance(weighed.decision, Hit):
                self._sight(face, weighed.decision, seen)
        finally:
            seen.overwrite()
        self.meters.count("wardwatch_vectors_searched_total")
        self.meters.observe("wardwatch_stage_seconds", max(0.0, (self.now() - began).total_seconds()), stage="match")
        age_seconds = face.origin.journey.age_seconds(self.now())
        self.meters.observe("wardwatch_stage_delay_seconds", age_seconds, stage="match")

    def _unwanted(self, face: FaceEmbedded) -> MissReason | None:
        if self.gallery.stopped(face.origin.place.site):
            return MissReason.STOPPED
        if not self.gallery.may_use(self.policy.model_sha256, self.now()):
            return MissReason.UNMEASURED
        return self.policy.gate.refusal(face.quality)

    def _seen(self, face: FaceEmbedded) -> Seen | None:
        """What the face's track says with it; None when it has said so before."""
        if face.origin.look is None:
            return Seen(face.vector.copy(), None)

        return self.walks.add(face.origin, face.origin.look, face.vector, self.monotonic())

    async def _decide(self, origin: Origin, vector: Vector) -> "_Weighed":
        near = await self.index.nearest(vector, self.policy.neighbours)
        weighed = self._weighed(origin, vector, near)
        threshold = self.gallery.threshold(origin.place.site, self.policy.model_sha256)
        is_barred = threshold is not None and weighed.decision == Miss(MissReason.BARRED)
        if threshold is not None and is_barred and is_cut_short(near, threshold, policy=self.policy):
            near = await self.index.above(vector, photo_similarity(threshold))
            weighed = self._weighed(origin, vector, near)
        return weighed

    def _weighed(self, origin: Origin, vector: Vector, near: Sequence[Neighbour]) -> "_Weighed":
        free = self.same_frame.free(origin, self.index.entries(near, vector, COUNTED_FROM))
        site, now, model = origin.place.site, self.now(), self.policy.model_sha256
        decision = decide(free, site, now, gallery=self.gallery, model=model)
        while isinstance(decision, Hit) and self._is_shielded(site, decision, vector):
            self.meters.count("wardwatch_sightings_shielded_total")
            free = [each for each in free if each.entry_id != decision.entry_id]
            decision = decide(free, site, now, gallery=self.gallery, model=model)
        # Counted by whichever recogniser, also where another one decides.
        near_enough = (each.similarity for each in free if self.gallery.is_near(each, site, now, model))
        return _Weighed(decision, max(near_enough, default=0.0))

    def _count(self, origin: Origin, best: float) -> None:
        if origin.look is None:
            self.counted(origin.place, best)
        else:
            self.walks.compared(origin.place, origin.look.track_id, best)

    def _is_shielded(self, site: SiteId, hit: Hit, vector: Vector) -> bool:
        model = self.policy.model_sha256
        return self.shield.covers(site, hit.entry_id, model, vector, hit.similarity, self.monotonic())

    def _sight(self, face: FaceEmbedded, hit: Hit, seen: Seen) -> None:
        self.same_frame.take(face.origin, hit.entry_id, hit.similarity)
        sighting = self._sighting(face, hit, seen.walk)
        self.shield.sighted(sighting, seen, self.monotonic())
        self.sightings.offer(sighting)

    def _strong(self, place: Place, hit: Hit) -> float:
        strong = self.gallery.strong_similarity(place, self.policy.model_sha256)
        return stricter(strong, self.index.nearness(hit.entry_id)) if strong else strong

    def _sighting(self, face: FaceEmbedded, hit: Hit, walk: Walk | None) -> PersonSighted:
        return PersonSighted(
            sighting_id=sighting_id(face.origin.face_id, hit.entry_id),
            origin=face.origin.at(matched_us=to_microseconds(self.now())),
            quality=face.quality,
            model=face.model,
            entry_id=hit.entry_id,
            entry_revision=hit.revision,
            similarity=hit.similarity,
            picture=face.picture,
            photo_id=hit.photo_id,
            walk=walk,
            strong_similarity=self._strong(face.origin.place, hit),
        )


@dataclass(frozen=True, slots=True)
class _Weighed:
    """What was decided, and the best cosine with an entry that may match here and now; 0 for what is far from all."""

    decision: Hit | Miss
    best: float


@dataclass(frozen=True, slots=True)
class TakeEntry:
    """Apply one message of the watchlist stream. What cannot be read is counted; the rest of the list goes on."""

    gallery: Gallery
    rows: Rows
    meters: Meters
    departures: Departures
    opened: OpensTemplates
    locked: TracksLocked
    shield: Shield

    async def __call__(self, delivery: Delivery) -> None:
        if delivery.forged:  # the connection has counted it
            return
        try:
            self._take(delivery)
        except ValueError as error:
            self.meters.count("wardwatch_messages_unreadable_total", subject="watchlist")
            log.warning("watchlist message cannot be used", sequence=delivery.sequence, reason=str(error))

    def _take(self, delivery: Delivery) -> None:
        entry = EntryPublished.decode(delivery.payload)
        if delivery.subject != subjects.watchlist(entry.entry_id):
            raise ValueError(f"entry {entry.entry_id} was published on {delivery.subject}")
        self.apply(entry)
        # Also when it came before: whoever publishes a tombstone again waits for a receipt.
        if self.gallery.state_of(entry.entry_id) is EntryState.ERASED:
            self.departures.tombstoned(entry.entry_id, delivery.stored_at)

    def apply(self, published: EntryPublished) -> None:
        """Let an entry hold as it was published; one that waited for its data key comes here once more."""
        entry = self.opened(published)
        if not self.gallery.apply(entry):
            return

        self.shield.forget_entry(entry.entry_id)
        self.locked.take(entry)
        misfits = self.rows.replace(entry)
        for reason in misfits:
            self.meters.count("wardwatch_templates_left_out_total", reason=reason.value)
        if misfits:
            log.warning(
                "templates fit no recogniser of the list and are left out",
                entry_id=entry.entry_id,
                revision=entry.revision,
                count=len(misfits),
            )


@dataclass(frozen=True, slots=True)
class TakeControl:
    """Apply one message of the control stream: matching at a site is stopped or goes on (S11)."""

    gallery: Gallery
    meters: Meters

    async def __call__(self, delivery: Delivery) -> None:
        control = _read(delivery, MatchingControl.decode, "control", self.meters)
        if control is None:
            return
        if not self.gallery.control(control):
            return
        self.meters.set("wardwatch_matching_stopped", len(self.gallery.stopped_sites))
        log.info("matching control applied", site=control.site, stopped=control.stopped, control_id=control.control_id)


@dataclass(frozen=True, slots=True)
class AnswerHalt:
    """A stop that came by itself, because the broker may store nothing: applied, and answered with *presence*.

    Only a stop: whoever resumes can wait until it is stored.
    """

    take: TakeControl
    presence: Callable[[], MatcherPresence]

    async def __call__(self, payload: bytes) -> bytes:
        delivery = Delivery(subjects.HALT.pattern, payload)
        control = _read(delivery, MatchingControl.decode, "halt", self.take.meters)
        if control is None or not control.stopped:
            return b""
        await self.take(delivery)
        return self.presence().encode()


@dataclass(frozen=True, slots=True)
class TakeThreshold:
    """Apply one message of the policy stream. What cannot be read is counted, and what held goes on holding."""

    gallery: Gallery
    meters: Meters

    async def __call__(self, delivery: Delivery) -> None:
        threshold = _read(delivery, self._taken, "policy", self.meters)
        if threshold is None:
            return
        self.meters.set("wardwatch_match_threshold_ratio", threshold.min_similarity)
        log.info("threshold applied", revision=threshold.number)

    def _taken(self, payload: bytes) -> ThresholdPublished | None:
        """The threshold in *payload* if it is a newer one than what holds. Raises ValueError when it is none."""
        threshold = ThresholdPublished.decode(payload)
        is_newer = self.gallery.set_threshold(
            threshold.number,
            threshold.min_similarity,
            threshold.table_number,
            threshold.cameras,
            threshold.measured,
            threshold.model_sha256,
            threshold.sites,
        )
        return threshold if is_newer else None


def _read(delivery: Delivery, decode: Callable[[bytes], T | None], subject: str, meters: Meters) -> T | None:
    """A message of a followed stream, or None for bytes that are none: counted, and what held goes on holding."""
    if delivery.forged:  # the connection has counted it
        return None
    try:
        return decode(delivery.payload)
    except ValueError as error:
        meters.count("wardwatch_messages_unreadable_total", subject=subject)
        log.warning("message cannot be used", subject=delivery.subject, sequence=delivery.sequence, reason=str(error))
        return None
