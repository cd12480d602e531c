"""How soon a replica has its cameras when no other is connected, on a real broker."""

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replicas import ReplicaBeat
from services.chassis.bus import Delivery
from services.chassis.roster import BEAT_SECONDS, LEASE_SECONDS
from services.chassis.shares import Shares
from services.chassis.telemetry import Meters
from tests import servers
from tests.buses import connected

_BEATS_OF_A_LEASE = LEASE_SECONDS / BEAT_SECONDS


async def _beats_before_the_first_claim(nats: servers.Nats) -> int:
    """How many heartbeats a detector sends before it says that it has a share; a matcher hears them."""
    beats: list[ReplicaBeat] = []

    def hear(delivery: Delivery) -> None:
        beats.append(ReplicaBeat.decode(delivery.payload))

    async with (
        connected(nats, "matcher-video") as matcher,
        matcher.listen(subjects.REPLICAS.pattern, queue="", offer=hear),
        connected(nats, "detector") as bus,
    ):
        async with Shares(bus, "detector", "frames", lambda _: None, Meters()).held():
            await matcher.flush_subscriptions()
        claimed = {beat.replica: beat.sequence for beat in reversed(beats) if beat.held}
    return claimed[beats[-1].replica]


async def test_a_first_replica_does_not_wait_for_leases_of_nobody(nats: servers.Nats) -> None:
    assert await _beats_before_the_first_claim(nats) < _BEATS_OF_A_LEASE


async def test_a_replica_waits_for_the_lease_of_one_that_is_connected(nats: servers.Nats) -> None:
    async with (
        connected(nats, "detector") as frozen,
        frozen.listen(subjects.replica_call("detector"), queue="", offer=lambda _: None),
    ):
        assert await _beats_before_the_first_claim(nats) >= _BEATS_OF_A_LEASE
