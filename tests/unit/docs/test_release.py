"""One version: what names a release by hand names the one of ``pyproject.toml``."""

import re

import pytest

from cli.version import current
from tests.checkout import CHECKOUT


@pytest.mark.parametrize("page", ["compose.yaml", "docs/production.md", "docs/release.md"])
def test_the_image_is_named_by_the_version(page: str) -> None:
    named = re.findall(r"\bwardwatch:(\d+\.\d+\.\d+)", (CHECKOUT / page).read_text(encoding="utf-8"))

    assert named
    assert set(named) == {current()}


def test_the_changelog_knows_the_version_and_what_comes_next() -> None:
    headings = re.findall(r"^## \[(.+?)\]", (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert headings[0] == "Unreleased"
    assert headings[1] == current()
