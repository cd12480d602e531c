"""Reports of accuracy on a real PostgreSQL: two people, and matching that ends where none holds (safeguard S14)."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from cli.audit import agreement
from proto.wardwatch.v1.accuracy import (
    AccuracyReport,
    AccuracyRequest,
    DataSet,
    Floor,
    MeasuredModel,
    Share,
)
from proto.wardwatch.v1.replication import ThresholdPublished
from services.alerts.database import Database as AlertsDatabase
from services.alerts.state.accuracy import Accuracy
from services.chassis.errors import Refusal
from services.watchlist.record.accuracy_store import AccuracyStore
from services.watchlist.record.database import Database
from services.watchlist.record.errors import Forbidden
from services.watchlist.record.threshold_store import ThresholdOutbox
from services.watchlist.rules.holder import Holder
from tests import servers

ANA = Holder(UUID(int=11), "ana.ruiz", "supervisor")
LI = Holder(UUID(int=12), "li.wei", "supervisor")
SFACE = "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79"
OTHER = "0b" * 32
TODAY = datetime.now(UTC).date()
SHARE = Share(value=0.01, low=0.005, high=0.012)


def report(measured_on: date = TODAY, floor: float = 0.5, sha256: str = SFACE) -> AccuracyReport:
    return AccuracyReport(
        measured_on=measured_on,
        software="0.1.0",
        models=[MeasuredModel(role="embedder", name="sface", sha256=sha256)],
        data=DataSet(name="ours", digest=OTHER, pictures=9, people=3, faces=9, refused=0, left_out=0),
        floor=Floor(threshold=floor, listed=2_100, missed=SHARE, taken=SHARE),
    )


def request(figures: AccuracyReport) -> AccuracyRequest:
    return AccuracyRequest(report=figures, digest=figures.digest(), reason="measured at our own entrance")


@pytest.fixture
async def reports(database: servers.Database) -> AsyncIterator[AccuracyStore]:
    async with Database.open(database.importer, password=None) as opened:
        yield AccuracyStore(opened)


async def published(database: servers.Database, model: str = SFACE) -> ThresholdPublished:
    """What matchers are told, and the recogniser is at work from then on."""
    told: list[ThresholdPublished] = []

    async def publish(threshold: ThresholdPublished, _: int | None) -> int:
        told.append(threshold)
        return 7

    async with Database.open(database.matcher, password=None) as opened:
        await ThresholdOutbox(opened, model).relay(publish)
    return told[0]


async def install(reports: AccuracyStore, figures: AccuracyReport) -> None:
    asked = await reports.ask(ANA, request(figures))
    assert asked.waits is not None
    await reports.approve(asked.waits.number, LI)


async def state_of(database: servers.Database) -> list[tuple[str, str]]:
    async with AlertsDatabase.open(database.alerts, None, connections=1) as opened:
        return [(each.code, each.working.value) for each in await Accuracy(opened).ask()]


async def measured_days_ago(database: servers.Database, days: int) -> None:
    """Every report is so old, and every recogniser was at work before."""
    superuser = await asyncpg.connect(database.superuser)
    try:
        await superuser.execute("update watchlist.accuracy_report set measured_on = current_date - $1::integer", days)
        await superuser.execute("update watchlist.model_in_use set first_used_at = now() - interval '9 years'")
    finally:
        await superuser.close()


async def test_a_report_holds_once_another_account_approved_it(
    reports: AccuracyStore, database: servers.Database
) -> None:
    await published(database)
    asked = await reports.ask(ANA, request(report()))
    assert asked.waits is not None
    (before,) = asked.models

    (after,) = (await reports.approve(asked.waits.number, LI)).models

    assert before.digest != report().digest()
    assert after.digest == report().digest()
    assert after.report == report()
    assert after.holds_until is not None
    assert after.matches_until - after.holds_until == timedelta(days=30)


async def test_the_recogniser_it_comes_with_has_its_report_from_the_start(
    reports: AccuracyStore, database: servers.Database
) -> None:
    await published(database)

    (model,) = (await reports.view()).models

    assert model.model_sha256 == SFACE
    assert model.report is not None
    assert model.report.digest() == model.digest
    assert model.report.floor is not None
    assert {each.kind for each in model.report.identification} == {"pictures", "unlike", "alike"}
    assert [each.sha256 for each in model.report.models if each.role == "embedder"] == [SFACE]


async def test_who_asked_does_not_approve_a_report(reports: AccuracyStore) -> None:
    asked = await reports.ask(ANA, request(report()))
    assert asked.waits is not None

    with pytest.raises(Forbidden) as refused:
        await reports.approve(asked.waits.number, ANA)

    assert refused.value.rule == "accuracy_approver_did_not_ask"


async def test_a_report_that_was_taken_back_can_be_asked_for_again(reports: AccuracyStore) -> None:
    asked = await reports.ask(ANA, request(report()))
    assert asked.waits is not None
    with pytest.raises(Forbidden) as refused:
        await reports.ask(LI, request(report(floor=0.6)))
    await reports.withdraw(asked.waits.number, LI)

    again = await reports.ask(LI, request(report()))

    assert refused.value.rule == "accuracy_that_waits"
    assert again.waits is not None
    with pytest.raises(Refusal, match="does not wait"):
        await reports.approve(asked.waits.number, LI)


async def test_figures_that_are_not_those_of_the_digest_are_refused(reports: AccuracyStore) -> None:
    body = request(report()).model_copy(update={"digest": OTHER})

    with pytest.raises(Refusal, match="not those of the digest"):
        await reports.ask(ANA, body)


async def test_a_report_of_too_few_people_cannot_be_installed(reports: AccuracyStore) -> None:
    with pytest.raises(Refusal, match="too few strangers"):
        await reports.ask(ANA, request(report().model_copy(update={"floor": None})))


async def test_a_report_of_a_day_to_come_is_refused(reports: AccuracyStore) -> None:
    with pytest.raises(Forbidden) as refused:
        await reports.ask(ANA, request(report(TODAY + timedelta(days=3))))

    assert refused.value.rule == "accuracy_is_measured"


async def test_a_report_is_installed_once(reports: AccuracyStore) -> None:
    await install(reports, report())

    with pytest.raises(Refusal, match="installed already"):
        await reports.ask(ANA, request(report()))


async def test_its_floor_is_the_thresholds_from_then_on(reports: AccuracyStore, database: servers.Database) -> None:
    await install(reports, report(floor=0.61))

    owner = await asyncpg.connect(database.owner)
    try:
        assert await owner.fetchval("select watchlist.threshold_floor()") == 0.61
    finally:
        await owner.close()


async def test_matchers_are_told_until_when_and_anew_when_a_report_comes(
    reports: AccuracyStore, database: servers.Database
) -> None:
    await published(database)
    await measured_days_ago(database, 400)
    (before,) = (await published(database)).measured

    await install(reports, report())
    (after,) = (await published(database)).measured

    now = datetime.now(UTC)
    assert before.matches_until < now < after.matches_until
    assert after.matches_until > now + timedelta(days=390)


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (0, []),
        (340, [("accuracy_ends", "degraded")]),
        (370, [("accuracy_ended", "degraded")]),
        (396, [("accuracy_missing", "no")]),
    ],
)
async def test_the_state_warns_before_matching_ends(
    database: servers.Database, days: int, told: list[tuple[str, str]]
) -> None:
    await published(database)
    await measured_days_ago(database, days)

    assert await state_of(database) == told


async def test_a_recogniser_without_a_report_has_thirty_days(database: servers.Database) -> None:
    told = await published(database, OTHER)

    (model,) = told.measured
    assert model.sha256 == OTHER
    assert timedelta(days=29) < model.matches_until - datetime.now(UTC) <= timedelta(days=30)
    assert await state_of(database) == [("accuracy_ended", "degraded")]


async def test_what_was_installed_is_in_the_audit(reports: AccuracyStore, database: servers.Database) -> None:
    await install(reports, report())

    owner = await asyncpg.connect(database.superuser)
    try:
        events = await owner.fetch(
            "select action, actor_name from audit.event where action like 'accuracy.%' order by sequence"
        )
    finally:
        await owner.close()
    assert [tuple(each) for each in events] == [("accuracy.asked", "ana.ruiz"), ("accuracy.approved", "li.wei")]


async def test_a_report_that_was_changed_behind_the_audit_is_found(
    reports: AccuracyStore, database: servers.Database
) -> None:
    await install(reports, report())
    auditor, superuser = await asyncpg.connect(database.audit), await asyncpg.connect(database.superuser)
    try:
        before = await agreement.disagreements(auditor)
        await superuser.execute("update watchlist.accuracy_report set floor = 0.4 where proposal is not null")
        after = await agreement.disagreements(auditor)
    finally:
        await auditor.close()
        await superuser.close()

    assert before == []
    assert [fault.what for fault in after] == ["holds, but was not approved as it is"]
