"""How the list reaches matchers and is taken back: all of them as processes, on a real nats-server and PostgreSQL.

Figures are said, not asserted tightly: run with --log-cli-level=INFO.
"""

import asyncio
import logging
import signal
from dataclasses import dataclass
from time import perf_counter
from uuid import UUID

import asyncpg
import pytest

from access import grants, streams
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import MatcherPresence, ThresholdPublished
from proto.wardwatch.v1.subjects import CameraId, EntryId, Place, SiteId
from proto.wardwatch.v1.values import EntryState
from proto.wardwatch.v1.walk_counts import WalksCounted
from services.chassis.telemetry import Meters
from services.watchlist.federation.travel_keys import TravelKeys
from services.watchlist.record.database import Database
from services.watchlist.record.travel_key_store import TravelKeyStore
from services.watchlist.replication.erasure_progress import ErasureProgressStore
from services.watchlist.replication.erasures import ErasureFollowUp
from services.watchlist.replication.liststream import ListStream
from services.watchlist.replication.outbox import RELAY_LOCK
from tests.contract.record import Record
from tests.fakes import eventually
from tests.live.hospital import Hospital

log = logging.getLogger(__name__)

GATE = Place(SiteId("h1"), CameraId("gate"))

pytestmark = [pytest.mark.live, pytest.mark.timeout(90)]


@dataclass(frozen=True, slots=True)
class Written:
    """The watchlist's tables, as far as they tell of changes and erasures."""

    owner: "asyncpg.Connection[asyncpg.Record]"

    async def outbox_is_empty(self) -> bool:
        return bool(await self.owner.fetchval("SELECT NOT EXISTS (SELECT FROM watchlist.outbox)"))

    async def is_true(self, query: str) -> bool:
        return bool(await self.owner.fetchval(query))

    async def owing(self, entry: UUID) -> list[str]:
        """Matchers that have not signed the erasure of *entry*."""
        rows = await self.owner.fetch(
            "SELECT name FROM watchlist.owed_receipt WHERE entry_id = $1 ORDER BY name", entry
        )
        return [row["name"] for row in rows]

    async def is_complete(self, entry: UUID) -> bool:
        clean = await self.owner.fetchval(
            "SELECT key_destroyed_at IS NOT NULL AND stream_purged_at IS NOT NULL FROM watchlist.erasure"
            " WHERE entry_id = $1",
            entry,
        )
        return bool(clean) and not await self.owing(entry)

    async def known(self) -> list[str]:
        """Matchers that the record counts as present."""
        rows = await self.owner.fetch("SELECT name FROM watchlist.replica WHERE ended_at IS NULL ORDER BY name")
        return [row["name"] for row in rows]

    async def live_after(self) -> float:
        """Seconds from the commit of the last change until all matchers had it, as the record has it."""

        async def live() -> bool:
            query = "SELECT live_at IS NOT NULL FROM watchlist.generation ORDER BY number DESC LIMIT 1"
            return bool(await self.owner.fetchval(query))

        await eventually(live)
        return float(
            await self.owner.fetchval(
                "SELECT extract(epoch FROM live_at - committed_at)::float8 FROM watchlist.generation"
                " ORDER BY number DESC LIMIT 1"
            )
        )


@pytest.fixture
async def record(hospital: Hospital) -> Record:
    return await hospital.record()


@pytest.fixture
async def written(hospital: Hospital) -> Written:
    return Written(await hospital.owner())


async def erase(hospital: Hospital, record: Record, entry: UUID) -> None:
    """Erase as the desk does: the data key is destroyed at once, or else by the service at its next round."""
    await record.erase(entry)
    stream = ListStream(await hospital.bus(grants.WATCHLIST_RECORD))
    async with Database.open(hospital.database.matcher, password=None) as database:
        keyring = await hospital.keyring()
        travel_keys = TravelKeys(TravelKeyStore(database), keyring)
        progress = ErasureProgressStore(database)
        await ErasureFollowUp(progress, keyring, travel_keys, stream, Meters()).after_erasure(entry)


