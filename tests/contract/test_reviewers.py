"""How many must agree on an alert: changed by two people, and in force for the next one (docs/adr/0109)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest

from proto.wardwatch.v1.reviewers import ReviewersView
from proto.wardwatch.v1.subjects import site_id
from services.alerts.database import Database
from services.alerts.handler import RecordSighting
from services.alerts.incidents.ledger import PostgresLedger
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.reviewers import Reviewers, Reviewing
from services.chassis.telemetry import Meters
from services.watchlist.rules.holder import Holder
from tests import servers
from tests.contract.desks import ANA, AUDITOR, GUARD, LI, Desk, opened, refused
from tests.crops import CROPS
from tests.sightings import sighted

WHY = "one is on duty at night"


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with opened(database) as desk:
        yield desk


async def ask(desk: Desk, reviewers: int | None, site: str = "", *, by: Holder = LI) -> ReviewersView:
    body = {"site": site, "reviewers": reviewers, "reason": WHY}
    return ReviewersView.model_validate_json((await desk.call("ask_reviewers", by=by, body=body)).body)


async def end(desk: Desk, operation: str, number: object, *, by: Holder = ANA) -> ReviewersView:
    return ReviewersView.model_validate_json((await desk.call(operation, {"number": number}, by=by)).body)


async def let(desk: Desk, reviewers: int | None, site: str = "") -> ReviewersView:
    """Two people agree on it."""
    asked = await ask(desk, reviewers, site)
    assert asked.waits is not None
    return await end(desk, "approve_reviewers", asked.waits.number)


async def test_it_begins_with_two_everywhere(desk: Desk) -> None:
    view = ReviewersView.model_validate_json((await desk.call("show_reviewers", by=AUDITOR)).body)

    assert view == ReviewersView(everywhere=2, holds=[], waits=None)


async def test_nothing_changes_before_another_account_approves(desk: Desk) -> None:
    asked = await ask(desk, 1)
    assert asked.waits is not None
    assert (asked.everywhere, asked.waits.reviewers, asked.waits.asked_by) == (2, 1, "li.wei")

    number = asked.waits.number
    await refused(end(desk, "approve_reviewers", number, by=LI), 409, "does not approve it")
    await refused(end(desk, "approve_reviewers", number, by=GUARD), 403, "not for a guard")
    await refused(ask(desk, 2, "h1", by=ANA), 409, "waits for its approval")
    approved = await end(desk, "approve_reviewers", number)

    assert (approved.everywhere, approved.waits) == (1, None)
    assert [(change.site, change.reviewers, change.approved_by) for change in approved.holds] == [("", 1, "ana.ruiz")]
    await refused(end(desk, "approve_reviewers", number), 409, "does not wait")
    await refused(end(desk, "approve_reviewers", "x"), 404, "there is no number")


async def test_what_is_taken_back_never_holds(desk: Desk) -> None:
    asked = await ask(desk, 1)
    assert asked.waits is not None

    view = await end(desk, "withdraw_reviewers", asked.waits.number, by=LI)

    assert (view.everywhere, view.waits, view.holds) == (2, None, [])
    await refused(end(desk, "approve_reviewers", asked.waits.number), 409, "does not wait")


async def test_only_a_site_goes_by_the_number_of_all_others(desk: Desk) -> None:
    await let(desk, 1, "h1")
    view = await let(desk, None, "h1")

    assert [(change.site, change.reviewers) for change in view.holds] == [("h1", None)]
    await refused(ask(desk, None), 409, "name a site")


async def test_what_was_decided_is_never_rewritten(desk: Desk) -> None:
    await let(desk, 1)

    for change in (
        "UPDATE watchlist.reviewers_change SET reviewers = 2",
        "UPDATE watchlist.reviewers_change SET approved_by_id = gen_random_uuid()",
        "DELETE FROM watchlist.reviewers_change",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await desk.fetch(change)


async def test_each_step_is_in_the_audit(desk: Desk) -> None:
    await let(desk, 1, "h1")
    asked = await ask(desk, 2, "h1", by=ANA)
    assert asked.waits is not None
    await end(desk, "withdraw_reviewers", asked.waits.number, by=LI)

    rows = await desk.fetch(
        "SELECT actor_name, action, reason, details ->> 'site' AS site, details -> 'reviewers' AS said"
        " FROM audit.event WHERE action LIKE 'reviewers.%' ORDER BY sequence"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("li.wei", "reviewers.asked", WHY, "h1", "1"),
        ("ana.ruiz", "reviewers.approved", "", "h1", "1"),
        ("ana.ruiz", "reviewers.asked", WHY, "h1", "2"),
        ("li.wei", "reviewers.withdrawn", "", "h1", "2"),
    ]


async def test_the_next_alert_goes_by_it_and_those_raised_keep_theirs(desk: Desk, database: servers.Database) -> None:
    async with Database.open(database.alerts, password=None, connections=2) as store:
        record = RecordSighting(PostgresLedger(store), CROPS.seal, EvidencePolicy(), Meters())

        async def raised(site: str) -> int:
            """How many must agree on an alert of somebody who is seen at *site* now."""
            entry: UUID = uuid4()
            await record(sighted(datetime.now(UTC), entry, site=site))
            (row,) = await desk.fetch("SELECT reviewers FROM alerts.incident WHERE entry_id = $1", entry)
            return int(row["reviewers"])

        seen = [await raised("h1")]
        await let(desk, 1, "h1")
        seen += [await raised("h1"), await raised("h2")]
        assert await Reviewers(store)() == Reviewing(2, frozenset({site_id("h1")}))
        await let(desk, None, "h1")
        seen.append(await raised("h1"))
        await let(desk, 1)
        await let(desk, 2, "h2")
        seen += [await raised("h1"), await raised("h2")]
        assert await Reviewers(store)() == Reviewing(1, frozenset({site_id("h2")}))

    assert seen == [2, 1, 2, 2, 1, 2]
    kept = await desk.fetch("SELECT reviewers FROM alerts.incident ORDER BY raised_at")
    assert sorted(row["reviewers"] for row in kept) == sorted(seen)
