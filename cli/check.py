"""`wardwatch check`: whether alerts work, for a monitoring system: one line, and the exit codes of its plug-ins."""

import asyncio
import json
from collections.abc import Sequence
from enum import IntEnum
from typing import Annotated, Final

import typer

from cli import output
from cli.state_client import Told, states, worst
from cli.status import addresses
from local import context
from proto.wardwatch.v1.state import ReasonView, StateView, Working
from services.chassis.errors import StartupError


class Exit(IntEnum):
    """What a plug-in of Nagios, Icinga, Zabbix or checkmk ends with (monitoring-plugins.org, guidelines)."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


# A line that a pager shows; all reasons are in --json and in `wardwatch status`.
_MOST_REASONS: Final = 3
_EXIT: Final = {Working.YES: Exit.OK, Working.DEGRADED: Exit.WARNING, Working.NO: Exit.CRITICAL}

app = typer.Typer()


@app.command("check")
def check(
    site: Annotated[str, typer.Option("--site", help="Judge by this site alone.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say in one line whether alerts work; exit 0 when they do, 1 in part, 2 when they do not, 3 when nobody knows."""
    try:
        told = asyncio.run(states(addresses(context.load())))
    except StartupError as error:
        output.line(f"WARDWATCH UNKNOWN - {error}")
        raise typer.Exit(Exit.UNKNOWN) from error
    code, line = verdict(told, site)
    output.document(json.dumps(_document(code, told), indent=2)) if as_json else output.line(line)
    raise typer.Exit(code)


def verdict(told: Sequence[Told], site: str = "") -> tuple[Exit, str]:
    """The exit code and the line, of what each alerts service has told. Pure."""
    if not told:
        return Exit.UNKNOWN, "WARDWATCH UNKNOWN - it is not known where the alerts service answers"
    state = worst(told)
    if state is None:
        return Exit.CRITICAL, "WARDWATCH CRITICAL - the alerts service does not answer"
    silent = [each.service for each in told if each.state is None]
    if site and site not in {each.site for each in state.sites}:
        return Exit.UNKNOWN, f"WARDWATCH UNKNOWN - no site is called {site}"
    code = _EXIT[_working(state, site)]
    if silent and code is Exit.OK:
        code = Exit.WARNING
    said = [f"{service} does not answer" for service in silent]
    said += [reason.text for reason in state.reasons if not site or reason.site in (None, site)]
    return code, f"WARDWATCH {code.name} - {_sentence(said)} | {_figures(state, silent)}"


def _working(state: StateView, site: str) -> Working:
    return next((each.working for each in state.sites if each.site == site), state.working)


def _sentence(said: Sequence[str]) -> str:
    if not said:
        return "alerts work"
    more = f" and {len(said) - _MOST_REASONS} more" if len(said) > _MOST_REASONS else ""
    # What a plug-in prints behind this sign is figures.
    return ("; ".join(said[:_MOST_REASONS]) + more).replace("|", "/")


def _figures(state: StateView, silent: Sequence[str]) -> str:
    expected = [camera for camera in state.cameras if camera.expected]
    silent_cameras = sum(_silent_cameras(reason) for reason in state.reasons)
    figures = {
        "reasons": len(state.reasons) + len(silent),
        "cameras": len(expected),
        "cameras_sending": max(0, len(expected) - silent_cameras),
        **{f"{stage}s": count for stage, count in _replicas(state).items()},
    }
    return " ".join(f"{name}={count};;;0" for name, count in figures.items())


def _silent_cameras(reason: ReasonView) -> int:
    """How many cameras *reason* says are silent."""
    if reason.code == "camera_silent":
        return 1
    return int(reason.parameters["count"]) if reason.code in ("cameras_silent", "none_of_cameras_sends") else 0


def _replicas(state: StateView) -> dict[str, int]:
    stages = ("detector", "embedder", "matcher")
    return {stage: sum(replica.stage == stage for replica in state.replicas) for stage in stages}


def _document(code: Exit, told: Sequence[Told]) -> dict[str, object]:
    return {
        "status": code.name,
        "code": int(code),
        "services": {each.service: None if each.state is None else each.state.model_dump(mode="json") for each in told},
    }
