"""Asks the other sides again and again whether they are there: a way that is broken is known before an alert."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from proto.wardwatch.v1.delivery import Path
from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.delivery.database import StoreAway
from services.delivery.failing import Way
from services.delivery.outcome import UNANSWERED, Result, Unsure
from services.delivery.ways_store import Known

log = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 3.0
# Push services are others' machines, far away: while they answer they are not asked so often.
_PUSH_SECONDS: Final = 30.0

Ask = Callable[[str], Awaitable[Result]]


class Ways(Protocol):
    """The record. Each raises StoreAway."""

    async def read(self) -> Known: ...
    async def note(self, failed: Iterable[tuple[Way, str]], over: Iterable[Way]) -> None: ...


@dataclass(slots=True)
class WatchWays:
    """Any number of replicas may. ``monotonic`` gives seconds that never go back."""

    ways: Ways
    ask: Ask
    monotonic: Callable[[], float]
    _asked: dict[str, float] = field(default_factory=dict)

    async def run(self, stop: asyncio.Event) -> None:
        """Ask until *stop*."""
        while not stop.is_set():
            beat()
            try:
                await self.look()
            except StoreAway as error:
                log.debug("which ways fail is not known", reason=str(error))
            await pause(stop, EVERY_SECONDS)

    async def look(self) -> None:
        """Once. Raises StoreAway."""
        known = await self.ways.read()
        due = self._due(known)
        results = await asyncio.gather(*(self.ask(url) for url in due))
        failed, over = judged(known, dict(zip(due, results, strict=True)))
        if failed or over:
            await self.ways.note(failed, over)

    def _due(self, known: Known) -> list[str]:
        """Whom to ask now, each once."""
        now = self.monotonic()
        asked = {
            url
            for way, url in known.ways.items()
            if url is not None
            and (way.path is not Path.PUSH or way in known.failing or now - self._asked.get(url, -1e9) >= _PUSH_SECONDS)
        }
        self._asked = {url: at for url, at in self._asked.items() if url in known.ways.values()}
        self._asked |= dict.fromkeys(asked, now)
        return sorted(asked)


def judged(known: Known, results: Mapping[str, Result]) -> tuple[list[tuple[Way, str]], list[Way]]:
    """Which ways fail by what was found, each with why, and which no more. Pure.

    What was refused is not over because somebody answers: that is shown by a message that is taken.
    """
    failed: list[tuple[Way, str]] = []
    over = [way for way in known.failing if way not in known.ways]
    for way, url in known.ways.items():
        if url is None or url not in results:
            continue
        word = _unanswered(results[url])
        before = known.failing.get(way)
        if word is not None and before is None:
            failed.append((way, word))
        elif word is None and before in UNANSWERED:
            over.append(way)
    return failed, over


def _unanswered(result: Result) -> str | None:
    return result.reason if isinstance(result, Unsure) and result.reason in UNANSWERED else None
