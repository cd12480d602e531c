"""The look-alike shield: who was judged not to be an entry's person does not ring for that entry again (docs/adr/0091).

Pure: time is an argument, in seconds that never go back. Templates are in memory and nowhere else: that of a walk which
was sighted while people may still judge it, and that of one they judged to be somebody else's for some hours. What
goes is overwritten. Nobody is compared with them who is not about to be sighted as the very entry, at that site.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import numpy as np

from proto.wardwatch.v1.messages import PersonSighted
from proto.wardwatch.v1.shields import MOST_SIGHTINGS, SightingsJudged, WalkShielded
from proto.wardwatch.v1.subjects import EntryId, Place, SiteId
from proto.wardwatch.v1.values import Model, Vector
from services.matcher.walks import Seen

# Words that were taken back and may still be overtaken by what was said before, from another account of the broker.
_MOST_LIFTED: Final = 1_024
_MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class ShieldLimits:
    """How long and how many; ``same_visitor`` and ``nearer`` are cosines that docs/figures.md derives.

    ``pending_seconds``: a sighted walk waits so long after its last look for people to judge it. ``seconds``: so long
    they are believed. ``walks``: so many of either kind. A walk is held back whose cosine to a shielded one is at least
    ``same_visitor``, and more than its cosine to the entry, which is at most ``nearer`` above what was judged.
    """

    pending_seconds: float = 3_600.0
    seconds: float = 12 * 3_600.0
    walks: int = 1_024
    same_visitor: float = 0.55
    nearer: float = 0.03
    without: frozenset[SiteId] = frozenset()  # sites that want no shield


# Where, which track, as whom, by which recogniser: vectors of two are never held against each other.
_Key = tuple[Place, str, EntryId, str]


@dataclass(slots=True, eq=False)
class _Sighted:
    """A walk that was sighted as an entry, and each sighting's cosine to that."""

    site: SiteId
    entry_id: EntryId
    revision: int
    model: Model
    template: Vector
    looks: int
    last_at: float
    similarities: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Shielded:
    """A walk that is not the entry's person."""

    site: SiteId
    entry_id: EntryId
    model: Model
    template: Vector
    similarity: float
    at_us: int
    until: float


