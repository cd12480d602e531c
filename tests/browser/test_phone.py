"""The guard's phone: a whole shift in a real Chromium at 360 x 640, in both languages and colour schemes.

With ``WARDWATCH_SCREENSHOTS`` set to a folder, what a guard sees is photographed.
"""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from services.chassis.bus import Bus
from tests import servers
from tests.browser import axe
from tests.browser.conftest import watched
from tests.fakes import eventually
from tests.live import alerts_client as live
from tests.live import elsewhere, processes

pytestmark = pytest.mark.timeout(180)

# What must not be anywhere in the page before the verdict, in its text or in an attribute.
SECRET = re.compile(rf"{live.LABEL}|0\.71|similarity|cosine|strength|strong|possible\b(?! match)", re.IGNORECASE)
WALK = """() => [...document.querySelectorAll("*")].flatMap((element) => [
    ...[...element.attributes].map(({ name, value }) => `${name}=${value}`),
    ...[...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data),
]).join("\\n")"""
NOTE = "She waits for a visitor."
# Counts what wakes the page up.
COUNT = """(() => {
    const woken = (window.woken = { timers: 0, frames: 0, beats: 0 });
    const [later, often, frame] = [window.setTimeout, window.setInterval, window.requestAnimationFrame];
    const counted = (name, work) => (...rest) => ((woken[name] += 1), work(...rest));
    window.setTimeout = (work, ...rest) => later(counted("timers", work), ...rest);
    window.setInterval = (work, ...rest) => often(counted("timers", work), ...rest);
    window.requestAnimationFrame = (work) => frame(counted("frames", work));
    const { addEventListener } = EventSource.prototype;
    EventSource.prototype.addEventListener = function (name, work) {
        addEventListener.call(this, name, name === "state" ? counted("beats", work) : work);
    };
})()"""


@dataclass(frozen=True, slots=True)
class Shift:
    """The running service, the guard's page, and a colleague elsewhere."""

    service: processes.Alerts
    database: servers.Database
    bus: Bus
    page: Page
    context: BrowserContext

    async def colleague(self, name: str, role: str = "guard") -> aiohttp.ClientSession:
        """Signed in over HTTP, as the command line is; the test closes it."""
        http = aiohttp.ClientSession(self.service.url)
        code = await live.invite(self.database, name, role)
        async with http.post("/api/v1/session", json={"code": code}) as reply:
            http.headers["Authorization"] = f"Bearer {(await reply.json())['token']}"
        return http

    async def says_nothing_secret(self) -> None:
        """Walk the whole document."""
        found = SECRET.search(await self.page.evaluate(WALK))
        assert found is None, found

    async def is_clean(self, name: str) -> None:
        """Nothing for axe, no English in Chinese, and a picture if wanted."""
        await axe.is_clean(self.page, said_by_people=(live.INSTRUCTION, NOTE), picture=f"phone-{name}")


@pytest_asyncio.fixture(loop_scope="session")
async def shift(
    browser: Browser,
    nats_with_streams: servers.Nats,
    bus: Bus,
    database: servers.Database,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Shift]:
    async with _on_shift(browser, nats_with_streams, bus, database, monkeypatch) as begun:
        yield begun


@pytest_asyncio.fixture(loop_scope="session")
async def notified_shift(
    whole_browser: Browser,
    nats_with_streams: servers.Nats,
    bus: Bus,
    database: servers.Database,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Shift]:
    """The same on a phone that shows notifications."""
    async with _on_shift(whole_browser, nats_with_streams, bus, database, monkeypatch) as begun:
        yield begun


@asynccontextmanager
async def _on_shift(
    browser: Browser, nats: servers.Nats, bus: Bus, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shift]:
    await live.enrol(database)
    # A finger, not a mouse, but where nothing says what a phone's sound does: it is heard elsewhere (test_sound.py).
    context = await browser.new_context(viewport={"width": 360, "height": 640}, locale="en-GB", has_touch=True)
    await context.grant_permissions(["notifications"])
    async with (
        live.desk(nats, live.cards()),
        elsewhere.living(nats),
        processes.alerts(nats, database, monkeypatch) as service,
        watched(context) as page,
    ):
        yield Shift(service, database, bus, page, context)
    await context.close()


async def _sign_in(shift: Shift, name: str) -> None:
    await shift.page.goto(shift.service.url)
    await shift.page.get_by_label("One-time code").fill(await live.invite(shift.database, name, "guard"))
    await shift.page.get_by_role("button", name="Start shift").click()
    await expect(shift.page.locator(".heard")).to_contain_text("Receiving")


