"""What comes after an answer: corrections, arriving, reports, trails and places, on a real PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from cli.audit import agreement
from proto.wardwatch.v1.roles import Role
from services.alerts.accounts.holder import Holder
from services.alerts.database import Unacceptable
from services.alerts.edge.hub import PostgresEventLog
from services.alerts.handler import RecordSighting
from services.alerts.incidents.ledger import PostgresLedger
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.retention import Retention, Sweep
from services.alerts.incidents.review import Outcome, Verdict, VerdictRefused
from services.alerts.incidents.store import Answerer, Incident, Incidents, ResponseRefused
from services.alerts.incidents.visits import Result, Stop
from services.alerts.places import CameraPlace, NoSuchPlace, Places
from services.chassis.errors import Refusal
from services.chassis.telemetry import Meters
from tests import servers
from tests.contract import clock
from tests.contract.clock import TimedDatabase
from tests.contract.record import Record, keyring
from tests.crops import CROPS
from tests.sightings import sighted

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PERSON = UUID("0b6f3f0c-6f5e-4a43-9c39-3d7f3f1c1a01")


@pytest.fixture
async def store(database: servers.Database) -> AsyncIterator[TimedDatabase]:
    async with TimedDatabase.of(database) as opened:
        await opened.set_clock(NOW)
        yield opened


async def see(
    store: TimedDatabase,
    *,
    at: datetime = NOW,
    camera: str = "gate",
    reviewers: int = 2,
    entry: UUID = PERSON,
    similarity: float = 0.7,
) -> None:
    ledger = PostgresLedger(store, reviewers, clock=clock.at(at + timedelta(seconds=1)))
    sighting = sighted(at, entry, similarity=similarity, camera=camera, picture=b"jpeg")
    await RecordSighting(ledger, CROPS.seal, EvidencePolicy(), Meters())(sighting)


async def only(incidents: Incidents) -> Incident:
    (incident,) = await incidents.page(limit=10, before=None)
    return incident


def holder(who: Answerer, name: str, role: Role = Role.GUARD) -> Holder:
    return Holder(who.account_id, name, role, NOW + timedelta(hours=12))


async def correct(
    incidents: Incidents, incident: Incident, who: Answerer, name: str, verdict: Verdict | None
) -> Incident:
    return await incidents.correct(incident.id, who, holder(who, name), verdict, author="", reason="")


async def kinds(store: TimedDatabase) -> list[str]:
    return [event.kind for event in await PostgresEventLog(store).after(0, limit=50)]


async def disagreements(database: servers.Database) -> list[str]:
    """Where the record and its audit differ."""
    auditor = await asyncpg.connect(database.audit)
    try:
        return [f"{fault.where} {fault.what}" for fault in await agreement.disagreements(auditor)]
    finally:
        await auditor.close()


async def test_a_corrected_verdict_opens_the_incident_and_tells_everybody(
    store: TimedDatabase, database: servers.Database
) -> None:
    li, ana, bo = [await clock.answerer(database, name) for name in ("li", "ana", "bo")]
    await see(store)
    incidents = Incidents(store)
    incident = await only(incidents)
    await incidents.review(incident.id, li, Verdict.SAME)
    await incidents.review(incident.id, ana, Verdict.SAME)

    opened = await correct(incidents, incident, li, "li", Verdict.NOT_SAME)
    again = await correct(incidents, incident, li, "li", Verdict.NOT_SAME)

    assert opened.case.outcome is None
    assert opened.case.is_disputed
    assert opened.corrected_at == NOW
    assert again == opened
    assert await kinds(store) == ["raised", "closed", "updated"]
    decided = await incidents.review(incident.id, bo, Verdict.NOT_SAME)
    assert decided.case.outcome is Outcome.REJECTED
    async with store.transaction() as connection:
        assert await connection.fetchval("select count(picture) from alerts.sighting") == 0
    assert await disagreements(database) == []


async def test_who_corrects_back_after_the_decision_confirms_nobody(
    store: TimedDatabase, database: servers.Database
) -> None:
    li, ana, bo = [await clock.answerer(database, name) for name in ("li", "ana", "bo")]
    await see(store)
    incidents = Incidents(store)
    incident = await only(incidents)
    await incidents.review(incident.id, li, Verdict.SAME)
    await incidents.review(incident.id, ana, Verdict.SAME)
    await correct(incidents, incident, li, "li", Verdict.NOT_SAME)

    back = await correct(incidents, incident, li, "li", Verdict.SAME)

    assert back.case.outcome is None
    async with store.transaction() as connection:
        assert await connection.fetchval("select alerts.decide($1)", incident.id) is None
    assert (await incidents.review(incident.id, bo, Verdict.SAME)).case.outcome is Outcome.CONFIRMED
    assert await disagreements(database) == []


async def test_a_rejection_that_is_taken_back_is_unresolved_and_told(
    store: TimedDatabase, database: servers.Database
) -> None:
    li = await clock.answerer(database, "li")
    await see(store, reviewers=1)
    incidents = Incidents(store)
    incident = await only(incidents)
    await incidents.review(incident.id, li, Verdict.NOT_SAME)

    corrected = await correct(incidents, incident, li, "li", Verdict.SAME)

    assert corrected.case.outcome is Outcome.UNRESOLVED
    assert await kinds(store) == ["raised", "closed", "closed"]
    assert await disagreements(database) == []


async def test_nothing_is_corrected_a_day_after_the_decision(store: TimedDatabase, database: servers.Database) -> None:
    li = await clock.answerer(database, "li")
    await see(store, reviewers=1)
    incidents = Incidents(store)
    incident = await only(incidents)
    await incidents.review(incident.id, li, Verdict.SAME)
    await store.set_clock(NOW + timedelta(hours=25))

    with pytest.raises(VerdictRefused, match="more than a day"):
        await correct(incidents, incident, li, "li", Verdict.NOT_SAME)
    with pytest.raises(Unacceptable):
        async with store.transaction() as connection:
            await connection.fetchval(
                "select alerts.correct_verdict($1, $2, $3, 'not_same', '')", incident.id, li.token, li.account_id
            )


async def test_a_supervisor_sets_aside_for_a_reason_what_a_guard_said(
    store: TimedDatabase, database: servers.Database
) -> None:
    li, ana, bo = [await clock.answerer(database, name) for name in ("li", "ana", "bo")]
    sup = await clock.answerer(database, "sup", "supervisor")
    await see(store)
    incidents = Incidents(store)
    incident = await only(incidents)
    await incidents.review(incident.id, li, Verdict.SAME)
    await incidents.review(incident.id, ana, Verdict.SAME)
    by = holder(sup, "sup", Role.SUPERVISOR)

    with pytest.raises(VerdictRefused, match="say why"):
        await incidents.correct(incident.id, sup, by, None, author="li", reason=" ")
    with pytest.raises(VerdictRefused, match="has given no verdict"):
        await incidents.correct(incident.id, sup, by, None, author="nobody", reason="a slip")
    with pytest.raises(Unacceptable):
        async with store.transaction() as connection:
            await connection.fetchval(
                "select alerts.correct_verdict($1, $2, $3, null, 'x')", incident.id, bo.token, li.account_id
            )
    opened = await incidents.correct(incident.id, sup, by, None, author="li", reason="a slip")

    assert opened.case.outcome is None
    with pytest.raises(VerdictRefused):
        await incidents.review(incident.id, li, Verdict.SAME)
    assert (await incidents.review(incident.id, bo, Verdict.SAME)).case.outcome is Outcome.CONFIRMED
    assert await disagreements(database) == []


async def test_who_has_no_session_answers_nothing(store: TimedDatabase, database: servers.Database) -> None:
    li = await clock.answerer(database, "li")
    await see(store)
    incident = await only(Incidents(store))
    await Incidents(store).respond(incident.id, li)
    await Incidents(store).review(incident.id, li, Verdict.SAME)

    async with store.transaction() as connection:
        for asked in (
            "alerts.correct_verdict($1, 'nobody', $2, 'not_same', '')",
            "alerts.arrive($1, 'nobody')",
            "alerts.report_visit($1, 'nobody', 'met', '')",
        ):
            values = [incident.id, li.account_id] if "$2" in asked else [incident.id]
            assert await connection.fetchval(f"select {asked}", *values) is False, asked


async def test_an_incident_that_was_opened_again_has_a_day(store: TimedDatabase, database: servers.Database) -> None:
    li, ana = [await clock.answerer(database, name) for name in ("li", "ana")]
    await see(store)
    incidents = Incidents(store)
    incident = await only(incidents)
    await incidents.review(incident.id, li, Verdict.SAME)
    await store.set_clock(NOW + timedelta(hours=60))
    await incidents.review(incident.id, ana, Verdict.SAME)
    await store.set_clock(NOW + timedelta(hours=80))
    await correct(incidents, incident, ana, "ana", Verdict.CANNOT_TELL)
    sweep = Sweep(store, Retention(), clock.believed)

    await sweep()
    assert (await only(incidents)).case.outcome is None

    await store.set_clock(NOW + timedelta(hours=105))
    await sweep()
    assert (await only(incidents)).case.outcome is Outcome.UNRESOLVED


async def test_who_goes_arrives_and_reports_once(store: TimedDatabase, database: servers.Database) -> None:
    li, ana = [await clock.answerer(database, name) for name in ("li", "ana")]
    await see(store)
    incidents = Incidents(store)
    incident = await only(incidents)
    with pytest.raises(ResponseRefused, match="nobody is on the way"):
        await incidents.arrive(incident.id, li)
    await incidents.respond(incident.id, li)
    with pytest.raises(ResponseRefused, match="li is"):
        await incidents.arrive(incident.id, ana)

    for _ in range(2):
        arrived = await incidents.arrive(incident.id, li)
        reported = await incidents.report(incident.id, li, holder(li, "li"), Result.NOT_FOUND, "Nobody at the gate.")

    assert arrived.arrived_at == NOW
    assert reported.report is not None
    assert (reported.report.name, reported.report.result) == ("li", Result.NOT_FOUND)
    assert await kinds(store) == ["raised", "responding", "updated", "updated"]
    with pytest.raises(ResponseRefused):
        await incidents.report(incident.id, ana, holder(ana, "ana"), Result.MET, "")
    assert await disagreements(database) == []


async def test_an_erasure_takes_the_notes_and_the_audit_never_had_them(
    store: TimedDatabase, database: servers.Database
) -> None:
    await store.set_clock(timedelta(0))
    now = datetime.now(UTC)
    async with Record.open(database, keyring()) as record:
        entry = await record.active()
        await see(store, at=now, entry=entry)
        li = await clock.answerer(database, "li")
        incidents = Incidents(store)
        incident = await only(incidents)
        await incidents.respond(incident.id, li)
        await incidents.report(incident.id, li, holder(li, "li"), Result.MET, "It was Wu Anming.")

        await record.revoke(entry)
        await record.erase(entry)

    report = (await only(incidents)).report
    assert report is not None
    assert report.note == ""
    auditor = await asyncpg.connect(database.audit)
    try:
        told = await auditor.fetch("select reason, details::text from audit.event where action = 'incident.reported'")
    finally:
        await auditor.close()
    assert len(told) == 1
    assert "Anming" not in str([tuple(row) for row in told])


async def test_the_trail_says_where_and_when_and_joins_a_stay(store: TimedDatabase) -> None:
    for seconds, camera in ((0, "gate"), (5, "gate"), (40, "hall"), (80, "gate")):
        await see(store, at=NOW + timedelta(seconds=seconds), camera=camera)
    incidents = Incidents(store)

    stops = await incidents.trail(await only(incidents))

    def after(seconds: int) -> datetime:
        return NOW + timedelta(seconds=seconds)

    assert stops == [
        Stop("gate", after(0), after(5)),
        Stop("hall", after(40), after(40)),
        Stop("gate", after(80), after(80)),
    ]


async def test_an_administrator_says_where_a_camera_is(store: TimedDatabase, database: servers.Database) -> None:
    ada = await clock.answerer(database, "ada", "administrator")
    sup = await clock.answerer(database, "sup", "supervisor")
    places = Places(store)
    gate = CameraPlace("h1", "gate-2", "Gate 2", "Main building", "Ground floor", has_plan=False)

    with pytest.raises(NoSuchPlace):
        await places.set_plan(ada.token, "h1", "gate-2", b"jpeg")
    for token in (sup.token, str(uuid4())):
        with pytest.raises(Refusal):
            await places.describe(token, gate)
    await places.describe(ada.token, gate)
    await places.set_plan(ada.token, "h1", "gate-2", b"jpeg")

    (known,) = await places.all()
    assert (known.name, known.has_plan) == ("Gate 2", True)
    assert await places.plan("h1", "gate-2") == b"jpeg"
    await places.remove(ada.token, "h1", "gate-2")
    assert await places.all() == []
    with pytest.raises(NoSuchPlace):
        await places.remove(ada.token, "h1", "gate-2")
    auditor = await asyncpg.connect(database.audit)
    try:
        actions = await auditor.fetch("select action from audit.event where action like 'place.%' order by sequence")
    finally:
        await auditor.close()
    assert [row["action"] for row in actions] == ["place.described", "place.plan_set", "place.removed"]


async def test_a_correction_before_the_decision_decides_with_the_others(
    store: TimedDatabase, database: servers.Database
) -> None:
    li, ana = [await clock.answerer(database, name) for name in ("li", "ana")]
    await see(store)
    await see(store, at=NOW + timedelta(seconds=5), camera="hall")
    incidents = Incidents(store)
    incident = await only(incidents)
    await incidents.review(incident.id, li, Verdict.SAME)
    assert (await incidents.review(incident.id, ana, Verdict.NOT_SAME)).case.is_disputed

    decided = await correct(incidents, incident, li, "li", Verdict.NOT_SAME)

    assert decided.case.outcome is Outcome.REJECTED
    assert await disagreements(database) == []
