"""A thousand sightings while alerts, database, broker and delivery are killed in turns: each is told exactly once.

A sighting raises its incident or is one update of it, and every message about an incident arrived, or is shown as
failed with a reason. Figures are said: run with --log-cli-level=INFO.
"""

import asyncio
import json
import logging
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import pytest
from aiohttp import web

from access import grants
from proto.wardwatch.v1.messages import PersonSighted
from services.chassis.bus import Bus
from services.chassis.delivery_keys import base64url
from services.chassis.errors import NotStored
from tests import installation, receivers
from tests.fakes import eventually
from tests.installation import SITE, Event, Installation
from tests.live import alerts_client as live
from tests.receivers import Receiver, TestPhone
from tests.sightings import Track, sighted

log = logging.getLogger(__name__)

pytestmark = [pytest.mark.live, pytest.mark.timeout(1500)]

PEOPLE: Final = 250
CAMERAS: Final = 4  # each person is seen once at each of them
AT_ONCE: Final = 50
# Killed in turns, and at last all at once.
VICTIMS: Final = ("alerts", "postgres", "nats-server", "delivery")
# One walk of the first is enough, and two of the second are (services/alerts/incidents/policy.py).
STRONG, WEAK = 0.71, 0.57
SOON: Final = 240.0
_PATIENT: Final = {
    # However slow the machine is, what is seen of somebody belongs to one incident.
    "WARDWATCH_ALERTS_WINDOW_SECONDS": "1500",
    "WARDWATCH_ALERTS_EVIDENCE_SECONDS": "1500",
    "WARDWATCH_ALERTS_PENDING_MINUTES": "60",
    "WARDWATCH_DELIVERY_SUPERVISOR_AFTER_SECONDS": "5",
}


@dataclass
class Ward:
    """A whole Wardwatch, two phones, another system, and a page that is open all the time."""

    wardwatch: Installation
    pushes: Receiver
    hooks: Receiver
    page: list[Event] = field(default_factory=list)
    phones: dict[str, TestPhone] = field(default_factory=lambda: {"mo": TestPhone(), "boss": TestPhone()})

    def pushed(self) -> list[dict[str, object]]:
        """What the phones have opened, each message as often as it came."""
        return [
            json.loads(self.phones[each.path.strip("/")].opens(each.body))["notification"]
            for each in self.pushes.received
        ]

    async def said(self, account: str, method: str, path: str, body: object = None) -> dict[str, object]:
        async with (
            self.wardwatch.client(account) as http,
            http.request(method, f"/api/v1/{path}", json=body) as reply,
        ):
            assert reply.status < 300, (path, await reply.text())
            found: dict[str, object] = await reply.json() if reply.content_type == "application/json" else {}
            return found


async def refuse_some(request: web.Request) -> web.StreamResponse:
    """A push service that never takes the pushes about one incident in sixteen."""
    return web.Response(status=400 if request.headers["Topic"].startswith("0") else 201)


async def fail_some(request: web.Request) -> web.StreamResponse:
    """A system that takes one notice in sixteen at the second try, and never takes another one in sixteen."""
    name = request.headers["webhook-id"].removeprefix("msg_")
    tries = TRIES[name] = TRIES[name] + 1
    if name.startswith("0"):
        return web.Response(status=403)
    return web.Response(status=500 if name.startswith("1") and tries == 1 else 200)


TRIES: Final[Counter[str]] = Counter()


@asynccontextmanager
async def ward(folder: Path) -> AsyncIterator[Ward]:
    async with receivers.receiver(folder) as pushes, receivers.receiver() as hooks:
        pushes.answer, hooks.answer = refuse_some, fail_some
        hosts = {"WARDWATCH_PUSH_HOSTS": pushes.url.removeprefix("https://")}
        trusts = {"WARDWATCH_DELIVERY_CA_FILE": str(pushes.certificate)}
        with ExitStack() as stack:
            begun = installation.running({**_PATIENT, **hosts, **trusts})
            wardwatch = await asyncio.to_thread(stack.enter_context, begun)
            try:
                made = Ward(wardwatch, pushes, hooks)
                await people(made)
                async with wardwatch.listening("mo") as made.page:
                    yield made
            finally:
                await asyncio.to_thread(stack.close)


async def people(ward: Ward) -> None:
    """A guard and a supervisor on duty, each with a phone, and a webhook for every alert."""
    await asyncio.to_thread(ward.wardwatch.account, "mo", "guard")
    await asyncio.to_thread(ward.wardwatch.account, "boss", "administrator")
    for name, phone in ward.phones.items():
        keys = {"p256dh": base64url(phone.p256dh), "auth": base64url(phone.auth)}
        await ward.said(name, "PUT", "push/subscription", {"endpoint": f"{ward.pushes.url}/{name}", **keys})
        await ward.said(name, "PUT", "duty", {"site": SITE, "on": True})
    channel = {"medium": "webhook", "address": f"{ward.hooks.url}/in"}
    await ward.said("boss", "PUT", "delivery/channels/hook", channel)
    await ward.said("boss", "PUT", "delivery/rules/all", {"channels": ["hook"]})