async def test_a_guards_shift_is_clean_in_both_languages_and_schemes(shift: Shift) -> None:
    page = shift.page
    await page.goto(shift.service.url)
    await expect(page.get_by_label("One-time code")).to_be_visible()
    await shift.is_clean("sign-in")
    await _sign_in(shift, "li")
    await shift.is_clean("quiet")

    await page.get_by_role("button", name="Check this phone").click()
    await page.get_by_role("button", name="Play the alarm").click()
    await page.get_by_role("button", name="Yes").click()
    await expect(page.get_by_text("This phone cannot ring in the background")).to_be_visible()
    await shift.is_clean("shift")

    # Where the camera is, said by an administrator.
    ada = await shift.colleague("ada", "administrator")
    said = {"name": "East lobby", "building": "Main building", "floor": "Ground floor"}
    async with ada.put("/api/v1/places/h1/east", json=said) as reply:
        assert reply.status == 204
    async with ada.put("/api/v1/places/h1/east/plan", data=live.portrait("#446688")) as reply:
        assert reply.status == 204, await reply.text()
    await page.reload()
    await expect(page.locator(".heard")).to_contain_text("Last check")
    await page.locator("summary").click()
    await page.locator(".menu").get_by_role("button", name="Check this phone").click()

    # It comes over the check, with place and ground, and says where the person was before.
    await live.send(shift.bus, live.sighting(camera="gate"))
    await expect(page.get_by_text(live.INSTRUCTION)).to_be_visible()
    await live.send(shift.bus, live.sighting(camera="east", similarity=0.6))
    await expect(page.locator(".where")).to_contain_text("East lobby")
    await expect(page.locator(".where")).to_contain_text("Main building · Ground floor · site h1 · east")
    await expect(page.locator(".trail")).to_contain_text(re.compile(r"also seen \d\d:\d\d, gate"))
    await page.get_by_role("button", name="Show the plan").click()
    await expect(page.get_by_alt_text("Plan of East lobby")).to_be_visible()
    await page.get_by_role("button", name="Hide the plan").click()
    await shift.says_nothing_secret()
    await shift.is_clean("alert")
    await page.get_by_role("button", name="All alerts").click()
    await shift.is_clean("list")
    await shift.says_nothing_secret()
    await page.locator(".row").click()

    await page.get_by_role("button", name="On my way").click()
    await page.get_by_role("button", name="Compare faces").click()
    await shift.is_clean("comparing")
    await shift.says_nothing_secret()
    await page.get_by_role("button", name="Same person", exact=True).click()
    await expect(page.get_by_text("Another person must compare")).to_be_visible()
    await expect(page.get_by_text(live.LABEL)).to_be_visible()
    # How strong it was, and what others say, would sway who corrects the verdict.
    assert "Strong" not in await page.evaluate(WALK)

    ana = await shift.colleague("ana")
    incident = (await (await ana.get("/api/v1/incidents")).json())["incidents"][0]["id"]
    async with ana.post(f"/api/v1/incidents/{incident}/verdict", json={"verdict": "not_same"}) as reply:
        assert reply.status == 200
    await expect(page.get_by_text("People disagree")).to_be_visible()
    await page.get_by_role("button", name="I am there").click()
    await page.get_by_role("button", name="Spoke with the person").click()
    await page.get_by_label("Note").fill(NOTE)
    await shift.is_clean("report")
    await page.get_by_role("button", name="Close", exact=True).click()
    await expect(page.locator(".visit")).to_contain_text(NOTE)

    # Whoever was told is told again, and what turned out wrong is withdrawn.
    await page.get_by_role("button", name="Correct my verdict").click()
    await shift.is_clean("correct")
    await page.get_by_role("button", name="Not this person").click()
    await expect(page.locator(".instruction")).to_contain_text("the instruction is withdrawn")
    assert live.INSTRUCTION not in await page.evaluate(WALK)
    await shift.is_clean("withdrawn")
    await page.get_by_role("button", name="All alerts").click()
    async with ana.post(f"/api/v1/incidents/{incident}/correction", json={"verdict": "same"}) as reply:
        assert reply.status == 200, await reply.text()
    await expect(page.get_by_role("button", name="Corrected: East lobby")).to_be_visible()
    await shift.is_clean("corrected")
    await page.get_by_role("button", name="Corrected: East lobby").click()
    await expect(page.locator(".strip")).to_contain_text("UNRESOLVED")
    await expect(page.get_by_role("button", name="Corrected: East lobby")).to_have_count(0)
    for http in (ada, ana):
        await http.close()


async def test_an_answer_without_a_connection_waits_and_is_sent_once(shift: Shift) -> None:
    page, reached = shift.page, list[str]()
    await _sign_in(shift, "li")
    await live.send(shift.bus, live.sighting())
    await expect(page.get_by_text(live.INSTRUCTION)).to_be_visible()

    async def cut(route: Route) -> None:
        await route.abort()

    await page.route("**/response", cut)
    await page.get_by_role("button", name="On my way").click()
    await expect(page.locator(".banner.unsent")).to_contain_text("1 answer is not sent yet")
    await expect(page.get_by_role("button", name="On my way")).to_be_disabled()
    await page.reload()
    await expect(page.locator(".banner.unsent")).to_contain_text("1 answer is not sent yet")
    kept = json.loads(await page.evaluate("localStorage.getItem('wardwatch.unsent')"))
    assert set(kept[0]) == {"key", "incident", "said", "at", "session"}
    await shift.is_clean("unsent")

    page.on("requestfinished", lambda request: reached.append(request.url) if "/response" in request.url else None)
    await page.unroute("**/response", cut)
    await expect(page.get_by_text("You are on the way")).to_be_visible()
    await expect(page.locator(".banner.unsent")).to_have_count(0)
    assert len(reached) == 1
    assert await page.evaluate("localStorage.getItem('wardwatch.unsent')") is None


