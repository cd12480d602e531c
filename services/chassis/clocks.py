"""Which clock is believed: the broker's time, and whether the database's clock may decide what is destroyed."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.chassis.bus import Bus
from services.chassis.errors import NoAnswer
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)

_ASK_SECONDS: Final = 1.0
# Between two questions to the broker; in between its time goes on by this machine's steady clock.
_ASK_AGAIN_SECONDS: Final = 30.0
# More than a clock drifts between two corrections, less than what anything is kept for.
_BOUND: Final = timedelta(minutes=5)
# So long people have time to put a clock right that has jumped, before it is taken at its word.
_SETTLE_SECONDS: Final = 3600.0
# A clock that is moved by less than the bound in this time is moved no faster than it is noticed.
_ANCHOR_SECONDS: Final = 600.0


def steady_seconds() -> float:
    """Seconds that nobody can set, and that go on while the machine sleeps, where the system counts them so."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


_UNKNOWN: Final = "the broker's time is not known yet: nothing is deleted until it is"


async def broker_time(bus: Bus, stream: str) -> datetime:
    """What time it is by the broker's clock; any stream's description carries it. Raises NoAnswer."""
    answer = await bus.request(f"$JS.API.STREAM.INFO.{stream}", b"", timeout_seconds=_ASK_SECONDS)
    try:
        told = datetime.fromisoformat(json.loads(answer)["ts"])
    except (ValueError, KeyError, TypeError) as error:
        raise NoAnswer("the broker does not say what time it is") from error
    if told.tzinfo is None:
        raise NoAnswer("the broker does not say in which zone its time is")
    return told


@dataclass(frozen=True, slots=True)
class Reading:
    """The database's clock at ``steady`` seconds, and the latest time it has shown while it was believed."""

    present: datetime
    highest: datetime
    steady: float


@dataclass(slots=True)
class ClockJudge:
    """Whether a clock can be believed, from what it shows again and again. Pure: times are arguments.

    It must agree with the broker's. It must go on as this machine's steady seconds do, and not fall behind what it
    has shown before; a jump in which the broker's clock agrees is believed after an hour, because it may as well be
    the end of an error, or of a machine's sleep.
    """

    bound: timedelta = _BOUND
    settle_seconds: float = _SETTLE_SECONDS
    _anchor: Reading | None = None
    _jumped_at: float | None = None  # steady seconds

    def judge(self, reading: Reading, broker: datetime) -> str | None:
        """None when *reading* can be believed, else what is wrong; *broker* is its time at that moment."""
        if abs(reading.present - broker) > self.bound:
            self._jumped_at = None
            return (
                f"the database's clock is {_off(reading.present - broker)} the broker's: "
                "nothing is deleted until they agree"
            )
        jump = self._jump(reading)
        if abs(jump) <= self.bound:
            self._jumped_at = None
            if self._anchor is None or reading.steady - self._anchor.steady >= _ANCHOR_SECONDS:
                self._anchor = reading
            return None
        if self._jumped_at is None:
            self._jumped_at = reading.steady
        if reading.steady - self._jumped_at < self.settle_seconds:
            return (
                f"the database's clock is {_off(jump)} the time it showed before: "
                "nothing is deleted for an hour, or until it is put right"
            )
        self._anchor, self._jumped_at = reading, None
        return None

    @property
    def anchored_at(self) -> float | None:
        """Steady seconds of the reading that later ones are measured by."""
        return None if self._anchor is None else self._anchor.steady

    def _jump(self, reading: Reading) -> timedelta:
        if self._anchor is None:
            # Nobody knows how long nobody looked: it may show later, never earlier.
            return min(reading.present - reading.highest, timedelta(0))
        passed = timedelta(seconds=reading.steady - self._anchor.steady)
        return reading.present - self._anchor.present - passed


MayDestroy = Callable[[], Awaitable[bool]]  # see ``ClockGuard.may_destroy``


class ClockJumped(Exception):
    """Leaves the transaction in which something was destroyed by a clock that is not believed any more."""


async def confirm(may_destroy: MayDestroy) -> None:
    """Ask again before a transaction is committed: the clock may have jumped since. Raises ClockJumped."""
    if not await may_destroy():
        raise ClockJumped


class ClockGuard:
    """Asks before anything is destroyed by time, and says in readiness why nothing is."""

    def __init__(
        self,
        read: Callable[[], Awaitable[tuple[datetime, datetime]]],
        believe: Callable[[], Awaitable[None]],
        ask_broker: Callable[[], Awaitable[datetime]],
        meters: Meters,
        *,
        judge: ClockJudge | None = None,
        steady: Callable[[], float] = steady_seconds,
    ) -> None:
        self._read = read
        self._believe = believe
        self._ask_broker = ask_broker
        self._meters = meters
        self._judge = judge or ClockJudge()
        self._steady = steady
        self._broker: tuple[datetime, float] | None = None  # its time, at those steady seconds
        self._asked_at: float | None = None
        self._reason: str | None = None
        self._lock = asyncio.Lock()

    async def may_destroy(self) -> bool:
        """Whether the database's clock can be believed now. Raises what reading it raises."""
        # One after another: while the broker is asked for the first time nobody else goes without its answer.
        async with self._lock:
            return await self._judged()

    async def _judged(self) -> bool:
        before = self._steady()
        present, highest = await self._read()
        reading = Reading(present, highest, (before + self._steady()) / 2)
        broker = await self._broker_at(reading.steady)
        if broker is not None:
            self._meters.set("wardwatch_database_clock_skew_seconds", (present - broker).total_seconds())
        anchored_at = self._judge.anchored_at
        reason = _UNKNOWN if broker is None else self._judge.judge(reading, broker)
        if reason is None and self._judge.anchored_at != anchored_at:
            await self._believe()
        if reason is not None and self._reason is None:
            log.error("clocks disagree, nothing is deleted", reason=reason)
        if reason is None and self._reason is not None:
            log.info("clocks agree again, what is due is deleted")
        self._reason = reason
        return reason is None

    def is_believed(self) -> bool:
        """Whether it was so when it was asked last."""
        return self._reason is None

    async def check(self) -> str | None:
        """Readiness: None while the clock is believed, else what is wrong with it."""
        return self._reason

    async def _broker_at(self, steady: float) -> datetime | None:
        """The broker's time then; None when it was never heard. That of one that is away goes on."""
        if self._asked_at is None or steady - self._asked_at >= _ASK_AGAIN_SECONDS:
            before = self._asked_at = self._steady()
            try:
                told = await self._ask_broker()
            except NoAnswer:
                log.debug("the broker's time is not known")
            else:
                self._broker = told, (before + self._steady()) / 2
        if self._broker is None:
            return None
        told, at = self._broker
        return told + timedelta(seconds=steady - at)


def _off(difference: timedelta) -> str:
    """``4 days ahead of``, in the largest unit that fits."""
    seconds = abs(difference.total_seconds())
    units = (("days", 86_400), ("hours", 3_600))
    name, length = next((unit for unit in units if seconds >= 2 * unit[1]), ("minutes", 60))
    return f"{seconds / length:.0f} {name} {'ahead of' if difference > timedelta(0) else 'behind'}"
