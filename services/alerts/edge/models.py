"""JSON as it is spoken at the edge; the OpenAPI document is made from these."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from proto.wardwatch.v1.json_models import Reason, RequestModel, ResponseModel, Token
from proto.wardwatch.v1.roles import Role
from proto.wardwatch.v1.state import ReasonView, Working
from services.alerts.incidents.review import Outcome, Verdict

NOTICE = "A possible match says nothing about a person's right to care. It never affects access to treatment."


class CodeRequest(RequestModel):
    """A one-time code as printed, with or without dashes."""

    code: str = Field(max_length=64, examples=["7GQ4-MXKD-2TPZ"])


class VerdictRequest(RequestModel):
    """What a reviewer says of the two faces. It cannot be changed."""

    verdict: Verdict


class MatchingRequest(RequestModel):
    """Stop or resume matching at a site, and why."""

    stopped: bool
    reason: Reason


class SessionOpened(ResponseModel):
    """A session. Browsers use the cookie that comes with it; other clients send the token as a bearer token."""

    token: str
    account: str
    role: Role
    may: list[str] = Field(description="The operations that this account may call, by their operationId.")
    sites: list[str] | None = Field(description="The sites that it may see and act on; null: every site.")
    expires_at: datetime
    time_zone: str


class Me(ResponseModel):
    """Whose session this is, and in whose time zone (by its IANA name) the hospital's days and times are shown."""

    account: str
    role: Role
    may: list[str] = Field(description="The operations that this account may call, by their operationId.")
    sites: list[str] | None = Field(description="The sites that it may see and act on; null: every site.")
    expires_at: datetime
    time_zone: str


class Responder(ResponseModel):
    """Who is on the way."""

    account: str
    at: datetime


class Disclosed(ResponseModel):
    """What is shown only after one's own verdict, or when the incident is decided."""

    label: str | None
    strength: Literal["strong", "possible"]
    sightings: int
    verdicts: list[Verdict]


class IncidentView(ResponseModel):
    """An incident as this account may see it.

    ``number`` counts up in the order in which incidents were raised, also when a clock was wrong. The outcome ``ended``
    means that the entry ended before people had decided: nobody needs to go there, and nothing of it is shown any more.
    """

    id: UUID
    number: int
    site: str
    status: Literal["new", "responding", "closed"]
    outcome: Outcome | None
    raised_at: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    camera: str
    cameras: list[str]
    category: str | None
    instruction: str | None
    responder: Responder | None
    my_verdict: Verdict | None
    disclosed: Disclosed | None
    notice: str = NOTICE


class IncidentPage(ResponseModel):
    """Newest first; ``next`` is the cursor of the following page, if there is one."""

    incidents: list[IncidentView]
    next: str | None


class MeasurementView(ResponseModel):
    """One sighting in figures; ``similarity`` is a cosine: of the mean of the walk's ``looks`` so far.

    ``walk`` counts from 1: sightings of one number are of one track, which is one person's. Null: the face was not
    followed, or so long ago that the track is forgotten.
    """

    seen_at: datetime
    camera: str
    similarity: float
    face_px: float
    yaw_degrees: float
    walk: int | None
    looks: int | None


class IncidentDetails(ResponseModel):
    """For supervisors, after their own verdict or the decision."""

    id: UUID
    measurements: list[MeasurementView]


class MatchingState(ResponseModel):
    """Whether matching runs at a site, and who said so.

    A stop that is not ``stored`` yet holds on the matchers that ``reached`` names, and will be stored; a matcher that
    starts before that does not know of it.
    """

    site: Token
    stopped: bool
    account: str | None = None
    reason: str | None = None
    at: datetime | None = None
    stored: bool = True
    reached: list[str] = Field(default_factory=list)


class Sites(ResponseModel):
    """Every site known here."""

    sites: list[MatchingState]


class Stages(ResponseModel):
    """How long the frame took: milliseconds from the capture of the frame to the end of each stage."""

    captured_at: datetime
    received_ms: float | None
    detected_ms: float | None
    embedded_ms: float | None
    matched_ms: float | None
    recorded_ms: float


class IncidentEvent(ResponseModel):
    """Data of the server-sent event ``incident``."""

    kind: Literal["raised", "updated", "responding", "closed"]
    incident: UUID
    site: str
    camera: str
    status: Literal["new", "responding", "closed"]
    raised_at: datetime
    at: datetime
    stages: Stages | None


class ShortDisk(ResponseModel):
    """A disk with little room left; ``hours_left`` at the pace of the last hour, where that is known."""

    name: str
    full: bool
    free_bytes: int
    hours_left: float | None


class RepairedStream(ResponseModel):
    """A stream of the broker that was not as it should be within the last day, and was put right."""

    stream: str
    cause: Literal["forged", "lost", "older"]
    at: datetime


class TroubledCamera(ResponseModel):
    """A camera and one thing that is wrong with it; ``frames`` were dropped or refused for it since it began."""

    site: str
    camera: str
    code: str = Field(description="`too_fast`, or why its frames are refused, as in proto/PROTOCOL.md.")
    frames: int


class StateEvent(ResponseModel):
    """Data of the server-sent event ``state``, sent every few seconds; ``code`` says ``reason`` for other languages."""

    receiving: bool
    reason: str | None
    code: str | None = None
    checked_at: datetime
    stopped_sites: list[str]
    short_disks: list[ShortDisk]
    repaired_streams: list[RepairedStream] = Field(description="Told to who keeps or audits the list, not to guards.")
    cameras: list[TroubledCamera] = Field(description="Of the account's sites; not told to auditors.")
    working: Working = Field(description="Whether alerts work at the account's sites.")
    reasons: list[ReasonView] = Field(description="What keeps them from it, worst first.")


class Problem(ResponseModel):
    """RFC 9457: what went wrong, in words; ``code`` and ``params`` say the detail for other languages."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    code: str | None = None
    params: dict[str, str | int | list[str]] = Field(default_factory=dict)
