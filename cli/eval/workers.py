"""All cores: pictures and films are looked at in as many processes as there are processors."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeVar

from cli.eval import clips, seeing
from cli.eval.clips import Walked
from cli.eval.open_set import Matrix
from cli.eval.seeing import Eyes, ModelFiles

T = TypeVar("T")
R = TypeVar("R")

_AT_ONCE: Final = 16  # pictures of one task


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture to embed: ``name`` is ``person/file``; with frames of somebody who stands still, or without."""

    name: str
    path: Path
    digest: str
    with_frames: bool


class Runs(Protocol):
    """Runs work on parts of a whole, and yields what came of each as soon as it is there."""

    def __call__(self, work: Callable[[T], R], parts: Sequence[T]) -> Iterator[R]: ...


class _Process:
    """What a process holds, from its first task to its end."""

    eyes: Eyes | None = None

    @classmethod
    def open(cls, files: ModelFiles) -> None:
        cls.eyes = seeing.opened(files).__enter__()


def _eyes() -> Eyes:
    assert _Process.eyes is not None, "a process opens its models before its first task"
    return _Process.eyes


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


@contextmanager
def running(files: ModelFiles, count: int) -> Iterator[Runs]:
    """*count* processes with models of their own; of one, none is started."""
    if count == 1:
        with seeing.opened(files) as eyes:
            _Process.eyes = eyes
            try:
                yield _here
            finally:
                _Process.eyes = None
        return
    # The models' runtime has threads, which a fork would lose.
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, spawning, _Process.open, (files,)) as pool:

        def elsewhere(work: Callable[[T], R], parts: Sequence[T]) -> Iterator[R]:
            started: list[Future[R]] = [pool.submit(work, part) for part in parts]
            try:
                for done in as_completed(started):
                    yield done.result()
            finally:
                for each in started:
                    each.cancel()

        yield elsewhere


def _here(work: Callable[[T], R], parts: Sequence[T]) -> Iterator[R]:
    for part in parts:
        yield work(part)


def batches(wanted: Sequence[Wanted]) -> list[Sequence[Wanted]]:
    """As many as go to a process at once."""
    return [wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE)]


def embed(wanted: Sequence[Wanted]) -> dict[str, Matrix | None]:
    """What pictures are embedded to, by the digests of their files."""
    return {each.digest: _eyes().embedded(each.name, each.path, with_frames=each.with_frames) for each in wanted}


def find_marked(path: Path) -> tuple[Path, Matrix]:
    """The boxes found in a picture."""
    return path, _eyes().marked(path)


def walk(film: Path) -> Walked:
    """The walks of a film."""
    return clips.walked(film, _eyes())
