"""Disks that are low or full, as a source of the state."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.alerts.state.reasons import Reason, Working
from services.chassis.disk_space import Level
from services.chassis.disk_watch import DiskWatch


@dataclass(frozen=True, slots=True)
class Disks:
    """What *watch* knows."""

    watch: DiskWatch

    def reasons(self, _now_us: int) -> Sequence[Reason]:
        """One for each disk that is short of room, or that nobody can look at."""
        short = [
            Reason("disk_full", Working.NO, parameters={"disk": disk.name})
            if disk.level is Level.FULL
            else Reason("disk_low", Working.DEGRADED, parameters={"disk": disk.name})
            for disk in self.watch.short()
        ]
        unknown = [Reason("disk_unknown", Working.DEGRADED, parameters={"disk": name}) for name in self.watch.unknown()]
        return [*short, *unknown]
