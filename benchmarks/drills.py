"""What a drill costs: the mark and its check, and what detector and embedder do with the drawn face.

Run: ``python -m benchmarks.drills [--rounds 100] [--json]``. Medians, in milliseconds of one thread.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.rounds import HOME, median_ms
from proto.wardwatch.v1.model_card import prepared_path
from proto.wardwatch.v1.subjects import Author
from proto.wardwatch.v1.values import Drill
from services.chassis.drill_mark import Mark, mark
from services.chassis.signing import Authors, Signer
from services.detector.finder import Sight
from services.detector.model import YuNet
from services.drill import face
from services.embedder.model import Embedder
from tests.golden.test_drills import a_finder, drill_frame

SUBJECT: Final = "frames.0.h1.gate"
_CPU: Final = ["CPUExecutionProvider"]


def measure(folder: Path, rounds: int) -> dict[str, float]:
    """Milliseconds of each part."""
    jpeg, drill = face.frame(), Drill("ab" * 16, 1)
    signer = Signer.parse(Author.DRILL, "07" * 32)
    authors = Authors({Author.DRILL: signer.key.verify_key})
    made = Mark.parse(mark(signer, drill, SUBJECT, jpeg))
    assert made.is_genuine(authors, SUBJECT, jpeg)
    yunet = YuNet.load(prepared_path(folder / "face_detection_yunet_2023mar.onnx"), threads=1, providers=_CPU)
    sface = Embedder.load(prepared_path(folder / "face_recognition_sface_2021dec.onnx"), threads=1, providers=_CPU)
    with a_finder(yunet) as finder:
        frame = drill_frame(0)
        sight = finder.look_at_drill_now(frame)
        assert isinstance(sight, Sight)
        aligned = sight.looks[0].face.aligned
        return median_ms(
            {
                "mark": lambda: mark(signer, drill, SUBJECT, jpeg),
                "check of the mark": lambda: made.is_genuine(authors, SUBJECT, jpeg),
                "detector: search, follow, cut out": lambda: finder.look_at_drill_now(replace(frame)),
                "embedder: one face": lambda: sface.embed_now([aligned]),
            },
            rounds,
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=HOME / "models")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options.models, options.rounds)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    table = Table("part", "ms", title="A drill")
    for name, milliseconds in found.items():
        table.add_row(name, f"{milliseconds:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
