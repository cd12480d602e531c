"""What becomes of a publisher's statement on an entry, by what is known here of it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final, Literal

from proto.wardwatch.v1.listed import ListedEntry
from proto.wardwatch.v1.values import EntryState

Standing = Literal["draft", "pending", "active", "suspended", "expired", "revoked", "erased"]


class Verdict(Enum):
    """What to do with a statement."""

    KNOWN = auto()  # it is the one that the record follows
    OLDER = auto()  # the record follows a later one
    GOES_BACK = auto()  # against what was believed before: another text under one number, or somebody erased returns
    NOTE = auto()  # nothing of the person is kept here, and nothing need be: only its number is written down
    BEGIN = auto()  # an entry begins here
    FOLLOW = auto()  # the entry that is here follows
    ERASE = auto()  # the entry that is here is erased


@dataclass(frozen=True, slots=True)
class Known:
    """What the record follows of an entry. ``standing`` is of the entry here; None: nothing of the person is kept."""

    number: int
    revision: int
    state: EntryState
    statement_sha256: bytes
    standing: Standing | None


# From where no entry comes back.
_OVER: Final = frozenset({"revoked", "erased"})


def judged(entry: ListedEntry, statement_sha256: bytes, known: Known | None, hospital: str, now: datetime) -> Verdict:
    """What to do with *entry*, which its publisher has signed, at *hospital* by the hospital's time *now*.

    A publisher whose record was put back counts revisions from before: what it says then can stop somebody, and can
    let nobody begin to match.
    """
    if known is not None:
        if entry.number < known.number:
            return Verdict.OLDER
        if entry.number == known.number:
            return Verdict.KNOWN if statement_sha256 == known.statement_sha256 else Verdict.GOES_BACK
        if known.state is EntryState.ERASED and entry.state is not EntryState.ERASED:
            return Verdict.GOES_BACK

    standing = None if known is None else known.standing
    is_sought = entry.state is EntryState.ACTIVE and entry.is_for(hospital)
    if not is_sought:
        return _taken_away(entry, standing, hospital)
    if known is not None and (entry.revision < known.revision or standing in _OVER):
        return Verdict.GOES_BACK
    if standing is not None:
        return Verdict.FOLLOW
    return Verdict.BEGIN if entry.expires_at > now else Verdict.NOTE


def needs_key(entry: ListedEntry, hospital: str) -> bool:
    """Whether a statement can only be followed by who opens it: what takes away needs no key."""
    return entry.state is EntryState.ACTIVE and entry.is_for(hospital)


def _taken_away(entry: ListedEntry, standing: Standing | None, hospital: str) -> Verdict:
    # Who is not meant for this hospital any more has no business here.
    is_over = entry.state is EntryState.ERASED or not entry.is_for(hospital)
    if standing is None or standing == "erased":
        return Verdict.NOTE
    return Verdict.ERASE if is_over else Verdict.FOLLOW


class Move(Enum):
    """A step of a received entry's life."""

    APPROVE = auto()  # pending to active
    SUSPEND = auto()
    RESUME = auto()
    EXPIRE = auto()
    REVOKE = auto()
    ASK_RENEWAL = auto()
    APPROVE_RENEWAL = auto()


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an entry stands here, and what holds of it: ``runs`` is its list, ``stopped`` the entry itself, here."""

    standing: Standing
    expires_at: datetime
    said: EntryState
    said_expires_at: datetime
    runs: bool
    stopped: bool


def moves(placed: Placed, now: datetime) -> tuple[Move, ...]:
    """The steps by which an entry comes to stand as its publisher says, as far as it may here, in their order."""
    match placed.said:
        case EntryState.ERASED | EntryState.REVOKED:
            return () if placed.standing in _OVER else (Move.REVOKE,)
        case EntryState.EXPIRED:
            return {"pending": (Move.REVOKE,), "active": (Move.EXPIRE,), "suspended": (Move.EXPIRE,)}.get(
                placed.standing, ()
            )
        case EntryState.SUSPENDED:
            return (Move.SUSPEND,) if placed.standing == "active" else ()
        case EntryState.ACTIVE if placed.runs and not placed.stopped:
            return _to_active(placed, now)
        case EntryState.ACTIVE:
            return _held(placed, now)
        case _:
            return ()


def _to_active(placed: Placed, now: datetime) -> tuple[Move, ...]:
    is_renewed = placed.said_expires_at != placed.expires_at and placed.said_expires_at > now
    renewal = (Move.ASK_RENEWAL, Move.APPROVE_RENEWAL) if is_renewed else ()
    still_stands = placed.expires_at > now
    match placed.standing:
        case "pending":
            return (Move.APPROVE, *renewal) if still_stands else (Move.REVOKE,)
        case "active":
            return renewal
        case "suspended":
            # One whose time was over here is let in again by its renewal alone, which an expired entry takes.
            return (Move.RESUME, *renewal) if still_stands else (Move.EXPIRE, *renewal)
        case "expired":
            return renewal
        case _:
            return ()


def _held(placed: Placed, now: datetime) -> tuple[Move, ...]:
    """Nobody may match: what its publisher renews is approved when it goes on here."""
    return (Move.SUSPEND,) if placed.standing == "active" and placed.expires_at > now else ()
