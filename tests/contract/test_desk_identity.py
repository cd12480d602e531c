"""Identity numbers and incident cards at the desk: who may read them, for what, and what that leaves behind (S10)."""

import json
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from proto.wardwatch.v1.entries import Cards, EntryPage, EntryView, IdentityRevealed
from services.watchlist.rules.holder import Holder
from tests import servers
from tests.contract.desks import ANA, AUDITOR, GUARD, LI, NUMBER, OTTO, Desk, opened, person, refused

WHY = {"reason": "the police ask"}


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with opened(database) as desk:
        yield desk


async def incident(desk: Desk, entry: UUID, *, confirmed: bool) -> UUID:
    """An incident of *entry*, as the alerts service records one."""
    incident_id = uuid4()
    await desk.fetch(
        "INSERT INTO alerts.incident (id, entry_id, site, raised_at, first_seen_at, last_seen_at, quiet_until,"
        " last_camera, cameras, sightings, strong, reviewers, announced_at)"
        " VALUES ($1, $2, $3, now(), now(), now(), now() + interval '5 minutes', 'gate', '{gate}', 1, true, 1, now())",
        incident_id,
        entry,
        str(incident_id),
    )
    if confirmed:
        await desk.fetch(
            "INSERT INTO alerts.review (incident_id, account_id, verdict, at) VALUES ($1, $2, 'same', now())",
            incident_id,
            LI.account_id,
        )
        await desk.fetch(
            "UPDATE alerts.incident SET outcome = 'confirmed', decided_at = now() WHERE id = $1", incident_id
        )
    return incident_id


async def listed(desk: Desk) -> EntryView:
    return await desk.active(person(1), {"identity_number": NUMBER})


async def test_an_administrator_reads_a_number_for_a_reason(desk: Desk) -> None:
    entry = await listed(desk)

    answer = await desk.call("reveal_identity", {"entry": entry.id}, by=ANA, body=WHY)

    assert IdentityRevealed.model_validate_json(answer.body).number == NUMBER
    assert (await desk.readings())[-1] == ("ana.ruiz", "identity.revealed", str(entry.id), "the police ask")
    await refused(desk.call("reveal_identity", {"entry": entry.id}, by=ANA, body={"reason": " \t "}), 422, "reason")


async def test_a_supervisor_needs_a_confirmed_alert_of_this_very_entry(desk: Desk) -> None:
    entry, other = await listed(desk), await desk.active(person(2))
    wrong = [None, uuid4(), await incident(desk, entry.id, confirmed=False)]
    wrong.append(await incident(desk, other.id, confirmed=True))
    for each in wrong:
        body = {**WHY, "incident": each}
        await refused(desk.call("reveal_identity", {"entry": entry.id}, by=OTTO, body=body), 403, "confirmed alert")

    body = {**WHY, "incident": await incident(desk, entry.id, confirmed=True)}
    answer = await desk.call("reveal_identity", {"entry": entry.id}, by=OTTO, body=body)

    assert IdentityRevealed.model_validate_json(answer.body).number == NUMBER
    assert [action for _, action, _, _ in await desk.readings() if action.startswith("identity")] == [
        *["identity.refused"] * 4,
        "identity.revealed",
    ]


@pytest.mark.parametrize("by", [AUDITOR, GUARD])
async def test_nobody_else_reads_or_looks_for_a_number(desk: Desk, by: Holder) -> None:
    entry = await listed(desk)

    await refused(desk.call("reveal_identity", {"entry": entry.id}, by=by, body=WHY), 403, "not for")
    await refused(desk.call("find_identity", by=by, body={"number": NUMBER}), 403, "not for")


@pytest.mark.parametrize(("number", "shown"), [("1234", "34"), ("A12345", "345"), ("G1234567", "4567")])
async def test_never_more_than_half_of_a_number_is_shown(desk: Desk, number: str, shown: str) -> None:
    entry = await desk.draft({"identity_number": number})

    assert entry.identity_last_four == shown


async def test_an_entry_without_a_number_has_none_to_read(desk: Desk) -> None:
    entry = await desk.draft()

    await refused(desk.call("reveal_identity", {"entry": entry.id}, by=ANA, body=WHY), 404, "no identity number")


@pytest.mark.parametrize("written", [NUMBER, NUMBER.lower(), "110105 19491231 002X", "110105-19491231-002x"])
async def test_entries_are_found_by_number_however_it_is_written(desk: Desk, written: str) -> None:
    entry = await listed(desk)
    await desk.draft({"identity_number": "PASS 77 11"})

    answer = await desk.call("find_identity", body={"number": written})

    assert [row.id for row in EntryPage.model_validate_json(answer.body).entries] == [entry.id]
    assert (await desk.readings())[-1][:2] == ("li.wei", "identity.searched")


async def test_a_search_that_finds_nobody_is_noted_as_well(desk: Desk) -> None:
    answer = await desk.call("find_identity", body={"number": "PASS-7711"})

    assert EntryPage.model_validate_json(answer.body) == EntryPage(entries=[], next=None)
    assert (await desk.readings())[-1][:2] == ("li.wei", "identity.searched")


