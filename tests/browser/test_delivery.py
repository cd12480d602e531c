"""How alerts reach people, as an administrator arranges it and a supervisor sees it, in a real Chromium."""

from uuid import UUID, uuid4

import asyncpg
import pytest
from playwright.async_api import Browser, Page, expect

from services.chassis.bus import Bus
from tests import servers
from tests.browser import axe, console
from tests.browser.conftest import watched
from tests.fakes import eventually
from tests.live import alerts_client as live

ADDRESS = "http://ntfy.lan/a-secret-topic"


async def run(database: servers.Database, statement: str, *values: object) -> list[asyncpg.Record]:
    """What the delivery service would write."""
    connection = await asyncpg.connect(database.superuser)
    try:
        return list(await connection.fetch(statement, *values))
    finally:
        await connection.close()


async def dead_letter(database: servers.Database, incident: UUID) -> UUID:
    """A webhook's message that was never taken."""
    letter = uuid4()
    await run(
        database,
        """
        insert into delivery.delivery (
            id, incident_id, site, kind, path, target, due_at, state, reason, attempts, next_at
        ) values ($1, $2, 'h1', 'raised', 'webhook', 'his', now(), 'dead', 'http_500', 10, now())
        """,
        letter,
        incident,
    )
    return letter


async def refuse_test(database: servers.Database) -> bool:
    """Refuse the test that was asked for; False while none was."""
    failing = "update delivery.delivery set state = 'failed', reason = 'http_403' where kind = 'test' returning id"
    return bool(await run(database, failing))


async def test_an_administrator_arranges_how_alerts_reach_people(
    page: Page,
    bus: Bus,
    nats_with_streams: servers.Nats,
    database: servers.Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await live.enrol(database)
    async with console.running(nats_with_streams, database, monkeypatch, delivers=True) as here:
        await here.open(page, "ada", "administrator", "delivery")
        await live.send(bus, live.sighting())
        await eventually_raised(database)

        await page.get_by_role("button", name="Add a zone").click()
        await page.get_by_label("Name").fill("front")
        await page.get_by_label("Site").select_option("h1")
        await page.get_by_label("Cameras").fill("gate, yard")
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_text("h1 · gate, yard")).to_be_visible()

        await page.get_by_role("button", name="Add a channel").click()
        await page.get_by_label("Name").fill("lan")
        await page.get_by_label("Address").fill(ADDRESS)
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_text("ntfy · ntfy.lan · Every site")).to_be_visible()
        assert "secret-topic" not in await page.content()

        await page.get_by_role("button", name="Add a rule").click()
        await page.get_by_label("Name").fill("night")
        await page.get_by_label("front (h1)").check()
        await page.get_by_label("lan (ntfy)").check()
        await page.get_by_role("button", name="Count before saving").click()
        await expect(page.get_by_text("This would have rung 1 time in the last 24 hours, of 1 alert.")).to_be_visible()
        await axe.is_clean(page)
        # What was counted is what is kept.
        await page.get_by_label("Sunday").check()
        await page.get_by_label("Sunday").uncheck()
        await page.get_by_role("textbox", name="From").fill("22:00")
        await expect(page.get_by_role("button", name="Count before saving")).to_be_visible()
        await page.get_by_role("textbox", name="From").fill("")
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_text("Every site · every ground · front · every day · all day")).to_be_visible()

        await page.get_by_role("button", name="Pause: lan").click()
        await expect(page.get_by_text("Paused", exact=True)).to_be_visible()
        await page.get_by_role("button", name="Test: lan").click()
        await eventually(lambda: refuse_test(database), within_seconds=30)
        await expect(page.get_by_text("Test: did not arrive: the other side answered 403")).to_be_visible()
        await page.get_by_role("button", name="Use again: lan").click()
        await expect(page.get_by_text("In use")).to_be_visible()
        await axe.is_clean(page)
        assert await page.evaluate("document.documentElement.scrollWidth") == 360

        await page.get_by_role("button", name="Take away: night").click()
        await page.get_by_role("button", name="Take away", exact=True).last.click()
        await expect(page.get_by_text("No rule:")).to_be_visible()


async def test_a_supervisor_sees_who_is_rung_and_what_became_of_it(
    browser: Browser,
    page: Page,
    bus: Bus,
    nats_with_streams: servers.Nats,
    database: servers.Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await live.enrol(database)
    async with console.running(nats_with_streams, database, monkeypatch, delivers=True) as here:
        await here.open(page, "boss", "supervisor", "delivery")
        await live.send(bus, live.sighting())
        incident = await eventually_raised(database)
        letter = await dead_letter(database, incident)
        await run(
            database,
            "insert into delivery.duty select 'h1', id, now() from accounts.account where name = 'boss'",
        )
        window = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
        async with watched(window) as desk:
            await here.open(desk, "ada", "administrator", "delivery", "alert", str(incident))
            await expect(desk.get_by_text("given up: the other side answered 500").first).to_be_visible()
            await expect(desk.get_by_text("no phone that can be woken")).to_be_visible()
            await axe.is_clean(desk)
            await desk.get_by_role("button", name="Send again").click()
            await expect(desk.get_by_text("Nothing: everything arrived.")).to_be_visible()
            assert (await run(database, "select state from delivery.delivery where id = $1", letter))[0][0] == "waiting"
            await desk.get_by_role("button", name="Take off duty: boss").click()
            await expect(desk.get_by_text("Nobody is on duty")).to_be_visible()
        await window.close()

        # A supervisor sees it, and sends and sets up nothing.
        await console.go(page, "delivery", "alert", str(incident))
        await expect(page.get_by_text("Webhook · his")).to_be_visible()
        await expect(page.get_by_role("button", name="Add a rule")).to_be_visible()
        for name in ("Send again", "Add a channel"):
            await expect(page.get_by_role("button", name=name)).to_have_count(0)
        await page.get_by_role("button", name="Open the alert").click()
        await expect(page.get_by_role("article")).to_be_visible()


async def eventually_raised(database: servers.Database) -> UUID:
    """The alert, as soon as it is in the record."""

    async def raised() -> bool:
        return bool(await run(database, "select id from alerts.incident"))

    await eventually(raised, within_seconds=30)
    found: UUID = (await run(database, "select id from alerts.incident"))[0][0]
    return found
