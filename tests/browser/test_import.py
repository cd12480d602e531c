"""The import's five steps in a real Chromium, before a scripted desk, and once before the whole product."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Request, expect

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.imports import TEMPLATE
from services.chassis.errors import Refusal
from tests import installation, servers
from tests.browser import axe, console
from tests.browser.conftest import watched
from tests.browser.test_console import FIGURE, fill_grounds, photo
from tests.fakes import eventually
from tests.installation import MODELS
from tests.live import alerts_client as live
from tests.unit.cli import desk_server

pytestmark = pytest.mark.timeout(180)

SMALL = {
    "code": "small_face", "severity": "rejected", "value": 41.0, "limit": 56.0,
    "text": "face 41 px wide, needs 56: ask for a larger photo",
}  # fmt: skip
JUDGED, REJECTED = console.item("0017__1.jpg"), console.item("0018__1.jpg", "rejected", SMALL)
ITEMS = {"items": [REJECTED, JUDGED], "next": None}


async def choose(page: Page, *names: str) -> None:
    """Pick files of one picture each, and send them."""
    await page.locator("#files").set_input_files([photo(name) for name in names])
    await without_a_table(page)
    await page.get_by_role("button", name="Check the files").click()


async def without_a_table(page: Page) -> None:
    """Say that names of files are enough to go by."""
    await page.get_by_label("There is no people.csv").check()


async def test_an_import_begins_with_its_purpose_and_goes_on_to_files(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console.running(
        nats_with_streams, database, monkeypatch, open_import=console.batch(), show_import=console.batch(),
        people_template=TEMPLATE.encode(),
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "imports", "new")
        await fill_grounds(page)
        await page.get_by_label("Source of the photos").fill("police")
        await page.get_by_role("button", name="Go on to files").click()

        async with page.expect_download() as download:
            await page.get_by_role("link", name="Template for people.csv").click()
        await axe.is_clean(page)
        assert (await (await download.value).path()).read_bytes() == TEMPLATE.encode()
        body = json.loads(here.calls("open_import")[0].body)
        assert (body["category"], body["last_day"], body["source"]) == ("ban", None, "police")


async def test_what_was_judged_is_not_sent_again_after_a_reload(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console.running(
        nats_with_streams, database, monkeypatch, show_import=console.batch(), list_items=ITEMS,
        list_imports={"batches": [console.batch(ready=1)], "next": None}, known_photos={"sha256": []},
        import_photo=JUDGED,
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "imports", console.IMPORT)
        await choose(page, "0017__1.jpg")
        await expect(page.get_by_text("All files are judged")).to_be_visible()
        await expect(page.get_by_text("1 of 1 file", exact=True)).to_be_visible()
        assert [call.target["file"] for call in here.calls("import_photo")] == ["0017__1.jpg"]

        here.answer("show_import", console.batch(ready=1))
        # As if two more had been chosen, and the page was left.
        await page.evaluate("id => sessionStorage.setItem(`wardwatch-import-${id}`, '3')", console.IMPORT)
        here.answer("known_photos", {"sha256": [sha256(photo("0017__1.jpg")["buffer"]).hexdigest()]})
        await page.reload()
        await console.go(page, "imports")
        await page.get_by_role("link", name="go on").click()
        await expect(page.get_by_text("0018__1.jpg")).to_be_visible()
        await expect(page.get_by_text("Waits for 2 files that were not sent. 1 need not be sent again")).to_be_visible()
        await page.get_by_role("link", name="Choose files").click()
        await choose(page, "0017__1.jpg")

        await expect(page.get_by_text("All files are judged · 1 judged before")).to_be_visible()
        assert len(here.calls("import_photo")) == 1


async def test_at_most_four_files_go_at_once_and_again_when_the_server_is_busy(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = Refusal(503, "the embedder does not answer; try again")
    names = [f"{n:04}__1.jpg" for n in range(8)]
    under_way, most = set[Request](), 0

    def begun(request: Request) -> None:
        nonlocal most
        if "/photos/" in request.url:
            under_way.add(request)
            most = max(most, len(under_way))

    def ended(request: Request) -> None:
        under_way.discard(request)

    page.on("request", begun)
    page.on("requestfinished", ended)
    page.on("requestfailed", ended)
    async with console.running(
        nats_with_streams, database, monkeypatch, show_import=console.batch(), list_items=ITEMS,
        known_photos={"sha256": []}, import_photo=busy,
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "imports", console.IMPORT)
        async with page.expect_response(lambda reply: reply.status == 503):
            await choose(page, *names)
        await expect(page.get_by_text("0 of 8 files")).to_be_visible()
        here.answer("import_photo", JUDGED)

        await expect(page.get_by_text("All files are judged")).to_be_visible(timeout=20_000)
        assert {call.target["file"] for call in here.calls("import_photo")} == set(names)
        assert most == 4


async def test_a_folder_names_people_and_its_people_csv_is_taken_apart(
    page: Page,
    nats_with_streams: servers.Nats,
    database: servers.Database,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name in ("0017/front.jpg", "0017/left.PNG", "0018__1.jpg", ".hidden.jpg", "Thumbs.db"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(live.portrait("#8b6650") + name.encode())
    (tmp_path / "people.csv").write_text(TEMPLATE)
    async with console.running(
        nats_with_streams, database, monkeypatch, show_import=console.batch(), list_items=ITEMS,
        import_people=console.batch(people=1), known_photos={"sha256": []}, import_photo=JUDGED,
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "imports", console.IMPORT)
        await page.locator("#folder").set_input_files(tmp_path)
        await expect(page.get_by_text("3 photos chosen,")).to_be_visible()
        await expect(page.get_by_text("with people.csv.")).to_be_visible()
        await page.get_by_role("button", name="Check the files").click()

        await expect(page.get_by_text("All files are judged")).to_be_visible()
        assert here.calls("import_people")[0].attachment == TEMPLATE.encode()
        names = {call.target["file"] for call in here.calls("import_photo")}
        assert names == {"0017__1.jpg", "0017__2.png", "0018__1.jpg"}


@pytest.mark.parametrize("around", ["", "watchlist-2026/"])
async def test_the_first_folder_is_the_person_and_one_around_all_is_nobody(
    page: Page,
    nats_with_streams: servers.Nats,
    database: servers.Database,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    around: str,
) -> None:
    for name in ("a/front/1.jpg", "a/left/1.jpg", "b/front/1.jpg", "1001.jpg", "people.csv", "people.xlsx"):
        path = tmp_path / "in" / around / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(live.portrait("#8b6650") + name.encode())
    async with console.running(
        nats_with_streams, database, monkeypatch, show_import=console.batch(), list_items=ITEMS,
        import_people=console.batch(people=1), known_photos={"sha256": []}, import_photo=JUDGED,
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "imports", console.IMPORT)
        await page.locator("#folder").set_input_files(tmp_path / "in")
        await expect(page.get_by_text("with people.csv.")).to_be_visible()
        await expect(page.get_by_text("around the whole import")).to_have_count(1 if around else 0)
        await expect(page.get_by_text(f"Passed over: {around}people.xlsx")).to_be_visible()
        await page.get_by_role("button", name="Check the files").click()

        await expect(page.get_by_text("All files are judged")).to_be_visible()
        names = {call.target["file"] for call in here.calls("import_photo")}
        assert names == {"a__1.jpg", "a__2.jpg", "b__1.jpg", "1001.jpg"}
        # Which photos and lines do not meet is seen only together.
        assert len(here.calls("check_import")) == 1


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        (("a/people.csv", "b/people.csv"), "Which people.csv holds?"),
        (("people.xlsx",), "Save it as CSV UTF-8"),
        (("list.csv",), "Is list.csv the table of people?"),
    ],
)
async def test_nothing_is_sent_while_it_is_not_clear_which_file_is_the_table(
    page: Page,
    nats_with_streams: servers.Nats,
    database: servers.Database,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    tables: tuple[str, ...],
    words: str,
) -> None:
    for name in ("1.jpg", *tables):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(b"x")
    async with console.running(
        nats_with_streams, database, monkeypatch, show_import=console.batch(), list_items=ITEMS
    ) as here:
        await here.open(page, "ana", "supervisor", "imports", console.IMPORT)
        await page.locator("#folder").set_input_files(tmp_path / "in")

        await expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
        await expect(page.get_by_role("button", name="Check the files")).to_be_disabled()


async def test_a_zip_is_read_here_and_whom_it_waits_for_is_said_as_it_changes(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judged(question: int, ready: int, **over: object) -> dict[str, object]:
        people = desk_server.counts(question=question, ready=ready)
        lines = desk_server.counts(ready=question + ready)
        return console.batch(counts={"people": people, "photos": people, "lines": lines}, has_table=True, **over)

    asks: dict[str, object] = {
        "code": "no_row", "severity": "rejected", "text": "people.csv has no line for 17",
        "meant": ["0017 (people.csv, 2)"],
    }  # fmt: skip
    alone = console.item("17.jpg", "rejected", asks) | {"outcome": "question"}
    named = console.item("0017__1.jpg") | {"label": "Marlo Quint"}
    away = Refusal(503, refusals.PHOTOS_AWAY.filled(service="embedder"))
    async with console.running(
        nats_with_streams, database, monkeypatch, show_import=judged(1, 1), list_items={"items": [alone], "next": None},
        import_people=console.batch(), known_photos={"sha256": []}, import_photo=away, check_import=judged(1, 1),
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "imports", console.IMPORT, "files")
        archive = zipped({"list/17.jpg": b"seventeen" * 200, "list/people.csv": TEMPLATE.encode()})
        await page.locator("#files").set_input_files(
            {"name": "list.zip", "mimeType": "application/zip", "buffer": archive}
        )
        await expect(page.get_by_text("1 photo chosen,")).to_be_visible()
        await page.get_by_role("button", name="Check the files").click()
        waits = page.locator(".waits")
        await expect(waits).to_contain_text("Waits for the embedder: none answers. Goes on by itself.")

        here.answer("import_photo", alone)
        await expect(waits).to_contain_text("Waits for an answer to 1 question")
        assert here.calls("import_people")[0].attachment == TEMPLATE.encode()
        assert [call.target["file"] for call in here.calls("import_photo")][-1] == "17.jpg"
        for row in ("Question 1 1 0", "Ready 1 1 2", "Read 2 2 2"):
            await expect(page.get_by_role("row", name=row, exact=True)).to_be_visible()
        await axe.is_clean(page, said_by_people=["people.csv has no line for 17"], picture="import")

        # Somebody else works on it too: no reload shows it.
        here.answer("list_items", {"items": [named], "next": None})
        here.answer("show_import", judged(0, 2))
        await page.get_by_role("button", name="It is 0017, line 2").click()
        await expect(page.locator(".item").get_by_text("Marlo Quint")).to_be_visible()
        await expect(waits).to_contain_text("Waits for somebody to put 2 people forward")
        assert here.calls("import_photo")[-1].target["file"] == "0017__1.jpg"
        here.answer("show_import", judged(0, 2, state="committed", author="bea", pending=2, revision=3))
        await expect(waits).to_contain_text("Waits for you: 2 people imported by bea")


# A folder of the page's own in the place of one that somebody picks: a handle like any other, which may always be read.
PICKING = """async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle("delivery", { create: true });
    for (const name of ["0017__1.jpg", "people.csv"]) {
        const writing = await (await folder.getFileHandle(name, { create: true })).createWritable();
        await writing.write(name === "people.csv" ? "external_id\\n0017\\n" : name);
        await writing.close();
    }
    window.showDirectoryPicker = async () => folder;
}"""
KEPT = """() => new Promise((resolve, reject) => {
    const opening = indexedDB.open("wardwatch-imports", 1);
    opening.onerror = reject;
    opening.onsuccess = () => {
        const counting = opening.result.transaction("handles").objectStore("handles").count();
        counting.onsuccess = () => { opening.result.close(); resolve(counting.result + sessionStorage.length); };
    };
})"""


async def test_after_a_reload_it_goes_on_with_the_folder_and_then_forgets_it(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console.running(
        nats_with_streams, database, monkeypatch, show_import=console.batch(), list_items=ITEMS,
        import_people=console.batch(), known_photos={"sha256": []}, import_photo=Refusal(503, "the database is away"),
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "imports", console.IMPORT, "files")
        await page.evaluate(PICKING)
        await page.locator("#folder").click()
        await expect(page.get_by_text("1 photo chosen,")).to_be_visible()
        await page.get_by_role("button", name="Check the files").click()
        await expect(page.get_by_role("status").filter(has_text="the database is away")).to_be_visible()
        await page.get_by_role("button", name="Pause").click()
        await expect(page.get_by_text("Paused. Waits for you to go on.")).to_be_visible()
        assert await page.evaluate(KEPT) == 2

        await page.reload()
        await expect(page.get_by_text("Waiting for the server; goes on by itself")).to_be_visible()
        here.answer("import_photo", JUDGED)
        await expect(page.get_by_text("All files are judged")).to_be_visible(timeout=60_000)
        assert {call.target["file"] for call in here.calls("import_photo")} == {"0017__1.jpg"}
        assert await page.evaluate(KEPT) == 0


def zipped(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


async def test_a_file_that_cannot_be_sent_is_a_row_and_the_rest_goes_on(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console.running(
        nats_with_streams, database, monkeypatch, show_import=console.batch(), list_items=ITEMS,
        known_photos={"sha256": []}, import_photo=JUDGED,
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "imports", console.IMPORT)
        await choose(page, "a\x1bb.jpg", "more.zip", f"{'x' * 252}.jpg", "0017__1.jpg")

        await expect(page.get_by_text("All files are judged")).to_be_visible()
        assert [call.target["file"] for call in here.calls("import_photo")] == ["0017__1.jpg"]
        await expect(page.get_by_text("Archive in the import")).to_be_visible()
        await expect(page.get_by_text("Name does not say whose")).to_have_count(2)


async def test_while_the_server_is_away_the_page_waits_and_tells_no_time_left(
    page: Page,
    nats_with_streams: servers.Nats,
    database: servers.Database,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for number in range(12):
        (tmp_path / f"{number}__1.jpg").write_bytes(live.portrait("#8b6650") + bytes([number]))
    async with console.running(
        nats_with_streams, database, monkeypatch, show_import=console.batch(), list_items=ITEMS,
        known_photos={"sha256": []}, import_photo=Refusal(503, "the database is away"),
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "imports", console.IMPORT)
        await page.locator("#folder").set_input_files(tmp_path)
        await without_a_table(page)
        await page.get_by_role("button", name="Check the files").click()

        await expect(page.get_by_text("Waiting for the server; goes on by itself")).to_be_visible()
        # For whom: in the server's own words.
        await expect(page.get_by_role("status").filter(has_text="the database is away")).to_be_visible()
        await expect(page.locator(".rate")).to_have_count(0)
        here.answer("import_photo", JUDGED)
        await expect(page.get_by_text("All files are judged")).to_be_visible(timeout=60_000)
        await expect(page.get_by_text("Waiting for the server")).to_have_count(0)


async def test_the_report_is_worst_first_with_remedies_and_filtered_by_verdict(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console.running(
        nats_with_streams, database, monkeypatch,
        list_items=ITEMS,
        show_import=console.batch(
            people=2, people_ready=1, people_left_out=1, ready=1, rejected=1, reasons={"small_face": 1}
        ),
    ) as here:  # fmt: skip
        await here.open(page, "rik", "auditor", "imports", console.IMPORT)
        worst = page.locator(".item").first
        await expect(worst).to_contain_text("0018__1.jpg")
        await expect(worst).to_contain_text("41 px (limit 56 px)")
        await expect(worst).to_contain_text("ask for a larger photo")
        await axe.is_clean(page)
        for row in ("Refused 1 1", "Ready 1 1", "Read 2 2"):
            await expect(page.get_by_role("row", name=row, exact=True)).to_be_visible()

        here.answer("list_items", {"items": [REJECTED], "next": None})
        await page.get_by_role("button", name="Refused").click()
        await eventually(lambda: here.calls("list_items")[-1].target.get("outcome") == "refused")
        await expect(worst).to_contain_text("0018__1.jpg")
        await expect(page.get_by_text("0017__1.jpg")).to_have_count(0)
        await expect(page.get_by_role("link", name="Go on to duplicates")).to_have_count(0)


async def test_look_alikes_are_decided_before_the_commit(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    undecided, clear = (
        console.batch(people=2, people_ready=1, people_left_out=1, ready=1, rejected=1, undecided=1),
        console.batch(people=2, people_ready=1, people_left_out=1, ready=1, rejected=1),
    )
    pair = {"entry": desk_server.ENTRY, "label": "Marlo Quint", "likeness": desk_server.likeness()}
    same = {
        **desk_server.likeness("same_person"),
        "decided_by": "ana",
        "decided_at": desk_server.MOMENT,
        "reason": "twins",
    }
    words = "1 rows are rejected; put that right, or say that they are left out"
    async with console.running(
        nats_with_streams, database, monkeypatch, show_import=undecided, check_import=undecided,
        list_likenesses={"likenesses": [pair], "next": None},
        decide_likeness=desk_server.entry(state="draft", likenesses=[same]), commit_import=Refusal(409, words),
        list_items=ITEMS,
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "imports", console.IMPORT, "duplicates")
        await expect(page.get_by_text("1 pair to decide.")).to_be_visible()
        assert not FIGURE.search(await page.content())
        here.answer("show_import", clear)
        await page.locator(".decide").get_by_role("textbox").fill("twins")
        await page.get_by_role("button", name="Same person").click()
        await expect(page.get_by_text("Every pair is decided.")).to_be_visible()

        await page.get_by_role("link", name="Go on to commit").click()
        await page.get_by_role("button", name="Commit 1 person").click()
        await expect(page.locator(".complaint")).to_contain_text(words)
        committed = console.batch(
            state="committed", people=1, pending=1, committed_at=desk_server.MOMENT, undo_until="2099-01-01T00:00:00Z"
        )
        here.answer("commit_import", committed)
        await page.get_by_label("Leave out 1 person and 1 rejected photo or line").check()
        await page.get_by_label("Accept all warnings (0 photos)").check()
        await page.get_by_label("Reason").fill("checked by hand")
        await page.get_by_role("button", name="Commit 1 person").click()

        await expect(page.get_by_text("Another account must approve.")).to_be_visible()
        await expect(page.get_by_role("button", name="Approve")).to_have_count(0)
        await expect(page.get_by_role("button", name="Undo the import")).to_be_visible()
        body = json.loads(here.calls("commit_import")[-1].body)
        assert body == {"leave_out_rejected": True, "accept_warnings": "checked by hand"}


async def test_an_import_changed_meanwhile_is_shown_before_it_is_approved(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = console.batch(
        state="committed", revision=9, people=3, pending=3, committed_at=desk_server.MOMENT,
        undo_until="2099-01-01T00:00:00Z",
    )  # fmt: skip
    async with console.running(
        nats_with_streams, database, monkeypatch, show_import=seen, list_matchers=desk_server.live(2, seconds=0.4),
        show_liveness=desk_server.live(2, seconds=0.4),
        approve_import=Refusal(409, "the import was changed after it was shown; look at it again"),
    ) as here:  # fmt: skip
        await here.open(page, "bea", "supervisor", "imports", console.IMPORT)
        await expect(page.get_by_role("button", name="Approve 3 people")).to_be_visible()
        here.answer("show_import", {**seen, "revision": 10, "pending": 2})
        await page.get_by_role("button", name="Approve 3 people").click()

        await expect(page.get_by_text("changed after it was shown")).to_be_visible()
        here.answer("approve_import", {**seen, "revision": 12, "pending": 0, "active": 2})
        await page.get_by_role("button", name="Approve 2 people").click()
        await expect(page.get_by_text("Live on 2 of 2 matchers")).to_be_visible()
        assert [json.loads(call.body) for call in here.calls("approve_import")] == [{"revision": 9}, {"revision": 10}]


async def test_the_report_is_saved_as_csv_that_no_office_program_works_out(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    formula = console.item('=HYPERLINK("x")__1.jpg', "rejected", SMALL)
    async with console.running(
        nats_with_streams, database, monkeypatch, show_import=console.batch(rejected=1),
        list_items={"items": [formula], "next": None},
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "imports", console.IMPORT, "commit")
        async with page.expect_download() as download:
            await page.get_by_role("button", name="Download the report (CSV)").click()

        saved = (await (await download.value).path()).read_text(encoding="utf-8-sig").splitlines()
        assert saved[0].startswith("outcome,name,number,file or line,finding,measured,limit,what to do")
        assert saved[1].startswith('Refused,,"\'=HYPERLINK(""x"")","\'=HYPERLINK(""x"")__1.jpg"')
        assert saved[1].endswith('41,56,"face 41 px wide, needs 56: ask for a larger photo",file,refused,small_face')
        async with page.expect_download() as download:
            await page.get_by_role("button", name="Download the report (JSON)").click()
        whole = json.loads((await (await download.value).path()).read_text(encoding="utf-8"))
        assert (whole["counts"]["photos"]["refused"], whole["items"]) == (1, [formula])


@pytest.fixture
def product() -> Iterator[installation.Installation]:
    """All of Wardwatch, with two supervisors who are signed in."""
    with installation.running() as here:
        for name in ("ana", "bea"):
            here.account(name, "supervisor")
        yield here


@pytest.mark.live
@pytest.mark.long
@pytest.mark.skipif(not (MODELS / "astronaut.png").is_file(), reason="the pictures of the demonstration are not here")
async def test_an_import_is_approved_and_undone_in_the_whole_product(
    product: installation.Installation, browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "0017__1.png").write_bytes((MODELS / "astronaut.png").read_bytes())
    (tmp_path / "0018__1.jpg").write_bytes(live.noise(400, 400))
    (tmp_path / "people.csv").write_text("external_id,label\n0017,Eileen\n", encoding="utf-8-sig")
    window = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    async with watched(window) as page:
        await _enter(page, product, "ana", "imports", "new")
        await fill_grounds(page)
        await page.get_by_label("Source of the photos").fill("NASA, public domain")
        await page.get_by_role("button", name="Go on to files").click()
        await page.locator("#folder").set_input_files(tmp_path)
        await page.get_by_role("button", name="Check the files").click()
        await expect(page.get_by_text("All files are judged")).to_be_visible(timeout=30_000)
        await expect(page.locator(".item", has_text="0018__1.jpg")).to_contain_text("Question")
        await page.get_by_role("link", name="Go on to duplicates").click()
        await expect(page.get_by_text("Nobody looks like anybody else.")).to_be_visible(timeout=30_000)
        await page.get_by_role("link", name="Go on to commit").click()
        await page.get_by_label("Leave out").check()
        await page.get_by_label("Accept all warnings").check()
        await page.get_by_label("Reason").fill("a test's only photo")
        await page.get_by_role("button", name="Commit 1 person").click()
        await expect(page.get_by_text("Another account must approve.")).to_be_visible(timeout=30_000)
        address = page.url.rpartition("#/")[2]

        await _enter(page, product, "bea", *address.split("/"))
        await page.get_by_role("button", name="Approve 1 person").click()
        await expect(page.get_by_text("Live on 1 of 1 matcher after")).to_be_visible(timeout=30_000)
        await page.get_by_role("link", name="People of this import").click()
        await expect(page.get_by_role("link", name="Eileen")).to_contain_text("Active")

        await page.go_back()
        await page.get_by_role("button", name="Undo the import").click()
        await page.get_by_role("dialog").get_by_label("Reason").fill("the wrong list")
        await page.get_by_role("dialog").get_by_role("button", name="Undo the import").click()
        await expect(page.get_by_text("Undone")).to_be_visible(timeout=30_000)
    await window.close()


async def _enter(page: Page, here: installation.Installation, account: str, *steps: str) -> None:
    """Go to a place of the console in the session that the command line has opened for *account*."""
    await page.context.clear_cookies()
    await page.context.add_cookies(
        [
            {
                "name": "__Host-wardwatch", "value": here.tokens[account], "domain": "127.0.0.1", "path": "/",
                "secure": True, "httpOnly": True, "sameSite": "Strict",
            }
        ]
    )  # fmt: skip
    await page.goto(f"{here.url}/#/{'/'.join(steps)}")
    await page.reload()
