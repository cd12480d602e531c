"""What is heard on the bus of cameras, stages, matchers and services, for the state."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from proto.wardwatch.v1.camera_states import CameraExpected, CameraState
from proto.wardwatch.v1.replicas import ReplicaBeat, StageReport
from proto.wardwatch.v1.replication import MatcherPresence
from services.alerts.database import StoreAway
from services.alerts.state.camera_store import RememberedCameras
from services.alerts.state.cameras import CameraWatch
from services.alerts.state.last_hour import LastHour
from services.alerts.state.matchers import MatcherWatch
from services.alerts.state.reasons import Reason, Source, Working
from services.alerts.state.stages import SeeingStages, StageWatch
from services.chassis.bus import Delivery
from services.chassis.telemetry import Meters

# This process says every second that it lives, and hears that like everybody: longer silent is the broker.
_SILENT_US: Final = 4_000_000


@dataclass(slots=True)
class Hearing:
    """Takes note of what is said, each by whom the broker and a signature let say it. Event loop only.

    *own* is what this process calls itself: who does not hear itself hears nobody, and that is the broker's silence.
    """

    own: str
    meters: Meters
    clock_us: Callable[[], int]
    cameras: CameraWatch
    matchers: MatcherWatch
    hour: LastHour
    seeing: SeeingStages = field(default_factory=SeeingStages)
    # Without the watchlist service alerts ring, but the listed person's picture is missing on them.
    services: Mapping[str, StageWatch] = field(
        default_factory=lambda: {
            "watchlist": StageWatch("watchlist", when_dead=Working.DEGRADED),
            "alerts": StageWatch("alerts"),
        }
    )
    other_alerts: Callable[[ReplicaBeat], None] = lambda _: None  # told of what other alerts processes say
    _own_us: int | None = None

    def hears(self, now_us: int) -> bool:
        """Whether what is said would be heard."""
        return self._own_us is not None and now_us - self._own_us < _SILENT_US

    def reasons(self, now_us: int) -> Sequence[Reason]:
        """That nothing is heard."""
        return [] if self.hears(now_us) else [Reason("broker_silent", Working.NO)]

    def camera(self, state: CameraState) -> None:
        """A matcher has passed on how a camera is."""
        self.cameras.take(state, self.clock_us())

    def stages(self, delivery: Delivery) -> None:
        """A matcher says which replicas live."""
        try:
            report = StageReport.decode(delivery.payload)
        except ValueError:
            self._unreadable("stages")
        else:
            now_us = self.clock_us()
            self.seeing.take(report, now_us)
            self.hour.take(report, now_us)

    def matcher(self, delivery: Delivery) -> None:
        """A matcher says how it is."""
        try:
            presence = MatcherPresence.decode(delivery.payload)
        except ValueError:
            self._unreadable("matchers")
        else:
            self.matchers.take(presence, self.clock_us())

    def service(self, delivery: Delivery) -> None:
        """A service of the record says that it lives, or that it ends."""
        try:
            said = ReplicaBeat.decode(delivery.payload)
            _, service, replica = delivery.subject.split(".")
            if said.replica != replica:
                raise ValueError("it is said of another replica")
        except ValueError:
            self._unreadable("services")
            return
        if (service, replica) == ("alerts", self.own):
            self._own_us = self.clock_us()
        elif service == "alerts":
            self.other_alerts(said)
        if (watch := self.services.get(service)) is not None:
            watch.heard(replica, self.clock_us(), leaving=said.leaving)

    def _unreadable(self, subject: str) -> None:
        self.meters.count("wardwatch_messages_unreadable_total", subject=subject)


@dataclass(frozen=True, slots=True)
class WhileHeard:
    """A source that knows what it hears: while nothing is heard that is the reason, and not who seems silent."""

    source: Source
    hearing: Hearing

    def reasons(self, now_us: int) -> Sequence[Reason]:
        """What the source says, while it hears."""
        return self.source.reasons(now_us) if self.hearing.hears(now_us) else []


@dataclass(frozen=True, slots=True)
class WhileSeeing:
    """A source that knows what comes of pictures: while a stage that sees is missing, that is the reason."""

    source: Source
    hearing: Hearing

    def reasons(self, now_us: int) -> Sequence[Reason]:
        """What the source says, while every stage lives."""
        sees = self.hearing.hears(now_us) and self.hearing.seeing.is_whole(now_us)
        return self.source.reasons(now_us) if sees else []


@dataclass(frozen=True, slots=True)
class AnswerExpected:
    """`expected.cameras`: the operator says whether a camera is missed when it is silent.

    Answered with ``noted``, with ``unknown`` for a camera that never sent, else with why it is not noted.
    """

    remembered: RememberedCameras

    async def __call__(self, payload: bytes) -> bytes:
        try:
            said = CameraExpected.decode(payload)
            known = await self.remembered.expect(said.place, said.account, expected=said.expected)
        except (ValueError, StoreAway) as error:
            return str(error).encode()
        return b"noted" if known else b"unknown"
