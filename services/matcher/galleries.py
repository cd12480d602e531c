"""One gallery for each recogniser that the list has templates of: a vector is compared with its own, or with none.

The first is of the recogniser in the settings; another one is made when a template of it comes, whatever else was
heard of it, so that no order of messages leaves one incomplete (docs/adr/0105).
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import structlog

from proto.wardwatch.v1.messages import EntryPublished, Template
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState, Model, Vector
from services.chassis.owed import first_of
from services.chassis.tasks import LongRunning
from services.matcher.core import MatchPolicy, Misfit, templates_of
from services.matcher.index import ListIndex

log = structlog.get_logger(__name__)

# Two side by side, and one that is just being let go.
MOST_MODELS: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class ModelGallery:
    """The vectors of one recogniser, and how they are compared."""

    policy: MatchPolicy
    index: ListIndex


class MakesIndex(Protocol):
    """Makes an index of a dimension; *is_first*: that of the recogniser in the settings."""

    def __call__(self, dimension: int, *, is_first: bool) -> ListIndex: ...


class Galleries:
    """Event loop only."""

    def __init__(self, policy: MatchPolicy, make_index: MakesIndex) -> None:
        self._make_index = make_index
        self._by_model: dict[str, ModelGallery] = {}
        self._listeners: list[Callable[[ModelGallery], None]] = []
        self._is_complete = False
        self._made = asyncio.Event()
        self._first = self._open(policy)

    @property
    def first(self) -> ModelGallery:
        """That of the recogniser in the settings."""
        return self._first

    @property
    def every(self) -> tuple[ModelGallery, ...]:
        """All of them, the first one first."""
        return tuple(self._by_model.values())

    def listen(self, made: Callable[[ModelGallery], None]) -> None:
        """Tell *made* of each gallery that is there, and of each that comes."""
        self._listeners.append(made)
        for each in self.every:
            made(each)

    def fits(self, model: Model, vector: Vector) -> bool:
        """Whether there is a gallery that *vector* can be compared with."""
        gallery = self._by_model.get(model.sha256)
        return gallery is not None and gallery.policy.fits(model, vector)

    def replace(self, entry: EntryPublished) -> Sequence[Misfit]:
        """Make the open templates of *entry* its only rows, each in the gallery of its recogniser.

        An entry that is not active has none. Returns why templates are left out, one reason for each.
        """
        templates = [each for each in entry.templates if entry.state is EntryState.ACTIVE and each.vector is not None]
        misfits = [misfit for each in templates if (misfit := self._misfit(each)) is not None]
        for gallery in self.every:
            gallery.index.replace(entry.entry_id, entry.revision, templates_of(entry, gallery.policy))
        return misfits

    def complete(self) -> None:
        """The list has been read; see ``ListIndex.complete``."""
        self._is_complete = True
        for each in self.every:
            each.index.complete()

    @property
    def rows(self) -> int:
        """How many vectors can be found, of whichever recogniser."""
        return sum(each.index.rows for each in self.every)

    @property
    def generation(self) -> int:
        """Number of the newest generation in use."""
        return max(each.index.generation for each in self.every)

    async def forget(self, entry_id: EntryId) -> int:
        """Wait until no gallery holds anything of a removed entry's vectors; see ``ListIndex.forget``."""
        return max([await each.index.forget(entry_id) for each in self.every])

    async def keep_fresh(self, stop: asyncio.Event) -> None:
        """Build and swap in generations of every gallery until *stop*."""
        begun = 0
        async with LongRunning(stop) as tasks:
            while not stop.is_set():
                self._made.clear()
                for each in self.every[begun:]:
                    tasks.start(each.policy.model_sha256[:12], each.index.keep_fresh(stop), within_seconds=None)
                begun = len(self.every)
                await first_of(self._made, stop)

    def _misfit(self, template: Template) -> Misfit | None:
        model, vector = template.model, template.vector
        gallery = self._by_model.get(model.sha256)
        if gallery is None and vector is not None and len(self._by_model) < MOST_MODELS:
            policy = replace(self._first.policy, model_sha256=model.sha256, dimension=len(vector))
            gallery = self._open(policy)
            log.info("the list has templates of another recogniser", model=str(model))
        if gallery is None:
            return Misfit.MODEL
        fits = vector is not None and gallery.policy.fits(model, vector)
        return None if fits else Misfit.DIMENSION

    def _open(self, policy: MatchPolicy) -> ModelGallery:
        is_first = not self._by_model
        gallery = ModelGallery(policy, self._make_index(policy.dimension, is_first=is_first))
        self._by_model[policy.model_sha256] = gallery
        if self._is_complete:
            gallery.index.complete()
        for made in self._listeners:
            made(gallery)
        self._made.set()
        return gallery
