"""Watchlist: the record of who is listed, the desk that changes it, and its replication to the matchers."""

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from pydantic import Field

from proto.wardwatch.v1.subjects import Account, Author
from services.chassis import logs, process, telemetry
from services.chassis.bus import Bus
from services.chassis.disk_watch import DiskWatch, parse_disks
from services.chassis.loop_lag import watch_loop
from services.chassis.repairs import Repairs
from services.chassis.service_beats import tell_alive
from services.chassis.settings import USUAL_TIME_ZONE, ServiceSettings, read_secret
from services.chassis.signing import NO_SIGNATURES, Signatures, read_signatures
from services.chassis.store_probe import StoreProbe
from services.chassis.tasks import LongRunning, Running
from services.chassis.telemetry import Meters
from services.watchlist import wiring
from services.watchlist.desk.dispatcher import Answer
from services.watchlist.desk.keys import KeyDesk
from services.watchlist.desk.matchers import MatcherDesk
from services.watchlist.desk.rate_limit import RateLimit
from services.watchlist.desk.server import DeskServer
from services.watchlist.enrolment.alike_client import AlikeClient
from services.watchlist.enrolment.assessment import PhotoAssessor
from services.watchlist.enrolment.forecasts import Forecasts
from services.watchlist.enrolment.photo_client import PhotoClient
from services.watchlist.federation.travel_keys import TravelKeys
from services.watchlist.keys.key_files import read_identity_keys, read_wrapping_keys
from services.watchlist.keys.key_stream import KeyStream, stay_current
from services.watchlist.keys.keyring import Keyring
from services.watchlist.record.database import Database
from services.watchlist.record.key_store import KeyStore
from services.watchlist.record.open_words import OpenWords
from services.watchlist.record.threshold_store import ThresholdStore
from services.watchlist.record.travel_key_store import TravelKeyStore
from services.watchlist.replication.repair_store import RepairStore
from services.watchlist.replication.replication import Replication
from services.watchlist.rules.days import Days
from services.watchlist.rules.gate import PhotoGate
from services.watchlist.wiring import Clock, ReplicationSettings, Resources

# Of the relays, the jobs by the clock, presence and receipts, which may all be at work at once.
_REPLICATION_CONNECTIONS: Final = 8
_REEMBED_SECONDS: Final = 180.0
# Of the desk's requests, of which the bus gives it so many at a time.
_DESK_CONNECTIONS: Final = 8


class Settings(ServiceSettings):
    """Knobs of the watchlist service."""

    video_seed_file: Path
    record_seed_file: Path
    # What this service signs with, and by whose keys it believes what it reads (docs/adr/0071).
    signing_key_file: Path
    authors_file: Path
    # Role wardwatch_matcher: what was changed, for the matchers. Role wardwatch_import: what the desk works with.
    database_url: str
    database_password_file: Path | None = None
    desk_database_url: str
    desk_database_password_file: Path | None = None
    # The secrets of docs/adr/0043. The wrapping keys are read again when they are rotated.
    wrapping_keys_file: Path
    identity_key_file: Path
    # The recogniser whose vectors the list holds, by the digest of its published file (models/models.toml).
    model_sha256: str = "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79"
    desk_requests_a_minute: int = Field(120, ge=1)
    relay_interval_seconds: float = Field(1.0, gt=0)
    time_zone: ZoneInfo = USUAL_TIME_ZONE  # the hospital's: days that people type and read are days there
    reconcile_hour: int = Field(19, ge=0, le=23)  # UTC: three at night in China
    disks: str = ""  # comma-separated NAME=PATH: a folder on each disk that must not fill up, or a report of its room


_Work = Callable[[asyncio.Event], Coroutine[object, object, None]]


@dataclass(frozen=True, slots=True)
class _DeskWorks:
    """What remembers the lists that are joined, compares received entries with those of this hospital, and makes the

    templates that photos lack while there are two recognisers.
    """

    remember: _Work
    compare: _Work
    reembed: _Work


def _now() -> datetime:
    return datetime.now(UTC)


