"""The desk of tests: on a real database, with a keyring in memory and an assessor that knows people by number."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from secrets import token_bytes
from uuid import UUID, uuid4

import asyncpg
import numpy as np
import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.entries import EntryView, ErasureView, Finding, Measures, PhotoJudged, Verdict
from proto.wardwatch.v1.messages import EntryPublished, Template
from proto.wardwatch.v1.requests import DeskAnswer, DeskCall, PhotoEmbedReply
from proto.wardwatch.v1.sealing import DataKey, unseal
from proto.wardwatch.v1.subjects import EntryId, SiteId
from proto.wardwatch.v1.values import Aligned, EntryState, Model, Quality, Vector, vector_from
from services.chassis.errors import Refusal
from services.chassis.telemetry import Meters
from services.matcher.alike import AnswerAlike
from services.matcher.core import Gallery, MatchPolicy, QualityGate, templates_of
from services.matcher.index import IndexShape, ListIndex
from services.watchlist import wiring
from services.watchlist.desk.dispatcher import Dispatcher
from services.watchlist.desk.rate_limit import RateLimit
from services.watchlist.enrolment.alike_client import AlikeClient
from services.watchlist.enrolment.assessment import Assessment, Face
from services.watchlist.enrolment.lookalikes import ListedSearch
from services.watchlist.federation.opening import Photos
from services.watchlist.federation.receiving import Receiving
from services.watchlist.federation.stopping import Stops
from services.watchlist.keys import seals
from services.watchlist.keys.identity_keys import IdentityKeys
from services.watchlist.record.database import Database
from services.watchlist.record.open_words import OpenWords
from services.watchlist.replication.differences import Effect, StreamMessage
from services.watchlist.replication.stream_writer import StreamWriter
from services.watchlist.rules.days import USUAL_DAYS, Days
from services.watchlist.rules.holder import Holder
from services.watchlist.wiring import Clock, Resources
from tests import servers

DIMENSION = 128
MODEL = Model("sface", "ab" * 32)
SECOND = Model("another", "cd" * 32)
POLICY = MatchPolicy(MODEL.sha256, DIMENSION, QualityGate(0, 90, 0), neighbours=8)
LI = Holder(UUID(int=1), "li.wei", "supervisor")
ANA = Holder(UUID(int=2), "ana.ruiz", "administrator")
OTTO = Holder(UUID(int=3), "otto.brandt", "supervisor")
AUDITOR = Holder(UUID(int=4), "dana.ito", "auditor")
GUARD = Holder(UUID(int=5), "guard.1", "guard")
PEOPLE = (LI, ANA, OTTO, AUDITOR, GUARD)
DRAFT: dict[str, object] = {
    "label": "Visitor with a knife",
    "category": "violence",
    "basis": "decision 2026/17",
    "evidence": "file 17, page 3",
    "instruction": "Keep your distance, call 8811",
}
# A number that GB 11643 itself gives as its example.
NUMBER = "11010519491231002X"


def person(number: int, *, like: int | None = None, cosine: float = 1.0) -> Vector:
    """The vector of a person: unlike anybody else's, or at *cosine* from another's."""
    if like is not None:
        other, own = person(like), person(number)
        across = own - (own @ other) * other
        vector: Vector = (cosine * other + np.sqrt(1 - cosine**2) * across / np.linalg.norm(across)).astype(np.float32)
        return vector
    values = np.random.default_rng(number).standard_normal(DIMENSION).astype(np.float32)
    unit: Vector = values / np.linalg.norm(values)
    return unit


@dataclass
class Keyring:
    """Data keys in memory; ``destroyed`` ones never come back."""

    keys: dict[UUID, DataKey] = field(default_factory=dict)
    destroyed: set[UUID] = field(default_factory=set)

    async def make(self, owner: UUID) -> DataKey:
        assert owner not in self.destroyed
        return self.keys.setdefault(owner, DataKey(token_bytes(32)))

    def key(self, owner: UUID) -> DataKey:
        return self.keys[owner]

    def knows(self, owner: UUID) -> bool:
        return owner in self.keys


@dataclass
class ErasureFollowUp:
    """Destroys an erased entry's key, and reads from the record how far the erasure is."""

    keyring: Keyring
    superuser: "asyncpg.Pool[asyncpg.Record]"
    words: OpenWords

    async def after_erasure(self, entry_id: UUID) -> None:
        self.keyring.keys.pop(entry_id, None)
        self.keyring.destroyed.add(entry_id)
        self.words.forget(entry_id)

    async def view(self, entry_id: UUID) -> ErasureView:
        async with self.superuser.acquire() as connection:
            row = await connection.fetchrow("SELECT * FROM watchlist.erasure WHERE entry_id = $1", entry_id)
        if row is None:
            raise Refusal(404, f"entry {entry_id} was not erased")
        return ErasureView(
            entry=entry_id,
            erased_by=row["erased_by_name"],
            erased_at=row["erased_at"],
            reason=row["reason"],
            key_destroyed_at=None,
            stream_purged_at=None,
            receipts=[],
            owed=[],
            complete=False,
        )


