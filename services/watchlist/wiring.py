"""How the parts of the service are put together: the desk on one database, replication on the other."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.sealing import NONCE_BYTES
from services.chassis.bus import Bus
from services.chassis.clocks import ClockGuard, broker_time
from services.chassis.disk_space import DiskState
from services.chassis.repairs import Repairs
from services.chassis.telemetry import Meters
from services.watchlist.desk.access import AccessDesk
from services.watchlist.desk.accuracy import AccuracyDesk
from services.watchlist.desk.amendments import AmendmentDesk
from services.watchlist.desk.cards import CardDesk
from services.watchlist.desk.dispatcher import Answer, Dispatcher, Handler
from services.watchlist.desk.drafts import DraftDesk
from services.watchlist.desk.entries import EntryDesk
from services.watchlist.desk.erasure import ErasureDesk, FollowUp
from services.watchlist.desk.from_elsewhere import FromElsewhere
from services.watchlist.desk.groups import GroupDesk
from services.watchlist.desk.identity import IdentityDesk
from services.watchlist.desk.imports import ImportDesk
from services.watchlist.desk.lifecycle import LifecycleDesk
from services.watchlist.desk.photos import PhotoDesk
from services.watchlist.desk.policy import PolicyDesk
from services.watchlist.desk.rate_limit import RateLimit
from services.watchlist.desk.reviewers import ReviewersDesk
from services.watchlist.desk.rolls import RollDesk, Second
from services.watchlist.desk.sharing import SharingDesk
from services.watchlist.desk.submission import SubmissionDesk
from services.watchlist.desk.subscriptions import SubscriptionDesk
from services.watchlist.enrolment.assessment import Assess
from services.watchlist.enrolment.lookalikes import ListedSearch, LookAlikes
from services.watchlist.enrolment.photo_client import PhotoClient
from services.watchlist.enrolment.submission import Submission
from services.watchlist.federation.alike import ReceivedLookAlikes
from services.watchlist.federation.batches import Batches
from services.watchlist.federation.opening import FaceEmbedder, Photos
from services.watchlist.federation.received_store import ReceivedStore
from services.watchlist.federation.receiving import Receiving
from services.watchlist.federation.sharing import ShareContent
from services.watchlist.federation.stopping import Stops
from services.watchlist.federation.subscriptions import SubscriptionStore
from services.watchlist.federation.travel_keys import TravelKeys
from services.watchlist.imports.comparison import ImportComparison
from services.watchlist.imports.completion import ImportCompletion
from services.watchlist.imports.draft_store import ImportDraftStore
from services.watchlist.imports.end_store import ImportEndStore
from services.watchlist.imports.import_store import ImportStore
from services.watchlist.imports.intake import ImportIntake
from services.watchlist.imports.likenesses import ImportLikenessStore
from services.watchlist.keys.identity_keys import IdentityKeys
from services.watchlist.keys.keyring import Keyring
from services.watchlist.keys.seals import Keys, Seals
from services.watchlist.record.access_store import AccessStore
from services.watchlist.record.accuracy_store import AccuracyStore
from services.watchlist.record.amendment_store import AmendmentStore
from services.watchlist.record.budget_store import BudgetStore
from services.watchlist.record.card_store import CardStore
from services.watchlist.record.content_store import ContentStore
from services.watchlist.record.database import Database
from services.watchlist.record.draft_store import DraftStore
from services.watchlist.record.entry_reader import EntryReader
from services.watchlist.record.entry_search import EntrySearch
from services.watchlist.record.entry_store import EntryStore
from services.watchlist.record.erasure_store import ErasureStore
from services.watchlist.record.holders import SessionHolders
from services.watchlist.record.hospital_store import HospitalStore
from services.watchlist.record.identity_store import IdentityStore
from services.watchlist.record.likeness_store import LikenessStore
from services.watchlist.record.list_store import ListStore
from services.watchlist.record.open_words import OpenWords
from services.watchlist.record.photo_copies import PhotoCopies
from services.watchlist.record.photo_store import PhotoStore
from services.watchlist.record.reembedding_store import ReembeddingStore
from services.watchlist.record.review_store import ReviewStore
from services.watchlist.record.reviewers_store import ReviewersStore
from services.watchlist.record.roll_store import RollStore
from services.watchlist.record.same_face import SameFace
from services.watchlist.record.share_store import ShareStore
from services.watchlist.record.threshold_store import ThresholdOutbox, ThresholdStore
from services.watchlist.record.waiting_store import WaitingStore
from services.watchlist.reembedding.keeper import Reembedding
from services.watchlist.replication.budget import BudgetKeeper, RecordWalks
from services.watchlist.replication.erasure_progress import ErasureProgressStore
from services.watchlist.replication.erasures import ErasureFollowUp
from services.watchlist.replication.job_store import JobStore
from services.watchlist.replication.jobs import ScheduledJobs
from services.watchlist.replication.list_watch import ListWatch
from services.watchlist.replication.liststream import ListStream
from services.watchlist.replication.outbox import Outbox
from services.watchlist.replication.presence import PresenceRecorder
from services.watchlist.replication.reconcile import Reconcile
from services.watchlist.replication.reconcile_store import ReconcileStore
from services.watchlist.replication.relay import Relay
from services.watchlist.replication.replica_store import ReplicaStore
from services.watchlist.replication.replication import Replication
from services.watchlist.replication.stream_writer import StreamWriter
from services.watchlist.replication.threshold import ThresholdRelay
from services.watchlist.rules.days import USUAL_DAYS, Days


@dataclass(frozen=True, slots=True)
class Resources:
    """What the desk works with. ``database`` is open as role ``wardwatch_import``."""

    database: Database
    keys: Keys
    identity: IdentityKeys
    listed: ListedSearch
    assess: Assess
    erasures: FollowUp
    model_sha256: str
    meters: Meters
    second: Second
    words: OpenWords


@dataclass(frozen=True, slots=True)
class ReplicationSettings:
    """``reconcile_hour`` is of the day, UTC; the list's vectors are of the recogniser ``model_sha256``."""

    relay_interval_seconds: float
    reconcile_hour: int
    model_sha256: str


