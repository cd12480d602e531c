"""Films as a camera would send them: the looks of everybody who walks through, by the detector's own tracks."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from cli.eval import deciding
from cli.eval.open_set import Matrix
from cli.eval.seeing import LIMITS, LIVE_FACE_PX, LONGEST_PX, MIN_SCORE, Eyes
from proto.wardwatch.v1.subjects import FrameId, Place, camera_id, site_id
from proto.wardwatch.v1.values import Journey
from services.chassis.errors import StartupError
from services.detector import pixels
from services.detector.finder import FaceFinder, Policy, Sight
from services.detector.intake import Frame
from services.detector.seen import EndedTrack, TakenLook

RATE: Final = 12.0  # frames a second
START_US: Final = 1_000_000_000_000_000
_GATE: Final = Place(site_id("eval"), camera_id("film"))
_MOST_FACES: Final = 32


@dataclass
class Watched:
    """Everything that was said of a film."""

    frames: int
    faces: int
    looks: list[TakenLook]
    ended: list[EndedTrack]


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """A film's walks as vectors of the looks (k, d) that the matcher would compare."""

    frames: int
    faces: int
    walks: list[Matrix]


def shots(film: Path, rate: float) -> Iterator[tuple[float, bytes]]:
    """Second and JPEG of each picture, at most *rate* a second. Raises StartupError."""
    import av
    import av.error

    due = 0.0
    try:
        with av.open(str(film), options={"protocol_whitelist": "file"}) as opened:
            for number, shot in enumerate(opened.decode(video=0)):
                second = float(shot.time) if shot.time is not None else number / 25
                if second + 1e-6 >= due:
                    due = max(due + 1 / rate, second)
                    yield second, pixels.encode(np.asarray(shot.to_ndarray(format="rgb24"), np.uint8))
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise StartupError(f"{film} cannot be read as a film: {type(error).__name__}") from error


def watch(film: Path, eyes: Eyes, rate: float = RATE) -> Watched:
    """Send a film through the finder as one camera. Raises StartupError."""
    seen = Watched(0, 0, [], [])
    with FaceFinder(eyes.network, LIMITS, Policy(MIN_SCORE, LIVE_FACE_PX, _MOST_FACES, LONGEST_PX)) as finder:
        at_us = START_US
        for second, jpeg in shots(film, rate):
            at_us = START_US + round(second * 1e6)
            sight = finder.look_on(Frame(_GATE, FrameId(f"{seen.frames}"), Journey(at_us, at_us), jpeg))
            if not isinstance(sight, Sight):
                raise StartupError(f"{film}: {sight.detail}")
            seen.frames += 1
            seen.faces += sight.tally.found
            seen.looks += sight.looks
            seen.ended += sight.tally.ended
        seen.ended += finder.forget_now(at_us + 60_000_000).ended
    return seen


def walked(film: Path, eyes: Eyes) -> Walked:
    """The film's walks, of what passes the matcher's gate. Raises StartupError."""
    seen = watch(film, eyes)
    walks: dict[str, list[Matrix]] = defaultdict(list)
    for look in seen.looks:
        measured, said = look.face.quality, look.origin.look
        if said is None or not deciding.passes_gate(measured.face_px, measured.yaw_degrees, measured.sharpness):
            continue
        vector = eyes.vector(look.face.aligned)
        if vector is not None:
            walks[said.track_id].append(vector)
    return Walked(seen.frames, seen.faces, [np.stack(each) for each in walks.values()])
