"""Every subject Wardwatch speaks on: who owns it, how it travels, and what is kept of it.

This table is the single source: NATS permissions, stream set-up and ``asyncapi.yaml`` are derived from it or
held against it by a test.
"""

import re
import zlib
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final, NewType

SiteId = NewType("SiteId", str)
CameraId = NewType("CameraId", str)
FrameId = NewType("FrameId", str)
EntryId = NewType("EntryId", str)

# The largest message the broker takes: a 4K JPEG of high quality is about 4 MB.
MAX_PAYLOAD_BYTES: Final = 8 * 1024 * 1024

# Broker versions before this one have a JetStream recovery fault after power loss.
MINIMUM_SERVER_VERSION: Final = (2, 14, 3)


# A camera's frames and vectors belong to one of so many shares, which the living replicas of a stage divide among
# themselves (docs/adr/0075). Changed, it must change everywhere at once.
SHARES: Final = 64


class Account(StrEnum):
    """The two halves of the privacy boundary, and what each camera has in front of it."""

    VIDEO = "VIDEO"  # carries passers-by; has no JetStream, so nothing in it can be stored
    RECORD = "RECORD"  # carries only what concerns listed people; stored and fsynced
    CAMERA = "CAMERA"  # one for each camera, with limits of its own; its frames are all that leaves it, to VIDEO
    FED = "FED"  # lists on their way between hospitals, signed and sealed; alone ends a link to another broker


class Delivery(StrEnum):
    """What a sender may expect of a subject."""

    PERISHABLE = "perishable"  # at most once; the freshest wins; overload sheds and counts
    OWED = "owed"  # stored before it is acknowledged; at least once; effects exactly once
    REQUEST = "request"  # answered or refused in words


class Author(StrEnum):
    """Who signs what decides something, each with a key of its own that the broker never sees (docs/adr/0071)."""

    WATCHLIST = "watchlist"
    MATCHER = "matcher"
    ALERTS = "alerts"
    OPERATOR = "operator"  # the command line
    DRILL = "drill"
    DELIVERY = "delivery"
    FEDERATION = "federation"


@dataclass(frozen=True, slots=True)
class Subject:
    """One row of the table. ``pattern`` is what a subscriber listens on.

    A message must be signed by one of ``authors``. Where there are none it decides nothing that outlasts it.
    """

    pattern: str
    account: Account
    delivery: Delivery
    message: str  # name of the protobuf message, or "JPEG"
    authors: frozenset[Author] = frozenset()


