"""Who was judged not to be a listed person rings no more, and leaves nothing but that (safeguards S6 and S8)."""

from contextlib import AsyncExitStack
from functools import partial
from itertools import count
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import numpy as np
import pytest
from nats.js.errors import NotFoundError

from access import grants
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.values import Look, Vector, vector_to
from tests.contract.record import vector
from tests.fakes import eventually
from tests.live import alerts_client as live
from tests.live.hospital import Hospital
from tests.live.processes import Service
from tests.reviewers import one_reviewer

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]

LISTED, TRACKS = 1, count(1)
_TABLES = """
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm')
"""


def look_alike(person: int) -> Vector:
    """Somebody whose cosine to the listed person is 0.70, and 0.49 or so to another one's."""
    listed, other = vector(LISTED), vector(person)
    other = other - np.dot(other, listed) * listed
    mixed: Vector = (0.7 * listed + np.sqrt(0.51) * other / np.linalg.norm(other)).astype(np.float32)
    return mixed / np.float32(np.linalg.norm(mixed))


async def walk(hospital: Hospital, seen: Vector, *, site: str, picture: bytes) -> None:
    """Somebody is looked at three times by a camera."""
    track = str(UUID(int=next(TRACKS)))
    for number in (1, 2, 3):
        await hospital.show_face(seen, site=site, look=Look(track, number, 1), picture=picture)


async def open_incident(http: aiohttp.ClientSession, site: str) -> str | None:
    async with http.get("/api/v1/incidents?open=true") as reply:
        found = (await reply.json())["incidents"]
    return next((str(each["id"]) for each in found if each["site"] == site), None)


async def raised(hospital: Hospital, http: aiohttp.ClientSession, seen: Vector, site: str, picture: bytes) -> str:
    """Whom people are told of when somebody walks past."""
    await walk(hospital, seen, site=site, picture=picture)

    async def told() -> bool:
        return await open_incident(http, site) is not None

    await eventually(told, within_seconds=20)
    incident = await open_incident(http, site)
    assert incident is not None
    return incident


async def judge(http: aiohttp.ClientSession, incident: str, verdict: str) -> None:
    async with http.post(f"/api/v1/incidents/{incident}/verdict", json={"verdict": verdict}) as reply:
        assert reply.status == 200, await reply.text()


async def found(hospital: Hospital, *sought: bytes) -> set[str]:
    """The tables and streams that hold any of *sought*."""
    connection = await asyncpg.connect(hospital.database.superuser)
    where = set[str]()
    try:
        for table in await connection.fetch(_TABLES):
            for row in await connection.fetch(f"SELECT t::text AS text FROM {table['name']} AS t"):  # noqa: S608
                if any(part.hex() in row["text"] or part.decode("latin-1") in row["text"] for part in sought):
                    where.add(table["name"])
    finally:
        await connection.close()
    operator = await hospital.bus(grants.OPERATOR)
    for stream in subjects.STREAMS:
        state = (await operator.stream.stream_info(stream.name)).state
        for sequence in range(max(1, state.first_seq), state.last_seq + 1):
            try:
                message = await operator.stream.get_msg(stream.name, sequence)
            except NotFoundError:
                continue
            if any(part in (message.data or b"") for part in sought):
                where.add(stream.name)
    return where


async def no_key_is_left(hospital: Hospital) -> bool:
    """Whether no face of an alert can be opened any more, whoever has a copy of it."""
    operator = await hospital.bus(grants.OPERATOR)
    return await operator.count_of(subjects.CROPS_STREAM.name) == 0


async def shielded(*matchers: Service, pairs: int) -> bool:
    return all([await matcher.metric("wardwatch_shielded_pairs") == pairs for matcher in matchers])


async def test_a_judged_visitor_rings_no_more_a_second_suspends_the_photo(hospital: Hospital) -> None:
    entry = await (await hospital.record()).active()
    code = await live.invite(hospital.database, "li", "guard")
    first, second = look_alike(2), look_alike(3)
    crop = b"crop of " + uuid4().hex.encode()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(hospital.watchlist())
        matchers = [await stack.enter_async_context(hospital.matcher(name)) for name in ("m1", "m2")]
        await one_reviewer(hospital.database.superuser)
        service = await stack.enter_async_context(hospital.alerts(SITES="h1,h2"))
        guard = await stack.enter_async_context(live.signed_in(service, code))
        for matcher in matchers:
            await matcher.can_match(1)

        # Somebody is taken for the listed person, and people see that it is somebody else.
        incident = await raised(hospital, guard, first, "h1", crop)
        owner = await hospital.owner()

        async def is_recorded() -> bool:
            looks = await owner.fetchval("SELECT count(*) FROM alerts.sighting")
            return bool(looks == 3) and await found(hospital, crop) == set()

        # Their face can be seen, and is nowhere as it is.
        await eventually(is_recorded)
        async with guard.get(f"/api/v1/incidents/{incident}/pictures/camera") as reply:
            assert await reply.read() == crop
        await judge(guard, incident, "not_same")

        # Nothing of them is left in the record or on a stream, and every matcher knows them.
        assert await found(hospital, crop, vector_to(first)[:32]) == set()
        await eventually(partial(no_key_is_left, hospital), within_seconds=20)
        await eventually(partial(shielded, *matchers, pairs=1))
        await walk(hospital, first, site="h1", picture=crop)

        async def is_held_back() -> bool:
            return sum([await m.metric("wardwatch_sightings_shielded_total") for m in matchers]) == 3

        await eventually(is_held_back)
        assert await open_incident(guard, "h1") is None
        assert await found(hospital, crop) == set()

        # The listed person rings there all the same.
        judged = await raised(hospital, guard, vector(LISTED), "h1", b"another crop")
        await judge(guard, judged, "same")

        # A second visitor who is judged wrong suspends the photo, and with it goes what was on the shield.
        await judge(guard, await raised(hospital, guard, second, "h2", crop), "not_same")

        async def is_suspended() -> bool:
            state = await owner.fetchval("SELECT state FROM watchlist.entry WHERE id = $1", entry)
            return bool(state == "suspended")

        await eventually(is_suspended)
        await eventually(partial(shielded, *matchers, pairs=0), within_seconds=20)

        async def is_nowhere() -> bool:
            return await found(hospital, crop, vector_to(first)[:32], vector_to(second)[:32]) == set()

        await eventually(is_nowhere)
        for matcher in matchers:
            assert incident not in "".join(matcher.lines)
            assert not any(str(UUID(int=number)) in line for number in range(1, 4) for line in matcher.lines)
