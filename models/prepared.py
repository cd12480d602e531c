"""Whether a model's prepared file is there, and is that of its row."""

from pathlib import Path

from models import files
from models.catalogue import Row
from proto.wardwatch.v1.model_card import ModelCard, card_path, prepared_path


def prepared(row: Row, folder: Path) -> ModelCard | None:
    """Return the card of the row's prepared file if file, card and row agree, else None."""
    path = prepared_path(folder / row.file)
    try:
        card = ModelCard.decode(card_path(path).read_bytes())
    except (FileNotFoundError, ValueError):
        return None

    same = (card.name, card.role, card.original_sha256, card.preprocessing, card.evaluation_only) == (
        row.name,
        row.role,
        row.sha256,
        row.preprocessing,
        row.evaluation_only,
    )
    return card if same and files.sha256_of(path) == card.prepared_sha256 else None
