"""The operations on the supervised line: when it was last proven, and the answer of a page that heard of a drill."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from aiohttp import web
from aiohttp.typedefs import Handler

from proto.wardwatch.v1.values import from_microseconds, to_microseconds
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
    """Both operations, each a method of that name."""

    authorisation: Authorisation
    line: Line
    tellings: Tellings
    now: Callable[[], datetime]

    def handlers(self) -> dict[str, Handler]:
        """The handler of each operation by name."""
        protect = self.authorisation.protect
        return {
            "show_line": protect("show_line", self.show_line),
            "answer_drill": protect("answer_drill", self.answer_drill),
        }

    async def show_line(self, _request: web.Request, holder: Holder) -> web.Response:
        now = self.now()
        lines = self.line.cameras(to_microseconds(now))
        cameras = [self._camera(line) for line in lines if holder.sees(line.place.site)]
        return model_response(models.SupervisedLine(checked_at=now, cameras=cameras))

    async def answer_drill(self, request: web.Request, holder: Holder) -> web.Response:
        # One that is not known, or is told no more, counts for nothing: the page could do nothing about it.
        self.tellings.answer(request.match_info["drill"], session_of(request), holder)
        return web.Response(status=204)

    def _camera(self, line: CameraLine) -> models.CameraLine:
        answers = self.tellings.answers(line.place)
        return models.CameraLine(
            site=line.place.site,
            camera=line.place.camera,
            proven_at=None if line.proven_us is None else from_microseconds(line.proven_us),
            broken=line.is_broken,
            last_stage=None if line.stage is None else line.stage.code,
            stopped=line.stopped,
            pages_told=None if answers is None else answers[0],
            pages_answered=None if answers is None else answers[1],
        )
