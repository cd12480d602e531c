"""One camera's connection and what goes over it: frames out, refusals in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Account, Place
from services.camera.counters import Counters
from services.camera.handler import Open, PublishFrames, SourceLost
from services.camera.refusals import Refusals
from services.camera.uplink import Uplink
from services.chassis.bus import Bus
from services.chassis.errors import StartupError
from services.chassis.telemetry import Meters

_SLOW_BROKER_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Connected:
    """A camera that is connected to the broker under its own name."""

    bus: Bus
    place: Place
    refusals: Refusals = field(default_factory=Refusals)

    def frames(
        self,
        open_source: Open,
        *,
        most: int = 0,
        most_late_seconds: float = 2.0,
        rotation: str = "",
        for_ever: bool = False,
    ) -> PublishFrames:
        """Its frames, to be sent from what *open_source* reads."""
        return PublishFrames(
            open=open_source,
            send=Uplink(self.bus, _SLOW_BROKER_SECONDS),
            subject=subjects.frames(self.place),
            count=Counters(self.bus.meters, f"{self.place.site}.{self.place.camera}"),
            most=most,
            most_late_seconds=most_late_seconds,
            rotation=rotation,
            for_ever=for_ever,
        )


@asynccontextmanager
async def connected(url: str, place: Place, seed_file: Path, meters: Meters) -> AsyncIterator[Connected]:
    """Connect as the camera at *place*. Raises StartupError."""
    async with Bus.connect(
        url, user=subjects.camera_user(place), user_seed_file=seed_file, account=Account.CAMERA, meters=meters
    ) as bus:
        camera = Connected(bus, place)
        async with bus.listen(subjects.rejected(place), queue="", offer=camera.refusals.note):
            yield camera


async def publish(frames: PublishFrames, stop: asyncio.Event, over: asyncio.Event) -> None:
    """Publish to the end and set *over*. Raises StartupError when the source never gave a picture."""
    try:
        await frames.run(stop)
    except* SourceLost as lost:
        raise StartupError(str(lost.exceptions[0])) from lost
    finally:
        over.set()
