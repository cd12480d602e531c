"""A photo of one entry written into another, sealed anew: face, name and vectors of every model, as they are."""

from typing import Final
from uuid import UUID

from proto.wardwatch.v1.sealing import DataKey
from services.watchlist.keys import seals
from services.watchlist.keys.seals import Seals
from services.watchlist.record.database import Connection, Row

_PHOTO: Final = """
INSERT INTO watchlist.photo (
    id, entry_id, position, sealed_name, sealed_picture, file_sha256, source, taken_at, face_px, eye_distance_px,
    sharpness, yaw_degrees, roll_degrees, exposure, warnings
)
SELECT $1, $2, $3, $4, $5, file_sha256, source, taken_at, face_px, eye_distance_px, sharpness, yaw_degrees,
    roll_degrees, exposure, warnings
FROM watchlist.photo WHERE id = $6
"""
_TEMPLATE: Final = """
INSERT INTO watchlist.template (photo_id, model_name, model_sha256, sealed_vector) VALUES ($1, $2, $3, $4)
"""
# What somebody accepted for a reason needs not be accepted again.
_ACCEPTED: Final = """
UPDATE watchlist.photo AS p SET accepted_findings = o.accepted_findings, accepted_reason = o.accepted_reason
FROM watchlist.photo AS o WHERE p.id = $1 AND o.id = $2 AND cardinality(o.accepted_findings) > 0
"""


async def write(
    connection: Connection, sealing: Seals, photo: Row, entry_id: UUID, position: int, photo_id: UUID, key: DataKey
) -> None:
    """Write *photo*, a row of another entry, as *photo_id* of *entry_id*, under its *key*. Raises Unreadable."""
    owner, former = photo["entry_id"], photo["id"]
    name = sealing.open(owner, photo["sealed_name"], about=seals.name(owner, former))
    picture = sealing.open(owner, photo["sealed_picture"], about=seals.picture(owner, former))
    await connection.execute(
        _PHOTO,
        photo_id,
        entry_id,
        position,
        sealing.close(key, name, about=seals.name(entry_id, photo_id)),
        sealing.close(key, picture, about=seals.picture(entry_id, photo_id)),
        former,
    )
    for row in await connection.fetch("SELECT * FROM watchlist.template WHERE photo_id = $1", former):
        model = row["model_sha256"].hex()
        vector = sealing.open(owner, row["sealed_vector"], about=seals.vector(former, model))
        sealed = sealing.close(key, vector, about=seals.vector(photo_id, model))
        await connection.execute(_TEMPLATE, photo_id, row["model_name"], row["model_sha256"], sealed)
    await connection.execute(_ACCEPTED, photo_id, former)
