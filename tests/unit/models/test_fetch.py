"""Sources are tried in order until one yields the hash."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from models.catalogue import Folder, Https, Kind, Row, Source
from models.fetch import NotFetched, SourceFailed, fetch

CONTENT = b"weights"
FIRST, SECOND = Folder("FIRST"), Https("https://example.org/second")
ROW = Row(
    "n", Kind.PICTURE, "x", "n.bin", len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), "MIT", None, (FIRST, SECOND)
)


@dataclass
class ScriptedSources:
    """Yields the content given for a source; None stands for a source that fails."""

    content: dict[Source, bytes | None]
    tried: list[Source] = field(default_factory=list)

    def copy(self, row: Row, source: Source, target: Path) -> None:
        self.tried.append(source)
        content = self.content[source]
        if content is None:
            raise SourceFailed(f"{source} is out of order")
        target.write_bytes(content)


def ignore(line: str) -> None:
    """Drop progress lines."""


def test_the_first_source_that_yields_the_hash_serves(tmp_path: Path) -> None:
    sources = ScriptedSources({FIRST: CONTENT, SECOND: CONTENT})

    got = fetch(ROW, tmp_path / "new", sources, ignore)

    assert (got.source, got.path.read_bytes(), sources.tried) == (FIRST, CONTENT, [FIRST])


@pytest.mark.parametrize("first", [pytest.param(None, id="failing"), pytest.param(b"other", id="another file")])
def test_a_source_that_does_not_serve_gives_way_to_the_next(tmp_path: Path, first: bytes | None) -> None:
    got = fetch(ROW, tmp_path, ScriptedSources({FIRST: first, SECOND: CONTENT}), ignore)

    assert got.source == SECOND
    assert [path.name for path in tmp_path.iterdir()] == ["n.bin"]


def test_a_file_that_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "n.bin").write_bytes(CONTENT)
    sources = ScriptedSources({})

    assert fetch(ROW, tmp_path, sources, ignore).source is None
    assert sources.tried == []


def test_a_damaged_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "n.bin").write_bytes(b"half")

    fetch(ROW, tmp_path, ScriptedSources({FIRST: CONTENT}), ignore)

    assert (tmp_path / "n.bin").read_bytes() == CONTENT


def test_when_nothing_serves_the_error_names_all_that_was_tried_and_why(tmp_path: Path) -> None:
    with pytest.raises(NotFetched) as failed:
        fetch(ROW, tmp_path, ScriptedSources({FIRST: None, SECOND: b"other"}), ignore)

    text = str(failed.value)
    assert "1. folder $FIRST: folder $FIRST is out of order" in text
    assert "2. https://example.org/second: its content has another hash" in text
    assert list(tmp_path.iterdir()) == []
