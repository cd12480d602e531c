"""Text from people is text in the page: no markup, nothing that hides, and nothing that turns the writing round."""

import csv
import io

import pytest
from playwright.async_api import Page, expect

from services.chassis.sheets import plain
from tests import servers
from tests.browser import console
from tests.unit.cli import desk_server
from tests.unit.cli.desk_server import ENTRY

HOSTILE = '<img src=x onerror="document.title=1">\u202egpj\u200b\x1b[2J'
SHOWN = '<img src=x onerror="document.title=1">\\u202egpj\\u200b\\x1b[2J'


async def test_a_hostile_label_is_shown_as_text_in_words_and_attributes(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = desk_server.entry(
        label=HOSTILE, note=HOSTILE, instruction=HOSTILE, photo_list=[desk_server.photo(name=HOSTILE)]
    )
    page_of = {"entries": [desk_server.row(label=HOSTILE, author=HOSTILE)], "next": None}
    async with console.running(
        nats_with_streams, database, monkeypatch, list_entries=page_of, show_entry=entry
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "watchlist")
        await expect(page.get_by_text(SHOWN).first).to_be_visible()
        await console.go(page, "watchlist", ENTRY)
        await expect(page.get_by_role("heading", name=SHOWN)).to_be_visible()

        assert await page.locator("main img[src=x]").count() == 0
        assert not {"\u202e", "\u200b", "\x1b"} & set(await page.content())


async def test_the_report_has_cells_as_the_command_line_writes_them(
    page: Page, nats_with_streams: servers.Nats, database: servers.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["=1+1", "\t=1", "a;=1", "a\r\n=1", "\uff1d1", "  @SUM(A1)", "a\u202e\x1b[2J", 'say "x", y']
    rows = [console.item(f"{text}__1.jpg", "rejected") | {"external_id": text} for text in texts]
    async with console.running(
        nats_with_streams, database, monkeypatch, show_import=console.batch(rejected=len(rows)),
        list_items={"items": rows, "next": None},
    ) as here:  # fmt: skip
        await here.open(page, "ana", "supervisor", "imports", console.IMPORT, "commit")
        async with page.expect_download() as saving:
            await page.get_by_role("button", name="Download the report (CSV)").click()
        saved = (await (await saving.value).path()).read_text(encoding="utf-8-sig")

    lines = list(csv.reader(io.StringIO(saved, newline="")))
    assert [line[2] for line in lines[1:]] == [plain(text) for text in texts]
    assert all(len(line) == len(lines[0]) for line in lines)
