"""The publisher between a source that fails and a broker that is slow."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from services.camera.core import Frame
from services.camera.handler import PublishFrames, Records, ShedReason, SourceLost
from services.camera.records import Ended, Failed, Record, Skipped, Status
from tests.fakes import eventually


def frame(number: int) -> Frame:
    return Frame(number * 1_000_000, 640, 480, b"jpeg %d" % number)


@dataclass
class Script:
    """A source that plays one list of records for each time it is opened, then stays silent."""

    plays: list[list[Record]]
    opened: int = 0
    closed: int = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Records]:
        self.opened += 1
        try:
            yield Play(list(self.plays.pop(0)))
        finally:
            self.closed += 1


@dataclass
class Play:
    records: list[Record]

    async def next(self) -> Record:
        if not self.records:
            await asyncio.Event().wait()
        # Give the sender its turn, as a pipe would.
        await asyncio.sleep(0)
        return self.records.pop(0)


@dataclass
class Broker:
    """Takes frames; while closed, each waits."""

    sent: list[tuple[str, bytes]] = field(default_factory=list)
    refuse: bool = False
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, subject: str, jpeg: bytes, headers: Mapping[str, str]) -> bool:
        await self.gate.wait()
        if self.refuse:
            return False
        self.sent.append((subject, jpeg))
        return True


@dataclass
class Counts:
    seen: Counter[str] = field(default_factory=Counter)
    late_seconds: list[float] = field(default_factory=list)

    def published(self) -> None:
        self.seen["published"] += 1

    def shed(self, reason: ShedReason, count: int = 1) -> None:
        self.seen[reason] += count

    def late(self, seconds: float) -> None:
        self.late_seconds.append(seconds)

    def reconnected(self) -> None:
        self.seen["reconnected"] += 1


@dataclass
class Pauses:
    durations: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.durations.append(seconds)


@dataclass
class Rig:
    script: Script
    broker: Broker = field(default_factory=Broker)
    counts: Counts = field(default_factory=Counts)
    pauses: Pauses = field(default_factory=Pauses)

    def publisher(self, *, most: int = 0, ready: bool = True) -> PublishFrames:
        if ready:
            self.broker.gate.set()
        return PublishFrames(
            open=self.script.open,
            send=self.broker,
            subject="frames.h1.gate",
            count=self.counts,
            most=most,
            pause=self.pauses,
        )


async def test_frames_go_out_until_the_source_ends() -> None:
    rig = Rig(Script([[frame(1), frame(2), frame(3), Ended()]]))
    publisher = rig.publisher()

    await publisher.run(asyncio.Event())

    assert rig.broker.sent[-1] == ("frames.h1.gate", b"jpeg 3")
    assert publisher.tally.published + publisher.tally.shed == 3
    assert rig.script.closed == 1


async def test_slow_broker_gets_the_freshest_frame_and_the_rest_is_counted() -> None:
    rig = Rig(Script([[frame(n) for n in range(1, 6)]]))
    publisher = rig.publisher(ready=False, most=2)
    running = asyncio.create_task(publisher.run(asyncio.Event()))
    await eventually(lambda: rig.counts.seen["replaced"] >= 3)

    rig.broker.gate.set()
    await running

    assert [jpeg for _, jpeg in rig.broker.sent] == [b"jpeg 1", b"jpeg 5"]
    assert rig.counts.seen == {"published": 2, "replaced": 3}


async def test_lost_source_is_opened_again_after_growing_waits() -> None:
    lost: list[Record] = [Failed("gone")]
    rig = Rig(Script([[frame(1), *lost], lost, lost, [frame(2), *lost], [frame(3), Ended()]]))

    await rig.publisher().run(asyncio.Event())

    assert rig.pauses.durations == [0.5, 1.0, 2.0, 0.5]
    assert rig.counts.seen["reconnected"] == 4
    assert rig.script.closed == rig.script.opened == 5


async def test_source_that_never_gave_a_picture_ends_with_its_reason() -> None:
    rig = Rig(Script([[Skipped("a.jpg cannot be read"), Failed("the folder holds no picture")]]))

    with pytest.raises(ExceptionGroup) as caught:
        await rig.publisher().run(asyncio.Event())

    assert [str(error) for error in caught.value.exceptions] == ["the folder holds no picture"]
    assert isinstance(caught.value.exceptions[0], SourceLost)
    assert rig.counts.seen == {"not_sendable": 1}


async def test_what_the_reader_gave_up_is_counted_and_told() -> None:
    late = [0.1, 2.5, 3.0, 6.0, 1.5, 0.5, 2.5]
    rig = Rig(Script([[frame(1), *(Status("", seconds, given_up=10) for seconds in late), Ended()]]))
    publisher = rig.publisher()

    with capture_logs() as logs:
        await publisher.run(asyncio.Event())

    assert rig.counts.seen["late"] == publisher.tally.late == 70
    assert rig.counts.late_seconds == late
    events = [(line["event"], line.get("seconds")) for line in logs if line["event"].startswith("pictures are")]
    assert events == [
        ("pictures are late", 2.5),
        ("pictures are late", 6.0),
        ("pictures are on time again", None),
        ("pictures are late", 2.5),
    ]


async def test_what_is_waited_for_is_told() -> None:
    rig = Rig(Script([[Status(), Status("connected; waiting for a key frame for 7 s"), frame(1), Ended()]]))

    with capture_logs() as logs:
        await rig.publisher().run(asyncio.Event())

    details = [line["detail"] for line in logs if line["event"] == "waiting for the source"]
    assert details == ["connected; waiting for a key frame for 7 s"]


async def test_frames_the_broker_did_not_take_are_counted_and_not_repeated() -> None:
    rig = Rig(Script([[frame(1), Ended()]]), broker=Broker(refuse=True))

    await rig.publisher().run(asyncio.Event())

    assert rig.counts.seen == {"not_sent": 1}


async def test_stopping_closes_the_source() -> None:
    rig = Rig(Script([[frame(1)]]))
    stop = asyncio.Event()
    running = asyncio.create_task(rig.publisher().run(stop))
    await eventually(lambda: bool(rig.broker.sent))

    stop.set()
    await running

    assert rig.script.closed == 1


async def answered_while_cancelled(begun: asyncio.Event) -> bool:
    """What asyncio.wait_for does on Python 3.11 when the answer and a cancellation come at once: the answer wins."""
    begun.set()
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        return True
    raise AssertionError


async def test_stopping_ends_the_publisher_also_as_the_broker_answers() -> None:
    publisher = Rig(Script([[frame(1)]])).publisher()
    begun = asyncio.Event()
    publisher.send = lambda subject, jpeg, headers: answered_while_cancelled(begun)
    stop = asyncio.Event()
    running = asyncio.create_task(publisher.run(stop))
    await begun.wait()
    stop.set()

    async with asyncio.timeout(5):
        await running


async def test_a_failure_beside_it_ends_the_publisher_as_the_broker_answers() -> None:
    publisher = Rig(Script([[frame(1)]])).publisher()
    begun = asyncio.Event()
    publisher.send = lambda subject, jpeg, headers: answered_while_cancelled(begun)
    running = asyncio.create_task(publisher.run(asyncio.Event()))
    await begun.wait()

    running.cancel()

    done, _ = await asyncio.wait({running}, timeout=5)
    assert done


async def test_asked_number_of_frames_is_sent_and_no_more() -> None:
    rig = Rig(Script([[frame(n) for n in range(1, 100)]]))

    await rig.publisher(most=3).run(asyncio.Event())

    assert rig.counts.seen["published"] == 3
