"""Which characters the bytes of a spreadsheet's file, or of a file's name, stand for. Pure.

Bytes do not say in which encoding they are, and nearly any bytes are some characters of GB18030. So each candidate's
text is judged by how many of its characters people write every day: misread text is full of characters that nobody
knows. Without a clear winner nothing is read: a wrong name on a list is worse than a file that is saved anew.
"""

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

# Stands for a character that is damaged, or cut off at the end.
DAMAGED: Final = "\ufffd"
# Of a text's foreign characters this part must be everyday ones, and so much more than by any other encoding. GB18030,
# in which most of these files are, may have more rare ones: names are full of them.
_EVERYDAY_LEAST: Final = 0.75
_EVERYDAY_LEAST_GB: Final = 0.4
_LEAD_LEAST: Final = 0.2
# A few characters may be everyday ones by two encodings of East Asia; then GB18030 is meant.
_PLAINLY_GB: Final = 0.95
# Half of the everyday Chinese characters are at the places of Korean syllables: only a longer text tells them apart.
_KOREAN_LEAST: Final = 30
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like the mark of utf-16-le
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Punctuation, fullwidth, Greek and Cyrillic signs are in every East Asian encoding and say nothing about which it is.
_SIGNS: Final = range(0x3000, 0x3040), range(0xFF00, 0xFF61), range(0x2010, 0x2040), range(0x370, 0x460)
# One in so many may have a place that no standard has filled, as rare characters had once.
_PRIVATE_MOST: Final = 10
# The small letters of KOI8-R are at the places of everyday Chinese characters.
_RUSSIAN_LEAST: Final = 10
_EAST_ASIAN: Final = ("gb18030", "big5", "cp932", "cp949")
_ALPHABETIC: Final = ("cp1252", "cp437", "cp1251", "koi8-r")
_CYRILLIC_WORD: Final = re.compile("[\u0401\u0410-\u042f]?[\u0430-\u044f\u0451]{2,}")
# Letters of western Europe, as Windows and as DOS (and so many a zip) have them.
_WESTERN: Final = "äöüßÄÖÜàáâãåæçèéêëìíîïñòóôõøùúûýÿœšžÀÁÂÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕØÙÚÛÝŒŠŽ"
_WESTERN_SIGNS: Final = "\u20ac\u201a\u201e\u2026\u2018\u2019\u201c\u201d\u2013\u2014°§«»¿¡·ªº"


@dataclass(frozen=True, slots=True)
class Lettering:
    """``encoding`` is empty where no reading is clear; ``guess`` then names what the bytes look like, if anything."""

    encoding: str
    text: str
    guess: str = ""


def read(content: bytes) -> Lettering:
    """The text of a file. A character that its end cuts in two is U+FFFD; a mark at the beginning is left out.

    ``encoding`` is ``utf-8``, ``utf-16``, ``utf-32``, ``gb18030`` or ``big5``.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            text = _decoded(content.removeprefix(mark), encoding)
            return Lettering("", "") if text is None else Lettering(encoding[:6].rstrip("-"), text)
    if b"\0" in content:
        return _wide(content)
    text = _decoded(content, "utf-8")
    return Lettering("utf-8", text) if text is not None else _legacy(content, ("gb18030", "big5"))


def read_names(names: Sequence[bytes]) -> Lettering:
    """The encoding of the names in one zip or folder, which are as a rule in one; ``text`` has one to a line.

    ``encoding`` is ``utf-8``, ``gb18030``, ``big5``, ``cp932``, ``cp949`` or ``cp437``.
    """
    joined = b"\n".join(names)
    text = _decoded(joined, "utf-8")
    if text is not None and not text.endswith(DAMAGED):
        return Lettering("utf-8", text)
    return _legacy(joined, (*_EAST_ASIAN, "cp437"), whole=True)


def _wide(content: bytes) -> Lettering:
    """UTF-16 without a mark: of the column names every other byte is NUL."""
    half = content[: len(content) // 2 * 2]
    little, big = half[1::2].count(0), half[0::2].count(0)
    # Everyday text of these files is digits, commas and Latin words at least in part.
    if min(little, big) * 4 > max(little, big) or 10 * max(little, big) < len(half) // 2:
        text = _decoded(content, "utf-8")  # a stray NUL: its line is refused, and no other
        return Lettering("", "") if text is None else Lettering("utf-8", text)
    text = _decoded(content, "utf-16-le" if little > big else "utf-16-be")
    return Lettering("", "") if text is None else Lettering("utf-16", text)


def _legacy(content: bytes, taken: Sequence[str], *, whole: bool = False) -> Lettering:
    texts = {encoding: _decoded(content, encoding) for encoding in (*_EAST_ASIAN, *_ALPHABETIC)}
    found = {
        encoding: text
        for encoding, text in texts.items()
        if text is not None and not (whole and text.endswith(DAMAGED))
    }
    shares = {encoding: _everyday(text.removesuffix(DAMAGED), encoding) for encoding, text in found.items()}
    best = _clearest(shares)
    return Lettering(best, found[best]) if best in taken else Lettering("", "", guess=best)


def _clearest(shares: Mapping[str, float]) -> str:
    """The encoding whose text is plainly more everyday than any other's; none when there is no such one."""
    if not shares:
        return ""
    best = max(shares, key=lambda encoding: (shares[encoding], encoding == "gb18030"))
    share = shares[best]
    if share < (_EVERYDAY_LEAST_GB if best == "gb18030" else _EVERYDAY_LEAST):
        return ""
    rivals = {encoding for encoding in shares if encoding != best and share - shares[encoding] < _LEAD_LEAST}
    if best == "gb18030" and share >= _PLAINLY_GB and rivals <= {"big5", "cp932"}:
        return best
    return "" if rivals else best


