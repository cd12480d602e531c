"""Tables and lines of progress on terminals of any width, with the names that people have."""

import io
from collections.abc import Callable

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from cli.model_progress import Bars
from cli.watchlist import tables
from cli.watchlist.importing import progress_columns
from proto.wardwatch.v1.entries import EntryRow, Finding, Verdict
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.imports import ItemView
from proto.wardwatch.v1.policy import ReviewRow
from services.watchlist.imports.people import read_people
from tests.unit.cli import desk_server
from tests.unit.cli.desk_server import ENTRY, OTHER, Desk

WIDTHS = [40, 60, 80, 100, 120, 200]
LONG = "é" * 90
CHINESE = "张" * 45


def report() -> Table:
    small = Finding(code=FindingCode.SMALL_FACE, severity="rejected", value=41.4, limit=56, text="a larger photo")
    blurred = Finding(code=FindingCode.BLURRED, severity="rejected", text="blurred")

    def item(name: str, person: str, *findings: Finding) -> ItemView:
        return ItemView(
            name=name, external_id=person, entry=None, file_sha256=None, verdict=Verdict.REJECTED,
            outcome="refused", findings=list(findings),
        )  # fmt: skip

    return tables.items([item(LONG, "17", small, blurred), item("a__1.jpg", CHINESE, small)])


def entries() -> Table:
    fields = [desk_server.row(label=LONG, author="ana.ruiz"), desk_server.row(id=OTHER, label=CHINESE, approver="bea")]
    return tables.entries([EntryRow.model_validate(each) for each in fields])


def reviews() -> Table:
    common = {"state": "active", "false_alerts": 2, "suspended_photos": [0], "expires_at": desk_server.MOMENT}
    common["last_day"] = "2026-11-23"
    fields = [{"entry": ENTRY, "label": LONG, **common}, {"entry": OTHER, "label": CHINESE, **common}]
    return tables.reviews([ReviewRow.model_validate(each) for each in fields])


def printed(table: Table, width: int) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width, markup=False, emoji=False).print(tables.fitted(table, width))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("make", [report, entries, reviews])
def test_nothing_is_cut_off_and_no_line_is_wider_than_the_terminal(make: Callable[[], Table], width: int) -> None:
    table = make()
    lines = printed(table, width)
    text = "".join(lines)

    assert max(map(cell_len, lines)) <= width
    assert (text.count("é"), text.count("张")) == (90, 45)
    # Every sign of every cell is somewhere.
    for column in table.columns:
        for cell in map(str, column.cells):
            assert all(text.count(sign) >= cell.count(sign) for sign in set(cell) - {" "}), cell


@pytest.mark.parametrize(
    ("make", "width"),
    [(report, 80), (report, 120), (report, 200), (entries, 120), (entries, 200), (reviews, 100), (reviews, 200)],
)
def test_columns_stand_below_one_another_also_with_signs_of_double_width(make: Callable[[], Table], width: int) -> None:
    lines = printed(make(), width)

    assert lines[0].startswith("┏")
    assert len({cell_len(line) for line in lines}) == 1


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
@pytest.mark.parametrize("make", [entries, reviews])
def test_an_id_is_in_one_piece_to_be_copied(make: Callable[[], Table], width: int) -> None:
    assert any(ENTRY in line for line in printed(make(), width))


def test_a_narrow_terminal_shows_each_cell_with_its_title() -> None:
    lines = [line.split() for line in printed(entries(), 80)]

    assert ["id", ENTRY] in lines
    assert ["author", "ana.ruiz"] in lines
    assert ["approver", "bea"] in lines
    assert [] in lines  # between two entries


def test_a_second_finding_stays_with_its_file_in_a_narrow_terminal() -> None:
    lines = [line.split() for line in printed(report(), 40)]

    assert [line[1] for line in lines if line and line[0] == "finding"] == ["small_face", "blurred", "small_face"]
    assert lines.count([]) == 1


def test_what_a_label_says_in_brackets_is_no_style(capsys: pytest.CaptureFixture[str]) -> None:
    label = "Person [gate 2] [/] :key: [bold]"
    tables.show(tables.entries([EntryRow.model_validate(desk_server.row(label=label))]))

    assert label in capsys.readouterr().out


def line_of(progress: Callable[[Console], Progress], width: int) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system=None)
    console.print(progress(console).get_renderable())
    (line,) = out.getvalue().splitlines()
    return line


@pytest.mark.parametrize("width", WIDTHS)
def test_the_progress_of_an_import_shows_its_figures_whole_in_one_line(width: int) -> None:
    def importing(console: Console) -> Progress:
        progress = Progress(*progress_columns(width), console=console)
        progress.add_task("", total=100_000, completed=99_999, rate="12.3 photos/s", left="0:45:00")
        return progress

    line = line_of(importing, width)

    assert "99999/100000 12.3 photos/s" in line
    assert line.rstrip().endswith("0:45:00")
    assert cell_len(line) <= width
    assert ("0:00:00" in line) == (width >= 60)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_progress_of_a_transfer_shortens_the_name_and_not_the_figures(width: int) -> None:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    with Bars(console).measure("face_detection_yunet_2023mar.onnx", 40_000_000) as bar:
        bar.moved(1_200_000)
        line = line_of(lambda _: bar.progress, width)

    assert "1.2/40.0 MB" in line
    assert line.rstrip().endswith("-:--:--")


async def test_a_people_csv_that_the_command_wrote_is_read_without_a_fault(desk: Desk) -> None:
    file = desk.folder / "people.csv"

    done = await desk.run("imports", "template", str(file))
    read = read_people(file.read_bytes(), ("scalping",))

    assert done.exit_code == 0, done.output
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert read.faults == ()
    assert [(person.external_id, person.label) for person in read.people] == [("0017", "Person at gate 2")]


def test_what_matches_twice_or_shows_several_is_said_in_the_reviews() -> None:
    row = {
        "entry": desk_server.ENTRY, "label": "Marlo Quint", "state": "active", "false_alerts": 0,
        "suspended_photos": [], "same_person": [desk_server.OTHER], "several_people": True,
        "expires_at": desk_server.MOMENT, "last_day": "2028-11-22",
    }  # fmt: skip

    doubts = [str(cell) for cell in tables.reviews([ReviewRow.model_validate(row)]).columns[3].cells]

    assert doubts == [f"photos show several people; same person as {desk_server.OTHER}"]
