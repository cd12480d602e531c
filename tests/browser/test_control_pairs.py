"""A reviewer's page with a control pair: like any other until it is answered (docs/adr/0092)."""

import re
from collections.abc import Mapping

import aiohttp
import asyncpg
import pytest
from playwright.async_api import FilePayload, Page, expect

from services.alerts.edge import pairs
from services.chassis.bus import Bus
from tests import servers
from tests.browser import axe, console
from tests.live import alerts_client as live
from tests.live import processes

pytestmark = pytest.mark.timeout(120)

SECRET = re.compile(rf"{live.LABEL}|0\.71|similarity|cosine|strong|possible\b(?! match)|control", re.IGNORECASE)
# What a reviewer did in the weeks before.
MANY = """
with made as (
    insert into alerts.incident (id, entry_id, site, raised_at, first_seen_at, last_seen_at, quiet_until, last_camera,
        cameras, sightings, strong, reviewers, announced_at, outcome, decided_at, takes_sightings)
    select gen_random_uuid(), gen_random_uuid(), 'h9', now() - interval '9 days', now() - interval '9 days',
        now() - interval '9 days', now(), 'gate', '{gate}', 1, true, 2, now(), 'rejected', now(), false
    from generate_series(1, 49) returning id
) insert into alerts.review (incident_id, account_id, verdict, at)
select made.id, a.id, 'not_same', now() - interval '9 days' from made cross join accounts.account a where a.name = 'ri'
"""

THRESHOLD: Mapping[str, object] = {
    "holds": {
        "number": 1, "threshold": 0.5, "reason": "the first", "asked_by": "li", "asked_at": "2026-11-23T09:00:00Z",
        "approved_by": "zhao", "approved_at": "2026-11-23T09:30:00Z",
    },
    "waits": None, "floor": 0.46, "reports": [],
}  # fmt: skip


async def add_pair(http: aiohttp.ClientSession) -> None:
    """A supervisor adds a pair of two people."""
    said = {"same": False, "source": "consent", "grounds": "form 17, both signed"}
    async with http.post("/api/v1/control-pairs", json=said) as reply:
        assert reply.status == 201, await reply.text()
        name = (await reply.json())["id"]
    for which, skin in (("watchlist", "#8b6650"), ("camera", "#7a5a48")):
        async with http.put(
            f"/api/v1/control-pairs/{name}/pictures/{which}",
            data=live.portrait(skin),
            headers={"Content-Type": "image/jpeg"},
        ) as reply:
            assert reply.status == 204, await reply.text()


async def test_a_reviewer_sees_what_it_was_only_afterwards(
    page: Page, nats_with_streams: servers.Nats, bus: Bus, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairs, "CHANCE", 1.0)
    await live.enrol(database)
    reviewer, supervisor = (
        await live.invite(database, "ri", "reviewer"),
        await live.invite(database, "ana", "supervisor"),
    )
    owner = await asyncpg.connect(database.superuser)
    await owner.execute("set session_replication_role = replica")
    await owner.execute(MANY)
    async with (
        live.desk(nats_with_streams, live.cards()),
        processes.alerts(nats_with_streams, database, monkeypatch) as service,
        live.signed_in(service, supervisor) as ana,
    ):
        await add_pair(ana)
        await page.goto(f"{service.url}/#code={reviewer}")
        await expect(page.get_by_text("Last check").first).to_be_visible()
        await live.send(bus, live.sighting(camera="east-lobby"))
        await expect(page.get_by_text(live.INSTRUCTION)).to_be_visible()
        before = await owner.fetchval("select count(*) from alerts.event")

        faces = page.locator("figure img")
        address = await faces.first.get_attribute("src")
        assert address is not None

        await page.get_by_role("button", name="Compare faces").click()
        await page.get_by_role("button", name="Not this person").click()

        # Another pair is in front, with the same place and ground.
        await expect(faces.first).not_to_have_attribute("src", address)
        await expect(page.get_by_role("button", name="Compare faces")).to_be_visible()
        await expect(page.get_by_text(live.INSTRUCTION)).to_be_visible()
        await expect(page.locator(".strip")).to_contain_text("NEW")
        await expect(faces).to_have_count(2)
        assert not SECRET.search(await page.locator("article").inner_html())
        await axe.is_clean(page, said_by_people=(live.INSTRUCTION,))
        await axe.speak(page, "en")
        await page.get_by_role("button", name="Compare faces").click()
        await page.get_by_role("button", name="Same person", exact=True).click()

        await expect(page.get_by_text("This was a control pair")).to_be_visible()
        await expect(page.get_by_text("Your answer was wrong")).to_be_visible()
        await axe.is_clean(page, said_by_people=(live.INSTRUCTION,))
        # Nobody was told, and it is measured: they see it when nothing is in front.
        assert await owner.fetchval("select count(*) from alerts.event") == before
        async with ana.get("/api/v1/incidents?open=true") as reply:
            (alert,) = (await reply.json())["incidents"]
        async with ana.post(f"/api/v1/incidents/{alert['id']}/verdict", json={"verdict": "not_same"}) as reply:
            assert reply.status == 200
        await axe.speak(page, "en")
        await page.get_by_role("button", name="All alerts").click()
        await expect(page.locator(".reviewing")).to_contain_text("1 of 1 pairs of two people taken for one person")
        await axe.is_clean(page, said_by_people=(live.INSTRUCTION,))
        async with ana.get("/api/v1/reviewing") as reply:
            (found,) = (await reply.json())["reviewers"]
        assert (found["reviewer"], found["shown"], found["wrong_same"]["count"], found["wrong_same"]["of"]) == (
            "ri", 1, 1, 1,
        )  # fmt: skip
    await owner.close()


@pytest.mark.parametrize(("language", "words"), [("en", "Two people"), ("zh-CN", "两个人")])
async def test_a_pair_is_added_and_removed_on_the_page(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch,
    language: str, words: str,
) -> None:  # fmt: skip
    portrait = FilePayload(name="face.jpg", mimeType="image/jpeg", buffer=live.portrait("#8b6650"))
    async with console.running(
        nats_with_streams, database, monkeypatch, show_threshold=THRESHOLD, list_reviews={"reviews": []}
    ) as here:
        await here.open(page, "ana", "supervisor", "policy")
        await axe.speak(page, language)
        section = page.locator("section.card", has=page.locator("h2", has_text=re.compile("Control pairs|对照照片")))
        await section.get_by_role("button", name=re.compile("Add a control pair|添加一对")).click()
        await section.locator("#control-same").select_option("two")
        await section.locator("#control-grounds").fill("form 17")
        for which in ("watchlist", "camera"):
            await section.locator(f"#control-{which}").set_input_files(portrait)
        await section.locator("form button.go").click()

        pair = section.locator("li", has_text="form 17")
        await expect(pair).to_contain_text(words)
        await axe.is_clean(page, said_by_people=("form 17", "ana"))
        await pair.get_by_role("button").click()
        await page.locator("dialog .danger").click()
        await expect(pair).to_have_count(0)
