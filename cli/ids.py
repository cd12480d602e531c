"""Ids as people type and read them: the beginning of one will do where it can mean only one. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from services.chassis.errors import StartupError

LEAST: Final = 4  # digits that must be typed
SHOWN: Final = 8  # digits that are shown at least
_DIGITS: Final = 32
_TYPED: Final = re.compile(r"[0-9a-f-]+")


def typed(text: str) -> str:
    """*text* as an id, whole or its beginning, in lower case. Raises ValueError in words for a person."""
    lower = text.strip().lower()
    digits = lower.replace("-", "")
    if not _TYPED.fullmatch(lower) or len(digits) > _DIGITS:
        raise ValueError(f"{text!r} is no id: it has the digits 0-9 and a-f")
    if len(digits) < LEAST:
        raise ValueError(f"{text!r} is too short for an id: at least {LEAST} digits are needed")
    return str(UUID(digits)) if len(digits) == _DIGITS else lower


def whole(text: str) -> UUID | None:
    """The id, where *text* is all of it."""
    digits = prefix(text)
    return UUID(digits) if len(digits) == _DIGITS else None


def prefix(text: str) -> str:
    """The digits of a typed id."""
    return text.replace("-", "")


def dashed(text: str) -> str:
    """A typed id, or its beginning, with the dashes where they belong."""
    digits = prefix(text)
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return "-".join(part for part in parts if part)


def meant(text: str, known: Mapping[UUID, str], kind: str) -> UUID:
    """Which of *known*, ids with a word on each, begins with the typed *text*. Raises StartupError unless it is one."""
    found = [each for each in known if each.hex.startswith(prefix(text))]
    if not found:
        raise StartupError(f"no {kind} has an id that begins with {text}")
    if len(found) > 1:
        named = shortest(found)
        candidates = "; ".join(f"{named[each]} {known[each]}".rstrip() for each in found)
        raise StartupError(f"{text} can mean {len(found)} {_plural(kind)}: {candidates}")
    return found[0]


def shortest(ids: Iterable[UUID]) -> dict[UUID, str]:
    """Each of *ids* by as few signs as tell it from the others, and at least eight digits."""
    row = sorted(set(ids))
    shown: dict[UUID, str] = {}
    for i, each in enumerate(row):
        neighbours = row[max(i - 1, 0) : i] + row[i + 1 : i + 2]
        needed = 1 + max((_shared(str(each), str(other)) for other in neighbours), default=0)
        shown[each] = str(each)[: max(SHOWN, needed)]
    return shown


def _shared(one: str, other: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b), len(one))


def _plural(kind: str) -> str:
    return "entries" if kind == "entry" else f"{kind}s"
