"""The faces of a folder laid out like Labeled Faces in the Wild, without the label errors that are known of that."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.rounds import HOME
from cli.eval import evaluation, sources, workers
from cli.eval.evaluation import Asked
from cli.eval.people import People, people_of
from cli.eval.seeing import ModelFiles

# One person under two names, or a picture under a wrong one.
LEFT_OUT: Final = sources.left_out(Path(__file__).with_name("lfw_left_out.txt"))


def is_right(path: Path) -> bool:
    """Whether a picture's folder names whom it shows, as far as that is known."""
    return path.parent.name not in LEFT_OUT and f"{path.parent.name}/{path.name}" not in LEFT_OUT


def model_files(folder: Path) -> ModelFiles:
    """The prepared models in *folder*."""
    return ModelFiles(
        folder / "face_detection_yunet_2023mar.prepared.onnx", folder / "face_recognition_sface_2021dec.prepared.onnx"
    )


def people_asked_for(what: str | None) -> People:
    """Everybody in the data that the command line names; *what* is told of the program that asks."""
    parser = argparse.ArgumentParser(description=what, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--models", type=Path, default=HOME / "models")
    parser.add_argument("--cache", type=Path, help="folder in which vectors are kept; never inside the project")
    arguments = parser.parse_args()
    files, today = model_files(arguments.models), datetime.now(UTC).date()
    asked = Asked(arguments.data, files, "", today, workers.processors(), arguments.cache)
    with workers.running(files, asked.processes) as runs:
        pictures = sources.people(arguments.data)
        faces = evaluation.faces_of(
            pictures, asked, runs, lambda words: print(words, end="\r", file=sys.stderr), LEFT_OUT
        )
    return people_of(faces, LEFT_OUT)
