"""The threshold on a real PostgreSQL: two people, a floor, and one that waits at a time (safeguard S13)."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from access import streams
from proto.wardwatch.v1.policy import ThresholdRequest
from proto.wardwatch.v1.replication import ThresholdPublished
from services.chassis.bus import Bus, Delivery
from services.chassis.errors import NotStored, Refusal
from services.chassis.replica import follow
from services.chassis.telemetry import Meters
from services.matcher.core import Gallery
from services.matcher.handler import TakeThreshold
from services.watchlist.record.database import Database
from services.watchlist.record.errors import Forbidden
from services.watchlist.record.threshold_store import ThresholdOutbox, ThresholdStore
from services.watchlist.replication.threshold import ThresholdRelay
from services.watchlist.rules.holder import Holder
from tests import buses, servers
from tests.fakes import eventually, quiet_repairs

ANA = Holder(UUID(int=11), "ana.ruiz", "supervisor")
LI = Holder(UUID(int=12), "li.wei", "supervisor")
FLOOR = 0.49
SFACE = "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79"


def request(value: float) -> ThresholdRequest:
    return ThresholdRequest(threshold=value, reason="fewer false alerts at the gate")


async def approve(thresholds: ThresholdStore, value: float) -> None:
    """Request and approve *value*, by two people."""
    proposed = await thresholds.ask(ANA, request(value))
    assert proposed.waits is not None
    await thresholds.approve(proposed.waits.number, LI)


@pytest.fixture
async def thresholds(database: servers.Database) -> AsyncIterator[ThresholdStore]:
    async with Database.open(database.importer, password=None) as opened:
        yield ThresholdStore(opened)


@pytest.fixture
async def outbox(database: servers.Database) -> AsyncIterator[ThresholdOutbox]:
    async with Database.open(database.matcher, password=None) as opened:
        yield ThresholdOutbox(opened, SFACE)


async def test_it_begins_as_measured(thresholds: ThresholdStore) -> None:
    view = await thresholds.view()

    assert view.holds.threshold == 0.5
    assert view.waits is None
    assert view.floor == FLOOR
    (report,) = view.reports
    assert (report.dataset, report.list_size) == ("LFW, development half", 2100)
    assert (report.floor, report.fnir, report.fpir, report.fpir_upper) == (FLOOR, 0.073196, 0.006041, 0.008406)


async def test_it_changes_as_typed_when_another_account_approves(thresholds: ThresholdStore) -> None:
    proposed = await thresholds.ask(ANA, request(0.52))
    assert proposed.waits is not None
    assert (proposed.holds.threshold, proposed.waits.threshold) == (0.5, 0.52)

    approved = await thresholds.approve(proposed.waits.number, LI)

    assert approved.holds.threshold == 0.52
    assert approved.holds.approved_by == "li.wei"
    assert approved.waits is None


async def test_who_asked_cannot_approve(thresholds: ThresholdStore) -> None:
    proposed = await thresholds.ask(ANA, request(0.6))
    assert proposed.waits is not None

    with pytest.raises(Forbidden) as refused:
        await thresholds.approve(proposed.waits.number, ANA)

    assert refused.value.rule == "threshold_approver_did_not_ask"


async def test_below_the_floor_nothing_can_be_asked_for(thresholds: ThresholdStore) -> None:
    with pytest.raises(Forbidden) as refused:
        await thresholds.ask(ANA, request(0.45))

    assert refused.value.rule == "threshold_is_above_the_floor"


async def test_a_stricter_report_stops_what_was_asked_for_before(
    thresholds: ThresholdStore, database: servers.Database
) -> None:
    proposed = await thresholds.ask(ANA, request(0.51))
    assert proposed.waits is not None
    owner = await asyncpg.connect(database.owner)
    await owner.execute(
        "INSERT INTO watchlist.accuracy_report (model_sha256, dataset, list_size, floor, fnir, fpir, fpir_upper,"
        " measured_on) SELECT model_sha256, 'site', 2100, 0.52, 0.1, 0.01, 0.02, current_date"
        " FROM watchlist.accuracy_report LIMIT 1"
    )
    await owner.close()

    with pytest.raises(Forbidden) as refused:
        await thresholds.approve(proposed.waits.number, LI)

    assert refused.value.rule == "threshold_is_above_the_floor"


async def test_a_second_wish_waits_for_the_first(thresholds: ThresholdStore) -> None:
    proposed = await thresholds.ask(ANA, request(0.6))
    assert proposed.waits is not None

    with pytest.raises(Forbidden) as refused:
        await thresholds.ask(LI, request(0.7))
    await thresholds.withdraw(proposed.waits.number, LI)
    again = await thresholds.ask(LI, request(0.7))

    assert refused.value.rule == "threshold_that_waits"
    assert again.waits is not None
    assert again.waits.asked_by == "li.wei"


async def test_what_was_decided_is_not_decided_again(thresholds: ThresholdStore) -> None:
    proposed = await thresholds.ask(ANA, request(0.6))
    assert proposed.waits is not None
    await thresholds.approve(proposed.waits.number, LI)

    with pytest.raises(Refusal, match="does not wait"):
        await thresholds.withdraw(proposed.waits.number, LI)


async def test_an_approved_threshold_is_given_with_where_it_was_published(
    thresholds: ThresholdStore, outbox: ThresholdOutbox
) -> None:
    publications: list[tuple[float, int | None]] = []

    async def publish(threshold: ThresholdPublished, published: int | None) -> int:
        publications.append((round(threshold.min_similarity, 3), published))
        return 7

    assert await outbox.relay(publish)
    await approve(thresholds, 0.6)

    assert [await outbox.relay(publish), await outbox.relay(publish)] == [True, False]
    assert publications == [(0.5, None), (0.6, None), (0.6, 7)]


async def test_a_threshold_approved_in_the_future_gives_way_to_the_next(
    thresholds: ThresholdStore, outbox: ThresholdOutbox, database: servers.Database
) -> None:
    await approve(thresholds, 0.6)
    superuser = await asyncpg.connect(database.superuser)
    try:
        await superuser.execute("set session_replication_role = replica")
        await superuser.execute("update watchlist.threshold set approved_at = now() + interval '8 hours'")
    finally:
        await superuser.close()
    carried: list[float] = []

    async def publish(threshold: ThresholdPublished, _known: int | None) -> int:
        carried.append(threshold.min_similarity)
        return 1

    await approve(thresholds, 0.55)
    await outbox.relay(publish)

    assert carried == [0.55]


async def test_a_threshold_that_was_not_stored_is_given_again(outbox: ThresholdOutbox) -> None:
    publications: list[int | None] = []

    async def away(_: ThresholdPublished, __: int | None) -> int:
        raise NotStored("policy.threshold: TimeoutError")

    async def publish(_: ThresholdPublished, published: int | None) -> int:
        publications.append(published)
        return 7

    with pytest.raises(NotStored):
        await outbox.relay(away)

    assert await outbox.relay(publish)
    assert publications == [None]


async def test_while_another_replica_is_at_it_nothing_is_given(
    outbox: ThresholdOutbox, database: servers.Database
) -> None:
    async def publish(threshold: ThresholdPublished, _: int | None) -> int:
        async with Database.open(database.matcher, password=None) as other:
            assert not await ThresholdOutbox(other, SFACE).relay(publish)
        return threshold.number

    assert await outbox.relay(publish)


@dataclass
class Policy:
    """A matcher's relay at work on a real server, and a matcher that follows the stream."""

    nats: servers.Nats
    bus: Bus
    gallery: Gallery

    def holds(self, value: float) -> bool:
        return self.gallery.min_similarity == pytest.approx(value)


