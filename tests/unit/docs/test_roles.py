"""The pages for guards, supervisors, privacy officers and administrators: they name buttons as the product does."""

import re
from typing import Final

import pytest

from tests.checkout import CHECKOUT

PAGES: Final = ("guard", "supervisor", "privacy-officer", "operations", "zh/guard", "zh/supervisor")
WEB: Final = CHECKOUT / "services" / "alerts" / "web"
BOLD: Final = re.compile(r"\*\*([^*\n]+)\*\*")


def words(language: str) -> str:
    """Everything that the product's pages say in *language*."""
    files = [*WEB.glob(f"**/words/{language}.js"), *WEB.glob(f"**/acts/{language}.js")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


@pytest.mark.parametrize("page", PAGES)
def test_what_is_bold_stands_on_the_product_in_the_pages_language(page: str) -> None:
    said = words("zh" if page.startswith("zh/") else "en").lower()
    labels = BOLD.findall((CHECKOUT / "docs" / f"{page}.md").read_text(encoding="utf-8"))

    assert len(labels) > 4
    assert [label for label in labels if label.lower().rstrip(".。") not in said] == []
