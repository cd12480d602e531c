"""The HTTP interface as two pages: every operation with who may ask, what it takes and answers; and every type."""

from collections.abc import Iterator
from typing import Final

from tools.docs.documents import Json, cell, fields, is_map, items, resolved

_METHODS: Final = ("get", "put", "post", "delete")
_REF: Final = "#/components/schemas/"
_TYPES: Final = "types.md"
# Below these an address has a second part that says what it is about.
_DEEP: Final = ("watchlist", "federation", "delivery")


def operations_page(document: Json) -> str:
    """Markdown of an OpenAPI 3.1 *document*: a chapter for each area of addresses."""
    chapters: dict[str, list[str]] = {}
    for address, method, operation in _operations(document):
        chapters.setdefault(_area(address), []).append(_operation(document, address, method, operation))
    lines = [
        "# HTTP interface",
        "",
        f"{sum(map(len, chapters.values()))} operations, made from [openapi.json](../openapi.json), "
        f"OpenAPI {document.get('openapi')}, which is for programs; their [types](types.md) are a page of their own.",
        "",
        "A request carries the session's cookie, or its token in `Authorization: Bearer`. A refusal is a problem (RFC",
        "9457) with a `code`, for which the product's pages have a sentence in each language.",
        "",
    ]
    for area in sorted(chapters):
        lines += [f"## {area.capitalize()}", "", *chapters[area]]
    return "\n".join(lines)


def types_page(document: Json) -> str:
    """Markdown of every type of the *document*."""
    lines = ["# Types of the HTTP interface", "", "What the [operations](http.md) take and answer, as JSON.", ""]
    for name, schema in sorted(fields(document, "components", "schemas").items()):
        lines += _type(name, schema if is_map(schema) else {})
    return "\n".join(lines)


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for address, path in fields(document, "paths").items():
        for method in _METHODS:
            if operation := fields(path, method):
                yield address, method, operation


def _operation(document: Json, address: str, method: str, operation: Json) -> str:
    name = str(operation.get("operationId", ""))
    lines = [f"### {name}", "", f"`{method.upper()} {address}`", "", f"{cell(operation.get('summary', ''))}."]
    if said := operation.get("description"):
        lines += ["", f"{cell(said)}."]
    if found := [resolved(document, each) for each in items(operation, "parameters")]:
        lines += ["", "| parameter | in | type | |", "| --- | --- | --- | --- |", *map(_parameter, found)]
    if body := fields(operation, "requestBody"):
        lines += ["", f"Takes {_contents(body)}. {cell(body.get('description', ''))}".strip()]
    answers = {code: resolved(document, each) for code, each in fields(operation, "responses").items()}
    given = [f"{code}: {_contents(each) or 'nothing'}" for code, each in answers.items() if code < "400"]
    refused = [code for code in answers if code >= "400"]
    lines += ["", f"Answers {', '.join(given)}." + (f" Refuses with {', '.join(refused)}." if refused else ""), ""]
    return "\n".join(lines)


def _parameter(parameter: Json) -> str:
    must = "" if parameter.get("required") else "may be left out"
    said = "; ".join(str(each) for each in (parameter.get("description"), must) if each)
    return f"| `{parameter.get('name')}` | {parameter.get('in')} | {_kind(parameter.get('schema'))} | {cell(said)} |"


def _contents(body: Json) -> str:
    found = [
        f"{_kind(schema)} as `{media}`" if (schema := fields(content, "schema")) else f"`{media}`"
        for media, content in fields(body, "content").items()
    ]
    return " or ".join(found)


def _type(name: str, schema: Json) -> list[str]:
    lines = [f"## {name}", ""]
    if said := schema.get("description"):
        lines += [f"{cell(said)}.", ""]
    if not (properties := fields(schema, "properties")):
        return [*lines, f"{_kind(schema)}.", ""]
    lines += ["| field | type | |", "| --- | --- | --- |"]
    for field, each in properties.items():
        said = each.get("description", "") if is_map(each) else ""
        left_out = "" if field in items(schema, "required") else "may be left out"
        lines.append(f"| `{field}` | {_kind(each)} | {cell('; '.join(str(one) for one in (said, left_out) if one))} |")
    return [*lines, ""]


def _kind(schema: object) -> str:
    """A schema in a few words; a type that has a name is a link to it."""
    if not is_map(schema):
        return "anything"
    if isinstance(ref := schema.get("$ref"), str):
        name = ref.removeprefix(_REF)
        return f"[{name}]({_TYPES}#{name.lower()})"
    for several in ("anyOf", "oneOf", "allOf"):
        if found := items(schema, several):
            return " or ".join(dict.fromkeys(map(_kind, found)))
    if values := items(schema, "enum"):
        return ", ".join(f"`{each}`" for each in values)
    if "const" in schema:
        return f"`{schema['const']}`"
    return _plain(schema)


def _plain(schema: Json) -> str:
    match schema.get("type"):
        case "array":
            return f"list of {_kind(schema.get('items'))}"
        case "object" if values := fields(schema, "additionalProperties"):
            return f"map of {_kind(values)}"
        case None:
            return "anything"
        case kind:
            return f"{kind} ({schema['format']})" if "format" in schema else str(kind)


def _area(address: str) -> str:
    """``/api/v1/watchlist/entries/{entry}`` is about entries of the watchlist, ``/api/v1/duty`` about duty."""
    steps = [each for each in address.split("/")[3:] if not each.startswith("{")]
    words = steps[: 2 if steps[0] in _DEEP else 1]
    return ": ".join(each.replace("-", " ").partition(".")[0] for each in words)
