"""Somebody asks what is held about them: two people, consent, a pace, and no trace of whoever is not on the list."""

from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from proto.wardwatch.v1.access_requests import AccessAnswer, AccessRequest, AccessRequests
from proto.wardwatch.v1.values import Vector
from services.chassis.errors import Refusal
from services.watchlist.rules.holder import Holder
from tests import servers
from tests.contract import clock
from tests.contract.desks import ANA, AUDITOR, GUARD, LI, NUMBER, OTTO, Desk, opened, person


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with opened(database) as made:
        yield made


async def ask(desk: Desk, *, by: Holder = LI, kind: str = "photo", consent: str = "AR-2026/17") -> AccessRequest:
    answer = await desk.call("ask_access", by=by, body={"kind": kind, "asks": "self", "consent": consent})
    return AccessRequest.model_validate_json(answer.body)


async def approve(desk: Desk, number: int, *, by: Holder = ANA) -> AccessRequest:
    return AccessRequest.model_validate_json((await desk.call("approve_access", {"number": number}, by=by)).body)


async def look(desk: Desk, number: int, vector: Vector | None, *, by: Holder = LI) -> AccessAnswer:
    """Bring a photo whose face has *vector*; none shows no face."""
    photo = b"photo of a visitor " + uuid4().bytes
    if vector is not None:
        desk.assessor.faces[photo] = vector
    answer = await desk.call("answer_access", {"number": number}, by=by, attachment=photo)
    return AccessAnswer.model_validate_json(answer.body)


async def approved(desk: Desk, *, kind: str = "photo") -> int:
    number = (await ask(desk, kind=kind)).number
    await approve(desk, number)
    return number


async def steps(desk: Desk) -> list[tuple[str, str]]:
    rows = await desk.fetch("SELECT actor_name, action FROM audit.event WHERE action LIKE 'access.%' ORDER BY sequence")
    return [(row["actor_name"], row["action"]) for row in rows]


async def refused(code: int, work: Awaitable[object]) -> None:
    with pytest.raises(Refusal) as caught:
        await work
    assert caught.value.code == code


async def test_whoever_is_listed_is_told_so_and_a_stranger_that_nothing_is_held(desk: Desk) -> None:
    listed = await desk.active(person(1))
    ended = await desk.active(person(2))
    await desk.entry("revoke_entry", ended.id, body={"reason": "it is over"})
    waits = await desk.pending(person(3))

    for seen, held in ((1, [listed.id]), (2, [ended.id]), (3, [waits.id]), (4, [])):
        answer = await look(desk, await approved(desk), person(100 + seen, like=seen, cosine=0.7))
        assert [entry.id for entry in answer.entries] == held
        assert answer.request is not None
        assert (answer.request.state, answer.request.found) == ("answered", len(held))
        assert "similarity" not in answer.model_dump_json()


async def test_nothing_is_looked_for_before_another_keeper_has_approved(desk: Desk) -> None:
    number = (await ask(desk)).number

    await refused(409, look(desk, number, person(1)))
    await refused(409, approve(desk, number, by=LI))
    for nobody in (GUARD, AUDITOR):
        await refused(403, approve(desk, number, by=nobody))
    assert (await approve(desk, number)).state == "approved"
    # By the account that asked alone, by what it asked for, and once.
    await refused(409, look(desk, number, person(1), by=OTTO))
    await refused(409, desk.call("answer_access_number", {"number": number}, body={"number": NUMBER}))
    await look(desk, number, person(1))
    await refused(409, look(desk, number, person(1)))
    await refused(404, look(desk, 4711, person(1)))

    assert await steps(desk) == [
        ("li.wei", "access.asked"), ("ana.ruiz", "access.approved"), ("li.wei", "access.tried"),
        ("li.wei", "access.answered"),
    ]  # fmt: skip


async def test_a_photo_without_a_face_may_be_replaced_twice(desk: Desk) -> None:
    number = await approved(desk)

    for _ in range(2):
        answer = await look(desk, number, None)
        assert (answer.request, [finding.code for finding in answer.findings]) == (None, ["no_face"])
    assert (await look(desk, number, person(1))).request is not None

    other = await approved(desk)
    for _ in range(3):
        await look(desk, other, None)
    await refused(409, look(desk, other, person(1)))


