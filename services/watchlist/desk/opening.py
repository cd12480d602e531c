"""The desk as a whole: its stores on one database, its modules, and the front that serves them."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from proto.wardwatch.v1.sealing import NONCE_BYTES
from services.chassis.telemetry import Meters
from services.watchlist.desk.cards import CardDesk
from services.watchlist.desk.entries import EntryDesk
from services.watchlist.desk.erasure import Custody, ErasureDesk
from services.watchlist.desk.front import Front, Work
from services.watchlist.desk.groups import GroupDesk
from services.watchlist.desk.identity import IdentityDesk
from services.watchlist.desk.import_ends import ImportEndDesk
from services.watchlist.desk.imports import ImportDesk
from services.watchlist.desk.pictures import Judge, PictureDesk
from services.watchlist.desk.policy import PolicyDesk
from services.watchlist.desk.standing import StandingDesk
from services.watchlist.desk.submission import SubmissionDesk
from services.watchlist.enrolment.days import USUAL_DAYS, Days
from services.watchlist.enrolment.lookalikes import Listed, LookAlikes
from services.watchlist.enrolment.rules import Pace
from services.watchlist.imports.import_check import BatchComparison
from services.watchlist.imports.import_drafts import ImportDrafts
from services.watchlist.imports.import_end import ImportEnd
from services.watchlist.imports.import_likenesses import ImportLikenesses
from services.watchlist.imports.import_store import ImportStore
from services.watchlist.keys.identity_keys import IdentityKeys
from services.watchlist.keys.seals import Keys, Seals
from services.watchlist.record.card_store import CardStore
from services.watchlist.record.database import Database
from services.watchlist.record.entry_reader import EntryReader
from services.watchlist.record.entry_store import EntryStore
from services.watchlist.record.erasure_store import ErasureStore
from services.watchlist.record.holders import SessionHolders
from services.watchlist.record.identity_store import IdentityStore
from services.watchlist.record.likeness_store import LikenessStore
from services.watchlist.record.list_store import ListStore
from services.watchlist.record.photo_copies import PhotoCopies
from services.watchlist.record.photo_store import PhotoStore
from services.watchlist.record.review_store import ReviewStore
from services.watchlist.record.same_face import SameFace
from services.watchlist.record.threshold_store import ThresholdStore


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the desk works with. ``database`` is open as role ``wardwatch_import``."""

    database: Database
    keys: Keys
    identity: IdentityKeys
    listed: Listed
    judge: Judge
    custody: Custody
    model_sha256: str


@dataclass(frozen=True, slots=True)
class Clock:
    """Where time, days and ids come from. ``monotonic`` gives seconds that never go back."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    new_id: Callable[[], UUID]
    days: Days = USUAL_DAYS


@contextmanager
def desk(holdings: Holdings, clock: Clock) -> Iterator[Mapping[str, Work]]:
    """Every operation of the desk, by its name, until left."""
    database = holdings.database
    reader = EntryReader(Seals(holdings.keys, holdings.identity, lambda: os.urandom(NONCE_BYTES)), clock.days)
    entries, listed = EntryStore(database, reader), ListStore(database, reader)
    likenesses = LikenessStore(database, reader)
    faces = SameFace(reader.seals, holdings.model_sha256)
    photos = PhotoStore(database, reader, faces)
    imports = ImportStore(database, reader.seals, clock.days)
    with (
        LookAlikes(likenesses, holdings.listed, holdings.keys, holdings.model_sha256) as resembled,
        BatchComparison(holdings.listed, holdings.keys, holdings.model_sha256) as comparison,
    ):
        modules = (
            EntryDesk(entries, listed, holdings.keys, clock.now, clock.days),
            PictureDesk(entries, photos, holdings.judge, holdings.keys, clock.now, clock.new_id, clock.days),
            SubmissionDesk(
                entries, likenesses, photos, PhotoCopies(database, reader, photos), holdings.keys, resembled
            ),
            StandingDesk(entries, photos, listed, clock.now, clock.days),
            ErasureDesk(ErasureStore(database, reader), holdings.custody),
            IdentityDesk(entries, IdentityStore(database, reader)),
            GroupDesk(listed),
            CardDesk(CardStore(database, reader.seals)),
            ImportDesk(
                imports,
                ImportDrafts(database, imports, photos),
                listed,
                holdings.judge,
                holdings.keys,
                holdings.model_sha256,
                clock.now,
                clock.days,
            ),
            ImportEndDesk(
                imports,
                ImportEnd(database, imports, faces),
                ImportLikenesses(database, reader.seals),
                comparison,
                holdings.custody,
                holdings.keys,
                holdings.model_sha256,
            ),
            PolicyDesk(ThresholdStore(database), ReviewStore(database, reader.seals, faces, clock.days)),
        )
        yield {name: work for module in modules for name, work in module.works().items()}


def front(database: Database, works: Mapping[str, Work], pace: Pace, meters: Meters, clock: Clock) -> Front:
    """Serves *works* to holders of a session."""
    return Front(SessionHolders(database), works, pace, meters, monotonic=clock.monotonic, new_id=clock.new_id)
