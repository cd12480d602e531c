"""What the publisher does and says at its end: ask whether anybody listened, and tell what was sent."""

import asyncio
import time
from contextlib import suppress
from typing import Final

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import HEADER_MESSAGE_ID, Place
from services.camera.handler import Tally
from services.camera.refusals import Refusals
from services.chassis.bus import Bus

log = structlog.get_logger(__name__)

_PROBE_SECONDS: Final = 3.0
_LATE_REFUSALS_SECONDS: Final = 1.0


async def probe(bus: Bus, place: Place, refusals: Refusals) -> None:
    """Send one empty frame, which a listening detector must refuse: silence then means that nobody listens."""
    name = f"probe-{time.time_ns() // 1000}"
    refusals.expect(name)
    await bus.publish(subjects.frames(place), b"", {HEADER_MESSAGE_ID: name})
    with suppress(TimeoutError):
        async with asyncio.timeout(_PROBE_SECONDS):
            await refusals.probe_answered.wait()
        # Refusals that need a decoder come a little later than that of an empty body.
        await asyncio.sleep(_LATE_REFUSALS_SECONDS)
    log.info("a detector answers" if refusals.probe_answered.is_set() else "no detector answers")


def report(tally: Tally, refusals: Refusals) -> None:
    """Log what was sent, from which width on faces are found in it, and what was refused."""
    width, height = tally.size_px
    log.info("frames were sent", count=tally.published, seconds=round(tally.seconds, 3), detail=f"{width}x{height}")
    if refusals.least_face_px and width:
        log.info("faces are found", limit=refusals.least_face_px, detail=f"{width}x{height}")
    if tally.shed:
        log.info("frames were given up", count=tally.shed)
    for reason, count in sorted(refusals.counts.items()):
        log.info("frames were refused", reason=reason.value, count=count)
