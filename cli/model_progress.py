"""Show transfers on a terminal: a bar with rate and time left."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from cli import bars


@dataclass(frozen=True, slots=True)
class Bar:
    """One transfer on the screen."""

    progress: Progress
    task: TaskID

    def moved(self, done_bytes: int) -> None:
        """So many bytes have arrived."""
        self.progress.update(self.task, completed=done_bytes)


@dataclass(frozen=True, slots=True)
class Bars:
    """Draws each transfer as a bar; on something that is not a terminal only its last state is printed."""

    console: Console

    @contextmanager
    def measure(self, what: str, total_bytes: int) -> Iterator[Bar]:
        """Show a transfer of about *total_bytes* until the context ends."""
        columns = (
            TextColumn("{task.description}", table_column=bars.words()),
            BarColumn(),
            DownloadColumn(table_column=bars.figures()),
            TransferSpeedColumn(table_column=bars.figures()),
            TimeRemainingColumn(table_column=bars.figures()),
        )
        with Progress(*columns, console=self.console) as progress:
            yield Bar(progress, progress.add_task(what, total=total_bytes))
