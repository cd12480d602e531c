"""Of two faces of one frame only the nearer is an entry's: one person stands in one place. Pure."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from proto.wardwatch.v1.subjects import EntryId, FrameId, Place
from proto.wardwatch.v1.values import Origin
from services.matcher.core import Neighbour

# Faces of a frame come within milliseconds of each other, and sightings are few.
_FRAMES: Final = 256


class SameFrame:
    """Whom the faces of the newest frames with a sighting were taken for.

    A face cannot wait for the others of its frame: it is sighted at once, and so is a nearer one that comes later, so
    that a look-alike swallows nobody. A less near one that comes later is somebody else.
    """

    def __init__(self) -> None:
        self._frames: OrderedDict[tuple[Place, FrameId], dict[EntryId, tuple[int, float]]] = OrderedDict()

    def free(self, origin: Origin, entries: Sequence[Neighbour]) -> list[Neighbour]:
        """Those of *entries* that no other face of the frame was at least as near to."""
        taken = self._frames.get((origin.place, origin.frame_id), {})
        return [each for each in entries if not _is_taken(taken.get(each.entry_id), origin.index, each.similarity)]

    def take(self, origin: Origin, entry_id: EntryId, similarity: float) -> None:
        """The face is sighted as the entry."""
        frame = self._frames.setdefault((origin.place, origin.frame_id), {})
        frame[entry_id] = (origin.index, similarity)
        if len(self._frames) > _FRAMES:
            self._frames.popitem(last=False)


def _is_taken(by: tuple[int, float] | None, index: int, similarity: float) -> bool:
    return by is not None and by[0] != index and by[1] >= similarity
