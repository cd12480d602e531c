"""Publishers and hospitals in memory, by the code that decides in each of them: what is said, believed and looked for.

The databases and brokers between are as simple as can be: rows, and messages that somebody delivers or does not.
"""

import asyncio
import copy
from collections.abc import Collection, Coroutine
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proto.wardwatch.v1 import statements
from proto.wardwatch.v1.federation import ListedContent, ListedContentRequest, ReceiveOutcome, ReceiveRequest
from proto.wardwatch.v1.listed import ListedFace, ListedPerson, ListedPhoto, ListedTemplate, picture_digest
from proto.wardwatch.v1.sealing import NONCE_BYTES, DataKey, seal
from proto.wardwatch.v1.statements import NotAuthentic
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState, Model
from services.chassis.errors import Refusal
from services.chassis.federation_keys import FederationKeys
from services.chassis.telemetry import Meters
from services.federation.door import agreement
from services.federation.door.core import HeldList, Taken
from services.federation.door.ports import HeadKept, Written
from services.federation.publishing.composing import Composer
from services.federation.publishing.core import Hospital, ListFacts, Shared
from services.federation.publishing.publisher import HEAD_SECONDS, Publisher
from services.watchlist.federation.opening import Locked, NotUsable, opened, pictures
from services.watchlist.federation.received_store import Said, Subscription
from services.watchlist.federation.receiving import authentic
from services.watchlist.rules.holder import Holder
from services.watchlist.rules.listed_elsewhere import Known, Move, Placed, Standing, Verdict, judged, moves, needs_key
from tests.publishers import QUALITY
from tests.unit.federation.hubs import FakeHub
from tests.unit.federation.records import NOW, FakeRecord, Rows, World

MODEL = Model("sface", "ab" * 32)
VECTOR = np.ones(128, np.float32) / np.sqrt(np.float32(128))
LI, ANA = Holder(UUID(int=1), "li", ""), Holder(UUID(int=2), "ana", "")
_NAMESPACE = UUID(int=9)
_LONGEST = timedelta(days=400)