async def main(stop: asyncio.Event) -> None:
    """Open, in order, what the service holds; run until *stop*; close in reverse."""
    settings = Settings.from_env(os.environ, prefix="WARDWATCH_WATCHLIST_")
    logs.configure("watchlist", settings.log_level)
    meters, running = Meters(), Running()
    async with AsyncExitStack() as stack:
        video = await stack.enter_async_context(_bus(settings, Account.VIDEO, settings.video_seed_file, meters))
        record = await stack.enter_async_context(_bus(settings, Account.RECORD, settings.record_seed_file, meters))
        read, random = partial(read_wrapping_keys, settings.wrapping_keys_file), secrets.token_bytes
        password = read_secret(settings.database_password_file)
        database = await stack.enter_async_context(
            Database.open(settings.database_url, password=password, connections=_REPLICATION_CONNECTIONS)
        )
        repairs = Repairs(RepairStore(database).write, meters)
        words = OpenWords()
        keyring = Keyring(
            KeyStream(record, random=random), read, meters, random=random, repairs=repairs, settled=words.forget
        )
        travel_keys = TravelKeys(TravelKeyStore(database), keyring)
        replicating = ReplicationSettings(
            settings.relay_interval_seconds, settings.reconcile_hour, settings.model_sha256
        )
        replication = wiring.replication(
            replicating,
            database,
            record,
            keyring=keyring,
            travel_keys=travel_keys,
            repairs=repairs,
            meters=meters,
            now=_now,
        )
        disks = DiskWatch(parse_disks(settings.disks), meters)
        answers, works = await stack.enter_async_context(
            _desk(settings, video, record, keyring, words, replication, disks)
        )
        server = await stack.enter_async_context(DeskServer(answers, record))
        probe = StoreProbe(record)
        ready = {
            "video": video.check,
            "record": record.check,
            "stores": probe.check,
            "disks": disks.check,
            "keyring": keyring.check,
            "desk": server.check,
        }
        ready |= {"tasks": running.check, "clock": replication.clock.check}
        warn = {"disks": disks.warnings}
        port = telemetry.serve(settings.http_host, settings.http_port, ready=ready, warn=warn, meters=meters)
        await stack.enter_async_context(port)

        async with LongRunning(stop, running) as tasks:
            tasks.start("loop-lag", watch_loop(meters, stop))
            tasks.start("video", video.until(stop))
            tasks.start("record", record.until(stop))
            tasks.start("store-probe", probe.run(stop))
            tasks.start("disks", disks.run(stop))
            tasks.start("alive", tell_alive("watchlist", secrets.token_hex(8), record.publish, stop))
            tasks.start("open-words", words.run(stop))
            tasks.start("keyring", stay_current(record, keyring, stop))
            tasks.start("joined-lists", works.remember(stop))
            tasks.start("received-alike", works.compare(stop))
            # A photo waits for detector and embedder, twenty seconds each.
            tasks.start("reembedding", works.reembed(stop), within_seconds=_REEMBED_SECONDS)
            tasks.start("travel-keys", travel_keys.run(stop))
            tasks.start("desk", server.open_after((keyring.caught_up,), stop), within_seconds=None)
            tasks.start("replication", replication.run(stop), within_seconds=None)


@asynccontextmanager
async def _desk(
    settings: Settings,
    video: Bus,
    record: Bus,
    keyring: Keyring,
    words: OpenWords,
    replication: Replication,
    disks: DiskWatch,
) -> AsyncIterator[tuple[Mapping[str, Answer], _DeskWorks]]:
    """What the desk and the federation service are answered, by subject, on database connections of its own.

    Also what works beside them by the same connections.
    """
    password = read_secret(settings.desk_database_password_file)
    identity = read_identity_keys(settings.identity_key_file)
    async with Database.open(settings.desk_database_url, password=password, connections=_DESK_CONNECTIONS) as database:
        photos = PhotoClient(video)
        listed = AlikeClient(record, settings.model_sha256)
        forecasts = Forecasts(listed, ThresholdStore(database))
        assess = PhotoAssessor(photos, PhotoGate(), model_sha256=settings.model_sha256, forecast=forecasts.of)
        resources = Resources(
            database,
            keyring,
            identity,
            listed,
            assess,
            replication.erasures,
            settings.model_sha256,
            record.meters,
            photos,
            words,
        )
        clock = Clock(_now, time.monotonic, uuid4, Days(settings.time_zone))
        matchers = MatcherDesk(replication.replicas, replication.comparisons, replication.jobs, record.ask_all)
        with wiring.desk(resources, clock) as handlers:
            keys = KeyDesk(keyring, KeyStore(database), identity)
            every = {**handlers, **keys.handlers(), **matchers.handlers()}
            pace = RateLimit(settings.desk_requests_a_minute, 60.0)
            dispatcher = wiring.dispatcher(database, every, pace, record.meters, clock, disks.short)
            receiving = wiring.receiving(resources, photos, clock, wiring.stops(record))
            answers = {**wiring.federation(database, keyring, identity), **receiving.answers()}
            works = _DeskWorks(
                receiving.remember,
                wiring.received_alike(resources).run,
                wiring.reembedding(resources, photos, record.meters).run,
            )
            yield {**dispatcher.answers(), **answers}, works


def _bus(settings: Settings, account: Account, seed: Path, meters: Meters) -> AbstractAsyncContextManager[Bus]:
    user = f"watchlist-{account.lower()}"
    # Nothing in VIDEO is signed.
    record = account is Account.RECORD
    signatures = _signatures(settings) if record else NO_SIGNATURES
    return Bus.connect(
        settings.nats_url, user=user, user_seed_file=seed, account=account, meters=meters, signatures=signatures
    )


def _signatures(settings: Settings) -> Signatures:
    return read_signatures(Author.WATCHLIST, settings.signing_key_file, settings.authors_file)


if __name__ == "__main__":
    process.run(main, service="watchlist")
