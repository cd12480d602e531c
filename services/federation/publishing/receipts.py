"""Keeps what hospitals have signed for erased entries, and closes an erasure at a hospital once nobody there owes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.federation import HospitalReceipt
from proto.wardwatch.v1.statements import SIGNATURE_BYTES, NotAuthentic, verified_by
from services.chassis.telemetry import Meters
from services.federation.publishing import core
from services.federation.publishing.ports import Heard

log = structlog.get_logger(__name__)

# fed.<list>.receipt.<hospital>.<entry>.<matcher>
_TOKENS = 6


class Record(Protocol):
    """See ``record.PublisherRecord``. Raises StoreAway."""

    async def receipts(self, list_: str, hospital: str, entry_id: UUID) -> tuple[int, list[bytes]] | None: ...
    async def note_receipt(self, list_: str, receipt: HospitalReceipt, statement: bytes) -> None: ...
    async def close(self, list_: str, hospital: str, entry_id: UUID) -> bool: ...


@dataclass(frozen=True, slots=True)
class Receipts:
    """Of one list. ``keys`` gives public signing keys of each hospital that ever was on it: who is put out owes."""

    list_: str
    record: Record
    keys: Callable[[], Mapping[str, tuple[bytes, ...]]]
    closed: set[tuple[str, str]]  # hospital and entry of what was closed before: its receipts are kept
    meters: Meters

    async def take(self, heard: Heard) -> None:
        """Keep a receipt, unless it is forged, or of a hospital that never had a key. Raises StoreAway."""
        try:
            receipt = self._verified(heard.subject, heard.payload)
        except (NotAuthentic, ValueError) as error:
            self._refuse(heard.subject, type(error).__name__)
            return
        # One that is back, or renewed its keys, may close again what it had closed in its time before.
        if (receipt.hospital, receipt.entry_id) in self.closed and len(self.keys()[receipt.hospital]) == 1:
            return
        entry_id = UUID(receipt.entry_id)
        known = await self.record.receipts(self.list_, receipt.hospital, entry_id)
        if known is None or len(known[1]) > core.MOST_RECEIPTS:
            self._refuse(heard.subject, "it had no key, or has signed too often")
            return
        if receipt.number <= known[0]:
            return  # of its time before
        if heard.payload not in known[1]:
            await self.record.note_receipt(self.list_, receipt, heard.payload)
        await self.settle(receipt.hospital, entry_id)

    async def settle(self, hospital: str, entry_id: UUID) -> None:
        """Close the erasure if all that the hospital owes is here. Raises StoreAway."""
        known = await self.record.receipts(self.list_, hospital, entry_id)
        since, kept = known or (0, [])
        # They were verified when they were kept.
        receipts = [HospitalReceipt.decode(each[:-SIGNATURE_BYTES]) for each in kept]
        if core.is_closed(each for each in receipts if each.number > since) and await self.record.close(
            self.list_, hospital, entry_id
        ):
            self.closed.add((hospital, str(entry_id)))
            log.info("hospital closed an erasure", list=self.list_, hospital=hospital, entry_id=str(entry_id))

    def _verified(self, subject: str, statement: bytes) -> HospitalReceipt:
        """Raises NotAuthentic and ValueError."""
        tokens = subject.split(".")
        if len(tokens) != _TOKENS or len(statement) > core.MOST_BYTES:
            raise ValueError("it is on another subject, or longer than a receipt")
        hospital, entry_id, matcher = tokens[3:]
        expected = subjects.fed_receipt(self.list_, hospital, entry_id, matcher)
        message, _ = verified_by(self.keys().get(hospital, ()), expected, statement)
        receipt = HospitalReceipt.decode(message)
        if (receipt.hospital, receipt.entry_id, receipt.matcher) != (hospital, entry_id, matcher):
            raise ValueError("it says another thing than its subject")
        return receipt

    def _refuse(self, subject: str, reason: str) -> None:
        self.meters.count("wardwatch_federation_refused_total", kind="receipt")
        log.warning("receipt refused", subject=subject, reason=reason)
