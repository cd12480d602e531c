"""Every operation of the HTTP interface, one row each, and the parameters of their paths and queries."""

from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel

from proto.wardwatch.v1 import delivery_operations, desk, entries, roles, state
from proto.wardwatch.v1.desk import DeskOperation
from proto.wardwatch.v1.roles import Role
from services.alerts.edge import models
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
    response: type[BaseModel] | str | None  # a model, a media type, or nothing
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
        "Server-sent events: `incident` (IncidentEvent, with an id to resume from by Last-Event-ID) and `state`", 200,
        "text/event-stream",
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


def _of_delivery(row: DeskOperation) -> Operation:
    assert row.path is not None
    return Operation(
        row.name, row.method, row.path, row.summary, row.status, row.response, row.request, refusals=row.refusals
    )


OPERATIONS: Final = (
    *_OWN,
    *map(_of_delivery, delivery_operations.OPERATIONS),
    *(_of_desk(row) for row in desk.OPERATIONS if row.path is not None),
)

_UUID: Final[Tree] = {"type": "string", "format": "uuid"}
_TOKEN: Final[Tree] = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}

PARAMETERS: Final[dict[str, Tree]] = {
    "incident": _UUID,
    "which": {"type": "string", "enum": ["watchlist", "camera"]},
    "site": _TOKEN,
    "camera": _TOKEN,
    "entry": _UUID,
    "other": _UUID,
    "position": {"type": "integer", "minimum": 0, "maximum": 9},
    "import": _UUID,
    "file": {"type": "string", "minLength": 1, "maxLength": 255},
    "group": _TOKEN,
    "generation": {"type": "integer", "minimum": 1},
    "number": {"type": "integer", "minimum": 1},
    "channel": _TOKEN,
    "rule": _TOKEN,
    "zone": _TOKEN,
    "delivery": _UUID,
    "matcher": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
    "state": {"type": "string", "enum": list(entries.SOUGHT), "default": "living"},
    "verdict": {"type": "string", "enum": [verdict.value for verdict in entries.Verdict]},
    "batch": _UUID,
    "name": {"type": "string", "maxLength": 255},
    "source": {"type": "string", "maxLength": 500},
    "taken": {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]},
    "open": {"type": "boolean", "default": False},
    "cursor": {"type": "string", "maxLength": 500},
    "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50},
}
