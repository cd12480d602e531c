"""Puts the sources of the state together and lets them hear."""

import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import BENCH_SITE, Place, SiteId
from services.alerts.control import Controls
from services.alerts.database import Database
from services.alerts.state.accuracy import Accuracy
from services.alerts.state.camera_store import CameraStore, RememberedCameras
from services.alerts.state.cameras import CameraWatch
from services.alerts.state.disks import Disks
from services.alerts.state.files import Backup, Certificate
from services.alerts.state.hearing import AnswerExpected, Hearing, WhileHeard
from services.alerts.state.keeper import Keeper
from services.alerts.state.last_hour import LastHour
from services.alerts.state.lists import SharedLists
from services.alerts.state.matchers import MatcherWatch, StoppedSites
from services.alerts.state.probes import Asked, checked
from services.alerts.state.reasons import Source, Working
from services.alerts.state.stages import SeeingStages
from services.alerts.state.unpublished import Unpublished
from services.chassis.bus import Bus
from services.chassis.disk_watch import DiskWatch
from services.chassis.telemetry import Meters, ReadyCheck

# What is checked of this process itself: the code of its reason, and whether any alert comes while it does not pass.
OWN_CHECKS: Final[Mapping[str, tuple[str, Working]]] = {
    "bus": ("broker_away", Working.NO),
    "stores": ("broker_stores_nothing", Working.NO),
    "database": ("database_away", Working.NO),
    "database_writes": ("database_stores_nothing", Working.NO),
    "events": ("events_away", Working.NO),
    "control": ("controls_unread", Working.NO),
    "sessions": ("sessions_unread", Working.DEGRADED),
    "tasks": ("task_stuck", Working.NO),
    "clock": ("clock_disbelieved", Working.DEGRADED),
}


@dataclass(frozen=True, slots=True)
class Files:
    """Files that are looked at: certificates, and what is written anew after each backup, None where nothing is."""

    certificates: tuple[Path, ...] = ()
    backup: Path | None = None
    backup_hours: float = 48.0


@dataclass(frozen=True, slots=True)
class AlertState:
    """The state and what feeds it."""

    keeper: Keeper
    hearing: Hearing
    remembered: RememberedCameras

    def sending(self) -> list[Place]:
        """The cameras that send pictures now, those of a load aside."""
        return self.hearing.cameras.sending(self.hearing.clock_us())

    def matching(self) -> list[int]:
        """For each living matcher how many entries it can match."""
        living = self.hearing.matchers.living(self.keeper.clock_us())
        return [each.entries - each.locked for each in living]

    @asynccontextmanager
    async def heard(self, bus: Bus) -> AsyncIterator[None]:
        """Hear what is said on the bus until left. Each replica hears all of it: each has pages of its own."""
        offers = {
            subjects.STAGES.pattern: self.hearing.stages,
            subjects.MATCHERS.pattern: self.hearing.matcher,
            subjects.SERVICES.pattern: self.hearing.service,
        }
        async with AsyncExitStack() as stack:
            for subject, offer in offers.items():
                await stack.enter_async_context(bus.listen(subject, queue="", offer=offer))
            await stack.enter_async_context(bus.respond(subjects.EXPECTED.pattern, AnswerExpected(self.remembered)))
            yield


def steady_clock() -> Callable[[], int]:
    """Microseconds that never jump, from the wall clock's time at the beginning."""
    began = time.time() - time.monotonic()
    return lambda: round((began + time.monotonic()) * 1e6)


def hearing(own: str, controls: Controls, sites: frozenset[SiteId], meters: Meters) -> Hearing:
    """What the process *own* of the alerts service takes note of on the bus; *sites* are expected to have cameras."""
    seeing, clock_us = SeeingStages(), steady_clock()
    matchers = MatcherWatch(partial(_stopped, controls))
    hour = LastHour(clock_us())
    return Hearing(own, meters, clock_us, CameraWatch(seeing.sees, sites), matchers, hour, seeing)


def alert_state(
    heard: Hearing,
    database: Database,
    controls: Controls,
    disks: DiskWatch,
    checks: Mapping[str, ReadyCheck],
    files: Files,
    more: Mapping[str, Source],
) -> AlertState:
    """The state of what is *heard*; *more* are further sources by their names."""
    hearsay: dict[str, Source] = {
        "stages": heard.seeing,
        **heard.services,
        "cameras": heard.cameras,
        "matchers": heard.matchers,
    }
    sources: dict[str, Source] = {
        **{name: checked(name, check, *OWN_CHECKS[name]) for name, check in checks.items()},
        "hearing": heard,
        **{name: WhileHeard(source, heard) for name, source in hearsay.items()},
        "stopped": StoppedSites(partial(_stopped, controls)),
        "disks": Disks(disks),
        "list": Asked("list", Unpublished(database).ask),
        "accuracy": Asked("accuracy", Accuracy(database).ask),
        "shared_lists": Asked("shared_lists", SharedLists(database).ask),
        **_of_files(files),
        **more,
    }
    keeper = Keeper(sources, partial(sites_of, heard, controls), heard.clock_us, heard.meters)
    return AlertState(keeper, heard, RememberedCameras(CameraStore(database), heard.cameras, heard.clock_us))


def sites_of(heard: Hearing, controls: Controls) -> frozenset[SiteId]:
    """The sites that are known: with cameras that are expected, set, or stopped at some time."""
    return heard.cameras.sites | (frozenset(controls.known) - {BENCH_SITE})


def _stopped(controls: Controls) -> Iterable[SiteId]:
    return [site for site in controls.stopped_sites if site != BENCH_SITE]


def _of_files(files: Files) -> dict[str, Source]:
    found: dict[str, Source] = {
        f"certificate {path}": Asked("certificate", Certificate(path).ask) for path in files.certificates
    }
    if files.backup is not None:
        found["backup"] = Asked("backup", Backup(files.backup, files.backup_hours).ask)
    return found
