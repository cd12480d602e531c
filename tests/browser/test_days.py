"""A browser in another time zone than the hospital shows, and sends, the hospital's days and times."""

import json

import pytest
from playwright.async_api import Browser, Page, expect

from tests import servers
from tests.browser import console
from tests.browser.conftest import watched
from tests.browser.test_console import fill_grounds
from tests.unit.cli import desk_server
from tests.unit.cli.desk_server import ENTRY

# The hospital is where the setting says; the browser where its machine was set up, or carried to.
PLACES = pytest.mark.parametrize(
    ("hospital", "browser_zone", "created"),
    [
        pytest.param("Asia/Shanghai", "America/Los_Angeles", "Nov 24, 2026 00:30", id="behind"),
        pytest.param("America/St_Johns", "Pacific/Kiritimati", "Nov 23, 2026 13:00", id="ahead"),
        pytest.param("Asia/Shanghai", "Asia/Shanghai", "Nov 24, 2026 00:30", id="the same"),
    ],
)


@PLACES
async def test_the_page_shows_and_sends_the_days_of_the_hospital(
    browser: Browser, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch,
    hospital: str, browser_zone: str, created: str,
) -> None:  # fmt: skip
    photo = desk_server.photo(taken_at="2026-05-02T00:00:00Z", taken_on="2026-05-02")
    entry = desk_server.entry(
        state="active", last_day="2028-06-30", expires_at="2028-06-30T16:00:00Z", photo_list=[photo],
        created_at="2026-11-23T16:30:00Z",
    )  # fmt: skip
    context = await browser.new_context(locale="en-US", timezone_id=browser_zone)
    async with (
        watched(context) as page,
        console.running(
            nats_with_streams, database, monkeypatch, time_zone=hospital, show_entry=entry, draft_entry=entry,
            renew_entry=entry, list_entries={"entries": [desk_server.row(last_day="2028-06-30")], "next": None},
        ) as here,
    ):  # fmt: skip
        await here.open(page, "ana", "supervisor", "watchlist")
        await expect(page.get_by_text("Last day Jun 30, 2028")).to_be_visible()

        await console.go(page, "watchlist", ENTRY)
        await expect(page.get_by_text("Jun 30, 2028")).to_be_visible()
        await expect(page.get_by_text("taken May 2, 2026")).to_be_visible()
        await expect(page.get_by_text(created)).to_be_visible()

        await _renew(page)
        await console.go(page, "watchlist", "new")
        await page.get_by_label("Label").fill("Marlo Quint")
        await fill_grounds(page)
        await page.get_by_label("Last day").fill("2028-06-30")
        await page.get_by_role("button", name="Go on to photos").click()
        await page.wait_for_url(f"**/{ENTRY}")

        renewed, drafted = (json.loads(here.calls(name)[0].body) for name in ("renew_entry", "draft_entry"))
        assert (renewed["last_day"], drafted["last_day"]) == ("2028-06-30", "2028-06-30")
    await context.close()


async def _renew(page: Page) -> None:
    await page.get_by_role("button", name="Renew").click()
    box = page.get_by_role("dialog")
    await box.get_by_label("Last day").fill("2028-06-30")
    await box.get_by_label("Reason").fill("still barred")
    await box.get_by_role("button", name="Renew").click()
    await expect(box).to_have_count(0)
