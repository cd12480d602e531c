"""Hostile clients while people are sighted, in short; with figures in ``tests/attack/test_strangers.py``."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import aiohttp
import asyncpg
import pytest

from proto.wardwatch.v1.subjects import EntryId
from services.chassis.bus import Bus
from tests.fakes import eventually
from tests.live import alerts_client as live
from tests.live import hostile
from tests.live.hospital import Hospital
from tests.live.processes import Alerts

pytestmark = pytest.mark.timeout(120)

MOST: int = 32  # connections of one sender


@pytest.fixture
async def bus(hospital: Hospital) -> AsyncIterator[Bus]:
    async with live.publisher(hospital.nats) as publisher:
        yield publisher


async def alerted(bus: Bus, http: aiohttp.ClientSession, count: int = 3) -> None:
    """People are sighted, and a page hears of each."""
    cameras = [f"c{n}" for n in range(count)]
    stream = live.events(http)
    await anext(stream)
    for camera in cameras:
        await live.send(bus, live.sighting(camera=camera, similarity=0.9, entry=EntryId(str(uuid4()))))
    async with asyncio.timeout(60):
        heard: set[object] = set()
        while not heard >= set(cameras):
            event = await anext(stream)
            heard.add(event.data.get("camera"))
    await stream.aclose()


async def metric(service: Alerts, name: str) -> float:
    async with aiohttp.ClientSession() as http, http.get(f"{service.telemetry}/metrics") as reply:
        lines = (await reply.text()).splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} ")), 0.0)


@pytest.mark.parametrize("kind", ["half_open", "slow", "invented", "malformed"])
async def test_alerts_and_new_pages_go_on_among_strangers(hospital: Hospital, bus: Bus, kind: str) -> None:
    codes = [await live.invite(hospital.database, name, "guard") for name in ("li", "ana")]
    async with (
        hospital.alerts(CONNECTIONS="128", CONNECTIONS_OF_SENDER=str(MOST)) as service,
        live.signed_in(service, codes[0]) as li,
    ):
        port = int(service.url.rpartition(":")[2])
        async with hostile.attacking(kind, port, 2 * MOST):
            await alerted(bus, li)
            async with live.signed_in(service, codes[1]) as ana:
                await alerted(bus, ana, count=1)
            # Those of the two people, of whoever reads this, and no more strangers than one sender may have.
            assert await metric(service, "wardwatch_connections") <= MOST + 8


async def test_of_many_streams_on_one_token_the_newest_are_served(hospital: Hospital, bus: Bus) -> None:
    code = await live.invite(hospital.database, "li", "guard")
    async with hospital.alerts() as service, live.signed_in(service, code) as http:
        streams = [live.events(http) for _ in range(12)]
        for stream in streams:
            await anext(stream)

        async with asyncio.timeout(60):
            ended = [[event async for event in stream] for stream in streams[:4]]
        await alerted(bus, http, count=1)

    assert [events[-1].data["code"] for events in ended] == ["page_replaced"] * 4


async def test_requests_that_keep_the_database_busy_delay_no_alert(hospital: Hospital, bus: Bus) -> None:
    code = await live.invite(hospital.database, "li", "guard")
    async with (
        hospital.alerts(DATABASE_CONNECTIONS="4") as service,
        live.signed_in(service, code) as li,
        aiohttp.ClientSession(service.url) as stranger,
    ):

        async def sign_in_for_ever() -> None:
            while True:
                async with stranger.post("/api/v1/session", json={"code": "2222-2222-2222"}) as reply:
                    await reply.read()

        owner = await asyncpg.connect(hospital.database.owner)
        async with owner.transaction():
            # Whoever tries a code waits for this lock until the database gives up.
            await owner.execute("lock table accounts.code in access exclusive mode")
            waiting = [asyncio.create_task(sign_in_for_ever()) for _ in range(40)]
            await eventually(lambda: _somebody_waits(hospital))

            await alerted(bus, li)

            assert await _somebody_waits(hospital)
            for task in waiting:
                task.cancel()
        await owner.close()
        await asyncio.gather(*waiting, return_exceptions=True)


async def _somebody_waits(hospital: Hospital) -> bool:
    connection = await asyncpg.connect(hospital.database.superuser)
    try:
        waiting: bool = await connection.fetchval("select exists (select from pg_locks where not granted)")
    finally:
        await connection.close()
    return waiting
