"""JSON as it is spoken at the edge; the OpenAPI document is made from these."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from proto.wardwatch.v1.json_models import NoNul, Reason, RequestModel, ResponseModel, Token
from proto.wardwatch.v1.roles import Role
from proto.wardwatch.v1.state import ReasonView, Working
from services.alerts.first_hour.steps import StepCode
from services.alerts.incidents.review import Outcome, Verdict
from services.alerts.incidents.visits import Result
from services.alerts.pairs.store import Source

NOTICE = "A possible match says nothing about a person's right to care. It never affects access to treatment."


class CodeRequest(RequestModel):
    """A one-time code as printed, with or without dashes."""

    code: str = Field(max_length=64, examples=["7GQ4-MXKD-2TPZ"])


class VerdictRequest(RequestModel):
    """What a reviewer says of the two faces."""

    verdict: Verdict


class CorrectionRequest(RequestModel):
    """Another verdict in the place of one's own; or none in the place of ``account``'s, which supervisors set aside."""

    verdict: Verdict | None
    account: NoNul = Field(default="", max_length=200)
    reason: NoNul = Field(default="", max_length=500)


class ReportRequest(RequestModel):
    """What came of going there, and a note that is kept until the entry is erased."""

    result: Result
    note: NoNul = Field(default="", max_length=500)


class PlaceRequest(RequestModel):
    """Where a camera is, in words that a guard knows."""

    name: NoNul = Field(min_length=1, max_length=80, examples=["Gate 2"])
    building: NoNul = Field(default="", max_length=80)
    floor: NoNul = Field(default="", max_length=40)


class MatchingRequest(RequestModel):
    """Stop or resume matching at a site, and why."""

    stopped: bool
    reason: Reason


class SessionOpened(ResponseModel):
    """A session. Browsers use the cookie that comes with it; other clients send the token as a bearer token."""

    token: str
    id: UUID
    account: str
    role: Role
    may: list[str] = Field(description="The operations that this account may call, by their operationId.")
    sites: list[str] | None = Field(description="The sites that it may see and act on; null: every site.")
    expires_at: datetime
    time_zone: str


class Me(ResponseModel):
    """Whose session this is, and in whose time zone (by its IANA name) the hospital's days and times are shown."""

    id: UUID
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


class GivenVerdict(ResponseModel):
    """Who said what; null: it was set aside."""

    account: str
    verdict: Verdict | None


class Disclosed(ResponseModel):
    """What is shown only after one's own verdict; all but ``label`` only when the incident is decided.

    ``by``: who gave which verdict, for those who may set one aside.
    """

    label: str | None
    strength: Literal["strong", "possible"] | None
    sightings: int | None
    verdicts: list[Verdict]
    by: list[GivenVerdict]


class ReportView(ResponseModel):
    """What came of going there. Before one's own verdict or the decision only that there is a report."""

    account: str
    at: datetime
    result: Result | None
    note: str | None


class ControlResult(ResponseModel):
    """What a reviewer is told once they have answered a control pair; ``right`` is null for who cannot tell."""

    same: bool
    right: bool | None


