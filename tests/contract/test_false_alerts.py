"""Two alerts of a photo that people judged wrong suspend it until somebody looks (safeguard S6)."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest

from proto.wardwatch.v1.policy import Reviews
from tests import servers
from tests.contract import desks
from tests.contract.desks import ANA, LI, Desk, person, token

PHOTO_OF = "SELECT id FROM watchlist.photo WHERE entry_id = $1 AND position = $2"


async def alert(desk: Desk, entry: UUID, photo: UUID | None) -> UUID:
    """An incident that stands on one sighting of *photo*."""
    incident = uuid4()
    await desk.fetch(
        "INSERT INTO alerts.incident (id, entry_id, site, raised_at, first_seen_at, last_seen_at, quiet_until,"
        " last_camera, cameras, sightings, strong, reviewers, announced_at)"
        " VALUES ($1, $2, $3, now(), now(), now(), now() + interval '5 minutes', 'gate', '{gate}', 1, true, 1, now())",
        incident,
        entry,
        f"site-{incident}",
    )
    await desk.fetch(
        "INSERT INTO alerts.sighting (sighting_id, incident_id, entry_id, entry_revision, photo_id, site, camera,"
        " frame_id, face_index, model_name, model_sha256, similarity, face_px, sharpness, yaw_degrees, seen_at,"
        " recorded_at, captured_us, received_us, detected_us, embedded_us, matched_us)"
        " VALUES ($1, $2, $3, 3, $4, 'h1', 'gate', 'f', 0, 'm', repeat('0', 64), 0.8, 90, 90, 0, now(), now(),"
        " 0, 0, 0, 0, 0)",
        str(uuid4()),
        incident,
        entry,
        photo,
    )
    return incident


async def assessor(database: servers.Database, incident: UUID, outcome: str = "rejected") -> None:
    """Decide an incident as the alerts service does."""
    verdict = {"rejected": "not_same", "confirmed": "same"}[outcome]
    connection = await asyncpg.connect(database.alerts)
    try:
        async with connection.transaction():
            await connection.execute("SELECT alerts.give_verdict($1, $2, $3)", incident, token(ANA), verdict)
            assert await connection.fetchval("SELECT alerts.decide($1)", incident) == outcome
    finally:
        await connection.close()


async def photo_of(desk: Desk, entry: UUID, position: int = 0) -> UUID:
    (row,) = await desk.fetch(PHOTO_OF, entry, position)
    photo_id: UUID = row["id"]
    return photo_id


async def test_one_wrong_alert_changes_nothing(database: servers.Database) -> None:
    async with desks.opened(database) as desk:
        entry = (await desk.active(person(1))).id

        await assessor(database, await alert(desk, entry, await photo_of(desk, entry)))

        assert (await desk.entry("show_entry", entry)).state == "active"


async def test_two_wrong_alerts_suspend_the_only_photo_and_the_entry_with_it(database: servers.Database) -> None:
    async with desks.opened(database) as desk:
        entry = (await desk.active(person(1))).id
        photo = await photo_of(desk, entry)

        for _ in range(2):
            await assessor(database, await alert(desk, entry, photo))

        seen = await desk.entry("show_entry", entry)
        assert (seen.state, seen.changed_by, seen.reason) == (
            "suspended",
            "wardwatch",
            "two alerts of a photo were judged wrong",
        )
        assert seen.photo_list[0].suspended_at is not None
        assert [published.templates for published in await desk.published()] == [()]


async def test_an_entry_with_another_photo_goes_on_matching_by_that(database: servers.Database) -> None:
    async with desks.opened(database) as desk:
        draft = await desk.draft()
        await desk.photograph(draft.id, person(1))
        await desk.photograph(draft.id, person(1), {"position": 1})
        await desk.entry("submit_entry", draft.id)
        await desk.approve(draft.id)
        bad, good = await photo_of(desk, draft.id), await photo_of(desk, draft.id, 1)

        for _ in range(2):
            await assessor(database, await alert(desk, draft.id, bad))

        (published,) = await desk.published()
        assert [template.photo_id for template in published.templates] == [str(good)]
        assert (await desk.entry("show_entry", draft.id)).state == "active"


@pytest.mark.parametrize("outcome", ["confirmed", "rejected"])
async def test_only_wrong_alerts_count(database: servers.Database, outcome: str) -> None:
    async with desks.opened(database) as desk:
        entry = (await desk.active(person(1))).id
        photo = await photo_of(desk, entry)
        await assessor(database, await alert(desk, entry, photo))

        await assessor(database, await alert(desk, entry, photo), outcome)

        suspended = (await desk.entry("show_entry", entry)).state == "suspended"
        assert suspended == (outcome == "rejected")


async def test_after_a_person_has_looked_the_count_begins_anew(database: servers.Database) -> None:
    async with desks.opened(database) as desk:
        entry = (await desk.active(person(1))).id
        photo = await photo_of(desk, entry)
        for _ in range(2):
            await assessor(database, await alert(desk, entry, photo))
        looked = {"reason": "it is a good photo of her"}
        await desk.entry("release_photo", entry, {"position": 0}, body=looked)
        await desk.entry("resume_entry", entry, body=looked)

        await assessor(database, await alert(desk, entry, photo))
        once = await desk.entry("show_entry", entry)
        await assessor(database, await alert(desk, entry, photo))
        twice = await desk.entry("show_entry", entry)

        assert (once.state, twice.state) == ("active", "suspended")


async def test_a_look_under_a_clock_that_was_ahead_hides_no_later_alert(database: servers.Database) -> None:
    async with desks.opened(database) as desk:
        entry = (await desk.active(person(1))).id
        photo = await photo_of(desk, entry)
        for _ in range(2):
            await assessor(database, await alert(desk, entry, photo))
        looked = {"reason": "it is a good photo of her"}
        await desk.entry("release_photo", entry, {"position": 0}, body=looked)
        await desk.entry("resume_entry", entry, body=looked)
        await desk.fetch("UPDATE watchlist.photo SET looked_at = now() + interval '8 hours'")

        await assessor(database, await alert(desk, entry, photo))
        once = await desk.entry("show_entry", entry)
        await assessor(database, await alert(desk, entry, photo))
        twice = await desk.entry("show_entry", entry)

        assert (once.state, twice.state) == ("active", "suspended")


async def test_two_verdicts_at_once_count_as_two(database: servers.Database) -> None:
    async with desks.opened(database) as desk:
        entry = (await desk.active(person(1))).id
        photo = await photo_of(desk, entry)
        incidents = [await alert(desk, entry, photo) for _ in range(2)]

        await asyncio.gather(*(assessor(database, incident) for incident in incidents))

        assert (await desk.entry("show_entry", entry)).state == "suspended"


async def test_a_sighting_that_names_no_photo_suspends_none(database: servers.Database) -> None:
    async with desks.opened(database) as desk:
        entry = (await desk.active(person(1))).id

        for _ in range(2):
            await assessor(database, await alert(desk, entry, None))

        assert (await desk.entry("show_entry", entry)).state == "active"


async def test_the_review_list_shows_what_somebody_should_look_at(database: servers.Database) -> None:
    async with desks.opened(database) as desk:
        troubled, calm = (await desk.active(person(1))).id, (await desk.active(person(2))).id
        photo = await photo_of(desk, troubled)
        for _ in range(2):
            await assessor(database, await alert(desk, troubled, photo))

        answer = Reviews.model_validate_json((await desk.call("list_reviews", by=LI)).body)

        (row,) = answer.reviews
        assert row.entry == troubled != calm
        assert (row.label, row.false_alerts, row.suspended_photos) == ("Visitor with a knife", 2, [0])
        assert ("li.wei", "entries.listed", "", "") in await desk.readings()


async def test_the_threshold_is_asked_for_and_approved_at_the_desk(database: servers.Database) -> None:
    async with desks.opened(database) as desk:
        await desk.call("ask_threshold", body={"threshold": 0.6, "reason": "fewer false alerts"})
        await desks.refused(
            desk.call("ask_threshold", body={"threshold": 0.2, "reason": "more alerts"}), 409, "no threshold so low"
        )
        await desks.refused(desk.call("approve_threshold", {"number": 2}), 409, "does not approve it")

        await desk.call("approve_threshold", {"number": 2}, by=ANA)

        actions = [row["action"] for row in await desk.fetch("SELECT action FROM audit.event ORDER BY sequence")]
        assert [action for action in actions if action.startswith("threshold")] == [
            "threshold.asked",
            "threshold.approved",
        ]
