"""A broker whose disk is full: it is told, and matching can be stopped. The whole attack is in tests/attack."""

import asyncio
from datetime import UTC, datetime

import aiohttp
import pytest

from access import streams
from proto.wardwatch.v1.subjects import site_id
from services.alerts.control import Controls, SetMatching
from services.chassis.bus import Limits
from tests import buses, servers, volumes
from tests.contract.record import DIMENSION
from tests.fakes import eventually
from tests.live import processes

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]

H1 = site_id("h1")


async def test_matching_is_stopped_and_its_loss_told_while_the_disk_is_full() -> None:
    with volumes.volume() as disk:
        nats = await asyncio.to_thread(servers.Nats, disk.folder)
        try:
            await streams.ensure(nats.url, nats.seed_file("operator"))
            async with (
                processes.matcher(nats, {"NAME": "m1", "DIMENSION": str(DIMENSION)}) as matcher,
                buses.connected(nats, "alerts", limits=Limits(store_seconds=0.5)) as alerts,
            ):
                await asyncio.to_thread(disk.fill)
                ask, stop = SetMatching(alerts.publish_owed, alerts.ask_all, Controls(), now), asyncio.Event()

                # Until the stream of controls finds no room: what is left of a file's last page takes a few.
                await eventually(lambda: press_unstored(ask), within_seconds=60)

                assert ask.unstored[H1].reached == ("m1",)
                assert await matcher.metric("wardwatch_matching_stopped") == 1
                await eventually(lambda: says_full(matcher), within_seconds=30)

                storing = asyncio.create_task(ask.run(stop))
                await asyncio.to_thread(disk.make_room)
                await asyncio.to_thread(nats.restart)  # as the supervisor does
                await eventually(lambda: not ask.unstored, within_seconds=60)
                await eventually(lambda: is_ready(matcher), within_seconds=60)
                stop.set()
                await storing
        finally:
            await asyncio.to_thread(nats.stop)


def now() -> datetime:
    return datetime.now(UTC)


async def press_unstored(ask: SetMatching) -> bool:
    return not (await ask(H1, stopped=True, account="ana", reason="drill", request_id=None)).stored


async def readiness(matcher: processes.Service) -> tuple[int, str]:
    async with aiohttp.ClientSession() as web, web.get(f"http://127.0.0.1:{matcher.port}/readyz") as answer:
        return answer.status, await answer.text()


async def says_full(matcher: processes.Service) -> bool:
    status, text = await readiness(matcher)
    return status == 503 and "the broker does not store probe: no answer; its disk may be full" in text


async def is_ready(matcher: processes.Service) -> bool:
    return (await readiness(matcher))[0] == 200
