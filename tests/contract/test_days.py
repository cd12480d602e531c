"""A last day and a photo's day, by every way in and every way out of the desk, in hospitals around the world."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from proto.wardwatch.v1.entries import Categories, EntryPage, EntryView
from proto.wardwatch.v1.imports import BatchView
from proto.wardwatch.v1.policy import Reviews
from services.watchlist.rules.days import Days
from tests import servers
from tests.contract import desks
from tests.contract.desks import ANA, NUMBER, OTTO, Desk, person
from tests.contract.test_imports import begun, people, photo

ZONES = ("Asia/Shanghai", "America/St_Johns", "Pacific/Kiritimati", "Etc/GMT+12")
TAKEN = date(2026, 5, 2)


async def read_everywhere(desk: Desk, entry: object) -> tuple[set[date], set[date | None]]:
    """All last days and all days of photos that the desk's answers contain."""
    view = EntryView.model_validate_json((await desk.call("show_entry", {"entry": entry})).body)
    rows = [
        *EntryPage.model_validate_json((await desk.call("list_entries")).body).entries,
        *EntryPage.model_validate_json((await desk.call("find_identity", body={"number": NUMBER})).body).entries,
    ]
    days = {view.last_day, *(row.last_day for row in rows if row.id == view.id)}
    reviews = Reviews.model_validate_json((await desk.call("list_reviews")).body).reviews
    days |= {row.last_day for row in reviews if row.entry == view.id}
    return days, {each.taken_on for each in view.photo_list}


@pytest.mark.parametrize("zone", ZONES)
async def test_the_day_that_is_typed_is_read_everywhere(database: servers.Database, zone: str) -> None:
    days = Days(ZoneInfo(zone))
    async with desks.opened(database, days=days) as desk:
        until = days.of(datetime.now(UTC)) + timedelta(days=20)
        entry = await desk.draft({"last_day": f"{until}", "identity_number": NUMBER})
        await desk.photograph(entry.id, person(1), {"taken": f"{TAKEN}"})
        await desk.entry("submit_entry", entry.id)
        await desk.approve(entry.id)

        assert await read_everywhere(desk, entry.id) == ({until}, {TAKEN})

        later = until + timedelta(days=1)
        requested = await desk.entry(
            "renew_entry", entry.id, by=OTTO, body={"last_day": f"{later}", "reason": "still barred"}
        )
        assert requested.renewal is not None
        assert requested.renewal.last_day == later
        await desk.approve(entry.id, by=ANA)
        assert await read_everywhere(desk, entry.id) == ({later}, {TAKEN})


@pytest.mark.parametrize("zone", ZONES)
async def test_a_day_in_people_csv_or_of_the_whole_import_is_read_everywhere(
    database: servers.Database, zone: str
) -> None:
    days = Days(ZoneInfo(zone))
    async with desks.opened(database, days=days) as desk:
        until = days.of(datetime.now(UTC)) + timedelta(days=20)
        everybody = until + timedelta(days=1)
        batch = await begun(desk, {"last_day": f"{everybody}"})
        await people(desk, batch, f"external_id,expires_on,taken_on\n1,{until},{TAKEN}\n2,,\n")
        own, other = [await photo(desk, batch, f"{name}.jpg", person(name)) for name in (1, 2)]

        view = BatchView.model_validate_json((await desk.call("show_import", {"import": batch})).body)
        assert view.last_day == everybody
        assert await read_everywhere(desk, own.entry) == ({until}, {TAKEN})
        assert await read_everywhere(desk, other.entry) == ({everybody}, {None})


@pytest.mark.parametrize("zone", ZONES)
async def test_the_last_day_that_is_offered_can_be_put_forward(database: servers.Database, zone: str) -> None:
    async with desks.opened(database, days=Days(ZoneInfo(zone))) as desk:
        grounds = Categories.model_validate_json((await desk.call("list_categories")).body).categories

        for ground in grounds:
            latest = await desk.draft({"category": ground.code, "last_day": f"{ground.latest_last_day}"})
            usual = await desk.draft({"category": ground.code})
            assert (latest.last_day, usual.last_day) == (ground.latest_last_day, ground.usual_last_day)


# At any hour, one of these two zones is on another day than UTC.
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
async def test_a_photo_may_be_of_today_in_the_hospital_and_not_later(database: servers.Database, zone: str) -> None:
    days = Days(ZoneInfo(zone))
    async with desks.opened(database, days=days) as desk:
        entry = await desk.draft()
        today = days.of(datetime.now(UTC))
        await desk.photograph(entry.id, person(1), {"taken": f"{today}"})
        # Midnight may pass between the two looks at the clock.
        ahead = desk.photograph(entry.id, person(1), {"position": 1, "taken": f"{today + timedelta(days=2)}"})
        await desks.refused(ahead, 422, "not taken yet")


async def test_an_import_of_a_moment_shows_its_day(database: servers.Database) -> None:
    async with desks.opened(database, days=Days(ZoneInfo("Asia/Shanghai"))) as desk:
        batch = await begun(desk, {"expires_at": "2028-06-30T16:00:00Z"})

        view = BatchView.model_validate_json((await desk.call("show_import", {"import": batch})).body)

        assert view.last_day == date(2028, 6, 30)
