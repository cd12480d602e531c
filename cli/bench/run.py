"""One load on a running system, from the reading before it to the reading when everything has run through."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cli.bench import measures, servers
from cli.bench.cameras import Cameras, Sent
from cli.bench.listening import Heard
from cli.bench.measures import Measured, Moment
from cli.bench.readings import Change, Reading
from cli.bench.reel import Reel
from cli.bench.servers import MachineTime
from cli.bench.stages import Stages
from cli.bench.ward import Ward

_EVERY_SECONDS: Final = 1.0
# What is in the pipeline is worked off or given up long before; beside real cameras it is never empty for long.
_SETTLED_WITHIN_SECONDS: Final = 10.0
_BESIDE_OTHERS_SECONDS: Final = 2.0
_SETTLED_LOOK_SECONDS: Final = 0.3
_HARMED: Final = "real cameras lost frames by it"
_ARRIVALS: Final = tuple(
    (each.service, name) for each in measures.STAGES for name in (each.counters.received, each.counters.done)
)


@dataclass(frozen=True, slots=True)
class Order:
    """What to send."""

    reel: Reel
    cameras: int
    rate: float
    seconds: float


@dataclass(slots=True)
class _Watch:
    """Reads once a second while the load lasts."""

    stages: Stages
    ward: Ward
    begun: Reading
    say: Callable[[Moment], None]
    series: list[Moment] = field(default_factory=list)

    async def until_done(self, load: "asyncio.Task[None]") -> str:
        """Why the load was ended before its time; empty when it was not."""
        last = self.begun
        while True:
            done, _ = await asyncio.wait({load}, timeout=_EVERY_SECONDS)
            if done:
                load.result()
                return ""
            now = await self.stages.read()
            change = Change(last, now)
            self.series.append(measures.moment_of(change, now.at_seconds - self.begun.at_seconds))
            self.say(self.series[-1])
            if self.ward.harmed(change):
                return _HARMED
            last = now


async def loaded(
    stages: Stages,
    cameras: Cameras,
    order: Order,
    *,
    ward: Ward,
    heard: Heard | None = None,
    say: Callable[[Moment], None] = lambda _: None,
) -> Measured:
    """Send, read, and say what it came to."""
    await cameras.ready(order.cameras)
    before, clocks, sent = await stages.read(), await asyncio.to_thread(_Clocks.read), Sent()
    load = asyncio.create_task(
        cameras.send(order.reel, sent, count=order.cameras, rate=order.rate, seconds=order.seconds)
    )
    watch = _Watch(stages, ward, before, say)
    try:
        ended_early = await watch.until_done(load)
    finally:
        load.cancel()
        await asyncio.gather(load, return_exceptions=True)
    used, ended = (await asyncio.to_thread(_Clocks.read)).since(clocks), asyncio.get_running_loop().time()
    change = await _settled(stages, before, ward)
    # The rates are those of the load, not of the silence behind it.
    seconds = change.seconds - (asyncio.get_running_loop().time() - ended)
    found = measures.stages_of(change, seconds, None if ward.others(change) else sent.frames)
    load_told = measures.load_of(
        sent,
        cameras=order.cameras,
        rate=order.rate,
        size=str(order.reel.size),
        seconds=seconds,
        cpu_seconds=used.own_seconds,
    )
    processes = measures.processes_of(change, found[0].done)
    each_camera = measures.cameras_of(change, sent)
    return Measured(
        load=load_told,
        stages=found,
        cameras=each_camera,
        fairness=measures.fairness([camera.searched for camera in each_camera.values()]),
        faces_found=round(change.total("detector", "wardwatch_faces_detected_total")),
        tracks=measures.tracks_of(change),
        incidents_raised=round(change.total("alerts", "wardwatch_incidents_raised_total", site=ward.site)),
        alerts=heard.measured() if heard else None,
        processes=processes,
        machine=measures.machine_of(processes, load_told, used.machine, os.cpu_count() or 1),
        restarted=change.restarted,
        ended_early=ended_early,
        series=watch.series,
    )


@dataclass(frozen=True, slots=True)
class _Used:
    own_seconds: float
    machine: float  # share of all its processors


@dataclass(frozen=True, slots=True)
class _Clocks:
    """Processor time of this process and of the machine."""

    own_seconds: float
    machine: MachineTime | None

    @classmethod
    def read(cls) -> "_Clocks":
        return cls(servers.own_cpu_seconds(), servers.machine_time())

    def since(self, former: "_Clocks") -> _Used:
        own = self.own_seconds - former.own_seconds
        if self.machine is None or former.machine is None:
            return _Used(own, 0.0)
        span = max(self.machine.seconds - former.machine.seconds, 1e-3)
        return _Used(own, (self.machine.busy_seconds - former.machine.busy_seconds) / span)


async def _settled(stages: Stages, before: Reading, ward: Ward) -> Change:
    """The change since *before* when of everything that arrived something has become, or at the end of the time."""
    loop = asyncio.get_running_loop()
    begin, last = loop.time(), await stages.read()
    while True:
        await asyncio.sleep(_SETTLED_LOOK_SECONDS)
        now = await stages.read()
        change, passed = Change(before, now), loop.time() - begin
        quiet = measures.waiting(change) <= 0 and _arrived(now) == _arrived(last)
        if quiet or passed > (_BESIDE_OTHERS_SECONDS if ward.others(change) else _SETTLED_WITHIN_SECONDS):
            return change
        last = now


def _arrived(reading: Reading) -> tuple[float, ...]:
    return tuple(reading.total(service, name) for service, name in _ARRIVALS)
