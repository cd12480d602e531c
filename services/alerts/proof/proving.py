"""Proves now that the head which was published outside the database is in the audit; good for half a minute."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replication import AuditHead
from services.alerts.database import StoreAway
from services.alerts.proof.store import Head, Record
from services.chassis.bus import Delivery
from services.chassis.errors import NoAnswer

# However many ask: what costs the record and the broker something is done so often.
_FRESH_SECONDS: Final = 30.0
# What could not be asked is asked again sooner.
_UNKNOWN_SECONDS: Final = 2.0


class LastOf(Protocol):
    """The last message that a stream holds of a subject; see ``Bus``. Raises NoAnswer."""

    async def __call__(self, stream: str, subject: str) -> Delivery | None: ...


class PublicRecord(Protocol):
    """What is public of the record; see ``ProofStore``. Raises StoreAway."""

    async def read(self) -> Record: ...
    async def sha256_of(self, sequence: int) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found. ``record`` is None while the database is away.

    ``agrees``: the published head is an event of the audit, by its hash. None: that could not be asked just now.
    """

    record: Record | None
    published: Head | None
    agrees: bool | None


@dataclass(slots=True)
class Proving:
    """One proof at a time; whoever asks meanwhile waits for it. *monotonic* gives seconds."""

    store: PublicRecord
    last_of: LastOf
    monotonic: Callable[[], float]
    _known: Proof | None = field(init=False, default=None)
    _until: float = field(init=False, default=0.0)
    _turn: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)

    async def __call__(self) -> Proof:
        """The proof of the last half minute, or another one."""
        async with self._turn:
            if self._known is None or self.monotonic() >= self._until:
                self._known = await self._prove()
                lasts = _UNKNOWN_SECONDS if self._known.agrees is None else _FRESH_SECONDS
                self._until = self.monotonic() + lasts
            return self._known

    async def _prove(self) -> Proof:
        try:
            # The published one first: what is published cannot be newer than what is kept.
            published = await self._published()
        except NoAnswer:
            published, asked = None, False
        else:
            asked = True
        try:
            record = await self.store.read()
            if not asked or published is None:
                return Proof(record, None, None)
            return Proof(record, published, await self.store.sha256_of(published.sequence) == published.sha256)
        except StoreAway:
            return Proof(None, published, None)

    async def _published(self) -> Head | None:
        """The newest head on the stream, which the alerts service signed. Raises NoAnswer."""
        last = await self.last_of(subjects.AUDIT_STREAM.name, subjects.AUDIT.pattern)
        if last is None or last.forged:
            return None
        try:
            head = AuditHead.decode(last.payload)
        except ValueError:
            return None
        return Head(head.sequence, head.sha256.hex(), head.chained_at)