async def test_an_idle_page_draws_nothing_and_hardly_wakes(shift: Shift) -> None:
    await shift.page.add_init_script(COUNT)
    await _sign_in(shift, "li")
    await expect(shift.page.locator(".quiet.well")).to_be_visible()
    before = await shift.page.evaluate("({ ...woken })")

    async def has_heard_twelve_beats() -> bool:
        return bool(await shift.page.evaluate("woken.beats") - before["beats"] >= 12)

    await eventually(has_heard_twelve_beats, within_seconds=60)
    after = await shift.page.evaluate("({ ...woken })")
    beats = after["beats"] - before["beats"]

    assert await shift.page.evaluate("document.getAnimations().length") == 0
    # The server of a test beats ten times as often as a real one, and even then most beats wake nothing else.
    assert after["timers"] - before["timers"] <= beats / 2
    assert after["frames"] - before["frames"] <= beats / 2


async def test_the_page_can_be_installed_and_its_worker_keeps_nothing(shift: Shift) -> None:
    page = shift.page
    await _sign_in(shift, "li")
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    manifest = await page.evaluate("fetch('/manifest.webmanifest').then((reply) => reply.json())")
    for icon in manifest["icons"]:
        reply = await page.request.get(f"{shift.service.url}{icon['src']}")
        assert reply.headers["content-type"].startswith(icon["type"])
    session = await shift.context.new_cdp_session(page)
    found = await session.send("Page.getInstallabilityErrors")
    assert [each["errorId"] for each in found["installabilityErrors"]] in ([], ["in-incognito"])

    await live.send(shift.bus, live.sighting())
    await expect(page.locator("figure img")).to_have_count(2)
    await page.reload()
    await expect(page.get_by_text(live.INSTRUCTION)).to_be_visible()
    assert await page.evaluate("caches.keys()") == []


async def test_visitors_read_the_notice_without_an_account(shift: Shift) -> None:
    page = shift.page
    await page.goto(f"{shift.service.url}/notice")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("compare faces with a list")
    await page.get_by_role("link", name="中文").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("人脸与名单比对")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # The page's own policy holds here too, and lets the style through.
    assert await page.evaluate("getComputedStyle(document.querySelector('table')).borderCollapse") == "collapse"
    await page.get_by_role("link", name="打印告示牌").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("此处进行人脸比对")


async def test_a_push_is_shown_leads_to_its_alert_and_goes_when_it_is_answered(notified_shift: Shift) -> None:
    shift, page = notified_shift, notified_shift.page
    await _sign_in(shift, "li")
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await live.send(shift.bus, live.sighting())
    await expect(page.get_by_text(live.INSTRUCTION)).to_be_visible()
    incident = await page.evaluate(
        "fetch('/api/v1/incidents').then((reply) => reply.json()).then(({ incidents }) => incidents[0].id)"
    )
    await page.evaluate(
        "() => { window.shown = new Promise((resolve) => navigator.serviceWorker.addEventListener('message',"
        " ({ data }) => data.pushed && resolve(data.pushed))); }"
    )
    await _push(shift, incident)
    # A browser that is asked for notifications before it has shown one may forget it.
    assert await page.evaluate("window.shown") == incident
    titles = "navigator.serviceWorker.ready.then((w) => w.getNotifications()).then((all) => all.map((n) => n.title))"

    async def shows(expected: list[str]) -> bool:
        return bool(await page.evaluate(titles) == expected)

    await eventually(lambda: shows(["Wardwatch"]), within_seconds=30)
    await page.get_by_role("button", name="All alerts").click()
    await page.evaluate(f"location.hash = '#/alerts/{incident}'")
    await expect(page.get_by_text(live.INSTRUCTION)).to_be_visible()
    assert "#" not in page.url

    await page.get_by_role("button", name="On my way").click()
    await eventually(lambda: shows([]), within_seconds=30)


async def _push(shift: Shift, incident: str) -> None:
    """As the browser hands a push to the page's worker."""
    session = await shift.context.new_cdp_session(shift.page)
    registrations: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(each["registrationId"] for each in event["registrations"]),
    )
    await session.send("ServiceWorker.enable")
    await eventually(lambda: _is_known(registrations), within_seconds=30)
    notification = {"title": "Wardwatch", "tag": incident, "navigate": f"{shift.service.url}/#/alerts/{incident}"}
    data = json.dumps({"web_push": 8030, "notification": {**notification, "data": {"incident": incident}}})
    push = {"origin": shift.service.url, "registrationId": registrations[0], "data": data}
    await session.send("ServiceWorker.deliverPushMessage", push)


async def _is_known(found: list[str]) -> bool:
    return bool(found)
