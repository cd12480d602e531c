"""Decide whether a walk, or a face that belongs to none, is a listed person.

By what the list says now, and the policy that reads it.

Pure: no clock, no I/O. ``Gallery`` is the one object with state; it is changed only by what the ``watchlist`` and
``control`` streams say and read only by ``decide``, both on the event loop.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from proto.wardwatch.v1.messages import EntryPublished, MatchingControl
from proto.wardwatch.v1.replication import CameraThreshold, MeasuredModel, SiteModel
from proto.wardwatch.v1.subjects import EntryId, Place, SiteId
from proto.wardwatch.v1.values import EntryState, Model, Quality, Vector
from services.matcher.held_policy import HeldPolicy

# Namespace of sighting ids, drawn once; changing it would let redelivered faces count twice.
_SIGHTINGS: Final = UUID("8a6d1c9e-6f5b-4f0c-9d43-2a1f7f0be0c7")

# The mean of photos is shorter than each of them, by the root of their mean cosine, and by as much a face may be
# further from all of them than from their mean. Photos of one entry are linked by cosines of 0.40 or more (ADR 57).
_NEAREST_PHOTO: Final = 0.63


# Entries are like many people from this difference of mean cosines on: one in twenty. Their false alerts grow by the
# 36th power of e with it, and fall by the 45th with the threshold (docs/figures.md#what-a-photo-will-cost).
_LIKE_MANY: Final = 0.03
_STRICTER: Final = 36 / 45
_MOST_STRICTER: Final = 0.10


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An enrolled photo near what was seen, and its exact cosine; or a whole entry, as ``pooled`` makes it of them."""

    entry_id: EntryId
    revision: int
    photo_id: str
    similarity: float


class MissReason(StrEnum):
    """Why a face left nothing behind. Values are metric labels."""

    STOPPED = "stopped"  # matching is stopped at the site
    UNMEASURED = "unmeasured"  # how well the recogniser works is not known any more (safeguard S14)
    SMALL = "small"  # face box narrower than the gate asks
    TURNED = "turned"  # yaw beyond the gate
    BLURRED = "blurred"  # sharpness under the gate
    UNLISTED = "unlisted"  # nobody on the list is similar enough
    BARRED = "barred"  # similar only to entries that may not match here and now, or that need more than this


@dataclass(frozen=True, slots=True)
class Hit:
    """What was seen is a listed person; ``photo_id`` is the enrolled photo that was nearest."""

    entry_id: EntryId
    revision: int
    similarity: float
    photo_id: str


@dataclass(frozen=True, slots=True)
class Miss:
    """It is nobody, or may not be looked at."""

    reason: MissReason


@dataclass(frozen=True, slots=True)
class QualityGate:
    """Which faces are good enough to be compared; a poor face resembles many people."""

    min_face_px: float
    max_yaw_degrees: float
    min_sharpness: float

    def refusal(self, quality: Quality) -> MissReason | None:
        """Why a face of this quality is not compared, or None when it is."""
        if not quality.face_px >= self.min_face_px:
            return MissReason.SMALL
        if not abs(quality.yaw_degrees) <= self.max_yaw_degrees:
            return MissReason.TURNED
        if not quality.sharpness >= self.min_sharpness:
            return MissReason.BLURRED
        return None


class Misfit(StrEnum):
    """Why a template of an active entry is not searched. Values are metric labels."""

    MODEL = "model"  # of more recognisers than are ever side by side
    DIMENSION = "dimension"  # of another length than its recogniser makes


@dataclass(frozen=True, slots=True)
class MatchPolicy:
    """Which vectors are compared and how: ``neighbours`` is how many photos are weighed."""

    model_sha256: str
    dimension: int
    gate: QualityGate
    neighbours: int

    def accepts(self, model: Model) -> bool:
        """Whether vectors of *model* can be compared with the list's; the file's digest is the identity."""
        return model.sha256 == self.model_sha256

    def fits(self, model: Model, vector: Vector) -> bool:
        """Whether *vector* of *model* can be compared with the list's."""
        return self.accepts(model) and vector.shape == (self.dimension,)


@dataclass(frozen=True, slots=True)
class Listed:
    """What the gallery keeps of an entry: all that decides whether it may match, and no template.

    ``min_similarity`` is a cosine; it counts when it is more than the policy asks, because somebody looks alike.
    ``photos`` is a digest of which photos it came with, and of what is sealed of them: a message that repairs the
    stream has the same revision, and so has an entry that is opened later. ``models`` are the recognisers that it has
    open templates of.
    """

    revision: int
    state: EntryState
    expires_at: datetime
    sites: frozenset[SiteId]
    min_similarity: float
    photos: int
    models: frozenset[str] = frozenset()

    def is_met(self, neighbour: Neighbour, needed: float, site: SiteId, now: datetime) -> bool:
        """Whether *neighbour*, a photo of this entry, is as near as *needed*, and the entry matches at *site*.

        Enforced on the matcher's own clock.
        """
        is_near = neighbour.similarity >= needed
        return is_near and self.revision == neighbour.revision and self.is_matching(site, now)

    def is_matching(self, site: SiteId, now: datetime) -> bool:
        """Whether the entry matches at *site* at all."""
        return self.state is EntryState.ACTIVE and now < self.expires_at and (not self.sites or site in self.sites)


