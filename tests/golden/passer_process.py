"""A detector that sees somebody pass, and then searches its own memory for what it had of that person (safeguard S1).

Run by ``test_forgetting.py``: frames of a camera with a face, then seconds of an empty scene, or of silence. What is
sought comes mixed with a key, so that this process has it from the frames alone. Prints, as JSON, of which kinds pieces
were found while the person was in view, and of which after.
"""

import asyncio
import gc
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from proto.wardwatch.v1.model_card import prepared_path
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.chassis.telemetry import Meters
from services.detector import intake
from services.detector.finder import FaceFinder, Policy
from services.detector.handler import DetectFaces
from services.detector.header import Limits
from services.detector.intake import Clock
from services.detector.lying import LyingFaces
from services.detector.model import YuNet
from services.detector.reminders import Reminders
from tests.own_memory import Words, chunks

GATE = Place(site_id("h1"), camera_id("gate"))
LIMITS, POLICY = Limits(2**23, 40_000_000, 32), Policy(min_score=0.6, min_face_px=40, max_faces=32, longest_px=960)
_CLOCK = Clock(timedelta(seconds=5), timedelta(minutes=10))
RATE = 12


class Passing:
    """One camera, by a clock that only frames move on."""

    def __init__(self, detector: Path) -> None:
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)
        model = YuNet.load(prepared_path(detector), threads=1, providers=["CPUExecutionProvider"])
        self.finder = FaceFinder(model, LIMITS, POLICY)
        self.looks = 0
        self.detect = DetectFaces(
            self.finder, self._publish, Meters(), lambda: self.now, LyingFaces(8), Reminders(8), lambda _: "gate"
        )

    async def _publish(self, _subject: str, _payload: bytes, _headers: Mapping[str, str] | None = None, /) -> bool:
        self.looks += 1
        return True

    async def shows(self, jpeg: Path, seconds: float) -> None:
        """Frames as the broker hands them out: each its own bytes, given up when it was looked at."""
        for _ in range(round(seconds * RATE)):
            self.now += timedelta(seconds=1 / RATE)
            content = await asyncio.to_thread(jpeg.read_bytes)
            await self.detect(intake.receive(GATE, content, {}, self.now, _CLOCK).frame)
            del content
        await self.finder.forget(round(self.now.timestamp() * 1e6))

    async def is_silent(self, seconds: float) -> None:
        """Nothing comes, but the second passes in which tracks are forgotten."""
        self.now += timedelta(seconds=seconds)
        await self.finder.forget(round(self.now.timestamp() * 1e6))


def found(key: Words, sought: Mapping[str, Words]) -> list[str]:
    """The kinds of which a piece (two words, at whatever address) is in memory; *sought* (n, 2) is mixed."""
    kinds: set[str] = set()
    for words in chunks():
        content = words.view(np.uint8)
        for shift in range(4):
            moved = content[shift : len(content) - 4 + shift].view(np.uint32)
            for kind, pieces in sought.items():
                kinds |= {kind for first, second in pieces if _holds(moved, key, first, second)}
            del moved
    return sorted(kinds)


def _holds(words: Words, key: Words, first: np.uint32, second: np.uint32) -> bool:
    # One word of a piece is none, so it may be held in clear.
    places = np.flatnonzero(words[:-1] == (first ^ key[0]))
    return bool(len(places)) and bool(((words[places + 1] ^ key[1]) == second).any())


async def main(folder: Path, detector: Path, ending: str) -> None:
    """Pass, leave, and search."""
    with np.load(folder / "sought.npz") as kept:
        key, sought = kept["key"], {name: kept[name] for name in kept.files if name != "key"}
    camera = Passing(detector)
    await camera.shows(folder / "empty.jpg", 0.5)
    never = found(key, sought)
    await camera.shows(folder / "somebody.jpg", 0.5)
    before = found(key, sought)
    if ending == "silence":
        await camera.is_silent(3)
    else:
        await camera.shows(folder / "empty.jpg", 3)
    after = found(key, sought)
    sys.stdout.write(json.dumps({"looks": camera.looks, "never": never, "before": before, "after": after}))


if __name__ == "__main__":
    gc.freeze()
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
