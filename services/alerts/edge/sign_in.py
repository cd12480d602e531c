"""How often somebody may try a one-time code: wrong ones make a sender slow, and shut nobody out."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Final

from proto.wardwatch.v1 import refusals
from services.alerts.accounts.codes import Guesses
from services.alerts.edge.pace import Pace
from services.alerts.edge.problems import Refused

# Longer than that no page waits for an answer. As many connections as one sender may have get their turn within it.
_LONGEST_TURN_SECONDS: Final = 9.0


@dataclass(frozen=True, slots=True)
class SignInPace:
    """Makes senders who guess wait for their turn, one after another; everybody else is let through.

    A ward may stand behind one address: then whoever guesses there makes the ward's sign-ins slow, by a few seconds at
    the most, and a right code is taken all the same. A code has 59 bits and lives a day: at this pace of all who guess,
    one of a hundred open codes is found once in a million years.
    """

    now: Callable[[], datetime]
    guesses: Guesses = field(default_factory=Guesses)
    of_sender: Pace = field(default_factory=lambda: Pace(per_second=30, burst=1))
    of_all: Pace = field(default_factory=lambda: Pace(per_second=100, burst=1))

    async def turn(self, sender: str) -> None:
        """Return when *sender* may try a code. Raises Refused (429) when that is too far off."""
        if not self.guesses.is_guessing(sender, self.now()):
            return
        now, longest = asyncio.get_running_loop().time(), 0.0
        for pace, key in ((self.of_sender, sender), (self.of_all, "")):
            wait = pace.turn(key, now, within_seconds=_LONGEST_TURN_SECONDS)
            if wait is None:
                seconds = ceil(pace.late(key, now))
                words = refusals.TOO_MANY_ATTEMPTS.filled(seconds=seconds)
                raise Refused(429, "Too many attempts", words, retry_after=seconds)
            longest = max(longest, wait)
        await asyncio.sleep(longest)

    def wrong(self, sender: str) -> None:
        """Count a code that was none."""
        self.guesses.wrong(sender, self.now())
