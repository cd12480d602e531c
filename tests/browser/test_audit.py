"""The auditor's day in a real Chromium: looking for what was done, taking it along, and asking whether it is whole."""

import asyncio
import json
import re
from pathlib import Path

import asyncpg
import pytest
from playwright.async_api import Page, expect

from cli.audit import transparency
from tests import servers
from tests.browser import axe, console
from tests.live import alerts_client as live

HEAD = re.compile(r"(\d+) ((?:[0-9a-f]{8} ?){8})")


async def test_an_auditor_finds_exports_and_recomputes_what_was_done(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live.enrol(database)
    await live.invite(database, "li.wei", "guard")
    async with console.running(nats_with_streams, database, monkeypatch) as here:
        await here.open(page, "aud", "auditor", "audit")
        events = page.get_by_role("region", name="Newest").get_by_role("listitem")
        await expect(events.first).to_contain_text("aud · signed in")
        await expect(events.filter(has_text="added an account").first).to_be_visible()

        # What is looked for is asked for by a press, for each look is an event.
        await page.get_by_label("Account", exact=True).fill("li.wei")
        await page.get_by_label("Kind of act").select_option("account")
        await page.get_by_role("button", name="Show", exact=True).click()
        await expect(events).to_have_count(2)
        await expect(events.first).to_contain_text("handed out a one-time code")
        await events.first.get_by_text("More").click()
        await expect(events.first).to_contain_text("Written through")
        await events.first.get_by_role("link", name="All about this").click()
        await expect(page.get_by_label("About")).not_to_have_value("")
        await expect(events).to_have_count(2)
        await page.get_by_role("button", name="Clear").click()
        await expect(events.filter(has_text="read the audit").first).to_be_visible()

        await page.get_by_role("button", name="Export").click()
        await page.get_by_label("Reason (recorded)").fill("a yearly audit")
        async with page.expect_download() as started:
            await page.get_by_role("button", name="Write the file").click()
        written = await (await started.value).path()
        lines = (await asyncio.to_thread(Path(written).read_text, "utf-8")).splitlines()
        assert transparency.is_whole(transparency.compute(lines, "2026-01", "Asia/Shanghai"))
        assert json.loads(lines[-1])["action"] == "audit.exported"

        # Whole, the first time; and the second time this browser compares what it kept.
        await page.get_by_role("button", name="Recompute now").click()
        await expect(page.get_by_text("Nothing is wrong with the chain")).to_be_visible()
        await expect(page.get_by_text("This browser had kept no head")).to_be_visible()
        head = HEAD.search(await page.locator(".digest.number").inner_text())
        assert head is not None
        number, sha256 = head.groups()
        await page.get_by_label("A head that was kept elsewhere").fill(f"{number} {sha256}")
        await page.get_by_role("button", name="Recompute again").click()
        await expect(page.get_by_text(f"Agrees with the head that you gave: no. {number}")).to_be_visible()
        await expect(page.get_by_text(f"Agrees with the head that this browser kept: no. {number}")).to_be_visible()
        await axe.is_clean(page, picture="audit")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360

        await _rewritten(database)
        await page.get_by_role("button", name="Recompute again").click()
        await expect(page.get_by_role("alert")).to_contain_text("THE AUDIT IS NOT WHOLE")
        await expect(page.get_by_role("alert")).to_contain_text("Event 2: its content does not give its hash")
        await axe.is_clean(page, picture="audit-verified")


async def _rewritten(database: servers.Database) -> None:
    """A superuser changes who did what."""
    superuser = await asyncpg.connect(database.superuser)
    try:
        await superuser.execute("alter table audit.event disable trigger guard_event")
        await superuser.execute("update audit.event set actor_name = 'somebody' where sequence = 2")
    finally:
        await superuser.close()
