"""Erasures, receipts and replicas on a real PostgreSQL: who owes a receipt, what is live, and what expires."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from proto.wardwatch.v1.replication import ErasureReceipt, MatcherPresence, OwedReceipts
from proto.wardwatch.v1.subjects import EntryId
from services.chassis.clocks import ClockJumped
from services.watchlist.record.database import Database
from services.watchlist.replication.erasure_progress import ErasureProgressStore
from services.watchlist.replication.job_store import JobStore
from services.watchlist.replication.outbox import Outbox
from services.watchlist.replication.replica_store import ReplicaStore
from tests import servers
from tests.contract import clock
from tests.contract.record import APPROVER, Record, keyring
from tests.contract.test_outbox import Stream

LATER = timedelta(seconds=1)


@dataclass
class Place:
    """The record with its stores; ``owner`` may change time stamps."""

    record: Record
    replicas: ReplicaStore
    progress: ErasureProgressStore
    jobs: JobStore
    outbox: Outbox
    owner: "asyncpg.Connection[asyncpg.Record]"
    began: dict[UUID, datetime] = field(default_factory=dict)

    async def report_presence(
        self,
        name: str = "m1",
        *,
        incarnation: UUID | None = None,
        started_at: datetime | None = None,
        applied_sequence: int = 0,
        ending: bool = False,
    ) -> UUID:
        """Record a presence, of a new process unless *incarnation* is given; returns its incarnation."""
        process = incarnation or uuid4()
        began = self.began.setdefault(process, started_at or datetime.now(UTC))
        await self.replicas.record_presence(
            MatcherPresence(name, process, began, datetime.now(UTC), applied_sequence, 1, 1, 1, 0, ending)
        )
        return process

    async def erased(self) -> UUID:
        """An entry that was on the list and is erased; its tombstone is on the stream."""
        entry = await self.record.active()
        await self.record.revoke(entry)
        await self.record.erase(entry)
        await self.outbox.relay(Stream().publish)
        return entry

    async def owing(self, entry: UUID) -> list[str]:
        found = await self.progress.erasure(entry)
        assert found is not None
        return [owed.matcher for owed in found[2]]

    async def sign(self, entry: UUID, name: str, incarnation: UUID) -> bool:
        receipt = ErasureReceipt(EntryId(str(entry)), name, incarnation, 3, datetime.now(UTC))
        return await self.progress.record_receipt(receipt)

    async def present(self) -> list[UUID]:
        """Incarnations of the matchers that the record counts as present."""
        rows = await self.owner.fetch("SELECT incarnation FROM watchlist.replica WHERE ended_at IS NULL")
        return [row["incarnation"] for row in rows]

    async def silence(self, name: str) -> None:
        """Make the matcher's last presence a minute old."""
        await self.owner.execute("UPDATE watchlist.replica SET seen_at = now() - interval '1 m' WHERE name = $1", name)


@pytest.fixture
async def place(database: servers.Database) -> AsyncIterator[Place]:
    owner = await asyncpg.connect(database.owner)
    async with Record.open(database, keyring()) as record, Database.open(database.matcher, password=None) as opened:
        yield Place(record, ReplicaStore(opened), ErasureProgressStore(opened), JobStore(opened), Outbox(opened), owner)
    await owner.close()


async def test_every_matcher_that_is_there_owes_a_receipt_until_it_has_signed(place: Place) -> None:
    one, two = await place.report_presence("m1"), await place.report_presence("m2")
    entry = await place.erased()
    owing = [await place.owing(entry)]

    assert await place.sign(entry, "m1", one)
    owing.append(await place.owing(entry))
    assert await place.sign(entry, "m2", two)
    owing.append(await place.owing(entry))

    assert owing == [["m1", "m2"], ["m2"], []]
    found = await place.progress.erasure(entry)
    assert found is not None
    assert [(r.matcher, r.incarnation, r.index_generation) for r in found[1]] == [("m1", one, 3), ("m2", two, 3)]


async def test_a_receipt_is_recorded_once_and_one_for_no_erasure_not_at_all(place: Place) -> None:
    one = await place.report_presence("m1")
    entry = await place.erased()

    recorded = [await place.sign(entry, "m1", one) for _ in range(2)]

    assert recorded == [True, False]
    assert not await place.sign(uuid4(), "m1", one)


async def test_a_matcher_started_after_the_stream_was_clean_owes_nothing(place: Place) -> None:
    entry = await place.erased()
    await place.report_presence("new", started_at=datetime.now(UTC) + LATER)

    assert await place.owing(entry) == []


async def test_while_the_tombstone_is_not_on_the_stream_every_matcher_owes(place: Place) -> None:
    entry = await place.record.active()
    await place.record.revoke(entry)
    await place.record.erase(entry)
    await place.report_presence("new", started_at=datetime.now(UTC) + LATER)

    assert await place.owing(entry) == ["new"]


async def test_for_a_draft_that_was_thrown_away_nobody_owes_anything(place: Place) -> None:
    await place.report_presence("m1")
    (draft,) = await place.record.drafts(1)
    await place.record.erase(draft)

    assert await place.owing(draft) == []


