"""A publisher and hospitals with their own brokers, records, watchlist services, matchers and federation services.

What people decide is written as the desk writes it, in the names of two accounts; everything else is the product's own.
"""

import asyncio
import secrets
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import nats.errors
import nats.js.errors
import numpy as np
import pytest

from access import grants, links, streams
from access.federation import Link
from proto.wardwatch.v1 import statements, subjects
from proto.wardwatch.v1.federation import ListInvitation
from proto.wardwatch.v1.messages import FaceEmbedded, PersonSighted
from proto.wardwatch.v1.sealing import NONCE_BYTES, DataKey, seal
from proto.wardwatch.v1.statements import DigestLine
from proto.wardwatch.v1.subjects import FrameId, Place, camera_id, site_id
from proto.wardwatch.v1.values import Journey, Origin, Vector, vector_to
from services.chassis.federation_keys import PRIVATE_FILE, FederationKeys
from services.watchlist.keys import seals
from tests import servers
from tests.contract.record import APPROVER, AUTHOR, MODEL
from tests.federations import AUTHORITY, LIST, PublishingBroker, link_key
from tests.live import processes
from tests.live.hospital import GOOD, Hospital
from tests.servers import Nats

DIMENSION: Final = 128
_GATE: Final = Place(site_id("h1"), camera_id("gate"))
_FRAME_SECONDS: Final = 0.04
_AT_ONCE: Final = 100
_ADMIT: Final = """
INSERT INTO federation.hospital (list, name, title, addresses, authority, invitation_expires_at, invited_by_id,
    invited_by_name, invitation_approved_by_id, invitation_approved_by_name, invitation, answer, link_key, signing_key,
    sealing_key, admission_asked_by_id, admission_asked_by_name, admitted_by_id, admitted_by_name, admitted_at)
VALUES ($1, $2::text, $2::text, '{tls://127.0.0.1:1}', '', now() + interval '1 day', $3, 'li', $4, 'ana', 'i', 'a', $5,
    $6, $7, $3, 'li', $4, 'ana', now())
"""


def vector(person: int) -> Vector:
    """The vector of *person*'s only photo."""
    drawn = np.random.default_rng(person).standard_normal(DIMENSION).astype(np.float32)
    unit: Vector = drawn / np.linalg.norm(drawn)
    return unit


@dataclass
class Installation:
    """What a publisher and a hospital have in common: a hospital of the live tests, with services in ``running``."""

    at: Hospital
    keys: FederationKeys  # by which it publishes, signs and opens
    link: str  # the public key of its broker's links
    running: AsyncExitStack = field(default_factory=AsyncExitStack)
    services: list[processes.Service] = field(default_factory=list)
    _superuser: "asyncpg.Pool[asyncpg.Record] | None" = None

    @property
    def nats(self) -> Nats:
        return self.at.nats

    async def watchlist(self, **settings: str) -> processes.Service:
        """Start its watchlist service."""
        return await self._begin(self.at.watchlist(**settings))

    async def matcher(self, name: str = "m1", **settings: str) -> processes.Service:
        """Start a matcher, as the product sets it."""
        own = {"NAME": name, "DIMENSION": str(DIMENSION), **settings}
        return await self._begin(processes.matcher(self.nats, own))

    async def federation(self) -> processes.Service:
        """Start its federation service."""
        return await self._begin(processes.federation(self.nats, self.at.database, {}))

    async def _begin(self, service: AbstractAsyncContextManager[processes.Service]) -> processes.Service:
        self.services.append(began := await self.running.enter_async_context(service))
        return began

    async def fetch(self, query: str, *values: object) -> list[asyncpg.Record]:
        """Read or change its database as the superuser."""
        if self._superuser is None:
            opened = asyncpg.create_pool(self.at.database.superuser, min_size=0, max_size=2)
            self._superuser = await self.running.enter_async_context(opened)
        return await self._superuser.fetch(query, *values)


