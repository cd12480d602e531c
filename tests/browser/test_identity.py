"""Signing in and keeping accounts in a real Chromium, with its virtual authenticator for passkeys."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
from playwright.async_api import Browser, Page, expect

from tests import servers
from tests.browser import axe
from tests.browser.conftest import watched
from tests.live import alerts_client as live
from tests.live import oidc, processes

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

# Of an English sentence: three words of letters in a row. Names of things and of browsers are shorter.
ENGLISH = re.compile(r"(?:[a-z']{2,} ){2,}[a-z']{2,}", re.IGNORECASE)


async def authenticator(page: Page, *, verified: bool = True) -> tuple["CDPSession", str]:
    """A phone's own passkeys, and whether its holder shows the right finger."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": verified, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools, str(made["authenticatorId"])


def by_name(service: processes.Alerts) -> str:
    """The page under a name, which passkeys ask for."""
    return service.url.replace("127.0.0.1", "localhost")


async def test_an_administrator_lets_a_guard_in_and_proves_who_they_are(
    page: Page,
    browser: Browser,
    nats_with_streams: servers.Nats,
    database: servers.Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    admin = await live.invite(database, "ada", "administrator")
    async with processes.alerts(nats_with_streams, database, monkeypatch) as service:
        devtools, phone = await authenticator(page)
        await page.goto(f"{by_name(service)}/#code={admin}")
        await expect(page).to_have_url(f"{by_name(service)}/#/start")
        await page.goto(f"{by_name(service)}/#/account")
        await page.get_by_role("button", name="Add a passkey").click()
        await page.get_by_label("What to call it").fill("Ada's phone")
        await page.get_by_role("button", name="Add a passkey").click()
        await expect(page.get_by_text("Ada's phone")).to_be_visible()
        await expect(page.get_by_text("this device")).to_be_visible()
        await axe.is_clean(page, said_by_people=("Ada's phone",))

        await page.get_by_role("button", name="Sign out").first.click()
        await page.get_by_role("button", name="Sign out").first.click()
        await expect(page.get_by_label("One-time code")).to_be_visible()

        # A finger that is not known opens nothing.
        await devtools.send("WebAuthn.setUserVerified", {"authenticatorId": phone, "isUserVerified": False})
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await expect(page.get_by_text("Nobody was signed in")).to_be_visible()
        await devtools.send("WebAuthn.setUserVerified", {"authenticatorId": phone, "isUserVerified": True})
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await expect(page.get_by_text("Last check").first).to_be_visible()

        # Eleven minutes later a code for somebody else asks for the finger again, by itself.
        await _long_ago(database)
        await page.goto(f"{by_name(service)}/#/accounts/new")
        await page.get_by_label("Name", exact=True).fill("mo")
        await page.get_by_label("Sites").fill("h1")
        counted = await _count(devtools, phone)
        await page.get_by_role("button", name="Add an account").click()
        await expect(page.get_by_role("heading", name="mo")).to_be_visible()
        await page.get_by_role("button", name="Make a one-time code").click()
        code = await page.locator("p.number").inner_text()
        assert await _count(devtools, phone) == counted + 1
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= 360
        await axe.is_clean(page)

        desk = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
        async with watched(desk) as other:
            await other.goto(f"{service.url}/#code={code}")
            await expect(other.get_by_text("上次检查").first).to_be_visible()
            await other.goto(f"{service.url}/#/account")
            await expect(other.get_by_role("heading", name="mo")).to_be_visible()

            # Who is signed in where, and nobody else's session is ended by looking at it.
            await page.goto(f"{by_name(service)}/#/accounts/sessions")
            sessions = page.get_by_role("listitem")
            await expect(sessions.filter(has_text="mo · Guard")).to_be_visible()
            await expect(sessions.filter(has_text="ada · Administrator")).to_contain_text("this device")
            assert await page.evaluate("document.documentElement.scrollWidth") <= 360
            await page.goto(f"{by_name(service)}/#/accounts")
            await page.get_by_role("link", name="mo").click()
            await expect(other.get_by_text("此页面的地址或此浏览器不能使用通行密钥")).to_be_visible()
            assert not ENGLISH.search(await other.locator("main").inner_text())

            # The phone is lost: its page ends at once.
            await page.reload()
            await page.get_by_role("button", name="Phone lost").click()
            await page.get_by_role("button", name="Phone lost").click()
            await expect(page.get_by_text("Signed in nowhere")).to_be_visible()
            await expect(other.get_by_label("一次性代码")).to_be_visible()
        await desk.close()


async def test_a_person_comes_in_by_the_hospitals_own_sign_in(
    page: Page,
    nats_with_streams: servers.Nats,
    database: servers.Database,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    await live.invite(database, "li", "supervisor")
    await live.link(database, "li", "li@h1")
    async with (
        oidc.provider(tmp_path) as provider,
        processes.alerts(nats_with_streams, database, monkeypatch, **provider.settings) as service,
    ):
        await provider.lets_in("stranger@h1")
        await page.goto(by_name(service))
        await page.get_by_role("button", name="Sign in with Hospital").click()
        await expect(page.get_by_text("no account here is yours")).to_be_visible()
        assert "state" not in page.url

        await provider.lets_in("li@h1")
        await page.context.clear_cookies()
        await page.get_by_role("button", name="Sign in with Hospital").click()
        await expect(page.get_by_text("Last check").first).to_be_visible()
        assert page.url.rstrip("/") == by_name(service)


async def _long_ago(database: servers.Database) -> None:
    """Every proof is eleven minutes old."""
    owner = await asyncpg.connect(database.owner)
    try:
        await owner.execute("update accounts.session set proven_at = now() - interval '11 minutes'")
    finally:
        await owner.close()


async def _count(devtools: "CDPSession", phone: str) -> int:
    """How often the phone's passkey has answered."""
    held = await devtools.send("WebAuthn.getCredentials", {"authenticatorId": phone})
    return int(held["credentials"][0]["signCount"])
