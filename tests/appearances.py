"""People in view of a camera for a moment, each told from the others by the names of the frames, and who was seen."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Final

import cv2
import numpy as np

from proto.wardwatch.v1 import subjects
from tests.installation import MODELS, CameraClient, Installation

FRAMES_PER_SECOND: Final = 5


def listed() -> bytes:
    """A frame of 640x480 with the person of ``astronaut.png``."""
    picture = cv2.imread(str(MODELS / "astronaut.png"))
    assert picture is not None
    scene = np.full((480, 640, 3), 150, np.uint8)
    scene[:480, 80:560] = cv2.resize(picture, (480, 480))
    return cv2.imencode(".jpg", scene)[1].tobytes()


async def appear(camera: CameraClient, jpeg: bytes, name: str, *, seconds: float) -> None:
    """Be in view of *camera* for so long; *name* has no dash."""
    begin = time.monotonic()
    for frame in range(round(seconds * FRAMES_PER_SECOND) + 1):
        await asyncio.sleep(max(0.0, begin + frame / FRAMES_PER_SECOND - time.monotonic()))
        stamp = datetime.now(UTC).isoformat(timespec="microseconds")
        headers = {subjects.HEADER_CAPTURED_AT: stamp, subjects.HEADER_MESSAGE_ID: f"{name}-{frame}"}
        await camera.publish(jpeg, headers)


async def seen(wardwatch: Installation) -> set[tuple[str, str]]:
    """Camera and name of every appearance of which there is a sighting."""
    rows = await wardwatch.fetch("select camera, frame_id from alerts.sighting")
    return {(row["camera"], row["frame_id"].partition("-")[0]) for row in rows}
