"""The handlers that find and count incidents, for those who look back at them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp.typedefs import Handler

from proto.wardwatch.v1 import refusals
from services.alerts.accounts.holder import Holder
from services.alerts.edge import search_models as models
from services.alerts.edge.authorisation import Authorisation, token_of
from services.alerts.edge.http import model_response, parsed_body
from services.alerts.edge.incident_views import IncidentViews, before_in
from services.alerts.edge.problems import Refused
from services.alerts.incidents.review import Outcome
from services.alerts.incidents.search import Sought
from services.alerts.incidents.statistics import ANSWERED_WITHIN, Statistics, statistics
from services.alerts.incidents.store import Incidents


class Entries(Protocol):
    """Finds people on the list, in the name of the holder of a token."""

    async def found(self, token: str, text: str) -> Collection[UUID] | None:
        """The entries that say *text*; None for more than can be looked for. Raises Refusal and NoAnswer."""


@dataclass(frozen=True, slots=True)
class SearchApi:
    """Each operation a method of its name; days are those of *time_zone*."""

    authorisation: Authorisation
    incidents: Incidents
    incident_views: IncidentViews
    entries: Entries
    time_zone: ZoneInfo

    def handlers(self) -> Mapping[str, Handler]:
        """The handler of each operation by name."""
        protect = self.authorisation.protect
        return {
            "search_incidents": protect("search_incidents", self.search_incidents),
            "count_incidents": protect("count_incidents", self.count_incidents),
        }

    async def search_incidents(self, request: web.Request, holder: Holder) -> web.Response:
        wanted, token = await parsed_body(request, models.IncidentSearch), token_of(request)
        before = before_in(wanted.cursor)
        entries = await self._entries(wanted.label.strip(), token)
        found = await self.incidents.search(
            _sought(wanted, entries), holder, limit=wanted.limit + 1, before=before, zone=self.time_zone.key
        )
        return model_response(await self.incident_views.page(found, holder, token, limit=wanted.limit))

    async def count_incidents(self, request: web.Request, holder: Holder) -> web.Response:
        wanted = models.StatisticsRequest.model_validate({**request.query})
        rows = await self.incidents.counts(holder, wanted.site, wanted.since, wanted.until, zone=self.time_zone.key)
        return model_response(_counted(wanted, statistics(rows, wanted.since, wanted.until)))

    async def _entries(self, text: str, token: str) -> Collection[UUID] | None:
        if not text:
            return None
        found = await self.entries.found(token, text)
        if found is None:
            raise Refused(422, "Not a valid request", refusals.TOO_MANY_FOUND.filled())
        return found


def _sought(wanted: models.IncidentSearch, entries: Collection[UUID] | None) -> Sought:
    return Sought(
        site=wanted.site,
        camera=wanted.camera,
        zone=wanted.zone,
        since=wanted.since,
        until=wanted.until,
        category=wanted.category,
        standing=wanted.state,
        outcome=wanted.outcome,
        account=wanted.account,
        entries=entries,
    )


def _counted(wanted: models.StatisticsRequest, found: Statistics) -> models.IncidentStatistics:
    bounds = (*ANSWERED_WITHIN, None)
    return models.IncidentStatistics(
        since=wanted.since,
        until=wanted.until,
        days=[models.DayCounts(day=each.day, outcomes=_outcomes(each.by_outcome)) for each in found.days],
        outcomes=_outcomes(found.by_outcome),
        answered=[
            models.AnsweredWithin(seconds=bound, count=count) for bound, count in zip(bounds, found.within, strict=True)
        ],
        unanswered=found.unanswered,
        categories=[
            models.JudgedCategory(category=each.category, confirmed=each.confirmed, rejected=each.rejected)
            for each in found.judged
        ],
    )


def _outcomes(counts: Mapping[Outcome | None, int]) -> models.OutcomeCounts:
    named = {outcome.value: counts.get(outcome, 0) for outcome in Outcome}
    return models.OutcomeCounts(**named, undecided=counts.get(None, 0))