@dataclass
class Publisher(Installation):
    """It publishes one list. ``persons`` counts whom it has listed; by that number each one's vector is drawn."""

    broker: PublishingBroker = field(kw_only=True)
    picture_bytes: int = 2_000
    persons: int = 0
    numbers: dict[UUID, int] = field(default_factory=dict)
    _importer: "asyncpg.Connection[asyncpg.Record] | None" = None

    async def begin(self) -> None:
        """Publish the list; nobody is on it."""
        await self.fetch(
            "INSERT INTO federation.list (name, title, made_by_id, made_by_name) VALUES ($1, 'City list', $2, 'li')",
            LIST,
            AUTHOR,
        )
        await self.connect()

    async def connect(self) -> None:
        """Connect as the desk does; anew where the database was put back."""
        self._importer = await asyncpg.connect(self.at.database.importer)
        self.running.push_async_callback(self._importer.close)

    async def admit(self, name: str, keys: FederationKeys, link: str) -> None:
        """Two people admit a hospital by its answer; its broker must be let in beside it."""
        signing, sealing = statements.public_bytes(keys.signing), statements.public_bytes(keys.sealing[keys.current])
        await self.fetch(_ADMIT, LIST, name, AUTHOR, APPROVER, link, signing, sealing)

    async def put_out(self, name: str) -> None:
        """Put a hospital out: its link, and every key."""
        async with self.importer.transaction():
            await self.importer.execute(
                "UPDATE federation.hospital SET removed_by_id = $3, removed_by_name = 'li', removed_at = now(),"
                " removed_reason = 'over' WHERE list = $1 AND name = $2",
                LIST,
                name,
                AUTHOR,
            )
            await self.importer.execute("UPDATE federation.list SET generation = generation + 1 WHERE name = $1", LIST)
        await links.put_out(self.nats.url, self.nats.credentials, name, LIST)

    @property
    def importer(self) -> "asyncpg.Connection[asyncpg.Record]":
        """As the desk writes."""
        assert self._importer is not None, "it has not begun"
        return self._importer

    async def lists(self, count: int) -> list[UUID]:
        """So many active entries with a photo each, shared with nobody yet."""
        keyring = await self.at.keyring()
        made: list[UUID] = []
        for start in range(0, count, _AT_ONCE):
            entries = [uuid4() for _ in range(min(_AT_ONCE, count - start))]
            keys = dict(zip(entries, await asyncio.gather(*map(keyring.make, entries)), strict=True))
            await self._drafts(keys)
            made += entries
        for state in ("pending", "active"):
            await self._set(made, state)
        return made

    async def share(self, entries: Sequence[UUID], hospitals: Iterable[str] = ()) -> None:
        """Put them on the list, as two people do."""
        async with self.importer.transaction():
            await self.importer.executemany(
                "INSERT INTO federation.share (list, entry_id, hospitals, asked_by_id, asked_by_name)"
                " VALUES ($1, $2, $3, $4, 'li')",
                [(LIST, entry, list(hospitals), AUTHOR) for entry in entries],
            )
            await self.importer.execute(
                "UPDATE federation.share SET approved_by_id = $3, approved_by_name = 'ana', approved_at = now()"
                " WHERE list = $1 AND entry_id = ANY ($2)",
                LIST,
                list(entries),
                APPROVER,
            )

    async def suspend(self, *entries: UUID) -> None:
        await self._set(entries, "suspended", reason="to be looked at")

    async def resume(self, *entries: UUID) -> None:
        await self._set(entries, "active", reason="looked at")

    async def erase(self, *entries: UUID) -> None:
        """Revoke and erase them, as the desk does it in one request."""
        async with self.importer.transaction():
            await self._set(entries, "revoked", reason="asked for")
            await self._set(entries, "erased", reason="asked for")
            await self.importer.executemany(
                "INSERT INTO watchlist.erasure (entry_id, erased_by_id, erased_by_name, reason)"
                " VALUES ($1, $2, 'ana', 'asked for')",
                [(entry, APPROVER) for entry in entries],
            )

    async def owed(self, entry: UUID) -> set[str]:
        """Hospitals that have not closed the erasure of an entry."""
        rows = await self.fetch(
            "SELECT hospital FROM federation.holding WHERE list = $1 AND entry_id = $2 AND closed_at IS NULL",
            LIST,
            entry,
        )
        return {row["hospital"] for row in rows}

    async def digest(self) -> bytes:
        """Of the list as its record says it."""
        rows = await self.fetch(
            "SELECT entry_id, revision, statement FROM federation.statement WHERE list = $1 AND state <> 'erased'", LIST
        )
        return statements.digest(
            DigestLine(str(r["entry_id"]), r["revision"], statements.statement_digest(r["statement"])) for r in rows
        )

    def invitation(self, hospital: str, port: int) -> bytes:
        """Signed, as two people asked for it."""
        until, public = datetime.now(UTC) + timedelta(days=7), statements.public_bytes(self.keys.publisher)
        address = f"tls://127.0.0.1:{port}"
        message = ListInvitation(LIST, "City list", hospital, (address,), "", public, self.broker.domain, until, 30)
        subject = statements.invitation_subject(LIST, hospital)
        return statements.sign(self.keys.publisher, subject, message.encode())

    async def _drafts(self, keys: "dict[UUID, DataKey]") -> None:
        until = datetime.now(UTC) + timedelta(days=30)
        rows, photos, templates = [], [], []
        for entry, key in keys.items():
            self.persons += 1
            self.numbers[entry] = self.persons
            photo = uuid4()

            def closed(content: bytes, about: str, key: DataKey = key) -> bytes:
                return seal(key, content, about=about, nonce=secrets.token_bytes(NONCE_BYTES))

            label = closed(b"Visitor", seals.label(entry))
            name = closed(b"a.jpg", seals.name(entry, photo))
            picture = closed(secrets.token_bytes(self.picture_bytes), seals.picture(entry, photo))
            told = vector_to(vector(self.persons))
            rows.append((entry, label, until, AUTHOR))
            photos.append((photo, entry, name, secrets.token_bytes(32), picture))
            model = bytes.fromhex(MODEL.sha256)
            templates.append((photo, MODEL.name, model, closed(told, seals.vector(photo, MODEL.sha256))))
        async with self.importer.transaction():
            await self.importer.executemany(
                "INSERT INTO watchlist.entry (id, sealed_label, category, basis, evidence, instruction, scope, sites,"
                " expires_at, author_id, author_name, changed_by_id, changed_by_name) VALUES"
                " ($1, $2, 'violence', 'decision 17', 'file 3', 'call 8811', 'network', '{}', $3, $4, 'li', $4, 'li')",
                rows,
            )
            await self.importer.executemany(
                "INSERT INTO watchlist.photo (id, entry_id, position, sealed_name, file_sha256, source, sealed_picture,"
                " face_px, eye_distance_px, sharpness, yaw_degrees, roll_degrees, exposure)"
                " VALUES ($1, $2, 0, $3, $4, 'report', $5, 120, 50, 300, 0, 0, 120)",
                photos,
            )
            await self.importer.executemany(
                "INSERT INTO watchlist.template (photo_id, model_name, model_sha256, sealed_vector)"
                " VALUES ($1, $2, $3, $4)",
                templates,
            )
            await self.importer.execute(
                "UPDATE watchlist.photo SET person = 0 WHERE entry_id = ANY ($1::uuid [])", list(keys)
            )

    async def _set(self, entries: Sequence[UUID], state: str, *, reason: str = "") -> None:
        by, name = (AUTHOR, "li") if state == "pending" else (APPROVER, "ana")
        also = ", put_forward_by_id = $3, put_forward_by_name = $4" if state == "pending" else ""
        if state == "active" and not reason:
            also = ", approver_id = $3, approver_name = $4, approved_at = now()"
        await self.importer.execute(
            "UPDATE watchlist.entry SET state = $2, revision = revision + 1, changed_by_id = $3, changed_by_name = $4,"  # noqa: S608
            f" changed_at = now(), reason = $5{also} WHERE id = ANY ($1)",
            list(entries),
            state,
            by,
            name,
            reason,
        )


