"""When somebody was there, as far as the clocks of cameras and detectors can be believed. Pure."""

from datetime import UTC, datetime, timedelta
from typing import Final

from proto.wardwatch.v1.values import Journey

# A frame reaches the detector well within this; a camera that claims to be older has a wrong clock.
TRANSIT: Final = timedelta(seconds=10)
# Unread sightings are kept by the broker for this long; an older stamp is a wrong clock, not a backlog.
OLDEST: Final = timedelta(days=7)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


def seen_at(journey: Journey, *, arrival: datetime) -> datetime:
    """When the person was there, as far as it can be believed.

    The camera's clock counts within ``TRANSIT`` before the detector took the frame; the detector's clock counts
    between ``OLDEST`` before *arrival* and *arrival*. So a camera set to the wrong year moves nothing.
    """
    received = _time(journey.received_us) or arrival
    if not arrival - OLDEST <= received <= arrival:
        received = arrival
    captured = _time(journey.captured_us) or received
    return captured if received - TRANSIT <= captured <= received else received


def began_at(captured_us: int, track_began_us: int, *, seen_at: datetime) -> datetime:
    """When the track of a face began that was there at *seen_at*.

    Both stamps are of one camera, so that their difference counts, whatever its clock shows. A track that began after
    its face, or longer ago than ``OLDEST``, began with it as far as anybody knows.
    """
    age_us = captured_us - track_began_us
    return seen_at - age_us * MICROSECOND if 0 <= age_us <= OLDEST // MICROSECOND else seen_at


def _time(microseconds: int) -> datetime | None:
    """None for a stage that left no stamp, or a stamp beyond what a clock can show."""
    if not 0 < microseconds < 253_402_300_800_000_000:  # the year 10000
        return None
    return _EPOCH + timedelta(microseconds=microseconds)
