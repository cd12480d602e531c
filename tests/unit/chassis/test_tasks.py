"""Long-running tasks: an end, a cancellation and a standstill show; no task is started elsewhere."""

import ast
import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from services.chassis.errors import BusClosed
from services.chassis.tasks import LongRunning, Running, beat

SERVICES: Final = Path(__file__).resolve().parents[3] / "services"

# Who makes tasks without the group, and why none of these can end unseen.
ELSEWHERE: Final = {
    "chassis/tasks.py": "the group itself",
    "chassis/telemetry.py": "watches readiness; /readyz says when it has ended",
    "chassis/owed.py": "one message's handling, and waits for events",
    "chassis/shares.py": "its heartbeats are what readiness and the other replicas look at",
    "chassis/bus.py": "one reply that is awaited, and the leaving of a connection",
    "chassis/responder.py": "one request's handling",
    "alerts/accounts/directory.py": "one look-up of unknown tokens, which whoever asked waits for",
    "alerts/control.py": "one site's halt, which whoever pressed stop waits for",
    "alerts/database.py": "waits for events",
    "alerts/edge/connections.py": "one connection",
    "chassis/gathering.py": "one batch, which those who asked wait for",
    "alerts/edge/query_timeout.py": "one query",
    "camera/handler.py": "the end of any of the three is the end of the camera's process",
    "camera/fleet.py": "one camera, which is looked at every second and started again",
    "delivery/handler.py": "one message's sending",
    "federation/door/door.py": "requests of one round",
    "federation/joined.py": "one door, whose tasks are started in one place, and which is waited for",
    "matcher/index.py": "one build, and waits for events",
    "matcher/receipts.py": "one receipt, owed again when the record asks for it",
    "watchlist/imports/intake.py": "one file's keys",
    "watchlist/keys/keyring.py": "one pass over the keys",
    "watchlist/replication/liststream.py": "waits for stop within one reading",
    "watchlist/replication/outbox.py": "beats for the length of one transaction",
    "watchlist/replication/relay.py": "changes of one batch",
}


async def until_stopped(stop: asyncio.Event) -> None:
    await stop.wait()


async def at_once(stop: asyncio.Event) -> None:
    assert not stop.is_set()


async def failing(_stop: asyncio.Event) -> None:
    raise BusClosed("withdrawn")


Work = Callable[[asyncio.Event], Awaitable[None]]


async def live(work: Work, *, cancel: bool = False) -> list[str]:
    """What ends a process whose task *work* runs beside one that goes on."""
    stop, running = asyncio.Event(), Running()

    async def called() -> None:
        await work(stop)

    try:
        async with LongRunning(stop, running) as tasks:
            tasks.start("other", until_stopped(stop))
            task = tasks.start("presence", called())
            await asyncio.sleep(0)
            if cancel:
                task.cancel()
            await stop.wait()
    except ExceptionGroup as group:
        return [f"{type(error).__name__}: {error}" for error in group.exceptions]
    return []


async def test_a_task_that_returns_before_the_end_ends_the_process() -> None:
    assert await live(at_once) == ["TaskEnded: presence ended while it was needed"]


async def test_a_task_that_somebody_cancels_ends_the_process() -> None:
    assert await live(until_stopped, cancel=True) == ["TaskEnded: presence was cancelled while it was needed"]


async def test_a_task_that_is_cancelled_before_it_begins_ends_the_process() -> None:
    stop = asyncio.Event()

    async def process() -> None:
        async with LongRunning(stop) as tasks:
            tasks.start("presence", until_stopped(stop)).cancel()
            await stop.wait()

    with pytest.raises(ExceptionGroup) as raised:
        await process()

    assert [str(error) for error in raised.value.exceptions] == ["presence was cancelled while it was needed"]


async def test_a_task_that_fails_is_the_one_reason_for_the_end() -> None:
    assert await live(failing) == ["BusClosed: withdrawn"]


