"""What the desk asks of an entry, of its photos and of who asks: pure, and answered in words."""

from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

# The database refuses the same; these are the words for it.
REFUSALS: Final[dict[str, str]] = {
    "entry_approver_is_not_the_author": "the approver must not be the author; ask another supervisor",
    "entry_state_order": "the entry is not in a state that allows this; list the entries to see where it stands",
    "entry_expiry_is_ahead": "the entry's expiry has passed; put it forward again with a later one",
    "entry_never_over_five_years": "an entry may stand for at most five years",
    "entry_ends_with_a_reason": "a reason is needed",
    "entry_category_cap": "the category does not allow so late an expiry",
    "photo_entry_id_file_sha256_key": "the same photo was given twice",
}


class Unacceptable(ValueError):
    """What was asked for breaks a rule; the text says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Category:
    """A ground an entry may stand on, and the longest time it may."""

    code: str
    longest: timedelta


@dataclass(frozen=True, slots=True)
class Holder:
    """The account behind a token."""

    account_id: UUID
    name: str
    role: str


class Pace:
    """At most ``most`` requests of one asker within ``seconds``, counted by this replica alone."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._taken: dict[str, deque[float]] = {}

    def admits(self, asker: str, monotonic: float) -> bool:
        """Count a request of *asker*; False when it comes too soon, and then it does not count."""
        taken = self._taken.setdefault(asker, deque())
        while taken and monotonic - taken[0] >= self._seconds:
            taken.popleft()
        if len(taken) >= self._most:
            return False
        taken.append(monotonic)
        return True