async def last_message(hospital: Hospital, entry: UUID) -> tuple[EntryState, int] | None:
    """State and number of vectors of an entry's last message."""
    messages = await ListStream(await hospital.bus(grants.WATCHLIST_RECORD)).messages(EntryId(str(entry)))
    if not messages:
        return None
    assert messages[-1].effect is not None
    return messages[-1].effect.state, messages[-1].effect.templates


async def test_approval_and_revocation_are_live_on_both_within_two_seconds(
    hospital: Hospital, record: Record, written: Written
) -> None:
    async with hospital.watchlist(), hospital.matcher("m1") as one, hospital.matcher("m2") as two:
        (entry,) = await record.drafts(1, photos=2)
        await record.submit(entry)
        await written.live_after()

        began = perf_counter()
        await record.approve(entry)
        await asyncio.gather(one.can_match(2), two.can_match(2))
        approved, approved_by_record = perf_counter() - began, await written.live_after()

        began = perf_counter()
        await record.revoke(entry)
        await asyncio.gather(one.can_match(0), two.can_match(0))
        revoked, revoked_by_record = perf_counter() - began, await written.live_after()

    log.info("approved: on 2 of 2 matchers after %.2f s (%.2f s by the record)", approved, approved_by_record)
    log.info("revoked: gone from 2 of 2 matchers after %.2f s (%.2f s by the record)", revoked, revoked_by_record)
    assert max(approved, revoked, approved_by_record, revoked_by_record) < 2


async def test_what_matchers_count_becomes_the_thresholds_that_they_are_told(
    hospital: Hospital, record: Record, written: Written
) -> None:
    """Through the real streams: a budget that two people approved, and counts of one camera."""
    counts = WalksCounted(UUID(int=7), 1, GATE, 2_100, tuple(1_000 if 60 <= each < 80 else 10 for each in range(200)))
    matcher, watchlist = await hospital.bus(grants.MATCHER_RECORD), await hospital.bus(grants.WATCHLIST_RECORD)
    await matcher.publish_owed(subjects.counts(GATE), counts.encode(), message_id="7/1")
    await written.owner.execute(
        "INSERT INTO watchlist.threshold (min_similarity, reason, asked_by_id, asked_by_name, weekly_false_alerts)"
        " VALUES (0.5, 'what we can bear', gen_random_uuid(), 'ana', 1)"
    )

    async def told() -> bool:
        last = await watchlist.last_of(subjects.POLICY_STREAM.name, subjects.POLICY.pattern)
        cameras = () if last is None else ThresholdPublished.decode(last.payload).cameras
        return any((each.site, each.camera) == (GATE.site, GATE.camera) for each in cameras)

    async with hospital.watchlist():
        await eventually(
            lambda: written.is_true("SELECT EXISTS (SELECT FROM watchlist.walk_count WHERE camera = 'gate')"),
            within_seconds=30,
        )
        superuser = await asyncpg.connect(hospital.database.superuser)
        async with superuser.transaction():
            # Whether somebody else may approve it is not what this is about.
            await superuser.execute("SET LOCAL session_replication_role = replica")
            await superuser.execute(
                "UPDATE watchlist.threshold SET approved_by_id = gen_random_uuid(), approved_by_name = 'li',"
                " approved_at = now() WHERE approved_at IS NULL"
            )
        await superuser.close()
        await eventually(told, within_seconds=60)


