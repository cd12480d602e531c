"""Every operation of the HTTP interface, one row each, and the parameters of their paths and queries."""

from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel

from proto.wardwatch.v1 import delivery_operations, desk, entries, imports, incident_reports, roles, state
from proto.wardwatch.v1.desk_operation import DeskOperation
from proto.wardwatch.v1.roles import Role
from services.alerts.edge import account_models as accounts
from services.alerts.edge import audit_models as audit
from services.alerts.edge import models, proof_models, search_models
from services.alerts.edge import running_models as running
from services.alerts.edge.watchlist import MOST_FILE_BYTES

Tree = dict[str, object]
Method = Literal["get", "post", "put", "delete"]

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class File:
    """A file in a request's body."""

    media_type: str
    most_bytes: int


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; the handler that serves it has its ``name``."""

    name: str
    method: Method
    path: str
    summary: str
    status: int
    response: type[BaseModel] | str | tuple[str, ...] | None  # a model, the media types of a file, or nothing
    body: type[BaseModel] | File | None = None
    query: tuple[str, ...] = ()
    refusals: tuple[int, ...] = ()
    keyed: bool = False  # accepts an Idempotency-Key

    @property
    def public(self) -> bool:
        """Whether it is served without a session."""
        return self.name in roles.PUBLIC

    @property
    def roles(self) -> frozenset[Role]:
        """Whose accounts it is for; nobody's where it needs no session."""
        return frozenset() if self.public else roles.ALLOWED[self.name]


_API: Final = "/api/v1"