def sighting(person: UUID, camera: int, *, is_strong: bool) -> PersonSighted:
    """Somebody walks past one of the cameras just now."""
    now = datetime.now(UTC)
    track = Track(now - timedelta(milliseconds=200), f"gate-{camera}")
    return sighted(now, person, site=SITE, similarity=STRONG if is_strong else WEAK, track=track)


async def until_stored(bus: Bus, seen: PersonSighted) -> None:
    """Publish as a matcher does: again, under the same id, until a stream has it."""

    async def is_stored() -> bool:
        try:
            await live.send(bus, seen)
        except NotStored:
            return False
        return True

    await eventually(is_stored, within_seconds=SOON)


async def pids(wardwatch: Installation, victim: str) -> set[int]:
    """The processes of a service or server; of the database its head, with which all end."""
    if victim in ("nats-server", "postgres"):
        found = await asyncio.to_thread(wardwatch.servers, victim)
    else:
        found = await asyncio.to_thread(wardwatch.pids, victim)
    return set(found)


async def killed_meanwhile(ward: Ward, bus: Bus, victims: Sequence[str], people: Sequence[tuple[UUID, int]]) -> None:
    """Publish sightings at once, and kill when half of them are stored; returns when everything is back."""
    stored, half = Counter[str](), asyncio.Event()
    before = {victim: await pids(ward.wardwatch, victim) for victim in victims}
    assert all(before.values()), before

    async def publish(person: UUID, camera: int) -> None:
        await until_stored(bus, sighting(person, camera, is_strong=person.int % 2 == 0))
        stored["now"] += 1
        if stored["now"] * 2 >= len(people):
            half.set()

    async with asyncio.TaskGroup() as tasks:
        for person, camera in people:
            tasks.create_task(publish(person, camera))
        await half.wait()
        for pid in {pid for each in before.values() for pid in each}:
            os.kill(pid, signal.SIGKILL)
    for victim in victims:
        await eventually(partial(is_back, ward, victim, before[victim]), within_seconds=SOON)


async def is_back(ward: Ward, victim: str, before: set[int]) -> bool:
    now = await pids(ward.wardwatch, victim)
    return bool(now) and now.isdisjoint(before) and await all_ready(ward.wardwatch)


async def all_ready(wardwatch: Installation) -> bool:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
        for service in ("alerts", "delivery"):
            port = await asyncio.to_thread(wardwatch.telemetry_port, service)
            try:
                async with http.get(f"http://127.0.0.1:{port}/readyz") as reply:
                    if reply.status != 200:
                        return False
            except (aiohttp.ClientError, TimeoutError):
                return False
    return True


async def fetch(ward: Ward, query: str) -> list[asyncpg.Record]:
    return await ward.wardwatch.fetch(query)


async def is_one(ward: Ward, query: str, value: int) -> bool:
    """Whether a count is *value* by now."""
    ((found,),) = await fetch(ward, query)
    return bool(found == value)


async def test_a_thousand_sightings_are_told_exactly_once_whatever_is_killed(tmp_path: Path) -> None:
    listed = [UUID(int=uuid4().int & ~1 | number % 2) for number in range(PEOPLE)]
    walks = [(person, camera) for camera in range(CAMERAS) for person in listed]
    chunks = [walks[begin : begin + AT_ONCE] for begin in range(0, len(walks), AT_ONCE)]
    async with ward(tmp_path) as here, here.wardwatch.bus(grants.MATCHER_RECORD) as bus:
        for number, chunk in enumerate(chunks[:-1]):
            await killed_meanwhile(here, bus, [VICTIMS[number % len(VICTIMS)]], chunk)
        await killed_meanwhile(here, bus, VICTIMS, chunks[-1])

        await incidents_are_whole(here, listed)
        await page_heard_each_once(here)
        await messages_arrived_or_failed(here)
        async with here.wardwatch.bus(grants.OPERATOR) as operator:
            await nothing_is_left(operator)


async def incidents_are_whole(ward: Ward, listed: Sequence[UUID]) -> None:
    recorded = "select count(*) from alerts.sighting where incident_id is not null"
    try:
        await eventually(lambda: is_one(ward, recorded, PEOPLE * CAMERAS), within_seconds=SOON)
    finally:
        log.info("recorded: %s", await fetch(ward, recorded))
    rows = await fetch(
        ward,
        """
        select i.entry_id, i.sightings,
            (select count(*) from alerts.sighting s where s.incident_id = i.id and s.entry_id = i.entry_id) as recorded,
            (select count(*) from alerts.event e where e.incident_id = i.id and e.kind = 'raised') as raised,
            (select count(*) from alerts.event e where e.incident_id = i.id and e.kind = 'updated') as updated
        from alerts.incident i
        """,
    )
    found = {UUID(str(row["entry_id"])): (*row.values(),)[1:] for row in rows}

    assert len(rows) == PEOPLE
    # Two weak walks raise one incident together; every other sighting is one update.
    assert found == {each: (CAMERAS, CAMERAS, 1, CAMERAS - 1 - each.int % 2) for each in listed}


