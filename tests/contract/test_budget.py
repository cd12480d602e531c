"""The budget on a real PostgreSQL: what is counted, what two people ask for, and what matchers are told (ADR 98)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import numpy as np
import pytest
from pydantic import ValidationError

from proto.wardwatch.v1.policy import SiteBudget, ThresholdRequest, ThresholdView
from proto.wardwatch.v1.replication import ThresholdPublished
from proto.wardwatch.v1.subjects import CameraId, Place, SiteId
from proto.wardwatch.v1.walk_counts import BINS, WalksCounted, bin_of
from services.watchlist.record.budget_store import BudgetStore
from services.watchlist.record.database import Database
from services.watchlist.record.errors import Forbidden
from services.watchlist.record.threshold_store import ThresholdOutbox, ThresholdStore
from services.watchlist.rules.holder import Holder
from tests import servers
from tests.contract import desks
from tests.contract.desks import person
from tests.contract.record import MODEL
from tests.contract.test_false_alerts import alert, assessor, photo_of

ANA = Holder(UUID(int=11), "ana.ruiz", "supervisor")
LI = Holder(UUID(int=12), "li.wei", "supervisor")
PROCESS = UUID(int=7)
GATE = Place(SiteId("h1"), CameraId("gate"))


def told(number: int = 1, walks: int = 20_000, place: Place = GATE, entries: int = 2_100) -> WalksCounted:
    best = 0.39 + np.random.default_rng(number).exponential(0.022, walks)
    counts = np.bincount([bin_of(float(each)) for each in best], minlength=BINS)
    return WalksCounted(PROCESS, number, place, entries, tuple(counts.tolist()))


@dataclass
class Record:
    """The stores of the service's two roles, and the superuser's view."""

    budget: BudgetStore
    thresholds: ThresholdStore
    outbox: ThresholdOutbox
    superuser: "asyncpg.Connection[asyncpg.Record]"

    async def holds(self, budget: float | None, threshold: float = 0.5) -> ThresholdView:
        request = ThresholdRequest(threshold=threshold, reason="what we can bear", weekly_false_alerts=budget)
        asked = await self.thresholds.ask(ANA, request)
        assert asked.waits is not None
        return await self.thresholds.approve(asked.waits.number, LI)

    async def list_people(self, count: int) -> None:
        """Entries as they stand once they are approved; nobody asks how."""
        async with self.superuser.transaction():
            await self.superuser.execute("SET LOCAL session_replication_role = replica")
            await self.superuser.execute(
                "INSERT INTO watchlist.entry (id, state, sealed_label, category, basis, evidence, instruction, scope,"
                " expires_at, author_id, author_name, put_forward_by_id, put_forward_by_name, approver_id,"
                " approver_name, approved_at, changed_by_id, changed_by_name)"
                " SELECT gen_random_uuid(), 'active', sha256(''), 'scalping', 'b', 'e', 'i', 'network',"
                " now() + interval '1 year', $1, 'ana', $1, 'ana', $2, 'li', now(), $1, 'ana'"
                " FROM generate_series(1, $3)",
                ANA.account_id,
                LI.account_id,
                count,
            )

    async def site(self) -> SiteBudget:
        view = await self.thresholds.view()
        assert view.budget is not None
        (site,) = view.budget.sites
        return site

    async def published(self) -> ThresholdPublished:
        """What matchers would be told now."""
        found: list[ThresholdPublished] = []

        async def publish(threshold: ThresholdPublished, _published: int | None) -> int:
            found.append(threshold)
            return 1

        await self.outbox.relay(publish)
        return found[0]

    async def an_hour_later(self) -> bool:
        await self.superuser.execute("UPDATE watchlist.budget_table SET made_at = made_at - interval '61 minutes'")
        return await self.budget.renew()


@pytest.fixture
async def record(database: servers.Database) -> AsyncIterator[Record]:
    superuser = await asyncpg.connect(database.superuser)
    async with (
        Database.open(database.importer, password=None) as importer,
        Database.open(database.matcher, password=None) as matcher,
    ):
        yield Record(BudgetStore(matcher), ThresholdStore(importer), ThresholdOutbox(matcher, MODEL.sha256), superuser)
    await superuser.close()


async def test_what_is_told_twice_counts_once(record: Record) -> None:
    assert await record.budget.record_walks(told(1))
    assert not await record.budget.record_walks(told(1))
    assert await record.budget.record_walks(told(2))

    (row,) = await record.superuser.fetch("SELECT * FROM watchlist.walk_count")
    assert (row["site"], row["camera"], row["entries"], sum(row["counts"])) == ("h1", "gate", 2_100, 40_000)
    assert row["counts"] == [one + other for one, other in zip(told(1).counts, told(2).counts, strict=True)]


async def test_without_a_budget_matchers_are_told_none(record: Record) -> None:
    """The page says all the same what is to be expected."""
    await record.budget.record_walks(told())
    assert not await record.budget.renew()

    assert (await record.site()).cameras[0].threshold == 0.62
    published = await record.published()
    assert (published.table_number, published.cameras) == (0, ())


async def test_a_budget_holds_when_another_account_approves(record: Record) -> None:
    await record.list_people(2_100)
    await record.budget.record_walks(told())
    view = await record.holds(1.0)
    assert view.holds.weekly_false_alerts == 1.0
    assert view.budget is None  # not computed yet

    assert await record.budget.renew()
    published = await record.published()
    assert published.table_number == 1
    assert [(row.site, row.camera) for row in published.cameras] == [("", ""), ("h1", ""), ("h1", "gate")]
    assert all(row.strong_similarity > 0.5 for row in published.cameras)


async def test_who_asked_for_a_budget_cannot_approve_it(record: Record) -> None:
    request = ThresholdRequest(threshold=0.5, reason="what we can bear", weekly_false_alerts=100)
    asked = await record.thresholds.ask(ANA, request)
    assert asked.waits is not None
    with pytest.raises(Forbidden) as refused:
        await record.thresholds.approve(asked.waits.number, ANA)
    assert refused.value.rule == "threshold_approver_did_not_ask"


async def test_a_budget_that_was_asked_for_is_not_rewritten(record: Record, database: servers.Database) -> None:
    await record.holds(1.0)
    owner = await asyncpg.connect(database.owner)
    with pytest.raises(asyncpg.CheckViolationError, match="not rewritten"):
        await owner.execute("UPDATE watchlist.threshold SET weekly_false_alerts = 100 WHERE number = 2")
    await owner.close()


@pytest.mark.parametrize("budget", [0.0, 0.001, 1_001.0])
async def test_a_budget_that_nobody_can_keep_or_bear_is_none(record: Record, budget: float) -> None:
    with pytest.raises(ValidationError):
        ThresholdRequest(threshold=0.5, reason="what we can bear", weekly_false_alerts=budget)
    with pytest.raises(asyncpg.CheckViolationError):
        await record.superuser.execute(
            "INSERT INTO watchlist.threshold (min_similarity, reason, asked_by_id, asked_by_name, weekly_false_alerts)"
            " VALUES (0.5, 'too much', $1, 'ana', $2)",
            ANA.account_id,
            budget,
        )


async def test_the_plan_is_made_anew_after_an_hour_and_told_when_it_differs(record: Record) -> None:
    await record.list_people(2_100)
    await record.holds(1.0)
    await record.budget.record_walks(told(walks=2_000))
    assert await record.budget.renew()
    assert not await record.budget.renew()

    await record.budget.record_walks(told(2, walks=100_000))
    assert await record.an_hour_later()
    assert (await record.published()).table_number == 2


async def test_a_threshold_of_the_budget_is_never_below_the_one_that_holds(record: Record) -> None:
    await record.budget.record_walks(told())
    await record.holds(1_000.0, threshold=0.58)
    await record.budget.renew()
    assert {row.strong_similarity for row in (await record.published()).cameras} == {0.58}


async def test_a_list_that_has_grown_asks_for_more_at_once(record: Record) -> None:
    await record.list_people(200)
    await record.holds(1.0)
    await record.budget.record_walks(told())
    await record.budget.renew()
    before = (await record.site()).cameras[0].threshold

    await record.list_people(2_000)
    assert await record.budget.renew()
    assert (await record.site()).cameras[0].threshold > before + 0.03


async def test_a_confirmed_alert_leaves_the_counts_and_a_rejected_one_is_held(
    record: Record, database: servers.Database
) -> None:
    """What people judged at the camera: the one was no stranger, the other was one more than expected."""
    async with desks.opened(database) as desk:
        entry = (await desk.active(person(1))).id
        photo = await photo_of(desk, entry)
        counts = list(told().counts)
        counts[bin_of(0.8)] += 1
        await record.budget.record_walks(WalksCounted(PROCESS, 1, GATE, 2_100, tuple(counts)))
        await record.budget.renew()
        before = await record.site()
        assert (before.rejected, before.cameras[0].walks) == (0, 20_001)

        confirmed, rejected = await alert(desk, entry, photo), await alert(desk, entry, photo)
        await assessor(database, confirmed, "confirmed")
        await assessor(database, rejected)
        await record.superuser.execute(
            "UPDATE alerts.incident SET site = 'h1', outcome = outcome WHERE id = $1", rejected
        )
        await record.an_hour_later()

    after = await record.site()
    assert (after.rejected, after.cameras[0].walks) == (1, 20_000)


async def test_what_was_counted_eight_weeks_ago_is_forgotten(record: Record) -> None:
    await record.budget.record_walks(told())
    await record.superuser.execute("UPDATE watchlist.walk_count SET day = day - 56")
    await record.superuser.execute("UPDATE watchlist.walk_report SET at = at - interval '4 days'")
    await record.budget.renew()

    for table in ("walk_count", "walk_report"):
        assert await record.superuser.fetchval(f"SELECT count(*) FROM watchlist.{table}") == 0  # noqa: S608


async def test_the_audit_tells_of_the_budget(record: Record) -> None:
    await record.holds(2.5)
    rows = await record.superuser.fetch(
        "SELECT action, details FROM audit.event WHERE action LIKE 'threshold.%' ORDER BY sequence"
    )
    assert [row["action"] for row in rows] == ["threshold.asked", "threshold.approved"]
    assert all('"weekly_false_alerts": 2.5' in row["details"] for row in rows)
