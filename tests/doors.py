"""The ports of a door, in memory: a copy of a list, the record's side, and a watchlist service that takes anything."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from proto.wardwatch.v1 import statements, subjects
from proto.wardwatch.v1.federation import ListSilence, Received, ReceiveOutcome, ReceiveRequest
from proto.wardwatch.v1.listed import ListedEntry
from proto.wardwatch.v1.values import EntryState
from services.chassis.errors import NoAnswer, NotStored, Refusal
from services.federation.door.ports import Counts, Erasure, HeadKept, Joined, RecordAway, Repaired, Signed, Written
from tests.publishers import HOSPITAL, LIST


@dataclass(frozen=True)
class Message:
    """As the broker's copy gives it."""

    subject: str
    payload: bytes


@dataclass
class FakeCopy:
    """What the publisher's broker has, by subject, and what it was told; *is_away* is its link."""

    messages: dict[str, bytes] = field(default_factory=dict)
    receipts: dict[tuple[str, str], bytes] = field(default_factory=dict)
    hellos: list[bytes] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)  # "all", or "list" without its pictures
    asked_again: int = 0
    ensured: int = 0
    is_away: bool = False
    came: "asyncio.Queue[Message]" = field(default_factory=asyncio.Queue)

    def put(self, subject: str, payload: bytes) -> None:
        """Store it there; it comes here at once."""
        self.messages[subject] = payload
        self.came.put_nowait(Message(subject, payload))

    async def ensure(self) -> bool:
        self._check()
        self.ensured += 1
        return False

    async def repair(self, *, pictures: bool) -> None:
        self._check()
        self.repairs.append("all" if pictures else "list")
        for subject, payload in self.messages.items():
            if pictures or ".face." not in subject:
                self.came.put_nowait(Message(subject, payload))

    async def ask_again(self) -> None:
        self._check()
        self.asked_again += 1

    async def follow(self, take: Callable[[Message], object], stop: asyncio.Event) -> None:
        stopped = asyncio.ensure_future(stop.wait())
        while not stop.is_set():
            coming = asyncio.ensure_future(self.came.get())
            await asyncio.wait([coming, stopped], return_when=asyncio.FIRST_COMPLETED)
            if coming.done():
                take(coming.result())
            else:
                coming.cancel()

    async def publish_receipt(self, entry: str, matcher: str, statement: bytes) -> None:
        self._store()
        self.receipts[entry, matcher] = statement

    async def publish_hello(self, statement: bytes) -> None:
        self._store()
        self.hellos.append(statement)

    async def delete(self, subject: str) -> None:
        self.deleted.append(subject)

    def _check(self) -> None:
        if self.is_away:
            raise NoAnswer("the link is down")

    def _store(self) -> None:
        if self.is_away:
            raise NotStored("the link is down")


@dataclass
class FakeRecord:
    """What the record follows, as the watchlist service writes it; *is_away* is the database."""

    list_: Joined
    follows: dict[str, Written] = field(default_factory=dict)
    kept: HeadKept | None = None
    open: dict[str, Erasure] = field(default_factory=dict)
    receipts: dict[UUID, list[Signed]] = field(default_factory=dict)
    closings: list[str] = field(default_factory=list)
    renewals: list[tuple[bytes, bytes]] = field(default_factory=list)
    repairs: list[Repaired] = field(default_factory=list)
    is_away: bool = False

    async def joined(self, list_: str) -> Joined | None:
        self._check()
        return self.list_

    async def written(self, list_: str) -> Sequence[Written]:
        self._check()
        return list(self.follows.values())

    async def head(self, list_: str) -> HeadKept | None:
        self._check()
        return self.kept

    async def keep_head(self, list_: str, head: HeadKept) -> None:
        self._check()
        self.kept = head

    async def erasures(self, list_: str) -> Sequence[Erasure]:
        self._check()
        return list(self.open.values())

    async def signed(self, local_id: UUID) -> Sequence[Signed]:
        self._check()
        return self.receipts.get(local_id, [])

    async def closed(self, list_: str, entry_id: str) -> None:
        self._check()
        self.closings.append(entry_id)
        del self.open[entry_id]

    async def counts(self, list_: str) -> Counts:
        self._check()
        return Counts(1, len(self.open), 2, 1)

    async def repaired(self, list_: str, found: Repaired) -> None:
        self._check()
        self.repairs.append(found)
        self.list_ = replace(self.list_, repair_asked=False)

    async def note_renewal(self, list_: str, publisher: bytes, statement: bytes) -> None:
        self._check()
        self.renewals.append((publisher, statement))

    def _check(self) -> None:
        if self.is_away:
            raise RecordAway("away")


@dataclass
class FakeWatchlist:
    """Writes what it is asked to into a :class:`FakeRecord`, or answers as in ``answers`` by entry."""

    record: FakeRecord
    answers: dict[str, ReceiveOutcome] = field(default_factory=dict)
    asked: list[ReceiveRequest] = field(default_factory=list)
    silences: list[bool] = field(default_factory=list)
    stopped: list[tuple[str, ...]] = field(default_factory=list)  # while the database was away
    is_away: bool = False
    refuses: dict[str, int] = field(default_factory=dict)  # code by entry

    async def __call__(self, subject: str, payload: bytes, *, timeout_seconds: float) -> bytes:
        if self.is_away:
            raise NoAnswer("nobody listens", nobody_listens=True)
        if subject == subjects.federation("silence"):
            message = ListSilence.decode(payload)
            silent = message.silent
            self.silences.append(silent)
            if self.record.is_away:
                self.stopped.append(message.entries)
                raise Refusal(503, "the database is away")
            self.record.list_ = replace(self.record.list_, silent=silent)
            return b""
        request = ReceiveRequest.decode(payload)
        self.asked.append(request)
        entry = ListedEntry.decode(request.statement[: -statements.SIGNATURE_BYTES])
        if code := self.refuses.get(entry.entry_id):
            raise Refusal(code, "as the test wants it")
        if outcome := self.answers.get(entry.entry_id):
            return Received(outcome, "as the test wants it").encode()
        known = self.record.follows.get(entry.entry_id)
        if known is not None and known.number > entry.number:
            return Received(ReceiveOutcome.OLDER).encode()
        digest = statements.statement_digest(request.statement)
        self.record.follows[entry.entry_id] = Written(entry.entry_id, entry.number, entry.revision, entry.state, digest)
        return Received(ReceiveOutcome.WRITTEN).encode()

    def active(self) -> set[str]:
        """Entries that the record lets match."""
        return {e for e, w in self.record.follows.items() if w.state is EntryState.ACTIVE}


def joined(publisher: bytes, *, silent_days: int = 30) -> Joined:
    """A list that was joined an hour ago."""
    now = datetime.now(UTC)
    return Joined(LIST, HOSPITAL, publisher, "ww-0123456789ab", silent_days, now, left=False, silent=False)
