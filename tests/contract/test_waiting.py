"""What waits for whom, and who ends when, at the desk on a real PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from proto.wardwatch.v1.entries import Endings, EntryPage, WaitingView
from services.watchlist.rules.holder import Holder
from tests import servers
from tests.contract.desks import ANA, AUDITOR, LI, OTTO, Desk, opened, person
from tests.contract.test_desk_entries import ahead


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with opened(database) as desk:
        yield desk


async def waits(desk: Desk, by: Holder) -> tuple[int, int, int]:
    view = WaitingView.model_validate_json((await desk.call("show_waiting", by=by)).body)
    return view.approvals, view.renewals, view.returned


async def sought(desk: Desk, by: Holder = LI, **wanted: object) -> list[object]:
    body = {"state": "all", **wanted}
    page = EntryPage.model_validate_json((await desk.call("search_entries", by=by, body=body)).body)
    return [row.id for row in page.entries]


async def test_each_account_sees_what_waits_for_it_alone(desk: Desk) -> None:
    standing = await desk.active(person(1))
    waiting = await desk.pending(person(2))
    back = await desk.pending(person(3))
    await desk.entry("return_entry", back.id, by=ANA, body={"reason": "no file number"})
    await desk.entry("renew_entry", standing.id, by=OTTO, body={"reason": "longer", "expires_at": ahead(800)})

    assert [await waits(desk, by) for by in (LI, ANA, OTTO, AUDITOR)] == [(0, 0, 1), (1, 1, 0), (1, 0, 0), (0, 0, 0)]
    assert await sought(desk, LI, waiting=True) == [back.id]
    assert set(await sought(desk, ANA, waiting=True)) == {standing.id, waiting.id}


async def test_a_change_that_waits_is_among_what_waits(desk: Desk) -> None:
    entry = await desk.active(person(1))
    draft = await desk.entry("amend_entry", entry.id, body={"reason": "a new decision"})
    await desk.entry("submit_entry", draft.id)

    assert [await waits(desk, by) for by in (LI, ANA)] == [(0, 0, 0), (1, 0, 0)]
    assert await sought(desk, ANA, waiting=True) == [draft.id]


async def test_the_version_grows_with_each_change_and_no_reader_is_noted(desk: Desk) -> None:
    async def version() -> int:
        return WaitingView.model_validate_json((await desk.call("show_waiting")).body).version

    before = await version()
    entry = await desk.draft()
    between, readings = await version(), await desk.readings()
    await version()
    await desk.entry("discard_entry", entry.id)

    assert before < between < await version()
    assert [each for each in await desk.readings() if each not in readings and each[1] == "entries.listed"] == []


async def test_entries_are_counted_and_found_by_their_last_day(desk: Desk) -> None:
    day = (datetime.now(UTC) + timedelta(days=100)).date()
    first = await desk.pending(person(1), {"last_day": str(day)})
    second = await desk.pending(person(2), {"last_day": str(day + timedelta(days=1))})
    for entry in (first, second):
        await desk.approve(entry.id)
    await desk.entry("renew_entry", second.id, body={"reason": "longer", "expires_at": ahead(800)})

    found = Endings.model_validate_json((await desk.call("show_endings", by=AUDITOR)).body)

    assert [(each.day, each.entries, each.asked) for each in found.days] == [
        (day, 1, 0),
        (day + timedelta(days=1), 1, 1),
    ]
    assert await sought(desk, ends_from=str(day), ends_to=str(day)) == [first.id]
    assert await sought(desk, ends_from=str(day + timedelta(days=1))) == [second.id]
    assert set(await sought(desk, ends_to=str(day + timedelta(days=1)))) == {first.id, second.id}
