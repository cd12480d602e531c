"""Prepare a fetched model once: rewrite its graph, hold it against the original, and only then give it its name."""

import importlib.metadata
from pathlib import Path
from typing import Final

import onnx

from models import files, graph, trial
from models.catalogue import Row
from proto.wardwatch.v1.model_card import RECIPE, ModelCard, card_path, prepared_path

TOOL: Final = "wardwatch models"


class NotPrepared(Exception):
    """The model could not be prepared; the message says why."""


def prepare(row: Row, folder: Path) -> ModelCard:
    """Write the prepared form of the row's fetched file and its card. Raises NotPrepared, or OSError for the folder.

    The card is written last: a service that finds a prepared file without a matching card refuses it.
    """
    if row.preprocessing is None:
        raise NotPrepared(f"{row.name} is not a model")

    original = folder / row.file
    if files.sha256_of(original) != row.sha256:
        raise NotPrepared(f"{original} is not the file that the catalogue names; run `wardwatch models fetch`")

    path = prepared_path(original)
    with files.arriving(path) as part:
        onnx.save(_rewrite(row, onnx.load(original)), part)
        try:
            trial.compare(row.role, original, part)
        except trial.Differs as error:
            raise NotPrepared(f"the prepared {row.name} does not compute what the original does: {error}") from error
        card = ModelCard(
            row.name,
            row.role,
            row.sha256,
            str(files.sha256_of(part)),
            RECIPE,
            _tool(),
            row.preprocessing,
            row.evaluation_only,
        )
        part.replace(path)

    with files.arriving(card_path(path)) as part:
        part.write_bytes(card.encode())
        part.replace(card_path(path))
    return card


def _rewrite(row: Row, model: onnx.ModelProto) -> onnx.ModelProto:
    match row.role:
        case "embedder":
            return graph.embedder(model)
        case "detector":
            return graph.detector(model)
        case _:
            raise NotPrepared(f"no preparation is known for the role {row.role!r} of {row.name}")


def _tool() -> str:
    try:
        version = importlib.metadata.version("wardwatch")
    except importlib.metadata.PackageNotFoundError:
        version = "from source"
    return f"{TOOL} {version}, onnx {onnx.__version__}"
