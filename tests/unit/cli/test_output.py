"""Nothing that people wrote acts on the terminal it is printed on, whichever command prints it."""

import ast
import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
from pydantic import BaseModel

from cli import __main__ as command
from cli import output
from local.screen import Screen
from proto.wardwatch.v1 import desk as operations
from services.chassis import logs
from services.chassis.sheets import plain
from tests.checkout import sources
from tests.unit.cli import desk_server
from tests.unit.cli.desk_server import ENTRY, OTHER, Desk, Problem

ROOT = Path(__file__).parents[3]
# Clears the screen, writes over the line, turns the writing round, hides, breaks the line, and would be a style.
HOSTILE = "\x1b[2J\x9bA\r\n\u202eevil\u2066\u200b\x07[red]:key:\u2028end"
SHOWN = r"\x1b[2J\x9bA\r\n\u202eevil\u2066\u200b\x07[red]:key:\u2028end"


# By command: its arguments, and the answers of the desk.
COMMANDS: Mapping[str, tuple[list[str], dict[str, Mapping[str, object]]]] = {
    "list": (["list"], {"list_entries": {"entries": [desk_server.row()], "next": None}}),
    "export": (["export", "-"], {"list_entries": {"entries": [desk_server.row()], "next": None}}),
    "show": (
        ["show", ENTRY],
        {
            "show_entry": desk_server.entry(
                renewal={"by": "otto", "expires_at": desk_server.MOMENT, "last_day": "2028-11-23"},
                likenesses=[desk_server.likeness("same_person") | {"decided_by": "ana", "reason": "twins"}],
                photo_list=[desk_server.photo(warnings=["small_face"], suspended_reason="two false alerts")],
            )
        },
    ),
    "history": (
        ["history", ENTRY],
        {
            "show_history": {
                "changes": [
                    {
                        "revision": 1,
                        "state": "draft",
                        "account": "ana",
                        "reason": "r",
                        "at": desk_server.MOMENT,
                        "generation": None,
                    }
                ]
            }
        },
    ),
    "categories": (["categories"], {"list_categories": {"categories": [desk_server.GROUND]}}),
    "groups": (
        ["groups"],
        {
            "list_groups": {
                "groups": [{"name": "e", "sites": ["h1"], "changed_by": "ana", "changed_at": desk_server.MOMENT}]
            }
        },
    ),
    "matchers": (["matchers"], {"list_matchers": desk_server.live(1, silent=True)}),
    "reviews": (
        ["reviews"],
        {
            "list_reviews": {
                "reviews": [
                    {
                        "entry": ENTRY,
                        "label": "x",
                        "state": "active",
                        "false_alerts": 1,
                        "suspended_photos": [],
                        "expires_at": desk_server.MOMENT,
                        "last_day": "2028-11-23",
                    }
                ]
            }
        },
    ),
    "approve": (
        ["approve", ENTRY, "--no-wait"],
        {"show_entry": desk_server.entry(), "approve_entry": desk_server.entry(state="active")},
    ),
    "suspend": (
        ["suspend", ENTRY, "--reason", "why so", "--no-wait"],
        {"suspend_entry": desk_server.entry(state="suspended")},
    ),
    "receipts": (["receipts", ENTRY], {"show_erasure": desk_server.erasure(signed=1)}),
    "threshold": (
        ["threshold", "show"],
        {"show_threshold": desk_server.thresholds(desk_server.proposal(1, 0.5))},
    ),
    "reconciliation": (["reconciliation"], {"show_reconciliation": desk_server.comparison(1)}),
    "imports": (["imports", "list"], {"list_imports": {"batches": [desk_server.batch()], "next": None}}),
    "imports show": (
        ["imports", "show", OTHER],
        {
            "show_import": desk_server.batch(),
            "list_items": {
                "items": [
                    {
                        "kind": "file",
                        "name": "a.jpg",
                        "external_id": "a",
                        "entry": None,
                        "file_sha256": "ab" * 32,
                        "verdict": "rejected",
                        "outcome": "refused",
                        "findings": [{"code": "no_face", "severity": "rejected", "text": "give another photo"}],
                    }
                ],
                "next": None,
            },
        },
    ),
    "imports likenesses": (
        ["imports", "likenesses", OTHER],
        {
            "list_likenesses": {
                "likenesses": [{"entry": ENTRY, "label": "x", "likeness": desk_server.likeness()}],
                "next": None,
            }
        },
    ),
    "find": (["find"], {"find_identity": {"entries": [desk_server.row()], "next": None}}),
    "reveal": (["reveal", ENTRY, "--reason", "why so"], {"reveal_identity": {"number": "110101199003077758"}}),
}


def hostile(sample: object, model: type[BaseModel]) -> object:
    """*sample* with every text that *model* lets people choose replaced by a hostile one."""

    def fits(new: object) -> bool:
        try:
            model.model_validate(new)
        except ValueError:
            return False
        return True

    def swapped(value: object, rebuild: Callable[[object], object]) -> object:
        match value:
            case str():
                return HOSTILE if fits(rebuild(HOSTILE)) else value
            case dict():
                changed = dict(value)
                for name in value:
                    changed[name] = swapped(value[name], partial(_with, rebuild, changed, name))
                return changed
            case list():
                places: dict[object, object] = dict(enumerate(value))
                for place, each in enumerate(value):
                    places[place] = swapped(
                        each, partial(_with, lambda new: rebuild(list(_values(new))), places, place)
                    )
                return list(places.values())
        return value

    return swapped(sample, lambda whole: whole)


