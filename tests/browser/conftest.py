"""A phone-sized Chromium for tests of the page.

All tests of pages that one process runs share a browser, and an event loop, because a browser belongs to the loop that
started it.
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from services.chassis.bus import Bus
from tests import servers
from tests.live import alerts_client as live

HERE: Final = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# The same without windows around its pages: each page costs it less than half. It shows no notifications.
SHELL = shutil.which("chromium-headless-shell")

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
# Of a test, without the start of its browser: several such waits.
_LONGEST_SECONDS: Final = 120


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run all tests of pages in one loop, and give a test the time that a page may take.

    A test that ran out of its time would leave its tasks to the next one in the loop.
    """
    for item in items:
        if item.path.parent == HERE and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(_LONGEST_SECONDS, func_only=True))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests; each of them opens windows of its own, which share nothing."""
    async with launched(SHELL or CHROMIUM) as opened:
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def whole_browser() -> AsyncIterator[Browser]:
    """A Chromium that shows notifications as well."""
    async with launched(CHROMIUM) as opened:
        yield opened


@asynccontextmanager
async def launched(program: str | None) -> AsyncIterator[Browser]:
    """*program* as a browser, closed on leaving; the test is skipped where there is none."""
    if program is None:
        pytest.skip("no Chromium on this machine")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield opened
        finally:
            await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser) -> AsyncIterator[BrowserContext]:
    # Without the page's worker, which shows pushes (test_phone.py) and takes as long to start as a tenth of the page.
    context = await browser.new_context(
        viewport={"width": 360, "height": 640}, locale="en-GB", has_touch=True, service_workers="block"
    )
    try:
        yield context
    finally:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(phone: BrowserContext) -> AsyncIterator[Page]:
    """A page that fails the test when the browser refuses a script or a script fails."""
    async with watched(phone) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def bus(nats_with_streams: servers.Nats) -> AsyncIterator[Bus]:
    """What sends sightings, as the matcher does."""
    async with live.publisher(nats_with_streams) as connected:
        yield connected


@asynccontextmanager
async def watched(context: BrowserContext) -> AsyncIterator[Page]:
    """The same in another window."""
    opened, faults = await context.new_page(), list[str]()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "console", lambda message: faults.append(message.text) if "Content Security Policy" in message.text else None
    )
    yield opened
    assert faults == []