@dataclass
class Town(World):
    """A publisher: its record, its broker, its clock, and the process that publishes."""

    list_: str = "city"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    hub: FakeHub = field(default_factory=FakeHub)
    clock: "Clock" = field(default_factory=lambda: Clock())
    count: int = 0

    def __post_init__(self) -> None:
        self.record.rows = Rows(ListFacts(self.list_, self.list_, 30, 0, 0, 1, ()))
        self.start()

    @property
    def public(self) -> bytes:
        """By what it is believed."""
        return statements.public_bytes(self.key)

    def start(self) -> None:
        """Another process takes over."""

        async def alone() -> None:
            pass

        self.publisher = Publisher(
            self.record, self.hub, self.content, Composer(self.key), Meters(),
            now=self.clock.now, monotonic=lambda: self.clock.seconds, still_alone=alone,
        )  # fmt: skip

    def lists(self, hospitals: Collection[str], until: datetime) -> str:
        """Two people put somebody on the list."""
        self.count += 1
        entry_id = str(uuid5(_NAMESPACE, f"{self.list_}/{self.count}"))
        self.rows.shared[entry_id] = Shared(2, EntryState.ACTIVE, until, 0.0, frozenset(hospitals), False)
        self.rows.note(entry_id)
        return entry_id

    def lets_in(self, name: str, keys: FederationKeys) -> None:
        """Two people admit a hospital by its answer."""
        self.sealing[name] = keys.sealing[keys.current]
        public = statements.public_bytes(keys.sealing[keys.current])
        hospital = Hospital(name, statements.public_bytes(keys.signing), public, admitted=True)
        facts = self.rows.facts
        self.rows.facts = replace(facts, hospitals=(*facts.hospitals, hospital))

    def ends_again(self) -> None:
        """After its record was put back, people erase anew whom they had erased; their data keys are gone anyway."""
        for entry_id in self.ended & self.rows.shared.keys():
            shared = self.rows.shared[entry_id]
            if shared.state is not EntryState.ERASED and not shared.withdrawn:
                self.rows.change(entry_id, state=EntryState.ERASED)

    def expires(self) -> None:
        """Its own watchlist ends whose time is over."""
        for entry_id, shared in list(self.rows.shared.items()):
            is_over = shared.expires_at <= self.clock.now()
            if is_over and shared.state in (EntryState.ACTIVE, EntryState.SUSPENDED):
                self.rows.change(entry_id, state=EntryState.EXPIRED)

    async def works(self) -> None:
        """A round of its process."""
        self.clock.seconds += HEAD_SECONDS
        (facts,) = await self.record.lists()
        await self.publisher.round(facts)

    async def settles(self) -> None:
        """Rounds until nothing but a head is said."""
        for _ in range(60):
            before = len(self.hub.history)
            await self.works()
            if [subject.split(".")[2] for subject, _ in self.hub.history[before:]] == ["head"]:
                return
        raise AssertionError("it does not come to rest")

    async def content(self, subject: str, payload: bytes, *, timeout_seconds: float) -> bytes:
        """As the watchlist service gives it: of what may leave, and whose keys are there."""
        request = ListedContentRequest.decode(payload)
        shared = self.rows.shared[request.entry_id]
        if request.entry_id in self.ended or shared.withdrawn or request.generation != self.rows.facts.generation:
            raise Refusal(409, "it may not leave")
        key = DataKey(self.travel_key(request.entry_id, request.generation))
        photo, picture = uuid5(UUID(request.entry_id), "photo"), b"face of " + request.entry_id.encode()
        listed = ListedPhoto(photo, QUALITY, "gate", None, picture_digest(picture), (ListedTemplate(MODEL, VECTOR),))
        person = ListedPerson("Visitor", "violence", "decision", "file", "call 8811", "", NOW, (listed,))
        about = statements.person_about(self.list_, request.entry_id)
        face_about = statements.face_about(self.list_, request.entry_id, str(photo))
        nonce = bytes(NONCE_BYTES)
        sealed = seal(key, picture, about=face_about, nonce=nonce)
        return ListedContent(
            shared.revision, shared.state, shared.expires_at, shared.min_similarity, key,
            b"" if request.key_only else seal(key, person.encode(), about=about, nonce=nonce),
            () if request.key_only else (ListedFace(EntryId(request.entry_id), photo, request.generation, sealed),),
        ).encode()  # fmt: skip


@dataclass
class Clock:
    """The time, which is the same for all."""

    seconds: float = 0.0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)


@dataclass
class Row:
    """What a hospital's record has of an entry; no ``standing``: nothing of the person is kept."""

    local_id: UUID
    number: int
    revision: int
    state: EntryState
    sha256: bytes = field(repr=False)
    expires_at: datetime
    standing: Standing | None = None
    until: datetime = NOW
    stopped: bool = False


@dataclass
class ListHere:
    """A list at a hospital. ``asked``: one person wants it; ``joined``: another one has compared its invitation."""

    town: Town
    asked: bool = False
    joined: bool = False
    left: bool = False
    suspended: bool = False
    silent: bool = False
    joined_at: datetime = NOW
    head: HeadKept | None = None
    rows: dict[str, Row] = field(default_factory=dict)

    @property
    def runs(self) -> bool:
        """Whether anybody of it may match."""
        return self.joined and not self.left and not self.suspended and not self.silent


