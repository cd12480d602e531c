"""The life of a process: the first signal asks it to finish, the second ends it."""

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from services.chassis import logs
from services.chassis.errors import BusClosed, StartupError, TaskEnded

log = structlog.get_logger(__name__)

Main = Callable[[asyncio.Event], Awaitable[None]]

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def run(main: Main, *, service: str) -> None:
    """Run *main* until it returns; exit 0 then, or 1 with one clear line when it cannot start or go on.

    *main* receives an event that is set by the first SIGINT or SIGTERM. Any other exception is a fault in the
    program: it leaves a traceback and a non-zero exit code, and the supervisor starts the process again.
    """
    # What was imported stays to the end: the collector need not go through it again and again, nor at the exit.
    gc.freeze()
    gc.enable()  # services/__init__.py put it off
    logs.configure(service)
    sys.excepthook = logs.excepthook
    sys.exit(asyncio.run(_live(main)))


async def _live(main: Main) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def finish(received: signal.Signals) -> None:
        log.info("stopping", signal=received.name)
        stop.set()
        # With the handlers gone, a second signal has its usual effect: the process ends at once.
        for name in _SIGNALS:
            loop.remove_signal_handler(name)

    for name in _SIGNALS:
        loop.add_signal_handler(name, finish, name)
    code = 0
    try:
        await main(stop)
    except* StartupError as group:
        code = _say("cannot start", group)
    except* (BusClosed, TaskEnded) as group:
        code = _say("cannot go on", group)
    if code == 0:
        log.info("stopped")
    return code


def _say(event: str, group: BaseExceptionGroup[Exception]) -> int:
    for error in _leaves(group):
        log.error(event, reason=str(error))
    return 1


def _leaves(group: BaseExceptionGroup[Exception]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
