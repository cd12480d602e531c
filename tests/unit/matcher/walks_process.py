"""A process that compares looks of strangers, lets their time pass and searches its own memory for their vectors.

Run by ``test_forgetting_walks.py``. As in ``forgetting_process``, vectors are made in place and kept for the comparison
only mixed with a key. What the message itself held is wiped here: the walks' and the index's copies are what is looked
for, of the first look and of the sum of two. Prints how many pieces of them there were while the walk was in memory,
and how many after.
"""

import asyncio
import gc
import sys
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import numpy as np

from proto.wardwatch.v1.messages import FaceEmbedded
from proto.wardwatch.v1.subjects import EntryId, FrameId, Place, camera_id, site_id
from proto.wardwatch.v1.values import Journey, Look, Model, Origin, Quality, Vector
from services.chassis.telemetry import Meters
from services.matcher.core import Gallery, MatchPolicy, QualityGate
from services.matcher.forgetting import forget_walks
from services.matcher.handler import MatchFace
from services.matcher.index import IndexShape, ListIndex
from services.matcher.same_frame import SameFrame
from services.matcher.shed import Shed
from services.matcher.shield import Shield, ShieldLimits
from services.matcher.walks import WalkLimits, Walks
from tests.fakes import eventually
from tests.own_memory import Words
from tests.unit.matcher.forgetting_process import copies, drawn

_DIMENSION = 128
_SECONDS = 30.0
_MODEL = Model("sface", "ab" * 32)
_GOOD = Quality(0.9, 90, 45, 200, 0, 0, 120)
_STRANGER, _OTHERS = 1, 40


class Nothing:
    """Takes no sighting, because nobody is listed who passes."""

    def offer(self, sighting: object) -> None:
        raise AssertionError(sighting)


def looked(vector: Vector, track: int, number: int) -> FaceEmbedded:
    """A look of a track at one camera."""
    place = Place(site_id("h1"), camera_id("gate"))
    look = Look(str(UUID(int=track)), number, 1)
    return FaceEmbedded(
        Origin(place, FrameId(f"f{track}-{number}"), 0, Journey(number), look), _GOOD, _MODEL, vector, b"jpeg"
    )


async def main(rows: int) -> None:
    """Compare, forget, and print what was found before and after."""
    rng = np.random.default_rng(5)
    key = rng.integers(0, 2**32, _DIMENSION, np.uint32)
    meters, stop, clock = Meters(), asyncio.Event(), [0.0]
    walks, shield = Walks(WalkLimits(walks=64, seconds=_SECONDS), lambda _: None), Shield(ShieldLimits())
    with ListIndex(IndexShape(_DIMENSION, links=8, ef_construction=32, ef=32, hnsw_from_rows=100), meters) as index:
        for row in range(rows):
            index.replace(EntryId(str(row)), 1, [("photo", drawn(rng))])
        await index.rebuild()
        policy = MatchPolicy(_MODEL.sha256, _DIMENSION, QualityGate(48, 70, 10), neighbours=8)
        match = MatchFace(
            Gallery(),
            index,
            Nothing(),
            policy,
            meters,
            partial(datetime.now, UTC),
            walks,
            SameFrame(),
            lambda: clock[0],
            Shed(meters),
            shield,
        )
        sought = await _passed(match, rng, key)
        before = copies(key, *sought)

        for track in range(_STRANGER + 1, _OTHERS):
            clock[0] += 1
            await match(looked(drawn(rng), track, 1))
        forgetting = asyncio.create_task(forget_walks(lambda: [walks], shield, meters, lambda: clock[0], stop))
        await eventually(lambda: len(walks) < _SECONDS + 1)
        after = copies(key, *sought)
        stop.set()
        await forgetting
    sys.stdout.write(f"{before} {after}\n")


async def _passed(match: MatchFace, rng: np.random.Generator, key: Words) -> list[Words]:
    """The first look and the mean of two looks of a stranger, mixed with *key*, after both were compared."""
    first, second = drawn(rng), drawn(rng)
    # Of one person: near each other.
    second *= np.float32(0.5)
    second += first
    second /= np.sqrt(np.dot(second, second))
    mean = first + second
    total = mean.view(np.uint32) ^ key
    mean.fill(0)
    mixed = first.view(np.uint32) ^ key
    for number, vector in enumerate((first, second), 1):
        await match(looked(vector, _STRANGER, number))
        vector.fill(0)
    return [mixed, total]


if __name__ == "__main__":
    gc.freeze()
    asyncio.run(main(int(sys.argv[1])))