@dataclass
class Subscriber(Installation):
    """A hospital that joined the list as ``name``."""

    name: str = field(kw_only=True)

    async def join(self, publisher: Publisher, port: int) -> None:
        """Two people join the list, whose publisher's broker is reached at *port*; needs the watchlist service."""
        invitation = publisher.invitation(self.name, port)
        for account in ("li.wei", "ana.ruiz"):
            await self.at.sign_in(account, "supervisor")
        typed = statements.fingerprint(invitation)[-19:]
        asked = {"invitation": b64encode(invitation).decode(), "fingerprint": typed, "sites": ["h1"]}
        await self.at.call("join_list", "li.wei", body=asked)
        await self.at.call("approve_joining", "ana.ruiz", {"list": LIST}, body={"fingerprint": typed})
        await asyncio.to_thread(dial, publisher.broker, self.nats, self.name, port)
        await publisher.admit(self.name, self.keys, self.link)

    async def agrees(self, publisher: Publisher) -> bool:
        """Whether its record follows just what the publisher's record says."""
        rows = await self.fetch(
            "SELECT entry_id, revision, statement_sha256 FROM federation.received"
            " WHERE list = $1 AND state <> 'erased'",
            LIST,
        )
        here = statements.digest(DigestLine(str(r["entry_id"]), r["revision"], r["statement_sha256"]) for r in rows)
        heads = await self.fetch("SELECT agreed_number, number FROM federation.head WHERE list = $1", LIST)
        is_told = bool(heads) and heads[0]["agreed_number"] == heads[0]["number"]
        return is_told and here == await publisher.digest()

    def local(self, publisher: Publisher, entry: UUID) -> UUID:
        """What a shared entry is called here."""
        return statements.local_entry_id(statements.public_bytes(publisher.keys.publisher), LIST, str(entry))

    async def standing(self, publisher: Publisher, entry: UUID) -> str | None:
        """In which state a shared entry is here."""
        rows = await self.fetch("SELECT state FROM watchlist.entry WHERE id = $1", self.local(publisher, entry))
        return str(rows[0]["state"]) if rows else None


