"""Which alert comes to the front, and that what a page says of the others is true."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import aiohttp
import pytest
from playwright.async_api import Page, Route, expect

from proto.wardwatch.v1.subjects import EntryId
from services.chassis.bus import Bus
from tests import servers
from tests.fakes import eventually
from tests.live import alerts_client as live
from tests.live import elsewhere, processes

pytestmark = pytest.mark.timeout(120)


@dataclass
class DelayedAnswer:
    """Delays the first answer to a page, with the content it had at the request."""

    read: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    sent: asyncio.Event = field(default_factory=asyncio.Event)

    async def hold(self, route: Route) -> None:
        """A route of the page."""
        if self.read.is_set():
            await route.continue_()
            return
        answer = await route.fetch()
        self.read.set()
        await self.go_on.wait()
        await route.fulfill(response=answer)
        self.sent.set()


@dataclass(slots=True)
class Hospital:
    """The running page, people who can be seen, and two guards elsewhere who decide."""

    service: processes.Alerts
    database: servers.Database
    bus: Bus
    others: list[aiohttp.ClientSession]
    seen: int = 0

    async def somebody(self, camera: str, ground: str = "theft") -> None:
        """A listed person who was not seen before walks by *camera*."""
        self.seen += 1
        person = EntryId(str(UUID(int=self.seen)))
        await live.enrol(self.database, entry=person, ground=ground)
        await live.send(self.bus, live.sighting(entry=person, camera=camera))

    async def respond(self, camera: str) -> None:
        """A guard elsewhere sends "on the way" for the person seen by *camera*."""
        async with self.others[0].get("/api/v1/incidents?open=true") as reply:
            known = (await reply.json())["incidents"]
        (incident,) = (incident["id"] for incident in known if incident["camera"] == camera)
        async with self.others[0].post(f"/api/v1/incidents/{incident}/response") as reply:
            assert reply.status == 200, await reply.text()

    async def decide_all(self) -> None:
        """Two guards elsewhere say of every open alert that it is somebody else."""
        async with self.others[0].get("/api/v1/incidents?open=true") as reply:
            known = (await reply.json())["incidents"]
        for incident in known:
            for guard in self.others:
                body = {"verdict": "not_same"}
                async with guard.post(f"/api/v1/incidents/{incident['id']}/verdict", json=body) as reply:
                    assert reply.status == 200, await reply.text()


@asynccontextmanager
async def hospital(
    nats: servers.Nats, bus: Bus, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Hospital]:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(elsewhere.living(nats))
        service = await stack.enter_async_context(processes.alerts(nats, database, monkeypatch))
        codes = [await live.invite(database, name, "guard") for name in ("mo", "ida")]
        others = [await stack.enter_async_context(live.signed_in(service, code)) for code in codes]
        yield Hospital(service, database, bus, others)


async def open_page(page: Page, here: Hospital, *, role: str = "guard") -> None:
    """Sign in as li, by the link."""
    await page.goto(f"{here.service.url}/#code={await live.invite(here.database, 'li', role)}")
    await expect(page.get_by_text("Last check").first).to_be_visible()


async def test_a_new_alert_comes_to_the_front_unless_another_is_being_judged(
    page: Page, nats_with_streams: servers.Nats, bus: Bus, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, strip, others = page.locator(".where b"), page.locator(".strip"), page.locator(".banner.fresh")
    async with hospital(nats_with_streams, bus, database, monkeypatch) as here:
        await page.clock.install()
        await open_page(page, here)
        # A guard has no console, whatever the address says.
        await page.evaluate("location.hash = '#/watchlist'")
        await here.somebody("gate")
        await expect(place).to_have_text("gate")
        await here.decide_all()
        await expect(strip).to_contain_text("NOT THIS PERSON")

        await page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))
        await here.somebody("ward")
        await expect(place).to_have_text("ward")
        await expect(strip).to_contain_text("NEW")
        # A finger that was on its way to the other alert does nothing here.
        await expect(page.get_by_role("button", name="On my way")).to_be_disabled()
        await page.clock.resume()

        await page.get_by_role("button", name="Compare faces").click()
        await here.somebody("lobby")
        await expect(others).to_contain_text("1 more new alert")
        await expect(page.get_by_text("Is this the same person?")).to_be_visible()
        await page.get_by_role("button", name="Back", exact=True).click()
        await page.get_by_role("button", name="On my way").click()
        await here.somebody("pharmacy", "violence")
        await expect(others).to_contain_text("2 new alerts")
        await expect(place).to_have_text("ward")
        assert await page.title() == "(2) Wardwatch · Security alerts"

        await others.click()
        await expect(place).to_have_text("pharmacy")
        await page.get_by_role("button", name="All alerts").click()
        await expect(others).to_have_count(0)
        await here.somebody("parking")
        await expect(place).to_have_text("parking")

        # What somebody is on the way to is shown also after the page was loaded again.
        await page.reload()
        await expect(place).to_have_text("ward")
        await expect(others).to_contain_text("3 new alerts")


async def test_the_list_says_of_each_alert_what_where_and_since_when(
    page: Page, nats_with_streams: servers.Nats, bus: Bus, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads, rows, quiet = page.locator(".list h2"), page.locator(".list .row"), page.locator(".quiet")
    async with hospital(nats_with_streams, bus, database, monkeypatch) as here:
        await here.somebody("gate", "ban")
        await expect_incidents(here, 1)
        await here.decide_all()
        await here.somebody("er-desk", "violence")
        await expect_incidents(here, 2)
        await here.somebody("ward", "scalping")
        await expect_incidents(here, 3)
        await open_page(page, here, role="supervisor")
        # Of several the gravest, and of those the latest.
        await expect(page.locator(".where b")).to_have_text("er-desk")
        await page.get_by_role("button", name="All alerts").click()

        await expect(heads).to_have_text(["New2", "Closed1"])
        await expect(rows).to_have_text(
            [
                re.compile(r"^NEW\d\d:\d\dViolenceer-desk · site h1$"),
                re.compile(r"^NEW\d\d:\d\dTicket scalpingward · site h1$"),
                re.compile(r"^NOT THIS PERSON\d\d:\d\d:\d\dBarred from premisesgate · site h1$"),
            ]
        )
        await page.locator(".menu summary").click()
        await page.get_by_role("button", name="中文").click()
        await expect(heads).to_have_text(["新告警2", "已结束1"])
        await expect(rows.first).to_have_text(re.compile(r"^新告警\d\d:\d\d暴力er-desk · 院区 h1$"))

        await page.set_viewport_size({"width": 1280, "height": 800})
        await expect(quiet.get_by_role("heading")).to_have_text("2 条新告警")
        await page.get_by_role("button", name="English").click()
        await expect(quiet.get_by_role("heading")).to_have_text("2 new alerts")
        await expect(quiet).not_to_have_class(re.compile(r"\bwell\b"))
        await here.respond("ward")
        await expect(heads).to_have_text(["New1", "Not decided yet1", "Closed1"])
        await here.decide_all()
        await expect(quiet.get_by_role("heading")).to_have_text("No open alerts")
        await expect(quiet).to_have_class(re.compile(r"\bwell\b"))

        await page.get_by_role("button", name="Stop matching").click()
        await page.get_by_label("Reason").fill("Drill")
        await page.locator("dialog .danger").click()
        await expect(page.locator(".heard")).to_contain_text("Matching stopped")
        await expect(quiet).to_contain_text("Matching stopped: a new alert may not be noticed.")
        await expect(quiet).not_to_have_class(re.compile(r"\bwell\b"))


async def test_a_page_claims_nothing_before_it_has_read_the_list(
    page: Page, nats_with_streams: servers.Nats, bus: Bus, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists, alerts = DelayedAnswer(), DelayedAnswer()
    async with hospital(nats_with_streams, bus, database, monkeypatch) as here:
        await page.route("**/incidents?limit=50", lists.hold)
        await open_page(page, here)
        await asyncio.wait_for(lists.read.wait(), 30)
        await expect(page.get_by_role("heading", name="Alerts not known")).to_be_visible()
        await expect(page.locator(".heard")).to_contain_text("Connecting")

        # Raised after the list was read and before it arrives.
        await here.somebody("gate")
        await expect(page.locator(".where b")).to_have_text("gate")
        lists.go_on.set()
        await expect(page.locator(".heard")).not_to_contain_text("Connecting")
        await expect(page.locator(".where b")).to_have_text("gate")

        # What is known of an alert is not taken back by an answer from before.
        await page.get_by_role("button", name="All alerts").click()
        await page.route(re.compile(r"/api/v1/incidents/[0-9a-f-]{36}$"), alerts.hold)
        await here.somebody("ward")
        await asyncio.wait_for(alerts.read.wait(), 30)
        await here.respond("ward")
        await expect(page.locator(".row.responding")).to_contain_text("ward")
        alerts.go_on.set()
        await asyncio.wait_for(alerts.sent.wait(), 30)
        await here.somebody("lobby")
        await expect(page.locator(".where b")).to_have_text("lobby")
        await page.get_by_role("button", name="All alerts").click()
        await expect(page.locator(".row.responding")).to_contain_text("ward")


async def test_an_auditor_is_shown_the_record_without_faces_and_buttons(
    page: Page, nats_with_streams: servers.Nats, bus: Bus, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    async with hospital(nats_with_streams, bus, database, monkeypatch) as here:
        await open_page(page, here, role="auditor")
        await here.somebody("gate")

        await expect(page.locator(".instruction")).to_have_text(live.INSTRUCTION)
        await expect(page.get_by_text("Faces are shown to those who answer alerts.")).to_be_visible()
        # An auditor's page rings for nobody, and no other one is open.
        await expect(page.locator(".heard")).to_contain_text("Alerts work in part")
        await here.decide_all()
        await expect(page.locator(".strip")).to_contain_text("NOT THIS PERSON")
        for name in ("On my way", "Compare", "Details", "Stop", "CANNOT RING"):
            await expect(page.get_by_role("button", name=name)).to_have_count(0)
        assert not [url for url in requested if "/pictures/" in url]


async def expect_incidents(here: Hospital, number: int) -> None:
    """Wait until so many alerts were raised."""

    async def raised() -> bool:
        async with here.others[0].get("/api/v1/incidents") as reply:
            return len((await reply.json())["incidents"]) == number

    await eventually(raised, within_seconds=30)
