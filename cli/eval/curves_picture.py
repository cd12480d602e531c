"""Curves of misses and histograms of likeness as SVG, written line by line. Pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final

from proto.wardwatch.v1.accuracy import Histogram

_WIDTH, _HEIGHT = 760, 440
_LEFT, _TOP, _PLOT_WIDTH, _PLOT_HEIGHT = 70, 20, 660, 330
_COLOURS: Final = ("#1a73e8", "#188038", "#e8710a", "#9334e6", "#d93025", "#5f6368")
_LEAST_RATE, _MOST_RATE = 1e-4, 1.0
_LEAST_MISSED, _MOST_MISSED = 1e-3, 1.0


def det(series: Sequence[tuple[str, Sequence[tuple[float, float]]]], words: Mapping[str, str]) -> str:
    """Detection error trade-off: misses over false matches, both on logarithmic axes."""
    x_ticks = [10.0**power for power in range(-4, 1)]
    y_ticks = [10.0**power for power in range(-3, 1)]
    parts = [
        *(_vertical(_log_x(tick), f"{100 * tick:g} %") for tick in x_ticks),
        *(_horizontal(_log_y(tick), f"{100 * tick:g} %") for tick in y_ticks),
    ]
    for (name, points), colour, number in zip(series, _cycle(len(series)), range(len(series)), strict=True):
        inside = [(x, y) for x, y in points if x >= _LEAST_RATE and y >= _LEAST_MISSED]
        line = " ".join(f"{_log_x(x):.1f},{_log_y(y):.1f}" for x, y in inside)
        if line:
            parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(_key(number, name, colour))
    return _picture(words["det"], [*parts, *_names(words["det_x"], words["det_y"])])


def histogram(found: Histogram, words: Mapping[str, str]) -> str:
    """How alike two pictures are, of one person and of two, each as shares of its own."""
    shares = [[count / max(1, sum(counts)) for count in counts] for counts in (found.same, found.others)]
    top = max((max(each, default=0.0) for each in shares), default=0.0) or 1.0
    parts = [_vertical(_LEFT + _PLOT_WIDTH * tick / 10, f"{tick / 10:g}") for tick in range(0, 11, 2)]
    for colour, bars in zip((_COLOURS[1], _COLOURS[4]), shares, strict=True):
        parts += _bars(bars, found, top, colour)
    parts += [
        _key(0, words["histogram_same"], _COLOURS[1]),
        _key(1, words["histogram_others"], _COLOURS[4]),
        *_names(words["histogram_x"], ""),
    ]
    return _picture(words["histogram"], parts)


def _bars(bars: Sequence[float], found: Histogram, top: float, colour: str) -> Iterator[str]:
    width = _PLOT_WIDTH * found.step
    for number, share in enumerate(bars):
        height = _PLOT_HEIGHT * share / top
        x, y = _LEFT + _PLOT_WIDTH * found.lowest + width * number, _TOP + _PLOT_HEIGHT - height
        yield (
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"'
            ' fill-opacity="0.5"/>'
        )


def _picture(title: str, parts: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'font-family="sans-serif" font-size="13" role="img" aria-label="{escape(title, quote=True)}">'
    )
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>"]) + "\n"


def _vertical(x: float, words: str) -> str:
    line = f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{_TOP + _PLOT_HEIGHT}" stroke="#e0e0e0"/>'
    return line + _text(x, _TOP + _PLOT_HEIGHT + 18, words, anchor="middle")


def _horizontal(y: float, words: str) -> str:
    line = f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_LEFT + _PLOT_WIDTH}" y2="{y:.1f}" stroke="#e0e0e0"/>'
    return line + _text(_LEFT - 8, y + 4, words, anchor="end")


def _names(x_words: str, y_words: str) -> Iterator[str]:
    yield _text(_LEFT + _PLOT_WIDTH / 2, _TOP + _PLOT_HEIGHT + 36, x_words, anchor="middle")
    middle = _TOP + _PLOT_HEIGHT / 2
    yield (
        f'<text x="16" y="{middle:.1f}" text-anchor="middle" transform="rotate(-90 16 {middle:.1f})">'
        f"{escape(y_words)}</text>"
    )


def _key(number: int, words: str, colour: str) -> str:
    x, y = _LEFT + number % 3 * 225, _TOP + _PLOT_HEIGHT + 56 + number // 3 * 18
    line = f'<line x1="{x}" y1="{y - 4}" x2="{x + 22}" y2="{y - 4}" stroke="{colour}" stroke-width="3"/>'
    return line + _text(x + 28, y, words)


def _cycle(count: int) -> list[str]:
    return [_COLOURS[number % len(_COLOURS)] for number in range(count)]


def _log_x(value: float) -> float:
    return _LEFT + _PLOT_WIDTH * _between(value, _LEAST_RATE, _MOST_RATE)


def _log_y(value: float) -> float:
    return _TOP + _PLOT_HEIGHT * (1 - _between(value, _LEAST_MISSED, _MOST_MISSED))


def _between(value: float, low: float, high: float) -> float:
    return math.log(value / low) / math.log(high / low)


def _text(x: float, y: float, words: str, *, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
