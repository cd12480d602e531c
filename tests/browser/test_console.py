"""The watchlist's screens in a real Chromium, on the real service, broker and database, before a scripted desk."""

import json
import re

import pytest
from playwright.async_api import Browser, FilePayload, Page, expect

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.refusals import RefusalText
from services.chassis.errors import Refusal
from tests import servers
from tests.browser import axe, console
from tests.browser.conftest import watched
from tests.fakes import eventually
from tests.live import alerts_client as live
from tests.unit.cli import desk_server

pytestmark = pytest.mark.timeout(120)

ENTRY, OTHER = desk_server.ENTRY, desk_server.OTHER
ACTS = ["Submit", "Discard", "Approve", "Suspend", "Resume", "Renew", "Revoke", "Erase"]
# Words of the scripted desk, as somebody wrote them.
PEOPLE_SAY = ("Do not confront. Call 8811.", "decision 2026/17")
# What a person decides without: how alike two faces are, as a figure.
FIGURE = re.compile(r"similarity|cosine|\b0\.\d\d", re.IGNORECASE)

# Whether a picture's address in the page's memory still leads to one.
IS_HELD = """address => new Promise((told) => {
    const picture = new Image();
    picture.onload = () => told(true);
    picture.onerror = () => told(false);
    picture.src = address;
})"""


