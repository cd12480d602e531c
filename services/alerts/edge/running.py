"""How Wardwatch has run within the last hour, over HTTP: what this process heard, and a look at stores and files."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

from proto.wardwatch.v1 import refusals
from services.alerts.accounts.holder import Holder
from services.alerts.database import StoreAway
from services.alerts.edge import running_models as models
from services.alerts.edge import state_views
from services.alerts.edge.authorisation import Authorisation
from services.alerts.edge.http import model_response
from services.alerts.edge.problems import Refused
from services.alerts.running import Sent
from services.alerts.state import scaling
from services.alerts.state.files import end_of
from services.alerts.state.last_hour import STEP_SECONDS, LastHour, Step, Work
from services.alerts.state.scaling import Hint
from services.alerts.state.stages import SEEING, Replica
from services.alerts.state.wiring import Files
from services.chassis.disk_watch import DiskWatch

_LATELY_SECONDS: Final = 300
_P95: Final = 0.95

T = TypeVar("T")


class Ran(Protocol):
    """What a process knows of the last hour, and asks the record; see ``Running``."""

    @property
    def own(self) -> str: ...
    @property
    def hour(self) -> LastHour: ...
    @property
    def clock_us(self) -> Callable[[], int]: ...
    async def sent(self, sites: Collection[str] | None) -> Sent: ...
    async def unpublished_seconds(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class RunningApi:
    """The one operation. ``replicas`` gives those that live, each with its stage."""

    authorisation: Authorisation
    running: Ran
    replicas: Callable[[], Iterable[tuple[str, Replica]]]
    disks: DiskWatch
    files: Files
    delivers: bool

    def handlers(self) -> dict[str, Handler]:
        """Also while the database is away: then above all somebody wants to know."""
        return {"show_running": self.authorisation.protect("show_running", self.show_running, without_database=True)}

    async def show_running(self, request: web.Request, holder: Holder) -> web.Response:
        now_us, hour = self.running.clock_us(), self.running.hour
        steps = hour.steps(now_us, after=_after(request.query.get("after", "0")))
        # What a process that has just begun was told of is of less time than five minutes.
        seconds = min(_LATELY_SECONDS, max(STEP_SECONDS, (now_us - hour.began_us) / 1e6))
        lately = hour.lately(now_us, _LATELY_SECONDS)
        sent, sent_away = await _unless_away(self.running.sent(holder.sites)) if self.delivers else (None, False)
        waits, away = await _unless_away(self.running.unpublished_seconds())
        return model_response(
            models.RunningView(
                process=self.running.own,
                since=_moment(hour.began_us),
                now=_moment(now_us),
                step_seconds=STEP_SECONDS,
                times=[step.at for step in steps],
                stages=[_steps(stage, steps) for stage in SEEING],
                lately=[_lately(stage, lately[stage], seconds) for stage in SEEING],
                hints=[_hint(each) for each in scaling.hints(lately, seconds)],
                replicas=[state_views.replica(stage, each) for stage, each in self.replicas()],
                disks=self._disks(),
                certificates=[await _certificate(path) for path in self.files.certificates],
                backup=await self._backup(),
                delivery=None if sent is None else _delivery(sent),
                unpublished_seconds=waits,
                record_away=away or sent_away,
            )
        )

    def _disks(self) -> list[models.DiskRunning]:
        known = [
            models.DiskRunning(
                name=each.name, free_bytes=each.free_bytes, hours_left=each.hours_left, level=each.level.value
            )
            for each in self.disks.known()
        ]
        unknown = (
            models.DiskRunning(name=name, free_bytes=None, hours_left=None, level="unknown")
            for name in self.disks.unknown()
        )
        return [*known, *unknown]

    async def _backup(self) -> models.BackupRunning | None:
        if self.files.backup is None:
            return None
        try:
            made = datetime.fromtimestamp((await asyncio.to_thread(self.files.backup.stat)).st_mtime, UTC)
        except OSError:
            made = None
        return models.BackupRunning(made_at=made, most_hours=self.files.backup_hours)


async def _unless_away(answer: Awaitable[T]) -> tuple[T | None, bool]:
    """The answer of the record, and whether there was none."""
    try:
        return await answer, False
    except StoreAway:
        return None, True


def _after(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise Refused(422, "Not a valid request", refusals.NOT_A_NUMBER.filled(text=text[:20]))
    return int(text)


def _steps(stage: str, steps: Sequence[Step]) -> models.StageSteps:
    works = [step.stages[stage] for step in steps]
    return models.StageSteps(
        stage=stage,
        replicas=[work.replicas for work in works],
        received=[_rate(work.received, STEP_SECONDS) for work in works],
        done=[_rate(work.done, STEP_SECONDS) for work in works],
        shed=[_rate(work.shed.total(), STEP_SECONDS) for work in works],
        age_seconds=[_rounded(work.age_seconds(_P95)) for work in works],
        busy=[round(scaling.busy(work, STEP_SECONDS), 3) for work in works],
    )


def _lately(stage: str, work: Work, seconds: float) -> models.StageLately:
    return models.StageLately(
        stage=stage,
        replicas=work.replicas,
        received=_rate(work.received, seconds),
        done=_rate(work.done, seconds),
        shed={reason: count for reason, count in sorted(work.shed.items()) if count},
        age_seconds=_rounded(work.age_seconds(_P95)),
        median_age_seconds=_rounded(work.age_seconds(0.5)),
        busy=round(scaling.busy(work, seconds), 3),
        machine=work.machine,
    )


def _hint(hint: Hint) -> models.ScaleHint:
    return models.ScaleHint(code=hint.code, parameters=hint.parameters)


def _delivery(sent: Sent) -> models.DeliveryRunning:
    paths = [
        models.PathRunning(
            path=each.path, sent=each.sent, waiting=each.waiting, failed=each.failed, seconds=_rounded(each.seconds)
        )
        for each in sent.paths
    ]
    return models.DeliveryRunning(silent=sent.silent, dead_letters=sent.dead_letters, paths=paths)


async def _certificate(path: Path) -> models.CertificateRunning:
    try:
        ends_at = datetime.fromtimestamp(await asyncio.to_thread(end_of, path), UTC)
    except (OSError, ValueError):
        ends_at = None
    return models.CertificateRunning(file=path.name, ends_at=ends_at)


def _rate(count: int, seconds: float) -> float:
    return round(count / seconds, 2)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)


def _moment(at_us: int) -> datetime:
    return datetime.fromtimestamp(at_us / 1e6, UTC)
