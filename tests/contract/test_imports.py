"""Imports at the desk, on a real PostgreSQL: whole or not at all, every file and line accounted for."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4, uuid5

import pytest

from proto.wardwatch.v1.entries import IdentityRevealed, Verdict
from proto.wardwatch.v1.imports import BatchPage, BatchView, ItemPage, ItemView, Known, LikenessPage
from proto.wardwatch.v1.values import Vector
from services.watchlist.rules.days import USUAL_DAYS
from services.watchlist.rules.holder import Holder
from services.watchlist.rules.likeness import Similarities
from tests import servers
from tests.contract import desks
from tests.contract.desks import ANA, AUDITOR, GUARD, LI, NUMBER, Desk, person, refused

PURPOSE = {
    "category": "scalping",
    "basis": "decisions of 2026",
    "evidence": "files 1 to 9",
    "instruction": "Call 8811",
    "source": "police notice",
}


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with desks.opened(database) as opened:
        yield opened


async def begun(desk: Desk, purpose: dict[str, object] | None = None) -> UUID:
    answer = await desk.call("open_import", body={**PURPOSE, **(purpose or {})})
    return BatchView.model_validate_json(answer.body).id


async def photo(
    desk: Desk, batch: UUID, name: str, vector: Vector | None, *, file: bytes | None = None, warning: str | None = None
) -> ItemView:
    """Send a photo on which *vector* is seen; None: no face is."""
    content = uuid4().bytes if file is None else file
    if vector is not None:
        desk.assessor.faces[content] = vector
    if warning is not None:
        desk.assessor.warnings[content] = warning
    target = {"import": batch, "file": name, "sha256": sha256(content).hexdigest()}
    return ItemView.model_validate_json((await desk.call("import_photo", target, attachment=content)).body)


async def people(desk: Desk, batch: UUID, text: str) -> BatchView:
    answer = await desk.call("import_people", {"import": batch}, attachment=text.encode())
    return BatchView.model_validate_json(answer.body)


async def step(
    desk: Desk, operation: str, batch: UUID, *, by: Holder = LI, body: dict[str, object] | None = None
) -> BatchView:
    return BatchView.model_validate_json((await desk.call(operation, {"import": batch}, by=by, body=body)).body)


async def approve(desk: Desk, batch: UUID, *, by: Holder = ANA, seen: int | None = None) -> BatchView:
    """Approve an import as it was *seen*: usually as it is."""
    revision = seen or (await step(desk, "show_import", batch, by=by)).revision
    return await step(desk, "approve_import", batch, by=by, body={"revision": revision})


async def report(desk: Desk, batch: UUID, **wanted: str) -> list[ItemView]:
    found: list[ItemView] = []
    cursor = ""
    while True:
        answer = await desk.call("list_items", {"import": batch, "limit": 2, "cursor": cursor, **wanted})
        page = ItemPage.model_validate_json(answer.body)
        found += page.items
        if page.next is None:
            return found
        cursor = page.next


async def states(desk: Desk) -> list[str]:
    return sorted(row["state"] for row in await desk.fetch("SELECT state FROM watchlist.entry"))


def codes(item: ItemView) -> list[str]:
    return [finding.code for finding in item.findings]


async def test_people_are_put_forward_and_approved_whole(desk: Desk) -> None:
    batch = await begun(desk)
    await people(desk, batch, "external_id,label,note\n1,Visitor one,tall\n2,Visitor two,\n")
    for number in (1, 2):
        await photo(desk, batch, f"{number}__1.jpg", person(number))
        await photo(desk, batch, f"{number}__2.jpg", person(number))

    committed = await step(desk, "commit_import", batch, body={})
    approved = await approve(desk, batch)

    assert (committed.state, committed.pending, committed.ready, committed.rejected) == ("committed", 2, 4, 0)
    assert (approved.pending, approved.active) == (0, 2)
    assert await states(desk) == ["active", "active"]
    rows = await desk.fetch("SELECT DISTINCT generation FROM watchlist.outbox WHERE state = 'pending'")
    assert [row["generation"] for row in rows] == [committed.generation]
    assert len(await desk.fetch("SELECT DISTINCT generation FROM watchlist.outbox WHERE state = 'active'")) == 1
    assert [len(entry.templates) for entry in await desk.published()] == [2, 2]


async def test_a_folder_of_photos_needs_no_people_csv(desk: Desk) -> None:
    batch = await begun(desk)

    item = await photo(desk, batch, "0017__1.jpg", person(1))
    await step(desk, "commit_import", batch, body={})

    assert (item.verdict, item.external_id) == (Verdict.READY, "0017")
    assert item.entry is not None
    view = await desk.entry("show_entry", item.entry)
    assert (view.state, view.label, view.category, view.batch) == ("pending", "0017", "scalping", batch)


async def test_its_author_cannot_approve_it(desk: Desk) -> None:
    batch = await begun(desk)
    await photo(desk, batch, "1.jpg", person(1))
    await step(desk, "commit_import", batch, body={})

    await refused(approve(desk, batch, by=LI), 409, "must not be the author")

    assert await states(desk) == ["pending"]


async def test_an_import_changed_since_it_was_shown_is_not_approved(desk: Desk) -> None:
    batch = await begun(desk)
    await photo(desk, batch, "1.jpg", person(1))
    open_ = await step(desk, "show_import", batch, by=ANA)
    await photo(desk, batch, "2.jpg", person(2))
    committed = await step(desk, "commit_import", batch, body={})
    await refused(approve(desk, batch, seen=open_.revision), 409, "changed after it was shown; look at it again")

    (one, _) = await desk.fetch("SELECT id FROM watchlist.entry")
    await desk.entry("revoke_entry", one["id"], body={"reason": "a mistake"})
    await refused(approve(desk, batch, seen=committed.revision), 409, "changed after it was shown; look at it again")
    assert await states(desk) == ["pending", "revoked"]

    seen = await step(desk, "show_import", batch, by=ANA)
    approved = await approve(desk, batch, seen=seen.revision)
    # Said twice, as when the first answer was lost, it is done once.
    again = await approve(desk, batch, seen=seen.revision)

    assert (approved.active, approved.revision) == (again.active, again.revision) == (1, seen.revision + 1)


async def test_an_import_where_somebody_needs_more_is_looked_at_again(desk: Desk) -> None:
    batch = await begun(desk)
    await photo(desk, batch, "1.jpg", person(1))
    committed = await step(desk, "commit_import", batch, body={})
    alike = await desk.draft()
    await desk.photograph(alike.id, person(9, like=1, cosine=0.6))
    await refused(desk.entry("submit_entry", alike.id), 409, "resembles others")
    (listed,) = await desk.fetch("SELECT id FROM watchlist.entry WHERE batch_id IS NOT NULL")
    body = {"decision": "different_people", "reason": "looked at both"}
    await desk.entry("decide_likeness", alike.id, {"other": listed["id"]}, body=body)

    await refused(approve(desk, batch, seen=committed.revision), 409, "look at it again")


async def test_an_imports_approval_names_what_was_seen(desk: Desk) -> None:
    batch = await begun(desk)
    await photo(desk, batch, "1.jpg", person(1))
    await step(desk, "commit_import", batch, body={})

    await refused(step(desk, "approve_import", batch, by=ANA, body={}), 422, "revision: Field required")

    assert await states(desk) == ["pending"]


async def test_a_key_that_began_an_import_begins_no_other(desk: Desk) -> None:
    async def opened(purpose: dict[str, object]) -> UUID:
        answer = await desk.call("open_import", body=purpose, key="k1")
        return BatchView.model_validate_json(answer.body).id

    purpose = {**PURPOSE, "expires_at": datetime.now(UTC) + timedelta(days=30), "scope": {"kind": "network"}}
    first = await opened(purpose)
    await refused(opened({**purpose, "basis": "other decisions"}), 422, "was used for another request")

    assert await opened(purpose) == first
    assert len(await desk.fetch("SELECT FROM watchlist.batch")) == 1


async def test_a_row_of_people_csv_says_more_than_the_purpose(desk: Desk) -> None:
    batch = await begun(desk)
    ends = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
    await people(
        desk,
        batch,
        "external_id,label,list,instruction,expires_on,note,identity_number\n"
        f"1,Wei,violence,Keep away,{ends},tall,{NUMBER}\n",
    )
    item = await photo(desk, batch, "1.jpg", person(1))

    assert item.entry is not None
    view = await desk.entry("show_entry", item.entry)
    assert (view.label, view.category, view.instruction, view.note) == ("Wei", "violence", "Keep away", "tall")
    assert view.identity_last_four == NUMBER[-4:]
    assert f"{view.last_day}" == ends


async def test_nobody_is_named_by_an_identity_number(desk: Desk) -> None:
    batch = await begun(desk)
    await people(desk, batch, f"external_id,expires_on\n{NUMBER},\n2,{NUMBER}\n")

    item = await photo(desk, batch, f"{NUMBER}__1.jpg", person(1))

    assert codes(item) == ["number_in_text"]
    rows = await report(desk, batch)
    assert sorted(code for row in rows for code in codes(row)) == ["bad_date", "number_in_text", "number_in_text"]
    assert not any(NUMBER in row.model_dump_json() for row in rows)
    assert f"{'*' * 14}002X__1.jpg" in {row.name for row in rows}
    assert await states(desk) == []


async def test_an_entrys_id_does_not_tell_its_external_id_to_who_tries_them_all(desk: Desk) -> None:
    batch = await begun(desk)

    item = await photo(desk, batch, "0017__1.jpg", person(1))

    assert item.entry is not None
    assert item.entry not in {uuid5(batch, f"{number:04}") for number in range(10_000)}


async def test_every_file_and_line_is_a_row_of_the_report_worst_first(desk: Desk) -> None:
    batch = await begun(desk)
    await people(desk, batch, "1,a\nexternal_id,label\n")
    await people(desk, batch, f'external_id,label\n1,a\n2,"b\n3,c\n3,d\n4,{NUMBER}\n')
    await photo(desk, batch, "1__1.jpg", person(1))
    await photo(desk, batch, "1__2.jpg", None)
    await photo(desk, batch, "holiday", person(9))
    await photo(desk, batch, "5__1.jpg", person(5), warning="small_face")
    await step(desk, "check_import", batch)

    rows = await report(desk, batch)

    found = {(row.name, code) for row in rows for code in codes(row)}
    assert found == {
        ("people.csv, line 3", "bad_row"),
        ("people.csv, line 5", "row_twice"),
        ("people.csv, line 6", "number_in_text"),
        ("1__2.jpg", "no_face"),
        ("holiday", "bad_name"),
        ("5__1.jpg", "small_face"),
        ("5__1.jpg", "no_row"),
        ("c", "missing_photo"),
    }
    order = ["rejected", "warning", "ready"]
    assert [row.verdict for row in rows] == sorted((row.verdict for row in rows), key=order.index)
    view = await step(desk, "check_import", batch)
    assert (view.ready, view.warning, view.rejected, view.rows_rejected) == (1, 0, 3, 3)
    assert view.reasons["missing_photo"] == 1


async def test_rejected_rows_hold_the_commit_until_they_are_left_out(desk: Desk) -> None:
    batch = await begun(desk)
    await people(desk, batch, "external_id\n1\n2\n")
    await photo(desk, batch, "1.jpg", person(1))
    await photo(desk, batch, "2.jpg", None)

    await refused(step(desk, "commit_import", batch, body={}), 409, "1 of 2 people cannot be put forward")
    before = await states(desk)
    await step(desk, "commit_import", batch, body={"leave_out_rejected": True})

    assert before == ["draft", "draft"]
    assert await states(desk) == ["erased", "pending"]
    assert len(desk.keyring.destroyed) == 1


async def test_whose_row_is_rejected_is_left_out_with_it(desk: Desk) -> None:
    batch = await begun(desk)
    await people(desk, batch, "external_id,label,expires_on\n1,Wei,\n2,Li,03/04/2028\n1,Wei,\n")
    items = [await photo(desk, batch, f"{number}.jpg", person(number)) for number in (1, 2)]

    await step(desk, "commit_import", batch, body={"leave_out_rejected": True})

    rows = await desk.fetch("SELECT id, state FROM watchlist.entry")
    assert {row["id"]: row["state"] for row in rows} == {items[0].entry: "pending", items[1].entry: "erased"}


async def test_warnings_are_accepted_with_a_reason(desk: Desk) -> None:
    batch = await begun(desk)
    item = await photo(desk, batch, "1.jpg", person(1), warning="small_face")

    await refused(step(desk, "commit_import", batch, body={}), 409, "warnings")
    await step(desk, "commit_import", batch, body={"accept_warnings": "the only photo there is"})

    assert item.entry is not None
    (stored,) = (await desk.entry("show_entry", item.entry)).photo_list
    assert (stored.accepted_findings, stored.accepted_reason) == (["small_face"], "the only photo there is")


async def test_the_same_person_under_two_ids_is_decided_on_once(desk: Desk) -> None:
    batch = await begun(desk)
    await photo(desk, batch, "1.jpg", person(1))
    await photo(desk, batch, "2.jpg", person(2, like=1, cosine=0.9))

    await refused(step(desk, "commit_import", batch, body={}), 409, "decide on 1 likenesses")
    answer = await desk.call("list_likenesses", {"import": batch})
    (found,) = LikenessPage.model_validate_json(answer.body).likenesses
    body = {"decision": "same_person", "reason": "two decisions"}
    await desk.entry("decide_likeness", found.entry, {"other": found.likeness.other}, body=body)
    await refused(step(desk, "commit_import", batch, body={}), 409, f"discard one of each: {found.entry} and ")
    merged = await desk.entry("take_photos", found.entry, {"other": found.likeness.other})
    await desk.entry("discard_entry", found.likeness.other)
    await step(desk, "commit_import", batch, body={})

    assert (found.likeness.strength, merged.photos) == ("probably_same", 2)
    assert await states(desk) == ["erased", "pending"]


async def test_a_photo_that_comes_during_the_check_is_checked_too(
    database: servers.Database,
) -> None:
    class Listed:
        """Looks through the list while somebody sends another photo."""

        async def above(self, vectors: Sequence[Vector], _similarity: float) -> list[Similarities]:
            if not late:
                late.append(await photo(desk, batch, "2.jpg", person(2, like=1, cosine=0.9)))
            return [{} for _ in vectors]

    late: list[ItemView] = []
    async with desks.opened(database, listed=Listed()) as desk:
        batch = await begun(desk)
        await photo(desk, batch, "1.jpg", person(1))

        await refused(step(desk, "commit_import", batch, body={}), 409, "changed while it was checked")

        assert await states(desk) == ["draft", "draft"]
        await refused(step(desk, "commit_import", batch, body={}), 409, "decide on 1 likenesses")


async def test_somebody_who_is_listed_already_is_found(desk: Desk) -> None:
    listed = await desk.active(person(1))
    batch = await begun(desk)
    await photo(desk, batch, "1.jpg", person(2, like=1, cosine=0.8))

    await step(desk, "check_import", batch)

    answer = await desk.call("list_likenesses", {"import": batch})
    (found,) = LikenessPage.model_validate_json(answer.body).likenesses
    assert found.likeness.other == listed.id


async def test_an_external_id_that_is_listed_already_is_a_row(desk: Desk) -> None:
    await desk.active(person(1), {"external_id": "0017"})
    batch = await begun(desk)

    await people(desk, batch, "external_id\n0017\n")
    item = await photo(desk, batch, "0017__1.jpg", person(2))

    assert (item.verdict, codes(item)) == (Verdict.REJECTED, ["already_listed"])
    assert {code for row in await report(desk, batch) for code in codes(row)} == {"already_listed"}


async def test_a_photo_unlike_the_persons_others_is_noticed(desk: Desk) -> None:
    batch = await begun(desk)
    await photo(desk, batch, "1__1.jpg", person(1))
    await photo(desk, batch, "1__2.jpg", person(1))
    await photo(desk, batch, "1__3.jpg", person(2))

    view = await step(desk, "check_import", batch)

    assert (view.ready, view.warning, view.rejected, view.reasons) == (0, 0, 3, {"unlike_others": 3})
    await refused(
        step(desk, "commit_import", batch, body={"accept_warnings": "as they are"}),
        409,
        "3 photos and 0 lines of people.csv are rejected",
    )


async def test_the_report_says_of_a_photo_unlike_the_others_what_to_do(desk: Desk) -> None:
    batch = await begun(desk)
    for number, face in enumerate((1, 1, 2)):
        await photo(desk, batch, f"1__{number}.jpg", person(face))
    await step(desk, "check_import", batch)

    rows = await report(desk, batch)

    found = [finding for row in rows for finding in row.findings]
    assert {row.verdict for row in rows} == {Verdict.REJECTED}
    assert [(finding.code, finding.severity) for finding in found] == [("unlike_others", "rejected")] * 3
    assert "which is the right one cannot be told" in found[0].text


async def test_people_of_one_name_without_photos_are_a_row_each(desk: Desk) -> None:
    batch = await begun(desk)
    await people(desk, batch, "external_id,label\n1,Wei\n2,Wei\n")

    view = await step(desk, "check_import", batch)

    assert (view.people, view.people_left_out) == (2, 2)
    assert [row.name for row in await report(desk, batch)] == ["Wei", "Wei"]


async def test_one_file_for_two_people_is_refused(desk: Desk) -> None:
    batch = await begun(desk)
    await photo(desk, batch, "1.jpg", person(1), file=b"the same file")

    item = await photo(desk, batch, "2.jpg", person(1), file=b"the same file")

    assert codes(item) == ["duplicate_file"]


async def test_more_than_ten_photos_are_not_kept(desk: Desk) -> None:
    batch = await begun(desk)

    items = [await photo(desk, batch, f"1__{number}.jpg", person(1)) for number in range(11)]

    assert [item.verdict for item in items[:10]] == [Verdict.READY] * 10
    assert codes(items[10]) == ["too_many_photos"]


async def test_the_same_file_again_is_judged_once_and_a_changed_one_replaces_it(desk: Desk) -> None:
    batch = await begun(desk)
    first = await photo(desk, batch, "1.jpg", person(1), file=b"one")
    desk.assessor.faces.clear()

    again = await photo(desk, batch, "1.jpg", None, file=b"one")
    changed = await photo(desk, batch, "1.jpg", person(3), file=b"two")

    assert again == first
    assert changed.file_sha256 == sha256(b"two").hexdigest()
    assert changed.entry is not None
    assert len((await desk.entry("show_entry", changed.entry)).photo_list) == 1
    digests = [sha256(content).hexdigest() for content in (b"one", b"two", b"three")]
    answer = await desk.call("known_photos", {"import": batch}, body={"sha256": digests})
    assert Known.model_validate_json(answer.body).sha256 == [digests[1]]


async def test_a_file_that_is_replaced_stays_where_another_name_has_it_too(desk: Desk) -> None:
    batch = await begun(desk)
    await photo(desk, batch, "1__1.jpg", person(1), file=b"one")
    item = await photo(desk, batch, "1__2.jpg", person(1), file=b"one")

    await photo(desk, batch, "1__1.jpg", person(1), file=b"two")

    assert item.entry is not None
    assert len((await desk.entry("show_entry", item.entry)).photo_list) == 2


async def test_what_a_former_people_csv_said_of_somebody_does_not_outlive_it(desk: Desk) -> None:
    batch = await begun(desk)
    await people(desk, batch, "external_id,label,list,note\n1,Wei,violence,tall\n2,Li,,\n")
    item = await photo(desk, batch, "1.jpg", person(1))
    assert item.entry is not None

    view = await people(desk, batch, "external_id,label,list,note\n3,Wei,violence,tall\n")

    left = await desk.entry("show_entry", item.entry)
    assert (left.label, left.category, left.note) == ("1", "scalping", "")
    # Of Li neither a photo nor a line speaks any more.
    assert view.people == 2


async def test_a_purpose_of_blanks_says_nothing(desk: Desk) -> None:
    for name in ("basis", "evidence", "instruction", "source"):
        await refused(desk.call("open_import", body={**PURPOSE, name: "  "}), 422, f"the {name} is missing")


async def test_what_was_refused_for_an_entry_now_gone_is_judged_again(desk: Desk) -> None:
    listed = await desk.active(person(1), {"external_id": "0017"})
    batch = await begun(desk)
    text = "external_id,label\n0017,Wei\n"
    await people(desk, batch, text)
    await photo(desk, batch, "0017.jpg", person(2), file=b"one")
    digest = sha256(b"one").hexdigest()

    await desk.entry("revoke_entry", listed.id, body={"reason": "charges dropped"})
    known = await desk.call("known_photos", {"import": batch}, body={"sha256": [digest]})
    view = await people(desk, batch, text)
    item = await photo(desk, batch, "0017.jpg", person(2), file=b"one")

    assert Known.model_validate_json(known.body).sha256 == []
    assert (view.people, item.verdict) == (1, Verdict.READY)
    assert (await step(desk, "check_import", batch)).rejected == 0


async def test_a_person_whose_draft_was_thrown_away_is_left_out_of_the_import(desk: Desk) -> None:
    batch = await begun(desk)
    await people(desk, batch, "external_id,label\n1,Wei\n2,Li\n")
    item = await photo(desk, batch, "1.jpg", person(1))
    assert item.entry is not None
    await desk.entry("discard_entry", item.entry)

    again = await photo(desk, batch, "1__2.jpg", person(1))
    view = await people(desk, batch, "external_id,label\n1,Wei\n2,Lia\n")

    assert codes(again) == ["discarded"]
    assert (view.people, view.people_left_out) == (2, 2)
    assert "discarded" in view.reasons


async def test_a_corrected_people_csv_takes_the_place_of_the_former(desk: Desk) -> None:
    batch = await begun(desk)
    await people(desk, batch, 'external_id,label\n1,Wie\n2,"x\n')
    item = await photo(desk, batch, "1.jpg", person(1))

    view = await people(desk, batch, "external_id,label\n1,Wei\n2,Li\n")

    assert (view.people, view.rejected) == (2, 0)
    assert item.entry is not None
    assert (await desk.entry("show_entry", item.entry)).label == "Wei"


async def test_a_corrected_people_csv_brings_identity_numbers(desk: Desk) -> None:
    batch = await begun(desk)
    item = await photo(desk, batch, "1.jpg", person(1))
    assert item.entry is not None
    other = "110101199003074004"

    await people(desk, batch, f"external_id,label,identity_number\n1,Wei,{other}\n")
    first = await desk.entry("show_entry", item.entry)
    await people(desk, batch, f"external_id,label,identity_number\n1,Wei,{NUMBER}\n")
    second = await desk.entry("show_entry", item.entry)
    revealed = await desk.call("reveal_identity", {"entry": item.entry}, by=ANA, body={"reason": "to compare"})
    await people(desk, batch, "external_id,label\n1,Wei\n")
    third = await desk.entry("show_entry", item.entry)

    assert (first.identity_last_four, second.identity_last_four) == ("4004", NUMBER[-4:])
    assert IdentityRevealed.model_validate_json(revealed.body).number == NUMBER
    assert third.identity_last_four == NUMBER[-4:]


async def test_a_row_says_where_the_persons_photos_are_from_whenever_it_comes(desk: Desk) -> None:
    batch = await begun(desk)
    header = "external_id,taken_on,source\n"
    early = await photo(desk, batch, "1__1.jpg", person(1))
    await people(desk, batch, f"{header}1,2026-05-02,police notice 17\n2,,\n")
    late = await photo(desk, batch, "1__2.jpg", person(1))
    other = await photo(desk, batch, "2.jpg", person(2))

    assert early.entry is not None
    assert early.entry == late.entry
    assert other.entry is not None
    body = [(each.source, each.taken_at) for each in (await desk.entry("show_entry", early.entry)).photo_list]
    assert body == [("police notice 17", datetime(2026, 5, 2, tzinfo=UTC))] * 2
    (plain,) = (await desk.entry("show_entry", other.entry)).photo_list
    assert (plain.source, plain.taken_at) == ("police notice", None)

    await people(desk, batch, f"{header}1,,\n2,,\n")
    body = [(each.source, each.taken_at) for each in (await desk.entry("show_entry", early.entry)).photo_list]
    assert body == [("police notice", None)] * 2


async def test_a_photo_is_not_from_tomorrow(desk: Desk) -> None:
    batch = await begun(desk)
    ahead = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}"

    await people(desk, batch, f"external_id,taken_on\n1,{ahead}\n2,1826-05-02\n")

    assert [codes(row) for row in await report(desk, batch)] == [["bad_date"], ["bad_date"]]


async def test_people_csv_is_corrected_also_when_the_import_was_opened_days_ago(desk: Desk) -> None:
    batch = await begun(desk, {"category": "ban"})
    await people(desk, batch, "external_id,label\n1,Wie\n")
    await desk.fetch("ALTER TABLE watchlist.entry DISABLE TRIGGER USER")
    await desk.fetch("UPDATE watchlist.entry SET stands_from = stands_from - interval '9 days'")
    await desk.fetch("ALTER TABLE watchlist.entry ENABLE TRIGGER USER")

    await people(desk, batch, "external_id,label\n1,Wei\n")

    (row,) = await desk.fetch("SELECT expires_at - stands_from AS stands FROM watchlist.entry")
    assert timedelta(days=730) < row["stands"] <= timedelta(days=731)


async def test_an_unusable_file_is_a_row_with_its_reason(desk: Desk) -> None:
    batch = await begun(desk)
    target = {
        "import": batch,
        "file": "1.jpg",
        "sha256": "00" * 32,
        "unusable": "damaged",
        "detail": "the file ends in the middle; send it again",
    }

    item = ItemView.model_validate_json((await desk.call("import_photo", target)).body)

    assert (item.verdict, codes(item)) == (Verdict.REJECTED, ["damaged"])
    assert await states(desk) == []


async def test_within_a_day_an_import_is_undone_whole(desk: Desk) -> None:
    batch = await begun(desk)
    for number in (1, 2):
        await photo(desk, batch, f"{number}.jpg", person(number))
    await step(desk, "commit_import", batch, body={})
    await approve(desk, batch)

    undone = await step(desk, "undo_import", batch, body={"reason": "the wrong folder"})
    again = await step(desk, "undo_import", batch, body={"reason": "the wrong folder"})

    assert (undone.state, again.state, undone.people) == ("undone", "undone", 0)
    assert await states(desk) == ["erased", "erased"]
    assert await desk.fetch("SELECT 1 FROM watchlist.photo") == []
    assert len(desk.keyring.destroyed) == 2


async def test_of_an_erased_person_the_report_tells_nothing(desk: Desk) -> None:
    batch = await begun(desk)
    items = [await photo(desk, batch, f"{number}.jpg", person(number)) for number in (1, 2)]
    await step(desk, "commit_import", batch, body={})

    await desk.call("erase_entry", {"entry": items[0].entry}, body={"reason": "charges dropped"})

    assert [row.name for row in await report(desk, batch)] == ["2.jpg"]


async def test_after_a_day_an_import_is_not_undone(desk: Desk) -> None:
    batch = await begun(desk)
    await photo(desk, batch, "1.jpg", person(1))
    await step(desk, "commit_import", batch, body={})
    await desk.fetch("UPDATE watchlist.batch SET committed_at = now() - interval '25 hours'")

    await refused(step(desk, "undo_import", batch, body={"reason": "too late"}), 409, "within 24 hours")

    assert await states(desk) == ["pending"]


async def test_an_import_says_until_when_its_report_is_kept(desk: Desk) -> None:
    batch = await begun(desk)
    await photo(desk, batch, "1.jpg", person(1))
    assert (await step(desk, "show_import", batch)).report_until is None

    committed = await step(desk, "commit_import", batch, body={})
    undone = await step(desk, "undo_import", batch, body={"reason": "the wrong folder"})

    assert committed.committed_at is not None
    assert committed.report_until == committed.committed_at + timedelta(days=1)
    assert undone.report_until is not None
    assert undone.report_until > committed.report_until


async def test_a_discarded_import_leaves_nothing(desk: Desk) -> None:
    batch = await begun(desk)
    await people(desk, batch, "external_id\n1\n2\n")
    await photo(desk, batch, "1.jpg", person(1))

    view = await step(desk, "discard_import", batch)

    assert (view.state, view.people) == ("discarded", 0)
    assert await report(desk, batch) == []
    assert await desk.fetch("SELECT 1 FROM watchlist.outbox") == []
    target = {"import": batch, "file": "1.jpg", "sha256": sha256(b"x").hexdigest()}
    await refused(desk.call("import_photo", target, attachment=b"x"), 409, "discarded")


async def test_the_report_names_nobody_in_the_database(desk: Desk) -> None:
    batch = await begun(desk)
    await people(desk, batch, 'external_id,label\nsecret-id,Secret Label\n2,"x\n')
    await photo(desk, batch, "secret-id__1.jpg", person(1))

    rows = await desk.fetch(
        "SELECT b::text AS b FROM watchlist.batch_item AS b UNION SELECT e::text FROM watchlist.entry AS e"
    )

    assert not any("secret" in row["b"].lower() for row in rows)
    assert not any(b"secret".hex() in row["b"] for row in rows)


async def test_who_may_read_may_not_import(desk: Desk) -> None:
    batch = await begun(desk)

    await refused(desk.call("open_import", by=AUDITOR, body=PURPOSE), 403, "not for a auditor")
    await refused(desk.call("show_import", {"import": batch}, by=GUARD), 403, "not for a guard")
    answer = await desk.call("list_imports", by=AUDITOR)
    assert [each.id for each in BatchPage.model_validate_json(answer.body).batches] == [batch]


async def test_a_dry_run_left_lying_is_named_by_the_next_import(desk: Desk) -> None:
    left = await begun(desk)
    await people(desk, left, "external_id\n17\n")
    await photo(desk, left, "18.jpg", person(1), file=b"of eighteen")
    opened = await step(desk, "show_import", left)

    batch = await begun(desk)
    await people(desk, batch, "external_id\n17\n")
    await photo(desk, batch, "18.jpg", person(2))
    await photo(desk, batch, "19.jpg", person(1), file=b"of eighteen")
    found = {row.name: row.findings[0] for row in await report(desk, batch)}

    assert opened.ends_at is not None
    for name in ("people.csv, line 2", "18.jpg"):
        assert (found[name].code, found[name].about) == ("in_open_import", left)
        assert f"import {left}" in found[name].text
        assert f"li.wei opened on {USUAL_DAYS.of(opened.opened_at)}" in found[name].text
        assert f"ends by itself on {USUAL_DAYS.of(opened.ends_at)}" in found[name].text
    assert found["19.jpg"].code == "duplicate_file"
    assert f"in import {left}, which li.wei opened" in found["19.jpg"].text

    # Ended as it says, it bars nobody any more.
    await step(desk, "discard_import", left)
    await people(desk, batch, "external_id\n17\n")
    assert (await photo(desk, batch, "17.jpg", person(3))).verdict is Verdict.READY


async def test_who_is_listed_is_named_rather_than_a_dry_run(desk: Desk) -> None:
    listed = await desk.draft({"external_id": "17"})
    left = await begun(desk)
    await desk.fetch("UPDATE watchlist.batch SET opened_at = opened_at - interval '1 hour'")
    batch = await begun(desk)

    await people(desk, left, "external_id\n17\n")
    await people(desk, batch, "external_id\n17\n")

    for each in (left, batch):
        (row,) = await report(desk, each)
        assert (codes(row), row.findings[0].about) == (["already_listed"], listed.id)
        assert f"entry {listed.id} (draft); discard that draft first" in row.findings[0].text


async def test_an_import_that_nobody_ends_ends_by_itself(desk: Desk) -> None:
    idle, fresh = await begun(desk), await begun(desk)
    for batch, number in ((idle, 1), (fresh, 2)):
        await people(desk, batch, f"external_id\n{number}\n")
        await photo(desk, batch, f"{number}.jpg", person(number))
    week = timedelta(days=7, seconds=1)
    # One of the two was opened as long ago, and somebody sent a photo since.
    await desk.fetch("UPDATE watchlist.batch SET opened_at = opened_at - $1::interval", week)
    await desk.fetch("ALTER TABLE watchlist.entry DISABLE TRIGGER USER")
    await desk.fetch(
        "UPDATE watchlist.entry SET changed_at = changed_at - $2::interval WHERE batch_id = $1", idle, week
    )
    await desk.fetch("ALTER TABLE watchlist.entry ENABLE TRIGGER USER")
    await desk.fetch(
        "UPDATE watchlist.batch_item SET judged_at = judged_at - $2::interval WHERE batch_id = $1", idle, week
    )

    ended = [(await desk.fetch("SELECT watchlist.end_idle_imports() AS ended"))[0]["ended"] for _ in range(2)]

    assert ended == [1, 0]
    gone, kept = await step(desk, "show_import", idle), await step(desk, "show_import", fresh)
    assert (gone.state, gone.people, gone.ends_at) == ("discarded", 0, None)
    assert (kept.state, kept.people) == ("open", 1)
    assert await report(desk, idle) == []
    (erasure,) = await desk.fetch("SELECT erased_by_name, reason FROM watchlist.erasure")
    assert tuple(erasure) == ("wardwatch", "the import was left open for a week")
    (event,) = await desk.fetch("SELECT actor_name FROM audit.event WHERE action = 'import.discarded'")
    assert event["actor_name"] == "wardwatch"
