"""Two entries of one person are made one by an amendment that another account approves, and parted the same way."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from proto.wardwatch.v1.entries import EntryView
from tests import servers
from tests.contract.desks import ANA, LI, OTTO, Desk, opened, person, refused
from tests.contract.test_amendments import vectors

WHY = {"reason": "the same man, by his scar"}


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with opened(database) as desk:
        yield desk


async def two(desk: Desk, *, cosine: float = 0.45) -> tuple[EntryView, EntryView]:
    """Two entries whose faces are too unlike for anybody to have been asked, and like enough for one person."""
    one = await desk.active(person(1))
    return one, await desk.active(person(51, like=1, cosine=cosine))


async def pair(desk: Desk, operation: str, entry: UUID, other: UUID, *, by: object = LI) -> EntryView:
    """A merge, or its undoing, that waits for approval."""
    draft = await desk.entry(operation, entry, by=LI, body={"other": other, **WHY})
    return await desk.entry("submit_entry", draft.id, by=LI)


async def merged(desk: Desk) -> tuple[EntryView, EntryView]:
    """Two entries that were made one."""
    one, other = await two(desk)
    draft = await pair(desk, "merge_entries", one.id, other.id)
    await desk.approve(draft.id, by=ANA)
    return one, other


async def test_two_entries_of_one_person_become_one_with_the_photos_of_both(desk: Desk) -> None:
    one, other = await two(desk)
    draft = await pair(desk, "merge_entries", one.id, other.id)
    before = [(await desk.entry("show_entry", each.id)).state for each in (one, other)]
    await desk.fetch("DELETE FROM watchlist.outbox")

    await refused(desk.approve(draft.id, by=LI), 409, "approver must not be the author")
    after = await desk.approve(draft.id, by=ANA)

    ended = await desk.entry("show_entry", other.id)
    out = await desk.fetch("SELECT entry_id, state FROM watchlist.outbox ORDER BY sequence")
    assert (before, draft.photos, draft.replaces) == (["active", "active"], 2, [other.id])
    assert (after.id, after.state, after.photos, await vectors(desk, one.id)) == (one.id, "active", 2, 2)
    assert [(each.other, each.photos, each.by, each.undone_by) for each in after.merged] == [
        (other.id, 1, "ana.ruiz", None)
    ]
    assert (ended.state, ended.merged_into, ended.changed_by) == ("revoked", one.id, "ana.ruiz")
    # What ends is heard of before what takes its place.
    assert [tuple(row) for row in out] == [(other.id, "revoked"), (one.id, "active")]


async def test_a_merge_is_undone_and_both_match_as_two_people(desk: Desk) -> None:
    one, other = await merged(desk)
    await refused(desk.entry("merge_entries", one.id, body={"other": other.id, **WHY}), 409, "the entry is revoked")

    draft = await pair(desk, "part_entries", one.id, other.id)
    still = (await desk.entry("show_entry", other.id)).state
    after = await desk.approve(draft.id, by=ANA)

    back = await desk.entry("show_entry", other.id)
    (pair_of,) = await desk.fetch("SELECT decision FROM watchlist.likeness WHERE decision IS NOT NULL")
    assert (draft.restores, draft.photos, still) == (other.id, 1, "revoked")
    assert (after.photos, back.state, back.photos, back.approver) == (1, "active", 1, "ana.ruiz")
    assert (back.label, back.merged_into, await vectors(desk, other.id)) == (other.label, None, 1)
    assert [(each.other, each.undone_by) for each in after.merged] == [(other.id, "ana.ruiz")]
    assert pair_of["decision"] == "different_people"
    await refused(desk.entry("part_entries", one.id, body={"other": other.id, **WHY}), 409, "the entry is active")


async def test_what_was_once_called_two_people_can_be_merged(desk: Desk) -> None:
    one = await desk.active(person(1))
    draft = await desk.draft(by=OTTO)
    await desk.photograph(draft.id, person(52, like=1, cosine=0.6), by=OTTO)
    await refused(desk.entry("submit_entry", draft.id, by=OTTO), 409, "resembles others")
    body = {"decision": "different_people", "reason": "other ears"}
    await desk.entry("decide_likeness", draft.id, {"other": one.id}, by=OTTO, body=body)
    await desk.entry("submit_entry", draft.id, by=OTTO)
    await desk.approve(draft.id, by=ANA)

    merging = await pair(desk, "merge_entries", one.id, draft.id)
    after = await desk.approve(merging.id, by=ANA)

    decisions = await desk.fetch("SELECT entry_id, decision FROM watchlist.likeness")
    assert (after.photos, [tuple(row) for row in decisions]) == (2, [(draft.id, "same_person")])
    # And may be renewed: nobody of the same person matches beside it.
    renewal = {"reason": "longer", "expires_at": after.expires_at.replace(year=after.expires_at.year + 1)}
    await desk.entry("renew_entry", one.id, body=renewal)
    assert (await desk.approve(one.id, by=ANA)).renewal is None


async def test_faces_of_two_people_are_not_merged(desk: Desk) -> None:
    one, other = await two(desk, cosine=0.2)
    draft = await desk.entry("merge_entries", one.id, body={"other": other.id, **WHY})

    await refused(desk.entry("submit_entry", draft.id), 409, "do not show the same person")


async def test_a_merged_entry_is_erased_with_the_one_it_became(desk: Desk) -> None:
    one, other = await merged(desk)

    await desk.call("erase_entry", {"entry": one.id}, by=ANA, body=WHY)

    rows = await desk.fetch("SELECT state, sealed_label FROM watchlist.entry WHERE id = ANY ($1)", [one.id, other.id])
    assert [tuple(row) for row in rows] == [("erased", None), ("erased", None)]
    assert await desk.fetch("SELECT FROM watchlist.merge") == []
    assert {row["entry_id"] for row in await desk.fetch("SELECT entry_id FROM watchlist.erasure")} >= {one.id, other.id}


async def test_an_entry_is_not_merged_with_itself_or_what_has_ended(desk: Desk) -> None:
    one, other = await two(desk)

    await refused(desk.entry("merge_entries", one.id, body={"other": one.id, **WHY}), 409, "itself")
    await refused(desk.entry("part_entries", one.id, body={"other": other.id, **WHY}), 409, "the entry is active")
    await desk.entry("revoke_entry", other.id, body=WHY)
    await refused(desk.entry("merge_entries", one.id, body={"other": other.id, **WHY}), 409, "the entry is revoked")
    await refused(desk.entry("part_entries", one.id, body={"other": other.id, **WHY}), 409, "was not merged into")
