"""Generate the TypeScript declarations of the HTTP interface, by which the pages' JavaScript is checked.

Each schema of docs/openapi.json becomes an interface or a union; each operation a row of ``Operations``, named by its
method and address, with what it takes and what it answers. What the generator does not know is an error, never ``any``.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parent.parent
SOURCE: Final = CHECKOUT / "docs" / "openapi.json"
OUTPUT: Final = Path("services/alerts/web/types/openapi.d.ts")

_PREFIX: Final = "/api/v1"
_METHODS: Final = ("get", "put", "post", "delete")
_PRIMITIVES: Final = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
_HEADER: Final = "// Generated from docs/openapi.json by `make proto`; not written by hand.\n"

Node = Mapping[str, object]


class UnknownSchema(ValueError):
    """A schema has a form that the generator does not know."""


def generate(into: Path) -> None:
    """Write the declarations below *into*, at the path they have in the tree."""
    path = into / OUTPUT
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(declarations(json.loads(SOURCE.read_text(encoding="utf-8"))), encoding="utf-8")


def declarations(document: Node) -> str:
    """The declarations of an OpenAPI 3.1 document; raises UnknownSchema."""
    schemas = _node(_node(document["components"])["schemas"])
    parts = [_declared(name, _node(schema)) for name, schema in schemas.items()]
    rows = "".join(f'  "{name}": {_operation(operation)};\n' for name, operation in _operations(document))
    return "\n".join([_HEADER, *parts, f"export interface Operations {{\n{rows}}}\n"])


def _operations(document: Node) -> Iterator[tuple[str, Node]]:
    for address, methods in _node(document["paths"]).items():
        for method, operation in _node(methods).items():
            if method in _METHODS:
                yield f"{method.upper()} {address.removeprefix(_PREFIX)}", _node(operation)


def _declared(name: str, schema: Node) -> str:
    words = str(schema.get("description", "")).partition("\n")[0]
    comment = f"/** {words} */\n" if words else ""
    if schema.get("type") == "object" and "properties" in schema:
        return f"{comment}export interface {name} {_interface(schema)}\n"
    return f"{comment}export type {name} = {_type(schema)};\n"


def _interface(schema: Node) -> str:
    """A property that is not required may be left out: of a request, and of an answer by an older version."""
    needed = schema.get("required", [])
    assert isinstance(needed, list)
    properties = _node(schema["properties"]).items()
    rows = [f"  {name}{'' if name in needed else '?'}: {_type(_node(each))};\n" for name, each in properties]
    return f"{{\n{''.join(rows)}}}"


def _type(schema: Node) -> str:
    match schema:
        case {"$ref": str() as target}:
            return target.rpartition("/")[2]
        case {"enum": list() as values}:
            return " | ".join(json.dumps(value) for value in values)
        case {"anyOf": list() as options}:
            return " | ".join(dict.fromkeys(_type(_node(option)) for option in options))
        case {"type": "array", "items": Mapping() as items}:
            return f"Array<{_type(items)}>"
        case {"type": "object", "additionalProperties": Mapping() as values}:
            return f"Record<string, {_type(values)}>"
        case {"type": str() as name} if name in _PRIMITIVES:
            return _PRIMITIVES[name]
        case _:
            raise UnknownSchema(json.dumps(schema))


def _operation(operation: Node) -> str:
    rows = {
        "path": _parameters(operation, "path"),
        "query": _parameters(operation, "query"),
        "body": _body(operation),
        "answer": _answer(operation),
    }
    return f"{{ {'; '.join(f'{name}: {text}' for name, text in rows.items())} }}"


def _parameters(operation: Node, place: str) -> str:
    listed = operation.get("parameters", [])
    assert isinstance(listed, list)
    found = [each for each in map(_node, listed) if each.get("in") == place]
    texts = [f"{each['name']}{'' if each.get('required') else '?'}: {_type(_node(each['schema']))}" for each in found]
    return f"{{ {'; '.join(texts)} }}" if texts else "null"


def _body(operation: Node) -> str:
    if "requestBody" not in operation:
        return "null"
    [(kind, content)] = _node(_node(operation["requestBody"])["content"]).items()
    return _type(_node(_node(content)["schema"])) if kind == "application/json" else "Blob | ArrayBuffer"


def _answer(operation: Node) -> str:
    [good] = [_node(response) for status, response in _node(operation["responses"]).items() if status.startswith("2")]
    if "content" not in good:
        return "null"
    (kind, content), *_ = _node(good["content"]).items()  # a file may be of several kinds
    schema = _node(content).get("schema")
    return _type(_node(schema)) if schema else "unknown" if kind == "application/json" else "Blob"


def _node(value: object) -> Node:
    assert isinstance(value, Mapping)
    return value
