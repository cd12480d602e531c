"""`wardwatch --version`."""

import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from cli.__main__ import main
from services.chassis import version
from services.chassis.errors import StartupError
from tests.checkout import CHECKOUT


def not_installed(name: str) -> str:
    raise PackageNotFoundError(name)


def test_the_command_says_what_the_project_file_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["wardwatch", "--version"])
    with pytest.raises(SystemExit) as ended:
        main()

    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"{project['version']}\n"


def test_a_checkout_needs_no_installation() -> None:
    assert version.current(installed=not_installed)


def test_without_a_checkout_the_installed_package_is_asked(tmp_path: Path) -> None:
    assert version.current(tmp_path, installed=lambda name: f"1.2 of {name}") == "1.2 of wardwatch"


def test_the_project_file_of_somebody_else_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "other"\nversion = "9.9"\n', encoding="utf-8")

    assert version.current(tmp_path, installed=lambda _: "1.2") == "1.2"


def test_code_that_is_neither_says_so(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="neither a checkout nor an installed package"):
        version.current(tmp_path, installed=not_installed)


def test_the_image_is_given_the_project_file() -> None:
    assert "!pyproject.toml" in (CHECKOUT / ".dockerignore").read_text(encoding="utf-8").split()
