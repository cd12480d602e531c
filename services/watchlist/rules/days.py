"""Days as people type and read them, which are the hospital's, and the moments they stand for. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.entries import Until
from services.chassis.settings import USUAL_TIME_ZONE
from services.watchlist.rules import entry_rules
from services.watchlist.rules.entry_rules import LONGEST, USUAL, Category, Unacceptable

_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Days:
    """The days of one time zone. An entry with the last day D matches until D is over there."""

    zone: ZoneInfo = USUAL_TIME_ZONE

    def of(self, moment: datetime) -> date:
        """The day that *moment*, which has a time zone, falls on."""
        return moment.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        """The moment, in UTC, at which *day* is over. Raises Unacceptable for a day that no calendar goes beyond."""
        try:
            following = day + _DAY
        except OverflowError as error:
            raise Unacceptable(refusals.LAST_DAY_TOO_FAR.filled(day=day)) from error
        # Where clocks jump over midnight this is the moment of the jump, and where midnight comes twice the first one.
        return datetime.combine(following, time(), self.zone).astimezone(UTC)

    def last_day(self, end: datetime) -> date:
        """The last day of what matches until just before *end*: turns ``end_of`` back."""
        return self.of(end - _TICK)

    def ends_by(self, moment: datetime) -> date:
        """The last day that is over at *moment*."""
        return self.of(moment) - _DAY


USUAL_DAYS: Final = Days()


@dataclass(frozen=True, slots=True)
class Choice:
    """Which last days an entry that begins on ``today`` may have: ``usual`` when nobody says, ``latest`` at most."""

    today: date
    usual: date
    latest: date


def choice(days: Days, ground: Category, now: datetime) -> Choice:
    """What may be chosen at *now* of an entry that stands on *ground*."""
    today, latest = days.of(now), days.ends_by(now + min(ground.longest, LONGEST))
    return Choice(today, min(today + USUAL, latest), latest)


def expiry(days: Days, requested: Until, ground: Category, now: datetime) -> datetime:
    """Until when an entry that begins, or is renewed, at *now* stands. Raises Unacceptable when it may not.

    A moment is for programs, which may mean one within a day. Without either it is the usual last day.
    """
    if requested.expires_at is not None:
        return entry_rules.expiry(requested.expires_at, ground, now)
    chosen = choice(days, ground, now)
    last_day = requested.last_day or chosen.usual
    if last_day < chosen.today:
        raise Unacceptable(refusals.LAST_DAY_PAST.filled(day=last_day))
    if last_day > chosen.latest:
        longest = min(ground.longest, LONGEST).days
        raise Unacceptable(
            refusals.LAST_DAY_TOO_LATE.filled(category=ground.code, days=longest, latest=chosen.latest, day=last_day)
        )
    return days.end_of(last_day)
