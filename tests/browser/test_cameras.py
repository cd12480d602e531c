"""A camera that does not see as it should is named on the page, in both languages, until it does."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from proto.wardwatch.v1.camera_states import CameraState, CameraTrouble, TroubleKind
from proto.wardwatch.v1.subjects import Place, camera_id, camera_state, site_id
from services.chassis.bus import Bus
from tests import buses, servers
from tests.fakes import repeating
from tests.live import alerts_client as live
from tests.live import processes


def said(camera: str, kind: TroubleKind, *, site: str = "h1") -> CameraState:
    return CameraState(Place(site_id(site), camera_id(camera)), (CameraTrouble(kind, 40),))


async def tell(matcher: Bus, *states: CameraState) -> None:
    for state in states:
        await matcher.publish(camera_state(state.place), state.encode())


async def test_a_camera_in_trouble_is_named_until_nobody_says_so(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await live.invite(database, "ana", "guard")
    flooding, cut = said("gate-2", TroubleKind.TOO_FAST), said("door", TroubleKind.TRUNCATED)
    async with (
        processes.alerts(nats_with_streams, database, monkeypatch, BEAT_SECONDS="0.2") as service,
        buses.connected(nats_with_streams, "matcher-record") as matcher,
    ):
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.goto(service.url)
        await page.get_by_label("One-time code").fill(code)
        await page.get_by_role("button", name="Start shift").click()
        await expect(page.locator(".heard")).to_contain_text("Receiving")
        gate = page.get_by_role("status").filter(has_text="Camera gate-2 at h1")
        door = page.get_by_role("status").filter(has_text="Camera door at h1")

        async with repeating(lambda: tell(matcher, flooding, cut)):
            await expect(gate).to_contain_text("It sends too fast")
            await expect(door).to_contain_text("cut off")
            if folder := os.environ.get("WARDWATCH_SCREENSHOTS"):
                await page.screenshot(path=Path(folder) / "cameras-en.png")
        async with repeating(lambda: tell(matcher, cut)):
            await expect(gate).to_have_count(0, timeout=20_000)
            await expect(door).to_have_count(1)
        await expect(door).to_have_count(0, timeout=20_000)


async def test_a_camera_in_trouble_is_named_in_chinese(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await live.invite(database, "ana", "supervisor")
    async with (
        processes.alerts(nats_with_streams, database, monkeypatch, BEAT_SECONDS="0.2") as service,
        buses.connected(nats_with_streams, "matcher-record") as matcher,
        repeating(lambda: tell(matcher, said("gate-2", TroubleKind.TOO_FAST))),
    ):
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.goto(service.url)
        await page.get_by_label("One-time code").fill(code)
        await page.get_by_role("button", name="Start shift").click()
        await page.locator("details.menu summary").click()
        await page.get_by_text("中文").click()

        await expect(page.get_by_role("status").filter(has_text="h1 的摄像机 gate-2")).to_contain_text("发送过快")
        if folder := os.environ.get("WARDWATCH_SCREENSHOTS"):
            await page.screenshot(path=Path(folder) / "cameras-zh.png")
