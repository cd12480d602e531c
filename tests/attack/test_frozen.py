"""Whatever is frozen is named within ten seconds by `check` and at the page's interface, and all is well again after.

What is silent by nature is named within one period of drills: the drills themselves, and push services, which are
asked twice a minute.

Figures are said: run with --log-cli-level=INFO.
"""

import asyncio
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from cli.check import Exit, verdict
from cli.state_client import states
from cli.status import addresses
from local.context import Context
from services.chassis.delivery_keys import base64url
from tests import installation
from tests.attack.other_side import OtherSide
from tests.fakes import eventually
from tests.installation import ENDED, MODELS, SITE, Event, Installation
from tests.receivers import TestPhone

log = logging.getLogger(__name__)

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

WITHIN_SECONDS = 10.0
# By what is frozen, what `check` says of it, and what a page is told or, where nothing comes any more, that.
NAMED = {
    "detector": "no detector lives",
    "embedder": "no embedder lives",
    "matcher": "no matcher has said anything",
    "watchlist": "no watchlist lives",
    "alerts": "the alerts service does not answer",
    "delivery": "the delivery service is silent",
    "nats-server": "the broker (NATS) passes nothing on",
    "postgres": "the database (PostgreSQL)",
}
# A page that hears nothing for so long says so itself (services/alerts/web/state/health.js).
PAGE_SILENCE_SECONDS = 9.0
PERIOD_SECONDS = 40.0


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, OtherSide]]:
    """Where messages go, each a process."""
    made = {
        "push": OtherSide.start(folder=tmp_path_factory.mktemp("push")),
        "ntfy": OtherSide.start(),
        "webhook": OtherSide.start(),
    }
    try:
        yield made
    finally:
        for other in made.values():
            other.kill()


@pytest.fixture(scope="module")
def wardwatch(others: dict[str, OtherSide]) -> Iterator[Installation]:
    settings = {
        "WARDWATCH_DRILL_PERIOD_SECONDS": str(PERIOD_SECONDS),
        "WARDWATCH_PUSH_HOSTS": others["push"].host,
        "WARDWATCH_DELIVERY_CA_FILE": f"{others['push'].folder}/receiver.pem",
    }
    with installation.running(settings) as running:
        running.account("guard", "guard")
        running.account("boss", "administrator")
        running.camera_seed("gate")
        yield running


def processes_of(wardwatch: Installation, name: str) -> list[int]:
    """Every process of a service or server of this installation."""
    if name in ("postgres", "nats-server"):
        heads = wardwatch.servers(name)
        return [*heads, *(child for head in heads for child in _children(head))]
    return wardwatch.pids(name)


