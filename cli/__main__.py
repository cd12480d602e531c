"""The ``wardwatch`` command."""

import gc
import importlib
import logging
import sys
from collections.abc import MutableMapping
from typing import Annotated, Final

import structlog
import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from cli import output
from services.chassis import version
from services.chassis.errors import NoAnswer, NotStored, Refusal, StartupError
from services.chassis.visible import visible

# Sub-commands are imported when they are asked for: most need packages that the others do not.
_COMMANDS: Final = {
    "up": "cli.running:up",
    "demo": "cli.running:demo",
    "down": "cli.running:down",
    "status": "cli.status:app",
    "check": "cli.check:app",
    "models": "cli.models:app",
    "watchlist": "cli.watchlist.commands:app",
    "camera": "cli.camera:app",
    "account": "cli.account:app",
    "login": "cli.account:sign_in",
    "tls": "cli.tls:app",
    "matching": "cli.matching:app",
    "channel": "cli.channel:app",
    "control": "cli.control_pairs:app",
    "rule": "cli.rule:app",
    "zone": "cli.zone:app",
    "federation": "cli.federation.commands:app",
    "audit": "cli.audit.commands:app",
    "access": "cli.access:app",
    "incident": "cli.incident.commands:app",
    "keys": "cli.keys:app",
    "backup": "cli.backup.commands:app",
    "restore": "cli.backup.restore_command:app",
    "upgrade": "cli.upgrade:app",
    "credentials": "cli.credentials:app",
    "database": "cli.database:app",
    "streams": "cli.streams:app",
    "eval": "cli.eval.command:app",
    "bench": "cli.bench.command:app",
    "capacity": "cli.bench.capacity_command:app",
    "config": "cli.running:config",
}


class LazyGroup(TyperGroup):
    """Finds sub-commands in the table above."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 - the overridden signature
        return list(_COMMANDS)

    def get_command(self, ctx: object, cmd_name: str) -> TyperCommand | TyperGroup | None:  # noqa: ARG002 - same
        if cmd_name not in _COMMANDS:
            return None
        name, _, attribute = _COMMANDS[cmd_name].partition(":")
        # As for services: what is imported stays, and to look through it for garbage, at the end too, takes a fifth of
        # a short command's time.
        gc.disable()
        module = importlib.import_module(name)
        gc.freeze()
        gc.enable()
        command = typer.main.get_command(getattr(module, attribute))
        assert isinstance(command, TyperCommand | TyperGroup)
        command.name = cmd_name
        return command


app = typer.Typer(cls=LazyGroup, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _print_version(wanted: bool) -> None:
    if wanted:
        output.line(version.current())
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Wardwatch: tells hospital security that a person on an approved watchlist has walked in."""


def main() -> None:
    """Run a command; what cannot be done is one sentence and exit code 1."""
    # The chassis logs for services; here only what went wrong is of interest, and not on the output.
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[structlog.processors.add_log_level, _log_text],
    )
    try:
        # Not standing alone: the library would print what was typed as it was.
        code = app(prog_name="wardwatch", standalone_mode=False)
    except (StartupError, Refusal, NoAnswer, NotStored) as error:
        output.error(str(error))
        sys.exit(1)
    except typer.Abort:
        sys.exit(1)
    except TyperException as error:
        if error.format_message():  # without any word it has shown its help
            output.error(f"{error.format_message()}; see: wardwatch --help, or --help behind a command")
        sys.exit(error.exit_code)
    sys.exit(code if isinstance(code, int) else 0)


def _log_text(_logger: object, _method: str, event: MutableMapping[str, object]) -> str:
    facts = " ".join(f"{key}={value}" for key, value in event.items() if key not in {"event", "exc_info"})
    return visible(f"{event.get('event')} {facts}")


if __name__ == "__main__":
    main()