def _with(rebuild: Callable[[object], object], known: dict[object, object], name: object, new: object) -> object:
    return rebuild({**known, name: new})


def _values(known: object) -> Iterator[object]:
    assert isinstance(known, dict)
    return iter(known.values())


def script(desk: Desk, answers: Mapping[str, Mapping[str, object]]) -> None:
    """Have the desk give *answers*, made hostile."""
    for operation, sample in answers.items():
        model = operations.BY_NAME[operation].response
        assert model is not None
        answer = hostile(dict(sample), model)
        assert isinstance(answer, dict)
        desk.script(**{operation: answer})


def acts(text: str) -> set[str]:
    """Signs of an output that are not seen."""
    return {sign for sign in text if sign != "\n" and unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}


@pytest.mark.parametrize("form", ["words", "json"])
@pytest.mark.parametrize("name", COMMANDS)
async def test_no_command_prints_what_acts_on_a_terminal(desk: Desk, name: str, form: str) -> None:
    words, answers = COMMANDS[name]
    script(desk, answers)
    as_json = ["--json"] if form == "json" and name != "export" else []

    done = await desk.run(*words, *as_json, "--as", "ana", typed="110101199003077758\n")

    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    assert acts(done.stdout + done.stderr) == set()
    if "[red]" in done.stdout:
        # Nothing was taken for a style, and no line was begun by anybody's text.
        assert not re.search(r"^(evil|A\b)", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("name", ["list", "show", "approve", "imports show", "reveal"])
async def test_what_people_wrote_is_shown_in_full(desk: Desk, name: str) -> None:
    words, answers = COMMANDS[name]
    script(desk, answers)

    done = await desk.run(*words, "--as", "ana", typed="110101199003077758\n")

    # A table folds a long cell.
    assert SHOWN in re.sub(r"[\s│┃]+", "", done.stdout) or SHOWN in done.stdout


async def test_a_refusal_in_hostile_words_is_one_line(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.script(show_entry=Problem(409, HOSTILE))

    done = await desk.run("show", ENTRY, "--as", "ana")

    output.error(str(done.exception))
    printed = capsys.readouterr().err
    assert acts(printed) == set()
    assert printed == f"wardwatch: {SHOWN}\n"


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["watchlist", "show", HOSTILE, "--as", "ana"], id="no id"),
        pytest.param(["watchlist", HOSTILE], id="no command"),
        pytest.param(["watchlist", "list", "--as", HOSTILE], id="no account"),
        pytest.param(["watchlist", "list", f"--{HOSTILE}"], id="no option"),
        pytest.param(["watchlist", "imports", "template", f"/nowhere/{HOSTILE}"], id="no file"),
        pytest.param(["audit", "show", "--since", HOSTILE], id="no day"),
    ],
)
def test_what_was_typed_is_shown_in_an_error_and_does_not_act(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WARDWATCH_HOME", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["wardwatch", *words])

    with pytest.raises(SystemExit) as ended:
        command.main()

    printed = capsys.readouterr().err
    assert ended.value.code in (1, 2)
    assert acts(printed) == set()
    assert printed.startswith("wardwatch: ")
    assert printed.count("\n") == 1
    assert r"\x1b" in printed


def test_what_a_start_says_does_not_act() -> None:
    out = io.StringIO()

    Screen(out).line(f"site {HOSTILE.replace(chr(10), ' ')}")

    assert acts(out.getvalue()) == set()


def test_a_log_line_is_one_line_that_does_not_act() -> None:
    line = logs._json({"event": "x", "reason": HOSTILE})

    assert acts(line) == set()
    assert "\n" not in line
    assert json.loads(line) == {"event": "x", "reason": HOSTILE}


def test_a_cell_of_a_sheet_is_one_line_and_no_formula() -> None:
    sheet = io.StringIO()
    csv.writer(sheet).writerow([plain(f'=HYPERLINK("{HOSTILE}")'), plain("a\r=1"), plain('say "x"\n')])

    (row,) = csv.reader(io.StringIO(sheet.getvalue(), newline=""))

    assert acts(sheet.getvalue().rstrip("\r\n")) == set()
    assert row == [f'\'=HYPERLINK("{SHOWN}")', r"a\r'=1", r'say "x"\n']


# Who may print: the one place, what a start says, and the code of a picture that a phone reads.
# The last one is a script of its own, which runs without anything of ours.
MAY_PRINT = {"cli/output.py", "local/screen.py", "cli/audit/transparency.py"}


def printing(file: Path) -> Iterator[str]:
    """Calls in *file* that print by themselves."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called in {"print", "Console", "typer.echo", "typer.secho", "click.echo", "rich.print"} or re.fullmatch(
            r"sys\.std(out|err)(\.buffer)?\.write", called
        ):
            yield f"{file.relative_to(ROOT)}:{node.lineno}: {called}"


def test_only_one_place_of_the_command_prints() -> None:
    files = [
        file for file in sources("cli", "local", "access", "models") if str(file.relative_to(ROOT)) not in MAY_PRINT
    ]

    assert len(files) > 50
    assert [each for file in files for each in printing(file)] == []
