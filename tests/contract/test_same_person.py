"""Two entries that people decided to be one person: the newer one takes the other's place, and never do both match."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from proto.wardwatch.v1.entries import EntryView
from proto.wardwatch.v1.policy import Reviews
from services.chassis.errors import Refusal
from tests import servers
from tests.contract.desks import ANA, LI, NUMBER, OTTO, Desk, opened, person, refused
from tests.contract.test_desk_likenesses import DIFFERENT, SAME
from tests.contract.test_imports import approve, begun, photo, step

WHY = {"reason": "charges dropped"}
REPLACED = "takes the place of this one"


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with opened(database) as desk:
        yield desk


async def decided(
    desk: Desk, other: UUID, *, body: dict[str, str] = SAME, face: int = 99, number: str | None = None
) -> UUID:
    """A draft with a decision whether it is the same person as *other*, who is person 1."""
    entry = await desk.draft({"label": "newcomer", "identity_number": number}, by=OTTO)
    await desk.photograph(entry.id, person(face, like=1, cosine=0.9), by=OTTO)
    with pytest.raises(Refusal):
        await desk.entry("submit_entry", entry.id, by=OTTO)
    for each in (await desk.entry("show_entry", entry.id)).likenesses:
        decision = body if each.other == other else DIFFERENT
        await desk.entry("decide_likeness", entry.id, {"other": each.other}, by=OTTO, body=decision)
    return entry.id


async def replacing(desk: Desk, other: UUID) -> EntryView:
    """Somebody who waits for approval and is the same person as *other*."""
    return await desk.entry("submit_entry", await decided(desk, other), by=OTTO)


async def states(desk: Desk, *entries: UUID) -> list[str]:
    return [(await desk.entry("show_entry", entry)).state for entry in entries]


@pytest.mark.parametrize("step", ["active", "suspended", "expired", "pending"])
async def test_the_newer_entry_takes_the_place_of_the_other(desk: Desk, step: str) -> None:
    old = await (desk.pending(person(1)) if step == "pending" else desk.active(person(1)))
    if step == "suspended":
        await desk.entry("suspend_entry", old.id, body=WHY)
    if step == "expired":
        await desk.fetch("UPDATE watchlist.entry SET state = 'expired', revision = revision + 1 WHERE id = $1", old.id)
    new = await replacing(desk, old.id)

    before = await states(desk, old.id, new.id)
    approved = await desk.approve(new.id, by=ANA)
    ended = await desk.entry("show_entry", old.id)

    assert (before, new.replaces) == ([step, "pending"], [old.id])
    assert (approved.state, ended.state) == ("active", "revoked")
    assert (ended.changed_by, ended.reason) == ("ana.ruiz", "another entry of the same person took its place")
    assert (ended.generation, ended.replaced_by) == (approved.generation, new.id)


async def test_matchers_hear_of_the_end_before_they_hear_of_the_beginning(desk: Desk) -> None:
    old = await desk.active(person(1))
    new = await replacing(desk, old.id)
    await desk.fetch("DELETE FROM watchlist.outbox")

    await desk.approve(new.id)

    rows = await desk.fetch("SELECT entry_id, state FROM watchlist.outbox ORDER BY sequence")
    assert [tuple(row) for row in rows] == [(old.id, "revoked"), (new.id, "active")]


async def test_the_end_is_in_the_audit_in_the_approvers_name(desk: Desk) -> None:
    old = await desk.active(person(1))
    new = await replacing(desk, old.id)

    await desk.approve(new.id, by=ANA)

    rows = await desk.fetch(
        "SELECT actor_name, action, subject, reason FROM audit.event"
        " WHERE action ~ '^entry' AND action <> 'entry.read' ORDER BY sequence DESC LIMIT 2"
    )
    assert {tuple(row) for row in rows} == {
        ("ana.ruiz", "entry.approved", str(new.id), ""),
        ("ana.ruiz", "entry.revoked", str(old.id), "another entry of the same person took its place"),
    }


async def test_a_draft_whose_place_is_taken_goes_nowhere_while_the_other_stands(desk: Desk) -> None:
    old = await desk.draft()
    await desk.photograph(old.id, person(1))
    new = await replacing(desk, old.id)

    await refused(desk.entry("submit_entry", old.id), 409, REPLACED)
    await desk.approve(new.id)
    await refused(desk.entry("submit_entry", old.id), 409, REPLACED)
    await desk.entry("revoke_entry", new.id, body=WHY)
    submitted = await desk.entry("submit_entry", old.id)

    assert submitted.state == "pending"


async def test_what_takes_the_place_of_a_waiting_entry_may_come_after_it(desk: Desk) -> None:
    old = await desk.pending(person(1))
    new = await replacing(desk, old.id)

    await desk.approve(old.id)
    between = await states(desk, old.id, new.id)
    await desk.approve(new.id)

    assert between == ["active", "pending"]
    assert await states(desk, old.id, new.id) == ["revoked", "active"]


async def test_of_a_chain_of_entries_one_matches(desk: Desk) -> None:
    one = person(1)
    other = person(2) - (person(2) @ one) * one
    other /= (other @ other) ** 0.5
    entries = [await desk.active(one)]
    for face in (0.8 * one + 0.6 * other, other):  # each like the one before, the last not like the first
        entry = await desk.draft(by=OTTO)
        await desk.photograph(entry.id, face.astype("float32"), by=OTTO)
        await refused(
            desk.entry("submit_entry", entry.id, by=OTTO), 409, f"{entries[-1].id} .probably the same person.$"
        )
        await desk.entry("decide_likeness", entry.id, {"other": entries[-1].id}, body=SAME)
        entries.append(await desk.entry("submit_entry", entry.id, by=OTTO))

    await desk.approve(entries[2].id)

    assert entries[2].replaces == sorted(each.id for each in entries[:2])
    assert await states(desk, *(each.id for each in entries)) == ["revoked", "revoked", "active"]


async def test_different_people_both_stand(desk: Desk) -> None:
    old = await desk.active(person(1))
    new = await decided(desk, old.id, body=DIFFERENT)
    await desk.entry("submit_entry", new, by=OTTO)

    await desk.approve(new)

    assert await states(desk, old.id, new) == ["active", "active"]


async def test_two_approvals_at_once_leave_one_that_matches(desk: Desk) -> None:
    old = await desk.pending(person(1))
    new = await replacing(desk, old.id)

    await asyncio.gather(desk.approve(old.id), desk.approve(new.id), return_exceptions=True)

    assert (await states(desk, old.id, new.id)).count("active") == 1


async def test_the_photos_of_the_other_are_taken_over(desk: Desk) -> None:
    old = await desk.draft()
    await desk.photograph(old.id, person(1), {"source": "police notice"}, file=b"old", warning="dark")
    await desk.entry("accept_warnings", old.id, {"position": 0}, body={"codes": ["dark"], "reason": "the only one"})
    await desk.entry("submit_entry", old.id)
    await desk.approve(old.id)
    new = await decided(desk, old.id)

    merged = await desk.entry("take_photos", new, {"other": old.id}, by=OTTO)
    again = await desk.entry("take_photos", new, {"other": old.id}, by=OTTO)
    await refused(desk.entry("submit_entry", new, by=OTTO), 409, "warnings")
    body = {"codes": ["dark"], "reason": "seen again"}
    await desk.entry("accept_warnings", new, {"position": 1}, by=OTTO, body=body)
    await desk.entry("submit_entry", new, by=OTTO)
    await desk.approve(new, by=ANA)

    assert [(photo.position, photo.source, photo.warnings) for photo in merged.photo_list] == [
        (0, "gate camera", []),
        (1, "police notice", ["dark"]),
    ]
    assert (again.revision, again.photos) == (merged.revision, 2)
    shown = await desk.call("show_photo", {"entry": new, "position": 1}, by=ANA)
    assert shown.attachment == b"face of old"
    await desk.publish()
    assert [len(each.templates) for each in await desk.published(new)] == [2]


async def test_photos_are_taken_over_only_from_the_same_person(desk: Desk) -> None:
    old, other = await desk.active(person(1)), await desk.active(person(5))
    new = await decided(desk, old.id, body=DIFFERENT)

    for each in (old.id, other.id):
        await refused(desk.entry("take_photos", new, {"other": each}), 409, "nobody has decided")
    await desk.entry("discard_entry", new)
    await refused(desk.entry("take_photos", new, {"other": old.id}), 409, "only a draft takes photos")


async def test_photos_taken_over_from_somebody_else_are_found(desk: Desk) -> None:
    old = await desk.active(person(1), {"identity_number": NUMBER})
    entry = await desk.draft({"identity_number": NUMBER})
    await desk.photograph(entry.id, person(2))
    with pytest.raises(Refusal):
        await desk.entry("submit_entry", entry.id)
    await desk.entry("decide_likeness", entry.id, {"other": old.id}, body=SAME)

    merged = await desk.entry("take_photos", entry.id, {"other": old.id})

    assert {photo.person for photo in merged.photo_list} == {0, 1}
    await refused(desk.entry("submit_entry", entry.id), 409, "do not show the same person")


async def test_an_equal_number_is_one_person_whatever_the_face(desk: Desk) -> None:
    old = await desk.active(person(1), {"identity_number": NUMBER})
    entry = await desk.draft({"identity_number": NUMBER})
    await desk.photograph(entry.id, person(2))
    await refused(desk.entry("submit_entry", entry.id), 409, f"{old.id} .probably the same person.")

    await desk.entry("decide_likeness", entry.id, {"other": old.id}, body=SAME)
    await desk.entry("submit_entry", entry.id)
    await desk.approve(entry.id)

    assert await states(desk, old.id, entry.id) == ["revoked", "active"]


async def test_an_import_takes_the_place_of_who_is_listed(desk: Desk) -> None:
    old = await desk.active(person(1))
    batch = await begun(desk)
    item = await photo(desk, batch, "7__1.jpg", person(99, like=1, cosine=0.9))
    assert item.entry is not None
    await step(desk, "check_import", batch)
    await desk.entry("decide_likeness", item.entry, {"other": old.id}, body=SAME)
    await step(desk, "commit_import", batch, body={})

    await approve(desk, batch)

    assert await states(desk, old.id, item.entry) == ["revoked", "active"]


async def test_one_person_twice_in_an_import_of_before_is_not_approved(desk: Desk) -> None:
    batch = await begun(desk)
    items = [await photo(desk, batch, f"{n}__1.jpg", person(n)) for n in (1, 2)]
    await step(desk, "commit_import", batch, body={})
    ids = [item.entry for item in items if item.entry is not None]
    await legacy(desk, *ids)

    await refused(approve(desk, batch), 409, f"revoke one of each: {ids[0]} and {ids[1]}")
    await desk.entry("revoke_entry", ids[1], body=WHY)
    await approve(desk, batch)

    assert await states(desk, *ids) == ["active", "revoked"]


async def legacy(desk: Desk, entry: UUID, other: UUID) -> None:
    """Decide that two entries are one person, as former versions did: both stay active."""
    await desk.fetch(
        "INSERT INTO watchlist.likeness (entry_id, other_id, similarity, decision, decided_by_id, decided_by_name,"
        " decided_at, reason) VALUES ($1, $2, 0.9, 'same_person', $3, 'li.wei', now(), 'two decisions')",
        entry,
        other,
        LI.account_id,
    )


async def test_a_pair_of_before_stays_and_is_listed_until_somebody_ends_one(desk: Desk) -> None:
    one, other = await desk.active(person(1)), await desk.active(person(2))
    await legacy(desk, one.id, other.id)

    before = await reviews(desk)
    await desk.entry("suspend_entry", one.id, body=WHY)
    await refused(desk.entry("resume_entry", one.id, body=WHY), 409, "that one matches; revoke one")
    until = other.expires_at.replace(year=other.expires_at.year - 1)
    await desk.entry("renew_entry", other.id, body={"expires_at": until, **WHY})
    renewed = await desk.approve(other.id)

    assert before == {one.id: [other.id], other.id: [one.id]}
    assert await states(desk, one.id, other.id) == ["suspended", "active"]
    assert (renewed.expires_at, await reviews(desk)) == (until, {})


async def test_one_of_a_pair_of_before_is_not_renewed_beside_the_other(desk: Desk) -> None:
    one, other = await desk.active(person(1)), await desk.active(person(2))
    await legacy(desk, one.id, other.id)
    until = other.expires_at.replace(year=other.expires_at.year - 1)
    await desk.entry("renew_entry", other.id, body={"expires_at": until, **WHY})

    await refused(desk.approve(other.id), 409, "revoke one of them")
    await desk.entry("revoke_entry", one.id, body=WHY)

    assert (await desk.approve(other.id)).expires_at == until


async def reviews(desk: Desk) -> dict[UUID, list[UUID]]:
    """Entries under review because they match beside the same person."""
    found = Reviews.model_validate_json((await desk.call("list_reviews")).body)
    return {row.entry: row.same_person for row in found.reviews if row.same_person}


async def test_a_contradiction_is_refused_by_the_database_too(desk: Desk) -> None:
    old = await desk.draft()
    await desk.photograph(old.id, person(1))
    new = await decided(desk, old.id)

    with pytest.raises(asyncpg.CheckViolationError, match="decided on once"):
        await desk.fetch(
            "INSERT INTO watchlist.likeness (entry_id, other_id, similarity, decision, decided_by_id, decided_by_name,"
            " decided_at, reason) VALUES ($1, $2, 0.9, 'different_people', $3, 'x', now(), 'no')",
            old.id,
            new,
            LI.account_id,
        )
