"""A caller learns at once that the process working on its request is gone, and never gives up a slow one."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from services.chassis.bus import Bus, Limits, Watch
from services.chassis.errors import NoAnswer, Refusal
from tests import buses, servers
from tests.fakes import eventually

SUBJECT = "desk.watchlist.import_photo"
OTHER = "desk.watchlist.list_groups"
ROOT = Path(__file__).parents[2]
# Takes a request, prints that, and never answers: like a service that is killed while it works.
HOLDER = f"""
import asyncio, sys
from pathlib import Path
from proto.wardwatch.v1.subjects import Account
from services.chassis.bus import Bus
from services.chassis.telemetry import Meters

async def answer(payload):
    print("taken", flush=True)
    await asyncio.Event().wait()

async def main(url, seed):
    user, account = "watchlist-record", Account.RECORD
    connect = Bus.connect(url, user=user, user_seed_file=Path(seed), account=account, meters=Meters())
    async with connect as bus, bus.serve({{"{SUBJECT}": answer}}, queue="watchlist"):
        print("serving", flush=True)
        await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


def bus(nats: servers.Nats, user: str) -> AbstractAsyncContextManager[Bus]:
    """A connection that checks often whether its requests are still worked on; this only makes the test short."""
    return buses.connected(nats, user, limits=Limits(look_seconds=0.2))


async def wait_for_line(process: Process, line: str) -> None:
    """Wait until the process has printed *line*; its log lines are skipped."""
    assert process.stdout is not None
    while (read := await process.stdout.readline()).strip() != line.encode():
        assert read, "the process ended"


async def test_a_process_that_is_killed_is_missed_long_before_the_time_is_over(nats_with_streams: servers.Nats) -> None:
    seed = str(nats_with_streams.seed_file("watchlist-record"))
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, nats_with_streams.url, seed, cwd=ROOT, stdout=PIPE
    )
    try:
        await wait_for_line(holder, "serving")
        async with bus(nats_with_streams, "alerts") as asker:
            request = asyncio.create_task(asker.request_watched(SUBJECT, b"photo", timeout_seconds=3600))
            await wait_for_line(holder, "taken")
            holder.kill()

            with pytest.raises(NoAnswer, match="import_photo in hand is gone"):
                await request
    finally:
        if holder.returncode is None:
            holder.kill()
        await holder.wait()


async def test_one_who_works_long_is_waited_for_also_while_all_hands_are_full(nats_with_streams: servers.Nats) -> None:
    free = asyncio.Event()

    async def answer(payload: bytes) -> bytes:
        await free.wait()
        return payload

    async def other(payload: bytes) -> bytes:
        return payload

    async with (
        bus(nats_with_streams, "watchlist-record") as desk,
        bus(nats_with_streams, "alerts") as asker,
        desk.serve({SUBJECT: answer, OTHER: other}, queue="watchlist"),
    ):
        # More than are worked on side by side: the last ones wait for a free slot.
        requests = [
            asyncio.create_task(asker.request_watched(SUBJECT, b"%d" % n, timeout_seconds=3600)) for n in range(12)
        ]
        # The messages sent now only check whether a request is still worked on: three each, where two misses end it.
        before = asker.client.stats["out_msgs"]
        await eventually(lambda: asker.client.stats["out_msgs"] - before >= 40, within_seconds=60)
        assert not any(task.done() for task in requests)
        free.set()

        assert sorted(await asyncio.gather(*requests)) == sorted(b"%d" % n for n in range(12))


async def test_more_requests_than_fit_into_memory_are_refused_at_once(nats_with_streams: servers.Nats) -> None:
    free = asyncio.Event()

    async def answer(payload: bytes) -> bytes:
        await free.wait()
        return payload

    async with (
        bus(nats_with_streams, "watchlist-record") as desk,
        bus(nats_with_streams, "alerts") as asker,
        desk.serve({SUBJECT: answer}, queue="watchlist"),
    ):
        requests = [asyncio.create_task(asker.request(SUBJECT, b"", timeout_seconds=3600)) for _ in range(130)]
        done, waiting = await asyncio.wait(requests, return_when=asyncio.FIRST_COMPLETED)
        with pytest.raises(Refusal, match="too many requests are in hand") as refused:
            await done.pop()
        assert refused.value.code == 503
        assert len(waiting) >= 128
        free.set()
        answers = await asyncio.gather(*requests, return_exceptions=True)

    assert sum(answer == b"" for answer in answers) == 128


async def test_a_watched_request_is_refused_and_unheard_like_any_other(nats_with_streams: servers.Nats) -> None:
    async def refuse(_payload: bytes) -> bytes:
        raise Refusal(422, "not like this")

    async with bus(nats_with_streams, "watchlist-record") as desk, bus(nats_with_streams, "alerts") as asker:
        with pytest.raises(NoAnswer) as unheard:
            await asker.request_watched(SUBJECT, b"", timeout_seconds=5)
        async with desk.serve({SUBJECT: refuse}, queue="watchlist"):
            with pytest.raises(Refusal, match="not like this"):
                await asker.request_watched(SUBJECT, b"", timeout_seconds=5)

    assert unheard.value.nobody_listens


@pytest.mark.parametrize(
    ("looks", "given_up"),
    [
        pytest.param([True, False], False, id="missed once"),
        pytest.param([True, False, False], True, id="missed twice"),
        pytest.param([True, False, True, False], False, id="back again"),
        pytest.param([True, False, None, None], False, id="nobody can say"),
        pytest.param([False] * 9, False, id="on its way"),
        pytest.param([False] * 10, True, id="never taken"),
    ],
)
def test_a_request_is_given_up_once_nobody_has_it_in_hand(looks: list[bool | None], given_up: bool) -> None:
    watch = Watch()
    for held in looks:
        watch.looked(held=held)

    assert watch.is_given_up is given_up
