"""The signed report of a confirmed incident: how it is asked for, and what it says (docs/adr/0104)."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from pydantic import Base64Bytes, Field

from proto.wardwatch.v1.desk_operation import DeskOperation
from proto.wardwatch.v1.json_models import Reason, RequestModel, ResponseModel

CARE: Final = "A possible match says nothing about a person's right to care. It never affects access to treatment."
LIMITS: Final = (
    "Two people, or one where the site asks for one, compared two faces and said that they show one person. "
    "This is what they saw, and not a proof of identity. Figures of how alike the faces are, are not part of it."
)


class ReportFileRequest(RequestModel):
    """A report of a confirmed incident, why, and in which form; with ``pictures`` only where they are needed."""

    reason: Reason
    format: Literal["json", "pdf"] = "json"
    pictures: bool = False
    language: Literal["en", "zh-CN"] = Field(default="en", description="Of a PDF's words.")


class ReportedIncident(ResponseModel):
    """When and where. ``site`` is the hospital's own name of it."""

    id: UUID
    number: int
    site: str
    raised_at: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    decided_at: datetime
    outcome: Literal["confirmed"]
    corrected_at: datetime | None


class ReportedEntry(ResponseModel):
    """Whom the incident is about, as the list has it; no words where the entry was erased since."""

    id: UUID
    label: str | None
    category: str | None


class ReportedStop(ResponseModel):
    """Seen by one camera; ``place`` is what people call where it is."""

    camera: str
    place: str
    since: datetime
    until: datetime


class ReportedVerdict(ResponseModel):
    """What one person said of the two faces; ``alone``: without knowing what others said. Null: it was set aside."""

    account: str
    verdict: Literal["same", "not_same", "cannot_tell"] | None
    alone: bool
    at: datetime


class ReportedVisit(ResponseModel):
    """Who went there, and what they said came of it."""

    account: str
    at: datetime
    arrived_at: datetime | None
    result: str | None
    note: str | None


class ReportedPicture(ResponseModel):
    """One of the two faces that people compared, a JPEG."""

    which: Literal["watchlist", "camera"]
    jpeg: Base64Bytes


class ReportedHead(ResponseModel):
    """The newest event of the audit when the report was made."""

    sequence: int
    sha256: str


class IncidentReport(ResponseModel):
    """What is signed."""

    format: Literal["wardwatch-incident-report 1"] = "wardwatch-incident-report 1"
    id: UUID
    hospital: str
    made_at: datetime
    made_by: str
    reason: str
    version: str
    time_zone: str
    incident: ReportedIncident
    entry: ReportedEntry
    reviewers: int = Field(description="How many different people had to agree.")
    verdicts: list[ReportedVerdict]
    stops: list[ReportedStop]
    visit: ReportedVisit | None
    pictures: list[ReportedPicture]
    audit: ReportedHead
    key_sha256: str = Field(description="Fingerprint of the key that signs it.")
    limits: str = LIMITS
    care: str = CARE


EXPORT: Final = DeskOperation(
    "export_incident",
    "post",
    "/api/v1/incidents/{incident}/report-file",
    "A signed report of a confirmed incident, for the police or a court; recorded with its reason",
    None,
    ReportFileRequest,
    download="application/octet-stream",
    refusals=(403, 404, 409, 422),
)
