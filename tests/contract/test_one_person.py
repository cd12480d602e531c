"""Photos of two people in one entry: found on every way in, and nothing goes forward before one of them is gone."""

from collections.abc import AsyncIterator
from secrets import token_bytes
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import asyncpg
import pytest

from proto.wardwatch.v1.entries import Verdict
from proto.wardwatch.v1.policy import Reviews
from proto.wardwatch.v1.sealing import NONCE_BYTES, seal
from proto.wardwatch.v1.values import vector_to
from services.watchlist.keys import seals
from tests import servers
from tests.contract.desks import ANA, LI, MODEL, OTTO, Desk, opened, person, refused
from tests.contract.test_imports import begun, codes, photo, report, states, step
from tests.contract.test_migrations import NEWEST_FIRST, owner, run

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

__all__ = ["owner"]  # a fixture

WHY = {"reason": "shows his brother"}
NOT_ONE = "do not show the same person"


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with opened(database) as desk:
        yield desk


async def mixed(desk: Desk, *people: int) -> UUID:
    """A draft with a photo of each of *people*, in that order."""
    entry = await desk.draft()
    for position, number in enumerate(people):
        await desk.photograph(entry.id, person(number), {"position": position})
    return entry.id


async def unseen(desk: Desk, entry: UUID) -> None:
    """Add a photo of somebody else without comparing it, as former versions did."""
    photo_id = uuid4()
    key, nonce = desk.keyring.key(entry), token_bytes(NONCE_BYTES)
    name = seal(key, b"b.jpg", about=seals.name(entry, photo_id), nonce=nonce)
    vector = seal(key, vector_to(person(2)), about=seals.vector(photo_id, MODEL.sha256), nonce=nonce[::-1])
    async with desk.superuser.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")  # no trigger that would refuse it
        await connection.execute(
            "INSERT INTO watchlist.photo (id, entry_id, position, sealed_name, file_sha256, source, sealed_picture,"
            " face_px, eye_distance_px, sharpness, yaw_degrees, roll_degrees, exposure) SELECT $2, entry_id, 1,"
            " $3, sha256('x'), source, sealed_picture, 1, 1, 1, 1, 1, 1 FROM watchlist.photo"
            " WHERE entry_id = $1",
            entry,
            photo_id,
            name,
        )
        await connection.execute(
            "INSERT INTO watchlist.template VALUES ($1, $2, $3, $4)",
            photo_id,
            MODEL.name,
            bytes.fromhex(MODEL.sha256),
            vector,
        )
        await connection.execute("UPDATE watchlist.photo SET person = NULL WHERE entry_id = $1", entry)


@pytest.mark.parametrize("people", [(1, 2), (2, 1), (1, 1, 2), (2, 1, 1), (1, 2, 1), (1, 1, 2, 2), (1, 2, 3)])
async def test_photos_of_several_people_are_not_put_forward(desk: Desk, people: tuple[int, ...]) -> None:
    entry = await mixed(desk, *people)

    await refused(desk.entry("submit_entry", entry), 409, NOT_ONE)

    seen = await desk.entry("show_entry", entry)
    assert seen.state == "draft"
    assert len({photo.person for photo in seen.photo_list}) == len(set(people))


@pytest.mark.parametrize("people", [(1, 2), (2, 1)])
async def test_the_second_of_two_people_is_a_finding_at_once(desk: Desk, people: tuple[int, int]) -> None:
    entry = await desk.draft()
    first = await desk.photograph(entry.id, person(people[0]))

    assessment = await desk.photograph(entry.id, person(people[1]), {"position": 1}, warning="dark")

    assert (first.verdict, first.findings) == (Verdict.READY, [])
    assert (assessment.verdict, assessment.position) == (Verdict.REJECTED, 1)
    assert [(each.code, each.severity) for each in assessment.findings] == [
        ("unlike_others", "rejected"),
        ("dark", "warning"),
    ]
    assert "which is the right one cannot be told" in assessment.findings[0].text


async def test_nobody_can_accept_that_photos_show_two_people(desk: Desk) -> None:
    entry = await mixed(desk, 1, 2)
    body = {"codes": ["unlike_others"], "reason": "he had a shave"}

    await refused(desk.entry("accept_warnings", entry, {"position": 1}, body=body), 422, "no warning unlike_others")
    await refused(desk.entry("submit_entry", entry, by=ANA), 409, NOT_ONE)


