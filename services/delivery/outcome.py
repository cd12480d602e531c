"""What became of one attempt to send, and what follows from it. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from proto.wardwatch.v1.delivery import Path

# Between the attempts of a message that rings: it is of use only now.
_RINGING_SECONDS: Final = (1, 2, 4, 8, 15, 30, 60, 60, 60, 60)
# Of one for another system: ten times within about a day and a half, as Standard Webhooks suggests.
_OWED_SECONDS: Final = (5, 30, 120, 600, 1800, 7200, 18_000, 36_000, 50_400)
# A receiver may ask for more time than that, within reason.
_MOST_ASKED_SECONDS: Final = {True: 60.0, False: 86_400.0}


@dataclass(frozen=True, slots=True)
class Taken:
    """The other side has it."""


@dataclass(frozen=True, slots=True)
class Gone:
    """There is nobody at this address any more."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never be taken; ``reason`` is a word."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unsure:
    """It may be taken later, or was and nobody said so; ``after`` is how long the other side asks to wait."""

    reason: str
    after: timedelta | None = None


Result = Taken | Gone | Refused | Unsure

# Words for what was never answered: whether it is now can be asked without a message.
UNANSWERED: Final = frozenset({"unreachable", "timeout", "broken_off"})


def retry_after(path: Path, attempts: int, unsure: Unsure) -> timedelta | None:
    """How long to wait after *attempts* attempts; None when there is no point in another."""
    is_owed = path in (Path.WEBHOOK, Path.NATS)
    waits = _OWED_SECONDS if is_owed else _RINGING_SECONDS
    if path is not Path.NATS and attempts > len(waits):
        return None
    own = waits[min(attempts, len(waits)) - 1]
    asked = 0.0 if unsure.after is None else unsure.after.total_seconds()
    return timedelta(seconds=max(own, min(asked, _MOST_ASKED_SECONDS[not is_owed])))


def of_status(status: int, retry_after_header: str | None) -> Result:
    """What an HTTP status says of a message that was posted; redirections are not followed."""
    if 200 <= status < 300:
        return Taken()
    if status in (404, 410):
        return Gone()
    if status in (408, 425, 429) or status >= 500:
        return Unsure(f"http_{status}", _seconds(retry_after_header))
    return Refused(f"http_{status}")


def _seconds(header: str | None) -> timedelta | None:
    """Only in its form of seconds; a date would be believed by a foreign clock."""
    text = (header or "").strip()
    return timedelta(seconds=int(text)) if text.isascii() and text.isdecimal() and len(text) <= 6 else None
