"""The record: database, broker and what watches over both."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Final

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Account, Author
from services.alerts.control import Controls
from services.alerts.database import Database
from services.alerts.database_probe import DatabaseProbe
from services.alerts.incidents.crops import CropKeys, parse_secret
from services.alerts.repairs import RecentRepairs, RepairStore
from services.alerts.settings import Settings
from services.chassis.bus import Bus
from services.chassis.clocks import ClockGuard, broker_time
from services.chassis.disk_watch import DiskWatch, parse_disks
from services.chassis.repairs import Repairs
from services.chassis.settings import read_keys, read_secret
from services.chassis.signed_reports import ReportSigner
from services.chassis.signing import read_signatures
from services.chassis.store_probe import StoreProbe
from services.chassis.tasks import Running
from services.chassis.telemetry import Meters, ReadyCheck

# Connections beside those that record sightings: events, sessions, endings, sweep, controls, probe, the audit's head,
# how deliveries stand.
_OTHER_WORK: Final = 8


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Process:
    """This process: when it is to ``stop``, its measures, tasks and clocks, and its name among replicas."""

    stop: asyncio.Event
    meters: Meters = field(default_factory=Meters)
    running: Running = field(default_factory=Running)
    now: Callable[[], datetime] = _now
    monotonic: Callable[[], float] = time.monotonic
    name: str = field(default_factory=lambda: secrets.token_hex(8))


@dataclass(frozen=True, slots=True)
class Record:
    """What is open. Alerts have connections of their own: whoever keeps those ``of_requests`` busy delays none."""

    database: Database
    of_requests: Database
    bus: Bus
    crops: CropKeys
    controls: Controls
    repairs: Repairs
    recent: RecentRepairs
    stores: StoreProbe
    writes: DatabaseProbe
    disks: DiskWatch
    clock: ClockGuard
    reports: ReportSigner

    def checks(self) -> Mapping[str, ReadyCheck]:
        """What is checked of it, by the names that readiness and the state have for it."""
        return {
            "bus": self.bus.check,
            "stores": self.stores.check,
            "database": self.database.check,
            "database_writes": self.writes.check,
            "control": self.controls.check,
            "clock": self.clock.check,
        }


@asynccontextmanager
async def opened(settings: Settings, process: Process) -> AsyncIterator[Record]:
    """Open it until left. Raises StartupError."""
    password = read_secret(settings.database_password_file)
    secret = read_keys(settings.crops_key_file, parse_secret, what="the secret of alerts' faces")
    signatures = read_signatures(Author.ALERTS, settings.signing_key_file, settings.authors_file)
    assert signatures.signer is not None, "alerts signs what it says"
    own = Database.open(settings.database_url, password, connections=settings.concurrency + _OTHER_WORK)
    requests = Database.open(settings.database_url, password, connections=settings.database_connections)
    connected = Bus.connect(
        settings.nats_url,
        user="alerts",
        user_seed_file=settings.record_seed_file,
        account=Account.RECORD,
        meters=process.meters,
        signatures=signatures,
    )
    async with own as database, requests as of_requests, connected as bus:
        store, ask_broker = RepairStore(database), partial(broker_time, bus, subjects.CONTROL_STREAM.name)
        yield Record(
            database,
            of_requests,
            bus,
            CropKeys(bus, secret),
            Controls(),
            Repairs(store.write, process.meters),
            RecentRepairs(store),
            StoreProbe(bus),
            DatabaseProbe(database),
            DiskWatch(parse_disks(settings.disks), process.meters),
            ClockGuard(database.clock, database.believe_clock, ask_broker, process.meters),
            ReportSigner(signatures.signer.key),
        )
