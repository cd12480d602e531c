"""From which width on faces are found, by the size of the frame that they stand in.

Run: ``python -m benchmarks.face_size DATA [--models DIR] [--faces 400] [--longest 960] [--json] [--once]``.
DATA is a folder of folders of portraits (lfw-dev: press photos, one face in the middle, mostly from the front), or one
with ``images`` and ``boxes`` (detection: people as they walk about, two thirds of them masked, with the faces that a
person has marked). Each face is brought to a width in the frame's pixels and pasted, with what surrounds it, on an even
ground, up to sixteen beside each other; the frame is encoded and searched as a live one, until each of its parts has
been searched finely; with ``--once`` it is shrunk to *longest* and searched once, as a photo is. A face counts as found
when a box with a score of 0.6 or more has its centre on it.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.rounds import HOME
from cli.eval.seeing import live_search
from proto.wardwatch.v1.model_card import prepared_path
from services.detector import pixels
from services.detector.core import Faces
from services.detector.finder import FaceFinder, Policy
from services.detector.header import Limits
from services.detector.model import YuNet
from services.detector.pixels import Picture

FILE: Final = "face_detection_yunet_2023mar.onnx"
FRAMES: Final = ((640, 360), (1280, 720), (1920, 1080), (2560, 1440), (3840, 2160))
WIDTHS_PX: Final = (16, 24, 32, 40, 48, 56, 64, 80, 96, 128, 160, 192, 256)
ENOUGH: Final = (0.90, 0.95)
_LIMITS: Final = Limits(64 * 1024 * 1024, 40_000_000, 32)
_MIN_SCORE: Final = 0.6
_MIN_FACE_PX: Final = 40  # as the service comes
# How much of the portrait is pasted, in widths of the face.
_AROUND: Final = 2.2
_LEAST_MARKED_PX: Final = 40
# Of a hundred faces in one frame a detector keeps too few candidates for each.
_MOST_AT_ONCE: Final = 16

Search = Callable[[bytes], Faces]


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """A square around one face of ``face_px`` width, which is in its middle."""

    picture: Picture
    face_px: float


def finder(model: YuNet, longest_px: int) -> FaceFinder:
    """One that reports faces of any size."""
    return FaceFinder(model, _LIMITS, Policy(_MIN_SCORE, 10, 10_000, longest_px))


def once(model: YuNet, longest_px: int) -> Search:
    """Searches a frame once."""
    look = finder(model, longest_px)

    def run(jpeg: bytes) -> Faces:
        picture = pixels.decode(jpeg)
        assert isinstance(picture, np.ndarray)
        return look.find(picture)

    return run


def pressed(folder: Path, model: YuNet) -> Iterator[Portrait]:
    """One portrait of each person, whose face is as wide as the detector says it is."""
    look = finder(model, 960)
    for person in sorted(each for each in folder.iterdir() if each.is_dir()):
        picture = _read(sorted(person.glob("*.jpg"))[0])
        found = look.find(picture)
        if len(found) and found.scores[0] >= _MIN_SCORE:
            x, y, width, height = (float(each) for each in found.boxes[0])
            yield _around(picture, x + width / 2, y + height / 2, width)


def boxed(folder: Path) -> Iterator[Portrait]:
    """Every face that a person has marked in a picture and that is large enough to be enlarged a little."""
    for marks in sorted((folder / "boxes").glob("*.xml")):
        picture = _read(folder / "images" / f"{marks.stem}.jpg")
        # The set is the operator's own, and a parser of XML from strangers is not needed for it.
        for mark in ElementTree.parse(marks).iter("bndbox"):  # noqa: S314
            left, top, right, bottom = (float(mark.findtext(name) or 0) for name in ("xmin", "ymin", "xmax", "ymax"))
            if right - left >= _LEAST_MARKED_PX:
                yield _around(picture, (left + right) / 2, (top + bottom) / 2, right - left)


def _read(path: Path) -> Picture:
    read = cv2.imread(str(path))
    if read is None:
        raise SystemExit(f"{path} cannot be read")
    return np.ascontiguousarray(read[:, :, ::-1], np.uint8)


def _around(picture: Picture, x: float, y: float, face_px: float) -> Portrait:
    """The square around a face; beyond the picture its edge goes on."""
    side = round(_AROUND * face_px)
    wide = cv2.copyMakeBorder(picture, side, side, side, side, cv2.BORDER_REPLICATE)
    left, top = round(x + side / 2), round(y + side / 2)
    return Portrait(np.asarray(wide[top : top + side, left : left + side], np.uint8), face_px)


def found_of(look: Search, faces: Sequence[Portrait], face_px: int, frame_px: tuple[int, int]) -> int:
    """How many of *faces*, each *face_px* wide, are found in frames of *frame_px*."""
    side = round(_AROUND * face_px)
    columns, rows = frame_px[0] // side, frame_px[1] // side
    found = 0
    waiting = iter(faces)
    while batch := list(islice(waiting, min(columns * rows, _MOST_AT_ONCE))):
        frame = np.full((frame_px[1], frame_px[0], 3), 96, np.uint8)
        places = []
        for index, each in enumerate(batch):
            left, top = index % columns * side, index // columns * side
            way = cv2.INTER_AREA if side < each.picture.shape[0] else cv2.INTER_CUBIC
            frame[top : top + side, left : left + side] = cv2.resize(each.picture, (side, side), interpolation=way)
            places.append((left + side / 2, top + side / 2))
        boxes = look(pixels.encode(frame))
        centres = (boxes.boxes[:, :2] + boxes.boxes[:, 2:] / 2)[boxes.scores >= _MIN_SCORE]
        for place in places:
            found += bool(len(centres) and np.abs(centres - place).max(axis=1).min() < face_px / 2)
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--models", type=Path, default=HOME / "models")
    parser.add_argument("--faces", type=int, default=400)
    parser.add_argument("--longest", type=int, default=960)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--once", action="store_true")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    model = YuNet.load(prepared_path(arguments.models / FILE), threads=1, providers=["CPUExecutionProvider"])
    every = boxed(arguments.data) if (arguments.data / "boxes").is_dir() else pressed(arguments.data, model)
    faces = list(islice(every, arguments.faces))
    longest = arguments.longest
    look = once(model, longest) if arguments.once else live_search(finder(model, longest), _MIN_FACE_PX, longest)
    figures = {
        f"{width}x{height}": {
            px: found_of(look, faces, px, (width, height)) / len(faces) for px in WIDTHS_PX if _AROUND * px < height
        }
        for width, height in FRAMES
    }
    if arguments.json:
        print(json.dumps({"faces": len(faces), "longest_px": arguments.longest, "found": figures}, indent=2))
        return

    title = f"share found of {len(faces)} faces by their width in pixels; searched at {arguments.longest}"
    table = Table("frame", *map(str, WIDTHS_PX), *(f"{share:.0%} from" for share in ENOUGH), title=title)
    for name, row in figures.items():
        shares = (f"{row[px]:.2f}" if px in row else "" for px in WIDTHS_PX)
        table.add_row(name, *shares, *(least(row, share) for share in ENOUGH))
    Console(width=160).print(table)


def least(row: Mapping[int, float], share: float) -> str:
    """From which width on at least *share* is found."""
    too_few = [px for px in row if row[px] < share]
    enough = [px for px in row if px > max(too_few, default=0)]
    return str(enough[0]) if enough else "none"


if __name__ == "__main__":
    main()
