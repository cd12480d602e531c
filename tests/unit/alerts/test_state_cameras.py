"""Which camera is missed, from when on, and which one is not expected any more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.camera_states import CameraSight, CameraState, CameraTrouble, TroubleKind
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.alerts.state.cameras import CameraWatch, Remembered
from services.alerts.state.reasons import Reason, Working

SECOND = 1_000_000
H1 = site_id("h1")
GATE, DOOR = Place(H1, camera_id("gate-2")), Place(H1, camera_id("door"))

WELL = CameraSight(0, 10_000, 50, 50)


class Watched:
    """A watch whose detector reports every second."""

    def __init__(self, *rows: Remembered, sites: frozenset[str] = frozenset()) -> None:
        self.sees = True
        self.now = 1000.0
        self.watch = CameraWatch(lambda _: self.sees, frozenset(map(site_id, sites)))
        self.watch.read(rows, self.us)

    @property
    def us(self) -> int:
        return round(self.now * SECOND)

    def sends(self, *places: Place, seconds: int = 20, sight: CameraSight = WELL) -> None:
        for _ in range(seconds):
            self.now += 1
            for place in places:
                self.watch.take(CameraState(place, (), sight), self.us)
            self.watch.reasons(self.us)

    def codes(self) -> list[str]:
        return [reason.code for reason in self.reasons()]

    def reasons(self) -> list[Reason]:
        return list(self.watch.reasons(self.us))


def remembered(place: Place, silent_seconds: float, *, gap_seconds: float = 0.2) -> Remembered:
    return Remembered(place, True, round(silent_seconds * SECOND), round(gap_seconds * SECOND))


def test_a_camera_that_sends_is_no_reason() -> None:
    watched = Watched()
    watched.sends(GATE)

    assert watched.codes() == []


def test_one_of_two_that_falls_silent_is_named_with_how_long() -> None:
    watched = Watched()
    watched.sends(GATE, DOOR)
    watched.sends(DOOR, seconds=40)

    (silent,) = watched.reasons()
    assert (silent.code, silent.working, silent.site) == ("camera_silent", Working.DEGRADED, H1)
    assert silent.parameters == {"camera": "gate-2", "seconds": 40}
    watched.sends(DOOR, GATE, seconds=1)
    assert watched.codes() == []


def test_a_camera_that_falls_silent_is_named_within_eight_seconds() -> None:
    watched = Watched()
    watched.sends(GATE, DOOR)
    watched.sends(DOOR, seconds=8)

    assert watched.codes() == ["camera_silent"]


def test_when_none_of_a_site_sends_alerts_do_not_work_there() -> None:
    watched = Watched()
    watched.sends(GATE, DOOR)
    watched.now += 30

    assert [(reason.code, reason.working) for reason in watched.reasons()] == [
        ("no_camera_sends", Working.NO),
        ("camera_silent", Working.DEGRADED),
        ("camera_silent", Working.DEGRADED),
    ]


def test_a_remembered_camera_is_missed_after_all_was_started_anew() -> None:
    watched = Watched(remembered(GATE, 300), remembered(DOOR, 300))
    watched.sends(DOOR, seconds=3)
    assert watched.codes() == []

    watched.sends(DOOR, seconds=17)
    (silent,) = watched.reasons()
    assert silent.parameters == {"camera": "gate-2", "seconds": 320}


def test_a_site_without_a_camera_has_no_alerts() -> None:
    assert Watched(sites=frozenset({"h1"})).codes() == ["no_camera"]


def test_a_camera_that_is_not_expected_is_not_missed_until_it_sends_again() -> None:
    watched = Watched()
    watched.sends(GATE, DOOR)
    watched.watch.expect(GATE, watched.us, expected=False)
    watched.sends(GATE, DOOR, seconds=2)
    watched.sends(DOOR, seconds=60)
    assert watched.codes() == []

    watched.sends(GATE, DOOR, seconds=5)
    watched.sends(DOOR, seconds=20)
    assert watched.codes() == ["camera_silent"]


def test_while_no_detector_lives_no_camera_is_blamed() -> None:
    watched = Watched()
    watched.sends(GATE, DOOR)
    watched.sees = False
    watched.now += 60
    assert watched.codes() == []

    watched.sees = True
    watched.sends(DOOR, seconds=5)
    assert watched.codes() == []
    watched.sends(DOOR, seconds=10)
    assert watched.codes() == ["camera_silent"]


def test_a_camera_of_one_frame_a_minute_is_given_its_time() -> None:
    watched = Watched()
    for minute in range(10):
        for second in range(60):
            watched.now += 1
            if second < 10:
                heard = CameraSight(second * 1000, 10_000, 1, 1)
                watched.watch.take(CameraState(GATE, (), heard), watched.us)
            found = watched.codes()
            assert minute < 5 or found == []
    watched.now += 240
    assert watched.codes() == ["no_camera_sends", "camera_silent"]


def test_a_camera_does_not_become_slow_by_falling_silent() -> None:
    watched = Watched()
    watched.sends(DOOR, seconds=1)
    watched.sends(DOOR, GATE, seconds=1, sight=CameraSight(0, 2000, 10, 10))
    for second in range(1, 9):
        watched.sends(DOOR, seconds=1)
        heard = CameraSight(second * 1000, 2000 + second * 1000, 10, 10)
        watched.watch.take(CameraState(GATE, (), heard), watched.us)

    assert watched.codes() == ["camera_silent"]


def test_an_outage_is_no_habit() -> None:
    watched = Watched()
    watched.sends(GATE, DOOR)
    watched.sends(DOOR, seconds=100)
    watched.sends(GATE, DOOR, seconds=2)
    watched.sends(DOOR, seconds=9)

    assert watched.codes() == ["camera_silent"]


def test_a_flood_is_named_as_what_it_is() -> None:
    watched = Watched()
    watched.sends(GATE, DOOR)
    for _ in range(30):
        watched.sends(DOOR, seconds=1)
        watched.watch.take(CameraState(GATE, (CameraTrouble(TroubleKind.TOO_FAST, 400),)), watched.us)

    (trouble,) = watched.reasons()
    assert (trouble.code, trouble.parameters["trouble"]) == ("camera_trouble", "too_fast")


@pytest.mark.parametrize(
    ("sight", "code"),
    [
        (CameraSight(0, 10_000, 50, 0), "camera_unsearched"),
        (CameraSight(0, 10_000, 50, 50, clock_offset_ms=-700_000), "camera_clock"),
        (CameraSight(0, 10_000, 50, 50, clock_ignored=True), "camera_clock"),
    ],
)
def test_a_camera_that_sends_and_is_not_well_is_told(sight: CameraSight, code: str) -> None:
    watched = Watched()
    watched.sends(GATE, sight=sight)

    assert watched.codes() == [code]


@pytest.mark.parametrize(("site", "camera"), [("bench", "gate"), ("h1", "bench-7")])
def test_nobody_misses_the_cameras_of_a_load(site: str, camera: str) -> None:
    watched = Watched()
    watched.sends(GATE, Place(site_id(site), camera_id(camera)))

    assert [each.place for each in watched.watch.cameras] == [GATE]


def test_before_the_database_was_read_nothing_is_well() -> None:
    watch = CameraWatch(lambda _: True)
    watch.take(CameraState(GATE, (), CameraSight(0, 10_000, 50, 50)), SECOND)

    assert [reason.code for reason in watch.reasons(SECOND)] == ["cameras_unread"]


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40), st.integers(13, 600))
def test_no_camera_is_silent_for_long_without_a_reason(steps: list[tuple[bool, bool]], silent: int) -> None:
    watched = Watched(remembered(GATE, 5))
    for gate, door in steps:
        places = [place for place, sends in ((GATE, gate), (DOOR, door)) if sends]
        watched.sends(*places, seconds=1)
        if not places:
            watched.now += 1
            watched.reasons()
    watched.reasons()
    watched.now += silent

    assert "no_camera_sends" in watched.codes()
    watched.sends(GATE, DOOR, seconds=2)
    assert watched.codes() == []
