"""What an entry must be before the record takes it. Pure; a broken rule is answered in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.refusals import RefusalText
from services.chassis.errors import Refusal

T = TypeVar("T")

# No entry stands longer, whatever its category allows (safeguard S3).
LONGEST: Final = timedelta(days=1827)
# How long an entry stands when nobody says.
USUAL: Final = timedelta(days=730)
# Photos of one person.
MOST_PHOTOS: Final = 10
# No photograph is older.
_OLDEST: Final = date(1900, 1, 1)


class Unacceptable(ValueError):
    """What was asked for breaks a rule; the text says which, and what to do. ``words`` are that with its code."""

    def __init__(self, text: str | RefusalText) -> None:
        super().__init__(str(text))
        self.words = text if isinstance(text, RefusalText) else RefusalText(text)


@dataclass(frozen=True, slots=True)
class Category:
    """A ground an entry may stand on, and the longest time it may."""

    code: str
    title: str
    longest: timedelta


def category(code: str, categories: Iterable[Category]) -> Category:
    """The category named *code*. Raises Unacceptable with the closed list."""
    by_code = {each.code: each for each in categories}
    if code not in by_code:
        raise Unacceptable(refusals.UNKNOWN_CATEGORY.filled(text=code, known=", ".join(sorted(by_code))))
    return by_code[code]


def expiry(asked: datetime, ground: Category, now: datetime) -> datetime:
    """The moment *asked* for, as the end of an entry that begins at *now*. Raises Unacceptable when it cannot be."""
    longest = min(ground.longest, LONGEST)
    if asked.tzinfo is None:
        raise Unacceptable(refusals.EXPIRY_ZONE.filled())
    if asked <= now:
        raise Unacceptable(refusals.EXPIRY_PAST.filled())
    if asked - now > longest:
        raise Unacceptable(refusals.CATEGORY_DAYS.filled(category=ground.code, days=longest.days))
    return asked


def taken(day: date, today: date) -> date:
    """The day a photo was taken, by who sends it *today*. Raises Unacceptable when it cannot be."""
    if not _OLDEST <= day <= today:
        raise Unacceptable(refusals.PHOTO_DAY.filled())
    return day


def words(name: str, text: str) -> str:
    """*text* without blanks around it. Raises Unacceptable when nothing is left."""
    if not text.strip():
        raise Unacceptable(refusals.MISSING.filled(field=name))
    return text.strip()


def existing(found: T | None, entry_id: UUID) -> T:
    """*found*, which was looked up by the id of an entry. Raises Refusal (404) when nothing was."""
    if found is None:
        raise Refusal(404, refusals.NO_ENTRY.filled(entry=entry_id))
    return found
