"""`wardwatch watchlist import` before a scripted desk: what is sent, and that one bad file is one row."""

import json
import os
from pathlib import Path

import pytest

from cli.watchlist import batches
from services.chassis.errors import NoAnswer, Refusal
from tests.unit.cli import desk_server
from tests.unit.cli.desk_server import Desk, Problem

PURPOSE = (
    "--category", "ban", "--basis", "decision 7", "--evidence", "file 7", "--instruction", "Call 8811.", "--source",
    "police", "--as", "ana",
)  # fmt: skip
JUDGED: dict[str, object] = {
    "name": "0017__1.jpg", "external_id": "0017", "entry": None, "file_sha256": "ab" * 32, "verdict": "ready",
    "outcome": "ready", "findings": [],
}  # fmt: skip


def scripted(desk: Desk, *photos: desk_server.Script) -> None:
    batch = desk_server.batch(state="open")
    desk.script(
        open_import=batch,
        import_people=batch,
        known_photos={"sha256": []},
        import_photo=list(photos) or [JUDGED],
        check_import=batch,
        list_items={"items": [JUDGED], "next": None},
    )


def folder(at: Path, *names: str) -> Path:
    for name in names:
        (at / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (at / "in" / name).write_bytes(name.encode())
    return at / "in"


def raw(at: Path, name: bytes) -> Path:
    """A photo whose name is of any bytes."""
    path = Path(os.fsdecode(os.fsencode(at) + b"/" + name))
    path.write_bytes(b"photo")
    return path


async def test_one_name_that_is_no_text_is_one_row_and_the_rest_is_sent(desk: Desk, tmp_path: Path) -> None:
    scripted(desk)
    source = folder(tmp_path, "0017__1.jpg")
    raw(source, b"\xff\xfe\x1b[2J.jpg")

    done = await desk.run("import", str(source), *PURPOSE, "--json")

    assert done.exit_code == 1, done.output
    rows = json.loads(done.stdout)["items"]
    assert [(row["name"], [f["code"] for f in row["findings"]]) for row in rows] == [
        ("\\xff\\xfe\\x1b[2J.jpg", ["bad_name"]), ("0017__1.jpg", []),
    ]  # fmt: skip
    assert [request.target["file"] for request in desk.server.of("import_photo")] == ["0017__1.jpg"]


async def test_what_the_server_refuses_of_one_file_is_one_row(desk: Desk, tmp_path: Path) -> None:
    scripted(desk, Problem(422, "the file in the address is too long"), Problem(413, "too large"), JUDGED)
    source = folder(tmp_path, "0017__1.jpg", "0017__2.jpg", "0017__3.jpg")

    done = await desk.run("import", str(source), *PURPOSE, "--json", "--at-once", "1")

    rows = json.loads(done.stdout)["items"]
    assert [(row["name"], [f["code"] for f in row["findings"]]) for row in rows[:2]] == [
        ("0017__1.jpg", ["bad_name"]), ("0017__2.jpg", ["too_many_bytes"]),
    ]  # fmt: skip
    assert len(desk.server.of("import_photo")) == 3


async def test_how_a_folder_is_taken_is_said(desk: Desk, tmp_path: Path) -> None:
    scripted(desk)
    source = folder(tmp_path, "watchlist/1001.jpg", "watchlist/1002.jpg", "watchlist/people.csv")

    done = await desk.run("import", str(source), *PURPOSE)

    assert done.exit_code == 0, done.output
    assert "watchlist: taken for a folder around the whole import, and not for a person" in done.stderr
    assert {request.target["file"] for request in desk.server.of("import_photo")} == {"1001.jpg", "1002.jpg"}
    assert [request.body for request in desk.server.of("import_people")] == [b"watchlist/people.csv"]


async def test_a_workbook_instead_of_the_table_is_refused_before_sending(desk: Desk, tmp_path: Path) -> None:
    scripted(desk)

    done = await desk.run("import", str(folder(tmp_path, "1001.jpg", "people.xlsx")), *PURPOSE)

    assert "save it as CSV UTF-8 under the name people.csv" in done.output
    assert desk.server.names == []


async def test_an_office_program_s_day_is_taken_and_asked_about_if_unclear(desk: Desk, tmp_path: Path) -> None:
    scripted(desk)
    source = str(folder(tmp_path, "1001.jpg"))

    unclear = await desk.run("import", source, *PURPOSE, "--expires", "03/04/2028")
    read = await desk.run("import", source, *PURPOSE, "--expires", "2028年6月30日")

    assert "2028-03-04 or 2028-04-03" in unclear.output
    assert read.exit_code == 0, read.output
    assert len(desk.server.of("open_import")) == 1


async def test_a_photo_whose_name_is_no_text_is_added_under_an_escaped_one(desk: Desk, tmp_path: Path) -> None:
    desk.script(
        draft_entry=desk_server.entry(state="draft", generation=None),
        add_photo=desk_server.judged(),
        submit_entry=desk_server.entry(state="pending", put_forward_by="ana"),
    )
    path = raw(tmp_path, b"\xff\x1b.jpg")

    done = await desk.run("add", str(path), "--label", "Marlo Quint", *PURPOSE)

    assert done.exit_code == 0, done.output
    assert [request.target["name"] for request in desk.server.of("add_photo")] == ["\\xff\\x1b.jpg"]


async def test_what_a_request_waits_for_is_known_until_it_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "_REST_SECONDS", 0)
    progress, seen = batches.Progress(1), list[str]()
    faults: list[Exception] = [Refusal(503, "the embedder does not answer"), NoAnswer("the server is away")]

    async def call() -> str:
        seen.append(progress.waits_for)
        if faults:
            raise faults.pop(0)
        return "judged"

    assert await batches.retried(call, progress) == "judged"
    assert seen == ["", "the embedder does not answer", "the server is away"]
    assert progress.waits_for == ""