@dataclass
class Gate:
    """The camera of a hospital with a matcher; ``seen`` has, by the entry's name there, when it was first sighted."""

    hospital: Subscriber
    picture: bytes = b"jpeg"
    frames: int = 0
    read: int = 0
    seen: dict[str, float] = field(default_factory=dict)

    async def shows(self, person: int) -> None:
        """Somebody passes, and whoever was sighted by now is known."""
        embedder = await self.hospital.at.bus(grants.EMBEDDER)
        self.frames += 1
        origin = Origin(_GATE, FrameId(f"b{self.frames}"), 0, Journey(self.frames), None)
        face = FaceEmbedded(origin, GOOD, MODEL, vector(person), self.picture)
        await embedder.publish(subjects.vectors(_GATE), face.encode())
        await asyncio.sleep(_FRAME_SECONDS)
        operator = await self.hospital.at.bus(grants.OPERATOR)
        info = await operator.stream.stream_info(subjects.SIGHTINGS_STREAM.name)
        for sequence in range(self.read + 1, info.state.last_seq + 1):
            message = await operator.stream.get_msg(subjects.SIGHTINGS_STREAM.name, sequence)
            sighted = PersonSighted.decode(message.data or b"")
            self.seen.setdefault(str(sighted.entry_id), time.time())
        self.read = info.state.last_seq

    async def sees(self, local_id: UUID, person: int, *, within_seconds: float = 120) -> float:
        """Show a face again and again until the entry is sighted; returns when. Raises TimeoutError."""
        async with asyncio.timeout(within_seconds):
            while str(local_id) not in self.seen:
                with suppress(nats.errors.Error, nats.js.errors.Error):
                    await self.shows(person)
        return self.seen[str(local_id)]


def dial(broker: PublishingBroker, nats: Nats, name: str, port: int) -> None:
    """Let the broker *nats* in as *name*, and have it dial the publisher's at *port*, or what stands before that."""
    broker.admits(name, link_key(nats), LIST)
    authority = (broker.nats.credentials_dir / AUTHORITY).read_text(encoding="ascii")
    link = Link(LIST, name, broker.domain, (f"tls://127.0.0.1:{port}",))
    links.add_link(nats.credentials, link, authority=authority)
    nats.reload()


@asynccontextmanager
async def _opened(cluster: servers.Cluster, home: Path) -> AsyncIterator[tuple[Hospital, FederationKeys, str]]:
    database = await asyncio.to_thread(cluster.clone)
    async with AsyncExitStack() as stack:
        broker = servers.running_nats()
        nats = await asyncio.to_thread(broker.__enter__)
        stack.push_async_callback(asyncio.to_thread, broker.__exit__, None, None, None)
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        await streams.ensure(nats.url, nats.seed_file(grants.OPERATOR))
        keys, link = await asyncio.to_thread(lambda: (federation_keys(nats), link_key(nats).public))
        yield await stack.enter_async_context(Hospital.open(nats, database, home, environment)), keys, link


def federation_keys(nats: Nats) -> FederationKeys:
    """By which an installation publishes, signs and opens."""
    return FederationKeys.parse((nats.credentials_dir / PRIVATE_FILE).read_text(encoding="utf-8"))


@asynccontextmanager
async def publishing(cluster: servers.Cluster, home: Path, *, picture_bytes: int = 2_000) -> AsyncIterator[Publisher]:
    """A publisher whose list has begun; no service of it runs yet."""
    async with _opened(cluster, home) as (hospital, keys, link):
        broker = await asyncio.to_thread(PublishingBroker, hospital.nats)
        publisher = Publisher(hospital, keys, link, broker=broker, picture_bytes=picture_bytes)
        async with publisher.running:
            await publisher.begin()
            yield publisher


@asynccontextmanager
async def subscribing(cluster: servers.Cluster, home: Path, name: str) -> AsyncIterator[Subscriber]:
    """A hospital that has not joined yet; no service of it runs."""
    async with _opened(cluster, home) as (hospital, keys, link):
        subscriber = Subscriber(hospital, keys, link, name=name)
        async with subscriber.running:
            yield subscriber