async def test_a_guard_reads_the_labels_of_seen_people_only(desk: Desk) -> None:
    seen, unseen = await listed(desk), await desk.active(person(2))
    first, second = await incident(desk, seen.id, confirmed=False), await incident(desk, unseen.id, confirmed=False)
    entries = [seen.id, unseen.id, uuid4()]
    third = await desk.active(person(3))

    one = await desk.call("cards", by=GUARD, body={"entries": entries, "incident": first})
    every = await desk.call("cards", by=GUARD, body={"entries": [*entries, third.id]})

    assert Cards.model_validate_json(one.body).labels == {seen.id: "Visitor with a knife"}
    assert Cards.model_validate_json(every.body).labels.keys() == {seen.id, unseen.id}
    assert (await desk.readings())[-2:] == [
        ("guard.1", "card.read", str(first), ""),
        ("guard.1", "card.read", "", ""),
    ]
    assert second != first


async def test_a_card_picture_needs_the_incident_it_is_for(desk: Desk) -> None:
    seen, other = await listed(desk), await desk.active(person(2))
    raised = await incident(desk, seen.id, confirmed=False)

    shown = await desk.call("card_picture", {"entry": seen.id, "incident": raised}, by=GUARD)

    assert shown.attachment.startswith(b"face of")
    assert (await desk.readings())[-1] == ("guard.1", "card.picture_read", str(raised), "")
    await refused(desk.call("card_picture", {"entry": other.id, "incident": raised}, by=GUARD), 404, "no enrolled face")
    await refused(desk.call("card_picture", {"entry": seen.id}, by=GUARD), 404, "no incident")


async def test_what_cannot_be_opened_is_left_out_of_the_labels(desk: Desk) -> None:
    seen = await listed(desk)
    await incident(desk, seen.id, confirmed=False)
    del desk.keyring.keys[seen.id]

    answer = await desk.call("cards", by=GUARD, body={"entries": [seen.id]})

    assert Cards.model_validate_json(answer.body).labels == {}


async def test_nothing_of_an_erased_entry_is_shown_beside_its_incident(desk: Desk) -> None:
    seen = await listed(desk)
    raised = await incident(desk, seen.id, confirmed=True)
    await desk.call("erase_entry", {"entry": seen.id}, body=WHY)

    answer = await desk.call("cards", by=GUARD, body={"entries": [seen.id]})

    assert Cards.model_validate_json(answer.body).labels == {}
    await refused(desk.call("card_picture", {"entry": seen.id, "incident": raised}, by=GUARD), 404, "no enrolled face")


async def test_beside_an_incident_of_another_site_nothing_is_shown(desk: Desk) -> None:
    seen = await listed(desk)
    raised, other = [await incident(desk, seen.id, confirmed=False) for _ in range(2)]
    asked = {"entries": [seen.id], "incident": raised}

    # The sites of these incidents are called as they are.
    await desk.fetch("UPDATE accounts.account SET sites = ARRAY[$2] WHERE id = $1", GUARD.account_id, str(other))
    hidden = await desk.call("cards", by=GUARD, body=asked)
    await refused(desk.call("card_picture", {"entry": seen.id, "incident": raised}, by=GUARD), 404, "no enrolled face")
    shown = await desk.call("cards", by=GUARD, body={**asked, "incident": other})

    assert json.loads(hidden.body) == {"labels": {}}
    assert list(json.loads(shown.body)["labels"]) == [str(seen.id)]
    assert (await desk.call("card_picture", {"entry": seen.id, "incident": other}, by=GUARD)).attachment


@pytest.mark.parametrize(
    ("operation", "target"),
    [
        pytest.param("show_photo", {"position": 0}, id="an enrolled face"),
        pytest.param("card_picture", {"incident": None}, id="the face of an incident"),
        pytest.param("reveal_identity", {}, id="a number"),
    ],
)
async def test_who_has_looked_at_very_much_waits_and_the_auditor_is_told(
    desk: Desk, operation: str, target: dict[str, object]
) -> None:
    seen = await listed(desk)
    if "incident" in target:
        target = {"incident": await incident(desk, seen.id, confirmed=False)}
    body = WHY if operation == "reveal_identity" else None
    await desk.call(operation, {"entry": seen.id, **target}, by=ANA, body=body)
    before = await desk.readings()
    # As after 120 faces within a moment that has not passed yet.
    await desk.fetch("UPDATE audit.reading SET credit = -1000 WHERE account_id = $1", ANA.account_id)

    await refused(desk.call(operation, {"entry": seen.id, **target}, by=ANA, body=body), 429, "Many faces")

    assert await desk.readings() == before
    slowed = await desk.fetch("SELECT actor_name FROM audit.event WHERE action = 'reading.slowed'")
    assert [row["actor_name"] for row in slowed] == ["ana.ruiz"]
