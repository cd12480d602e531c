"""The handlers of the operations on control pairs, and what a reviewer sees of one (docs/adr/0092)."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from aiohttp import web
from aiohttp.typedefs import Handler

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.roles import Role
from services.alerts.accounts.holder import Holder
from services.alerts.edge import models
from services.alerts.edge.authorisation import Authorisation, AuthorisedHandler, token_of
from services.alerts.edge.http import model_response, parsed_body
from services.alerts.edge.picture_upload import read_picture
from services.alerts.edge.problems import Refused
from services.alerts.edge.watchlist import UploadSlots, UprightPhotos
from services.alerts.incidents.store import Incident
from services.alerts.pairs.core import CHANCE, Errors, Share, errors, is_right
from services.alerts.pairs.store import MOST_PICTURE_BYTES, ControlPair, Pairs, Showing, Which


@dataclass(frozen=True, slots=True)
class PairApi:
    """Each operation a method of its name; *draw* gives numbers from 0 to 1."""

    authorisation: Authorisation
    pairs: Pairs
    photos: UprightPhotos
    upload_slots: UploadSlots
    new_id: Callable[[], UUID]
    draw: Callable[[], float]

    def handlers(self) -> dict[str, Handler]:
        """The handler of each operation by name."""
        handlers: dict[str, AuthorisedHandler] = {
            "next_pair": self.next_pair,
            "show_reviewing": self.show_reviewing,
            "list_control_pairs": self.list_control_pairs,
            "add_control_pair": self.add_control_pair,
            "set_control_picture": self.set_control_picture,
            "remove_control_pair": self.remove_control_pair,
            "use_control_pairs": self.use_control_pairs,
        }
        return {name: self.authorisation.protect(name, handler) for name, handler in handlers.items()}

    async def next_pair(self, request: web.Request, _holder: Holder) -> web.Response:
        shown = await self.pairs.show(token_of(request), self.new_id()) if self.draw() < CHANCE else None
        return model_response(models.NextPair(incident=shown))

    async def show_reviewing(self, _request: web.Request, holder: Holder) -> web.Response:
        answers = await self.pairs.answers(holder.account_id if holder.role is Role.REVIEWER else None)
        found = [_errors(name, errors(given)) for name, given in answers.items()]
        return model_response(models.Reviewing(reviewers=found))

    async def list_control_pairs(self, _request: web.Request, _holder: Holder) -> web.Response:
        is_on, pairs = await self.pairs.all()
        return model_response(models.ControlPairs(on=is_on, pairs=[_pair(pair) for pair in pairs]))

    async def add_control_pair(self, request: web.Request, _holder: Holder) -> web.Response:
        said = await parsed_body(request, models.ControlPairRequest)
        name = self.new_id()
        await self.pairs.add(token_of(request), name, is_same=said.same, source=said.source, grounds=said.grounds)
        _, pairs = await self.pairs.all()
        return model_response(next(_pair(pair) for pair in pairs if pair.id == name), status=201)

    async def set_control_picture(self, request: web.Request, _holder: Holder) -> web.Response:
        pair, which = _pair_id(request), which_of(request)
        jpeg = await read_picture(
            request,
            self.photos,
            self.upload_slots,
            most_bytes=MOST_PICTURE_BYTES,
            title="Not a photo",
            unusable=lambda error: refusals.NO_FACE_PICTURE.filled(detail=error),
        )
        await self.pairs.set_picture(token_of(request), pair, which, jpeg)
        return web.Response(status=204)

    async def remove_control_pair(self, request: web.Request, _holder: Holder) -> web.Response:
        await self.pairs.remove(token_of(request), _pair_id(request))
        return web.Response(status=204)

    async def use_control_pairs(self, request: web.Request, _holder: Holder) -> web.Response:
        await self.pairs.use(token_of(request), is_on=(await parsed_body(request, models.ControlUse)).on)
        return web.Response(status=204)


def as_incident(showing: Showing, like: Incident | None) -> models.IncidentView:
    """A pair as it is before a reviewer: like any other until it is answered, and then what it is."""
    right = None if showing.verdict is None else is_right(showing.is_same, showing.verdict)
    answered = showing.verdict is not None
    return models.IncidentView(
        id=showing.id,
        number=1 if like is None else like.number,
        site="" if like is None else like.site,
        status="closed" if answered else "new",
        outcome=None,
        raised_at=showing.shown_at,
        first_seen_at=showing.shown_at,
        last_seen_at=showing.shown_at,
        camera="" if like is None else like.last_camera,
        cameras=[] if like is None else [like.last_camera],
        category=None if like is None else like.category,
        instruction=None if like is None else like.instruction,
        responder=None,
        my_verdict=showing.verdict,
        may_review=not answered,
        disputed=False,
        corrected_at=None,
        arrived_at=None,
        report=None,
        disclosed=None,
        control=models.ControlResult(same=showing.is_same, right=right) if answered else None,
    )


def which_of(request: web.Request) -> Which:
    """Which of the two faces the address names. Raises Refused."""
    match request.match_info["which"]:
        case "watchlist":
            return "watchlist"
        case "camera":
            return "camera"
        case _:
            raise Refused(404, "No such picture", refusals.NO_PICTURE.filled())


def _pair_id(request: web.Request) -> UUID:
    text = request.match_info["pair"]
    try:
        return UUID(text)
    except ValueError as error:
        raise Refused(404, "No such pair", refusals.NO_PAIR.filled(pair=text)) from error


def _pair(pair: ControlPair) -> models.ControlPairView:
    return models.ControlPairView(
        id=pair.id,
        same=pair.is_same,
        source=pair.source,
        grounds=pair.grounds,
        complete=pair.complete,
        added_by=pair.added_by,
        added_at=pair.added_at,
    )


def _errors(reviewer: str, found: Errors) -> models.ReviewerErrors:
    return models.ReviewerErrors(
        reviewer=reviewer,
        shown=found.shown,
        wrong_same=_share(found.wrong_same),
        wrong_not_same=_share(found.wrong_not_same),
        cannot_tell=_share(found.cannot_tell),
    )


def _share(share: Share) -> models.ErrorShare:
    low, high = share.interval
    return models.ErrorShare(count=share.count, of=share.of, low=low, high=high)
