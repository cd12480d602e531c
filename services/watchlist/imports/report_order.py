"""In which order the rows of an import's report stand: by whom they are about, as people sort names. Pure."""

import re
import unicodedata
from typing import Final

_PARTS: Final = re.compile(r"(\d+)")
_Key = tuple[tuple[int, int, str], ...]


def key(*, label: str | None, external_id: str | None, kind: str, name: str) -> tuple[_Key, _Key, int, _Key, str]:
    """By the name, then the id; of one person the line comes before the photos, and ``2__1`` before ``10__1``.

    The last part tells two rows apart whose names look alike, so that the order is always the same.
    """
    about = label or external_id or ""
    # Who is not known by any name comes first.
    return (_natural(about), _natural(external_id or ""), 0 if kind == "row" else 1, _natural(name), name)


def _natural(text: str) -> _Key:
    """Numbers by their size, letters without regard to case and width."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return tuple(
        (0, int(part), part) if part.isascii() and part.isdecimal() else (1, 0, part)
        for part in _PARTS.split(plain)
        if part
    )
