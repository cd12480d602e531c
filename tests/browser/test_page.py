"""The page in a real Chromium, on the real service, broker and database."""

import asyncio
import re
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, Route, expect

from proto.wardwatch.v1.subjects import EntryId
from services.chassis.bus import Bus
from services.chassis.errors import Refusal
from tests import servers
from tests.browser import hearing
from tests.live import alerts_client as live
from tests.live import processes
from tests.reviewers import one_reviewer

pytestmark = pytest.mark.timeout(120)

# What must not be anywhere in the page before the verdict.
SECRET = re.compile(rf"{live.LABEL}|0\.71|similarity|cosine|strong|possible\b(?! match)", re.IGNORECASE)


async def sign_in(page: Page, service: processes.Alerts, code: str) -> None:
    """As a guard does who reads the code from a screen."""
    await page.goto(service.url)
    await page.get_by_label("One-time code").fill(code.lower())
    await page.get_by_role("button", name="Start shift").click()
    await expect(page.get_by_text("Last check").first).to_be_visible()


async def test_two_people_decide_an_alert_without_having_seen_a_score(
    page: Page,
    browser: Browser,
    nats_with_streams: servers.Nats,
    bus: Bus,
    database: servers.Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await live.enrol(database)
    guard, supervisor = await live.invite(database, "li", "guard"), await live.invite(database, "ana", "supervisor")
    async with (
        live.desk(nats_with_streams, live.cards()),
        processes.alerts(nats_with_streams, database, monkeypatch) as service,
    ):
        await sign_in(page, service, guard)
        await expect(page.get_by_role("heading", name="No alerts")).to_be_visible()

        await live.send(bus, live.sighting(camera="east-lobby"))

        await expect(page.get_by_text(live.INSTRUCTION)).to_be_visible()
        await expect(page.get_by_text("never affects access to treatment")).to_be_visible()
        pictures = page.locator("figure img")
        await expect(pictures).to_have_count(2)
        boxes = [await pictures.nth(n).bounding_box() for n in (0, 1)]
        assert boxes[0] is not None
        assert boxes[1] is not None
        assert (boxes[0]["width"], boxes[0]["height"]) == (boxes[1]["width"], boxes[1]["height"])
        assert all([await pictures.nth(n).evaluate("face => face.naturalWidth > 0") for n in (0, 1)])
        assert not SECRET.search(await page.content())

        await page.get_by_role("button", name="On my way").click()
        await expect(page.get_by_text("You are on the way")).to_be_visible()
        await page.get_by_role("button", name="Compare faces").click()
        for button in await page.locator(".judging > button").all():
            box = await button.bounding_box()
            assert box is not None
            assert box["height"] >= 56
        assert not SECRET.search(await page.content())
        await page.get_by_role("button", name="Same person", exact=True).click()
        await expect(page.get_by_text(live.LABEL)).to_be_visible()
        await expect(page.get_by_text("Another person must compare")).to_be_visible()
        await expect(page.get_by_role("button", name="Details")).to_have_count(0)

        desk = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
        other = await desk.new_page()
        await other.goto(f"{service.url}/#code={supervisor}")
        await expect(other.get_by_text(live.INSTRUCTION)).to_be_visible()
        assert "code" not in other.url
        await expect(other.get_by_text("li is on the way")).to_be_visible()
        assert not SECRET.search(await other.content())
        await other.get_by_role("button", name="Compare faces").click()
        await other.get_by_role("button", name="Same person", exact=True).click()
        await other.get_by_role("button", name="Details").click()
        await expect(other.get_by_text("0.710")).to_be_visible()

        await expect(page.locator(".strip")).to_contain_text("CONFIRMED")
        await desk.close()


async def test_a_supervisor_stops_matching_and_everyone_sees_it(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await live.invite(database, "ana", "supervisor")
    async with processes.alerts(nats_with_streams, database, monkeypatch) as service:
        await sign_in(page, service, code)

        await page.get_by_role("button", name="Stop matching").click()
        confirm = page.locator("dialog .danger")
        await expect(confirm).to_be_disabled()
        await page.get_by_label("Reason").fill("Drill")
        await confirm.click()

        await expect(page.get_by_text("Matching is stopped at h1")).to_be_visible()
        await page.reload()
        await expect(page.get_by_text("ana: Drill")).to_be_visible()

        # Resuming is another button, and the state is in view beside it.
        await expect(page.get_by_text("Matching stopped: h1")).to_be_in_viewport()
        await expect(page.get_by_role("button", name="Stop matching")).to_have_count(0)
        await page.get_by_role("button", name="Resume matching").click()
        await page.get_by_label("Reason").fill("The drill is over")
        await page.locator("dialog .go").click()
        await expect(page.get_by_text("Matching runs")).to_be_in_viewport()
        await expect(page.get_by_role("button", name="Resume matching")).to_have_count(0)
        await expect(page.get_by_role("button", name="Stop matching")).to_be_visible()


async def test_the_longest_names_push_nothing_off_a_phone(
    page: Page, nats_with_streams: servers.Nats, bus: Bus, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live.enrol(database)
    code = await live.invite(database, "w" * 64, "supervisor")
    async with processes.alerts(nats_with_streams, database, monkeypatch, SITES=f"h1,{'m' * 64}") as service:
        await sign_in(page, service, code)

        await page.get_by_role("button", name="Stop matching").click()
        for place in ("dialog select", "dialog textarea", "dialog .choices button.danger"):
            await expect(page.locator(place)).to_be_in_viewport(ratio=1)
        await page.get_by_role("combobox").select_option("m" * 64)
        await page.get_by_label("Reason").fill("drill " * 80)
        await page.locator("dialog .danger").click()
        await expect(page.get_by_text("Matching is stopped at")).to_be_in_viewport(ratio=1)
        await live.send(bus, live.sighting())
        for place in (".strip", ".faces figure >> nth=1", ".bar .go"):
            await expect(page.locator(place)).to_be_in_viewport(ratio=1)

        await page.locator(".menu summary").click()
        for name in ("中文", "English", "Sign out"):
            await expect(page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)


async def test_a_stop_stays_a_stop_when_somebody_else_stops_meanwhile(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, other = await live.invite(database, "ana", "supervisor"), await live.invite(database, "bea", "supervisor")
    async with (
        processes.alerts(nats_with_streams, database, monkeypatch) as service,
        live.signed_in(service, other) as bea,
    ):
        await sign_in(page, service, code)
        await page.get_by_role("button", name="Stop matching").click()
        await page.get_by_label("Reason").fill("Drill")
        async with bea.post("/api/v1/sites/h1/matching", json={"stopped": True, "reason": "Wrong alerts"}) as reply:
            assert reply.status == 202
        await expect(page.get_by_text("bea: Wrong alerts")).to_be_visible()

        await page.locator("dialog button.danger").click()

        await expect(page.get_by_text("ana: Drill")).to_be_visible()
        await expect(page.get_by_text("Matching is stopped at h1")).to_be_visible()


async def test_what_was_pressed_and_did_not_arrive_waits_or_is_said(
    page: Page, nats_with_streams: servers.Nats, bus: Bus, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live.enrol(database)
    code = await live.invite(database, "ana", "supervisor")
    async with processes.alerts(nats_with_streams, database, monkeypatch) as service:
        await sign_in(page, service, code)
        await live.send(bus, live.sighting())
        not_sent = page.get_by_text("Not sent. Try again.")

        for pattern in ("**/response", "**/verdict"):
            await page.route(pattern, _away)
        await page.get_by_role("button", name="On my way").click()
        await expect(page.get_by_text("1 answer is not sent yet")).to_be_visible()
        await page.get_by_role("button", name="Compare faces").click()
        await page.get_by_role("button", name="Same person", exact=True).click()
        await expect(page.get_by_text("2 answers are not sent yet")).to_be_visible()

        await page.route("**/matching", _cut)
        await page.get_by_role("button", name="Stop matching").click()
        await page.get_by_label("Reason").fill("Drill")
        await expect(not_sent).to_have_count(0)
        await page.locator("dialog .danger").click()
        await expect(page.locator("dialog").get_by_text("Not sent. Try again.")).to_be_visible()

        await page.unroute("**/matching")
        await page.locator("dialog .danger").click()
        await expect(page.get_by_text("ana: Drill")).to_be_visible()
        await expect(not_sent).to_have_count(0)


async def test_details_that_cannot_be_had_are_asked_for_again(
    page: Page, nats_with_streams: servers.Nats, bus: Bus, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await one_reviewer(database.superuser, "h1")
    await live.enrol(database)
    code = await live.invite(database, "ana", "supervisor")
    async with processes.alerts(nats_with_streams, database, monkeypatch) as service:
        await sign_in(page, service, code)
        await live.send(bus, live.sighting())
        await page.get_by_role("button", name="Compare faces").click()
        await page.get_by_role("button", name="Same person", exact=True).click()

        await page.route("**/details", _away)
        await page.get_by_role("button", name="Details").click()
        await expect(page.get_by_text("Not sent. Try again.")).to_be_visible()

        await page.unroute("**/details")
        await page.get_by_role("button", name="Details").click()
        await expect(page.get_by_text("0.710")).to_be_visible()


async def _away(route: Route) -> None:
    await route.fulfill(status=503, content_type="application/problem+json", body='{"title": "The broker is away"}')


async def _cut(route: Route) -> None:
    await route.abort()


async def test_a_guard_has_no_stop_button_and_reads_chinese_when_asked(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await live.invite(database, "li", "guard")
    async with processes.alerts(nats_with_streams, database, monkeypatch) as service:
        await page.goto(service.url)
        await page.get_by_role("button", name="中文").click()
        await page.get_by_label("一次性代码").fill(code)
        await page.get_by_role("button", name="开始值班").click()

        await expect(page.get_by_role("heading", name="没有告警")).to_be_visible()
        assert await page.locator("html").get_attribute("lang") == "zh-CN"
        await expect(page.locator("button.stop")).to_have_count(0)


async def test_a_link_with_a_code_signs_in_also_where_the_page_is_open_already(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await live.invite(database, "li", "guard")
    async with processes.alerts(nats_with_streams, database, monkeypatch) as service:
        await page.goto(service.url)
        await expect(page.get_by_label("One-time code")).to_be_visible()

        await page.goto(f"{service.url}/#code={code}")

        await expect(page.get_by_text("Last check").first).to_be_visible()
        assert "code" not in page.url


async def test_a_page_whose_file_did_not_arrive_is_loaded_again(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await live.invite(database, "ana", "supervisor")
    lost = {"/vendor/htm.mjs", "/console/console.js"}

    async def lose(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path in lost:
            lost.remove(path)
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/*.*js", lose)
    async with processes.alerts(nats_with_streams, database, monkeypatch) as service:
        await page.goto(f"{service.url}/#code={code}")
        await expect(page.get_by_text("Last check").first).to_be_visible()

        await page.get_by_role("link", name="Watchlist").click()
        await expect(page.get_by_role("link", name="Add a person")).to_be_visible()
        assert lost == set()


async def test_a_page_that_hears_nothing_says_so_and_recovers(
    page: Page, nats_with_streams: servers.Nats, bus: Bus, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await live.invite(database, "li", "guard")
    async with processes.alerts(nats_with_streams, database, monkeypatch) as service:
        await sign_in(page, service, code)
        port = service.url.rpartition(":")[2]
    await expect(page.get_by_text("NOT RECEIVING ALERTS")).to_be_visible()

    async with processes.alerts(nats_with_streams, database, monkeypatch, WEB_PORT=port):
        await live.send(bus, live.sighting())

        await expect(page.get_by_text("NOT RECEIVING ALERTS")).to_have_count(0, timeout=15_000)
        await expect(page.locator(".strip")).to_contain_text("NEW", timeout=15_000)


OTHER = EntryId("0b6f3f0c-6f5e-4a43-9c39-3d7f3f1c1a02")


async def test_an_alert_is_shown_also_when_its_details_could_not_be_read(
    page: Page, nats_with_streams: servers.Nats, bus: Bus, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live.enrol(database)
    code = await live.invite(database, "li", "guard")
    async with processes.alerts(nats_with_streams, database, monkeypatch) as service:
        await page.add_init_script(hearing.METER)
        await sign_in(page, service, code)
        refused = asyncio.Event()

        async def once(route: Route) -> None:
            await (route.continue_() if refused.is_set() else _away(route))
            refused.set()

        await page.route(re.compile(r"/api/v1/incidents/[0-9a-f-]{36}$"), once)
        await live.send(bus, live.sighting())

        await expect(page.get_by_text(live.INSTRUCTION)).to_be_visible(timeout=10_000)
        assert refused.is_set()
        await hearing.rang(page, 1)


async def test_an_alert_missed_while_the_page_was_refused_rings_afterwards(
    page: Page, nats_with_streams: servers.Nats, bus: Bus, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live.enrol(database)
    code = await live.invite(database, "li", "guard")
    async with processes.alerts(nats_with_streams, database, monkeypatch) as service:
        await page.add_init_script(hearing.METER)
        await sign_in(page, service, code)
        await live.send(bus, live.sighting())
        await expect(page.get_by_text(live.INSTRUCTION)).to_be_visible()
        await hearing.rang(page, 1)
        port = service.url.rpartition(":")[2]
    await refusing(int(port))
    await live.send(bus, live.sighting(entry=OTHER))

    async with processes.alerts(nats_with_streams, database, monkeypatch, WEB_PORT=port):
        await expect(page.get_by_role("button", name="1 more new alert")).to_be_visible(timeout=15_000)
        await hearing.rang(page, 2)


async def test_a_face_that_cannot_be_had_now_is_not_called_deleted(
    page: Page, nats_with_streams: servers.Nats, bus: Bus, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live.enrol(database)
    code = await live.invite(database, "li", "guard")
    async with processes.alerts(nats_with_streams, database, monkeypatch) as service:
        await sign_in(page, service, code)
        await live.send(bus, live.sighting())

        await expect(page.get_by_text("Picture not available now")).to_be_visible()
        await expect(page.get_by_text("Picture deleted")).to_have_count(0)
        async with live.desk(nats_with_streams, live.cards()):
            await expect(page.locator("figure img")).to_have_count(2, timeout=15_000)
            await expect(page.get_by_text("Picture not available now")).to_have_count(0)

    gone = {**live.cards(), "card_picture": Refusal(404, "the entry is erased")}
    async with (
        live.desk(nats_with_streams, gone),
        processes.alerts(nats_with_streams, database, monkeypatch) as service,
    ):
        await page.goto(service.url)
        await expect(page.get_by_text("Picture deleted")).to_be_visible()


async def refusing(port: int) -> None:
    """Refuse the event stream once, as the service does while it cannot hear the database: the browser gives it up."""
    refused = asyncio.Event()

    async def refuse(request: web.Request) -> web.Response:
        if request.path.endswith("/events"):
            refused.set()
        return web.Response(status=503)

    app = web.Application()
    app.router.add_get("/{path:.*}", refuse)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await refused.wait()
    await runner.cleanup()
