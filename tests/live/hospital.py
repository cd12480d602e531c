"""One hospital for live tests: a broker, a database, whoever has signed in, and services that come and go.

Vectors are drawn from a number that stands for a person, so that no model is needed.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import pytest

from access import grants, wrapping
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import FaceEmbedded, PersonSighted
from proto.wardwatch.v1.requests import DeskAnswer, DeskCall
from proto.wardwatch.v1.subjects import FrameId, Place, camera_id, site_id
from proto.wardwatch.v1.values import Journey, Look, Origin, Quality, Vector
from services.chassis.bus import Bus
from services.chassis.telemetry import Meters
from services.watchlist.keys.key_files import read_wrapping_keys
from services.watchlist.keys.key_stream import KeyStream
from services.watchlist.keys.keyring import Keyring
from tests import buses, servers
from tests.contract.record import DIMENSION, MODEL, Record, vector
from tests.fakes import eventually, quiet_repairs
from tests.live import processes

GOOD: Final = Quality(0.9, 150, 60, 300, 0, 0, 120, least_sharpness=20, contrast=40, chroma=20)


@dataclass(kw_only=True)
class Hospital:
    """Real servers; connections are opened when they are first asked for and closed with the hospital."""

    nats: servers.Nats
    database: servers.Database
    home: Path
    environment: pytest.MonkeyPatch
    sightings: list[PersonSighted] = field(default_factory=list)
    _tokens: dict[str, str] = field(default_factory=dict)
    _frames: int = 0
    _buses: dict[str, Bus] = field(default_factory=dict)
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)
    _connecting: asyncio.Lock = field(default_factory=asyncio.Lock)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, nats: servers.Nats, database: servers.Database, home: Path, environment: pytest.MonkeyPatch
    ) -> AsyncIterator["Hospital"]:
        """A hospital over *nats*, which has its streams, and *database*; whatever it opened is closed on leaving."""
        hospital = cls(nats=nats, database=database, home=home, environment=environment)
        async with hospital._open:
            yield hospital

    @property
    def wrapping_keys_file(self) -> Path:
        """The secrets that data keys are wrapped under."""
        return self.nats.credentials_dir / wrapping.WRAPPING_KEYS

    async def bus(self, user: str) -> Bus:
        """The connection of *user*."""
        async with self._connecting:
            if user not in self._buses:
                self._buses[user] = await self._open.enter_async_context(buses.connected(self.nats, user))
            return self._buses[user]

    async def owner(self) -> "asyncpg.Connection[asyncpg.Record]":
        """Another connection as the database's owner."""
        connection = await asyncpg.connect(self.database.owner)
        self._open.push_async_callback(connection.close)
        return connection

    async def keyring(self) -> Keyring:
        """A keyring as the watchlist has it, which does not follow its stream."""
        bus = await self.bus(grants.WATCHLIST_RECORD)
        secrets = partial(read_wrapping_keys, self.wrapping_keys_file)
        return Keyring(KeyStream(bus, random=os.urandom), secrets, Meters(), random=os.urandom, repairs=quiet_repairs())

    async def record(self) -> Record:
        """The record as the desk writes it, with keys that every watchlist and matcher here can open."""
        return await self._open.enter_async_context(Record.open(self.database, await self.keyring()))

    async def sign_in(self, name: str, role: str) -> str:
        """A new account with a session; returns the session's token."""
        account, token = UUID(int=len(self._tokens) + 1), f"session of {name}"
        owner = await asyncpg.connect(self.database.owner)
        try:
            await owner.execute(
                "INSERT INTO accounts.account (id, name, role) VALUES ($1, $2, $3)", account, name, role
            )
            await owner.execute(
                "INSERT INTO accounts.session (token_sha256, account_id, expires_at)"
                " VALUES ($1, $2, now() + interval '1 hour')",
                sha256(token.encode()).digest(),
                account,
            )
        finally:
            await owner.close()
        self._tokens[name] = token
        return token

    async def call(
        self,
        operation: str,
        by: str,
        target: Mapping[str, str] | None = None,
        *,
        body: Mapping[str, object] | None = None,
        attachment: bytes = b"",
    ) -> bytes:
        """Call the desk as the edge does, for somebody who has signed in; returns the answer's JSON. Raises Refusal."""
        call = DeskCall(self._tokens[by], json.dumps(body or {}).encode(), attachment, target=target or {})
        operator = await self.bus(grants.OPERATOR)
        answer = await operator.request(subjects.desk(operation), call.encode(), timeout_seconds=10)
        return DeskAnswer.decode(answer).body

    def matcher(self, name: str = "m1", **settings: str) -> AbstractAsyncContextManager[processes.Service]:
        """A matcher process that is ready, and signs receipts soon after it has forgotten somebody."""
        own = {"NAME": name, "DIMENSION": str(DIMENSION), "PURGE_SECONDS": "0.1", **settings}
        return processes.matcher(self.nats, own)

    def watchlist(self, **settings: str) -> AbstractAsyncContextManager[processes.Service]:
        """A process of the watchlist service that is ready."""
        return processes.watchlist(self.nats, self.database, settings)

    def delivery(self, **settings: str) -> AbstractAsyncContextManager[processes.Service]:
        """A process of the delivery service that is ready."""
        return processes.delivery(self.nats, self.database, settings)

    def alerts(self, **settings: str) -> AbstractAsyncContextManager[processes.Alerts]:
        """The alerts service, run in this loop."""
        own = {**processes.pushing(self.nats), **settings}
        return processes.alerts(self.nats, self.database, self.environment, **own)

    async def show(self, person: int, *, site: str = "h1", look: Look | None = None) -> str:
        """Publish the vector of a face that passes a camera, of a track's *look*; returns the frame's id."""
        return await self.show_face(vector(person), site=site, look=look)

    async def show_face(
        self, seen: Vector, *, site: str = "h1", look: Look | None = None, picture: bytes = b"jpeg"
    ) -> str:
        """The same of any face."""
        self._frames += 1
        name = f"f{self._frames}"
        place = Place(site_id(site), camera_id("gate"))
        origin = Origin(place, FrameId(name), 0, Journey(self._frames), look)
        face = FaceEmbedded(origin, GOOD, MODEL, seen, picture)
        embedder = await self.bus(grants.EMBEDDER)
        await embedder.publish(subjects.vectors(place), face.encode())
        await embedder.client.flush()
        return name

    async def sees(self, person: int, *, site: str = "h1", within_seconds: float = 10) -> PersonSighted:
        """Show a face, again every 100 ms as a camera would, until it is sighted."""
        mine: list[str] = []

        async def sighted() -> bool:
            mine.append(await self.show(person, site=site))
            await asyncio.wait([asyncio.create_task(self._take_sightings())], timeout=0.1)
            return any(s.origin.frame_id in mine for s in self.sightings)

        await eventually(sighted, within_seconds=within_seconds)
        return next(s for s in self.sightings if s.origin.frame_id in mine)

    async def _take_sightings(self) -> None:
        """Read what the stream holds now."""
        operator = await self.bus(grants.OPERATOR)
        # One after another, else a slow reading and the next one take the same sighting twice.
        async with self._reading:
            info = await operator.stream.stream_info(subjects.SIGHTINGS_STREAM.name)
            for sequence in range(len(self.sightings) + 1, info.state.last_seq + 1):
                message = await operator.stream.get_msg(subjects.SIGHTINGS_STREAM.name, sequence)
                self.sightings.append(PersonSighted.decode(message.data or b""))
