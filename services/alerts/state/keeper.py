"""Finds the one answer every second, and keeps it for whoever asks."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from proto.wardwatch.v1.subjects import SiteId
from services.alerts.state.core import Answer, Steady, identity, judge
from services.alerts.state.probes import Asked
from services.alerts.state.reasons import Reason, Source, Working
from services.chassis.outcome import Done, attempt
from services.chassis.owed import pause
from services.chassis.tasks import LongRunning, beat
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 1.0
_LEVEL: Final = {Working.YES: 1.0, Working.DEGRADED: 0.5, Working.NO: 0.0}


@dataclass(slots=True)
class Keeper:
    """Asks *sources* by their names; *sites* are those that are known at the time. *changed* is called at each change.

    ``clock_us`` never goes back. Event loop only.
    """

    sources: Mapping[str, Source]
    sites: Callable[[], frozenset[SiteId]]
    clock_us: Callable[[], int]
    meters: Meters
    changed: Callable[[], None] = lambda: None
    version: int = 0  # grows with each change of what is said, not of how long it lasts
    _steady: Steady = field(default_factory=Steady)
    _answer: Answer = field(default=Answer(0, (Reason("starting", Working.NO),)))
    _found: bool = False
    _told: frozenset[SiteId] = frozenset()
    _counted: frozenset[tuple[str, str]] = frozenset()

    def __call__(self) -> Answer:
        """What is known at this moment."""
        return self._answer.now(self.clock_us()) if self._found else self._answer

    async def run(self, stop: asyncio.Event) -> None:
        """Find it again and again until *stop*."""
        async with LongRunning(stop) as tasks:
            for name, source in self.sources.items():
                if isinstance(source, Asked):
                    tasks.start(f"ask-{name}", _looking(source, self.clock_us, stop))
            while not stop.is_set():
                beat()
                await self.find()
                await pause(stop, _EVERY_SECONDS)

    async def find(self) -> Answer:
        """Find it now."""
        now_us = self.clock_us()
        said = {name: await _said_by(name, source, now_us) for name, source in self.sources.items()}
        answer = Answer(now_us, self._steady(judge(said), now_us), self.sites())
        before, self._answer, self._found = self._answer, answer, True
        if [identity(each) for each in before.reasons] != [identity(each) for each in answer.reasons]:
            self._note(before, answer)
        self._measure(answer)
        return answer

    def _note(self, before: Answer, answer: Answer) -> None:
        self.version += 1
        if before.working is not answer.working:
            say = log.info if answer.working is Working.YES else log.warning
            say("whether alerts work has changed", state=answer.working.value, reason=_codes(answer.reasons))
        self.changed()

    def _measure(self, answer: Answer) -> None:
        for site in self._told - answer.sites:  # nobody expects anything of it any more
            self.meters.set("wardwatch_alerts_working", float("nan"), site=site)
        for site in answer.sites:
            self.meters.set("wardwatch_alerts_working", _LEVEL[answer.at(site)], site=site)
        self._told = answer.sites
        reasons = Counter((reason.code, reason.site or "") for reason in answer.reasons)
        for code, where in self._counted | reasons.keys():
            self.meters.set("wardwatch_alerts_working_reasons", reasons[code, where], code=code, site=where)
        self._counted = frozenset(reasons)


async def _said_by(name: str, source: Source, now_us: int) -> Sequence[Reason] | None:
    """What *source* says; None when it has not answered, or failed: one that fails must not take the others along."""
    said: list[Reason] = []

    async def ask() -> None:
        said.extend(source.reasons(now_us))

    outcome = await attempt(ask(), subject=f"state.{name}")
    return said if outcome == Done() else None


async def _looking(asked: Asked, clock_us: Callable[[], int], stop: asyncio.Event) -> None:
    while not stop.is_set():
        beat()
        await asked.look(clock_us)
        await pause(stop, _EVERY_SECONDS)


def _codes(reasons: Sequence[Reason]) -> str:
    return ", ".join(dict.fromkeys(reason.code for reason in reasons))
