"""Where the publisher gets the pictures of its cameras: one file, written by the command and read by the publisher.

Addresses may hold passwords, so it is a secret file (0600) in a folder of its own, and nothing of it but scheme and
host is ever shown (docs/adr/0062). Beside it lie the cameras' seeds.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Final, Literal, get_args

from proto.wardwatch.v1.subjects import Place, camera_id, site_id

FILE: Final = "sources.json"
# As many as a matcher tells of (docs/adr/0077).
MOST_CAMERAS: Final = 256
_LONGEST_ADDRESS: Final = 4096

Transport = Literal["auto", "tcp", "udp"]


@dataclass(frozen=True, slots=True)
class CameraSource:
    """One camera's source and how its pictures are sent; the settings of the same names in services/camera/README.md.

    Raises ValueError in one sentence, which repeats nothing of the address.
    """

    source: str = field(repr=False)
    fps: float = 5.0
    loop: bool = False
    max_width_px: int = 1920
    jpeg_quality: int = 85
    transport: Transport = "auto"

    def __post_init__(self) -> None:
        if not self.source or len(self.source) > _LONGEST_ADDRESS or not self.source.isprintable():
            raise ValueError("its source is empty, too long or holds signs that cannot be printed")
        for name, value, least, most in (
            ("fps", self.fps, 0.01, 60.0),
            ("max_width_px", self.max_width_px, 160, 7680),
            ("jpeg_quality", self.jpeg_quality, 30, 100),
        ):
            if not least <= value <= most:
                raise ValueError(f"its {name} must be from {least:g} to {most:g}")


@dataclass(frozen=True, slots=True)
class CameraSources:
    """What stands in the file. ``faults``: why a row cannot be used, by its name; the others hold all the same."""

    cameras: Mapping[Place, CameraSource] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)


def encode(cameras: Mapping[Place, CameraSource]) -> str:
    """As JSON: ``{"<site>.<camera>": {"source": "rtsp://…", "fps": 5.0, …}}``; what is as usual is left out."""
    usual = {each.name: each.default for each in fields(CameraSource)}
    rows = {
        f"{place.site}.{place.camera}": {name: value for name, value in asdict(each).items() if value != usual[name]}
        for place, each in cameras.items()
    }
    return json.dumps(rows, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def decode(content: bytes) -> CameraSources:
    """Read what :func:`encode` writes; fields of later versions are passed over. Raises ValueError in words."""
    try:
        rows = json.loads(content)
    except ValueError:
        # The library's own words may repeat an address.
        raise ValueError("it is not JSON") from None
    if not isinstance(rows, dict):
        raise ValueError("it is not a JSON object")
    if len(rows) > MOST_CAMERAS:
        raise ValueError(f"it has {len(rows)} cameras, and {MOST_CAMERAS} at most are read by one publisher")
    cameras: dict[Place, CameraSource] = {}
    faults: dict[str, str] = {}
    for number, (name, row) in enumerate(rows.items(), start=1):
        try:
            place = _place(str(name))
        except ValueError:
            faults[f"camera {number} of the file"] = "its name is not of the form <site>.<camera>"
            continue
        try:
            cameras[place] = _source(row)
        except ValueError as error:
            faults[f"{place.site}.{place.camera}"] = str(error)
    return CameraSources(cameras, faults)


def transport(text: object) -> Transport:
    """*text* as a way to carry RTSP. Raises ValueError."""
    match text:
        case "auto" | "tcp" | "udp":
            return text
        case _:
            raise ValueError(f"its transport must be one of {', '.join(get_args(Transport))}")


def _place(name: str) -> Place:
    site, mark, camera = name.partition(".")
    if not mark:
        raise ValueError
    return Place(site_id(site), camera_id(camera))


def _source(row: object) -> CameraSource:
    if not isinstance(row, dict):
        raise ValueError("what stands for it is not a JSON object")
    source = row.get("source")
    if not isinstance(source, str):
        raise ValueError("it has no source")
    return CameraSource(
        source,
        _number(row, "fps", 5.0),
        bool(row.get("loop", False)),
        round(_number(row, "max_width_px", 1920)),
        round(_number(row, "jpeg_quality", 85)),
        transport(row.get("transport", "auto")),
    )


def _number(row: Mapping[str, object], name: str, usual: float) -> float:
    value = row.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"its {name} is not a number")
    return float(value)
