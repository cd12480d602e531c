"""Whether an entry is among those that somebody looks for by some letters. Pure."""

import unicodedata
from collections.abc import Iterable, Sequence


def folded(text: str) -> str:
    """*text* as it is compared: one form for wide and narrow, large and small letters (Unicode NFKC, case folded)."""
    if text.isascii():
        return text.lower()  # the same, and most of a list is read for each letter that is typed
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def words(text: str) -> tuple[str, ...]:
    """What is looked for: the words of *text*, each of which must be found."""
    return tuple(folded(text).split())


def finds(sought: Sequence[str], fields: Iterable[str]) -> bool:
    """Whether each word is within one of *fields*."""
    # Between two fields stands what is in no word, so that none is found across them.
    known = folded("\0".join(fields))
    return all(word in known for word in sought)
