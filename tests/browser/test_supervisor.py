"""A supervisor's day at the watchlist, in a real Chromium before a scripted desk: on a phone, and as wide as a desk."""

import json

import pytest
from playwright.async_api import Page, expect

from tests import servers
from tests.browser import axe, console
from tests.live import alerts_client as live
from tests.unit.cli import desk_server

pytestmark = pytest.mark.timeout(120)

ENTRY = desk_server.ENTRY
# Words of the scripted desk, as somebody wrote them.
PEOPLE_SAY = ("Marlo Quint", "the file number is missing", "Call 8811.", "decision 7", "file 7")


async def test_what_waits_is_looked_at_and_sent_back_and_its_author_amends_it(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = [desk_server.photo(), desk_server.photo(position=2, name="c.jpg")]
    pending = desk_server.entry(author="bea", put_forward_by="bea", photo_list=photos, last_day="2028-06-30")
    comment = {"by": "ana", "at": desk_server.MOMENT, "comment": "the file number is missing"}
    draft = pending | {"state": "draft", "put_forward_by": None, "returned": comment, "revision": 4, "generation": None}
    async with console.running(
        nats_with_streams, database, monkeypatch, show_entry=pending, show_photo=live.portrait("#7a5a48"),
        return_entry=draft, rewrite_entry=draft | {"evidence": "file 8", "revision": 5},
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "watchlist", ENTRY)
        approve = page.get_by_role("button", name="Approve")
        await expect(approve).to_be_disabled()
        await axe.is_clean(page, said_by_people=PEOPLE_SAY)
        await page.get_by_role("button", name="Open all 2 faces").click()
        await expect(page.locator(".enrolled img")).to_have_count(2)
        await expect(approve).to_be_enabled()
        assert [call.target["position"] for call in here.calls("show_photo")] == ["0", "2"]

        await page.get_by_role("button", name="Send back").click()
        box = page.get_by_role("dialog")
        await box.get_by_label("What is to be changed").fill("the file number is missing")
        here.answer("show_entry", draft)
        await box.get_by_role("button", name="Send back").click()
        await expect(page.get_by_role("note")).to_contain_text("the file number is missing")
        assert json.loads(here.calls("return_entry")[0].body) == {"reason": "the file number is missing"}

        await page.get_by_role("button", name="Edit").click()
        await page.get_by_label("Evidence").fill("file 8")
        await axe.is_clean(page, said_by_people=PEOPLE_SAY)
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("button", name="Submit")).to_be_visible()
        said = json.loads(here.calls("rewrite_entry")[0].body)
        assert {name: value for name, value in said.items() if value is not None} == {"revision": 4, "evidence": "file 8"}
