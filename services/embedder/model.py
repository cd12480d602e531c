"""The embedding network in onnxruntime, on one thread of its own. The only module here that knows onnxruntime."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime

from proto.wardwatch.v1.model_card import ModelCard
from proto.wardwatch.v1.values import ALIGNED_SHAPE, Aligned, Model
from services.chassis import onnx
from services.chassis.errors import StartupError
from services.embedder.core import Float32

ROLE: Final = "embedder"
CPU: Final = "CPUExecutionProvider"
# Another provider may calculate with fewer digits. Templates of the list are the processor's, so what is made here must
# be the same vector: a cosine below this and it does not start.
LEAST_AGREEMENT: Final = 0.9999
_PROBES: Final = 4


class Embedder(AbstractContextManager["Embedder"]):
    """A loaded network. Leaving the context ends its thread after the batch in hand, without waiting for it."""

    def __init__(self, session: onnxruntime.InferenceSession, card: ModelCard) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name
        self._card = card
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embed")

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    @property
    def model(self) -> Model:
        """Who made the vectors: name and digest of the file as published, not of its prepared form."""
        return Model(self._card.name, self._card.original_sha256)

    @property
    def evaluation_only(self) -> bool:
        """Whether nobody may be recognised by it."""
        return self._card.evaluation_only

    @classmethod
    def load(cls, path: Path, *, threads: int, providers: Sequence[str]) -> "Embedder":
        """Load a prepared file whose card matches, and run it once. Raises StartupError."""
        session, card = onnx.load(path, role=ROLE, threads=threads, providers=providers)
        embedder = cls(session, card)
        # The first run allocates what later ones reuse; a guard should not wait for it.
        embedder.embed_now([np.zeros(ALIGNED_SHAPE, np.uint8)])
        if providers[0] != CPU:
            reference = cls(*onnx.load(path, role=ROLE, threads=threads, providers=[CPU]))
            require_agreement(embedder.embed_now, reference.embed_now, providers[0])
        return embedder

    async def embed(self, faces: Sequence[Aligned]) -> Float32:
        """Raw outputs (n, d), not normalised, of n aligned faces."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.embed_now, faces)

    def embed_now(self, faces: Sequence[Aligned]) -> Float32:
        """The same on the calling thread."""
        preprocessing = self._card.preprocessing
        planes = np.stack(faces).transpose(0, 3, 1, 2)
        ordered = planes[:, ::-1] if preprocessing.channels == "BGR" else planes
        data = ordered.astype(np.float32, order="C")
        if (preprocessing.mean, preprocessing.scale) != (0.0, 1.0):
            data = (data - np.float32(preprocessing.mean)) * np.float32(preprocessing.scale)
        raw: Float32 = self._session.run(None, {self._input: data})[0]
        return raw


def require_agreement(
    ours: Callable[[Sequence[Aligned]], Float32], reference: Callable[[Sequence[Aligned]], Float32], provider: str
) -> None:
    """Compare what two networks make of the same noise. Raises StartupError when *ours* makes something else of it."""
    noise = np.random.default_rng(0).integers(0, 256, (_PROBES, *ALIGNED_SHAPE), np.uint8)
    made, expected = ours(list(noise)), reference(list(noise))
    lengths = np.linalg.norm(made, axis=1) * np.linalg.norm(expected, axis=1)
    lowest = float(np.min(np.einsum("nd,nd->n", made, expected) / lengths))
    if not lowest >= LEAST_AGREEMENT:  # not a number is none either
        raise StartupError(
            f"onnxruntime provider {provider} makes other vectors than the processor does: cosine {lowest:.5f},"
            f" {LEAST_AGREEMENT} at least is needed"
        )
