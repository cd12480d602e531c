"""Which matcher speaks for all, and what passes the boundary of replicas."""

from proto.wardwatch.v1.replicas import ReplicaBeat, StageLoad, StageReplica
from proto.wardwatch.v1.subjects import replica_beat
from services.chassis.bus import Delivery
from services.chassis.telemetry import Meters
from services.matcher.heard_replicas import HeardReplicas


class Named:
    """A matcher's name among the replicas."""

    def __init__(self, own: str) -> None:
        self.own = own


class Listener:
    """What one matcher hears, at a time that the test says."""

    def __init__(self) -> None:
        self.now, self.meters = 100.0, Meters()
        self.heard = HeardReplicas(self.meters, lambda: self.now)

    def beat(
        self,
        stage: str,
        replica: str,
        *,
        sequence: int = 1,
        leaving: bool = False,
        said_of: str = "",
        shares: int = 0,
        load: StageLoad | None = None,
    ) -> None:
        said = ReplicaBeat(replica, sequence, leaving, dict.fromkeys(range(shares), "g"), load=load)
        self.heard.offer(Delivery(replica_beat(stage, said_of or replica), said.encode()))

    def speaks(self, own: str) -> bool:
        return self.heard.speaks(Named(own))


def test_each_replica_is_reported_with_how_long_it_is_silent() -> None:
    listener = Listener()
    listener.beat("detector", "d1", shares=64)
    listener.now += 3
    listener.beat("matcher", "m1", leaving=True)

    assert listener.heard.report().replicas == (
        StageReplica("detector", "d1", 3000, 64),
        StageReplica("matcher", "m1", 0, 0, leaving=True),
    )


def test_the_first_of_the_living_matchers_speaks() -> None:
    listener = Listener()
    listener.beat("matcher", "m1")
    listener.beat("matcher", "m2")

    assert listener.speaks("m1")
    assert not listener.speaks("m2")


def test_when_the_first_one_freezes_or_leaves_the_next_speaks() -> None:
    listener = Listener()
    listener.beat("matcher", "m1")
    listener.now += 2
    listener.beat("matcher", "m2")
    assert listener.speaks("m2")

    listener.beat("matcher", "m1", leaving=True)
    assert listener.speaks("m2")


def test_while_no_matcher_takes_part_whoever_hears_speaks() -> None:
    listener = Listener()
    listener.beat("detector", "d1")

    assert listener.speaks("")


def test_what_is_no_heartbeat_of_its_subject_is_counted() -> None:
    listener = Listener()
    listener.heard.offer(Delivery(replica_beat("detector", "d1"), b"a picture"))
    listener.beat("detector", "d1", said_of="d2")

    assert listener.heard.report().replicas == ()
    assert listener.meters.value("wardwatch_messages_unreadable_total", subject="replicas") == 2


def test_who_only_asks_whether_anybody_is_there_is_no_replica() -> None:
    listener = Listener()
    listener.beat("detector", "d1", sequence=0)

    assert listener.heard.report().replicas == ()


def test_whoever_invents_replicas_fills_no_memory_and_they_are_forgotten() -> None:
    listener = Listener()
    for number in range(600):
        listener.beat("detector", f"d{number}")
    assert len(listener.heard.report().replicas) == 512

    listener.now += 31
    assert listener.heard.report().replicas == ()


def test_the_last_load_that_a_replica_told_is_passed_on() -> None:
    listener, load = Listener(), StageLoad(received=7)
    listener.beat("detector", "d1", load=StageLoad(received=3))
    listener.beat("detector", "d1", sequence=2, load=load)
    listener.beat("detector", "d1", sequence=3)
    listener.beat("embedder", "e1")

    assert [each.load for each in listener.heard.report().replicas] == [load, None]
