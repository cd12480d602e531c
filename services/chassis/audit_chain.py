"""The audit's chain, recomputed outside the database: pure.

The hash of an event is the SHA-256 of the 32 bytes of the hash before it (zeros before the first) and the canonical
form of its columns in UTF-8. A column that is there is written as its length in bytes, a colon and its text; one that
is not there as a dash. The columns come behind a first one that says ``wardwatch audit 1``, in this order: sequence,
at (whole microseconds since 1970 UTC), actor_id, actor_name, through, action, subject_kind, subject, reason, details
(as PostgreSQL writes its JSON).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.values import to_microseconds

NOTHING: Final = bytes(32)  # what the first event follows

_FORM: Final = b"17:wardwatch audit 1"


@dataclass(frozen=True, slots=True)
class Event:
    """One row of ``audit.event``. ``details`` is JSON as PostgreSQL writes it, to the byte."""

    sequence: int
    at: datetime
    actor_id: UUID | None
    actor_name: str
    through: str
    action: str
    subject_kind: str
    subject: str
    reason: str
    details: str
    previous_sha256: bytes
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """How far a chain goes: the hash of its last event."""

    sequence: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head that was kept outside the database; ``source`` says where and when, behind "the hash that was"."""

    head: Head
    source: str


class Breach(StrEnum):
    """What can be wrong with a chain, for programs that say it in a language of their own."""

    MISSING = "missing"  # events before this one
    UNLINKED = "unlinked"  # it does not follow the one before it
    ALTERED = "altered"  # its content does not give its hash
    CONTRADICTED = "contradicted"  # a head kept elsewhere says another hash
    SHORT = "short"  # fewer events than were chained
    REPLACED = "replaced"  # the last one is not the one that was chained last
    CUT_OFF = "cut_off"  # a head kept elsewhere stands behind the last one


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that cannot be so in an audit that nobody touched; of the chain, also as ``breach`` of ``sequence``."""

    where: str
    what: str
    breach: Breach | None = None
    sequence: int = 0

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def digest(event: Event) -> bytes:
    """The hash that *event* must have where it stands."""
    made = sha256(event.previous_sha256)
    made.update(_FORM)
    for text in (
        str(event.sequence),
        str(to_microseconds(event.at)),
        None if event.actor_id is None else str(event.actor_id),
        event.actor_name,
        event.through,
        event.action,
        event.subject_kind,
        event.subject,
        event.reason,
        event.details,
    ):
        if text is None:
            made.update(b"-")
        else:
            content = text.encode()
            made.update(b"%d:%b" % (len(content), content))
    return made.digest()


@dataclass(slots=True)
class Walk:
    """Goes along the chain from its first event, comparing it with *anchors* by their sequence."""

    anchors: Mapping[int, Sequence[Anchor]]
    last: Head = Head(0, NOTHING)
    compared: int = 0  # anchors that an event stands at
    covered: int = 0  # sequence of the last of those
    contradicted: int = 0  # and that say another hash

    def step(self, event: Event) -> Iterator[Fault]:
        """Take the next event by sequence; what is wrong with it."""
        expected = self.last.sequence + 1
        where = f"event {event.sequence}"
        if event.sequence > expected:
            missing = f"event {expected} is" if event.sequence == expected + 1 else f"events from {expected} on are"
            what = f"{missing} missing before it: deleted, or moved to another number"
            yield Fault(where, what, Breach.MISSING, event.sequence)
        elif event.previous_sha256 != self.last.sha256:
            what = "does not follow the event before it: one of the two was put in, exchanged or rewritten"
            yield Fault(where, what, Breach.UNLINKED, event.sequence)
        if digest(event) != event.sha256:
            what = "its content does not give its hash: it was changed after it was written, or made up"
            yield Fault(where, what, Breach.ALTERED, event.sequence)
        self.last = Head(event.sequence, event.sha256)
        for anchor in self.anchors.get(event.sequence, ()):
            self.compared, self.covered = self.compared + 1, event.sequence
            if anchor.head.sha256 != event.sha256:
                self.contradicted += 1
                if self.contradicted == 1:
                    what = f"has not the hash that was {anchor.source}: the audit up to here was rewritten"
                    yield Fault(where, what, Breach.CONTRADICTED, event.sequence)

    def end(self, chain: Head) -> Iterator[Fault]:
        """What is wrong with the end, where the database says that the chain ends with *chain*."""
        where = f"event {self.last.sequence}"
        if self.contradicted > 1:
            yield Fault(
                "heads", f"{self.contradicted} kept outside the database contradict it; the first is named above"
            )
        if chain.sequence > self.last.sequence:
            what = f"is the last one, but {chain.sequence} were chained: the events behind it are missing"
            yield Fault(where, what, Breach.SHORT, self.last.sequence)
        elif chain != self.last:
            what = "is the last one, but not the one that was chained last: it was put in or rewritten"
            yield Fault(where, what, Breach.REPLACED, self.last.sequence)
        beyond = [a for number, anchors in self.anchors.items() if number > self.last.sequence for a in anchors]
        if beyond:
            furthest = max(beyond, key=lambda anchor: anchor.head.sequence)
            what = (
                f"is the last one, but event {furthest.head.sequence} was {furthest.source}: the events behind it were"
                " deleted, or the database was put back from a backup"
            )
            yield Fault(where, what, Breach.CUT_OFF, self.last.sequence)
