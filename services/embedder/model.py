"""The embedding network in onnxruntime, on one thread of its own. The only module here that knows onnxruntime."""

import asyncio
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime

from proto.wardwatch.v1.model_card import ModelCard, card_path
from proto.wardwatch.v1.values import ALIGNED_SHAPE, Aligned, Model
from services.chassis.errors import StartupError
from services.embedder.core import Float32

ROLE: Final = "embedder"
# What the runtime says below errors is of no use to an operator.
_ERRORS_ONLY: Final = 3


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

    @classmethod
    def load(cls, path: Path, *, threads: int, providers: Sequence[str]) -> "Embedder":
        """Load a prepared file whose card matches, and run it once. Raises StartupError."""
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
        embedder = cls(session, card)
        # The first run allocates what later ones reuse; a guard should not wait for it.
        embedder.embed_now([np.zeros(ALIGNED_SHAPE, np.uint8)])
        return embedder

    async def embed(self, faces: Sequence[Aligned]) -> Float32:
        """Raw outputs (n, d), not normalised, of n aligned faces."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.embed_now, faces)

    def embed_now(self, faces: Sequence[Aligned]) -> Float32:
        """The same on the calling thread."""
        given = self._card.preprocessing
        planes = np.stack(faces).transpose(0, 3, 1, 2)
        ordered = planes[:, ::-1] if given.channels == "BGR" else planes
        data = ordered.astype(np.float32, order="C")
        if (given.mean, given.scale) != (0.0, 1.0):
            data = (data - np.float32(given.mean)) * np.float32(given.scale)
        raw: Float32 = self._session.run(None, {self._input: data})[0]
        return raw


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
