"""What the matcher's tests are made of, with sensible defaults."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np

from proto.wardwatch.v1.messages import EntryPublished, FaceEmbedded, Template
from proto.wardwatch.v1.subjects import EntryId, FrameId, Place, SiteId, camera_id, site_id
from proto.wardwatch.v1.values import EntryState, Journey, Look, Model, Origin, Quality, Vector
from services.chassis.telemetry import Meters
from services.matcher.core import MatchPolicy, QualityGate
from services.matcher.index import IndexShape, ListIndex

DIMENSION = 16
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MODEL = Model("sface", "ab" * 32)
POLICY = MatchPolicy(
    MODEL.sha256, DIMENSION, QualityGate(min_face_px=48, max_yaw_degrees=45, min_sharpness=20), neighbours=4
)
H1 = SiteId("h1")


def unit(*values: float) -> Vector:
    """A unit vector that begins with *values*."""
    vector = np.zeros(DIMENSION, np.float32)
    vector[: len(values)] = values
    shaped: Vector = vector / np.linalg.norm(vector)
    return shaped


def quality(*, face_px: float = 90, yaw: float = 0, sharpness: float = 200) -> Quality:
    return Quality(0.9, face_px, face_px / 2, sharpness, yaw, 0, 120)


def face(
    vector: Vector | None = None,
    *,
    site: str = "h1",
    frame: str = "f1",
    camera: str = "gate",
    index: int = 0,
    look: Look | None = None,
    captured_us: int = 1,
    model: Model = MODEL,
    measured: Quality | None = None,
) -> FaceEmbedded:
    place = Place(site_id(site), camera_id(camera))
    return FaceEmbedded(
        Origin(place, FrameId(frame), index, Journey(captured_us=captured_us), look),
        measured or quality(),
        model,
        unit(1) if vector is None else vector,
        b"jpeg",
    )


def look(number: int = 1, track: int = 1) -> Look:
    """The *number*-th look of a track."""
    return Look(str(UUID(int=track)), number, 1)


def entry(
    name: str = "e1",
    *,
    revision: int = 3,
    state: EntryState = EntryState.ACTIVE,
    expires_at: datetime = NOW + timedelta(days=1),
    sites: frozenset[SiteId] = frozenset(),
    vectors: tuple[Vector, ...] | None = None,
    model: Model = MODEL,
    min_similarity: float = 0.0,
) -> EntryPublished:
    photos = (unit(1),) if vectors is None else vectors
    templates = tuple(Template(f"{name}-{i}", model, vector) for i, vector in enumerate(photos))
    return EntryPublished(
        EntryId(name),
        revision,
        state,
        expires_at,
        sites,
        templates if state is EntryState.ACTIVE else (),
        min_similarity=min_similarity,
    )


def new_index(meters: Meters, dimension: int, *, is_first: bool) -> ListIndex:
    """An index as a matcher makes it for a recogniser."""
    return ListIndex(IndexShape(dimension), meters if is_first else Meters())
