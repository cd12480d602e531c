"""Sees erasures through until they are complete: the data key, the stream, and every matcher's receipt."""

import asyncio
from collections.abc import Collection
from typing import Final, Protocol
from uuid import UUID

import structlog

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import ErasureView, OwedReceipt, ReceiptView
from proto.wardwatch.v1.subjects import EntryId
from services.chassis.errors import NoAnswer, NotStored, Refusal
from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters
from services.watchlist.record.errors import StoreAway
from services.watchlist.replication.differences import StreamMessage
from services.watchlist.replication.erasure_progress import Erasure
from services.watchlist.replication.repeated_failure import RepeatedFailure

log = structlog.get_logger(__name__)

_AGAIN_SECONDS: Final = 10.0


class Keys(Protocol):
    """The data keys. Destroying is idempotent and raises NotStored, or NoAnswer, when it is not certain."""

    async def destroy(self, owner: UUID) -> None: ...


class TravelKeys(Protocol):
    """What shared entries travel under; see ``travel_keys.TravelKeys``. Raises as ``Keys`` does, and StoreAway."""

    async def destroy(self, entry_id: UUID) -> None: ...


class Stream(Protocol):
    """What the stream keeps of an entry; raises NoAnswer."""

    async def messages(self, entry_id: EntryId) -> list[StreamMessage]: ...


class Store(Protocol):
    """See ``erasure_progress.ErasureProgressStore``; raises StoreAway."""

    async def erasure(self, entry_id: UUID) -> tuple[Erasure, list[ReceiptView], list[OwedReceipt]] | None: ...
    async def hospitals(self, entry_id: UUID) -> tuple[int, list[str]]: ...
    async def unfinished(self) -> list[Erasure]: ...
    async def waits_in_outbox(self, entry_id: UUID) -> bool: ...
    async def key_destroyed(self, entry_id: UUID) -> None: ...
    async def stream_purged(self, entry_id: UUID) -> None: ...
    async def publish_again(self, entries: Collection[UUID]) -> int: ...


class ErasureFollowUp:
    """Every replica runs one. Each step may be done twice, and what a killed replica left undone another does."""

    def __init__(self, store: Store, keys: Keys, travel_keys: TravelKeys, stream: Stream, meters: Meters) -> None:
        self._store = store
        self._keys = keys
        self._travel_keys = travel_keys
        self._stream = stream
        self._meters = meters
        self._failures = RepeatedFailure(began="erasures cannot be followed up", over="erasures are followed up again")

    async def after_erasure(self, entry_id: UUID) -> None:
        """Destroy the key of an entry that was just erased. What fails is tried again by ``run``."""
        try:
            await self._destroy(entry_id)
        except (StoreAway, NotStored, NoAnswer) as error:
            log.warning("erasure is followed up later", entry_id=str(entry_id), reason=str(error))

    async def view(self, entry_id: UUID) -> ErasureView:
        """How far an erasure is. Raises Refusal (404) when the entry was not erased."""
        found = await self._store.erasure(entry_id)
        if found is None:
            raise Refusal(404, refusals.NOT_ERASED.filled(entry=entry_id))
        erasure, receipts, owed = found
        hospitals, still_open = await self._store.hospitals(entry_id)
        return ErasureView(
            entry=erasure.entry_id,
            erased_by=erasure.erased_by,
            erased_at=erasure.erased_at,
            reason=erasure.reason,
            key_destroyed_at=erasure.key_destroyed_at,
            stream_purged_at=erasure.stream_purged_at,
            receipts=receipts,
            owed=owed,
            hospitals=hospitals,
            hospitals_closed=hospitals - len(still_open),
            hospitals_open=tuple(still_open),
            complete=erasure.key_destroyed_at is not None
            and erasure.stream_purged_at is not None
            and not owed
            and not still_open,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Finish every erasure that is not finished, again and again until *stop*."""
        while not stop.is_set():
            beat()
            reason = ""
            try:
                unfinished = await self._store.unfinished()
                for erasure in unfinished:
                    beat()
                    await self._finish(erasure)
                self._meters.set("wardwatch_erasures_unfinished", len(unfinished))
            except (StoreAway, NotStored, NoAnswer) as error:
                reason = f"{type(error).__name__}: {error}"
            self._failures.note(reason)
            await pause(stop, _AGAIN_SECONDS)

    async def _finish(self, erasure: Erasure) -> None:
        if erasure.key_destroyed_at is None:
            await self._destroy(erasure.entry_id)
        if erasure.stream_purged_at is None:
            await self._purge(erasure.entry_id)

    async def _destroy(self, entry_id: UUID) -> None:
        await self._keys.destroy(entry_id)
        await self._travel_keys.destroy(entry_id)
        await self._store.key_destroyed(entry_id)
        log.info("data key destroyed", entry_id=str(entry_id))

    async def _purge(self, entry_id: UUID) -> None:
        """Note that the stream holds no vector of it, or have the tombstone published again. Usually the relay did."""
        if await self._store.waits_in_outbox(entry_id):
            return
        held = await self._stream.messages(EntryId(str(entry_id)))
        if not any(each.holds_vectors for each in held) and (not held or held[-1].erased):
            await self._store.stream_purged(entry_id)
        else:
            log.warning("tombstone is published again", entry_id=str(entry_id))
            await self._store.publish_again([entry_id])
