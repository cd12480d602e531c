"""YuNet in onnxruntime: pixels in, raw outputs out. The only module here that knows onnxruntime."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from proto.wardwatch.v1.model_card import ModelCard
from services.chassis import onnx
from services.detector.core import STRIDES, Head

ROLE: Final = "detector"
_NAMES: Final = tuple(f"{kind}_{stride}" for stride in STRIDES for kind in ("cls", "obj", "bbox", "kps"))


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
        session, card = onnx.load(path, role=ROLE, threads=threads, providers=providers)
        return cls(session, card)

    def run(self, picture: NDArray[np.uint8]) -> dict[int, Head]:
        """Run on (height, width, 3) uint8 RGB whose sides are multiples of 32; outputs by stride."""
        preprocessing = self._card.preprocessing
        planes = picture.transpose(2, 0, 1)
        ordered = planes[::-1] if preprocessing.channels == "BGR" else planes
        # Asking for C order here makes one pass over the pixels; reordering afterwards would cost six times as much.
        data = ordered[np.newaxis].astype(np.float32, order="C")
        if (preprocessing.mean, preprocessing.scale) != (0.0, 1.0):
            data = (data - np.float32(preprocessing.mean)) * np.float32(preprocessing.scale)
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