def _children(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


@asynccontextmanager
async def frozen(wardwatch: Installation, name: str) -> AsyncIterator[None]:
    pids = await asyncio.to_thread(processes_of, wardwatch, name)
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def checked(wardwatch: Installation) -> tuple[Exit, str]:
    """What `wardwatch check` would say, disks of this machine aside."""
    urls = await asyncio.to_thread(addresses, Context(wardwatch.home, {}))
    code, line = verdict(await states(urls))
    reasons = line.partition(" - ")[2].partition(" |")[0].split("; ")
    return (Exit.OK if all("disk" in each for each in reasons) else code), line


async def seconds_until(holds: Callable[[tuple[Exit, str]], bool], wardwatch: Installation) -> float:
    began = time.monotonic()

    async def does() -> bool:
        return holds(await checked(wardwatch))

    await eventually(does, within_seconds=90)
    return time.monotonic() - began


def page_knows(events: list[Event], since: float) -> float:
    """How long after *since* a page that got *events* says that not all is well."""
    states_told = [event for event in events if event.kind == "state"]
    for event in events:
        is_told = event.kind == "state" and event.content["working"] != "yes"
        if event.arrived > since and (is_told or event.kind == ENDED):
            return event.arrived - since
    return states_told[-1].arrived + PAGE_SILENCE_SECONDS - since


async def arrange(wardwatch: Installation, others: dict[str, OtherSide]) -> None:
    """A phone that may be woken, and a channel to each other side."""
    phone = TestPhone()
    subscription = {
        "endpoint": f"{others['push'].url}/phone",
        "p256dh": base64url(phone.p256dh),
        "auth": base64url(phone.auth),
    }
    channels = {"ntfy": f"{others['ntfy'].url}/ward", "webhook": f"{others['webhook'].url}/in"}
    async with wardwatch.client("guard") as guard, wardwatch.client("boss") as boss:
        async with guard.put("/api/v1/push/subscription", json=subscription) as reply:
            assert reply.status == 204, await reply.text()
        for medium, address in channels.items():
            said = {"medium": medium, "address": address}
            async with boss.put(f"/api/v1/delivery/channels/{medium}", json=said) as reply:
                assert reply.status < 300, await reply.text()


# By the other side, what is said of it and how soon.
WAYS = {
    "push": ("the push service 127.0.0.1", PERIOD_SECONDS),
    "ntfy": ("the channel ntfy takes no messages", WITHIN_SECONDS),
    "webhook": ("the channel webhook takes no messages", WITHIN_SECONDS),
}


@pytest.mark.parametrize("end", [OtherSide.freeze, OtherSide.kill], ids=["frozen", "killed"])
@pytest.mark.parametrize("way", WAYS)
async def test_a_way_out_that_is_broken_is_named_until_it_is_back(
    wardwatch: Installation, others: dict[str, OtherSide], way: str, end: Callable[[OtherSide], None]
) -> None:
    words, within = WAYS[way]
    await arrange(wardwatch, others)
    async with all_well(wardwatch):
        await asyncio.to_thread(end, others[way])
        try:
            named = await seconds_until(lambda told: words in told[1], wardwatch)
        finally:
            await asyncio.to_thread(others[way].revive)
        again = await seconds_until(lambda told: told[0] is Exit.OK, wardwatch)
    log.info("%s %s: named by check after %.1f s, well %.1f s later", way, end.__name__, named, again)

    assert named < within


async def test_a_page_that_is_closed_is_named_within_ten_seconds(wardwatch: Installation) -> None:
    async with all_well(wardwatch) as page:
        await page.aclose()
        named = await seconds_until(lambda told: f"nobody on duty at {SITE}" in told[1], wardwatch)
        async with wardwatch.listening("guard"):
            again = await seconds_until(lambda told: told[0] is Exit.OK, wardwatch)
    log.info("page: named by check after %.1f s, well %.1f s later", named, again)

    assert named < WITHIN_SECONDS


async def test_drills_that_stop_are_named_within_a_period(wardwatch: Installation) -> None:
    async with all_well(wardwatch):
        async with frozen(wardwatch, "drill"):
            named = await seconds_until(lambda told: "no drill has been heard of for" in told[1], wardwatch)
        again = await seconds_until(lambda told: told[0] is Exit.OK, wardwatch)
    log.info("drill: named by check after %.1f s, well %.1f s later", named, again)

    assert named < PERIOD_SECONDS + WITHIN_SECONDS


@asynccontextmanager
async def all_well(wardwatch: Installation) -> AsyncIterator[AsyncExitStack]:
    """A camera sends, a page is open, and all is well; leaving what is given closes the page."""
    face = await asyncio.to_thread((MODELS / "grace_hopper.jpg").read_bytes)
    async with (
        wardwatch.publishing("gate") as camera,
        camera.showing(face, frames_per_second=2),
        AsyncExitStack() as page,
    ):
        await page.enter_async_context(wardwatch.listening("guard"))
        await seconds_until(lambda told: told[0] is Exit.OK, wardwatch)
        yield page


@pytest.mark.parametrize("name", NAMED)
async def test_what_is_frozen_is_named_within_ten_seconds(wardwatch: Installation, name: str) -> None:
    face = await asyncio.to_thread((MODELS / "grace_hopper.jpg").read_bytes)
    async with (
        wardwatch.publishing("gate") as camera,
        camera.showing(face, frames_per_second=2),
        wardwatch.listening("guard") as page,
    ):
        await seconds_until(lambda told: told[0] is Exit.OK, wardwatch)
        began = time.time()
        async with frozen(wardwatch, name):
            named = await seconds_until(lambda told: NAMED[name] in told[1], wardwatch)
            page_named = page_knows(page, began)
        again = await seconds_until(lambda told: told[0] is Exit.OK, wardwatch)
    log.info(
        "%s: named by check after %.1f s, by the page after %.1f s, well %.1f s later", name, named, page_named, again
    )

    assert named < WITHIN_SECONDS
    assert page_named < WITHIN_SECONDS


async def test_a_camera_that_ends_is_named_within_ten_seconds(wardwatch: Installation) -> None:
    face = await asyncio.to_thread((MODELS / "grace_hopper.jpg").read_bytes)

    async def is_in_step() -> bool:
        urls = await asyncio.to_thread(addresses, Context(wardwatch.home, {}))
        (told,) = await states(urls)
        assert told.state is not None
        return [(camera.frames_per_second or 0) > 4 for camera in told.state.cameras] == [True]

    async with wardwatch.publishing("gate") as client, wardwatch.listening("guard"):
        async with client.showing(face, frames_per_second=5):
            await eventually(is_in_step, within_seconds=60)
            await seconds_until(lambda told: told[0] is Exit.OK, wardwatch)
        named = await seconds_until(lambda told: f"gate at {SITE} silent for" in told[1], wardwatch)
        async with client.showing(face, frames_per_second=5):
            again = await seconds_until(lambda told: told[0] is Exit.OK, wardwatch)
    log.info("camera: named by check after %.1f s, well %.1f s later", named, again)

    assert named < WITHIN_SECONDS
