"""Draw the face of drills: ``python -m tools.drill_face > services/drill/face.jpg``. It is nobody's.

A few soft shapes are all that detector and recogniser ask for.
"""

import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFilter

_SIDE: Final = 240
# Drawn so many times as large and shrunk, for smooth edges.
_FINE: Final = 4

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]  # centre x and y, half width and height, in pixels of the picture

_SKIN: Final = (206, 158, 132)
_LIGHT: Final = (226, 182, 156)
_SHADE: Final = (160, 112, 90)
_DEEP: Final = (164, 116, 94)
_HAIR: Final = (48, 36, 30)


@dataclass(frozen=True, slots=True)
class Layer:
    """Ellipses and lines of one colour, so opaque (0 to 255) and so soft (pixels)."""

    colour: Colour
    soft: float
    ellipses: Sequence[Box] = ()
    lines: Sequence[Sequence[tuple[float, float]]] = ()
    width: int = 2
    opaque: int = 255


def _both(x: float, y: float, across: float, down: float) -> tuple[Box, Box]:
    """An ellipse at each side of the face."""
    return (120 - x, y, across, down), (120 + x, y, across, down)


_LAYERS: Final = (
    Layer((60, 70, 90), 1, [(120, 262, 95, 50)]),  # shoulders
    Layer((176, 128, 104), 3, [(120, 198, 20, 30)]),  # neck
    Layer(_HAIR, 1.5, [(120, 100, 66, 80)]),
    Layer((190, 140, 115), 1, _both(57, 122, 8, 16)),  # ears
    Layer(_SKIN, 1, [(120, 112, 54, 70), (120, 140, 45, 50)]),
    Layer(_LIGHT, 12, [(120, 105, 30, 50)], opaque=110),
    Layer(_SHADE, 8, _both(44, 130, 12, 45), opaque=130),
    Layer((150, 104, 84), 5, _both(23, 108, 18, 10), opaque=150),  # hollows of the eyes
    Layer(_HAIR, 2, [(120, 56, 60, 34)]),
    Layer(_SKIN, 3, [(120, 84, 46, 22)]),  # forehead
    Layer((50, 38, 32), 0.9, lines=[[(80, 98), (92, 93), (108, 96)], [(160, 98), (148, 93), (132, 96)]], width=5),
    Layer((235, 230, 225), 0.6, _both(24, 110, 12, 6)),  # eyes
    Layer((70, 48, 36), 0.5, _both(24, 110, 5.6, 5.6)),
    Layer((12, 10, 10), 0.4, _both(24, 110, 2.6, 2.6)),
    Layer((40, 28, 24), 0.5, lines=[[(83, 110), (96, 103), (109, 109)], [(131, 109), (144, 103), (157, 110)]]),  # lids
    Layer((250, 250, 250), 0.3, [(94, 108, 1.3, 1.3), (142, 108, 1.3, 1.3)]),
    Layer(_DEEP, 4, [(115, 130, 5, 20)], opaque=110),  # nose
    Layer((232, 190, 166), 3, [(121, 128, 5, 22)], opaque=120),
    Layer((110, 70, 58), 1, _both(8, 147, 4.2, 2.6), opaque=220),
    Layer((228, 184, 160), 2.5, [(120, 143, 7, 5)], opaque=120),
    Layer((168, 88, 82), 1.2, [(120, 169, 20, 6.5)]),  # mouth
    Layer((100, 44, 44), 0.6, lines=[[(101, 168), (112, 167), (120, 168.5), (128, 167), (139, 168)]]),
    Layer(_SHADE, 2.5, [(120, 180, 16, 3)], opaque=90),
    Layer(_LIGHT, 4, [(120, 200, 18, 7)], opaque=80),  # chin
)


def drawn() -> bytes:
    """The face as a JPEG of 240 x 240 pixels."""
    picture = Image.new("RGB", (_SIDE * _FINE, _SIDE * _FINE), (150, 156, 160))
    for layer in _LAYERS:
        picture.paste(Image.new("RGB", picture.size, layer.colour), (0, 0), _mask(layer, picture.size))
    buffer = io.BytesIO()
    picture.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _mask(layer: Layer, size: tuple[int, int]) -> Image.Image:
    mask = Image.new("L", size, 0)
    draw = ImageDraw.Draw(mask)
    for x, y, across, down in layer.ellipses:
        box = (x - across, y - down, x + across, y + down)
        draw.ellipse([_FINE * edge for edge in box], fill=layer.opaque)
    for line in layer.lines:
        points = [(_FINE * x, _FINE * y) for x, y in line]
        draw.line(points, fill=layer.opaque, width=layer.width * _FINE, joint="curve")
    return mask.filter(ImageFilter.GaussianBlur(layer.soft * _FINE))


if __name__ == "__main__":
    sys.stdout.buffer.write(drawn())
