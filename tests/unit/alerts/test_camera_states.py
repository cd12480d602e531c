"""What the page knows of cameras: what a matcher said a moment ago."""

from proto.wardwatch.v1.camera_states import CameraState, CameraTrouble, TroubleKind
from proto.wardwatch.v1.subjects import Place, camera_id, camera_state, site_id
from services.alerts.camera_states import CameraStates
from services.chassis.bus import Delivery
from services.chassis.telemetry import Meters


class Told:
    """States as they come, at a time that the test says."""

    def __init__(self) -> None:
        self.now, self.meters = 100.0, Meters()
        self.states = CameraStates(self.meters, lambda: self.now)

    def hear(self, camera: str, *kinds: TroubleKind, site: str = "h1", said_of: str = "") -> None:
        state = CameraState(Place(site_id(site), camera_id(camera)), tuple(CameraTrouble(each, 7) for each in kinds))
        subject = camera_state(Place(site_id(site), camera_id(said_of or camera)))
        self.states.offer(Delivery(subject, state.encode()))

    def names(self) -> list[str]:
        return [f"{state.place.site}.{state.place.camera}" for state in self.states()]


def test_a_camera_is_named_until_it_is_not_said_again() -> None:
    told = Told()
    told.hear("gate", TroubleKind.TOO_FAST)

    told.now += 9
    assert told.names() == ["h1.gate"]
    told.now += 2
    assert told.names() == []


def test_a_camera_that_is_well_again_is_named_no_longer() -> None:
    told = Told()
    told.hear("gate", TroubleKind.TOO_FAST)
    told.hear("gate")

    assert told.names() == []


def test_cameras_come_by_site_and_name() -> None:
    told = Told()
    for site, camera in (("h2", "a"), ("h1", "gate"), ("h1", "door")):
        told.hear(camera, TroubleKind.EMPTY, site=site)

    assert told.names() == ["h1.door", "h1.gate", "h2.a"]


def test_a_state_of_another_camera_than_its_subject_s_is_counted() -> None:
    told = Told()
    told.hear("gate", TroubleKind.EMPTY, said_of="door")

    assert told.names() == []
    assert told.meters.value("wardwatch_messages_unreadable_total", subject="cameras") == 1


def test_however_many_cameras_are_named_memory_is_bounded() -> None:
    told = Told()
    for number in range(2000):
        told.hear(f"c{number}", TroubleKind.EMPTY)

    assert len(told.names()) == 1024
    assert told.meters.value("wardwatch_bus_shed_total", reason="too_many_cameras") == 976
