"""What was measured as one picture: SVG, written line by line. Pure."""

import math
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Final

from cli.bench.measures import Measured, Moment

_WIDTH: Final = 900
_LEFT, _TOP, _PLOT_WIDTH, _PLOT_HEIGHT = 60, 60, 800, 260
_ROW: Final = 20
_STEPS: Final = 4
_LINES: Final[Sequence[tuple[str, str, Callable[[Moment], float]]]] = (
    ("frames received", "#9aa0a6", lambda moment: moment.frames_received),
    ("frames searched", "#1a73e8", lambda moment: moment.frames_searched),
    ("faces found", "#e8710a", lambda moment: moment.faces_found),
    ("faces embedded", "#188038", lambda moment: moment.faces_embedded),
    ("shed", "#d93025", lambda moment: moment.shed),
)


def drawn(measured: Measured, title: str) -> str:
    """The rates over the time of the load, and below them what the words say too."""
    words = list(_table(measured))
    height = _TOP + _PLOT_HEIGHT + 90 + _ROW * len(words)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}" '
        'font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="white"/>',
        _text(_LEFT, 30, title, size=16),
        *_axes(measured.series),
        *_curves(measured.series),
        *_legend(),
        *(_text(_LEFT, _TOP + _PLOT_HEIGHT + 80 + _ROW * number, line) for number, line in enumerate(words)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _table(measured: Measured) -> Iterator[str]:
    for each in measured.stages:
        yield (
            f"{each.name}: {each.per_second:g} {each.item}s/s, shed {sum(each.shed.values())}, "
            f"p99 {_ms(each.since_capture.p99_ms)} after capture"
        )
    if measured.alerts is not None:
        yield f"alerts at the page: {measured.alerts.events}, p99 {_ms(measured.alerts.to_page.p99_ms)} after capture"


def _axes(series: Sequence[Moment]) -> Iterator[str]:
    top, seconds = _most(series), _last(series)
    for step in range(_STEPS + 1):
        y = _TOP + _PLOT_HEIGHT * (1 - step / _STEPS)
        yield f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_LEFT + _PLOT_WIDTH}" y2="{y:.1f}" stroke="#e0e0e0"/>'
        yield _text(_LEFT - 8, y + 4, f"{top * step / _STEPS:g}", anchor="end")
        x = _LEFT + _PLOT_WIDTH * step / _STEPS
        yield _text(x, _TOP + _PLOT_HEIGHT + 18, f"{seconds * step / _STEPS:.0f} s", anchor="middle")
    yield _text(_LEFT - 8, _TOP - 12, "a second", anchor="end")


def _curves(series: Sequence[Moment]) -> Iterator[str]:
    top, seconds = _most(series), _last(series)
    for _, colour, value in _LINES:
        points = " ".join(
            f"{_LEFT + _PLOT_WIDTH * each.at_seconds / seconds:.1f},{_TOP + _PLOT_HEIGHT * (1 - value(each) / top):.1f}"
            for each in series
        )
        if points:
            yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _legend() -> Iterator[str]:
    for number, (name, colour, _) in enumerate(_LINES):
        x, y = _LEFT + number * 160, _TOP + _PLOT_HEIGHT + 44
        yield f'<line x1="{x}" y1="{y - 4}" x2="{x + 22}" y2="{y - 4}" stroke="{colour}" stroke-width="3"/>'
        yield _text(x + 28, y, name)


def _most(series: Sequence[Moment]) -> float:
    """The upper end of the axis: a round number that every value is below."""
    top = max((value(each) for each in series for _, _, value in _LINES), default=0.0)
    unit = 10.0 ** math.floor(math.log10(max(top, 1.0) / _STEPS))
    return next(_STEPS * unit * factor for factor in (1, 2, 2.5, 5, 10) if _STEPS * unit * factor >= top)


def _last(series: Sequence[Moment]) -> float:
    return max((each.at_seconds for each in series), default=1.0) or 1.0


def _text(x: float, y: float, words: str, *, size: int = 13, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{escape(words)}</text>'


def _ms(value: float | None) -> str:
    return "not measured" if value is None else f"{value:g} ms"