@pytest.mark.parametrize("position", [0, 1])
async def test_either_photo_is_removed_and_the_other_goes_forward(desk: Desk, position: int) -> None:
    entry = await mixed(desk, 1, 2)

    removed = await desk.entry("remove_photo", entry, {"position": position}, by=OTTO, body=WHY)
    submitted = await desk.entry("submit_entry", entry)

    assert [photo.position for photo in removed.photo_list] == [1 - position]
    assert (removed.changed_by, removed.reason) == ("otto.brandt", f"photo {position} removed: shows his brother")
    assert (submitted.state, submitted.photos) == ("pending", 1)


async def test_a_photo_that_resembles_both_joins_them_until_it_goes(desk: Desk) -> None:
    entry = await desk.draft()
    young = person(2, like=1, cosine=0.3)
    middle = person(1) + young
    middle /= (middle @ middle) ** 0.5
    await desk.photograph(entry.id, person(1))
    await desk.photograph(entry.id, young, {"position": 1})

    joined = await desk.photograph(entry.id, middle, {"position": 2})
    await desk.entry("remove_photo", entry.id, {"position": 2}, body=WHY)

    assert (joined.verdict, joined.findings) == (Verdict.READY, [])
    await refused(desk.entry("submit_entry", entry.id), 409, NOT_ONE)


async def test_a_photo_leaves_only_a_draft_and_only_for_a_reason(desk: Desk) -> None:
    pending = await desk.pending(person(1))
    draft = await mixed(desk, 2)

    await refused(desk.entry("remove_photo", pending.id, {"position": 0}, body=WHY), 409, "draft")
    await refused(desk.entry("remove_photo", draft, {"position": 0}, body={"reason": ""}), 422, "reason")
    await refused(desk.entry("remove_photo", draft, {"position": 3}, body=WHY), 404, "no photo 3")


async def test_what_was_put_forward_before_photos_were_compared_is_not_approved(desk: Desk) -> None:
    pending = await desk.pending(person(1))
    await unseen(desk, pending.id)

    await refused(desk.approve(pending.id), 409, "revoke it and begin another")

    # Nor when somebody asks the database instead of the desk.
    with pytest.raises(asyncpg.CheckViolationError, match="show one person"):
        await desk.fetch(
            "UPDATE watchlist.entry SET state = 'active', revision = revision + 1, approver_id = $2,"
            " approver_name = 'x', approved_at = now(), changed_by_id = $2, changed_by_name = 'x' WHERE id = $1",
            pending.id,
            OTTO.account_id,
        )
    assert (await desk.entry("show_entry", pending.id)).state == "pending"
    assert (await desk.entry("revoke_entry", pending.id, body=WHY)).state == "revoked"


async def test_what_was_approved_before_is_not_renewed_or_resumed_and_is_listed(desk: Desk) -> None:
    active = await desk.active(person(1))
    await unseen(desk, active.id)
    until = active.expires_at.replace(year=active.expires_at.year - 1)
    await desk.entry("renew_entry", active.id, by=LI, body={"expires_at": until, **WHY})

    before = Reviews.model_validate_json((await desk.call("list_reviews")).body)
    await refused(desk.approve(active.id), 409, "revoke it and begin another")
    await desk.entry("suspend_entry", active.id, body=WHY)
    await refused(desk.entry("resume_entry", active.id, body=WHY), 409, "revoke it and begin another")

    assert [(row.entry, row.several_people) for row in before.reviews] == [(active.id, True)]


async def test_an_import_puts_nobody_forward_whose_photos_show_two(desk: Desk) -> None:
    batch = await begun(desk)
    first = await photo(desk, batch, "1__1.jpg", person(1))
    second = await photo(desk, batch, "1__2.jpg", person(2))
    await photo(desk, batch, "2__1.jpg", person(3))

    words = "2 photos and 0 lines of people.csv are rejected"
    await refused(step(desk, "commit_import", batch, body={"accept_warnings": "as they are"}), 409, words)
    rows = {row.name: (row.verdict, codes(row)) for row in await report(desk, batch)}
    committed = await step(desk, "commit_import", batch, body={"leave_out_rejected": True})

    assert (first.verdict, second.verdict) == (Verdict.READY, Verdict.REJECTED)
    assert codes(second) == ["unlike_others"]
    assert rows == {
        "1__1.jpg": (Verdict.REJECTED, ["unlike_others"]),
        "1__2.jpg": (Verdict.REJECTED, ["unlike_others"]),
        "2__1.jpg": (Verdict.READY, []),
    }
    assert committed.pending == 1
    assert await states(desk) == ["erased", "pending"]  # nobody knows which of the two photos is right


