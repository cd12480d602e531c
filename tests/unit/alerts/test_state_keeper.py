"""The answer as it is kept: what sources say, those that fail or do not answer, and what is heard on the bus."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from proto.wardwatch.v1.camera_states import CameraSight, CameraState
from proto.wardwatch.v1.replicas import ReplicaBeat, StageReplica, StageReport
from proto.wardwatch.v1.replication import MatcherPresence
from proto.wardwatch.v1.subjects import Place, camera_id, matcher_presence, service_beat, site_id, stage_report
from services.alerts.state.cameras import CameraWatch
from services.alerts.state.files import Backup, Certificate, certificate_reasons
from services.alerts.state.hearing import Hearing, WhileHeard
from services.alerts.state.keeper import Keeper
from services.alerts.state.last_hour import LastHour
from services.alerts.state.matchers import MatcherWatch
from services.alerts.state.probes import Asked, checked
from services.alerts.state.reasons import Reason, Source, Working
from services.alerts.state.stages import SeeingStages
from services.chassis.bus import Delivery
from services.chassis.telemetry import Meters
from tests.certificates import make_certificate
from tests.fakes import eventually

SECOND = 1_000_000
H1 = site_id("h1")
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


@dataclass
class Saying:
    """A source that says what the test wants."""

    said: list[Reason] = field(default_factory=list)
    broken: bool = False

    def reasons(self, _now_us: int) -> Sequence[Reason]:
        if self.broken:
            raise RuntimeError("a bug")
        return self.said


class Kept:
    """A keeper of some sources, at a time that the test says."""

    def __init__(self, **sources: Source) -> None:
        self.now, self.changes, self.meters = 1000.0, 0, Meters()
        self.keeper = Keeper(sources, lambda: frozenset({H1}), lambda: round(self.now * SECOND), self.meters)
        self.keeper.changed = self.change

    def change(self) -> None:
        self.changes += 1

    async def find(self, later: float = 1) -> list[str]:
        self.now += later
        return [reason.code for reason in (await self.keeper.find()).reasons]


async def test_before_anything_was_found_alerts_do_not_work() -> None:
    assert Kept().keeper().working is Working.NO


async def test_an_answer_that_nobody_renews_is_none() -> None:
    kept = Kept()
    await kept.find()
    assert kept.keeper().working is Working.YES
    kept.now += 6

    assert [reason.code for reason in kept.keeper().reasons] == ["state_stale"]
    assert kept.keeper().working is Working.NO


async def test_a_source_that_fails_takes_no_other_along() -> None:
    broken, full = Saying(broken=True), Saying([Reason("disk_full", Working.NO, parameters={"disk": "broker"})])
    kept = Kept(line=broken, disks=full)

    assert await kept.find() == ["disk_full", "source_unknown"]
    broken.broken, full.said = False, []
    assert await kept.find() == []


async def test_pages_are_woken_by_a_reason_and_not_by_its_seconds() -> None:
    source = Saying()
    kept = Kept(cameras=source)
    await kept.find()
    before = kept.changes
    for seconds in range(3):
        source.said = [Reason("camera_silent", Working.DEGRADED, H1, {"camera": "gate", "seconds": seconds})]
        await kept.find()

    assert kept.changes == before + 1
    source.said = []
    await kept.find(10)
    assert kept.changes == before + 2


async def test_the_metric_says_it_of_each_site() -> None:
    source = Saying()
    kept = Kept(stages=source)
    for working, level in ((Working.DEGRADED, 0.5), (Working.NO, 0.0)):
        source.said = [Reason("stage_silent", working, parameters={"stage": "detector"})]
        await kept.find()
        assert kept.meters.value("wardwatch_alerts_working", site="h1") == level
        assert kept.meters.value("wardwatch_alerts_working_reasons", code="stage_silent", site="") == 1
    source.said = []
    await kept.find(10)
    assert kept.meters.value("wardwatch_alerts_working", site="h1") == 1
    assert kept.meters.value("wardwatch_alerts_working_reasons", code="stage_silent", site="") == 0


async def test_it_is_found_again_and_again_until_the_end() -> None:
    stop = asyncio.Event()

    async def ask() -> Sequence[Reason]:
        return []

    kept = Kept(backup=Asked("backup", ask))
    running = asyncio.create_task(kept.keeper.run(stop))
    await eventually(lambda: kept.keeper().working is Working.YES)
    stop.set()
    await running


async def test_a_check_without_an_answer_failed_and_a_file_is_unknown() -> None:
    async def well() -> str | None:
        return None

    async def nothing() -> Sequence[Reason]:
        raise OSError("it is away")

    database, backup = checked("database", well, "database_away", Working.NO), Asked("backup", nothing)
    assert [each.code for each in database.reasons(0)] == ["database_away"]
    await database.look(lambda: 0)
    await backup.look(lambda: 0)

    assert database.reasons(4 * SECOND) == []
    assert [each.code for each in database.reasons(5 * SECOND)] == ["database_away"]
    (unknown,) = backup.reasons(0)
    assert (unknown.code, unknown.parameters) == ("source_unknown", {"source": "backup"})


@pytest.mark.parametrize(
    ("left", "codes"),
    [
        (timedelta(days=15), []),
        (timedelta(days=13), ["certificate_ends"]),
        (timedelta(0), ["certificate_expired"]),
    ],
)
def test_a_certificate_is_told_two_weeks_before_its_end(left: timedelta, codes: list[str]) -> None:
    assert [each.code for each in certificate_reasons("page.crt", left.total_seconds())] == codes


async def test_a_certificate_in_a_file_is_read_or_said_to_be_none(tmp_path: Path) -> None:
    page, nothing = tmp_path / "page.crt", tmp_path / "nothing.crt"
    make_certificate(page, tmp_path / "page.key")
    nothing.write_text("no certificate")

    assert [each.code for each in await Certificate(page).ask()] == ["certificate_ends"]
    for path in (nothing, tmp_path / "missing"):
        (reason,) = await Certificate(path).ask()
        assert (reason.code, reason.parameters) == ("certificate_unreadable", {"file": path.name})


async def test_a_backup_is_told_when_it_is_old_or_missing(tmp_path: Path) -> None:
    marker = tmp_path / "backup"
    backup = Backup(marker, 48, now=lambda: 1_000_000.0)
    assert [each.code for each in await backup.ask()] == ["backup_missing"]
    marker.touch()
    os.utime(marker, (1_000_000 - 47 * 3600,) * 2)
    assert await backup.ask() == []
    os.utime(marker, (1_000_000 - 50 * 3600,) * 2)
    assert [(each.code, each.parameters) for each in await backup.ask()] == [("backup_old", {"hours": 50})]


class Heard:
    """What one alerts process hears, at a time that the test says."""

    def __init__(self) -> None:
        self.now, self.meters = 1000.0, Meters()
        seeing = SeeingStages()
        cameras = CameraWatch(seeing.sees)
        self.hearing = Hearing("own", self.meters, lambda: self.us, cameras, MatcherWatch(tuple), LastHour(0), seeing)

    @property
    def us(self) -> int:
        return round(self.now * SECOND)

    def beat(self, service: str, replica: str, *, leaving: bool = False, said_of: str = "") -> None:
        subject = service_beat(service, said_of or replica)
        self.hearing.service(Delivery(subject, ReplicaBeat(replica, 1, leaving, {}).encode()))

    def codes(self, source: Source) -> list[str]:
        return [reason.code for reason in source.reasons(self.us)]


def test_who_does_not_hear_itself_blames_the_broker_and_nobody_else() -> None:
    heard = Heard()
    watchlist = WhileHeard(heard.hearing.services["watchlist"], heard.hearing)
    assert (heard.codes(heard.hearing), heard.codes(watchlist)) == (["broker_silent"], [])
    heard.beat("alerts", "own")
    assert (heard.codes(heard.hearing), heard.codes(watchlist)) == ([], ["stage_unknown"])

    heard.beat("watchlist", "w1")
    assert heard.codes(watchlist) == []
    heard.now += 5
    assert (heard.codes(heard.hearing), heard.codes(watchlist)) == (["broker_silent"], [])


def test_without_the_watchlist_service_alerts_ring_in_part() -> None:
    heard = Heard()
    heard.beat("watchlist", "w1")
    heard.now += 5

    (silent,) = heard.hearing.services["watchlist"].reasons(heard.us)
    assert (silent.code, silent.working) == ("stage_silent", Working.DEGRADED)


def test_what_matchers_say_is_taken_in() -> None:
    heard = Heard()
    presence = MatcherPresence("m1", UUID(int=1), NOON, NOON, 1, 1, 1, 1, 0)
    replicas = tuple(StageReplica(stage, "a", 0, 64) for stage in ("detector", "embedder", "matcher"))
    heard.hearing.matcher(Delivery(matcher_presence("m1"), presence.encode()))
    heard.hearing.stages(Delivery(stage_report("m1"), StageReport(replicas).encode()))
    heard.hearing.camera(CameraState(Place(H1, camera_id("gate")), (), CameraSight(0, 1000, 5, 5)))

    assert heard.codes(heard.hearing.seeing) == []
    assert [each.name for each in heard.hearing.matchers.living(heard.us)] == ["m1"]
    assert [each.place.camera for each in heard.hearing.cameras.cameras] == ["gate"]


def test_what_is_no_message_is_counted() -> None:
    heard = Heard()
    heard.hearing.matcher(Delivery(matcher_presence("m1"), b"\xff"))
    heard.hearing.stages(Delivery(stage_report("m1"), b"\xff"))
    heard.beat("alerts", "own", said_of="another")

    for subject in ("matchers", "stages", "services"):
        assert heard.meters.value("wardwatch_messages_unreadable_total", subject=subject) == 1
    assert heard.codes(heard.hearing) == ["broker_silent"]
