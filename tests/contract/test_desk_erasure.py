"""Erasing at the desk: what is gone in the first transaction, and who still has to let go."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from proto.wardwatch.v1.entries import ErasureView, History
from tests import servers
from tests.contract.desks import ANA, AUDITOR, LI, NUMBER, OTTO, Desk, opened, person, refused

WHY = {"reason": "asked for by the person"}


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with opened(database) as made:
        yield made


async def erased(desk: Desk, entry: UUID) -> ErasureView:
    return ErasureView.model_validate_json((await desk.ask("erase_entry", {"entry": entry}, said=WHY)).answer)


async def states(desk: Desk, entry: UUID) -> list[str]:
    answer = await desk.ask("show_history", {"entry": entry})
    return [change.state for change in History.model_validate_json(answer.answer).changes]


async def matcher(desk: Desk, name: str, *, ended: bool = False) -> UUID:
    """A matcher that has made itself known."""
    incarnation = uuid4()
    await desk.fetch(
        "INSERT INTO watchlist.replica (name, incarnation, started_at, seen_at, ended_at, applied_sequence, entries,"
        " templates, index_generation, clock_skew_ms)"
        " VALUES ($1, $2, now() - interval '1 hour', now(), $3, 1, 1, 1, 1, 0)",
        name,
        incarnation,
        datetime.now(UTC) if ended else None,
    )
    return incarnation


async def test_an_active_entry_is_revoked_and_erased_at_once(desk: Desk) -> None:
    entry = await desk.active(person(1), {"identity_number": NUMBER, "note": "limps", "external_id": "P-77"})

    progress = await erased(desk, entry.id)
    left = await desk.entry("show_entry", entry.id, by=AUDITOR)

    assert (progress.erased_by, progress.reason) == ("li.wei", "asked for by the person")
    assert (await states(desk, entry.id))[-3:] == ["active", "revoked", "erased"]
    assert (left.state, left.label, left.note, left.basis, left.photo_list) == ("erased", "", "", "", [])
    assert left.identity_last_four is None
    for table in ("photo", "template", "likeness"):
        assert await desk.fetch(f"TABLE watchlist.{table}") == []
    assert await desk.fetch("TABLE identity.number") == []
    assert desk.keyring.destroyed == {entry.id}


@pytest.mark.parametrize(
    ("step", "before"),
    [
        pytest.param(None, ["draft"], id="draft"),
        pytest.param("pending", ["pending", "revoked"], id="pending"),
        pytest.param("suspend_entry", ["suspended", "revoked"], id="suspended"),
        pytest.param("revoke_entry", ["active", "revoked"], id="revoked"),
    ],
)
async def test_an_entry_is_erased_from_wherever_it_stands(desk: Desk, step: str | None, before: list[str]) -> None:
    if step is None:
        entry = await desk.draft()
    elif step == "pending":
        entry = await desk.pending(person(1))
    else:
        entry = await desk.active(person(1))
        await desk.entry(step, entry.id, said=WHY)

    await erased(desk, entry.id)

    assert (await states(desk, entry.id))[-len(before) - 1 :] == [*before, "erased"]


async def test_erasing_again_changes_nothing(desk: Desk) -> None:
    entry = await desk.active(person(1))

    assert await erased(desk, entry.id) == await erased(desk, entry.id)
    assert (await states(desk, entry.id)).count("erased") == 1


async def test_a_draft_is_discarded_and_nothing_else_is(desk: Desk) -> None:
    draft, pending = await desk.draft(), await desk.pending(person(1))

    discarded = await desk.entry("discard_entry", draft.id, by=ANA)
    again = await desk.entry("discard_entry", draft.id, by=ANA)

    assert (discarded.state, discarded.label, again.revision) == ("erased", "", discarded.revision)
    assert desk.keyring.destroyed == {draft.id}
    await refused(desk.entry("discard_entry", pending.id), 409, "is pending; this takes one that is draft")
    await refused(desk.photograph(draft.id, person(1)), 409, "the entry is erased")


async def test_what_cannot_be_followed_up_now_is_erased_all_the_same(desk: Desk) -> None:
    entry = await desk.active(person(1))
    desk.keyring.storing = False

    progress = await erased(desk, entry.id)

    assert (progress.key_destroyed_at, progress.complete) == (None, False)
    assert (await states(desk, entry.id))[-1] == "erased"


async def test_every_matcher_that_may_hold_the_vectors_owes_a_receipt(desk: Desk) -> None:
    entry = await desk.active(person(1))
    signed = await matcher(desk, "m1")
    await matcher(desk, "m2")
    await matcher(desk, "m3", ended=True)
    await erased(desk, entry.id)
    await desk.fetch("INSERT INTO watchlist.receipt VALUES ($1, 'm1', $2, 7, now())", entry.id, signed)

    async def progress() -> ErasureView:
        answer = await desk.ask("show_erasure", {"entry": entry.id}, by=OTTO)
        return ErasureView.model_validate_json(answer.answer)

    first = await progress()
    assert ([each.matcher for each in first.receipts], [each.matcher for each in first.owed]) == (["m1"], ["m2"])
    assert (first.receipts[0].index_generation, first.owed[0].silent, first.complete) == (7, False, False)

    await desk.fetch("UPDATE watchlist.replica SET seen_at = now() - interval '1 minute' WHERE name = 'm2'")
    await desk.fetch("UPDATE watchlist.erasure SET key_destroyed_at = now(), stream_purged_at = now()")
    second = await progress()
    assert (second.owed[0].silent, second.complete) == (True, False)

    # It starts again: what it held before is gone, and what it reads now holds no such vector.
    await desk.fetch(
        "UPDATE watchlist.replica SET incarnation = gen_random_uuid(), started_at = now() + interval '1 second'"
        " WHERE name = 'm2'"
    )
    third = await progress()
    assert (third.owed, third.complete) == ([], True)


async def test_no_matcher_owes_a_receipt_for_a_draft(desk: Desk) -> None:
    await matcher(desk, "m1")
    entry = await desk.draft(by=LI)
    await desk.entry("discard_entry", entry.id)

    answer = await desk.ask("show_erasure", {"entry": entry.id})

    assert ErasureView.model_validate_json(answer.answer).owed == []


async def test_there_is_no_progress_of_what_was_not_erased(desk: Desk) -> None:
    entry = await desk.draft()

    await refused(desk.ask("show_erasure", {"entry": entry.id}), 404, "no entry .* was erased")
