"""Another provider than the processor starts only if it makes the same vectors."""

from collections.abc import Sequence

import numpy as np
import pytest

from proto.wardwatch.v1.values import Aligned
from services.chassis.errors import StartupError
from services.embedder.core import Float32
from services.embedder.model import require_agreement


def vectors(faces: Sequence[Aligned]) -> Float32:
    """Of each face another one."""
    return np.stack([face.reshape(-1)[:128].astype(np.float32) for face in faces])


def rounded(faces: Sequence[Aligned]) -> Float32:
    """As a processor with fewer digits may give them, of another length besides."""
    return (2 * vectors(faces)).astype(np.float16).astype(np.float32)


def test_the_same_vectors_with_fewer_digits_are_taken() -> None:
    require_agreement(rounded, vectors, "CUDAExecutionProvider")


def test_other_vectors_are_refused_in_words() -> None:
    def other(faces: Sequence[Aligned]) -> Float32:
        made = vectors(faces)
        made[-1] += 0.05 * np.linalg.norm(made[-1]) * np.eye(128, dtype=np.float32)[0]
        return made

    with pytest.raises(StartupError, match=r"CUDA.* cosine 0\.99"):
        require_agreement(other, vectors, "CUDAExecutionProvider")


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(StartupError, match="cosine nan"):
        require_agreement(lambda faces: np.full((len(faces), 128), np.nan, np.float32), vectors, "CUDA")
