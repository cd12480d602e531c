"""What was last seen of each camera's scene, so that only what changed is searched again. Pure: time is an argument.

Held of each view is the mean colour of its areas when it was searched, and where faces were. A face that was found
stays found while the areas it covers do not change; when they change, its view is searched: of a part, if little of it
changed, only the piece around that, and all of it once a second. A scene is perishable: it is gone some seconds after
its camera fell silent (S1).
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from proto.wardwatch.v1.subjects import Place
from services.detector import core, search
from services.detector.core import Faces
from services.detector.search import Plan, View

# (rows, columns, 3): mean colours of a frame's areas, in levels of 0 to 255.
Mosaic = NDArray[np.uint8]

# In levels. Sensor noise of ten levels and the coding of a JPEG move an area by five at most, noise of twenty by eight;
# a face of the smallest wanted width that comes into view moves one of them by sixteen at least (docs/figures.md).
CHANGED: Final = 8
SILENT_US: Final = 2_000_000
# Around what changed, in areas: half a face is as wide as one.
_MARGIN_AREAS: Final = 2
# Parts wait for one another, up to so many.
_TURNS: Final = 4


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often views are searched, in microseconds."""

    fine_us: int = 250_000  # at least between two fine searches of one part, times the number of parts up to four
    still_us: int = 1_000_000  # at most between two searches of a view in which nothing changes


@dataclass(frozen=True, slots=True, eq=False)
class _Searched:
    at_us: int
    full_us: int  # when all of the view was searched, and not only a piece
    mosaic: Mosaic  # of the view alone, each area as it was when it was searched
    faces: Faces


