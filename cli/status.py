"""`wardwatch status`: whether each service is ready, why not, and what an operator should know before it is not."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

import aiohttp
import typer
from pydantic import BaseModel, Field, ValidationError

from cli import output
from local import context, plan
from local.context import Context
from services.chassis.errors import StartupError

_SECONDS: Final = 5.0
_LISTENING: Final = '"telemetry is listening"'

app = typer.Typer()


class Readiness(BaseModel):
    """What a service answers on /readyz."""

    status: str
    reasons: dict[str, str] = Field(default_factory=dict)
    warnings: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """How a service is. ``reasons`` why it is not ready, by what was checked."""

    name: str
    ready: bool
    reasons: Mapping[str, str] = field(default_factory=dict)
    warnings: Mapping[str, str] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """In words."""
        first = f"{self.name}: {'ready' if self.ready else 'NOT READY'}"
        return [
            first,
            *(f"  {check}: {reason}" for check, reason in self.reasons.items()),
            *(f"  warning: {text}" for text in self.warnings.values()),
        ]


@app.command("status")
def status(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Say of each service whether it is ready, why not, and which disk is short of room; exit 1 when one is not."""
    found = asyncio.run(_all(addresses(context.load())))
    if as_json:
        output.document(json.dumps([_document(each) for each in found]))
    else:
        for line in (line for each in found for line in each.lines()):
            output.line(line)
    if not all(each.ready for each in found):
        raise typer.Exit(1)


def addresses(here: Context) -> dict[str, str]:
    """Where each service answers: by WARDWATCH_TELEMETRY, else as it said in its log. Empty: it did not say."""
    if given := here.values.get("telemetry"):
        pairs = [part.partition("=") for part in given.split(",")]
        return {name.strip(): url.strip().rstrip("/") for name, _, url in pairs}
    if not (here.home / "logs").is_dir():
        raise StartupError(f"no Wardwatch runs in {here.home}, and WARDWATCH_TELEMETRY does not say where one does")
    return {name: said(here, name) for name in plan.SERVICES}


def said(here: Context, name: str) -> str:
    """Where the program *name* of this machine said last that its telemetry answers; empty when it did not."""
    for log in (here.home / "logs" / f"{name}.log", here.home / "logs" / f"{name}.old.log"):
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        for line in reversed(text.splitlines()):
            if _LISTENING in line:
                said = json.loads(line)
                return f"http://{said['host']}:{said['port']}"
    return ""


async def _all(urls: Mapping[str, str]) -> list[ServiceStatus]:
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        return list(await asyncio.gather(*(_one(http, name, url) for name, url in urls.items())))


async def _one(http: aiohttp.ClientSession, name: str, url: str) -> ServiceStatus:
    if not url:
        return ServiceStatus(name, ready=False, reasons={"telemetry": "it has not said where it answers"})
    try:
        async with http.get(f"{url}/readyz") as reply:
            said = Readiness.model_validate_json(await reply.text())
    except (aiohttp.ClientError, TimeoutError) as error:
        return ServiceStatus(name, ready=False, reasons={"telemetry": f"no answer: {type(error).__name__}"})
    except ValidationError:
        return ServiceStatus(name, ready=False, reasons={"telemetry": "it gives no answer of ours"})
    return ServiceStatus(name, reply.status == 200, said.reasons, said.warnings)


def _document(each: ServiceStatus) -> dict[str, object]:
    return {"service": each.name, "ready": each.ready, "reasons": dict(each.reasons), "warnings": dict(each.warnings)}
