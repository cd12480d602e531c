"""A database whose clock is days ahead below a running service: nothing is deleted, and readiness says why."""

from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from access import grants
from proto.wardwatch.v1 import subjects
from tests.contract import clock
from tests.fakes import eventually
from tests.live import processes
from tests.live.hospital import Hospital
from tests.sightings import sighted

pytestmark = [pytest.mark.live, pytest.mark.timeout(90)]

_STANDING = """
    select (select count(*) from alerts.incident where outcome is null) as undecided,
        (select count(picture) from alerts.sighting) as pictures,
        (select count(*) from accounts.session where ended_at is null) as sessions
"""


async def clock_reason(service: processes.Alerts) -> str:
    """What readiness says of the clock."""
    async with aiohttp.ClientSession() as http, http.get(f"{service.telemetry}/readyz") as reply:
        reasons: dict[str, str] = (await reply.json()).get("reasons", {})
    return reasons.get("clock", "")


async def test_a_database_days_ahead_ends_nothing_and_readiness_says_why(hospital: Hospital) -> None:
    owner, bus = await hospital.owner(), await hospital.bus(grants.MATCHER_RECORD)
    await hospital.sign_in("li", "guard")
    entry = await (await hospital.record()).active(expires_at=datetime.now(UTC) + timedelta(days=2))
    seen = sighted(datetime.now(UTC), entry, similarity=0.9)

    async def standing() -> tuple[int, ...]:
        return tuple(await owner.fetchrow(_STANDING) or ())

    async def raised() -> bool:
        return await standing() == (1, 1, 1)

    async def refused() -> bool:
        return await clock_reason(alerts) == (
            "the database's clock is 4 days ahead of the broker's: nothing is deleted until they agree"
        )

    async with hospital.alerts(SWEEP_SECONDS="0.2") as alerts:
        await bus.publish_owed(subjects.sightings(seen.origin.place), seen.encode(), message_id=seen.sighting_id)
        await eventually(raised)
        await clock.set_clock(hospital.database.owner, timedelta(days=4))
        await eventually(refused, within_seconds=30)
        assert await standing() == (1, 1, 1)

        # It goes on by itself.
        await clock.set_clock(hospital.database.owner, timedelta(0))
        await eventually(lambda: processes.answers(alerts, 200), within_seconds=30)
