"""What surrounds the alerts service in tests: a sender of sightings, a scripted desk, a client over HTTP."""

import hashlib
import io
import json
import secrets
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import aiohttp
import asyncpg
from PIL import Image, ImageDraw

from access import grants
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.entries import Cards
from proto.wardwatch.v1.messages import PersonSighted
from proto.wardwatch.v1.requests import DeskAnswer, DeskCall
from proto.wardwatch.v1.subjects import EntryId
from services.chassis.bus import Bus
from services.chassis.errors import Refusal
from services.chassis.responder import Answer
from tests import buses, servers
from tests.live.processes import Alerts
from tests.sightings import sighted

PERSON: Final = EntryId("0b6f3f0c-6f5e-4a43-9c39-3d7f3f1c1a01")
LABEL: Final = "Marlo Quint"
INSTRUCTION: Final = "Do not approach. Call 8811."


def publisher(nats: servers.Nats) -> AbstractAsyncContextManager[Bus]:
    """What the matcher publishes sightings with."""
    return buses.connected(nats, grants.MATCHER_RECORD)


def answerer(nats: servers.Nats) -> AbstractAsyncContextManager[Bus]:
    """What the watchlist's desk answers with."""
    return buses.connected(nats, grants.WATCHLIST_RECORD)


async def send(bus: Bus, sighting: PersonSighted) -> None:
    """Publish as the matcher does."""
    await bus.publish_owed(
        subjects.sightings(sighting.origin.place), sighting.encode(), message_id=sighting.sighting_id
    )


def sighting(
    *, camera: str = "gate", similarity: float = 0.71, picture: bytes | None = None, entry: EntryId = PERSON
) -> PersonSighted:
    """A sighting of this moment."""
    face = portrait("#7a5a48") if picture is None else picture
    return sighted(
        datetime.now(UTC) - timedelta(milliseconds=40), entry, camera=camera, similarity=similarity, picture=face
    )


def portrait(skin: str) -> bytes:
    """A drawn face as JPEG: nobody's."""
    image = Image.new("RGB", (256, 320), "#39424c")
    draw = ImageDraw.Draw(image)
    draw.ellipse((14, 250, 242, 470), fill="#22303d")
    draw.ellipse((64, 52, 192, 236), fill=skin)
    draw.pieslice((56, 36, 200, 190), 180, 360, fill="#1e1713")
    for x in (98, 146):
        draw.ellipse((x, 128, x + 16, 140), fill="#111")
    draw.line((128, 140, 124, 168, 132, 170), fill="#4a3329", width=3)
    draw.arc((104, 172, 152, 202), 20, 160, fill="#40211c", width=4)
    content = io.BytesIO()
    image.save(content, "JPEG", quality=88)
    return content.getvalue()


async def enrol(database: servers.Database, *, entry: EntryId = PERSON, ground: str = "violence") -> None:
    """Put a person on the list, as far as alerts may read it: category and instruction of an approved entry."""
    connection = await asyncpg.connect(database.superuser)
    try:
        # The rules of the watchlist are proven elsewhere.
        await connection.execute("set session_replication_role = replica")
        await connection.execute(
            """
            insert into watchlist.entry (id, state, sealed_label, category, basis, evidence, instruction, scope,
                expires_at, author_id, author_name, approver_id, approver_name, approved_at, changed_by_id,
                changed_by_name)
            values ($1, 'active', $2, $4, 'decision 7/2026', 'file 7', $3, 'network',
                now() + interval '90 days', gen_random_uuid(), 'ada', gen_random_uuid(), 'bea', now(),
                gen_random_uuid(), 'bea')
            """,
            entry,
            bytes(64),
            INSTRUCTION,
            ground,
        )
    finally:
        await connection.close()


def noise(width: int, height: int) -> bytes:
    """A JPEG that hardly compresses."""
    content = io.BytesIO()
    Image.effect_noise((width, height), 90).convert("RGB").save(content, "JPEG", quality=95)
    return content.getvalue()


