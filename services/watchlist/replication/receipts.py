"""Records the receipts that matchers sign for erased entries."""

from dataclasses import dataclass
from typing import Protocol

import structlog

from proto.wardwatch.v1.replication import ErasureReceipt
from proto.wardwatch.v1.values import uuid_or_none
from services.chassis.errors import Poison

log = structlog.get_logger(__name__)


class Store(Protocol):
    """Notes a receipt; False when it was noted before, or for no erasure that is known. Raises StoreAway."""

    async def record_receipt(self, receipt: ErasureReceipt) -> bool: ...


@dataclass(frozen=True, slots=True)
class RecordReceipt:
    """Handle one message of the RECEIPTS stream. Raises Poison for an entry that another hospital named."""

    store: Store

    async def __call__(self, receipt: ErasureReceipt) -> None:
        if uuid_or_none(receipt.entry_id) is None:
            raise Poison(f"entry {receipt.entry_id!r} is in no record")
        if await self.store.record_receipt(receipt):
            log.info("erasure receipt recorded", entry_id=receipt.entry_id, matcher=receipt.matcher)
