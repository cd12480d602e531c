"""What has to be asked: readiness checks, files. Each is asked again and again, and an old answer is none."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from services.alerts.state.reasons import Reason, Working
from services.chassis.outcome import attempt
from services.chassis.telemetry import ReadyCheck

_TIMEOUT_SECONDS: Final = 2.0
_FRESH_US: Final = 5_000_000

Ask = Callable[[], Awaitable[Sequence[Reason]]]


def checked(check: ReadyCheck, code: str, working: Working) -> Ask:
    """The readiness *check* as a question: *code* while it does not pass."""

    async def ask() -> Sequence[Reason]:
        return [] if await check() is None else [Reason(code, working)]

    return ask


@dataclass(slots=True)
class Asked:
    """A source that has to be asked. What it said last holds for five seconds, or for *fresh_us*."""

    name: str
    ask: Ask
    fresh_us: int = _FRESH_US
    _said: Sequence[Reason] = ()
    _at_us: int | None = None
    _asking: "asyncio.Task[object] | None" = None

    async def look(self, clock_us: Callable[[], int]) -> None:
        """Ask; returns after two seconds in any case. What comes later is taken when it comes."""

        async def answer() -> None:
            self._said = await self.ask()
            self._at_us = clock_us()

        if self._asking is None:
            self._asking = asyncio.ensure_future(attempt(answer(), subject=f"state.{self.name}"))
        await asyncio.wait({self._asking}, timeout=_TIMEOUT_SECONDS)
        if self._asking.done():
            self._asking = None

    def reasons(self, now_us: int) -> Sequence[Reason]:
        """What it said last; that it has not answered when that is too long ago."""
        if self._at_us is None or now_us - self._at_us >= self.fresh_us:
            return [Reason("source_unknown", Working.DEGRADED, parameters={"source": self.name})]
        return self._said

    async def close(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})
