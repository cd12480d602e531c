"""Real models and pictures for golden tests; nothing is downloaded here and nothing is skipped."""

import os
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from proto.wardwatch.v1.model_card import prepared_path
from services.detector.finder import FaceFinder, Policy
from services.detector.header import Limits
from services.detector.model import YuNet
from services.embedder.model import Embedder

CPU: Final = ["CPUExecutionProvider"]
LIMITS: Final = Limits(max_bytes=8_000_000, max_pixels=40_000_000, min_side_px=32)
DETECTOR: Final = "face_detection_yunet_2023mar.onnx"
EMBEDDER: Final = "face_recognition_sface_2021dec.onnx"
PICTURES: Final = ("astronaut.png", "grace_hopper.jpg")


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """A folder with models, prepared models and pictures.

    ``make test`` fills <WARDWATCH_HOME>/models before it starts. WARDWATCH_MODELS_DIR may be a folder that models are
    only fetched from, so it serves last, and only when it holds everything.
    """
    home = Path(os.environ.get("WARDWATCH_HOME") or Path(__file__).parents[2] / ".wardwatch") / "models"
    folders = [home, *(Path(folder) for folder in [os.environ.get("WARDWATCH_MODELS_DIR")] if folder)]
    for folder in folders:
        if not _missing(folder):
            return folder

    advice = f"`wardwatch models fetch --pictures --to {home}` gets them, and `make test` does that"
    pytest.fail(f"{home} lacks {', '.join(_missing(home))}; {advice}", pytrace=False)


def _missing(folder: Path) -> list[str]:
    needed = [DETECTOR, EMBEDDER, *(prepared_path(Path(each)).name for each in (DETECTOR, EMBEDDER)), *PICTURES]
    return [name for name in needed if not (folder / name).is_file()]


@pytest.fixture(scope="session")
def yunet(models_dir: Path) -> YuNet:
    """The prepared detector."""
    return YuNet.load(prepared_path(models_dir / DETECTOR), threads=1, providers=CPU)


@pytest.fixture(scope="session")
def sface(models_dir: Path) -> Embedder:
    """The prepared embedder."""
    return Embedder.load(prepared_path(models_dir / EMBEDDER), threads=1, providers=CPU)


@pytest.fixture(scope="session")
def finder(yunet: YuNet) -> FaceFinder:
    """A finder that reports every face and shrinks nothing in these tests."""
    return FaceFinder(yunet, LIMITS, Policy(min_score=0.6, min_face_px=10, max_faces=16, longest_px=4096))


@pytest.fixture(scope="session")
def portraits(models_dir: Path) -> dict[str, NDArray[np.uint8]]:
    """The demonstration pictures as RGB, by file name."""
    found = {}
    for name in PICTURES:
        picture = cv2.imread(str(models_dir / name))
        assert picture is not None
        found[name] = np.ascontiguousarray(picture[:, :, ::-1], np.uint8)
    return found
