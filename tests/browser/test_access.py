"""Somebody asks what is held about them: one account asks, another approves, and a photo is looked for and not kept."""

import pytest
from playwright.async_api import Page, expect

from tests import servers
from tests.browser import axe, console
from tests.live import alerts_client as live
from tests.unit.cli import desk_server


def request(**over: object) -> dict[str, object]:
    """A request that waits."""
    return {
        "number": 7, "kind": "photo", "asks": "self", "consent": "AR-2026/17", "state": "asked", "asked_by": "sue",
        "asked_at": desk_server.MOMENT, "unusual": False, "approved_by": None, "approved_at": None, "tries_left": 3,
        "answered_at": None, "found": None, **over,
    }  # fmt: skip


def listed(*requests: dict[str, object]) -> dict[str, object]:
    return {"requests": list(requests), "asked_within_30_days": len(requests)}


async def test_a_photo_is_looked_for_once_another_account_has_approved(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved = request(state="approved", approved_by="ada", approved_at=desk_server.MOMENT)
    answered = {**approved, "state": "answered", "answered_at": desk_server.MOMENT, "found": 1}
    row = desk_server.row(id=live.PERSON, label=live.LABEL)
    async with console.running(
        nats_with_streams,
        database,
        monkeypatch,
        list_access=listed(),
        ask_access=request(),
        answer_access={"request": answered, "findings": [], "entries": [row]},
    ) as here:
        await here.open(page, "sue", "supervisor", "access")
        await page.get_by_label("Form with their consent").fill("AR-2026/17")
        here.answer("list_access", listed(request()))
        await page.get_by_role("button", name="Ask another account to approve").click()
        one = page.get_by_role("region", name="Request 7")
        await expect(one).to_contain_text("Another supervisor or administrator must approve it")
        await expect(one.get_by_role("button", name="Approve")).to_have_count(0)
        (call,) = here.calls("ask_access")
        assert b'"consent":"AR-2026/17"' in call.body
        await axe.is_clean(page, picture="access")

        here.answer("list_access", listed(approved))
        photo = one.get_by_label("Photo of the person")
        await expect(photo).to_be_visible()
        here.answer("list_access", listed(answered))
        await photo.set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": live.portrait("#8b6650")})
        await expect(one).to_contain_text("compare the faces")
        await expect(one.get_by_role("link", name=live.LABEL)).to_be_visible()
        await axe.is_clean(page, said_by_people={live.LABEL}, picture="answered")
        # Told once: whoever comes back finds that it was answered, and not with whom.
        await console.go(page, "policy")
        await console.go(page, "access")
        await expect(page.get_by_role("region", name="Request 7")).to_contain_text("1 entry")
        await expect(page.locator("main")).not_to_contain_text(live.LABEL)
