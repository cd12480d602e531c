"""That a report was made is in the record and in the audit, or no report is made."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.alerts.handler import RecordSighting
from services.alerts.incidents.ledger import PostgresLedger
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.review import Verdict
from services.alerts.incidents.store import Incidents, SessionOver
from services.alerts.reports.store import Exports, NotConfirmed
from services.chassis.telemetry import Meters
from tests import servers
from tests.contract import clock
from tests.contract.clock import TimedDatabase
from tests.crops import CROPS
from tests.sightings import sighted

NOW: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
async def store(database: servers.Database) -> AsyncIterator[TimedDatabase]:
    async with TimedDatabase.of(database) as opened:
        await opened.set_clock(NOW)
        yield opened


async def raised(store: TimedDatabase) -> UUID:
    """An incident that needs one verdict."""
    ledger = PostgresLedger(store, 1, clock=clock.at(NOW + timedelta(seconds=1)))
    await RecordSighting(ledger, CROPS.seal, EvidencePolicy(), Meters())(sighted(NOW, uuid4()))
    (incident,) = await Incidents(store).page(limit=1, before=None)
    return incident.id


async def export(store: TimedDatabase, token: str, incident: UUID) -> None:
    await Exports(store).note(
        token, uuid4(), incident, form="pdf", pictures=True, sha256="ab" * 32, reason="police file 12/26"
    )


async def test_only_a_confirmed_incident_is_reported_and_by_keepers(
    store: TimedDatabase, database: servers.Database
) -> None:
    li, sue = await clock.answerer(database, "li"), await clock.answerer(database, "sue", "supervisor")
    incident = await raised(store)

    with pytest.raises(NotConfirmed):
        await export(store, sue.token, incident)
    await Incidents(store).review(incident, li, Verdict.SAME)
    for token in (li.token, "nobody's"):
        with pytest.raises(SessionOver):
            await export(store, token, incident)
    with pytest.raises(SessionOver):
        await export(store, sue.token, uuid4())
    await export(store, sue.token, incident)

    auditor = await asyncpg.connect(database.audit)
    try:
        (row,) = await auditor.fetch("select * from audit.event where action = 'incident.exported'")
    finally:
        await auditor.close()
    assert (row["actor_name"], row["subject"], row["reason"]) == ("sue", str(incident), "police file 12/26")
    told = json.loads(row["details"])
    assert (told["format"], told["pictures"], told["content_sha256"]) == ("pdf", True, "ab" * 32)


async def test_a_report_says_each_verdict_with_who_gave_it_and_whether_alone(
    store: TimedDatabase, database: servers.Database
) -> None:
    li = await clock.answerer(database, "li")
    incident = await raised(store)
    await store.set_clock(NOW + timedelta(seconds=40))
    await Incidents(store).review(incident, li, Verdict.SAME)

    (given,), head, now = await Exports(store).facts(incident)

    assert (given.account, given.verdict, given.alone, given.at) == ("li", Verdict.SAME, True, now)
    assert now == NOW + timedelta(seconds=40)
    assert head.sequence > 0
    assert len(head.sha256) == 64
