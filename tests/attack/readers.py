"""What the page's bar, `wardwatch status` and `wardwatch check` say of one installation, and from when on."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cli.check import Exit, verdict
from cli.state_client import states
from cli.status import addresses, state_lines
from local.context import Context
from tests.fakes import eventually
from tests.installation import ENDED, Event, Installation

# A page that hears nothing for so long says so itself (services/alerts/web/state/health.js).
PAGE_SILENCE_SECONDS: Final = 9.0
_LONGEST_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Said:
    """What both commands say, disks of this machine aside."""

    code: Exit
    check: str
    status: str

    @property
    def well(self) -> bool:
        return self.code is Exit.OK


async def said(wardwatch: Installation) -> Said:
    """What both would print now."""
    urls = await asyncio.to_thread(addresses, Context(wardwatch.home, {}))
    told = await states(urls)
    code, line = verdict(told)
    reasons = line.partition(" - ")[2].partition(" |")[0].split("; ")
    return Said(Exit.OK if all("disk" in each for each in reasons) else code, line, "\n".join(state_lines(told)))


async def seconds_until(holds: Callable[[Said], bool], wardwatch: Installation) -> float:
    """How long it takes until what the commands say *holds*."""
    began = time.monotonic()

    async def does() -> bool:
        return holds(await said(wardwatch))

    await eventually(does, within_seconds=_LONGEST_SECONDS)
    return time.monotonic() - began


@dataclass(slots=True)
class Watch:
    """How long after *began*, of the wall clock, each reader says the *words*. *events* are those of a page."""

    wardwatch: Installation
    events: Sequence[Event]
    words: str
    began: float
    bar: float | None = None
    status: float | None = None
    check: float | None = None

    async def all_say_so(self) -> None:
        """Return once each of them does."""
        await eventually(self._look, within_seconds=_LONGEST_SECONDS)

    @property
    def longest(self) -> float:
        """How long the last of them took."""
        return max(each or 0.0 for each in (self.bar, self.status, self.check))

    def __str__(self) -> str:
        return f"bar {self.bar:.1f}, status {self.status:.1f}, check {self.check:.1f} s"

    async def _look(self) -> bool:
        now = await said(self.wardwatch)
        after = time.time() - self.began
        if self.check is None and self.words in now.check:
            self.check = after
        if self.status is None and self.words in now.status:
            self.status = after
        if self.bar is None:
            self.bar = bar_says(self.events, self.words, self.began)
        return None not in (self.bar, self.status, self.check)


def bar_says(events: Sequence[Event], words: str, since: float) -> float | None:
    """How long after *since* a page that got *events* says the *words*, or that it hears nothing; None: not yet."""
    told = [event for event in events if event.kind == "state"]
    for event in told:
        if event.arrived > since and words in str(event.content["reasons"]):
            return event.arrived - since
    heard = told[-1].arrived if told else since
    if time.time() - heard < PAGE_SILENCE_SECONDS:
        return None
    ended = [event.arrived for event in events if event.kind == ENDED and event.arrived > max(since, heard)]
    return min([*ended, heard + PAGE_SILENCE_SECONDS]) - since


def bar_is_well(events: Sequence[Event], since: float) -> bool:
    """Whether a page that got *events* was told after *since* that all is well, disks aside."""
    told = [event for event in events if event.kind in ("state", ENDED)]
    if not told or told[-1].kind == ENDED or told[-1].arrived < since:
        return False
    reasons = told[-1].content["reasons"]
    assert isinstance(reasons, list)
    return all(reason["code"].startswith("disk_") for reason in reasons)
