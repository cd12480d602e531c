"""Which stages have living replicas, and whether some are missing. Pure: time is an argument, in microseconds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from proto.wardwatch.v1.replicas import StageReport
from proto.wardwatch.v1.subjects import SHARES
from services.alerts.state.reasons import Reason, Working

SEEING: Final = ("detector", "embedder", "matcher")
# Embedders of a second recogniser, while there are two (docs/adr/0105).
BESIDE: Final = "embedder2"
_SECOND_US: Final = 1_000_000
# A heartbeat comes four times a second, or once; the others take over after a second and a half.
_LOST_US: Final = 4 * _SECOND_US
# So long a number of replicas must hold until that many are expected: who connects anew has two names for a moment.
_SETTLED_US: Final = 10 * _SECOND_US
# So long one is missed that ended without a word; after that nobody expects it back.
_MISSED_US: Final = 3600 * _SECOND_US
_FORGOTTEN_US: Final = 60 * _SECOND_US
_MOST: Final = 512


@dataclass(frozen=True, slots=True)
class Replica:
    """A replica of a stage: how long it was silent, and how many shares of the cameras it has."""

    name: str
    silent_us: int
    shares: int


@dataclass(slots=True)
class _Heard:
    at_us: int
    shares: int = 0
    leaving: bool = False


@dataclass(slots=True)
class StageWatch:
    """The replicas of one stage. ``divides`` says that they divide the cameras among themselves.

    A stage with nobody is ``when_dead``: alerts do not come at all, or something is missing of them.
    """

    stage: str
    divides: bool = False
    when_dead: Working = Working.NO
    expected: int = 1
    _heard: dict[str, _Heard] = field(default_factory=dict)
    _more: tuple[int, int] | None = None  # this many live, since then
    _missed_since_us: int | None = None
    _unsettled_since_us: int | None = None
    _last_us: int | None = None  # a heartbeat of anybody

    def heard(self, replica: str, at_us: int, *, shares: int = 0, leaving: bool = False) -> None:
        """A heartbeat of *replica*, that was sent at *at_us*."""
        known = self._heard.get(replica)
        if known is None and len(self._heard) >= _MOST:
            return
        if known is not None and at_us <= known.at_us:
            return
        if leaving and known is not None and not known.leaving:
            self.expected = max(1, self.expected - 1)
        self._heard[replica] = _Heard(at_us, shares, leaving or (known is not None and known.leaving))
        self._last_us = at_us if self._last_us is None else max(self._last_us, at_us)

    def living(self, now_us: int) -> list[Replica]:
        """Those that were heard a moment ago and are not about to leave."""
        return [
            Replica(name, max(0, now_us - heard.at_us), heard.shares)
            for name, heard in sorted(self._heard.items())
            if now_us - heard.at_us < _LOST_US and not heard.leaving
        ]

    def reasons(self, now_us: int) -> Sequence[Reason]:
        """What is missing at *now_us*."""
        living = self.living(now_us)
        self._expect(len(living), now_us)
        self._heard = {name: each for name, each in self._heard.items() if now_us - each.at_us < _FORGOTTEN_US}
        if not living:
            return [self._dead(now_us)]
        found = []
        if len(living) < self.expected:
            number = {"living": len(living), "expected": self.expected}
            found.append(Reason("replica_silent", Working.DEGRADED, parameters={"stage": self.stage, **number}))
        if self.divides and self._is_unsettled(living, now_us):
            found.append(Reason("cameras_undivided", Working.DEGRADED, parameters={"stage": self.stage}))
        return found

    def _dead(self, now_us: int) -> Reason:
        if self._last_us is None:
            return Reason("stage_unknown", self.when_dead, parameters={"stage": self.stage})
        seconds = max(0, now_us - self._last_us) // _SECOND_US
        return Reason("stage_silent", self.when_dead, parameters={"stage": self.stage, "seconds": seconds})

    def _expect(self, living: int, now_us: int) -> None:
        """More are expected once they have held out for a while, fewer when one has been missed for long."""
        if living <= self.expected:
            self._more = None
        elif self._more is None or self._more[0] != living:
            self._more = (living, now_us)
        elif now_us - self._more[1] >= _SETTLED_US:
            self.expected, self._more = living, None
        if living >= self.expected:
            self._missed_since_us = None
        elif self._missed_since_us is None:
            self._missed_since_us = now_us
        elif now_us - self._missed_since_us >= _MISSED_US:
            self.expected, self._missed_since_us = max(1, living), None

    def _is_unsettled(self, living: Iterable[Replica], now_us: int) -> bool:
        if sum(each.shares for each in living) >= SHARES:
            self._unsettled_since_us = None
            return False
        if self._unsettled_since_us is None:
            self._unsettled_since_us = now_us
        return now_us - self._unsettled_since_us >= _SETTLED_US


@dataclass(slots=True)
class SeeingStages:
    """The stages that see, as a matcher says; while none says anything, that is the reason."""

    stages: Mapping[str, StageWatch] = field(
        default_factory=lambda: {stage: StageWatch(stage, divides=True) for stage in SEEING}
    )
    _said_us: int | None = None
    _beside: StageWatch | None = None  # once it was heard of, until its last replica leaves

    def take(self, report: StageReport, now_us: int) -> None:
        """Take note of what a matcher says."""
        self._said_us = now_us
        for each in report.replicas:
            if (stage := self._stage(each.stage)) is not None:
                stage.heard(each.replica, now_us - each.silent_ms * 1000, shares=each.shares, leaving=each.leaving)
        beside = [each for each in report.replicas if each.stage == BESIDE]
        if beside and all(each.leaving for each in beside):
            self._beside = None

    def _stage(self, name: str) -> StageWatch | None:
        if name == BESIDE:
            self._beside = self._beside or StageWatch(BESIDE, divides=True, when_dead=Working.DEGRADED)
            return self._beside
        return self.stages.get(name)

    def is_told(self, now_us: int) -> bool:
        """Whether somebody tells what goes on where passers-by are heard."""
        return self._said_us is not None and now_us - self._said_us < _LOST_US

    def sees(self, now_us: int) -> bool:
        """Whether it would be known if a camera sent."""
        return self.is_told(now_us) and bool(self.stages["detector"].living(now_us))

    def is_whole(self, now_us: int) -> bool:
        """Whether every stage is known to live."""
        return self.is_told(now_us) and all(stage.living(now_us) for stage in self.stages.values())

    def reasons(self, now_us: int) -> Sequence[Reason]:
        """What is missing at *now_us*."""
        if not self.is_told(now_us):
            if self._said_us is None:
                return [Reason("matchers_unknown", Working.NO)]
            seconds = (now_us - self._said_us) // _SECOND_US
            return [Reason("matchers_silent", Working.NO, parameters={"seconds": seconds})]
        every = [*self.stages.values(), *([] if self._beside is None else [self._beside])]
        return [reason for stage in every for reason in stage.reasons(now_us)]
