"""Arguments that several commands of evaluations take."""

from pathlib import Path
from typing import Annotated

import typer

ReportPath = Annotated[Path, typer.Argument(help="report.json of `wardwatch eval`.", exists=True, dir_okay=False)]
