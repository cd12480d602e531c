"""Matcher: vectors in, sightings out; keeper of the watchlist and the one door between VIDEO and RECORD."""

import asyncio
import os
import re
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from pydantic import Field

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Account
from services.chassis import logs, process, telemetry
from services.chassis.bus import Bus
from services.chassis.owed import first_of, pause
from services.chassis.replica import Apply, follow
from services.chassis.settings import USUAL_TIME_ZONE, ServiceSettings, read_secret
from services.chassis.telemetry import Meters, ReadyCheck
from services.matcher.core import Gallery, MatchPolicy, QualityGate
from services.matcher.desk import opening
from services.matcher.desk.front import Front
from services.matcher.desk.keys import KeyDesk
from services.matcher.desk.opening import Clock, Holdings
from services.matcher.desk.photos import PhotoJudge
from services.matcher.desk.serving import Serving
from services.matcher.enrolment.days import Days
from services.matcher.enrolment.gate import PhotoGate
from services.matcher.enrolment.photos import PhotoDesk
from services.matcher.enrolment.rules import Pace
from services.matcher.handler import MatchFace, TakeControl, TakeEntry
from services.matcher.index import IndexShape, ListIndex
from services.matcher.intake import Intake, IntakeLimits
from services.matcher.keeping.keeping import Keeping, KeepingRules
from services.matcher.keeping.threshold import TakeThreshold, ThresholdRelay
from services.matcher.keys.key_files import read_identity_keys, read_wrapping_keys
from services.matcher.keys.key_store import KeyStore
from services.matcher.keys.key_stream import KeyStream, stay_current
from services.matcher.keys.keyring import Keyring
from services.matcher.keys.locked_entries import LockedEntries
from services.matcher.keys.open_templates import OpenTemplates
from services.matcher.record.database import Database
from services.matcher.record.threshold_store import ThresholdOutbox
from services.matcher.waiting import WaitingSightings

_QUEUE: Final = "matcher"
_REPORT_SECONDS: Final = 5.0
# Of the relay, the jobs by the clock, presence and receipts, which may all be at work at once.
_KEEPING_CONNECTIONS: Final = 8
# Of the desk's requests, of which the bus gives it so many at a time.
_DESK_CONNECTIONS: Final = 8