@dataclass
class Ward:
    """A hospital: its record, and for each list a copy and a door. No restore brings ``destroyed`` data keys back."""

    name: str
    clock: Clock
    lists: dict[str, ListHere]
    keys: FederationKeys = field(default_factory=FederationKeys.new)
    doors: dict[str, HeldList] = field(default_factory=dict)
    copies: dict[str, dict[str, bytes]] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)  # how much of a publisher's history came, or was lost
    cut: set[str] = field(default_factory=set)
    destroyed: set[UUID] = field(default_factory=set)

    # -- the line

    def may_read(self, list_: str, subject: str) -> bool:
        """What a publisher's broker sends here."""
        kind, *rest = subject.split(".")[2:]
        return kind != "key" or rest[0] == self.name

    def delivers(self, list_: str, count: int, *, lost: bool = False) -> None:
        """The next *count* messages come, or are lost on their way."""
        history = self.lists[list_].town.hub.history
        begin = self.read.get(list_, 0)
        self.read[list_] = min(len(history), begin + count)
        for subject, payload in history[begin : self.read[list_]]:
            if not lost and self.may_read(list_, subject):
                self.copies.setdefault(list_, {})[subject] = payload
                self.takes(list_, subject, payload)

    def fetches(self, list_: str) -> None:
        """The copy is made anew of what the publisher's broker holds now."""
        town = self.lists[list_].town
        held = {**town.hub.faces.get(list_, {}), **town.hub.lists.get(list_, {})}
        self.copies[list_] = {s: p for s, p in held.items() if self.may_read(list_, s)}
        self.read[list_] = len(town.hub.history)
        self.reads_copy(list_)

    def reads_copy(self, list_: str) -> None:
        """The door reads its copy from its start."""
        for subject, payload in self.copies.get(list_, {}).items():
            self.takes(list_, subject, payload)

    def takes(self, list_: str, subject: str, payload: bytes) -> Taken | None:
        """A message comes to the door of a list, which two people must have joined."""
        if not self.lists[list_].joined or self.lists[list_].left:
            return None
        return self.door(list_).take(subject, payload)

    def door(self, list_: str) -> HeldList:
        """The door of a list, which has read the record."""
        if list_ not in self.doors:
            here = self.lists[list_]
            self.doors[list_] = HeldList(list_, self.name, (here.town.public,), self.keys.sealing)
            self.doors[list_].record_says(_written(here))
            self.doors[list_].begin_behind(0 if here.head is None else here.head.number)
        return self.doors[list_]

    def hands_on(self, list_: str) -> None:
        """The door hands on what is due, once; what nobody answers stays due."""
        here = self.lists[list_]
        if not here.joined or here.left:
            return
        door = self.door(list_)
        while due := door.due(4):
            outcomes = []
            for entry_id, number, request in due:
                outcomes.append(self.receives(request))
                door.answered(entry_id, number, outcomes[-1])
            if ReceiveOutcome.OLDER in outcomes:
                door.record_says(_written(here))
            if None in outcomes:
                break

    def looks(self, list_: str) -> None:
        """The door compares, writes the head down, and heeds silence; the watchlist ends whose time is over."""
        here, now = self.lists[list_], self.clock.now()
        for row in here.rows.values():
            if row.standing in ("active", "suspended") and row.until <= now:
                row.standing = "expired"
        if not here.joined or here.left:
            return
        door = self.door(list_)
        if door.head is not None:
            here.head = agreement.kept(here.head, door.head, now, door.compared(), now)
        if agreement.is_silent(here.head, here.joined_at, 30, now) is not here.silent:
            here.silent = not here.silent
            self.settles(list_)

    # -- the record

    def receives(self, request: ReceiveRequest) -> ReceiveOutcome | None:
        """What the watchlist service does with a statement, whoever hands it over."""
        here = self.lists.get(request.list_)
        if here is None or not here.joined or here.left:
            return ReceiveOutcome.REFUSED
        subscription = Subscription(
            request.list_, self.name, here.town.public, None, here.town.public, LI, ANA, ("h1",)
        )
        try:
            said, _ = authentic(request, subscription)
            verdict = self._judged(here, said)
            if verdict in (Verdict.BEGIN, Verdict.FOLLOW) and needs_key(said.entry, self.name):
                person = opened(request.list_, said.entry, request.travel_key)
                if verdict is Verdict.BEGIN:
                    pictures(request.list_, said.entry, person, request.travel_key, request.faces)
        except (NotAuthentic, NotUsable, ValueError):
            return ReceiveOutcome.REFUSED
        except Locked:
            return ReceiveOutcome.LOCKED
        if verdict is Verdict.BEGIN and said.local_id in self.destroyed:
            return None  # its data key was destroyed, and is never made again
        return self._write(here, said, verdict)

    def _judged(self, here: ListHere, said: Said) -> Verdict:
        row = here.rows.get(said.entry.entry_id)
        known = None if row is None else Known(row.number, row.revision, row.state, row.sha256, row.standing)
        return judged(said.entry, said.statement_sha256, known, self.name, self.clock.now())

    def _write(self, here: ListHere, said: Said, verdict: Verdict) -> ReceiveOutcome:
        if verdict is Verdict.OLDER:
            return ReceiveOutcome.OLDER
        if verdict is Verdict.GOES_BACK:
            return ReceiveOutcome.REFUSED
        if verdict is Verdict.KNOWN:
            return ReceiveOutcome.WRITTEN
        entry, before = said.entry, here.rows.get(said.entry.entry_id)
        row = Row(
            said.local_id, entry.number, entry.revision, entry.state, said.statement_sha256, entry.expires_at,
            None if before is None else before.standing,
            entry.expires_at if before is None or before.standing is None else before.until,
            stopped=before is not None and before.stopped,
        )  # fmt: skip
        here.rows[entry.entry_id] = row
        if verdict is Verdict.BEGIN:
            row.standing, row.until = "pending", entry.expires_at
        if verdict is Verdict.ERASE:
            row.standing = "erased"
            self.destroyed.add(row.local_id)
        self._settle(here, row)
        return ReceiveOutcome.WRITTEN

    def settles(self, list_: str) -> None:
        """Every entry of a list comes to stand as it may."""
        here = self.lists[list_]
        for row in here.rows.values():
            self._settle(here, row)

    def _settle(self, here: ListHere, row: Row) -> None:
        if row.standing is None:
            return
        placed = Placed(row.standing, row.until, row.state, row.expires_at, runs=here.runs, stopped=row.stopped)
        for move in moves(placed, self.clock.now()):
            match move:
                case Move.APPROVE | Move.RESUME:
                    row.standing = "active"
                case Move.SUSPEND:
                    row.standing = "suspended"
                case Move.EXPIRE:
                    row.standing = "expired"
                case Move.REVOKE:
                    row.standing = "revoked"
                case Move.APPROVE_RENEWAL:
                    row.standing, row.until = "active", row.expires_at
                case Move.ASK_RENEWAL:
                    pass

    def leaves(self, list_: str) -> None:
        """Everything of a list is erased, for good."""
        here = self.lists[list_]
        here.left = True
        for row in here.rows.values():
            row.state = EntryState.ERASED
            if row.standing is not None:
                row.standing = "erased"
                self.destroyed.add(row.local_id)

    # -- what it comes to

    def matching(self) -> set[tuple[str, str]]:
        """List and entry of everybody who would be sighted now: by the record, the clock and the data keys."""
        now = self.clock.now()
        return {
            (list_, entry_id)
            for list_, here in self.lists.items()
            for entry_id, row in here.rows.items()
            if row.standing == "active" and row.until > now and row.local_id not in self.destroyed
        }

    def backup(self) -> dict[str, ListHere]:
        """What a dump of its database holds."""
        return {name: replace(here, rows=copy.deepcopy(here.rows)) for name, here in self.lists.items()}

    def put_back(self, dump: dict[str, ListHere]) -> None:
        """The database is as it was; doors read it anew."""
        self.lists = {name: replace(here, rows=copy.deepcopy(here.rows)) for name, here in dump.items()}
        for list_ in list(self.doors):
            if not self.lists[list_].joined:
                del self.doors[list_]
            else:
                self.doors[list_].record_says(_written(self.lists[list_]))

    def restarts(self) -> None:
        """Its processes are killed, and read record and copies anew."""
        self.doors.clear()
        for list_ in self.lists:
            self.reads_copy(list_)


def _written(here: ListHere) -> list[Written]:
    return [Written(e, r.number, r.revision, r.state, r.sha256) for e, r in here.rows.items()]


def records(*towns: Town) -> dict[str, FakeRecord]:
    """Dumps of publishers' records."""
    return {town.list_: FakeRecord(copy.deepcopy(town.rows)) for town in towns}


def run(work: Coroutine[object, object, None]) -> None:
    """Run a coroutine to its end."""
    asyncio.run(work)
