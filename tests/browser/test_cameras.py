"""Whether alerts work is said on the page, in both languages: who is silent, and which camera does not see."""

import json

import asyncpg
import pytest
from playwright.async_api import Page, expect

from proto.wardwatch.v1.camera_states import CameraTrouble, TroubleKind
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from tests import servers
from tests.browser import axe, console, pictures
from tests.live import alerts_client as live
from tests.live import elsewhere, processes

DOOR = Place(site_id("h1"), camera_id("door"))
NORTH = Place(site_id("h2"), camera_id("north"))
FLOODS, CUT = CameraTrouble(TroubleKind.TOO_FAST, 40), CameraTrouble(TroubleKind.TRUNCATED, 40)


async def open_page(page: Page, service: processes.Alerts, code: str) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(service.url)
    await page.get_by_label("One-time code").fill(code)
    await page.get_by_role("button", name="Start shift").click()


async def test_a_camera_in_trouble_is_named_until_nobody_says_so(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await live.invite(database, "ana", "guard")
    async with (
        elsewhere.living(nats_with_streams) as others,
        processes.alerts(nats_with_streams, database, monkeypatch, BEAT_SECONDS="0.2") as service,
    ):
        await open_page(page, service, code)
        await expect(page.locator(".heard")).to_contain_text("Receiving")
        gate = page.get_by_role("status").filter(has_text="Camera gate at h1")
        door = page.get_by_role("status").filter(has_text="Camera door at h1")

        others.cameras = {elsewhere.GATE: (FLOODS,), DOOR: (CUT,)}
        await expect(gate).to_contain_text("It sends too fast")
        await expect(door).to_contain_text("cut off")
        await expect(page.locator(".heard")).to_contain_text("Alerts work in part")
        await pictures.take(page, "cameras-en")
        others.cameras = {elsewhere.GATE: (), DOOR: (CUT,)}
        await expect(gate).to_have_count(0, timeout=20_000)
        await expect(door).to_have_count(1)
        others.cameras = {elsewhere.GATE: (), DOOR: ()}
        await expect(door).to_have_count(0, timeout=20_000)
        await expect(page.locator(".heard")).to_contain_text("Receiving")

        # Of many with one fault one sentence, and of a site that is silent as a whole.
        many = [Place(site_id("h1"), camera_id(f"ward-{number}")) for number in range(5)]
        told = page.locator(".banner.told")
        others.cameras = {elsewhere.GATE: (), DOOR: (), **dict.fromkeys(many, (CUT,))}
        await expect(told).to_contain_text(
            ["Each of 5 cameras at h1 does not see as it should: its pictures are cut off; ward-0"]
        )
        await expect(told).to_have_count(1)
        others.cameras = {}
        await expect(told).to_contain_text(["None of 7 cameras at h1 sends, since"], timeout=30_000)
        await expect(told).to_have_count(1, timeout=20_000)
        await pictures.take(page, "cameras-many-en")


async def forgotten(database: servers.Database) -> list[tuple[str, str, dict[str, str]]]:
    """The cameras that people said are not missed any more, as the audit has it."""
    connection = await asyncpg.connect(database.audit)
    try:
        rows = await connection.fetch("select * from audit.event where action = 'camera.forgotten'")
        return [(row["actor_name"], row["subject"], json.loads(row["details"])) for row in rows]
    finally:
        await connection.close()


async def test_who_is_silent_is_named_in_both_languages_until_it_is_back(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await live.invite(database, "ana", "supervisor", sites=["h1"])
    heard, banner = page.locator(".heard"), page.locator(".banner.working")
    async with (
        elsewhere.living(nats_with_streams) as others,
        processes.alerts(nats_with_streams, database, monkeypatch, BEAT_SECONDS="0.2") as service,
    ):
        others.cameras = {elsewhere.GATE: (), DOOR: (), NORTH: ()}
        await open_page(page, service, code)
        await expect(heard).to_contain_text("Receiving")
        await expect(banner).to_have_count(0)

        # A camera of this supervisor's site, and one of a site that is no business of theirs.
        others.cameras = {elsewhere.GATE: ()}
        await expect(banner).to_contain_text("door at h1 silent for")
        await expect(heard).to_contain_text("Alerts work in part")
        await expect(page.locator("body")).not_to_contain_text("north")
        await pictures.take(page, "silent-en")
        await page.locator("details.menu summary").click()
        await page.get_by_text("中文").click()
        await expect(banner).to_contain_text("h1 的摄像机 door 已")
        await expect(heard).to_contain_text("告警部分可用")
        await pictures.take(page, "silent-zh")

        # It will not come back: nobody misses it any more, and that is in the audit.
        await page.get_by_role("button", name="不再提示").click()
        await expect(banner).to_contain_text("直到它重新发来画面")
        await page.get_by_role("button", name="不再提示").click()
        await expect(banner).to_have_count(0)
        await expect(heard).to_contain_text("接收中")
        assert await forgotten(database) == [("ana", "h1", {"camera": "door"})]

        others.stages.discard("detector")
        await expect(banner).to_contain_text("没有人脸检测器在工作")
        await expect(heard).to_contain_text("告警无法工作")
        others.speaking = False
        await expect(banner).to_contain_text("没有任何比对器发来消息")

        others.speaking, others.cameras = True, {elsewhere.GATE: (), DOOR: (), NORTH: ()}
        others.stages.add("detector")
        await expect(heard).to_contain_text("接收中")
        await expect(banner).to_have_count(0)


async def test_an_administrator_sees_every_camera_and_says_where_it_is(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live.enrol(database)
    async with (
        elsewhere.living(nats_with_streams) as others,
        console.running(nats_with_streams, database, monkeypatch) as here,
    ):
        others.cameras = {elsewhere.GATE: ()}
        await here.open(page, "ada", "administrator", "cameras")

        gate = page.get_by_role("region", name="gate")
        await expect(gate).to_contain_text("640 \N{MULTIPLICATION SIGN} 480", timeout=20_000)
        await expect(gate).to_contain_text("Sending")
        await expect(gate).to_contain_text("5 a second")
        await gate.get_by_role("button", name="Say where it is: gate").click()
        await gate.get_by_label("What people call the place").fill("Gate 2")
        await gate.get_by_label("Building").fill("Main building")
        await gate.get_by_role("button", name="Save").click()

        described = page.get_by_role("region", name="Gate 2")
        await expect(described).to_contain_text("Main building")
        await expect(described).to_contain_text("h1.gate")
        await axe.is_clean(page, said_by_people={"Main building"})
