"""Signs the invitations that two people asked for."""

from dataclasses import dataclass, field
from typing import Protocol

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proto.wardwatch.v1.statements import invitation_subject, public_bytes, sign
from services.federation.publishing.ports import Unsigned

log = structlog.get_logger(__name__)


class Record(Protocol):
    """See ``record.PublisherRecord``. Raises StoreAway."""

    async def unsigned(self) -> list[Unsigned]: ...
    async def signed(self, list_: str, hospital: str, invitation: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class Invitations:
    """Signs by the publisher's *key*; *domain* is that of our broker's JetStream."""

    record: Record
    key: Ed25519PrivateKey = field(repr=False)
    domain: str

    async def sign(self) -> None:
        """Sign what waits. Raises StoreAway."""
        for each in await self.record.unsigned():
            message = each.invitation(public_bytes(self.key), self.domain).encode()
            signed = sign(self.key, invitation_subject(each.list_, each.hospital), message)
            await self.record.signed(each.list_, each.hospital, signed)
            log.info("invitation signed", list=each.list_, hospital=each.hospital)
