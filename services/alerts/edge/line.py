"""The operations on the supervised line: when it was last proven, and the answer of a page that heard of a drill."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from aiohttp import web
from aiohttp.typedefs import Handler

from proto.wardwatch.v1.replicas import Pages
from proto.wardwatch.v1.subjects import TOKEN, SiteId
from services.alerts.accounts.holder import Holder
from services.alerts.edge import models
from services.alerts.edge.authorisation import Authorisation, token_of
from services.alerts.edge.http import model_response
from services.alerts.line.line import CameraLine, Line
from services.alerts.line.tellings import Tellings


def session_of(request: web.Request) -> str:
    """What the session of a request is known by here: not its token."""
    return sha256(token_of(request).encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class LineApi:
    """Both operations, each a method of that name. ``pages`` are those of all replicas."""

    authorisation: Authorisation
    line: Line
    tellings: Tellings
    pages: Callable[[SiteId], Pages | None]
    now: Callable[[], datetime]

    def handlers(self) -> dict[str, Handler]:
        """The handler of each operation by name."""
        protect = self.authorisation.protect
        return {
            "show_line": protect("show_line", self.show_line),
            "answer_drill": protect("answer_drill", self.answer_drill),
        }

    async def show_line(self, _request: web.Request, holder: Holder) -> web.Response:
        cameras = [self._camera(line) for line in self.line.cameras() if holder.sees(line.place.site)]
        return model_response(models.SupervisedLine(checked_at=self.now(), cameras=cameras))

    async def answer_drill(self, request: web.Request, _holder: Holder) -> web.Response:
        # One that is not known, or is told no more, counts for nothing: the page could do nothing about it.
        if TOKEN.fullmatch(drill := request.match_info["drill"]):
            self.tellings.answer(drill, session_of(request))
        return web.Response(status=204)

    def _camera(self, line: CameraLine) -> models.CameraLine:
        pages = self.pages(line.place.site)
        return models.CameraLine(
            site=line.place.site,
            camera=line.place.camera,
            proven_at=line.proven_at,
            broken=line.is_broken,
            last_stage=None if line.stage is None else line.stage.code,
            stopped=line.stopped,
            pages_told=None if pages is None else pages.open,
            pages_answered=None if pages is None else pages.ringing,
        )
