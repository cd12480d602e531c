"""Draw the page's icons from its shield: python -m tools.icons. What they look like is decided here alone."""

import io
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw

WEB: Final = Path(__file__).resolve().parent.parent / "services" / "alerts" / "web"
_GROUND: Final = "#12324a"
_LINE: Final = "#6fc3ff"
# Drawn larger and made small, so that edges are smooth.
_FINER: Final = 4
_GRID: Final = 48
# The shield of icon.svg, its curves as corners.
_SHIELD: Final = (
    (24.0, 8.0), (37.0, 13.0), (37.0, 23.0), (36.3, 27.2), (34.2, 31.4), (31.2, 35.2), (27.8, 38.3), (24.0, 40.0),
    (20.2, 38.3), (16.8, 35.2), (13.8, 31.4), (11.7, 27.2), (11.0, 23.0), (11.0, 13.0), (24.0, 8.0),
)  # fmt: skip


def drawn(size: int, *, ground: str | None, corner: float = 0.0, scale: float = 1.0, line: str = _LINE) -> bytes:
    """PNG of *size* pixels; *corner* of the ground in parts of it, the shield *scale* times as large as in icon.svg."""
    wide = size * _FINER
    unit = wide / _GRID * scale
    offset = (wide - _GRID * unit) / 2
    image = Image.new("RGBA", (wide, wide), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    if ground is not None:
        draw.rounded_rectangle((0, 0, wide - 1, wide - 1), radius=corner * wide, fill=ground)
    points = [(offset + x * unit, offset + y * unit) for x, y in _SHIELD]
    draw.line(points, fill=line, width=round(3 * unit), joint="curve")
    middle = (offset + 24 * unit, offset + 22 * unit)
    draw.circle(middle, 5 * unit, fill=line)
    content = io.BytesIO()
    small = image.resize((size, size), Image.Resampling.LANCZOS)
    small.quantize(colors=64, method=Image.Quantize.FASTOCTREE).save(content, "PNG", optimize=True)
    return content.getvalue()


def icons() -> dict[str, bytes]:
    """Every icon by its file's name."""
    return {
        "icon-192.png": drawn(192, ground=_GROUND, corner=11 / 48),
        "icon-512.png": drawn(512, ground=_GROUND, corner=11 / 48),
        # Phones cut these to shapes of their own: all of the shield lies in the middle four fifths.
        "maskable-512.png": drawn(512, ground=_GROUND, scale=0.75),
        "apple-touch-icon.png": drawn(180, ground=_GROUND, scale=0.85),
        # In the status bar only what is not transparent counts.
        "badge-96.png": drawn(96, ground=None, scale=1.2, line="#ffffff"),
    }


if __name__ == "__main__":
    for name, content in icons().items():
        (WEB / name).write_bytes(content)
