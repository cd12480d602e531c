"""`wardwatch camera describe`: where a camera is, in words that a guard knows."""

import asyncio
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote

import aiohttp
import typer

from cli import output, web
from cli.desk_client import words
from local import context
from local.context import Context
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.chassis.errors import Refusal, StartupError

ANSWER_SECONDS: Final = 60.0

Site = Annotated[str, typer.Option(help="The hospital site, for example h1.")]
Camera = Annotated[str, typer.Option(help="The camera, for example gate-2.")]
Name = Annotated[str, typer.Option(help="What people call the place, for example: Gate 2.")]
Building = Annotated[str, typer.Option(help="The building.")]
Floor = Annotated[str, typer.Option(help="The floor.")]
Plan = Annotated[Path | None, typer.Option(help="A picture of the floor, with the camera's place marked in it.")]
As = Annotated[str, typer.Option("--as", help="Administrator that asks, signed in here with: wardwatch login CODE.")]


def describe(
    site: Site, camera: Camera, name: Name, account: As, building: Building = "", floor: Floor = "", plan: Plan = None
) -> None:
    """Say where a camera is: guards read it on an alert, with the plan if there is one."""
    try:
        place = Place(site_id(site), camera_id(camera))
    except ValueError as error:
        raise StartupError(str(error)) from error
    picture = None if plan is None else _read(plan)
    said = {"name": name, "building": building, "floor": floor}
    asyncio.run(_send(context.load(), account, place, said, picture))
    where = ", ".join(part for part in (name, building, floor) if part)
    output.line(f"{place.camera} at {place.site} is: {where}{'' if picture is None else ', with a plan'}")


async def _send(here: Context, account: str, place: Place, said: dict[str, str], plan: bytes | None) -> None:
    bearer = {"Authorization": f"Bearer {await asyncio.to_thread(here.token, account)}"}
    address = f"{here.alerts_url}/api/v1/places/{quote(place.site, safe='')}/{quote(place.camera, safe='')}"
    async with web.session(here, within_seconds=ANSWER_SECONDS, headers=bearer) as http:
        try:
            async with http.put(address, json=said) as reply:
                await check(reply)
            if plan is not None:
                async with http.put(f"{address}/plan", data=plan) as reply:
                    await check(reply)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise web.unanswered(here, error) from error


async def check(reply: aiohttp.ClientResponse) -> None:
    """Raises Refusal with what the answer says, where it is one."""
    if reply.status >= 400:
        raise Refusal(reply.status, words(reply.status, await reply.read()))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StartupError(f"{path} cannot be read: {error.strerror}") from error
