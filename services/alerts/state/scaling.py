"""What to scale, as ``wardwatch capacity`` says it of a load, here of the last minutes. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from services.alerts.state.last_hour import Work
from services.chassis.stage_tally import FULL, VARIABLES

HintCode = Literal["nothing_seen", "machine_full", "stage_full", "nothing_full", "alone"]


@dataclass(frozen=True, slots=True)
class Hint:
    """What to do, or that there is nothing to do: a code for the words of each language, and its figures."""

    code: HintCode
    parameters: Mapping[str, str | int]


def busy(work: Work, seconds: float) -> float:
    """The share of the time in which one replica's worker had something in hand."""
    return work.work_us / 1e6 / max(seconds, 1e-3) / max(work.replicas, 1)


def hints(stages: Mapping[str, Work], seconds: float) -> Sequence[Hint]:
    """What follows of what each stage did within *seconds*, the most urgent first."""
    alone = [
        Hint("alone", {"stage": stage, "variable": VARIABLES[stage]}) for stage, w in stages.items() if w.replicas == 1
    ]
    if not any(work.received for work in stages.values()):
        return [Hint("nothing_seen", {}), *alone]
    return [_first(stages, {stage: busy(work, seconds) for stage, work in stages.items()}), *alone]


def _first(stages: Mapping[str, Work], used: Mapping[str, float]) -> Hint:
    dearest = max(stages, key=lambda stage: stages[stage].work_us)
    # A stage that gives up is what is narrow, also where another is busier.
    narrow = max(stages, key=lambda stage: (stages[stage].shed.total() > 0, used[stage]))
    machine = max((work.machine or 0.0 for work in stages.values()), default=0.0)
    of_machine, of_stage = round(machine * 100), round(used[narrow] * 100)
    figures: dict[str, str | int] = {"stage": narrow, "busy": of_stage, "machine": of_machine}
    if machine >= FULL:
        processors = max(work.processors for work in stages.values())
        return Hint("machine_full", {"stage": dearest, "machine": of_machine, "processors": processors})
    shed = stages[narrow].shed.total()
    if used[narrow] >= FULL or shed:
        more = figures | {"variable": VARIABLES[narrow], "replicas": stages[narrow].replicas + 1, "shed": shed}
        return Hint("stage_full", more)
    return Hint("nothing_full", figures)
