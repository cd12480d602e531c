"""Matcher: vectors and the list in, sightings out; it connects the accounts VIDEO and RECORD."""

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final
from uuid import uuid4

from pydantic import Field

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.sealing import WrappingKeys
from proto.wardwatch.v1.subjects import Account, Author
from services.chassis import logs, process, telemetry
from services.chassis.bus import Bus, Delivery
from services.chassis.clocks import broker_time
from services.chassis.errors import StartupError
from services.chassis.loop_lag import watch_loop
from services.chassis.owed import first_of, pause
from services.chassis.replica import Apply, follow
from services.chassis.settings import ServiceSettings, machine_name, read_keys
from services.chassis.shares import Shares
from services.chassis.signing import read_signatures
from services.chassis.store_probe import StoreProbe
from services.chassis.tasks import LongRunning, Running, beat, periods
from services.chassis.telemetry import Meters, ReadyCheck
from services.matcher.camera_bridge import CameraBridge
from services.matcher.clock import EVERY_SECONDS, ClockWatch
from services.matcher.core import Gallery, MatchPolicy, QualityGate
from services.matcher.counts import WalkCounts
from services.matcher.drill_bridge import DrillBridge
from services.matcher.forgetting import EVERY_SECONDS as WALKS_SECONDS
from services.matcher.forgetting import forget_walks
from services.matcher.galleries import Galleries
from services.matcher.handler import AnswerHalt, TakeControl, TakeEntry, TakeThreshold
from services.matcher.heard_replicas import HeardReplicas, tell_stages
from services.matcher.index import IndexShape, ListIndex
from services.matcher.intake import Intake, IntakeLimits
from services.matcher.judgements import Judgements
from services.matcher.keyring import Keyring, stay_current
from services.matcher.locked_entries import LockedEntries
from services.matcher.open_templates import OpenTemplates
from services.matcher.presence import AnswerRoll, MatcherProcess, Presence, Progress, Reading
from services.matcher.receipts import Receipts
from services.matcher.shed import Shed
from services.matcher.shield import Shield, ShieldLimits
from services.matcher.versions import Versions
from services.matcher.waiting import WaitingSightings
from services.matcher.walks import WalkLimits
from services.matcher.wiring import Shared, version

_QUEUE: Final = "matcher"
_REPORT_SECONDS: Final = 5.0
# Before the keyring is read nobody follows the list, and a keyring of a long list takes its time.
_LIST_SECONDS: Final = 600.0


class Settings(ServiceSettings):
    """Knobs of the matcher; the gate is explained in docs/adr/0041, the index in docs/adr/0040."""

    video_seed_file: Path
    record_seed_file: Path
    # What this service signs with, and by whose keys it believes what it reads (docs/adr/0071).
    signing_key_file: Path
    authors_file: Path
    # What data keys are wrapped by (docs/adr/0043); read again when it is rotated.
    wrapping_keys_file: Path
    # Among all matchers of the list: stays the same when this one starts again, and two must not have one name.
    name: str = Field(default_factory=partial(machine_name, "matcher"), pattern=rf"^{subjects.TOKEN.pattern}$")
    # The recogniser that the list is of, by the digest of its published file (models/models.toml), and the length of
    # its vectors. A second one beside it is found on the list.
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
    # What tracks say is in memory so long after their last look (docs/adr/0081); about 6 KiB each.
    walk_seconds: float = Field(30, gt=0, le=300)
    max_walks: int = Field(4_096, ge=1)
    # Who was judged not to be an entry's person does not ring for it again so long (docs/adr/0091); 0: at no site.
    shield_hours: float = Field(12, ge=0, le=12)
    unshielded_sites: str = ""  # comma-separated: sites that want no shield
    judged_within_minutes: float = Field(60, gt=0, le=4_320)  # so long a sighted walk waits in memory to be judged
    max_shielded: int = Field(1_024, ge=1)


def _now() -> datetime:
    return datetime.now(UTC)


