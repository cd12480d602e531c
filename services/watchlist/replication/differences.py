"""What the stream holds of an entry against what it should hold: pure. The record decides, and erased stays erased."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from proto.wardwatch.v1.messages import EntryPublished
from proto.wardwatch.v1.subjects import EntryId, SiteId
from proto.wardwatch.v1.values import EntryState


@dataclass(frozen=True, slots=True)
class Effect:
    """All of an entry that decides whether it matches; of its vectors only how many there are."""

    state: EntryState
    expires_at: datetime
    sites: frozenset[SiteId]
    min_similarity: float
    templates: int

    @classmethod
    def of(cls, entry: EntryPublished) -> "Effect":
        """What *entry* does once it is applied."""
        return cls(entry.state, entry.expires_at, entry.sites, entry.min_similarity, len(entry.templates))


@dataclass(frozen=True, slots=True)
class StreamMessage:
    """A message of the stream. ``effect`` is None when its bytes cannot be read; it may hold vectors then.

    ``forged``: this service has not signed it. ``is_stop``: no transaction of the record made it.
    """

    sequence: int
    revision: int
    effect: Effect | None
    forged: bool = False
    is_stop: bool = False

    @property
    def holds_vectors(self) -> bool:
        """Whether somebody who reads the disk could find a vector in it."""
        return self.effect is None or self.effect.templates > 0

    @property
    def erased(self) -> bool:
        """Whether it is the tombstone of an erased entry."""
        return self.effect is not None and self.effect.state is EntryState.ERASED


@dataclass(frozen=True, slots=True)
class RecordedEntry:
    """An entry of the record.

    ``waiting``: its change is still in the outbox; ``dispensable``: nobody needs its tombstone any more; ``keyless``:
    its data key should be gone.
    """

    entry_id: EntryId
    revision: int
    effect: Effect
    waiting: bool
    dispensable: bool
    keyless: bool


class Difference(StrEnum):
    """How stream and record disagree about an entry. Values are metric labels."""

    MISSING = "missing"  # the stream holds nothing of it
    BEHIND = "behind"  # the stream holds an earlier revision
    DIFFERENT = "different"  # the same revision with another effect
    AHEAD = "ahead"  # the stream holds a later change: the record is older than the stream
    UNKNOWN = "unknown"  # the record does not know the entry


# What publishing the record's state once more puts right.
REPAIRABLE = frozenset({Difference.MISSING, Difference.BEHIND, Difference.DIFFERENT})


def difference(recorded: RecordedEntry | None, held: StreamMessage | None) -> Difference | None:
    """How the two disagree, or None when they do not, or when the change is on its way."""
    if recorded is None:
        return None if held is None or held.erased else Difference.UNKNOWN
    if recorded.waiting:
        return None
    if held is None:
        return None if recorded.dispensable else Difference.MISSING
    if held.effect is None or held.revision < recorded.revision:
        return Difference.BEHIND
    if _same(recorded.effect, held.effect):
        return None
    return Difference.AHEAD if _is_later(held, recorded.revision, recorded.effect.state) else Difference.DIFFERENT


def _same(recorded: Effect, held: Effect) -> bool:
    if recorded.state is EntryState.ERASED:
        return held.state is EntryState.ERASED and held.templates == 0
    return recorded == held


def _is_later(held: StreamMessage, revision: int, state: EntryState) -> bool:
    """Whether *held* says something newer than a record at *revision*, which is in *state*.

    Two changes under one number are no error of the stream's: the record was put back and went on from there. Then
    the one that stops the entry holds.
    """
    if held.revision != revision:
        return held.revision > revision
    stopped = held.effect is not None and held.effect.state is not EntryState.ACTIVE
    return stopped and state is EntryState.ACTIVE


def revision_to_publish(entry: EntryPublished, last: StreamMessage | None) -> int | None:
    """Under which revision *entry* may follow *last* on the stream; None when it must not.

    A record that was put back from a backup counts from a lower revision than the stream. An erased entry stays erased,
    and an entry never begins to match by such a record alone; but what stops it is published, as the stream's next.
    """
    if last is None or last.effect is None:
        return entry.revision
    if last.erased and entry.state is not EntryState.ERASED:
        return None
    if not _is_later(last, entry.revision, entry.state):
        return entry.revision
    return None if entry.state is EntryState.ACTIVE else last.revision + 1


def too_many_unknown(unknown: int, known: int) -> bool:
    """Whether so many entries are unknown to the record that it is more likely the wrong one than right."""
    return unknown > max(10, known // 10)


def tombstone(entry_id: EntryId, held: StreamMessage, now: datetime) -> EntryPublished:
    """What ends an entry that the record does not know."""
    return EntryPublished(entry_id, held.revision + 1, EntryState.ERASED, now)
