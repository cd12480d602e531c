"""Whether the faces of a frame stand upright or lie, and how it would have to be turned."""

from collections.abc import Callable
from typing import Final

from services.detector import pixels, quality
from services.detector.core import Faces
from services.detector.pixels import Picture

# 97 of 100 press photos have a face that scores more; of those that lie or stand on their head few do.
_UPRIGHT_SCORE: Final = 0.90
# Chance finds faces of 0.6 to 0.8 where there are none, the more the oftener one looks.
_CLEAR_SCORE: Final = 0.80
# How much clearer a face must be in the turned picture than any in the frame as it came.
_GAIN: Final = 0.03
# A head that leans by less stands; the points show less of a lean than there is.
_STANDING_DEGREES: Final = 45.0
# The turned search is for cameras whose faces are large enough to be compared; a smaller picture will do.
_SEARCHED_PX: Final = 640


def stated(found: Faces) -> int | None:
    """By how many degrees clockwise the picture must be turned by the points of its clearest face.

    None where that is not clear: the points of a face on its side or on its head may lie as if it stood.
    """
    if not len(found) or found.scores[0] < _CLEAR_SCORE:
        return None
    lean = quality.roll_degrees(found.points[0])
    if abs(lean) > _STANDING_DEGREES:
        return round(-lean / 90) * 90 % 360
    return 0 if found.scores[0] >= _UPRIGHT_SCORE else None


def searched(find: Callable[[Picture], Faces], picture: Picture, found: Faces) -> int | None:
    """The same by searching the turned picture; None when no face is clear in any position."""
    small = pixels.fit(picture, _SEARCHED_PX)
    best = float(found.scores.max(initial=0))
    degrees = 0 if best >= _CLEAR_SCORE else None
    best = max(best + _GAIN, _CLEAR_SCORE)
    for turn in (90, 180, 270):
        seen = find(pixels.turned_by(small, turn))
        if len(seen) and seen.scores[0] > best and abs(quality.roll_degrees(seen.points[0])) < _STANDING_DEGREES:
            best, degrees = float(seen.scores[0]), turn
    return degrees
