"""A sighting as the matcher publishes it, for tests that override what they are about."""

from datetime import datetime
from uuid import UUID, uuid4

from proto.wardwatch.v1.messages import PersonSighted
from proto.wardwatch.v1.subjects import EntryId, FrameId, Place, camera_id, site_id
from proto.wardwatch.v1.values import Journey, Model, Origin, Quality, to_microseconds

# Captured, received, detected, embedded, matched: ms after the first.
_STEPS_MS = (0, 4, 19, 31, 34)


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
) -> PersonSighted:
    """Somebody was captured at *at* and resembles *entry*; another one each time."""
    name, captured_us = uuid4().hex, to_microseconds(at)
    return PersonSighted(
        sighting_id=name,
        origin=Origin(
            Place(site_id(site), camera_id(camera)),
            FrameId(name),
            0,
            Journey(*(captured_us + ms * 1000 for ms in _STEPS_MS)),
        ),
        quality=Quality(0.9, face_px, 40, 120, 3, 1, 128),
        model=Model("sface", "ab" * 32),
        entry_id=EntryId(str(entry)),
        entry_revision=2,
        similarity=similarity,
        picture=picture,
        photo_id="" if photo is None else str(photo),
    )
