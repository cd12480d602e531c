"""The administrator's look at the machine in a real Chromium: charts of the last hour, hints, stores, deliveries."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, Route, expect

from services.alerts.edge import running_models as models
from tests import servers
from tests.browser import axe, console
from tests.live import alerts_client as live

STEPS = 360
LIVENESS = {
    "generation": 41, "committed_at": None, "published_at": None, "live": 1, "seconds": None,
    "matchers": [
        {
            "name": "m-1", "seen_at": "2026-11-30T02:00:00Z", "silent": False, "entries": 820, "templates": 1040,
            "locked": 0, "applied_sequence": 977, "index_generation": 12, "clock_skew_ms": -40,
        },
        {
            "name": "m-2", "seen_at": "2026-11-30T02:00:00Z", "silent": True, "entries": 819, "templates": 1039,
            "locked": 1, "applied_sequence": 976, "index_generation": 11, "clock_skew_ms": 900,
        },
    ],
}  # fmt: skip


def view(process: str = "0011aabbccddeeff") -> models.RunningView:
    """An hour in which the detector came to its end."""
    now = datetime.now(UTC)
    end = int(now.timestamp()) // 10 * 10
    rate = [20 + n / 20 for n in range(STEPS)]

    def stage(name: str, share: float) -> models.StageSteps:
        done = [round(min(each * share, 30 * share), 2) for each in rate]
        return models.StageSteps(
            stage=name,
            replicas=[1] * STEPS,
            received=[round(each * share, 2) for each in rate],
            done=done,
            shed=[round(each * share - d, 2) for each, d in zip(rate, done, strict=True)],
            age_seconds=[None if n < 20 else 0.04 + n * share / 900 for n in range(STEPS)],
            busy=[min(0.99, each * share / 32) for each in rate],
        )

    def lately(name: str, share: float) -> models.StageLately:
        return models.StageLately(
            stage=name, replicas=1, received=38 * share, done=30 * share, shed={"replaced": 240} if share == 1 else {},
            age_seconds=0.42 * share, median_age_seconds=0.2 * share, busy=0.98 * share, machine=0.51,
        )  # fmt: skip

    shares = {"detector": 1.0, "embedder": 0.2, "matcher": 0.19}
    full: dict[str, str | int] = {
        "stage": "detector",
        "busy": 98,
        "machine": 51,
        "variable": "WARDWATCH_DETECTORS",
        "replicas": 2,
        "shed": 240,
    }
    return models.RunningView(
        process=process,
        since=now - timedelta(hours=3),
        now=now,
        step_seconds=10,
        times=[end - 10 * (STEPS - n) for n in range(STEPS)],
        stages=[stage(*each) for each in shares.items()],
        lately=[lately(*each) for each in shares.items()],
        hints=[
            models.ScaleHint(code="stage_full", parameters=full),
            models.ScaleHint(code="alone", parameters={"stage": "matcher", "variable": "WARDWATCH_MATCHERS"}),
        ],
        replicas=[],
        disks=[models.DiskRunning(name="database", free_bytes=41_000_000_000, hours_left=90, level="well")],
        certificates=[models.CertificateRunning(file="page.pem", ends_at=now + timedelta(days=80))],
        backup=models.BackupRunning(made_at=now - timedelta(hours=5), most_hours=48),
        delivery=models.DeliveryRunning(
            silent=False,
            dead_letters=1,
            paths=[models.PathRunning(path="push", sent=12, waiting=1, failed=0, seconds=0.8)],
        ),
        unpublished_seconds=None,
        record_away=False,
    )


async def test_an_administrator_sees_what_the_machine_did_and_what_to_scale(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[str]()
    page.on("request", lambda request: asked.append(request.url))
    async with console.running(nats_with_streams, database, monkeypatch, list_matchers=LIVENESS) as here:
        # What the service itself says, before any stage was heard of.
        await here.open(page, "ada", "administrator", "running")
        await expect(page.get_by_text("Nothing has come from any camera")).to_be_visible()
        await expect(page.get_by_text("Generation 41 in the record")).to_be_visible()
        await expect(page.get_by_role("region", name="Who lives")).to_contain_text("Alerts")

        async def answer(route: Route) -> None:
            await route.fulfill(body=view().model_dump_json(), content_type="application/json")

        await page.route("**/api/v1/running*", answer)
        await page.reload()
        await expect(page.get_by_text("WARDWATCH_DETECTORS=2")).to_be_visible()
        await expect(page.get_by_text("detector has no time left (busy 98 %, gave up 240")).to_be_visible()
        charts = page.get_by_role("figure")
        await expect(charts).to_have_count(5)
        await expect(charts.first.locator("canvas")).to_have_count(1)
        await expect(charts.first).to_contain_text("Detector: now 38.0, most 38.0")
        await expect(page.get_by_role("row", name="Detector frames")).to_contain_text("38.0 a second")
        await expect(page.get_by_role("region", name="Stores")).to_contain_text("41.0 GB free")
        await expect(page.get_by_role("row", name="m-2")).to_contain_text("silent")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        await axe.is_clean(page, picture="running")
        assert [url for url in asked if "uplot" in url] != []


async def test_charts_are_not_fetched_for_a_guard(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[str]()
    page.on("request", lambda request: asked.append(request.url))
    async with console.running(nats_with_streams, database, monkeypatch) as here:
        await here.open(page, "li", "guard", "running")
        await expect(page.locator(".heard")).to_be_visible()
        code = await live.invite(database, "su", "supervisor")
        await page.context.clear_cookies()
        await page.goto(f"{here.service.url}/#code={code}")
        await page.get_by_text("Last check").first.wait_for()
        await console.go(page, "watchlist")
        await expect(page.get_by_role("heading", name="Watchlist")).to_be_visible()

    assert json.dumps(asked).count("/app.js") > 0
    assert [url for url in asked if "uplot" in url or "/running/" in url] == []
