"""An incident shows the enrolled photo that matched, not just any photo of the person."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from tests import servers
from tests.contract.desks import GUARD, Desk, opened, person
from tests.contract.test_false_alerts import alert, photo_of

FILES = [b"front", b"left", b"right"]


@pytest.fixture
async def desk(database: servers.Database) -> AsyncIterator[Desk]:
    async with opened(database) as desk:
        yield desk


async def photographed(desk: Desk) -> UUID:
    """Somebody on the list with three photos."""
    entry = await desk.draft()
    for position, file in enumerate(FILES):
        await desk.photograph(entry.id, person(1), {"position": position}, file=file)
    await desk.entry("submit_entry", entry.id)
    return (await desk.approve(entry.id)).id


async def also_seen(desk: Desk, incident: UUID, photo: UUID, similarity: float) -> None:
    """Another face of the incident, nearest to *photo*."""
    await desk.fetch(
        "INSERT INTO alerts.sighting SELECT (jsonb_populate_record(s, jsonb_build_object('sighting_id', $1::text,"
        " 'photo_id', $2::text, 'similarity', $3::real))).* FROM alerts.sighting AS s WHERE s.incident_id = $4 LIMIT 1",
        str(uuid4()),
        str(photo),
        similarity,
        incident,
    )


async def card_picture(desk: Desk, entry: UUID, incident: UUID) -> bytes:
    answer = await desk.call("card_picture", {"entry": entry, "incident": incident}, by=GUARD)
    return answer.attachment.removeprefix(b"face of ")


@pytest.mark.parametrize("position", [0, 1, 2])
async def test_the_photo_that_matched_is_shown(desk: Desk, position: int) -> None:
    entry = await photographed(desk)
    incident = await alert(desk, entry, await photo_of(desk, entry, position))

    assert await card_picture(desk, entry, incident) == FILES[position]

    note = await desk.fetch("SELECT details FROM audit.event WHERE action = 'card.picture_read'")
    assert [f'"position": {position}' in row["details"] for row in note] == [True]


async def test_of_several_that_matched_the_one_nearest_to_most_faces_is_shown(desk: Desk) -> None:
    entry = await photographed(desk)
    left, right = await photo_of(desk, entry, 1), await photo_of(desk, entry, 2)
    incident = await alert(desk, entry, left)
    await also_seen(desk, incident, right, 0.9)
    tied = await card_picture(desk, entry, incident)

    await also_seen(desk, incident, left, 0.6)

    assert (tied, await card_picture(desk, entry, incident)) == (FILES[2], FILES[1])


@pytest.mark.parametrize("photo", [None, uuid4()], ids=["none named", "gone"])
async def test_without_the_one_that_matched_the_first_is_shown(desk: Desk, photo: UUID | None) -> None:
    entry = await photographed(desk)

    assert await card_picture(desk, entry, await alert(desk, entry, photo)) == FILES[0]


async def test_what_matched_in_another_incident_does_not_count(desk: Desk) -> None:
    entry = await photographed(desk)
    await alert(desk, entry, await photo_of(desk, entry, 2))
    incident = await alert(desk, entry, await photo_of(desk, entry, 1))

    assert await card_picture(desk, entry, incident) == FILES[1]