async def test_a_clock_that_is_ahead_excuses_nobody(place: Place) -> None:
    entry = await place.erased()
    ahead = timedelta(minutes=10)
    presence = MatcherPresence(
        "m1", uuid4(), datetime.now(UTC) + ahead - LATER, datetime.now(UTC) + ahead, 0, 1, 1, 1, 600_000_000
    )
    await place.owner.execute("UPDATE watchlist.erasure SET stream_purged_at = now()")

    await place.replicas.record_presence(presence)

    assert await place.owing(entry) == ["m1"]


async def test_a_matcher_that_ends_or_is_started_again_took_its_memory_with_it(place: Place) -> None:
    one, _ = await place.report_presence("m1"), await place.report_presence("m2")
    entry = await place.erased()

    await place.report_presence("m1", incarnation=one, ending=True)
    await place.report_presence("m2", started_at=datetime.now(UTC) + LATER)

    assert await place.owing(entry) == []


async def test_a_process_that_ended_does_not_come_back_by_a_late_word(place: Place) -> None:
    one = await place.report_presence("m1")
    await place.report_presence("m1", incarnation=one, ending=True)
    await place.report_presence("m1", incarnation=one)

    assert await place.replicas.replicas() == []


async def test_a_late_word_of_a_former_process_replaces_nothing(place: Place) -> None:
    began = datetime.now(UTC)
    former = await place.report_presence("m1", started_at=began)
    present = await place.report_presence("m1", started_at=began + LATER)
    await place.report_presence("m1", incarnation=former, started_at=began)
    await place.report_presence("m1", incarnation=former, started_at=began, ending=True)

    assert await place.present() == [present]


async def test_a_process_heard_only_at_its_end_took_the_former_s_place(place: Place) -> None:
    began = datetime.now(UTC)
    await place.report_presence("m1", started_at=began)  # and killed
    entry = await place.erased()

    await place.report_presence("m1", started_at=began + LATER, ending=True)

    assert await place.present() == []
    assert await place.owing(entry) == []


@pytest.mark.parametrize("ended_well", [False, True], ids=["killed", "ended"])
async def test_a_late_word_brings_no_former_process_back_after_its_successor(place: Place, ended_well: bool) -> None:
    began = datetime.now(UTC)
    former = await place.report_presence("m1", started_at=began)
    await place.report_presence("m1", started_at=began + LATER, ending=True)

    await place.report_presence("m1", incarnation=former, ending=ended_well)

    assert await place.present() == []


@pytest.mark.parametrize("silent", [False, True], ids=["heard", "silent"])
async def test_a_late_last_word_of_a_former_process_never_ends_the_present_one(place: Place, silent: bool) -> None:
    began = datetime.now(UTC)
    former = await place.report_presence("m1", started_at=began)
    present = await place.report_presence("m1", started_at=began + LATER)
    if silent:
        await place.silence("m1")

    await place.report_presence("m1", incarnation=former, ending=True)

    assert await place.present() == [present]


async def test_of_three_processes_in_a_row_the_last_is_there(place: Place) -> None:
    began = datetime.now(UTC)
    await place.report_presence("m1", started_at=began)
    second, third = uuid4(), uuid4()
    await place.report_presence("m1", incarnation=third, started_at=began + 2 * LATER)

    await place.report_presence("m1", incarnation=second, started_at=began + LATER, ending=True)
    await place.report_presence("m1", incarnation=second, started_at=began + LATER)

    assert await place.present() == [third]


async def test_a_clock_put_back_keeps_a_new_process_out_only_for_a_while(
    place: Place,
) -> None:
    former = await place.report_presence("m1")
    await place.report_presence("m1", incarnation=former, ending=True)
    early = datetime.now(UTC) - timedelta(hours=1)
    present = await place.report_presence("m1", started_at=early)
    kept_out = await place.present()
    await place.silence("m1")
    await place.report_presence("m1", incarnation=present)

    assert (kept_out, await place.present()) == ([], [present])


async def test_a_clock_put_back_keeps_a_new_process_out_while_one_is_heard(place: Place) -> None:
    await place.report_presence("m1", started_at=datetime.now(UTC))
    early = datetime.now(UTC) - timedelta(hours=1)
    present = await place.report_presence("m1", started_at=early)
    kept_out = await place.present()
    await place.silence("m1")
    await place.report_presence("m1", incarnation=present, started_at=early)

    assert kept_out != [present]
    assert await place.present() == [present]


async def test_a_matcher_that_is_not_heard_is_silent_and_still_owes(place: Place) -> None:
    await place.report_presence("m1")
    entry = await place.erased()
    await place.silence("m1")

    (replica,) = await place.replicas.replicas()
    assert replica.silent
    assert await place.owing(entry) == ["m1"]


async def test_only_a_silent_matcher_is_given_up_and_owes_once_it_is_back(place: Place) -> None:
    one = await place.report_presence("m1")
    entry = await place.erased()

    async def give_up() -> bool:
        return await place.replicas.give_up("m1", by_id=APPROVER, by_name="ana", reason="the machine burnt")

    assert not await give_up()
    await place.silence("m1")
    assert await give_up()
    assert await place.owing(entry) == []
    await place.report_presence("m1", incarnation=one)

    assert await place.owing(entry) == ["m1"]


