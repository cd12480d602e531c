"""The project's pages: none forgotten, no link into nothing, no line too long to read."""

import re
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from tests.checkout import CHECKOUT

ADRS: Final = CHECKOUT / "docs" / "adr"
PAGES: Final = sorted(
    page.relative_to(CHECKOUT).as_posix()
    for found in ("*.md", "*/**/*.md")
    for page in CHECKOUT.glob(found)
    # Neither hidden folders nor what was built or fetched is the project's.
    if not re.search(r"(^|/)(\.|node_modules/|build/|dist/)", page.relative_to(CHECKOUT).as_posix())
)
LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
CODE: Final = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
WIDEST: Final = 139


def read(page: str) -> str:
    return (CHECKOUT / page).read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """The headings of *page* as a code host names them in a link."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_a_line_outside_a_table_is_short(page: str) -> None:
    lines = enumerate(read(page).splitlines(), start=1)

    assert [number for number, line in lines if len(line) > WIDEST and not line.lstrip().startswith("|")] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_table_ends_with_a_blank_line(page: str) -> None:
    text = CODE.sub("", read(page))

    # What follows at once is a row of it on the site.
    assert re.findall(r"^ *\|.*\|\n(?! *\|)(.+)$", text, re.MULTILINE) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_link_leads_somewhere(page: str) -> None:
    for target in LINK.findall(CODE.sub("", read(page))):
        if "://" in target:
            continue
        path, _, heading = target.partition("#")
        found = (CHECKOUT / page).parent / path if path else CHECKOUT / page
        assert found.exists(), target
        assert not heading or heading in anchors(found), target


def test_the_index_of_decisions_names_each_in_order() -> None:
    listed = re.findall(r"^\| \[(\d+)\]\((\S+)\) \| ([^|]+) \| [^|]+ \|$", read("docs/adr/README.md"), re.MULTILINE)
    titles = [(path.name, path.read_text(encoding="utf-8").splitlines()[0]) for path in sorted(ADRS.glob("0*.md"))]

    assert [(name, f"# {number}. {title}") for number, name, title in listed] == titles


def test_a_decision_has_the_number_of_its_file_and_all_its_parts() -> None:
    for path in ADRS.glob("0*.md"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(path.name[:4])}. "), path.name
        assert [part for part in ("Context", "Decision", "Consequences") if f"**{part}.**" not in text] == [], path.name


def test_the_glossary_has_each_term_once() -> None:
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", read("docs/glossary.md"), re.MULTILINE)
    terms = Counter(term.strip() for row in rows for term in row.split(",") if row not in ("term", "---"))

    assert len(terms) > 60
    assert [term for term, times in terms.items() if times > 1] == []
