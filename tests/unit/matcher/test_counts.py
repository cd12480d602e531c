"""What a matcher counts of walks, and hands over: many together, once, and nothing of anybody."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
import pytest

from proto.wardwatch.v1.subjects import BENCH_SITE, CameraId, Place, SiteId
from proto.wardwatch.v1.values import Journey, Origin
from proto.wardwatch.v1.walk_counts import BINS, FEWEST_WALKS, WalksCounted, bin_of
from services.chassis.errors import NotStored
from services.chassis.telemetry import Meters
from services.matcher.counts import WalkCounts
from services.matcher.walks import WalkLimits, Walks
from tests.fakes import eventually
from tests.unit.matcher.builders import face, look, unit
from tests.unit.matcher.test_handler import Desk

GATE = Place(SiteId("h1"), CameraId("gate"))
HALL = Place(SiteId("h1"), CameraId("hall"))
PROCESS = UUID(int=7)
LISTS, SECOND = "ab" * 32, "cd" * 32


@dataclass
class Counting:
    """Counts, with what the stream took."""

    entries: int = 2_100
    stores: bool = True
    stored: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    published: int = 0
    now: float = 0.0

    def __post_init__(self) -> None:
        self.counts = WalkCounts(
            PROCESS,
            lambda _site, _model: self.entries,
            self.publish,
            Meters(),
            monotonic=lambda: self.now,
            every_seconds=0.01,
        )

    async def publish(self, subject: str, payload: bytes, *, message_id: str) -> object:
        self.published += 1
        if not self.stores:
            raise NotStored("the broker is away")
        self.stored[message_id] = (subject, payload)
        return None

    def pass_by(self, walks: int, best: float = 0.31, place: Place = GATE, model: str = LISTS) -> None:
        for _ in range(walks):
            self.counts.ended(place, best, model)

    @property
    def told(self) -> list[WalksCounted]:
        return [WalksCounted.decode(payload) for _, payload in self.stored.values()]


async def test_walks_are_handed_over_many_together() -> None:
    counting = Counting()
    counting.pass_by(FEWEST_WALKS)
    counting.pass_by(1, best=0.66)

    await counting.counts.hand_over()

    (told,) = counting.told
    assert (told.place, told.entries, sum(told.counts)) == (GATE, 2_100, FEWEST_WALKS + 1)
    assert (told.counts[bin_of(0.31)], told.counts[bin_of(0.66)]) == (FEWEST_WALKS, 1)
    assert next(iter(counting.stored.values()))[0] == "counts.h1.gate"


async def test_few_walks_wait_until_they_are_many() -> None:
    """Nobody learns that one person came at night to a camera that sees few."""
    counting = Counting()
    counting.pass_by(FEWEST_WALKS - 1)
    await counting.counts.hand_over()
    assert counting.published == 0

    counting.pass_by(1)
    counting.pass_by(FEWEST_WALKS - 1, place=HALL)
    await counting.counts.hand_over()
    assert [told.place for told in counting.told] == [GATE]


async def test_what_was_not_stored_is_told_again_as_it_was() -> None:
    counting = Counting(stores=False)
    counting.pass_by(FEWEST_WALKS)
    await counting.counts.hand_over()
    counting.pass_by(2 * FEWEST_WALKS)
    counting.stores = True
    await counting.counts.hand_over()

    assert [(told.number, sum(told.counts)) for told in counting.told] == [(1, FEWEST_WALKS), (2, 2 * FEWEST_WALKS)]
    assert [*counting.stored] == [f"{PROCESS}/1", f"{PROCESS}/2"]


async def test_with_nobody_on_the_list_nothing_is_told() -> None:
    counting = Counting(entries=0)
    counting.pass_by(FEWEST_WALKS)
    await counting.counts.hand_over()
    assert counting.published == 0


async def test_a_load_counts_for_nothing() -> None:
    counting = Counting()
    counting.pass_by(FEWEST_WALKS, place=Place(BENCH_SITE, CameraId("c1")))
    await counting.counts.hand_over()
    assert counting.published == 0


async def test_counts_are_handed_over_when_it_is_time() -> None:
    counting, stop = Counting(), asyncio.Event()
    counting.pass_by(FEWEST_WALKS)
    running = asyncio.create_task(counting.counts.run(stop))

    def is_handed_over() -> bool:
        counting.now += 1
        return len(counting.stored) == 1

    await eventually(is_handed_over)
    stop.set()
    await running


def test_a_walk_counts_once_it_has_ended_with_its_best() -> None:
    ended: list[tuple[Place, float]] = []
    walks = Walks(WalkLimits(8, 30), lambda _: None, lambda place, best: ended.append((place, best)))
    origin = face(unit(1), look=look()).origin
    walks.add(origin, look(1), unit(1), now=0)
    for best in (0.31, 0.44, 0.20):
        walks.compared(origin.place, look().track_id, best)
    assert ended == []

    walks.forget(30)
    assert ended == [(GATE, 0.44)]


def test_a_walk_that_goes_over_to_somebody_else_has_ended() -> None:
    ended: list[float] = []
    walks = Walks(WalkLimits(8, 30), lambda _: None, lambda _place, best: ended.append(best))
    origin: Origin = face(unit(1), look=look()).origin
    walks.add(origin, look(1), unit(1), now=0)
    walks.compared(origin.place, look().track_id, 0.41)
    walks.add(Origin(origin.place, origin.frame_id, 0, Journey(captured_us=2), look(2)), look(2), unit(0, 1), now=1)
    assert ended == [0.41]

    walks.clear()
    assert ended == [0.41]


async def test_a_strangers_walk_counts_with_the_nearest_entry() -> None:
    """Also below the threshold, where nothing else is left of it."""
    desk = Desk()
    counted: list[float] = []
    desk.walks._counted = lambda _place, best: counted.append(best)
    await desk.publish("e1")

    await desk.match(face(unit(0.4, 0.9165), look=look(1)))
    await desk.match(face(unit(0.3, 0.9539), frame="f2", look=look(2)))
    desk.walks.forget(desk.now.timestamp() + 31)

    assert desk.sighted == []
    assert counted == [pytest.approx(0.4, abs=1e-3)]


async def test_entries_that_may_not_match_count_for_nothing() -> None:
    desk = Desk()
    counted: list[float] = []
    desk.walks._counted = lambda _place, best: counted.append(best)
    await desk.publish("e1")
    desk.gallery._entries.clear()

    await desk.match(face(look=look(1)))
    desk.walks.forget(desk.now.timestamp() + 31)

    assert counted == [0.0]


def test_counts_of_few_or_of_another_form_are_none() -> None:
    few = [0] * BINS
    few[3] = FEWEST_WALKS - 1
    with pytest.raises(ValueError, match="50 walks or more"):
        WalksCounted(PROCESS, 1, GATE, 5, tuple(few))
    with pytest.raises(ValueError, match="200 bins"):
        WalksCounted(PROCESS, 1, GATE, 5, (FEWEST_WALKS,))
    assert int(np.sum(few)) < FEWEST_WALKS


async def test_counts_of_two_recognisers_are_never_one_message() -> None:
    counting = Counting()
    counting.pass_by(FEWEST_WALKS)
    counting.pass_by(FEWEST_WALKS - 1, best=0.8, model=SECOND)
    await counting.counts.hand_over()
    counting.pass_by(1, best=0.8, model=SECOND)

    await counting.counts.hand_over()

    assert [(told.model_sha256, sum(told.counts)) for told in counting.told] == [
        (LISTS, FEWEST_WALKS),
        (SECOND, FEWEST_WALKS),
    ]
    assert counting.told[1].counts[bin_of(0.8)] == FEWEST_WALKS
