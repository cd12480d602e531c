"""A phone-sized Chromium for tests of the page."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

# Nothing that needs a graphics card, a sandbox the container does not allow, or the Internet.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    # What browsers of phones do, whatever Chromium does by itself here: no sound before somebody touched the page.
    "--autoplay-policy=document-user-activation-required",
]

# Longer than a page needs on a busy machine; what is there already is not waited for.
expect.set_options(timeout=30_000)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


@pytest.fixture
async def phone(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport={"width": 360, "height": 640}, locale="en-GB", has_touch=True)
    try:
        yield context
    finally:
        await context.close()


@pytest.fixture
async def page(phone: BrowserContext) -> AsyncIterator[Page]:
    """A page that fails the test when the browser refuses a script or a script fails."""
    async with watched(phone) as opened:
        yield opened


@asynccontextmanager
async def watched(context: BrowserContext) -> AsyncIterator[Page]:
    """The same in another window."""
    opened, faults = await context.new_page(), list[str]()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    yield opened
    assert faults == []