@dataclass(frozen=True, slots=True)
class Clock:
    """Where time, days and ids come from. ``monotonic`` gives seconds that never go back."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    new_id: Callable[[], UUID]
    days: Days = USUAL_DAYS


@contextmanager
def desk(resources: Resources, clock: Clock) -> Iterator[Mapping[str, Handler]]:
    """Every operation of the desk, by its name, until left."""
    database = resources.database
    reader = EntryReader(Seals(resources.keys, resources.identity, lambda: os.urandom(NONCE_BYTES)), clock.days)
    entries, listed = EntryStore(database, reader), ListStore(database, reader)
    likenesses = LikenessStore(database, reader)
    faces = SameFace(reader.seals, resources.model_sha256)
    photos = PhotoStore(database, reader, faces)
    amendments = AmendmentDesk(AmendmentStore(database, reader, faces), resources.keys, resources.erasures)
    imports = ImportStore(database, reader.seals, clock.days)
    with (
        LookAlikes(likenesses, resources.listed, resources.keys, resources.model_sha256) as lookalikes,
        ImportComparison(resources.listed, resources.keys, resources.model_sha256) as comparison,
    ):
        intake = ImportIntake(
            imports,
            ImportDraftStore(database, imports, photos),
            listed,
            resources.assess,
            resources.keys,
            resources.model_sha256,
            clock.now,
            clock.days,
        )
        completion = ImportCompletion(
            imports,
            ImportEndStore(database, imports, faces),
            comparison,
            resources.erasures,
            resources.keys,
            resources.model_sha256,
        )
        submission = Submission(entries, likenesses, photos, lookalikes)
        desks = (
            EntryDesk(
                entries,
                listed,
                EntrySearch(database, reader, resources.words),
                WaitingStore(database, clock.days),
                resources.keys,
                clock.now,
                clock.days,
            ),
            PhotoDesk(entries, photos, resources.assess, resources.keys, clock.now, clock.new_id, clock.days),
            SubmissionDesk(submission, entries, likenesses, PhotoCopies(database, reader, photos), resources.keys),
            DraftDesk(DraftStore(database, reader), listed, clock.now, clock.days),
            amendments,
            LifecycleDesk(entries, photos, listed, amendments, clock.now, clock.days),
            ErasureDesk(ErasureStore(database, reader), resources.erasures),
            IdentityDesk(entries, IdentityStore(database, reader)),
            AccessDesk(AccessStore(database, reader), resources.assess, lookalikes, resources.meters),
            GroupDesk(listed),
            CardDesk(CardStore(database, reader.seals)),
            ImportDesk(imports, ImportLikenessStore(database, reader.seals), intake, completion),
            PolicyDesk(
                ThresholdStore(database, resources.model_sha256),
                ReviewStore(database, reader.seals, faces, clock.days),
            ),
            ReviewersDesk(ReviewersStore(database)),
            AccuracyDesk(AccuracyStore(database)),
            RollDesk(RollStore(database, resources.model_sha256), resources.second),
            SharingDesk(HospitalStore(database), ShareStore(database), clock.now),
            SubscriptionDesk(SubscriptionStore(database), resources.erasures, clock.now),
        )
        every = {name: handler for each in desks for name, handler in each.handlers().items()}
        yield FromElsewhere(ReceivedStore(database, reader, photos)).guarded(every)


def stops(bus: Bus) -> Stops:
    """Stops entries of joined lists while the record is away. *bus* is in account RECORD."""
    stream = ListStream(bus)
    return Stops(stream, StreamWriter(stream, bus.meters), bus.meters)


def received_alike(resources: Resources) -> ReceivedLookAlikes:
    """Compares received entries with the hospital's own."""
    return ReceivedLookAlikes(resources.database, resources.keys, resources.model_sha256)


