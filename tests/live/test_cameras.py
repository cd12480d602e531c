"""Many cameras in one publisher: what becomes of one is nothing to the others."""

import asyncio
import json
import os
import signal
from asyncio.subprocess import Process
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aiohttp
import pytest

from access import store
from proto.wardwatch.v1 import sources, subjects
from proto.wardwatch.v1.published import PUBLISHED, Phase, PublishedCamera
from proto.wardwatch.v1.sources import CameraSource
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.camera.core import Frame
from services.camera.forked import Readers
from services.camera.records import Failed, Status
from services.camera.settings import Settings
from services.chassis.bus import Delivery
from tests.fakes import eventually
from tests.live.processes import publisher
from tests.live.test_camera import children, detector, jpeg, state
from tests.servers import Nats

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]

GATE, LOBBY, YARD = (Place(site_id("h1"), camera_id(name)) for name in ("gate", "lobby", "yard"))


class Ward:
    """The folder of sources, as the command writes it."""

    def __init__(self, nats: Nats, folder: Path) -> None:
        self.nats = nats
        self.folder = folder
        self.file = folder / sources.FILE
        self.rows: dict[Place, CameraSource] = {}
        pictures = folder / "pictures"
        pictures.mkdir()
        (pictures / "a.jpg").write_bytes(jpeg())
        self.picture = CameraSource(str(pictures), fps=10.0, loop=True)

    async def give_credentials(self, *places: Place) -> None:
        for place in places:
            seed = await asyncio.to_thread(self.nats.add_camera, place.site, place.camera)
            kept = self.folder / f"{subjects.camera_user(place)}.nk"
            await asyncio.to_thread(store.write_secret, kept, await asyncio.to_thread(seed.read_text))

    async def set(self, place: Place, row: CameraSource | None) -> None:
        """Change a row; None takes it away."""
        self.rows.pop(place, None)
        if row is not None:
            self.rows[place] = row
        await asyncio.to_thread(store.write_secret, self.file, sources.encode(self.rows))


async def telemetry_of(process: Process) -> str:
    assert process.stdout is not None
    while text := await process.stdout.readline():
        line = json.loads(text)
        if line["event"] == "telemetry is listening":
            return f"http://127.0.0.1:{line['port']}"
    raise AssertionError("the publisher ended before it listened")


async def views(http: aiohttp.ClientSession, url: str) -> dict[str, PublishedCamera]:
    async with http.get(f"{url}/cameras") as reply:
        return {view.camera: view for view in PUBLISHED.validate_json(await reply.text())}


def readers(process: Process) -> set[int]:
    """The reading processes: the server that forks them is a child of one of the publisher's threads."""
    servers = [
        int(pid)
        for file in Path(f"/proc/{process.pid}/task").glob("*/children")
        for pid in file.read_text(encoding="ascii").split()
    ]
    return {pid for server in servers for pid in children(server)}


def count(frames: list[Delivery], place: Place) -> int:
    return Counter(subjects.place_of(frame.subject) for frame in frames)[place]


async def test_what_becomes_of_one_camera_is_nothing_to_the_others(nats: Nats, tmp_path: Path) -> None:
    ward = await asyncio.to_thread(Ward, nats, tmp_path)
    await ward.give_credentials(GATE, LOBBY)
    await ward.set(GATE, ward.picture)

    async with (
        detector(nats) as (_bus, frames),
        publisher(nats, ward.file, silence_seconds=1) as process,
        aiohttp.ClientSession() as http,
    ):

        async def more(place: Place) -> None:
            before = count(frames, place)
            await eventually(lambda: count(frames, place) > before, within_seconds=30)

        url = await telemetry_of(process)
        await more(GATE)
        (gate,) = readers(process)

        # One comes, one that has no credential yet comes as well, and one whose row is nonsense.
        await ward.set(LOBBY, ward.picture)
        await ward.set(YARD, ward.picture)
        await more(LOBBY)
        (lobby,) = readers(process) - {gate}
        seen = await views(http, url)
        assert seen["h1.gate"].phase is seen["h1.lobby"].phase is Phase.SENDING
        assert "camera.h1.yard.nk of user camera.h1.yard does not exist" in seen["h1.yard"].trouble
        await ward.give_credentials(YARD)
        await more(YARD)
        (yard,) = readers(process) - {gate, lobby}

        # Killed, and frozen: replaced.
        os.kill(lobby, signal.SIGKILL)
        os.kill(yard, signal.SIGSTOP)
        await eventually(lambda: len(readers(process) - {gate, lobby, yard}) == 2, within_seconds=30)
        await more(LOBBY)
        await more(YARD)

        # Changed, and withdrawn.
        (tmp_path / "still.jpg").symlink_to(tmp_path / "pictures" / "a.jpg")
        await ward.set(LOBBY, CameraSource(str(tmp_path / "still.jpg"), fps=5.0))
        await ward.set(YARD, None)
        wanted = {"h1.gate": Phase.SENDING, "h1.lobby": Phase.ENDED}
        async with asyncio.timeout(30):
            while {name: view.phase for name, view in (await views(http, url)).items()} != wanted:
                await more(GATE)
        # All that time the first camera was read by the same process.
        await eventually(lambda: readers(process) == {gate}, within_seconds=30)

        # None outlives the publisher, however that ends.
        process.kill()
        await process.communicate()

    await eventually(lambda: not Path(f"/proc/{gate}").exists() or state(gate) == "Z", within_seconds=30)


async def test_a_reader_that_wants_more_memory_than_it_may_have_ends_alone(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())
    order = await asyncio.to_thread(Settings.model_validate({}).order, CameraSource(str(tmp_path), fps=20.0, loop=True))
    with ThreadPoolExecutor(max_workers=1) as starter:
        async with Readers(starter, 1 << 20).reading(order) as small, Readers(starter, 1 << 30).reading(order) as usual:
            ended = await small.next()
            while isinstance(ended, Status):  # how far it comes depends on what its process had before
                ended = await small.next()
            assert isinstance(ended, Failed)
            assert ended.reason.endswith("ended unexpectedly")
            assert await usual.next() == Status()
            assert isinstance(await usual.next(), Frame)
