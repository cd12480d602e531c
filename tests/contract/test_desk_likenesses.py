"""Look-alikes at the desk: found wherever the other entry stands, decided on by a person, and what that costs both."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import pytest

from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import Vector
from services.chassis.errors import Refusal
from services.watchlist.rules.likeness import Similarities
from tests import servers
from tests.contract.desks import ANA, LI, NUMBER, OTTO, Desk, opened, person, refused

SAME = {"decision": "same_person", "reason": "two decisions about one man"}
DIFFERENT = {"decision": "different_people", "reason": "twins"}
WHY = {"reason": "charges dropped"}


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with opened(database) as desk:
        yield desk


def between(one: int, two: int, *, cosine: float, other: float) -> Vector:
    """The face of somebody who resembles two people, the one by *cosine* and the other by *other*."""
    first, across = person(one), person(two) - (person(two) @ person(one)) * person(one)
    second = across / np.linalg.norm(across)
    beyond = (other - cosine * float(person(two) @ first)) / float(person(two) @ second)
    own = person(98) - (person(98) @ first) * first
    own -= (own @ second) * second
    rest = np.sqrt(1 - cosine**2 - beyond**2) * own / np.linalg.norm(own)
    vector: Vector = (cosine * first + beyond * second + rest).astype(np.float32)
    return vector


async def resembling(desk: Desk, other: int, *, cosine: float = 0.6, number: str | None = None) -> UUID:
    """A draft of person 99, who looks like *other*."""
    entry = await desk.draft({"label": "newcomer", "identity_number": number}, by=OTTO)
    await desk.photograph(entry.id, person(99, like=other, cosine=cosine), by=OTTO)
    return entry.id


async def test_somebody_who_looks_like_a_listed_person_must_be_decided_on_first(desk: Desk) -> None:
    listed = await desk.active(person(1))
    await desk.fetch("UPDATE watchlist.entry SET changed_at = now() - interval '1 day', revision = revision + 1")
    entry = await resembling(desk, 1)

    await refused(desk.entry("submit_entry", entry, by=OTTO), 409, f"{listed.id} .probably the same person.")
    (found,) = (await desk.entry("show_entry", entry)).likenesses
    decided = await desk.entry("decide_likeness", entry, {"other": listed.id}, body=SAME)
    submitted = await desk.entry("submit_entry", entry, by=OTTO)

    assert (found.other, found.label, found.state) == (listed.id, "Visitor with a knife", "active")
    assert (found.strength, found.decision) == ("probably_same", None)
    assert (decided.likenesses[0].decision, decided.likenesses[0].decided_by) == ("same_person", "li.wei")
    assert submitted.state == "pending"


@pytest.mark.parametrize("step", ["draft", "pending", "active", "suspended", "expired"])
async def test_a_living_entry_is_resembled_wherever_it_stands(desk: Desk, step: str) -> None:
    if step == "draft":
        other = await desk.draft()
        await desk.photograph(other.id, person(1))
    elif step == "pending":
        other = await desk.pending(person(1))
    else:
        other = await desk.active(person(1))
        desk.index.replace(EntryId(str(other.id)), 99, [])  # the matcher that is asked does not hold it
    if step == "suspended":
        await desk.entry("suspend_entry", other.id, body=WHY)
    if step == "expired":
        await desk.fetch(
            "UPDATE watchlist.entry SET state = 'expired', revision = revision + 1 WHERE id = $1", other.id
        )
    entry = await resembling(desk, 1, cosine=0.48)

    await refused(desk.entry("submit_entry", entry), 409, f"{other.id} .alike.")


async def test_nobody_resembles_an_entry_that_has_ended_or_somebody_else(desk: Desk) -> None:
    ended = await desk.active(person(1))
    await desk.entry("revoke_entry", ended.id, body=WHY)
    await desk.active(person(2))
    entry = await resembling(desk, 1, cosine=0.9)

    assert (await desk.entry("submit_entry", entry)).likenesses == []


async def test_two_different_people_both_need_more_to_match(desk: Desk) -> None:
    active, pending = await desk.active(person(1)), await desk.pending(person(2))
    entry = await desk.draft({"label": "newcomer"})
    face = between(1, 2, cosine=0.55, other=0.68)
    await desk.photograph(entry.id, face)
    with pytest.raises(Refusal):
        await desk.entry("submit_entry", entry.id)

    for other in (active, pending):
        await desk.entry("decide_likeness", entry.id, {"other": other.id}, by=ANA, body=DIFFERENT)
    await desk.entry("submit_entry", entry.id)
    await desk.approve(entry.id, by=OTTO)
    await desk.approve(pending.id, by=OTTO)

    rows = await desk.fetch("SELECT id, state, min_similarity FROM watchlist.entry")
    assert {row["id"]: (row["state"], round(row["min_similarity"], 2)) for row in rows} == {
        active.id: ("active", 0.60),
        pending.id: ("active", 0.70),
        entry.id: ("active", 0.70),
    }
    after = await desk.entry("show_entry", active.id)
    assert (after.revision, after.changed_by, after.reason) == (active.revision + 1, "ana.ruiz", "twins")
    assert [(each.other, each.decision) for each in after.likenesses] == [(entry.id, "different_people")]


async def test_a_decision_is_made_once_and_by_saying_it_again_stays(desk: Desk) -> None:
    listed = await desk.active(person(1))
    entry = await resembling(desk, 1)
    other = {"other": listed.id}
    await refused(desk.entry("decide_likeness", entry, other, body=SAME), 404, "put the entry forward to look")
    with pytest.raises(Refusal):
        await desk.entry("submit_entry", entry)

    first = await desk.entry("decide_likeness", entry, other, body=DIFFERENT)
    again = await desk.entry("decide_likeness", entry, other, body=DIFFERENT)

    assert first.revision == again.revision
    await refused(desk.entry("decide_likeness", entry, other, by=ANA, body=SAME), 409, "li.wei has decided")


async def test_a_decided_pair_is_not_asked_about_from_the_other_side(desk: Desk) -> None:
    first, second = await resembling(desk, 1, cosine=0.9), await resembling(desk, 1, cosine=0.9)
    with pytest.raises(Refusal):
        await desk.entry("submit_entry", first)
    await desk.entry("decide_likeness", first, {"other": second}, body=DIFFERENT)
    await desk.entry("submit_entry", first)

    submitted = await desk.entry("submit_entry", second)

    assert [(each.other, each.decision) for each in submitted.likenesses] == [(first, "different_people")]


async def test_what_was_asked_from_both_sides_is_decided_on_once(desk: Desk) -> None:
    first, second = await resembling(desk, 1, cosine=0.9), await resembling(desk, 1, cosine=0.9)
    for entry in (first, second):
        with pytest.raises(Refusal):
            await desk.entry("submit_entry", entry)

    await desk.entry("decide_likeness", first, {"other": second}, body=DIFFERENT)
    seen = await desk.entry("show_entry", second)

    assert [(each.other, each.decision) for each in seen.likenesses] == [(first, "different_people")]
    await refused(desk.entry("decide_likeness", second, {"other": first}, body=SAME), 404, "no likeness")
    assert (await desk.entry("submit_entry", second)).state == "pending"


async def test_an_equal_identity_number_is_a_likeness_too(desk: Desk) -> None:
    listed = await desk.active(person(1), {"identity_number": NUMBER})
    entry = await resembling(desk, 50, number="11010519491231 002x")

    await refused(desk.entry("submit_entry", entry), 409, f"{listed.id} .probably the same person.")


@dataclass
class Interrupted:
    """An index during whose first search something else happens."""

    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def above(self, vectors: Sequence[Vector], similarity: float) -> list[Similarities]:
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            await happens()
        return [{} for _ in vectors]


async def test_a_photo_that_came_while_faces_were_compared_is_compared_too(database: servers.Database) -> None:
    index = Interrupted()
    async with opened(database, listed=index) as desk:
        await desk.active(person(1))
        entry = await desk.draft()
        await desk.photograph(entry.id, person(99, like=1, cosine=0.44))
        index.meanwhile = lambda: desk.photograph(entry.id, person(98, like=1, cosine=0.95), {"position": 1})

        await refused(desk.entry("submit_entry", entry.id), 409, "changed meanwhile")
        await refused(desk.entry("submit_entry", entry.id), 409, "resembles others")


async def test_an_entry_whose_own_vectors_cannot_be_opened_is_not_put_forward(desk: Desk) -> None:
    entry = await desk.draft(by=LI)
    await desk.photograph(entry.id, person(1))
    del desk.keyring.keys[entry.id]

    await refused(desk.entry("submit_entry", entry.id), 503, "key is not here")
