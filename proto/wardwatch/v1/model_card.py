"""The card beside a prepared model: what `wardwatch models` writes and what a service believes.

Pure: bytes in, values out. Reading files and hashing them is the caller's work.
"""

import json
import math
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal, Self

Channels = Literal["RGB", "BGR"]

# Grows whenever the preparation changes its output; a file prepared by another recipe is prepared again.
RECIPE: Final = 1

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How uint8 RGB pixels become the graph's input: channels in this order, (pixel - mean) * scale."""

    channels: Channels
    mean: float
    scale: float

    @classmethod
    def parse(cls, fields: object) -> Self:
        """Read a table of exactly these three keys. Raises ValueError for anything else."""
        match fields:
            case {
                "channels": "RGB" | "BGR" as channels,
                "mean": int() | float() as mean,
                "scale": int() | float() as scale,
                **others,
            }:
                if others or not math.isfinite(mean) or not math.isfinite(scale) or scale == 0:
                    raise ValueError(f"preprocessing {fields} must be channels, mean and a scale other than zero")
                return cls(channels, float(mean), float(scale))
            case _:
                raise ValueError(f"preprocessing {fields} must be channels (RGB or BGR), mean and scale")


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Where a prepared model comes from. ``original_sha256`` is the model's identity on the wire.

    No service starts with one that is ``evaluation_only``: where it is from, or what may be done with it, is not clear.
    """

    name: str
    role: str
    original_sha256: str
    prepared_sha256: str
    recipe: int
    tool: str  # program and version that prepared it
    preprocessing: Preprocessing
    evaluation_only: bool = False

    def encode(self) -> bytes:
        """Write the card as JSON."""
        return json.dumps(asdict(self), indent=2).encode() + b"\n"

    @classmethod
    def decode(cls, content: bytes) -> Self:
        """Read a card. Raises ValueError when it is not one, or not of this recipe."""
        match json.loads(content):
            case {
                "name": str() as name,
                "role": str() as role,
                "original_sha256": str() as original,
                "prepared_sha256": str() as prepared,
                "recipe": int() as recipe,
                "tool": str() as tool,
                "preprocessing": dict() as preprocessing,
                **others,
            }:
                if not _SHA256.fullmatch(original) or not _SHA256.fullmatch(prepared):
                    raise ValueError("a digest in the card is not 64 hex digits")
                if recipe != RECIPE:
                    raise ValueError(f"prepared by recipe {recipe}, this version needs {RECIPE}")
                # Cards of before there were any say nothing of it.
                only = others.get("evaluation_only", False) is not False
                return cls(name, role, original, prepared, recipe, tool, Preprocessing.parse(preprocessing), only)
            case _:
                raise ValueError("not a model card")


def prepared_path(original: Path) -> Path:
    """Where the prepared form of *original* lies."""
    return original.with_name(f"{original.stem}.prepared.onnx")


def card_path(prepared: Path) -> Path:
    """Where the card of *prepared* lies."""
    return prepared.with_suffix(".json")