def _finding(code: str, severity: str) -> Finding:
    return Finding.model_validate({"code": code, "severity": severity, "text": "hard to see"})


@dataclass
class SecondEmbedder:
    """Makes the same vector of every face, by another recogniser than the list's."""

    model: Model = SECOND

    async def embed_second(self, aligned: tuple[Aligned, ...]) -> PhotoEmbedReply:
        return PhotoEmbedReply(self.model, tuple(person(99) for _ in aligned))


@dataclass
class FakeAssessor:
    """Assesses a photo by its bytes: its face has the vector in ``faces``, its finding is the code in ``warnings``."""

    faces: dict[bytes, Vector] = field(default_factory=dict)
    warnings: dict[bytes, str] = field(default_factory=dict)
    model: Model = MODEL

    async def __call__(self, jpeg: bytes) -> Assessment:
        if jpeg not in self.faces:
            return Assessment(Verdict.REJECTED, (_finding("no_face", "rejected"),), None, None)

        code = self.warnings.get(jpeg)
        findings = () if code is None else (_finding(code, "warning"),)
        quality = Quality(0.9, 150, 60, 300, 3, 1, 120)
        measures = Measures(face_px=150, eye_distance_px=60, sharpness=300, yaw_degrees=3, roll_degrees=1, exposure=120)
        face = Face(b"face of " + jpeg, quality, self.model, self.faces[jpeg])
        return Assessment(Verdict.WARNING if findings else Verdict.READY, findings, measures, face)


@dataclass
class FakeStream:
    """What WATCHLIST holds of each entry, the last message only."""

    held: dict[EntryId, EntryPublished] = field(default_factory=dict)
    published: int = 0

    async def last(self, entry_id: EntryId) -> StreamMessage | None:
        entry = self.held.get(entry_id)
        if entry is None:
            return None
        is_stop = entry.state is EntryState.SUSPENDED and not entry.generation
        return StreamMessage(1, entry.revision, Effect.of(entry), is_stop=is_stop)

    async def messages(self, entry_id: EntryId) -> list[StreamMessage]:
        last = await self.last(entry_id)
        return [] if last is None else [last]

    async def delete(self, sequence: int) -> None:
        """The one before goes by itself here."""

    async def publish(self, entry: EntryPublished, *, message_id: str, after: int) -> int:
        self.held[entry.entry_id] = entry
        self.published += 1
        return self.published + 1


