"""A connection of which one of the library's tasks is dead ends its process, on a real nats-server."""

import asyncio

import pytest

from access import grants
from proto.wardwatch.v1 import subjects
from services.chassis import library_tasks
from services.chassis.bus import Delivery
from services.chassis.errors import BusClosed
from tests import buses, servers
from tests.fakes import eventually


def ignore(_delivery: Delivery) -> None:
    """What comes is of no interest."""


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ("_wait_for_msgs", "are not taken any more"),
        ("_read_loop", "nothing is read from the broker any more"),
        ("_flusher", "nothing is written to the broker any more"),
        ("_ping_interval", "nobody looks any more whether the broker answers"),
    ],
)
async def test_a_connection_that_lost_a_task_is_closed_for_good(nats: servers.Nats, task: str, reason: str) -> None:
    before = asyncio.all_tasks()
    async with (
        buses.connected(nats, grants.MATCHER_VIDEO) as bus,
        bus.listen(subjects.VECTORS.pattern, queue="q", offer=ignore),
    ):
        killed = [each for each in asyncio.all_tasks() - before if getattr(each.get_coro(), "__name__", "") == task]
        assert killed
        for each in killed:
            each.cancel()

        with pytest.raises(BusClosed, match=reason):
            await bus.until(asyncio.Event())


async def test_a_connection_that_is_made_anew_is_not_taken_for_a_dead_one(nats: servers.Nats) -> None:
    stop = asyncio.Event()
    async with (
        buses.connected(nats, grants.MATCHER_VIDEO) as bus,
        bus.listen(subjects.VECTORS.pattern, queue="q", offer=ignore),
        asyncio.TaskGroup() as tasks,
    ):
        watching = tasks.create_task(bus.until(stop))
        await asyncio.to_thread(nats.restart)
        await eventually(lambda: bus.client.is_connected)
        await bus.client.flush(timeout=10)
        stop.set()
        await watching


async def test_a_flush_that_was_given_up_ends_no_connection(nats: servers.Nats) -> None:
    async with buses.connected(nats, grants.MATCHER_VIDEO) as bus:
        for _ in range(20):
            flushing = asyncio.create_task(bus.client.flush())
            await asyncio.sleep(0)  # it has asked, and the broker has not answered
            flushing.cancel()
            await asyncio.gather(flushing, return_exceptions=True)

        await bus.client.flush()
        assert library_tasks.ended(bus.client) == ""
