"""Which version this is: ``pyproject.toml`` says it, once, and an installed wheel carries what it said."""

import tomllib
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Final

from services.chassis.errors import StartupError

_NAME: Final = "wardwatch"
_CHECKOUT: Final = Path(__file__).resolve().parents[2]


def current(folder: Path = _CHECKOUT, installed: Callable[[str], str] = metadata.version) -> str:
    """The version of the checkout or image in *folder*, else of the installed package.

    The file goes first: a checkout that is installed for editing keeps the metadata of the day it was installed.
    Raises StartupError when there is neither.
    """
    return _of_project(folder / "pyproject.toml") or _of_package(installed)


def _of_project(file: Path) -> str | None:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    project = tomllib.loads(text).get("project", {})
    # Beside an installed package the file may be another project's.
    return str(project["version"]) if project.get("name") == _NAME else None


def _of_package(installed: Callable[[str], str]) -> str:
    try:
        return installed(_NAME)
    except metadata.PackageNotFoundError as error:
        raise StartupError("this is neither a checkout nor an installed package: its version is unknown") from error
