"""How many cameras a system carries, and what limits it: judged from short loads. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cli.bench.measures import STAGES, Measured, Process
from cli.bench.names import MOST
from cli.bench.readings import service_of
from services.chassis.stage_tally import FULL, VARIABLES

# What is told to plan with, of the most that was carried: walks come in groups, and machines have other work.
PLAN_SHARE: Final = 0.8
# A short load may lose as much to a hiccup of the machine; what is told to plan with may lose nothing.
_SHED_SHARE: Final = 0.005
_NOT_SENT_SHARE: Final = 0.01
_OLDEST_MS: Final = 1000.0
_OTHERS: Final = 0.05


@dataclass(slots=True)
class Search:
    """How many cameras are carried, of ``most``: reckoned first, then halved between. Told by :meth:`note`."""

    most: int = MOST
    carried: int = 0
    too_many: int | None = None
    _guess: int = 1

    def next(self) -> int | None:
        """How many to try; None when it is known closely enough."""
        if self.too_many is None:
            return self._guess if self.carried < self.most else None
        if self.too_many - self.carried <= max(1, self.carried // 8):
            return None
        return (self.carried + self.too_many) // 2

    def note(self, cameras: int, *, carried: bool, used: float) -> None:
        """*cameras* were tried; *used* is the share of what there is that they took."""
        if not carried:
            self.too_many = min(cameras, self.too_many or cameras)
            self.carried = min(self.carried, self.too_many - 1)
            return
        self.carried = max(self.carried, cameras)
        self._guess = min(
            self.most, max(cameras + 1 + cameras // 2, min(4 * cameras, round(cameras / max(used, 0.01))))
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """Shares of the load's time: ``machine`` of all processors, by whoever it is; ``stages`` of each one's worker."""

    machine: float
    stages: dict[str, float]

    @property
    def most(self) -> float:
        """Of what is used most."""
        return max(self.machine, *self.stages.values())


def usage(measured: Measured) -> Usage:
    """What *measured* used; the machine counts where the system runs on this one."""
    machine = measured.machine.used if measured.machine else 0.0
    return Usage(machine, {each.name: each.busy for each in measured.stages})


def complaint(measured: Measured, *, strictly: bool = False) -> str:
    """Why the load was not carried; empty when it was. *strictly*: not one frame, face or vector may have been shed."""
    load = measured.load
    due = load.frames + load.not_sent
    if measured.restarted:
        return f"{', '.join(measured.restarted)} began anew"
    if load.not_sent > _NOT_SENT_SHARE * due:
        return f"{load.not_sent} of {due} frames could not even be sent: the machine has no time for the load itself"
    for each in measured.stages:
        shed = sum(each.shed.values())
        if shed > (0 if strictly else _SHED_SHARE * max(each.received, 1)):
            reasons = ", ".join(f"{count} {reason}" for reason, count in each.shed.items())
            return f"{each.name} gave up {shed} of {each.received} {each.item}s ({reasons})"
    oldest = measured.stage("detector").since_capture.p99_ms
    if oldest is not None and oldest > _OLDEST_MS:
        return f"frames were {oldest:g} ms old when they had been searched (p99)"
    return ""


def evidence(measured: Measured) -> Iterator[str]:
    """What each process costs, one line each."""
    load, searched = measured.load, max(measured.stage("detector").done, 1)
    units = {each.service: (each.item, measured.stage(each.service).received) for each in STAGES}
    for process in measured.processes:
        item, count = units.get(service_of(process.name), ("frame", searched))
        yield _cost(process, item, count)
    share = load.cpu_seconds / max(load.seconds, 1e-3)
    yield f"the load itself: {share:.0%} of one core, which real cameras would not take"
    if passed := measured.stage("matcher").passed_over.get("stopped"):
        yield f"not in it: {passed} vectors were not compared, for matching is stopped at the load's site"


def advice(measured: Measured) -> str:
    """What to scale first, by the load that was nearly or just too much."""
    used = usage(measured)
    costs = {each.name: each.cpu_seconds or 0.0 for each in measured.processes}
    services = {name: sum(s for p, s in costs.items() if service_of(p) == name) for name in used.stages}
    dearest, whole = max(services, key=lambda name: services[name]), max(sum(costs.values()), 1e-9)
    if measured.machine is not None and used.machine >= FULL:
        here = measured.machine
        others = f", {here.used - here.ours:.0%} by other programs" if here.used - here.ours > _OTHERS else ""
        return (
            f"its {here.processors} processors are used up ({here.used:.0%}{others}), so another replica here brings"
            f" nothing; give it more processors, or run further {dearest}s on another machine:"
            f" {services[dearest] / whole:.0%} of Wardwatch's processor time is theirs"
        )
    narrow = max(used.stages, key=lambda name: used.stages[name])
    if used.stages[narrow] >= FULL or measured.stage(narrow).shed:
        return (
            f"the {narrow} has no time left (busy {used.stages[narrow]:.0%}), the machine has (used {used.machine:.0%})"
            f"; scale it first, {VARIABLES[narrow]}={measured.stage(narrow).replicas + 1}"
        )
    return f"nothing was used up: the {narrow} was busy {used.stages[narrow]:.0%}, the machine {used.machine:.0%}"


def planned(carried: int) -> int:
    """How many cameras to plan with where *carried* were carried."""
    return max(1, int(carried * PLAN_SHARE)) if carried else 0


def _cost(process: Process, item: str, count: int) -> str:
    if process.cpu_seconds is None or not count:
        return f"{process.name}: not measured"
    ms = process.cpu_seconds / count * 1000
    each = f" -> {1000 / ms:.0f} a second on one core" if ms > 0 else ""
    return f"{process.name}: {ms:.2f} ms of processor time a {item}{each}; memory {process.memory_mib_after} MiB"
