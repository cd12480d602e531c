"""What an outcome means for what is seen afterwards, on a real PostgreSQL with the product's own schema and grants."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from proto.wardwatch.v1.messages import PersonSighted
from proto.wardwatch.v1.roles import Role
from proto.wardwatch.v1.subjects import EntryId, site_id
from services.alerts.accounts.holder import Holder
from services.alerts.edge.hub import PostgresEventLog
from services.alerts.handler import RecordSighting
from services.alerts.incidents.ledger import PICTURES_PER_INCIDENT, PostgresLedger
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.retention import close
from services.alerts.incidents.review import Outcome, Verdict
from services.alerts.incidents.store import Answerer, Incident, Incidents
from services.alerts.incidents.walks import Evidence, Walk, as_walks
from services.chassis.telemetry import Meters
from tests import servers
from tests.contract import acts, clock
from tests.contract.clock import TimedDatabase
from tests.crops import CROPS
from tests.fakes import eventually
from tests.sightings import Track, sighted

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PERSON = EntryId("0b6f3f0c-6f5e-4a43-9c39-3d7f3f1c1a01")
GUARD = Holder(uuid.UUID(int=1), "li", Role.GUARD, NOW + timedelta(hours=12))


def track(camera: str = "gate", *, began: float = 0) -> Track:
    return Track(NOW + timedelta(seconds=began), camera)


def sighting(
    second: float, similarity: float, camera: str = "gate", *, face_px: float = 90, of: Track | None = None
) -> PersonSighted:
    """Of the walk *of*, else of one that begins and ends with it."""
    walk = track(camera, began=second) if of is None else of
    picture = f"{walk.camera}/{similarity}".encode()
    at = NOW + timedelta(seconds=second)
    return sighted(at, PERSON, similarity=similarity, face_px=face_px, picture=picture, track=walk)


@pytest.fixture
async def store(database: servers.Database) -> AsyncIterator[TimedDatabase]:
    async with TimedDatabase.of(database) as opened:
        yield opened


@pytest.fixture
async def guards(database: servers.Database) -> list[Answerer]:
    """Two guards who are signed in."""
    return [await clock.answerer(database, name) for name in ("li", "ana")]


async def see(store: TimedDatabase, sightings: Iterable[PersonSighted], *, now: float | None = None) -> None:
    """Record each a second after it was seen, or at *now*."""
    for seen in sightings:
        at = seen.origin.journey.captured_us / 1e6 - NOW.timestamp() + 1 if now is None else now
        moment = clock.at(NOW + timedelta(seconds=at))
        await RecordSighting(PostgresLedger(store, clock=moment), CROPS.seal, EvidencePolicy(), Meters())(seen)


async def judge(
    store: TimedDatabase, guards: list[Answerer], verdict: Verdict, second: float, *, incident: uuid.UUID | None = None
) -> Incident:
    """Both guards say so of *incident*, else of the newest one."""
    incidents = Incidents(store, open_crop=CROPS.open)
    await store.set_clock(NOW + timedelta(seconds=second))
    (newest, *_) = await incidents.page(limit=10, before=None)
    judged = newest if incident is None else await incidents.one(incident)
    for guard in guards:
        judged = await incidents.review(judged.id, guard, verdict)
    return judged


async def outcomes(store: TimedDatabase) -> list[Outcome | None]:
    """Of all incidents, newest first."""
    return [i.case.outcome for i in await Incidents(store).page(limit=50, before=None)]


async def event_kinds(store: TimedDatabase) -> list[str]:
    """The kinds of events, oldest first."""
    return [e.kind for e in await PostgresEventLog(store).after(0, limit=500)]


def looks(of: Track, similarity: float, *seconds: float) -> list[PersonSighted]:
    return [sighting(second, similarity, of=of) for second in seconds]


@pytest.mark.parametrize("verdict", [Verdict.NOT_SAME, Verdict.CANNOT_TELL])
@pytest.mark.parametrize("camera", ["ward", "gate"])
async def test_a_listed_person_after_a_rejection_is_told_with_the_picture(
    store: TimedDatabase, guards: list[Answerer], verdict: Verdict, camera: str
) -> None:
    look_alike, listed = track(), track(camera, began=21)
    await see(store, looks(look_alike, 0.64, 0, 1, 2))
    rejected = await judge(store, guards, verdict, 20)
    # Both are in view.
    for second in range(21, 36):
        await see(store, [*looks(look_alike, 0.64, second), *looks(listed, 0.84, second + 0.5)])

    newest, former = await Incidents(store).page(limit=10, before=None)

    assert (newest.case.outcome, newest.site, newest.last_camera) == (None, "h1", camera)
    assert newest.sightings == 15
    assert await Incidents(store, open_crop=CROPS.open).picture(newest.id, GUARD) == f"{camera}/0.84".encode()
    assert (former.id, former.cameras) == (rejected.id, ("gate",))
    assert await event_kinds(store) == ["raised", "closed", "raised", "updated", "updated"]


async def test_a_rejected_walk_does_not_ring_again(store: TimedDatabase, guards: list[Answerer]) -> None:
    look_alike = track()
    await see(store, looks(look_alike, 0.64, 0, 1, 2))
    await judge(store, guards, Verdict.NOT_SAME, 20)

    await see(store, looks(look_alike, 0.66, *range(21, 290, 4)))
    # Beyond the window too.
    await see(store, looks(look_alike, 0.66, 500, 5000))

    assert await outcomes(store) == [Outcome.REJECTED]
    assert await event_kinds(store) == ["raised", "closed"]
    async with store.transaction() as connection:
        assert await connection.fetchval("select count(picture) from alerts.sighting") == 0
        quiet = await connection.fetchval("select quiet_until from alerts.incident")
    assert quiet == NOW + timedelta(seconds=302)


async def test_the_pieces_of_a_rejected_walk_ring_again_only_after_the_window(
    store: TimedDatabase, guards: list[Answerer]
) -> None:
    await see(store, looks(track(), 0.64, 0, 1, 2))
    await judge(store, guards, Verdict.NOT_SAME, 20)

    await see(store, [sighting(second, 0.64) for second in range(21, 290, 20)])
    assert await event_kinds(store) == ["raised", "closed"]

    await see(store, [sighting(303, 0.64)])
    assert await outcomes(store) == [None, Outcome.REJECTED]


async def test_a_confirmed_person_rings_again_only_after_coming_back(
    store: TimedDatabase, guards: list[Answerer]
) -> None:
    listed = track()
    await see(store, looks(listed, 0.8, 0))
    await judge(store, guards, Verdict.SAME, 20)
    await see(store, looks(listed, 0.9, *range(21, 60), 900))
    assert await outcomes(store) == [Outcome.CONFIRMED]

    await see(store, looks(track(began=960), 0.8, 960, 961))

    assert await outcomes(store) == [None, Outcome.CONFIRMED]
    assert (await event_kinds(store)).count("raised") == 2


async def test_a_nearer_walk_beside_an_open_alert_rings_and_outlives_it(
    store: TimedDatabase, guards: list[Answerer]
) -> None:
    look_alike, listed = track(), track("ward", began=5)
    await see(store, looks(look_alike, 0.64, 0))
    # The first look is no nearer than the look-alike, and joins; the second one is.
    await see(store, looks(listed, 0.63, 5))
    await see(store, looks(listed, 0.84, 6))
    await see(store, looks(look_alike, 0.64, 7))
    (newest, first) = await Incidents(store).page(limit=10, before=None)
    assert (await event_kinds(store)).count("raised") == 2
    await judge(store, guards, Verdict.NOT_SAME, 20, incident=first.id)

    await see(store, [*looks(look_alike, 0.64, 21), *looks(listed, 0.84, 22)])

    assert await outcomes(store) == [None, Outcome.REJECTED]
    assert (await event_kinds(store)).count("raised") == 2
    assert await Incidents(store, open_crop=CROPS.open).picture(newest.id, GUARD) == b"ward/0.84"
    async with store.transaction() as connection:
        assert await connection.fetchval("select count(*) from alerts.sighting where incident_id = $1", newest.id) == 2


async def test_a_listed_person_who_joins_between_verdicts_gets_an_incident(
    store: TimedDatabase, guards: list[Answerer]
) -> None:
    incidents, look_alike = Incidents(store, open_crop=CROPS.open), track()
    await see(store, looks(look_alike, 0.64, 0, 1, 2))
    (incident,) = await incidents.page(limit=10, before=None)
    await store.set_clock(NOW + timedelta(seconds=20))
    await incidents.review(incident.id, guards[0], Verdict.NOT_SAME)
    await see(store, [sighting(25, 0.65, "ward")])

    await store.set_clock(NOW + timedelta(seconds=30))
    await incidents.review(incident.id, guards[1], Verdict.NOT_SAME)

    newest, rejected = await incidents.page(limit=10, before=None)
    assert (newest.case.outcome, newest.sightings, newest.strong) == (None, 1, True)
    assert (rejected.case.outcome, rejected.sightings) == (Outcome.REJECTED, 3)
    assert await incidents.picture(newest.id, GUARD) == b"ward/0.65"
    assert await incidents.picture(rejected.id, GUARD) is None
    assert (await event_kinds(store))[-2:] == ["raised", "closed"]


async def test_a_walk_at_a_camera_not_shown_gets_an_incident(store: TimedDatabase, guards: list[Answerer]) -> None:
    # The clearest face is another walk's: reviewers are shown the one that the alert is about.
    await see(store, [sighting(0, 0.72, face_px=60), sighting(5, 0.73, "ward")])

    await judge(store, guards, Verdict.NOT_SAME, 20)

    newest, rejected = await Incidents(store).page(limit=10, before=None)
    assert await outcomes(store) == [None, Outcome.REJECTED]
    assert rejected.cameras == ("gate",)
    assert await Incidents(store, open_crop=CROPS.open).picture(newest.id, GUARD) == b"ward/0.73"


async def test_an_incident_that_a_verdict_raises_is_counted(store: TimedDatabase, guards: list[Answerer]) -> None:
    raised: list[str] = []
    incidents = Incidents(store, open_crop=CROPS.open, raised=raised.append)
    await see(store, [sighting(0, 0.72, face_px=60), sighting(5, 0.73, "ward")])
    (incident,) = await incidents.page(limit=10, before=None)

    await incidents.review(incident.id, guards[0], Verdict.NOT_SAME)
    assert raised == []  # the second person has not said so yet
    await incidents.review(incident.id, guards[1], Verdict.NOT_SAME)

    assert raised == [incident.site]


async def test_a_confirmation_raises_none(store: TimedDatabase, guards: list[Answerer]) -> None:
    raised: list[str] = []
    incidents = Incidents(store, open_crop=CROPS.open, raised=raised.append)
    await see(store, [sighting(0, 0.72, face_px=60), sighting(5, 0.73, "ward")])
    (incident,) = await incidents.page(limit=10, before=None)

    for guard in guards:
        await incidents.review(incident.id, guard, Verdict.SAME)

    assert raised == []


async def test_reviewers_are_shown_the_strong_face_not_a_clearer_one(store: TimedDatabase) -> None:
    walk = track()
    await see(store, [*looks(walk, 0.55, 0, 1, 2)])
    await see(store, [sighting(3, 0.84, face_px=60, of=walk), sighting(4, 0.86, face_px=50, of=walk)])

    (incident,) = await Incidents(store).page(limit=10, before=None)

    assert incident.sightings == 5
    assert await Incidents(store, open_crop=CROPS.open).picture(incident.id, GUARD) == b"gate/0.84"


async def test_each_walk_of_an_incident_keeps_a_picture(store: TimedDatabase) -> None:
    walk = track()
    await see(store, looks(walk, 0.64, *range(20)))
    for n in range(3):
        await see(store, looks(track(began=20 + n), 0.64, 20 + n, 20.5 + n))

    async with store.transaction() as connection:
        rows = await connection.fetch("select count(picture) as kept from alerts.sighting group by track_id")
    assert sorted(row["kept"] for row in rows) == [1, 1, 1, PICTURES_PER_INCIDENT]


async def test_a_sighting_that_comes_during_the_rejection_is_told(
    store: TimedDatabase, database: servers.Database, guards: list[Answerer]
) -> None:
    await see(store, looks(track(), 0.64, 0, 1, 2))
    (incident,) = await Incidents(store).page(limit=10, before=None)

    async with asyncio.TaskGroup() as tasks, store.transaction() as review:
        await review.execute("select 1 from alerts.incident where id = $1 for update", incident.id)
        tasks.create_task(see(store, [sighting(50, 0.64, "ward")]))
        await eventually(lambda: acts.somebody_waits(database.superuser))
        for guard in guards:
            await review.execute("select alerts.give_verdict($1, $2, 'not_same')", incident.id, guard.token)
        await review.execute("select alerts.decide($1)", incident.id)
        await close(review, incident.id, "gate")

    newest, _ = await Incidents(store).page(limit=10, before=None)
    assert await outcomes(store) == [None, Outcome.REJECTED]
    assert await Incidents(store, open_crop=CROPS.open).picture(newest.id, GUARD) == b"ward/0.64"


async def test_a_walk_recorded_during_its_rejection_keeps_no_picture(
    store: TimedDatabase, database: servers.Database, guards: list[Answerer]
) -> None:
    """Also of an incident that takes other walks no more, since a nearer one was raised."""
    look_alike = track()
    await see(store, looks(look_alike, 0.64, 0, 1, 2))
    (incident,) = await Incidents(store).page(limit=10, before=None)
    await see(store, [sighting(3, 0.84, "ward")])

    async with asyncio.TaskGroup() as tasks, store.transaction() as review:
        await review.execute("select 1 from alerts.incident where id = $1 for update", incident.id)
        tasks.create_task(see(store, looks(look_alike, 0.64, 50)))
        await eventually(lambda: acts.somebody_waits(database.superuser))
        for guard in guards:
            await review.execute("select alerts.give_verdict($1, $2, 'not_same')", incident.id, guard.token)
        await review.execute("select alerts.decide($1)", incident.id)
        await close(review, incident.id, "gate")

    async with store.transaction() as connection:
        kept = "select count(*), count(picture) from alerts.sighting where incident_id = $1"
        assert tuple(await connection.fetchrow(kept, incident.id) or ()) == (4, 0)


async def test_replicas_recording_at_once_after_a_rejection_raise_one(
    store: TimedDatabase, guards: list[Answerer]
) -> None:
    await see(store, looks(track(), 0.64, 0, 1, 2))
    await judge(store, guards, Verdict.NOT_SAME, 20)
    crowd = [sighting(21 + n / 10, 0.84, f"c{n % 3}") for n in range(12)]

    await asyncio.gather(*(see(store, [seen], now=30) for seen in [*crowd, *crowd]))

    (newest, _) = await Incidents(store).page(limit=10, before=None)
    assert (newest.sightings, newest.case.outcome) == (12, None)


@pytest.mark.parametrize("similarity", [0.64, 0.84])
async def test_a_verdict_and_sightings_at_once_lose_nobody(
    store: TimedDatabase, guards: list[Answerer], similarity: float
) -> None:
    await see(store, looks(track(), 0.64, 0, 1, 2))
    walk = track("ward", began=10)
    listed = [sighting(10 + n, similarity, of=walk) for n in range(8)]
    (look_alike,) = await Incidents(store).page(limit=10, before=None)

    await asyncio.gather(
        judge(store, guards, Verdict.NOT_SAME, 20, incident=look_alike.id),
        *(see(store, [seen], now=21) for seen in [*listed, *listed]),
    )

    async with store.transaction() as connection:
        rows = await connection.fetch(
            """
            select s.picture, i.outcome from alerts.sighting s join alerts.incident i on i.id = s.incident_id
            where s.camera = 'ward'
            """
        )
    assert [(row["outcome"], row["picture"] is not None) for row in rows] == [(None, True)] * len(listed)


async def test_the_database_itself_refuses_two_incidents_that_take_sightings(store: TimedDatabase) -> None:
    await see(store, [sighting(0, 0.8)])

    with pytest.raises(asyncpg.ExclusionViolationError):
        async with store.transaction() as connection:
            await connection.execute(
                """
                insert into alerts.incident (id, entry_id, site, raised_at, first_seen_at, last_seen_at, quiet_until,
                    last_camera, cameras, sightings, strong, reviewers, announced_at)
                select gen_random_uuid(), entry_id, site, raised_at, first_seen_at, last_seen_at, quiet_until,
                    last_camera, cameras, sightings, strong, reviewers, announced_at from alerts.incident
                """
            )


EIGHT_HOURS = 8 * 3600.0


@pytest.mark.parametrize(
    ("before", "told"),
    [
        pytest.param([0.0], "raised", id="recorded-by-the-wrong-clock-alone"),
        pytest.param([-EIGHT_HOURS - 400, 0.0], "raised", id="begun-before-the-clock-went-wrong"),
        pytest.param([-EIGHT_HOURS - 10, 0.0], "updated", id="with-an-alert-of-just-before-that-is-open"),
    ],
)
async def test_a_sighting_is_told_at_once_after_a_clock_is_put_right(
    store: TimedDatabase, before: list[float], told: str
) -> None:
    await see(store, [sighting(second, 0.8) for second in before])
    events = len(await event_kinds(store))

    await see(store, [sighting(-EIGHT_HOURS + n, 0.8) for n in range(3)])

    assert (await event_kinds(store))[events:] == [told]


async def test_a_confirmation_by_a_clock_that_was_ahead_hides_nobody(
    store: TimedDatabase, guards: list[Answerer]
) -> None:
    await see(store, [sighting(0, 0.8)])
    await judge(store, guards, Verdict.SAME, 1)

    await see(store, [sighting(-EIGHT_HOURS, 0.8)])

    assert await outcomes(store) == [None, Outcome.CONFIRMED]


async def test_an_incident_of_the_future_does_not_stop_those_of_its_time(store: TimedDatabase) -> None:
    await see(store, [sighting(0, 0.8)])
    # Seen all the time from then on, past the time at which the first one says to have been raised.
    for second in range(-900, 900, 50):
        await see(store, [sighting(second, 0.8)])

    assert len(await outcomes(store)) == 2


async def test_the_list_is_in_the_order_of_raising_whatever_the_clock_said(store: TimedDatabase) -> None:
    await see(store, [sighting(0, 0.8)])
    await see(store, [sighting(-EIGHT_HOURS, 0.8)])
    incidents = Incidents(store, open_crop=CROPS.open)

    first, second = await incidents.page(limit=10, before=None)

    assert first.raised_at < second.raised_at
    assert await incidents.page(limit=10, before=first.number) == [second]


@pytest.mark.parametrize("camera", ["gate", "ward"])
async def test_a_long_wait_is_read_in_three_sightings_and_raised_whole(store: TimedDatabase, camera: str) -> None:
    waiting, policy = track(began=-3), EvidencePolicy()
    similarities = [0.61 if n == 40 else 0.56 if n == 199 else 0.52 for n in range(200)]
    await see(store, [sighting(n / 2, value, of=waiting) for n, value in enumerate(similarities)], now=100)
    second = sighting(135, 0.56, of=track(camera, began=135))
    moment = NOW + timedelta(seconds=136)
    new = Evidence(second.sighting_id, camera, "", NOW + timedelta(seconds=135), 0.56, uuid.uuid4(), None)
    async with PostgresLedger(store, clock=clock.at(moment)).page(PERSON, second.origin.place.site) as page:
        found = as_walks(await page.pending(new, policy))
        all_of_it = as_walks(await page.waiting([waiting.track_id], new, policy))

    await see(store, [second])

    assert [len(walk.sightings) for walk in (*found, *all_of_it)] == [3, 200]
    assert [_says(walk) for walk in found] == [_says(walk) for walk in all_of_it]
    (raised,) = await Incidents(store).page(limit=10, before=None)
    assert raised.sightings == 201
    assert raised.first_seen_at == NOW


async def test_faces_that_are_not_followed_and_stand_there_are_not_read(store: TimedDatabase) -> None:
    at = [NOW + timedelta(seconds=n / 10) for n in range(60)]
    await see(store, [sighted(moment, PERSON, similarity=0.56, camera="gate") for moment in at], now=6)
    async with PostgresLedger(store, clock=clock.at(NOW)).page(PERSON, site_id("h1")) as page:
        read = {
            (camera, second): len(
                await page.pending(Evidence("new", camera, "", NOW + timedelta(seconds=second), 0.56), EvidencePolicy())
            )
            for camera, second in (("gate", 7), ("gate", 36), ("ward", 7))
        }

    # Only somebody at another camera, or after a break, is another walk.
    assert read == {("gate", 7): 0, ("gate", 36): 60, ("ward", 7): 60}


def _says(walk: Walk) -> tuple[datetime, datetime, float, float]:
    return walk.first_seen_at, walk.last_seen_at, walk.similarity, walk.peak