async def test_an_approval_holds_for_half_an_hour_and_a_request_for_a_day(
    desk: Desk, database: servers.Database
) -> None:
    late, old = await approved(desk), (await ask(desk)).number
    await clock.set_clock(database.owner, timedelta(minutes=31))
    await refused(409, look(desk, late, person(1)))
    await clock.set_clock(database.owner, timedelta(hours=25))
    await refused(409, approve(desk, old))

    listed = AccessRequests.model_validate_json((await desk.call("list_access", by=AUDITOR)).body)
    assert {each.number: each.state for each in listed.requests} == {late: "lapsed", old: "lapsed"}
    assert listed.asked_within_30_days == 2


async def test_an_account_asks_five_times_a_day_and_the_fourth_is_told(desk: Desk, database: servers.Database) -> None:
    told = [(await ask(desk)).unusual for _ in range(5)]
    assert told == [False, False, False, True, True]
    await refused(409, ask(desk))

    for by in (ANA, OTTO):
        for _ in range(5):
            await ask(desk, by=by)
    # More than ten a day are told, whoever asks.
    unusual = await desk.fetch("SELECT actor_name FROM audit.event WHERE action = 'access.unusual' ORDER BY sequence")
    assert [row["actor_name"] for row in unusual] == [
        "li.wei", "li.wei", "ana.ruiz", "ana.ruiz", *["otto.brandt"] * 5,
    ]  # fmt: skip
    await clock.set_clock(database.owner, timedelta(hours=25))
    assert not (await ask(desk)).unusual


async def test_a_hospital_answers_twenty_a_day(desk: Desk) -> None:
    await desk.fetch(
        "INSERT INTO watchlist.access_request (kind, asks, consent, asked_by_id, asked_by_name)"
        " SELECT 'photo', 'self', 'A-1', gen_random_uuid(), 'x' FROM generate_series(1, 20)"
    )

    await refused(409, ask(desk))


async def test_by_a_number_it_is_answered_without_a_photo(desk: Desk) -> None:
    listed = await desk.active(person(1), {"identity_number": NUMBER})

    for sought, held in ((NUMBER, [listed.id]), ("B7711", [])):
        number = await approved(desk, kind="number")
        answered = await desk.call("answer_access_number", {"number": number}, body={"number": sought})
        assert [entry.id for entry in AccessAnswer.model_validate_json(answered.body).entries] == held
    await refused(409, look(desk, await approved(desk, kind="number"), person(1)))


@pytest.mark.parametrize("consent", ["Marlo Quint", "AR 17", "刘明", NUMBER, "138 0013 8000", "13800138000", "", "x-1"])
async def test_a_form_is_a_number_and_no_name(desk: Desk, consent: str) -> None:
    await refused(422, ask(desk, consent=consent))


async def test_what_was_asked_and_answered_is_not_rewritten(desk: Desk) -> None:
    answered, open_ = await approved(desk), (await ask(desk)).number
    await look(desk, answered, person(1))
    for change in (
        f"asked_by_name = 'x' WHERE number = {open_}",
        f"consent = 'A-2' WHERE number = {open_}",
        f"found = 0 WHERE number = {answered}",
        f"approved_by_id = asked_by_id, approved_by_name = 'x', approved_at = now() WHERE number = {open_}",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await desk.fetch(f"UPDATE watchlist.access_request SET {change}")  # noqa: S608 - a constant
    await desk.call("withdraw_access", {"number": open_}, by=OTTO)
    await refused(409, approve(desk, open_))


async def test_no_table_holds_a_trace_of_the_photo_or_of_whom_it_resembled(desk: Desk) -> None:
    listed = await desk.active(person(1))
    number, seen = await approved(desk), person(101, like=1, cosine=0.7)
    before = await everything(desk)
    await look(desk, number, seen)
    await look(desk, await approved(desk), person(102))

    written = await everything(desk) - before
    assert any("AR-2026/17" in row for row in written)
    for row in written:
        assert seen.tobytes().hex() not in row
        assert b"photo of a visitor".hex() not in row
        assert b"face of ".hex() not in row
        assert str(listed.id) not in row


async def everything(desk: Desk) -> set[str]:
    """Every row of every table as text."""
    tables = await desk.fetch(
        "SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema)'"
    )
    rows = set[str]()
    for table in tables:
        rows |= {row["t"] for row in await desk.fetch(f"SELECT t::text FROM {table['name']} AS t")}  # noqa: S608
    return rows
