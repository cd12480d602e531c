"""Text from people, fit for a terminal or a log: what would act on it, or hide in it, is written out. Pure.

A label may hold escape sequences that clear a screen, signs that turn the writing round, others that nobody sees, and
line breaks that begin a line of their own. Whoever reads it must see that they are there, and no more.
"""

import json
import re
from collections.abc import Callable
from typing import Final
from unicodedata import category

# Control characters, invisible marks (also those that turn the writing round), halves of characters, what no font has,
# and separators of lines.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Counted as letters or marks, and blank all the same.
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f\u2800\u3164\uffa0")
_SHORT: Final = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_ASCII: Final = re.compile(r"[ -~]*")


def visible(text: str) -> str:
    """*text* as one line on which every sign can be seen: escape sequences as ``\\x1b[31m``, for example."""
    return _written(text, _escape)


def visible_json(text: str) -> str:
    """The same JSON, in which such signs are written as JSON writes them; line breaks between values stay."""
    return _written(text, lambda sign: sign if sign == "\n" else _json_escape(sign))


def is_seen(sign: str) -> bool:
    """Whether a character stands for itself wherever it is printed."""
    return category(sign) not in _UNSEEN and sign not in _BLANK


def _written(text: str, escape: Callable[[str], str]) -> str:
    if _ASCII.fullmatch(text):
        return text
    return "".join(sign if is_seen(sign) else escape(sign) for sign in text)


def _escape(sign: str) -> str:
    code = ord(sign)
    if sign in _SHORT:
        return _SHORT[sign]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(sign: str) -> str:
    return json.dumps(sign)[1:-1]