async def page_heard_each_once(ward: Ward) -> None:
    """The page was away whenever alerts was, and has read what it missed."""
    events = await fetch(ward, "select incident_id, kind from alerts.event")
    numbered = {(row["incident_id"], row["kind"]) for row in events}

    def heard() -> Counter[tuple[UUID, str]]:
        told = (event.content for event in ward.page if event.kind == "incident")
        return Counter((UUID(str(each["incident"])), str(each["kind"])) for each in told)

    await eventually(lambda: numbered <= heard().keys(), within_seconds=SOON)
    raised = {name: count for (name, kind), count in heard().items() if kind == "raised"}
    assert set(raised.values()) == {1}
    assert sum(heard().values()) == len(events)


async def messages_arrived_or_failed(ward: Ward) -> None:
    waiting = "select count(*) from delivery.delivery where state = 'waiting'"
    pushes = "select count(*) from delivery.delivery where path = 'push' and kind = 'raised'"
    try:
        await eventually(lambda: is_one(ward, pushes, 2 * PEOPLE), within_seconds=SOON)
        await eventually(lambda: is_one(ward, waiting, 0), within_seconds=SOON)
    finally:
        states = "select path, kind, state, reason, count(*) as n, max(attempts) as tries from delivery.delivery"
        for row in await fetch(ward, f"{states} group by path, kind, state, reason order by 1, 2, 3, 4"):
            log.info("%s", dict(row))
    rows = await fetch(ward, "select * from delivery.delivery where kind = 'raised'")
    of = {path: [row for row in rows if row["path"] == path] for path in ("push", "webhook", "nats")}
    assert {path: len({row["incident_id"] for row in found}) for path, found in of.items()} == dict.fromkeys(of, PEOPLE)

    # What is said to be sent has arrived, what was refused says so, and nothing else came.
    came = Counter(str(dict(each["data"])["delivery"]) for each in ward.pushed() if isinstance(each["data"], dict))
    refused = {str(row["id"]) for row in of["push"] if row["incident_id"].hex.startswith("0")}
    assert {str(row["id"]) for row in of["push"] if row["state"] == "sent"} == came.keys() - refused
    assert {str(row["id"]): row["reason"] for row in of["push"] if row["state"] == "failed"} == dict.fromkeys(
        refused, "http_400"
    )
    hooks = Counter(each.headers["webhook-id"].removeprefix("msg_") for each in ward.hooks.received)
    assert {row["id"].hex for row in of["webhook"]} == {UUID(name).hex for name in hooks}
    dead = {str(row["id"]) for row in of["webhook"] if row["state"] == "dead"}
    assert dead == {str(row["id"]) for row in of["webhook"] if row["id"].hex.startswith("0")}
    listed = (await ward.said("boss", "GET", "delivery/dead-letters"))["deliveries"]
    assert isinstance(listed, list)
    assert {each["id"] for each in listed} == dead
    assert {row["state"] for row in of["nats"]} == {"sent"}
    log.info("pushes that came twice: %s of %s", sum(n > 1 for n in came.values()), len(came))
    log.info("notices that came twice: %s of %s", sum(n > 1 for n in hooks.values()), len(hooks))
    await receipts_are_kept(ward)


async def receipts_are_kept(ward: Ward) -> None:
    """Each phone says what it has shown, and that is what is known of the message."""
    async with aiohttp.ClientSession(ward.wardwatch.url) as stranger:
        for each in ward.pushed():
            data = each["data"]
            assert isinstance(data, dict)
            shown = {"delivery": data["delivery"], "receipt": data["receipt"], "state": "shown"}
            async with stranger.post("/api/v1/receipts", json=shown) as reply:
                assert reply.status == 204, await reply.text()
    unproven = "select count(*) from delivery.delivery where path = 'push' and state = 'sent' and shown_at is null"
    assert await is_one(ward, unproven, 0)


async def nothing_is_left(operator: Bus) -> None:
    """Every sighting is off the stream, none was set aside, and other systems can read of each incident once."""
    infos = {name: await operator.stream.stream_info(name) for name in ("SIGHTINGS", "POISON", "ALERTS")}
    assert {name: info.state.messages for name, info in infos.items()} == {
        "SIGHTINGS": 0,
        "POISON": 0,
        "ALERTS": PEOPLE,
    }