@dataclass
class Desk:
    """The desk behind its dispatcher, and everything a test looks at beside it."""

    superuser: "asyncpg.Pool[asyncpg.Record]"
    dispatcher: Dispatcher
    keyring: Keyring
    assessor: FakeAssessor
    index: ListIndex
    receiving: Callable[[Photos], Receiving]
    stream: FakeStream
    words: OpenWords
    gallery: Gallery = field(default_factory=Gallery)

    async def call(
        self,
        operation: str,
        target: Mapping[str, object] | None = None,
        *,
        by: Holder = LI,
        body: Mapping[str, object] | None = None,
        attachment: bytes = b"",
        key: str = "",
    ) -> DeskAnswer:
        """Send a request as the edge does. Raises Refusal."""
        content = b"" if body is None else json.dumps(body, default=str).encode()
        named = {name: str(value) for name, value in (target or {}).items()}
        call = DeskCall(token(by), content, attachment, key, named)
        return DeskAnswer.decode(await self.dispatcher.answers()[subjects.desk(operation)](call.encode()))

    async def entry(
        self,
        operation: str,
        entry: UUID,
        target: Mapping[str, object] | None = None,
        *,
        by: Holder = LI,
        body: Mapping[str, object] | None = None,
    ) -> EntryView:
        """Call an operation that is answered with the entry."""
        answer = await self.call(operation, {"entry": entry, **(target or {})}, by=by, body=body)
        return EntryView.model_validate_json(answer.body)

    async def draft(self, changed: Mapping[str, object] | None = None, *, by: Holder = LI, key: str = "") -> EntryView:
        """Draft an entry; *changed* overrides fields of DRAFT."""
        answer = await self.call("draft_entry", by=by, body={**DRAFT, **(changed or {})}, key=key)
        return EntryView.model_validate_json(answer.body)

    async def photograph(
        self,
        entry: UUID,
        vector: Vector,
        target: Mapping[str, object] | None = None,
        *,
        by: Holder = LI,
        file: bytes | None = None,
        warning: str | None = None,
    ) -> PhotoJudged:
        """Add a photo whose face has *vector*; *target* overrides its usual parameters."""
        content = uuid4().bytes if file is None else file
        self.assessor.faces[content] = vector
        if warning is not None:
            self.assessor.warnings[content] = warning
        described = {"position": 0, "name": "a.jpg", "source": "gate camera", "sha256": sha256(content).hexdigest()}
        answer = await self.call(
            "add_photo", {"entry": entry, **described, **(target or {})}, by=by, attachment=content
        )
        return PhotoJudged.model_validate_json(answer.body)

    async def pending(
        self, vector: Vector, changed: Mapping[str, object] | None = None, *, by: Holder = LI
    ) -> EntryView:
        """An entry that waits for approval."""
        entry = await self.draft(changed, by=by)
        await self.photograph(entry.id, vector, by=by)
        return await self.entry("submit_entry", entry.id, by=by)

    async def active(self, vector: Vector, changed: Mapping[str, object] | None = None) -> EntryView:
        """An entry that matches, and is known to the index."""
        entry = await self.pending(vector, changed)
        approved = await self.approve(entry.id)
        await self.publish()
        return approved

    async def approve(self, entry: object, *, by: Holder = ANA, seen: int | None = None) -> EntryView:
        """Approve an entry, or its renewal, at revision *seen*: by default the present one."""
        answer = await self.call(
            "approve_entry", {"entry": entry}, by=by, body={"revision": seen or await self.at(entry)}
        )
        return EntryView.model_validate_json(answer.body)

    async def at(self, entry: object) -> int:
        """The present revision of an entry; of one that is not there, the first."""
        rows = await self.fetch("SELECT revision FROM watchlist.entry WHERE id::text = $1", str(entry))
        return int(rows[0]["revision"]) if rows else 1

    async def publish(self, *only: UUID) -> None:
        """Bring gallery and index to where the record is, as the relay and the stream do."""
        for entry in await self.published(*only):
            if self.gallery.apply(entry):
                self.index.replace(entry.entry_id, entry.revision, templates_of(entry, POLICY))

    async def published(self, *only: UUID) -> list[EntryPublished]:
        """What the relay would publish of every entry that was submitted, or of *only* some."""
        entries = await self.fetch(
            "SELECT * FROM watchlist.entry WHERE state <> 'draft' AND ($1::uuid[] = '{}' OR id = ANY ($1))", only
        )
        templates = await self.fetch(
            "SELECT p.entry_id, t.* FROM watchlist.template AS t"
            " INNER JOIN watchlist.photo AS p ON p.id = t.photo_id"
            " WHERE p.suspended_at IS NULL AND ($1::uuid[] = '{}' OR p.entry_id = ANY ($1))",
            only,
        )
        return [self._published(entry, [t for t in templates if t["entry_id"] == entry["id"]]) for entry in entries]

    def _published(self, row: asyncpg.Record, templates: list[asyncpg.Record]) -> EntryPublished:
        return EntryPublished(
            EntryId(str(row["id"])),
            row["revision"],
            EntryState[row["state"].upper()],
            row["expires_at"],
            frozenset(SiteId(site) for site in row["sites"]),
            tuple(
                Template(
                    str(t["photo_id"]),
                    Model(t["model_name"], t["model_sha256"].hex()),
                    vector_from(
                        unseal(
                            self.keyring.key(row["id"]),
                            t["sealed_vector"],
                            about=seals.vector(t["photo_id"], t["model_sha256"].hex()),
                        )
                    ),
                )
                for t in templates
                if row["state"] == "active"
            ),
            min_similarity=row["min_similarity"],
        )

    async def readings(self) -> list[tuple[str, str, str, str]]:
        """The readings in the audit: who read what, of whom or why."""
        rows = await self.fetch(
            "SELECT actor_name, action, subject, reason FROM audit.event"
            " WHERE action ~ '(read|listed|searched|revealed|identity.refused)$' ORDER BY sequence"
        )
        return [(row["actor_name"], row["action"], row["subject"], row["reason"]) for row in rows]

    async def fetch(self, query: str, *values: object) -> list[asyncpg.Record]:
        """Read, or change, as the superuser."""
        async with self.superuser.acquire() as connection:
            return await connection.fetch(query, *values)