@pytest.mark.long
@pytest.mark.timeout(240)
async def test_an_import_of_three_thousand_goes_out_and_live(
    hospital: Hospital, record: Record, written: Written
) -> None:
    async with hospital.watchlist(), hospital.matcher("m1") as one:
        entries = await record.drafts(3_000, photos=2)

        began = perf_counter()
        await record.submit(*entries)
        committed = perf_counter()
        await eventually(written.outbox_is_empty, within_seconds=60)
        submitted = perf_counter()
        await record.approve(*entries)
        approved = perf_counter()
        await eventually(written.outbox_is_empty, within_seconds=60)
        out = perf_counter()
        await one.can_match(6_000)
        live = perf_counter()
    ended = perf_counter()
    async with hospital.matcher() as matcher:
        ready = perf_counter()
        assert await matcher.metric("wardwatch_index_templates") == 6_000

    log.info("3,000 submitted: committed in %.2f s, out %.2f s later", committed - began, submitted - committed)
    log.info(
        "3,000 approved: committed in %.2f s, out %.2f s later, live %.2f s after that",
        approved - submitted,
        out - approved,
        live - out,
    )
    log.info("ready %.2f s after the start with 3,000 entries", ready - ended)
    generations = await written.owner.fetch("SELECT published_at, published_sequence FROM watchlist.generation")
    assert all(row["published_at"] is not None for row in generations)


async def test_killed_between_publishing_and_marking_a_change_has_one_effect(
    hospital: Hospital, record: Record, written: Written
) -> None:
    stream = ListStream(await hospital.bus(grants.WATCHLIST_RECORD))
    async with hospital.matcher() as matcher, hospital.watchlist() as watchlist:
        (entry,) = await record.drafts(1)
        await record.submit(entry)
        await eventually(written.outbox_is_empty)
        holder = await asyncpg.connect(hospital.database.owner)
        # Marking a change, which removes its row, has to wait for a lock that the test holds.
        await holder.execute(
            "CREATE FUNCTION watchlist.wait() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM pg_advisory_xact_lock(7); RETURN OLD; END';"
            "CREATE TRIGGER wait BEFORE DELETE ON watchlist.outbox FOR EACH ROW EXECUTE FUNCTION watchlist.wait();"
            "SELECT pg_advisory_lock(7)"
        )
        await record.approve(entry)
        await matcher.can_match(1)
        published = await stream.last_sequence()
        await watchlist.kill()
        await holder.close()  # and the lock with it
    assert not await written.outbox_is_empty()

    async with hospital.watchlist(), hospital.matcher() as matcher:
        await eventually(written.outbox_is_empty)
        await matcher.can_match(1)

    assert await stream.last_sequence() == published
    assert await last_message(hospital, entry) == (EntryState.ACTIVE, 1)


async def test_a_replica_that_freezes_while_it_publishes_keeps_no_other_from_it(
    hospital: Hospital, record: Record, written: Written
) -> None:
    relay_lock = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND granted"

    async def relaying() -> bool:
        return bool(await written.owner.fetchval(relay_lock, RELAY_LOCK & 0xFFFFFFFF))

    async with hospital.matcher() as matcher, hospital.watchlist() as frozen:
        entry = await record.active()
        await matcher.can_match(1)
        await eventually(written.outbox_is_empty)
        hospital.nats.freeze()
        await record.revoke(entry)
        # Not a moment of a look that found nothing: the outbox holds something, and the broker does not take it.
        await eventually(relaying)
        frozen.process.send_signal(signal.SIGSTOP)
        hospital.nats.thaw()
        async with hospital.watchlist():
            began = perf_counter()
            await eventually(written.outbox_is_empty, within_seconds=40)
            log.info("the other published %.2f s after its start", perf_counter() - began)
            frozen.process.send_signal(signal.SIGCONT)
            await matcher.can_match(0)

    assert await last_message(hospital, entry) == (EntryState.REVOKED, 0)


async def test_a_broker_that_is_started_again_costs_no_change(
    hospital: Hospital, record: Record, written: Written
) -> None:
    async with hospital.watchlist(), hospital.matcher("m1") as one, hospital.matcher("m2") as two:
        first = await record.active()
        await asyncio.gather(one.can_match(1), two.can_match(1))
        (second,) = await record.drafts(1)
        await record.submit(second)
        await asyncio.to_thread(hospital.nats.kill)
        await record.approve(second)
        await record.revoke(first)
        await asyncio.to_thread(hospital.nats.restart)

        await eventually(written.outbox_is_empty, within_seconds=40)
        await asyncio.gather(one.can_match(1), two.can_match(1))

    assert await last_message(hospital, first) == (EntryState.REVOKED, 0)
    assert await last_message(hospital, second) == (EntryState.ACTIVE, 1)