def _everyday(text: str, encoding: str) -> float:
    """Which part of the foreign characters of *text* people write every day, from 0 to 1."""
    foreign = [sign for sign in text if ord(sign) > 127]
    if not foreign:
        return 1.0
    match encoding:
        case "cp1252" | "cp437":
            return _western(text) / len(foreign)
        case "koi8-r" if len(foreign) < _RUSSIAN_LEAST:
            return 0.0
        case "cp1251" | "koi8-r":
            return sum(map(len, _CYRILLIC_WORD.findall(text))) / len(foreign)
    if _PRIVATE_MOST * sum("\ue000" <= sign <= "\uf8ff" for sign in foreign) > len(foreign):
        return 0.0
    telling = [sign for sign in foreign if not any(ord(sign) in signs for signs in _SIGNS)]
    if encoding == "cp949" and len(telling) < _KOREAN_LEAST:
        return 0.0
    if not telling:
        return 1.0
    known = [_common(charset) for charset in _WRITTEN_IN[encoding]]
    far = sum(encoding == "gb18030" and _is_far(sign) for sign in telling)
    return (max(sum(sign in common for sign in telling) for common in known) + far) / len(telling)


def _is_far(sign: str) -> bool:
    """Of four bytes in GB18030, with digits in the second and the last place: no other encoding's text looks so."""
    return len(sign.encode("gb18030")) == 4


def _western(text: str) -> int:
    """How many letters have marks and stand beside plain ones; in misread text they stand beside each other."""
    around = f" {text} "
    return sum(
        sign in _WESTERN_SIGNS or (sign in _WESTERN and around[n].isascii() and around[n + 2].isascii())
        for n, sign in enumerate(text)
        if ord(sign) > 127
    )


_SIMPLIFIED, _TRADITIONAL, _JAPANESE, _KOREAN = "simplified", "traditional", "japanese", "korean"
_WRITTEN_IN: Final = {
    "gb18030": (_SIMPLIFIED, _TRADITIONAL),
    "big5": (_TRADITIONAL,),
    "cp932": (_JAPANESE,),
    "cp949": (_KOREAN,),
}
# Where each standard keeps its everyday characters: encoding, lead bytes, trail bytes.
_LEVELS: Final = {
    _SIMPLIFIED: ("gb2312", range(0xB0, 0xD8), range(0xA1, 0xFF)),  # GB 2312 level 1: 3,755
    _TRADITIONAL: ("big5", range(0xA4, 0xC7), range(0x40, 0xFF)),  # Big5 level 1: 5,401
    _JAPANESE: ("shift_jis", range(0x82, 0x99), range(0x40, 0xFD)),  # kana and JIS level 1: 2,965
    _KOREAN: ("euc_kr", range(0xB0, 0xC9), range(0xA1, 0xFF)),  # KS X 1001: 2,350 syllables
}


@cache
def _common(charset: str) -> frozenset[str]:
    encoding, leads, trails = _LEVELS[charset]
    pairs = (bytes((lead, trail)).decode(encoding, "replace") for lead in leads for trail in trails)
    return frozenset(pair for pair in pairs if len(pair) == 1 and ord(pair) > 127 and pair != DAMAGED)


def _decoded(content: bytes, encoding: str) -> str | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        text = decoder.decode(content)
    except UnicodeDecodeError:
        return None
    return text + DAMAGED if decoder.getstate()[0] else text
