"""The long-running tasks: what goes on whether anybody looks or not."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import MatchingControl, PersonSighted
from services.alerts.accounts.store import Sessions
from services.alerts.anchor import Anchor
from services.alerts.control import RecordControl
from services.alerts.control_watch import ControlWatch, RecordedControls
from services.alerts.database import Database, StoreAway
from services.alerts.handler import RecordSighting
from services.alerts.incidents.crops import Shredder
from services.alerts.incidents.ledger import PostgresLedger
from services.alerts.incidents.retention import Retention, Sweep, end_alerts
from services.alerts.settings import Given, Settings
from services.alerts.wiring.edge import Edge
from services.alerts.wiring.people import People
from services.alerts.wiring.record import Process, Record
from services.alerts.wiring.working import Working
from services.chassis import owed, replica
from services.chassis.clocks import ClockGuard
from services.chassis.errors import NoAnswer
from services.chassis.loop_lag import watch_loop
from services.chassis.service_beats import tell_alive
from services.chassis.tasks import LongRunning, beat, periods

log = structlog.get_logger(__name__)

# How often entries are looked at that have ended: a guard must not go for somebody who is no longer listed.
END_SECONDS: Final = 1.0
# How often the keys of deleted faces are looked for: within a minute nobody can open one any more (safeguard S8).
SHRED_SECONDS: Final = 2.0


def watch(tasks: LongRunning, process: Process, record: Record, people: People, working: Working) -> None:
    """Start what looks after this process, its stores and the state."""
    stop, state, drilled = process.stop, working.state, working.drilled
    tasks.start("loop-lag", watch_loop(process.meters, stop))
    tasks.start("bus", record.bus.until(stop))
    tasks.start("store-probe", record.stores.run(stop))
    tasks.start("database-probe", record.writes.run(stop))
    tasks.start("disks", record.disks.run(stop))
    tasks.start("repairs", record.recent.run(stop))
    tasks.start("hub", people.hub.run(stop))
    tasks.start("sessions", people.directory.run(stop))
    tasks.start("listener", record.database.listen([people.hub.listener, people.directory.listener], stop=stop))
    tasks.start("alive", tell_alive("alerts", process.name, record.bus.publish, stop, drilled.pages.beat))
    tasks.start("tellings", drilled.tellings.run(stop))
    if working.delivery is not None:
        tasks.start("deliveries", working.delivery.run(stop))
    tasks.start("cameras", state.remembered.run(stop))
    tasks.start("state", state.keeper.run(stop))


def keep(tasks: LongRunning, settings: Settings, process: Process, record: Record, people: People) -> None:
    """Start what keeps the record: what may not stay is deleted, what has ended is closed, the audit is anchored."""
    stop, every, database = process.stop, settings.anchor_seconds, record.database
    retention = Retention(timedelta(minutes=settings.pending_minutes), timedelta(hours=settings.undecided_hours))
    sweep = Sweep(database, retention, record.clock.may_destroy)
    anchor = Anchor(database, record.bus.publish_owed, record.bus.last_of, record.repairs, process.meters)
    swept = sweeping(sweep, people.sessions, every_seconds=settings.sweep_seconds, stop=stop)
    tasks.start("sweep", swept, within_seconds=periods(settings.sweep_seconds))
    tasks.start("ending", ending(database, record.clock, stop=stop))
    tasks.start("shredding", shredding(Shredder(database, record.crops.destroy, process.meters), stop=stop))
    tasks.start("anchor", anchor.run(every_seconds=every, stop=stop), within_seconds=periods(every))


def follow_controls(tasks: LongRunning, process: Process, record: Record, edge: Edge) -> None:
    """Start what keeps the stops: sent, followed, recorded, compared."""
    stop, bus, stream, controls = process.stop, record.bus, subjects.CONTROL_STREAM.name, record.controls
    recorded = RecordedControls(record.database)
    compared = ControlWatch(controls, recorded, bus, record.repairs, edge.set_matching.unstored.__contains__)
    follow = replica.follow(bus, stream, controls.apply, caught_up=controls.caught_up, stop=stop)
    note = RecordControl(record.database, process.now)
    noted = owed.consume(bus, stream, "alerts-audit", MatchingControl.decode, note, concurrency=1, stop=stop)
    tasks.start("stops", edge.set_matching.run(stop))
    tasks.start("control-watch", compared.run(stop))
    tasks.start("control", follow)
    tasks.start("control-record", noted)


def tell_judgements(tasks: LongRunning, process: Process, record: Record, edge: Edge) -> None:
    """Start what tells matchers whom people judged to be somebody else."""
    tasks.start("judgements", edge.judgements.run(record.bus.publish, process.stop))


def record_sightings(tasks: LongRunning, settings: Settings, given: Given, process: Process, record: Record) -> None:
    """Start what raises alerts."""
    ledger = PostgresLedger(
        record.database,
        closing=process.stop,
        is_clock_believed=record.clock.is_believed,
    )
    taken = owed.consume(
        record.bus,
        subjects.SIGHTINGS_STREAM.name,
        "alerts",
        PersonSighted.decode,
        RecordSighting(ledger, record.crops.seal, given.policy, process.meters, record.controls.is_stopped),
        concurrency=settings.concurrency,
        stop=process.stop,
    )
    tasks.start("sightings", taken)


async def sweeping(sweep: Sweep, sessions: Sessions, *, every_seconds: float, stop: asyncio.Event) -> None:
    """Delete what must not be kept and compare the sessions in memory, again and again until *stop*."""
    while not stop.is_set():
        beat()
        try:
            deleted = await sweep()
            await sessions.note_use()
            sessions.directory.recheck()
        except StoreAway as error:
            log.warning("sweep is late", reason=str(error))
        else:
            log.debug("sweep is done", rows=deleted)
        await owed.pause(stop, every_seconds)


async def shredding(shred: Shredder, *, stop: asyncio.Event) -> None:
    """Destroy the keys of faces that are deleted, again and again until *stop*."""
    while not stop.is_set():
        beat()
        try:
            destroyed = await shred()
        except (StoreAway, NoAnswer) as error:
            log.warning("keys of deleted faces are still to be destroyed", reason=str(error))
        else:
            if destroyed:
                log.info("keys of deleted faces are destroyed", count=destroyed)
        await owed.pause(stop, SHRED_SECONDS)


async def ending(database: Database, clock: ClockGuard, *, stop: asyncio.Event) -> None:
    """End the alerts of entries that have ended, again and again until *stop*."""
    while not stop.is_set():
        beat()
        try:
            ended = await end_alerts(database, clock.may_destroy)
        except StoreAway as error:
            log.warning("alerts of ended entries stay open", reason=str(error))
        else:
            if ended:
                log.info("alerts are ended with their entries", rows=ended)
        await owed.pause(stop, END_SECONDS)
