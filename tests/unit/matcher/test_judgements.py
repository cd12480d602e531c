"""What people judged comes in one account, what the walk is like in the other, and neither is believed blindly."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
import pytest

from proto.wardwatch.v1.shields import SightingsJudged, WalkShielded
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import EntryState, Model, Vector
from services.chassis.bus import Delivery
from services.matcher.judgements import Judgements
from tests.fakes import FakeBus, eventually
from tests.unit.matcher.builders import H1, MODEL, POLICY, entry, face, look, unit
from tests.unit.matcher.test_handler import Desk

VISITOR = unit(0.6, 0.8)


@dataclass
class Matcher(Desk):
    """A matcher with both accounts."""

    video: FakeBus = field(default_factory=FakeBus)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.judgements = Judgements(self.shield, self.gallery, POLICY.fits, self.meters, lambda: self.now.timestamp())

    async def judged(self, *, wrong: bool = True, at_us: int = 1) -> None:
        """People judge the last sighting; then what is to be told is told."""
        names = tuple(each.sighting_id for each in self.sighted) if wrong else ()
        said = SightingsJudged(UUID(int=7), EntryId("e1"), names, wrong, at_us)
        self.judgements.offer(Delivery("judged.h1", said.encode()))
        stop = asyncio.Event()
        telling = asyncio.create_task(self.judgements.run(self.video.publish, stop))
        await eventually(lambda: not self.judgements._waiting)
        stop.set()
        await telling

    def hear(self, other: "Matcher") -> None:
        """Everything that *other* told in VIDEO."""
        for said in other.video.published:
            self.judgements.offer_walk(Delivery(said.subject, said.payload))

    def held(self) -> float:
        return self.meters.value("wardwatch_sightings_shielded_total")

    async def passes(self, vector: Vector, frame: str, number: int = 1, track: int = 2) -> bool:
        """Whether a walk is sighted."""
        before = len(self.sighted)
        await self.match(face(vector, frame=frame, look=look(number, track)))
        return len(self.sighted) > before


async def opened() -> Matcher:
    matcher = Matcher()
    await matcher.publish("e1")
    return matcher


async def test_a_judged_visitor_is_sighted_by_none_and_the_listed_person_by_all() -> None:
    one, two = await opened(), await opened()
    assert await one.passes(VISITOR, "f1", track=1)

    await one.judged()
    two.hear(one)

    for matcher in (one, two):
        assert not await matcher.passes(VISITOR, "f2")
        assert matcher.held() == 1
        assert await matcher.passes(unit(0.9, 0, 0.43), "f3", track=3)
        assert matcher.meters.value("wardwatch_shielded_pairs") == 1


async def test_the_visitor_still_rings_for_another_entry() -> None:
    matcher = await opened()
    await matcher.passes(VISITOR, "f1", track=1)
    await matcher.judged()
    await matcher.take("watchlist.e2", entry("e2", vectors=(unit(0.2, 0.54, 0.8),)).encode())

    assert await matcher.passes(VISITOR, "f2")

    assert matcher.sighted[-1].entry_id == "e2"
    assert matcher.held() == 1


async def test_a_correction_lets_the_visitor_ring_again_at_once() -> None:
    one, two = await opened(), await opened()
    await one.passes(VISITOR, "f1", track=1)
    await one.judged(at_us=1)
    two.hear(one)

    for matcher in (one, two):
        await matcher.judged(wrong=False, at_us=2)
    two.hear(one)  # also if the template comes late

    assert await one.passes(VISITOR, "f2")
    assert await two.passes(VISITOR, "f2")


async def test_what_was_told_is_overwritten_and_nothing_is_told_twice() -> None:
    matcher = await opened()
    await matcher.passes(VISITOR, "f1", track=1)

    await matcher.judged()
    await matcher.judged()  # alerts says it a few times

    (told,) = matcher.video.published
    assert told.subject == "shields.h1"
    assert np.allclose(WalkShielded.decode(told.payload).vector, VISITOR)


@pytest.mark.parametrize("state", [EntryState.SUSPENDED, EntryState.REVOKED, EntryState.ERASED])
async def test_an_entry_that_ends_takes_its_shields_along(state: EntryState) -> None:
    one, two = await opened(), await opened()
    await one.passes(VISITOR, "f1", track=1)
    await one.judged()

    for matcher in (one, two):
        await matcher.take("watchlist.e1", entry("e1", revision=4, state=state).encode())
    two.hear(one)

    assert (len(one.shield), len(two.shield)) == (0, 0)


async def test_what_is_told_of_an_older_revision_shields_nobody() -> None:
    one, two = await opened(), await opened()
    await one.passes(VISITOR, "f1", track=1)
    await one.judged()
    await two.take("watchlist.e1", entry("e1", revision=4).encode())

    two.hear(one)

    assert await two.passes(VISITOR, "f2")


@pytest.mark.parametrize(
    ("model", "vector"),
    [
        pytest.param(Model("other", "cd" * 32), VISITOR, id="model"),
        pytest.param(MODEL, np.array([1, 0], np.float32), id="dimension"),
    ],
)
async def test_a_walk_of_another_model_shields_nobody(model: Model, vector: Vector) -> None:
    matcher = await opened()
    told = WalkShielded(UUID(int=7), EntryId("e1"), 3, model, vector, 0.6, 1, 10**9)

    matcher.judgements.offer_walk(Delivery("shields.h1", told.encode()))

    assert len(matcher.shield) == 0


async def test_what_cannot_be_read_is_counted() -> None:
    matcher = await opened()

    matcher.judgements.offer(Delivery("judged.h1", b"\xff"))
    matcher.judgements.offer(Delivery("judged.h1.more", b""))
    matcher.judgements.offer_walk(Delivery(f"shields.{H1}", b"\xff"))

    assert matcher.meters.value("wardwatch_messages_unreadable_total", subject="judged") == 2
    assert matcher.meters.value("wardwatch_messages_unreadable_total", subject="shields") == 1