@dataclass(slots=True)
class ScriptedDesk:
    """The watchlist's desk as far as a test scripts it: its answers by operation, and every call it received.

    An answer called ``operation/entry`` is given of that entry alone.
    """

    answers: Mapping[str, DeskAnswer | Refusal]
    calls: list[tuple[str, DeskCall]] = field(default_factory=list)

    def serving(self) -> dict[str, Answer]:
        """What to serve on which subject."""
        return {subjects.desk(name): self._answer(name) for name in self.answers if "/" not in name}

    def _answer(self, name: str) -> Answer:
        async def answer(payload: bytes) -> bytes:
            call = DeskCall.decode(payload)
            self.calls.append((name, call))
            match self.answers.get(f"{name}/{call.target.get('entry')}", self.answers[name]):
                case Refusal() as refusal:
                    raise refusal
                case DeskAnswer() as answer:
                    return answer.encode()

        return answer


@asynccontextmanager
async def desk(nats: servers.Nats, answers: Mapping[str, DeskAnswer | Refusal]) -> AsyncIterator[ScriptedDesk]:
    """Answer on the real bus as the watchlist does, until left."""
    scripted = ScriptedDesk(answers)
    async with answerer(nats) as bus, bus.serve(scripted.serving(), queue="watchlist"):
        yield scripted


def cards(*, label: str = LABEL) -> Mapping[str, DeskAnswer | Refusal]:
    """What the desk tells of the one person for incidents."""
    labels = Cards(labels={uuid.UUID(PERSON): label})
    return {
        "cards": DeskAnswer(labels.model_dump_json().encode()),
        "card_picture": DeskAnswer(b"", portrait("#8b6650")),
    }


async def invite(database: servers.Database, name: str, role: str, *, sites: list[str] | None = None) -> str:
    """Add an account for *sites*, or for every site; returns its one-time code."""
    added = "select accounts.add_account($2, $3, $1, now() + interval '1 day', $4)"
    return await _code(database, added, name, role, sites)


async def invited_again(database: servers.Database, name: str) -> str:
    """Another one-time code of an account."""
    return await _code(database, "select accounts.invite($2, $1, now() + interval '1 day')", name)


async def link(database: servers.Database, name: str, identity: str) -> None:
    """Say what the hospital's own sign-in calls an account."""
    connection = await asyncpg.connect(database.owner)
    try:
        await connection.execute("select accounts.set_identity($1, $2)", name, identity)
    finally:
        await connection.close()


async def _code(database: servers.Database, query: str, *values: str | list[str] | None) -> str:
    plain = "".join(secrets.choice("23456789ABCDEFGHJKMNPQRSTUVWXYZ") for _ in range(12))
    connection = await asyncpg.connect(database.owner)
    try:
        await connection.execute(query, hashlib.sha256(plain.encode()).digest(), *values)
    finally:
        await connection.close()
    return "-".join(plain[i : i + 4] for i in (0, 4, 8))


@asynccontextmanager
async def signed_in(service: Alerts, code: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A client with a bearer token, as the command line is."""
    async with aiohttp.ClientSession(service.url) as http:
        async with http.post("/api/v1/session", json={"code": code}) as reply:
            assert reply.status == 200, await reply.text()
            token = (await reply.json())["token"]
        http.headers["Authorization"] = f"Bearer {token}"
        yield http


@dataclass(slots=True)
class ServerEvent:
    """One server-sent event."""

    name: str
    data: dict[str, object]
    id: str | None


async def events(http: aiohttp.ClientSession, *, last: str | None = None) -> AsyncGenerator[ServerEvent, None]:
    """Read the event stream until the server ends it."""
    headers = {"Last-Event-ID": last} if last else {}
    async with http.get("/api/v1/events", headers=headers, timeout=aiohttp.ClientTimeout(total=None)) as reply:
        assert reply.status == 200, await reply.text()
        fields: dict[str, str] = {}
        async for line in reply.content:
            text = line.decode().rstrip("\n")
            if text:
                name, _, value = text.partition(": ")
                fields[name] = value
            elif "event" in fields:
                yield ServerEvent(fields["event"], json.loads(fields["data"]), fields.get("id"))
                fields = {}
            else:
                fields = {}
