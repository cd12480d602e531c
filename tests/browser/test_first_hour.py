"""An administrator's first page leads through the first hour, and ticks off by itself what the system has seen."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from proto.wardwatch.v1.camera_states import CameraSight, CameraState
from proto.wardwatch.v1.replication import MatcherPresence
from proto.wardwatch.v1.subjects import Place, camera_id, camera_state, matcher_presence, site_id
from services.chassis.bus import Bus
from tests import buses, servers
from tests.browser import axe, pictures
from tests.browser.conftest import watched
from tests.fakes import repeating
from tests.live import alerts_client as live
from tests.live import processes

PLACE = Place(site_id("h1"), camera_id("gate-2"))
SIGHT = CameraSight(silent_ms=40, within_ms=2000, frames=10, searched=10)
TITLES = {
    "en": [
        "You are an administrator", "A supervisor", "A second supervisor", "A camera sends pictures",
        "A person matches on every matcher", "A guard's phone rings", "An alert is answered",
    ],
    "zh": [
        "您是管理员", "一位主管", "第二位主管", "一台摄像机在发送画面", "一个人在每个比对器上都能匹配",
        "一部保安手机会响", "有人应答了一条告警",
    ],
}  # fmt: skip


def presence(entries: int) -> MatcherPresence:
    """What a matcher says of itself that can match *entries*."""
    now = datetime.now(UTC)
    return MatcherPresence("m1", uuid.UUID(int=1), now, now, 1, entries, entries, 1, 0)


async def tell(matcher: Bus, entries: int, *, camera: bool) -> None:
    """What a matcher says every second."""
    said = presence(entries)
    await matcher.publish(matcher_presence(said.name), said.encode())
    if camera:
        await matcher.publish(camera_state(PLACE), CameraState(PLACE, (), SIGHT).encode())


@asynccontextmanager
async def opened(browser: Browser, url: str, code: str) -> AsyncIterator[Page]:
    """A phone of somebody who follows their link."""
    context = await browser.new_context(viewport={"width": 360, "height": 640}, locale="en-GB", has_touch=True)
    async with watched(context) as page:
        await page.goto(f"{url}/#code={code}")
        yield page
    await context.close()


def step(page: Page, number: int) -> Locator:
    return page.locator(".first-steps > li").nth(number)


async def speak(page: Page, language: str) -> None:
    await page.locator(".menu summary").click()
    await page.get_by_role("button", name=language).click()
    await page.locator(".menu summary").click()


async def shown(page: Page, language: str) -> None:
    """All steps are there in *language*, and nothing is wider than the phone."""
    await expect(page.locator(".first-steps > li b")).to_have_text(TITLES[language])
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    await pictures.take(page, f"first-hour-{language}")


async def test_the_first_page_ticks_off_what_the_system_has_seen(
    browser: Browser,
    nats_with_streams: servers.Nats,
    bus: Bus,
    database: servers.Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await live.enrol(database)
    code = await live.invite(database, "admin", "administrator")
    settings = {"BEAT_SECONDS": "0.2", "COMMAND": "'/opt/ward watch/wardwatch'"}
    async with (
        processes.alerts(nats_with_streams, database, monkeypatch, **settings) as service,
        buses.connected(nats_with_streams, "matcher-record") as matcher,
        opened(browser, service.url, code) as page,
    ):
        done, command = page.locator(".first-steps > li.done"), page.locator(".next code")
        await expect(page.get_by_role("heading", name="The first hour")).to_be_visible()
        await expect(done).to_have_count(1)
        await expect(step(page, 0)).to_contain_text("admin")
        await expect(command).to_have_text("'/opt/ward watch/wardwatch' account add li.wei --role supervisor")
        await shown(page, "en")
        await speak(page, "中文")
        await shown(page, "zh")

        # An account is made on the page itself; its code is shown with a QR code.
        await page.locator(".next").get_by_label("此人的名字").fill("li.wei")
        await page.get_by_role("button", name="放行这位主管").click()
        await expect(done).to_have_count(2)
        # The step is done with the account; the code stays until it is handed over.
        await axe.is_clean(page)
        assert await page.evaluate("document.documentElement.scrollWidth") == 360
        await speak(page, "中文")
        async with opened(browser, service.url, await page.locator("p.number").inner_text()) as other:
            await expect(other.locator(".heard")).to_be_visible()
        await expect(page.get_by_role("img", name="二维码")).to_be_visible()
        await page.get_by_role("button", name="我已交给本人").click()
        await expect(page.locator("p.number")).to_have_count(0)
        await live.invite(database, "wang.fang", "supervisor")
        await expect(done).to_have_count(3)
        async with repeating(lambda: tell(matcher, 0, camera=True)):
            await expect(step(page, 3)).to_contain_text("gate-2")
            await expect(page.locator(".next").get_by_role("link", name="添加人员")).to_be_visible()
        async with repeating(lambda: tell(matcher, 1, camera=True)):
            await expect(done).to_have_count(5)
            await speak(page, "English")
            # By plain HTTP no phone can sign in; how it could is said instead.
            await expect(command).to_have_text("'/opt/ward watch/wardwatch' up --site h1 --listen lan")

            guard_code = await live.invite(database, "ana.ruiz", "guard")
            async with opened(browser, service.url, guard_code) as phone:
                # Before the first touch it is open and silent.
                await expect(phone.locator(".heard")).to_contain_text("Cannot ring")
                await expect(done).to_have_count(5)
                await phone.locator(".banner.silent").tap()
                await expect(step(page, 5)).to_contain_text("ana.ruiz")
                await live.send(bus, live.sighting())
                await phone.get_by_role("button", name="On my way").tap()
                await expect(done).to_have_count(7)
        await page.get_by_role("button", name="Put this page away").click()
        await expect(page.locator(".first-steps")).to_have_count(0)
        await page.reload()
        await expect(page.locator(".heard")).to_be_visible()
        assert "start" not in page.url
