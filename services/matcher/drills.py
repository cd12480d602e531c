"""Drills: a marked probe may match the drill's template and nothing else, and nothing else may match it.

The template stands in the very index that faces are searched in, under a name that no entry can have (docs/adr/0086).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.drills import DrillStep, DrillTemplate, Fault, Stage
from proto.wardwatch.v1.messages import FaceEmbedded
from proto.wardwatch.v1.requests import Crowd
from proto.wardwatch.v1.subjects import EntryId, SiteId
from proto.wardwatch.v1.values import Vector, to_microseconds
from services.chassis.bus import Delivery
from services.chassis.telemetry import Meters
from services.matcher.core import MatchPolicy, Neighbour

log = structlog.get_logger(__name__)

# The dot makes it no token of a subject, so that no entry of the list can be published under it.
DRILL_ENTRY: Final = EntryId("drill.template")
_PHOTO: Final = "drill"

Publish = Callable[[str, bytes], Awaitable[bool]]


class Search(Protocol):
    """Finds enrolled photos near a face, and the entries whose they are; the drill's template among them."""

    async def nearest(self, vector: Vector, count: int) -> list[Neighbour]: ...
    def entries(self, near: Sequence[Neighbour], vector: Vector, similarity: float) -> list[Neighbour]: ...
    async def above(self, vector: Vector, similarity: float) -> list[Neighbour]: ...
    async def crowd(self, vectors: Sequence[Vector]) -> Crowd: ...
    def nearness(self, entry_id: EntryId) -> float: ...


class Rows(Protocol):
    """Holds the vectors that can be found."""

    def replace(self, entry_id: EntryId, revision: int, templates: Sequence[tuple[str, Vector]]) -> None: ...


@dataclass(frozen=True, slots=True)
class WithoutDrills:
    """What faces of people are searched in: the whole index, and the drill's template is in no answer."""

    index: Search

    async def nearest(self, vector: Vector, count: int) -> list[Neighbour]:
        """The *count* most similar photos, most similar first."""
        # One more than asked for, so that the template takes nobody's place.
        return _of_people(await self.index.nearest(vector, count + 1))[:count]

    def entries(self, near: Sequence[Neighbour], vector: Vector, similarity: float) -> list[Neighbour]:
        """The entries whose photos *near* are, each as one."""
        return _of_people(self.index.entries(_of_people(near), vector, similarity))

    async def above(self, vector: Vector, similarity: float) -> list[Neighbour]:
        """Every photo at least so similar, most similar first."""
        return _of_people(await self.index.above(vector, similarity))

    async def crowd(self, vectors: Sequence[Vector]) -> Crowd:
        """How near *vectors* are to the whole list; the template is one photo more, like nobody."""
        return await self.index.crowd(vectors)

    def nearness(self, entry_id: EntryId) -> float:
        """By how much an entry is nearer to the whole list than the usual photo."""
        return self.index.nearness(entry_id)


def _of_people(found: Sequence[Neighbour]) -> list[Neighbour]:
    return [each for each in found if each.entry_id != DRILL_ENTRY]


class Template:
    """The drill's template in the index, as the drill service says it last. Event loop only."""

    def __init__(self, rows: Rows, policy: MatchPolicy, meters: Meters) -> None:
        self._rows = rows
        self._policy = policy
        self._meters = meters
        self._known: bytes = b""

    @property
    def known(self) -> bool:
        """Whether it is in the index."""
        return bool(self._known)

    def offer(self, delivery: Delivery) -> None:
        """Take in what the drill service has signed; returns at once."""
        try:
            template = DrillTemplate.decode(delivery.payload)
        except ValueError:
            self._meters.count("wardwatch_messages_unreadable_total", subject="drill")
            return
        fits = self._policy.fits(template.model, template.vector)
        said = template.vector.tobytes()
        # It is said again and again; each other one costs the index a row.
        if fits and said != self._known:
            self._known = said
            self._rows.replace(DRILL_ENTRY, 1, [(_PHOTO, template.vector)])
            log.info("the face of drills is known", model=str(template.model))


@dataclass(frozen=True, slots=True)
class MatchDrill:
    """A marked probe in, the word whether the line holds out; whoever else it resembles is not looked at."""

    index: Search
    template: Template
    policy: MatchPolicy
    threshold: Callable[[SiteId], float | None]  # of this recogniser; None where another one decides
    stopped: Callable[[SiteId], bool]
    list_read: Callable[[], bool]
    tell: Publish  # to people
    tell_drill: Publish  # to the drill service
    meters: Meters
    now: Callable[[], datetime]

    async def __call__(self, face: FaceEmbedded) -> None:
        threshold = self.threshold(face.origin.place.site)
        if threshold is None:
            return
        fault = await self._fault(face, threshold)
        origin = face.origin.at(matched_us=to_microseconds(self.now()))
        step = DrillStep(
            origin.place,
            Stage.MATCHED,
            origin.journey.matched_us,
            origin.drill,
            fault,
            journey=origin.journey,
            stopped=self.stopped(origin.place.site),
            list_read=self.list_read(),
        )
        self.meters.count("wardwatch_drills_total", stage=Stage.MATCHED.code, outcome=fault.code)
        await self.tell(subjects.drills(origin.place), step.encode())
        await self.tell_drill(subjects.steps(origin.place), step.encode())

    async def _fault(self, face: FaceEmbedded, threshold: float) -> Fault:
        if not self.policy.fits(face.model, face.vector) or self.policy.gate.refusal(face.quality) is not None:
            return Fault.UNFIT
        if not self.template.known:
            return Fault.NO_TEMPLATE
        near = await self.index.nearest(face.vector, self.policy.neighbours)
        similar = any(each.entry_id == DRILL_ENTRY and each.similarity >= threshold for each in near)
        return Fault.NONE if similar else Fault.UNLIKE


@dataclass(frozen=True, slots=True)
class ByKind:
    """Hands each face to whom it is for: a drill is never looked for on the list."""

    faces: Callable[[FaceEmbedded], Awaitable[None]]
    drills: Callable[[FaceEmbedded], Awaitable[None]]

    async def __call__(self, face: FaceEmbedded) -> None:
        await (self.faces if face.origin.drill is None else self.drills)(face)
