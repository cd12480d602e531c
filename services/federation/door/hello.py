"""Tells a publisher every quarter of a minute how this hospital stands with its list: counts, and nobody's name."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proto.wardwatch.v1 import statements, subjects
from proto.wardwatch.v1.federation import HospitalHello
from services.chassis.errors import NotStored
from services.chassis.owed import pause
from services.chassis.tasks import beat, periods
from services.federation.door.core import Comparison
from services.federation.door.ports import Copy, Counts, Record, RecordAway

log = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 15.0
_FIRST_SECONDS: Final = 1.0  # until there is something to say
# How long after its last one a hello is missed.
WITHIN_SECONDS: Final = periods(EVERY_SECONDS)


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """What this hospital signs with, what it announces of its next keys, and the publisher's key that it believes."""

    signing: Ed25519PrivateKey = field(repr=False)
    renewal: bytes = field(repr=False, default=b"")
    publisher: str = ""


def hello_of(hospital: str, compared: Comparison, counts: Counts, now: datetime, keys: OwnKeys) -> HospitalHello | None:
    """What is said; nothing before anything was heard."""
    if not compared.number:
        return None
    return HospitalHello(
        hospital,
        now,
        compared.number,
        compared.digest,
        compared.entries,
        compared.locked + compared.refused,
        counts.suspended,
        counts.matchers,
        counts.matchers_current,
        counts.owed,
        keys.renewal,
        keys.publisher,
    )


class Hellos:
    """Of one list. One that cannot be stored is not owed: the next says more."""

    def __init__(
        self,
        list_: str,
        hospital: str,
        keys: Callable[[], OwnKeys],
        copy: Copy,
        record: Record,
        compared: Callable[[], Comparison],
        now: Callable[[], datetime],
    ) -> None:
        self._list = list_
        self._hospital = hospital
        self._keys = keys
        self._copy = copy
        self._record = record
        self._compared = compared
        self._now = now

    async def run(self, stop: asyncio.Event) -> None:
        """Say it until *stop*."""
        while not stop.is_set():
            beat()
            wait = EVERY_SECONDS
            try:
                if not await self.tell():
                    wait = _FIRST_SECONDS
            except (RecordAway, NotStored) as error:
                log.debug("hello is not stored", list=self._list, reason=str(error))
            await pause(stop, wait)

    async def tell(self) -> bool:
        """Say it once; False when there is nothing to say yet. Raises RecordAway and NotStored."""
        counts, keys = await self._record.counts(self._list), self._keys()
        hello = hello_of(self._hospital, self._compared(), counts, self._now(), keys)
        if hello is None:
            return False
        subject = subjects.fed_hello(self._list, self._hospital)
        await self._copy.publish_hello(statements.sign(keys.signing, subject, hello.encode()))
        return True
