"""Erasing at the desk: what is gone in the first transaction, and who still has to let go."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from proto.wardwatch.v1.entries import ErasureView, History
from tests import servers
from tests.contract.desks import ANA, AUDITOR, GUARD, NUMBER, OTTO, Desk, opened, person, refused

WHY = {"reason": "asked for by the person"}


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with opened(database) as desk:
        yield desk


async def erased(desk: Desk, entry: UUID) -> ErasureView:
    return ErasureView.model_validate_json((await desk.call("erase_entry", {"entry": entry}, body=WHY)).body)


async def states(desk: Desk, entry: UUID) -> list[str]:
    answer = await desk.call("show_history", {"entry": entry})
    return [change.state for change in History.model_validate_json(answer.body).changes]


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
        await desk.entry(step, entry.id, body=WHY)

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


async def test_nothing_of_what_was_erased_opens_again_with_a_key_that_was_kept(desk: Desk) -> None:
    entry = await desk.active(person(1))
    key = desk.keyring.key(entry.id)
    await erased(desk, entry.id)
    desk.keyring.keys[entry.id] = key

    left = await desk.entry("show_entry", entry.id)

    assert (left.label, left.note, left.photo_list) == ("", "", [])
    await refused(desk.call("show_photo", {"entry": entry.id, "position": 0}), 404, "no photo 0")


async def test_who_keeps_the_list_and_an_auditor_see_how_far_an_erasure_is(desk: Desk) -> None:
    entry, draft = await desk.active(person(1)), await desk.draft()
    await erased(desk, entry.id)

    for by in (OTTO, AUDITOR):
        shown = await desk.call("show_erasure", {"entry": entry.id}, by=by)
        assert ErasureView.model_validate_json(shown.body).reason == "asked for by the person"
    await refused(desk.call("show_erasure", {"entry": entry.id}, by=GUARD), 403, "not for a guard")
    await refused(desk.call("show_erasure", {"entry": draft.id}), 404, "was not erased")