@pytest.fixture
async def policy(nats_with_streams: servers.Nats, outbox: ThresholdOutbox) -> AsyncIterator[Policy]:
    nats, gallery, stop = nats_with_streams, Gallery(), asyncio.Event()
    async with (
        buses.connected(nats, "watchlist-record") as bus,
        buses.connected(nats, "matcher-record") as matcher,
        asyncio.TaskGroup() as tasks,
    ):
        take = TakeThreshold(gallery, Meters())
        relay = ThresholdRelay(outbox, bus, quiet_repairs(), interval_seconds=0.05)
        tasks.create_task(relay.run(stop))
        tasks.create_task(follow(matcher, "POLICY", take, caught_up=asyncio.Event(), stop=stop))
        yield Policy(nats, bus, gallery)
        stop.set()


async def test_an_approved_threshold_reaches_a_matcher(thresholds: ThresholdStore, policy: Policy) -> None:
    await approve(thresholds, 0.6)

    await eventually(lambda: policy.holds(0.6))


@dataclass
class Stream:
    """A stream that holds a threshold and refuses to store another."""

    held: ThresholdPublished

    async def last_of(self, stream: str, subject: str) -> Delivery:
        return Delivery(subject, self.held.encode(), sequence=7)

    async def publish_owed(self, subject: str, payload: bytes, *, message_id: str, **_: int) -> int:
        raise AssertionError(f"{message_id} was published again")


