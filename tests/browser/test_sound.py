"""Whether an alert can be heard: the page says so when it cannot, and rings as soon as it can."""

import pytest
from playwright.async_api import Browser, Page, expect

from services.chassis.bus import Bus
from tests import servers
from tests.browser import hearing
from tests.browser.conftest import watched
from tests.browser.hearing import Onlooker
from tests.fakes import eventually
from tests.live import alerts_client as live
from tests.live import elsewhere, processes

pytestmark = pytest.mark.timeout(120)

# Whether the notice lies over whatever is at its place, from one side of the screen to the other.
IS_IN_FRONT = """(() => {
    const box = document.querySelector(".banner.silent").getBoundingClientRect();
    const middle = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return box.width === innerWidth && middle.closest(".banner.silent") !== null;
})()"""

# Where the way back to all alerts is.
ALL_ALERTS = """(() => {
    const box = document.querySelector("[aria-label='All alerts']").getBoundingClientRect();
    return `${box.x} ${box.y}`;
})()"""


@pytest.mark.parametrize(
    ("language", "width", "notice", "receiving"),
    [
        pytest.param("en-GB", 360, "CANNOT RING\nTap here once to turn sound on.", "Receiving", id="phone"),
        pytest.param("zh-CN", 1280, "无法响铃\n请点按此处一次以开启声音。", "接收中", id="desk"),
    ],
)
async def test_an_untouched_page_says_that_it_cannot_ring_and_rings_at_the_tap(
    browser: Browser,
    nats_with_streams: servers.Nats,
    bus: Bus,
    database: servers.Database,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    width: int,
    notice: str,
    receiving: str,
) -> None:
    await live.enrol(database)
    code = await live.invite(database, "li", "guard")
    device = await browser.new_context(viewport={"width": width, "height": 640}, locale=language, has_touch=True)
    async with (
        elsewhere.living(nats_with_streams),
        processes.alerts(nats_with_streams, database, monkeypatch) as service,
        watched(device) as page,
    ):
        untouched = await Onlooker.at(page)
        await page.goto(f"{service.url}/#code={code}")
        await _reads(untouched, ".banner.silent", notice)
        assert receiving not in await untouched.text("body")

        await live.send(bus, live.sighting())
        await _reads(untouched, ".instruction", live.INSTRUCTION)

        await eventually(lambda: _holds(untouched, "heard.vibrated.length > 0"), within_seconds=30)
        assert await untouched.sees("heard.vibrated.includes(true) || heard.sounds > 0") is False
        assert await untouched.sees(IS_IN_FRONT)
        assert "⚠ (1)" in str(await untouched.sees("document.title"))
        assert receiving not in await untouched.text("body")

        await page.touchscreen.tap(width / 2, 80)
        await hearing.rang(page, 1)
        await expect(page.locator(".banner.silent")).to_have_count(0)
        await expect(page.locator(".heard")).to_contain_text(receiving)
        assert await page.evaluate("heard.vibrated.at(-1)")

        await page.reload()
        await _reads(untouched, ".banner.silent", notice)
        await _reads(untouched, ".instruction", live.INSTRUCTION)
        await page.touchscreen.tap(width / 2, 300)
        await _sounding_for_a_second(page)
        assert await page.evaluate("heard.sounds") == 0, "it was heard before the page was loaded again"
    await device.close()


