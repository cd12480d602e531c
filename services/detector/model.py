"""YuNet in onnxruntime: pixels in, raw outputs out. The only module here that knows onnxruntime."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from proto.wardwatch.v1.model_card import ModelCard, card_path
from services.chassis.errors import StartupError
from services.detector.core import STRIDES, Head

ROLE: Final = "detector"
_NAMES: Final = tuple(f"{kind}_{stride}" for stride in STRIDES for kind in ("cls", "obj", "bbox", "kps"))
# What the runtime says below errors is of no use to an operator.
_ERRORS_ONLY: Final = 3


class YuNet:
    """A loaded detector."""

    def __init__(self, session: onnxruntime.InferenceSession, card: ModelCard) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name
        self._card = card

    @property
    def card(self) -> ModelCard:
        """Which file this is."""
        return self._card

    @classmethod
    def load(cls, path: Path, *, threads: int, providers: Sequence[str]) -> "YuNet":
        """Load a prepared file whose card matches. Raises StartupError."""
        content, card = _read(path)
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
        return cls(session, card)

    def run(self, picture: NDArray[np.uint8]) -> dict[int, Head]:
        """Run on (height, width, 3) uint8 RGB whose sides are multiples of 32; outputs by stride."""
        given = self._card.preprocessing
        planes = picture.transpose(2, 0, 1)
        ordered = planes[::-1] if given.channels == "BGR" else planes
        # Asking for C order here makes one pass over the pixels; reordering afterwards would cost six times as much.
        data = ordered[np.newaxis].astype(np.float32, order="C")
        if (given.mean, given.scale) != (0.0, 1.0):
            data = (data - np.float32(given.mean)) * np.float32(given.scale)
        outputs = dict(zip(_NAMES, self._session.run(_NAMES, {self._input: data}), strict=True))
        return {
            stride: Head(
                outputs[f"cls_{stride}"][0, :, 0],
                outputs[f"obj_{stride}"][0, :, 0],
                outputs[f"bbox_{stride}"][0],
                outputs[f"kps_{stride}"][0],
            )
            for stride in STRIDES
        }


def _read(path: Path) -> tuple[bytes, ModelCard]:
    """Return the file and its card, or raise StartupError saying how to get them."""
    advice = "run `wardwatch models fetch`"
    try:
        content = path.read_bytes()
        card = ModelCard.decode(card_path(path).read_bytes())
    except OSError as error:
        raise StartupError(f"model file {error.filename} cannot be read ({error.strerror}); {advice}") from error
    except ValueError as error:
        raise StartupError(f"card of model file {path} is not usable ({error}); {advice}") from error
    if card.role != ROLE:
        raise StartupError(f"model file {path} is for the role {card.role}, not {ROLE}")
    if hashlib.sha256(content).hexdigest() != card.prepared_sha256:
        raise StartupError(f"model file {path} is not the one its card describes; {advice}")
    return content, card