async def main(stop: asyncio.Event) -> None:
    """Open, in order, what the matcher holds; run until *stop*; close in reverse."""
    settings = Settings.from_env(os.environ, prefix="WARDWATCH_MATCHER_")
    logs.configure("matcher", settings.log_level)
    meters, running = Meters(), Running()
    policy = _policy(settings)
    own = MatcherProcess(settings.name, uuid4(), _now())
    async with AsyncExitStack() as stack:
        video = await stack.enter_async_context(_bus(settings, Account.VIDEO, settings.video_seed_file, meters))
        record = await stack.enter_async_context(_bus(settings, Account.RECORD, settings.record_seed_file, meters))
        indexes = partial(_index, settings, stack, meters)
        galleries = Galleries(policy, indexes)
        locked = LockedEntries(meters)
        read = partial(read_keys, settings.wrapping_keys_file, WrappingKeys.parse, what="the wrapping keys")
        keyring = Keyring(read, meters, settled=locked.settled)
        replica = Replica.empty(keyring, policy.model_sha256)
        receipts = Receipts(own, galleries, record.publish_owed, meters, now=_now)
        opened = OpenTemplates(keyring, meters)
        shield = Shield(_shield_limits(settings))
        take_entry = TakeEntry(replica.gallery, galleries, meters, receipts, opened, locked, shield)
        clock = ClockWatch(partial(broker_time, record, subjects.WATCHLIST_STREAM.name), meters, now=_now)
        shed = Shed(meters)
        intake = Intake(IntakeLimits(settings.waiting_vectors, settings.max_age_seconds), meters, time.monotonic, shed)
        shares = Shares(video, "matcher", "vectors", intake.offer, meters)
        sightings = WaitingSightings(record.publish_owed, meters, limit=settings.waiting_sightings)
        counts = WalkCounts(
            own.incarnation,
            lambda site, model: replica.gallery.matching(site, clock.time(), model),
            record.publish_owed,
            meters,
            monotonic=time.monotonic,
        )
        shared = Shared(
            replica.gallery,
            sightings,
            counts,
            shield,
            shed,
            WalkLimits(settings.max_walks, settings.walk_seconds),
            meters,
            now=_now,
            clock=clock.time,
            monotonic=time.monotonic,
            list_read=replica.is_complete,
            tell=record.publish,
            tell_drill=video.publish,
        )
        versions = Versions(partial(version, shared))
        galleries.listen(versions.add)
        presence = _presence(own, replica, galleries, versions, locked, clock)
        roll = AnswerRoll(presence, receipts, replica.gallery.state_of, meters)
        probe = StoreProbe(record)
        own_checks = {"video": video.check, "record": record.check, "stores": probe.check, "keyring": keyring.check}
        ready = {**own_checks, **replica.ready(), "cameras": shares.check}
        ready |= {"tasks": running.check, "clock": clock.check}
        port = telemetry.serve(settings.http_host, settings.http_port, ready=ready, meters=meters)
        await stack.enter_async_context(port)
        await stack.enter_async_context(record.respond(subjects.ROLL.pattern, roll))
        halt = AnswerHalt(TakeControl(replica.gallery, meters), presence.current)
        await stack.enter_async_context(record.respond(subjects.HALT.pattern, halt))
        heard = HeardReplicas(meters, time.monotonic)
        # Every matcher hears all: were one of a group frozen, what it gets would be missing.
        await stack.enter_async_context(video.listen(subjects.REPLICAS.pattern, queue="", offer=heard.offer))
        bridge = CameraBridge(meters, partial(heard.speaks, shares))
        await stack.enter_async_context(video.listen(subjects.TROUBLES.pattern, queue="", offer=bridge.offer))
        template_subject = subjects.DRILL_TEMPLATE.pattern
        await stack.enter_async_context(video.listen(template_subject, queue="", offer=versions.offer_template))
        drill_bridge = DrillBridge(meters)
        await stack.enter_async_context(video.listen(subjects.STEPS.pattern, queue=_QUEUE, offer=drill_bridge.offer))
        judgements = Judgements(shield, replica.gallery, galleries.fits, meters, time.monotonic)
        await stack.enter_async_context(record.listen(subjects.JUDGED.pattern, queue="", offer=judgements.offer))
        await stack.enter_async_context(video.listen(subjects.SHIELDS.pattern, queue="", offer=judgements.offer_walk))
        stack.push_async_callback(presence.end, record.publish)

        async with LongRunning(stop, running) as tasks:
            tasks.start("loop-lag", watch_loop(meters, stop))
            tasks.start("video", video.until(stop))
            tasks.start("record", record.until(stop))
            tasks.start("store-probe", probe.run(stop))
            tasks.start("keyring", stay_current(record, keyring, stop))
            tasks.start("replica", replica.stay_current(record, take_entry, meters, clock.time, stop))
            tasks.start("locked", locked.run(take_entry.apply, stop), within_seconds=None)
            tasks.start("index", galleries.keep_fresh(stop), within_seconds=None)
            tasks.start("receipts", receipts.run(stop), within_seconds=None)
            tasks.start("clock", clock.run(stop), within_seconds=periods(EVERY_SECONDS))
            tasks.start("presence", presence.run(record.publish, stop))
            tasks.start("cameras", bridge.run(record.publish, stop))
            tasks.start("stages", tell_stages(heard, shares, own.name, record.publish, stop))
            tasks.start("drills", drill_bridge.run(record.publish, stop))
            tasks.start("shields", judgements.run(video.publish, stop))
            tasks.start("counts", counts.run(stop))
            vectors = Vectors(intake, shares, versions, galleries, sightings, shield)
            await _match(vectors, record, replica, clock, meters, stop)


