"""Whoever comes along sees what is proven of the audit, without an account and without a script."""

import pytest
from playwright.async_api import Page, expect

from services.alerts.edge.proof_models import Proof
from tests import servers
from tests.browser import axe, pictures
from tests.fakes import eventually
from tests.live import alerts_client as live
from tests.live import processes


async def test_anybody_reads_what_is_proven_in_both_languages(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Something is in the audit, and its head is published when the service starts.
    await live.invite(database, "ana", "guard")
    async with processes.alerts(
        nats_with_streams, database, monkeypatch, HOSPITAL="City Hospital", ANCHOR_SECONDS="0.2"
    ) as service:
        await eventually(lambda: _published(page, service.url), within_seconds=60)
        await page.goto(f"{service.url}/proof")
        await expect(page.get_by_role("status")).to_contain_text("Proven just now")
        head = (await _proof(page, service.url)).published
        assert head is not None
        newest = page.get_by_role("row", name="Newest published head")
        await expect(newest).to_contain_text(f"{head.sequence} {head.sha256}")
        await _clean(page, "proof-en")

        await page.get_by_role("link", name="中文").click()
        await expect(page.get_by_role("status")).to_contain_text("刚刚证实")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await _clean(page, "proof-zh")


async def _published(page: Page, url: str) -> bool:
    """Whether a head is published, and proven."""
    return (await _proof(page, url)).agrees is True


async def _proof(page: Page, url: str) -> Proof:
    reply = await page.request.get(f"{url}/api/v1/proof")
    return Proof.model_validate_json(await reply.text())


async def _clean(page: Page, name: str) -> None:
    assert await axe.violations(page) == []
    await pictures.take(page, name, whole=True)
