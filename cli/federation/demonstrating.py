"""`wardwatch federation demo`: a list that four installations share, on this machine."""

import asyncio
import os
from collections.abc import Coroutine

from cli.demo import federation
from local import checks, context, supervisor
from local.screen import Screen
from services.chassis import hints
from services.chassis.errors import StartupError


def demo() -> None:
    """Start a publisher and three hospitals here, share a person, ring, stop and erase; then end."""
    home = context.home_of(os.environ)
    models = home / "models"
    if not models.is_dir():
        raise StartupError(f"the models are not here yet: {hints.command('models', 'fetch', '--pictures')}")
    checks.make_home(home)
    asyncio.run(_shown(federation.show(home / "federation", models, Screen(), os.environ)))


async def _shown(showing: Coroutine[object, object, None]) -> None:
    """Show it to its end; a signal ends it before, in order. Raises StartupError."""
    async with supervisor.signals() as stop:
        work, stopped = asyncio.create_task(showing), asyncio.create_task(stop.wait())
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not work.done():
            work.cancel()
        await asyncio.wait({work})
        if work.cancelled():
            raise StartupError("the demonstration was stopped before its end")
        work.result()
