"""Streams that somebody fills, empties or puts back are put right, and what was said on them goes on holding."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from uuid import UUID, uuid4

import asyncpg
import pytest

from access import grants, streams
from cli.audit import anchors
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import MatchingControl
from proto.wardwatch.v1.replication import ThresholdPublished
from proto.wardwatch.v1.subjects import Author, site_id
from services.alerts.control import RecordControl
from services.alerts.database import Database as AlertsDatabase
from services.chassis.bus import Bus
from services.chassis.replica import messages
from services.chassis.signing import Signatures
from services.chassis.telemetry import Meters
from services.watchlist.record.database import Database
from services.watchlist.replication.liststream import ListStream
from services.watchlist.replication.outbox import Outbox
from services.watchlist.replication.relay import Relay
from services.watchlist.replication.stream_writer import StreamWriter
from tests.buses import connected, signatures
from tests.fakes import eventually
from tests.live.hospital import Hospital

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]

# Loss, repair and what follows from it take seconds each, on a machine that may be busy.
soon = partial(eventually, within_seconds=40)
# Whatever of the API of the broker a credential may ask, the answer goes where it says.
_ASKED_OF_THE_BROKER = "$SYS.REQ.USER.INFO"


async def have_stored(hospital: Hospital, user: str, subject: str, *, count: int = 1) -> None:
    """What *user* can do: have the broker store an answer on *subject*. Returns once it is stored."""
    operator, attacker = await hospital.bus(grants.OPERATOR), await hospital.bus(user)
    stream = subjects.stream_of(subject)
    assert stream is not None
    wanted = (await operator.stream.stream_info(stream.name)).state.last_seq + count
    for _ in range(count):
        await attacker.client.publish(_ASKED_OF_THE_BROKER, b"", reply=subject)

    async def stored() -> bool:
        return (await operator.stream.stream_info(stream.name)).state.last_seq >= wanted

    await soon(stored)


@pytest.fixture
async def owner(hospital: Hospital) -> "asyncpg.Connection[asyncpg.Record]":
    return await hospital.owner()


async def repaired(owner: "asyncpg.Connection[asyncpg.Record]") -> set[tuple[str, str]]:
    """What was noted of repairs."""
    return {(row["stream"], row["cause"]) for row in await owner.fetch("SELECT stream, cause FROM broker.repair")}


async def all_signed(bus: Bus, stream: str) -> bool:
    held = [each async for each in messages(bus, stream)]
    return bool(held) and not any(each.forged for each in held)


async def ends_signed(bus: Bus, stream: subjects.Stream) -> bool:
    last = await bus.last_of(stream.name, stream.subject.pattern)
    return last is not None and not last.forged


async def has_control(bus: Bus, *, stopped: bool) -> bool:
    last = await bus.last_of("CONTROL", "control.h1")
    return last is not None and not last.forged and MatchingControl.decode(last.payload).stopped is stopped


def stop_order(at: datetime, site: str = "h1") -> MatchingControl:
    return MatchingControl(str(uuid4()), site_id(site), True, "ana.ruiz", "drill", at)


async def test_three_messages_that_push_an_entry_out_bring_it_back(
    hospital: Hospital, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    record = await hospital.record()
    async with hospital.watchlist():
        entry = await record.active()
        async with hospital.matcher() as matcher:
            await matcher.can_match(1)
            await have_stored(hospital, "alerts", subjects.watchlist(subjects.EntryId(str(entry))), count=3)
            stream = ListStream(await hospital.bus(grants.WATCHLIST_RECORD))

            async def back() -> bool:
                last = await stream.last(subjects.EntryId(str(entry)))
                return last is not None and last.effect is not None and last.effect.templates == 1

            await soon(back)
            assert await matcher.metric("wardwatch_index_templates") == 1
        async with hospital.matcher() as late:
            await late.can_match(1)

        async def told() -> bool:
            return ("WATCHLIST", "forged") in await repaired(owner)

        await soon(told)


async def test_a_reply_of_the_desk_sets_no_threshold(hospital: Hospital) -> None:
    async with hospital.watchlist() as watchlist, hospital.matcher() as matcher:
        alerts = await hospital.bus("alerts")
        policy = await hospital.bus(grants.WATCHLIST_RECORD)

        await soon(lambda: ends_signed(policy, subjects.POLICY_STREAM))
        before = await policy.last_of("POLICY", "policy.threshold")
        await alerts.client.publish(subjects.desk("list_entries"), b"", reply="policy.threshold")
        # Requests are answered in turn, so this one shows that the other is over.
        await soon(lambda: _dropped(watchlist.metric))
        assert await policy.last_of("POLICY", "policy.threshold") == before
        await have_stored(hospital, "alerts", "policy.threshold")

        await soon(lambda: ends_signed(policy, subjects.POLICY_STREAM))
        assert await matcher.metric("wardwatch_match_threshold_ratio") == 0.5
        async with hospital.matcher("m2") as late:
            assert await late.metric("wardwatch_match_threshold_ratio") == 0.5


async def _dropped(metric: object) -> bool:
    assert callable(metric)
    return bool(await metric('wardwatch_requests_dropped_total{reason="reply_is_no_inbox"}') == 1)


@pytest.mark.parametrize("how", ["wiped", "said again", "filled"])
async def test_a_stopped_site_stays_stopped_whatever_befalls_the_stream(
    hospital: Hospital, owner: "asyncpg.Connection[asyncpg.Record]", how: str
) -> None:
    operator = await hospital.bus(grants.OPERATOR)
    async with hospital.alerts():
        resumed = MatchingControl("first", site_id("h1"), False, "ana.ruiz", "over", datetime(2026, 11, 1, tzinfo=UTC))
        await operator.publish_owed("control.h1", resumed.encode(), message_id="first")
        stop = stop_order(datetime(2026, 11, 2, tzinfo=UTC))
        await operator.publish_owed("control.h1", stop.encode(), message_id=stop.control_id)
        await soon(lambda: _recorded(owner, stop))
        match how:
            case "wiped":
                await asyncio.to_thread(hospital.nats.lose, "CONTROL")
                await streams.ensure(hospital.nats.url, hospital.nats.seed_file("operator"))
            case "put back":
                await operator.publish_owed("control.h1", resumed.encode(), message_id="again")
            case _:
                await have_stored(hospital, "matcher-record", "control.h1", count=1001)

        await soon(lambda: _is_told(owner, "CONTROL"))
        await soon(lambda: has_control(operator, stopped=True))
        async with hospital.matcher() as matcher:
            await soon(lambda: _stopped(matcher.metric))


async def _recorded(owner: "asyncpg.Connection[asyncpg.Record]", control: MatchingControl) -> bool:
    query = "SELECT EXISTS (SELECT FROM alerts.control WHERE control_id = $1)"
    return bool(await owner.fetchval(query, control.control_id))


async def _stopped(metric: object) -> bool:
    assert callable(metric)
    return bool(await metric("wardwatch_matching_stopped") == 1)


async def _is_told(owner: "asyncpg.Connection[asyncpg.Record]", stream: str) -> bool:
    return any(each == stream for each, _ in await repaired(owner))


async def test_an_audit_head_that_nobody_signed_breaks_no_verification(
    hospital: Hospital, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await hospital.sign_in("ana.ruiz", "administrator")
    operator = await hospital.bus(grants.OPERATOR)
    folder = hospital.nats.credentials_dir
    broker = anchors.Broker(hospital.nats.url, hospital.nats.seed_file("operator"), signatures(Author.OPERATOR, folder))

    async with hospital.alerts(ANCHOR_SECONDS="0.2"):
        await soon(lambda: ends_signed(operator, subjects.AUDIT_STREAM))
        await have_stored(hospital, "alerts", "audit.head")
        await soon(lambda: ends_signed(operator, subjects.AUDIT_STREAM))
        found = await anchors.published(broker)

    assert found.unsigned == 1
    assert len(found.anchors) >= 2
    assert ("AUDIT", "forged") in await repaired(owner)


async def test_keys_that_the_stream_lost_come_back_from_memory(
    hospital: Hospital, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    record = await hospital.record()
    async with hospital.watchlist():
        await record.active()
        async with hospital.matcher() as matcher:
            await matcher.can_match(1)
        await asyncio.to_thread(hospital.nats.lose, "KEYRING")
        await streams.ensure(hospital.nats.url, hospital.nats.seed_file("operator"))
        async with hospital.matcher() as late:
            await late.can_match(1)

        async def told() -> bool:
            return ("KEYRING", "lost") in await repaired(owner)

        await soon(told)


class _Former:
    """The version before messages were signed: nothing bears a signature, and all is believed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __enter__(self) -> None:
        def headers(_self: Signatures, _subject: str, _payload: bytes, others: dict[str, str] | None) -> dict[str, str]:
            return dict(others or {})

        self._monkeypatch.setattr(Signatures, "headers", headers)
        self._monkeypatch.setattr(Signatures, "believes", lambda *_: True)

    def __exit__(self, *_: object) -> None:
        self._monkeypatch.undo()