def _own_name() -> str:
    """The host's name, as one token of a subject."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname())[:64] or "matcher"


class Settings(ServiceSettings):
    """Knobs of the matcher; the gate is explained in docs/adr/0041, the index in docs/adr/0040."""

    video_seed_file: Path
    record_seed_file: Path
    # Role wardwatch_matcher: what was changed, for the stream. Role wardwatch_import: what the desk works with.
    database_url: str
    database_password_file: Path | None = None
    desk_database_url: str
    desk_database_password_file: Path | None = None
    # The secrets of docs/adr/0043. The wrapping keys are read again when they are rotated.
    wrapping_keys_file: Path
    identity_key_file: Path
    # Among all matchers of the list: stays the same when this one starts again, and two must not have one name.
    name: str = Field(default_factory=_own_name, pattern=rf"^{subjects.TOKEN.pattern}$")
    # The recogniser whose vectors are compared, by the digest of its published file (models/models.toml).
    model_sha256: str = "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79"
    dimension: int = Field(128, ge=2)
    min_face_px: float = Field(48, ge=0)
    max_yaw_degrees: float = Field(70, ge=0, le=90)
    min_sharpness: float = Field(10, ge=0)
    neighbours: int = Field(8, ge=1, le=64)
    index_links: int = Field(32, ge=4, le=64)
    index_ef_construction: int = Field(200, ge=16)
    index_ef: int = Field(400, ge=64)
    hnsw_from_rows: int = Field(20_000, ge=0)
    purge_seconds: float = Field(30, gt=0)
    waiting_vectors: int = Field(256, ge=1)
    max_age_seconds: float = Field(1.0, gt=0)
    waiting_sightings: int = Field(2_000, ge=1)
    desk_requests_a_minute: int = Field(120, ge=1)
    relay_interval_seconds: float = Field(1.0, gt=0)
    time_zone: ZoneInfo = USUAL_TIME_ZONE  # the hospital's: days that people type and read are days there
    reconcile_hour: int = Field(19, ge=0, le=23)  # UTC: three at night in China


def _now() -> datetime:
    return datetime.now(UTC)


async def main(stop: asyncio.Event) -> None:
    """Open, in order, what the matcher holds; run until *stop*; close in reverse."""
    settings = Settings.from_env(os.environ, prefix="WARDWATCH_MATCHER_")
    logs.configure("matcher", settings.log_level)
    meters = Meters()
    replica = Replica(Gallery(), asyncio.Event(), asyncio.Event(), asyncio.Event())
    async with AsyncExitStack() as stack:
        video = await stack.enter_async_context(_bus(settings, Account.VIDEO, settings.video_seed_file, meters))
        record = await stack.enter_async_context(_bus(settings, Account.RECORD, settings.record_seed_file, meters))
        index = stack.enter_context(ListIndex(_shape(settings), meters))
        locked = LockedEntries(meters)
        keyring = _keyring(settings, record, meters, locked.settled)
        password = read_secret(settings.database_password_file)
        database = await stack.enter_async_context(
            Database.open(settings.database_url, password=password, connections=_KEEPING_CONNECTIONS)
        )
        rules = KeepingRules(settings.name, settings.relay_interval_seconds, settings.reconcile_hour)
        keeping = Keeping(
            rules,
            database,
            record,
            keys=keyring,
            index=index,
            gallery=replica.gallery,
            locked=locked,
            meters=meters,
            now=_now,
        )
        opened = OpenTemplates(keyring, meters)
        take_entry = TakeEntry(replica.gallery, index, _policy(settings), meters, keeping.receipts, opened, locked)
        thresholds = ThresholdRelay(ThresholdOutbox(database), record, interval_seconds=settings.relay_interval_seconds)
        front = await stack.enter_async_context(_desk(settings, video, index, keyring, keeping, meters))
        serving = await stack.enter_async_context(Serving(front, record))
        ready = {"video": video.check, "record": record.check, "keyring": keyring.check, **replica.ready()}
        ready["desk"] = serving.check
        port = telemetry.serve(settings.http_host, settings.http_port, ready=ready, meters=meters)
        await stack.enter_async_context(port)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(video.until(stop))
            tasks.create_task(record.until(stop))
            tasks.create_task(stay_current(record, keyring, stop))
            take = keeping.following(take_entry)
            tasks.create_task(replica.stay_current(record, take, meters, stop, keys_read=keyring.caught_up))
            tasks.create_task(locked.run(take_entry.apply, stop))
            tasks.create_task(serving.open_after((replica.listed, keyring.caught_up), stop))
            tasks.create_task(index.keep_fresh(stop))
            tasks.create_task(keeping.run(replica.listed, stop))
            tasks.create_task(thresholds.run(stop))
            try:
                await _match(settings, video, record, index, replica, meters, stop)
            finally:
                # When one of them fails the others are cancelled, but nats-py may swallow that: they end by the flag.
                stop.set()


@asynccontextmanager
async def _desk(
    settings: Settings, video: Bus, index: ListIndex, keyring: Keyring, keeping: Keeping, meters: Meters
) -> AsyncIterator[Front]:
    """The watchlist's desk on its own database connections."""
    password = read_secret(settings.desk_database_password_file)
    identity = read_identity_keys(settings.identity_key_file)
    async with Database.open(settings.desk_database_url, password=password, connections=_DESK_CONNECTIONS) as database:
        judge = PhotoJudge(PhotoDesk(video), PhotoGate(), model_sha256=settings.model_sha256)
        holdings = Holdings(database, keyring, identity, index, judge, keeping.custody, settings.model_sha256)
        clock = Clock(_now, time.monotonic, uuid4, Days(settings.time_zone))
        with opening.desk(holdings, clock) as works:
            keys = KeyDesk(keyring, KeyStore(database), identity)
            every = {**works, **keys.works(), **keeping.desk.works()}
            yield opening.front(database, every, Pace(settings.desk_requests_a_minute, 60.0), meters, clock)


