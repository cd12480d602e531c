"""A supervisor's day at the watchlist, in a real Chromium before a scripted desk: on a phone, and as wide as a desk."""

import json
import re

import pytest
from playwright.async_api import Page, expect

from tests import servers
from tests.browser import axe, console
from tests.fakes import eventually
from tests.live import alerts_client as live
from tests.unit.cli import desk_server

pytestmark = pytest.mark.timeout(120)

ENTRY, OTHER = desk_server.ENTRY, desk_server.OTHER
# Words of the scripted desk, as somebody wrote them.
PEOPLE_SAY = ("Marlo Quint", "Ada Other", "the file number is missing", "Call 8811.", "decision 7", "file 7")


async def test_what_waits_is_looked_at_and_sent_back_and_its_author_amends_it(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = [desk_server.photo(), desk_server.photo(position=2, name="c.jpg")]
    pending = desk_server.entry(author="bea", put_forward_by="bea", photo_list=photos, last_day="2028-06-30")
    comment = {"by": "ana", "at": desk_server.MOMENT, "comment": "the file number is missing"}
    draft = pending | {"state": "draft", "put_forward_by": None, "returned": comment, "revision": 4, "generation": None}
    async with console.running(
        nats_with_streams, database, monkeypatch, show_entry=pending, show_photo=live.portrait("#7a5a48"),
        return_entry=draft, rewrite_entry=draft | {"evidence": "file 8", "revision": 5},
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "watchlist", ENTRY)
        approve = page.get_by_role("button", name="Approve")
        await expect(approve).to_be_disabled()
        await axe.is_clean(page, said_by_people=PEOPLE_SAY, picture="desk-returned")
        await page.get_by_role("button", name="Open all 2 faces").click()
        await expect(page.locator(".enrolled img")).to_have_count(2)
        await expect(approve).to_be_enabled()
        assert [call.target["position"] for call in here.calls("show_photo")] == ["0", "2"]

        await page.get_by_role("button", name="Send back").click()
        box = page.get_by_role("dialog")
        await box.get_by_label("What is to be changed").fill("the file number is missing")
        here.answer("show_entry", draft)
        await box.get_by_role("button", name="Send back").click()
        await expect(page.get_by_role("note")).to_contain_text("the file number is missing")
        assert json.loads(here.calls("return_entry")[0].body) == {"reason": "the file number is missing"}

        await page.get_by_role("button", name="Edit").click()
        await page.get_by_label("Evidence").fill("file 8")
        await axe.is_clean(page, said_by_people=PEOPLE_SAY, picture="desk-waiting")
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_role("button", name="Submit")).to_be_visible()
        said = json.loads(here.calls("rewrite_entry")[0].body)
        assert {name: value for name, value in said.items() if value is not None} == {
            "revision": 4,
            "evidence": "file 8",
        }


