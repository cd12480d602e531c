"""Whether an entry is among those that somebody looks for by some letters. Pure."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

# A beginning of an id is taken for one from here on.
_ID_CHARACTERS: Final = 4
_OF_IDS: Final = frozenset("0123456789abcdef-")


def folded(text: str) -> str:
    """*text* as it is compared: one form for wide and narrow, large and small letters (Unicode NFKC, case folded)."""
    if text.isascii():
        return text.lower()  # the same, and most of a list is read for each letter that is typed
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def words(text: str) -> tuple[str, ...]:
    """What is looked for: the words of *text*, each of which must be found."""
    return tuple(folded(text).split())


def text(fields: Iterable[str]) -> str:
    """*fields* as one text to look in. Between two of them stands what is in no word, so that none is found across."""
    return folded("\0".join(fields))


def texts(folded_texts: Iterable[str]) -> str:
    """Several texts to look in, which are folded, as one; none is found across two."""
    return "\0".join(folded_texts)


def finds(sought: Sequence[str], known: str) -> bool:
    """Whether each word is within *known*, which is folded."""
    return all(word in known for word in sought)


def id_beginning(sought: Sequence[str]) -> str | None:
    """What is looked for as the beginning of an entry's id, where it can be one."""
    if len(sought) == 1 and len(sought[0]) >= _ID_CHARACTERS and _OF_IDS.issuperset(sought[0]):
        return sought[0]
    return None
