"""The OpenAPI 3.1 document: one row per operation, schemas from the pydantic models."""

import json
import sys
from collections.abc import Mapping
from functools import cache
from typing import Final

from pydantic import BaseModel, JsonValue
from pydantic.json_schema import JsonSchemaMode, JsonSchemaValue, models_json_schema

from proto.wardwatch.v1.json_models import RequestModel
from proto.wardwatch.v1.roles import EVERYBODY
from services.alerts.edge import models
from services.alerts.edge.http import LONGEST_REQUEST_ID
from services.alerts.edge.operations import JSON, OPERATIONS, PARAMETERS, File, Operation, Tree

_PROBLEM: Final = "application/problem+json"
_KEY: Final[Tree] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Repeated with the same key, a request has the effect of once; another request needs another key.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_REQUEST_ID},
}
_KEYED: Final[Tree] = {"$ref": "#/components/parameters/key"}

References = Mapping[type[BaseModel], JsonSchemaValue]


@cache
def document() -> Tree:
    """The whole document, the same for the same code."""
    schemas, references = _schemas()
    paths: dict[str, Tree] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Wardwatch",
            "version": "1",
            "description": "Alerts for hospital security, and the watchlist they stand on. "
            "An alert never affects access to treatment.",
        },
        "security": [{"cookie": []}, {"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {
                str(status): {
                    "description": meaning,
                    "content": {_PROBLEM: {"schema": references[models.Problem]}},
                }
                for status, meaning in _MEANING.items()
            },
            "parameters": {"key": _KEY},
            "securitySchemes": {
                "cookie": {"type": "apiKey", "in": "cookie", "name": "__Host-wardwatch"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _schemas() -> tuple[JsonSchemaValue, References]:
    models_used = [m for o in OPERATIONS for m in (o.body, o.response) if isinstance(m, type)]
    # Not responses of an operation, but part of the contract.
    models_used += [models.IncidentEvent, models.StateEvent, models.DrillEvent]
    models_used += [models.PushProvenEvent, models.Problem]
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (m, "validation" if issubclass(m, RequestModel) else "serialization") for m in dict.fromkeys(models_used)
    ]
    references, definitions = models_json_schema(modes, ref_template=_PLACE + "{model}")
    schemas = {_SHORT.get(name, name): _named(schema) for name, schema in definitions["$defs"].items()}
    return schemas, {model: references[model, mode] for model, mode in modes}


# There are two Verdicts; pydantic would name them by their modules.
_SHORT: Final = {
    "proto__wardwatch__v1__entries__Verdict": "PhotoVerdict",
    "services__alerts__incidents__review__Verdict": "Verdict",
    "Verdict-Input": "Verdict",
}
_PLACE: Final = "#/components/schemas/"


def _named(node: JsonValue) -> JsonValue:
    """*node* with references to the short names."""
    match node:
        case dict():
            return {key: _named(value) for key, value in node.items()}
        case list():
            return [_named(value) for value in node]
        case str() if node.startswith(_PLACE):
            name = node.removeprefix(_PLACE)
            return _PLACE + _SHORT.get(name, name)
        case _:
            return node


def _operation(operation: Operation, references: References) -> Tree:
    responses: Tree = {str(operation.status): _response(operation, references)}
    responses |= {str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(_refusals(operation))}
    tree: Tree = {"operationId": operation.name, "summary": operation.summary, "responses": responses}
    if operation.public:
        tree["security"] = []
    else:
        tree["description"] = f"For accounts of role {', '.join(sorted(operation.roles))}."
        tree["x-roles"] = sorted(operation.roles)
    if parameters := _parameters(operation):
        tree["parameters"] = parameters
    if operation.body is not None:
        tree["requestBody"] = _body(operation.body, references)
    return tree


def _refusals(operation: Operation) -> set[int]:
    """The operation's own refusals, and those of the edge before it."""
    return {
        *operation.refusals,
        429,
        503,
        *(() if operation.public else (401,)),
        # Sent by another site's page, or by an account that it is not for.
        *(() if operation.method == "get" and (operation.public or operation.roles == EVERYBODY) else (403,)),
        *(() if operation.body is None else (400, 408, 413, 422)),
    }


_MEANING: Final = {
    400: "The body broke off, or is not packed as it says",
    401: "No valid session, or a code that is not taken",
    403: "Not for this account, not yet, or sent by another site's page",
    404: "There is no such thing (any more)",
    408: "The body came too slowly",
    409: "Refused as things stand",
    413: "More than is taken",
    422: "Not a valid request",
    429: "Too many requests, attempts or faces; Retry-After says how long to wait",
    502: "The desk failed; this may or may not be done",
    503: "The database, the broker or the desk is away, or has its hands full; try again after Retry-After",
}


def _response(operation: Operation, references: References) -> Tree:
    if operation.response is None:
        return {"description": "Done"}
    if isinstance(operation.response, str | tuple):
        media = (operation.response,) if isinstance(operation.response, str) else operation.response
        return {"description": operation.summary, "content": {each: {} for each in media}}
    return {"description": operation.summary, "content": {JSON: {"schema": references[operation.response]}}}


def _body(body: type[BaseModel] | File, references: References) -> Tree:
    if isinstance(body, File):
        # OpenAPI 3.1 leaves the schema out for a body that is the file's own bytes.
        limit = f"The file's own bytes, at most {body.most_bytes:,}."
        return {"required": True, "description": limit, "content": {body.media_type: {}}}
    return {"required": True, "content": {JSON: {"schema": references[body]}}}


def _parameters(operation: Operation) -> list[Tree]:
    in_path = [name for name in PARAMETERS if f"{{{name}}}" in operation.path]
    return [
        *(_parameter(name, "path", required=True) for name in in_path),
        *(_parameter(name, "query", required=False) for name in operation.query),
        *([_KEYED] if operation.keyed else []),
    ]


def _parameter(name: str, place: str, *, required: bool) -> Tree:
    return {"name": name, "in": place, "required": required, "schema": PARAMETERS[name]}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), indent=2) + "\n")
