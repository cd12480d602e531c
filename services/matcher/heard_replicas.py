"""Which replicas of the stages that see were heard of, said in RECORD by one matcher for all.

Heartbeats are in VIDEO, which nobody hears who reaches a database (docs/adr/0001). What passes are the names that
replicas draw for themselves, durations, and counts of shares and of what a stage took in, did and gave up.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.replicas import ReplicaBeat, StageLoad, StageReplica, StageReport
from services.chassis.bus import Delivery
from services.chassis.owed import pause
from services.chassis.roster import LEASE_SECONDS
from services.chassis.tasks import beat
from services.chassis.telemetry import Meters

_EVERY_SECONDS: Final = 1.0
# Whoever was silent for longer is told of no more: by then everybody knows.
_FORGET_SECONDS: Final = 30.0
# More than all stages can have with a share; whoever invents replicas must not fill the memory.
_MOST_REPLICAS: Final = 512
_MATCHER: Final = "matcher"

Publish = Callable[[str, bytes], Awaitable[bool]]


class Own(Protocol):
    """Says what this matcher calls itself among the replicas of its stage."""

    @property
    def own(self) -> str: ...


@dataclass(frozen=True, slots=True)
class _Heard:
    at: float
    beat: ReplicaBeat
    load: StageLoad | None  # not every heartbeat tells one


class HeardReplicas:
    """The last heartbeat of each replica. ``monotonic`` gives seconds that never go back. Event loop only."""

    def __init__(self, meters: Meters, monotonic: Callable[[], float]) -> None:
        self._meters = meters
        self._monotonic = monotonic
        self._heard: dict[tuple[str, str], _Heard] = {}

    def offer(self, delivery: Delivery) -> None:
        """Take note of a heartbeat; returns at once."""
        try:
            said = ReplicaBeat.decode(delivery.payload)
            _, stage, replica = delivery.subject.split(".")
            if replica != said.replica:
                raise ValueError("it is said of another replica")
        except ValueError:
            self._meters.count("wardwatch_messages_unreadable_total", subject="replicas")
            return
        # The first word of a replica only asks whether anybody is there.
        if said.sequence > 0 and ((stage, replica) in self._heard or len(self._heard) < _MOST_REPLICAS):
            known = self._heard.get((stage, replica))
            load = said.load or (known.load if known else None)
            self._heard[stage, replica] = _Heard(self._monotonic(), said, load)

    def report(self) -> StageReport:
        """Every replica that was heard of lately."""
        now = self._monotonic()
        self._heard = {key: heard for key, heard in self._heard.items() if now - heard.at < _FORGET_SECONDS}
        return StageReport(
            tuple(
                StageReplica(stage, replica, round((now - h.at) * 1000), len(h.beat.held), h.beat.leaving, h.load)
                for (stage, replica), h in sorted(self._heard.items())
            )
        )

    def speaks(self, own: Own) -> bool:
        """Whether this matcher is to speak for all: it is the first of those that live, or none takes part yet."""
        since = self._monotonic() - LEASE_SECONDS
        living = [
            replica
            for (stage, replica), heard in self._heard.items()
            if stage == _MATCHER and heard.at > since and not heard.beat.leaving
        ]
        return not living or min(living) == own.own


async def tell_stages(heard: HeardReplicas, own: Own, name: str, publish: Publish, stop: asyncio.Event) -> None:
    """Say every second who lives, while it is this matcher's to say, until *stop*."""
    while not stop.is_set():
        beat()
        if heard.speaks(own):
            await publish(subjects.stage_report(name), heard.report().encode())
        await pause(stop, _EVERY_SECONDS)