async def test_a_stream_that_was_wiped_is_filled_from_the_record_at_the_start(
    hospital: Hospital, record: Record, written: Written
) -> None:
    async with hospital.watchlist(), hospital.matcher() as matcher:
        listed, ended = await record.active(photos=2), await record.active()
        await record.revoke(ended)
        await matcher.can_match(2)
        await eventually(written.outbox_is_empty)
    await asyncio.to_thread(hospital.nats.lose, subjects.WATCHLIST_STREAM.name)
    await streams.ensure(hospital.nats.url, hospital.nats.seed_file("operator"))
    bus = await hospital.bus(grants.WATCHLIST_RECORD)
    await eventually(lambda: bus.client.is_connected)
    assert await ListStream(bus).last_sequence() == 0

    began = perf_counter()
    async with hospital.watchlist(), hospital.matcher() as matcher:
        await matcher.can_match(2)
        log.info("a wiped stream was full again %.2f s after the start", perf_counter() - began)
        await eventually(written.outbox_is_empty)

    assert await last_message(hospital, listed) == (EntryState.ACTIVE, 2)
    assert await last_message(hospital, ended) == (EntryState.REVOKED, 0)


async def test_an_erasure_is_complete_once_every_matcher_has_signed(
    hospital: Hospital, record: Record, written: Written
) -> None:
    async with hospital.watchlist(), hospital.matcher("m1") as one, hospital.matcher("m2") as two:
        entry = await record.active(photos=2)
        await asyncio.gather(one.can_match(2), two.can_match(2))
        await record.revoke(entry)

        began = perf_counter()
        await erase(hospital, record, entry)
        await eventually(lambda: written.is_complete(entry), within_seconds=40)
        complete = perf_counter() - began

    log.info("erased: key destroyed, stream clean and 2 of 2 receipts after %.2f s", complete)
    assert await last_message(hospital, entry) == (EntryState.ERASED, 0)
    assert await written.owner.fetchval("SELECT count(*) FROM watchlist.receipt") == 2


async def test_an_erasure_waits_for_a_matcher_that_was_cut_off(
    hospital: Hospital, record: Record, written: Written
) -> None:
    async with hospital.watchlist(), hospital.matcher("m1") as one, hospital.matcher("m2") as two:
        entry = await record.active(photos=2)
        await asyncio.gather(one.can_match(2), two.can_match(2))

        async def both_known() -> bool:
            return await written.known() == ["m1", "m2"]

        await eventually(both_known)
        two.process.send_signal(signal.SIGSTOP)
        began = perf_counter()
        await record.revoke(entry)
        await erase(hospital, record, entry)

        async def only_the_second_owes() -> bool:
            return await written.owing(entry) == ["m2"]

        await eventually(only_the_second_owes, within_seconds=40)
        first_signed = perf_counter() - began
        assert not await written.is_complete(entry)
        two.process.send_signal(signal.SIGCONT)
        came_back = perf_counter()
        await two.can_match(0)
        gone = perf_counter() - came_back
        await eventually(lambda: written.is_complete(entry), within_seconds=40)
        log.info(
            "erased: the first matcher signed after %.2f s; the one that was cut off could match nobody %.2f s after it"
            " came back and had signed after %.2f s",
            first_signed,
            gone,
            perf_counter() - came_back,
        )
        assert gone < 2
        receipts = await written.owner.fetch("SELECT replica, index_generation FROM watchlist.receipt ORDER BY 1")

    assert await last_message(hospital, entry) == (EntryState.ERASED, 0)
    assert [row["replica"] for row in receipts] == ["m1", "m2"]
    assert all(row["index_generation"] > 0 for row in receipts)


