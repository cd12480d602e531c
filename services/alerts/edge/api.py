"""The handlers of the operations on sessions, incidents and the stop button."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from proto.wardwatch.v1 import refusals, subjects
from proto.wardwatch.v1.roles import may
from proto.wardwatch.v1.subjects import SiteId
from services.alerts.accounts.codes import code_digest
from services.alerts.accounts.device_names import device_name
from services.alerts.accounts.holder import Holder
from services.alerts.accounts.store import Sessions
from services.alerts.control import Controls, SetMatching
from services.alerts.database import StoreAway
from services.alerts.edge import models, openapi, views
from services.alerts.edge.authorisation import (
    COOKIE,
    Authorisation,
    AuthorisedHandler,
    check_origin,
    check_proof,
    token_of,
)
from services.alerts.edge.compared import ComparedPairs
from services.alerts.edge.http import file_response, incident_id, model_response, parsed_body, request_id
from services.alerts.edge.incident_views import IncidentViews, before_in
from services.alerts.edge.pairs import which_of
from services.alerts.edge.problems import Refused
from services.alerts.edge.query_timeout import QueryTimeout
from services.alerts.edge.senders import Senders
from services.alerts.edge.session_answers import session_opened
from services.alerts.edge.sign_in import SignInPace
from services.alerts.incidents.review import Outcome, sight
from services.alerts.incidents.store import Answerer, Incident, Incidents, NoSuchIncident
from services.alerts.pairs.store import Which
from services.chassis.settings import USUAL_TIME_ZONE

log = structlog.get_logger(__name__)

_MOST_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Api:
    """Every operation of ``operations.py`` but the event stream and the watchlist, each a method of that name."""

    authorisation: Authorisation
    sessions: Sessions
    incidents: Incidents
    incident_views: IncidentViews
    controls: Controls
    query_timeout: QueryTimeout
    set_site_matching: SetMatching
    sites: frozenset[SiteId]
    sign_in_pace: SignInPace
    senders: Senders
    new_token: Callable[[], str]
    now: Callable[[], datetime]
    compared: ComparedPairs
    time_zone: ZoneInfo = USUAL_TIME_ZONE

    def handlers(self) -> dict[str, Handler]:
        """The handler of each operation by name; all but the public ones are authorised first."""
        without_database: dict[str, AuthorisedHandler] = {
            "me": self.me,
            "list_sites": self.list_sites,
            "show_matching": self.show_matching,
            "set_matching": self.set_matching,
        }
        with_database: dict[str, AuthorisedHandler] = {
            "end_session": self.end_session,
            "list_incidents": self.list_incidents,
            "show_incident": self.show_incident,
            "show_details": self.show_details,
            "show_picture": self.show_picture,
            "respond": self.respond,
            "review": self.review,
            "correct": self.correct,
            "arrive": self.arrive,
            "report": self.report,
            "show_trail": self.show_trail,
        }
        protect = self.authorisation.protect
        return {
            "open_session": self.open_session,
            "openapi": self.openapi,
            **{name: protect(name, handler, without_database=True) for name, handler in without_database.items()},
            **{name: protect(name, handler) for name, handler in with_database.items()},
        }

    async def open_session(self, request: web.Request) -> web.Response:
        check_origin(request, required=False)
        sender = self.senders.of_request(request.remote, request.headers.getall("X-Forwarded-For", []))
        await self.sign_in_pace.turn(sender)
        digest = code_digest((await parsed_body(request, models.CodeRequest)).code)
        token = self.new_token()
        device = device_name(request.headers.get("User-Agent", "")[:400])
        holder = None if digest is None else await self.sessions.redeem(digest, token, device)
        if holder is None:
            self.sign_in_pace.wrong(sender)
            raise Refused(401, "This code is not taken", refusals.CODE_NOT_TAKEN.filled())
        life = int(self.sessions.life.total_seconds())
        return session_opened(holder, token, time_zone=self.time_zone.key, life_seconds=life)

    async def end_session(self, request: web.Request, _holder: Holder) -> web.Response:
        await self.sessions.end(token_of(request))
        response = web.Response(status=204)
        response.del_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
        return response

    async def me(self, _request: web.Request, holder: Holder) -> web.Response:
        known = models.Me(
            id=holder.account_id,
            account=holder.name,
            role=holder.role,
            may=may(holder.role),
            sites=None if holder.sites is None else sorted(holder.sites),
            expires_at=holder.expires_at,
            time_zone=self.time_zone.key,
        )
        return model_response(known)

    async def list_incidents(self, request: web.Request, holder: Holder) -> web.Response:
        limit = _limit(request.query.get("limit", "50"))
        before = before_in(request.query.get("cursor"))
        only_open = _yes_or_no("open", request.query.get("open", "false"))
        found = await self.incidents.page(limit=limit + 1, before=before, only_open=only_open, sites=holder.sites)
        return model_response(await self.incident_views.page(found, holder, token_of(request), limit=limit))

    async def show_incident(self, request: web.Request, holder: Holder) -> web.Response:
        try:
            incident = await self._incident(request, holder)
        except NoSuchIncident:
            return model_response(await self.compared.view(holder, incident_id(request)))
        return model_response(await self.incident_views.one(incident, holder, token_of(request)))

    async def show_details(self, request: web.Request, holder: Holder) -> web.Response:
        incident = await self._incident(request, holder)
        if not sight(incident.case, holder.account_id, holder.role).scores:
            raise Refused(403, "Not yet", refusals.SCORES_LATER.filled())
        return model_response(views.details(incident.id, await self.incidents.measurements(incident, holder)))

    async def show_picture(self, request: web.Request, holder: Holder) -> web.Response:
        which = which_of(request)
        content: bytes | None
        try:
            incident = await self._incident(request, holder)
        except NoSuchIncident:
            content = await self.compared.picture(holder, incident_id(request), which)
        else:
            content = await self._picture(request, holder, incident, which)
        if not content:
            raise Refused(404, "No picture", refusals.NO_PICTURE.filled())
        return file_response(content, "image/jpeg")

    async def _picture(self, request: web.Request, holder: Holder, incident: Incident, which: Which) -> bytes | None:
        if which == "camera":
            return await self.incidents.picture(incident.id, holder)
        if incident.case.outcome is Outcome.ENDED:
            return None
        return await self.incident_views.picture(incident, token_of(request))

    async def respond(self, request: web.Request, holder: Holder) -> web.Response:
        known = await self._incident(request, holder)
        incident = await self.incidents.respond(known.id, _answerer(request, holder))
        return model_response(await self.incident_views.one(incident, holder, token_of(request)))

    async def review(self, request: web.Request, holder: Holder) -> web.Response:
        verdict = (await parsed_body(request, models.VerdictRequest)).verdict
        try:
            known = await self._incident(request, holder)
        except NoSuchIncident:
            name, token = incident_id(request), token_of(request)
            return model_response(await self.compared.answer(holder, token, name, verdict))
        incident = await self.incidents.review(known.id, _answerer(request, holder), verdict)
        return model_response(await self.incident_views.one(incident, holder, token_of(request)))

    async def correct(self, request: web.Request, holder: Holder) -> web.Response:
        wanted = await parsed_body(request, models.CorrectionRequest)
        known = await self._incident(request, holder)
        by = _answerer(request, holder)
        incident = await self.incidents.correct(
            known.id, by, holder, wanted.verdict, author=wanted.account, reason=wanted.reason
        )
        return model_response(await self.incident_views.one(incident, holder, token_of(request)))

    async def arrive(self, request: web.Request, holder: Holder) -> web.Response:
        known = await self._incident(request, holder)
        incident = await self.incidents.arrive(known.id, _answerer(request, holder))
        return model_response(await self.incident_views.one(incident, holder, token_of(request)))

    async def report(self, request: web.Request, holder: Holder) -> web.Response:
        said = await parsed_body(request, models.ReportRequest)
        known = await self._incident(request, holder)
        by = _answerer(request, holder)
        incident = await self.incidents.report(known.id, by, holder, said.result, said.note)
        return model_response(await self.incident_views.one(incident, holder, token_of(request)))

    async def show_trail(self, request: web.Request, holder: Holder) -> web.Response:
        try:
            incident = await self._incident(request, holder)
        except NoSuchIncident:
            return model_response(await self.compared.trail(holder, incident_id(request)))
        return model_response(views.trail(await self.incidents.trail(incident)))

    async def list_sites(self, _request: web.Request, holder: Holder) -> web.Response:
        known = {*self.sites, *self.controls.known}
        try:
            known.update(SiteId(site) for site in await self.query_timeout.run(self.incidents.sites()))
        except StoreAway:
            log.warning("sites are listed without those of incidents")
        states = [self._matching(site) for site in sorted(known) if holder.sees(site)]
        return model_response(models.Sites(sites=states))

    async def show_matching(self, request: web.Request, holder: Holder) -> web.Response:
        site = site_in(request, holder)
        if (reason := await self.controls.check()) is not None:
            raise Refused(503, "Not known yet", refusals.CONTROLS_AWAY.filled(detail=reason), retry_after=1)
        return model_response(self._matching(site))

    async def set_matching(self, request: web.Request, holder: Holder) -> web.Response:
        wanted = await parsed_body(request, models.MatchingRequest)
        if not wanted.stopped:  # a stop never waits for anything
            check_proof(holder)
        asked = await self.set_site_matching(
            site_in(request, holder),
            stopped=wanted.stopped,
            account=holder.name,
            reason=wanted.reason,
            request_id=request_id(request),
        )
        state = views.matching(asked.control.site, asked.control, None if asked.stored else asked)
        return model_response(state, status=202)

    def _matching(self, site: SiteId) -> models.MatchingState:
        known, unstored = self.controls.known.get(site), self.set_site_matching.unstored.get(site)
        is_of_it = unstored is not None and unstored.control is known
        return views.matching(site, known, unstored if is_of_it else None)

    async def _incident(self, request: web.Request, holder: Holder) -> Incident:
        """The incident that the address names. One of another site is not there for *holder*. Raises NoSuchIncident."""
        incident = await self.incidents.one(incident_id(request))
        if not holder.sees(incident.site):
            raise NoSuchIncident(incident.id)
        return incident

    async def openapi(self, _request: web.Request) -> web.Response:
        return web.json_response(openapi.document())


def _answerer(request: web.Request, holder: Holder) -> Answerer:
    return Answerer(holder.account_id, token_of(request))


def site_in(request: web.Request, holder: Holder) -> SiteId:
    """The site that the address names. Raises Refused when it is none (422), or none of *holder*'s (403)."""
    try:
        site = subjects.site_id(request.match_info["site"])
    except ValueError as error:
        raise Refused(422, "Not a site", refusals.NOT_A_SITE.filled(detail=error)) from error
    if not holder.sees(site):
        raise Refused(403, "Not for this account", refusals.OTHER_SITE.filled(site=site))
    return site


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 3 or not 1 <= int(text) <= _MOST_PER_PAGE:
        raise Refused(422, "Not a valid request", refusals.BAD_LIMIT.filled(most=_MOST_PER_PAGE))
    return int(text)


def _yes_or_no(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise Refused(422, "Not a valid request", refusals.YES_OR_NO.filled(field=name))
    return text == "true"