@dataclass(slots=True, eq=False)
class Scene:
    """One camera's."""

    plan: Plan
    rhythm: Rhythm
    came_us: int = 0
    _searched: dict[View, _Searched] = field(default_factory=dict)
    _part_of: dict[View, View] = field(default_factory=dict)  # of the piece that is due in this frame

    def due(self, mosaic: Mosaic, now_us: int) -> tuple[View, ...]:
        """The views to search in a frame with these colours: none in an unchanged scene, else the whole or a part.

        Instead of a part it may be a piece of it.
        """
        self._part_of.clear()
        part = self._due_part(mosaic, now_us)
        fine = part if part is None else self._piece(part, mosaic, now_us) or part
        if fine is not None and self.plan.parts == (fine,):
            return (fine,)  # it shows all that the whole does
        whole = self.plan.whole
        coarse = self._outdated(whole, mosaic, now_us, least_us=0)
        return (*((whole,) if coarse else ()), *((fine,) if fine is not None else ()))

    def found(self, mosaic: Mosaic, fresh: Mapping[View, Faces], now_us: int, max_overlap: float) -> Faces:
        """The faces of this frame: those of its views that were searched, and who has stood still since others were."""
        remembered = {
            view: self._still(mosaic, view, searched) for view, searched in self._searched.items() if view not in fresh
        }
        for view, faces in fresh.items():
            if (part := self._part_of.get(view)) is None:
                self._searched[view] = _Searched(now_us, now_us, self._of(view, mosaic).copy(), faces)
            else:
                every = core.merged([faces, remembered[part]], max_overlap)
                self._searched[part] = self._renewed(part, view, mosaic, every, now_us)
        return core.merged([*fresh.values(), *remembered.values()], max_overlap)

    def _piece(self, part: View, mosaic: Mosaic, now_us: int) -> View | None:
        """Of a part of which little changed, the piece around that; None where all of it is to be searched."""
        searched = self._searched.get(part)
        if searched is None or self._is_old(part, searched, now_us):
            return None
        areas = changed(searched.mosaic, self._of(part, mosaic))
        rows, columns = np.flatnonzero(areas.any(axis=1)), np.flatnonzero(areas.any(axis=0))
        top, left, _, _ = self._areas(part.left, part.top, part.right, part.bottom)
        wide, high = self.plan.whole.right / self.plan.columns, self.plan.whole.bottom / self.plan.rows
        low = np.array([(left + columns[0]) * wide, (top + rows[0]) * high])
        end = np.array([(left + columns[-1] + 1) * wide, (top + rows[-1] + 1) * high])
        # Who was found there has moved, if not far: all of the face is looked at.
        moved = searched.faces.chosen(np.flatnonzero(~self._is_still(mosaic, part, searched))).boxes
        low = np.minimum(low, moved[:, :2].min(axis=0, initial=np.inf)) - _MARGIN_AREAS * wide
        end = np.maximum(end, (moved[:, :2] + moved[:, 2:]).max(axis=0, initial=-np.inf)) + _MARGIN_AREAS * wide
        found = search.piece(part, (low[0], end[0]), (low[1], end[1]))
        if found is not None:
            self._part_of[found] = part
        return found

    def _renewed(self, part: View, piece: View, mosaic: Mosaic, faces: Faces, now_us: int) -> _Searched:
        """What is known of *part* when its *piece* was searched."""
        before = self._searched[part]
        top, left, _, _ = self._areas(part.left, part.top, part.right, part.bottom)
        # Areas of which the piece shows but a part have not changed: they lie in its margin, or at the part's edge.
        above, first, below, behind = self._areas(piece.left, piece.top, piece.right, piece.bottom)
        seen = before.mosaic.copy()
        seen[above - top : below - top, first - left : behind - left] = mosaic[above:below, first:behind]
        return _Searched(now_us, before.full_us, seen, faces)

    def _due_part(self, mosaic: Mosaic, now_us: int) -> View | None:
        """The part that waits longest, of those in which something changed or that nobody looked at for long."""
        turns = min(len(self.plan.parts), _TURNS)
        waiting = [
            part
            for part in self.plan.parts
            if self._outdated(part, mosaic, now_us, least_us=turns * self.rhythm.fine_us)
        ]
        return min(waiting, key=self._at_us, default=None)

    def _at_us(self, view: View) -> int:
        searched = self._searched.get(view)
        return -1 if searched is None else searched.at_us

    def _outdated(self, view: View, mosaic: Mosaic, now_us: int, *, least_us: int) -> bool:
        searched = self._searched.get(view)
        if searched is None or self._is_old(view, searched, now_us):
            return True
        if now_us - searched.at_us < least_us:
            return False
        return bool(changed(searched.mosaic, self._of(view, mosaic)).any())

    def _is_old(self, view: View, searched: _Searched, now_us: int) -> bool:
        """Whether all of the view must be searched again, also if nothing changed."""
        turns = 1 if view == self.plan.whole else min(len(self.plan.parts), _TURNS)
        # A clock that was put back makes a search that lies ahead.
        return not 0 <= now_us - searched.full_us < turns * self.rhythm.still_us

    def _still(self, mosaic: Mosaic, view: View, searched: _Searched) -> Faces:
        """The faces of an earlier search whose areas look as they did."""
        return searched.faces.chosen(np.flatnonzero(self._is_still(mosaic, view, searched)))

    def _is_still(self, mosaic: Mosaic, view: View, searched: _Searched) -> NDArray[np.bool_]:
        """(faces,): which of them are these."""
        still = np.ones(len(searched.faces), np.bool_)
        if not len(still):
            return still
        areas = changed(searched.mosaic, self._of(view, mosaic))
        top, left, _, _ = self._areas(view.left, view.top, view.right, view.bottom)
        for index, (x, y, width, height) in enumerate(searched.faces.boxes.tolist()):
            above, before, below, after = self._areas(x, y, x + width, y + height)
            still[index] = not areas[
                max(0, above - top) : max(0, below - top), max(0, before - left) : max(0, after - left)
            ].any()
        return still

    def _of(self, view: View, mosaic: Mosaic) -> Mosaic:
        top, left, bottom, right = self._areas(view.left, view.top, view.right, view.bottom)
        return mosaic[top:bottom, left:right]

    def _areas(self, left: float, top: float, right: float, bottom: float) -> tuple[int, int, int, int]:
        """The areas that this rectangle of the frame touches: first row, first column, and behind the last ones."""
        across = self.plan.columns / self.plan.whole.right
        down = self.plan.rows / self.plan.whole.bottom
        return (
            max(0, int(top * down)),
            max(0, int(left * across)),
            min(self.plan.rows, int(np.ceil(bottom * down))),
            min(self.plan.columns, int(np.ceil(right * across))),
        )


def changed(before: Mosaic, now: Mosaic) -> NDArray[np.bool_]:
    """(rows, columns): which areas have another colour than before."""
    # Unsigned levels, whose difference must not wrap.
    apart = np.maximum(before, now) - np.minimum(before, now)
    areas: NDArray[np.bool_] = np.max(apart, axis=2) >= CHANGED
    return areas


class Scenes:
    """Those of the *most* cameras that came last, while they come."""

    def __init__(self, most: int, rhythm: Rhythm) -> None:
        self._most = most
        self._rhythm = rhythm
        self._scenes: OrderedDict[Place, Scene] = OrderedDict()

    def __len__(self) -> int:
        return len(self._scenes)

    def of(self, place: Place, plan: Plan, now_us: int) -> Scene:
        """The scene of *place*; a new one when its frames are searched by another *plan*, or after a silence."""
        self.forget(now_us)
        scene = self._scenes.pop(place, None)
        if scene is None or scene.plan != plan:
            scene = Scene(plan, self._rhythm)
        scene.came_us = now_us
        self._scenes[place] = scene
        while len(self._scenes) > self._most:
            self._scenes.popitem(last=False)
        return scene

    def forget(self, now_us: int) -> None:
        """Keep nothing of cameras that are silent."""
        for place in _silent(self._scenes, now_us):
            del self._scenes[place]


def _silent(scenes: Mapping[Place, Scene], now_us: int) -> Sequence[Place]:
    return [place for place, scene in scenes.items() if not 0 <= now_us - scene.came_us <= SILENT_US]
