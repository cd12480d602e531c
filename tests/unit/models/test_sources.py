"""The real sources, as far as they can be used without a network."""

import os
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pytest

from models.catalogue import Folder, Https, Kind, Row, Wheel
from models.fetch import SourceFailed
from models.sources import SystemSources

ROW = Row("n", Kind.PICTURE, "x", "n.bin", 7, "ab" * 32, "MIT", None, ())


@dataclass
class Recorder:
    """Remembers which transfers were shown."""

    shown: list[str] = field(default_factory=list)

    @contextmanager
    def measure(self, what: str, total_bytes: int) -> Iterator["Recorder"]:
        self.shown.append(what)
        yield self

    def moved(self, done_bytes: int) -> None:
        """Progress itself is of no interest here."""


def make_wheel(folder: Path) -> None:
    """A wheel that pip accepts, with two files in it."""
    with zipfile.ZipFile(folder / "ww_pictures-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("ww_pictures/a.bin", b"first")
        archive.writestr("ww_pictures/b.bin", b"second")
        archive.writestr(
            "ww_pictures-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: ww-pictures\nVersion: 1.0\n"
        )
        archive.writestr("ww_pictures-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("ww_pictures-1.0.dist-info/RECORD", "")


def offline(folder: Path) -> dict[str, str]:
    """An environment in which pip sees *folder* and nothing else."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("PIP_")}
    return {**inherited, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder)}


def test_a_wheel_is_downloaded_once_for_all_its_files_and_does_not_stay(tmp_path: Path) -> None:
    make_wheel(tmp_path)
    gauge = Recorder()
    first, second = (Wheel("ww-pictures==1.0", f"ww_pictures/{name}.bin", 900) for name in "ab")

    with SystemSources(offline(tmp_path), gauge) as sources:
        sources.copy(ROW, first, tmp_path / "a")
        sources.copy(ROW, second, tmp_path / "b")
        with pytest.raises(SourceFailed, match="does not hold"):
            sources.copy(ROW, Wheel("ww-pictures==1.0", "ww_pictures/c.bin", 900), tmp_path / "c")

    assert ((tmp_path / "a").read_bytes(), (tmp_path / "b").read_bytes()) == (b"first", b"second")
    assert gauge.shown == ["wheel ww-pictures==1.0"]


def test_a_wheel_that_pip_cannot_find_fails_in_pips_words(tmp_path: Path) -> None:
    wheel = Wheel("ww-pictures==2.0", "x", 1)

    with (
        SystemSources(offline(tmp_path), Recorder()) as sources,
        pytest.raises(SourceFailed, match=r"ww-pictures==2\.0"),
    ):
        sources.copy(ROW, wheel, tmp_path / "x")


def test_a_folder_yields_its_file(tmp_path: Path) -> None:
    (tmp_path / "n.bin").write_bytes(b"content")

    with SystemSources({"MODELS": str(tmp_path)}, Recorder()) as sources:
        sources.copy(ROW, Folder("MODELS"), tmp_path / "out")

    assert (tmp_path / "out").read_bytes() == b"content"


@pytest.mark.parametrize(
    ("environ", "reason"),
    [pytest.param({}, "not set", id="unset"), pytest.param({"MODELS": "/nowhere"}, "No such file", id="empty")],
)
def test_a_folder_without_the_file_says_so(tmp_path: Path, environ: dict[str, str], reason: str) -> None:
    with SystemSources(environ, Recorder()) as sources, pytest.raises(SourceFailed, match=reason):
        sources.copy(ROW, Folder("MODELS"), tmp_path / "out")


def test_an_address_nobody_answers_at_fails_with_the_reason(tmp_path: Path) -> None:
    with SystemSources({}, Recorder()) as sources, pytest.raises(SourceFailed, match="refused"):
        sources.copy(ROW, Https("https://127.0.0.1:1/n.bin"), tmp_path / "out")


def test_whoever_interrupts_at_the_start_of_pip_leaves_none_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = subprocess.Popen
    begun: list[subprocess.Popen[bytes]] = []

    def interrupted(
        command: list[str], *, env: dict[str, str], stdin: int, stdout: IO[bytes], stderr: IO[bytes]
    ) -> "subprocess.Popen[bytes]":
        begun.append(begin(command, env=env, stdin=stdin, stdout=stdout, stderr=stderr))
        signal.raise_signal(signal.SIGINT)
        return begun[-1]

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    # Whoever started the tests may have had them ignore it.
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with SystemSources(offline(tmp_path), Recorder()) as sources, pytest.raises(KeyboardInterrupt):
            sources.copy(ROW, Wheel("ww-pictures==1.0", "x", 1), tmp_path / "x")
    finally:
        signal.signal(signal.SIGINT, former)

    assert [pip.returncode for pip in begun] == [-signal.SIGKILL]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
