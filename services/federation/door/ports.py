"""What the door needs of others: its copy of a list, the record, and the watchlist service."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from proto.wardwatch.v1.values import EntryState


class RecordAway(Exception):
    """The database does not answer, or not now."""


class Arrived(Protocol):
    """A message of the copy, checked by nobody; see ``broker.received.Received``."""

    @property
    def subject(self) -> str: ...
    @property
    def payload(self) -> bytes: ...


class Copy(Protocol):
    """This hospital's copy of a list, and its way to the publisher; see ``broker.copy.Copy``.

    All raise NoAnswer, but ``follow``, which waits; what is published raises NotStored until the publisher's broker has
    it on disk. ``ensure`` and ``repair`` make the copy, which ``follow`` then gives from its start once more, pictures
    only where they were asked for; ``ask_again`` has what was not confirmed sent once more.
    """

    async def ensure(self) -> bool: ...
    async def repair(self, *, pictures: bool) -> None: ...
    async def ask_again(self) -> None: ...
    async def follow(self, take: Callable[[Arrived], object], stop: asyncio.Event) -> None: ...
    async def publish_receipt(self, entry: str, matcher: str, statement: bytes) -> None: ...
    async def publish_hello(self, statement: bytes) -> None: ...
    async def delete(self, subject: str) -> None: ...


class Ask(Protocol):
    """Sends a request to the watchlist service; see ``Bus.request``. Raises Refusal and NoAnswer."""

    async def __call__(self, subject: str, payload: bytes, *, timeout_seconds: float) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Joined:
    """A list that two people joined. ``silent``: it is suspended because nothing was heard of it for so long.

    ``next_publisher`` is believed as well as ``publisher``: two people accepted it, and it has signed nothing yet.
    """

    list_: str
    hospital: str
    publisher: bytes
    domain: str
    silent_days: int
    joined_at: datetime
    left: bool
    silent: bool
    next_publisher: bytes | None = None
    repair_asked: bool = False

    @property
    def publishers(self) -> tuple[bytes, ...]:
        """By whose keys it is believed, the last one first."""
        return (self.publisher,) if self.next_publisher is None else (self.next_publisher, self.publisher)


@dataclass(frozen=True, slots=True)
class Written:
    """The statement that the record follows of an entry."""

    entry_id: str
    number: int
    revision: int
    state: EntryState
    statement_sha256: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class HeadKept:
    """The last head that was believed, and how the record compared with it; as ``federation.head``.

    ``at`` is by the publisher's clock, ``heard_at`` by ours.
    """

    number: int
    at: datetime
    heard_at: datetime
    entries: int
    agreed_at: datetime | None = None
    agreed_number: int | None = None
    differs_since: datetime | None = None
    differs: int = 0
    locked: int = 0
    own_key: str = ""  # the renewed key of this hospital that everything is sealed to


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erased entry that the publisher has not been told the end of. No ``local_id``: nothing of it was kept here.

    ``owed`` matchers have not signed yet; ``is_gone``: its data key is destroyed, and its vectors are off the stream.
    """

    entry_id: str
    local_id: UUID | None
    number: int
    owed: int
    is_gone: bool


@dataclass(frozen=True, slots=True)
class Signed:
    """A matcher that has signed for an erasure."""

    matcher: str
    released_at: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """Of a list: entries suspended here, erasures that are not closed. Of the hospital: matchers, and those current."""

    suspended: int
    owed: int
    matchers: int
    matchers_current: int


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair that somebody asked for has found, and whether all is the same now."""

    entries: int
    missing: int
    differing: int
    agrees: bool


class Record(Protocol):
    """The record as the federation service sees it; see ``record.DoorRecord``. Raises RecordAway."""

    async def joined(self, list_: str) -> Joined | None: ...
    async def written(self, list_: str) -> Sequence[Written]: ...
    async def head(self, list_: str) -> HeadKept | None: ...
    async def keep_head(self, list_: str, head: HeadKept) -> None: ...
    async def erasures(self, list_: str) -> Sequence[Erasure]: ...
    async def signed(self, local_id: UUID) -> Sequence[Signed]: ...
    async def closed(self, list_: str, entry_id: str) -> None: ...
    async def counts(self, list_: str) -> Counts: ...
    async def repaired(self, list_: str, found: Repaired) -> None: ...
    async def note_renewal(self, list_: str, publisher: bytes, statement: bytes) -> None: ...
