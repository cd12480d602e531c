"""A disk with little room is an alarm on every page, and one without any says that alerts are not received."""

import asyncio
import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests import servers
from tests.live import alerts_client as live
from tests.live import elsewhere, processes

GB = 1_000_000_000
NEVER_OLD_SECONDS = 3600


def report(path: Path, free_bytes: int) -> None:
    """Say how much room a disk of 100 GB has, until the test says something else."""
    fresh = path.with_name("fresh")
    fresh.write_text(f"{free_bytes} {100 * GB}\n", encoding="ascii")
    stamp = fresh.stat().st_mtime + NEVER_OLD_SECONDS
    os.utime(fresh, (stamp, stamp))
    fresh.replace(path)


async def test_little_room_is_an_alarm_until_there_is_some(
    page: Page,
    nats_with_streams: servers.Nats,
    database: servers.Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disk = tmp_path / "broker"
    await asyncio.to_thread(report, disk, GB)
    code = await live.invite(database, "ana", "guard")
    alarm = page.get_by_text("Disk of the broker:")
    async with (
        elsewhere.living(nats_with_streams),
        processes.alerts(nats_with_streams, database, monkeypatch, DISKS=f"broker={disk}") as service,
    ):
        await page.goto(service.url)
        await page.get_by_label("One-time code").fill(code)
        await page.get_by_role("button", name="Start shift").click()
        await expect(alarm).to_contain_text("1.0 GB left")
        await expect(page.locator(".heard")).to_contain_text("Alerts work in part")

        await asyncio.to_thread(report, disk, 0)
        await expect(alarm).to_contain_text("FULL")
        await expect(page.get_by_text("NOT RECEIVING ALERTS")).to_be_visible()

        await asyncio.to_thread(report, disk, 50 * GB)
        await expect(page.get_by_text("NOT RECEIVING ALERTS")).to_have_count(0)
        await expect(alarm).to_have_count(0)
