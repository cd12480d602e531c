"""Which cameras a replica has: shares divided among the living replicas of a stage. Pure: time is an argument.

Every replica hears every heartbeat, its own included, and reckons from the same list who has which share
(docs/adr/0075). A share is listened to in a queue group. Who joins listens in the group of who leaves, so that the
broker gives each message to one of them; what nobody living holds is taken in a new group, so that whoever froze with
it gets no part of it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from proto.wardwatch.v1.replicas import ReplicaBeat
from proto.wardwatch.v1.subjects import SHARES

BEAT_SECONDS: Final = 0.25
# Whoever was not heard for so long is taken for gone; whoever has not heard itself for so long stops work before that.
LEASE_SECONDS: Final = 1.5
# How long a replica that found nobody waits for others that start in the same moment.
_SETTLE_SECONDS: Final = 0.25
_FORGET_SECONDS: Final = 10 * LEASE_SECONDS
# More have no share to hold; whoever invents replicas must not make every reckoning long.
_MOST_PEERS: Final = 2 * SHARES


def owner(share: int, replicas: Iterable[str]) -> str:
    """Who of *replicas* has the share, by rendezvous hashing: one that comes or goes moves its own shares only."""
    return max(replicas, key=lambda replica: blake2b(f"{share}/{replica}".encode(), digest_size=8).digest())


@dataclass(frozen=True, slots=True)
class Changes:
    """What to do about shares: what is lost first, then take after telling all, join before telling all, and leave."""

    leave: frozenset[int] = frozenset()  # another listens in the same group by now
    lost: frozenset[int] = frozenset()  # another has taken it: nothing that waits of it may be worked on
    take: Mapping[int, str] = field(default_factory=dict)  # nobody living holds it; to the new group
    join: Mapping[int, str] = field(default_factory=dict)  # somebody holds it until then; to its group

    def __bool__(self) -> bool:
        return bool(self.leave or self.lost or self.take or self.join)


@dataclass(frozen=True, slots=True)
class _Peer:
    beat: ReplicaBeat
    heard_at: float


class Roster:
    """The replicas of a stage as the replica *own* knows them. Times are seconds that never go back.

    *alone* says that nobody was connected when this replica came: what nobody holds may then be taken soon. Whether
    others live is judged as of this replica's last heartbeat that came back: by then it has heard what they said.
    """

    def __init__(self, own: str, *, alone: bool, new_group: Callable[[], str]) -> None:
        self.own = own
        self._wait_seconds = _SETTLE_SECONDS if alone else LEASE_SECONDS
        self._new_group = new_group
        self._peers: dict[str, _Peer] = {}
        self._held: dict[int, str] = {}
        self._sequence = 0
        self._on_their_way: dict[int, float] = {}
        self._as_of: float | None = None
        self._takes_from = float("inf")
        self._suspended = False
        self._lost: set[int] = set()
        self._leaving = False

    def next_beat(self, now: float) -> ReplicaBeat:
        """The heartbeat to send now. One that is sent after the lease ended claims nothing."""
        self._sequence += 1
        self._on_their_way[self._sequence] = now
        self._suspended = self._suspended or not self._has_lease(now)
        claimed = {} if self._suspended else {s: group for s, group in self._held.items() if s not in self._lost}
        return ReplicaBeat(self.own, self._sequence, self._leaving, claimed)

    def heard(self, beat: ReplicaBeat, now: float) -> None:
        """Take note of a heartbeat, this replica's own included."""
        if beat.replica != self.own:
            self._peers = {name: p for name, p in self._peers.items() if now < p.heard_at + _FORGET_SECONDS}
            if beat.replica in self._peers or len(self._peers) < _MOST_PEERS:
                self._peers[beat.replica] = _Peer(beat, now)
            return
        sent = self._on_their_way.get(beat.sequence)
        if sent is None:
            return
        self._on_their_way = {number: at for number, at in self._on_their_way.items() if number > beat.sequence}
        if self._as_of is None:
            self._takes_from = sent + self._wait_seconds
        self._as_of = sent
        if self._suspended and self._has_lease(now):
            self._resume()

    def gone(self, replica: str) -> None:
        """The broker says that nobody of this name is connected."""
        self._peers.pop(replica, None)

    def leave(self) -> None:
        """From here on this replica gives its shares away."""
        self._leaving = True

    @property
    def is_leaving(self) -> bool:
        """Whether ``leave`` was called."""
        return self._leaving

    def is_current(self, now: float) -> bool:
        """Whether nobody can have taken this replica for gone."""
        return self._has_lease(now) and not self._suspended

    def may_take_in(self, share: int, now: float) -> bool:
        """Whether a message of *share* is for this replica to work on."""
        return self.is_current(now) and share not in self._lost

    def is_settled(self, now: float) -> bool:
        """Whether every share that is to be this replica's is."""
        return self.is_current(now) and self._has_waited() and not self.changes(now)

    def changes(self, now: float) -> Changes:
        """What to do now; to be reported by ``left``, ``taken`` and ``joined``. Nothing without a lease."""
        if not self.is_current(now):
            return Changes()
        living = self._living()
        lost, leave, take, join = frozenset(self._lost), set[int](), dict[int, str](), dict[int, str]()
        members = [beat.replica for beat in living if not beat.leaving] + ([] if self._leaving else [self.own])
        if not members:
            return Changes(leave=frozenset(self._held.keys() - lost), lost=lost)
        for share in range(SHARES):
            mine, its_owner = share in self._held and share not in self._lost, owner(share, members)
            claims = {beat.replica: beat.held[share] for beat in living if share in beat.held}
            if mine and its_owner in claims:
                leave.add(share)
            elif not mine and its_owner == self.own and claims:
                join[share] = claims[min(claims)]
            elif not mine and its_owner == self.own and self._has_waited():
                take[share] = self._new_group()
        return Changes(frozenset(leave), lost, take, join)

    def left(self, shares: Iterable[int]) -> None:
        """These are listened to no more."""
        for share in shares:
            self._held.pop(share, None)
            self._lost.discard(share)

    def added(self, shares: Mapping[int, str]) -> None:
        """These are listened to, or will be as soon as all were told."""
        self._held.update(shares)

    @property
    def held(self) -> Mapping[int, str]:
        """Shares that this replica listens to, and in which group."""
        return self._held

    @property
    def peers(self) -> tuple[str, ...]:
        """The other replicas that live, as of the last own heartbeat that came back."""
        return tuple(beat.replica for beat in self._living())

    def _resume(self) -> None:
        """A heartbeat without claims has come back: what another has claimed meanwhile is lost, the rest is kept."""
        self._suspended = False
        claims = [(share, group) for beat in self._living() for share, group in beat.held.items()]
        self._lost |= {share for share, group in claims if self._held.get(share, group) != group}

    def _has_lease(self, now: float) -> bool:
        return self._as_of is not None and now < self._as_of + LEASE_SECONDS

    def _living(self) -> list[ReplicaBeat]:
        as_of = self._as_of
        return [p.beat for p in self._peers.values() if as_of is not None and as_of < p.heard_at + LEASE_SECONDS]

    def _has_waited(self) -> bool:
        return self._as_of is not None and self._as_of >= self._takes_from
