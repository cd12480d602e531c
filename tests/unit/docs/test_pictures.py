"""Pictures of the documentation: one of every screen of the product, in both languages, each of them shown."""

import re
from pathlib import PurePosixPath
from typing import Final

from tests.checkout import CHECKOUT
from tools.docs import layout
from tools.screenshots import pages

IMAGES: Final = CHECKOUT / "docs" / "images"
WEB: Final = CHECKOUT / "services" / "alerts" / "web"
# Of all pictures together, so that a clone stays small.
MOST_BYTES: Final = 3_000_000
COMPONENT: Final = re.compile(r"html`<\$\{(\w+)\}")
LATE: Final = re.compile(r'\$\{LateScreen\} name="(\w+)"')


def shown() -> set[PurePosixPath]:
    """What the project's pages show or lead to, below the checkout."""
    return {
        aim
        for page in layout.pages(CHECKOUT)
        for aim in layout.targets((CHECKOUT / page).read_text(encoding="utf-8"), page)
    }


def screens() -> set[str]:
    """Every screen that the console, the accounts and the guard's page lead to."""
    console = (WEB / "console" / "screen.js").read_text(encoding="utf-8")
    accounts = (WEB / "accounts" / "accounts.js").read_text(encoding="utf-8").partition("const screen =")[2]
    guards = (WEB / "alerts" / "desk.js").read_text(encoding="utf-8") + (WEB / "page.js").read_text(encoding="utf-8")
    found = {*COMPONENT.findall(console), *LATE.findall(console), *COMPONENT.findall(accounts.partition(";")[0])}
    return (found | set(COMPONENT.findall(guards))) - {"LateScreen", "LateConsole", "LateAccounts", "Desk", "Waiting"}


def test_every_screen_of_the_product_has_its_picture() -> None:
    assert len(screens()) > 25
    assert screens() - {picture.screen for picture in pages.ALL} == set()


def test_every_page_that_needs_no_account_has_its_picture() -> None:
    served = {path.parent.name for path in WEB.glob("*/*.html")} | {"proof"}

    assert {picture.screen.partition("/")[0] for picture in pages.PUBLIC} == served


def test_the_pictures_are_those_of_the_table_and_small() -> None:
    taken = {path.name for path in IMAGES.glob("*.webp")}

    assert taken == set(pages.files())
    assert {path.suffix for path in IMAGES.iterdir()} == {".webp", ".svg"}
    assert sum(path.stat().st_size for path in IMAGES.iterdir()) < MOST_BYTES


def test_every_picture_is_shown_on_a_page() -> None:
    there = {PurePosixPath(path.relative_to(CHECKOUT).as_posix()) for path in IMAGES.iterdir()}

    assert there - shown() == set()
