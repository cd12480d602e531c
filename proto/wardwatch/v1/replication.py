"""Messages of replication: data keys, presence and receipts of matchers, roll calls, thresholds and the audit's head.

Encoding and errors are as in ``messages.py``.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self
from uuid import UUID

from proto.wardwatch.v1 import events_pb2 as pb
from proto.wardwatch.v1.subjects import TOKEN, EntryId, SiteId, camera_id, site_id
from proto.wardwatch.v1.values import digest_or_none, from_microseconds, parse, required, to_microseconds, whole

# No report of accuracy may have a lower floor (the database checks it), so nothing that two people agreed on is below.
LOWEST_SIMILARITY: Final = 0.30


@dataclass(frozen=True, slots=True)
class KeyPublished:
    """The wrapped data key of an entry or an import; ``wrapped`` is empty once it is destroyed."""

    owner_id: str
    key_id: str
    wrapped: bytes = field(repr=False)

    @property
    def destroyed(self) -> bool:
        """Whether this is the tombstone of a key."""
        return not self.wrapped

    def encode(self) -> bytes:
        return pb.KeyPublished(owner_id=self.owner_id, key_id=self.key_id, wrapped=self.wrapped).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.KeyPublished(), payload)
        return cls(required(m.owner_id, "owner_id"), m.key_id, m.wrapped)


@dataclass(frozen=True, slots=True)
class MatcherPresence:
    """A matcher as it was at ``at``, by its own clock. ``clock_skew_us`` is that clock less the broker's."""

    name: str
    incarnation: UUID
    started_at: datetime
    at: datetime
    applied_sequence: int  # of the WATCHLIST stream
    entries: int
    templates: int
    index_generation: int
    clock_skew_us: int
    ending: bool = False
    locked: int = 0  # of the entries: they cannot match here until their data key can be used
    threshold_number: int = 0  # of the threshold it compares with
    stopped_sites: tuple[SiteId, ...] = ()

    def encode(self) -> bytes:
        return pb.MatcherPresence(
            name=self.name,
            incarnation=str(self.incarnation),
            started_us=to_microseconds(self.started_at),
            at_us=to_microseconds(self.at),
            applied_sequence=self.applied_sequence,
            entries=self.entries,
            templates=self.templates,
            index_generation=self.index_generation,
            clock_skew_us=self.clock_skew_us,
            ending=self.ending,
            locked=self.locked,
            threshold_number=self.threshold_number,
            stopped_sites=self.stopped_sites,
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.MatcherPresence(), payload)
        return cls(
            matcher_name(m.name),
            UUID(m.incarnation),
            from_microseconds(m.started_us),
            from_microseconds(m.at_us),
            whole(m.applied_sequence, "applied_sequence"),
            whole(m.entries, "entries", bits=31),
            whole(m.templates, "templates", bits=31),
            whole(m.index_generation, "index_generation"),
            m.clock_skew_us,
            m.ending,
            whole(m.locked, "locked", bits=31),
            whole(m.threshold_number, "threshold_number"),
            tuple(site_id(site) for site in m.stopped_sites),
        )


@dataclass(frozen=True, slots=True)
class OwedReceipts:
    """Erased entries for which one process of a matcher has not signed."""

    matcher: str
    incarnation: UUID
    entries: tuple[EntryId, ...]


@dataclass(frozen=True, slots=True)
class RollCall:
    """A request to every matcher for its presence; names the receipts that are missing."""

    owed: tuple[OwedReceipts, ...] = ()

    def encode(self) -> bytes:
        owed = [
            pb.OwedReceipts(matcher=each.matcher, incarnation=str(each.incarnation), entries=each.entries)
            for each in self.owed
        ]
        return pb.RollCall(owed=owed).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.RollCall(), payload)
        return cls(
            tuple(
                OwedReceipts(matcher_name(o.matcher), UUID(o.incarnation), tuple(EntryId(e) for e in o.entries))
                for o in m.owed
            )
        )


@dataclass(frozen=True, slots=True)
class ErasureReceipt:
    """No memory of this matcher holds a vector of the entry any more."""

    entry_id: EntryId
    matcher: str
    incarnation: UUID
    index_generation: int  # the first without the entry
    released_at: datetime

    def encode(self) -> bytes:
        return pb.ErasureReceipt(
            entry_id=self.entry_id,
            matcher=self.matcher,
            incarnation=str(self.incarnation),
            index_generation=self.index_generation,
            released_us=to_microseconds(self.released_at),
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.ErasureReceipt(), payload)
        return cls(
            EntryId(required(m.entry_id, "entry_id")),
            matcher_name(m.matcher),
            UUID(m.incarnation),
            whole(m.index_generation, "index_generation"),
            from_microseconds(m.released_us),
        )


@dataclass(frozen=True, slots=True)
class AuditHead:
    """How far the audit's chain went: the hash of its last event covers every event before it."""

    sequence: int
    sha256: bytes  # 32 bytes
    chained_at: datetime

    def encode(self) -> bytes:
        return pb.AuditHead(
            sequence=self.sequence, sha256=self.sha256, chained_us=to_microseconds(self.chained_at)
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.AuditHead(), payload)
        if len(m.sha256) != 32:
            raise ValueError(f"an audit head's hash has {len(m.sha256)} bytes, expected 32")
        return cls(whole(m.sequence, "sequence"), m.sha256, from_microseconds(m.chained_us))


