"""The OpenAPI 3.1 document: one row per operation, schemas from the pydantic models."""

import json
import sys
from dataclasses import dataclass, field
from typing import Final, Literal

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaValue, models_json_schema

from services.alerts.edge import models

Tree = dict[str, object]
Method = Literal["get", "post", "delete"]

_JSON: Final = "application/json"
_PROBLEM: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; ``name`` is also that of the method of :class:`~services.alerts.edge.api.Api` that serves it."""

    name: str
    method: Method
    path: str
    summary: str
    status: int
    answer: type[BaseModel] | str | None  # a model, a media type, or nothing
    takes: type[BaseModel] | None = None
    query: tuple[str, ...] = ()
    public: bool = False
    refusals: tuple[int, ...] = field(default=())


_API: Final = "/api/v1"

OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation(
        "open_session", "post", f"{_API}/session", "Exchange a one-time code for a session", 200,
        models.SessionOpened, models.CodeSaid, public=True, refusals=(401, 422, 429),
    ),
    Operation("end_session", "delete", f"{_API}/session", "Sign out", 204, None),
    Operation("me", "get", f"{_API}/me", "Whose session this is", 200, models.Me),
    Operation(
        "list_incidents", "get", f"{_API}/incidents", "Incidents, newest first", 200,
        models.IncidentPage, query=("cursor", "limit"), refusals=(422,),
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
        "The enrolled face (watchlist) or the camera's clearest one (camera)", 200, "image/jpeg", refusals=(404,),
    ),
    Operation(
        "respond", "post", f"{_API}/incidents/{{incident}}/response", "On my way: the first one wins and stays", 200,
        models.IncidentView, refusals=(404, 409),
    ),
    Operation(
        "review", "post", f"{_API}/incidents/{{incident}}/verdict", "Say whether the two faces are one person", 200,
        models.IncidentView, models.VerdictSaid, refusals=(404, 409, 422),
    ),
    Operation("list_sites", "get", f"{_API}/sites", "Sites, and whether matching runs there", 200, models.Sites),
    Operation(
        "show_matching", "get", f"{_API}/sites/{{site}}/matching", "Whether matching runs at a site", 200,
        models.MatchingState, refusals=(422,),
    ),
    Operation(
        "set_matching", "post", f"{_API}/sites/{{site}}/matching", "Stop or resume matching (supervisors)", 202,
        models.MatchingState, models.MatchingSaid, refusals=(403, 422),
    ),
    Operation(
        "stream_events", "get", f"{_API}/events",
        "Server-sent events: `incident` (IncidentEvent, with an id to resume from by Last-Event-ID) and `state`", 200,
        "text/event-stream",
    ),
    Operation("openapi", "get", f"{_API}/openapi.json", "This document", 200, _JSON, public=True),
)  # fmt: skip

_PARAMETERS: Final[dict[str, Tree]] = {
    "incident": {"type": "string", "format": "uuid"},
    "which": {"type": "string", "enum": ["watchlist", "camera"]},
    "site": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
    "cursor": {"type": "string", "maxLength": 200},
    "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50},
}


def document() -> Tree:
    """The whole document, the same for the same code."""
    spoken = [m for o in OPERATIONS for m in (o.takes, o.answer) if isinstance(m, type)]
    # What the event stream carries is not an answer of its own but is part of the contract.
    spoken += [models.IncidentEvent, models.StateEvent, models.Problem]
    unique = list(dict.fromkeys(spoken))
    _, definitions = models_json_schema(
        [(m, "validation" if issubclass(m, models.Said) else "serialization") for m in unique],
        ref_template="#/components/schemas/{model}",
    )
    schemas: JsonSchemaValue = definitions["$defs"]
    paths: dict[str, Tree] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Wardwatch alerts",
            "version": "1",
            "description": "Alerts for hospital security. An alert never affects access to treatment.",
        },
        "security": [{"cookie": []}, {"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "cookie": {"type": "apiKey", "in": "cookie", "name": "__Host-wardwatch"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(operation: Operation) -> Tree:
    answers: Tree = {str(operation.status): _answer(operation)}
    refusals = (*operation.refusals, 503) if operation.public else (*operation.refusals, 401, 503)
    for status in sorted(set(refusals)):
        answers[str(status)] = {
            "description": _MEANING[status],
            "content": {_PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    tree: Tree = {"operationId": operation.name, "summary": operation.summary, "responses": answers}
    if operation.public:
        tree["security"] = []
    if parameters := _parameters(operation):
        tree["parameters"] = parameters
    if operation.takes is not None:
        tree["requestBody"] = {"required": True, "content": {_JSON: {"schema": _reference(operation.takes)}}}
    return tree


_MEANING: Final = {
    401: "No valid session, or a code that is not taken",
    403: "Not for this account, or not yet",
    404: "There is no such thing (any more)",
    409: "Refused as things stand",
    422: "Not a valid request",
    429: "Too many attempts; Retry-After says how long to wait",
    503: "The database or the broker is away; try again",
}


def _answer(operation: Operation) -> Tree:
    if operation.answer is None:
        return {"description": "Done"}
    if isinstance(operation.answer, str):
        return {"description": operation.summary, "content": {operation.answer: {}}}
    return {"description": operation.summary, "content": {_JSON: {"schema": _reference(operation.answer)}}}


def _parameters(operation: Operation) -> list[Tree]:
    in_path = [name for name in _PARAMETERS if f"{{{name}}}" in operation.path]
    return [
        *(_parameter(name, "path", required=True) for name in in_path),
        *(_parameter(name, "query", required=False) for name in operation.query),
    ]


def _parameter(name: str, place: str, *, required: bool) -> Tree:
    return {"name": name, "in": place, "required": required, "schema": _PARAMETERS[name]}


def _reference(model: type[BaseModel]) -> Tree:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), indent=2) + "\n")
