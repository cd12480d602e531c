"""Taking the pictures: a guard's phone through one alert, then the console, then what everybody may read."""

import io
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.async_api import Browser, Page, Playwright, Route, ViewportSize, async_playwright

from services.alerts.edge.authority import Authority
from tools.screenshots import pages, scenario
from tools.screenshots.pages import Picture
from tools.screenshots.scenario import Installation

_PROGRAMS: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_PHONE_WIDTH, _PHONE_HEIGHT = 360, 640
_DESK_WIDTH, _DESK_HEIGHT = 1280, 760
# No page is shown longer than two screens: below that comes more of the same.
_HIGHEST: Final = 1150
_QUALITY: Final = 66
_LONGEST_MS: Final = 600_000
# As chosen in another window.
_SPEAK: Final = """(code) => {
    localStorage.setItem("wardwatch.language", code);
    dispatchEvent(new StorageEvent("storage", { key: "wardwatch.language" }));
}"""
# How far the page reaches below what scrolls in it.
_HEIGHT: Final = """() => {
    const sheet = document.querySelector("main.sheet");
    if (sheet === null) return document.documentElement.scrollHeight;
    return Math.ceil(sheet.getBoundingClientRect().top + sheet.scrollHeight);
}"""
_READY: Final = """() => document.fonts.status === "loaded"
    && [...document.querySelectorAll("main p")].every((each) => !/^(Loading|Comparing|正在)/.test(each.textContent))
    && [...document.images].every((each) => each.complete)"""


async def everything(at: Installation, ids: Mapping[str, str], folder: Path) -> int:
    """Take every picture of the table into *folder*; returns how many files there are."""
    async with async_playwright() as playwright, _browser(playwright) as browser:
        found = await _guard(browser, at, folder)
        for who in dict.fromkeys(picture.who for picture in pages.CONSOLE):
            await _console(browser, at, {**ids, "incident": found}, who, folder)
        await _public(browser, at, folder)
    return len(list(pages.files()))


@asynccontextmanager
async def _browser(playwright: Playwright) -> AsyncIterator[Browser]:
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    opened = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
    yield opened
    await opened.close()


@asynccontextmanager
async def _opened(browser: Browser, *, phone: bool) -> AsyncIterator[Page]:
    size: ViewportSize = (
        {"width": _PHONE_WIDTH, "height": _PHONE_HEIGHT} if phone else {"width": _DESK_WIDTH, "height": _DESK_HEIGHT}
    )
    context = await browser.new_context(
        viewport=size, device_scale_factor=2 if phone else 1, locale="en-GB", color_scheme="light", has_touch=phone
    )
    context.set_default_timeout(_LONGEST_MS)
    # There is no screen that could go dark.
    await context.add_init_script("navigator.wakeLock.request = async () => ({ release: async () => {} })")
    yield await context.new_page()
    await context.close()


async def _guard(browser: Browser, at: Installation, folder: Path) -> str:
    """A guard's phone through one alert; returns the alert's id."""
    by_name = {picture.name: picture for picture in pages.GUARDS}

    async def take(name: str) -> None:
        await _take(page, by_name[name], folder)

    async with _opened(browser, phone=True) as page:
        await page.goto(at.url)
        await page.get_by_label("One-time code").wait_for()
        await take("phone-sign-in")
        # A code is read of an address when the page is opened.
        await page.goto("about:blank")
        await _sign_in(page, at, pages.GUARD)
        await page.get_by_role("button", name="On my way").wait_for()
        await page.locator(".faces img").nth(1).wait_for()
        await take("phone-alert")
        await page.locator(".menu summary").click()
        await page.locator(".menu").get_by_role("button", name="Check this phone").click()
        await page.get_by_role("button", name="Play the alarm").click()
        await page.get_by_role("button", name="Yes", exact=True).click()
        await take("phone-shift")
        await page.get_by_role("button", name="To the alerts").click()
        if not await page.get_by_role("button", name="On my way").is_visible():
            await page.locator(".row").first.click()
        await page.get_by_role("button", name="On my way").click()
        await page.get_by_role("button", name="Compare faces").click()
        await take("phone-compare")
        await page.get_by_role("button", name="Same person", exact=True).click()
        await page.get_by_text("Another person must compare").wait_for()
        await take("phone-answered")
        incident = await scenario.incident(at)
        await page.get_by_role("button", name="I am there").click()
        await page.get_by_role("button", name="Spoke with the person").wait_for()
        await page.get_by_role("button", name="Nothing needed").scroll_into_view_if_needed()
        await take("phone-report")
        await page.get_by_role("button", name="Spoke with the person").click()
        await page.get_by_role("button", name="Close", exact=True).click()
        await scenario.agree(at, incident)
        await page.get_by_role("button", name="All alerts").click()
        await page.locator(".row").first.wait_for()
        await take("phone-list")
        await _go(page, "account")
        await take("phone-my-account")
    async with _opened(browser, phone=False) as page:
        await _sign_in(page, at, pages.GUARD)
        await page.locator(".quiet").wait_for()
        await take("quiet")
    return incident