async def test_a_threshold_of_four_bytes_on_the_stream_is_the_same(outbox: ThresholdOutbox) -> None:
    threshold = ThresholdPublished(2, 0.52, "li.wei", datetime(2026, 11, 24, tzinfo=UTC))
    assert ThresholdPublished.decode(threshold.encode()) != threshold

    relay = ThresholdRelay(outbox, Stream(threshold), quiet_repairs(), interval_seconds=1)
    assert await relay.publish(threshold, None) == 7


@pytest.mark.timeout(60)
@pytest.mark.parametrize("older_copy", [False, True], ids=["wiped", "put back from an older copy"])
async def test_a_threshold_whose_stream_was_lost_is_published_again(
    thresholds: ThresholdStore, policy: Policy, tmp_path: Path, *, older_copy: bool
) -> None:
    copy = tmp_path / "POLICY"

    async def on_stream() -> ThresholdPublished | None:
        last = await policy.bus.last_of("POLICY", "policy.threshold")
        return None if last is None else ThresholdPublished.decode(last.payload)

    async def is_published() -> bool:
        return await on_stream() is not None

    await eventually(is_published)
    await asyncio.to_thread(policy.nats.stop)
    await asyncio.to_thread(shutil.copytree, policy.nats.blocks("POLICY").parent, copy)
    await asyncio.to_thread(policy.nats.restart)
    await approve(thresholds, 0.6)
    await eventually(lambda: policy.holds(0.6), within_seconds=30)
    before = await on_stream()

    await asyncio.to_thread(policy.nats.stop)
    await asyncio.to_thread(policy.nats.lose, "POLICY", put_back=copy if older_copy else None)
    await streams.ensure(policy.nats.url, policy.nats.seed_file("operator"))

    async def is_back() -> bool:
        return await on_stream() == before

    await eventually(is_back, within_seconds=30)
    assert policy.holds(0.6)


@pytest.mark.timeout(60)
def test_nobody_alone_changes_it_and_nobody_lowers_it_below_the_floor(database: servers.Database) -> None:
    class Machine(RuleBasedStateMachine):
        """Two people request, approve and withdraw in any order; the invariant is checked after each step."""

        def __init__(self) -> None:
            super().__init__()
            self.loop = asyncio.new_event_loop()
            self.pool = Database.open(database.importer, password=None)
            self.store = ThresholdStore(self.loop.run_until_complete(self.pool.__aenter__()))
            self.proposers: dict[int, Holder] = {}

        @rule(account=st.sampled_from([ANA, LI]), value=st.floats(0, 1, width=32))
        def propose(self, account: Holder, value: float) -> None:
            try:
                view = self.loop.run_until_complete(self.store.ask(account, request(value)))
            except Forbidden:
                return
            assert view.waits is not None
            assert value >= view.floor
            self.proposers[view.waits.number] = account

        @rule(account=st.sampled_from([ANA, LI]), ago=st.integers(0, 3))
        def approve(self, account: Holder, ago: int) -> None:
            number = max(self.proposers, default=1) - ago
            try:
                view = self.loop.run_until_complete(self.store.approve(number, account))
            except (Forbidden, Refusal):
                return
            assert view.holds.number == number
            assert self.proposers[number] != account

        @rule()
        def withdraw(self) -> None:
            try:
                self.loop.run_until_complete(self.store.withdraw(max(self.proposers, default=1), LI))
            except Refusal:
                return

        @invariant()
        def holds_above_the_floor(self) -> None:
            view = self.loop.run_until_complete(self.store.view())
            assert view.holds.threshold >= view.floor
            assert view.holds.asked_by != view.holds.approved_by or view.holds.asked_by == "wardwatch"

        def teardown(self) -> None:
            self.loop.run_until_complete(self.pool.__aexit__(None, None, None))
            self.loop.close()

    run_state_machine_as_test(Machine, settings=settings(max_examples=15, stateful_step_count=15, deadline=None))
