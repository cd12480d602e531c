"""How soon a decision is felt through the whole product with two matchers: approved, one is sighted; revoked, not.

``test_replication.py`` asks the matchers themselves; here the person walks past a camera again and again, and the
moments are those of the request's answer and of what is stored.
"""

import asyncio
import json
import logging
import re
import time
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import pytest

from proto.wardwatch.v1 import subjects
from services.chassis.bus import Bus
from tests import installation
from tests.fakes import eventually
from tests.installation import MODELS, Installation
from tests.passing import passing

# Figures are logged as well: run with --log-cli-level=INFO.
log = logging.getLogger(__name__)

pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.timeout(180)]

WITHIN_SECONDS = 2.0


@pytest.fixture(scope="module")
def wardwatch() -> Iterator[Installation]:
    with installation.running() as running, running.another_matcher("second"):
        for name in ("author", "approver"):
            running.account(name, "supervisor")
        yield running


@pytest.fixture(scope="module")
def pending(wardwatch: Installation) -> UUID:
    """Somebody who waits for approval."""
    added = wardwatch.cli(
        "watchlist", "add", str(MODELS / "astronaut.png"), "--label", "Prompt", "--category", "ban", "--basis",
        "decision 1", "--evidence", "file 1", "--instruction", "Call 8811.", "--source", "test", "--as", "author",
        "--accept-warnings", "the only photo", "--json",
    )  # fmt: skip
    return UUID(json.loads(added)["id"])


@pytest.fixture
async def record(wardwatch: Installation) -> AsyncIterator[Bus]:
    async with wardwatch.bus("operator") as bus:
        yield bus


async def sighted(record: Bus) -> int:
    """How many sightings were ever stored."""
    return (await record.stream.stream_info(subjects.SIGHTINGS_STREAM.name)).state.last_seq


async def searched(wardwatch: Installation) -> float:
    """How many faces the matchers have compared, whichever of them has the camera."""
    names = ("matcher", "matcher-second")
    return sum([await wardwatch.counter(name, "wardwatch_vectors_searched_total") for name in names])


async def test_approval_and_revocation_are_felt_within_two_seconds(
    wardwatch: Installation, pending: UUID, record: Bus
) -> None:
    address = f"/api/v1/watchlist/entries/{pending}"
    frames = await asyncio.to_thread(passing, "astronaut.png")
    async with (
        wardwatch.publishing("gate") as camera,
        camera.showing(*frames),
        wardwatch.client("approver") as http,
    ):
        before = await searched(wardwatch)
        await eventually(lambda: _more(wardwatch, before), within_seconds=30)
        assert await sighted(record) == 0

        async with http.get(address) as answer:
            seen = (await answer.json())["revision"]
        began = time.time()
        async with http.post(f"{address}/approval", json={"revision": seen}) as answer:
            answer.raise_for_status()
        await eventually(lambda: _stored(record, 1), within_seconds=30)
        approved = time.time() - began
        await eventually(lambda: _stored(record, 5), within_seconds=30)

        stored, began = await sighted(record), time.time()
        async with http.post(f"{address}/revocation", json={"reason": "decision lifted"}) as answer:
            answer.raise_for_status()
        # When many more faces were compared, nothing decided before is under way any more.
        before, last = await searched(wardwatch), began

        async def over() -> bool:
            nonlocal stored, last
            if (now := await sighted(record)) > stored:
                stored, last = now, time.time()
            return await _more(wardwatch, before, 30)

        await eventually(over, within_seconds=60)
    revoked = last - began

    log.info(
        "approved: first sighting stored after %.2f s; revoked: last sighting stored after %.2f s", approved, revoked
    )
    assert approved < WITHIN_SECONDS
    assert revoked < WITHIN_SECONDS


async def _more(wardwatch: Installation, before: float, count: int = 3) -> bool:
    return await searched(wardwatch) >= before + count


async def _stored(record: Bus, count: int) -> bool:
    return await sighted(record) >= count


async def test_whoever_approves_is_told_when_it_is_live_on_both_matchers(wardwatch: Installation) -> None:
    words = ("--label", "Told", "--category", "ban", "--basis", "decision 2", "--evidence", "file 2", "--instruction")
    added = await asyncio.to_thread(
        wardwatch.cli, "watchlist", "add", str(MODELS / "grace_hopper.jpg"), *words, "Call 8811.", "--source", "test",
        "--accept-warnings", "the only photo", "--as", "author", "--json",
    )  # fmt: skip
    entry = str(json.loads(added)["id"])

    for step, more in (("approve", ()), ("suspend", ("--reason", "a check")), ("revoke", ("--reason", "lifted"))):
        output = await asyncio.to_thread(wardwatch.cli, "watchlist", step, entry, *more, "--as", "approver")
        found = re.search(r"live on 2 of 2 matchers after (\d+\.\d) s", output)
        assert found is not None, output
        log.info("%s: %s", step, found.group())
        assert float(found.group(1)) <= WITHIN_SECONDS
