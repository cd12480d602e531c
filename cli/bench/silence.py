"""No load may ring anybody's phone unasked: matching is stopped at its site as long as it lasts."""

import asyncio
import getpass
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

from cli import matching
from cli.bench.readings import Reading, service_of
from cli.bench.stages import Stages
from local.context import Context
from proto.wardwatch.v1.messages import MatchingControl
from proto.wardwatch.v1.subjects import SiteId
from services.chassis.errors import StartupError

_STOPPED: Final = "wardwatch_matching_stopped"
_REASON: Final = "a load is measured: no picture of it may raise an alert"
_WITHIN_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.2


@asynccontextmanager
async def kept(here: Context, site: SiteId, stages: Stages) -> AsyncIterator[None]:
    """Keep matching stopped at *site*, on every matcher, until left; a person who had stopped it before finds it so.

    Raises StartupError when a matcher does not follow.
    """
    last = await matching.read(here, site)
    if last is not None and last.stopped and last.reason != _REASON:
        yield
        return
    try:
        # A load that was killed left it stopped.
        if last is None or not last.stopped:
            before = _fewest_stopped(await stages.read())
            await _set(here, site, stopped=True)
            await _followed(stages, before)
        yield
    finally:
        await _set(here, site, stopped=False)


async def refuse_stopped(here: Context, site: SiteId) -> None:
    """Raises StartupError when matching is stopped at *site*: then nobody there can be sighted."""
    last = await matching.read(here, site)
    if last is not None and last.stopped:
        raise StartupError(f"matching at {site} is stopped by {last.account}; nobody can be sighted there")


async def _set(here: Context, site: SiteId, *, stopped: bool) -> None:
    reason = _REASON if stopped else "the load has ended"
    control = MatchingControl(str(uuid.uuid4()), site, stopped, getpass.getuser(), reason, datetime.now(UTC))
    await matching.send(here, control)


async def _followed(stages: Stages, before: float) -> None:
    try:
        async with asyncio.timeout(_WITHIN_SECONDS):
            while _fewest_stopped(await stages.read()) <= before:  # noqa: ASYNC110 - it is another process that changes
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError as error:
        raise StartupError("a matcher does not follow the stop at the load's site; nothing was sent") from error


def _fewest_stopped(reading: Reading) -> float:
    """Of the matchers, the smallest number of sites at which one does not match."""
    matchers = [name for name in reading.pages if service_of(name) == "matcher"]
    none: frozenset[tuple[str, str]] = frozenset()
    return min((reading.pages[name].get((_STOPPED, none), 0.0) for name in matchers), default=0.0)
