"""No number that another process reports ends or confuses this one: every number of every message, at extremes."""

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, runtime_checkable
from uuid import uuid4

import asyncpg
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from proto.wardwatch.v1 import events_pb2 as pb
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import FaceEmbedded, MatchingControl, PersonSighted
from proto.wardwatch.v1.replication import ErasureReceipt, MatcherPresence, ThresholdPublished
from proto.wardwatch.v1.subjects import EntryId, SiteId
from services.alerts.control import RecordControl
from services.alerts.database import Database as AlertsDatabase
from services.alerts.handler import RecordSighting
from services.alerts.incidents.ledger import PostgresLedger
from services.alerts.incidents.policy import EvidencePolicy
from services.chassis.bus import Delivery
from services.chassis.errors import Poison
from services.chassis.telemetry import Meters
from services.matcher.handler import TakeThreshold
from services.watchlist.record.database import Database
from services.watchlist.replication.erasure_progress import ErasureProgressStore
from services.watchlist.replication.job_store import JobStore
from services.watchlist.replication.presence import PresenceRecorder
from services.watchlist.replication.receipts import RecordReceipt
from services.watchlist.replication.replica_store import ReplicaStore
from tests import servers
from tests.contract.samples import SAMPLES
from tests.crops import CROPS
from tests.sightings import sighted
from tests.unit.matcher.builders import NOW, entry, face, unit
from tests.unit.matcher.test_handler import Desk

_KIND: Final = FieldDescriptor
_FLOATS: Final = (math.nan, math.inf, -math.inf, 3.4e38, -3.4e38, 0.0, -0.0, 1e-45)
_EXTREMES: Final = {
    _KIND.CPPTYPE_INT32: (2**31 - 1, -(2**31), 0, -1),
    _KIND.CPPTYPE_UINT32: (2**32 - 1, 2**31, 2**31 - 1, 0),
    # 292277 is the last year that 64 bits of microseconds reach, 9999 the last that a datetime does.
    _KIND.CPPTYPE_INT64: (
        2**63 - 1,
        -(2**63),
        253_402_300_799_999_999,
        253_402_300_800_000_000,
        -62_135_596_800_000_000,
        0,
        -1,
    ),
    _KIND.CPPTYPE_UINT64: (2**64 - 1, 2**63, 2**63 - 1, 0),
    _KIND.CPPTYPE_FLOAT: _FLOATS,
    _KIND.CPPTYPE_DOUBLE: _FLOATS,
    _KIND.CPPTYPE_ENUM: (2**31 - 1, -1, 0),
}


@runtime_checkable
class Coded(Protocol):
    """A message of ours."""

    def encode(self) -> bytes: ...

    @classmethod
    def decode(cls, payload: bytes) -> object: ...


def parsed(payload: bytes, name: str) -> Message:
    """*payload* as the generated message of that name."""
    made: Message = getattr(pb, name)()
    made.ParseFromString(payload)
    return made


def hostile(message: Message) -> Iterator[tuple[str, bytes]]:
    """The bytes of *message* with one number at an extreme, for each number and extreme, and which."""
    yield from _within(message, message, "")


def _within(whole: Message, part: Message, path: str) -> Iterator[tuple[str, bytes]]:
    for field in part.DESCRIPTOR.fields:
        where = f"{path}{field.name}"
        held = getattr(part, field.name)
        if field.cpp_type == _KIND.CPPTYPE_MESSAGE:
            if hasattr(held, "keys"):  # a map; none of ours holds messages
                continue
            parts = list(held) if field.is_repeated else [held] if part.HasField(field.name) else []
            for each in parts:
                yield from _within(whole, each, f"{where}.")
        elif field.cpp_type in _EXTREMES:
            for extreme in _EXTREMES[field.cpp_type]:
                if field.is_repeated:
                    former = list(held)
                    held[:] = [extreme] * max(1, len(former))
                    yield f"{where}={extreme}", whole.SerializeToString()
                    held[:] = former
                else:
                    setattr(part, field.name, extreme)
                    yield f"{where}={extreme}", whole.SerializeToString()
                    setattr(part, field.name, held)