FRAMES: Final = Subject("frames.*.*", Account.CAMERA, Delivery.PERISHABLE, "JPEG")
# The same frame as the broker hands it to VIDEO, with the camera's share in its subject.
SHARED_FRAMES: Final = Subject("frames.*.*.*", Account.VIDEO, Delivery.PERISHABLE, "JPEG")
REJECTED: Final = Subject("rejected.*.*", Account.VIDEO, Delivery.PERISHABLE, "FrameRejected")
FACES: Final = Subject("faces.*.*.*", Account.VIDEO, Delivery.PERISHABLE, "FaceDetected")
VECTORS: Final = Subject("vectors.*.*.*", Account.VIDEO, Delivery.PERISHABLE, "FaceEmbedded")
PHOTO_DETECT: Final = Subject("photo.detect", Account.VIDEO, Delivery.REQUEST, "PhotoDetectRequest")
PHOTO_EMBED: Final = Subject("photo.embed", Account.VIDEO, Delivery.REQUEST, "PhotoEmbedRequest")
# By the recogniser beside the list's, while there are two (docs/adr/0105).
PHOTO_EMBED_SECOND: Final = Subject("photo.embed.second", Account.VIDEO, Delivery.REQUEST, "PhotoEmbedRequest")
# What is wrong with a camera, from the detector to one matcher, which says it on CAMERAS.
TROUBLES: Final = Subject("troubles.*.*", Account.VIDEO, Delivery.PERISHABLE, "CameraState")
# How replicas of a stage divide its cameras: who lives and what it has, and whether the broker still knows somebody.
REPLICAS: Final = Subject("replicas.*.*", Account.VIDEO, Delivery.PERISHABLE, "ReplicaBeat")
PINGS: Final = Subject("pings.*.*", Account.VIDEO, Delivery.PERISHABLE, "nothing")
# How far a drill came, from whoever had it in hand to the drill service and to one matcher, which says it on DRILLS.
STEPS: Final = Subject("steps.*.*", Account.VIDEO, Delivery.PERISHABLE, "DrillStep")
# What a drill's face is like, which is drawn and nobody's (docs/adr/0086).
DRILL_TEMPLATE: Final = Subject(
    "drill.template", Account.VIDEO, Delivery.PERISHABLE, "DrillTemplate", frozenset({Author.DRILL})
)
# What a walk is like that people judged to be somebody else's, from matcher to matcher (docs/adr/0091).
SHIELDS: Final = Subject("shields.*", Account.VIDEO, Delivery.PERISHABLE, "WalkShielded", frozenset({Author.MATCHER}))
SIGHTINGS: Final = Subject("sightings.*.*", Account.RECORD, Delivery.OWED, "PersonSighted", frozenset({Author.MATCHER}))
# Which sightings people judged to be somebody else's, to every matcher: ids, and nothing of a face.
JUDGED: Final = Subject("judged.*", Account.RECORD, Delivery.PERISHABLE, "SightingsJudged", frozenset({Author.ALERTS}))
WATCHLIST: Final = Subject(
    "watchlist.*", Account.RECORD, Delivery.OWED, "EntryPublished", frozenset({Author.WATCHLIST})
)
CONTROL: Final = Subject(
    "control.*", Account.RECORD, Delivery.OWED, "MatchingControl", frozenset({Author.ALERTS, Author.OPERATOR})
)
POISON: Final = Subject("poison.>", Account.RECORD, Delivery.OWED, "the refused message's own bytes")
# Requests to the desk: one subject per operation of proto/wardwatch/v1/desk.py.
DESK: Final = Subject("desk.watchlist.*", Account.RECORD, Delivery.REQUEST, "DeskCall")
KEYS: Final = Subject(
    "keys.*", Account.RECORD, Delivery.OWED, "KeyPublished", frozenset({Author.WATCHLIST, Author.OPERATOR})
)
RECEIPTS: Final = Subject("receipts.*", Account.RECORD, Delivery.OWED, "ErasureReceipt", frozenset({Author.MATCHER}))
# How near walks came to the list: counts of many walks together, and of nobody (docs/adr/0098).
COUNTS: Final = Subject("counts.*.*", Account.RECORD, Delivery.OWED, "WalksCounted", frozenset({Author.MATCHER}))
MATCHERS: Final = Subject(
    "matchers.*", Account.RECORD, Delivery.PERISHABLE, "MatcherPresence", frozenset({Author.MATCHER})
)
POLICY: Final = Subject(
    "policy.threshold", Account.RECORD, Delivery.OWED, "ThresholdPublished", frozenset({Author.WATCHLIST})
)
# What the stages that see say of a camera: all that passes from VIDEO to people beside
# a sighting and counts of walks (docs/adr/0077, 0098).
CAMERAS: Final = Subject("cameras.*.*", Account.RECORD, Delivery.PERISHABLE, "CameraState", frozenset({Author.MATCHER}))
# How far the drills of each camera came: codes and times, of a face that is nobody's.
DRILLS: Final = Subject("drills.*.*", Account.RECORD, Delivery.PERISHABLE, "DrillStep", frozenset({Author.MATCHER}))
# Which replicas of the stages that see live, as one matcher knows it; and those of the services that keep the record,
# each by its own word (docs/adr/0085).
STAGES: Final = Subject("stages.*", Account.RECORD, Delivery.PERISHABLE, "StageReport", frozenset({Author.MATCHER}))
SERVICES: Final = Subject(
    "services.*.*",
    Account.RECORD,
    Delivery.PERISHABLE,
    "ReplicaBeat",
    frozenset({Author.WATCHLIST, Author.ALERTS, Author.FEDERATION}),
)
# A request to every alerts process: a camera is missed when it is silent, or no more.
EXPECTED: Final = Subject(
    "expected.cameras", Account.RECORD, Delivery.REQUEST, "CameraExpected", frozenset({Author.OPERATOR})
)
# A request to all matchers at once; each replies with its MatcherPresence.
ROLL: Final = Subject("roll.matchers", Account.RECORD, Delivery.REQUEST, "RollCall")
# A stop, to all matchers at once, beside CONTROL: it must also hold while the broker stores nothing (safeguard S11).
# Each replies with its MatcherPresence.
HALT: Final = Subject(
    "halt.matchers", Account.RECORD, Delivery.REQUEST, "MatchingControl", frozenset({Author.ALERTS, Author.OPERATOR})
)
# A request to one matcher that has read the list: which entries resemble the faces of enrolment photos.
ALIKE: Final = Subject("alike.matchers", Account.RECORD, Delivery.REQUEST, "AlikeRequest")
AUDIT: Final = Subject("audit.head", Account.RECORD, Delivery.OWED, "AuditHead", frozenset({Author.ALERTS}))
# What other systems of the hospital may know of an alert: where, when, and whether it is answered. No picture, no name.
ALERTS: Final = Subject("alerts.*.*", Account.RECORD, Delivery.OWED, "AlertNotice", frozenset({Author.DELIVERY}))
# What federation asks of the watchlist service: the content of an entry that is to travel, and to write one down.
FEDERATION: Final = Subject(
    "federation.watchlist.*", Account.RECORD, Delivery.REQUEST, "ListedContentRequest", frozenset({Author.FEDERATION})
)
# Lists on their way between hospitals. Their authors are other installations: the signature is behind the message, by
# keys that two people of each side compared (docs/adr/0094).
FED_ENTRY: Final = Subject("fed.*.entry.*", Account.FED, Delivery.OWED, "ListedEntry")
FED_KEY: Final = Subject("fed.*.key.*.*", Account.FED, Delivery.OWED, "ListedKey")
FED_HEAD: Final = Subject("fed.*.head", Account.FED, Delivery.OWED, "ListHead")
FED_FACE: Final = Subject("fed.*.face.*.*", Account.FED, Delivery.OWED, "ListedFace")
FED_RECEIPT: Final = Subject("fed.*.receipt.*.*.*", Account.FED, Delivery.OWED, "HospitalReceipt")
FED_HELLO: Final = Subject("fed.*.hello.*", Account.FED, Delivery.OWED, "HospitalHello")
# The keys that the faces of alerts are sealed under, wrapped (docs/adr/0095).
CROPS: Final = Subject("crops.*", Account.RECORD, Delivery.OWED, "KeyPublished", frozenset({Author.ALERTS}))
# Nobody reads it: that it was stored is all that it says.
PROBE: Final = Subject("probe.*", Account.RECORD, Delivery.OWED, "random bytes")

