"""Pictures of pages for whoever looks at them: in the folder WARDWATCH_SCREENSHOTS; where that is not set, none."""

import os
from pathlib import Path

from playwright.async_api import Page


async def take(page: Page, name: str, *, whole: bool = False) -> None:
    """Photograph what is in view, or the *whole* page."""
    if folder := os.environ.get("WARDWATCH_SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=whole)
