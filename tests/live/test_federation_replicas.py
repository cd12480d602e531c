"""Two federation services of one installation: one publishes, and the other goes on when that is killed or frozen."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers
from tests.fakes import eventually
from tests.federations import LIST
from tests.live.federated import Publisher, publishing
from tests.live.processes import Service

pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.timeout(300)]
# A head is late by five seconds, a lock by ten, and a start by one.
_WITHIN_SECONDS = 60.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[servers.Cluster]:
    made = servers.Cluster()
    yield made
    made.stop()


async def _head_number(publisher: Publisher) -> int:
    rows = await publisher.fetch("SELECT head_number FROM federation.list WHERE name = $1", LIST)
    return int(rows[0]["head_number"])


async def _goes_on(publisher: Publisher) -> None:
    before = await _head_number(publisher)

    async def said() -> bool:
        return await _head_number(publisher) > before

    await eventually(said, within_seconds=_WITHIN_SECONDS)


async def _has_said(publisher: Publisher, count: int) -> bool:
    rows = await publisher.fetch("SELECT FROM federation.statement WHERE published_at IS NOT NULL")
    return len(rows) == count


async def _published(service: Service) -> float:
    return await service.metric("wardwatch_federation_published_total")


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
async def test_another_replica_publishes_once_the_first_one_is_gone(
    cluster: servers.Cluster, tmp_path: Path, end: signal.Signals
) -> None:
    async with publishing(cluster, tmp_path) as publisher:
        await publisher.watchlist()
        first = await publisher.federation()
        await _goes_on(publisher)
        second = await publisher.federation()
        await publisher.share(await publisher.lists(1))
        await eventually(lambda: _has_said(publisher, 1), within_seconds=_WITHIN_SECONDS)
        await _goes_on(publisher)
        assert await _published(second) == 0
        said = await _published(first)
        assert said > 0

        first.process.send_signal(end)
        await publisher.share(await publisher.lists(1))
        await eventually(lambda: _has_said(publisher, 2), within_seconds=_WITHIN_SECONDS)
        await _goes_on(publisher)
        assert await _published(second) > 0
        if end is signal.SIGSTOP:
            first.process.send_signal(signal.SIGCONT)
            await eventually(lambda: first.logged("lists cannot be published now"), within_seconds=_WITHIN_SECONDS)
            for _ in range(2):
                await _goes_on(publisher)
            assert await _published(first) == said, "both publish"
