"""Reading documents of nested maps and lists, whose types nothing vouches for, and writing cells of tables."""

from collections.abc import Mapping
from typing import TypeGuard

Json = Mapping[str, object]


def is_map(value: object) -> TypeGuard[Json]:
    """Whether *value* has fields."""
    return isinstance(value, dict)


def fields(holder: object, *names: str) -> Json:
    """The map at the path *names* in *holder*; an empty one where there is none."""
    for name in names:
        holder = holder.get(name) if is_map(holder) else None
    return holder if is_map(holder) else {}


def items(holder: Json, name: str) -> list[object]:
    """The list *name* of *holder*; an empty one where there is none."""
    return found if isinstance(found := holder.get(name), list) else []


def resolved(document: Json, value: object) -> Json:
    """*value*, or what its ``$ref`` points to in *document*."""
    if is_map(value) and isinstance(ref := value.get("$ref"), str) and ref.startswith("#/"):
        return fields(document, *ref.removeprefix("#/").split("/"))
    return value if is_map(value) else {}


def cell(text: object) -> str:
    """*text* on one line, fit for a table; its full stop is left out."""
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;").removesuffix(".")
