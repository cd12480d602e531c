"""Where lists are shared, each side says that the other one is silent, and that all is well again.

A head comes every five seconds and a hello every fifteen; a minute without them is silence.
Figures are said: run with --log-cli-level=INFO.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.attack import breaks
from tests.attack.readers import Watch, said
from tests.fakes import eventually
from tests.installation import Event, Installation
from tests.live.test_federation import Two, two

__all__ = ["two"]

log = logging.getLogger(__name__)

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

WITHIN_SECONDS = 75.0
BREAKS = {"frozen": breaks.frozen, "killed": breaks.killed}
# What each says while nothing comes from the other, or goes there.
AT_PUBLISHER, AT_HOSPITAL = "Hospital 7 has said nothing", "nothing is heard of the list city"


@asynccontextmanager
async def page(at: Installation) -> AsyncIterator[list[Event]]:
    if "gu" not in at.tokens:
        await asyncio.to_thread(at.account, "gu", "guard")
    async with at.listening("gu") as events:
        yield events


def newest_says(events: list[Event], words: str) -> bool:
    """Whether the page was told the *words* when it was told last."""
    told = [event for event in events if event.kind == "state"]
    return words in str(told[-1].content["reasons"])


@pytest.mark.parametrize("how", ["frozen", "killed"])
@pytest.mark.parametrize("side", ["publisher", "hospital"])
async def test_both_sides_say_that_the_other_is_silent(two: Two, side: str, how: str) -> None:
    async with page(two.publisher) as at_publisher, page(two.hospital) as at_hospital:
        sides = [(two.publisher, at_publisher, AT_PUBLISHER), (two.hospital, at_hospital, AT_HOSPITAL)]

        async def none_says_so() -> bool:
            told = [(await said(at), words) for at, _, words in sides]
            return not any(words in now.status for now, words in told)

        await eventually(none_says_so, within_seconds=120)
        began = time.time()
        async with BREAKS[how](getattr(two, side), "federation"):
            watches = [Watch(at, events, words, began) for at, events, words in sides]
            await asyncio.gather(*(watch.all_say_so() for watch in watches))
        back = time.time()
        await eventually(none_says_so, within_seconds=120)
        await eventually(lambda: not any(newest_says(events, words) for _, events, words in sides), within_seconds=30)
    log.info(
        "federation of %s %s: %s; well %.1f s later", side, how, [str(each) for each in watches], time.time() - back
    )

    assert max(watch.longest for watch in watches) < WITHIN_SECONDS