async def test_a_guard_sees_no_console_and_loads_nothing_of_it(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    async with console.running(nats_with_streams, database, monkeypatch) as here:
        await here.open(page, "li", "guard", "watchlist")

        await expect(page.get_by_role("heading", name="No alerts")).to_be_visible()
        await expect(page.get_by_role("link", name="Watchlist")).to_have_count(0)
        assert not [url for url in loaded if "/console/" in url or "/watchlist" in url]


async def test_who_put_a_person_forward_has_no_approve_button_and_another_has(
    page: Page,
    browser: Browser,
    nats_with_streams: servers.Nats,
    database: servers.Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pending = desk_server.entry(put_forward_by="ana")
    approved = desk_server.entry(state="active", put_forward_by="ana", approver="bea", generation=8)
    async with console.running(
        nats_with_streams, database, monkeypatch, show_entry=pending, approve_entry=approved,
        show_liveness=desk_server.live(1), show_photo=live.portrait("#7a5a48"),
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "watchlist", ENTRY)
        await expect(page.get_by_text("Another account must approve")).to_be_visible()
        await expect(page.get_by_role("button", name="Revoke")).to_be_visible()
        await expect(page.get_by_role("button", name="Approve")).to_have_count(0)

        window = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
        async with watched(window) as other:
            await here.open(other, "bea", "administrator", "watchlist", ENTRY)
            # Nobody approves a face that they have not seen.
            approve = other.get_by_role("button", name="Approve")
            await expect(approve).to_be_disabled()
            await other.get_by_role("button", name="Open the face").click()
            await expect(other.get_by_role("img", name="Photo 1")).to_be_visible()
            await approve.click()
            await expect(other.get_by_text("Live on 1 of 2 matchers so far")).to_be_visible()
            here.answer("show_liveness", desk_server.live(2, seconds=0.4, locked=1))
            await expect(
                other.get_by_text("Entries that cannot match, for their data key cannot be used: m1 (1)")
            ).to_be_visible()
            here.answer("show_liveness", desk_server.live(2, seconds=0.4))
            await expect(other.get_by_text("Entries that cannot match")).to_have_count(0)
            await expect(other.get_by_text("Live on 2 of 2 matchers after 0.4 s")).to_be_visible()
            await expect(other.get_by_role("button", name="Suspend")).to_be_visible()
        await window.close()


async def test_an_auditor_reads_and_changes_nothing(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = {"entries": [desk_server.row()], "next": None}
    async with console.running(
        nats_with_streams, database, monkeypatch, list_entries=listed,
        show_entry=desk_server.entry(identity_last_four="7758", photo_list=[desk_server.photo(warnings=["turned"])]),
    ) as here:  # fmt: skip
        await here.open(page, "rik", "auditor", "watchlist")
        await expect(page.get_by_role("link", name="Add a person")).to_have_count(0)
        await page.get_by_role("link", name="Marlo Quint").click()

        await expect(page.get_by_text("•••• 7758")).to_be_visible()
        await expect(page.get_by_text("Head turned")).to_be_visible()
        for name in [*ACTS, "Reveal", "Accept"]:
            await expect(page.get_by_role("button", name=name)).to_have_count(0)


async def test_the_list_is_filtered_by_state_and_continued_by_cursor(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console.running(
        nats_with_streams, database, monkeypatch,
        list_entries={
            "entries": [desk_server.row(label="One")], "next": "after-one", "counts": {"active": 2, "erased": 640}
        },
        search_entries={"entries": [desk_server.row(label="Three")], "next": None, "counts": {"active": 1}},
        show_entry=desk_server.entry(label="Three"),
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "watchlist")
        await expect(page.get_by_role("link", name="One")).to_be_visible()
        assert here.calls("list_entries")[-1].target["state"] == "living"
        await expect(page.get_by_role("button", name="Current 2", pressed=True)).to_be_visible()
        await expect(page.get_by_role("button", name="Ended 640", pressed=False)).to_be_visible()
        await expect(page.get_by_role("button", name="Erased")).to_have_count(0)
        await axe.is_clean(page)

        here.answer("list_entries", {"entries": [desk_server.row(id=OTHER, label="Two")], "next": None})
        await page.get_by_role("button", name="Show more").click()
        await expect(page.get_by_role("link", name="Two")).to_be_visible()
        await expect(page.get_by_role("link", name="One")).to_be_visible()
        await expect(page.get_by_role("button", name="Show more")).to_have_count(0)
        assert here.calls("list_entries")[-1].target["cursor"] == "after-one"

        await page.get_by_role("button", name="Ended 640").click()
        await page.get_by_role("button", name="Expired").click()
        await expect(page.get_by_role("link", name="One")).to_have_count(0)
        await expect(page.get_by_role("link", name="Two")).to_be_visible()
        await eventually(lambda: here.calls("list_entries")[-1].target["state"] == "expired")

        # What is typed finds among all, goes in no address, and is still there for whoever comes back.
        await page.get_by_label("Search").fill(" three ")
        await expect(page.get_by_role("link", name="Three")).to_be_visible()
        asked = here.calls("search_entries")[-1]
        assert b'"three"' in asked.body
        assert b'"expired"' in asked.body
        assert asked.target == {}
        await page.get_by_label("Order").select_option("By name")
        await expect(page.get_by_role("button", name="Active 1")).to_be_visible()
        await page.get_by_role("link", name="Three").click()
        await page.get_by_role("link", name="Watchlist").first.click()
        await expect(page.get_by_label("Search")).to_have_value("three")
        await eventually(lambda: b'"label"' in here.calls("search_entries")[-1].body)


async def test_a_rejected_photo_says_measure_limit_and_remedy_and_is_not_kept(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = desk_server.entry(state="draft", generation=None, photo_list=[])
    async with console.running(
        nats_with_streams,
        database,
        monkeypatch,
        show_entry=draft,
        add_photo=desk_server.judged("rejected", "small_face"),
    ) as here:
        await here.open(page, "ana", "supervisor", "watchlist", ENTRY)
        await expect(page.locator("#photo-files")).to_be_disabled()
        await page.get_by_label("Source of the photos").fill("police notice 7")
        await page.locator("#photo-files").set_input_files(photo("small.jpg"))

        verdict = page.locator(".judged")
        await expect(verdict).to_contain_text("Rejected")
        await expect(verdict).to_contain_text("41 px (limit 112 px)")
        await expect(verdict).to_contain_text("ask for a larger photo")
        await expect(verdict).to_contain_text("Not kept")
        call = here.calls("add_photo")[0]
        assert (call.target["name"], call.target["source"]) == ("small.jpg", "police notice 7")

        here.answer("add_photo", Refusal(422, "the name holds an identity number; rename the file"))
        await page.locator("#photo-files").set_input_files(photo("other.jpg"))
        await expect(page.locator(".judged").first).to_contain_text("the name holds an identity number")


async def test_a_person_is_added_with_the_usual_end_left_to_the_desk(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = desk_server.entry(state="draft", generation=None, photo_list=[])
    async with console.running(nats_with_streams, database, monkeypatch, draft_entry=draft, show_entry=draft) as here:
        await here.open(page, "ana", "supervisor", "watchlist", "new")
        await page.get_by_label("Label").fill("Marlo Quint")
        await fill_grounds(page)
        await page.get_by_label("Named sites").check()
        await expect(page.get_by_role("button", name="Go on to photos")).to_be_disabled()
        await page.get_by_label("h1", exact=True).check()
        await page.get_by_label("Identity number").fill("110101 19900307 7758")
        await axe.is_clean(page)
        await page.get_by_role("button", name="Go on to photos").click()

        await expect(page.get_by_text("No photo yet.")).to_be_visible()
        body = json.loads(here.calls("draft_entry")[0].body)
        assert body["last_day"] is None
        assert body["scope"] == {"kind": "sites", "group": None, "sites": ["h1"]}
        assert (body["label"], body["identity_number"]) == ("Marlo Quint", "110101 19900307 7758")


async def test_a_face_is_fetched_on_request_and_let_go_when_hidden(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console.running(
        nats_with_streams, database, monkeypatch, show_entry=desk_server.entry(), show_photo=live.portrait("#7a5a48")
    ) as here:
        await here.open(page, "ana", "supervisor", "watchlist", ENTRY)
        await expect(page.get_by_role("button", name="Show Photo 1")).to_be_visible()
        await expect(page.get_by_text("police · day not known")).to_be_visible()
        assert here.calls("show_photo") == []

        await page.get_by_role("button", name="Show Photo 1").click()
        face = page.get_by_role("img", name="Photo 1")
        await expect(face).to_be_visible()
        address = await face.get_attribute("src")
        assert address is not None
        assert address.startswith("blob:")
        assert await page.evaluate(IS_HELD, address) is True

        await page.get_by_role("button", name="Hide Photo 1").click()
        await expect(face).to_have_count(0)
        assert await page.evaluate(IS_HELD, address) is False
        assert len(here.calls("show_photo")) == 1


async def test_likenesses_are_decided_side_by_side_without_a_figure(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    alike = desk_server.entry(state="draft", generation=None, likenesses=[desk_server.likeness()])
    body = {"decided_by": "ana", "decided_at": desk_server.MOMENT, "reason": "other ears"}
    decided = {**desk_server.likeness("different_people"), **body}
    async with console.running(
        nats_with_streams, database, monkeypatch, show_entry=alike, show_photo=live.portrait("#7a5a48"),
        submit_entry=Refusal(409, f"the entry resembles others: {OTHER} (alike)"),
        decide_likeness={**alike, "likenesses": [decided]},
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "watchlist", ENTRY)
        pair = page.locator(".pair")
        await pair.get_by_role("button", name="Show both faces").click()
        await expect(pair.get_by_role("img")).to_have_count(2)
        assert not FIGURE.search(await page.content())

        different = pair.get_by_role("button", name="Different people")
        await expect(different).to_be_disabled()
        await pair.get_by_role("textbox").fill("other ears")
        await different.click()

        await expect(pair.locator(".decided")).to_contain_text(re.compile(r"Different people\s*ana · .* · other ears"))
        await axe.is_clean(page, said_by_people=PEOPLE_SAY)
        await expect(different).to_have_count(0)
        call = here.calls("decide_likeness")[0]
        assert call.target["other"] == OTHER
        assert json.loads(call.body) == {"decision": "different_people", "reason": "other ears"}


async def test_photos_of_two_people_are_told_apart_until_one_is_removed(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [desk_server.photo(), desk_server.photo(position=1, name="b.jpg", person=1)]
    mixed = desk_server.entry(state="draft", generation=None, photo_list=both)
    async with console.running(
        nats_with_streams, database, monkeypatch, show_entry=mixed, remove_photo={**mixed, "photo_list": both[1:]}
    ) as here:
        await here.open(page, "ana", "supervisor", "watchlist", ENTRY)
        notice = page.get_by_text("which is the right one cannot be told from the faces")
        await expect(notice).to_be_visible()
        await expect(page.locator(".enrolled .chip")).to_have_text(["Person 1", "Person 2"])

        await page.get_by_role("button", name="Remove the photo").first.click()
        box = page.get_by_role("dialog")
        await box.get_by_label("Reason").fill("shows his brother")
        await box.get_by_role("button", name="Remove the photo").click()

        await expect(notice).to_have_count(0)
        await expect(page.locator(".enrolled")).to_have_count(1)
        (call,) = here.calls("remove_photo")
        assert (call.target["position"], json.loads(call.body)) == ("0", {"reason": "shows his brother"})


async def test_a_photo_of_somebody_else_is_kept_to_be_looked_at(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlike = desk_server.judged("rejected", "unlike_others") | {"position": 1}
    file = FilePayload(name="b.jpg", mimeType="image/jpeg", buffer=live.portrait("#7a5a48"))
    async with console.running(
        nats_with_streams, database, monkeypatch, show_entry=desk_server.entry(state="draft"), add_photo=unlike
    ) as here:
        await here.open(page, "ana", "supervisor", "watchlist", ENTRY)
        await page.get_by_label("Source of the photos").fill("police notice")
        await page.locator("#photo-files").set_input_files(files=[file])

        judged = page.locator(".judged")
        await expect(judged).to_contain_text("Not the same person in all photos")
        await expect(judged).to_contain_text("Kept.")
        assert here.calls("submit_entry") == []


async def test_the_same_person_takes_the_others_place_with_its_photos(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"decided_by": "ana", "decided_at": desk_server.MOMENT, "reason": "same scar"}
    same = {**desk_server.likeness("same_person"), **body}
    draft = desk_server.entry(state="draft", generation=None, likenesses=[same], replaces=[OTHER])
    more = [desk_server.photo(), desk_server.photo(position=1, name="b.jpg")]
    async with console.running(
        nats_with_streams, database, monkeypatch, show_entry=draft, take_photos={**draft, "photo_list": more}
    ) as here:
        await here.open(page, "ana", "supervisor", "watchlist", ENTRY)
        ends = page.get_by_text("When this is approved, these end:")
        await expect(ends.get_by_role("link", name="Ada Other")).to_be_visible()

        await page.get_by_role("button", name="Take over its photos").click()

        await expect(page.locator(".enrolled")).to_have_count(2)
        (call,) = here.calls("take_photos")
        assert (call.target["entry"], call.target["other"]) == (ENTRY, OTHER)


async def test_an_erasure_needs_its_word_and_shows_receipts_as_they_come(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console.running(
        nats_with_streams, database, monkeypatch, show_entry=desk_server.entry(state="revoked"),
        erase_entry=desk_server.erasure(signed=0), show_erasure=desk_server.erasure(signed=0),
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "watchlist", ENTRY)
        await page.get_by_role("button", name="Erase").click()
        box = page.get_by_role("dialog")
        await box.get_by_label("Reason").fill("the decision was withdrawn")
        await box.get_by_role("button", name="Hold to erase").click()
        assert here.calls("erase_entry") == []

        here.answer("show_entry", desk_server.entry(state="erased", label="", photo_list=[]))
        await box.get_by_label("Type ERASE").fill("erase")
        await box.get_by_role("button", name="Erase").click()

        await expect(page.get_by_text("0 of 2 matchers have signed")).to_be_visible()
        here.answer("show_erasure", desk_server.erasure(signed=2))
        await expect(page.get_by_text("2 of 2 matchers have signed")).to_be_visible()
        await expect(page.get_by_text("m1")).to_be_visible()
        assert json.loads(here.calls("erase_entry")[0].body) == {"reason": "the decision was withdrawn"}


async def test_an_erasure_can_be_held_instead(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console.running(
        nats_with_streams, database, monkeypatch, show_entry=desk_server.entry(state="revoked"),
        erase_entry=desk_server.erasure(signed=0), show_erasure=desk_server.erasure(signed=0),
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "watchlist", ENTRY)
        await page.get_by_role("button", name="Erase").click()
        await page.get_by_role("dialog").get_by_label("Reason").fill("the decision was withdrawn")
        await page.get_by_role("dialog").get_by_role("button", name="Hold to erase").hover()
        await page.mouse.down()

        await expect(page.get_by_role("dialog")).to_have_count(0, timeout=10_000)
        await page.mouse.up()
        await eventually(lambda: len(here.calls("erase_entry")) == 1)


async def test_an_identity_number_is_shown_behind_a_reason_and_hidden_again(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = "110101199003077758"
    async with console.running(
        nats_with_streams, database, monkeypatch, show_entry=desk_server.entry(identity_last_four="7758"),
        reveal_identity={"number": number},
    ) as here:  # fmt: skip
        await here.open(page, "ada", "administrator", "watchlist", ENTRY)
        await page.get_by_role("button", name="Reveal the number").click()
        await page.get_by_role("dialog").get_by_label("Reason").fill("asked for by the police")
        assert number not in await page.content()
        await page.get_by_role("dialog").get_by_role("button", name="Reveal the number").click()

        await expect(page.get_by_text(number)).to_be_visible()
        await page.get_by_role("button", name="Hide", exact=True).click()
        await expect(page.get_by_text(number)).to_have_count(0)


async def test_a_supervisor_hears_why_the_identity_number_is_not_shown(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "a supervisor reads it only for a confirmed alert of this entry; name that alert"
    async with console.running(
        nats_with_streams, database, monkeypatch, show_entry=desk_server.entry(identity_last_four="7758"),
        reveal_identity=Refusal(403, words),
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "watchlist", ENTRY)
        await page.get_by_role("button", name="Reveal the number").click()
        box = page.get_by_role("dialog")
        await expect(box.get_by_text("There is none among the latest")).to_be_visible()
        await box.get_by_label("Reason").fill("curious")
        await box.get_by_role("button", name="Reveal the number").click()

        await expect(box.get_by_role("alert")).to_contain_text(words)


@pytest.mark.parametrize("state", ["pending", "active"])
async def test_what_was_changed_meanwhile_is_shown_before_it_is_approved(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    renewal = (
        {"by": "ana", "expires_at": "2029-11-23T16:00:00Z", "last_day": "2029-11-23"} if state == "active" else None
    )
    seen = desk_server.entry(state=state, put_forward_by="ana", renewal=renewal, photo_list=[])
    async with console.running(
        nats_with_streams, database, monkeypatch, show_entry=seen,
        approve_entry=Refusal(409, "the entry was changed after it was shown; look at it again"),
    ) as here:  # fmt: skip
        await here.open(page, "bea", "supervisor", "watchlist", ENTRY)
        approve = page.get_by_role("button", name="Approve")
        await expect(approve).to_be_visible()
        here.answer("show_entry", {**seen, "revision": 4, "note": "limps"})
        await approve.click()

        await expect(page.get_by_text("changed after it was shown")).to_be_visible()
        await expect(page.get_by_text("limps")).to_be_visible()
        here.answer("approve_entry", {**seen, "state": "active", "renewal": None, "revision": 5})
        await approve.click()
        await expect(page.get_by_role("button", name="Suspend")).to_be_visible()
        await expect(approve).to_have_count(0)
        assert [json.loads(call.body) for call in here.calls("approve_entry")] == [{"revision": 3}, {"revision": 4}]


async def test_a_refusal_is_said_in_the_language_of_the_page(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    pending = desk_server.entry(state="pending", put_forward_by="ana", photo_list=[])
    wrong = refusals.ENTRY_STATE.filled(state="revoked", states=["draft", "pending"])
    async with console.running(
        nats_with_streams, database, monkeypatch, show_entry=pending, approve_entry=Refusal(409, wrong)
    ) as here:
        await page.add_init_script("localStorage.setItem('wardwatch.language', 'zh-CN')")
        code = await live.invite(database, "bea", "supervisor")
        await page.goto(f"{here.service.url}/#code={code}")
        await page.get_by_role("heading", name="没有告警").wait_for()
        await console.go(page, "watchlist", ENTRY)
        approve, complaint = page.get_by_role("button", name="批准"), page.locator(".complaint")
        await approve.click()
        await expect(complaint).to_contain_text("此条目为“撤销”")
        await expect(complaint).to_contain_text("草稿、待批准")
        await expect(complaint).not_to_contain_text(re.compile("[a-z]"))

        # A code of a later version, or of none: what it means in general, and the server's own words beside it.
        here.answer("approve_entry", Refusal(409, RefusalText("the moon is full", "full_moon", {})))
        await approve.click()
        await expect(complaint).to_have_text("系统未接受此操作。 the moon is full")
        await expect(complaint.locator("small")).to_have_text("the moon is full")


async def test_a_threshold_is_asked_for_by_one_and_approved_by_another(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = {
        "dataset": "lfw", "list_size": 1000, "model_sha256": "ab" * 32, "fnir": 0.012, "fpir": 0.0004,
        "fpir_upper": 0.001, "floor": 0.46, "measured_on": "2026-11-01",
    }  # fmt: skip
    holds = _threshold(1, 0.5, "wardwatch", approved_by="wardwatch")
    view = {"holds": holds, "waits": None, "floor": 0.46, "reports": [report]}
    row = {
        "entry": ENTRY, "label": "Marlo Quint", "state": "active", "false_alerts": 2, "suspended_photos": [0],
        "same_person": [OTHER], "several_people": True, "expires_at": "2028-11-23T16:00:00Z", "last_day": "2028-11-23",
    }  # fmt: skip
    why = "Photos show several people · Matches twice · 2 false alerts · 1 photo suspended"
    async with console.running(
        nats_with_streams, database, monkeypatch, show_threshold=view, list_reviews={"reviews": [row]},
        ask_threshold={**view, "waits": _threshold(2, 0.52, "ana")},
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "policy")
        await expect(page.get_by_text("lfw")).to_be_visible()
        await expect(page.get_by_text(why)).to_be_visible()
        await page.get_by_label("New threshold").fill("0.52")
        await page.locator("#threshold-reason").fill("two false alerts")
        await page.locator("form", has=page.locator("#threshold-reason")).get_by_role("button").click()

        await expect(page.get_by_text("Another account must approve")).to_be_visible()
        await expect(page.get_by_role("button", name="Take back")).to_be_visible()
        await axe.is_clean(page, said_by_people=("two false alerts",))
        await expect(page.get_by_role("button", name="Approve")).to_have_count(0)


async def test_how_many_must_agree_is_shown_and_asked_for_at_a_site(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {
        "number": 4, "site": "h1", "reviewers": 1, "reason": "one is on duty", "asked_by": "ana",
        "asked_at": desk_server.MOMENT, "approved_by": None, "approved_at": None,
    }  # fmt: skip
    holds = {
        **asked,
        "number": 3,
        "site": "h2",
        "asked_by": "bea",
        "approved_by": "li",
        "approved_at": asked["asked_at"],
    }
    async with console.running(
        nats_with_streams, database, monkeypatch, show_threshold=Refusal(503, "not now"), list_reviews={"reviews": []},
        show_reviewers={"everywhere": 2, "holds": [holds], "waits": None},
        ask_reviewers={"everywhere": 2, "holds": [holds], "waits": asked},
        approve_reviewers={"everywhere": 2, "holds": [holds, {**asked, "approved_by": "cy"}], "waits": None},
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "policy")
        await expect(page.locator("#held-reviewers .big")).to_have_text("2 people")
        await expect(page.locator("#held-reviewers dl")).to_contain_text("1 person · one is on duty · bea, li")
        await page.get_by_label("Site", exact=True).fill("h1")
        await page.get_by_label("Must agree").select_option("1")
        await page.locator("#reviewers-reason").fill("one is on duty")
        await page.locator("form", has=page.locator("#reviewers-reason")).get_by_role("button").click()

        waiting = page.locator("#waiting-reviewers")
        await expect(waiting).to_contain_text("Another account must approve")
        (call,) = here.calls("ask_reviewers")
        assert json.loads(call.body) == {"site": "h1", "reviewers": 1, "reason": "one is on duty"}
        await expect(waiting.get_by_role("button", name="Approve")).to_have_count(0)
        await axe.is_clean(page, said_by_people=("one is on duty", "bea", "li", "not now"))

        # Somebody else is shown it, and lets it hold.
        here.answer("show_reviewers", {"everywhere": 2, "holds": [holds], "waits": asked})
        await page.context.clear_cookies()
        await here.open(page, "cy", "supervisor", "policy")
        await waiting.get_by_role("button", name="Approve").click()
        await expect(waiting).to_have_count(0)
        assert [call.target for call in here.calls("approve_reviewers")] == [{"number": "4"}]


async def test_a_new_alert_is_told_and_takes_nothing_away_that_was_typed(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live.enrol(database)
    async with (
        live.publisher(nats_with_streams) as bus,
        console.running(
            nats_with_streams, database, monkeypatch, cards={"labels": {}}, card_picture=live.portrait("#7a5a48")
        ) as here,
    ):
        await here.open(page, "ana", "supervisor", "watchlist", "new")
        await page.get_by_label("Label").fill("Marlo Quint")

        await live.send(bus, live.sighting())

        banner = page.get_by_role("button", name="New alert")
        await expect(banner).to_be_visible()
        await expect(page.get_by_label("Label")).to_have_value("Marlo Quint")
        await banner.click()
        await expect(page.get_by_text(live.INSTRUCTION)).to_be_visible()


def _threshold(number: int, value: float, asked_by: str, *, approved_by: str | None = None) -> dict[str, object]:
    return {
        "number": number, "threshold": value, "reason": "two false alerts", "asked_by": asked_by,
        "asked_at": desk_server.MOMENT, "approved_by": approved_by,
        "approved_at": desk_server.MOMENT if approved_by else None,
    }  # fmt: skip


def photo(name: str) -> FilePayload:
    """A picture file as a browser picks it."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": live.portrait("#8b6650")}


async def fill_grounds(page: Page) -> None:
    """Say on which ground and why."""
    await page.get_by_label("Ground", exact=True).select_option("ban")
    await page.get_by_label("Basis").fill("decision 7")
    await page.get_by_label("Evidence").fill("file 7")
    await page.get_by_label("Instruction").fill("Call 8811.")