async def test_who_is_listed_is_changed_merged_and_approved_by_another(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    merged = {
        "other": OTHER, "label": "Ada Other", "photos": 2, "by": "bea", "at": desk_server.MOMENT, "undone_by": None,
        "undone_at": None,
    }  # fmt: skip
    listed = desk_server.entry(state="active", author="bea", approver="cai", merged=[merged], last_day="2028-06-30")
    photos = [desk_server.photo(position=1, name="b.jpg")]
    draft = desk_server.entry(
        id=OTHER, state="draft", amends=ENTRY, author="ana", evidence="file 8", photo_list=photos, last_day="2028-06-30"
    )
    pending = {**draft, "state": "pending", "put_forward_by": "bea", "author": "bea"}
    async with console.running(
        nats_with_streams, database, monkeypatch, show_entry=listed, amend_entry=draft, part_entries=draft,
        search_entries={"entries": [desk_server.row(id=OTHER, label="Ada Other", state="active")], "next": None},
        merge_entries=draft, show_photo=live.portrait("#7a5a48"), approve_entry={**listed, "revision": 5},
        show_liveness=desk_server.live(2, seconds=0.4),
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "watchlist", ENTRY)
        await expect(page.get_by_role("button", name="Change")).to_be_visible()
        await axe.is_clean(page, said_by_people=PEOPLE_SAY, picture="desk-amended")

        # The other entry of the same person is found by its words.
        await page.get_by_role("button", name="Merge").click()
        box = page.get_by_role("dialog")
        await box.get_by_label("The other entry").first.fill("ada")
        await box.get_by_label("Reason").fill("the same scar")
        await expect(box.get_by_role("button", name="Merge")).to_be_disabled()
        await box.get_by_text("Ada Other").click()
        await box.get_by_role("button", name="Merge").click()
        await expect(box).to_have_count(0)
        assert json.loads(here.calls("merge_entries")[0].body) == {"other": OTHER, "reason": "the same scar"}

        await console.go(page, "watchlist", ENTRY)
        await page.get_by_role("button", name="Part them again").click()
        await box.get_by_label("Reason").fill("two brothers")
        await box.get_by_role("button", name="Part them again").click()
        await expect(box).to_have_count(0)
        assert json.loads(here.calls("part_entries")[0].body)["other"] == OTHER

        await console.go(page, "watchlist", ENTRY)
        await page.get_by_role("button", name="Change").click()
        await box.get_by_label("Reason").fill("a new decision")
        await box.get_by_role("button", name="Change").click()
        await expect(box).to_have_count(0)
        assert json.loads(here.calls("amend_entry")[0].body) == {"reason": "a new decision"}

        # What is changed stands beside what is said now.
        here.answer(f"show_entry/{OTHER}", pending)
        await console.go(page, "watchlist")
        await console.go(page, "watchlist", OTHER)
        change = page.locator(".change-of")
        await expect(change.locator("ins").first).to_have_text("file 8")
        await expect(change.locator("del").first).to_have_text("file 7")
        await expect(change).to_contain_text("b.jpg")
        await axe.is_clean(page, said_by_people=PEOPLE_SAY, picture="desk-merged")
        await page.get_by_role("button", name="Open the face").click()
        await page.get_by_role("button", name="Approve").click()
        # Approved, it is the person who was changed that is shown.
        await expect(page).to_have_url(re.compile(f"#/watchlist/{ENTRY}$"))
        assert here.calls("approve_entry")[0].target == {"entry": OTHER}


async def test_the_list_says_what_waits_and_keeps_the_place(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"0b6f3f0c-6f5e-4a43-9c39-3d7f3f1c{n:04}" for n in range(30)]
    rows = [desk_server.row(id=each, label=f"Person {n}", author="bea", first_photo=0) for n, each in enumerate(ids)]
    ended = desk_server.row(id=OTHER, label="Ada Other", state="expired")
    waiting = {"approvals": 2, "renewals": 0, "returned": 1, "version": 7}
    days = [{"day": "2026-12-24", "entries": 3, "asked": 0}, {"day": "2027-01-05", "entries": 1, "asked": 1}]
    async with console.running(
        nats_with_streams, database, monkeypatch, show_waiting=waiting, show_photo=live.portrait("#7a5a48"),
        list_entries={"entries": rows, "next": None, "counts": {"pending": 30, "expired": 1}},
        search_entries={"entries": [ended], "next": None}, show_entry=desk_server.entry(),
        show_endings={"days": days},
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "watchlist")
        await expect(page.get_by_role("link", name="Watchlist 3 wait for you")).to_be_visible()
        await expect(page.get_by_role("button", name="Waits for me 3")).to_be_visible()
        await expect(page.get_by_role("link", name="Ada Other")).to_have_count(0)
        await axe.is_clean(page, said_by_people=PEOPLE_SAY, picture="desk-calendar")

        # Faces come on one request, and each look is a reading.
        assert here.calls("show_photo") == []
        await page.get_by_role("button", name="Show faces").click()
        await expect(page.locator(".thumb img")).to_have_count(30)
        assert {call.target["entry"] for call in here.calls("show_photo")} == set(ids)

        # By keyboard from row to row; whoever comes back stands where they were.
        await page.keyboard.press("/")
        await expect(page.get_by_label("Search")).to_be_focused()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowDown")
        await expect(page.locator(".person").nth(1)).to_be_focused()
        await page.locator(".person").nth(25).focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Marlo Quint")).to_be_visible()
        await page.go_back()
        await expect(page.locator(".person").nth(25)).to_be_focused()
        await expect(page.locator(".person").nth(25)).to_be_in_viewport()

        # What somebody else changed is there without a reload.
        renamed = [{**rows[0], "label": "Somebody new"}, *rows[1:]]
        here.answer("list_entries", {"entries": renamed, "next": None, "counts": {"pending": 30, "expired": 1}})
        here.answer("show_waiting", {**waiting, "approvals": 1, "version": 8})
        await expect(page.get_by_role("link", name="Somebody new")).to_have_count(1)
        await expect(page.get_by_role("button", name="Waits for me 2")).to_have_count(1)

        await page.get_by_text("Ended 1").last.click()
        await expect(page.get_by_role("link", name="Ada Other")).to_be_visible()
        assert json.loads(here.calls("search_entries")[-1].body)["state"] == "ended"

        await page.get_by_role("link", name="Who ends when").click()
        await page.get_by_role("button", name="January 2027 1").click()
        await expect(page.get_by_role("button", name="Jan 5, 2027: 1 person ends")).to_be_visible()
        await page.get_by_role("button", name="December 2026 3").click()
        await page.get_by_role("button", name="Dec 24, 2026: 3 people end").click()
        wanted = {"ends_from": "2026-12-24", "ends_to": "2026-12-24", "sort": "ends"}
        await eventually(lambda: wanted.items() <= json.loads(here.calls("search_entries")[-1].body).items())
        await expect(page.get_by_role("link", name="Ada Other")).to_be_visible()
        await axe.is_clean(page, said_by_people=PEOPLE_SAY, picture="desk-list")
