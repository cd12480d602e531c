"""An entry that ends while its alert is open, and its sightings that are still in the stream."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import asyncpg
import pytest

from tests import servers
from tests.fakes import eventually
from tests.live import alerts_client as live
from tests.live import processes
from tests.live.hospital import Hospital

pytestmark = pytest.mark.timeout(60)


async def test_an_entry_that_ends_closes_its_alert_for_every_client(hospital: Hospital) -> None:
    await live.enrol(hospital.database)
    codes = [
        await live.invite(hospital.database, name, role) for name, role in (("li", "guard"), ("ana", "supervisor"))
    ]
    async with (
        live.publisher(hospital.nats) as bus,
        live.desk(hospital.nats, live.cards()),
        hospital.alerts() as service,
        live.signed_in(service, codes[0]) as li,
        live.signed_in(service, codes[1]) as ana,
    ):
        stream = live.events(li)
        assert (await anext(stream)).name == "state"
        await live.send(bus, live.sighting())
        raised = await _next_of(stream, "raised")
        path = f"/api/v1/incidents/{raised['incident']}"
        async with ana.post(f"{path}/verdict", json={"verdict": "same"}) as reply:
            assert (await reply.json())["disclosed"]["label"] == live.LABEL

        await _suspend(hospital.database)

        closed = await _next_of(stream, "closed")
        assert (closed["incident"], closed["status"]) == (raised["incident"], "closed")
        for http in (li, ana):
            async with http.get(path) as reply:
                shown = await reply.json()
            assert (shown["outcome"], shown["disclosed"], shown["instruction"]) == ("ended", None, None)
            for which in ("camera", "watchlist"):
                async with http.get(f"{path}/pictures/{which}") as reply:
                    assert reply.status == 404
        for action, body in (("response", None), ("verdict", {"verdict": "same"})):
            async with li.post(f"{path}/{action}", json=body) as reply:
                assert reply.status == 409
        async with ana.get(f"{path}/details") as reply:
            assert reply.status == 403

        await live.send(bus, live.sighting(camera="ward"))
        await eventually(lambda: _counted(service))
        async with li.get("/api/v1/incidents") as reply:
            assert [one["number"] for one in (await reply.json())["incidents"]] == [1]
        await stream.aclose()


async def _suspend(database: servers.Database) -> None:
    connection = await asyncpg.connect(database.superuser)
    try:
        # The rules of the watchlist are proven elsewhere.
        await connection.execute("set session_replication_role = replica")
        await connection.execute(
            "update watchlist.entry set state = 'suspended', reason = 'to be looked at', revision = revision + 1"
        )
    finally:
        await connection.close()


async def _next_of(stream: AsyncIterator[live.ServerEvent], kind: str) -> dict[str, object]:
    async with asyncio.timeout(15):
        async for event in stream:
            if event.name == "incident" and event.data["kind"] == kind:
                return event.data
    raise AssertionError("the stream ended")


async def _counted(service: processes.Alerts) -> bool:
    """Whether the sighting of the ended entry was read."""
    async with aiohttp.ClientSession() as http, http.get(f"{service.telemetry}/metrics") as reply:
        return 'wardwatch_sightings_recorded_total{outcome="ended"} 1' in await reply.text()
