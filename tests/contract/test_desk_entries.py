"""Single entries at the desk, on a real PostgreSQL: their whole life, what is kept, and what is refused in words."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from proto.wardwatch.v1.entries import Categories, EntryPage, Groups, GroupView, History
from services.chassis.errors import Refusal
from services.watchlist.record.database import Connection
from services.watchlist.record.entry_store import EntryStore
from tests import servers
from tests.contract.desks import ANA, AUDITOR, GUARD, LI, NUMBER, OTTO, Desk, opened, person, refused

ENTRY = "entry"
WHY = {"reason": "charges dropped"}


def ahead(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with opened(database) as desk:
        yield desk


# -- beginning --


async def test_an_entry_begins_as_a_draft_with_everything_that_was_said(desk: Desk) -> None:
    entry = await desk.draft({"note": "limps", "identity_number": NUMBER, "scope": {"kind": "sites", "sites": ["h1"]}})

    assert (entry.state, entry.revision, entry.author, entry.approver) == ("draft", 1, "li.wei", None)
    assert (entry.label, entry.note, entry.basis) == ("Visitor with a knife", "limps", "decision 2026/17")
    assert (entry.scope.kind, entry.sites, entry.identity_last_four) == ("sites", ["h1"], "002X")
    assert timedelta(days=729) < entry.expires_at - datetime.now(UTC) < timedelta(days=731)
    assert entry.generation is None


async def test_the_same_request_begins_one_entry(desk: Desk) -> None:
    first = await desk.draft(key="k1")
    again = await desk.draft(key="k1")
    another = await desk.draft(key="k2")

    assert first.id == again.id != another.id


async def test_a_key_that_began_an_entry_begins_no_other(desk: Desk) -> None:
    body = {"identity_number": NUMBER, "note": "limps"}
    first = await desk.draft(body, key="k1")
    for changed in ({"label": "somebody else"}, {"identity_number": None}, {"note": ""}, {"category": "theft"}):
        await refused(desk.draft({**body, **changed}, key="k1"), 422, "was used for another request")
    again = await desk.draft(body, key="k1")
    others = await desk.draft({"label": "somebody else"}, by=ANA, key="k1")

    assert (again.id, again.label, again.revision) == (first.id, first.label, 1)
    assert others.id != first.id
    assert len(await desk.fetch("SELECT FROM watchlist.entry")) == 2


async def test_of_two_requests_at_once_under_one_key_one_is_done(desk: Desk) -> None:
    requests = [desk.draft({"label": label}, key="k1") for label in ("one", "another")]
    answers = await asyncio.gather(*requests, return_exceptions=True)

    (begun,) = (answer for answer in answers if not isinstance(answer, BaseException))
    (refusal,) = (answer for answer in answers if isinstance(answer, Refusal))
    assert refusal.code == 422
    assert (await desk.entry("show_entry", begun.id)).label == begun.label


async def test_what_another_request_begins_in_between_is_no_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    look, begun = EntryStore._is_of, list[UUID]()

    async def slow_look(store: EntryStore, connection: Connection, entry_id: UUID, request: str) -> bool:
        known = await look(store, connection, entry_id, request)
        if not begun:
            begun.append(entry_id)
            await desk.draft({"label": "another"}, key="k1")
        return known

    monkeypatch.setattr(EntryStore, "_is_of", slow_look)

    await refused(desk.draft({"label": "one"}, key="k1"), 422, "was used for another request")
    assert (await desk.entry("show_entry", begun[0])).label == "another"


async def test_what_is_kept_of_a_request_tells_nothing_and_goes_with_the_entry(desk: Desk) -> None:
    body = {"identity_number": NUMBER}
    entries = [await desk.draft(body, key=key) for key in ("k1", "k2")]

    # Of one and the same body the digests differ: by them nobody finds who is listed twice, or tries numbers out.
    rows = await desk.fetch("SELECT request_digest FROM watchlist.entry")
    assert len({row["request_digest"] for row in rows} - {None}) == 2
    await desk.entry("discard_entry", entries[0].id)

    await refused(desk.draft(body, key="k1"), 409, "is erased; use another key")
    rows = await desk.fetch("SELECT state, request_digest IS NULL AS gone FROM watchlist.entry")
    assert {(row["state"], row["gone"]) for row in rows} == {("erased", True), ("draft", False)}


async def test_nothing_that_was_said_lies_open_in_the_database(desk: Desk) -> None:
    entry = await desk.draft({"note": "limps", "identity_number": NUMBER, "external_id": "P-77"})
    await desk.photograph(entry.id, person(1), {"name": "zhang.jpg"}, file=b"a portrait")

    stored = ""
    for table in ("watchlist.entry", "watchlist.photo", "watchlist.template", "identity.number"):
        stored += "".join(str(list(row.values())) for row in await desk.fetch(f"TABLE {table}"))

    assert "decision 2026/17" in stored
    assert not any(
        word in stored for word in ("knife", "limps", NUMBER, NUMBER[:17], "P-77", "zhang", "face of", "a portrait")
    )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"label": "  "}, "label is missing", id="blank label"),
        pytest.param({"label": "x" * 201}, "label", id="long label"),
        pytest.param({"basis": " "}, "basis is missing", id="blank basis"),
        pytest.param({"evidence": " "}, "evidence is missing", id="blank evidence"),
        pytest.param({"instruction": " "}, "instruction is missing", id="blank instruction"),
        pytest.param({"label": "no\x00l"}, "label", id="NUL"),
        pytest.param({"category": "grudge"}, "not one of ban, court_order", id="category"),
        pytest.param({"expires_at": "2020-01-01T00:00:00Z"}, "in the past", id="expired"),
        pytest.param({"expires_at": "2099-01-01T00:00:00"}, "needs a time zone", id="no time zone"),
        pytest.param({"expires_at": "9999-12-31T23:59:59Z"}, "at most 1827 days", id="for ever"),
        pytest.param({"category": "ban", "expires_at": ahead(732)}, "ban allows at most 731 days", id="cap"),
        pytest.param({"scope": {"kind": "group", "group": "north"}}, "there is no group north", id="unknown group"),
        pytest.param({"scope": {"kind": "sites"}}, "sites with their names", id="no sites"),
        pytest.param({"identity_number": "110105194912310021"}, "identity number is mistyped", id="check character"),
        pytest.param({"identity_number": "- - - -"}, "4 to 40 digits", id="no number"),
        pytest.param({"note": f"ID {NUMBER}"}, "note holds an identity number", id="number in the note"),
        pytest.param({"basis": "№ 110105 19491231 0021"}, "put it in the identity number field", id="spaced number"),
        pytest.param({"colour": "red"}, "colour", id="unknown field"),
    ],
)
async def test_a_draft_that_breaks_a_rule_is_refused_in_words(
    desk: Desk, changed: dict[str, object], words: str
) -> None:
    await refused(desk.draft(changed), 422, words)

    assert await desk.fetch("SELECT 1 FROM watchlist.entry") == []


async def test_an_entry_takes_the_longest_its_category_allows(desk: Desk) -> None:
    entry = await desk.draft({"category": "ban"})
    longest = await desk.draft({"category": "ban", "expires_at": ahead(731) - timedelta(seconds=5)})

    assert entry.expires_at < longest.expires_at


# -- photos --


async def test_a_rejected_photo_is_judged_and_not_kept(desk: Desk) -> None:
    entry = await desk.draft()
    described = {"entry": entry.id, "position": 0, "name": "a.jpg", "source": "x", "sha256": "00" * 32}

    answer = await desk.call("add_photo", described, attachment=b"nobody on it")
    unusable = await desk.call("add_photo", {**described, "unusable": "not_an_image", "detail": "no picture"})

    assert b'"verdict":"rejected"' in answer.body
    assert b"not_an_image" in unusable.body
    await refused(desk.entry("submit_entry", entry.id), 409, "no photo; add one that is not rejected")


async def test_the_face_can_be_looked_at_and_only_by_those_who_keep_the_list(desk: Desk) -> None:
    entry = await desk.draft()
    assessment = await desk.photograph(entry.id, person(1), file=b"a")

    shown = await desk.call("show_photo", {"entry": entry.id, "position": 0}, by=ANA)

    assert (assessment.verdict, assessment.position, shown.attachment) == ("ready", 0, b"face of a")
    await refused(desk.call("show_photo", {"entry": entry.id, "position": 0}, by=AUDITOR), 403, "not for a auditor")
    await refused(desk.call("show_photo", {"entry": entry.id, "position": 1}), 404, "no photo 1")


async def test_the_same_photo_again_changes_nothing_and_another_is_refused(desk: Desk) -> None:
    entry = await desk.draft()
    for _ in range(2):
        await desk.photograph(entry.id, person(1), file=b"a")

    await refused(desk.photograph(entry.id, person(1), file=b"b"), 409, "another photo in this place")
    await refused(desk.photograph(entry.id, person(1), {"position": 1}, file=b"a"), 409, "this very photo already")
    assert (await desk.entry("show_entry", entry.id)).revision == 2


@pytest.mark.parametrize(
    ("target", "words"),
    [
        pytest.param({"position": "10"}, "position is 0 to 9", id="position"),
        pytest.param({"position": "²"}, "position is 0 to 9", id="no digit"),
        pytest.param({"name": ""}, "name is missing", id="name"),
        pytest.param({"source": "a\x00b"}, "source has at most", id="NUL"),
        pytest.param({"name": f"{NUMBER}.jpg"}, "name holds an identity number", id="number in the name"),
        pytest.param({"taken": "yesterday"}, "is not a day like", id="day"),
        pytest.param({"taken": "2199-01-01"}, "was not taken yet", id="future"),
        pytest.param({"sha256": "ab"}, "digest is missing", id="digest"),
    ],
)
async def test_a_photo_that_is_badly_described_is_refused(desk: Desk, target: dict[str, object], words: str) -> None:
    entry = await desk.draft()

    await refused(desk.photograph(entry.id, person(1), target), 422, words)


async def test_a_warning_must_be_accepted_with_a_reason(desk: Desk) -> None:
    entry = await desk.draft()
    await desk.photograph(entry.id, person(1), warning="turned")
    place = {"position": 0}

    await refused(desk.entry("submit_entry", entry.id), 409, "photo has warnings; accept them")
    accept = {"codes": ["blurred"], "reason": "the only one there is"}
    await refused(desk.entry("accept_warnings", entry.id, place, body=accept), 422, "has no warning blurred")
    accepted = await desk.entry("accept_warnings", entry.id, place, body={**accept, "codes": ["turned"]})
    submitted = await desk.entry("submit_entry", entry.id)

    assert (accepted.photo_list[0].warnings, accepted.photo_list[0].accepted_findings) == (["turned"], ["turned"])
    assert accepted.photo_list[0].accepted_reason == "the only one there is"
    assert submitted.state == "pending"


async def test_no_photo_joins_an_entry_that_was_put_forward(desk: Desk) -> None:
    entry = await desk.pending(person(1))

    await refused(
        desk.photograph(entry.id, person(2), {"position": 1}), 409, "is pending; this takes one that is draft"
    )


async def test_a_suspended_photo_matches_again_after_somebody_looked(desk: Desk) -> None:
    entry = await desk.active(person(1))
    place, why = {"position": 0}, {"reason": "it is a good photo"}
    await refused(desk.entry("release_photo", entry.id, place, body=why), 409, "is not suspended")
    await desk.fetch("UPDATE watchlist.photo SET suspended_at = now(), suspended_reason = 'two false alerts'")

    released = await desk.entry("release_photo", entry.id, place, body=why)

    assert released.photo_list[0].suspended_at is None
    assert (released.state, released.revision) == ("active", entry.revision + 1)
    assert released.generation is not None


# -- from draft to its end --


async def test_an_entry_is_put_forward_by_one_and_approved_by_another(desk: Desk) -> None:
    pending = await desk.pending(person(1))
    await refused(desk.approve(pending.id, by=LI), 409, "approver must not be the author")
    active = await desk.approve(pending.id)

    assert (pending.state, pending.put_forward_by, pending.generation) == ("pending", "li.wei", 1)
    assert (active.state, active.approver, active.generation) == ("active", "ana.ruiz", 2)


async def test_what_was_changed_after_it_was_looked_at_is_not_approved(desk: Desk) -> None:
    entry = await desk.draft()
    await desk.photograph(entry.id, person(1))
    seen = await desk.entry("show_entry", entry.id, by=ANA)
    await desk.photograph(entry.id, person(1), {"position": 1})
    pending = await desk.entry("submit_entry", entry.id)

    await refused(desk.approve(entry.id, seen=seen.revision), 409, "changed after it was shown; look at it again")
    await refused(desk.approve(entry.id, seen=pending.revision + 1), 409, "look at it again")
    after = await desk.entry("show_entry", entry.id)
    approved = await desk.approve(entry.id, seen=after.revision)

    assert (after.state, after.revision) == ("pending", pending.revision)
    assert (approved.state, approved.photos) == ("active", 2)


async def test_a_renewal_that_was_asked_for_anew_is_looked_at_again(desk: Desk) -> None:
    entry = await desk.active(person(1), {"expires_at": ahead(10)})
    seen = await desk.entry("renew_entry", entry.id, by=OTTO, body={**WHY, "expires_at": ahead(20)})
    await desk.entry("renew_entry", entry.id, by=OTTO, body={**WHY, "expires_at": ahead(700)})

    await refused(desk.approve(entry.id, seen=seen.revision), 409, "look at it again")

    after = await desk.entry("show_entry", entry.id)
    assert (after.expires_at, after.renewal is None) == (entry.expires_at, False)


@pytest.mark.parametrize("body", [None, {}, {"revision": 0}, {"revision": "newest"}])
async def test_an_approval_names_what_was_seen(desk: Desk, body: dict[str, object] | None) -> None:
    entry = await desk.pending(person(1))

    await refused(desk.entry("approve_entry", entry.id, by=ANA, body=body), 422, "revision: ")

    assert (await desk.entry("show_entry", entry.id)).state == "pending"


async def test_who_puts_another_persons_draft_forward_does_not_approve_it(desk: Desk) -> None:
    entry = await desk.draft(by=LI)
    await desk.photograph(entry.id, person(1), by=LI)
    await desk.entry("submit_entry", entry.id, by=OTTO)

    await refused(desk.approve(entry.id, by=OTTO), 409, "nor who put the entry forward")
    await refused(desk.approve(entry.id, by=LI), 409, "approver must not be the author")
    assert (await desk.approve(entry.id)).state == "active"


async def test_an_entry_is_suspended_resumed_and_revoked_with_reasons(desk: Desk) -> None:
    entry = await desk.active(person(1))

    states = [
        (await desk.entry(step, entry.id, body={"reason": f"because of {step}"})).state
        for step in ("suspend_entry", "resume_entry", "suspend_entry", "revoke_entry")
    ]
    await refused(desk.entry("resume_entry", entry.id, body=WHY), 409, "is revoked; this takes one that is suspended")
    history = History.model_validate_json((await desk.call("show_history", {ENTRY: entry.id}, by=AUDITOR)).body)

    assert states == ["suspended", "active", "suspended", "revoked"]
    assert [change.state for change in history.changes][:4] == ["draft", "draft", "pending", "active"]
    assert (history.changes[-1].account, history.changes[-1].reason) == ("li.wei", "because of revoke_entry")
    assert [change.generation for change in history.changes] == [None, None, 1, 2, 3, 4, 5, 6]


async def test_a_change_that_is_said_twice_is_done_once(desk: Desk) -> None:
    entry = await desk.draft()
    await desk.photograph(entry.id, person(1))
    for step, by, body in (
        ("submit_entry", LI, None),
        ("approve_entry", ANA, {"revision": 3}),
        ("suspend_entry", LI, WHY),
        ("resume_entry", LI, WHY),
        ("renew_entry", LI, {**WHY, "expires_at": ahead(800)}),
        ("revoke_entry", LI, WHY),
    ):
        first = await desk.entry(step, entry.id, by=by, body=body)
        again = await desk.entry(step, entry.id, by=by, body=body)
        assert (first.revision, first.generation) == (again.revision, again.generation), step


@pytest.mark.parametrize("step", ["suspend_entry", "revoke_entry"])
@pytest.mark.parametrize(
    ("reason", "words"),
    [
        pytest.param("   ", "reason is missing", id="blank"),
        pytest.param("x", "at least 3", id="short"),
        pytest.param(f"he is {NUMBER.lower()}", "reason holds an identity number", id="number"),
    ],
)
async def test_a_reason_is_needed_and_tells_no_number(desk: Desk, step: str, reason: str, words: str) -> None:
    entry = await desk.active(person(1))

    await refused(desk.entry(step, entry.id, body={"reason": reason}), 422, words)


async def test_a_renewal_waits_for_somebody_else(desk: Desk) -> None:
    entry = await desk.active(person(1), {"category": "ban", "expires_at": ahead(10)})
    await refused(
        desk.entry("renew_entry", entry.id, by=OTTO, body={**WHY, "expires_at": ahead(800)}), 422, "at most 731 days"
    )
    requested = await desk.entry("renew_entry", entry.id, by=OTTO, body={**WHY, "expires_at": ahead(700)})
    await refused(desk.approve(entry.id, by=OTTO), 409, "does not approve it")
    await refused(desk.approve(entry.id, by=LI), 409, "approver must not be the author")
    renewed = await desk.approve(entry.id)

    assert requested.renewal is not None
    assert (requested.expires_at, requested.renewal.by, requested.state) == (entry.expires_at, "otto.brandt", "active")
    assert (renewed.expires_at, renewed.renewal, renewed.state) == (requested.renewal.expires_at, None, "active")


async def test_a_suspended_entry_is_not_resumed_by_its_renewal(desk: Desk) -> None:
    entry = await desk.active(person(1))
    await desk.entry("renew_entry", entry.id, by=OTTO, body={**WHY, "expires_at": ahead(900)})
    await desk.entry("suspend_entry", entry.id, body=WHY)

    await refused(desk.approve(entry.id), 409, "resume it before its renewal is approved")


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(lambda desk, entry: desk.entry("show_entry", entry), id="show"),
        pytest.param(lambda desk, entry: desk.call("show_history", {"entry": entry}), id="history"),
        pytest.param(lambda desk, entry: desk.entry("submit_entry", entry), id="submit"),
        pytest.param(lambda desk, entry: desk.approve(entry), id="approve"),
        pytest.param(lambda desk, entry: desk.entry("suspend_entry", entry, body=WHY), id="suspend"),
        pytest.param(lambda desk, entry: desk.entry("discard_entry", entry), id="discard"),
        pytest.param(lambda desk, entry: desk.call("erase_entry", {"entry": entry}, body=WHY), id="erase"),
        pytest.param(lambda desk, entry: desk.call("show_erasure", {"entry": entry}), id="erasure"),
        pytest.param(lambda desk, entry: desk.photograph(entry, person(1)), id="photo"),
        pytest.param(lambda desk, entry: desk.call("reveal_identity", {"entry": entry}, body=WHY), id="identity"),
    ],
)
@pytest.mark.parametrize("entry", [uuid4(), "no-uuid"])
async def test_an_unknown_entry_is_not_found(
    desk: Desk, operation: Callable[[Desk, object], Awaitable[object]], entry: object
) -> None:
    await refused(operation(desk, entry), 404, f"entry {entry}")


# -- the list --


async def test_the_list_shows_the_newest_change_first_page_by_page(desk: Desk) -> None:
    entries = [(await desk.draft({"label": f"person {n}"})).id for n in range(5)]
    await desk.entry("discard_entry", entries[0])

    pages: list[list[UUID]] = []
    cursor = ""
    while len(pages) < 3:
        target = {"state": "all", "limit": 2, "cursor": cursor}
        page = EntryPage.model_validate_json((await desk.call("list_entries", target, by=AUDITOR)).body)
        pages.append([row.id for row in page.entries])
        cursor = page.next or "none"

    assert pages == [[entries[0], entries[4]], [entries[3], entries[2]], [entries[1]]]
    assert cursor == "none"


async def test_who_ended_is_counted_and_shown_only_when_asked_for(desk: Desk) -> None:
    active = await desk.active(person(1))
    drafts = [await desk.draft() for _ in range(4)]
    for draft in drafts[:3]:
        await desk.entry("discard_entry", draft.id)

    async def listed(**target: str) -> EntryPage:
        return EntryPage.model_validate_json((await desk.call("list_entries", target)).body)

    usual, erased, ended, everybody = (
        await listed(),
        await listed(state="erased"),
        await listed(state="ended", limit="2"),
        await listed(state="all"),
    )
    assert [row.id for row in usual.entries] == [drafts[3].id, active.id]
    assert [row.id for row in erased.entries] == [drafts[2].id, drafts[1].id, drafts[0].id]
    assert {(row.label, row.photos) for row in erased.entries} == {("", 0)}
    assert ([row.id for row in ended.entries], ended.next is None) == ([drafts[2].id, drafts[1].id], False)
    assert len(everybody.entries) == 5
    for page in (usual, erased, ended, everybody):
        assert page.counts == {"draft": 1, "active": 1, "erased": 3}


async def test_the_list_is_narrowed_to_ids_that_begin_alike(desk: Desk) -> None:
    one, two = str((await desk.draft()).id), str((await desk.draft()).id)

    async def found(prefix: str) -> set[str]:
        target = {"state": "all", "id_prefix": prefix}
        answer = await desk.call("list_entries", target)
        return {str(each.id) for each in EntryPage.model_validate_json(answer.body).entries}

    assert await found(one.replace("-", "")) == {one}
    assert await found(two.replace("-", "")[:31]) == {two}
    assert {one} <= await found(one[:4])
    assert await found("ffffffff" if not one.startswith("ffffffff") else "00000000") == set()
    for bad in ("abc", "0a1g", f"{one}0", "%%%%", "0A1B"):
        await refused(desk.call("list_entries", {"id_prefix": bad}), 422, "not the beginning of an id")


async def searched(desk: Desk, **wanted: object) -> EntryPage:
    return EntryPage.model_validate_json((await desk.call("search_entries", body=wanted, by=AUDITOR)).body)


async def test_entries_are_found_by_what_is_known_of_them(desk: Desk) -> None:
    wang = await desk.draft({"label": "Wang Fang 王芳", "evidence": "file 4711", "identity_number": NUMBER})
    other = await desk.draft({"label": "Li Na", "external_id": "S-0042"}, by=ANA)
    await desk.photograph(other.id, person(2), {"name": "scalper_17.jpg"}, by=ANA)

    async def found(text: str) -> set[UUID]:
        return {row.id for row in (await searched(desk, text=text)).entries}

    for text in ("fang", "王", "4711", "02X", "wang 4711", str(wang.id), str(wang.id)[:13]):
        assert await found(text) == {wang.id}, text
    for text in ("li na", "scalper_17", "s-0042", "Ana.Ruiz"):
        assert await found(text) == {other.id}, text
    assert await found("decision 2026/17") == {wang.id, other.id}
    assert await found("nobody") == set()


async def test_a_search_counts_every_state_and_is_read_by_pages(desk: Desk) -> None:
    names = ["Chen", "an", "Bo", "Chen Li"]
    ids = {name: (await desk.draft({"label": name})).id for name in names}
    active = await desk.active(person(1), {"label": "Chen Wu"})

    first = await searched(desk, sort="label", limit=3)
    second = await searched(desk, sort="label", limit=3, cursor=first.next)
    some = await searched(desk, text="chen", state="draft")

    assert [row.label for row in (*first.entries, *second.entries)] == ["an", "Bo", "Chen", "Chen Li", "Chen Wu"]
    assert (second.next, second.entries[-1].id) == (None, active.id)
    assert {row.id for row in some.entries} == {ids["Chen"], ids["Chen Li"]}
    assert some.counts == {"draft": 2, "active": 1}
    assert (await searched(desk, text="chen", state="ended")).entries == []
    await refused(searched(desk, cursor=uuid4()), 422, "the cursor is not one that a page gave")


async def test_a_search_follows_every_change_at_once(desk: Desk) -> None:
    async def found(text: str) -> set[UUID]:
        return {row.id for row in (await searched(desk, text=text, state="all")).entries}

    one = await desk.draft({"label": "Chen Jie"})
    assert await found("chen") == {one.id}
    other = await desk.draft({"label": "Chen Hao"})
    assert await found("chen") == {one.id, other.id}
    await desk.photograph(one.id, person(1), {"name": "from-the-gate.jpg"})
    assert await found("from-the-gate") == {one.id}
    await desk.entry("rewrite_entry", other.id, body={"revision": await desk.at(other.id), "label": "Wang Hao"})
    assert (await found("chen"), await found("wang")) == ({one.id}, {other.id})
    await desk.entry("remove_photo", one.id, {"position": 0}, body=WHY)
    assert await found("from-the-gate") == set()
    await desk.entry("discard_entry", one.id)
    assert await found("chen") == set()
    assert [row.label for row in (await searched(desk, sort="label")).entries] == ["Wang Hao"]


async def test_what_was_searched_for_is_in_no_audit(desk: Desk) -> None:
    await desk.draft({"label": "Secret Name"})

    await searched(desk, text="Secret Name")

    (row,) = await desk.fetch("SELECT details::text AS told FROM audit.event WHERE action = 'entries.listed'")
    assert "Secret" not in row["told"]
    assert '"searched": true' in row["told"]


async def test_the_list_is_filtered_by_state(desk: Desk) -> None:
    active = await desk.active(person(1))
    await desk.draft()

    page = EntryPage.model_validate_json((await desk.call("list_entries", {"state": "active"})).body)

    assert [(row.id, row.label, row.photos, row.approver) for row in page.entries] == [
        (active.id, "Visitor with a knife", 1, "ana.ruiz")
    ]


@pytest.mark.parametrize(
    "target",
    [{"state": "dead"}, {"cursor": "x"}, {"cursor": "9" * 40}, {"limit": "0"}, {"limit": "ten"}, {"batch": "b"}],
)
async def test_a_page_that_cannot_be_is_refused(desk: Desk, target: dict[str, object]) -> None:
    await refused(desk.call("list_entries", target), 422, ".")


async def test_the_grounds_are_a_closed_list(desk: Desk) -> None:
    grounds = Categories.model_validate_json((await desk.call("list_categories", by=AUDITOR)).body)

    assert {each.code: each.longest_days for each in grounds.categories}["ban"] == 731


async def test_an_entry_keeps_the_sites_its_group_had_when_it_was_put_forward(desk: Desk) -> None:
    north = {"group": "north"}
    await desk.call("set_group", north, body={"sites": ["h2", "h1", "h1"]})
    entry = await desk.draft({"scope": {"kind": "group", "group": "north"}})
    await desk.call("set_group", north, by=ANA, body={"sites": ["h3"]})
    await desk.photograph(entry.id, person(1))
    pending = await desk.entry("submit_entry", entry.id)
    last = GroupView.model_validate_json((await desk.call("set_group", north, body={"sites": ["h4"]})).body)
    groups = Groups.model_validate_json((await desk.call("list_groups", by=AUDITOR)).body)

    assert (entry.sites, pending.sites, pending.scope.group) == (["h1", "h2"], ["h3"], "north")
    assert groups.groups == [last]
    await refused(desk.call("set_group", {"group": "no rth"}, body={"sites": ["h4"]}), 422, "A-Z a-z")


# -- what reading leaves behind --


async def test_every_reading_of_sealed_words_is_noted(desk: Desk) -> None:
    entry = await desk.draft()
    await desk.photograph(entry.id, person(1))
    before = len(await desk.readings())

    await desk.entry("show_entry", entry.id, by=AUDITOR)
    await desk.call("list_entries", by=OTTO)
    await desk.call("show_photo", {"entry": entry.id, "position": 0}, by=ANA)
    await desk.call("show_history", {"entry": entry.id}, by=ANA)

    assert (await desk.readings())[before:] == [
        ("dana.ito", "entry.read", str(entry.id), ""),
        ("otto.brandt", "entries.listed", "", ""),
        ("ana.ruiz", "photo.read", str(entry.id), ""),
        ("ana.ruiz", "entry.history_read", str(entry.id), ""),
    ]


async def test_an_entry_whose_key_is_gone_does_not_hide_the_list(desk: Desk) -> None:
    lost, kept = await desk.draft({"label": "lost"}), await desk.draft({"label": "kept"})
    del desk.keyring.keys[lost.id]

    page = EntryPage.model_validate_json((await desk.call("list_entries")).body)

    assert {row.id: row.label for row in page.entries} == {lost.id: "", kept.id: "kept"}
    assert [row.id for row in (await searched(desk, sort="label")).entries] == [kept.id, lost.id]
    await refused(desk.entry("show_entry", lost.id), 503, "the entry's key is not here")


async def test_a_guard_is_told_whom_the_list_is_for(desk: Desk) -> None:
    await refused(desk.draft(by=GUARD), 403, "not for a guard; it takes: administrator or supervisor")


# -- whose account is disabled --


async def test_what_a_disabled_account_approved_goes_on_matching(desk: Desk) -> None:
    entry = await desk.active(person(1))
    assert entry.approver == ANA.name

    await desk.fetch("SELECT accounts.disable($1, 'phone is stolen', true)", ANA.name)

    await refused(desk.entry("show_entry", entry.id, by=ANA), 401, "sign in again")
    seen = await desk.entry("show_entry", entry.id, by=LI)
    assert (seen.state, seen.approver) == ("active", ANA.name)
    for act, state in (("suspend_entry", "suspended"), ("resume_entry", "active")):
        assert (await desk.entry(act, entry.id, by=LI, body=WHY)).state == state