async def _console(browser: Browser, at: Installation, ids: Mapping[str, str], who: str, folder: Path) -> None:
    """Every page of the console that *who* shows."""
    for phone in (False, True):
        shown = [each for each in pages.CONSOLE if each.who == who and each.of_phone == phone]
        if not shown:
            continue
        async with _opened(browser, phone=phone) as page:
            await _sign_in(page, at, who)
            for picture in shown:
                assert picture.address is not None
                await _go(page, picture.address.format_map(ids))
                if picture.screen == "MatchingDialog":
                    await page.get_by_role("button", name="Stop matching").click()
                    await page.get_by_role("dialog").wait_for()
                await _take(page, picture, folder)


async def _public(browser: Browser, at: Installation, folder: Path) -> None:
    """What is served without an account. The authority's page has a port of its own, by TLS; here it is made up."""
    made = Authority(b"an example", "Wardwatch").files()

    async def serve(route: Route) -> None:
        file = made[route.request.url.removeprefix(at.url)]
        await route.fulfill(body=file.content, content_type=file.content_type)

    for picture in pages.PUBLIC:
        assert picture.address is not None
        async with _opened(browser, phone=picture.of_phone) as page:
            await page.route("**/install/*", serve)
            for language in pages.LANGUAGES:
                await page.goto(f"{at.url}{picture.address.format(language=language)}")
                await _save(page, folder / pages.file(picture, language))


async def _sign_in(page: Page, at: Installation, who: str) -> None:
    """Sign in, and touch the page once so that it may sound; no banner is left then."""
    await page.goto(f"{at.url}/#code={await at.code(who)}")
    await page.locator(".heard", has_text="Last check").wait_for()
    await page.locator(".banner.silent").click()
    await page.wait_for_function("() => document.querySelector('.banner') === null")


async def _go(page: Page, address: str) -> None:
    await page.evaluate("address => { location.hash = address; }", f"#/{address}")
    await page.locator("main.sheet").wait_for()


async def _take(page: Page, picture: Picture, folder: Path) -> None:
    """The page as it is, in each language; it is left in English."""
    for language, code in pages.LANGUAGES.items():
        await page.evaluate(_SPEAK, code)
        await page.locator(f"html[lang='{code}']").wait_for(state="attached")
        await _save(page, folder / pages.file(picture, language))
    await page.evaluate(_SPEAK, pages.LANGUAGES["en"])


async def _save(page: Page, file: Path) -> None:
    """What there is to see once it has come, as WebP; a desk is as high as its page."""
    await page.wait_for_function(_READY)
    size = page.viewport_size
    assert size is not None
    if size["width"] > _PHONE_WIDTH:
        await page.set_viewport_size({"width": _DESK_WIDTH, "height": _DESK_HEIGHT})
        height = min(max(int(await page.evaluate(_HEIGHT)), _DESK_HEIGHT), _HIGHEST)
        await page.set_viewport_size({"width": _DESK_WIDTH, "height": height})
    with Image.open(io.BytesIO(await page.screenshot(animations="disabled"))) as taken:
        taken.convert("RGB").save(file, "WEBP", quality=_QUALITY, method=6)
