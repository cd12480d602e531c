"""The handlers of the operations on where cameras are."""

from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from proto.wardwatch.v1 import refusals, subjects
from services.alerts.accounts.holder import Holder
from services.alerts.edge import models, views
from services.alerts.edge.api import site_in
from services.alerts.edge.authorisation import Authorisation, AuthorisedHandler, token_of
from services.alerts.edge.http import file_response, model_response, parsed_body
from services.alerts.edge.picture_upload import read_picture
from services.alerts.edge.problems import Refused
from services.alerts.edge.watchlist import UploadSlots, UprightPhotos
from services.alerts.places import MOST_PLAN_BYTES, CameraPlace, Places


@dataclass(frozen=True, slots=True)
class PlaceApi:
    """Each operation a method of its name."""

    authorisation: Authorisation
    places: Places
    photos: UprightPhotos
    upload_slots: UploadSlots

    def handlers(self) -> dict[str, Handler]:
        """The handler of each operation by name."""
        handlers: dict[str, AuthorisedHandler] = {
            "list_places": self.list_places,
            "show_plan": self.show_plan,
            "describe_place": self.describe_place,
            "set_plan": self.set_plan,
            "remove_place": self.remove_place,
        }
        return {name: self.authorisation.protect(name, handler) for name, handler in handlers.items()}

    async def list_places(self, _request: web.Request, holder: Holder) -> web.Response:
        known = [views.place(place) for place in await self.places.all() if holder.sees(place.site)]
        return model_response(models.PlaceList(places=known))

    async def show_plan(self, request: web.Request, holder: Holder) -> web.Response:
        return file_response(await self.places.plan(site_in(request, holder), _camera(request)), "image/jpeg")

    async def describe_place(self, request: web.Request, holder: Holder) -> web.Response:
        site, camera = site_in(request, holder), _camera(request)
        said = await parsed_body(request, models.PlaceRequest)
        place = CameraPlace(site, camera, said.name, said.building, said.floor, has_plan=False)
        await self.places.describe(token_of(request), place)
        return web.Response(status=204)

    async def set_plan(self, request: web.Request, holder: Holder) -> web.Response:
        site, camera = site_in(request, holder), _camera(request)
        jpeg = await read_picture(
            request,
            self.photos,
            self.upload_slots,
            most_bytes=MOST_PLAN_BYTES,
            title="Not a plan",
            unusable=refusals.NO_PLAN,
        )
        await self.places.set_plan(token_of(request), site, camera, jpeg)
        return web.Response(status=204)

    async def remove_place(self, request: web.Request, holder: Holder) -> web.Response:
        await self.places.remove(token_of(request), site_in(request, holder), _camera(request))
        return web.Response(status=204)


def _camera(request: web.Request) -> str:
    """The camera that the address names. Raises Refused."""
    try:
        return subjects.camera_id(request.match_info["camera"])
    except ValueError as error:
        raise Refused(422, "Not a camera", refusals.NOT_A_SITE.filled(detail=error)) from error
