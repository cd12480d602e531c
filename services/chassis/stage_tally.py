"""What a replica of a stage that sees has counted, for its heartbeats: counts and durations, nothing of any face."""

import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from proto.wardwatch.v1.metrics import SECONDS_BUCKETS, MetricName
from proto.wardwatch.v1.replicas import StageLoad
from services.chassis.telemetry import Meters

# Not for want of time: what no stage wants, however idle it is.
NOT_WANTED: Final = frozenset(
    {"too_small", "too_many_in_frame", "no_direction", "stopped", "small", "turned", "blurred"}
)
# From here on a machine, or a stage, has no time left to speak of.
FULL: Final = 0.85
# The setting by which more replicas of a stage are run.
VARIABLES: Final[Mapping[str, str]] = {
    "detector": "WARDWATCH_DETECTORS",
    "embedder": "WARDWATCH_EMBEDDERS",
    "matcher": "WARDWATCH_MATCHERS",
}
# The connection counts these too, and says why.
_COUNTED_TWICE: Final = frozenset({"not_sent"})


@dataclass(frozen=True, slots=True)
class StageCounters:
    """How a stage's counters are called, and its part of the two histograms that all stages have."""

    received: MetricName
    done: MetricName
    shed: MetricName
    part: str


COUNTERS: Final[Mapping[str, StageCounters]] = {
    "detector": StageCounters(
        "wardwatch_frames_received_total", "wardwatch_frames_processed_total", "wardwatch_frames_shed_total", "detect"
    ),
    "embedder": StageCounters(
        "wardwatch_faces_received_total", "wardwatch_faces_embedded_total", "wardwatch_faces_shed_total", "embed"
    ),
    "matcher": StageCounters(
        "wardwatch_vectors_received_total", "wardwatch_vectors_searched_total", "wardwatch_vectors_shed_total", "match"
    ),
}


@dataclass(frozen=True, slots=True)
class MachineTime:
    """Time of all processors of this machine since it started: in which they worked, and in all."""

    busy: int
    whole: int


def machine_time() -> MachineTime | None:
    """Read it now; None where the kernel does not say."""
    try:
        line = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0]
        user, nice, system, idle, waiting, *more = map(int, line.split()[1:9])
    except (OSError, ValueError):
        return None
    busy = user + nice + system + sum(more)
    return MachineTime(busy, busy + idle + waiting)


class StageTally:
    """Counts along with *meters* what concerns *stage*. Event loop only."""

    def __init__(self, stage: str, meters: Meters, machine: Callable[[], MachineTime | None] = machine_time) -> None:
        self._part = COUNTERS[stage].part
        self._received = self._done = 0
        self._work_seconds = 0.0
        self._shed = Counter[str]()
        self._delays = [0] * (len(SECONDS_BUCKETS) + 1)
        self._machine = machine
        self._before = machine()
        meters.tap(COUNTERS[stage].received, self._take)
        meters.tap(COUNTERS[stage].done, self._do)
        meters.tap(COUNTERS[stage].shed, self._give_up)
        meters.tap("wardwatch_bus_shed_total", self._give_up)
        meters.tap("wardwatch_frames_over_pace_total", self._drop)
        meters.tap("wardwatch_stage_seconds", self._work)
        meters.tap("wardwatch_stage_delay_seconds", self._age)

    def load(self) -> StageLoad:
        """What was counted so far; of the machine what was used since this was last asked."""
        return StageLoad(
            self._received,
            self._done,
            dict(self._shed),
            round(self._work_seconds * 1e6),
            tuple(self._delays),
            *self._used(),
        )

    def _used(self) -> tuple[int, int]:
        before, self._before = self._before, self._machine()
        if before is None or self._before is None or self._before.whole <= before.whole:
            return 0, 0
        share = (self._before.busy - before.busy) / (self._before.whole - before.whole)
        return min(1000, max(0, round(share * 1000))), os.cpu_count() or 0

    def _take(self, amount: float, _labels: Mapping[str, str]) -> None:
        self._received += int(amount)

    def _do(self, amount: float, _labels: Mapping[str, str]) -> None:
        self._done += int(amount)

    def _give_up(self, amount: float, labels: Mapping[str, str]) -> None:
        if labels["reason"] not in NOT_WANTED and labels["reason"] not in _COUNTED_TWICE:
            self._shed[labels["reason"]] += int(amount)

    def _drop(self, amount: float, _labels: Mapping[str, str]) -> None:
        self._shed["over_pace"] += int(amount)

    def _work(self, seconds: float, labels: Mapping[str, str]) -> None:
        if labels["stage"] == self._part:
            self._work_seconds += max(0.0, seconds)

    def _age(self, seconds: float, labels: Mapping[str, str]) -> None:
        if labels["stage"] == self._part:
            self._delays[bisect_left(SECONDS_BUCKETS, seconds)] += 1
