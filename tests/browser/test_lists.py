"""Lists that hospitals share, as a supervisor of a publisher and of a hospital sees them, in a real Chromium."""

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from proto.wardwatch.v1 import federation_views as views
from proto.wardwatch.v1.statements import fingerprint
from services.chassis.qr import qr_code
from tests import servers
from tests.browser import axe, console, pictures

NOW = datetime.now(UTC)
ENTRY = "0b6f3f0c-6f5e-4a43-9c39-3d7f3f1c1b01"
SIGNED = b"signed by two people" * 40
READ_OUT = fingerprint(SIGNED)[-19:]


def hello(*, ago: float, same: bool = True) -> views.HelloView:
    return views.HelloView(
        heard_at=datetime.now(UTC) - timedelta(seconds=ago), number=4711, number_since=NOW, same=same, behind=False,
        entries=2098, locked=2, suspended=1, matchers=2, matchers_current=1, owed=0, publisher="",
    )  # fmt: skip


def hospital(name: str, state: views.HospitalState, **over: object) -> views.HospitalView:
    said = {
        "hospital": name, "title": f"Hospital {name[1:]}", "state": state, "asked_by": "li.wei", "fingerprint": "",
        "link_key": "", "invitation_expires_at": NOW + timedelta(days=14), "admitted_at": None, "removed_at": None,
        "removed_reason": "", "keys": 0, "owed": 0, "hello": None, "renewal": None,
    }  # fmt: skip
    return views.HospitalView.model_validate(said | over)


def waiting_share() -> views.ShareView:
    return views.ShareView.model_validate({
        "list": "city", "entry": ENTRY, "hospitals": ("h01",), "asked_by": "li.wei", "asked_at": NOW,
        "approved_by": None, "approved_at": None, "withdrawn_by": None, "withdrawn_at": None, "withdrawn_reason": "",
        "number": 0, "published": False, "scope": None, "scope_asked_by": None,
    })  # fmt: skip


def sharing(*hospitals: views.HospitalView) -> Mapping[str, object]:
    of = views.PublishedList(
        list="city", title="City list", silent_days=30, made_by="li.wei", made_at=NOW, entries=2100, hospitals=2,
        waits=1,
    )  # fmt: skip
    owing = views.OwingHospital(
        hospital="h07", title="Hospital 07", signed=1, heard_at=NOW - timedelta(hours=2), closing_asked_by=None,
        closing_reason="",
    )  # fmt: skip
    erasure = views.ListErasure.model_validate(
        {"entry": ENTRY, "told_at": NOW, "erased": True, "hospitals": 30, "closed": 29, "owing": [owing]}
    )
    return views.SharingView(
        published=of, number=4711, unpublished=0, hospitals=list(hospitals), waiting=[waiting_share()],
        erasures=[erasure], repair=None,
    ).model_dump(mode="json")  # fmt: skip


def published() -> Mapping[str, object]:
    of = sharing()["published"]
    return {"lists": [of]}


def subscription(**over: object) -> dict[str, object]:
    said: dict[str, object] = {
        "list": "town", "title": "Town list", "hospital": "h99", "fingerprint": "", "addresses": ("tls://hub:7422",),
        "sites": ("h1",), "silent_days": 30, "asked_by": "chen.yu", "asked_at": NOW, "joined_by": "boss",
        "joined_at": NOW, "answered": True, "suspended_by": None, "suspended_at": None, "suspended_reason": "",
        "silent_since": None, "left_by": None, "left_at": None, "left_reason": "", "number": 17,
        "agreed_at": datetime.now(UTC) - timedelta(seconds=4), "heard_at": datetime.now(UTC) - timedelta(seconds=4),
        "listed": 41, "entries": 41, "differing": 0, "differs_since": None, "locked": 0, "suspended_here": 1,
        "unclosed": 0, "own_key": "", "repair": None,
        "renewal": {"fingerprint": fingerprint(b"next"), "heard_at": NOW, "asked_by": None, "accepted_by": None},
    }  # fmt: skip
    return views.SubscriptionView.model_validate(said | over).model_dump(mode="json")


def invitation() -> Mapping[str, object]:
    text = b64encode(SIGNED).decode()
    return views.InvitationView(
        list="city", hospital="h08", title="Hospital 08", expires_at=NOW + timedelta(days=14), invitation=text,
        fingerprint=fingerprint(SIGNED), qr=qr_code(text),
    ).model_dump(mode="json")  # fmt: skip


