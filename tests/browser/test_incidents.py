"""A supervisor looks back: incidents are found, read and counted, and nothing sways a verdict before it is given."""

import asyncio
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page, expect

from proto.wardwatch.v1.subjects import Author
from services.chassis.bus import Bus
from services.chassis.signed_reports import verified
from services.chassis.signing import AUTHORS_FILE, Authors
from tests import servers
from tests.browser import axe, console
from tests.live import alerts_client as live
from tests.unit.cli import desk_server

LABEL: Final = live.LABEL
ROW: Final = desk_server.row(id=live.PERSON, label=LABEL)
FOUND: Final[dict[str, object]] = {"entries": [ROW], "next": None, "counts": {}}

CARDS: Final = {"labels": {live.PERSON: LABEL}}


async def test_incidents_are_found_read_and_counted(
    page: Page, bus: Bus, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live.enrol(database)
    async with console.running(
        nats_with_streams,
        database,
        monkeypatch,
        search_entries=FOUND,
        cards=CARDS,
        card_picture=live.portrait("#8b6650"),
    ) as here:
        await live.send(bus, live.sighting())
        await here.open(page, "sue", "supervisor", "incidents")
        row = page.get_by_role("link", name="Violence")
        await expect(row).to_contain_text("New")
        await expect(page.locator("main")).not_to_contain_text(LABEL)

        # Of somebody whose name may not be seen yet no incident is found by it.
        await page.get_by_text("Search and filter").click()
        await page.get_by_label("On the list as").fill("marlo")
        await page.get_by_role("button", name="Search").click()
        await expect(page.get_by_text("No incident is found by this.")).to_be_visible()
        await page.get_by_role("button", name="Show all").click()
        await row.click()
        await expect(page.get_by_text("Not decided yet")).to_be_visible()
        await expect(page.locator("main")).not_to_contain_text(LABEL)
        await expect(page.get_by_text("Measurements")).to_have_count(0)

        await _confirm(here)
        await console.go(page, "incidents")
        await page.get_by_text("Search and filter").click()
        await page.get_by_label("On the list as").fill("marlo")
        await page.get_by_label("What came of it").select_option("confirmed")
        await page.get_by_role("button", name="Search").click()
        named = page.get_by_role("link", name=LABEL)
        await expect(named).to_contain_text("Confirmed")
        await axe.is_clean(page, said_by_people={LABEL}, picture="incidents")
        await named.click()
        await expect(page.locator("main")).to_contain_text("mo: Same person")
        await page.get_by_role("button", name="Show the measurements").click()
        await expect(page.get_by_role("table")).to_contain_text("0.7")
        await axe.is_clean(page, said_by_people={LABEL, live.INSTRUCTION}, picture="incident")

        await page.get_by_role("button", name="Make a report").click()
        report = page.get_by_role("dialog")
        await report.get_by_label("Reason (recorded)").fill("police file 12/26")
        await report.get_by_label("With the two faces that were compared").check()
        await axe.is_clean(page, said_by_people={LABEL, live.INSTRUCTION, "police file 12/26"}, picture="report")
        async with page.expect_download() as saved:
            await report.get_by_role("button", name="Make a report").click()
        file = await (await saved.value).path()
        assert (await asyncio.to_thread(_signed, file, nats_with_streams)).startswith(b"%PDF-")
        await expect(report).to_have_count(0)

        await console.go(page, "incidents", "statistics")
        await expect(page.get_by_role("status").filter(has_text="1 incident")).to_be_visible()
        await expect(page.get_by_role("row", name="Confirmed 1")).to_be_visible()
        await page.get_by_text("As a table").click()
        await axe.is_clean(page, picture="statistics")


async def _confirm(here: console.Scripted) -> None:
    """Two guards agree."""
    for name in ("mo", "ida"):
        async with live.signed_in(here.service, await live.invite(here.database, name, "guard")) as http:
            async with http.get("/api/v1/incidents") as reply:
                (incident,) = (await reply.json())["incidents"]
            async with http.post(f"/api/v1/incidents/{incident['id']}/verdict", json={"verdict": "same"}) as reply:
                assert reply.ok


def _signed(file: Path, nats: servers.Nats) -> bytes:
    """What the alerts service of this installation signed in *file*."""
    keys = Authors.parse((nats.credentials_dir / AUTHORS_FILE).read_text()).keys
    return verified(file.read_bytes(), keys[Author.ALERTS])