async def test_a_change_is_live_when_every_matcher_that_is_heard_has_applied_it(place: Place) -> None:
    one, two = await place.report_presence("m1"), await place.report_presence("m2")
    await place.report_presence("gone")
    await place.silence("gone")
    (entry,) = await place.record.drafts(1)
    await place.record.submit(entry)
    before = await place.replicas.mark_live()
    await place.outbox.relay(Stream().publish)

    await place.report_presence("m1", incarnation=one, applied_sequence=1)
    partly = await place.replicas.mark_live()
    await place.report_presence("m2", incarnation=two, applied_sequence=1)
    (seconds,) = await place.replicas.mark_live()

    assert (before, partly, await place.replicas.mark_live()) == ([], [], [])
    assert 0 < seconds < 20
    generation = await place.replicas.generation(None)
    assert generation is not None
    assert (generation.number, generation.published_sequence) == (1, 1)
    assert generation.live_at is not None


async def test_an_unknown_generation_is_none(place: Place) -> None:
    assert await place.replicas.generation(None) is None
    assert await place.replicas.generation(7) is None


async def test_entries_whose_time_is_over_are_marked_and_the_change_goes_out(place: Place) -> None:
    soon, later = (
        await place.record.active(expires_at=datetime.now(UTC) + timedelta(days=1)),
        await place.record.active(),
    )
    stream = Stream()
    await place.owner.execute("ALTER TABLE watchlist.entry DISABLE TRIGGER guard_entry")
    await place.owner.execute(
        "UPDATE watchlist.entry SET expires_at = now() - interval '1 s', stands_from = now() - interval '1 day',"
        " revision = revision + 1 WHERE id = $1",
        soon,
    )
    await place.owner.execute("ALTER TABLE watchlist.entry ENABLE TRIGGER guard_entry")

    async def not_any_more() -> bool:
        return False

    with pytest.raises(ClockJumped):
        await place.jobs.expire_due(not_any_more)
    marked = [await place.jobs.expire_due(clock.believed) for _ in range(2)]
    await place.outbox.relay(stream.publish)

    assert marked == [1, 0]
    assert stream.states(soon)[-1].name == "EXPIRED"
    assert stream.states(later)[-1].name == "ACTIVE"


async def test_what_is_unfinished_is_told_until_key_and_stream_are_clean(place: Place) -> None:
    entry = await place.record.active()
    await place.record.revoke(entry)
    await place.record.erase(entry)

    unfinished = [[each.entry_id for each in await place.progress.unfinished()]]
    assert await place.progress.waits_in_outbox(entry)
    await place.outbox.relay(Stream().publish)
    unfinished.append([each.entry_id for each in await place.progress.unfinished()])
    await place.progress.key_destroyed(entry)
    unfinished.append([each.entry_id for each in await place.progress.unfinished()])

    assert unfinished == [[entry], [entry], []]
    assert not await place.progress.waits_in_outbox(entry)


async def test_what_each_process_has_not_signed_for_is_known(place: Place) -> None:
    one = await place.report_presence("m1")
    first, second = await place.erased(), await place.erased()
    await place.sign(first, "m1", one)

    assert await place.jobs.owed() == (OwedReceipts("m1", one, (EntryId(str(second)),)),)
    await place.sign(second, "m1", one)
    assert await place.jobs.owed() == ()


async def test_publishing_again_says_only_what_the_record_says(place: Place) -> None:
    active = await place.record.active(photos=2)
    (draft, thrown_away) = await place.record.drafts(2)
    await place.record.erase(thrown_away)
    await place.outbox.relay(Stream().publish)
    stream = Stream()

    written = await place.progress.publish_again([active, draft, thrown_away, uuid4()])
    again = await place.progress.publish_again([active])  # it waits already
    await place.outbox.relay(stream.publish)

    assert (written, again) == (1, 0)
    (change,) = stream.stored
    assert (change.entry_id, change.revision, len(change.templates)) == (active, 3, 2)


async def test_a_matcher_can_write_no_change_of_its_own(place: Place, database: servers.Database) -> None:
    await place.record.active()
    matcher = await asyncpg.connect(database.matcher)
    for statement in (
        "INSERT INTO watchlist.outbox (entry_id, revision, generation, state, expires_at, sites, min_similarity)"
        " SELECT id, 9, 1, 'active', now(), '{}', 0 FROM watchlist.entry",
        "UPDATE watchlist.entry SET state = 'active'",
        "DELETE FROM watchlist.erasure",
        "DELETE FROM watchlist.receipt",
        "SELECT watchlist.present_generation()",
        "SELECT sealed_label FROM watchlist.entry",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await matcher.execute(statement)
    await matcher.close()


async def test_imports_that_were_left_open_are_looked_for_by_the_matcher(place: Place) -> None:
    assert await place.jobs.end_idle_imports(clock.believed) == 0