async def _match(
    settings: Settings,
    video: Bus,
    record: Bus,
    index: ListIndex,
    replica: "Replica",
    meters: Meters,
    stop: asyncio.Event,
) -> None:
    """Compare faces once the list is complete: a face is never judged by half a list."""
    await replica.complete(stop)
    index.complete()
    sightings = WaitingSightings(record.publish_owed, meters, limit=settings.waiting_sightings)
    limits = IntakeLimits(settings.waiting_vectors, settings.max_age_seconds)
    intake = Intake(limits, meters, time.monotonic)
    match = MatchFace(replica.gallery, index, sightings, _policy(settings), meters, _now)
    # Outermost, so that it is left last: what was decided to the very end is delivered, even when a connection failed.
    async with sightings.delivering(), video.listen(subjects.VECTORS.pattern, queue=_QUEUE, offer=intake.offer):
        await intake.work(match, stop)


@dataclass(frozen=True, slots=True)
class Replica:
    """This matcher's copy of the list, the stop controls and the threshold, and whether each has been read."""

    gallery: Gallery
    listed: asyncio.Event
    controlled: asyncio.Event
    held: asyncio.Event  # to the threshold

    async def stay_current(
        self, record: Bus, take_entry: Apply, meters: Meters, stop: asyncio.Event, *, keys_read: asyncio.Event
    ) -> None:
        """Follow the streams and report what they say until *stop*; the list once the keyring has been read."""
        take_control, take_threshold = TakeControl(self.gallery, meters), TakeThreshold(self.gallery, meters)
        control, policy = subjects.CONTROL_STREAM.name, subjects.POLICY_STREAM.name
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(follow(record, control, take_control, caught_up=self.controlled, stop=stop))
            tasks.create_task(follow(record, policy, take_threshold, caught_up=self.held, stop=stop))
            tasks.create_task(self._follow_list(record, take_entry, stop, keys_read))
            while not stop.is_set():
                for state, count in self.gallery.counts(_now()).items():
                    meters.set("wardwatch_entries", count, state=state.name.lower())
                await pause(stop, _REPORT_SECONDS)

    async def _follow_list(self, record: Bus, take: Apply, stop: asyncio.Event, keys_read: asyncio.Event) -> None:
        # Before that every entry would be locked, and the list would look read while nobody on it can match.
        await first_of(keys_read, stop)
        await follow(record, subjects.WATCHLIST_STREAM.name, take, caught_up=self.listed, stop=stop)

    async def complete(self, stop: asyncio.Event) -> None:
        """Wait until every stream has been read to its end, or for *stop*."""
        for read in (self.listed, self.controlled, self.held):
            await first_of(read, stop)

    def ready(self) -> dict[str, ReadyCheck]:
        """Not ready before every stream has been read."""
        return {
            "watchlist": _arrived(self.listed, "the watchlist is still being read"),
            "control": _arrived(self.controlled, "the stop controls are still being read"),
            "threshold": _arrived(self.held, "the threshold is still being read"),
        }


def _arrived(event: asyncio.Event, reason: str) -> ReadyCheck:
    async def check() -> str | None:
        return None if event.is_set() else reason

    return check


def _bus(settings: Settings, account: Account, seed: Path, meters: Meters) -> AbstractAsyncContextManager[Bus]:
    user = f"matcher-{account.lower()}"
    return Bus.connect(settings.nats_url, user=user, user_seed_file=seed, account=account, meters=meters)


def _keyring(settings: Settings, record: Bus, meters: Meters, settled: Callable[[UUID], None]) -> Keyring:
    read, random = partial(read_wrapping_keys, settings.wrapping_keys_file), secrets.token_bytes
    return Keyring(KeyStream(record, random=random), read, meters, random=random, settled=settled)


def _policy(settings: Settings) -> MatchPolicy:
    gate = QualityGate(settings.min_face_px, settings.max_yaw_degrees, settings.min_sharpness)
    return MatchPolicy(settings.model_sha256, settings.dimension, gate, settings.neighbours)


def _shape(settings: Settings) -> IndexShape:
    return IndexShape(
        settings.dimension,
        links=settings.index_links,
        ef_construction=settings.index_ef_construction,
        ef=settings.index_ef,
        hnsw_from_rows=settings.hnsw_from_rows,
        purge_seconds=settings.purge_seconds,
    )


if __name__ == "__main__":
    process.run(main, service="matcher")
