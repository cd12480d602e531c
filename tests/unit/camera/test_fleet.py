"""Many cameras: what becomes of one is nothing to the others."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from proto.wardwatch.v1.published import Phase
from proto.wardwatch.v1.sources import CameraSource, CameraSources
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.camera.fleet import Camera, Fleet
from services.camera.handler import Tally
from services.chassis.errors import BusClosed, StartupError
from tests.fakes import eventually

FILM, OTHER = CameraSource("/films/a.mp4"), CameraSource("/films/b.mp4")


def place(name: str) -> Place:
    return Place(site_id("h1"), camera_id(name))


@dataclass
class Sending:
    """How a camera that is connected is."""

    trouble: str = ""
    tally: Tally = field(default_factory=Tally)


@dataclass
class Publisher:
    """Publishes by *acts*; a camera that has none runs until it is stopped."""

    acts: dict[str, Callable[[], None]] = field(default_factory=dict)
    begun: Counter[str] = field(default_factory=Counter)
    running: set[str] = field(default_factory=set)
    stubborn: bool = False

    async def __call__(self, camera: Camera) -> None:
        self.begun[camera.name] += 1
        if act := self.acts.get(camera.name):
            act()
            return
        camera.progress = Sending()
        self.running.add(camera.name)
        try:
            await camera.stop.wait()
        finally:
            self.running.discard(camera.name)


@dataclass
class File:
    """What stands in the file of sources."""

    said: CameraSources = field(default_factory=CameraSources)

    def set(self, *faulty: str, **rows: CameraSource) -> None:
        self.said = CameraSources({place(name): row for name, row in rows.items()}, dict.fromkeys(faulty, "no source"))

    def read(self) -> CameraSources:
        return self.said


def nothing(_failures: int) -> float:
    return 0.0


@asynccontextmanager
async def fleet(file: File, publish: Publisher) -> AsyncIterator[Fleet]:
    made = Fleet(file.read, publish, wait_seconds=nothing)
    await made.compare()
    try:
        yield made
    finally:
        stop = asyncio.Event()
        stop.set()
        await made.run(stop)


def fail(error: Exception) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


async def test_cameras_start_change_and_end_by_the_file_alone() -> None:
    file, publish = File(), Publisher()
    file.set(gate=FILM, lobby=FILM)
    async with fleet(file, publish) as made:
        await eventually(lambda: publish.running == {"h1.gate", "h1.lobby"})
        file.set(gate=FILM, lobby=OTHER, yard=FILM)
        await made.compare()
        await eventually(lambda: publish.running == {"h1.gate", "h1.lobby", "h1.yard"})
        file.set(gate=FILM)
        await made.compare()

        assert publish.running == {"h1.gate"}
        assert publish.begun == {"h1.gate": 1, "h1.lobby": 2, "h1.yard": 1}
    assert publish.running == set()


@pytest.mark.parametrize(
    "error",
    [
        StartupError("the broker refuses it"),
        ExceptionGroup("", [BusClosed("the broker refuses it")]),
        ExceptionGroup("", [ExceptionGroup("", [StartupError("the broker refuses it")])]),
    ],
)
async def test_a_camera_that_fails_is_tried_again_for_ever_and_alone(error: Exception) -> None:
    file, publish = File(), Publisher({"h1.gate": fail(error)})
    file.set(gate=FILM, lobby=FILM)
    async with fleet(file, publish) as made:
        await eventually(lambda: publish.begun["h1.gate"] > 20)

        gate, lobby = made.views()
        assert (gate.phase, gate.trouble) == (Phase.WAITING, "the broker refuses it")
        assert (lobby.phase, lobby.trouble) == (Phase.SENDING, "")
        assert publish.begun["h1.lobby"] == 1


async def test_a_fault_of_the_program_ends_no_other_camera() -> None:
    file, publish = File(), Publisher({"h1.gate": fail(KeyError("address"))})
    file.set(gate=FILM, lobby=FILM)
    async with fleet(file, publish) as made:
        await eventually(lambda: publish.begun["h1.gate"] > 2)

        assert made.views()[0].trouble == "the publisher itself failed: KeyError"
        assert publish.running == {"h1.lobby"}


async def test_a_film_that_is_over_is_played_again_only_when_its_row_changes() -> None:
    file, publish = File(), Publisher({"h1.gate": lambda: None})
    file.set(gate=FILM)
    async with fleet(file, publish) as made:
        await eventually(lambda: made.views()[0].phase is Phase.ENDED)
        await made.compare()
        assert publish.begun["h1.gate"] == 1

        file.set(gate=OTHER)
        await made.compare()
        await eventually(lambda: publish.begun["h1.gate"] == 2)


async def test_a_spoiled_row_takes_nothing_from_a_camera_that_runs() -> None:
    file, publish = File(), Publisher()
    file.set(gate=FILM, lobby=FILM)
    async with fleet(file, publish) as made:
        await eventually(lambda: len(publish.running) == 2)
        file.set("h1.gate", "h1.new", lobby=FILM)
        await made.compare()

        assert publish.running == {"h1.gate", "h1.lobby"}
        assert {view.camera: view.phase for view in made.views()} == {
            "h1.gate": Phase.SENDING, "h1.lobby": Phase.SENDING, "h1.new": Phase.FAULTY,
        }  # fmt: skip
        assert publish.begun == {"h1.gate": 1, "h1.lobby": 1}


async def test_what_is_shown_of_a_camera_has_no_password() -> None:
    file, publish = File(), Publisher()
    file.set(gate=CameraSource("rtsp://admin:s3cret@10.0.0.5/live"))
    async with fleet(file, publish) as made:
        (view,) = made.views()

    assert view.source == "rtsp://10.0.0.5"
    assert "s3cret" not in view.model_dump_json()