def reembedding(resources: Resources, photos: PhotoClient, meters: Meters) -> Reembedding:
    """Makes templates of the second of two recognisers."""
    seals = Seals(resources.keys, resources.identity, lambda: os.urandom(NONCE_BYTES))
    return Reembedding(ReembeddingStore(resources.database, seals), photos, seals, resources.model_sha256, meters)


def receiving(resources: Resources, photos: Photos, clock: Clock, stops: Stops) -> Receiving:
    """Writes down what publishers of joined lists say."""
    seals = Seals(resources.keys, resources.identity, lambda: os.urandom(NONCE_BYTES))
    reader, faces = EntryReader(seals, clock.days), SameFace(seals, resources.model_sha256)
    database = resources.database
    store = ReceivedStore(database, reader, PhotoStore(database, reader, faces))
    return Receiving(
        store,
        Batches(store),
        SubscriptionStore(database),
        FaceEmbedder(photos, resources.model_sha256),
        resources.keys,
        resources.erasures,
        stops,
    )


def federation(database: Database, keys: Keyring, identity: IdentityKeys) -> Mapping[str, Answer]:
    """What the federation service is answered, by subject. *database* is open as role ``wardwatch_import``."""
    seals = Seals(keys, identity, lambda: os.urandom(NONCE_BYTES))
    return {subjects.federation("content"): ShareContent(ContentStore(database, seals), keys, seals)}


def dispatcher(
    database: Database,
    handlers: Mapping[str, Handler],
    rate_limit: RateLimit,
    meters: Meters,
    clock: Clock,
    short_disks: Callable[[], Sequence[DiskState]] = tuple,
) -> Dispatcher:
    """Lets *handlers* serve accounts with a valid session."""
    return Dispatcher(
        SessionHolders(database),
        handlers,
        rate_limit,
        meters,
        monotonic=clock.monotonic,
        new_id=clock.new_id,
        short_disks=short_disks,
    )


def replication(
    settings: ReplicationSettings,
    database: Database,
    bus: Bus,
    *,
    keyring: Keyring,
    travel_keys: TravelKeys,
    repairs: Repairs,
    meters: Meters,
    now: Callable[[], datetime],
) -> Replication:
    """What keeps matchers in step. *database* is open as role ``wardwatch_matcher``, *bus* is in account RECORD."""
    replicas, progress, budget = ReplicaStore(database), ErasureProgressStore(database), BudgetStore(database)
    comparisons, stream, jobs = ReconcileStore(database), ListStream(bus), JobStore(database)
    clock = ClockGuard(
        jobs.clock, jobs.believe_clock, partial(broker_time, bus, subjects.WATCHLIST_STREAM.name), meters
    )
    write = StreamWriter(stream, meters)
    interval_seconds = settings.relay_interval_seconds
    reconcile = Reconcile(comparisons, stream, write, keyring, meters, now, uuid4)
    return Replication(
        bus,
        keyring.caught_up,
        Relay(Outbox(database), write, meters, interval_seconds=interval_seconds),
        ThresholdRelay(
            ThresholdOutbox(database, settings.model_sha256), bus, repairs, interval_seconds=interval_seconds
        ),
        RecordWalks(budget, meters),
        BudgetKeeper(budget),
        PresenceRecorder(replicas, meters),
        ErasureFollowUp(progress, keyring, travel_keys, stream, meters),
        ScheduledJobs(
            jobs,
            comparisons,
            reconcile,
            bus.ask_all,
            may_destroy=clock.may_destroy,
            reconcile_hour=settings.reconcile_hour,
        ),
        ListWatch(bus, stream, reconcile, repairs),
        clock,
        replicas,
        progress,
        comparisons,
    )
