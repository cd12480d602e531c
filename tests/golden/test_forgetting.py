"""No piece of a passer-by is in the detector's memory some seconds after they left (safeguard S1)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from local.plan import FORGETFUL
from proto.wardwatch.v1.subjects import FrameId
from proto.wardwatch.v1.values import Journey
from services.detector import pixels
from services.detector.finder import FaceFinder, Sight
from services.detector.intake import Frame
from services.detector.model import YuNet
from services.detector.seen import SeenFace
from tests.golden.conftest import DETECTOR
from tests.golden.passer_process import GATE, LIMITS, POLICY, RATE

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(120)
@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="this system does not show a process its memory")
@pytest.mark.parametrize(
    ("blurred_px", "ending", "held"),
    [
        # Never seen well, so a shot is kept for up to a second; then the camera sends nothing more.
        pytest.param(7.0, "silence", {"aligned", "portrait"}, id="kept"),
        # Sent at first sight; then the room is empty.
        pytest.param(0.0, "empty", set[str](), id="sent"),
    ],
)
def test_no_piece_of_a_passer_by_is_in_memory_seconds_later(
    yunet: YuNet,
    portraits: dict[str, NDArray[np.uint8]],
    models_dir: Path,
    tmp_path: Path,
    blurred_px: float,
    ending: str,
    held: set[str],
) -> None:
    picture = next(iter(portraits.values()))
    seen = cv2.GaussianBlur(picture, (0, 0), blurred_px) if blurred_px else picture
    somebody = pixels.encode(np.asarray(seen, np.uint8))
    (tmp_path / "somebody.jpg").write_bytes(somebody)
    (tmp_path / "empty.jpg").write_bytes(pixels.encode(np.full_like(picture, 90)))
    face = _first_look(yunet, somebody)
    _write(tmp_path / "sought.npz", frame=somebody, aligned=face.aligned.tobytes(), portrait=face.picture)
    command = [sys.executable, "-m", "tests.golden.passer_process", str(tmp_path), str(models_dir / DETECTOR), ending]

    ran = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, env={**os.environ, "GLIBC_TUNABLES": FORGETFUL}
    )

    said = json.loads(ran.stdout)
    assert (said["looks"] > 0) is (not held)
    assert said["never"] == []
    assert set(said["before"]) == held
    assert said["after"] == []


def _first_look(yunet: YuNet, jpeg: bytes) -> SeenFace:
    """What is kept of a face or sent, in the end."""
    finder = FaceFinder(yunet, LIMITS, POLICY)
    for number in range(1, 2 * RATE):
        at_us = round(number / RATE * 1e6)
        sight = finder.look_on(Frame(GATE, FrameId(str(number)), Journey(at_us, at_us), jpeg))
        assert isinstance(sight, Sight)
        if sight.looks:
            return sight.looks[0].face
    raise AssertionError("nobody is looked at")


def _write(path: Path, **sought: bytes) -> None:
    """Four pieces of each kind, of eight bytes that are all different, mixed with a key."""
    rng = np.random.default_rng(5)
    key = rng.integers(0, 2**32, 2, np.uint32)
    found = {}
    for kind, content in sought.items():
        words = np.frombuffer(content[: len(content) // 8 * 8], np.uint32).reshape(-1, 2)
        telling = words[np.array([len(set(each.tobytes())) for each in words]) >= 7]
        found[kind] = telling[np.linspace(len(telling) // 4, len(telling) - 1, 4).astype(int)] ^ key
    np.savez(path, key=key, **found)
