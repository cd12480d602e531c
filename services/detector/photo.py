"""Finds faces in an enrolment photo, which deserves a second look: on its side, and closely at its largest face."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.detector import closer, pixels, quality
from services.detector.core import Faces
from services.detector.pixels import Picture

# 97 of 100 press photos have a face that scores more. With less, the photo may lie on its side or on its head: most of
# such faces are found too, but few score that much, and upright they gain more than chance gives.
_UPRIGHT_SCORE: Final = 0.90
_GAIN: Final = 0.03
# Chance finds faces of 0.6 to 0.8 where there are none, the more the oftener one looks.
_CLEAR_SCORE: Final = 0.8
# A lean beyond comes from lying on a side and is what it says; a lesser one shows about a third of itself.
_QUARTER_DEGREES: Final = 45.0


@dataclass(frozen=True, slots=True)
class PhotoSearch:
    """Searches pictures by *find*, which shrinks them to *longest_px* and tells faint faces too."""

    find: Callable[[Picture], Faces]
    longest_px: int
    min_score: float

    def __call__(self, picture: Picture) -> Faces:
        """All faces and faint ones of (height, width, 3) uint8 RGB, in its own pixels."""
        return self._closely(picture, self._turned(picture))

    def _turned(self, picture: Picture) -> Faces:
        """Its faces, found with the picture turned by quarters when that shows one more clearly."""
        best = self.find(picture)
        score = float(best.scores.max(initial=0))
        if score >= _UPRIGHT_SCORE:
            return best

        small = pixels.fit(picture, self.longest_px)
        height, width = small.shape[:2]
        for quarters in (1, 2, 3):
            found = self.find(np.ascontiguousarray(np.rot90(small, quarters)))
            if found.scores.max(initial=0) > max(_CLEAR_SCORE, score + _GAIN):
                score = float(found.scores.max())
                upright = closer.unturned(found, quarters, width, height)
                best = upright.scaled(picture.shape[1] / width, picture.shape[0] / height)
        return best

    def _closely(self, picture: Picture, found: Faces) -> Faces:
        """*found* with its largest clear face looked at again where that makes its points more exact."""
        clear = np.flatnonzero(found.scores >= self.min_score)
        if not len(clear):
            return found

        index = int(clear[np.argmax(found.boxes[clear, 2] * found.boxes[clear, 3])])
        face_px = float(found.boxes[index, 2])
        lean = quality.roll_degrees(found.points[index])
        longest = max(picture.shape[:2])
        shrunk = min(1.0, self.longest_px / longest)
        if abs(lean) < closer.LEVEL_DEGREES:
            if shrunk == 1 or shrunk * face_px >= closer.CLEAR_PX:
                return found
            lean = 0.0

        # Turning looks at four pixels for each it makes, so a large face is shrunk by averaging first.
        near = pixels.fit(picture, max(1, round(longest * closer.SIDE_PX / face_px)))
        across, down = near.shape[1] / picture.shape[1], near.shape[0] / picture.shape[0]
        return self._levelled(near, found.scaled(across, down), index, lean).scaled(1 / across, 1 / down)

    def _levelled(self, picture: Picture, found: Faces, index: int, lean: float) -> Faces:
        """*found* with one face, which leans by about *lean* degrees, as it is found standing upright."""
        box, degrees = found.boxes[index], 0.0
        for _ in range(closer.MOST_LOOKS):
            degrees += lean if abs(lean) > _QUARTER_DEGREES else closer.GAIN * lean
            view = closer.view(box, degrees)
            seen = self.find(pixels.turned(picture, view.matrix, view.side))
            best = view.central(seen, self.min_score)
            if best is None:
                break
            found = closer.replaced(found, index, view.back(seen), best)
            lean = quality.roll_degrees(seen.points[best])
            if abs(lean) < closer.NEAR_DEGREES:
                break
        return found
