"""One-time codes, session tokens, and how often somebody may guess: pure."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

# Three groups of four; the dashes between them are for the eye.
_CODE: Final = re.compile("[A-Z0-9]{12}")
# No 0 O 1 I L: a code is read out over a telephone. 12 of 31 signs are 59 bits; a code lives a day at most.
_SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_FILLER: Final = re.compile(r"[\s\-\u2010-\u2015]")
_REMEMBERED_SENDERS: Final = 4096


def code_digest(typed: str) -> bytes | None:
    """SHA-256 of a code as typed (any case, with or without dashes); None when it cannot be a code."""
    plain = _FILLER.sub("", typed).upper()
    if not _CODE.fullmatch(plain):
        return None
    return hashlib.sha256(plain.encode()).digest()


def new_code(choose: Callable[[str], str]) -> str:
    """A one-time code as it is shown, of signs that *choose* draws."""
    return "-".join("".join(choose(_SIGNS) for _ in range(4)) for _ in range(3))


def token_digest(token: str) -> bytes:
    """SHA-256 of a session token."""
    return hashlib.sha256(token.encode()).digest()


@dataclass(slots=True)
class Guesses:
    """Who sent wrong codes lately: more than *attempts* within *span*. The oldest senders are forgotten first."""

    attempts: int = 10
    span: timedelta = timedelta(minutes=5)
    _wrong: OrderedDict[str, list[datetime]] = field(default_factory=OrderedDict)

    def is_guessing(self, sender: str, now: datetime) -> bool:
        """Whether *sender* has sent as many wrong codes as nobody mistypes."""
        return len(self._recent(sender, now)) >= self.attempts

    def wrong(self, sender: str, now: datetime) -> None:
        """Count a code that was none."""
        self._wrong[sender] = [*self._recent(sender, now), now][-self.attempts :]
        self._wrong.move_to_end(sender)
        if len(self._wrong) > _REMEMBERED_SENDERS:
            self._wrong.popitem(last=False)

    def _recent(self, sender: str, now: datetime) -> list[datetime]:
        # An attempt in the future was counted by a clock that has been put right since.
        return [at for at in self._wrong.get(sender, []) if timedelta(0) <= now - at < self.span]
