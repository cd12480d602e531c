"""`wardwatch watchlist export`: every entry once, nothing that a sheet would work out, and no file half made."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.watchlist.exporting import COLUMNS
from services.chassis.errors import Refusal, StartupError
from services.chassis.sheets import plain
from tests.unit.cli import desk_server
from tests.unit.cli.desk_server import ENTRY, OTHER, Desk, Problem, Script

THIRD = "0b6f3f0c-6f5e-4a43-9c39-3d7f3f1c1a03"
LATER = "2026-11-23T13:00:00Z"


def page(*rows: dict[str, object], after: str | None = None) -> Script:
    return {"entries": list(rows), "next": after}


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


async def test_every_page_is_written_to_a_file_that_its_maker_alone_can_read(desk: Desk) -> None:
    first = desk_server.row(label="张伟", scope={"kind": "sites", "group": None, "sites": ["h1", "h2"]})
    second = desk_server.row(id=OTHER, changed_at="2026-11-22T12:00:00Z", approver="bea", batch=THIRD)
    desk.script(list_entries=[page(first, after="c2"), page(second), page(first, after="c2")])
    file = desk.folder / "list.csv"

    done = await desk.run("export", str(file), "--as", "ana", "--state", "active")

    assert done.exit_code == 0, done.output
    assert [(a.target["state"], a.target.get("cursor")) for a in desk.server.requests] == [
        ("active", None),
        ("active", "c2"),
        ("active", None),
    ]
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_bytes().startswith(b"\xef\xbb\xbfid,state,label")
    one, two = lines(file.read_text(encoding="utf-8-sig"))
    assert tuple(one) == COLUMNS
    assert (one["id"], one["label"], one["where"], one["approver"]) == (ENTRY, "张伟", "h1, h2", "")
    assert (two["id"], two["where"], two["approver"], two["import"]) == (OTHER, "everywhere", "bea", THIRD)
    assert "2 entries in" in done.stdout


async def test_an_entry_changed_between_pages_is_exported_exactly_once(desk: Desk) -> None:
    known, moved = desk_server.row(), desk_server.row(id=OTHER, state="suspended", changed_at=LATER)
    again = desk_server.row(state="active", revision=4, changed_at="2026-11-23T14:00:00Z")
    last = desk_server.row(id=THIRD, changed_at="2026-11-01T12:00:00Z")
    # While the second page was asked for, OTHER left it for the front, and then ENTRY was approved.
    desk.script(list_entries=[page(known, after="c2"), page(last), page(again, moved, last, after="c3")])

    done = await desk.run("export", "-", "--as", "ana")

    assert [(row["id"], row["state"]) for row in lines(done.stdout)] == [
        (ENTRY, "active"),
        (OTHER, "suspended"),
        (THIRD, "pending"),
    ]
    assert len(desk.server.requests) == 3


@pytest.mark.parametrize("words", [["list.json"], ["list.txt", "--format", "json"]], ids=["by its ending", "as asked"])
async def test_json_is_what_the_list_prints(desk: Desk, words: list[str]) -> None:
    desk.script(list_entries=page(desk_server.row()))
    file, *more = words

    await desk.run("export", str(desk.folder / file), *more, "--as", "ana")
    listed = await desk.run("list", "--json", "--as", "ana")

    assert json.loads((desk.folder / file).read_text(encoding="utf-8")) == json.loads(listed.stdout)


async def test_the_output_holds_the_list_and_nothing_else(desk: Desk) -> None:
    desk.script(list_entries=page())

    done = await desk.run("export", "-", "--as", "ana")

    assert (done.stdout, done.stderr) == (",".join(COLUMNS) + "\n", "")


@pytest.mark.parametrize("file", ["there.csv", "nowhere/list.csv"], ids=["there already", "no folder"])
async def test_a_file_that_cannot_be_made_is_refused_before_the_list_is_read(desk: Desk, file: str) -> None:
    (desk.folder / "there.csv").write_text("kept")

    done = await desk.run("export", str(desk.folder / file), "--as", "ana")

    assert isinstance(done.exception, StartupError)
    assert desk.server.requests == []
    assert (desk.folder / "there.csv").read_text() == "kept"


async def test_what_ends_in_the_middle_leaves_no_file(desk: Desk) -> None:
    desk.script(list_entries=[page(desk_server.row(), after="c2"), Problem(403, "the session has ended")])

    done = await desk.run("export", str(desk.folder / "list.csv"), "--as", "ana")

    assert isinstance(done.exception, Refusal)
    assert list(desk.folder.glob("*.csv")) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+86 10", "'+86 10"),
        ("-3", "'-3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", r"\t'=1"),
        ("  =1", "  '=1"),
        ("\uff1d1", "'\uff1d1"),
        ("a;=1", "a;'=1"),
        ("a\n=1", r"a\n'=1"),
        ("a-b @ c = d", "a-b @ c = d"),
        ("张伟", "张伟"),
        ("", ""),
    ],
)
def test_what_begins_like_a_formula_is_marked_as_text(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(st.lists(st.text(alphabet="=+-@;\t\r\n ,\"'a1\uff1d"), min_size=1, max_size=3))
def test_no_cell_is_a_formula_whichever_separator_a_program_expects(texts: list[str]) -> None:
    sheet = io.StringIO()
    csv.writer(sheet).writerow([plain(text) for text in texts])

    for separator in (",", ";", "\t"):
        cells = [
            cell for row in csv.reader(io.StringIO(sheet.getvalue(), newline=""), delimiter=separator) for cell in row
        ]
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d")) for cell in cells if cell.strip())