class Gallery:
    """The replicated list as this matcher knows it, the policy it is held to, and the sites where matching is stopped.

    ``model_sha256`` is of the recogniser in the matcher's settings; None: there is one alone.
    """

    def __init__(self, model_sha256: str | None = None) -> None:
        self._entries: dict[EntryId, Listed] = {}
        self._policy = HeldPolicy(model_sha256)
        self._controls: dict[SiteId, MatchingControl] = {}
        self._stopped: frozenset[SiteId] = frozenset()

    def apply(self, entry: EntryPublished) -> bool:
        """Take *entry*'s state; False when it is older than what is known, or the same, and nothing changed."""
        known = self._entries.get(entry.entry_id)
        photos = hash(tuple((template.photo_id, template.sealed) for template in entry.templates))
        models = frozenset(template.model.sha256 for template in entry.templates if template.vector is not None)
        listed = Listed(
            entry.revision, entry.state, entry.expires_at, entry.sites, entry.min_similarity, photos, models
        )
        if known is not None and (known.revision > listed.revision or known == listed):
            return False

        self._entries[entry.entry_id] = listed
        return True

    @property
    def entries(self) -> int:
        """How many entries are known, in whatever state."""
        return len(self._entries)

    def state_of(self, entry_id: EntryId) -> EntryState | None:
        """The state of an entry, or None when it is not known here."""
        listed = self._entries.get(entry_id)
        return None if listed is None else listed.state

    def revision_of(self, entry_id: EntryId) -> int | None:
        """The revision of an entry that holds, or None when it is not known here."""
        listed = self._entries.get(entry_id)
        return None if listed is None else listed.revision

    def control(self, control: MatchingControl) -> bool:
        """Take a stop or a resumption; False when it is no newer than what is known of the site."""
        known = self._controls.get(control.site)
        if known is not None and known.order >= control.order:
            return False

        self._controls[control.site] = control
        self._stopped = (self._stopped | {control.site}) if control.stopped else (self._stopped - {control.site})
        return True

    @property
    def threshold_number(self) -> int:
        """The number of the threshold that holds; 0 before the first one."""
        return self._policy.number

    @property
    def stopped_sites(self) -> tuple[SiteId, ...]:
        """Where matching does not run."""
        return tuple(sorted(self._stopped))

    def set_threshold(
        self,
        number: int,
        min_similarity: float,
        table_number: int = 0,
        cameras: Sequence[CameraThreshold] = (),
        measured: tuple[MeasuredModel, ...] = (),
        model_sha256: str = "",
        sites: Sequence[SiteModel] = (),
    ) -> bool:
        """Set what two people agreed on; see ``HeldPolicy.take``."""
        return self._policy.take(number, min_similarity, table_number, cameras, measured, model_sha256, sites)

    def decides(self, model: str, site: SiteId) -> bool:
        """Whether *model* is the recogniser that decides at *site*."""
        return self._policy.decides(site) in (model, None)

    def threshold(self, site: SiteId, model: str | None = None) -> float | None:
        """From which cosine of *model* on a walk, or a face of no track, is a sighting at *site*; None: never."""
        return self._policy.threshold(model, site)

    def strong_similarity(self, place: Place, model: str | None = None) -> float:
        """From which cosine of *model* on one walk at *place* raises an incident alone; 0 where nobody says so."""
        return self._policy.strong(model, place)

    def may_use(self, model_sha256: str, now: datetime) -> bool:
        """Whether a valid report says how well this recogniser works; see ``HeldPolicy.may_use``."""
        return self._policy.may_use(model_sha256, now)

    @property
    def min_similarity(self) -> float:
        """From which cosine on a walk is a sighting, by the recogniser of the threshold."""
        return self._policy.min_similarity

    def stopped(self, site: SiteId) -> bool:
        """Whether matching is stopped at *site*."""
        return site in self._stopped

    def may_match(self, neighbour: Neighbour, site: SiteId, now: datetime, model: str | None = None) -> bool:
        """Whether the entry behind *neighbour*, found by *model*, may match by it at *site* at *now*.

        An entry is compared by the recogniser that decides at the site; one that has no template of that by the one
        that it has a template of, so that nobody is unmatched while templates are made anew (docs/adr/0105).
        """
        listed = self._entries.get(neighbour.entry_id)
        decides = self._policy.decides(site)
        if listed is None or (None not in (model, decides) and model != decides and decides in listed.models):
            return False
        return self.is_near(neighbour, site, now, model)

    def is_near(self, neighbour: Neighbour, site: SiteId, now: datetime, model: str | None = None) -> bool:
        """Whether the entry behind *neighbour* matches at *site* and would be near enough, whoever decides there."""
        listed = self._entries.get(neighbour.entry_id)
        return listed is not None and listed.is_met(neighbour, self._needed(listed, site, model), site, now)

    def matching(self, site: SiteId, now: datetime, model: str | None = None) -> int:
        """How many entries may match at *site* at *now*: those that have a template of *model*."""
        return sum(
            listed.is_matching(site, now)
            for listed in self._entries.values()
            if model is None or model in listed.models
        )

    def _needed(self, listed: Listed, site: SiteId, model: str | None) -> float:
        """The cosine that the entry itself needs, because somebody looks alike: as much more, whatever the network."""
        threshold = self.threshold(site, model)
        if threshold is None or not listed.min_similarity:
            return 0.0
        shift = threshold - self.min_similarity
        return min(1.0, listed.min_similarity + shift)

    def counts(self, now: datetime) -> dict[EntryState, int]:
        """How many entries are in each state; active ones past their expiry count as expired."""
        counts = dict.fromkeys(EntryState, 0)
        for listed in self._entries.values():
            counts[_effective(listed, now)] += 1
        return counts