class IncidentView(ResponseModel):
    """An incident as this account may see it.

    ``number`` counts up in the order in which incidents were raised, also when a clock was wrong. The outcome ``ended``
    means that the entry ended before people had decided: nobody needs to go there, and nothing of it is shown any more.
    A rejected one has no instruction any more. ``corrected_at``: a verdict was corrected, and what was told before may
    not hold. ``disputed``: people disagree, and somebody else must compare. ``may_review``: whether this account may
    give a verdict; who had one that was set aside may not.
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
    may_review: bool
    disputed: bool
    corrected_at: datetime | None
    arrived_at: datetime | None
    report: ReportView | None
    disclosed: Disclosed | None
    control: ControlResult | None = Field(
        default=None, description="Set when this was no alert but a control pair, which is answered now."
    )
    notice: str = NOTICE


class IncidentPage(ResponseModel):
    """Newest first; ``next`` is the cursor of the following page, if there is one."""

    incidents: list[IncidentView]
    next: str | None


class NextPair(ResponseModel):
    """Something more to compare, by the id that an incident would have; null: nothing."""

    incident: UUID | None


class ControlPairRequest(RequestModel):
    """Two faces of people who agreed (``grounds``: where their consent is kept), or generated (what made them)."""

    same: bool
    source: Source
    grounds: NoNul = Field(min_length=3, max_length=500)


class ControlPairView(ResponseModel):
    """A control pair; it is shown once it is ``complete``."""

    id: UUID
    same: bool
    source: Source
    grounds: str
    complete: bool
    added_by: str
    added_at: datetime


class ControlPairs(ResponseModel):
    """Every pair, newest first, and whether they are shown."""

    on: bool
    pairs: list[ControlPairView]


class ControlUse(RequestModel):
    """Whether control pairs are shown."""

    on: bool


class ErrorShare(ResponseModel):
    """``count`` of ``of``, and the 95 % interval of the share (Wilson)."""

    count: int
    of: int
    low: float
    high: float


class ReviewerErrors(ResponseModel):
    """How often a reviewer erred on control pairs; ``wrong_same`` is of pairs of two people."""

    reviewer: str
    shown: int
    wrong_same: ErrorShare
    wrong_not_same: ErrorShare
    cannot_tell: ErrorShare


class Reviewing(ResponseModel):
    """What control pairs say of reviewers: of oneself, or of all for who keeps or audits them."""

    reviewers: list[ReviewerErrors]


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


class StopView(ResponseModel):
    """Seen by one camera from ``since`` to ``until``, and meanwhile by no other."""

    camera: str
    since: datetime
    until: datetime


class Trail(ResponseModel):
    """Where the person of an incident was seen, oldest first: place and time, nothing of how alike."""

    stops: list[StopView]


class PlaceView(ResponseModel):
    """Where a camera is. ``plan``: whether there is a picture of the place."""

    site: str
    camera: str
    name: str
    building: str
    floor: str
    plan: bool


class PlaceList(ResponseModel):
    """The places of the account's sites that are described."""

    places: list[PlaceView]


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


class CameraLine(ResponseModel):
    """When the line of one camera was last proven; ``proven_at`` is null until it was, since this server began.

    ``last_stage`` is how far the newest drill came that did not come through, or has not yet. Pages are the
    sessions with an open page that would ring for the site, and those of them that answer; null before any drill.
    """

    site: str
    camera: str
    proven_at: datetime | None
    broken: bool
    last_stage: str | None = Field(description="`sent`, `detected`, `embedded` or `matched`.")
    stopped: bool = Field(description="Matching is stopped at the site; its lines are proven all the same.")
    pages_told: int | None
    pages_answered: int | None


class SupervisedLine(ResponseModel):
    """The lines of the cameras that are drilled, from the camera's subject to an open page."""

    checked_at: datetime
    cameras: list[CameraLine]


class DrillEvent(ResponseModel):
    """Data of the server-sent event ``drill``: the page answers it by itself and shows nothing."""

    drill: str


class PushProvenEvent(ResponseModel):
    """Data of the server-sent event ``push_proven``: this session's phone has shown what was pushed to it."""

    proven_at: datetime


class SoundReport(RequestModel):
    """Whether an alert can be heard from the page that says this."""

    rings: bool


class FirstStep(ResponseModel):
    """A step of an installation's first hour, and the accounts or cameras by which it is done."""

    code: StepCode
    done: bool
    names: list[str]


class FirstSteps(ResponseModel):
    """What is left to do until an alert can be raised and answered."""

    steps: list[FirstStep]
    site: str = Field(description="Where the first camera goes.")
    command: str = Field(description="How the command line of this installation is called.")
    phones_can_sign_in: bool = Field(description="Whether TLS is served, without which phones keep no session.")


class Problem(ResponseModel):
    """RFC 9457: what went wrong, in words; ``code`` and ``params`` say the detail for other languages."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    code: str | None = None
    params: dict[str, str | int | list[str]] = Field(default_factory=dict)
