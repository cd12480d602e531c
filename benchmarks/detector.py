"""The detector: what each step of a frame costs on one thread, what frames cost by what changed, and OpenCV's search.

Run: ``python -m benchmarks.detector [--models DIR] [--rounds 15] [--json]``.
The scene is the two demonstration pictures, enlarged or shrunk, on an even ground: two faces in every frame.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.rounds import HOME, median_ms
from proto.wardwatch.v1.model_card import prepared_path
from proto.wardwatch.v1.subjects import FrameId, Place, camera_id, site_id
from proto.wardwatch.v1.values import Journey
from services.detector import core, header, opening, pixels, portrait
from services.detector.core import Faces
from services.detector.finder import MAX_OVERLAP, FaceFinder, Policy, Sight
from services.detector.frame_search import FrameSearch, Seen
from services.detector.header import Limits
from services.detector.intake import Frame
from services.detector.model import YuNet
from services.detector.pixels import Picture
from services.detector.scenes import Rhythm, Scenes
from services.detector.search import Reach

FILE = "face_detection_yunet_2023mar.onnx"
PICTURES = ("astronaut.png", "grace_hopper.jpg")
SIZES = ((640, 360), (1280, 720), (1920, 1080), (3840, 2160))
SEARCHED = (320, 480, 640, 960, 1280, 1920)
GATE = Place(site_id("h1"), camera_id("gate"))
HOUR_US = 3_600_000_000
LIMITS = Limits(8 * 1024 * 1024, 40_000_000, 32)


def scene(folder: Path, width: int, height: int) -> Picture:
    """A frame of this size with two people in it."""
    frame = np.full((height, width, 3), 96, np.uint8)
    for index, name in enumerate(PICTURES):
        read = cv2.imread(str(folder / name))
        if read is None:
            raise SystemExit(f"{folder / name} is missing: run `wardwatch models fetch --pictures`")
        person = np.asarray(read[:, :, ::-1], np.uint8)
        side = round(height * 0.8)
        scaled = np.asarray(cv2.resize(person, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
        left = index * width // 2
        frame[height - side :, left : left + side] = scaled[:, : width - left]
    return frame


def policy(longest_px: int) -> Policy:
    """The service's own settings, but for how large the searched picture is."""
    return Policy(min_score=0.6, min_face_px=40, max_faces=32, longest_px=longest_px)


def steps(model: YuNet, frame: Picture, longest_px: int) -> dict[str, Callable[[], object]]:
    """Each step of one frame, ready to run."""
    finder = FaceFinder(model, LIMITS, policy(longest_px))
    jpeg = pixels.encode(frame)
    small = pixels.padded(pixels.fit(frame, longest_px), 32)
    heads = model.run(small)
    height, width = small.shape[:2]
    found = finder.find(frame)
    area = portrait.crop(found.boxes[0], frame.shape[1], frame.shape[0])
    return {
        "header": lambda: header.examine(jpeg, LIMITS),
        "decode": lambda: pixels.decode(jpeg),
        "shrink": lambda: pixels.padded(pixels.fit(frame, longest_px), 32),
        "network": lambda: model.run(small),
        "boxes": lambda: core.read(heads, width, height, min_score=0.3, max_overlap=MAX_OVERLAP),
        "align (a face)": lambda: pixels.align(frame, found.points[0]),
        "portrait (a face)": lambda: pixels.encode(
            pixels.blur_outside(pixels.cut(frame, area), portrait.clear_area(area, found.boxes, 0))
        ),
        "whole frame": lambda: finder.look_now(jpeg),
    }


