"""An entry that matches is amended by a draft of its own, which another account approves; on a real PostgreSQL."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import numpy as np
import pytest

from proto.wardwatch.v1.entries import EntryPage, EntryView, History
from tests import servers
from tests.contract.desks import ANA, LI, NUMBER, OTTO, Desk, opened, person, refused
from tests.contract.test_desk_entries import ahead

WHY = {"reason": "the decision was changed"}


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with opened(database) as desk:
        yield desk


async def amended(desk: Desk, entry: UUID, *, by: object = LI, **words: object) -> EntryView:
    """An amendment of *entry* that waits for approval and says *words*."""
    draft = await desk.entry("amend_entry", entry, by=LI, body=WHY)
    if words:
        draft = await desk.entry("rewrite_entry", draft.id, body={"revision": draft.revision, **words})
    return await desk.entry("submit_entry", draft.id, by=LI)


async def vectors(desk: Desk, entry: UUID) -> int:
    """With how many faces the entry matches."""
    (published,) = await desk.published(entry)
    return len(published.templates)


async def test_an_entry_matches_as_it_stood_until_its_amendment_is_approved(desk: Desk) -> None:
    entry = await desk.active(person(1), {"identity_number": NUMBER, "note": "limps"})
    draft = await desk.entry("amend_entry", entry.id, body=WHY)
    await desk.photograph(draft.id, person(1), {"position": 3})
    await desk.entry("remove_photo", draft.id, {"position": 0}, body={"reason": "an old photo"})
    words = {"label": "Man in a red coat", "category": "ban", "instruction": "Call 8811", "note": ""}
    await desk.entry("rewrite_entry", draft.id, body={"revision": await desk.at(draft.id), **words})
    await desk.entry("submit_entry", draft.id, by=LI)

    before = await desk.entry("show_entry", entry.id)
    faces = {photo.name for photo in before.photo_list}, await vectors(desk, entry.id)
    after = await desk.approve(draft.id, by=ANA)
    await desk.publish()

    assert draft.amends == entry.id
    assert (before.revision, before.label, before.state) == (entry.revision, entry.label, "active")
    assert before.amendment is not None
    assert (before.amendment.id, before.amendment.state, faces) == (draft.id, "pending", ({"a.jpg"}, 1))
    assert (after.id, after.revision, after.state) == (entry.id, entry.revision + 1, "active")
    assert (after.label, after.category, after.instruction, after.note) == tuple(words.values())
    assert (after.author, after.approver, after.reason) == ("li.wei", "ana.ruiz", WHY["reason"])
    assert ([photo.position for photo in after.photo_list], after.amendment) == ([3], None)
    assert (after.identity_last_four, await vectors(desk, entry.id)) == ("002X", 1)
    assert after.expires_at <= entry.expires_at


async def test_what_was_taken_in_is_erased_with_its_key_and_never_listed(desk: Desk) -> None:
    entry = await desk.active(person(1))
    await desk.fetch("DELETE FROM watchlist.outbox")
    draft = await amended(desk, entry.id, evidence="file 18")
    waiting = EntryPage.model_validate_json((await desk.call("list_entries", {"state": "pending"})).body)

    await desk.approve(draft.id, by=ANA)

    out = await desk.fetch("SELECT entry_id, state FROM watchlist.outbox")
    left = await desk.fetch("SELECT state, sealed_label FROM watchlist.entry WHERE id = $1", draft.id)
    listed = EntryPage.model_validate_json((await desk.call("list_entries", {"state": "all"})).body)
    assert [(row.id, row.amends) for row in waiting.entries] == [(draft.id, entry.id)]
    assert [tuple(row) for row in out] == [(entry.id, "active")]
    assert [tuple(row) for row in left] == [("erased", None)]
    assert (draft.id in desk.keyring.destroyed, [row.id for row in listed.entries]) == (True, [entry.id])
    assert listed.counts == {"active": 1}
    assert await desk.fetch("SELECT FROM watchlist.listed WHERE id = $1", draft.id) == []
    assert await desk.fetch("SELECT FROM watchlist.owed_receipt") == []


async def test_nobody_approves_the_amendment_they_asked_for(desk: Desk) -> None:
    entry = await desk.active(person(1))
    draft = await desk.entry("amend_entry", entry.id, by=ANA, body=WHY)
    await desk.entry("submit_entry", draft.id, by=OTTO)

    await refused(desk.approve(draft.id, by=ANA), 409, "approver must not be the author")
    await refused(desk.approve(draft.id, by=OTTO), 409, "approver must not be the author")
    # Who wrote the entry first approves what another makes of it.
    approved = await desk.approve(draft.id, by=LI)
    again = await desk.approve(draft.id, by=LI)

    assert (approved.author, approved.approver) == ("ana.ruiz", "li.wei")
    assert approved.revision == again.revision


async def test_an_amendment_that_changed_after_it_was_shown_is_not_approved(desk: Desk) -> None:
    entry = await desk.active(person(1))
    draft = await amended(desk, entry.id)
    await desk.entry("return_entry", draft.id, by=LI, body={"reason": "another word"})
    await desk.entry("rewrite_entry", draft.id, body={"revision": draft.revision + 1, "note": "armed"})
    await desk.entry("submit_entry", draft.id, by=LI)

    await refused(desk.approve(draft.id, by=ANA, seen=draft.revision), 409, "was changed after it was shown")


async def test_an_amendment_is_taken_back_refused_and_begun_anew(desk: Desk) -> None:
    entry = await desk.active(person(1))
    first = await amended(desk, entry.id, note="armed")
    await desk.entry("return_entry", first.id, by=LI, body={"reason": "not yet"})
    await desk.entry("discard_entry", first.id)
    second = await amended(desk, entry.id, note="armed")

    stands = await desk.entry("revoke_entry", second.id, by=ANA, body={"reason": "he is not"})
    third = await desk.entry("amend_entry", entry.id, body=WHY)
    await refused(desk.entry("amend_entry", entry.id, by=ANA, body=WHY), 409, "li.wei is amending this entry already")

    actions = await desk.fetch("SELECT action FROM audit.event WHERE action LIKE 'entry.amend%' ORDER BY sequence")
    assert (stands.id, stands.state, stands.note, stands.amendment) == (entry.id, "active", "", None)
    assert {first.id, second.id} <= desk.keyring.destroyed
    assert third.id not in desk.keyring.destroyed
    assert [row["action"].removeprefix("entry.amendment_") for row in actions] == [
        "begun", "submitted", "returned", "discarded", "begun", "submitted", "refused", "begun",
    ]  # fmt: skip


async def test_history_and_audit_tell_of_the_change_and_who_drafted_it(desk: Desk) -> None:
    entry = await desk.active(person(1))
    draft = await amended(desk, entry.id, evidence="file 18")
    await desk.approve(draft.id, by=ANA)

    history = History.model_validate_json((await desk.call("show_history", {"entry": entry.id})).body)
    events = await desk.fetch(
        "SELECT actor_name, action, details ->> 'category' AS category FROM audit.event"
        " WHERE action IN ('entry.amended', 'entry.amendment_taken') ORDER BY sequence"
    )
    last = [(each.of_amendment, each.account, each.reason) for each in history.changes][-5:]
    assert last == [
        (True, "li.wei", WHY["reason"]),
        (True, "li.wei", "words changed"),
        (True, "li.wei", ""),
        (False, "ana.ruiz", WHY["reason"]),
        (True, "ana.ruiz", "taken into its entry"),
    ]
    assert [tuple(event) for event in events] == [
        ("ana.ruiz", "entry.amended", "violence"), ("ana.ruiz", "entry.amendment_taken", None),
    ]  # fmt: skip


async def test_an_amendment_ends_with_its_entry_and_leaves_nothing(desk: Desk) -> None:
    revoked, erased = await desk.active(person(1)), await desk.active(person(2))
    drafts = [await amended(desk, revoked.id), await desk.entry("amend_entry", erased.id, body=WHY)]

    await desk.entry("revoke_entry", revoked.id, by=ANA, body=WHY)
    await desk.call("erase_entry", {"entry": erased.id}, by=ANA, body=WHY)

    for draft in drafts:
        (row,) = await desk.fetch("SELECT state, sealed_label FROM watchlist.entry WHERE id = $1", draft.id)
        assert tuple(row) == ("erased", None)
        assert await desk.fetch("SELECT FROM watchlist.photo WHERE entry_id = $1", draft.id) == []
        assert await desk.fetch(
            "SELECT FROM watchlist.erasure WHERE entry_id = $1 AND key_destroyed_at IS NULL", draft.id
        )


async def test_a_suspended_photo_stays_suspended_and_keeps_its_count(desk: Desk) -> None:
    entry = await desk.active(person(1))
    (photo,) = await desk.fetch(
        "UPDATE watchlist.photo SET suspended_at = now(), suspended_reason = 'false alerts' WHERE entry_id = $1"
        " RETURNING id",
        entry.id,
    )
    draft = await desk.entry("amend_entry", entry.id, body=WHY)
    await desk.photograph(draft.id, person(1), {"position": 1})
    await desk.entry("submit_entry", draft.id, by=LI)

    after = await desk.approve(draft.id, by=ANA)

    kept = await desk.fetch("SELECT id FROM watchlist.photo WHERE entry_id = $1 AND position = 0", entry.id)
    assert [each.suspended_at is not None for each in after.photo_list] == [True, False]
    assert (kept[0]["id"], await vectors(desk, entry.id)) == (photo["id"], 1)


async def test_an_amendment_with_somebody_elses_photo_goes_nowhere(desk: Desk) -> None:
    entry, other = await desk.active(person(1)), await desk.active(person(7))
    draft = await desk.entry("amend_entry", entry.id, body=WHY)
    await desk.photograph(draft.id, person(2), {"position": 1})
    await refused(desk.entry("submit_entry", draft.id), 409, "do not show the same person")
    await desk.entry("remove_photo", draft.id, {"position": 1}, body={"reason": "his brother"})
    await desk.photograph(draft.id, person(99, like=1, cosine=0.7), {"position": 1})
    both = 0.75 * person(1) + 0.66 * person(7)
    await desk.photograph(draft.id, (both / np.linalg.norm(both)).astype(np.float32), {"position": 2})

    # Of the entry itself nobody is asked, of others whom a new photo resembles somebody decides.
    await refused(desk.entry("submit_entry", draft.id), 409, f"{other.id} .probably the same person.$")


async def test_a_draft_is_compared_with_the_entry_and_not_its_amendment(desk: Desk) -> None:
    entry = await desk.active(person(1))
    draft = await desk.entry("amend_entry", entry.id, body=WHY)
    await desk.photograph(draft.id, person(98, like=1, cosine=0.6), {"position": 1})

    new = await desk.draft(by=OTTO)
    await desk.photograph(new.id, person(98, like=1, cosine=0.6), by=OTTO)
    await refused(desk.entry("submit_entry", new.id, by=OTTO), 409, str(entry.id))

    view = await desk.entry("show_entry", new.id)
    assert [each.other for each in view.likenesses] == [entry.id]


async def test_an_amendment_ends_no_later_and_leaves_the_end_to_renewals(desk: Desk) -> None:
    entry = await desk.active(person(1), {"expires_at": ahead(400)})
    draft = await desk.entry("amend_entry", entry.id, body=WHY)
    later = {"revision": draft.revision, "last_day": str(ahead(500).date())}
    sooner = {"revision": draft.revision, "last_day": str(ahead(100).date())}

    await refused(desk.entry("rewrite_entry", draft.id, body=later), 409, "makes no entry end later")
    renewal = {"reason": "longer", "expires_at": ahead(600)}
    await refused(desk.entry("renew_entry", entry.id, body=renewal), 409, "something else of this entry waits")
    await desk.entry("rewrite_entry", draft.id, body=sooner)
    await desk.entry("submit_entry", draft.id)
    shorter = await desk.approve(draft.id, by=ANA)
    asked = await desk.entry("renew_entry", entry.id, body=renewal)
    await refused(desk.entry("amend_entry", entry.id, body=WHY), 409, "something else of this entry waits")

    assert ahead(99) < shorter.expires_at < ahead(102)
    assert asked.renewal is not None


async def test_the_database_takes_in_only_what_was_approved(desk: Desk, database: servers.Database) -> None:
    entry = await desk.active(person(1))
    draft = await amended(desk, entry.id, evidence="file 18")
    rewrite = (
        "UPDATE watchlist.entry AS e SET revision = e.revision + 1, changed_by_id = $3, changed_by_name = 'x',"
        " reason = 'r', evidence = $4, author_id = d.author_id, author_name = d.author_name,"
        " put_forward_by_id = d.put_forward_by_id, put_forward_by_name = d.put_forward_by_name, approver_id = $3,"
        " approver_name = 'x', approved_at = now() FROM watchlist.entry AS d WHERE e.id = $1 AND d.id = $2"
    )
    photo = "DELETE FROM watchlist.photo WHERE entry_id = $1"
    begin = "SELECT watchlist.begin_taking($1)"
    importer = await asyncpg.connect(database.importer)

    async def together(*steps: tuple[str, tuple[object, ...]]) -> None:
        async with importer.transaction():
            for query, values in steps:
                await importer.execute(query, *values)

    async def attempt(*steps: tuple[str, tuple[object, ...]]) -> None:
        with pytest.raises(asyncpg.CheckViolationError):
            await together(*steps)

    try:
        # Without the approval, by who asked, with other words, and half of it.
        await attempt((rewrite, (entry.id, draft.id, ANA.account_id, "file 18")))
        await attempt((begin, (draft.id,)), (rewrite, (entry.id, draft.id, LI.account_id, "file 18")))
        await attempt((begin, (draft.id,)), (rewrite, (entry.id, draft.id, ANA.account_id, "file 19")))
        await attempt((begin, (draft.id,)), (rewrite, (entry.id, draft.id, ANA.account_id, "file 18")))
        await attempt((begin, (draft.id,)), (photo, (entry.id,)))
        await attempt((photo, (entry.id,)))
        await attempt((begin, (entry.id,)))
        approve = "UPDATE watchlist.entry SET state = 'active', revision = revision + 1, approver_id = $2,"
        approve += " approver_name = 'x', approved_at = now(), changed_by_id = $2, changed_by_name = 'x' WHERE id = $1"
        await attempt((approve, (draft.id, ANA.account_id)))
    finally:
        await importer.close()
    assert (await desk.entry("show_entry", entry.id)).evidence == entry.evidence
