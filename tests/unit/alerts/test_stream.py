"""The event stream of one page, over HTTP and without a database."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from aiohttp import ClientSession, StreamReader, web
from aiohttp.test_utils import TestServer

from proto.wardwatch.v1.camera_states import CameraState, CameraTrouble, TroubleKind
from proto.wardwatch.v1.replicas import Pages
from proto.wardwatch.v1.roles import Role
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.alerts.accounts.holder import Holder
from services.alerts.control import Controls
from services.alerts.edge.authorisation import Authorisation
from services.alerts.edge.hub import Event, Hub
from services.alerts.edge.query_timeout import QueryTimeout
from services.alerts.edge.stream import EventStream
from services.alerts.line.tellings import Tellings
from services.alerts.repairs import Repair
from services.chassis.repairs import Cause
from services.chassis.telemetry import Meters
from tests.fakes import eventually

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LI = Holder(UUID(int=1), "li", Role.GUARD, NOON)


class OpenDoor:
    """Knows everybody, until it is ``closed``."""

    def __init__(self, role: Role = Role.GUARD, sites: frozenset[str] | None = None) -> None:
        self.closed = False
        self._somebody = replace(LI, role=role, sites=sites)

    async def holder(self, _token: str) -> Holder | None:
        return None if self.closed else self._somebody

    def remembered(self, _token: str) -> Holder | None:
        return self._somebody


class SweptLog:
    """Ten events happened and all of them were deleted since."""

    def __init__(self) -> None:
        self.reads = 0

    async def after(self, _event_id: int, *, limit: int) -> Sequence[Event]:
        self.reads += 1
        await asyncio.sleep(0)
        return [][:limit]

    async def newest(self) -> int:
        return 10


class BusyLog(SweptLog):
    """Something has happened whenever somebody looks again."""

    async def after(self, event_id: int, *, limit: int) -> Sequence[Event]:
        await super().after(event_id, limit=limit)
        event = Event(event_id + 1, "updated", UUID(int=9), "h1", "gate", NOON, NOON, False, None, None, 0)
        return [event][: self.reads % 2]


async def all_is_well() -> str | None:
    return None


@asynccontextmanager
async def streaming(
    log: SweptLog,
    controls: Controls,
    *,
    last: str,
    door: OpenDoor | None = None,
    beat_ms: float = 1,
    repaired: Sequence[Repair] = (),
    cameras: Sequence[CameraState] = (),
    tellings: Tellings | None = None,
    proven: str = "",
) -> AsyncIterator[AsyncIterator[dict[str, object]]]:
    """The events that a page receives whose last one was event *last*."""
    hub, stop = Hub(log), asyncio.Event()
    authorisation = Authorisation(door or OpenDoor(), QueryTimeout())
    beat = timedelta(milliseconds=beat_ms)
    events = EventStream(
        authorisation,
        hub,
        controls,
        all_is_well,
        Meters(),
        lambda: NOON,
        beat,
        repaired=lambda: repaired,
        cameras=lambda: cameras,
        tellings=tellings,
    )
    app = web.Application()
    app.router.add_get("/events", events.handlers()["stream_events"])
    running = asyncio.create_task(hub.run(stop))
    busy = asyncio.create_task(_happening(hub) if isinstance(log, BusyLog) else stop.wait())
    hub.notify()
    headers = {"Authorization": "Bearer token", "Last-Event-ID": last}
    try:
        await eventually(lambda: hub.live)
        async with (
            TestServer(app) as server,
            ClientSession() as http,
            asyncio.timeout(5),
            http.get(server.make_url("/events"), headers=headers) as reply,
        ):
            assert reply.status == 200
            if proven:
                hub.heard(f"proven {sha256(proven.encode()).hexdigest()}")
            yield _events(reply.content)
            hub.disconnected()
    finally:
        busy.cancel()
        stop.set()
        await running


async def test_a_page_whose_missed_events_are_deleted_is_served_at_rest() -> None:
    log = SweptLog()
    async with streaming(log, Controls(), last="3") as states:
        for _ in range(3):
            await anext(states)

    assert log.reads < 10


@pytest.mark.parametrize(
    ("role", "told"), [(Role.SUPERVISOR, ["CONTROL"]), (Role.AUDITOR, ["CONTROL"]), (Role.GUARD, [])]
)
async def test_who_can_do_something_hears_of_a_stream_that_was_put_right(role: Role, told: list[str]) -> None:
    repaired = [Repair("CONTROL", Cause.LOST, NOON)]
    async with streaming(SweptLog(), Controls(), last="10", door=OpenDoor(role), repaired=repaired) as states:
        streams = (await anext(states))["repaired_streams"]

    assert isinstance(streams, list)
    assert [each["stream"] for each in streams] == told


async def test_before_the_stops_are_read_a_page_is_told_it_receives_nothing() -> None:
    controls = Controls()
    async with streaming(SweptLog(), controls, last="10") as states:
        early = await anext(states)
        controls.caught_up.set()
        late = [await anext(states) for _ in range(2)][-1]

    assert (early["receiving"], early["reason"]) == (False, "the stop controls are still being read")
    assert (late["receiving"], late["reason"]) == (True, None)


async def test_a_page_hears_that_all_is_well_also_under_many_events() -> None:
    async with streaming(BusyLog(), Controls(), last="", beat_ms=50) as events:
        states = 0
        async for event in events:
            states += "receiving" in event
            if states == 3:
                break


async def test_a_session_that_ended_hears_nothing_more_however_much_happens() -> None:
    door = OpenDoor()
    async with streaming(BusyLog(), Controls(), last="", door=door, beat_ms=50) as events:
        await anext(events)
        door.closed = True

        async for _ in events:
            pass


async def _happening(hub: Hub) -> None:
    while True:
        hub.notify()
        await asyncio.sleep(0.005)


async def _events(content: StreamReader) -> AsyncIterator[dict[str, object]]:
    async for line in content:
        if line.startswith(b"data: "):
            yield json.loads(line.removeprefix(b"data: "))


IN_TROUBLE = [
    CameraState(Place(site_id(site), camera_id("gate")), (CameraTrouble(TroubleKind.TOO_FAST, 40),))
    for site in ("h1", "h2")
]


@pytest.mark.parametrize(
    ("role", "sites", "named"),
    [
        (Role.GUARD, None, ["h1", "h2"]),
        (Role.GUARD, frozenset({"h2"}), ["h2"]),
        (Role.SUPERVISOR, frozenset({"h1"}), ["h1"]),
        (Role.ADMINISTRATOR, None, ["h1", "h2"]),
        (Role.AUDITOR, None, []),
    ],
)
async def test_a_page_names_the_cameras_of_its_sites(
    role: Role, sites: frozenset[str] | None, named: list[str]
) -> None:
    door = OpenDoor(role, sites)
    async with streaming(SweptLog(), Controls(), last="3", door=door, cameras=IN_TROUBLE) as states:
        state = await anext(states)

    assert state["cameras"] == [{"site": site, "camera": "gate", "code": "too_fast", "frames": 40} for site in named]


@pytest.mark.parametrize(("session", "told"), [("token", 1), ("another's", 0)])
async def test_a_page_is_told_once_that_a_push_came_to_its_phone(session: str, told: int) -> None:
    async with streaming(SweptLog(), Controls(), last="10", proven=session) as events:
        heard = [await anext(events) for _ in range(6)]

    assert [each for each in heard if "proven_at" in each] == [{"proven_at": "2026-11-23T12:00:00Z"}] * told


@pytest.mark.parametrize(("role", "told"), [(Role.GUARD, True), (Role.SUPERVISOR, True), (Role.AUDITOR, False)])
async def test_who_answers_alerts_is_told_of_a_drill_once(role: Role, told: bool) -> None:
    tellings = Tellings(Meters(), lambda: 0.0, lambda: None)
    tellings.proven(Place(site_id("h1"), camera_id("gate")), "ab" * 16, 0)
    tellings.tell()
    assert tellings.newest is not None
    async with streaming(SweptLog(), Controls(), last="10", door=OpenDoor(role), tellings=tellings) as events:
        heard = [await anext(events) for _ in range(6)]
        assert tellings.pages(site_id("h1")) == Pages(int(told), 0)

    assert [each for each in heard if "drill" in each] == ([{"drill": "ab" * 16}] if told else [])
    assert len(tellings.newest.told) == told
    assert not any("token" in session for session in tellings.newest.told)
