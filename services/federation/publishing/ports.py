"""What the publisher needs of others: its broker, the record, and the watchlist service."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from proto.wardwatch.v1.federation import HospitalHello, HospitalReceipt, KeyRenewal, ListInvitation
from proto.wardwatch.v1.statements import DigestLine
from services.federation.publishing.adopting import SaidBefore
from services.federation.publishing.composing import Kept, Made
from services.federation.publishing.core import EntryFacts, Found, ListFacts


class Heard(Protocol):
    """A message of a stream, checked by nobody; see ``broker.received.Received``."""

    @property
    def subject(self) -> str: ...
    @property
    def payload(self) -> bytes: ...


class Holds(Protocol):
    """What a stream holds on a subject; see ``broker.hub.Held``."""

    @property
    def sha256(self) -> bytes: ...


class Hub(Protocol):
    """The publisher's broker; see ``broker.hub.Hub``. Raises NoAnswer; what publishes raises NotStored.

    A batch is stored whole or not at all, and in its order. ``statements`` gives what the list's stream holds, by
    subject, pictures aside. ``refill`` makes the list's streams anew, empty.
    ``receipts`` and ``hellos`` give what is held, then what comes, until *stop*.
    """

    async def ensure_list(self, list_: str, hospitals: Collection[str]) -> None: ...
    async def publish(self, subject: str, statement: bytes) -> int: ...
    async def publish_batch(self, list_: str, statements: Sequence[tuple[str, bytes]]) -> int: ...
    async def last_head(self, list_: str) -> Heard | None: ...
    async def held(self, list_: str) -> Mapping[str, Holds]: ...
    async def statements(self, list_: str) -> Mapping[str, bytes]: ...
    async def purge_faces(self, list_: str, entry: str) -> None: ...
    async def refill(self, list_: str, hospitals: Collection[str]) -> None: ...
    def receipts(self, list_: str, stop: asyncio.Event) -> AsyncGenerator[Heard, None]: ...
    def hellos(self, list_: str, stop: asyncio.Event) -> AsyncGenerator[Heard, None]: ...


class Ask(Protocol):
    """Sends a request to the watchlist service; see ``Bus.request``. Raises Refusal and NoAnswer."""

    async def __call__(self, subject: str, payload: bytes, *, timeout_seconds: float) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Note:
    """An entry of which something new is to be said; noted again, it is another note."""

    entry_id: str
    noted_at: datetime


@dataclass(frozen=True, slots=True)
class Unsigned:
    """An invitation that two people asked for."""

    list_: str
    hospital: str
    title: str
    addresses: tuple[str, ...]
    authority: str = field(repr=False)
    expires_at: datetime
    silent_days: int

    def invitation(self, publisher: bytes, domain: str) -> ListInvitation:
        """What is signed, by the public key *publisher* and the broker's *domain*."""
        return ListInvitation(
            self.list_,
            self.title,
            self.hospital,
            self.addresses,
            self.authority,
            publisher,
            domain,
            self.expires_at,
            self.silent_days,
        )


class Saying(Protocol):
    """A transaction in which something is said of a list: nobody else gives numbers of it meanwhile.

    ``lines`` are of every entry that is not erased, as it was said last.
    ``write`` keeps statements, the list's *number*, and which hospitals are being given a key.
    """

    facts: ListFacts

    async def entries(self, entries: Collection[str]) -> list[EntryFacts]: ...
    async def kept(self, entries: Collection[str]) -> Mapping[str, Kept]: ...
    async def lines(self) -> list[DigestLine]: ...
    async def write(self, made: Sequence[Made], number: int) -> None: ...
    async def drop(self, notes: Collection[Note]) -> None: ...


class Record(Protocol):
    """The record as role ``wardwatch_federation``; see ``record.PublisherRecord``. Raises StoreAway.

    ``begin_anew``: everything is to be published again; ``emptied``: the stream is another one by now, without a head.
    ``adopt``: of what was said before, as the stream has it, take over what is later than what the record knows.
    ``on_stream``: digests by subject of statements, and subjects of keys, that the broker should have.
    """

    async def lists(self) -> list[ListFacts]: ...
    async def notes(self, list_: str) -> list[Note]: ...
    async def unsettled(self, list_: str) -> list[str]: ...
    async def entries(self, list_: str, entries: Collection[str]) -> list[EntryFacts]: ...
    def saying(self, list_: str) -> AbstractAsyncContextManager[Saying]: ...
    async def stored(self, list_: str, made: Sequence[Made], head_number: int) -> None: ...
    async def raise_number(self, list_: str, number: int) -> None: ...
    async def adopt(self, list_: str, said: SaidBefore) -> int: ...
    async def begin_anew(self, list_: str) -> None: ...
    async def emptied(self, list_: str) -> None: ...
    async def on_stream(self, list_: str) -> tuple[Mapping[str, bytes], Collection[str]]: ...
    async def repaired(self, list_: str, found: Found, *, agrees: bool) -> None: ...
    async def hello_numbers(self, list_: str) -> list[int]: ...
    async def unsigned(self) -> list[Unsigned]: ...
    async def signed(self, list_: str, hospital: str, invitation: bytes) -> None: ...
    async def note_hello(self, list_: str, hello: HospitalHello) -> None: ...
    async def note_renewal(self, list_: str, hospital: str, renewal: KeyRenewal, statement: bytes) -> None: ...
    async def last_hello_at(self, list_: str, hospital: str) -> datetime | None: ...
    async def receipts(self, list_: str, hospital: str, entry_id: UUID) -> tuple[int, list[bytes]] | None: ...
    async def note_receipt(self, list_: str, receipt: HospitalReceipt, statement: bytes) -> None: ...
    async def close(self, list_: str, hospital: str, entry_id: UUID) -> bool: ...
    async def closed(self, list_: str) -> set[tuple[str, str]]: ...
