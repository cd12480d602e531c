"""Replicas of a stage as processes: who comes, ends, dies or freezes costs no frame twice, and the rest goes on."""

import signal

import pytest

from tests import servers
from tests.live import replicas

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]


async def test_who_comes_and_who_ends_costs_no_frame(nats: servers.Nats) -> None:
    async with replicas.running(nats, count=1) as stage:
        begin = await stage.all_arrive()
        await stage.start()
        ended = await stage.cost(lambda: stage.replicas[0].send(signal.SIGTERM))

        assert ended.frames == 0
        assert stage.missing_since(begin) == []
        assert stage.most_often() == 1


async def test_a_killed_replica_s_cameras_are_taken_over(nats: servers.Nats) -> None:
    async with replicas.running(nats, count=2) as stage:
        await stage.all_arrive()
        killed = stage.busiest()
        await stage.cost(lambda: killed.send(signal.SIGKILL))

        assert stage.busiest() is not killed
        assert stage.most_often() == 1


async def test_a_frozen_one_s_cameras_are_taken_over_and_come_back(nats: servers.Nats) -> None:
    async with replicas.running(nats, count=2) as stage:
        await stage.all_arrive()
        one = stage.busiest()
        frozen = await stage.cost(lambda: one.send(signal.SIGSTOP))
        thawed = await stage.cost(lambda: one.send(signal.SIGCONT))

        assert frozen.frames > 0
        assert thawed.frames == 0
        assert stage.most_often() == 1
