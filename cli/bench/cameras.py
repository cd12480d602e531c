"""Cameras of the bench's own: their credentials, which end with it, and what they send."""

import asyncio
import fcntl
import os
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from access import store
from access.store import Credentials
from cli.bench.names import PREFIX, is_own
from cli.bench.reel import Reel
from local import nats_server
from local.context import Context
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import FrameRejected
from proto.wardwatch.v1.subjects import Account, Place, camera_id
from services.chassis import hints
from services.chassis.bus import Bus, Delivery
from services.chassis.errors import StartupError
from services.chassis.telemetry import Meters

# A frame that is due for longer is not sent: as a camera, the load gives up what it cannot send in time.
_LATE_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Shot:
    """A frame, and the camera's own name for it."""

    jpeg: bytes
    message_id: str


Film = Callable[[int], Shot]  # the frames of one camera by their number; asked only for those that are sent


@dataclass(slots=True)
class Sent:
    """What the cameras sent. ``late_seconds``: how long after its time each frame left, the load's own fault."""

    frames: int = 0
    not_sent: int = 0
    late_seconds: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    of_camera: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Publisher:
    place: Place
    bus: Bus
    sent: Sent = field(default_factory=Sent)

    def note(self, delivery: Delivery) -> None:
        """Take a refusal, or a hint, of one of this camera's frames."""
        self.sent.refused[FrameRejected.decode(delivery.payload).reason.value] += 1


class Cameras:
    """Connected cameras, made as they are needed; see :func:`opened`."""

    def __init__(self, here: Context, site: subjects.SiteId, seeds: "Seeds", stack: AsyncExitStack) -> None:
        self._here = here
        self._site = site
        self._seeds = seeds
        self._stack = stack
        self._publishers: list[_Publisher] = []

    async def ready(self, count: int) -> None:
        """Have *count* cameras connected. Raises StartupError."""
        wanted = [self._place(number) for number in range(len(self._publishers) + 1, count + 1)]
        files = await asyncio.to_thread(self._seeds.of, wanted)
        for place, file in zip(wanted, files, strict=True):
            bus = await self._stack.enter_async_context(
                Bus.connect(
                    self._here.nats_url,
                    user=subjects.camera_user(place),
                    user_seed_file=file,
                    account=Account.CAMERA,
                    meters=Meters(),
                )
            )
            publisher = _Publisher(place, bus)
            await self._stack.enter_async_context(bus.listen(subjects.rejected(place), queue="", offer=publisher.note))
            self._publishers.append(publisher)

    async def send(self, reel: Reel, sent: Sent, *, count: int, rate: float, seconds: float) -> None:
        """Let the first *count* cameras send *reel* at *rate* frames a second each, evenly spread, for so long.

        What became of it is in *sent*, also when this is cancelled.
        """
        run = time.time_ns()

        def film(camera: int) -> Film:
            # Not all show the same picture.
            first = camera * len(reel.frames) // count
            return lambda number: Shot(reel.frame(first + number), f"bench-{run}-{number}")

        await self.play([film(camera) for camera in range(count)], sent, rate=rate, seconds=seconds)

    async def play(self, films: Sequence[Film], sent: Sent, *, rate: float, seconds: float) -> None:
        """The same, each camera with a film of its own."""
        begin = asyncio.get_running_loop().time() + 0.1
        async with asyncio.TaskGroup() as tasks:
            for number, (each, film) in enumerate(zip(self._publishers, films, strict=False)):
                each.sent = sent
                # Nor do all send at once.
                schedule = _Schedule(begin + number / len(films) / rate, rate, round(seconds * rate))
                tasks.create_task(_send(each, film, schedule))

    def _place(self, number: int) -> Place:
        return Place(self._site, camera_id(f"{PREFIX}{number}"))


@dataclass(frozen=True, slots=True)
class _Schedule:
    begin: float
    rate: float
    count: int