async def test_tasks_that_end_when_they_are_told_to_are_no_fault() -> None:
    stop = asyncio.Event()
    async with LongRunning(stop) as tasks:
        tasks.start("one", until_stopped(stop))
        cancelled = tasks.start("two", until_stopped(asyncio.Event()))
        await asyncio.sleep(0)
        stop.set()
        cancelled.cancel()


async def test_an_error_in_the_body_is_not_covered_by_the_tasks_it_ends() -> None:
    stop = asyncio.Event()

    async def process() -> None:
        async with LongRunning(stop) as tasks:
            tasks.start("one", until_stopped(stop))
            await asyncio.sleep(0)
            raise ValueError("body")

    with pytest.raises(ExceptionGroup) as raised:
        await process()

    assert [type(error) for error in raised.value.exceptions] == [ValueError]


async def test_a_group_that_is_cancelled_as_a_whole_blames_no_task() -> None:
    stop, inside = asyncio.Event(), asyncio.Event()

    async def process() -> None:
        async with LongRunning(stop) as tasks:
            tasks.start("one", until_stopped(stop))
            inside.set()

    task = asyncio.create_task(process())
    await inside.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_task_within_a_task_is_named_and_ends_the_process_too() -> None:
    stop, running = asyncio.Event(), Running()

    async def outer() -> None:
        async with LongRunning(stop) as tasks:
            tasks.start("follow", at_once(stop))

    with pytest.raises(ExceptionGroup) as raised:
        async with LongRunning(stop, running) as tasks:
            tasks.start("keyring", outer())

    (group,) = raised.value.exceptions
    assert isinstance(group, ExceptionGroup)
    assert [str(error) for error in group.exceptions] == ["keyring/follow ended while it was needed"]


async def test_a_task_with_tasks_of_its_own_that_is_cancelled_is_named() -> None:
    stop, inside = asyncio.Event(), asyncio.Event()

    async def outer() -> None:
        async with LongRunning(stop) as tasks:
            tasks.start("follow", until_stopped(stop))
            inside.set()

    async def process() -> None:
        async with LongRunning(stop) as tasks:
            keyring = tasks.start("keyring", outer())
            await inside.wait()
            keyring.cancel()

    with pytest.raises(ExceptionGroup) as raised:
        await process()

    assert [str(error) for error in raised.value.exceptions] == ["keyring was cancelled while it was needed"]


async def test_a_process_whose_cancellation_is_swallowed_ends_by_its_flag() -> None:
    stop, over, swallowed = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def process() -> None:
        async with LongRunning(stop, Running()), LongRunning(over) as senders:
            senders.start("sender", at_once(over))
            # As nats-py does it while it makes a subscription.
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            swallowed.set()
            await stop.wait()

    with pytest.raises(ExceptionGroup):
        await process()

    assert swallowed.is_set()
    assert stop.is_set()


async def test_a_task_that_stands_still_is_named_by_readiness_until_it_beats() -> None:
    stop, again, beaten, running = asyncio.Event(), asyncio.Event(), asyncio.Event(), Running()

    async def work() -> None:
        await again.wait()
        beat()
        beaten.set()
        await stop.wait()

    async with LongRunning(stop, running) as tasks:
        tasks.start("patient", until_stopped(stop), within_seconds=None)
        late = tasks.start("presence", work(), within_seconds=-1)
        assert not late.done()
        await asyncio.sleep(0)
        assert await running.check() == "presence has not been at work for 0 s"
        again.set()
        await beaten.wait()
        stop.set()

    assert await running.check() is None


async def test_a_task_that_beats_keeps_its_process_ready() -> None:
    stop, running = asyncio.Event(), Running()
    async with LongRunning(stop, running) as tasks:
        tasks.start("presence", until_stopped(stop), within_seconds=600)
        await asyncio.sleep(0)
        assert await running.check() is None
        stop.set()


def makers() -> set[str]:
    """Files of the services that make tasks, or groups of tasks, by the library's own means."""
    found = set()
    for file in SERVICES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("create_task", "ensure_future", "TaskGroup"):
                found.add(file.relative_to(SERVICES).as_posix())
    return found


def test_long_running_tasks_are_started_in_one_place() -> None:
    assert makers() == ELSEWHERE.keys()
