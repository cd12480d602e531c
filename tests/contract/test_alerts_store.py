"""The ledger, the incidents and the sessions on a real PostgreSQL with the product's own schema and grants."""

import asyncio
import hashlib
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from proto.wardwatch.v1.messages import MatchingControl, PersonSighted
from proto.wardwatch.v1.roles import ALLOWED, Role
from proto.wardwatch.v1.subjects import EntryId, SiteId
from services.alerts.accounts.codes import token_digest
from services.alerts.accounts.holder import Holder
from services.alerts.control import RecordControl
from services.alerts.database import Connection, Database, StoreAway, Unacceptable
from services.alerts.edge.hub import Hub, PostgresEventLog
from services.alerts.handler import RecordSighting
from services.alerts.incidents.audit_note import TooManyFaces
from services.alerts.incidents.ledger import PICTURES_PER_INCIDENT, PostgresLedger
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.retention import Retention, Sweep
from services.alerts.incidents.review import Outcome, Verdict, VerdictRefused
from services.alerts.incidents.store import Incidents, ResponseRefused
from services.chassis.errors import Poison
from services.chassis.telemetry import Meters
from tests import servers
from tests.contract import acts, clock
from tests.contract.clock import TimedDatabase
from tests.contract.sessions import replica
from tests.crops import CROPS
from tests.fakes import eventually
from tests.sightings import Track, sighted

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PERSON = EntryId("0b6f3f0c-6f5e-4a43-9c39-3d7f3f1c1a01")
LI = Holder(uuid.UUID(int=1), "li", Role.GUARD, NOW + timedelta(hours=12))


def sighting(
    *,
    at: datetime = NOW,
    similarity: float = 0.7,
    camera: str = "gate",
    entry: EntryId = PERSON,
    picture: bytes = b"jpeg",
) -> PersonSighted:
    return sighted(at, entry, similarity=similarity, camera=camera, picture=picture)


@pytest.fixture
async def store(database: servers.Database) -> AsyncIterator[TimedDatabase]:
    async with TimedDatabase.of(database) as opened:
        await opened.set_clock(NOW)
        yield opened


class Counted(Database):
    """A database that counts the transactions begun on it."""

    def __init__(self, counted: Database) -> None:
        self._counted = counted
        self.begun = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        self.begun += 1
        async with self._counted.transaction() as connection:
            yield connection


def recorder(store: Database, *, now: datetime = NOW + timedelta(seconds=1), reviewers: int = 2) -> RecordSighting:
    ledger = PostgresLedger(store, reviewers, clock=clock.at(now))
    return RecordSighting(ledger, CROPS.seal, EvidencePolicy(), Meters())


async def account(database: servers.Database, name: str, role: str = "guard") -> uuid.UUID:
    connection = await asyncpg.connect(database.owner)
    try:
        account_id: uuid.UUID = await connection.fetchval(
            "select accounts.add_account($1, $2, $3, now() + interval '1 day')", name, role, code(name)
        )
    finally:
        await connection.close()
    return account_id


async def audited(database: servers.Database, action: str) -> list["asyncpg.Record"]:
    """Events of that action."""
    connection = await asyncpg.connect(database.audit)
    try:
        return await connection.fetch("select * from audit.event where action = $1 order by sequence", action)
    finally:
        await connection.close()


async def readings(database: servers.Database) -> list["asyncpg.Record"]:
    """What the audit holds of reading incidents."""
    auditor = await asyncpg.connect(database.audit)
    try:
        return await auditor.fetch("select * from audit.event where action like '%\\_read' order by sequence")
    finally:
        await auditor.close()


async def fetch_value(database: servers.Database, query: str, *values: object) -> object:
    """The value of *query* for the owner, as whom the command line connects."""
    owner = await asyncpg.connect(database.owner)
    try:
        return await owner.fetchval(query, *values)
    finally:
        await owner.close()


