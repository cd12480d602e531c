"""What phones show when an entry ends, when somebody comes after a rejection, and when a clock is put back."""

import re

import asyncpg
import pytest
from playwright.async_api import Browser, Page, expect

from services.chassis.bus import Bus
from tests import servers
from tests.browser.conftest import watched
from tests.live import alerts_client as live
from tests.live import processes
from tests.reviewers import one_reviewer

pytestmark = pytest.mark.timeout(120)

# This machine's clock as the page reads it, with ``shift`` milliseconds added.
CLOCK = "window.shift = 0; const read = Date.now.bind(Date); Date.now = () => read() + window.shift;"
EIGHT_HOURS_BACK = "window.shift = -8 * 3600 * 1000"


async def end_entry(database: servers.Database, state: str) -> None:
    """Bring the entry to *state*; the watchlist's rules are proven elsewhere."""
    connection = await asyncpg.connect(database.superuser)
    try:
        await connection.execute("set session_replication_role = replica")
        await connection.execute(
            "update watchlist.entry set state = $1::text::watchlist.entry_state, reason = 'dropped',"
            " revision = revision + 1, sealed_label = case when $2 then sealed_label end,"
            " basis = case when $2 then basis else '' end, evidence = case when $2 then evidence else '' end,"
            " instruction = case when $2 then instruction else '' end",
            state,
            state != "erased",
        )
    finally:
        await connection.close()


@pytest.mark.parametrize("state", ["revoked", "suspended"])
async def test_an_alert_whose_entry_ends_is_over_on_every_phone_and_says_why(
    page: Page,
    browser: Browser,
    nats_with_streams: servers.Nats,
    bus: Bus,
    database: servers.Database,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
) -> None:
    await live.enrol(database)
    codes = [await live.invite(database, name, role) for name, role in (("li", "guard"), ("ana", "supervisor"))]
    chinese = await browser.new_context(viewport={"width": 360, "height": 640}, locale="zh-CN", has_touch=True)
    async with (
        live.desk(nats_with_streams, live.cards()),
        processes.alerts(nats_with_streams, database, monkeypatch) as service,
        watched(chinese) as other,
    ):
        await page.goto(f"{service.url}/#code={codes[0]}")
        await other.goto(f"{service.url}/#code={codes[1]}")
        for phone in (page, other):
            await expect(phone.locator(".pulse:not(.away)")).to_be_visible()
        await live.send(bus, live.sighting())
        for phone in (page, other):
            await expect(phone.get_by_text(live.INSTRUCTION)).to_be_visible()
            await expect(phone.locator("figure img")).to_have_count(2)
        await page.get_by_role("button", name="Compare faces").click()

        await end_entry(database, state)

        await expect(page.locator(".strip")).to_contain_text("ENTRY ENDED")
        await expect(page.get_by_text("This entry has ended")).to_be_visible()
        await expect(other.locator(".strip")).to_contain_text("条目已结束")
        await expect(other.get_by_text("无需前往")).to_be_visible()
        for phone in (page, other):
            await expect(phone.locator("figure img")).to_have_count(0)
            await expect(phone.locator(".bar")).to_have_count(0)
            assert not re.search(f"{live.LABEL}|{live.INSTRUCTION}", await phone.content())
    await chinese.close()


async def test_the_faces_of_an_erased_person_leave_the_phone(
    page: Page, nats_with_streams: servers.Nats, bus: Bus, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await one_reviewer(database.superuser, "h1")
    await live.enrol(database)
    code = await live.invite(database, "li", "guard")
    async with (
        live.desk(nats_with_streams, live.cards()),
        processes.alerts(nats_with_streams, database, monkeypatch) as service,
    ):
        await page.goto(f"{service.url}/#code={code}")
        await expect(page.locator(".pulse:not(.away)")).to_be_visible()
        await live.send(bus, live.sighting())
        await page.get_by_role("button", name="Compare faces").click()
        await page.get_by_role("button", name="Same person", exact=True).click()
        await expect(page.locator(".strip")).to_contain_text("CONFIRMED")
        await expect(page.locator("figure img")).to_have_count(2)

        await end_entry(database, "erased")

        await expect(page.get_by_text("Picture deleted")).to_have_count(2)
        await expect(page.locator("figure img")).to_have_count(0)


async def test_who_comes_after_a_rejection_rings_again_with_a_picture(
    page: Page, nats_with_streams: servers.Nats, bus: Bus, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await one_reviewer(database.superuser, "h1")
    await live.enrol(database)
    code = await live.invite(database, "li", "guard")
    async with (
        live.desk(nats_with_streams, live.cards()),
        processes.alerts(nats_with_streams, database, monkeypatch) as service,
    ):
        await page.set_viewport_size({"width": 1280, "height": 800})  # list and alert side by side
        await page.goto(f"{service.url}/#code={code}")
        await expect(page.locator(".pulse:not(.away)")).to_be_visible()
        await live.send(bus, live.sighting(similarity=0.64))
        await page.get_by_role("button", name="Compare faces").click()
        await page.get_by_role("button", name="Not this person").click()
        await expect(page.locator(".strip")).to_contain_text("NOT THIS PERSON")

        await live.send(bus, live.sighting(similarity=0.84, camera="ward"))

        await expect(page.locator(".row")).to_have_count(2)
        await page.locator(".row").filter(has_text="ward").click()
        await expect(page.locator(".strip")).to_contain_text("NEW")
        await expect(page.locator("figure img")).to_have_count(2)


async def test_a_phone_whose_clock_is_put_back_shows_no_faces_and_says_so(
    page: Page, nats_with_streams: servers.Nats, bus: Bus, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live.enrol(database)
    code = await live.invite(database, "li", "guard")
    async with processes.alerts(nats_with_streams, database, monkeypatch, BEAT_SECONDS="600") as service:
        await page.add_init_script(CLOCK)
        await page.goto(f"{service.url}/#code={code}")
        await expect(page.locator(".pulse:not(.away)")).to_be_visible()
        await live.send(bus, live.sighting())
        await expect(page.get_by_text(live.INSTRUCTION)).to_be_visible()

        await page.evaluate(EIGHT_HOURS_BACK)

        await expect(page.get_by_text("NOT RECEIVING ALERTS")).to_be_visible(timeout=30_000)
        await expect(page.get_by_text("Tap to show the faces")).to_be_visible(timeout=30_000)
