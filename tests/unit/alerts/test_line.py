"""When the line of a camera counts as proven, and what is said when it does not."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.drills import DrillStep, Fault, Stage
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from proto.wardwatch.v1.values import Drill, Journey, to_microseconds
from services.alerts.line.line import CameraLine, Line
from services.alerts.state.reasons import Working
from services.chassis.bus import Delivery
from services.chassis.telemetry import Meters

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
GATE = Place(site_id("h1"), camera_id("gate"))
DOOR = Place(site_id("h1"), camera_id("door"))
WARD = Place(site_id("h2"), camera_id("ward"))
PERIOD_US = 120_000_000
LONGER = timedelta(seconds=121)


@dataclass
class Heard:
    """What alerts hear of drills, at a time that the test says."""

    now: datetime = NOON
    meters: Meters = field(default_factory=Meters)
    proven: list[tuple[Place, str, int]] = field(default_factory=list)
    sending: set[Place] = field(default_factory=lambda: {GATE, DOOR, WARD})
    known: set[Place] = field(default_factory=set)
    clock_jumped: timedelta = timedelta()  # of the wall clock
    drills: int = 0

    def __post_init__(self) -> None:
        self.line = Line(
            self.meters,
            lambda: self.now + self.clock_jumped,
            lambda: self.now_us,
            lambda *told: self.proven.append(told),
            lambda _now_us: self.sending & self.known,
        )

    def say(self, step: DrillStep, place: Place | None = None) -> None:
        self.line.offer(Delivery(subjects.drills(place or step.place), step.encode()))

    def send(self, place: Place = GATE) -> Drill:
        self.drills += 1
        self.known.add(place)
        drill = Drill(f"{self.drills:032x}", to_microseconds(self.now + self.clock_jumped))
        self.say(DrillStep(place, Stage.SENT, self.now_us, drill, period_us=PERIOD_US))
        return drill

    def match(self, drill: Drill, place: Place = GATE, *, fault: Fault = Fault.NONE, stopped: bool = False) -> None:
        journey = Journey(drill.sent_us)
        self.say(
            DrillStep(place, Stage.MATCHED, self.now_us, drill, fault, journey=journey, stopped=stopped, list_read=True)
        )

    def come_through(self, *places: Place) -> None:
        for place in places:
            self.match(self.send(place), place)

    @property
    def now_us(self) -> int:
        return to_microseconds(self.now)

    def at(self, place: Place = GATE) -> CameraLine:
        return next(line for line in self.line.cameras() if line.place == place)

    def reasons(self) -> list[tuple[str, Working, str | None]]:
        return [(each.code, each.working, each.site) for each in self.line.reasons(self.now_us)]


def test_before_any_drill_is_heard_that_is_the_reason_once_a_camera_sends() -> None:
    heard = Heard()
    assert heard.reasons() == []

    heard.known |= {GATE, WARD}

    assert heard.reasons() == [("line_never_drilled", Working.DEGRADED, None)]


def test_a_camera_that_sends_and_is_never_drilled_is_unproven() -> None:
    heard = Heard()
    heard.come_through(GATE)
    assert heard.reasons() == []

    heard.known.add(WARD)
    heard.now += timedelta(seconds=100)

    assert heard.reasons() == [("line_unproven", Working.DEGRADED, "h2")]


def test_a_camera_that_sends_nothing_is_not_named_by_its_line() -> None:
    heard = Heard()
    heard.come_through(GATE, DOOR)
    heard.sending.discard(GATE)
    heard.now += LONGER
    heard.come_through(DOOR)

    assert heard.reasons() == []


def test_a_wall_clock_that_is_put_right_breaks_no_line() -> None:
    heard = Heard()
    heard.come_through(GATE)
    for jump in (timedelta(days=2), timedelta(days=-2)):
        heard.clock_jumped = jump
        assert heard.reasons() == []
        heard.come_through(GATE)
        assert heard.at().proven_at == heard.now + jump


def test_a_camera_is_unproven_until_its_first_drill_comes_through() -> None:
    heard = Heard()
    drill = heard.send()
    assert heard.reasons() == [("line_unproven", Working.DEGRADED, "h1")]

    heard.match(drill)

    assert heard.reasons() == []
    assert (heard.at().proven_at, heard.at().stage, heard.at().journey) == (heard.now, None, Journey(drill.sent_us))
    assert heard.proven == [(GATE, drill.id, PERIOD_US)]


def test_a_line_is_broken_once_a_period_has_passed_and_says_where() -> None:
    heard = Heard()
    heard.come_through(GATE, DOOR)
    heard.now += LONGER
    heard.come_through(DOOR)
    drill = heard.send()
    heard.say(DrillStep(GATE, Stage.DETECTED, heard.now_us, drill))

    (reason,) = heard.line.reasons(heard.now_us)

    assert (reason.code, reason.working, reason.site) == ("line_broken", Working.DEGRADED, "h1")
    assert reason.parameters == {"camera": "gate", "seconds": 121, "stage": "detected"}
    heard.match(heard.send())
    assert heard.reasons() == []


def test_when_every_line_of_a_site_is_broken_no_alert_of_it_works() -> None:
    heard = Heard()
    heard.come_through(GATE, DOOR, WARD)
    heard.now += LONGER
    heard.come_through(WARD)
    for place in (GATE, DOOR):
        heard.send(place)

    assert heard.reasons() == 2 * [("line_broken", Working.NO, "h1")]


def test_a_drill_that_never_came_through_breaks_the_line_after_a_period() -> None:
    heard = Heard()
    heard.match(heard.send(), fault=Fault.UNLIKE)
    heard.now += LONGER
    heard.send()

    assert heard.reasons() == [("line_broken", Working.NO, "h1")]
    assert (heard.at().proven_at, heard.at().is_broken) == (None, True)


def test_when_nothing_more_is_heard_nobody_knows_and_that_is_said_once() -> None:
    heard = Heard()
    heard.come_through(GATE, WARD)
    heard.now += LONGER

    assert heard.reasons() == [("line_silent", Working.DEGRADED, None)]


def test_a_camera_that_is_drilled_no_more_is_forgotten() -> None:
    heard = Heard()
    heard.come_through(GATE, DOOR)
    heard.say(DrillStep(GATE, Stage.LEFT, heard.now_us))
    assert [line.place for line in heard.line.cameras()] == [DOOR]

    # Also when its farewell was lost.
    heard.come_through(GATE)
    for _ in range(4):
        heard.now += timedelta(seconds=100)
        heard.come_through(DOOR)
    assert [line.place for line in heard.line.cameras()] == [DOOR]


def test_a_proof_that_is_said_again_is_no_other_proof() -> None:
    heard = Heard()
    drill = heard.send()
    heard.match(drill)
    heard.now += timedelta(seconds=50)

    heard.match(drill)

    assert heard.at().proven_at == NOON
    assert len(heard.proven) == 1


def test_a_proof_that_somebody_kept_proves_nothing() -> None:
    heard = Heard()
    drill = heard.send()
    heard.now += timedelta(seconds=61)

    heard.match(drill)

    assert heard.at().proven_at is None
    assert heard.meters.value("wardwatch_drills_total", stage="matched", outcome="stale") == 1


def test_an_older_drill_says_nothing_of_where_the_newest_is() -> None:
    heard = Heard()
    first = heard.send()
    heard.now += timedelta(seconds=5)
    second = heard.send()
    heard.say(DrillStep(GATE, Stage.DETECTED, heard.now_us, second))
    heard.say(DrillStep(GATE, Stage.EMBEDDED, heard.now_us, first))
    heard.say(DrillStep(GATE, Stage.SENT, heard.now_us, second, period_us=PERIOD_US))

    assert heard.at().stage is Stage.DETECTED


def test_a_stopped_site_proves_its_line_and_is_told_as_stopped() -> None:
    heard = Heard()
    heard.match(heard.send(), stopped=True)

    assert (heard.at().stopped, heard.at().is_broken, heard.reasons()) == (True, False, [])


@pytest.mark.parametrize("payload", [b"", b"a picture"])
def test_what_is_no_step_is_counted(payload: bytes) -> None:
    heard = Heard()
    heard.line.offer(Delivery(subjects.drills(GATE), payload))
    heard.say(DrillStep(GATE, Stage.LEFT, 1), place=DOOR)

    assert heard.meters.value("wardwatch_messages_unreadable_total", subject="drills") == 2
