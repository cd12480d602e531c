"""Identity numbers: how they are kept, whether one is plausible, and whether a text holds one. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Final

from proto.wardwatch.v1 import refusals
from services.watchlist.rules.entry_rules import Unacceptable

# A Chinese resident identity number as GB 11643 lays it down: region, birthday, order, and a check character.
_RESIDENT: Final = re.compile(r"[1-9][0-9]{16}[0-9X]")
# The same as people write it, with blanks or dashes, and nothing of a longer number before or after it. An entry's id
# is none, though one in some ten thousand has enough digits.
_WRITTEN: Final = re.compile(
    r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"
    r"|(?<![0-9])(?P<number>[1-9](?:[ -]?[0-9]){16}[ -]?[0-9Xx])(?![0-9])"
)
# What is no text of a person's: numbers that have their own sealed place, and digests.
_OWN_PLACES: Final = frozenset({"number", "identity_number", "sha256"})
_SHORTEST: Final = 4
_SHOWN: Final = 4
_LONGEST: Final = 40


def normalised(number: str) -> str:
    """*number* as it is kept and looked up: upper case, no blanks or dashes. Raises Unacceptable when it is none.

    A number that looks like a Chinese resident identity number must be one; of others only the length is known.
    """
    kept = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", number)).upper()
    if not _SHORTEST <= len(kept) <= _LONGEST or not re.fullmatch(r"[0-9A-Z]+", kept):
        raise Unacceptable(refusals.NUMBER_LENGTH.filled(least=_SHORTEST, most=_LONGEST))
    if _RESIDENT.fullmatch(kept) and not (_has_birthday(kept) and _checks(kept)):
        raise Unacceptable(refusals.NUMBER_MISTYPED.filled())
    return kept


def ending(number: str) -> str:
    """What everybody who keeps the list may see of a normalised *number*: its end, and never more than half of it."""
    return number[-min(_SHOWN, len(number) // 2) :]


def is_in(text: str) -> bool:
    """Whether *text* holds a Chinese resident identity number, also one with a slip in it."""
    found = _WRITTEN.finditer(unicodedata.normalize("NFKC", text))
    return any(_is_one(each["number"]) for each in found if each["number"] is not None)


def masked(text: str) -> str:
    """*text* with all but the last four characters of every Chinese resident identity number in it starred out."""
    if not is_in(text):
        return text
    return _WRITTEN.sub(_starred, unicodedata.normalize("NFKC", text))


def check_absent(content: object, name: str = "request") -> None:
    """Raise Unacceptable when a text anywhere in *content* (a dumped model, a list, a text) holds an identity number.

    They belong in the field for them, where they are sealed apart and found only by who may (safeguard S10).
    """
    match content:
        case str() if is_in(content):
            raise Unacceptable(refusals.NUMBER_IN_TEXT.filled(field=name))
        case Mapping():
            for key, value in content.items():
                if key not in _OWN_PLACES:
                    check_absent(value, str(key))
        case list():
            for value in content:
                check_absent(value, name)


def _starred(written: re.Match[str]) -> str:
    if written["number"] is None:
        return written.group()
    number = _bare(written.group())
    return "*" * (len(number) - 4) + number[-4:] if _is_one(number) else written.group()


def _is_one(written: str) -> bool:
    number = _bare(written)
    return _has_birthday(number) or _checks(number)


def _bare(written: str) -> str:
    return re.sub(r"[ -]", "", written).upper()


def _checks(number: str) -> bool:
    # ISO/IEC 7064 MOD 11-2, where X stands for ten.
    values = [10 if character == "X" else int(character) for character in number]
    return sum(value * pow(2, 17 - place, 11) for place, value in enumerate(values)) % 11 == 1


def _has_birthday(number: str) -> bool:
    if not 1900 <= int(number[6:10]) < 2100:
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return True
