"""Whether alerts work, over HTTP, and which cameras are missed when they are silent."""

from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from proto.wardwatch.v1 import refusals, subjects
from proto.wardwatch.v1.roles import RESPONDERS
from proto.wardwatch.v1.state import CameraRequest, StateView
from proto.wardwatch.v1.subjects import Place
from services.alerts.accounts.holder import Holder
from services.alerts.edge import state_views
from services.alerts.edge.api import site_in
from services.alerts.edge.authorisation import Authorisation
from services.alerts.edge.http import model_response, parsed_body
from services.alerts.edge.problems import Refused
from services.alerts.state.stages import Replica
from services.alerts.state.wiring import AlertState


@dataclass(frozen=True, slots=True)
class StateEdge:
    """The operations on the state, each a method of that name."""

    authorisation: Authorisation
    state: AlertState

    def handlers(self) -> dict[str, Handler]:
        """The handler of each operation by name."""
        protect = self.authorisation.protect
        return {
            "show_state": protect("show_state", self.show_state, without_database=True),
            "expect_camera": protect("expect_camera", self.expect_camera),
        }

    def page(self) -> str:
        """All of it, for who runs the machine."""
        now_us = self.state.keeper.clock_us()
        cameras = self.state.hearing.cameras.cameras
        return state_views.everything(self.state.keeper(), cameras, self.replicas(), now_us).model_dump_json()

    async def show_state(self, _request: web.Request, holder: Holder) -> web.Response:
        return model_response(self._seen_by(holder))

    async def expect_camera(self, request: web.Request, holder: Holder) -> web.Response:
        site, wanted = site_in(request, holder), await parsed_body(request, CameraRequest)
        name = request.match_info["camera"]
        try:
            place = Place(site, subjects.camera_id(name))
        except ValueError as error:
            raise Refused(404, "No such camera", refusals.NO_CAMERA.filled(camera=name, site=site)) from error
        if not await self.state.remembered.expect(place, holder.name, expected=wanted.expected):
            raise Refused(404, "No such camera", refusals.NO_CAMERA.filled(camera=name, site=site))
        return web.Response(status=204)

    def _seen_by(self, holder: Holder) -> StateView:
        now_us = self.state.keeper.clock_us()
        cameras = self.state.hearing.cameras.cameras if holder.role in RESPONDERS else []
        seen = state_views.of_sites(cameras, holder.sees)
        return state_views.everything(self.state.keeper().seen(holder.sees), seen, self.replicas(), now_us)

    def replicas(self) -> Iterable[tuple[str, Replica]]:
        """Those that live, each with its stage."""
        hearing, now_us = self.state.hearing, self.state.keeper.clock_us()
        for stage, watch in {**hearing.seeing.stages, **hearing.services}.items():
            for replica in watch.living(now_us):
                yield stage, replica
