"""Hear alerts as a guard's page does: the server-sent events of the HTTP interface."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp

from services.chassis.errors import StartupError


@dataclass(frozen=True, slots=True)
class Alert:
    """An ``incident`` event. ``stages_ms`` is the time from the capture of the frame to the end of each stage."""

    kind: str
    incident: str
    site: str
    camera: str
    captured_at: datetime | None
    stages_ms: Mapping[str, float]
    received_at: datetime


@asynccontextmanager
async def alerts(url: str, token: str) -> AsyncIterator[AsyncIterator[Alert]]:
    """Open the stream as the holder of *token*; events from then on are received."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    never = aiohttp.ClientTimeout(total=None, sock_connect=10)
    async with aiohttp.ClientSession(headers=headers, timeout=never) as http:
        try:
            async with http.get(f"{url}/api/v1/events") as reply:
                if reply.status != 200:
                    raise StartupError(f"the stream of alerts was refused (HTTP {reply.status})")
                yield _read(reply)
        except aiohttp.ClientConnectionError as error:
            raise StartupError(f"the stream of alerts broke: {error}") from error


async def _read(reply: aiohttp.ClientResponse) -> AsyncIterator[Alert]:
    event, data = "", ""
    async for raw in reply.content:
        line = raw.decode("utf-8").rstrip("\r\n")
        if line.startswith("event:"):
            event = line[6:].strip()
        elif line.startswith("data:"):
            data += line[5:].strip()
        elif not line:
            if event == "incident":
                yield parse(data, datetime.now(UTC))
            event, data = "", ""


def parse(data: str, received_at: datetime) -> Alert:
    """Read the event's data. Raises ValueError or KeyError when it is not an incident."""
    event = json.loads(data)
    stages = event.get("stages") or {}
    captured = stages.get("captured_at")
    return Alert(
        kind=str(event["kind"]),
        incident=str(event["incident"]),
        site=str(event["site"]),
        camera=str(event["camera"]),
        captured_at=datetime.fromisoformat(captured) if captured else None,
        stages_ms={k.removesuffix("_ms"): float(v) for k, v in stages.items() if k.endswith("_ms") and v is not None},
        received_at=received_at,
    )
