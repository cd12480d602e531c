"""Challenges and states: made without a row, known again by their seal, and bound to what they are for. Pure.

Whoever asks for one costs nothing that is kept. One that was answered the database writes down, and takes it once
(``accounts.spend``).
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

LIFE: Final = timedelta(minutes=5)
RANDOM_BYTES: Final = 16
_TIME_BYTES: Final = 8
_SEAL_BYTES: Final = 32
TICKET_BYTES: Final = RANDOM_BYTES + _TIME_BYTES + _SEAL_BYTES
# Part of what is sealed, so that nothing that is sealed for another purpose is a ticket.
_CONTEXT: Final = b"wardwatch sign-in ticket 1"


class Purpose(StrEnum):
    """What an answer to a ticket is good for."""

    SIGN_IN = "sign-in"
    PROVE = "prove"
    ADD_PASSKEY = "add-passkey"
    OIDC_SIGN_IN = "oidc-sign-in"
    OIDC_PROVE = "oidc-prove"


class NotOurs(Exception):
    """It is no ticket for this, of this one who answers, or its time is over."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket that was known again. ``made_at`` and ``until`` are by this service's clock."""

    sha256: bytes
    made_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Tickets:
    """Makes tickets and knows them again, in every replica that has the same *key*."""

    key: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: bytes) -> "Tickets":
        """With a key of its own, derived from a *secret* that all replicas have."""
        return cls(hmac.digest(secret, _CONTEXT, "sha256"))

    def make(self, purpose: Purpose, bearer: str, now: datetime, random: bytes) -> bytes:
        """A ticket for who is called *bearer*, for five minutes; *random* are 16 bytes."""
        body = random + int((now + LIFE).timestamp()).to_bytes(_TIME_BYTES, "big")
        return body + self._seal(purpose, bearer, body)

    def read(self, purpose: Purpose, bearer: str, ticket: bytes, now: datetime) -> Ticket:
        """The ticket, when it is one for this *purpose* and *bearer*, and its time is not over. Raises NotOurs."""
        body, seal = ticket[:-_SEAL_BYTES], ticket[-_SEAL_BYTES:]
        if len(ticket) != TICKET_BYTES or not hmac.compare_digest(seal, self._seal(purpose, bearer, body)):
            raise NotOurs
        until = datetime.fromtimestamp(int.from_bytes(body[RANDOM_BYTES:], "big"), UTC)
        if until <= now:
            raise NotOurs
        return Ticket(hashlib.sha256(ticket).digest(), until - LIFE, until)

    def secret_of(self, ticket: bytes, what: str) -> str:
        """Something unguessable that belongs to a ticket, of 43 signs; the same each time it is asked for."""
        made = hmac.digest(self.key, what.encode() + b"\0" + ticket, "sha256")
        return urlsafe_b64encode(made).rstrip(b"=").decode("ascii")

    def _seal(self, purpose: Purpose, bearer: str, body: bytes) -> bytes:
        return hmac.digest(self.key, f"{purpose}\0{bearer}\0".encode() + body, "sha256")