def numbers(value: object) -> Iterator[float]:
    """Every number in a decoded message."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from numbers(each)
    elif isinstance(value, dict):
        yield from numbers(list(value.values()))
    elif is_dataclass(value):
        for field in fields(value):
            yield from numbers(getattr(value, field.name))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_decoder_refuses_what_is_no_number_or_gives_one(name: str) -> None:
    sample = SAMPLES[name]
    assert isinstance(sample, Coded)
    kind = type(sample)

    for where, payload in hostile(parsed(sample.encode(), kind.__name__)):
        try:
            decoded = kind.decode(payload)
        except ValueError:
            continue
        found = list(numbers(decoded))
        assert all(map(math.isfinite, found)), where
        assert all(-(2**63) <= number < 2**63 for number in found if isinstance(number, int)), where


def presences(name: str) -> Iterator[tuple[str, bytes]]:
    now = datetime.now(UTC)
    usual = MatcherPresence(name, uuid4(), now, now, 7, 2, 3, 1, 250, locked=1)
    yield from hostile(parsed(usual.encode(), "MatcherPresence"))
    forty = timedelta(days=40)
    for off in (forty, -forty):
        ours = replace(usual, started_at=now + off, at=now + off, clock_skew_us=off // timedelta(microseconds=1))
        yield f"a clock {off} off", ours.encode()


async def test_no_presence_keeps_that_of_a_healthy_matcher_from_the_record(database: servers.Database) -> None:
    owner = await asyncpg.connect(database.owner)
    async with Database.open(database.matcher, password=None) as opened:
        store, jobs = ReplicaStore(opened), JobStore(opened)
        for where, payload in presences("m1"):
            recorder = PresenceRecorder(store, Meters())
            recorder.offer(Delivery("matchers.m1", payload, {}))
            now = datetime.now(UTC)
            healthy = MatcherPresence("healthy", uuid4(), now, now, 7, 2, 3, 1, 0)
            recorder.offer(Delivery("matchers.healthy", healthy.encode(), {}))
            await recorder._write()
            assert await owner.fetchval(
                "SELECT count(*) FROM watchlist.replica WHERE incarnation = $1", healthy.incarnation
            ), where
            # What is read of it is read without a fault as well.
            await jobs.owed()
            await store.replicas()
            await owner.execute("DELETE FROM watchlist.replica")
    await owner.close()


@pytest.mark.parametrize("off", [timedelta(days=40), -timedelta(days=40), timedelta(days=2_000_000)])
async def test_a_matcher_that_says_it_begins_later_owes_no_fewer_receipts(
    database: servers.Database, off: timedelta
) -> None:
    owner = await asyncpg.connect(database.owner)
    now = datetime.now(UTC)
    async with Database.open(database.matcher, password=None) as opened:
        began = now + off if abs(off) < timedelta(days=1000) else datetime.max.replace(tzinfo=UTC)
        await ReplicaStore(opened).record_presence(MatcherPresence("m1", uuid4(), began, now, 7, 2, 3, 1, 0))

    assert await owner.fetchval("SELECT began_at < clock_timestamp() FROM watchlist.replica")
    await owner.close()


async def test_no_receipt_is_tried_for_ever(database: servers.Database) -> None:
    usual = ErasureReceipt(EntryId(str(uuid4())), "m1", uuid4(), 3, datetime.now(UTC))
    async with Database.open(database.matcher, password=None) as opened:
        record = RecordReceipt(ErasureProgressStore(opened))
        for _, payload in hostile(parsed(usual.encode(), "ErasureReceipt")):
            with suppress(ValueError, Poison):
                await record(ErasureReceipt.decode(payload))


async def test_no_sighting_is_tried_for_ever(database: servers.Database) -> None:
    async with AlertsDatabase.open(database.alerts, None, connections=2) as opened:
        record = RecordSighting(PostgresLedger(opened), CROPS.seal, EvidencePolicy(), Meters())
        for _, payload in hostile(parsed(sighted(datetime.now(UTC), uuid4()).encode(), "PersonSighted")):
            with suppress(ValueError, Poison):
                await record(replace(PersonSighted.decode(payload), sighting_id=uuid4().hex))
        await record(sighted(datetime.now(UTC), uuid4(), similarity=0.9))
        async with opened.transaction() as connection:
            assert await connection.fetchval("select bool_and(raised_at <= clock_timestamp()) from alerts.incident")


async def test_no_stop_control_is_tried_for_ever(database: servers.Database) -> None:
    usual = MatchingControl("c1", SiteId("h1"), True, "ana", "drill", datetime.now(UTC))
    async with AlertsDatabase.open(database.alerts, None, connections=2) as opened:
        record = RecordControl(opened, lambda: datetime.now(UTC))
        for _, payload in hostile(parsed(usual.encode(), "MatchingControl")):
            with suppress(ValueError, Poison):
                await record(replace(MatchingControl.decode(payload), control_id=uuid4().hex))


async def test_no_number_on_a_stream_or_in_a_face_confuses_a_matcher() -> None:
    matcher = Desk()
    await matcher.publish("e1")
    threshold = TakeThreshold(matcher.gallery, matcher.meters)
    held = ThresholdPublished(1, 0.5, "ana", NOW)

    for _, payload in hostile(parsed(entry("e2", vectors=(unit(0, 1),)).encode(), "EntryPublished")):
        await matcher.take(subjects.watchlist(EntryId("e2")), payload)
    control = MatchingControl("c1", SiteId("h1"), False, "li", "x", NOW)
    for _, payload in hostile(parsed(control.encode(), "MatchingControl")):
        await matcher.take_control(Delivery("control.h1", payload))
    for _, payload in hostile(parsed(held.encode(), "ThresholdPublished")):
        await threshold(Delivery("policy", payload))
    await threshold(Delivery("policy", held.encode()))
    for _, payload in hostile(parsed(face(unit(0, 0, 1)).encode(), "FaceEmbedded")):
        with suppress(ValueError, Poison):
            await matcher.match(FaceEmbedded.decode(payload))

    assert matcher.sighted == []
    await matcher.match(face())
    assert [sighting.entry_id for sighting in matcher.sighted] == ["e1"]
