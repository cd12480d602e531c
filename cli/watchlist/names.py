"""Names of files as file systems and zips hold them: bytes that may be no text, and text that may deceive. Pure."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1 import lettering

# The desk takes no longer ones.
LONGEST: Final = 255
_NEVER: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
# What bytes that are no text become in a name (PEP 383).
_ESCAPED_BYTE: Final = range(0xDC80, 0xDD00)


@dataclass(frozen=True, slots=True)
class Decoded:
    """``texts`` has one to each name, None where it is not clear; ``encoding`` of those that are not ASCII."""

    encoding: str
    texts: tuple[str | None, ...]


def decoded(names: Sequence[bytes]) -> Decoded:
    """*names* of one folder or zip, which are as a rule in one encoding."""
    foreign = [name for name in names if not name.isascii()]
    encoding = lettering.read_names(foreign).encoding if foreign else "utf-8"
    if not encoding:
        # One name that is nothing must not take the others with it.
        alone = Counter(lettering.read_names([name]).encoding for name in foreign)
        encoding = next((each for each, _ in alone.most_common() if each), "utf-8")
    return Decoded(encoding, tuple(_text(name, encoding) for name in names))


def _text(name: bytes, encoding: str) -> str | None:
    try:
        return name.decode(encoding)
    except UnicodeDecodeError:
        return None


def is_text(name: str) -> bool:
    """Whether a name is of characters alone that can be shown, and was not damaged on the way."""
    return not any(unicodedata.category(sign) in _NEVER for sign in name)


def shown(name: str) -> str:
    """*name* with an escape for whatever a terminal or a page would not show as it is."""
    return "".join(sign if _is_visible(sign) else _escape(sign) for sign in name)


def _is_visible(sign: str) -> bool:
    category = unicodedata.category(sign)
    return category not in _NEVER and category != "Cf"


def _escape(sign: str) -> str:
    if ord(sign) in _ESCAPED_BYTE:
        return f"\\x{ord(sign) - 0xDC00:02x}"
    return sign.encode("unicode_escape").decode("ascii")