def of_steps(model: YuNet, folder: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds of each step by frame size, with the default search size."""
    figures = {}
    for width, height in SIZES:
        frame = scene(folder, width, height)
        ways = steps(model, frame, 960)
        seen = ways["whole frame"]()
        assert isinstance(seen, Sight)
        assert len(seen.faces) == len(PICTURES), "the scene must hold two faces"
        figures[f"{width}x{height}"] = median_ms(ways, rounds)
    return figures


class Camera:
    """A camera that shows *jpegs* by turns, and the search of its frames, of which no part is due but the first."""

    def __init__(self, model: YuNet, jpegs: Sequence[bytes], rhythm: Rhythm) -> None:
        self._jpegs = jpegs
        self._reach = Reach(policy(960).min_face_px, 960)
        find = FaceFinder(model, LIMITS, policy(960)).find_at_size
        self._search = FrameSearch(find, self._reach, MAX_OVERLAP, LIMITS, Scenes(1, rhythm))
        self._number = 0

    def next(self) -> Seen:
        """Search the next frame, a thousandth of a second later."""
        self._number += 1
        jpeg, at_us = self._jpegs[self._number % len(self._jpegs)], 1000 * self._number
        seen = self._search(Frame(GATE, FrameId("f"), Journey(at_us, at_us), jpeg), 0)
        assert isinstance(seen, Seen)
        return seen

    def settled(self) -> "Camera":
        """Itself, once every part has had its first search."""
        width, height = self.next().jpeg.size.width, self.next().jpeg.size.height
        for _ in range(2 * len(self._reach.plan(width, height).parts)):
            self.next()
        return self


def of_frames(model: YuNet, folder: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds from a camera's JPEG to boxes, by the size of its frames and by what happens in them."""
    figures = {}
    never, always = Rhythm(fine_us=HOUR_US, still_us=HOUR_US), Rhythm(fine_us=0, still_us=HOUR_US)
    for width, height in SIZES:
        frame = scene(folder, width, height)
        jpegs = [pixels.encode(frame), pixels.encode(np.ascontiguousarray(frame[:, ::-1]))]
        finder = FaceFinder(model, LIMITS, policy(960))
        ways: dict[str, Callable[[], object]] = {
            "whole at 960, as before": partial(_at_once, finder, jpegs[0]),
            "changed, coarse": Camera(model, jpegs, never).settled().next,
            "changed, coarse and a part": Camera(model, jpegs, always).settled().next,
            "unchanged": Camera(model, jpegs[:1], never).settled().next,
        }
        figures[f"{width}x{height}"] = median_ms(ways, rounds)
    return figures


def _at_once(finder: FaceFinder, jpeg: bytes) -> Faces:
    picture = opening.opened(jpeg, LIMITS)
    assert isinstance(picture, np.ndarray)
    return finder.find(picture)


def of_search(model: YuNet, folder: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds to find faces in a 16:9 picture, ours and OpenCV's, by its longer side."""
    figures = {}
    for longest in SEARCHED:
        height = longest * 9 // 16
        frame = pixels.padded(scene(folder, longest, height), 32)
        finder = FaceFinder(model, LIMITS, policy(longest))
        bgr = np.ascontiguousarray(frame[:, :, ::-1])
        opencv = cv2.FaceDetectorYN.create(
            str(folder / FILE), "", (frame.shape[1], frame.shape[0]), 0.6, MAX_OVERLAP, 5000
        )
        ways: dict[str, Callable[[], object]] = {
            "ours": partial(finder.find, frame),
            "OpenCV": partial(opencv.detect, bgr),
        }
        figures[str(longest)] = median_ms(ways, rounds)
    return figures


def show(figures: dict[str, dict[str, float]], corner: str, title: str) -> None:
    """Print one table of milliseconds."""
    table = Table(corner, *next(iter(figures.values())), title=title)
    for name, row in figures.items():
        table.add_row(name, *(f"{milliseconds:.2f}" for milliseconds in row.values()))
    Console(width=140).print(table)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=HOME / "models")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    model = YuNet.load(prepared_path(arguments.models / FILE), threads=1, providers=["CPUExecutionProvider"])
    by_frame = of_frames(model, arguments.models, arguments.rounds)
    by_step, by_search = (
        of_steps(model, arguments.models, arguments.rounds),
        of_search(model, arguments.models, arguments.rounds),
    )
    if arguments.json:
        print(json.dumps({"frames_ms": by_frame, "steps_ms": by_step, "search_ms": by_search}, indent=2))
        return

    show(by_frame, "frame", "milliseconds from a JPEG to boxes on one thread")

    show(by_step, "frame", "milliseconds on one thread; searched at 960 pixels")
    show(by_search, "longer side", "milliseconds to find faces, one thread")


if __name__ == "__main__":
    main()
