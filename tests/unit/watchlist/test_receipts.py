"""Receipts of matchers are written down once, and only for entries of this record."""

from dataclasses import dataclass, field
from uuid import UUID

import pytest

from proto.wardwatch.v1.replication import ErasureReceipt
from proto.wardwatch.v1.subjects import EntryId
from services.chassis.errors import Poison
from services.watchlist.replication.receipts import RecordReceipt
from tests.unit.matcher.builders import NOW


@dataclass
class Store:
    """Stores each receipt once."""

    receipts: set[ErasureReceipt] = field(default_factory=set)

    async def record_receipt(self, receipt: ErasureReceipt) -> bool:
        new = receipt not in self.receipts
        self.receipts.add(receipt)
        return new


async def test_a_receipt_is_recorded_once() -> None:
    store = Store()
    receipt = ErasureReceipt(EntryId(str(UUID(int=1))), "m1", UUID(int=7), 4, NOW)

    for _ in range(2):
        await RecordReceipt(store)(receipt)

    assert store.receipts == {receipt}


async def test_a_receipt_for_an_impossible_entry_is_not_tried_again() -> None:
    store = Store()

    with pytest.raises(Poison, match="e1"):
        await RecordReceipt(store)(ErasureReceipt(EntryId("e1"), "m1", UUID(int=7), 4, NOW))

    assert store.receipts == set()
