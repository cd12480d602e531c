"""Where cameras are, in words that a guard knows, and a plan of each place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.refusals import RefusalText
from services.alerts.database import Database
from services.chassis.errors import Refusal

MOST_PLAN_BYTES: Final = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CameraPlace:
    """Where the camera of a site is. ``has_plan``: a picture of the place is kept."""

    site: str
    camera: str
    name: str
    building: str
    floor: str
    has_plan: bool


class NoSuchPlace(Exception):
    """Nothing is known of where a camera is, or there is no plan of it."""

    def __init__(self, site: str, camera: str) -> None:
        self.words: RefusalText = refusals.NO_PLACE.filled(site=site, camera=camera)
        super().__init__(self.words.text)


@dataclass(frozen=True, slots=True)
class Places:
    """The table of places. What is changed is so in the name of a token, which the database itself looks up."""

    database: Database

    async def all(self) -> Sequence[CameraPlace]:
        """Every place that is described, by site and camera. Raises StoreAway."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                """
                select site, camera, name, building, floor, plan is not null as has_plan
                from alerts.place order by site, camera
                """
            )
        return [
            CameraPlace(
                row["site"], row["camera"], row["name"], row["building"], row["floor"], has_plan=row["has_plan"]
            )
            for row in rows
        ]

    async def plan(self, site: str, camera: str) -> bytes:
        """JPEG of the plan. Raises NoSuchPlace."""
        async with self.database.transaction() as connection:
            found = await connection.fetchval(
                "select plan from alerts.place where site = $1 and camera = $2", site, camera
            )
        if found is None:
            raise NoSuchPlace(site, camera)
        return bytes(found)

    async def describe(self, token: str, place: CameraPlace) -> None:
        """Say where a camera is; its plan stays. Raises Refusal when the session ended meanwhile."""
        async with self.database.transaction() as connection:
            done = await connection.fetchval(
                "select alerts.describe_place($1, $2, $3, $4, $5, $6)",
                token,
                place.site,
                place.camera,
                place.name,
                place.building,
                place.floor,
            )
        _check(done, place.site, place.camera)

    async def set_plan(self, token: str, site: str, camera: str, jpeg: bytes) -> None:
        """Keep the plan of a place. Raises NoSuchPlace, and Refusal when the session ended meanwhile."""
        async with self.database.transaction() as connection:
            done = await connection.fetchval("select alerts.set_plan($1, $2, $3, $4)", token, site, camera, jpeg)
        _check(done, site, camera)

    async def remove(self, token: str, site: str, camera: str) -> None:
        """Forget where a camera is. Raises NoSuchPlace, and Refusal when the session ended meanwhile."""
        async with self.database.transaction() as connection:
            done = await connection.fetchval("select alerts.remove_place($1, $2, $3)", token, site, camera)
        _check(done, site, camera)


def _check(done: bool | None, site: str, camera: str) -> None:
    if done is None:
        raise NoSuchPlace(site, camera)
    if not done:
        raise Refusal(401, refusals.SESSION_OVER.filled())
