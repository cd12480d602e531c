"""Compare every entry on the stream with the record, put right what may be put right, and say what may not."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

import structlog

from proto.wardwatch.v1.subjects import EntryId
from services.chassis.telemetry import Meters
from services.watchlist.replication.agreement import (
    REPAIRABLE,
    Difference,
    Held,
    Recorded,
    difference,
    tombstone,
    too_many_unknown,
)
from services.watchlist.replication.reconcile_store import Asker, Cause, Settling
from services.watchlist.replication.relay import PutEntry

log = structlog.get_logger(__name__)

_AT_ONCE: Final = 200
# Of each kind of difference so many entries are named in the log; the counts are complete.
_NAMED: Final = 20


class Keys(Protocol):
    """The data keys; ``destroy`` raises NotStored or NoAnswer."""

    def knows(self, owner: UUID) -> bool: ...
    async def destroy(self, owner: UUID) -> None: ...


class Stream(Protocol):
    """See ``liststream.ListStream``; raises NoAnswer."""

    async def held(self, entry_id: EntryId) -> list[Held]: ...
    async def everything(self, stop: asyncio.Event) -> dict[EntryId, Held]: ...
    async def last_sequence(self) -> int: ...


class Store(Protocol):
    """See ``reconcile_store.ReconcileStore``; raises StoreAway."""

    def alone(self) -> AbstractAsyncContextManager[bool]: ...
    def settling(self) -> AbstractAsyncContextManager[Settling]: ...
    async def everything(self) -> dict[EntryId, Recorded]: ...
    async def greatest_sequence(self) -> int: ...
    async def is_refill_owed(self) -> bool: ...
    async def begin(self, id_: UUID, cause: Cause, asker: Asker | None, *, bury_unknown: bool) -> UUID: ...
    async def end(self, id_: UUID, counts: Mapping[str, int]) -> None: ...


@dataclass(frozen=True, slots=True)
class Reconcile:
    """One comparison at a time among all replicas. The record decides; what it has erased stays erased."""

    store: Store
    stream: Stream
    put: PutEntry
    keys: Keys
    meters: Meters
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]

    async def nightly(self, stop: asyncio.Event) -> bool:
        """Compare because it is time; False when another replica is at it, or *stop* came.

        Like all of these raises StoreAway, NoAnswer, NotStored.
        """
        return await self._compare("nightly", self.new_id(), stop, None, bury_unknown=False)

    async def asked(self, stop: asyncio.Event, id_: UUID, asker: Asker, *, bury_unknown: bool) -> bool:
        """Compare because an account asked for it, who may have said that all unknown entries shall end.

        *id_* is of what was asked: a comparison that broke off is tried again under it.
        """
        return await self._compare("asked", id_, stop, asker, bury_unknown=bury_unknown)

    async def is_stream_anew(self) -> bool:
        """Whether the stream ends before what was published on it, or did and was not filled since.

        It was made anew, or is an old copy of itself.
        """
        if await self.store.is_refill_owed():
            return True
        published = await self.store.greatest_sequence()  # first: what is published from now on may be later
        return published > await self.stream.last_sequence()

    async def refill(self, stop: asyncio.Event) -> bool:
        """Fill a stream that was made anew from the record; False when another replica is at it."""
        return await self._compare("stream", self.new_id(), stop, None, bury_unknown=False)

    async def _compare(
        self, cause: Cause, id_: UUID, stop: asyncio.Event, asker: Asker | None, *, bury_unknown: bool
    ) -> bool:
        async with self.store.alone() as alone:
            if not alone:
                return False
            began = self.now()
            id_ = await self.store.begin(id_, cause, asker, bury_unknown=bury_unknown)
            if cause == "stream":
                await self._forget()  # after the beginning is noted: only that says from now on what is owed
            held = await self.stream.everything(stop)
            if stop.is_set():
                return False
            recorded = await self.store.everything()
            counts = await self._settle(held, recorded, bury_unknown=bury_unknown)
            counts["keys_destroyed"] = await self._destroy_again(recorded.values())
            await self.store.end(id_, counts)
        found = sum(counts[kind] for kind in Difference)
        seconds = round((self.now() - began).total_seconds(), 1)
        log.info("list compared with the record", entries=counts["entries"], count=found, seconds=seconds)
        self.meters.set("wardwatch_reconciled_at_seconds", self.now().timestamp())
        return True

    async def _forget(self) -> None:
        log.error("the watchlist stream was made anew and is filled from the record")
        async with self.store.settling() as settling:
            await settling.forget_sequences(await self.stream.last_sequence())

    async def _settle(
        self, held: Mapping[EntryId, Held], recorded: Mapping[EntryId, Recorded], *, bury_unknown: bool
    ) -> Counter[str]:
        """Look again, with the relays held back, at each entry that seems to differ, and act on what is found."""
        suspects = [
            entry_id
            for entry_id in sorted(held.keys() | recorded.keys())
            if difference(self._expected(recorded.get(entry_id), held.get(entry_id)), held.get(entry_id)) is not None
        ]
        unknown = sum(entry_id not in recorded for entry_id in suspects)
        bury = bury_unknown or not too_many_unknown(unknown, len(recorded))
        if not bury:
            log.error("the record lacks too many entries, none was ended", count=unknown, entries=len(recorded))
        counts: Counter[str] = Counter(entries=len(recorded))
        for start in range(0, len(suspects), _AT_ONCE):
            async with self.store.settling() as settling:
                await self._settle_some(settling, suspects[start : start + _AT_ONCE], counts, bury=bury)
        for kind in Difference:
            self.meters.count("wardwatch_reconcile_differences_total", counts[kind], difference=kind.value)
        return counts

    async def _settle_some(
        self, settling: Settling, suspects: Sequence[EntryId], counts: Counter[str], *, bury: bool
    ) -> None:
        recorded = await settling.recorded(suspects)
        messages = await asyncio.gather(*(self.stream.held(entry_id) for entry_id in suspects))
        again: list[EntryId] = []
        for entry_id, mine in zip(suspects, messages, strict=True):
            last = mine[-1] if mine else None
            kind = difference(self._expected(recorded.get(entry_id), last), last)
            if kind is None:
                continue
            counts[kind] += 1
            self._name(entry_id, kind, counts[kind])
            if kind in REPAIRABLE:
                again.append(entry_id)
            elif kind is Difference.UNKNOWN and bury and last is not None:
                await self._bury(entry_id, last)
                counts["buried"] += 1
        if again:
            counts["repaired"] += await settling.publish_again(again)

    async def _bury(self, entry_id: EntryId, last: Held) -> None:
        """End an entry that nobody answers for: whoever is not in the record must not be looked for (S3)."""
        entry = tombstone(entry_id, last, self.now())
        await self.put(entry, message_id=f"{entry_id}/{entry.revision}/unknown")

    async def _destroy_again(self, recorded: Iterable[Recorded]) -> int:
        """Destroy keys of erased entries that are there again, because the keyring was put back from a backup."""
        keyless = [UUID(each.entry_id) for each in recorded if each.keyless]
        alive = [owner for owner in keyless if self.keys.knows(owner)]
        for owner in alive:
            await self.keys.destroy(owner)
        if alive:
            log.error("data keys of erased entries were there again and are destroyed", count=len(alive))
        return len(alive)

    def _expected(self, recorded: Recorded | None, held: Held | None) -> Recorded | None:
        """What to ask of the stream. Where the data key is missing it is left the vectors it has: they were right."""
        if recorded is None or held is None or held.effect is None or self.keys.knows(UUID(recorded.entry_id)):
            return recorded
        return replace(recorded, effect=replace(recorded.effect, templates=held.effect.templates))

    def _name(self, entry_id: EntryId, kind: Difference, count: int) -> None:
        if count > _NAMED:
            return
        match kind:
            case Difference.AHEAD:
                log.error("the stream is ahead of the record, nothing was changed", entry_id=entry_id)
            case Difference.UNKNOWN:
                log.error("the record does not know an entry of the stream", entry_id=entry_id)
            case Difference.MISSING | Difference.BEHIND | Difference.DIFFERENT:
                log.warning("entry is published again", entry_id=entry_id, reason=kind.value)