async def test_lists_are_kept_on_the_page_as_on_the_command_line(
    page: Page,
    nats_with_streams: servers.Nats,
    database: servers.Database,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    h01 = hospital("h01", "admitted", admitted_at=NOW, keys=2100, hello=hello(ago=4))
    h07 = hospital("h07", "admitted", admitted_at=NOW, keys=2100, owed=1, hello=hello(ago=7200))
    asked = hospital("h08", "asked")
    async with console.running(
        nats_with_streams,
        database,
        monkeypatch,
        list_lists=published(),
        show_sharing=sharing(h01, h07, asked),
        list_subscriptions={"subscriptions": [subscription()]},
        approve_invitation=asked.model_dump(mode="json"),
        show_invitation=invitation(),
        admit_hospital=asked.model_dump(mode="json"),
        approve_share=waiting_share().model_dump(mode="json"),
        accept_publisher_key=subscription(),
        suspend_list=subscription(),
        join_list=subscription(),
    ) as here:
        await here.open(page, "boss", "supervisor", "lists")

        await expect(page.get_by_text("2100 people at 2 hospitals, no. 4711.")).to_be_visible()
        first = page.get_by_role("row").filter(has_text="Hospital 01")
        await expect(first).to_contain_text("the same as ours")
        await expect(first).to_contain_text("2098 of 2100")
        await expect(page.get_by_role("row").filter(has_text="Hospital 07")).to_contain_text("silent since")
        await expect(page.get_by_text("29 of 30 hospitals closed.")).to_be_visible()
        await expect(page.get_by_text("Hospital 07: silent since")).to_be_visible()
        await axe.is_clean(page)
        assert await page.evaluate("document.documentElement.scrollWidth") == 360
        await pictures.take(page, "lists-publisher", whole=True)

        await page.get_by_role("button", name="Let hospitals look for this person").click()
        await page.get_by_role("button", name="Hospital 08").click()
        await page.get_by_role("button", name="Approve the invitation").click()
        here.answer("show_sharing", sharing(h01, h07, hospital("h08", "invited")))
        await expect(page.get_by_role("img", name="QR code: Invitation")).to_be_visible()
        await expect(page.get_by_text(READ_OUT.replace("-", " "))).to_be_visible()
        async with page.expect_download() as saved:
            await page.get_by_role("button", name="city-h08.invitation").click()
        path = await (await saved.value).path()
        assert (await asyncio.to_thread(path.read_text)).strip() == b64encode(SIGNED).decode()
        await pictures.take(page, "lists-invitation", whole=True)
        await page.get_by_label("Answer: or paste its text").fill(b64encode(SIGNED).decode())
        await page.get_by_label("As read out by telephone").fill(READ_OUT)
        await page.get_by_role("button", name="Propose to admit it").click()
        await axe.is_clean(page, said_by_people=[READ_OUT.replace("-", " ")])

        await page.get_by_role("button", name="Accept these keys").click()
        await page.get_by_role("button", name="Suspend the list").click()
        await page.get_by_label("Reason").fill("a court asked")
        await page.get_by_role("dialog").get_by_role("button", name="Suspend the list").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        file = tmp_path / "town.invitation"
        file.write_text(b64encode(SIGNED).decode() + "\n")
        await page.get_by_role("button", name="Join a list").click()
        await page.get_by_label("Invitation: choose the file").set_input_files(file)
        form = page.get_by_role("form", name="Join a list")
        await form.get_by_label("As read out by telephone").fill(READ_OUT)
        await form.get_by_label("Sites").fill("h1, h2")
        await axe.is_clean(page, said_by_people=[READ_OUT.replace("-", " ")])
        await pictures.take(page, "lists-joining", whole=True)
        await form.get_by_role("button", name="Propose to join it").click()
        await expect(form).to_have_count(0)

        (share,), (answer,), (join,) = (here.calls(name) for name in ("approve_share", "admit_hospital", "join_list"))
        assert b'"hospitals":["h01"]' in share.body
        assert READ_OUT.encode() in answer.body
        assert b'"sites":["h1","h2"]' in join.body
        assert [len(here.calls(name)) for name in ("approve_invitation", "accept_publisher_key", "suspend_list")] == [
            1,
            1,
            1,
        ]
