"""When an approved threshold is published, and when what the stream holds is left alone."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from proto.wardwatch.v1.replication import CameraThreshold, MeasuredModel, ThresholdPublished
from services.chassis.errors import NoAnswer
from services.chassis.repairs import Repairs
from services.chassis.telemetry import Meters
from services.watchlist.record.threshold_store import PublishThreshold
from services.watchlist.replication.threshold import ThresholdRelay
from tests.fakes import FakeBus, eventually, quiet_repairs
from tests.unit.matcher.builders import NOW

HOLDS = ThresholdPublished(2, 0.625, "li.wei", NOW)
OTHER = replace(HOLDS, number=1, min_similarity=0.5)


@dataclass
class Approved:
    """The record's newest threshold, and under which sequence it was published."""

    published: int | None = None

    async def relay(self, publish: PublishThreshold) -> bool:
        former, self.published = self.published, await publish(HOLDS, self.published)
        return former != self.published


@dataclass
class Policy:
    """A stream, and the relay of one matcher."""

    bus: FakeBus = field(default_factory=FakeBus)

    def __post_init__(self) -> None:
        self.relay = ThresholdRelay(Approved(), self.bus, quiet_repairs(), interval_seconds=0.01)

    async def hold(self, *payloads: bytes) -> None:
        for payload in payloads:
            name = f"before/{len(self.bus.stored)}"
            await self.bus.publish_owed("policy.threshold", payload, message_id=name)

    async def published(self, published: int | None) -> tuple[int, int]:
        """Publish the threshold; returns its sequence on the stream and how many messages that took."""
        before = len(self.bus.stored)
        return await self.relay.publish(HOLDS, published), len(self.bus.stored) - before


async def test_what_was_never_published_is_published_whatever_the_stream_holds() -> None:
    policy = Policy()
    await policy.hold(OTHER.encode())

    assert await policy.published(None) == (2, 1)
    assert policy.bus.stored[-1].payload == HOLDS.encode()


async def test_what_the_stream_holds_is_not_published_again() -> None:
    policy = Policy()
    await policy.hold(OTHER.encode(), HOLDS.encode())

    assert await policy.published(2) == (2, 0)


async def test_what_was_stored_without_an_answer_is_found_on_the_stream() -> None:
    policy = Policy()
    await policy.hold(HOLDS.encode())

    assert await policy.published(None) == (1, 0)


@pytest.mark.parametrize("stored", [pytest.param([], id="empty"), pytest.param([OTHER.encode()], id="older")])
async def test_a_stream_that_lost_it_gets_it_again(stored: list[bytes]) -> None:
    policy = Policy()
    await policy.hold(*stored)

    assert await policy.published(7) == (len(stored) + 1, 1)


async def test_a_stream_that_is_emptied_again_and_again_gets_it_each_time() -> None:
    policy, published = Policy(), None
    for sequence in (1, 2, 3):
        published, count = await policy.published(published)
        assert (published, count) == (sequence, 1)
        await policy.bus.delete("POLICY", sequence)


LATER = replace(HOLDS, number=3, min_similarity=0.75, approved_at=NOW + timedelta(days=1))


async def test_what_the_stream_says_later_than_the_record_is_left() -> None:
    policy = Policy()
    await policy.hold(OTHER.encode(), HOLDS.encode(), LATER.encode())

    assert await policy.published(2) == (2, 0)


@pytest.mark.parametrize("junk", [b"\xff", b"", OTHER.encode()], ids=["unreadable", "forged", "stored again"])
async def test_what_somebody_else_had_stored_behind_it_is_answered(junk: bytes) -> None:
    policy = Policy()
    await policy.hold(HOLDS.encode(), junk)

    assert await policy.published(1) == (3, 1)
    assert policy.bus.stored[-1].payload == HOLDS.encode()


async def test_what_is_approved_in_a_record_that_was_put_back_counts_on() -> None:
    policy = Policy()
    await policy.hold(replace(LATER, number=5, approved_at=NOW - timedelta(days=1)).encode())

    assert await policy.published(None) == (2, 1)
    assert policy.bus.stored[-1].payload == replace(HOLDS, number=6).encode()
    assert await policy.published(2) == (2, 0)


async def test_another_end_of_a_recogniser_is_told_and_is_no_repair() -> None:
    policy = Policy()
    measured = (MeasuredModel("0b" * 32, NOW),)
    await policy.hold(HOLDS.encode())

    told = replace(HOLDS, measured=measured)
    assert await policy.relay.publish(told, 1) == 2
    assert policy.bus.stored[-1].payload == replace(told, table_number=1).encode()
    assert await policy.relay.publish(told, 2) == 2


async def test_a_broker_that_is_away_is_tried_again() -> None:
    policy, stop = Policy(FakeBus(storing=False)), asyncio.Event()
    with pytest.raises(NoAnswer):
        await policy.published(None)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(policy.relay.run(stop))
        await asyncio.sleep(0)
        policy.bus.storing = True

        await eventually(lambda: len(policy.bus.stored) == 1)
        stop.set()


FIRST = replace(HOLDS, table_number=1, cameras=(CameraThreshold("h1", "gate", 0.65625),))
SECOND = replace(HOLDS, table_number=2, cameras=(CameraThreshold("h1", "gate", 0.6875),))


async def test_another_table_of_one_threshold_is_published_and_is_no_repair() -> None:
    policy = Policy()
    noted: list[str] = []

    async def note(stream: str, _cause: str) -> bool:
        noted.append(stream)
        return True

    relay = ThresholdRelay(Approved(), policy.bus, Repairs(note, Meters()), interval_seconds=0.01)
    await policy.hold(FIRST.encode())

    assert await relay.publish(FIRST, 1) == 1
    assert await relay.publish(SECOND, 1) == 2
    assert ThresholdPublished.decode(policy.bus.stored[-1].payload) == SECOND
    assert noted == []


async def test_a_table_that_is_numbered_as_a_former_one_comes_after_it() -> None:
    """The record was put back, and counts its tables anew: matchers follow the greater number."""
    policy = Policy()
    await policy.hold(replace(FIRST, table_number=7).encode())
    relay = ThresholdRelay(Approved(), policy.bus, quiet_repairs(), interval_seconds=0.01)

    assert await relay.publish(SECOND, 1) == 2
    assert ThresholdPublished.decode(policy.bus.stored[-1].payload) == replace(SECOND, table_number=8)
    assert await relay.publish(SECOND, 2) == 2


async def test_a_budget_that_was_given_up_leaves_no_table() -> None:
    policy = Policy()
    await policy.hold(SECOND.encode())
    relay = ThresholdRelay(Approved(), policy.bus, quiet_repairs(), interval_seconds=0.01)
    without = replace(HOLDS, number=3, approved_at=NOW + timedelta(days=1))

    assert await relay.publish(without, None) == 2
    assert ThresholdPublished.decode(policy.bus.stored[-1].payload) == without
