"""What goes along when a camera gets another name, beside its credential: its place and its zones."""

import asyncio
from dataclasses import dataclass
from urllib.parse import quote

import aiohttp
from pydantic import BaseModel, ConfigDict, ValidationError

from cli import desk_client, web
from cli.camera_place import ANSWER_SECONDS, check
from local.context import Context
from proto.wardwatch.v1.delivery import Arranged, Zone
from proto.wardwatch.v1.subjects import Place
from services.chassis.errors import StartupError


class _PlaceRow(BaseModel):
    """A place as the interface lists it."""

    model_config = ConfigDict(frozen=True)

    site: str
    camera: str
    name: str
    building: str
    floor: str
    plan: bool


class _Places(BaseModel):
    places: list[_PlaceRow]


def move(here: Context, account: str, old: Place, new: Place) -> None:
    """Describe the place of *new* as that of *old*, which keeps its own, and put *new* into its zones.

    Raises Refusal, NoAnswer or StartupError.
    """
    asyncio.run(_move(here, account, old, new))


async def _move(here: Context, account: str, old: Place, new: Place) -> None:
    bearer = {"Authorization": f"Bearer {await asyncio.to_thread(here.token, account)}"}
    async with web.session(here, within_seconds=ANSWER_SECONDS, headers=bearer) as http:
        try:
            await _Mover(http, f"{here.alerts_url}/api/v1/places").copy(old, new)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise web.unanswered(here, error) from error
    async with desk_client.opened(here, account) as desk:
        found = await desk.read(Arranged, "show_arrangements")
        for each in found.zones:
            if each.zone.site == old.site and old.camera in each.zone.cameras:
                cameras = [new.camera if camera == old.camera else camera for camera in each.zone.cameras]
                await desk.call("set_zone", target={"zone": each.name}, body=Zone(site=old.site, cameras=cameras))


@dataclass(frozen=True, slots=True)
class _Mover:
    http: aiohttp.ClientSession
    url: str

    async def copy(self, old: Place, new: Place) -> None:
        """Say of *new* what is said of *old*."""
        async with self.http.get(self.url) as reply:
            await check(reply)
            text = await reply.text()
        try:
            rows = _Places.model_validate_json(text).places
        except ValidationError as error:
            raise StartupError("the places of cameras cannot be read from the answer") from error
        row = next((each for each in rows if (each.site, each.camera) == (old.site, old.camera)), None)
        if row is None:
            return
        said = {"name": row.name, "building": row.building, "floor": row.floor}
        async with self.http.put(self._at(new), json=said) as reply:
            await check(reply)
        if row.plan:
            async with self.http.get(f"{self._at(old)}/plan") as reply:
                await check(reply)
                picture = await reply.read()
            async with self.http.put(f"{self._at(new)}/plan", data=picture) as reply:
                await check(reply)

    def _at(self, place: Place) -> str:
        return f"{self.url}/{quote(place.site, safe='')}/{quote(place.camera, safe='')}"