async def test_a_former_installation_is_signed_anew_at_the_first_start(hospital: Hospital) -> None:
    stopped = stop_order(datetime(2026, 11, 2, tzinfo=UTC), site="h2")
    with _Former(pytest.MonkeyPatch()):
        entry, erased = await _leave_a_former_installation(hospital, stopped)
    operator = await hospital.bus(grants.OPERATOR)
    watchlist_bus = await hospital.bus(grants.WATCHLIST_RECORD)
    assert not [each async for each in messages(watchlist_bus, "KEYRING") if not each.forged]

    async with hospital.watchlist(), hospital.alerts(SITES="h1,h2"), hospital.matcher() as matcher:
        await matcher.can_match(1)
        await soon(lambda: _stopped(matcher.metric))
        await soon(lambda: all_signed(watchlist_bus, "WATCHLIST"))
        await soon(lambda: all_signed(watchlist_bus, "KEYRING"))
        await soon(lambda: ends_signed(watchlist_bus, subjects.POLICY_STREAM))
        last = await operator.last_of("CONTROL", "control.h2")
        assert last is not None
        assert MatchingControl.decode(last.payload) == stopped
        held = await watchlist_bus.all_of("KEYRING", subjects.keys(str(erased)))
        sighting = await hospital.sees(1)

    assert len(held) == 1
    assert sighting.entry_id == str(entry)


async def _leave_a_former_installation(hospital: Hospital, stopped: MatchingControl) -> tuple[UUID, UUID]:
    """An active entry, the tombstone of another one's key, a threshold and a stopped site, all unsigned."""
    record, keyring = await hospital.record(), await hospital.keyring()
    bus = await hospital.bus(grants.WATCHLIST_RECORD)
    entry, erased = await record.active(), uuid4()
    await keyring.make(erased)
    await keyring.destroy(erased)
    async with Database.open(hospital.database.matcher, password=None) as database:
        relay = Relay(Outbox(database), StreamWriter(ListStream(bus), Meters()), Meters(), interval_seconds=1)
        while await Outbox(database).relay(relay.publish):
            pass
    threshold = ThresholdPublished(1, 0.5, "wardwatch", datetime(2026, 11, 1, tzinfo=UTC))
    await bus.publish_owed("policy.threshold", threshold.encode(), message_id="threshold")
    async with (
        connected(hospital.nats, "operator") as operator,
        AlertsDatabase.open(hospital.database.alerts, None, connections=4) as alerts,
    ):
        await operator.publish_owed("control.h2", stopped.encode(), message_id=stopped.control_id)
        await RecordControl(alerts, lambda: stopped.at)(stopped)
    return entry, erased
