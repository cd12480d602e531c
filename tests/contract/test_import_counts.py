"""An import with every kind of row is counted alike when it is checked, committed and looked at later."""

import asyncio
import csv
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from cli.watchlist import importing
from proto.wardwatch.v1.imports import BatchPage, BatchView, Counts, ImportCounts
from tests import servers
from tests.contract import desks
from tests.contract.desks import NUMBER, Desk, person, refused
from tests.contract.test_imports import approve, begun, people, photo, report, step

# Nine people, of whom 1, 2, 3 and 9 can be put forward; of 4, 5, 7 and 10 something must be said, and 8 is listed.
EXPECTED = ImportCounts(
    people=Counts(read=9, question=4, refused=0, warning=2, listed=1, ready=2),
    photos=Counts(read=10, question=3, refused=2, warning=2, listed=1, ready=2),
    lines=Counts(read=12, question=1, refused=3, warning=0, listed=1, ready=7),
)
# As programs have known them from the beginning: people, photos, lines.
FLAT = (9, 2, 2, 5, 2, 2, 6, 5)


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with desks.opened(database) as opened:
        yield opened


def flat(view: BatchView) -> tuple[int, ...]:
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


def recounted(file: Path) -> tuple[Counter[str], Counter[str]]:
    """What the photos and the faulty lines of a report as a file came to."""
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = {(row["kind"], row["file"]): row for row in csv.DictReader(opened)}.values()
    photos = Counter(row["outcome"] for row in rows if row["kind"] == "file")
    lines = Counter(row["outcome"] for row in rows if row["kind"] == "row" and row["verdict"] == "rejected")
    return photos, lines


def nonzero(counts: Counts) -> Counter[str]:
    return +Counter({outcome: many for outcome, many in counts.model_dump().items() if outcome != "read"})


def printed(view: BatchView, capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    importing.print_import(view, (), "li.wei", as_json=False)
    lines = (line.split("│") for line in capsys.readouterr().out.splitlines() if "│" in line)
    return [[cell.strip() for cell in line[1:-1]] for line in lines]


async def test_check_commit_and_result_count_alike(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = await every_kind_of_row(desk)

    sent = await step(desk, "show_import", batch)
    checked = await step(desk, "check_import", batch)
    rows = await report(desk, batch)
    await asyncio.to_thread(importing.write_report, tmp_path / "report.csv", checked, rows)
    words = "6 photos and 5 lines of people.csv are rejected, and 5 of 9 people cannot"
    await refused(step(desk, "commit_import", batch, body={}), 409, words)
    body: dict[str, object] = {"leave_out_rejected": True, "accept_warnings": "looked at each"}
    committed = await step(desk, "commit_import", batch, body=body)
    approved = await approve(desk, batch)
    later = await step(desk, "show_import", batch)
    page = BatchPage.model_validate_json((await desk.call("list_imports")).body).batches

    views = (sent, checked, committed, approved, later, *page)
    assert [view.counts for view in views] == [EXPECTED] * 6
    assert {flat(view) for view in views} == {FLAT}
    photos, lines = await asyncio.to_thread(recounted, tmp_path / "report.csv")
    assert (photos, lines + Counter(ready=7)) == (nonzero(EXPECTED.photos), nonzero(EXPECTED.lines))
    assert (checked.drafts, committed.drafts, committed.pending, approved.active) == (8, 0, 4, 4)
    for view in (checked, committed, later):
        assert printed(view, capsys) == [
            ["people", "9", "4", "0", "2", "1", "2"],
            ["photos", "10", "3", "2", "2", "1", "2"],
            ["lines of people.csv", "12", "1", "3", "0", "1", "7"],
        ]


async def test_the_report_names_whom_a_row_is_about_and_asks_first(desk: Desk) -> None:
    batch = await begun(desk)
    await people(
        desk, batch, "external_id,label,expires_on\n2,Bo,\n10,Ann,\n3,Cy,03/04/2099\n4,Dee,someday\n"
    )  # fmt: skip
    await photo(desk, batch, "10__2.jpg", person(1))
    await photo(desk, batch, "10__1.jpg", person(1))
    await photo(desk, batch, "11.jpg", person(2))  # nobody's line
    await step(desk, "check_import", batch)

    rows = await report(desk, batch)
    by_name = await report(desk, batch, sort="name")
    asked = await report(desk, batch, outcome="question")

    assert [(row.label or row.name, row.outcome) for row in rows] == [
        ("11", "question"), ("Bo", "question"), ("Cy", "question"), ("Dee", "refused"), ("Ann", "ready"),
        ("Ann", "ready"),
    ]  # fmt: skip
    assert [row.name for row in by_name] == [
        "11.jpg", "10__1.jpg", "10__2.jpg", "Bo", "people.csv, line 4", "people.csv, line 5"
    ]  # fmt: skip
    assert asked == rows[:3]
    await refused(desk.call("list_items", {"import": batch, "outcome": "odd"}), 422, "'odd' is not one of")
    await refused(desk.call("list_items", {"import": batch, "sort": "odd"}), 422, "'odd' is not one of")
    await refused(desk.call("list_items", {"import": batch, "cursor": "9.1.aa"}), 422, "cursor")


async def test_rows_from_before_people_were_counted_are_counted(desk: Desk) -> None:
    batch = await every_kind_of_row(desk)
    await desk.fetch("UPDATE watchlist.batch_item SET whose_lookup = NULL")

    checked = await step(desk, "check_import", batch)

    assert checked.counts == EXPECTED
