"""The numbers and names that people are kept under in somebody else's files, compared as people mean them. Pure.

A file system, a spreadsheet and a keyboard each write one name differently: composed or not, wide or narrow, with
another case or an invisible sign. Such spellings are one id. What may mean another person is not the same id: ``0017``
and ``17`` differ.
"""

import unicodedata
from typing import Final

LONGEST: Final = 64
# Controls and surrogates: a name with these was damaged, or is meant to deceive. Rare characters of names may be newer
# than this program's tables, or from a time when they had private places.
_NEVER: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


def cleaned(text: str) -> str:
    """*text* as it is kept and shown: composed, without blanks around it or invisible signs in it."""
    visible = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return unicodedata.normalize("NFC", visible).strip()


def normal(text: str) -> str:
    """By what two spellings are found to be one id."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cleaned(text)).casefold())
    return " ".join(folded.split())


def is_one(text: str) -> bool:
    """Whether a cleaned *text* can be somebody's id: 1 to 64 characters that can be shown, and no slash."""
    return (
        1 <= len(text) <= LONGEST
        and not any(sign in "/\\" or unicodedata.category(sign) in _NEVER for sign in text)
        and bool(normal(text))
    )