_OWN: Final[tuple[Operation, ...]] = (
    Operation(
        "open_session", "post", f"{_API}/session", "Exchange a one-time code for a session", 200,
        models.SessionOpened, models.CodeRequest, refusals=(401, 422, 429),
    ),
    Operation("end_session", "delete", f"{_API}/session", "Sign out", 204, None),
    Operation("me", "get", f"{_API}/me", "Whose session this is", 200, models.Me),
    Operation(
        "list_incidents", "get", f"{_API}/incidents", "Incidents, newest first", 200,
        models.IncidentPage, query=("open", "cursor", "limit"), refusals=(422,),
    ),
    Operation(
        "search_incidents", "post", f"{_API}/incidents/search",
        "Incidents that are sought, newest first; the words are in no address and in no log", 200,
        models.IncidentPage, search_models.IncidentSearch, refusals=(409, 502),
    ),
    Operation(
        "count_incidents", "get", f"{_API}/incidents/statistics",
        "How many incidents of some days, how fast they were answered, and what came of them", 200,
        search_models.IncidentStatistics, query=("since", "until", "site"), refusals=(422,),
    ),
    Operation(
        "show_incident", "get", f"{_API}/incidents/{{incident}}", "One incident as this account may see it", 200,
        models.IncidentView, refusals=(404,),
    ),
    Operation(
        "show_details", "get", f"{_API}/incidents/{{incident}}/details",
        "Scores, for supervisors after their own verdict or the decision", 200,
        models.IncidentDetails, refusals=(403, 404),
    ),
    Operation(
        "show_picture", "get", f"{_API}/incidents/{{incident}}/pictures/{{which}}",
        "The enrolled face that matched (watchlist) or the camera's clearest (camera)",
        200, "image/jpeg", refusals=(403, 404),
    ),
    Operation(
        "respond", "post", f"{_API}/incidents/{{incident}}/response", "On my way: the first one wins and stays", 200,
        models.IncidentView, refusals=(404, 409),
    ),
    Operation(
        "review", "post", f"{_API}/incidents/{{incident}}/verdict", "Say whether the two faces are one person", 200,
        models.IncidentView, models.VerdictRequest, refusals=(404, 409, 422),
    ),
    Operation(
        "correct", "post", f"{_API}/incidents/{{incident}}/correction",
        "Correct one's own verdict, or set another's aside (supervisors); everybody is told again", 200,
        models.IncidentView, models.CorrectionRequest, refusals=(404, 409, 422),
    ),
    Operation(
        "arrive", "post", f"{_API}/incidents/{{incident}}/arrival", "Who is on the way is there", 200,
        models.IncidentView, refusals=(404, 409),
    ),
    Operation(
        "report", "post", f"{_API}/incidents/{{incident}}/report", "Say what came of going there; the last one counts",
        200, models.IncidentView, models.ReportRequest, refusals=(404, 409, 422),
    ),
    Operation(
        "show_trail", "get", f"{_API}/incidents/{{incident}}/trail", "Where the person was seen: places and times", 200,
        models.Trail, refusals=(404,),
    ),
    Operation(
        "next_pair", "post", f"{_API}/next-pair", "Whether there is something more to compare (reviewers)", 200,
        models.NextPair,
    ),
    Operation(
        "show_reviewing", "get", f"{_API}/reviewing", "How often reviewers erred on control pairs", 200,
        models.Reviewing,
    ),
    Operation(
        "list_control_pairs", "get", f"{_API}/control-pairs", "Control pairs, and whether they are shown", 200,
        models.ControlPairs,
    ),
    Operation(
        "use_control_pairs", "put", f"{_API}/control-pairs", "Have control pairs shown, or not (administrators)", 204,
        None, models.ControlUse,
    ),
    Operation(
        "add_control_pair", "post", f"{_API}/control-pairs",
        "Add a control pair of people who agreed, or generated; its pictures come next", 201,
        models.ControlPairView, models.ControlPairRequest, refusals=(422,),
    ),
    Operation(
        "set_control_picture", "put", f"{_API}/control-pairs/{{pair}}/pictures/{{which}}",
        "Give a control pair one of its two pictures", 204, None,
        File(desk.PICTURE, MOST_FILE_BYTES[desk.PICTURE]), refusals=(404, 413, 422, 503),
    ),
    Operation(
        "remove_control_pair", "delete", f"{_API}/control-pairs/{{pair}}", "Remove a control pair with its pictures",
        204, None, refusals=(404,),
    ),
    Operation("list_places", "get", f"{_API}/places", "Where cameras are, in words", 200, models.PlaceList),
    Operation(
        "describe_place", "put", f"{_API}/places/{{site}}/{{camera}}", "Say where a camera is (administrators)", 204,
        None, models.PlaceRequest, refusals=(403, 422),
    ),
    Operation(
        "remove_place", "delete", f"{_API}/places/{{site}}/{{camera}}", "Forget where a camera is (administrators)",
        204, None, refusals=(403, 404, 422),
    ),
    Operation(
        "show_plan", "get", f"{_API}/places/{{site}}/{{camera}}/plan", "The plan of where a camera is", 200,
        "image/jpeg", refusals=(403, 404, 422),
    ),
    Operation(
        "set_plan", "put", f"{_API}/places/{{site}}/{{camera}}/plan",
        "Keep a picture as the plan of a place that is described (administrators)", 204,
        None, File(desk.PICTURE, MOST_FILE_BYTES[desk.PICTURE]), refusals=(403, 404, 413, 422, 503),
    ),
    Operation("list_sites", "get", f"{_API}/sites", "Sites, and whether matching runs there", 200, models.Sites),
    Operation(
        "show_matching", "get", f"{_API}/sites/{{site}}/matching", "Whether matching runs at a site", 200,
        models.MatchingState, refusals=(403, 422),
    ),
    Operation(
        "set_matching", "post", f"{_API}/sites/{{site}}/matching", "Stop or resume matching (supervisors)", 202,
        models.MatchingState, models.MatchingRequest, refusals=(403, 422), keyed=True,
    ),
    Operation(
        "show_state", "get", f"{_API}/state", "Whether alerts work, and what keeps them from it", 200, state.StateView,
    ),
    Operation(
        "expect_camera", "put", f"{_API}/sites/{{site}}/cameras/{{camera}}",
        "Say whether a camera is missed when it is silent", 204, None, state.CameraRequest, refusals=(403, 404, 422),
    ),
    Operation(
        "stream_events", "get", f"{_API}/events",
        "Server-sent events: `incident` (IncidentEvent, with an id to resume from by Last-Event-ID), `state`, `drill`, "
        "`push_proven`",
        200, "text/event-stream",
    ),
    Operation(
        "show_line", "get", f"{_API}/line", "When the line of each camera was last proven", 200, models.SupervisedLine,
    ),
    Operation(
        "answer_drill", "post", f"{_API}/drills/{{drill}}", "A page has heard of a drill; nobody sees or hears it", 204,
        None,
    ),
    Operation(
        "show_first_steps", "get", f"{_API}/first-steps", "What is left to do until an alert is answered",
        200, models.FirstSteps,
    ),
    Operation(
        "report_sound", "put", f"{_API}/sound", "Say whether alerts can be heard from this page", 204, None,
        models.SoundReport,
    ),
    Operation(
        "ways_to_sign_in", "get", f"{_API}/session/ways", "How people sign in here, besides a one-time code", 200,
        accounts.WaysToSignIn,
    ),
    Operation(
        "offer_sign_in", "post", f"{_API}/session/passkey/offer", "A challenge to sign in with a passkey", 200,
        accounts.Challenge, refusals=(409,),
    ),
    Operation(
        "open_session_by_passkey", "post", f"{_API}/session/passkey", "Sign in with a passkey", 200,
        models.SessionOpened, accounts.PasskeyAnswer, refusals=(401, 409),
    ),
    Operation(
        "begin_oidc", "post", f"{_API}/session/oidc/offer",
        "Where the hospital's own sign-in is; a cookie binds its answer to this browser", 200,
        accounts.OidcOffer, accounts.OidcRequest, refusals=(404,),
    ),
    Operation(
        "finish_oidc", "post", f"{_API}/session/oidc", "Sign in with what the hospital's own sign-in answered", 200,
        models.SessionOpened, accounts.OidcAnswer, refusals=(401, 404, 409),
    ),
    Operation(
        "offer_proof", "post", f"{_API}/session/proof/offer", "A challenge to prove with a passkey who one is", 200,
        accounts.Challenge, refusals=(409,),
    ),
    Operation(
        "prove", "post", f"{_API}/session/proof", "Prove with a passkey who one is: good for ten minutes", 204, None,
        accounts.PasskeyAnswer, refusals=(409,),
    ),
    Operation(
        "prove_by_oidc", "post", f"{_API}/session/proof/oidc", "The same, at the hospital's own sign-in", 204, None,
        accounts.OidcAnswer, refusals=(404, 409),
    ),
    Operation(
        "offer_passkey", "post", f"{_API}/passkeys/offer", "What a device makes a passkey with", 200,
        accounts.PasskeyChallenge, refusals=(409,),
    ),
    Operation(
        "add_passkey", "post", f"{_API}/passkeys", "Keep a passkey of one's own", 204, None,
        accounts.NewPasskeyRequest, refusals=(409,),
    ),
    Operation(
        "list_accounts", "get", f"{_API}/accounts", "Accounts that one keeps or audits, and one's own", 200,
        accounts.AccountList,
    ),
    Operation(
        "list_sessions", "get", f"{_API}/sessions", "Who is signed in where, of the accounts that one keeps or audits",
        200, accounts.SessionList, refusals=(403,),
    ),
    Operation(
        "add_account", "post", f"{_API}/accounts", "Add an account (administrators)", 201,
        accounts.AccountRow, accounts.AccountRequest, refusals=(409,),
    ),
    Operation(
        "show_account", "get", f"{_API}/accounts/{{account}}", "An account with its passkeys and devices", 200,
        accounts.AccountView, refusals=(404,),
    ),
    Operation(
        "change_account", "put", f"{_API}/accounts/{{account}}", "Say what another's account is for from now on", 200,
        accounts.AccountView, accounts.AccountChange, refusals=(404, 409),
    ),
    Operation(
        "disable_account", "post", f"{_API}/accounts/{{account}}/disabling", "Shut another's account out", 200,
        accounts.AccountView, accounts.WhyRequest, refusals=(404, 409),
    ),
    Operation(
        "enable_account", "post", f"{_API}/accounts/{{account}}/enabling", "Let a disabled account in again", 200,
        accounts.AccountView, accounts.WhyRequest, refusals=(404, 409),
    ),
    Operation(
        "account_history", "get", f"{_API}/accounts/{{account}}/history", "What was done to an account", 200,
        accounts.AccountEvents, refusals=(403, 404),
    ),
    Operation(
        "make_code", "post", f"{_API}/accounts/{{account}}/code",
        "A one-time code for another's account; earlier ones are void", 201,
        accounts.CodeMade, refusals=(404, 409),
    ),
    Operation(
        "lose_devices", "post", f"{_API}/accounts/{{account}}/devices/loss",
        "A phone is lost: sign every device of the account out", 200, accounts.DevicesLost, refusals=(404, 409),
    ),
    Operation(
        "name_device", "put", f"{_API}/accounts/{{account}}/devices/{{device}}",
        "Call one of one's own devices something", 204, None, accounts.NameRequest, refusals=(404,),
    ),
    Operation(
        "end_device", "delete", f"{_API}/accounts/{{account}}/devices/{{device}}", "Sign a device out", 204, None,
        refusals=(404, 409),
    ),
    Operation(
        "remove_passkey", "delete", f"{_API}/accounts/{{account}}/passkeys/{{passkey}}", "Take a passkey away", 204,
        None, refusals=(404, 409),
    ),
    Operation(
        "show_running", "get", f"{_API}/running", "How Wardwatch has run within the last hour, as one process heard it",
        200, running.RunningView, query=("after",), refusals=(422,),
    ),
    Operation(
        "read_audit", "post", f"{_API}/audit/search",
        "Events of the audit, newest first; that they were read is an event (administrators, auditors)", 200,
        audit.AuditPage, audit.AuditSearch, refusals=(403, 422),
    ),
    Operation(
        "export_audit", "post", f"{_API}/audit/export", "Events of the audit as a file; the export is an event itself",
        200, ("application/x-ndjson", "text/csv"), audit.AuditExport, refusals=(403, 422),
    ),
    Operation(
        "verify_audit", "post", f"{_API}/audit/verification", "Recompute the next part of the audit's chain", 200,
        audit.AuditPart, audit.AuditVerification, refusals=(403, 422, 503),
    ),
    Operation(
        "show_proof", "get", f"{_API}/proof", "What anybody may check: the audit's heads, and what was published of it",
        200, proof_models.Proof,
    ),
    Operation("openapi", "get", f"{_API}/openapi.json", "This document", 200, JSON),
)  # fmt: skip


