"""The stop button: each request is stored, whatever was requested before and with whichever key."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest

from cli import matching
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import MatchingControl
from proto.wardwatch.v1.replication import MatcherPresence
from proto.wardwatch.v1.subjects import site_id
from services.alerts.control import Controls, SetControl, SetMatching
from services.chassis.bus import Delivery
from services.chassis.errors import NotStored, StartupError
from tests.fakes import FakeBus, eventually

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
H1 = site_id("h1")


async def test_a_stop_is_stored_after_a_resume_with_the_same_key() -> None:
    bus, controls = FakeBus(), Controls()
    set_matching = SetMatching(bus.publish_owed, bus.ask_all, controls, lambda: NOON)

    for stopped in (False, True, True):
        await set_matching(H1, stopped=stopped, account="ana", reason="drill", request_id="one")

    assert [MatchingControl.decode(each.payload).stopped for each in bus.stored] == [False, True]


@pytest.fixture
async def full() -> FakeBus:
    """A broker that stores nothing, and a matcher that listens to it."""
    bus = FakeBus(storing=False)
    presence = MatcherPresence("m1", UUID(int=1), NOON, NOON, 0, 0, 0, 0, 0)

    async def follow(payload: bytes) -> bytes:
        assert MatchingControl.decode(payload).stopped
        return presence.encode()

    bus._responders.append((subjects.HALT.pattern, follow))
    return bus


async def press(ask: SetMatching, *, stopped: bool) -> SetControl:
    return await ask(H1, stopped=stopped, account="ana", reason="drill", request_id=None)


async def test_a_stop_that_cannot_be_stored_holds_and_says_where(full: FakeBus) -> None:
    controls = Controls()
    ask = SetMatching(full.publish_owed, full.ask_all, controls, lambda: NOON)

    asked = await press(ask, stopped=True)

    assert (asked.stored, asked.reached) == (False, ("m1",))
    assert controls.stopped_sites == ["h1"]


async def test_a_stop_that_nobody_follows_and_nothing_stores_is_refused() -> None:
    bus = FakeBus(storing=False)
    ask = SetMatching(bus.publish_owed, bus.ask_all, Controls(), lambda: NOON)

    with pytest.raises(NotStored):
        await press(ask, stopped=True)


async def test_a_resumption_that_cannot_be_stored_is_refused(full: FakeBus) -> None:
    ask = SetMatching(full.publish_owed, full.ask_all, Controls(), lambda: NOON)

    with pytest.raises(NotStored):
        await press(ask, stopped=False)


async def test_an_unstored_stop_is_stored_as_soon_as_it_can_be(full: FakeBus) -> None:
    ask, stop = SetMatching(full.publish_owed, full.ask_all, Controls(), lambda: NOON), asyncio.Event()
    asked = await press(ask, stopped=True)
    storing = asyncio.create_task(ask.run(stop))

    full.storing = True
    await eventually(lambda: len(full.stored) == 1)
    stop.set()
    await storing

    assert MatchingControl.decode(full.stored[0].payload) == asked.control
    assert not ask.unstored


async def test_a_stop_that_waits_does_not_undo_a_later_resumption(full: FakeBus) -> None:
    ask, stop = SetMatching(full.publish_owed, full.ask_all, Controls(), lambda: NOON), asyncio.Event()
    await press(ask, stopped=True)
    full.storing = True

    await press(ask, stopped=False)
    storing = asyncio.create_task(ask.run(stop))
    stop.set()
    await storing

    assert [MatchingControl.decode(each.payload).stopped for each in full.stored] == [False]


async def test_of_two_unstored_stops_none_is_said_to_be_stored(full: FakeBus) -> None:
    ask = SetMatching(full.publish_owed, full.ask_all, Controls(), lambda: NOON)

    pressed = [await press(ask, stopped=True) for _ in range(2)]

    assert [each.stored for each in pressed] == [False, False]
    assert ask.unstored[H1] == pressed[1]


async def test_a_slow_stream_keeps_nobody_waiting_whom_matchers_follow(full: FakeBus) -> None:
    slow = asyncio.Event()

    async def publish(subject: str, payload: bytes, *, message_id: str) -> object:
        await slow.wait()
        return subject, payload, message_id

    ask = SetMatching(publish, full.ask_all, Controls(), lambda: NOON)

    asked = await press(ask, stopped=True)
    assert (asked.stored, asked.reached) == (False, ("m1",))

    slow.set()
    await eventually(lambda: not ask.unstored)


async def test_a_stop_after_a_resumption_that_waits_is_stored_after_it(full: FakeBus) -> None:
    slow, stored = asyncio.Event(), list[bool]()

    async def publish(subject: str, payload: bytes, *, message_id: str) -> object:
        await slow.wait()
        stored.append(MatchingControl.decode(payload).stopped)
        return subject, message_id

    ask = SetMatching(publish, full.ask_all, Controls(), lambda: NOON)
    resuming = asyncio.create_task(press(ask, stopped=False))
    await eventually(lambda: ask._storing.locked())
    await press(ask, stopped=True)

    slow.set()
    await resuming
    await eventually(lambda: not ask.unstored)

    assert stored == [False, True]


async def test_controls_are_not_ready_until_the_stream_was_read_to_its_end() -> None:
    controls = Controls()
    stop = MatchingControl("c1", H1, True, "ana", "drill", NOON)

    assert await controls.check() == "the stop controls are still being read"
    await controls.apply(Delivery(subjects.control(H1), stop.encode(), {}))
    controls.caught_up.set()

    assert await controls.check() is None
    assert controls.stopped_sites == ["h1"]


@pytest.mark.parametrize("reason", ["", "  ab  ", "x" * 501])
def test_the_command_refuses_a_reason_that_could_not_be_recorded(reason: str) -> None:
    for command in (matching.stop, matching.resume):
        with pytest.raises(StartupError, match="in 3 to 500 characters"):
            command(reason)
