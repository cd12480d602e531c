"""What the publisher is told: of one camera, or of the file that names many."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, field_serializer

from proto.wardwatch.v1.sources import CameraSource, Transport
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.camera import core
from services.camera.core import Source
from services.camera.reader import Order
from services.chassis import addresses
from services.chassis.errors import StartupError
from services.chassis.settings import ServiceSettings, read_secret


@dataclass(frozen=True, slots=True)
class OneCamera:
    """Which camera this is, and where its seed lies."""

    place: Place
    seed_file: Path


class Settings(ServiceSettings):
    """See README.md."""

    sources_file: Path | None = None  # every camera of this file, instead of one
    reader_memory_mb: int = Field(2048, ge=256, le=65536)
    video_seed_file: Path | None = None
    site: str = ""
    camera: str = ""
    source: str = ""
    source_file: Path | None = None  # holds the source instead, when its address carries a password
    fps: float = Field(5.0, gt=0, le=60)
    loop: bool = False
    jpeg_quality: int = Field(85, ge=30, le=100)
    max_width_px: int = Field(1920, ge=160, le=7680)
    transport: Transport = "auto"  # of RTSP; auto is TCP where the camera has it
    connect_seconds: float = Field(10.0, ge=1, le=600)
    first_picture_seconds: float = Field(30.0, ge=1, le=600)
    silence_seconds: float = Field(10.0, ge=1, le=600)
    most_late_seconds: float = Field(2.0, ge=0.2, le=60)
    most_frames: int = Field(0, ge=0)  # 0 is no limit
    probe: bool = False
    rotation: Literal["", "0", "90", "180", "270"] = ""  # nothing leaves it to what is set for the camera

    @field_serializer("source")
    def _without_secrets(self, source: str) -> str:
        return addresses.shown(source) if source else ""

    def one_camera(self) -> OneCamera:
        """The one camera. Raises StartupError when site or camera is not one subject token, or its seed is missing."""
        try:
            place = Place(site_id(self.site), camera_id(self.camera))
        except ValueError as error:
            raise StartupError(str(error)) from error
        if self.video_seed_file is None:
            raise StartupError("no seed: set WARDWATCH_CAMERA_VIDEO_SEED_FILE, or WARDWATCH_CAMERA_SOURCES_FILE")
        return OneCamera(place, self.video_seed_file)

    def own_source(self) -> CameraSource:
        """The source of the one camera. Raises StartupError when it is missing or makes no sense."""
        text = read_secret(self.source_file) or self.source
        if not text:
            raise StartupError("no source: set WARDWATCH_CAMERA_SOURCE or WARDWATCH_CAMERA_SOURCE_FILE")
        try:
            return CameraSource(text, self.fps, self.loop, self.max_width_px, self.jpeg_quality, self.transport)
        except ValueError as error:
            raise StartupError(str(error)) from error

    def order(self, camera: CameraSource) -> Order:
        """What a reading process is told. Raises StartupError when the source makes no sense."""
        source = _parsed(camera.source)
        return Order(
            kind=source.kind,
            address=source.address,
            fps=camera.fps,
            loop=camera.loop,
            jpeg_quality=camera.jpeg_quality,
            max_width_px=camera.max_width_px,
            silence_seconds=core.silence_limit_seconds(self.silence_seconds, camera.fps),
            connect_seconds=self.connect_seconds,
            first_picture_seconds=self.first_picture_seconds,
            most_late_seconds=self.most_late_seconds,
            transport=camera.transport,
        )


def _parsed(text: str) -> Source:
    try:
        return core.parse_source(text)
    except ValueError as error:
        raise StartupError(str(error)) from error
