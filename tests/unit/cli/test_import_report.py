"""The report of an import as a file, and which import the same words continue."""

import csv
import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from cli.watchlist.batches import Memory
from cli.watchlist.importing import REPORT_COLUMNS, print_import, write_report
from proto.wardwatch.v1.entries import Finding, Verdict
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.imports import BatchView, ItemView, PurposeRequest
from tests.unit.cli import desk_server

FINDING = Finding(
    code=FindingCode.SMALL_FACE, severity="rejected", value=41.4, limit=56, text="face 41 px wide, needs 56"
)
ROWS = [
    ItemView(
        name="=cmd()__1.jpg",
        external_id="=cmd()",
        entry=None,
        file_sha256=None,
        verdict=Verdict.REJECTED,
        outcome="refused",
        findings=[FINDING, Finding(code=FindingCode.BLURRED, severity="rejected", text="blurred: give another photo")],
    ),
    ItemView(
        name="张__1.jpg",
        label="+86 张",
        external_id="张",
        entry=None,
        file_sha256=None,
        verdict=Verdict.READY,
        outcome="ready",
        findings=[],
    ),
]
VIEW = BatchView.model_validate(desk_server.batch(people=2, people_ready=1, people_left_out=1))


def purpose(basis: str = "b") -> PurposeRequest:
    return PurposeRequest(category="ban", basis=basis, evidence="e", instruction="i", source="s")


def test_a_csv_has_a_line_for_each_file_and_finding(tmp_path: Path) -> None:
    write_report(tmp_path / "r.csv", VIEW, ROWS)

    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *lines = csv.reader(file)
    assert tuple(header) == REPORT_COLUMNS
    assert [line[3] for line in lines] == ["small_face", "blurred", ""]
    assert lines[0][4:6] == ["41.4", "56"]
    assert lines[2][:3] == ["张__1.jpg", "张", "ready"]
    assert [line[8:] for line in lines] == [["", "refused"], ["", "refused"], ["'+86 张", "ready"]]


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    write_report(tmp_path / "r.csv", VIEW, ROWS)

    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        assert not any(cell.startswith(("=", "+")) for line in csv.reader(file) for cell in line)


def test_json_has_every_row(tmp_path: Path) -> None:
    write_report(tmp_path / "r.json", VIEW, ROWS)

    read = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert [ItemView.model_validate(row) for row in read["items"]] == ROWS
    assert read["counts"] == VIEW.counts.model_dump()


def test_whose_photos_show_several_people_is_told_once_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    unlike = Finding(code=FindingCode.UNLIKE_OTHERS, severity="rejected", text="the photos show several people")
    rows = [
        ItemView(
            name=f"7__{n}.jpg", external_id="7", entry=UUID(int=7), file_sha256=None, verdict=Verdict.REJECTED,
            outcome="question", findings=[unlike],
        )
        for n in (1, 2)
    ]  # fmt: skip

    print_import(BatchView.model_validate(desk_server.batch(rejected=2)), rows, "li.wei", as_json=False)

    output = capsys.readouterr().out
    assert output.count(f"wardwatch watchlist remove-photo {UUID(int=7)} POSITION --reason") == 1


def test_the_same_words_continue_the_same_import_and_others_do_not(tmp_path: Path) -> None:
    memory, batch = Memory(tmp_path / "home"), uuid4()
    memory.keep("ana", tmp_path / "photos", purpose(), batch)

    def recalled(account: str, source: str, purpose: PurposeRequest) -> UUID | None:
        return memory.recall(account, tmp_path / source, purpose)

    assert recalled("ana", "photos", purpose()) == batch
    assert recalled("li", "photos", purpose()) is None
    assert recalled("ana", "others", purpose()) is None
    assert recalled("ana", "photos", purpose("another")) is None