async def test_sound_that_the_system_takes_away_is_missed_in_every_view(
    page: Page, nats_with_streams: servers.Nats, bus: Bus, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live.enrol(database)
    code = await live.invite(database, "ana", "supervisor")
    await page.add_init_script(hearing.METER)
    notice = page.get_by_role("button", name="CANNOT RING")
    async with (
        elsewhere.living(nats_with_streams),
        processes.alerts(nats_with_streams, database, monkeypatch) as service,
    ):
        await page.goto(service.url)
        await page.get_by_label("One-time code").fill(code)
        await page.get_by_role("button", name="Start shift").click()
        await expect(page.locator(".heard")).to_contain_text("Receiving")
        await expect(notice).to_have_count(0)

        await _suspend_sound(page)
        await expect(notice).to_be_in_viewport(ratio=1)
        await expect(page.locator(".quiet")).to_contain_text("Cannot ring: a new alert may not be noticed.")
        await expect(page.locator(".heard")).to_contain_text("Cannot ring")
        await notice.click()
        # The tap is answered with a short tone.
        await hearing.rang(page, 1)
        await expect(notice).to_have_count(0)

        await page.get_by_role("link", name="Watchlist").click()
        await page.locator("main.sheet").wait_for()
        await _suspend_sound(page)
        await expect(notice).to_be_in_viewport(ratio=1)
        # A page that comes back to the front takes its sound back by itself.
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(notice).to_have_count(0)

        # Whatever the browser calls it, a sound that stands still is heard by nobody; a touch begins it anew.
        await page.evaluate("Object.defineProperty(heard.contexts.at(-1), 'currentTime', { value: 1 })")
        await expect(notice).to_be_in_viewport(ratio=1, timeout=30_000)
        await page.get_by_role("link", name="Alerts").click()
        await expect(notice).to_have_count(0)
        await live.send(bus, live.sighting())
        await hearing.rang(page, 2)
        await page.get_by_role("button", name="Enlarge both faces").click()
        await _suspend_sound(page)
        await expect(notice).to_be_in_viewport(ratio=1)
        assert await page.evaluate(IS_IN_FRONT)


async def test_the_press_that_turns_sound_on_does_what_it_was_meant_for(
    page: Page, nats_with_streams: servers.Nats, bus: Bus, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live.enrol(database)
    async with (
        elsewhere.living(nats_with_streams),
        processes.alerts(nats_with_streams, database, monkeypatch) as service,
    ):
        untouched = await Onlooker.at(page)
        await page.goto(f"{service.url}/#code={await live.invite(database, 'li', 'guard')}")
        await _reads(untouched, ".banner.silent", "CANNOT RING")
        await live.send(bus, live.sighting())
        await _reads(untouched, ".instruction", live.INSTRUCTION)
        await expect(page.locator(".banner.working")).to_have_count(0)
        x, y = str(await untouched.sees(ALL_ALERTS)).split()

        await page.mouse.move(float(x) + 20, float(y) + 8)
        await page.mouse.down()
        await expect(page.get_by_role("button", name="SOUND IS ON")).to_be_visible()
        await hearing.rang(page, 1)
        await page.mouse.up()

        await expect(page.locator(".list .row")).to_be_visible()
        await expect(page.locator(".strip")).to_have_count(0)
        await expect(page.locator(".banner.silent")).to_have_count(0)


async def test_a_phone_whose_screen_may_go_dark_says_so(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await live.invite(database, "li", "guard")
    await page.add_init_script(
        "navigator.wakeLock.request = async () => {"
        " if (!window.allowed) throw new DOMException('', 'NotAllowedError'); return new EventTarget(); };"
    )
    async with processes.alerts(nats_with_streams, database, monkeypatch) as service:
        untouched = await Onlooker.at(page)
        await page.goto(f"{service.url}/#code={code}")
        await _reads(untouched, ".banner.silent", "CANNOT RING")
        await page.touchscreen.tap(180, 80)

        notice = page.get_by_role("button", name="The screen may go dark")
        await expect(notice).to_be_visible()
        await page.evaluate("window.allowed = true")
        await notice.click()
        await expect(notice).to_have_count(0)


async def _reads(untouched: Onlooker, selector: str, text: str) -> None:
    """Wait until a person reads *text* at *selector*."""

    async def read() -> bool:
        return text in await untouched.text(selector)

    await eventually(read, within_seconds=30)


async def _holds(untouched: Onlooker, expression: str) -> bool:
    return await untouched.sees(expression) is True


async def _suspend_sound(page: Page) -> None:
    """What the system does to a page's sound when somebody calls, for example."""
    await page.evaluate("heard.contexts.at(-1).suspend()")


async def _sounding_for_a_second(page: Page) -> None:
    await expect(page.locator(".banner.silent")).to_have_count(0)
    began = await page.evaluate("heard.contexts.at(-1).currentTime")

    async def passed() -> bool:
        over: bool = await page.evaluate("began => heard.contexts.at(-1).currentTime > began + 1", began)
        return over

    await eventually(passed, within_seconds=30)
