"""How near the walks of one camera came to anybody on the list: counts by cosine, and nothing of who walked.

Encoding and errors are as in ``messages.py``.
"""

from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from proto.wardwatch.v1 import events_pb2 as pb
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from proto.wardwatch.v1.values import digest_or_none, parse, whole

# Cosines from 0 to 1; what is less counts as 0. Fine enough for a tail whose scale is about six bins.
BINS: Final = 200
WIDTH: Final = 1 / BINS
# So many walks are told of together, so that no message is about one person.
FEWEST_WALKS: Final = 50
_MOST_WALKS: Final = 2**31 - 1


def bin_of(similarity: float) -> int:
    """The bin of a cosine, 0 to 199."""
    return min(BINS - 1, max(0, int(similarity * BINS)))


@dataclass(frozen=True, slots=True)
class WalksCounted:
    """Walks that ended at one camera, by the best cosine each had with an entry that may match there.

    ``number`` counts what one process of a matcher, its ``incarnation``, has told, from 1: told twice, it counts once.
    ``entries`` is how many entries the walks were compared with. ``counts`` has ``BINS`` figures. Without a
    ``model_sha256`` they are of the list's recogniser, as a former version tells them.
    """

    incarnation: UUID
    number: int
    place: Place
    entries: int
    counts: tuple[int, ...]
    model_sha256: str = ""

    def __post_init__(self) -> None:
        if len(self.counts) != BINS or sum(self.counts) < FEWEST_WALKS:
            raise ValueError(f"counts are of {BINS} bins, and of {FEWEST_WALKS} walks or more")
        if self.number < 1 or self.entries < 1:
            raise ValueError("counts are numbered from 1, and of a list with somebody on it")

    def encode(self) -> bytes:
        return pb.WalksCounted(
            incarnation=str(self.incarnation),
            number=self.number,
            site=self.place.site,
            camera=self.place.camera,
            entries=self.entries,
            counts=self.counts,
            model_sha256=bytes.fromhex(self.model_sha256),
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.WalksCounted(), payload)
        if sum(m.counts) > _MOST_WALKS:
            raise ValueError("more walks than anybody counts")
        return cls(
            UUID(m.incarnation),
            whole(m.number, "number"),
            Place(site_id(m.site), camera_id(m.camera)),
            whole(m.entries, "entries", bits=31),
            tuple(m.counts),
            digest_or_none(m.model_sha256),
        )
