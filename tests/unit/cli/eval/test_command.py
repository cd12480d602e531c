"""`wardwatch eval` as it is typed."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.eval import command, evaluation
from cli.eval.comparing import KeptPerson, KeptTrial, ReportFile
from cli.eval.evaluation import Asked, Evaluated
from proto.wardwatch.v1.accuracy import AccuracyReport, DataSet
from tests.unit.cli.desk_server import MOMENT, Desk

DIGEST = "0b" * 32
DATA = DataSet(name="ours", digest=DIGEST, pictures=9, people=3, faces=9, refused=0, left_out=0)
REPORT = AccuracyReport(measured_on=date(2026, 11, 30), software="0.1.0", models=[], data=DATA)


def kept(shift: float) -> ReportFile:
    """Scores of sixty people; the smaller the *shift*, the more of them are missed."""
    people = [
        KeptPerson(id=f"p{n}", own=[(0.3 + n / 100 + shift, 0)], others=[[0.3 + n / 200, 0.1]]) for n in range(60)
    ]
    return ReportFile(
        report=REPORT, digest=REPORT.digest(), scores=[KeptTrial(kind="pictures", people=61, kept=people)]
    )


def written(path: Path, file: ReportFile) -> str:
    path.write_text(file.model_dump_json())
    return str(path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Asked]:
    """What an evaluation was asked for; none is made."""
    seen: list[Asked] = []

    def evaluate(what: Asked, _: object) -> Evaluated:
        seen.append(what)
        return Evaluated(kept(0))

    monkeypatch.setattr(evaluation, "evaluate", evaluate)
    monkeypatch.setenv("WARDWATCH_HOME", str(tmp_path / "home"))
    return seen


@pytest.mark.parametrize("before", [[], ["--list", "20", "--no-cache", "--processes", "1"]])
def test_a_folder_stands_where_else_a_command_does(asked: list[Asked], before: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out"

    done = CliRunner().invoke(command.app, [*before, str(tmp_path), "--out", str(out)])

    assert done.exit_code == 0, done.output
    assert asked[0].folder == tmp_path
    assert (asked[0].listed, asked[0].cache is None) == (((20,), True) if before else ((), False))
    assert {path.name for path in out.iterdir()} >= {"report.json", "report.html", "report.md"}
    assert REPORT.digest() in done.output


def test_a_report_is_shown_in_the_other_language(tmp_path: Path) -> None:
    file = written(tmp_path / "report.json", kept(0))

    done = CliRunner().invoke(command.app, ["show", file, "--out", str(tmp_path / "out"), "--language", "zh-CN"])

    assert done.exit_code == 0, done.output
    assert 'lang="zh-CN"' in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_two_reports_are_compared_person_by_person(tmp_path: Path) -> None:
    first, second = (written(tmp_path / f"{n}.json", kept(shift)) for n, shift in ((1, 0.0), (2, 0.2)))

    done = CliRunner().invoke(command.app, ["compare", first, second, "--list", "30"])

    assert done.exit_code == 0, done.output
    assert "beyond chance" in done.output
    assert "pictures" in done.output


MODEL = {
    "model_sha256": DIGEST, "dataset": "lfw-dev", "measured_on": "2026-11-30", "holds_until": MOMENT,
    "matches_until": MOMENT, "digest": DIGEST, "report": None,
}  # fmt: skip
WAITS = {
    "number": 3, "digest": REPORT.digest(), "floor": 0.48, "measured_on": "2026-11-30", "dataset": "ours",
    "reason": "our entrance", "asked_by": "ana", "asked_at": MOMENT,
}  # fmt: skip


async def test_a_report_is_asked_for_by_its_figures_and_their_digest(desk: Desk, tmp_path: Path) -> None:
    desk.script(ask_accuracy={"models": [MODEL], "waits": WAITS})
    file = written(tmp_path / "report.json", kept(0))

    done = await desk.run("install", file, "--reason", "our entrance", "--as", "ana", app=command.app)

    assert done.exit_code == 0, done.output
    (request,) = desk.server.requests
    sent = request.json
    assert isinstance(sent, dict)
    assert sent.keys() == {"report", "digest", "reason"}
    assert sent["digest"] == REPORT.digest()
    assert f"digest {REPORT.digest()}" in done.stdout
    assert "wardwatch eval approve 3 --as" in done.stdout


async def test_another_account_lets_it_hold(desk: Desk) -> None:
    desk.script(approve_accuracy={"models": [{**MODEL, "measured_on": None}], "waits": None})

    done = await desk.run("approve", "3", "--as", "bea", app=command.app)

    assert done.exit_code == 0, done.output
    assert desk.server.requests[0].target == {"number": "3"}
    assert "no report; matching ends on 2026-11-23" in done.stdout


async def test_what_holds_and_what_was_taken_back_is_shown(desk: Desk) -> None:
    answer = {"models": [MODEL], "waits": None}
    desk.script(show_accuracy=answer, withdraw_accuracy=answer)

    shown = await desk.run("installed", "--as", "ana", app=command.app)
    taken = await desk.run("withdraw", "3", "--as", "ana", app=command.app)

    assert "measured on 2026-11-30 with lfw-dev" in shown.stdout
    assert "nothing waits for an approval" in taken.stdout
