"""A report's text in lines: which signs which font has, and where a line ends. Pure."""

from collections.abc import Callable, Container, Iterator
from typing import Final

LATIN: Final = "Helvetica"
HAN: Final = "Han"

Run = tuple[str, str]  # font, text
Width = Callable[[str, str], float]  # of a text in a font, in points


def runs(text: str, han: Container[int]) -> list[Run]:
    """*text* by the font that has its signs; one that none has is written as its number, so that nothing is lost."""
    found: list[Run] = []
    for sign in text:
        for font, shown in _shown(sign, han):
            if found and found[-1][0] == font:
                found[-1] = (font, found[-1][1] + shown)
            else:
                found.append((font, shown))
    return found


def wrapped(text: str, han: Container[int], width: Width, room: float) -> list[list[Run]]:
    """The lines of *text* that are no wider than *room*, broken at spaces, between ideographs, and else anywhere."""
    lines: list[list[Run]] = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _pieces(paragraph):
            if line and _wide(line + piece, han, width) > room:
                lines.append(runs(line.rstrip(" "), han))
                line = piece.lstrip(" ")
            else:
                line += piece
            while _wide(line, han, width) > room and len(line) > 1:
                fits = _fitting(line, han, width, room)
                lines.append(runs(line[:fits], han))
                line = line[fits:]
        lines.append(runs(line.rstrip(" "), han))
    return lines


def _shown(sign: str, han: Container[int]) -> list[Run]:
    if sign == "\t" or (sign.isprintable() and _is_latin(sign)):
        return [(LATIN, " " if sign == "\t" else sign)]
    if ord(sign) in han and sign.isprintable():
        return [(HAN, sign)]
    return [(LATIN, f"<U+{ord(sign):04X}>")]


def _is_latin(sign: str) -> bool:
    try:
        sign.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _pieces(text: str) -> Iterator[str]:
    """Parts of *text* that stay together: a word with the space behind it, an ideograph alone."""
    piece = ""
    for sign in text:
        if not _is_latin(sign):
            if piece:
                yield piece
            piece = ""
            yield sign
            continue
        piece += sign
        if sign == " ":
            yield piece
            piece = ""
    if piece:
        yield piece


def _wide(text: str, han: Container[int], width: Width) -> float:
    return sum(width(font, part) for font, part in runs(text, han))


def _fitting(text: str, han: Container[int], width: Width, room: float) -> int:
    """How many signs of *text* fit; one at least."""
    fits = 1
    while fits < len(text) and _wide(text[: fits + 1], han, width) <= room:
        fits += 1
    return fits
