"""A prepared model file as an onnxruntime session: whole, the one its card describes, and on the wanted provider.

Imported by the services that run a model alone; everybody else does without onnxruntime.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import onnxruntime

from proto.wardwatch.v1.model_card import ModelCard, card_path
from services.chassis.errors import StartupError

# What the runtime says below errors is of no use to an operator.
_ERRORS_ONLY: Final = 3
_ADVICE: Final = "run `wardwatch models fetch`"


def load(
    path: Path, *, role: str, threads: int, providers: Sequence[str]
) -> tuple[onnxruntime.InferenceSession, ModelCard]:
    """Load the prepared file *path*, which its card must name for *role*; the first of *providers* must take it.

    Raises StartupError.
    """
    content, card = _read(path, role)
    missing = [name for name in providers if name not in onnxruntime.get_available_providers()]
    if missing:
        here = ", ".join(onnxruntime.get_available_providers())
        raise StartupError(f"onnxruntime has no provider {', '.join(missing)}; it has {here}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    try:
        session = onnxruntime.InferenceSession(content, options, providers=list(providers))
    except RuntimeError as error:
        raise StartupError(f"model file {path} does not load: {error}") from error
    loaded = session.get_providers()
    # The runtime falls back to the CPU with no more than a log line when a provider cannot start.
    if loaded[0] != providers[0]:
        raise StartupError(f"onnxruntime provider {providers[0]} does not start; it would run on {loaded[0]}")
    return session, card


def _read(path: Path, role: str) -> tuple[bytes, ModelCard]:
    """The file and its card. Raises StartupError saying how to get them."""
    try:
        content = path.read_bytes()
        card = ModelCard.decode(card_path(path).read_bytes())
    except OSError as error:
        raise StartupError(f"model file {error.filename} cannot be read ({error.strerror}); {_ADVICE}") from error
    except ValueError as error:
        raise StartupError(f"card of model file {path} is not usable ({error}); {_ADVICE}") from error
    if card.role != role:
        raise StartupError(f"model file {path} is for the role {card.role}, not {role}")
    if hashlib.sha256(content).hexdigest() != card.prepared_sha256:
        raise StartupError(f"model file {path} is not the one its card describes; {_ADVICE}")
    return content, card
