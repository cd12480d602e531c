"""Every command that is printed as a hint is one that the command line takes as it is printed."""

import ast
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from cli.__main__ import app
from services.chassis import hints
from tests.checkout import CHECKOUT, sources

SOURCES: Final = list(sources())
HINT: Final = "hints.command"
# What stands for a value that is only known when the hint is printed.
VALUE: Final = str(UUID(int=7))
# What a reader replaces before pasting; where the command takes no text, a value that it does take.
TYPED: Final = {"ID": VALUE, "OTHER": VALUE, "ENTRY": VALUE, "IMPORT": VALUE, "POSITION": "1"}
FILLED: Final = {"rotation": "90"}  # what a template is filled with
NUMBERS: Final = {"number", "position"}
WRITTEN: Final = re.compile(r"wardwatch ((?:[a-z-]+ )*[a-z-]+(?: (?:--[a-z-]+|[A-Z]+|\d+))*)")


def root() -> TyperGroup:
    found = typer.main.get_command(app)
    assert isinstance(found, TyperGroup)
    return found


def parsed(words: Sequence[str]) -> None:
    """Have the command line read *words* without doing what they say; fails as it would."""
    group: TyperCommand | TyperGroup = root()
    rest = list(words)
    while isinstance(group, TyperGroup):
        if not rest:
            return  # named, with what it holds left open
        context = group.make_context("wardwatch", rest[:1], resilient_parsing=True)
        found = group.get_command(context, rest[0])
        assert isinstance(found, TyperCommand | TyperGroup), f"there is no command {rest[0]}"
        group, rest = found, rest[1:]
    group.make_context(words[0], [TYPED.get(word, word) for word in rest])


def calls(source: str) -> Iterator[tuple[int, list[str]]]:
    """Line and words of each hint that a module prints; values of run time are replaced by ones of their kind."""
    tree = ast.parse(source)
    tuples = {
        node.targets[0].id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Tuple)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == HINT:
            words = [word for argument in node.args for word in words_of(argument, tuples)]
            by = [key.value for key in node.keywords if key.arg == "by"]
            yield node.lineno, [*words, *(["--as", "li.wei"] if by else [])]


def words_of(argument: ast.expr, tuples: dict[str, ast.Tuple]) -> list[str]:
    """The words that an argument of a hint stands for."""
    match argument:
        case ast.Constant(value=value):
            return [str(value)]
        case ast.Starred(value=ast.Name(id=name)):
            return [word for element in tuples[name].elts for word in words_of(element, tuples)]
        case ast.Name(id=name) if name in NUMBERS:
            return ["1"]
        case _:
            return [VALUE]


HINTS: Final = [
    pytest.param(words, id=f"{source.relative_to(CHECKOUT)}:{line}")
    for source in SOURCES
    # Only these are parsed: every process that runs tests collects them.
    if HINT in (text := source.read_text(encoding="utf-8"))
    for line, words in calls(text)
]


@pytest.mark.parametrize("words", HINTS)
def test_every_hint_is_a_command_that_can_be_pasted(words: list[str]) -> None:
    parsed(words)


def test_hints_are_found_at_all() -> None:
    assert len(HINTS) > 25


def test_no_command_is_written_into_a_sentence_by_hand() -> None:
    known = root().list_commands(root().make_context("wardwatch", [], resilient_parsing=True))
    for source in SOURCES:
        tree = ast.parse(source.read_text(encoding="utf-8"))
        docs = {id(text) for node in ast.walk(tree) for text in docstring(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                for words in WRITTEN.findall(
                    re.sub(r"\{(\w+)\}", lambda name: FILLED.get(name[1], "GATE"), node.value)
                ):
                    if words.split()[0] in known:
                        # All of it is in this one text: whole commands that need nothing else to be taken.
                        parsed(words.split())


def docstring(node: ast.AST) -> Iterator[ast.expr]:
    """What *node* says of itself."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        match node.body:
            case [ast.Expr(value=ast.Constant() as text), *_]:
                yield text


def test_a_command_that_is_no_command_is_found() -> None:
    with pytest.raises(AssertionError, match="there is no command shwo"):
        parsed(["watchlist", "shwo", VALUE])
    with pytest.raises(Exception, match="Missing parameter: name"):
        parsed(["watchlist", "show", VALUE])


def test_a_hint_begins_with_how_this_program_is_called(tmp_path: Path) -> None:
    own, other = tmp_path / "own folder" / "wardwatch", tmp_path / "other" / "wardwatch"
    for path in (own, other):
        path.parent.mkdir()
        path.touch(mode=0o755)

    assert hints.called({"PATH": f"/usr/bin:{own.parent}"}, own) == "wardwatch"
    # The shell finds none, or that of another installation.
    assert hints.called({"PATH": "/usr/bin"}, own) == f"'{own}'"
    assert hints.called({"PATH": str(other.parent)}, own) == f"'{own}'"
    assert hints.called({"WARDWATCH_COMMAND": "docker compose run --rm cli"}, own) == "docker compose run --rm cli"


def test_a_hint_reaches_the_installation_it_came_from_in_any_terminal(tmp_path: Path) -> None:
    own = tmp_path / "wardwatch"
    own.touch(mode=0o755)
    found = {"PATH": str(tmp_path)}

    assert hints.called({**found, "WARDWATCH_HOME": ""}, own) == "wardwatch"
    assert hints.called({**found, "WARDWATCH_HOME": "/srv/my ward"}, own) == "WARDWATCH_HOME='/srv/my ward' wardwatch"
    assert hints.called({**found, "WARDWATCH_HOME": "ward"}, own) == f"WARDWATCH_HOME={Path.cwd() / 'ward'} wardwatch"
    # Beside a container the beginning says it all.
    there = {**found, "WARDWATCH_HOME": "/home", "WARDWATCH_COMMAND": "docker compose run --rm cli"}
    assert hints.called(there, own) == "docker compose run --rm cli"


def test_a_word_with_blanks_is_one_word_when_it_is_pasted() -> None:
    assert shlex.split(hints.command("keys", "backup", "my keys", by="li"))[-4:] == ["backup", "my keys", "--as", "li"]