class Shield:
    """What one matcher knows of judged walks. Event loop only."""

    def __init__(self, limits: ShieldLimits) -> None:
        self._limits = limits
        # Both: the one that goes first stands first.
        self._sighted: OrderedDict[_Key, _Sighted] = OrderedDict()
        self._shielded: OrderedDict[UUID, _Shielded] = OrderedDict()
        self._walk_of: dict[str, _Key] = {}
        self._lifted: OrderedDict[UUID, int] = OrderedDict()

    def __len__(self) -> int:
        """How many pairs of a visitor and an entry are shielded."""
        return len(self._shielded)

    @property
    def pending(self) -> int:
        """How many walks wait to be judged."""
        return len(self._sighted)

    def sighted(self, sighting: PersonSighted, seen: Seen, now: float) -> None:
        """Keep what the walk of *sighting* says now. A face that belongs to no track is nobody's walk."""
        look, site = sighting.origin.look, sighting.origin.place.site
        if look is None or seen.walk is None or not self._limits.seconds or site in self._limits.without:
            return
        key = sighting.origin.place, look.track_id, sighting.entry_id, sighting.model.sha256
        known = self._sighted.get(key)
        # A track that went over to somebody else begins a new walk, and what is said of the former is not about it.
        if known is not None and (seen.walk.looks <= known.looks or known.revision != sighting.entry_revision):
            self._drop(key)
            known = None
        if known is None:
            known = self._sighted[key] = _Sighted(
                site, sighting.entry_id, sighting.entry_revision, sighting.model, seen.vector.copy(), 0, now
            )
        np.copyto(known.template, seen.vector)
        known.looks, known.last_at = seen.walk.looks, now
        if len(known.similarities) < MOST_SIGHTINGS:
            known.similarities[sighting.sighting_id] = sighting.similarity
            self._walk_of[sighting.sighting_id] = key
        self._sighted.move_to_end(key)
        while len(self._sighted) > self._limits.walks:
            self._drop(next(iter(self._sighted)))

    def judged(self, judged: SightingsJudged, site: SiteId, now: float) -> WalkShielded | None:
        """Take a judgement; what to tell the other matchers, if the walk was sighted here.

        The vector of that is a copy, which is the caller's to overwrite.
        """
        if not judged.wrong:
            self._lift(judged)
            return None
        walk = self._walk(judged, site)
        if walk is None:
            return None
        similarity = max(walk.similarities.get(name, -1.0) for name in judged.sighting_ids)
        left_us = round(self._limits.seconds * _MICROSECONDS)
        told = WalkShielded(
            judged.incident_id,
            walk.entry_id,
            walk.revision,
            walk.model,
            walk.template.copy(),
            similarity,
            judged.at_us,
            left_us,
        )
        if self.take(told, site, now):
            return told
        told.vector.fill(0)
        return None

    def take(self, told: WalkShielded, site: SiteId, now: float) -> bool:
        """Shield a walk that some matcher sighted; False for an older word than what is known. *told* is copied."""
        known = self._shielded.get(told.incident_id)
        if told.at_us <= max(self._lifted.get(told.incident_id, 0), 0 if known is None else known.at_us):
            return False
        seconds = min(self._limits.seconds, told.left_us / _MICROSECONDS)
        if seconds <= 0 or site in self._limits.without:
            return False
        self._uncover(told.incident_id)
        self._shielded[told.incident_id] = _Shielded(
            site, told.entry_id, told.model, told.vector.copy(), told.similarity, told.at_us, now + seconds
        )
        while len(self._shielded) > self._limits.walks:
            self._uncover(next(iter(self._shielded)))
        return True

    def covers(
        self, site: SiteId, entry_id: EntryId, model_sha256: str, vector: Vector, similarity: float, now: float
    ) -> bool:
        """Whether a walk of mean *vector* (dimension,) and that cosine to the entry is a visitor who was judged.

        Only by the same recogniser: who was judged before another one decided may ring once more after it.

        Who is clearly nearer to the entry than what was judged is not, nor who is nearer to the entry than to that
        visitor: the listed person rings.
        """
        return any(
            similarity <= each.similarity + self._limits.nearer
            and max(self._limits.same_visitor, similarity) <= float(np.dot(each.template, vector))
            for each in self._shielded.values()
            if (each.entry_id, each.model.sha256) == (entry_id, model_sha256) and each.site == site and now < each.until
        )

    def forget(self, now: float) -> None:
        """Let go of what is over."""
        while self._sighted and next(iter(self._sighted.values())).last_at + self._limits.pending_seconds <= now:
            self._drop(next(iter(self._sighted)))
        for incident in [name for name, each in self._shielded.items() if each.until <= now]:
            self._uncover(incident)

    def forget_entry(self, entry_id: EntryId) -> None:
        """The entry is another one from now on, or none: nothing that was judged of it holds."""
        for key in [key for key in self._sighted if key[2] == entry_id]:
            self._drop(key)
        for incident in [name for name, each in self._shielded.items() if each.entry_id == entry_id]:
            self._uncover(incident)

    def clear(self) -> None:
        """Let go of everything."""
        for key in [*self._sighted]:
            self._drop(key)
        for incident in [*self._shielded]:
            self._uncover(incident)

    def _walk(self, judged: SightingsJudged, site: SiteId) -> _Sighted | None:
        """The walk that was judged: that of the newest of the sightings that is known here."""
        for key in self._keys(reversed(judged.sighting_ids)):
            walk = self._sighted[key]
            if walk.entry_id == judged.entry_id and walk.site == site:
                return walk
        return None

    def _keys(self, sighting_ids: Iterable[str]) -> Iterator[_Key]:
        return (self._walk_of[name] for name in sighting_ids if name in self._walk_of)

    def _lift(self, judged: SightingsJudged) -> None:
        self._lifted[judged.incident_id] = max(judged.at_us, self._lifted.get(judged.incident_id, 0))
        self._lifted.move_to_end(judged.incident_id)
        while len(self._lifted) > _MOST_LIFTED:
            self._lifted.popitem(last=False)
        known = self._shielded.get(judged.incident_id)
        if known is not None and known.at_us < judged.at_us:
            self._uncover(judged.incident_id)

    def _drop(self, key: _Key) -> None:
        walk = self._sighted.pop(key)
        for name in walk.similarities:
            del self._walk_of[name]
        walk.template.fill(0)

    def _uncover(self, incident: UUID) -> None:
        if (walk := self._shielded.pop(incident, None)) is not None:
            walk.template.fill(0)
