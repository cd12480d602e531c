"""Photos and lines of people.csv that do not meet, on a real PostgreSQL: nobody is put forward on them."""

import unicodedata
from collections.abc import AsyncIterator
from hashlib import sha256
from uuid import UUID

import pytest

from proto.wardwatch.v1.entries import Verdict
from proto.wardwatch.v1.imports import ItemView, Known
from tests import servers
from tests.contract import desks
from tests.contract.desks import Desk, person, refused
from tests.contract.test_imports import begun, codes, people, photo, report, states, step

LEAVE_OUT: dict[str, object] = {"leave_out_rejected": True}


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with desks.opened(database) as opened:
        yield opened


async def lost(desk: Desk, batch: UUID, *names: str) -> dict[str, ItemView]:
    """Send a photo under each of *names*, check, and read the report."""
    for number, name in enumerate(names):
        await photo(desk, batch, name, person(number + 1))
    await step(desk, "check_import", batch)
    return {row.name: row for row in await report(desk, batch)}


async def test_lost_zeros_are_a_question_about_photo_and_line(desk: Desk) -> None:
    batch = await begun(desk)
    await people(desk, batch, "external_id,label\n17,Seller A\n18,Seller B\n")

    rows = await lost(desk, batch, "0017.jpg", "0018.jpg")

    assert {name: codes(row) for name, row in rows.items()} == {
        "0017.jpg": ["no_row"], "0018.jpg": ["no_row"], "Seller A": ["missing_photo"], "Seller B": ["missing_photo"],
    }  # fmt: skip
    assert all(row.verdict is Verdict.REJECTED for row in rows.values())
    assert "line 2 (17) may be meant" in rows["0017.jpg"].findings[0].text
    assert rows["Seller A"].external_id == "17"
    assert "0017 may be meant" in rows["Seller A"].findings[0].text


async def test_nobody_goes_forward_on_a_default_when_a_table_was_given(desk: Desk) -> None:
    batch = await begun(desk)
    await people(desk, batch, "external_id,label\n17,Seller A\n18,Seller B\n19,Seller C\n")
    for number, name in enumerate(("0017.jpg", "0018.jpg", "19.jpg"), 1):
        await photo(desk, batch, name, person(number))

    await refused(step(desk, "commit_import", batch, body={}), 409, "rejected")
    await step(desk, "commit_import", batch, body=LEAVE_OUT)

    labels = [
        (await desk.entry("show_entry", row["id"])).label
        for row in await desk.fetch("SELECT id FROM watchlist.entry WHERE state <> 'erased'")
    ]
    assert labels == ["Seller C"]
    assert not await desk.fetch("SELECT FROM watchlist.batch_row")


@pytest.mark.parametrize(
    ("row", "name"),
    [
        pytest.param("José", unicodedata.normalize("NFD", "José"), id="decomposed"),
        pytest.param("A17", "a17", id="case"),
        pytest.param("A17", "\uff21\uff11\uff17", id="full-width"),
        pytest.param(" A17\u3000", "A17", id="blanks"),
        pytest.param("\u202aA17\u202c", "A17", id="invisible signs"),
        pytest.param("Straße", "STRASSE", id="sharp s"),
    ],
)
async def test_spellings_of_one_id_meet(desk: Desk, row: str, name: str) -> None:
    batch = await begun(desk)
    await people(desk, batch, f"external_id,label,instruction\n{row},Wei,Keep away\n")

    item = await photo(desk, batch, f"{name}__1.jpg", person(1))
    await step(desk, "commit_import", batch, body={})

    assert (item.verdict, item.findings) == (Verdict.READY, [])
    assert item.entry is not None
    view = await desk.entry("show_entry", item.entry)
    assert (view.label, view.instruction, view.state) == ("Wei", "Keep away", "pending")


@pytest.mark.parametrize(
    ("row", "name"),
    [
        pytest.param("17", "0017", id="zeros"),
        pytest.param("0017.jpg", "0017", id="ending in the id"),
        pytest.param("2.02602E+11", "202602000017", id="scientific"),
        pytest.param("17.0", "17", id="decimals"),
        pytest.param("张伟", "张伟".encode("gb18030").decode("cp437"), id="misread"),
        pytest.param("0017", "0017 (2)", id="copy"),
    ],
)
async def test_what_may_be_one_person_is_proposed_and_not_joined(desk: Desk, row: str, name: str) -> None:
    batch = await begun(desk)
    await people(desk, batch, f"external_id,label\n{row},Wei\n")

    rows = await lost(desk, batch, f"{name}.jpg")

    assert codes(rows[f"{name}.jpg"]) == ["no_row"]
    assert f"line 2 ({row}) may be meant" in rows[f"{name}.jpg"].findings[0].text
    assert codes(rows["Wei"]) == ["missing_photo"]
    await refused(step(desk, "commit_import", batch, body=LEAVE_OUT), 409, "nobody in the import")


