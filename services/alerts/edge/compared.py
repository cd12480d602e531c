"""What a reviewer compares besides incidents: control pairs, which look like any other until they are answered."""

from dataclasses import dataclass
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.roles import Role
from services.alerts.accounts.holder import Holder
from services.alerts.edge import models
from services.alerts.edge.pairs import as_incident
from services.alerts.incidents.review import Verdict, VerdictRefused
from services.alerts.incidents.store import Incident, Incidents, NoSuchIncident
from services.alerts.pairs.store import Pairs, Showing, Which


@dataclass(frozen=True, slots=True)
class ComparedPairs:
    """A pair is found by the id of its showing, by the reviewer before whom it is and by nobody else."""

    pairs: Pairs
    incidents: Incidents

    async def find(self, holder: Holder, name: UUID) -> Showing:
        """Raises NoSuchIncident."""
        showing = await self.pairs.before(holder.account_id, name) if holder.role is Role.REVIEWER else None
        if showing is None:
            raise NoSuchIncident(name)
        return showing

    async def view(self, holder: Holder, name: UUID) -> models.IncidentView:
        """The pair as the reviewer may see it. Raises NoSuchIncident."""
        showing = await self.find(holder, name)
        return as_incident(showing, await self._like(showing))

    async def picture(self, holder: Holder, name: UUID, which: Which) -> bytes | None:
        """One of its faces; None once the pair was removed. Raises NoSuchIncident."""
        await self.find(holder, name)
        return await self.pairs.picture(holder.account_id, name, which)

    async def trail(self, holder: Holder, name: UUID) -> models.Trail:
        """Where it says that somebody was. Raises NoSuchIncident."""
        seen = await self.view(holder, name)
        return models.Trail(
            stops=[models.StopView(camera=seen.camera, since=seen.first_seen_at, until=seen.last_seen_at)]
        )

    async def answer(self, holder: Holder, token: str, name: UUID, verdict: Verdict) -> models.IncidentView:
        """Take the reviewer's answer; the same again changes nothing. Raises NoSuchIncident and VerdictRefused."""
        showing = await self.find(holder, name)
        taken = showing.verdict is None and await self.pairs.answer(token, name, verdict)
        if not taken and showing.verdict is not verdict:
            raise VerdictRefused(refusals.VERDICT_GIVEN.filled())
        return await self.view(holder, name)

    async def _like(self, showing: Showing) -> Incident | None:
        return None if showing.like is None else await self.incidents.one(showing.like)
