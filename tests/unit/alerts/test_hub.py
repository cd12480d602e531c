"""When the hub is live, without a database."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from services.alerts.database import StoreAway
from services.alerts.edge.hub import Event, Hub
from tests.fakes import eventually


class FaultyLog:
    """Nothing happened yet; reading fails while ``away``, and waits while ``slow`` is not set."""

    def __init__(self) -> None:
        self.away = False
        self.slow = asyncio.Event()
        self.slow.set()
        self.begun = self.ended = 0

    async def after(self, _event_id: int, *, limit: int) -> Sequence[Event]:
        self.begun += 1
        await self.slow.wait()
        if self.away:
            raise StoreAway("database: TimeoutError")
        self.ended += 1
        return [][:limit]

    async def newest(self) -> int:
        return 10


@pytest.fixture
async def log() -> FaultyLog:
    return FaultyLog()


@pytest.fixture
async def hub(log: FaultyLog) -> AsyncIterator[Hub]:
    hub, stop = Hub(log), asyncio.Event()
    running = asyncio.create_task(hub.run(stop))
    yield hub
    stop.set()
    await running


async def test_events_are_heard_again_after_one_reading_failed(hub: Hub, log: FaultyLog) -> None:
    hub.notify()
    await eventually(lambda: hub.live)

    log.away = True
    hub.notify()
    await eventually(lambda: not hub.live)
    log.away = False

    await eventually(lambda: hub.live)


async def test_while_the_listener_is_gone_reading_alone_does_not_make_it_live(hub: Hub, log: FaultyLog) -> None:
    log.slow.clear()
    hub.notify()
    await eventually(lambda: log.begun == 1)

    hub.disconnected()
    log.slow.set()
    await eventually(lambda: log.ended == 1)

    assert not hub.live
