"""The ``wardwatch`` command."""

import importlib
import logging
import sys
from typing import Final

import structlog
import typer
from typer.core import TyperCommand, TyperGroup

from services.chassis.errors import NoAnswer, NotStored, Refusal, StartupError

# Sub-commands are imported when they are asked for: most need packages that the others do not.
_COMMANDS: Final = {
    "up": "services.cli.local.commands:up",
    "demo": "services.cli.local.commands:demo",
    "down": "services.cli.local.commands:down",
    "models": "services.cli.models.commands:app",
    "watchlist": "services.cli.watchlist:app",
    "camera": "services.cli.camera:app",
    "account": "services.cli.account:app",
    "login": "services.cli.account:sign_in",
    "matching": "services.cli.matching:app",
    "keys": "services.cli.keys:app",
    "credentials": "services.cli.access.commands:app",
    "database": "services.cli.database:app",
    "streams": "services.cli.streams:app",
    "config": "services.cli.local.commands:config",
}


class LazyGroup(TyperGroup):
    """Finds sub-commands in the table above."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 - the overridden signature
        return list(_COMMANDS)

    def get_command(self, ctx: object, cmd_name: str) -> TyperCommand | TyperGroup | None:  # noqa: ARG002 - same
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name].partition(":")
        command = typer.main.get_command(getattr(importlib.import_module(module), attribute))
        assert isinstance(command, TyperCommand | TyperGroup)
        command.name = cmd_name
        return command


app = typer.Typer(cls=LazyGroup, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def root() -> None:
    """Wardwatch: tells hospital security that a person on an approved watchlist has walked in."""


def main() -> None:
    """Run a command; what cannot be done is one sentence and exit code 1."""
    # The chassis logs for services; here only what went wrong is of interest, and not on the output.
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        app(prog_name="wardwatch")
    except (StartupError, Refusal, NoAnswer, NotStored) as error:
        print(f"wardwatch: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
