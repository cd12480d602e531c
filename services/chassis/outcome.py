"""The outcome of a handler: the one place that catches every exception."""

from collections.abc import Awaitable
from dataclasses import dataclass

import structlog

from proto.wardwatch.v1.refusals import RefusalText
from services.chassis.errors import Poison, Refusal

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """It worked."""


@dataclass(frozen=True, slots=True)
class Poisoned:
    """It can never work; retrying is pointless."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It was refused, in words for the caller."""

    code: int
    words: RefusalText


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not work this time; it may later."""

    kind: str  # name of the exception's class


Outcome = Done | Poisoned | Refused | Failed


async def attempt(work: Awaitable[None], *, subject: str, attempt: int = 1) -> Outcome:
    """Await *work*; returns its outcome. Cancellation passes through."""
    try:
        await work
    except Poison as error:
        return Poisoned(str(error) or Poison.__doc__ or "")
    except Refusal as error:
        return Refused(error.code, error.words)
    except Exception as error:
        log.exception("handler failed", subject=subject, attempt=attempt)
        return Failed(type(error).__name__)
    return Done()