def code(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


async def test_a_strong_sighting_raises_one_incident_and_one_event(store: TimedDatabase) -> None:
    await recorder(store)(sighting())

    (incident,) = await Incidents(store).page(limit=10, before=None)
    (event,) = await PostgresEventLog(store).after(0, limit=10)
    assert (incident.site, incident.cameras, incident.strong) == ("h1", ("gate",), True)
    assert (event.kind, event.incident_id, event.camera) == ("raised", incident.id, "gate")
    assert event.journey is not None
    assert event.recorded_us > event.journey.matched_us


async def test_the_same_sighting_twice_has_the_effect_of_once(store: TimedDatabase) -> None:
    once = sighting()

    for _ in range(3):
        await recorder(store)(once)

    (incident,) = await Incidents(store).page(limit=10, before=None)
    assert incident.sightings == 1
    assert len(await PostgresEventLog(store).after(0, limit=10)) == 1


async def test_many_replicas_at_once_raise_one_incident_per_person(store: TimedDatabase) -> None:
    other = EntryId(str(uuid.uuid4()))
    crowd = [sighting(camera=f"c{n % 3}", entry=entry) for n in range(12) for entry in (PERSON, other)]

    await asyncio.gather(*(recorder(store)(seen) for seen in [*crowd, *crowd]))

    incidents = await Incidents(store).page(limit=10, before=None)
    assert sorted(i.sightings for i in incidents) == [12, 12]


async def test_two_weak_walks_raise_and_all_their_sightings_become_evidence(store: TimedDatabase) -> None:
    gate, ward = Track(NOW), Track(NOW, camera="ward")
    for second, walk in ((0, gate), (2, gate), (3, ward)):
        assert await Incidents(store).page(limit=10, before=None) == []
        at = NOW + timedelta(seconds=second)
        await recorder(store, now=NOW + timedelta(seconds=5))(sighted(at, PERSON, similarity=0.56, track=walk))

    (incident,) = await Incidents(store).page(limit=10, before=None)
    assert (incident.sightings, incident.strong) == (3, False)
    measured = await Incidents(store).measurements(incident, LI)
    assert [(m.walk, m.looks) for m in measured] == [(1, 1), (1, 2), (2, 1)]


async def test_the_tracks_of_a_decided_incident_are_forgotten_after_a_day(
    store: TimedDatabase, database: servers.Database
) -> None:
    li = await clock.answerer(database, "li")
    await recorder(store, reviewers=1)(sighted(NOW, PERSON, track=Track(NOW)))
    (incident,) = await Incidents(store).page(limit=10, before=None)
    await Incidents(store).review(incident.id, li, Verdict.NOT_SAME)
    sweep = Sweep(store, Retention(), clock.believed)
    tracks = """
        select count(track_id) + count(track_began_us) + coalesce(cardinality(max(tracks)), 0)
        from alerts.sighting s join alerts.incident i on i.id = s.incident_id
    """

    kept = []
    for hours in (23, 25):
        await store.set_clock(NOW + timedelta(hours=hours))
        await sweep()
        kept.append(await fetch_value(database, tracks))

    assert kept == [3, 0]


async def test_a_second_camera_updates_the_incident(store: TimedDatabase) -> None:
    await recorder(store)(sighting())

    await recorder(store)(sighting(camera="ward", at=NOW + timedelta(seconds=1)))

    (incident,) = await Incidents(store).page(limit=10, before=None)
    assert incident.cameras == ("gate", "ward")
    assert [e.kind for e in await PostgresEventLog(store).after(0, limit=10)] == ["raised", "updated"]


async def test_a_late_sighting_does_not_send_people_to_a_former_place(store: TimedDatabase) -> None:
    await recorder(store)(sighting(camera="gate"))
    await recorder(store, now=NOW + timedelta(seconds=9))(sighting(camera="ward", at=NOW + timedelta(seconds=8)))

    await recorder(store, now=NOW + timedelta(seconds=10))(sighting(camera="lobby", at=NOW + timedelta(seconds=4)))

    (incident,) = await Incidents(store).page(limit=10, before=None)
    assert (incident.last_camera, incident.last_seen_at) == ("ward", NOW + timedelta(seconds=8))
    assert incident.cameras == ("gate", "ward", "lobby")


async def test_the_latest_of_the_evidence_says_where_the_person_is(store: TimedDatabase) -> None:
    for camera, second in (("ward", 4), ("lobby", 2)):
        await recorder(store, now=NOW + timedelta(seconds=5))(
            sighting(similarity=0.56, camera=camera, at=NOW + timedelta(seconds=second))
        )

    (incident,) = await Incidents(store).page(limit=10, before=None)
    assert (incident.last_camera, incident.last_seen_at) == ("ward", NOW + timedelta(seconds=4))


async def test_pictures_of_a_long_visit_are_not_all_kept(store: TimedDatabase) -> None:
    for second in range(PICTURES_PER_INCIDENT + 5):
        await recorder(store, now=NOW + timedelta(seconds=60))(sighting(at=NOW + timedelta(seconds=second)))

    async with store.transaction() as connection:
        pictures = await connection.fetchval("select count(picture) from alerts.sighting")
    (incident,) = await Incidents(store).page(limit=10, before=None)
    assert (pictures, incident.sightings) == (PICTURES_PER_INCIDENT, PICTURES_PER_INCIDENT + 5)


async def test_a_sighting_the_schema_can_never_hold_is_poison(store: TimedDatabase) -> None:
    for impossible in (sighting(entry=EntryId("nobody")), sighting(similarity=7), sighting(picture=bytes(2**20 + 1))):
        with pytest.raises(Poison):
            await recorder(store)(impossible)


async def test_sightings_below_the_evidence_are_gone_after_a_quarter_hour(store: TimedDatabase) -> None:
    await recorder(store)(sighting(similarity=0.5))
    await recorder(store)(sighting(entry=EntryId(str(uuid.uuid4()))))
    sweep = Sweep(store, Retention(), clock.believed)

    await store.set_clock(NOW + timedelta(minutes=14))
    assert await sweep() == 0
    await store.set_clock(NOW + timedelta(minutes=16))
    assert await sweep() == 1

    async with store.transaction() as connection:
        assert await connection.fetchval("select count(*) from alerts.sighting") == 1


async def test_an_incident_nobody_decides_ends_unresolved_and_without_pictures(store: TimedDatabase) -> None:
    await recorder(store)(sighting())

    await store.set_clock(NOW + timedelta(hours=73))
    await Sweep(store, Retention(), clock.believed)()

    (incident,) = await Incidents(store).page(limit=10, before=None)
    assert incident.case.outcome is Outcome.UNRESOLVED
    assert await Incidents(store, open_crop=CROPS.open).picture(incident.id, LI) is None


async def test_reading_pictures_or_measurements_is_audited_without_the_person(
    store: TimedDatabase, database: servers.Database
) -> None:
    await recorder(store)(sighting())
    incidents = Incidents(store, open_crop=CROPS.open)
    (incident,) = await incidents.page(limit=10, before=None)

    assert await incidents.picture(incident.id, LI) == b"jpeg"
    assert await incidents.picture(incident.id, LI) == b"jpeg"
    await incidents.measurements(incident, LI)
    await incidents.one(incident.id)

    events = await readings(database)
    assert [event["action"] for event in events] == [*["incident.picture_read"] * 2, "incident.details_read"]
    for event in events:
        assert (event["actor_id"], event["actor_name"], event["through"]) == (LI.account_id, "li", "wardwatch_alerts")
        assert (event["subject_kind"], event["subject"], event["reason"]) == ("incident", str(incident.id), "")
        assert json.loads(event["details"]) == {"entry": PERSON}


async def test_who_reads_a_picture_at_once_with_many_is_paced_and_audited_alone(
    store: TimedDatabase, database: servers.Database
) -> None:
    await recorder(store)(sighting())
    (incident,) = await Incidents(store).page(limit=1, before=None)
    phones = [replace(LI, account_id=uuid.UUID(int=number), name=f"li-{number}") for number in range(1, 31)]
    await Incidents(store, open_crop=CROPS.open).picture(incident.id, phones[3])
    connection = await asyncpg.connect(database.superuser)
    await connection.execute("update audit.reading set credit = -1000")
    await connection.close()

    incidents = Incidents(store, open_crop=CROPS.open)
    seen = await asyncio.gather(*(incidents.picture(incident.id, each) for each in phones), return_exceptions=True)

    assert [type(each) for each in seen] == [TooManyFaces if phone is phones[3] else bytes for phone in phones]
    names = sorted(event["actor_name"] for event in await readings(database))
    assert names == sorted(phone.name for phone in phones)


async def test_what_is_not_there_to_be_read_is_not_audited_as_read(
    store: TimedDatabase, database: servers.Database
) -> None:
    await recorder(store)(sighting())
    await store.set_clock(NOW + timedelta(hours=73))
    await Sweep(store, Retention(), clock.believed)()
    incidents = Incidents(store, open_crop=CROPS.open)
    (incident,) = await incidents.page(limit=10, before=None)

    for each in (incident.id, uuid.uuid4()):
        assert await incidents.picture(each, LI) is None

    assert await readings(database) == []


async def test_what_cannot_be_audited_is_not_shown(store: TimedDatabase) -> None:
    await recorder(store)(sighting())
    incidents, nobody = Incidents(store), replace(LI, name="")
    (incident,) = await incidents.page(limit=10, before=None)

    with pytest.raises(Unacceptable):
        await incidents.picture(incident.id, nobody)
    with pytest.raises(Unacceptable):
        await incidents.measurements(incident, nobody)


async def test_two_different_people_confirm_and_nobody_can_change_it(
    store: TimedDatabase, database: servers.Database
) -> None:
    li, ana, bo = [await clock.answerer(database, name) for name in ("li", "ana", "bo")]
    await recorder(store)(sighting())
    incidents = Incidents(store, open_crop=CROPS.open)
    (incident,) = await incidents.page(limit=10, before=None)

    first = await incidents.review(incident.id, li, Verdict.SAME)
    again = await incidents.review(incident.id, li, Verdict.SAME)
    second = await incidents.review(incident.id, ana, Verdict.SAME)

    assert first.case.outcome is None
    assert again.case.outcome is None
    assert second.case.outcome is Outcome.CONFIRMED
    with pytest.raises(VerdictRefused):
        await incidents.review(incident.id, bo, Verdict.NOT_SAME)


async def test_a_rejected_incident_loses_its_pictures_and_sends_nobody(
    store: TimedDatabase, database: servers.Database
) -> None:
    li = await clock.answerer(database, "li")
    await recorder(store, reviewers=1)(sighting())
    incidents = Incidents(store, open_crop=CROPS.open)
    (incident,) = await incidents.page(limit=10, before=None)

    await incidents.review(incident.id, li, Verdict.NOT_SAME)

    assert await incidents.picture(incident.id, LI) is None
    with pytest.raises(ResponseRefused):
        await incidents.respond(incident.id, li)


async def test_the_database_itself_refuses_a_confirmation_without_reviews(
    store: TimedDatabase, database: servers.Database
) -> None:
    await recorder(store)(sighting())

    owner = await asyncpg.connect(database.owner)
    with pytest.raises(asyncpg.CheckViolationError):
        await owner.execute("update alerts.incident set outcome = 'confirmed', decided_at = now()")
    await owner.close()


async def test_the_database_refuses_answers_of_who_does_not_answer_alerts(
    store: TimedDatabase, database: servers.Database
) -> None:
    answers = {"respond": "select alerts.respond($1, $2)", "review": "select alerts.give_verdict($1, $2, 'same')"}
    taken: dict[str, set[Role]] = {operation: set() for operation in answers}
    for second, role in enumerate(Role):
        who = await clock.answerer(database, role, role)
        await recorder(store, now=NOW + timedelta(seconds=second + 1))(sighting(entry=EntryId(str(uuid.uuid4()))))
        (incident,) = await Incidents(store).page(limit=1, before=None)
        for operation, answer in answers.items():
            with suppress(Unacceptable):
                async with store.transaction() as connection:
                    if await connection.fetchval(answer, incident.id, who.token):
                        taken[operation].add(role)

    assert taken == {operation: ALLOWED[operation] for operation in answers}


async def test_open_incidents_are_found_behind_any_number_of_decided_ones(
    store: TimedDatabase, database: servers.Database
) -> None:
    li, incidents = await clock.answerer(database, "li"), Incidents(store)
    for second in range(4):
        seen = sighting(entry=EntryId(str(uuid.uuid4())))
        await recorder(store, reviewers=1, now=NOW + timedelta(seconds=second + 1))(seen)
    oldest, *others = reversed(await incidents.page(limit=10, before=None))
    for other in others[1:]:
        await incidents.review(other.id, li, Verdict.SAME)

    found = await incidents.page(limit=10, before=None, only_open=True)
    before = await incidents.page(limit=10, before=others[0].number, only_open=True)

    assert [i.id for i in found] == [others[0].id, oldest.id]
    assert [i.id for i in before] == [oldest.id]


async def test_the_first_to_respond_wins(store: TimedDatabase, database: servers.Database) -> None:
    li, ana = [await clock.answerer(database, name) for name in ("li", "ana")]
    await recorder(store)(sighting())
    (incident,) = await Incidents(store).page(limit=10, before=None)

    answers = await asyncio.gather(*(Incidents(store).respond(incident.id, who) for who in (li, ana, li)))

    assert len({a.response.account_id for a in answers if a.response}) == 1
    kinds = [e.kind for e in await PostgresEventLog(store).after(0, limit=10)]
    assert kinds == ["raised", "responding"]


async def test_a_code_opens_one_session_and_an_invitation_voids_it(database: servers.Database) -> None:
    await account(database, "li", "supervisor")
    async with replica(database) as sessions:
        holder = await sessions.redeem(code("li"), "token-1")
        assert holder is not None
        assert (holder.name, holder.role, holder.sites) == ("li", Role.SUPERVISOR, None)
        assert await sessions.redeem(code("li"), "token-2") is None

        owner = await asyncpg.connect(database.owner)
        for text in ("old", "new", "new"):
            await owner.execute("select accounts.invite('li', $1, now() + interval '2 days')", code(text))
        assert await sessions.redeem(code("old"), "token-3") is None
        moved = "update accounts.code set created_at = created_at + $1, expires_at = expires_at + $1 where sha256 = $2"
        await owner.execute(moved, -timedelta(hours=25), code("new"))
        assert await sessions.redeem(code("new"), "token-4") is None
        await owner.execute(moved, timedelta(hours=25), code("new"))
        await owner.close()
        assert await sessions.redeem(code("new"), "token-5") is not None


async def test_a_session_is_known_to_every_replica_until_it_ends(database: servers.Database) -> None:
    await account(database, "li")
    async with replica(database) as here, replica(database) as there:
        await here.redeem(code("li"), "token")

        assert await here.holder("token") is not None
        assert await there.holder("token") is not None

        await here.end("token")

        assert await here.holder("token") is None
        assert here.remembered("token") is None
        await eventually(lambda: there.remembered("token") is None)
        assert await there.holder("token") is None


async def test_a_session_that_ended_is_not_brought_back_by_an_older_look(database: servers.Database) -> None:
    await account(database, "li")
    async with replica(database) as sessions:
        await sessions.redeem(code("li"), "token")

        sessions.directory.remove(token_digest("token"))  # as it is first when somebody signs out
        sessions.directory.recheck()
        await sessions.directory.refresh()

        assert await sessions.holder("token") is None


async def test_disabling_ends_sessions_and_voids_codes_for_good(database: servers.Database) -> None:
    await account(database, "li")
    await account(database, "ana")
    async with replica(database) as sessions:
        await sessions.redeem(code("li"), "token")
        await sessions.redeem(code("ana"), "other")
        await fetch_value(database, "select accounts.invite('li', $1, now() + interval '1 hour')", code("next"))

        ended = await fetch_value(database, "select accounts.disable('li', 'stolen', false)")

        assert ended == 1
        await eventually(lambda: sessions.remembered("token") is None)
        assert await sessions.holder("token") is None
        assert await fetch_value(database, "select accounts.enable('li')")
        assert await sessions.holder("token") is None
        assert await sessions.redeem(code("next"), "token-3") is None
        await fetch_value(database, "select accounts.invite('li', $1, now() + interval '1 hour')", code("new"))
        assert await sessions.redeem(code("new"), "token-4") is not None
        assert await sessions.holder("other") is not None


async def test_signing_an_account_out_ends_every_session_and_leaves_its_code(database: servers.Database) -> None:
    await account(database, "li")
    async with replica(database) as sessions:
        await sessions.redeem(code("li"), "phone")
        await fetch_value(database, "select accounts.invite('li', $1, now() + interval '1 hour')", code("next"))

        assert await fetch_value(database, "select accounts.sign_out('li')") == 1
        await eventually(lambda: sessions.remembered("phone") is None)
        assert await sessions.redeem(code("next"), "new phone") is not None


async def test_another_role_or_other_sites_hold_for_open_sessions(database: servers.Database) -> None:
    await account(database, "li")
    async with replica(database) as sessions:
        await sessions.redeem(code("li"), "token")

        await fetch_value(database, "select accounts.set_sites('li', $1)", ["h2", "h3"])

        def sites() -> frozenset[str] | None:
            known = sessions.remembered("token")
            return None if known is None else known.sites

        await eventually(lambda: sites() == frozenset({"h2", "h3"}))
        await fetch_value(database, "update accounts.account set role = 'auditor' where name = 'li' returning 1")
        await eventually(lambda: (known := sessions.remembered("token")) is not None and known.role is Role.AUDITOR)


async def test_invented_tokens_share_one_query_and_cost_the_alerts_none(database: servers.Database) -> None:
    async with replica(database) as sessions:
        queries = Counted(sessions.database)
        sessions.directory.database = queries

        answers = await asyncio.gather(*(sessions.holder(f"invented {n}") for n in range(200)))
        again = await asyncio.gather(*(sessions.holder(f"invented {n}") for n in range(200)))

    assert answers == again == [None] * 200
    assert queries.begun <= 2


async def test_more_unknown_tokens_than_one_query_takes_are_refused(database: servers.Database) -> None:
    async with replica(database) as sessions:
        answers = await asyncio.gather(*(sessions.holder(f"invented {n}") for n in range(1000)), return_exceptions=True)

    assert {type(answer) for answer in answers} == {type(None), StoreAway}


async def test_without_announcements_a_session_serves_the_stop_button_alone(database: servers.Database) -> None:
    await account(database, "li")
    async with replica(database) as sessions:
        await sessions.redeem(code("li"), "token")

        sessions.directory.disconnected()

        with pytest.raises(StoreAway):
            await sessions.holder("token")
        assert sessions.remembered("token") is not None


async def test_a_session_opened_while_its_account_is_being_disabled_is_ended(
    store: TimedDatabase, database: servers.Database
) -> None:
    await account(database, "li")
    now = datetime.now(UTC)
    owner = await asyncpg.connect(database.owner)
    async with owner.transaction():
        account_id = await owner.fetchval("select id from accounts.account where name = 'li'")
        await owner.execute("update accounts.code set spent_at = now() where account_id = $1", account_id)
        disabling = asyncio.create_task(fetch_value(database, "select accounts.disable('li', 'stolen', false)"))
        await eventually(lambda: acts.somebody_waits(database.superuser))
        await owner.execute(
            "insert into accounts.session (token_sha256, account_id, expires_at) values ($1, $2, $3)",
            code("token"),
            account_id,
            now + timedelta(hours=1),
        )
    await owner.close()

    assert await disabling == 1


async def test_of_two_administrators_disabled_at_once_the_second_is_the_last(database: servers.Database) -> None:
    await account(database, "ana", "administrator")
    await account(database, "li", "administrator")

    owner = await asyncpg.connect(database.owner)
    async with owner.transaction():
        await owner.execute("select accounts.disable('ana', 'left', false)")
        second = asyncio.create_task(fetch_value(database, "select accounts.disable('li', 'left', false)"))
        await eventually(lambda: acts.somebody_waits(database.superuser))
    await owner.close()

    with pytest.raises(asyncpg.RestrictViolationError):
        await second
    assert await fetch_value(database, "select accounts.disable('li', 'left', true)") == 0


async def test_the_record_takes_answers_from_accounts_of_the_site_alone(
    store: TimedDatabase, database: servers.Database
) -> None:
    await recorder(store)(sighting())
    (incident,) = await Incidents(store).page(limit=1, before=None)
    elsewhere, here = [await clock.answerer(database, name) for name in ("li", "ana")]
    await fetch_value(database, "select accounts.set_sites('li', $1)", ["h2"])
    await fetch_value(database, "select accounts.set_sites('ana', $1)", ["h2", "h1"])

    with pytest.raises(Unacceptable):
        await Incidents(store).respond(incident.id, elsewhere)
    with pytest.raises(Unacceptable):
        await Incidents(store).review(incident.id, elsewhere, Verdict.SAME)
    await Incidents(store).respond(incident.id, here)
    await Incidents(store).review(incident.id, here, Verdict.SAME)


async def test_incidents_are_listed_by_site(store: Database) -> None:
    for site in ("h1", "h2", "h3"):
        await recorder(store)(sighted(NOW, PERSON, site=site))

    found = await Incidents(store).page(limit=10, before=None, sites={"h1", "h3"})

    assert {incident.site for incident in found} == {"h1", "h3"}


async def test_faces_are_shown_at_a_pace_that_no_replica_resets(store: Database, database: servers.Database) -> None:
    await recorder(store)(sighting())
    (incident,) = await Incidents(store).page(limit=1, before=None)
    shown = 0
    async with Database.open(database.alerts, None, connections=4) as elsewhere:
        replicas = [Incidents(each, open_crop=CROPS.open) for each in (store, elsewhere)]

        async def look_until_refused() -> None:
            nonlocal shown
            while await replicas[shown % 2].picture(incident.id, LI):
                shown += 1

        with pytest.raises(TooManyFaces) as refused:
            await look_until_refused()

        assert await replicas[0].picture(incident.id, replace(LI, account_id=uuid.UUID(int=2))) == b"jpeg"

    assert shown >= 120
    assert 1 <= refused.value.seconds <= 2
    events = await audited(database, "reading.slowed")
    assert [(event["subject"], event["actor_name"]) for event in events] == [(str(LI.account_id), "li")]


async def test_very_many_faces_in_a_day_are_told_to_the_auditor(store: Database, database: servers.Database) -> None:
    await recorder(store)(sighting())
    (incident,) = await Incidents(store).page(limit=1, before=None)
    await Incidents(store, open_crop=CROPS.open).picture(incident.id, LI)
    connection = await asyncpg.connect(database.superuser)
    await connection.execute("update audit.reading set day_count = 599")
    await connection.close()

    for _ in range(3):
        await Incidents(store, open_crop=CROPS.open).picture(incident.id, LI)

    (event,) = await audited(database, "reading.unusual")
    assert json.loads(event["details"]) == {"account": "li", "faces_today": 600}


async def test_the_service_may_not_invite_people_or_change_what_they_did(store: TimedDatabase) -> None:
    for forbidden in (
        "select accounts.add_account('eve', 'supervisor', sha256('x'), now() + interval '1 hour')",
        "select accounts.disable('eve', 'in the way', true)",
        "select accounts.enable('eve')",
        "select accounts.sign_out('eve')",
        "select accounts.set_sites('eve', null)",
        "select accounts.add_account('eve', 'guard', sha256('x'), now() + interval '1 hour', null)",
        "update audit.reading set credit = 1000",
        "update accounts.account set role = 'supervisor'",
        "delete from alerts.review",
        "update alerts.control set reason = 'other'",
        "select * from watchlist.entry",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with store.transaction() as connection:
                await connection.execute(forbidden)


async def test_the_hub_hears_of_an_event_written_by_another_replica(
    store: TimedDatabase, database: servers.Database
) -> None:
    hub, stop = Hub(PostgresEventLog(store)), asyncio.Event()
    async with Database.open(database.alerts, None, connections=2) as elsewhere, asyncio.TaskGroup() as tasks:
        tasks.create_task(hub.run(stop))
        tasks.create_task(store.listen([hub.listener], stop=stop))
        await eventually(lambda: hub.live)

        await recorder(elsewhere)(sighting())

        await eventually(lambda: hub.newest > 0)
        assert [e.kind for e in await hub.after(0)] == ["raised"]
        stop.set()


async def test_an_absent_server_is_said_in_words() -> None:
    async with Database.open("postgresql://nobody:none@/none?host=/nowhere", None, connections=1) as store:
        assert await store.check() is not None
        with pytest.raises(StoreAway):
            await Incidents(store).page(limit=1, before=None)


async def test_a_sighting_waits_for_the_database_only_so_long() -> None:
    async with Database.open("postgresql://nobody:none@/none?host=/nowhere", None, connections=1) as store:
        ledger = PostgresLedger(store, retry_seconds=0)
        async with asyncio.timeout(5):
            with pytest.raises(StoreAway):
                await RecordSighting(ledger, CROPS.seal, EvidencePolicy(), Meters())(sighting())


async def test_the_longest_control_that_can_be_asked_for_is_recorded(store: TimedDatabase) -> None:
    control_id = "/".join(["a" * 64, "s" * 64, "k" * 64, "resume"])
    await RecordControl(store, lambda: NOW)(MatchingControl(control_id, SiteId("s" * 64), False, "a", "r" * 500, NOW))

    async with store.transaction() as connection:
        assert await connection.fetchval("select control_id from alerts.control") == control_id


async def test_a_control_is_recorded_once(store: TimedDatabase) -> None:
    record = RecordControl(store, lambda: NOW)
    control = MatchingControl("c1", SiteId("h1"), True, "ana", "drill", NOW)

    await record(control)
    await record(control)

    async with store.transaction() as connection:
        assert await connection.fetchval("select count(*) from alerts.control") == 1