def pooled(photos: Sequence[Neighbour], length: float) -> Neighbour:
    """An entry as one: its nearest photo, and the cosine to its template, the mean of its photos' vectors.

    *photos* are all of the entry's; *length* is that of the sum of their vectors. The cosine to a mean follows from the
    cosines to what it is the mean of, so that no vector is kept for it.
    """
    nearest = max(photos, key=lambda photo: photo.similarity)
    return replace(nearest, similarity=sum(photo.similarity for photo in photos) / length)


def decide(
    neighbours: Sequence[Neighbour], site: SiteId, now: datetime, *, gallery: Gallery, model: str | None = None
) -> Hit | Miss:
    """Name the most similar entry that may match at *site* at *now* by *model*, or say why there is none.

    The distance to the second best entry is not weighed: two entries may rightly be one person, and a wrong name is
    found by the reviewer, while a suppressed alert is found by nobody.
    """
    if gallery.stopped(site):
        return Miss(MissReason.STOPPED)

    threshold = gallery.threshold(site, model)
    similar = [] if threshold is None else [n for n in neighbours if n.similarity >= threshold]
    if not similar:
        return Miss(MissReason.UNLISTED)

    allowed = [n for n in similar if gallery.may_match(n, site, now, model)]
    if not allowed:
        return Miss(MissReason.BARRED)

    best = max(allowed, key=lambda n: n.similarity)
    return Hit(best.entry_id, best.revision, best.similarity, best.photo_id)


def is_cut_short(neighbours: Sequence[Neighbour], threshold: float, *, policy: MatchPolicy) -> bool:
    """Whether more than the photos asked for were similar enough, so that an entry that may match could be missing."""
    return len(neighbours) >= policy.neighbours and neighbours[-1].similarity >= photo_similarity(threshold)


def photo_similarity(threshold: float) -> float:
    """Cosine that the nearest photo of an entry has at least, when the entry's template has as much as *threshold*."""
    return threshold * _NEAREST_PHOTO


def stricter(strong_similarity: float, nearness: float) -> float:
    """From which cosine on one walk is enough for an entry, so that one like many people costs no more than others.

    *nearness* is by how much it is nearer to the whole list than the usual photo.
    """
    if nearness < _LIKE_MANY:
        return strong_similarity
    return min(1.0, strong_similarity + min(_MOST_STRICTER, _STRICTER * nearness))


def sighting_id(face_id: str, entry_id: EntryId) -> str:
    """Name of the sighting of *entry_id* in a face: the same each time the same frame is seen."""
    return str(uuid5(_SIGHTINGS, f"{face_id}/{entry_id}"))


def templates_of(entry: EntryPublished, policy: MatchPolicy) -> list[tuple[str, Vector]]:
    """Photo ids and open vectors of *entry* that may be searched by one recogniser: none unless the entry is active."""
    if entry.state is not EntryState.ACTIVE:
        return []

    return [(t.photo_id, t.vector) for t in entry.templates if t.vector is not None and policy.fits(t.model, t.vector)]


def _effective(listed: Listed, now: datetime) -> EntryState:
    if listed.state is EntryState.ACTIVE and now >= listed.expires_at:
        return EntryState.EXPIRED
    return listed.state
