"""`wardwatch status`: whether each service is ready, why not, and what an operator should know before it is not."""

import asyncio
import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final
from urllib.parse import urlsplit

import aiohttp
import typer
from pydantic import BaseModel, Field, ValidationError

from cli import output
from cli.state_client import Told, states, worst
from local import context, plan
from local.context import Context
from proto.wardwatch.v1.reasons import duration
from proto.wardwatch.v1.state import CameraView, ReplicaView, StateView, Working
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
    """Say whether alerts work, who lives, how cameras are and which services are ready; exit 1 when one is not."""
    told, found = asyncio.run(_everything(addresses(context.load())))
    if as_json:
        output.document(json.dumps([_document(each) for each in found]))
    else:
        for line in [*state_lines(told), *(line for each in found for line in each.lines())]:
            output.line(line)
    if not all(each.ready for each in found):
        raise typer.Exit(1)


def state_lines(told: Sequence[Told]) -> list[str]:
    """Whether alerts work, why not, who lives, and how each camera is. Pure."""
    state = worst(told)
    silent = [f"  {each.service} does not answer" for each in told if each.state is None]
    if state is None:
        return ["alerts work: NOT KNOWN", *silent]
    return [
        f"alerts work: {_WORDS[state.working]}",
        *silent,
        *(f"  {reason.text}" for reason in state.reasons),
        *(f"{stage}: {count}" for stage, count in _living(state).items()),
        *(_camera_line(camera) for camera in state.cameras),
    ]


_WORDS: Final = {Working.YES: "yes", Working.DEGRADED: "IN PART", Working.NO: "NO"}


def _living(state: StateView) -> dict[str, str]:
    """The living replicas of each stage, with their shares of the cameras where they have some."""
    stages = dict.fromkeys(replica.stage for replica in state.replicas)
    return {stage: ", ".join(_replica(each) for each in state.replicas if each.stage == stage) for stage in stages}


def _replica(each: ReplicaView) -> str:
    return f"{each.replica} ({each.shares} shares)" if each.shares else each.replica


def _camera_line(camera: CameraView) -> str:
    name = f"camera {camera.site}.{camera.camera}"
    if camera.frames_per_second is None:
        return f"{name}: silent for {duration(camera.silent_seconds)}{'' if camera.expected else ', not expected'}"
    facts = [f"last picture {duration(camera.silent_seconds)} ago", f"{camera.frames_per_second:g} a second"]
    if camera.width_px:
        facts.append(f"{camera.width_px} x {camera.height_px}")
    facts += [f"{count} refused: {code}" for code, count in camera.refused.items()]
    if camera.clock_offset_seconds:
        facts.append(f"clock {camera.clock_offset_seconds:+.1f} s")
    return f"{name}: {', '.join(facts)}{'' if camera.expected else ', not expected'}"


async def _everything(urls: Mapping[str, str]) -> tuple[list[Told], list[ServiceStatus]]:
    return await states(urls), await _all(urls)


def addresses(here: Context) -> dict[str, str]:
    """Where each service answers: by WARDWATCH_TELEMETRY, else as it said in its log. Empty: it did not say."""
    if given := here.values.get("telemetry"):
        pairs = [part.partition("=") for part in given.split(",")]
        every = {name.strip(): url.strip().rstrip("/") for name, _, url in pairs}
        return {name.removesuffix("?"): url for name, url in every.items() if not name.endswith("?") or _is_there(url)}
    if not (here.home / "logs").is_dir():
        raise StartupError(f"no Wardwatch runs in {here.home}, and WARDWATCH_TELEMETRY does not say where one does")
    return {name: said(here, name) for name in _programs(here)}


def _is_there(url: str) -> bool:
    """Whether the host of *url* has an address: of a service that not every installation runs."""
    try:
        return bool(socket.getaddrinfo(urlsplit(url).hostname, None))
    except OSError:
        return False


def _programs(here: Context) -> list[str]:
    """Every service, and each further replica of one that has a log."""
    logs = {path.stem for path in (here.home / "logs").glob("*.log")}
    further = {name for service in plan.REPLICATED for name in logs if _is_replica(name, service)}
    return [*plan.services(here.home), *sorted(further)]


def _is_replica(name: str, service: str) -> bool:
    return name.startswith(f"{service}-") and name.removeprefix(f"{service}-").isdecimal()


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
