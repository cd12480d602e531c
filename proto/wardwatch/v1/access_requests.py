"""JSON of answering what is held about somebody who asks (docs/adr/0104); see ``desk.py`` for the operations."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from proto.wardwatch.v1.entries import EntryRow, Finding
from proto.wardwatch.v1.json_models import RequestModel, ResponseModel

Kind = Literal["photo", "number"]
Asks = Literal["self", "guardian", "representative"]
# A form's number and no more: whatever could be a name would be a trace of somebody who is not on the list.
Consent = Annotated[str, Field(pattern=r"^[A-Z]{0,6}[-/]?[0-9]{1,8}([-/][0-9]{1,8}){0,2}$", examples=["AR-2026/17"])]


class AccessRequestBody(RequestModel):
    """By what is looked for, who stands at the counter, and the number of the form on which they consented."""

    kind: Kind
    asks: Asks
    consent: Consent


class AccessRequest(ResponseModel):
    """A request, and how far it is. ``found``: how many entries; which ones is told once and kept nowhere."""

    number: int
    kind: Kind
    asks: Asks
    consent: str
    state: Literal["asked", "approved", "answered", "withdrawn", "lapsed"]
    asked_by: str
    asked_at: datetime
    unusual: bool
    approved_by: str | None
    approved_at: datetime | None
    tries_left: int
    answered_at: datetime | None
    found: int | None


class AccessRequests(ResponseModel):
    """The newest fifty, and how many there were within thirty days."""

    requests: list[AccessRequest]
    asked_within_30_days: int


class AccessAnswer(ResponseModel):
    """What is held. ``entries`` resemble the photo, or are under the number: a person compares before they are told of.

    ``request`` is null where the photo could not be used, for the ``findings``; another one may be brought then.
    """

    request: AccessRequest | None
    findings: list[Finding]
    entries: list[EntryRow]