async def _send(each: _Publisher, film: Film, schedule: _Schedule) -> None:
    loop, sent = asyncio.get_running_loop(), each.sent
    subject = subjects.frames(each.place)
    for number in range(schedule.count):
        due = schedule.begin + number / schedule.rate
        await asyncio.sleep(max(0.0, due - loop.time()))
        late = loop.time() - due
        stamp = datetime.now(UTC).isoformat(timespec="microseconds")
        sent.late_seconds.append(late)
        if late >= _LATE_SECONDS:
            sent.not_sent += 1
            continue
        shot = film(number)
        headers = {subjects.HEADER_CAPTURED_AT: stamp, subjects.HEADER_MESSAGE_ID: shot.message_id}
        if await each.bus.publish(subject, shot.jpeg, headers):
            sent.frames += 1
            sent.of_camera[f"{each.place.site}.{each.place.camera}"] += 1
        else:
            sent.not_sent += 1


class Seeds:
    """Where the cameras' seeds are: given ones, or such as are made and withdrawn again."""

    def __init__(self, folder: Path, here: Context | None) -> None:
        self._folder = folder
        self._here = here
        self.made: list[Place] = []

    def of(self, places: list[Place]) -> list[Path]:
        """The files of their seeds. Raises StartupError when one is missing, or the broker cannot be told."""
        files = [self._folder / f"{subjects.camera_user(place)}.nk" for place in places]
        if self._here is None:
            if missing := [file for file in files if not file.is_file()]:
                raise StartupError(f"{missing[0]} is missing: give each camera of the load its credential beforehand")
            return files
        credentials = Credentials(self._here.credentials_dir)
        for place, file in zip(places, files, strict=True):
            self.made.append(place)
            store.write_secret(file, store.add_camera(credentials, place).seed)
        if places and not nats_server.reload_of(self._here.home):
            add = hints.command("camera", "add", "--site", places[0].site, "--camera", places[0].camera)
            raise StartupError(
                "the broker does not run on this machine and cannot be told of cameras; make the credential of each, as"
                f" by {add}, have the broker take them up, and name the folder of their seeds with --seeds"
            )
        return files

    def withdraw(self) -> None:
        """Take back what was made, also by an earlier run that was killed."""
        if self._here is None:
            return
        credentials = Credentials(self._here.credentials_dir)
        for place in self.made:
            store.remove_camera(credentials, place)
        if self.made:
            nats_server.reload_of(self._here.home)


@asynccontextmanager
async def opened(here: Context, site: subjects.SiteId, given: Path | None) -> AsyncIterator[Cameras]:
    """Cameras of *site*, by seeds in the folder *given*, or by such as are withdrawn on leaving.

    Raises StartupError, also while another load uses the same cameras.
    """
    with _alone(here), nullcontext(given) if given else _private_folder() as folder:
        seeds = Seeds(folder, None if given else here)
        if not given:
            seeds.made = await asyncio.to_thread(_left_behind, here, site)
            await asyncio.to_thread(seeds.withdraw)
            seeds.made = []
        try:
            async with AsyncExitStack() as stack:
                yield Cameras(here, site, seeds, stack)
        finally:
            await asyncio.to_thread(seeds.withdraw)


def _left_behind(here: Context, site: subjects.SiteId) -> list[Place]:
    """Cameras of a run that was killed before it could withdraw them."""
    users = [user.removeprefix("camera.") for user in Credentials(here.credentials_dir).users()]
    return [Place(site, camera_id(user.rpartition(".")[2])) for user in users if is_own(user, site)]


@contextmanager
def _alone(here: Context) -> Iterator[None]:
    folder = here.home if here.home.is_dir() else Path(tempfile.gettempdir())
    handle = os.open(folder / "bench.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StartupError("another load runs against this Wardwatch; wait until it has ended") from error
        yield
    finally:
        os.close(handle)


@contextmanager
def _private_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="wardwatch-bench-") as folder:
        yield Path(folder)
