"""What a folder or a zip holds, before anybody knows whose it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from cli.watchlist.arrangement import Parts

MOST_FILE_BYTES: Final = 15 * 1024 * 1024
FileProblem = tuple[str, str]  # a finding's code and its text


class Unusable(Exception):
    """A file that cannot be sent; the text says why and what to do."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Found:
    """``files`` by their path, whose ``read`` raises Unusable; ``troubles`` by how they are shown."""

    files: Mapping[Parts, Callable[[], bytes]]
    problems: Sequence[tuple[str, FileProblem]]
    notes: Sequence[str] = ()


def unusable(code: str, text: str) -> Callable[[], bytes]:
    """How to read a file that cannot be."""

    def read() -> NoReturn:
        raise Unusable(code, text)

    return read


def check_size(size: int) -> None:
    """Raise Unusable when a file has more bytes than are taken."""
    if size > MOST_FILE_BYTES:
        raise Unusable("too_many_bytes", f"{size:,} bytes, at most {MOST_FILE_BYTES:,} are taken; make it smaller")
