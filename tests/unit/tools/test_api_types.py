"""The declarations that the pages' JavaScript is checked by."""

import pytest

from tools import api_types
from tools.api_types import Node, UnknownSchema


def document(schemas: Node, paths: Node | None = None) -> Node:
    return {"components": {"schemas": schemas}, "paths": paths or {}}


def test_a_property_that_is_not_required_may_be_left_out() -> None:
    photo = {
        "type": "object",
        "description": "A photo.\n\nMore about it.",
        "required": ["name", "measures"],
        "properties": {
            "name": {"type": "string", "maxLength": 255},
            "measures": {"anyOf": [{"$ref": "#/components/schemas/Measures"}, {"type": "null"}]},
            "sites": {"type": "array", "items": {"type": "string"}},
        },
    }

    assert api_types.declarations(document({"Photo": photo})).startswith(
        "// Generated from docs/openapi.json by `make proto`; not written by hand.\n\n"
        "/** A photo. */\n"
        "export interface Photo {\n"
        "  name: string;\n"
        "  measures: Measures | null;\n"
        "  sites?: Array<string>;\n"
        "}\n"
    )


@pytest.mark.parametrize(
    ("schema", "declared"),
    [
        ({"enum": ["same", "not_same"], "type": "string"}, '"same" | "not_same"'),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "Record<string, number>"),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}, {"type": "null"}]}, "number | null"),
    ],
)
def test_a_schema_becomes_a_type(schema: Node, declared: str) -> None:
    assert f"export type Each = {declared};\n" in api_types.declarations(document({"Each": schema}))


@pytest.mark.parametrize("schema", [{}, {"type": "object"}, {"oneOf": [{"type": "string"}]}])
def test_a_schema_of_an_unknown_form_is_an_error(schema: Node) -> None:
    with pytest.raises(UnknownSchema):
        api_types.declarations(document({"Each": schema}))


def test_an_operation_says_what_it_takes_and_answers() -> None:
    operation = {
        "parameters": [
            {"name": "entry", "in": "path", "required": True, "schema": {"type": "string"}},
            {"name": "limit", "in": "query", "schema": {"type": "integer"}},
            {"$ref": "#/components/parameters/key"},
        ],
        "requestBody": {"content": {"image/*": {}}},
        "responses": {
            "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/EntryView"}}}},
            "404": {"$ref": "#/components/responses/404"},
        },
    }
    end = {"responses": {"204": {"description": "done"}}}

    text = api_types.declarations(document({}, {"/api/v1/entries/{entry}": {"put": operation, "delete": end}}))

    assert (
        '  "PUT /entries/{entry}": { path: { entry: string }; query: { limit?: number }; '
        "body: Blob | ArrayBuffer; answer: EntryView };\n"
    ) in text
    assert '  "DELETE /entries/{entry}": { path: null; query: null; body: null; answer: null };\n' in text
