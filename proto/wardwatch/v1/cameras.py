"""What is known of each camera beside its credential: one file, written by the command and read by detectors."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from proto.wardwatch.v1.subjects import Place, camera_id, site_id

# Clockwise, in degrees: what a frame is turned by, after its EXIF orientation is obeyed, to stand upright.
ROTATIONS: Final = (0, 90, 180, 270)
# Width from which a detector finds nine of ten faces, in the parts that it searches finely (docs/adr/0083).
FOUND_PX: Final = 40
# Narrower faces are found in small frames too, but what is known of them is too little to tell people apart.
COMPARED_PX: Final = 48


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """How a camera is mounted."""

    rotation: int = 0  # one of ROTATIONS


def encode(cameras: Mapping[Place, CameraSettings]) -> bytes:
    """As JSON: ``{"<site>.<camera>": {"rotation": 90}}``."""
    rows = {f"{place.site}.{place.camera}": {"rotation": each.rotation} for place, each in cameras.items()}
    return json.dumps(rows, indent=2, sort_keys=True).encode() + b"\n"


def decode(content: bytes) -> Mapping[Place, CameraSettings]:
    """Read what :func:`encode` writes; fields of later versions are passed over. Raises ValueError in words."""
    rows = json.loads(content)
    if not isinstance(rows, dict):
        raise ValueError("it is not a JSON object")
    return {_place(str(name)): _settings(str(name), row) for name, row in rows.items()}


def rotation(text: str | int) -> int:
    """*text* as one of ROTATIONS. Raises ValueError."""
    found = next((each for each in ROTATIONS if str(each) == str(text)), None)
    if found is None:
        raise ValueError(f"a rotation is 0, 90, 180 or 270 degrees clockwise, not {text!r}")
    return found


def least_face_px(min_face_px: int) -> int:
    """From which width on, in pixels of frames of any size, faces are found that can be compared.

    A detector searches every part of a frame so finely that the smallest wanted face, *min_face_px* wide, is FOUND_PX
    wide in what it searches; it enlarges nothing.
    """
    return max(COMPARED_PX, FOUND_PX, min_face_px)


def _place(name: str) -> Place:
    site, mark, camera = name.partition(".")
    if not mark:
        raise ValueError(f"{name!r} is not of the form <site>.<camera>")
    return Place(site_id(site), camera_id(camera))


def _settings(name: str, row: object) -> CameraSettings:
    if not isinstance(row, dict):
        raise ValueError(f"what stands for {name} is not a JSON object")
    return CameraSettings(rotation(row.get("rotation", 0)))
