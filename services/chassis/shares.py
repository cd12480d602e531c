"""Listening to the cameras that are this replica's, and to no others: the adapter of ``roster.py``."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import nats.errors
import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replicas import ReplicaBeat
from proto.wardwatch.v1.subjects import SHARES
from services.chassis.bus import Bus, Delivery, Listening, Probe
from services.chassis.errors import NoAnswer
from services.chassis.owed import pause
from services.chassis.roster import BEAT_SECONDS, Changes, Roster
from services.chassis.stage_tally import StageTally
from services.chassis.tasks import LongRunning, beat
from services.chassis.telemetry import Meters

log = structlog.get_logger(__name__)

Stage = Literal["detector", "embedder", "embedder2", "matcher"]

_HELLO_SECONDS: Final = 0.25
# A connection that says nothing for so long is not waited for: it is begun anew when it is back.
_ANSWER_SECONDS: Final = 3.0
_SETTLE_SECONDS: Final = 3.0
_LEAVE_SECONDS: Final = 2.0
# How often a heartbeat tells how much there is to do.
_LOAD_SECONDS: Final = 1.0
# Subjects of a share that are listened to one by one while another of it is muted.
_MOST_KNOWN: Final = 256
_FAULTS: Final = (nats.errors.Error, TimeoutError)


@dataclass(slots=True)
class _Share:
    """How one share is listened to: by its wildcard or, while a camera of it is muted, camera by camera."""

    group: str
    listening: dict[str, Listening] = field(default_factory=dict)
    known: dict[str, None] = field(default_factory=dict)  # subjects heard, in the order they came first
    muted_until: dict[str, float] = field(default_factory=dict)

    def wanted(self, wildcard: str, now: float) -> set[str]:
        """The subjects to listen to at *now*."""
        self.muted_until = {subject: until for subject, until in self.muted_until.items() if now < until}
        return {wildcard} if not self.muted_until else set(self.known) - set(self.muted_until)


class Shares:
    """This replica's part of the cameras of a stage, on subjects ``<kind>.<share>.<site>.<camera>``.

    Each message of its shares that *admit* lets pass is handed to *offer*. Both must return at once. Whatever arrives
    is shown to *admit*, also while this replica may work on nothing: a flood may be the reason for that.
    """

    def __init__(
        self,
        bus: Bus,
        stage: Stage,
        kind: str,
        offer: Callable[[Delivery], None],
        meters: Meters,
        *,
        admit: Callable[[Delivery], bool] = lambda _: True,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bus = bus
        self._stage = stage
        self._kind = kind
        self._offer = offer
        self._admit = admit
        self._meters = meters
        self._monotonic = monotonic
        self._tally = StageTally(stage, meters)
        self._tells_load_at = 0.0
        self._roster = self._fresh_roster(alone=False)
        self._shares: dict[int, _Share] = {}
        self._reconnects = bus.reconnects
        self._woken = asyncio.Event()
        self._over = asyncio.Event()
        self._draining: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Take part until left: entered once this replica has its shares, or after some seconds without.

        On leaving, the shares are given to whoever is there. A fault in here ends whoever is inside.
        """
        async with LongRunning(self._over) as tasks:
            task = tasks.start("replicas", self._run())
            try:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_SETTLE_SECONDS):
                        while await self.check() is not None:
                            await asyncio.wait({task}, timeout=BEAT_SECONDS / 10)
                yield
            finally:
                self._roster.leave()
                self._woken.set()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LEAVE_SECONDS):
                        await self._given_away(task)
                self._over.set()
                self._woken.set()
        await asyncio.gather(*self._draining)

    @property
    def own(self) -> str:
        """What this replica calls itself on this connection; empty before the first one."""
        return self._roster.own

    def is_current(self) -> bool:
        """Whether what this replica works on is still its own; False once others may have taken it for gone."""
        return self._reconnects == self._bus.reconnects and self._roster.is_current(self._monotonic())

    async def publish(self, subject: str, payload: bytes, headers: Mapping[str, str] | None = None) -> bool:
        """Publish what was made of a message; False, and counted, when it is another replica's by now."""
        if not self.is_current():
            self._meters.count("wardwatch_bus_shed_total", reason="of_another_replica")
            return False
        return await self._bus.publish(subject, payload, headers)

    async def check(self) -> str | None:
        """Readiness: None once this replica has every share that is to be its own."""
        settled = self.is_current() and self._roster.is_settled(self._monotonic())
        return None if settled else f"the cameras of this {self._stage} are not settled yet"

    def mute(self, subject: str, seconds: float) -> None:
        """Have the broker keep *subject* to itself for a while; other cameras of its share are heard on."""
        share = self._shares.get(_share_in(subject))
        if share is not None:
            share.muted_until[subject] = self._monotonic() + seconds
            self._woken.set()

    # -- taking part

    async def _run(self) -> None:
        while not self._over.is_set():
            beat()
            if not self._bus.client.is_connected:
                await pause(self._over, BEAT_SECONDS)
                continue
            try:
                async with AsyncExitStack() as stack:
                    probe = await stack.enter_async_context(self._bus.probing(self._gone))
                    async with asyncio.timeout(_ANSWER_SECONDS):
                        await self._come(stack)
                    await self._stay(probe)
            except _FAULTS as error:  # the connection; it comes back by itself, or the process ends
                log.info("replica could not speak to the others", error=type(error).__name__)
            await self._drop()
            if not self._over.is_set():
                await pause(self._over, BEAT_SECONDS)

    async def _come(self, stack: AsyncExitStack) -> None:
        """Say hello under a new name, and begin to listen to the others."""
        self._reconnects = self._bus.reconnects
        own = secrets.token_hex(8)
        alone = await self._is_nobody_there()
        leaving = self._roster.is_leaving
        self._roster = self._fresh_roster(alone=alone, own=own)
        if leaving:
            self._roster.leave()
        beats = subjects.REPLICAS.pattern.replace("*", self._stage, 1)
        await stack.enter_async_context(self._bus.listen(beats, queue="", offer=self._hear))
        for ping in (subjects.replica_ping(self._stage, own), subjects.replica_call(self._stage)):
            await stack.enter_async_context(self._bus.listen(ping, queue="", offer=lambda _: None))

    async def _is_nobody_there(self) -> bool:
        """Whether no replica of this stage is connected, not even a frozen one: the broker says so at once.

        Heartbeats are heard by matchers too, so nobody is asked where those are.
        """
        try:
            await self._bus.request(subjects.replica_call(self._stage), b"", timeout_seconds=_HELLO_SECONDS)
        except NoAnswer as error:
            return error.nobody_listens
        return False

    async def _stay(self, probe: Probe) -> None:
        next_beat = self._monotonic()
        while not self._over.is_set() and self._reconnects == self._bus.reconnects:
            beat()
            if self._monotonic() >= next_beat:
                await self._beat()
                for peer in self._roster.peers:
                    await probe(subjects.replica_ping(self._stage, peer), peer)
                next_beat = self._monotonic() + BEAT_SECONDS
            self._woken.clear()
            if changes := self._roster.changes(self._monotonic()):
                async with asyncio.timeout(_ANSWER_SECONDS):
                    await self._apply(changes)
            await self._apply_mutes()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, next_beat - self._monotonic())):
                    await self._woken.wait()

    async def _apply(self, changes: Changes) -> None:
        await asyncio.gather(*(each.stop() for each in self._taken_out(changes.lost)))
        left = self._taken_out(changes.leave)
        self._roster.left(changes.lost | changes.leave)
        self._roster.added(changes.take)
        # Whoever thaws must hear that a share was taken before it can get a message that the taker gets too.
        if changes.take:
            await self._beat()
        for share, group in {**changes.take, **changes.join}.items():
            self._shares[share] = _Share(group)
            await self._listen(share, {self._wildcard(share)})
        await self._bus.flush_subscriptions()
        self._roster.added(changes.join)
        # Only now: who gave a share away may end when it hears this.
        await self._beat()
        self._drain(left)
        self._meters.set("wardwatch_shares_held", len(self._roster.held), stage=self._stage)
        self._meters.set("wardwatch_replicas_living", 1 + len(self._roster.peers), stage=self._stage)
        if changes.take:
            self._meters.count("wardwatch_shares_taken_total", len(changes.take), stage=self._stage)
        log.info("the cameras of this replica changed", count=len(self._roster.held), limit=SHARES)

    def _drain(self, ending: Iterable[Listening]) -> None:
        """End these while heartbeats go on: the broker's word comes behind all that it has sent."""
        for each in ending:
            task = asyncio.create_task(each.drain())
            self._draining.add(task)
            task.add_done_callback(self._draining.discard)

    async def _beat(self) -> None:
        said, now = self._roster.next_beat(self._monotonic()), self._monotonic()
        if now >= self._tells_load_at:
            said, self._tells_load_at = replace(said, load=self._tally.load()), now + _LOAD_SECONDS
        await self._bus.publish(subjects.replica_beat(self._stage, said.replica), said.encode())

    def _hear(self, delivery: Delivery) -> None:
        try:
            heard = ReplicaBeat.decode(delivery.payload)
            if delivery.subject != subjects.replica_beat(self._stage, heard.replica):
                raise ValueError("it is said of another replica")
        except ValueError:
            self._meters.count("wardwatch_messages_unreadable_total", subject="replicas")
            return
        self._roster.heard(heard, self._monotonic())
        self._woken.set()

    def _gone(self, replica: str) -> None:
        self._roster.gone(replica)
        self._woken.set()

    async def _given_away(self, running: asyncio.Task[None]) -> None:
        """Return when nothing is held any more: taken over, or nobody is there to take it or to give it away."""
        while self._shares and self._bus.client.is_connected and not running.done():
            await pause(self._over, BEAT_SECONDS / 5)

    async def _drop(self) -> None:
        """Listen to nothing any more."""
        await asyncio.gather(*(each.stop() for each in self._taken_out(frozenset(self._shares))))

    def _taken_out(self, shares: frozenset[int]) -> list[Listening]:
        """Forget *shares*; returns the subscriptions to end."""
        held = [self._shares.pop(share) for share in shares if share in self._shares]
        return [each for share in held for each in share.listening.values()]

    # -- listening

    async def _listen(self, number: int, wanted: set[str]) -> None:
        share = self._shares[number]

        def take_in(delivery: Delivery) -> None:
            # What of a flood is still under way is not worth a thought.
            if delivery.subject in share.muted_until or not self._admit(delivery):
                return
            if self._reconnects != self._bus.reconnects or not self._roster.may_take_in(number, self._monotonic()):
                self._meters.count("wardwatch_bus_shed_total", reason="of_another_replica")
                return
            if delivery.subject not in share.known and len(share.known) < _MOST_KNOWN:
                share.known[delivery.subject] = None
            self._offer(delivery)

        for subject in wanted - share.listening.keys():
            share.listening[subject] = await self._bus.begin_listening(subject, queue=share.group, offer=take_in)

    async def _apply_mutes(self) -> None:
        for number, share in list(self._shares.items()):
            if not share.muted_until:
                continue
            wanted = share.wanted(self._wildcard(number), self._monotonic())
            if wanted == share.listening.keys():
                continue
            # First the new, in the same group: the broker gives each message to one of them, and takes up one after
            # the other. Its word is not waited for, because a flood may be before it.
            await self._listen(number, wanted)
            self._drain([share.listening.pop(subject) for subject in share.listening.keys() - wanted])

    def _wildcard(self, share: int) -> str:
        return f"{self._kind}.{share}.*.*"

    def _fresh_roster(self, *, alone: bool, own: str = "") -> Roster:
        return Roster(own, alone=alone, new_group=lambda: secrets.token_hex(4))


def _share_in(subject: str) -> int:
    number = subject.split(".")[1]
    return int(number) if number.isdecimal() else SHARES
