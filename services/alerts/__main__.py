"""Alerts: sightings in, incidents and notifications out."""

import asyncio
import os
from contextlib import AsyncExitStack

from services.alerts.edge.file_limit import connections_within_limit
from services.alerts.settings import Settings, given
from services.alerts.wiring import edge, people, record, work, working
from services.chassis import logs, process, telemetry
from services.chassis.tasks import LongRunning

__all__ = ["Settings", "main"]


async def main(stop: asyncio.Event) -> None:
    """Open what is needed, in order, and run until *stop*."""
    settings = Settings.from_env(os.environ, prefix="WARDWATCH_ALERTS_")
    logs.configure("alerts", settings.log_level)
    meant, own = await given(settings), record.Process(stop)
    most_connections = connections_within_limit(settings.connections)
    async with AsyncExitStack() as stack:
        kept = await stack.enter_async_context(record.opened(settings, own))
        known = people.people(settings, kept, most_connections)
        checks = {**kept.checks(), **known.checks(), "tasks": own.running.check}
        state = await stack.enter_async_context(working.heard(meant, own, kept, known, checks))
        offered = await stack.enter_async_context(edge.operations(settings, meant, own, kept, known, state))
        await stack.enter_async_context(
            telemetry.serve(
                settings.http_host,
                settings.http_port,
                ready={**checks, "disks": kept.disks.check},
                warn={"disks": kept.disks.warnings},
                meters=own.meters,
                pages={"/state": offered.state.page},
            )
        )
        await stack.enter_async_context(edge.served(settings, meant, own, known, offered, most_connections))
        async with LongRunning(stop, own.running) as tasks:
            work.watch(tasks, own, kept, known, state)
            work.keep(tasks, settings, own, kept, known)
            work.follow_controls(tasks, own, kept, offered)
            work.tell_judgements(tasks, own, kept, offered)
            work.record_sightings(tasks, settings, meant, own, kept)


if __name__ == "__main__":
    process.run(main, service="alerts")
