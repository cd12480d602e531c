"""Run a prepared model and its original on the same fixed inputs and compare what they compute."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

# The promise made to whoever compares vectors of the original and of the prepared file.
MINIMUM_COSINE: Final = 0.99999
# Detector outputs are probabilities and offsets in cells of 8 to 32 pixels: 1e-4 of a cell is far below a pixel.
MAXIMUM_DIFFERENCE: Final = 1e-4
SEED: Final = 20211
FACES: Final = 4
SIDE: Final = 112


class Differs(Exception):
    """The prepared model computes something else; the message says what."""


def compare(role: str, original: Path, prepared: Path) -> None:
    """Raise Differs unless *prepared* computes what *original* does."""
    match role:
        case "embedder":
            _compare_embedders(_session(original), _session(prepared))
        case "detector":
            _compare_detectors(_session(original), _session(prepared))
        case _:
            raise Differs(f"no comparison is known for the role {role!r}")


def pictures(count: int, height: int, width: int) -> Iterator[Float32]:
    """Yield fixed inputs (1, 3, height, width), 0 to 255: smooth blobs under noise, the same in every run."""
    random = np.random.default_rng(SEED)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    for _ in range(count):
        layers = []
        for _ in range(3):
            cy, cx, radius = random.uniform(0.2, 0.8, 3) * (height, width, width)
            blob = 200 * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (2 * radius**2))
            layers.append(blob + random.uniform(0, 55, (height, width)))
        yield np.stack(layers)[np.newaxis].astype(np.float32)


def _compare_embedders(original: onnxruntime.InferenceSession, prepared: onnxruntime.InferenceSession) -> None:
    faces = list(pictures(FACES, SIDE, SIDE))
    expected = np.concatenate([_run(original, face)[0] for face in faces])
    singly = np.concatenate([_run(prepared, face)[0] for face in faces])
    together = _run(prepared, np.concatenate(faces))[0]
    for found in (singly, together):
        if found.shape != expected.shape:
            raise Differs(f"shape {found.shape} instead of {expected.shape}")

        norms = np.linalg.norm(expected, axis=1) * np.linalg.norm(found, axis=1)
        cosine = float(np.min(np.sum(expected * found, axis=1) / norms))
        # Written so that a NaN fails as well.
        if not cosine >= MINIMUM_COSINE:
            raise Differs(f"cosine {cosine:.7f}, at least {MINIMUM_COSINE} needed")


def _compare_detectors(original: onnxruntime.InferenceSession, prepared: onnxruntime.InferenceSession) -> None:
    height, width = original.get_inputs()[0].shape[2:]
    for picture in pictures(2, height, width):
        for output, a, b in zip(original.get_outputs(), _run(original, picture), _run(prepared, picture), strict=True):
            if a.shape != b.shape:
                raise Differs(f"{output.name}: shape {b.shape} instead of {a.shape}")
            difference = float(np.max(np.abs(a - b)))
            if not difference <= MAXIMUM_DIFFERENCE:
                raise Differs(f"{output.name}: differs by {difference:.2g}, at most {MAXIMUM_DIFFERENCE} allowed")

    # The original cannot run at another size; that the prepared one can is all there is to see.
    other = next(pictures(1, height // 2, width // 4))
    for output, found in zip(prepared.get_outputs(), _run(prepared, other), strict=True):
        stride = int(output.name.rsplit("_", 1)[1])
        cells = (height // 2 // stride) * (width // 4 // stride)
        if found.shape[1] != cells:
            raise Differs(f"{output.name}: {found.shape[1]} cells for another picture size, expected {cells}")


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # The stock file lists its weights as inputs, about which the runtime warns once per weight.
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _run(session: onnxruntime.InferenceSession, data: Float32) -> list[Float32]:
    outputs: list[Float32] = session.run(None, {session.get_inputs()[0].name: data})
    return outputs
