"""What the desk says of the matchers, by its dispatcher, on a real PostgreSQL; the test answers the roll call."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import TypeVar
from uuid import UUID, uuid4

import asyncpg
import pytest
from pydantic import BaseModel

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.imports import Liveness, ReconciliationView
from proto.wardwatch.v1.requests import DeskAnswer, DeskCall
from proto.wardwatch.v1.subjects import EntryId
from services.chassis.errors import Refusal
from services.chassis.telemetry import Meters
from services.matcher.presence import AnswerRoll, MatcherProcess, Presence, Progress, Reading
from services.watchlist.desk.dispatcher import Dispatcher
from services.watchlist.desk.matchers import MatcherDesk
from services.watchlist.desk.rate_limit import RateLimit
from services.watchlist.record.database import Database
from services.watchlist.replication.outbox import Outbox
from services.watchlist.replication.reconcile_store import ReconcileStore, Requester
from services.watchlist.replication.replica_store import ReplicaStore
from services.watchlist.rules.holder import Holder
from tests import servers
from tests.contract.record import Record, keyring
from tests.contract.test_outbox import Stream
from tests.fakes import FakeBus

M = TypeVar("M", bound=BaseModel)
READING = Reading(lambda: 3, lambda: 9, lambda: 1, lambda: 2, lambda: timedelta(0))


@dataclass
class FakeReconcile:
    """A comparison that only writes its result into the store."""

    store: ReconcileStore
    requests: list[bool] = field(default_factory=list)
    blocked: bool = False  # for the broker, or for another matcher

    async def reconcile(self, requester: Requester, *, tombstone_unknown: bool, within_seconds: float) -> bool:
        self.requests.append(tombstone_unknown)
        if self.blocked:
            return False
        id_ = uuid4()
        await self.store.begin(id_, "asked", requester, tombstone_unknown=tombstone_unknown)
        await self.store.end(id_, {"entries": 3, "missing": 1, "repaired": 1})
        return True


@dataclass
class Place:
    """A desk on which a token names the role of its holder."""

    record: Record
    outbox: Outbox
    owner: "asyncpg.Connection[asyncpg.Record]"
    bus: FakeBus
    dispatcher: Dispatcher
    reconcile: FakeReconcile
    auditor: str  # the auditor's address

    async def call(
        self, model: type[M], operation: str, *, role: str = "administrator", body: str = "", **target: str
    ) -> M:
        call = DeskCall(role, body.encode(), target=target)
        answer = await self.dispatcher.answers()[subjects.desk(operation)](call.encode())
        return model.model_validate_json(DeskAnswer.decode(answer).body)

    async def audited(self) -> list["asyncpg.Record"]:
        """What the audit holds of matchers and comparisons."""
        auditor = await asyncpg.connect(self.auditor)
        try:
            return await auditor.fetch("SELECT * FROM audit.event WHERE action ~ '^(matcher|list)' ORDER BY sequence")
        finally:
            await auditor.close()

    async def change(self) -> None:
        """Change the list, and relay the change."""
        await self.record.submit(*await self.record.drafts(1))
        await self.outbox.relay(Stream().publish)


@dataclass
class Holders:
    """Every token is ana's, in the role that it names."""

    roles: tuple[str, ...] = ("guard", "auditor", "supervisor", "administrator")

    async def holder(self, token_sha256: bytes) -> Holder | None:
        (role,) = (role for role in self.roles if sha256(role.encode()).digest() == token_sha256)
        return Holder(UUID(int=1), "ana", role)


@dataclass
class Receipts:
    """Nothing was erased here."""

    def owe(self, entry_id: EntryId) -> None:
        raise AssertionError(entry_id)


def matcher(name: str, applied: int) -> AnswerRoll:
    progress = Progress()
    progress.applied(applied)
    process = MatcherProcess(name, uuid4(), datetime.now(UTC))
    presence = Presence(process, progress, READING, lambda: datetime.now(UTC))
    return AnswerRoll(presence, Receipts(), lambda _entry: None, Meters())


@pytest.fixture
async def place(database: servers.Database) -> AsyncIterator[Place]:
    bus = FakeBus()
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(Database.open(database.matcher, password=None))
        record = await stack.enter_async_context(Record.open(database, keyring()))
        owner = await asyncpg.connect(database.owner)
        stack.push_async_callback(owner.close)
        comparisons = ReconcileStore(opened)
        reconcile = FakeReconcile(comparisons)
        desk = MatcherDesk(ReplicaStore(opened), comparisons, reconcile, bus.ask_all)
        ticks = count()
        dispatcher = Dispatcher(
            Holders(),
            desk.handlers(),
            RateLimit(1000, 60),
            Meters(),
            monotonic=lambda: float(next(ticks)),
            new_id=uuid4,
        )
        yield Place(record, Outbox(opened), owner, bus, dispatcher, reconcile, database.audit)


async def test_a_change_is_live_on_those_matchers_that_say_so_now(place: Place) -> None:
    await place.change()
    one, two = matcher("m1", 1), matcher("m2", 0)
    async with place.bus.respond("roll.matchers", one), place.bus.respond("roll.matchers", two):
        await place.call(Liveness, "list_matchers", role="auditor")
        partly = await place.call(Liveness, "show_liveness", role="auditor", generation="1")
        two.presence.progress.applied(1)
        wholly = await place.call(Liveness, "show_liveness", role="auditor", generation="1")

    assert (partly.live, partly.seconds, len(partly.matchers)) == (1, None, 2)
    assert (wholly.generation, wholly.live) == (1, 2)
    assert wholly.seconds is not None
    assert 0 < wholly.seconds < 20
    assert [(each.name, each.applied_sequence, each.locked, each.silent) for each in wholly.matchers] == [
        ("m1", 1, 1, False),
        ("m2", 1, 1, False),
    ]


