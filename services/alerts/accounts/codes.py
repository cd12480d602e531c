"""One-time codes, session tokens, and how often somebody may guess: pure."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

# Three groups of four; the dashes between them are for the eye.
_CODE: Final = re.compile("[A-Z0-9]{12}")
_FILLER: Final = re.compile(r"[\s\-\u2010-\u2015]")
_REMEMBERED_SENDERS: Final = 4096


def code_digest(typed: str) -> bytes | None:
    """SHA-256 of a code as typed (any case, with or without dashes); None when it cannot be a code."""
    plain = _FILLER.sub("", typed).upper()
    if not _CODE.fullmatch(plain):
        return None
    return hashlib.sha256(plain.encode()).digest()


def token_digest(token: str) -> bytes:
    """SHA-256 of a session token."""
    return hashlib.sha256(token.encode()).digest()


@dataclass(slots=True)
class GuessLimit:
    """At most *attempts* per sender in *span*; the oldest senders are forgotten first."""

    attempts: int = 10
    span: timedelta = timedelta(minutes=5)
    _seen: dict[str, list[datetime]] = field(default_factory=dict)

    def forgive(self, sender: str) -> None:
        """Take back the last attempt counted: it was no guess."""
        if attempts := self._seen.get(sender):
            attempts.pop()

    def wait(self, sender: str, now: datetime) -> timedelta | None:
        """Count an attempt; returns how long the sender must wait when it has had too many, else None."""
        # An attempt in the future was counted by a clock that has been put right since.
        recent = [at for at in self._seen.pop(sender, []) if timedelta(0) <= now - at < self.span]
        if len(recent) >= self.attempts:
            self._seen[sender] = recent
            return recent[0] + self.span - now
        self._seen[sender] = [*recent, now]
        if len(self._seen) > _REMEMBERED_SENDERS:
            del self._seen[next(iter(self._seen))]
        return None
