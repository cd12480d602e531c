"""``docs/safeguards.md``: every rule that is cited is defined there, and every file that it names is there."""

import re
from pathlib import Path

from tests.checkout import ROOMS

CHECKOUT = Path(__file__).resolve().parents[3]
PAGE = CHECKOUT / "docs" / "safeguards.md"
DEFINED = re.compile(r"^\| \*\*S(\d+)\*\* \|", re.MULTILINE)
CITED = re.compile(r"\((?:safeguard )?S(\d+)[,)]|\bsafeguards? S(\d+)")
FILES = re.compile(r"`((?:tests|access|cli|local|models|proto|services|benchmarks)/[^`]+)`|\]\((adr/[^)]+)\)")


def cited() -> set[int]:
    """The numbers that code, migrations and decisions cite."""
    folders = (*ROOMS, "tests", "migrations", "docs")
    files = [
        path for folder in folders for path in (CHECKOUT / folder).rglob("*") if path.suffix in (".py", ".sql", ".md")
    ]
    return {int(a or b) for path in files for a, b in CITED.findall(path.read_text(encoding="utf-8"))}


def test_each_rule_is_defined_once_and_every_cited_one_is() -> None:
    defined = [int(number) for number in DEFINED.findall(PAGE.read_text(encoding="utf-8"))]

    assert defined == list(range(1, 17))
    assert cited() <= set(defined)


def test_every_file_that_the_page_names_exists() -> None:
    named = [code or f"docs/{adr}" for code, adr in FILES.findall(PAGE.read_text(encoding="utf-8"))]

    assert len(named) > 20
    assert [name for name in named if not (CHECKOUT / name).exists()] == []