async def test_two_spellings_among_photos_are_a_question(desk: Desk) -> None:
    batch = await begun(desk)

    rows = await lost(desk, batch, "Ana__1.jpg", "ana__2.jpg", "18.jpg")

    questioned = {name for name, row in rows.items() if "spelled_differently" in codes(row)}
    assert (questioned, rows["18.jpg"].verdict) == ({"Ana__1.jpg", "ana__2.jpg"}, Verdict.READY)
    assert any("Ana and ana differ" in finding.text for finding in rows["ana__2.jpg"].findings)
    await step(desk, "commit_import", batch, body=LEAVE_OUT)
    assert await states(desk) == ["erased", "pending"]


async def test_composed_and_decomposed_names_of_photos_are_one_spelling(desk: Desk) -> None:
    batch = await begun(desk)

    rows = await lost(desk, batch, "José__1.jpg")
    item = await photo(desk, batch, unicodedata.normalize("NFD", "José__2.jpg"), person(1))
    view = await step(desk, "check_import", batch)

    assert item.entry == rows["José__1.jpg"].entry
    assert (view.people, view.ready, view.rejected) == (1, 2, 0)


async def test_a_corrected_table_answers_the_question(desk: Desk) -> None:
    batch = await begun(desk)
    await people(desk, batch, "external_id,label\n17,Seller A\n")
    before = await lost(desk, batch, "0017.jpg")

    await people(desk, batch, "external_id,label\n0017,Seller A\n")
    await step(desk, "check_import", batch)
    (after,) = await report(desk, batch)
    # Who was named before, and is not any more, has neither photo nor line.
    await step(desk, "commit_import", batch, body={})

    assert (codes(before["0017.jpg"]), codes(after), after.verdict) == (["no_row"], [], Verdict.READY)
    assert await states(desk) == ["erased", "pending"]


async def test_another_name_of_the_file_answers_the_question(desk: Desk) -> None:
    batch = await begun(desk)
    await people(desk, batch, "external_id,label\n17,Seller A\n")
    file = b"the photo"
    await photo(desk, batch, "0017.jpg", person(1), file=file)
    answer = await desk.call("known_photos", {"import": batch}, body={"sha256": [sha256(file).hexdigest()]})

    item = await photo(desk, batch, "17.jpg", person(1), file=file)
    await step(desk, "check_import", batch)
    rows = await report(desk, batch)
    committed = await step(desk, "commit_import", batch, body={})

    assert Known.model_validate_json(answer.body).sha256 == []
    assert [(row.name, codes(row)) for row in rows] == [("17.jpg", [])]
    assert (item.verdict, committed.pending) == (Verdict.READY, 1)
    assert await states(desk) == ["erased", "pending"]


async def test_a_table_that_comes_after_the_photos_is_held_against_them(desk: Desk) -> None:
    batch = await begun(desk)
    item = await photo(desk, batch, "0017.jpg", person(1))

    await people(desk, batch, "external_id,label\n18,Seller B\n")
    (after,) = [row for row in await report(desk, batch) if row.name == "0017.jpg"]

    assert (item.verdict, after.verdict, codes(after)) == (Verdict.READY, Verdict.REJECTED, ["no_row"])


async def test_a_photo_whose_line_cannot_be_used_says_so(desk: Desk) -> None:
    batch = await begun(desk)
    await people(desk, batch, "external_id,label,expires_on\n0017,Wei,03/04/2027\n")

    item = await photo(desk, batch, "0017.jpg", person(1))

    assert codes(item) == ["no_row"]
    assert "cannot be used" in item.findings[0].text
    assert item.verdict is Verdict.REJECTED


async def test_a_table_that_cannot_be_read_leaves_nobody_to_defaults(desk: Desk) -> None:
    batch = await begun(desk)
    await people(desk, batch, "name;shoe\nWei;43\n")
    await photo(desk, batch, "0017.jpg", person(1))

    await refused(step(desk, "commit_import", batch, body=LEAVE_OUT), 409, "nobody in the import")


async def test_a_warning_of_a_photo_outlives_the_question(desk: Desk) -> None:
    batch = await begun(desk)
    await people(desk, batch, "external_id,label\n17,Wei\n")
    item = await photo(desk, batch, "0017.jpg", person(1), warning="small_face")

    await people(desk, batch, "external_id,label\n0017,Wei\n")
    (after,) = [row for row in await report(desk, batch) if row.name == "0017.jpg"]

    assert (codes(item), codes(after), after.verdict) == (["small_face", "no_row"], ["small_face"], Verdict.WARNING)


async def test_what_else_is_found_of_a_photo_does_not_answer_the_question(desk: Desk) -> None:
    batch = await begun(desk)
    await people(desk, batch, "external_id,label\n17,Wei\n")

    rows = await lost(desk, batch, "0017__1.jpg", "0017__2.jpg")
    view = await step(desk, "check_import", batch)

    assert all({"no_row", "unlike_others"} == set(codes(rows[name])) for name in ("0017__1.jpg", "0017__2.jpg"))
    assert (view.ready, view.warning) == (0, 0)
    await refused(step(desk, "commit_import", batch, body={}), 409, "rejected")


async def test_who_is_listed_under_another_spelling_is_found(desk: Desk) -> None:
    await desk.active(person(1), {"external_id": "A17"})
    batch = await begun(desk)

    item = await photo(desk, batch, "\uff4117.jpg", person(2))

    assert codes(item) == ["already_listed"]