@dataclass(frozen=True, slots=True)
class Vectors:
    """Where vectors come from, the line in which they wait, and what becomes of them, by their recogniser."""

    intake: Intake
    shares: Shares
    versions: Versions
    galleries: Galleries
    sightings: WaitingSightings
    shield: Shield


async def _match(
    vectors: Vectors, record: Bus, replica: "Replica", clock: ClockWatch, meters: Meters, stop: asyncio.Event
) -> None:
    """Compare faces once the list is complete: no face, live or of an enrolment, is compared with half a list."""
    await replica.complete(stop)
    await first_of(clock.compared, stop)
    vectors.galleries.complete()
    alike = {subjects.ALIKE.pattern: vectors.versions.alike}
    # Outermost, so that it is left last: what was decided to the very end is delivered, even when a connection failed.
    over = asyncio.Event()
    async with vectors.sightings.delivering(), record.serve(alike, queue=_QUEUE), LongRunning(over) as tasks:
        tasks.start("intake", vectors.intake.work(vectors.versions, over), within_seconds=None)
        forgetting = forget_walks(vectors.versions.walks, vectors.shield, meters, time.monotonic, over)
        tasks.start("walks", forgetting, within_seconds=periods(WALKS_SECONDS))
        try:
            async with vectors.shares.held():
                await stop.wait()
        finally:
            over.set()