@dataclass(frozen=True, slots=True)
class CameraThreshold:
    """From which cosine on one walk raises an incident alone, at one camera.

    Without a ``camera`` it is for every camera of the site that no row names; without a ``site`` too, for all others.
    """

    site: str
    camera: str
    strong_similarity: float

    def __post_init__(self) -> None:
        if not LOWEST_SIMILARITY <= self.strong_similarity <= 1:
            raise ValueError(f"a threshold of {self.strong_similarity} is none that a budget can lead to")
        if self.site:
            site_id(self.site)
        if self.camera:
            camera_id(self.camera)
            site_id(self.site)


@dataclass(frozen=True, slots=True)
class MeasuredModel:
    """Until when faces may be compared by the recogniser of this digest (safeguard S14)."""

    sha256: str
    matches_until: datetime


@dataclass(frozen=True, slots=True)
class SiteModel:
    """Which recogniser decides at a site, by which cosines (docs/adr/0105). Without a ``site``: at all not named.

    ``min_similarity`` makes a sighting and ``strong_similarity`` raises alone; both are 0 where they are as the
    threshold has them, whose recogniser this is.
    """

    site: str
    model_sha256: str
    min_similarity: float = 0.0
    strong_similarity: float = 0.0

    def __post_init__(self) -> None:
        if self.site:
            site_id(self.site)
        if not self.model_sha256:
            raise ValueError("a recogniser without a digest decides nowhere")
        if (self.min_similarity, self.strong_similarity) == (0.0, 0.0):
            return
        if not LOWEST_SIMILARITY <= self.min_similarity <= self.strong_similarity <= 1:
            raise ValueError(f"cosines of {self.min_similarity} and {self.strong_similarity} are none to decide by")


@dataclass(frozen=True, slots=True)
class ThresholdPublished:
    """From which cosine on a face is a sighting, and by which recognisers until when.

    ``number`` grows with every approved change. ``cameras`` is what the budget for false alerts leads to now; none
    where no budget holds. Without ``measured`` nothing is said of recognisers, as by a former version; without a
    ``model_sha256`` the cosines are of the one in the matcher's settings. ``sites`` is all that was decided of sites.
    With one ``number``, ``table_number`` grows with every change of what follows it.
    """

    number: int
    min_similarity: float
    approved_by: str
    approved_at: datetime
    table_number: int = 0
    cameras: tuple[CameraThreshold, ...] = ()
    measured: tuple[MeasuredModel, ...] = ()
    model_sha256: str = ""
    sites: tuple[SiteModel, ...] = ()

    def encode(self) -> bytes:
        return pb.ThresholdPublished(
            number=self.number,
            min_similarity=self.min_similarity,
            approved_by=self.approved_by,
            approved_us=to_microseconds(self.approved_at),
            table_number=self.table_number,
            cameras=[
                pb.CameraThreshold(site=each.site, camera=each.camera, strong_similarity=each.strong_similarity)
                for each in self.cameras
            ],
            measured=[
                pb.MeasuredModel(
                    sha256=bytes.fromhex(each.sha256), matches_until_us=to_microseconds(each.matches_until)
                )
                for each in self.measured
            ],
            model_sha256=bytes.fromhex(self.model_sha256),
            sites=[
                pb.SiteModel(
                    site=each.site,
                    model_sha256=bytes.fromhex(each.model_sha256),
                    min_similarity=each.min_similarity,
                    strong_similarity=each.strong_similarity,
                )
                for each in self.sites
            ],
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.ThresholdPublished(), payload)
        if not 0 <= m.min_similarity <= 1:
            raise ValueError(f"a threshold of {m.min_similarity} is no cosine that faces can be held to")
        number = whole(m.number, "number")
        if number < 1:
            raise ValueError("a threshold without a number was approved by nobody")
        cameras = tuple(CameraThreshold(each.site, each.camera, each.strong_similarity) for each in m.cameras)
        table_number = whole(m.table_number, "table_number")
        if cameras and table_number < 1:
            raise ValueError("a table of cameras without a number")
        measured = tuple(
            MeasuredModel(each.sha256.hex(), from_microseconds(each.matches_until_us)) for each in m.measured
        )
        approved_at = from_microseconds(m.approved_us)
        model, sites = digest_or_none(m.model_sha256), tuple(_site_model(each) for each in m.sites)
        return cls(number, m.min_similarity, m.approved_by, approved_at, table_number, cameras, measured, model, sites)


def _site_model(m: pb.SiteModel) -> SiteModel:
    return SiteModel(m.site, digest_or_none(m.model_sha256), m.min_similarity, m.strong_similarity)


def matcher_name(text: str) -> str:
    """Return *text* as a matcher's name. Raises ValueError when it is not one subject token."""
    if not TOKEN.fullmatch(text):
        raise ValueError(f"matcher {text!r} must be 1 to 64 of A-Z a-z 0-9 _ -")
    return text