def _of_desk(row: DeskOperation) -> Operation:
    assert row.path is not None
    return Operation(
        row.name,
        row.method,
        row.path,
        row.summary,
        row.status,
        row.download if row.response is None else row.response,
        row.request if row.upload is None else File(row.upload, MOST_FILE_BYTES[row.upload]),
        query=row.query,
        # Unknown query parameters are refused for every operation.
        refusals=(*row.refusals, 403, 422, 429, 502),
        keyed=row.method != "get",
    )


def _of_alerts(row: DeskOperation) -> Operation:
    """A row of a table of the contract whose operations this service serves itself."""
    assert row.path is not None
    response = row.download if row.response is None else row.response
    answered = (row.status, response, row.request)
    return Operation(row.name, row.method, row.path, row.summary, *answered, refusals=row.refusals)


OPERATIONS: Final = (
    *_OWN,
    _of_alerts(incident_reports.EXPORT),
    *map(_of_alerts, delivery_operations.OPERATIONS),
    *(_of_desk(row) for row in desk.OPERATIONS if row.path is not None),
)

_UUID: Final[Tree] = {"type": "string", "format": "uuid"}
_TOKEN: Final[Tree] = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}

PARAMETERS: Final[dict[str, Tree]] = {
    "after": {"type": "integer", "minimum": 0, "default": 0},
    "incident": _UUID,
    "account": _UUID,
    "pair": _UUID,
    "device": _UUID,
    "passkey": _UUID,
    "which": {"type": "string", "enum": ["watchlist", "camera"]},
    "site": _TOKEN,
    "camera": _TOKEN,
    "list": {"type": "string", "pattern": "^[a-z0-9-]{1,32}$"},
    "hospital": {"type": "string", "pattern": "^[a-z0-9-]{1,32}$"},
    "entry": _UUID,
    "other": _UUID,
    "position": {"type": "integer", "minimum": 0, "maximum": 9},
    "import": _UUID,
    "file": {"type": "string", "minLength": 1, "maxLength": 255},
    "group": _TOKEN,
    "generation": {"type": "integer", "minimum": 1},
    "number": {"type": "integer", "minimum": 1},
    "drill": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    "channel": _TOKEN,
    "rule": _TOKEN,
    "zone": _TOKEN,
    "delivery": _UUID,
    "matcher": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
    "state": {"type": "string", "enum": list(entries.SOUGHT), "default": "living"},
    "verdict": {"type": "string", "enum": [verdict.value for verdict in entries.Verdict]},
    "outcome": {"type": "string", "enum": list(imports.OUTCOMES)},
    "sort": {"type": "string", "enum": ["need", "name"]},
    "batch": _UUID,
    "id_prefix": {"type": "string", "pattern": "^[0-9a-f]{4,32}$"},
    "name": {"type": "string", "maxLength": 255},
    "source": {"type": "string", "maxLength": 500},
    "taken": {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]},
    "since": {"type": "string", "format": "date"},
    "until": {"type": "string", "format": "date"},
    "open": {"type": "boolean", "default": False},
    "cursor": {"type": "string", "maxLength": 500},
    "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50},
}
