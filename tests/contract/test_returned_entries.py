"""What waits for approval is sent back with a comment, amended and put forward again; on a real PostgreSQL."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from proto.wardwatch.v1.entries import History
from tests import servers
from tests.contract.desks import ANA, LI, OTTO, Desk, opened, person, refused
from tests.contract.test_desk_entries import ahead

COMMENT = {"reason": "the file number is missing"}


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with opened(database) as desk:
        yield desk


async def test_what_is_sent_back_is_amended_and_approved_by_another(desk: Desk) -> None:
    waiting = await desk.pending(person(1))

    back = await desk.entry("return_entry", waiting.id, by=ANA, body=COMMENT)
    again = await desk.entry("return_entry", waiting.id, by=ANA, body=COMMENT)
    body = {"revision": back.revision, "evidence": "file 17, page 4", "note": "limps"}
    amended = await desk.entry("rewrite_entry", waiting.id, body=body)
    await desk.photograph(waiting.id, person(1), {"position": 1})
    submitted = await desk.entry("submit_entry", waiting.id, by=LI)
    await refused(desk.approve(waiting.id, by=LI), 409, "approver must not be the author")
    approved = await desk.approve(waiting.id, by=ANA)

    assert back.returned is not None
    assert (back.state, back.put_forward_by, back.revision) == ("draft", None, again.revision)
    assert (back.returned.by, back.returned.comment) == ("ana.ruiz", COMMENT["reason"])
    assert (amended.evidence, amended.note, amended.basis) == ("file 17, page 4", "limps", waiting.basis)
    assert (submitted.state, submitted.returned) == ("pending", None)
    assert (approved.state, approved.evidence, approved.photos) == ("active", "file 17, page 4", 2)


async def test_history_and_audit_say_who_sent_it_back_and_why(desk: Desk) -> None:
    waiting = await desk.pending(person(1))

    await desk.entry("return_entry", waiting.id, by=ANA, body=COMMENT)

    history = History.model_validate_json((await desk.call("show_history", {"entry": waiting.id})).body)
    last = history.changes[-1]
    (event,) = await desk.fetch(
        "SELECT actor_name, reason, details ->> 'was' AS was FROM audit.event WHERE action = 'entry.returned'"
    )
    assert (last.state, last.account, last.reason) == ("draft", "ana.ruiz", COMMENT["reason"])
    assert tuple(event) == ("ana.ruiz", COMMENT["reason"], "pending")


async def test_matchers_hear_that_a_waiting_entry_is_a_draft_again(desk: Desk) -> None:
    waiting = await desk.pending(person(1))
    await desk.entry("return_entry", waiting.id, by=ANA, body=COMMENT)
    await desk.photograph(waiting.id, person(1), {"position": 1})
    last = await desk.at(waiting.id)

    out = await desk.fetch("SELECT revision, state FROM watchlist.outbox WHERE entry_id = $1 ORDER BY 1", waiting.id)
    listed = await desk.fetch("SELECT revision, state FROM watchlist.listed WHERE id = $1", waiting.id)
    await desk.entry("discard_entry", waiting.id)
    gone = await desk.fetch("SELECT state, templates FROM watchlist.listed WHERE id = $1", waiting.id)
    owed = await desk.fetch("SELECT FROM watchlist.owed_receipt")

    assert [tuple(row) for row in out][-2:] == [(last - 1, "draft"), (last, "draft")]
    assert [tuple(row) for row in listed] == [(last, "draft")]
    assert ([tuple(row) for row in gone], owed) == ([("erased", 0)], [])


async def test_a_renewal_that_is_sent_back_is_dropped_and_can_be_asked_again(desk: Desk) -> None:
    entry = await desk.active(person(1))
    asked = await desk.entry("renew_entry", entry.id, body={"reason": "still barred", "expires_at": ahead(800)})

    back = await desk.entry("return_entry", entry.id, by=ANA, body=COMMENT)
    await refused(desk.entry("return_entry", entry.id, by=OTTO, body=COMMENT), 409, "nothing of this kind waits")
    again = await desk.entry("renew_entry", entry.id, body={"reason": "as you say", "expires_at": ahead(700)})

    assert asked.renewal is not None
    assert again.renewal is not None
    assert (back.state, back.renewal, back.returned) == ("active", None, None)
    assert await desk.fetch(
        "SELECT FROM audit.event WHERE action = 'entry.renewal_dropped' AND actor_name = 'ana.ruiz'"
    )


async def test_an_editor_takes_back_only_what_they_put_forward(desk: Desk) -> None:
    await desk.fetch("UPDATE accounts.account SET role = 'watchlist_editor' WHERE id = $1", OTTO.account_id)
    others = await desk.pending(person(1))
    own = await desk.pending(person(2), by=OTTO)

    await refused(desk.entry("return_entry", others.id, by=OTTO, body=COMMENT), 403, "only what it put forward itself")
    back = await desk.entry("return_entry", own.id, by=OTTO, body=COMMENT)

    assert back.state == "draft"


async def test_words_change_only_in_a_draft_as_it_was_seen(desk: Desk) -> None:
    waiting = await desk.pending(person(1))
    draft = await desk.draft()
    words = {"revision": 1, "label": "Man in a red coat"}

    await refused(
        desk.entry("rewrite_entry", waiting.id, body={**words, "revision": waiting.revision}),
        409,
        "takes one that is draft",
    )
    await desk.entry("rewrite_entry", draft.id, body=words)
    await refused(desk.entry("rewrite_entry", draft.id, body=words), 409, "changed meanwhile")
    await refused(
        desk.entry("rewrite_entry", draft.id, body={"revision": 2, "category": "nonsense"}), 422, "is not one of"
    )


async def test_a_ground_that_allows_less_time_shortens_it(desk: Desk) -> None:
    draft = await desk.draft({"expires_at": ahead(1500)})

    shorter = await desk.entry("rewrite_entry", draft.id, body={"revision": 1, "category": "ban"})

    assert shorter.category == "ban"
    assert ahead(728) < shorter.expires_at < ahead(732)


async def test_the_database_sends_back_only_what_waits_and_only_as_it_is(
    desk: Desk, database: servers.Database
) -> None:
    waiting, standing = await desk.pending(person(1)), await desk.active(person(2))
    importer = await asyncpg.connect(database.importer)
    back = (
        "UPDATE watchlist.entry SET state = $2::text::watchlist.entry_state, revision = revision + 1,"
        " changed_by_id = $3, changed_by_name = 'ana.ruiz', changed_at = now(), reason = 'why',"
        " put_forward_by_id = NULL, put_forward_by_name = NULL, returned_by_id = $3, returned_by_name = 'ana.ruiz',"
        " returned_at = now(), returned_comment = $4, basis = coalesce($5, basis) WHERE id = $1"
    )
    try:
        for entry, state, comment, basis in (
            (standing.id, "draft", "why", None),
            (waiting.id, "pending", "why", None),
            (waiting.id, "draft", " ", None),
            (waiting.id, "draft", "why", "another decision"),
        ):
            with pytest.raises(asyncpg.CheckViolationError):
                await importer.execute(back, entry, state, ANA.account_id, comment, basis)
        await importer.execute(back, waiting.id, "draft", ANA.account_id, "why", None)
    finally:
        await importer.close()
