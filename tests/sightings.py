"""A sighting as the matcher publishes it, for tests that override what they are about."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from proto.wardwatch.v1.messages import PersonSighted
from proto.wardwatch.v1.subjects import EntryId, FrameId, Place, camera_id, site_id
from proto.wardwatch.v1.values import Journey, Look, Model, Origin, Quality, Walk, to_microseconds

# Captured, received, detected, embedded, matched: ms after the first.
_STEPS_MS = (0, 4, 19, 31, 34)


@dataclass(slots=True)
class Track:
    """One person's face followed by one camera from *began* on; each sighting of it is another look."""

    began: datetime
    camera: str = "gate"
    track_id: UUID = field(default_factory=uuid4)
    looks: int = 0

    def look(self, at: datetime) -> tuple[Look, Walk]:
        """The next look, and what the walk is with it."""
        self.looks += 1
        began_us, now_us = to_microseconds(self.began), to_microseconds(at)
        span_us = max(0, now_us - began_us)
        return Look(str(self.track_id), self.looks, began_us), Walk(self.looks, self.looks, span_us)


def sighted(
    at: datetime,
    entry: EntryId | UUID,
    *,
    site: str = "h1",
    camera: str = "gate",
    similarity: float = 0.7,
    face_px: float = 90,
    photo: UUID | None = None,
    picture: bytes = b"jpeg",
    track: Track | None = None,
) -> PersonSighted:
    """Somebody was captured at *at* and resembles *entry*; another one each time, unless *track* says who.

    Without a track the face was not followed, as by a detector of a former version.
    """
    name, captured_us = uuid4().hex, to_microseconds(at)
    look, walk = (None, None) if track is None else track.look(at)
    return PersonSighted(
        sighting_id=name,
        origin=Origin(
            Place(site_id(site), camera_id(camera if track is None else track.camera)),
            FrameId(name),
            0,
            Journey(*(captured_us + ms * 1000 for ms in _STEPS_MS)),
            look,
        ),
        quality=Quality(0.9, face_px, 40, 120, 3, 1, 128),
        model=Model("sface", "ab" * 32),
        entry_id=EntryId(str(entry)),
        entry_revision=2,
        similarity=similarity,
        picture=picture,
        photo_id="" if photo is None else str(photo),
        walk=walk,
    )
