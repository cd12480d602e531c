"""What the rest of a hospital says of itself, for tests of alerts alone: that it lives, that cameras send, and that
drills of their lines come through.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.camera_states import CameraSight, CameraState, CameraTrouble
from proto.wardwatch.v1.drills import DrillStep, Stage
from proto.wardwatch.v1.replicas import ReplicaBeat, StageReplica, StageReport
from proto.wardwatch.v1.replication import MatcherPresence
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from proto.wardwatch.v1.values import Drill, Journey, to_microseconds
from services.alerts.state.stages import SEEING
from services.chassis.bus import Bus
from tests import buses, servers
from tests.fakes import repeating

SENDING = CameraSight(40, 12_000, 60, 60, 640, 480)
# A drill with everything that is said, so that pages are told every second or two.
_PERIOD_US = 8_000_000
GATE = Place(site_id("h1"), camera_id("gate"))


@dataclass
class Elsewhere:
    """Which stages live, which cameras send, and whether drills come through: as the test says, again and again."""

    matcher: Bus
    watchlist: Bus
    stages: set[str] = field(default_factory=lambda: set(SEEING))
    cameras: dict[Place, tuple[CameraTrouble, ...]] = field(default_factory=lambda: {GATE: ()})
    speaking: bool = True  # whether any matcher does
    proving: bool = True  # whether drills come through
    _number: int = 0

    async def say(self) -> None:
        """Once."""
        self._number += 1
        beat = ReplicaBeat("w1", self._number, leaving=False, held={})
        await self.watchlist.publish(subjects.service_beat("watchlist", "w1"), beat.encode())
        if not self.speaking:
            return
        now = datetime.now(UTC)
        report = StageReport(tuple(StageReplica(stage, f"{stage}-a", 100, subjects.SHARES) for stage in self.stages))
        await self.matcher.publish(subjects.stage_report("m1"), report.encode())
        presence = MatcherPresence("m1", UUID(int=1), now, now, 1, 1, 1, 1, 0)
        await self.matcher.publish(subjects.matcher_presence("m1"), presence.encode())
        for place, troubles in self.cameras.items():
            state = CameraState(place, troubles, SENDING)
            await self.matcher.publish(subjects.camera_state(place), state.encode())
            await self._drill(place, to_microseconds(now))

    async def _drill(self, place: Place, now_us: int) -> None:
        drill = Drill(uuid4().hex, now_us)
        steps = [DrillStep(place, Stage.SENT, now_us, drill, period_us=_PERIOD_US)]
        if self.proving:
            steps.append(DrillStep(place, Stage.MATCHED, now_us, drill, journey=Journey(now_us), list_read=True))
        for step in steps:
            await self.matcher.publish(subjects.drills(place), step.encode())


@asynccontextmanager
async def living(nats: servers.Nats) -> AsyncIterator[Elsewhere]:
    """Everybody else lives until left, as far as the test does not say otherwise."""
    async with (
        buses.connected(nats, "matcher-record") as matcher,
        buses.connected(nats, "watchlist-record") as watchlist,
    ):
        here = Elsewhere(matcher, watchlist)
        async with repeating(here.say):
            yield here
