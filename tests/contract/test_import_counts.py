"""An import with every kind of row is counted alike when it is checked, committed and looked at later."""

import asyncio
import csv
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from cli.watchlist import importing
from proto.wardwatch.v1.imports import BatchPage, BatchView, ItemView
from tests import servers
from tests.contract import desks
from tests.contract.desks import NUMBER, Desk, person, refused
from tests.contract.test_imports import approve, begun, people, photo, report, step

Counts = tuple[int, ...]
# Nine people, of whom 1, 2, 3 and 9 can be put forward; ready, warning and left out; then photos; then lines.
EXPECTED: Counts = (9, 2, 2, 5, 2, 2, 6, 5)


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with desks.opened(database) as opened:
        yield opened


def counts(view: BatchView) -> Counts:
    return (
        view.people, view.people_ready, view.people_warning, view.people_left_out, view.ready, view.warning,
        view.rejected, view.rows_rejected,
    )  # fmt: skip


async def every_kind_of_row(desk: Desk) -> UUID:
    """An import with every way to be ready, to be warned of, and to be left out."""
    await desk.draft({"external_id": "8"})
    batch = await begun(desk)
    await people(
        desk,
        batch,
        f'external_id,label,colour\n1,,\n2,,\n3,,\n3,,\n4,,\n5,{NUMBER},\n7,,\n8,,\n9,,\n10,,\n,nobody,\n6,"cut\n',
    )
    await photo(desk, batch, "1__1.jpg", person(1), file=b"first of one")
    await photo(desk, batch, "1__2.jpg", None)  # rejected, beside one that can be used
    await photo(desk, batch, "2.jpg", person(2), warning="small_face")
    await photo(desk, batch, "3.jpg", person(3))
    await photo(desk, batch, "5.jpg", person(5))  # its line is rejected, so it has none
    await photo(desk, batch, "7.jpg", None)  # the only one
    await photo(desk, batch, "8.jpg", person(8))  # listed already
    await photo(desk, batch, "9.jpg", person(9), warning="small_face")
    await photo(desk, batch, "10.jpg", person(10), file=b"first of one")  # the very same file
    await photo(desk, batch, "holiday", person(11))  # names nobody
    return batch


def recounted(file: Path) -> Counts:
    """The same counts from the report as a file."""
    with file.open(encoding="utf-8-sig", newline="") as opened:
        lines = {(row["kind"], row["file"]): row for row in csv.DictReader(opened)}.values()
    photos = [row for row in lines if row["kind"] == "file"]
    by_verdict = [sum(row["verdict"] == verdict for row in photos) for verdict in ("ready", "warning", "rejected")]
    rows = [row for row in lines if row["kind"] == "row" and row["verdict"] == "rejected"]
    spoiled = {row["external_id"] for row in rows if row["code"] != "row_twice"}
    # A person as a whole goes by its label, which is its external id where the line gives none.
    whole = {row["external_id"] or row["file"] for row in lines if row["kind"] == "person"}
    named = whole | {row["external_id"] for row in (*photos, *rows) if row["external_id"]}
    by_person = {each: set[str]() for each in named}
    for row in photos:
        if row["external_id"] and row["verdict"] != "rejected" and row["external_id"] not in spoiled:
            by_person[row["external_id"]].add(row["verdict"])
    warned = sum("warning" in verdicts for verdicts in by_person.values())
    ready = sum(verdicts == {"ready"} for verdicts in by_person.values())
    left_out = sum(not verdicts for verdicts in by_person.values())
    return (len(by_person), ready, warned, left_out, *by_verdict, len(rows))


def printed(view: BatchView, rows: list[ItemView], capsys: pytest.CaptureFixture[str]) -> str:
    importing.print_import(view, rows, "li.wei", as_json=False)
    output = capsys.readouterr().out
    return next(line for line in output.splitlines() if line.startswith(f"import {view.id}"))


async def test_check_commit_and_result_count_alike(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = await every_kind_of_row(desk)

    sent = await step(desk, "show_import", batch)
    checked = await step(desk, "check_import", batch)
    rows = await report(desk, batch)
    await asyncio.to_thread(importing.write_report, tmp_path / "report.csv", rows)
    words = "6 photos and 5 lines of people.csv are rejected, and 5 of 9 people cannot"
    await refused(step(desk, "commit_import", batch, body={}), 409, words)
    body: dict[str, object] = {"leave_out_rejected": True, "accept_warnings": "looked at each"}
    committed = await step(desk, "commit_import", batch, body=body)
    approved = await approve(desk, batch)
    later = await step(desk, "show_import", batch)
    page = BatchPage.model_validate_json((await desk.call("list_imports")).body).batches

    assert {counts(view) for view in (sent, checked, committed, approved, later, *page)} == {EXPECTED}
    assert await asyncio.to_thread(recounted, tmp_path / "report.csv") == EXPECTED
    assert (committed.pending, approved.active) == (4, 4)
    (line,) = {printed(view, rows, capsys).partition(" (")[0] for view in (checked, committed, later)}
    assert line == (
        f"import {batch}: 9 people: ready 2, warning 2, left out 5; photos: ready 2, warning 2, rejected 6;"
        " lines of people.csv rejected: 5"
    )


async def test_rows_from_before_people_were_counted_are_counted(desk: Desk) -> None:
    batch = await every_kind_of_row(desk)
    await desk.fetch("UPDATE watchlist.batch_item SET whose_lookup = NULL")

    checked = await step(desk, "check_import", batch)

    assert counts(checked) == EXPECTED
