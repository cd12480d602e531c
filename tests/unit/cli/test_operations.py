"""The command line asks for every operation of the desk, and its page lists every command."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import typer
from typer.core import TyperGroup

from cli import __main__ as command_line
from proto.wardwatch.v1 import desk

CLI = Path(command_line.__file__).parent
WITHOUT_A_COMMAND = {
    "people_template": "`watchlist imports template` writes the same file, also where no server runs",
}


def texts_in_the_code() -> set[str]:
    """Every text that is handed to something in the code of the command line."""
    calls = (
        node
        for file in CLI.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    )
    return {
        argument.value
        for call in calls
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def commands(group: TyperGroup, above: str = "") -> Iterator[str]:
    """Every command by its words."""
    for name in group.list_commands(typer.Context(group)):
        command = group.get_command(typer.Context(group), name)
        if isinstance(command, TyperGroup):
            yield from commands(command, f"{above}{name} ")
        else:
            yield f"{above}{name}"


def test_every_operation_has_a_command_but_for_those_named_here() -> None:
    addressed = {operation.name for operation in desk.OPERATIONS if operation.path is not None}

    assert addressed - texts_in_the_code() == WITHOUT_A_COMMAND.keys()


def test_the_page_of_the_command_line_lists_every_command_and_no_other() -> None:
    root = typer.main.get_command(command_line.app)
    assert isinstance(root, TyperGroup)
    listed = re.findall(r"^\| `([a-z -]+)` \|", (CLI / "README.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert sorted(listed) == sorted(commands(root))
