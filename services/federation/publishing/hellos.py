"""Keeps what hospitals say of how they stand with a list: signed by them, later than before, and about nobody."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.federation import HospitalHello, KeyRenewal
from proto.wardwatch.v1.statements import HOSPITAL_RENEWAL, NotAuthentic, verified, verified_by
from services.chassis.telemetry import Meters
from services.federation.publishing import core
from services.federation.publishing.ports import Heard

log = structlog.get_logger(__name__)


class Record(Protocol):
    """See ``record.PublisherRecord``. Raises StoreAway."""

    async def last_hello_at(self, list_: str, hospital: str) -> datetime | None: ...
    async def note_hello(self, list_: str, hello: HospitalHello) -> None: ...
    async def note_renewal(self, list_: str, hospital: str, renewal: KeyRenewal, statement: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class Hellos:
    """Of one list. ``keys`` gives each hospital's signing keys, the present one first; ``now`` tells the time."""

    list_: str
    record: Record
    keys: Callable[[], Mapping[str, tuple[bytes, ...]]]
    meters: Meters
    now: Callable[[], datetime]

    async def take(self, heard: Heard) -> None:
        """Keep a hello, unless it is forged or an old one. Raises StoreAway."""
        hospital = heard.subject.rpartition(".")[2]
        keys = self.keys().get(hospital, ())
        try:
            expected = subjects.fed_hello(self.list_, hospital)
            message, _ = verified_by(keys, expected, heard.payload)
            hello = HospitalHello.decode(message)
            if hello.hospital != hospital or not core.is_possible(hello):
                raise ValueError("it names another hospital, or what cannot be")
        except (NotAuthentic, ValueError) as error:
            self.meters.count("wardwatch_federation_refused_total", kind="hello")
            log.warning("hello refused", subject=heard.subject, reason=type(error).__name__)
            return
        if core.is_news(hello, await self.record.last_hello_at(self.list_, hospital), self.now()):
            await self.record.note_hello(self.list_, hello)
            await self._note_renewal(hospital, keys[0], hello.renewal)

    async def _note_renewal(self, hospital: str, key: bytes, statement: bytes) -> None:
        """Write down what keys a hospital announces, for two people to accept them."""
        if not statement or len(statement) > core.MOST_BYTES:
            return
        try:
            renewal = KeyRenewal.decode(verified(key, HOSPITAL_RENEWAL, statement))
        except (NotAuthentic, ValueError):
            return  # of keys that were accepted meanwhile, or of nobody
        if renewal.sealing_key:
            await self.record.note_renewal(self.list_, hospital, renewal, statement)