async def refused(request: Awaitable[object], code: int, words: str) -> None:
    """Assert that the desk refuses, with this code and in words like these."""
    with pytest.raises(Refusal, match=words) as refusal:
        await request
    assert refusal.value.code == code, str(refusal.value)


def token(holder: Holder) -> str:
    """The token of a person's session."""
    return f"token of {holder.name}"


@dataclass(frozen=True, slots=True)
class Matchers:
    """A matcher without a broker in between: it takes and returns the bytes that would be sent."""

    answer: AnswerAlike

    async def request(self, subject: str, payload: bytes, *, timeout_seconds: float) -> bytes:
        assert subject == subjects.ALIKE.pattern
        return await self.answer(payload)


@asynccontextmanager
async def opened(
    database: servers.Database, *, paced: int = 10_000, listed: ListedSearch | None = None, days: Days = USUAL_DAYS
) -> AsyncIterator[Desk]:
    """A desk on *database*, where everybody has signed in; look-alikes are sought in *listed* or its own index."""
    keyring, assessor, words = Keyring(), FakeAssessor(), OpenWords()
    async with AsyncExitStack() as stack:
        index = stack.enter_context(ListIndex(IndexShape(DIMENSION), Meters()))
        connected = await stack.enter_async_context(Database.open(database.importer, password=None))
        superuser = await stack.enter_async_context(asyncpg.create_pool(database.superuser, min_size=0, max_size=1))
        await _people(superuser)
        holdings = Resources(
            database=connected,
            keys=keyring,
            identity=IdentityKeys(token_bytes(32), token_bytes(32)),
            listed=AlikeClient(Matchers(AnswerAlike(index, POLICY)), MODEL.sha256) if listed is None else listed,
            assess=assessor,
            erasures=ErasureFollowUp(keyring, superuser, words),
            model_sha256=MODEL.sha256,
            meters=Meters(),
            second=SecondEmbedder(),
            words=words,
        )
        clock = Clock(now=lambda: datetime.now(UTC), monotonic=lambda: 0.0, new_id=uuid4, days=days)
        handlers = stack.enter_context(wiring.desk(holdings, clock))
        dispatcher = wiring.dispatcher(connected, handlers, RateLimit(paced, 60.0), Meters(), clock)
        stream = FakeStream()
        stops = Stops(stream, StreamWriter(stream, Meters()), Meters())
        receiving = partial(wiring.receiving, holdings, clock=clock, stops=stops)
        yield Desk(superuser, dispatcher, keyring, assessor, index, receiving, stream, words)


async def _people(superuser: "asyncpg.Pool[asyncpg.Record]") -> None:
    async with superuser.acquire() as connection:
        for holder in PEOPLE:
            await connection.execute(
                "INSERT INTO accounts.account (id, name, role) VALUES ($1, $2, $3)",
                holder.account_id,
                holder.name,
                holder.role,
            )
            await connection.execute(
                "INSERT INTO accounts.session (token_sha256, account_id, expires_at)"
                " VALUES ($1, $2, now() + interval '1 hour')",
                sha256(token(holder).encode()).digest(),
                holder.account_id,
            )
