"""Which replica has which share: every message of a share is one replica's, whoever comes, ends, dies or freezes."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from proto.wardwatch.v1.replicas import ReplicaBeat
from proto.wardwatch.v1.subjects import SHARES
from services.chassis.roster import BEAT_SECONDS, LEASE_SECONDS, Roster, owner


def test_a_share_moves_only_when_its_own_replica_goes() -> None:
    before = {share: owner(share, ["a", "b", "c"]) for share in range(SHARES)}
    without = {share: owner(share, ["a", "b"]) for share in range(SHARES)}

    assert all(without[share] == one for share, one in before.items() if one != "c")


@pytest.mark.parametrize("replicas", [2, 4])
def test_every_replica_has_a_fair_part(replicas: int) -> None:
    parts = Counter(owner(share, [f"replica-{number}" for number in range(replicas)]) for share in range(SHARES))

    assert len(parts) == replicas
    assert min(parts.values()) > SHARES / replicas / 3


@dataclass
class Replica:
    """A process: its roster, what the broker knows of its subscriptions, and what has come and was not read."""

    roster: Roster
    subscribed: dict[int, str] = field(default_factory=dict)
    unread: list[tuple[str, ReplicaBeat | tuple[int, int]]] = field(default_factory=list)
    frozen: bool = False


class Stage:
    """A stage of replicas and a broker in one thread: what is sent arrives in order."""

    def __init__(self) -> None:
        self.now = 0.0
        self.groups = count()
        self.names = count()
        self.messages = count()
        self.replicas: dict[str, Replica] = {}
        self.worked_on: Counter[int] = Counter()

    def start(self) -> str:
        name = f"r{next(self.names)}"
        roster = Roster(name, alone=not self.replicas, new_group=lambda: f"g{next(self.groups)}")
        self.replicas[name] = Replica(roster)
        return name

    def kill(self, name: str) -> None:
        del self.replicas[name]

    def step(self) -> None:
        """Every living replica reads what came, says that it lives, and does what it has to."""
        self.now += BEAT_SECONDS
        for replica in self._awake():
            self.read(replica)
        for replica in self._awake():
            for peer in replica.roster.peers:
                if peer not in self.replicas:
                    replica.roster.gone(peer)
            self.beat(replica)
        for replica in self._awake():
            self.read(replica)
            self.act(replica)

    def beat(self, replica: Replica) -> None:
        beat = replica.roster.next_beat(self.now)
        for other in self.replicas.values():
            other.unread.append(("beat", beat))

    def read(self, replica: Replica) -> None:
        for kind, content in replica.unread:
            if isinstance(content, ReplicaBeat):
                replica.roster.heard(content, self.now)
            elif replica.roster.may_take_in(content[0], self.now):
                assert kind == "message"
                self.worked_on[content[1]] += 1
        replica.unread.clear()

    def act(self, replica: Replica) -> None:
        changes = replica.roster.changes(self.now)
        for share in changes.lost:
            replica.subscribed.pop(share, None)
        replica.roster.left(changes.lost | changes.leave)
        replica.roster.added(changes.take)
        if changes.take:
            self.beat(replica)
        replica.subscribed.update({**changes.take, **changes.join})
        replica.roster.added(changes.join)
        if changes:
            self.beat(replica)
        for share in changes.leave:
            replica.subscribed.pop(share, None)

    def publish(self, share: int) -> int:
        """The broker gives a message to one of each group. Which one does not matter: the first, and the last."""
        number = next(self.messages)
        groups: dict[str, list[Replica]] = {}
        for replica in self.replicas.values():
            if share in replica.subscribed:
                groups.setdefault(replica.subscribed[share], []).append(replica)
        for members in groups.values():
            members[number % len(members)].unread.append(("message", (share, number)))
        return number

    def settle(self) -> None:
        for _ in range(round(2 * LEASE_SECONDS / BEAT_SECONDS) + 3):
            self.step()

    def _awake(self) -> list[Replica]:
        return [replica for replica in list(self.replicas.values()) if not replica.frozen]


def everywhere(stage: Stage) -> set[int]:
    """How often a message of each share is worked on."""
    numbers = [stage.publish(share) for share in range(SHARES)]
    stage.step()
    return {stage.worked_on[number] for number in numbers}


def test_the_first_replica_soon_has_everything() -> None:
    stage = Stage()
    stage.start()
    for _ in range(3):
        stage.step()

    assert everywhere(stage) == {1}


def test_a_second_replica_costs_no_message_and_doubles_none() -> None:
    stage = Stage()
    first = stage.start()
    stage.settle()
    second = stage.start()
    for _ in range(8):
        assert everywhere(stage) == {1}

    held = [stage.replicas[name].roster.held.keys() for name in (first, second)]
    assert held[0] | held[1] == set(range(SHARES))
    assert not held[0] & held[1]


def test_whoever_ends_gives_everything_away_without_a_gap() -> None:
    stage = Stage()
    first, second = stage.start(), stage.start()
    stage.settle()
    stage.replicas[first].roster.leave()
    for _ in range(4):
        assert everywhere(stage) == {1}

    assert not stage.replicas[first].roster.held
    assert len(stage.replicas[second].roster.held) == SHARES


def test_after_a_kill_everything_is_taken_with_the_next_heartbeat() -> None:
    stage = Stage()
    first, _ = stage.start(), stage.start()
    stage.settle()
    stage.kill(first)
    stage.step()

    assert everywhere(stage) == {1}


def test_a_frozen_one_is_replaced_and_works_on_nothing_when_it_thaws() -> None:
    stage = Stage()
    first, _ = stage.start(), stage.start()
    stage.settle()
    stage.replicas[first].frozen = True
    for _ in range(round((LEASE_SECONDS + BEAT_SECONDS) / BEAT_SECONDS) + 1):
        stage.step()
    assert everywhere(stage) == {1}

    stage.replicas[first].frozen = False
    for _ in range(8):
        assert everywhere(stage) == {1}


def test_a_lone_replica_that_froze_goes_on_with_what_it_had() -> None:
    stage = Stage()
    first = stage.start()
    stage.settle()
    stage.replicas[first].frozen = True
    for _ in range(20):
        stage.step()
    stage.replicas[first].frozen = False
    stage.step()

    assert everywhere(stage) == {1}


def test_whoever_invents_replicas_makes_no_reckoning_long() -> None:
    stage = Stage()
    roster = Roster("own", alone=True, new_group=lambda: f"g-{next(stage.groups)}")
    beat = roster.next_beat(0.0)
    roster.heard(beat, 0.0)
    for number in range(10_000):
        roster.heard(ReplicaBeat(f"invented-{number}", 1, leaving=False, held={}), 0.0)

    assert len(roster.peers) == 2 * SHARES


class Turmoil(RuleBasedStateMachine):
    """Replicas come, end, die and freeze at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage()

    @initialize()
    def begin(self) -> None:
        self.stage.start()

    @rule()
    def another_starts(self) -> None:
        if len(self.stage.replicas) < 4:
            self.stage.start()

    @rule(which=st.integers(0, 3))
    def one_is_killed(self, which: int) -> None:
        self.stage.kill(self._name(which)) if len(self.stage.replicas) > 1 else None

    @rule(which=st.integers(0, 3))
    def one_ends(self, which: int) -> None:
        self.stage.replicas[self._name(which)].roster.leave()

    @rule(which=st.integers(0, 3))
    def one_freezes_or_thaws(self, which: int) -> None:
        replica = self.stage.replicas[self._name(which)]
        replica.frozen = not replica.frozen

    @rule(steps=st.integers(1, 9))
    def time_passes(self, steps: int) -> None:
        for _ in range(steps):
            for share in range(0, SHARES, 7):
                self.stage.publish(share)
            self.stage.step()

    @invariant()
    def nothing_is_worked_on_twice(self) -> None:
        assert all(times == 1 for times in self.stage.worked_on.values())

    def teardown(self) -> None:
        for replica in self.stage.replicas.values():
            replica.frozen = False
        self.stage.start()
        self.stage.settle()
        assert everywhere(self.stage) == {1}

    def _name(self, which: int) -> str:
        names = list(self.stage.replicas)
        return names[which % len(names)]


TestTurmoil = Turmoil.TestCase
TestTurmoil.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
