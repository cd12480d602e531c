"""A sighting on a real stream becomes a row in a real database and an event on an open page, exactly once."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.camera_states import CameraExpected
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.alerts.edge import views
from services.chassis.bus import Bus
from services.chassis.errors import Refusal, StartupError
from tests import servers
from tests.fakes import eventually
from tests.live import alerts_client as live
from tests.live import elsewhere, processes
from tests.live.hospital import Hospital

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
async def bus(hospital: Hospital) -> AsyncIterator[Bus]:
    async with live.publisher(hospital.nats) as connected:
        yield connected


async def count(database: servers.Database, table: str) -> int:
    connection = await asyncpg.connect(database.owner)
    try:
        return int(await connection.fetchval(f"select count(*) from {table}"))  # noqa: S608
    finally:
        await connection.close()


async def first_incident(http: aiohttp.ClientSession) -> dict[str, object]:
    async with http.get("/api/v1/incidents") as reply:
        found = (await reply.json())["incidents"]
    assert len(found) == 1
    one: dict[str, object] = found[0]
    return one


async def test_a_sighting_becomes_an_event_without_name_or_score(hospital: Hospital, bus: Bus) -> None:
    await live.enrol(hospital.database)
    code = await live.invite(hospital.database, "li", "guard")
    async with (
        hospital.alerts() as service,
        live.signed_in(service, code) as http,
    ):
        stream = live.events(http)
        assert (await anext(stream)).name == "state"

        await live.send(bus, live.sighting())
        event = await _next_incident(stream)

        assert (event.data["kind"], event.data["site"], event.data["camera"]) == ("raised", "h1", "gate")
        stages = event.data["stages"]
        assert isinstance(stages, dict)
        assert (stages["received_ms"], stages["detected_ms"]) == (4, 19)
        assert stages["recorded_ms"] >= stages["matched_ms"]
        seen = await first_incident(http)
        for hidden in (live.LABEL, "similarity", "score", "strong"):
            assert hidden not in str(event.data)
            assert hidden not in str(seen)
        assert seen["instruction"] == live.INSTRUCTION
        await stream.aclose()


async def test_redelivery_and_a_kill_double_nothing_and_lose_nothing(hospital: Hospital, bus: Bus) -> None:
    sightings = [live.sighting(camera=f"c{n}") for n in range(40)]
    for seen in sightings[:20]:
        await live.send(bus, seen)

    # A first service is cancelled while it works; what it had in hand is delivered again.
    doomed = asyncio.create_task(_run_and_wait(hospital))
    await eventually(lambda: _some(hospital.database))
    doomed.cancel()
    await asyncio.gather(doomed, return_exceptions=True)
    for seen in sightings[20:]:
        await live.send(bus, seen)
    for seen in sightings[:5]:  # beyond the broker's own memory of message ids
        await bus.publish_owed(subjects.sightings(seen.origin.place), seen.encode(), message_id=f"{seen.sighting_id}-b")

    async with hospital.alerts() as service:
        await eventually(lambda: _sightings_are(hospital.database, 40), within_seconds=45)
        await eventually(lambda: _recorded(service, "known", least=5), within_seconds=45)

    assert await count(hospital.database, "alerts.sighting") == 40
    assert await count(hospital.database, "alerts.incident") == 1


async def test_a_second_replica_tells_its_own_pages(hospital: Hospital, bus: Bus) -> None:
    code, other = (
        await live.invite(hospital.database, "li", "guard"),
        await live.invite(hospital.database, "ana", "guard"),
    )
    async with (
        hospital.alerts() as one,
        hospital.alerts() as two,
        live.signed_in(one, code) as li,
        live.signed_in(two, other) as ana,
    ):
        streams = [live.events(li), live.events(ana)]
        for stream in streams:
            await anext(stream)

        await live.send(bus, live.sighting())

        received = [await _next_incident(stream) for stream in streams]
        assert received[0].data == received[1].data
        for stream in streams:
            await stream.aclose()


async def test_a_page_that_was_away_resumes_where_it_was(hospital: Hospital, bus: Bus) -> None:
    code = await live.invite(hospital.database, "li", "guard")
    async with (
        hospital.alerts() as service,
        live.signed_in(service, code) as http,
    ):
        stream = live.events(http)
        await anext(stream)
        await live.send(bus, live.sighting())
        raised = await _next_incident(stream)
        await stream.aclose()
        await live.send(bus, live.sighting(camera="ward"))
        await eventually(lambda: _events_are(hospital.database, 2))

        resumed = live.events(http, last=raised.id)

        missed = await _next_incident(resumed)
        assert (missed.data["kind"], missed.data["camera"]) == ("updated", "ward")
        await resumed.aclose()


async def test_blind_reviews_and_scores_for_supervisors_only_afterwards(hospital: Hospital, bus: Bus) -> None:
    await live.enrol(hospital.database)
    codes = [
        await live.invite(hospital.database, name, role) for name, role in (("li", "guard"), ("ana", "supervisor"))
    ]
    async with (
        live.desk(hospital.nats, live.cards()) as desk,
        hospital.alerts() as service,
        live.signed_in(service, codes[0]) as li,
        live.signed_in(service, codes[1]) as ana,
    ):
        await live.send(bus, live.sighting())
        await eventually(lambda: _events_are(hospital.database, 1))
        path = f"/api/v1/incidents/{(await first_incident(li))['id']}"

        async with li.post(f"{path}/verdict", json={"verdict": "same"}) as reply:
            mine = await reply.json()
        theirs = await first_incident(ana)
        async with ana.get(f"{path}/details") as early:
            refused = early.status
        async with ana.post(f"{path}/verdict", json={"verdict": "same"}) as reply:
            confirmed = await reply.json()
        async with ana.get(f"{path}/details") as late, li.get(f"{path}/details") as guard:
            measured, denied = await late.json(), guard.status

        assert mine["disclosed"]["label"] == live.LABEL
        # Asked in the name of who may see it, and for nobody else.
        assert [f"Bearer {call.token}" for _, call in desk.calls] == [h.headers["Authorization"] for h in (li, ana)]
        assert await _readings(hospital.database) == [("ana", "incident.details_read", confirmed["id"])]
        assert (mine["outcome"], theirs["disclosed"], refused) == (None, None, 403)
        assert confirmed["outcome"] == "confirmed"
        assert measured["measurements"][0]["similarity"] == pytest.approx(0.71)
        assert denied == 403


async def test_pictures_need_a_session_and_are_never_cached(hospital: Hospital, bus: Bus) -> None:
    await live.enrol(hospital.database)
    code = await live.invite(hospital.database, "li", "guard")
    async with (
        live.desk(hospital.nats, live.cards()),
        hospital.alerts() as service,
        live.signed_in(service, code) as http,
        aiohttp.ClientSession(service.url) as stranger,
    ):
        await live.send(bus, live.sighting())
        await eventually(lambda: _events_are(hospital.database, 1))
        incident = (await first_incident(http))["id"]

        for which in ("watchlist", "camera"):
            address = f"/api/v1/incidents/{incident}/pictures/{which}"
            async with http.get(address) as reply, stranger.get(address) as refused:
                assert (reply.status, reply.headers["Cache-Control"]) == (200, "no-store")
                assert (await reply.read()).startswith(b"\xff\xd8")
                assert refused.status == 401
                assert refused.content_type == "application/problem+json"
        await first_incident(http)
        assert await _readings(hospital.database) == [("li", "incident.picture_read", incident)]


async def test_incidents_are_shown_without_label_while_the_desk_is_away(hospital: Hospital, bus: Bus) -> None:
    await live.enrol(hospital.database)
    code = await live.invite(hospital.database, "li", "guard")
    async with (
        hospital.alerts() as service,
        live.signed_in(service, code) as http,
    ):
        await live.send(bus, live.sighting())
        await eventually(lambda: _events_are(hospital.database, 1))
        path = f"/api/v1/incidents/{(await first_incident(http))['id']}"

        async with http.post(f"{path}/verdict", json={"verdict": "same"}) as reply:
            mine = await reply.json()
        listed = await first_incident(http)
        async with http.get(f"{path}/pictures/watchlist") as away:
            assert (away.status, away.content_type) == (503, "application/problem+json")
            assert "Retry-After" in away.headers
        erased = {"card_picture": Refusal(404, "it is erased")}
        async with live.desk(hospital.nats, erased), http.get(f"{path}/pictures/watchlist") as gone:
            assert gone.status == 404

        for shown in (mine, listed):
            assert isinstance(disclosed := shown["disclosed"], dict)
            assert disclosed["label"] is None
            assert shown["instruction"] == live.INSTRUCTION


async def test_writes_from_another_page_are_refused(hospital: Hospital) -> None:
    code = await live.invite(hospital.database, "li", "supervisor")
    async with (
        hospital.alerts() as service,
        aiohttp.ClientSession(service.url) as http,
    ):
        async with http.post("/api/v1/session", json={"code": code}) as reply:
            assert "__Host-wardwatch" in reply.headers["Set-Cookie"]
            for flag in ("HttpOnly", "Secure", "SameSite=Strict"):
                assert flag in reply.headers["Set-Cookie"]
            cookie = {"Cookie": f"__Host-wardwatch={(await reply.json())['token']}"}
        stop = {"stopped": True, "reason": "drill"}
        for origin in ({}, {"Origin": "https://elsewhere.example"}):
            async with http.post("/api/v1/sites/h1/matching", json=stop, headers={**cookie, **origin}) as reply:
                assert reply.status == 403
        own = {"Origin": service.url, **cookie}
        async with http.post("/api/v1/sites/h1/matching", json=stop, headers=own) as reply:
            assert reply.status == 202


async def test_wrong_codes_from_an_address_shut_nobody_there_out(hospital: Hospital) -> None:
    code = await live.invite(hospital.database, "li", "guard")

    async def wrong(http: aiohttp.ClientSession) -> int:
        async with http.post("/api/v1/session", json={"code": "2222-2222-2222"}) as reply:
            return reply.status

    async with hospital.alerts() as service, aiohttp.ClientSession(service.url) as http:
        answers = [await wrong(http) for _ in range(30)]
        others = [asyncio.create_task(wrong(http)) for _ in range(50)]
        async with live.signed_in(service, code):
            pass
        answers += await asyncio.gather(*others)

    assert answers == [401] * 80


async def test_a_stop_without_the_database_works_and_is_recorded_later(hospital: Hospital) -> None:
    code, guard = (
        await live.invite(hospital.database, "ana", "supervisor"),
        await live.invite(hospital.database, "li", "guard"),
    )
    async with (
        hospital.alerts() as service,
        live.signed_in(service, code) as ana,
        live.signed_in(service, guard) as li,
    ):
        async with ana.get("/api/v1/me") as reply:
            assert (await reply.json())["role"] == "supervisor"
        await _shut(hospital.database, allow=False)
        await eventually(lambda: processes.answers(service, 503))

        async with live.publisher(hospital.nats) as bus:
            await live.send(bus, live.sighting(camera="gate"))

        began = time.perf_counter()
        async with ana.post("/api/v1/sites/h1/matching", json={"stopped": True, "reason": "drill"}) as reply:
            assert reply.status == 202, await reply.text()
        took = time.perf_counter() - began
        async with li.post("/api/v1/sites/h1/matching", json={"stopped": False, "reason": "no"}) as reply:
            assert reply.status in (403, 503)
        async with ana.get("/api/v1/incidents") as reply:
            assert reply.status == 503

        assert took < 5
        await eventually(lambda: _stopped(ana))
        await _shut(hospital.database, allow=True)
        await eventually(lambda: processes.answers(service, 200), within_seconds=30)
        await eventually(lambda: _controls_are(hospital.database, 1), within_seconds=30)
        # Who was seen before is not told of minutes later, at a site where matching is stopped.
        await eventually(lambda: _recorded(service, "stopped"), within_seconds=30)
        assert await count(hospital.database, "alerts.incident") == 0


async def test_the_stop_button_works_while_the_database_is_frozen(hospital: Hospital) -> None:
    code = await live.invite(hospital.database, "ana", "supervisor")
    async with (
        hospital.alerts() as service,
        live.signed_in(service, code) as ana,
    ):
        server = await _server_process(hospital.database)
        async with _frozen(server):
            began = time.perf_counter()
            async with ana.post("/api/v1/sites/h1/matching", json={"stopped": True, "reason": "drill"}) as reply:
                assert reply.status == 202, await reply.text()
            took = time.perf_counter() - began
            async with ana.get("/api/v1/sites") as reply:
                assert reply.status == 200, await reply.text()

        assert took < 3
        await eventually(lambda: processes.answers(service, 200), within_seconds=30)
        await eventually(lambda: _controls_are(hospital.database, 1), within_seconds=30)


async def test_what_is_no_request_is_refused_as_such(hospital: Hospital) -> None:
    code = await live.invite(hospital.database, "li", "guard")
    beyond = views.cursor(10**18)  # more incidents than there are
    async with (
        hospital.alerts() as service,
        live.signed_in(service, code) as http,
    ):
        answers = {}
        for body in ("[" * 16_000, "9" * 5_000, "{", b"\xff"):
            async with http.post("/api/v1/session", data=body, headers={"Authorization": ""}) as reply:
                answers[body] = reply.status
        unknown = {"Content-Type": "application/json; charset=klingon"}
        async with http.post("/api/v1/session", data="{}", headers=unknown) as reply:
            answers["charset"] = reply.status
        for query in ("limit=01009999999", "limit=0", "limit=", "cursor=x", f"cursor={beyond}"):
            async with http.get(f"/api/v1/incidents?{query}") as reply:
                answers[query] = reply.status
        async with http.get("/api/v1/incidents?limit=100") as reply:
            assert reply.status == 200

    assert set(answers.values()) == {422}, answers


async def test_the_log_level_is_the_one_that_was_set(hospital: Hospital) -> None:
    async with hospital.alerts(LOG_LEVEL="warning") as service:
        assert service.log_level == "warning"


async def test_sightings_wait_in_the_stream_while_the_database_is_away(hospital: Hospital, bus: Bus) -> None:
    async with hospital.alerts() as service:
        await eventually(lambda: processes.answers(service, 200))
        await _shut(hospital.database, allow=False)
        await eventually(lambda: processes.answers(service, 503))

        for _ in range(5):
            await live.send(bus, live.sighting())
        await _shut(hospital.database, allow=True)

        await eventually(lambda: _sightings_are(hospital.database, 5), within_seconds=30)
        await eventually(lambda: processes.answers(service, 200), within_seconds=30)


async def test_a_misspelt_setting_stops_the_start(hospital: Hospital) -> None:
    with pytest.raises(StartupError, match="STRONG_SIMILARTY"):
        async with hospital.alerts(STRONG_SIMILARTY="0.7"):
            pass


async def test_disabling_an_account_ends_its_requests_and_stream(hospital: Hospital) -> None:
    lost, other = (
        await live.invite(hospital.database, "li", "supervisor"),
        await live.invite(hospital.database, "ana", "supervisor"),
    )
    async with (
        hospital.alerts() as service,
        live.signed_in(service, lost) as li,
        live.signed_in(service, other) as ana,
        aiohttp.ClientSession(service.url) as stranger,
    ):
        stream, others = live.events(li), live.events(ana)
        await asyncio.gather(anext(stream), anext(others))
        unused = await live.invited_again(hospital.database, "li")

        await _owner(hospital.database, "select accounts.disable('li', 'phone is stolen', false)")

        async with asyncio.timeout(10):
            async for _ in stream:
                pass
        stop = {"stopped": True, "reason": "let me in"}
        async with (
            li.get("/api/v1/incidents") as reading,
            li.post("/api/v1/sites/h1/matching", json=stop) as stopping,
            ana.get("/api/v1/incidents") as still,
        ):
            assert [reply.status for reply in (reading, stopping, still)] == [401, 401, 200]
        assert (await anext(others)).name == "state"
        refusals = []
        for code in (unused, "AAAA-BBBB-CCCC"):
            async with stranger.post("/api/v1/session", json={"code": code}) as refused:
                refusals.append((refused.status, await refused.json()))
        assert refusals[0] == refusals[1]
        assert refusals[0][0] == 401
        await others.aclose()


async def _owner(database: servers.Database, query: str) -> None:
    connection = await asyncpg.connect(database.owner)
    try:
        await connection.execute(query)
    finally:
        await connection.close()


async def _next_incident(stream: AsyncIterator[live.ServerEvent]) -> live.ServerEvent:
    async with asyncio.timeout(10):
        async for event in stream:
            if event.name == "incident":
                return event
    raise AssertionError("the stream ended")


async def _run_and_wait(hospital: Hospital) -> None:
    async with hospital.alerts():
        await asyncio.Event().wait()


async def _shut(database: servers.Database, *, allow: bool) -> None:
    """Let nobody in and throw everybody out, or let them in again: what a restart looks like from outside."""
    name = database.alerts.partition("@/")[2].partition("?")[0]
    connection = await asyncpg.connect(database.superuser.replace(f"@/{name}", "@/postgres"))
    try:
        await connection.execute(f'alter database "{name}" with allow_connections {"true" if allow else "false"}')
        if not allow:
            await connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)
    finally:
        await connection.close()


async def _server_process(database: servers.Database) -> int:
    """The process of the PostgreSQL server that *database* is in: the parent of each of its sessions."""
    connection = await asyncpg.connect(database.superuser)
    try:
        session: int = await connection.fetchval("select pg_backend_pid()")
        return _parent(session)
    finally:
        await connection.close()


def _parent(process: int) -> int:
    return int(_stat(process)[1])


def _stat(process: int) -> list[str]:
    """What the kernel says of *process*, from its state on."""
    return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()


def _children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()]


@asynccontextmanager
async def _frozen(server: int) -> AsyncIterator[None]:
    """Freeze *server* and all its sessions: connections stay, and nothing answers."""
    frozen = [server]
    os.kill(server, signal.SIGSTOP)
    try:
        # Stopped before its sessions are counted: it starts no other one then, and reaps none that ended.
        await eventually(lambda: _stat(server)[0] == "T")
        for process in _children(server):
            os.kill(process, signal.SIGSTOP)
            frozen.append(process)
        yield
    finally:
        # The server last: as soon as it goes on it reaps the sessions that ended, which then take no signal.
        for process in reversed(frozen):
            os.kill(process, signal.SIGCONT)


async def _stopped(http: aiohttp.ClientSession) -> bool:
    async with http.get("/api/v1/sites/h1/matching") as reply:
        return bool((await reply.json())["stopped"])


async def _some(database: servers.Database) -> bool:
    return await count(database, "alerts.sighting") > 0


async def _sightings_are(database: servers.Database, number: int) -> bool:
    return await count(database, "alerts.sighting") == number


async def _events_are(database: servers.Database, number: int) -> bool:
    return await count(database, "alerts.event") == number


async def _readings(database: servers.Database) -> list[tuple[str, str, object]]:
    """Who read what of which incident, by the audit."""
    connection = await asyncpg.connect(database.audit)
    try:
        rows = await connection.fetch(
            "select actor_name, action, subject from audit.event where action ~ '^incident.*_read$' order by sequence"
        )
    finally:
        await connection.close()
    return [(row["actor_name"], row["action"], row["subject"]) for row in rows]


async def _controls_are(database: servers.Database, number: int) -> bool:
    return await count(database, "alerts.control") == number


async def _recorded(service: processes.Alerts, outcome: str, *, least: int = 1) -> bool:
    """Whether so many sightings came to this."""
    async with aiohttp.ClientSession() as http, http.get(f"{service.telemetry}/metrics") as reply:
        lines = (await reply.text()).splitlines()
    found = [line for line in lines if line.startswith(f'wardwatch_sightings_recorded_total{{outcome="{outcome}"}}')]
    return bool(found) and float(found[0].split()[-1]) >= least


async def told(http: aiohttp.ClientSession) -> dict[str, object]:
    async with http.get("/api/v1/state") as reply:
        assert reply.status == 200
        content: dict[str, object] = await reply.json()
        return content


async def test_a_supervisor_and_the_operator_say_that_a_camera_is_not_missed(hospital: Hospital) -> None:
    names = {"ana": ("supervisor", ["h1"]), "li": ("guard", ["h2"])}
    codes = {name: await live.invite(hospital.database, name, role, sites=at) for name, (role, at) in names.items()}
    door = Place(site_id("h1"), camera_id("door"))
    async with (
        elsewhere.living(hospital.nats) as others,
        hospital.alerts() as service,
        live.signed_in(service, codes["ana"]) as ana,
        live.signed_in(service, codes["li"]) as li,
    ):
        others.cameras = {elsewhere.GATE: (), door: ()}

        async def expected() -> dict[str, bool]:
            cameras = (await told(ana))["cameras"]
            assert isinstance(cameras, list)
            return {row["camera"]: row["expected"] for row in cameras}

        async def are(**wanted: bool) -> bool:
            return await expected() == wanted

        await eventually(partial(are, gate=True, door=True), within_seconds=20)
        # Of another site nothing is told, and nothing can be said.
        assert (await told(li))["cameras"] == []
        async with li.put("/api/v1/sites/h1/cameras/door", json={"expected": False}) as reply:
            assert reply.status == 403
        others.cameras = {elsewhere.GATE: ()}
        for camera, status in (("door", 204), ("moon", 404), ("no.name", 404)):
            async with ana.put(f"/api/v1/sites/h1/cameras/{camera}", json={"expected": False}) as reply:
                assert reply.status == status
        assert await expected() == {"gate": True, "door": False}

        operator = await hospital.bus("operator")
        for place, answer in ((elsewhere.GATE, b"noted"), (Place(site_id("h1"), camera_id("moon")), b"unknown")):
            said = CameraExpected(place, expected=False, account="root").encode()
            answers = await operator.ask_all(subjects.EXPECTED.pattern, said, within_seconds=10, expected=1)
            assert answers == [answer]
        assert await expected() == {"gate": False, "door": False}