async def test_how_long_a_change_took_stays_what_it_was(place: Place) -> None:
    await place.change()
    async with place.bus.respond("roll.matchers", matcher("m1", 1)):
        first = await place.call(Liveness, "show_liveness", generation="1")
        second = await place.call(Liveness, "show_liveness", generation="1")

    assert first.seconds == second.seconds


async def test_before_the_relay_has_published_a_change_it_is_live_nowhere(place: Place) -> None:
    await place.record.submit(*await place.record.drafts(1))
    async with place.bus.respond("roll.matchers", matcher("m1", 99)):
        liveness = await place.call(Liveness, "show_liveness", generation="1")

    assert (liveness.live, liveness.published_at, len(liveness.matchers)) == (0, None, 1)


async def test_a_silent_matcher_is_shown_as_it_was_last_heard(place: Place) -> None:
    await place.change()
    async with place.bus.respond("roll.matchers", matcher("m1", 1)):
        await place.call(Liveness, "list_matchers")
    await place.owner.execute("UPDATE watchlist.replica SET seen_at = now() - interval '1 minute'")

    liveness = await place.call(Liveness, "list_matchers")

    assert [(each.name, each.silent) for each in liveness.matchers] == [("m1", True)]


async def test_a_list_that_nobody_has_changed_has_generation_zero(place: Place) -> None:
    liveness = await place.call(Liveness, "list_matchers")

    assert (liveness.generation, liveness.committed_at, liveness.matchers) == (0, None, [])


@pytest.mark.parametrize("generation", ["7", "x", "", "9" * 30])
async def test_an_unknown_generation_is_refused(place: Place, generation: str) -> None:
    with pytest.raises(Refusal, match="there is no generation") as refused:
        await place.call(Liveness, "show_liveness", generation=generation)

    assert refused.value.code == 404


async def test_an_administrator_gives_a_silent_matcher_up_for_a_reason(place: Place) -> None:
    async with place.bus.respond("roll.matchers", matcher("m1", 1)):
        await place.call(Liveness, "list_matchers")
    reason = '{"reason": "the machine burnt"}'
    with pytest.raises(Refusal, match="no silent matcher is called m1"):
        await place.call(Liveness, "end_matcher", body=reason, matcher="m1")
    with pytest.raises(Refusal, match="not for a supervisor"):
        await place.call(Liveness, "end_matcher", role="supervisor", body=reason, matcher="m1")
    await place.owner.execute("UPDATE watchlist.replica SET seen_at = now() - interval '1 minute'")

    liveness = await place.call(Liveness, "end_matcher", body=reason, matcher="m1")

    assert liveness.matchers == []
    row = await place.owner.fetchrow("SELECT given_up_by_name, given_up_reason FROM watchlist.replica")
    assert row is not None
    assert tuple(row) == ("ana", "the machine burnt")
    (event,) = await place.audited()
    assert (event["action"], event["actor_id"], event["actor_name"]) == ("matcher.given_up", UUID(int=1), "ana")
    assert (event["subject"], event["reason"]) == ("m1", "the machine burnt")


async def test_an_administrator_has_stream_and_record_compared(place: Place) -> None:
    with pytest.raises(Refusal, match="never compared"):
        await place.call(ReconciliationView, "show_reconciliation", role="auditor")
    with pytest.raises(Refusal, match="not for a supervisor"):
        await place.call(ReconciliationView, "reconcile_list", role="supervisor", body="{}")

    requested = await place.call(ReconciliationView, "reconcile_list", body='{"bury_unknown": true}')
    shown = await place.call(ReconciliationView, "show_reconciliation", role="auditor")

    assert (requested, place.reconcile.requests) == (shown, [True])
    assert (shown.cause, shown.asked_by, shown.entries, shown.missing, shown.repaired) == ("asked", "ana", 3, 1, 1)
    assert shown.ended_at is not None
    events = await place.audited()
    assert [event["action"] for event in events] == ["list.comparison_asked", "list.reconciled"]
    assert {(event["actor_name"], event["subject"]) for event in events} == {("ana", events[0]["subject"])}
    assert '"bury_unknown": true' in events[0]["details"]
    assert '"repaired": 1' in events[1]["details"]


async def test_a_comparison_not_begun_is_not_answered_with_a_former_one(place: Place) -> None:
    await place.call(ReconciliationView, "reconcile_list", body="{}")
    place.reconcile.blocked = True

    with pytest.raises(Refusal, match="does not go on yet") as refused:
        await place.call(ReconciliationView, "reconcile_list", body="{}")
    async with place.reconcile.store.exclusively():
        await place.reconcile.store.begin(uuid4(), "asked", Requester(UUID(int=1), "ana"), tombstone_unknown=False)
        going_on = await place.call(ReconciliationView, "reconcile_list", body="{}")
    with pytest.raises(Refusal, match="does not go on yet"):
        await place.call(ReconciliationView, "reconcile_list", body="{}")
    shown = await place.call(ReconciliationView, "show_reconciliation")

    assert refused.value.code == 503
    assert (going_on.ended_at, going_on.broken_off) == (None, False)
    assert (shown.ended_at, shown.broken_off) == (None, True)
