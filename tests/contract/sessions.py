"""Sessions as a replica of the alerts service knows them: in memory, kept by what the database announces."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from services.alerts.accounts.directory import SessionDirectory
from services.alerts.accounts.store import Sessions
from services.alerts.database import Database
from tests import servers
from tests.fakes import eventually


@asynccontextmanager
async def replica(database: servers.Database, *, life: timedelta = timedelta(hours=12)) -> AsyncIterator[Sessions]:
    """The sessions of one replica, until left."""
    stop = asyncio.Event()
    async with (
        Database.open(database.alerts, None, connections=2) as own,
        Database.open(database.alerts, None, connections=2) as of_requests,
        asyncio.TaskGroup() as tasks,
    ):
        directory = SessionDirectory(of_requests, own)
        tasks.create_task(directory.run(stop))
        tasks.create_task(own.listen([directory.listener], stop=stop))
        await eventually(lambda: directory.live)
        yield Sessions(of_requests, directory, life)
        stop.set()
