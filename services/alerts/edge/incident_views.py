"""Incidents as an account may see them; labels and enrolled faces come from the desk, which records each reading."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from proto.wardwatch.v1 import refusals
from services.alerts.accounts.holder import Holder
from services.alerts.edge import models, views
from services.alerts.edge.problems import Refused
from services.alerts.incidents.review import sight
from services.alerts.incidents.store import Incident


class Cards(Protocol):
    """What the desk discloses about a listed person to the holder of a token."""

    async def labels(self, token: str, entries: Collection[UUID], incident: UUID | None) -> Mapping[UUID, str]:
        """The label of each person; missing where it cannot be read now."""

    async def picture(self, token: str, entry: UUID, incident: UUID) -> bytes:
        """JPEG of the enrolled face. Raises Refusal and NoAnswer."""


@dataclass(frozen=True, slots=True)
class IncidentViews:
    """Requests only the labels that the account may see, and those of a page in one request."""

    cards: Cards

    async def one(self, incident: Incident, holder: Holder, token: str) -> models.IncidentView:
        """The incident as *holder* may see it."""
        labels = await self._labels([incident], holder, token)
        return views.incident(incident, holder, labels.get(incident.entry_id))

    async def page(self, found: Sequence[Incident], holder: Holder, token: str, *, limit: int) -> models.IncidentPage:
        """A page of the list; *found* holds one more than *limit* when there is another page."""
        labels = await self._labels(found[:limit], holder, token)
        return views.page(found, holder, labels, limit=limit)

    async def picture(self, incident: Incident, token: str) -> bytes:
        """JPEG of the enrolled face. Raises Refusal and NoAnswer."""
        return await self.cards.picture(token, incident.entry_id, incident.id)

    async def _labels(self, incidents: Sequence[Incident], holder: Holder, token: str) -> Mapping[UUID, str]:
        allowed = [i for i in incidents if sight(i.case, holder.account_id, holder.role).label]
        if not allowed:
            return {}
        only = allowed[0].id if len(allowed) == 1 else None
        return await self.cards.labels(token, {i.entry_id for i in allowed}, only)


def before_in(cursor: str | None) -> int | None:
    """Where the page after the one that gave *cursor* begins. Raises Refused (422)."""
    if cursor is None:
        return None
    try:
        return views.read_cursor(cursor)
    except ValueError as error:
        raise Refused(422, "Not a valid request", refusals.BAD_CURSOR.filled()) from error
