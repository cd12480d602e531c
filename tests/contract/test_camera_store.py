"""Which cameras are expected, on a real PostgreSQL with the product's own schema and grants."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import asyncpg
import pytest

from proto.wardwatch.v1.camera_states import CameraSight, CameraState
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.alerts.database import Database
from services.alerts.state.camera_store import CameraStore, RememberedCameras
from services.alerts.state.cameras import CameraWatch
from tests import servers

GATE, DOOR = (Place(site_id("h1"), camera_id(name)) for name in ("gate", "door"))
SECOND = 1_000_000
SENDING = CameraSight(0, 10_000, 50, 50)


@dataclass
class Replica:
    """What one alerts process knows; the clock goes only when the test says so."""

    database: Database
    now_us: int = 1000 * SECOND
    watch: CameraWatch = field(init=False)
    remembered: RememberedCameras = field(init=False)

    def __post_init__(self) -> None:
        self.watch = CameraWatch(lambda _: True)
        self.remembered = RememberedCameras(CameraStore(self.database), self.watch, lambda: self.now_us)

    def hear(self, *places: Place) -> None:
        for place in places:
            self.watch.take(CameraState(place, (), SENDING), self.now_us)

    def expected(self) -> list[str]:
        return [each.place.camera for each in self.watch.cameras if each.expected]


async def passed_in(owner: str, time: str) -> None:
    """So long ago was what somebody has said, by the database's clock."""
    connection = await asyncpg.connect(owner)
    try:
        await connection.execute("update alerts.camera set unexpected_at = unexpected_at - $1::text::interval", time)
    finally:
        await connection.close()


@pytest.fixture
async def database(database: servers.Database) -> AsyncIterator[tuple[Database, str]]:
    async with Database.open(database.alerts, None, connections=2) as opened:
        yield opened, database.owner


async def test_a_camera_that_sent_is_expected_by_whoever_starts_later(database: tuple[Database, str]) -> None:
    first, second = Replica(database[0]), Replica(database[0])
    first.hear(GATE, DOOR)
    await first.remembered.compare()
    await second.remembered.compare()

    assert second.expected() == ["door", "gate"]
    second.now_us += 60 * SECOND
    second.watch.reasons(second.now_us)
    second.now_us += 20 * SECOND
    assert "no_camera_sends" in [reason.code for reason in second.watch.reasons(second.now_us)]


async def test_what_somebody_says_is_not_expected_no_other_process_misses(database: tuple[Database, str]) -> None:
    first, second = Replica(database[0]), Replica(database[0])
    first.hear(GATE, DOOR)
    await first.remembered.compare()
    assert await second.remembered.expect(GATE, "ana", expected=False)
    for replica in (first, second):
        await replica.remembered.compare()
        assert replica.expected() == ["door"]

    assert not await first.remembered.expect(Place(site_id("h1"), camera_id("moon")), "ana", expected=False)


async def test_a_camera_that_sends_again_is_expected_again_by_everybody(database: tuple[Database, str]) -> None:
    first, second = Replica(database[0]), Replica(database[0])
    first.hear(GATE)
    await first.remembered.compare()
    await first.remembered.expect(GATE, "ana", expected=False)
    first.now_us += 10 * SECOND
    first.hear(GATE)
    await first.remembered.compare()
    assert first.expected() == [], "it was on its way"

    first.now_us += 60 * SECOND
    await passed_in(database[1], "60 seconds")
    first.hear(GATE)
    assert first.expected() == ["gate"]
    await first.remembered.compare()
    await second.remembered.compare()
    assert second.expected() == ["gate"]


async def test_who_said_that_a_camera_is_not_expected_is_kept(database: tuple[Database, str]) -> None:
    replica = Replica(database[0])
    replica.hear(GATE)
    await replica.remembered.compare()
    await replica.remembered.expect(GATE, "ana", expected=False)
    owner = await asyncpg.connect(database[1])
    try:
        row = await owner.fetchrow("select * from alerts.camera")
    finally:
        await owner.close()

    assert row is not None
    assert (row["expected"], row["unexpected_by"], row["unexpected_at"] is None) == (False, "ana", False)
