"""A process that shields a visitor, lets the time of that pass and searches its own memory for the visitor's vector.

Run by ``test_forgetting_walks.py``, as ``walks_process`` is and with the same precautions. What a matcher tells the
others goes through its bytes and is taken in again. Prints how many pieces of the vector there were while it was on the
shield, and how many after: when its time was over, when it was taken back, or when the entry changed.
"""

import asyncio
import gc
import sys
from dataclasses import replace
from uuid import UUID

import numpy as np

from proto.wardwatch.v1.shields import SightingsJudged
from proto.wardwatch.v1.values import Vector
from services.chassis.bus import Delivery
from services.matcher.judgements import Judgements
from services.matcher.shield import Shield, ShieldLimits
from services.matcher.walks import Seen
from tests.fakes import eventually
from tests.own_memory import Words
from tests.unit.matcher.builders import H1, POLICY
from tests.unit.matcher.forgetting_process import copies, drawn
from tests.unit.matcher.test_handler import Desk
from tests.unit.matcher.test_shield import ENTRY, INCIDENT, sighting

_POLICY = replace(POLICY, dimension=128)
_LIMITS = ShieldLimits(pending_seconds=60, seconds=600)


def sight(shield: Shield, vector: Vector) -> None:
    """The walk of *vector* is sighted."""
    seen = sighting()
    shield.sighted(seen, Seen(vector, seen.walk), 0)


async def main(ending: str) -> None:
    """Shield, end, and print what was found before and after."""
    rng = np.random.default_rng(5)
    key = rng.integers(0, 2**32, 128, np.uint32)
    desk, others, stop = Desk(), Shield(_LIMITS), asyncio.Event()
    await desk.publish("e1")
    own = Shield(_LIMITS)
    judgements = Judgements(own, desk.gallery, _POLICY.fits, desk.meters, lambda: 0.0)
    heard = Judgements(others, desk.gallery, _POLICY.fits, desk.meters, lambda: 0.0)

    async def publish(subject: str, payload: bytes) -> bool:
        heard.offer_walk(Delivery(subject, payload))
        return True

    vector = drawn(rng)
    mixed: Words = vector.view(np.uint32) ^ key
    sight(own, vector)
    vector.fill(0)
    telling = asyncio.create_task(judgements.run(publish, stop))
    judgements.offer(Delivery(f"judged.{H1}", SightingsJudged(INCIDENT, ENTRY, ("s1",), True, 1).encode()))
    await eventually(lambda: len(others) == 1)
    stop.set()
    await telling
    before = copies(key, mixed)

    for shield, door in ((own, judgements), (others, heard)):
        match ending:
            case "time":
                shield.forget(600)
            case "correction":
                taken_back = SightingsJudged(UUID(int=INCIDENT.int), ENTRY, (), False, 2)
                door.offer(Delivery(f"judged.{H1}", taken_back.encode()))
                shield.forget(60)  # what waited to be judged once more
            case "entry":
                shield.forget_entry(ENTRY)
    after = copies(key, mixed)
    sys.stdout.write(f"{before} {after}\n")


if __name__ == "__main__":
    gc.freeze()
    asyncio.run(main(sys.argv[1]))