async def test_a_matcher_that_ends_owes_nothing_and_a_killed_one_does(
    hospital: Hospital, record: Record, written: Written
) -> None:
    async with hospital.watchlist(), hospital.matcher("m1") as one:
        entry = await record.active()
        async with hospital.matcher("m2") as two:
            await asyncio.gather(one.can_match(1), two.can_match(1))
            two.process.kill()
            await two.process.wait()
        async with hospital.matcher("m3") as three:
            await three.can_match(1)
        await record.revoke(entry)
        await record.erase(entry)

        async def the_killed_one_owes() -> bool:
            return await written.owing(entry) == ["m2"]

        await eventually(the_killed_one_owes, within_seconds=40)
        async with hospital.matcher("m2"):
            await eventually(lambda: written.is_complete(entry), within_seconds=40)


async def test_every_matcher_answers_the_roll_with_how_far_it_is(
    hospital: Hospital, record: Record, written: Written
) -> None:
    async def none_is_left() -> bool:
        return await written.known() == []

    async with hospital.watchlist():
        async with hospital.matcher("m1") as one, hospital.matcher("m2") as two:
            await record.active(photos=2)
            await asyncio.gather(one.can_match(2), two.can_match(2))
            bus = await hospital.bus(grants.WATCHLIST_RECORD)
            last = await ListStream(bus).last_sequence()

            answers = await bus.ask_all(subjects.ROLL.pattern, b"", within_seconds=5, expected=2)

        await eventually(none_is_left)

    by_name = {presence.name: presence for presence in map(MatcherPresence.decode, answers)}
    assert {
        name: (presence.applied_sequence, presence.entries, presence.templates) for name, presence in by_name.items()
    } == {
        "m1": (last, 1, 2),
        "m2": (last, 1, 2),
    }
    assert all(abs(presence.clock_skew_us) < 1_000_000 for presence in by_name.values())


async def test_the_running_service_deletes_reports_a_day_after_the_end(
    hospital: Hospital, record: Record, written: Written
) -> None:
    await record.active()  # a change of the list, which commits refer to
    ended = {
        "committed yesterday": await _import(written, "committed", committed="25 hours"),
        "undone yesterday": await _import(written, "undone", committed="30 hours", ended="25 hours"),
    }
    current = {
        "committed today": await _import(written, "committed", committed="23 hours"),
        "undone today": await _import(written, "undone", committed="30 hours", ended="23 hours"),
        "open for long": await _import(written, "open"),
    }

    async with hospital.watchlist() as watchlist:
        await eventually(lambda: watchlist.logged("reports of imports deleted"), within_seconds=40)

    left = {row["batch_id"] for row in await written.owner.fetch("SELECT batch_id FROM watchlist.batch_item")}
    assert left == set(current.values())
    assert not left & set(ended.values())


async def _import(written: Written, state: str, *, committed: str | None = None, ended: str | None = None) -> UUID:
    """An import of so long ago, with one row in its report."""
    batch: UUID = await written.owner.fetchval(
        "INSERT INTO watchlist.batch (id, state, purpose, author_id, author_name, committed_at, generation, ended_at)"
        " SELECT gen_random_uuid(), $1::text::watchlist.batch_state, '{}', gen_random_uuid(), 'ana',"
        " now() - $2::text::interval, CASE WHEN $2::text IS NOT NULL THEN (SELECT max(number) FROM"
        " watchlist.generation) END, now() - $3::text::interval RETURNING id",
        state,
        committed,
        ended,
    )
    await written.owner.execute(
        "INSERT INTO watchlist.batch_item (batch_id, item_lookup, kind, sealed_item, verdict)"
        " VALUES ($1, decode(repeat('11', 32), 'hex'), 'file', decode(repeat('00', 40), 'hex'), 'ready')",
        batch,
    )
    return batch
