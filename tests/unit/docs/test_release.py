"""Releases: one version everywhere, and a wheel with all that it needs."""

import re
import tomllib
from fnmatch import fnmatch

import pytest

from services.chassis.version import current
from tests.checkout import CHECKOUT, ROOMS


@pytest.mark.parametrize("page", ["compose.yaml", "docs/production.md", "docs/release.md"])
def test_the_image_is_named_by_the_version(page: str) -> None:
    named = re.findall(r"\bwardwatch:(\d+\.\d+\.\d+)", (CHECKOUT / page).read_text(encoding="utf-8"))

    assert named
    assert set(named) == {current()}


def test_the_changelog_knows_the_version_and_what_comes_next() -> None:
    headings = re.findall(r"^## \[(.+?)\]", (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert headings[0] == "Unreleased"
    assert headings[1] == current()


def test_a_wheel_carries_what_programs_open_at_run_time() -> None:
    setuptools = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    packages = setuptools["packages"]["find"]["include"]
    opened = {"migrations": "*.sql", "models": "*.toml", "services/alerts": "web/**/*"}

    assert [room for room in (*ROOMS, "migrations") if not any(fnmatch(room, pattern) for pattern in packages)] == []
    for folder, files in opened.items():
        carried = setuptools["package-data"][folder.replace("/", ".")]
        for path in (CHECKOUT / folder).glob(files):
            named = path.relative_to(CHECKOUT / folder).as_posix()
            assert path.is_dir() or any(fnmatch(named, pattern) for pattern in carried), path
