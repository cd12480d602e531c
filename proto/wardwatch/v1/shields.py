"""That a walk was judged to be somebody else's, and what it is like, so that the same visitor rings no more (ADR 91).

Encoding and errors are as in ``messages.py``.
"""

from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from proto.wardwatch.v1 import events_pb2 as pb
from proto.wardwatch.v1.subjects import EntryId
from proto.wardwatch.v1.values import (
    Model,
    Vector,
    finite,
    model_from,
    model_to,
    parse,
    required,
    vector_from,
    vector_to,
)

# Looks of one walk that are sightings; the alerts service names the first so many.
MOST_SIGHTINGS: Final = 256


@dataclass(frozen=True, slots=True)
class SightingsJudged:
    """People judged the walk of ``sighting_ids`` to be somebody else's; or that is taken back, without ids.

    ``at_us``: microseconds since 1970 UTC by the record's clock. Of two words on one incident the later one counts.
    """

    incident_id: UUID
    entry_id: EntryId
    sighting_ids: tuple[str, ...]
    wrong: bool
    at_us: int

    def encode(self) -> bytes:
        return pb.SightingsJudged(
            incident_id=str(self.incident_id),
            entry_id=self.entry_id,
            sighting_ids=self.sighting_ids,
            wrong=self.wrong,
            at_us=self.at_us,
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.SightingsJudged(), payload)
        if len(m.sighting_ids) > MOST_SIGHTINGS:
            raise ValueError(f"{len(m.sighting_ids)} sightings are more than one walk has")
        entry_id = EntryId(required(m.entry_id, "entry"))
        return cls(UUID(m.incident_id), entry_id, tuple(m.sighting_ids), m.wrong, m.at_us)


@dataclass(frozen=True, slots=True, eq=False)
class WalkShielded:
    """``vector`` (dimension,), the mean of a walk that was judged not to be the entry's person; ``left_us`` to live.

    ``similarity`` is the highest cosine to the entry that people judged.
    """

    incident_id: UUID
    entry_id: EntryId
    entry_revision: int
    model: Model
    vector: Vector
    similarity: float
    at_us: int
    left_us: int

    def encode(self) -> bytes:
        return pb.WalkShielded(
            incident_id=str(self.incident_id),
            entry_id=self.entry_id,
            entry_revision=self.entry_revision,
            model=model_to(self.model),
            vector=vector_to(self.vector),
            similarity=self.similarity,
            at_us=self.at_us,
            left_us=self.left_us,
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.WalkShielded(), payload)
        return cls(
            UUID(m.incident_id),
            EntryId(required(m.entry_id, "entry")),
            m.entry_revision,
            model_from(m.model),
            vector_from(m.vector),
            finite(m.similarity, "similarity"),
            m.at_us,
            m.left_us,
        )
