"""Since when a list differs from its head, when it is fetched again, and when its publisher is silent. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from proto.wardwatch.v1.listed import ListHead
from services.federation.door.core import Comparison
from services.federation.door.ports import HeadKept, Repaired

# A difference that stays for so long is no message under way.
REPAIR_AFTER: Final = timedelta(seconds=10)
# What is locked for so long waits for something that the copy has lost.
ASK_AGAIN_AFTER: Final = timedelta(seconds=10)
FETCH_MISSING_AFTER: Final = timedelta(minutes=1)
# While the line brings something, whatever it is, asking for more only lengthens what waits on it. So the line must
# have been quiet for so long,
QUIET_FOR: Final = timedelta(seconds=10)
# or what is wrong has stood for so long that what comes is something else.
IN_ANY_CASE_AFTER: Final = timedelta(minutes=10)
# Between two repairs: twice as long each time, up to this.
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(minutes=30)
# A repair that somebody waits for has failed after so long.
GIVE_UP_AFTER: Final = timedelta(minutes=2)
# A publisher says every five seconds how its list stands. When three times nothing came, the copy may be gone.
LOOK_AFTER: Final = timedelta(seconds=15)
SILENT_AFTER: Final = timedelta(seconds=60)


def kept(
    before: HeadKept | None, head: ListHead, heard_at: datetime, compared: Comparison, now: datetime, own_key: str = ""
) -> HeadKept:
    """What is written down of *head*, which came at *heard_at*, and of how the record compares with it.

    *own_key* is the renewed key of this hospital that everything is sealed to.
    """
    agreed_at = None if before is None else before.agreed_at
    agreed_number = None if before is None else before.agreed_number
    differs_since = None if before is None else before.differs_since
    differs = 0 if before is None else before.differs
    match compared.agrees:
        case True if not compared.refused:
            agreed_at, agreed_number, differs_since, differs = head.at, head.number, None, 0
        case True | False:
            differs_since = differs_since or now
            differs = max(1, compared.refused, abs(head.entries - compared.entries))
        case None:
            pass
    return HeadKept(
        head.number,
        head.at,
        heard_at,
        head.entries,
        agreed_at,
        agreed_number,
        differs_since,
        differs,
        compared.locked,
        own_key,
    )


@dataclass(frozen=True, slots=True)
class Repairs:
    """When the copy is made anew. Times are by a clock that never goes back, as differences from its begin.

    ``missing_since`` is when what is missing last grew beyond ``most`` or shrank below ``least``: while a slow line
    brings one picture after the other, to begin anew would be to begin for ever. What is lost keeps it between the two.
    ``quiet_since`` is when the last of ``came`` messages came, heads aside: those that were sent twice tell as well
    that the line is busy.
    """

    differs_since: timedelta | None = None
    missing_since: timedelta | None = None
    most: int = 0
    least: int = 0
    came: int = 0
    quiet_since: timedelta | None = None
    last: timedelta | None = None
    pause: timedelta = FIRST_PAUSE

    def noted(self, compared: Comparison, came: int, now: timedelta) -> "Repairs":
        """After a comparison, and *came* messages in all. One that agrees and lacks nothing begins the pauses anew."""
        differs, missing = self.differs_since, self.missing_since
        most, least = self.most, self.least
        if compared.agrees is not None:
            differs = None if compared.agrees else differs if differs is not None else now
        if not compared.missing:
            missing, most, least = None, 0, 0
        elif missing is None or compared.missing > most:
            missing, most, least = now, compared.missing, compared.missing
        elif compared.missing < least:
            missing, least = now, compared.missing
        is_well = compared.agrees is True and not compared.missing
        pause = FIRST_PAUSE if is_well else self.pause
        quiet_since = now if self.quiet_since is None or came != self.came else self.quiet_since
        return Repairs(differs, missing, most, least, came, quiet_since, self.last, pause)

    def is_due(self, now: timedelta) -> bool:
        """Whether the copy is to be fetched again."""
        if self.last is not None and now - self.last < self.pause:
            return False
        if _is_for(IN_ANY_CASE_AFTER, self.differs_since, now) or _is_for(IN_ANY_CASE_AFTER, self.missing_since, now):
            return True
        differs = _is_for(REPAIR_AFTER, self.differs_since, now)
        return self._is_quiet(now) and (differs or _is_for(FETCH_MISSING_AFTER, self.missing_since, now))

    def asks_again(self, now: timedelta) -> bool:
        """Whether what is missing is to be sent once more."""
        after = ASK_AGAIN_AFTER if self._is_quiet(now) else FETCH_MISSING_AFTER
        return _is_for(after, self.missing_since, now)

    def done(self, now: timedelta) -> "Repairs":
        """After the copy was made anew, or that was tried: the next try waits longer."""
        longer = self.pause if self.last is None else min(self.pause * 2, LONGEST_PAUSE)
        return replace(self, last=now, pause=longer)

    def _is_quiet(self, now: timedelta) -> bool:
        return _is_for(QUIET_FOR, self.quiet_since, now)


def _is_for(so_long: timedelta, since: timedelta | None, now: timedelta) -> bool:
    return since is not None and now - since >= so_long


@dataclass(frozen=True, slots=True)
class AskedRepair:
    """A repair that somebody asked for: how all stood before it, and since when it is under way."""

    before: Comparison
    listed: int  # entries by the last head
    began: timedelta

    def found(self, compared: Comparison, now: timedelta) -> Repaired | None:
        """What came of it; None while a head that was heard since then cannot be compared yet."""
        if compared.agrees is None and now - self.began < GIVE_UP_AFTER:
            return None
        differing = self.before.refused
        if self.before.agrees is False:
            differing = max(1, differing, abs(self.listed - self.before.entries))
        agrees = compared.agrees is True and not compared.refused and not compared.locked
        return Repaired(compared.entries, self.before.missing, differing, agrees)


def is_silent(head: HeadKept | None, joined_at: datetime, silent_days: int, now: datetime) -> bool:
    """Whether nothing was said for so long that nobody may be looked for by it.

    By our clock and by the publisher's: old heads that somebody held back are no sign of life.
    """
    last = joined_at if head is None else min(head.heard_at, head.at)
    return now - last > timedelta(days=silent_days)
