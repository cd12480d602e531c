"""How long the cameras of one of two, and of one of four, replicas are nobody's. Figures: --log-cli-level=INFO."""

import logging
import signal

import pytest

from tests import servers
from tests.live import replicas

log = logging.getLogger(__name__)

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

WITHIN_SECONDS = 2.0


@pytest.mark.parametrize("count", [2, 4])
async def test_cameras_are_taken_over_within_two_seconds(nats: servers.Nats, count: int) -> None:
    async with replicas.running(nats, count=count) as stage:
        await stage.all_arrive()
        one = stage.busiest()
        frozen = await stage.cost(lambda: one.send(signal.SIGSTOP))
        thawed = await stage.cost(lambda: one.send(signal.SIGCONT))
        killed = await stage.cost(lambda: stage.busiest().send(signal.SIGKILL))
        await stage.start()
        ended = await stage.cost(lambda: stage.busiest().send(signal.SIGTERM))

        log.info("%d replicas: frozen %s, thawed %s, killed %s, ended %s", count, frozen, thawed, killed, ended)
        assert frozen.seconds < WITHIN_SECONDS
        assert killed.seconds < WITHIN_SECONDS
        assert (thawed.frames, ended.frames) == (0, 0)
        assert stage.most_often() == 1
