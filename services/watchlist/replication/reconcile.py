"""Compare every entry on the stream with the record, put right what may be put right, and say what may not."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

import structlog

from proto.wardwatch.v1.subjects import EntryId
from services.chassis.telemetry import Meters
from services.watchlist.replication.differences import (
    REPAIRABLE,
    Difference,
    RecordedEntry,
    StreamMessage,
    difference,
    tombstone,
    too_many_unknown,
)
from services.watchlist.replication.reconcile_store import Cause, PausedRelays, Requester
from services.watchlist.replication.relay import WriteEntry

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

    async def messages(self, entry_id: EntryId) -> list[StreamMessage]: ...
    async def delete(self, sequence: int) -> None: ...
    async def everything(self, stop: asyncio.Event) -> dict[EntryId, StreamMessage]: ...
    async def last_sequence(self) -> int: ...
    async def ends_forged(self) -> bool: ...


class Store(Protocol):
    """See ``reconcile_store.ReconcileStore``; raises StoreAway."""

    def exclusively(self) -> AbstractAsyncContextManager[bool]: ...
    def relays_paused(self) -> AbstractAsyncContextManager[PausedRelays]: ...
    async def everything(self) -> dict[EntryId, RecordedEntry]: ...
    async def greatest_sequence(self) -> int: ...
    async def greatest_carried_sequence(self) -> int: ...
    async def some(self, entries: Collection[EntryId]) -> dict[EntryId, RecordedEntry]: ...
    async def is_refill_owed(self) -> bool: ...
    async def begin(self, id_: UUID, cause: Cause, requester: Requester | None, *, tombstone_unknown: bool) -> UUID: ...
    async def end(self, id_: UUID, counts: Mapping[str, int]) -> None: ...


@dataclass(frozen=True, slots=True)
class Reconcile:
    """One comparison at a time among all replicas. The record decides; what it has erased stays erased."""

    store: Store
    stream: Stream
    write: WriteEntry
    keys: Keys
    meters: Meters
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]

    async def nightly(self, stop: asyncio.Event) -> bool:
        """Compare because it is time. Returns False when another replica compares, or *stop* was set.

        Raises StoreAway, NoAnswer and NotStored, as all of these do.
        """
        return await self._compare("nightly", self.new_id(), stop, None) is not None

    async def requested(self, stop: asyncio.Event, id_: UUID, requester: Requester, *, tombstone_unknown: bool) -> bool:
        """Compare because an account requested it; *tombstone_unknown* ends all entries that the record does not know.

        *id_* names the request: a comparison that broke off is tried again under it.
        """
        return await self._compare("asked", id_, stop, requester, tombstone_unknown=tombstone_unknown) is not None

    async def was_stream_recreated(self) -> bool:
        """Whether the stream ends before what was published on it, or did and was not filled since.

        It was made anew, or is an old copy of itself.
        """
        if await self.store.is_refill_owed():
            return True
        published = await self.store.greatest_sequence()  # first: what is published from now on may be later
        return published > await self.stream.last_sequence()

    async def is_foreign_at_its_end(self) -> bool:
        """Whether the stream ends with what nobody here published: with a forged message, or behind all published."""
        last = await self.stream.last_sequence()  # first: what is published meanwhile is no reason
        return await self.stream.ends_forged() or last > await self.store.greatest_carried_sequence()

    async def is_older_than_recorded(self, seen: Mapping[EntryId, int]) -> set[EntryId]:
        """Entries whose last message, of the revision *seen*, is of another than the record has and has published."""
        recorded = await self.store.some(seen)
        return {
            entry_id
            for entry_id, revision in seen.items()
            if (entry := recorded.get(entry_id)) is None or (not entry.waiting and entry.revision != revision)
        }

    async def repair(self, entries: Collection[EntryId]) -> int:
        """Compare *entries*, of which somebody else had something stored; returns how many were not as recorded."""
        counts: Counter[str] = Counter()
        suspects = sorted(entries)
        for start in range(0, len(suspects), _AT_ONCE):
            async with self.store.relays_paused() as paused:
                some = suspects[start : start + _AT_ONCE]
                await self._reconcile_some(paused, some, counts, tombstone_them=True)
        return _repaired(counts)

    async def refill(self, stop: asyncio.Event) -> bool:
        """Fill a stream that was made anew from the record. Returns False when another replica does."""
        return await self._compare("stream", self.new_id(), stop, None, remade=True) is not None

    async def repair_all(self, stop: asyncio.Event) -> int | None:
        """Compare all, because somebody else wrote on the stream.

        Returns how many entries were not as recorded, or None when another replica compares.
        """
        counts = await self._compare("stream", self.new_id(), stop, None)
        return None if counts is None else _repaired(counts)

    async def _compare(
        self,
        cause: Cause,
        id_: UUID,
        stop: asyncio.Event,
        requester: Requester | None,
        *,
        tombstone_unknown: bool = False,
        remade: bool = False,
    ) -> Counter[str] | None:
        """What was found; None when another replica compares, or *stop* was set."""
        async with self.store.exclusively() as alone:
            if not alone:
                return None
            began = self.now()
            id_ = await self.store.begin(id_, cause, requester, tombstone_unknown=tombstone_unknown)
            if remade:
                await self._forget()  # after the beginning is noted: only that says from now on what is owed
            held = await self.stream.everything(stop)
            if stop.is_set():
                return None
            recorded = await self.store.everything()
            counts = await self._reconcile_all(held, recorded, tombstone_unknown=tombstone_unknown)
            counts["keys_destroyed"] = await self._destroy_again(recorded.values())
            await self.store.end(id_, counts)
        found = sum(counts[kind] for kind in Difference)
        seconds = round((self.now() - began).total_seconds(), 1)
        log.info("list compared with the record", entries=counts["entries"], count=found, seconds=seconds)
        self.meters.set("wardwatch_reconciled_at_seconds", self.now().timestamp())
        return counts

    async def _forget(self) -> None:
        log.error("the watchlist stream was made anew and is filled from the record")
        async with self.store.relays_paused() as paused:
            await paused.forget_sequences(await self.stream.last_sequence())

    async def _reconcile_all(
        self,
        held: Mapping[EntryId, StreamMessage],
        recorded: Mapping[EntryId, RecordedEntry],
        *,
        tombstone_unknown: bool,
    ) -> Counter[str]:
        """Compare each entry that seems to differ once more while relays are paused, and act on what is found."""
        suspects = [
            entry_id
            for entry_id in sorted(held.keys() | recorded.keys())
            if difference(self._expected(recorded.get(entry_id), held.get(entry_id)), held.get(entry_id)) is not None
        ]
        unknown = sum(entry_id not in recorded for entry_id in suspects)
        tombstone_them = tombstone_unknown or not too_many_unknown(unknown, len(recorded))
        if not tombstone_them:
            log.error("the record lacks too many entries, none was ended", count=unknown, entries=len(recorded))
        counts: Counter[str] = Counter(entries=len(recorded))
        for start in range(0, len(suspects), _AT_ONCE):
            async with self.store.relays_paused() as paused:
                await self._reconcile_some(
                    paused, suspects[start : start + _AT_ONCE], counts, tombstone_them=tombstone_them
                )
        for kind in Difference:
            self.meters.count("wardwatch_reconcile_differences_total", counts[kind], difference=kind.value)
        return counts

    async def _reconcile_some(
        self, paused: PausedRelays, suspects: Sequence[EntryId], counts: Counter[str], *, tombstone_them: bool
    ) -> None:
        recorded = await paused.recorded(suspects)
        messages = await asyncio.gather(*(self.stream.messages(entry_id) for entry_id in suspects))
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
            elif all(each.forged for each in mine):
                await self._delete(mine)
            elif kind is Difference.UNKNOWN and tombstone_them and last is not None:
                await self._write_tombstone(entry_id, last)
                counts["buried"] += 1
        if again:
            counts["repaired"] += await paused.publish_again(again)

    async def _delete(self, messages: Iterable[StreamMessage]) -> None:
        """Of an entry that is not in the record: no matcher has believed any of it, so nothing needs to end it."""
        for each in messages:
            await self.stream.delete(each.sequence)

    async def _write_tombstone(self, entry_id: EntryId, last: StreamMessage) -> None:
        """End an entry that the record does not know: who is not in the record must not be looked for (S3)."""
        entry = tombstone(entry_id, last, self.now())
        await self.write(entry, message_id=f"{entry_id}/{entry.revision}/unknown")

    async def _destroy_again(self, recorded: Iterable[RecordedEntry]) -> int:
        """Destroy keys of erased entries that are there again, because the keyring was put back from a backup."""
        keyless = [UUID(each.entry_id) for each in recorded if each.keyless]
        alive = [owner for owner in keyless if self.keys.knows(owner)]
        for owner in alive:
            await self.keys.destroy(owner)
        if alive:
            log.error("data keys of erased entries were there again and are destroyed", count=len(alive))
        return len(alive)

    def _expected(self, recorded: RecordedEntry | None, held: StreamMessage | None) -> RecordedEntry | None:
        """What the stream should hold. Without the data key nothing can be sealed anew: it keeps the vectors it has."""
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


def _repaired(counts: Mapping[str, int]) -> int:
    """How many entries were not as recorded; where the stream is ahead of the record nothing was changed."""
    return sum(counts[kind] for kind in Difference if kind is not Difference.AHEAD)
