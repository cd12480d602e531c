"""The files of a report: written into a folder, and read again."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from cli.eval import cache, document, rendering
from cli.eval.comparing import ReportFile
from cli.eval.document import SUSPECTS_FILE
from cli.eval.evaluation import Evaluated
from cli.eval.words import Language
from proto.wardwatch.v1.accuracy import AccuracyReport
from services.chassis.errors import StartupError
from services.chassis.sheets import plain

CACHE: Final = cache.FOLDER
_MOST_BYTES: Final = 256 * 1024**2


def prepare(folder: Path) -> None:
    """Make the folder, before minutes of work and not behind them. Raises StartupError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartupError(f"{folder} cannot be made: {error.strerror}") from error


def written(evaluated: Evaluated, folder: Path, language: Language) -> Iterator[Path]:
    """Write everything and say what. Raises StartupError."""
    yield _write(folder / "report.json", evaluated.file.model_dump_json(indent=1) + "\n")
    yield from pages(evaluated.file.report, folder, language)
    if evaluated.two_names or evaluated.wrong_names:
        yield _write(folder / SUSPECTS_FILE, _suspects(evaluated))


def pages(report: AccuracyReport, folder: Path, language: Language) -> Iterator[Path]:
    """Write what people read. Raises StartupError."""
    shown = document.document(report, language)
    yield _write(folder / "report.html", rendering.html(shown))
    yield _write(folder / "report.md", rendering.markdown(shown))
    for drawing in shown.drawings():
        yield _write(folder / f"{drawing.name}.svg", drawing.svg)


def read(path: Path) -> ReportFile:
    """A report.json that nobody has changed. Raises StartupError."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise StartupError(f"{path} is too large for a report")
        file = ReportFile.model_validate_json(path.read_bytes())
    except OSError as error:
        raise StartupError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(map(str, wrong["loc"]))
        raise StartupError(f"{path} is no report of `wardwatch eval`: {where}: {wrong['msg']}") from error
    if file.report.digest() != file.digest:
        raise StartupError(f"{path} was changed after it was written: its digest is another one")
    return file


def _suspects(evaluated: Evaluated) -> str:
    sheet = io.StringIO()
    rows = csv.writer(sheet, lineterminator="\n")
    rows.writerow(("what", "first", "second", "cosine", "cosine to the rest of the first"))
    for pair in evaluated.two_names:
        rows.writerow(("one person or relatives?", plain(pair.first), plain(pair.second), f"{pair.similarity:.3f}", ""))
    for each in evaluated.wrong_names:
        cells = (plain(each.picture), plain(each.other), f"{each.similarity:.3f}", f"{each.own:.3f}")
        rows.writerow(("wrong name?", *cells))
    return sheet.getvalue()


def _write(path: Path, text: str) -> Path:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StartupError(f"{path} cannot be written: {error.strerror}") from error
    return path
