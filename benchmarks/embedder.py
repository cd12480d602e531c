"""The embedder: the published file in onnxruntime, its prepared form, and OpenCV's own runtime, in one run.

Run: ``python -m benchmarks.embedder [--models DIR] [--threads 1] [--rounds 15] [--json]``.
Claim: the prepared file gives the same vectors (cosine at least 0.99999) in at most half the time of the published
one. The faces are fixed patterns: the time of this network does not depend on what it sees.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from rich.console import Console
from rich.table import Table

from benchmarks.rounds import HOME, median_ms
from proto.wardwatch.v1.model_card import prepared_path
from services.embedder.core import Float32
from services.embedder.model import Embedder

FILE = "face_recognition_sface_2021dec.onnx"
BATCH = 8
STOCK, PREPARED, PREPARED_BATCH, OPENCV = (
    "onnxruntime, published file",
    "onnxruntime, prepared file",
    f"onnxruntime, prepared file, batch {BATCH}",
    "OpenCV FaceRecognizerSF",
)


def _faces() -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    random = np.random.default_rng(7)
    rough = random.integers(0, 256, (BATCH, 14, 14, 3), np.uint8)
    return [np.asarray(cv2.resize(each, (112, 112), interpolation=cv2.INTER_CUBIC), np.uint8) for each in rough]


def _stock(path: Path, threads: int) -> Callable[[Float32], Float32]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(data: Float32) -> Float32:
        vector: Float32 = session.run(None, {"data": data})[0]
        return vector

    return run


def _lowest_cosine(a: Float32, b: Float32) -> float:
    return float(np.min(np.sum(a * b, axis=1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))))


def measure(folder: Path, threads: int, rounds: int) -> dict[str, dict[str, float]]:
    """Figures of each way: ms_per_face, faces_per_second, lowest cosine with the published file."""
    cv2.setNumThreads(threads)
    faces = _faces()
    stock = _stock(folder / FILE, threads)
    prepared = Embedder.load(prepared_path(folder / FILE), threads=threads, providers=["CPUExecutionProvider"])
    opencv = cv2.FaceRecognizerSF.create(str(folder / FILE), "")
    data = [np.ascontiguousarray(face.transpose(2, 0, 1)[np.newaxis], np.float32) for face in faces]
    bgr = [np.ascontiguousarray(face[:, :, ::-1]) for face in faces]
    medians = median_ms(
        {
            STOCK: lambda: stock(data[0]),
            PREPARED: lambda: prepared.embed_now(faces[:1]),
            PREPARED_BATCH: lambda: prepared.embed_now(faces),
            OPENCV: lambda: opencv.feature(bgr[0]),
        },
        rounds,
    )
    expected = np.concatenate([stock(each) for each in data])
    vectors = {
        STOCK: expected,
        PREPARED: np.concatenate([prepared.embed_now([face]) for face in faces]),
        PREPARED_BATCH: prepared.embed_now(faces),
        OPENCV: np.concatenate([np.asarray(opencv.feature(each), np.float32).copy() for each in bgr]),
    }
    figures = {}
    for name, milliseconds in medians.items():
        face_ms = milliseconds / (BATCH if name == PREPARED_BATCH else 1)
        figures[name] = {
            "ms_per_face": face_ms,
            "faces_per_second": 1000 / face_ms,
            "times_as_fast": medians[STOCK] / face_ms,
            "lowest_cosine": _lowest_cosine(expected, vectors[name]),
        }
    return figures


def main() -> None:
    """Print the figures; exit 1 when the claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=HOME / "models")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = measure(arguments.models, arguments.threads, arguments.rounds)
    holds = figures[PREPARED]["times_as_fast"] >= 2 and figures[PREPARED]["lowest_cosine"] >= 0.99999
    if arguments.json:
        print(json.dumps({"threads": arguments.threads, "holds": holds, "figures": figures}, indent=2))
    else:
        table = Table(
            "way", "ms/face", "faces/s", "times as fast", "lowest cosine", title=f"{arguments.threads} thread(s)"
        )
        for name, row in figures.items():
            table.add_row(
                name,
                f"{row['ms_per_face']:.1f}",
                f"{row['faces_per_second']:.0f}",
                f"{row['times_as_fast']:.2f}",
                f"{row['lowest_cosine']:.7f}",
            )
        Console().print(table)
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
