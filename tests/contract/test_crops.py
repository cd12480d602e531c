"""The faces of alerts: sealed in the record, their keys on the stream, and neither once a face is deleted."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

import asyncpg
import pytest

from access import store as credentials
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.roles import Role
from services.alerts.accounts.holder import Holder
from services.alerts.database import Database
from services.alerts.handler import RecordSighting
from services.alerts.incidents.crops import CropKeys, Shredder, parse_secret
from services.alerts.incidents.ledger import PostgresLedger
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.retention import Retention, Sweep, end_alerts
from services.alerts.incidents.review import Verdict
from services.alerts.incidents.store import Incidents
from services.chassis.bus import Limits
from services.chassis.errors import NoAnswer, NotStored
from services.chassis.telemetry import Meters
from tests import servers
from tests.buses import connected
from tests.contract import clock
from tests.contract.clock import TimedDatabase
from tests.contract.record import Record, keyring
from tests.crops import MemoryCrops
from tests.sightings import sighted

NOW = datetime.now(UTC)
LI = Holder(UUID(int=1), "li", Role.GUARD, NOW + timedelta(hours=12))
FACE = b"the face of somebody who came by"
STREAM = subjects.CROPS_STREAM.name


class Crops(Protocol):
    async def seal(self, sighting_id: str, picture: bytes) -> bytes: ...
    async def open(self, sighting_id: str, sealed: bytes) -> bytes | None: ...
    async def destroy(self, sighting_id: str) -> None: ...


def crop_keys_file(nats: servers.Nats) -> str:
    return (nats.credentials_dir / credentials.CROPS_KEY).read_text(encoding="ascii")


@pytest.fixture
async def keys(nats_with_streams: servers.Nats) -> AsyncIterator[CropKeys]:
    async with connected(nats_with_streams, "alerts", limits=Limits(store_seconds=3)) as bus:
        yield CropKeys(bus, parse_secret(crop_keys_file(nats_with_streams)))


@pytest.fixture(params=["memory", "stream"])
def crops(request: pytest.FixtureRequest, keys: CropKeys) -> Crops:
    return keys if request.param == "stream" else MemoryCrops()


async def test_a_face_is_opened_by_its_own_key_alone(crops: Crops) -> None:
    sealed = await crops.seal("h1/gate/1", FACE)
    other = await crops.seal("h1/gate/2", FACE)

    assert FACE not in sealed
    assert await crops.open("h1/gate/1", sealed) == FACE
    assert await crops.open("h1/gate/1", other) is None
    assert await crops.open("h1/gate/3", sealed) is None


async def test_a_sighting_that_is_delivered_again_keeps_its_key(crops: Crops) -> None:
    first = await crops.seal("h1/gate/1", FACE)

    second = await crops.seal("h1/gate/1", FACE)

    assert await crops.open("h1/gate/1", first) == FACE
    assert await crops.open("h1/gate/1", second) == FACE


async def test_what_was_sealed_under_a_destroyed_key_never_opens_again(crops: Crops) -> None:
    sealed = await crops.seal("h1/gate/1", FACE)

    await crops.destroy("h1/gate/1")
    await crops.destroy("h1/gate/1")
    late = await crops.seal("h1/gate/1", FACE)

    assert await crops.open("h1/gate/1", sealed) is None
    assert await crops.open("h1/gate/1", late) == FACE


async def test_a_key_that_may_not_be_kept_seals_nothing(keys: CropKeys, nats_with_streams: servers.Nats) -> None:
    await asyncio.to_thread(nats_with_streams.stop)

    with pytest.raises(NotStored):
        await keys.seal("h1/gate/1", FACE)
    with pytest.raises(NoAnswer):
        await keys.open("h1/gate/1", b"sealed")


async def test_keys_on_the_stream_are_wrapped(keys: CropKeys, nats_with_streams: servers.Nats) -> None:
    sealed = await keys.seal("h1/gate/1", FACE)

    stolen = CropKeys(keys.bus, parse_secret("00" * 32))

    assert await stolen.open("h1/gate/1", sealed) is None


@pytest.fixture
async def store(database: servers.Database) -> AsyncIterator[TimedDatabase]:
    async with TimedDatabase.of(database) as opened:
        yield opened


async def see(store: Database, keys: CropKeys, entry: UUID, *, similarity: float = 0.8) -> None:
    ledger = PostgresLedger(store, reviewers=1, clock=clock.at(NOW))
    sighting = sighted(NOW, entry, similarity=similarity, picture=FACE)
    await RecordSighting(ledger, keys.seal, EvidencePolicy(), Meters())(sighting)


async def recorded(database: servers.Database) -> list[tuple[str, bytes]]:
    """Sighting and sealed face, as whoever has a copy of the database reads them."""
    connection = await asyncpg.connect(database.superuser)
    try:
        rows = await connection.fetch("select sighting_id, picture from alerts.sighting where picture is not null")
    finally:
        await connection.close()
    return [(row["sighting_id"], row["picture"]) for row in rows]


async def kept(nats: servers.Nats) -> int:
    """How many keys the stream has."""
    async with connected(nats, "operator") as bus:
        return await bus.count_of(STREAM)


@pytest.mark.parametrize("how", ["rejected", "erased", "never an alert"])
async def test_no_key_opens_the_face_once_it_is_not_needed(
    how: str, store: TimedDatabase, keys: CropKeys, database: servers.Database, nats_with_streams: servers.Nats
) -> None:
    async with Record.open(database, keyring()) as listed:
        entry = await listed.active()
        await see(store, keys, entry, similarity=0.5 if how == "never an alert" else 0.8)
        ((sighting, copied),) = await recorded(database)
        assert FACE not in copied
        assert await keys.open(sighting, copied) == FACE
        if how == "rejected":
            incidents = Incidents(store, open_crop=keys.open)
            (incident,) = await incidents.page(limit=1, before=None)
            assert await incidents.picture(incident.id, LI) == FACE
            await incidents.review(incident.id, await clock.answerer(database, "ana"), Verdict.NOT_SAME)
        elif how == "erased":
            await listed.revoke(entry)
            await listed.erase(entry)
            await end_alerts(store, clock.believed)
        else:
            await store.set_clock(NOW + timedelta(hours=1))
            await Sweep(store, Retention(), clock.believed)()
    meters = Meters()

    assert await Shredder(store, keys.destroy, meters)() == 1

    assert await recorded(database) == []
    assert await keys.open(sighting, copied) is None
    assert await kept(nats_with_streams) == 0
    assert await Shredder(store, keys.destroy, meters)() == 0
    assert meters.value("wardwatch_crops_to_destroy") == 0


async def test_a_key_is_destroyed_when_the_broker_is_back(
    store: TimedDatabase, keys: CropKeys, nats_with_streams: servers.Nats
) -> None:
    await see(store, keys, UUID(int=7), similarity=0.5)
    await store.set_clock(NOW + timedelta(hours=1))
    await Sweep(store, Retention(), clock.believed)()
    meters = Meters()
    await asyncio.to_thread(nats_with_streams.stop)

    with pytest.raises(NoAnswer):
        await Shredder(store, keys.destroy, meters)()

    assert meters.value("wardwatch_crops_to_destroy") == 1
    await asyncio.to_thread(nats_with_streams.restart)
    async with connected(nats_with_streams, "alerts") as bus:
        assert await Shredder(store, CropKeys(bus, keys.secret).destroy, meters)() == 1
    assert await kept(nats_with_streams) == 0