@dataclass(frozen=True, slots=True)
class Replica:
    """This matcher's copy of the list, the stop controls and the threshold, and whether each has been read."""

    gallery: Gallery
    keyring: Keyring
    progress: Progress
    list_read: asyncio.Event
    controls_read: asyncio.Event
    threshold_read: asyncio.Event  # to the threshold

    @classmethod
    def empty(cls, keyring: Keyring, model_sha256: str) -> "Replica":
        """Before anything was read; *model_sha256* is of the recogniser in the settings."""
        return cls(Gallery(model_sha256), keyring, Progress(), asyncio.Event(), asyncio.Event(), asyncio.Event())

    async def stay_current(
        self, record: Bus, take_entry: Apply, meters: Meters, now: Callable[[], datetime], stop: asyncio.Event
    ) -> None:
        """Follow the streams and report what they say until *stop*; the list once the keyring has been read."""
        take_control, take_threshold = TakeControl(self.gallery, meters), TakeThreshold(self.gallery, meters)
        control, policy = subjects.CONTROL_STREAM.name, subjects.POLICY_STREAM.name
        async with LongRunning(stop) as tasks:
            tasks.start("control", follow(record, control, take_control, caught_up=self.controls_read, stop=stop))
            tasks.start("policy", follow(record, policy, take_threshold, caught_up=self.threshold_read, stop=stop))
            tasks.start("list", self._follow_list(record, take_entry, stop), within_seconds=_LIST_SECONDS)
            while not stop.is_set():
                beat()
                for state, count in self.gallery.counts(now()).items():
                    meters.set("wardwatch_entries", count, state=state.name.lower())
                await pause(stop, _REPORT_SECONDS)

    async def _follow_list(self, record: Bus, take: Apply, stop: asyncio.Event) -> None:
        async def apply(delivery: Delivery) -> None:
            await take(delivery)
            self.progress.applied(delivery.sequence)

        # Before that every entry would be locked, and the list would look read while nobody on it can match.
        await first_of(self.keyring.caught_up, stop)
        await follow(record, subjects.WATCHLIST_STREAM.name, apply, caught_up=self.list_read, stop=stop)

    async def complete(self, stop: asyncio.Event) -> None:
        """Wait until every stream has been read to its end, or for *stop*."""
        for read in (self.list_read, self.controls_read, self.threshold_read):
            await first_of(read, stop)

    def is_complete(self) -> bool:
        """Whether every stream has been read to its end."""
        return all(read.is_set() for read in (self.list_read, self.controls_read, self.threshold_read))

    def ready(self) -> dict[str, ReadyCheck]:
        """Not ready before every stream has been read."""
        return {
            "watchlist": _arrived(self.list_read, "the watchlist is still being read"),
            "control": _arrived(self.controls_read, "the stop controls are still being read"),
            "threshold": _arrived(self.threshold_read, "the threshold is still being read"),
        }


def _arrived(event: asyncio.Event, reason: str) -> ReadyCheck:
    async def check() -> str | None:
        return None if event.is_set() else reason

    return check


def _bus(settings: Settings, account: Account, seed: Path, meters: Meters) -> AbstractAsyncContextManager[Bus]:
    return Bus.connect(
        settings.nats_url,
        user=f"matcher-{account.lower()}",
        user_seed_file=seed,
        account=account,
        meters=meters,
        signatures=read_signatures(Author.MATCHER, settings.signing_key_file, settings.authors_file),
    )


def _presence(
    own: MatcherProcess,
    replica: Replica,
    galleries: Galleries,
    versions: Versions,
    locked: LockedEntries,
    clock: ClockWatch,
) -> Presence:
    reading = Reading(
        lambda: replica.gallery.entries,
        lambda: galleries.rows - versions.drills_known,
        lambda: locked.count,
        lambda: galleries.generation,
        lambda: clock.skew,
        lambda: replica.gallery.threshold_number,
        lambda: replica.gallery.stopped_sites,
    )
    return Presence(own, replica.progress, reading, _now)


def _policy(settings: Settings) -> MatchPolicy:
    gate = QualityGate(settings.min_face_px, settings.max_yaw_degrees, settings.min_sharpness)
    return MatchPolicy(settings.model_sha256, settings.dimension, gate, settings.neighbours)


def _shield_limits(settings: Settings) -> ShieldLimits:
    try:
        names = [part.strip() for part in settings.unshielded_sites.split(",") if part.strip()]
        without = frozenset(subjects.site_id(name) for name in names)
    except ValueError as error:
        raise StartupError(str(error)) from error
    return ShieldLimits(
        settings.judged_within_minutes * 60, settings.shield_hours * 3600, settings.max_shielded, without=without
    )


def _index(settings: Settings, stack: AsyncExitStack, meters: Meters, dimension: int, *, is_first: bool) -> ListIndex:
    # A gauge tells of one index: of that of the list's recogniser. What the other holds is in the presence.
    return stack.enter_context(ListIndex(_shape(settings, dimension), meters if is_first else Meters()))


def _shape(settings: Settings, dimension: int) -> IndexShape:
    return IndexShape(
        dimension,
        links=settings.index_links,
        ef_construction=settings.index_ef_construction,
        ef=settings.index_ef,
        hnsw_from_rows=settings.hnsw_from_rows,
        purge_seconds=settings.purge_seconds,
    )


if __name__ == "__main__":
    process.run(main, service="matcher")