async def test_a_file_that_takes_the_wrong_ones_place_puts_an_import_right(desk: Desk) -> None:
    batch = await begun(desk)
    await photo(desk, batch, "1__1.jpg", person(1), warning="dark")
    await photo(desk, batch, "1__2.jpg", person(2))

    await photo(desk, batch, "1__2.jpg", person(1))

    rows = {row.name: (row.verdict, codes(row)) for row in await report(desk, batch)}
    assert rows == {"1__1.jpg": (Verdict.WARNING, ["dark"]), "1__2.jpg": (Verdict.READY, [])}
    assert (await step(desk, "commit_import", batch, body={"accept_warnings": "the only one"})).pending == 1


async def test_a_file_without_a_face_in_the_wrong_ones_place_puts_it_right_too(desk: Desk) -> None:
    batch = await begun(desk)
    await photo(desk, batch, "1__1.jpg", person(1))
    await photo(desk, batch, "1__2.jpg", person(2))

    await photo(desk, batch, "1__2.jpg", None)

    rows = {row.name: row.verdict for row in await report(desk, batch)}
    assert rows == {"1__1.jpg": Verdict.READY, "1__2.jpg": Verdict.REJECTED}


async def test_a_photo_removed_from_an_import_is_accounted_for(desk: Desk) -> None:
    batch = await begun(desk)
    item = await photo(desk, batch, "1__1.jpg", person(1))
    await photo(desk, batch, "1__2.jpg", person(2))
    assert item.entry is not None

    await desk.entry("remove_photo", item.entry, {"position": 1}, body=WHY)

    rows = {row.name: (row.verdict, codes(row)) for row in await report(desk, batch)}
    assert rows == {"1__1.jpg": (Verdict.READY, []), "1__2.jpg": (Verdict.REJECTED, ["removed"])}
    assert (await step(desk, "commit_import", batch, body={"leave_out_rejected": True})).pending == 1


async def test_an_import_of_before_is_not_approved_with_two_people_in_one(desk: Desk) -> None:
    batch = await begun(desk)
    item = await photo(desk, batch, "1__1.jpg", person(1))
    await step(desk, "commit_import", batch, body={})
    assert item.entry is not None
    await unseen(desk, item.entry)
    revision = (await step(desk, "show_import", batch)).revision

    await refused(
        step(desk, "approve_import", batch, by=ANA, body={"revision": revision}), 409, f"revoke them: {item.entry}"
    )


async def test_the_database_submits_nothing_before_photos_are_compared(desk: Desk) -> None:
    entry = await mixed(desk, 1, 1)
    await desk.fetch("UPDATE watchlist.photo SET person = NULL WHERE entry_id = $1 AND position = 1", entry)

    with pytest.raises(asyncpg.CheckViolationError, match="show one person"):
        await desk.fetch(
            "UPDATE watchlist.entry SET state = 'pending', revision = revision + 1, put_forward_by_id = author_id,"
            " put_forward_by_name = author_name WHERE id = $1",
            entry,
        )
    assert (await desk.entry("submit_entry", entry)).state == "pending"  # the desk compares them


async def test_a_record_of_before_is_taken_over(database: servers.Database, owner: "Connection") -> None:
    async with opened(database) as desk:
        draft, active = await mixed(desk, 1, 2), await desk.active(person(3))
        up, down = NEWEST_FIRST["20261129100000_one_person.sql"]
        await run(owner, down)
        await desk.fetch("UPDATE watchlist.photo SET warnings = '{dark,unlike_others}' WHERE entry_id = $1", draft)

        await run(owner, up)

        view = await desk.entry("show_entry", draft)
        assert [(photo.warnings, photo.person) for photo in view.photo_list] == [(["dark"], None)] * 2
        await refused(desk.entry("submit_entry", draft), 409, NOT_ONE)
        assert (await desk.entry("show_entry", active.id)).state == "active"
