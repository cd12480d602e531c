"""The handler that gives a signed report of a confirmed incident."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from aiohttp import web
from aiohttp.typedefs import Handler

from proto.wardwatch.v1.incident_reports import IncidentReport, ReportFileRequest
from services.alerts.accounts.holder import Holder
from services.alerts.edge.authorisation import Authorisation, token_of
from services.alerts.edge.http import file_response, incident_id, parsed_body
from services.alerts.edge.incident_views import Cards
from services.alerts.incidents.review import Outcome
from services.alerts.incidents.store import Incident, Incidents, NoSuchIncident
from services.alerts.places import Places
from services.alerts.reports.making import Making, report
from services.alerts.reports.pdf import pdf
from services.alerts.reports.store import Exports, NotConfirmed
from services.chassis.errors import NoAnswer
from services.chassis.signed_reports import ReportSigner, fingerprint

_MEDIA: Final = {"json": "application/jose+json", "pdf": "application/pdf"}


@dataclass(frozen=True, slots=True)
class ReportApi:
    """One operation. *hospital*, *version* and *time_zone* are said in every report."""

    authorisation: Authorisation
    incidents: Incidents
    exports: Exports
    places: Places
    cards: Cards
    signer: ReportSigner
    new_id: Callable[[], UUID]
    hospital: str
    version: str
    time_zone: str

    def handlers(self) -> Mapping[str, Handler]:
        """The handler of each operation by name."""
        return {"export_incident": self.authorisation.protect("export_incident", self.export_incident)}

    async def export_incident(self, request: web.Request, holder: Holder) -> web.Response:
        incident = await self.incidents.one(incident_id(request))
        if not holder.sees(incident.site):
            raise NoSuchIncident(incident.id)
        wanted, token = await parsed_body(request, ReportFileRequest), token_of(request)
        if incident.case.outcome is not Outcome.CONFIRMED:
            raise NotConfirmed
        made = await self._made(incident, holder, token, wanted)
        content = await asyncio.to_thread(_content, made, wanted)
        # Noted before it is handed over, and refused if it is confirmed no more.
        await self.exports.note(
            token,
            made.id,
            incident.id,
            form=wanted.format,
            pictures=wanted.pictures,
            sha256=sha256(content).hexdigest(),
            reason=wanted.reason,
        )
        signed = self.signer.json(content) if wanted.format == "json" else self.signer.pdf(content)
        response = file_response(signed, _MEDIA[wanted.format])
        name = f"incident-{incident.number}-{str(made.id)[:8]}.{wanted.format}"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    async def _made(self, incident: Incident, holder: Holder, token: str, wanted: ReportFileRequest) -> IncidentReport:
        pictures = await self._pictures(incident, holder, token) if wanted.pictures else {}
        verdicts, head, now = await self.exports.facts(incident.id)
        making = Making(
            id=self.new_id(),
            hospital=self.hospital,
            at=now,
            by=holder.name,
            reason=wanted.reason,
            version=self.version,
            time_zone=self.time_zone,
            key_sha256=fingerprint(self.signer.public),
        )
        places = {each.camera: each.name for each in await self.places.all() if each.site == incident.site}
        stops = await self.incidents.trail(incident)
        return report(making, incident, await self._label(incident, token), verdicts, stops, places, pictures, head)

    async def _label(self, incident: Incident, token: str) -> str | None:
        """The label; None of an entry that was erased since. Raises NoAnswer: a report says whom it is about."""
        if incident.category is None:
            return None
        labels = await self.cards.labels(token, {incident.entry_id}, incident.id)
        if incident.entry_id not in labels:
            raise NoAnswer("the desk does not say whom the incident is about")
        return labels[incident.entry_id]

    async def _pictures(self, incident: Incident, holder: Holder, token: str) -> Mapping[str, bytes]:
        """The two faces that were compared, as far as they are there still; each reading is audited."""
        found = {}
        if incident.category is not None:
            found["watchlist"] = await self.cards.picture(token, incident.entry_id, incident.id)
        if (seen := await self.incidents.picture(incident.id, holder)) is not None:
            found["camera"] = seen
        return found


def _content(made: IncidentReport, wanted: ReportFileRequest) -> bytes:
    return pdf(made, wanted.language) if wanted.format == "pdf" else made.model_dump_json(indent=2).encode()
