"""Whatever is frozen, killed or cut off is named within ten seconds by bar, `status` and `check`, and is well again.

What is silent by nature is named within one period of drills: the drills themselves, and push services, which are
asked twice a minute. A process that is killed stays so until whoever starts it again, frozen meanwhile, goes on.

Figures are said: run with --log-cli-level=INFO.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cli.state_client import states
from cli.status import addresses
from local.context import CONNECTION, Context
from services.chassis.delivery_keys import base64url
from tests import installation
from tests.attack import breaks, cables
from tests.attack.cables import Cable
from tests.attack.other_side import OtherSide
from tests.attack.readers import Watch, bar_is_well, said, seconds_until
from tests.fakes import eventually
from tests.installation import MODELS, SITE, Event, Installation
from tests.receivers import TestPhone

log = logging.getLogger(__name__)

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

WITHIN_SECONDS = 10.0
PERIOD_SECONDS = 40.0
BROKER = "the broker (NATS)"
# By what is broken, what is said of it.
NAMED = {
    "detector": "no detector lives",
    "embedder": "no embedder lives",
    "matcher": "no matcher has said anything",
    "watchlist": "no watchlist lives",
    "alerts": "does not answer",
    "delivery": "the delivery service is silent",
    "drill": "no drill has been heard of for",
    "nats-server": BROKER,
    "postgres": "the database (PostgreSQL)",
}
# Which are cut off from the broker alone. Deliveries are not: without it phones ring, and a notice to another system
# that waits is told after a minute.
CUT = {**{name: NAMED[name] for name in ("detector", "embedder", "matcher", "watchlist", "drill")}, "alerts": BROKER}
CASES = [(how, name, words) for how in ("frozen", "killed") for name, words in NAMED.items()]
CASES += [("cut", name, words) for name, words in CUT.items()]


@dataclass
class Ward:
    """A whole installation whose services reach the broker by cables, and the systems that it tells."""

    installation: Installation
    others: dict[str, OtherSide]
    cables: dict[str, Cable]
    page: list[Event] = field(default_factory=list)


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
def laid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Cable]]]:
    """Cables to the broker of the installation in the folder that is given with them."""
    folder = tmp_path_factory.mktemp("cabled")

    def broker() -> tuple[str, int] | None:
        for home in folder.glob("ww-home-*"):
            if (home / CONNECTION).exists():
                at = urlsplit(json.loads((home / CONNECTION).read_text(encoding="utf-8"))["nats_url"])
                return str(at.hostname), int(at.port or 0)
        return None

    with cables.laid([*CUT, "camera"], broker) as made:
        yield folder, made


@pytest.fixture(scope="module")
def ward(others: dict[str, OtherSide], laid: tuple[Path, dict[str, Cable]]) -> Iterator[Ward]:
    folder, made = laid
    settings = {
        "WARDWATCH_DRILL_PERIOD_SECONDS": str(PERIOD_SECONDS),
        "WARDWATCH_PUSH_HOSTS": others["push"].host,
        "WARDWATCH_DELIVERY_CA_FILE": f"{others['push'].folder}/receiver.pem",
        **{f"WARDWATCH_{name.upper()}_NATS_URL": made[name].url for name in CUT},
    }
    with installation.running(settings, disk=folder) as running:
        running.account("guard", "guard")
        running.account("boss", "administrator")
        running.camera_seed("gate")
        yield Ward(running, others, made)


@asynccontextmanager
async def broken(ward: Ward, name: str, how: str) -> AsyncIterator[None]:
    """The part *name* is frozen, killed or cut off until left."""
    if how == "cut":
        with ward.cables[name].cut():
            yield
    else:
        async with (breaks.frozen if how == "frozen" else breaks.killed)(ward.installation, name):
            yield


async def arrange(ward: Ward) -> None:
    """A phone that may be woken, and a channel to each other side."""
    phone = TestPhone()
    subscription = {
        "endpoint": f"{ward.others['push'].url}/phone",
        "p256dh": base64url(phone.p256dh),
        "auth": base64url(phone.auth),
    }
    channels = {"ntfy": f"{ward.others['ntfy'].url}/ward", "webhook": f"{ward.others['webhook'].url}/in"}
    async with ward.installation.client("guard") as guard, ward.installation.client("boss") as boss:
        async with guard.put("/api/v1/push/subscription", json=subscription) as reply:
            assert reply.status == 204, await reply.text()
        for medium, address in channels.items():
            made = {"medium": medium, "address": address}
            async with boss.put(f"/api/v1/delivery/channels/{medium}", json=made) as reply:
                assert reply.status < 300, await reply.text()


@asynccontextmanager
async def all_well(ward: Ward, *, frames_per_second: float = 2) -> AsyncIterator[AsyncExitStack]:
    """A camera sends, a page is open, and all is well; leaving what is given closes the page."""
    face = await asyncio.to_thread((MODELS / "grace_hopper.jpg").read_bytes)
    async with (
        ward.installation.publishing("gate", ward.cables["camera"].url) as camera,
        camera.showing(face, frames_per_second=frames_per_second),
        AsyncExitStack() as page,
    ):
        ward.page = await page.enter_async_context(ward.installation.listening("guard"))
        await seconds_until(lambda now: now.well, ward.installation)
        yield page


async def well_again(ward: Ward) -> float:
    """How long it takes until bar, `status` and `check` say that all is well."""
    began, wall = time.monotonic(), time.time()

    async def is_well() -> bool:
        now = await said(ward.installation)
        return now.well and bar_is_well(ward.page, wall) and "alerts work: NO" not in now.status

    await eventually(is_well, within_seconds=180)
    return time.monotonic() - began


async def commands_say(ward: Ward, words: str) -> None:
    """`wardwatch status` and `wardwatch check`, as somebody types them."""
    for command in ("status", "check"):
        done = await asyncio.to_thread(ward.installation.run, command)
        assert words in done.stdout, done.stdout + done.stderr
        assert done.returncode in (0, 1) if command == "status" else done.returncode in (1, 2)


@pytest.mark.parametrize(("how", "name", "words"), CASES, ids=[f"{name}-{how}" for how, name, _ in CASES])
async def test_what_is_broken_is_named_until_it_is_well(ward: Ward, how: str, name: str, words: str) -> None:
    async with all_well(ward):
        async with broken(ward, name, how):
            watch = Watch(ward.installation, ward.page, words, time.time())
            await watch.all_say_so()
            await commands_say(ward, words)
        again = await well_again(ward)
    log.info("%s %s: %s, well %.1f s later", name, how, watch, again)

    assert watch.longest < (PERIOD_SECONDS if name == "drill" else 0) + WITHIN_SECONDS


async def test_a_camera_whose_cable_is_cut_is_named_within_ten_seconds(ward: Ward) -> None:
    async def is_in_step() -> bool:
        urls = await asyncio.to_thread(addresses, Context(ward.installation.home, {}))
        (told,) = await states(urls)
        assert told.state is not None
        return [(camera.frames_per_second or 0) > 4 for camera in told.state.cameras] == [True]

    async with all_well(ward, frames_per_second=5):
        await eventually(is_in_step, within_seconds=60)
        with ward.cables["camera"].cut():
            watch = Watch(ward.installation, ward.page, f"gate at {SITE} silent for", time.time())
            await watch.all_say_so()
            await commands_say(ward, watch.words)
        again = await well_again(ward)
    log.info("camera cut: %s, well %.1f s later", watch, again)

    assert watch.longest < WITHIN_SECONDS


# By the other side, what is said of it and how soon.
WAYS = {
    "push": ("the push service 127.0.0.1", PERIOD_SECONDS),
    "ntfy": ("the channel ntfy takes no messages", WITHIN_SECONDS),
    "webhook": ("the channel webhook takes no messages", WITHIN_SECONDS),
}


@pytest.mark.parametrize("end", [OtherSide.freeze, OtherSide.kill], ids=["frozen", "killed"])
@pytest.mark.parametrize("way", WAYS)
async def test_a_way_out_that_is_broken_is_named_until_it_is_back(
    ward: Ward, way: str, end: Callable[[OtherSide], None]
) -> None:
    words, within = WAYS[way]
    await arrange(ward)
    async with all_well(ward):
        await asyncio.to_thread(end, ward.others[way])
        try:
            watch = Watch(ward.installation, ward.page, words, time.time())
            await watch.all_say_so()
        finally:
            await asyncio.to_thread(ward.others[way].revive)
        again = await well_again(ward)
    log.info("%s %s: %s, well %.1f s later", way, end.__name__, watch, again)

    assert watch.longest < within


async def test_a_page_that_is_closed_is_named_within_ten_seconds(ward: Ward) -> None:
    words = f"nobody on duty at {SITE}"
    async with all_well(ward) as page:
        await page.aclose()
        named = await seconds_until(lambda now: words in now.check and words in now.status, ward.installation)
        async with ward.installation.listening("guard"):
            again = await seconds_until(lambda now: now.well, ward.installation)
    log.info("page: named after %.1f s, well %.1f s later", named, again)

    assert named < WITHIN_SECONDS
