"""How much the stages had to do within the last hour, in memory alone. Pure: time is an argument, in microseconds.

Each process of alerts has its own, from when it began. What replicas tell are totals since they began, so a report that
is lost loses nothing; a replica that is new has no total before, and is counted from its second report on.
"""

from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from proto.wardwatch.v1.metrics import SECONDS_BUCKETS
from proto.wardwatch.v1.replicas import StageLoad, StageReport
from services.alerts.state.stages import SEEING

STEP_SECONDS: Final = 10
STEPS: Final = 3600 // STEP_SECONDS
_STEP_US: Final = STEP_SECONDS * 1_000_000
# A replica that was not heard for longer is begun anew.
_FORGET_US: Final = 60_000_000
_MOST_REPLICAS: Final = 512
_LIVING_MS: Final = 4_000


@dataclass(slots=True)
class Work:
    """What the replicas of a stage did within some time; ``machine`` and ``processors`` of the busiest machine."""

    received: int = 0
    done: int = 0
    shed: Counter[str] = field(default_factory=Counter)
    work_us: int = 0
    delays: list[int] = field(default_factory=lambda: [0] * (len(SECONDS_BUCKETS) + 1))
    replicas: int = 0
    machine: float | None = None
    processors: int = 0

    def add(self, other: "Work") -> None:
        """Take in what was done within another time."""
        self.received += other.received
        self.done += other.done
        self.shed.update(other.shed)
        self.work_us += other.work_us
        self.delays = [a + b for a, b in zip(self.delays, other.delays, strict=True)]
        self.replicas = max(self.replicas, other.replicas)
        self._note_machine(other.machine, other.processors)

    def add_load(self, load: StageLoad, before: StageLoad) -> None:
        """Take in what a replica did between two of its totals."""
        self.received += load.received - before.received
        self.done += load.done - before.done
        self.shed.update({reason: count - before.shed.get(reason, 0) for reason, count in load.shed.items()})
        self.work_us += load.work_us - before.work_us
        self.delays = [d + n - b for d, n, b in zip(self.delays, load.delays, before.delays, strict=True)]
        if load.processors:
            self._note_machine(load.machine_permille / 1000, load.processors)

    def _note_machine(self, used: float | None, processors: int) -> None:
        if used is not None and (self.machine is None or used > self.machine):
            self.machine, self.processors = used, processors

    def age_seconds(self, share: float) -> float | None:
        """How old the frame of an item was when it was done: *share* of the items were younger. None where none was.

        Spread evenly within a bucket; the last one has no end and is told by its beginning.
        """
        total = sum(self.delays)
        if total == 0:
            return None
        sums = list(accumulate(self.delays))
        at = min(bisect_right(sums, share * total - 1e-9), len(SECONDS_BUCKETS))
        if at == len(SECONDS_BUCKETS):
            return SECONDS_BUCKETS[-1]
        low, below = (SECONDS_BUCKETS[at - 1], sums[at - 1]) if at else (0.0, 0)
        return low + (SECONDS_BUCKETS[at] - low) * (share * total - below) / self.delays[at]


@dataclass(frozen=True, slots=True)
class Step:
    """Ten seconds: when they began, in Unix seconds, and what each stage did in them."""

    at: int
    stages: Mapping[str, Work]


@dataclass(slots=True)
class LastHour:
    """The steps of the last hour, oldest first; the one that goes on is not among them."""

    began_us: int
    _steps: deque[Step] = field(default_factory=lambda: deque(maxlen=STEPS))
    _now: Step | None = None
    _before: dict[tuple[str, str], tuple[int, StageLoad]] = field(default_factory=dict)

    def take(self, report: StageReport, now_us: int) -> None:
        """Take in what a matcher says of the replicas."""
        step = self._step(now_us)
        self._before = {key: known for key, known in self._before.items() if now_us - known[0] < _FORGET_US}
        living = Counter(each.stage for each in report.replicas if each.silent_ms < _LIVING_MS and not each.leaving)
        for stage, work in step.stages.items():
            work.replicas = max(work.replicas, living[stage])
        for each in report.replicas:
            if (work_of := step.stages.get(each.stage)) is not None and each.load is not None:
                self._count(work_of, (each.stage, each.replica), each.load, now_us)

    def steps(self, now_us: int, *, after: int = 0) -> Sequence[Step]:
        """Those that are over and began later than *after*, in Unix seconds."""
        self._step(now_us)
        return [step for step in self._steps if step.at > after]

    def lately(self, now_us: int, seconds: int) -> Mapping[str, Work]:
        """What each stage did within about the last *seconds*."""
        found = {stage: Work() for stage in SEEING}
        for step in self.steps(now_us, after=now_us // 1_000_000 - seconds - STEP_SECONDS):
            for stage, work in step.stages.items():
                found[stage].add(work)
        return found

    def _count(self, work: Work, key: tuple[str, str], load: StageLoad, now_us: int) -> None:
        before = self._before.get(key)
        if before is None and len(self._before) >= _MOST_REPLICAS:
            return
        self._before[key] = (now_us, load)
        if before is not None and _follows(load, before[1]):
            work.add_load(load, before[1])

    def _step(self, now_us: int) -> Step:
        at = now_us // _STEP_US * STEP_SECONDS
        if self._now is None or at > self._now.at:
            if self._now is not None:
                self._steps.append(self._now)
            self._now = Step(at, {stage: Work() for stage in SEEING})
        return self._now


def _follows(load: StageLoad, before: StageLoad) -> bool:
    """Whether these totals are of the same process, which only counts up."""
    return (
        load.received >= before.received
        and load.done >= before.done
        and load.work_us >= before.work_us
        and all(load.shed.get(reason, 0) >= count for reason, count in before.shed.items())
        and all(now >= then for now, then in zip(load.delays, before.delays, strict=True))
    )
