"""kill -9 of each service under load: it comes back, and no sighting is lost or doubled."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from access import database
from services.chassis.bus import Bus
from tests import installation
from tests.fakes import eventually
from tests.installation import MODELS, Installation
from tests.passing import passing

# The time of the test alone: starting everything takes the longer, and has limits of its own.
pytestmark = [pytest.mark.live, pytest.mark.timeout(180, func_only=True)]


@pytest.fixture(scope="module")
def wardwatch() -> Iterator[Installation]:
    with installation.running() as running:
        running.enrol("Listed", MODELS / "astronaut.png")
        running.account("guard", "guard")
        yield running


@pytest.fixture(scope="module")
def listed() -> list[bytes]:
    """In each frame somebody new, so that sightings do not grow rare as they do of one who stays."""
    return passing("astronaut.png")


@pytest.fixture
async def operator(wardwatch: Installation) -> AsyncIterator[Bus]:
    async with wardwatch.bus("operator") as bus:
        yield bus


async def stored_ever(operator: Bus) -> int:
    """How many sightings became owed: the broker acknowledged each and gave it the next number."""
    return (await operator.stream.stream_info("SIGHTINGS")).state.last_seq


def database_url(wardwatch: Installation) -> str:
    connection = json.loads((wardwatch.home / "connection.json").read_text())
    password = Path(connection["database_password_file"]).read_text(encoding="utf-8").strip()
    return database.with_password(str(connection["database_url"]), password)


async def recorded(wardwatch: Installation) -> list[str]:
    """Ids of the sightings in PostgreSQL."""
    connection = await asyncpg.connect(await asyncio.to_thread(database_url, wardwatch))
    try:
        return [row["sighting_id"] for row in await connection.fetch("select sighting_id from alerts.sighting")]
    finally:
        await connection.close()


async def flowing(operator: Bus) -> None:
    """Return when sightings have become owed since the call."""
    begin = await stored_ever(operator)

    async def more() -> bool:
        return await stored_ever(operator) >= begin + 5

    await eventually(more, within_seconds=60)


async def check_nothing_is_lost_or_doubled(wardwatch: Installation, operator: Bus) -> None:
    async def all_recorded() -> bool:
        # One number of the stream for each row: a lost one would leave fewer rows, one stored twice fewer rows than
        # numbers; and the identifier is the table's key, so no row is there twice.
        return await stored_ever(operator) == len(await recorded(wardwatch))

    await eventually(all_recorded, within_seconds=60)
    # One person at one site within the window is one incident, whatever died meanwhile.
    async with wardwatch.client("guard") as http, http.get("/api/v1/incidents") as answer:
        assert len((await answer.json())["incidents"]) == 1


@pytest.mark.parametrize("service", ["detector", "embedder", "matcher", "watchlist", "alerts"])
async def test_a_killed_service_comes_back_and_nothing_owed_is_lost_or_doubled(
    wardwatch: Installation, operator: Bus, listed: list[bytes], service: str
) -> None:
    async with wardwatch.publishing("gate") as camera, camera.showing(*listed):
        await flowing(operator)
        killed = set(await asyncio.to_thread(wardwatch.pids, service))
        assert killed
        await asyncio.to_thread(wardwatch.kill, service)

        async def back() -> bool:
            return bool(set(await asyncio.to_thread(wardwatch.pids, service)) - killed)

        await eventually(back, within_seconds=60)
        await flowing(operator)

    await check_nothing_is_lost_or_doubled(wardwatch, operator)


async def test_a_killed_broker_comes_back_with_all_it_acknowledged(
    wardwatch: Installation, operator: Bus, listed: list[bytes]
) -> None:
    async with wardwatch.publishing("gate") as camera, camera.showing(*listed):
        await flowing(operator)
        owed = await stored_ever(operator)
        await asyncio.to_thread(wardwatch.kill_broker)
        await eventually(lambda: not operator.client.is_connected, within_seconds=30)
        await eventually(lambda: operator.client.is_connected, within_seconds=60)
        await flowing(operator)

    assert await stored_ever(operator) > owed
    await check_nothing_is_lost_or_doubled(wardwatch, operator)