TABLE: Final[tuple[Subject, ...]] = (
    FRAMES,
    SHARED_FRAMES,
    REJECTED,
    FACES,
    VECTORS,
    PHOTO_DETECT,
    PHOTO_EMBED,
    PHOTO_EMBED_SECOND,
    TROUBLES,
    REPLICAS,
    PINGS,
    STEPS,
    DRILL_TEMPLATE,
    SHIELDS,
    SIGHTINGS,
    JUDGED,
    WATCHLIST,
    CONTROL,
    POISON,
    DESK,
    KEYS,
    RECEIPTS,
    COUNTS,
    MATCHERS,
    CAMERAS,
    DRILLS,
    STAGES,
    SERVICES,
    EXPECTED,
    ROLL,
    HALT,
    ALIKE,
    POLICY,
    AUDIT,
    ALERTS,
    CROPS,
    FEDERATION,
    FED_ENTRY,
    FED_KEY,
    FED_HEAD,
    FED_FACE,
    FED_RECEIPT,
    FED_HELLO,
    PROBE,
)

# What a passer-by is made of, vectors that are not sealed, whom people judged to be somebody else, and what is said of
# cameras, which holds for the moment. No stream may ever overlap these (safeguard S1).
NEVER_STORED: Final = (
    "frames.>", "faces.>", "vectors.>", "photo.>", "rejected.>", "alike.>", "troubles.>", "cameras.>", "steps.>",
    "drill.>", "drills.>", "shields.>", "judged.>",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stream:
    """A JetStream stream: always on file, always in the RECORD account.

    ``max_messages_per_subject`` of -1 keeps all; ``max_age`` of None keeps for ever.
    """

    name: str
    subject: Subject
    max_messages_per_subject: int
    max_age: timedelta | None
    max_bytes: int
    # True makes it a work queue: a message is deleted the moment its one consumer acknowledges or ends it.
    forget_once_read: bool = False
    # True refuses what is new when the stream is full; otherwise the oldest is given up for it.
    refuse_when_full: bool = False
    # How long the broker remembers a Nats-Msg-Id. Consumers are idempotent all the same.
    duplicate_window: timedelta = timedelta(minutes=2)
    # True: nobody can delete or purge a message, whatever their rights. Cannot be taken back on a stream that has it.
    append_only: bool = False


# A sighting carries the picture of a face, and most never become an incident: once alerts has recorded one, no copy of
# it may stay here. Unread ones are kept for a week: longer than any repair of the database should take.
SIGHTINGS_STREAM: Final = Stream("SIGHTINGS", SIGHTINGS, -1, timedelta(days=7), 4 * 1024**3, forget_once_read=True)
# The last message is the truth. The one before it stays for a moment, until it is deleted by name: what the broker
# drops by itself it does not overwrite (docs/adr/0046).
WATCHLIST_STREAM: Final = Stream("WATCHLIST", WATCHLIST, 2, None, 8 * 1024**3)
# The last message is the truth; the earlier ones wait here for the audit while the database is away.
CONTROL_STREAM: Final = Stream("CONTROL", CONTROL, 1000, None, 16 * 1024**2)
POISON_STREAM: Final = Stream("POISON", POISON, -1, timedelta(days=7), 256 * 1024**2)
# Data keys live here and nowhere else, so that a copy of the database can be read only while the keys are kept
# (docs/adr/0043). The last message of an owner is the truth; the broker gives up none by itself: a key that is wrapped
# anew or destroyed is deleted by name, the key first and then the tombstone is published.
KEYRING_STREAM: Final = Stream("KEYRING", KEYS, -1, None, 1024**3, refuse_when_full=True)
# Read through one durable consumer, which a work queue has no second of; it is called as who read it first.
RECEIPTS_DURABLE: Final = "matcher"
RECEIPTS_STREAM: Final = Stream("RECEIPTS", RECEIPTS, -1, None, 64 * 1024**2, forget_once_read=True)
COUNTS_DURABLE: Final = "watchlist"
# What nobody has read for a day is not worth its room: the next counts come in an hour.
COUNTS_STREAM: Final = Stream("COUNTS", COUNTS, -1, timedelta(days=1), 16 * 1024**2, forget_once_read=True)
POLICY_STREAM: Final = Stream("POLICY", POLICY, 1, None, 1024**2)
# Heads of the audit's chain, out of the reach of whoever rules the database (docs/adr/0045). Each covers all before it,
# so the newest is what counts; at one in ten seconds at most, this many go back eleven days of unbroken work or more.
AUDIT_STREAM: Final = Stream("AUDIT", AUDIT, 100_000, None, 64 * 1024**2, append_only=True)
# For systems that were away for a day; the record of alerts is the database.
ALERTS_STREAM: Final = Stream("ALERTS", ALERTS, -1, timedelta(days=1), 16 * 1024**2)
# A face's key; deleted by name when the face is.
CROPS_STREAM: Final = Stream("CROPS", CROPS, 1, None, 1024**3, refuse_when_full=True)
# One message of each user: whether the broker still stores (docs/adr/0072).
PROBE_STREAM: Final = Stream("PROBE", PROBE, 1, timedelta(days=1), 1024**2)
STREAMS: Final = (
    SIGHTINGS_STREAM,
    WATCHLIST_STREAM,
    CONTROL_STREAM,
    POISON_STREAM,
    KEYRING_STREAM,
    RECEIPTS_STREAM,
    COUNTS_STREAM,
    POLICY_STREAM,
    AUDIT_STREAM,
    ALERTS_STREAM,
    CROPS_STREAM,
    PROBE_STREAM,
)

# By the first token of a subject, which no two rows with authors, and no two streams, share.
_AUTHORS: Final = {row.pattern.partition(".")[0]: row.authors for row in TABLE if row.authors}
_STORED_IN: Final = {stream.subject.pattern.partition(".")[0]: stream for stream in STREAMS}

HEADER_CAPTURED_AT: Final = "Captured-At"  # RFC 3339, UTC, milliseconds
HEADER_ROTATION: Final = "Rotation"  # degrees clockwise that turn the frame upright: 0, 90, 180 or 270
# On a frame: the mark of a drill, signed (services/chassis/drill_mark.py). On a face and a vector: that it is one of a
# drill, so that it waits in a line of its own; what it is the message says.
HEADER_DRILL: Final = "Wardwatch-Drill"
HEADER_MESSAGE_ID: Final = "Nats-Msg-Id"
# On a face: which look of its track it is, from 1. Nothing rests on it but who goes first when there are too many.
HEADER_LOOK: Final = "Wardwatch-Look"
# On a request: a subject on which the process that handles it replies until it is done.
HEADER_HELD_ON: Final = "Wardwatch-Held-On"
# On what must be signed: the author, a colon, and the Ed25519 signature in base64 (services/chassis/signing.py).
HEADER_SIGNATURE: Final = "Wardwatch-Signature"
HEADER_REASON: Final = "Reason"  # on poison: why it can never succeed

# Below it everybody has an inbox that only he may read; nothing else is a place for a reply.
INBOXES: Final = "_INBOX."

# The site of loads (`wardwatch bench`): nobody is rung from it, and nobody misses its cameras.
BENCH_SITE: Final = SiteId("bench")
# What a load's cameras are called, with a number behind it, at whatever site.
BENCH_CAMERAS: Final = "bench-"

TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LIST_NAME: Final = re.compile(r"[a-z0-9-]{1,32}")

# The NATS user of the service `federation` for lists that this installation publishes. For each list that it joined
# there is another one, alone in an account.
FEDERATION_USER: Final = "federation"
_JOINED_USER: Final = "joined-"
_JOINED_ACCOUNT: Final = "JOINED-"


@dataclass(frozen=True, slots=True)
class Place:
    """A camera of a site, as named by a subject."""

    site: SiteId
    camera: CameraId


def is_load(place: Place) -> bool:
    """Whether a camera is one of a load, which nobody misses."""
    name = place.camera
    is_named = name.startswith(BENCH_CAMERAS) and name.removeprefix(BENCH_CAMERAS).isdecimal()
    return place.site == BENCH_SITE or is_named


def authors_of(subject: str) -> frozenset[Author]:
    """Who may have signed a message on *subject*; nobody where none need be signed."""
    return _AUTHORS.get(subject.partition(".")[0], frozenset())


def stream_of(subject: str) -> Stream | None:
    """The stream that stores what is published on *subject*, if any does."""
    return _STORED_IN.get(subject.partition(".")[0])


def site_id(text: str) -> SiteId:
    """Return *text* as a site's name. Raises ValueError when it is not one subject token."""
    return SiteId(_token(text, "site"))


def camera_id(text: str) -> CameraId:
    """Return *text* as a camera's name. Raises ValueError when it is not one subject token."""
    return CameraId(_token(text, "camera"))


def camera_of(subject: str) -> Place:
    """Read site and camera from ``<kind>.<site>.<camera>``. Raises ValueError for any other form."""
    tokens = subject.split(".")
    if len(tokens) != 3:
        raise ValueError(f"subject {subject!r} is not of the form <kind>.<site>.<camera>")
    return Place(site_id(tokens[1]), camera_id(tokens[2]))


@lru_cache(maxsize=1024)
def place_of(subject: str) -> Place:
    """Read site and camera from ``<kind>.<share>.<site>.<camera>``. Raises ValueError for any other form."""
    tokens = subject.split(".")
    if len(tokens) != 4:
        raise ValueError(f"subject {subject!r} is not of the form <kind>.<share>.<site>.<camera>")
    return Place(site_id(tokens[2]), camera_id(tokens[3]))


def share_of(place: Place) -> int:
    """The share that a camera belongs to, the same in every process and for ever."""
    return _share(f"{place.site}.{place.camera}")


def _share(name: str) -> int:
    return zlib.crc32(name.encode()) % SHARES


def frames(place: Place) -> str:
    """Where a camera publishes its frames."""
    return f"frames.{place.site}.{place.camera}"


def shared_frames(place: Place) -> str:
    """Where a detector hears the camera's frames."""
    return f"frames.{share_of(place)}.{place.site}.{place.camera}"


def rejected(place: Place) -> str:
    """Where a camera's integrator reads why a frame was refused."""
    return f"rejected.{place.site}.{place.camera}"


def troubles(place: Place) -> str:
    """Where the detector says what is wrong with a camera."""
    return f"troubles.{place.site}.{place.camera}"


def camera_state(place: Place) -> str:
    """Where a matcher passes that on, to the services that people use."""
    return f"cameras.{place.site}.{place.camera}"


def steps(place: Place) -> str:
    """Where it is said how far a drill of this camera came."""
    return f"steps.{place.site}.{place.camera}"


def drills(place: Place) -> str:
    """Where a matcher passes that on, to the services that people use."""
    return f"drills.{place.site}.{place.camera}"


def faces(place: Place, face_id: str) -> str:
    """Where the detector publishes a face. Those of one camera go to different embedders, which keep none."""
    return f"faces.{_share(face_id)}.{place.site}.{place.camera}"


def vectors(place: Place) -> str:
    """Where the embedder publishes a camera's vectors."""
    return f"vectors.{share_of(place)}.{place.site}.{place.camera}"


def replica_beat(stage: str, replica: str) -> str:
    """Where the replica of a stage says that it lives."""
    return f"replicas.{_token(stage, 'stage')}.{_token(replica, 'replica')}"


def replica_ping(stage: str, replica: str) -> str:
    """What only this replica listens on: the broker tells whoever publishes there when it is gone."""
    return f"pings.{_token(stage, 'stage')}.{_token(replica, 'replica')}"


def replica_call(stage: str) -> str:
    """What every replica of a stage listens on, and nobody else: the broker says at once when none is there."""
    return f"pings.{_token(stage, 'stage')}.all"


def sightings(place: Place) -> str:
    """Where the matcher publishes that a listed person was seen by a camera."""
    return f"sightings.{place.site}.{place.camera}"


def judged(site: str) -> str:
    """Where matchers hear which sightings of a site people judged to be somebody else's."""
    return f"judged.{_token(site, 'site')}"


def shields(site: str) -> str:
    """Where matchers tell each other what those walks are like."""
    return f"shields.{_token(site, 'site')}"


def site_of(subject: str) -> SiteId:
    """Read the site from ``<kind>.<site>``. Raises ValueError for any other form."""
    kind, _, site = subject.partition(".")
    if not kind:
        raise ValueError(f"subject {subject!r} is not of the form <kind>.<site>")
    return site_id(site)


def watchlist(entry: EntryId) -> str:
    """Where an entry's present state is published."""
    return f"watchlist.{_token(entry, 'entry')}"


def alerts(site: str, incident: str) -> str:
    """Where other systems are told of an alert."""
    return f"alerts.{_token(site, 'site')}.{_token(incident, 'incident')}"


def crops(owner: str) -> str:
    """Where the key of an alert's face is."""
    return f"crops.{_token(owner, 'owner')}"


def control(site: SiteId) -> str:
    """Where matching at a site is stopped and resumed."""
    return f"control.{site}"


def desk(operation: str) -> str:
    """The subject of requests for *operation* of the desk."""
    return f"desk.watchlist.{_token(operation, 'operation')}"


def keys(owner: str) -> str:
    """Where the wrapped data key of an entry or an import is published."""
    return f"keys.{_token(owner, 'owner')}"


def receipts(entry: EntryId) -> str:
    """Where matchers say that they have let go of an erased entry."""
    return f"receipts.{_token(entry, 'entry')}"


def counts(place: Place) -> str:
    """Where matchers say how near walks at a camera came to the list."""
    return f"counts.{place.site}.{place.camera}"


def stage_report(matcher: str) -> str:
    """Where the matcher *matcher* says which replicas live."""
    return f"stages.{_token(matcher, 'matcher')}"


def service_beat(service: str, replica: str) -> str:
    """Where the replica of a service in RECORD says that it lives."""
    return f"services.{_token(service, 'service')}.{_token(replica, 'replica')}"


def matcher_presence(name: str) -> str:
    """Where the matcher *name* says how it is."""
    return f"matchers.{_token(name, 'matcher')}"


def federation(operation: str) -> str:
    """Where federation asks the watchlist service for *operation*."""
    return f"federation.watchlist.{_token(operation, 'operation')}"


def list_name(text: str) -> str:
    """Return *text* as a list's or a hospital's name. Raises ValueError when it is none."""
    if not _LIST_NAME.fullmatch(text):
        raise ValueError(f"{text!r} must be 1 to 32 of a-z 0-9 -")
    return text


def fed_entry(list_: str, entry: str) -> str:
    """Where a publisher says how an entry of a list stands."""
    return f"fed.{list_name(list_)}.entry.{_token(entry, 'entry')}"


def fed_key(list_: str, hospital: str, entry: str) -> str:
    """Where an entry's travel key is, for one hospital."""
    return f"fed.{list_name(list_)}.key.{list_name(hospital)}.{_token(entry, 'entry')}"


def fed_head(list_: str) -> str:
    """Where a publisher says how a list stands."""
    return f"fed.{list_name(list_)}.head"


def fed_face(list_: str, entry: str, photo: str) -> str:
    """Where the enrolled face is that guards compare."""
    return f"fed.{list_name(list_)}.face.{_token(entry, 'entry')}.{_token(photo, 'photo')}"


def fed_receipt(list_: str, hospital: str, entry: str, matcher: str) -> str:
    """Where a hospital says that its *matcher* has let go of an erased entry; matcher ``-`` closes the erasure."""
    return f"fed.{list_name(list_)}.receipt.{list_name(hospital)}.{_token(entry, 'entry')}.{_token(matcher, 'matcher')}"


def fed_hello(list_: str, hospital: str) -> str:
    """Where a hospital says how it stands with a list."""
    return f"fed.{list_name(list_)}.hello.{list_name(hospital)}"


def poison(subject: str) -> str:
    """Where a copy of an owed message that can never succeed is kept for inspection."""
    return f"poison.{subject}"


def probe(user: str) -> str:
    """Where *user* proves to itself that the broker stores."""
    return f"probe.{_token(user, 'user')}"


def inbox_prefix(user: str) -> str:
    """The inbox only this NATS user may read, so that no user can overhear another's answers."""
    return f"{INBOXES}{user.replace('.', '-')}"


def camera_user(place: Place) -> str:
    """Name of a camera's NATS user."""
    return f"camera.{place.site}.{place.camera}"


def camera_account(user: str) -> str:
    """The broker's account of the camera whose NATS user is *user*: the server takes no dot in it."""
    return user.replace(".", "-")


def joined_user(list_: str) -> str:
    """Name of the NATS user that works a list which this installation joined."""
    return f"{_JOINED_USER}{list_name(list_)}"


def is_joined_user(user: str) -> bool:
    """Whether *user* works a list that this installation joined."""
    return user.startswith(_JOINED_USER)


def joined_account(list_: str) -> str:
    """The broker's account of a list that this installation joined: the link to its publisher ends there."""
    return f"{_JOINED_ACCOUNT}{list_name(list_)}"


def federation_account(user: str) -> str:
    """The broker's account of the NATS user *user* of federation. Raises ValueError for any other user."""
    if user == FEDERATION_USER:
        return Account.FED
    if not user.startswith(_JOINED_USER):
        raise ValueError(f"{user} is no user of federation")
    return joined_account(user.removeprefix(_JOINED_USER))


def link_inbox(hospital: str) -> str:
    """Where a publisher's broker answers the hospital *hospital*, and no other."""
    return f"{INBOXES}fed-{list_name(hospital)}"


def _token(text: str, kind: str) -> str:
    if not TOKEN.fullmatch(text):
        raise ValueError(f"{kind} {text!r} must be 1 to 64 of A-Z a-z 0-9 _ -")
    return text
