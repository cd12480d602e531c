"""What has to be asked: readiness checks, files. Each is asked again and again, and an old answer is none."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from services.alerts.state.reasons import Reason, Working
from services.chassis.outcome import attempt
from services.chassis.telemetry import ReadyCheck

_TIMEOUT_SECONDS: Final = 2.0
_FRESH_US: Final = 5_000_000

Ask = Callable[[], Awaitable[Sequence[Reason]]]


@dataclass(slots=True)
class Asked:
    """A source that has to be asked. What it said last holds for five seconds, or for *fresh_us*.

    After that it is *unanswered*; without one, that it is not known whether this is well.
    """

    name: str
    ask: Ask
    unanswered: Reason | None = None
    fresh_us: int = _FRESH_US
    _said: Sequence[Reason] = ()
    _at_us: int | None = None

    async def look(self, clock_us: Callable[[], int]) -> None:
        """Ask; after two seconds it has not answered."""

        async def answer() -> None:
            self._said = await self.ask()
            self._at_us = clock_us()

        with suppress(TimeoutError):
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                await attempt(answer(), subject=f"state.{self.name}")

    def reasons(self, now_us: int) -> Sequence[Reason]:
        """What it said last; that it has not answered when that is too long ago."""
        if self._at_us is None or now_us - self._at_us >= self.fresh_us:
            unknown = Reason("source_unknown", Working.DEGRADED, parameters={"source": self.name})
            return [self.unanswered or unknown]
        return self._said


def checked(name: str, check: ReadyCheck, code: str, working: Working) -> Asked:
    """The readiness *check* as a source: *code* while it does not pass, or does not answer."""
    reason = Reason(code, working)

    async def ask() -> Sequence[Reason]:
        return [] if await check() is None else [reason]

    return Asked(name, ask, reason)
