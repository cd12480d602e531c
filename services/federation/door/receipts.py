"""Tells a publisher that an erased entry is gone here: each matcher's receipt, and the one that closes."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proto.wardwatch.v1 import statements, subjects
from proto.wardwatch.v1.federation import CLOSING, HospitalReceipt
from proto.wardwatch.v1.subjects import EntryId
from services.chassis.errors import NoAnswer, NotStored
from services.chassis.owed import pause
from services.chassis.tasks import beat
from services.federation.door.core import subject_of_faces
from services.federation.door.ports import Copy, Erasure, Record, RecordAway, Signed

log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 2.0


def receipts_of(hospital: str, erasure: Erasure, signed: Sequence[Signed], now: datetime) -> list[HospitalReceipt]:
    """What may be said of an erasure now; the closing one, last, only once nobody owes and nothing is left."""
    entry_id = EntryId(erasure.entry_id)
    # A matcher of that name would seem to close it.
    named = {each.matcher: each for each in signed if each.matcher != CLOSING}
    said = [
        HospitalReceipt(hospital, entry_id, each.matcher, each.released_at, 0, erasure.number)
        for each in named.values()
    ]
    if erasure.local_id is None or (erasure.is_gone and not erasure.owed):
        said.append(HospitalReceipt(hospital, entry_id, CLOSING, now, len(named), erasure.number))
    return said


class Receipts:
    """Of one list. What the publisher's broker has stored is said once; after a restart it is said again."""

    def __init__(
        self,
        list_: str,
        hospital: str,
        key: Callable[[], Ed25519PrivateKey],
        copy: Copy,
        record: Record,
        now: Callable[[], datetime],
    ) -> None:
        self._list = list_
        self._hospital = hospital
        self._key = key
        self._copy = copy
        self._record = record
        self._now = now
        self._said: set[tuple[str, str]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Say what is owed, again and again until *stop*."""
        while not stop.is_set():
            beat()
            try:
                await self.round()
            except (RecordAway, NotStored, NoAnswer) as error:
                log.debug("receipts wait", list=self._list, reason=str(error))
            await pause(stop, _EVERY_SECONDS)

    async def round(self) -> int:
        """Say all that may be said now; returns how many erasures are still open. Raises as who is asked."""
        erasures = await self._record.erasures(self._list)
        closed = 0
        for erasure in erasures:
            closed += await self._tell(erasure)
        return len(erasures) - closed

    async def _tell(self, erasure: Erasure) -> bool:
        signed = () if erasure.local_id is None else await self._record.signed(erasure.local_id)
        for receipt in receipts_of(self._hospital, erasure, signed, self._now()):
            said = (erasure.entry_id, receipt.matcher)
            if receipt.closes:
                # A source copies no deletion: the pictures here go before it is said that they are gone.
                await self._copy.delete(subject_of_faces(self._list, erasure.entry_id))
            elif said in self._said:
                continue
            subject = subjects.fed_receipt(self._list, self._hospital, erasure.entry_id, receipt.matcher)
            statement = statements.sign(self._key(), subject, receipt.encode())
            await self._copy.publish_receipt(erasure.entry_id, receipt.matcher, statement)
            self._said.add(said)
            if receipt.closes:
                await self._record.closed(self._list, erasure.entry_id)
                self._said = {each for each in self._said if each[0] != erasure.entry_id}
                log.info("erasure closed at the publisher's", list=self._list, entry=erasure.entry_id)
                return True
        return False
