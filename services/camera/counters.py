"""A camera's counters on the process's meters."""

from dataclasses import dataclass

from services.camera.handler import ShedReason
from services.chassis.telemetry import Meters


@dataclass(frozen=True, slots=True)
class Counters:
    """The counters of one camera, ``<site>.<camera>``."""

    meters: Meters
    camera: str

    def published(self) -> None:
        """A frame went out."""
        self.meters.count("wardwatch_camera_frames_published_total", camera=self.camera)

    def shed(self, reason: ShedReason, count: int = 1) -> None:
        """*count* frames were given up."""
        self.meters.count("wardwatch_camera_frames_shed_total", count, reason=reason, camera=self.camera)

    def late(self, seconds: float) -> None:
        """So late were pictures when they were decoded, at most, in the last second."""
        self.meters.set("wardwatch_camera_late_seconds", seconds, camera=self.camera)

    def reconnected(self) -> None:
        """The source is opened again."""
        self.meters.count("wardwatch_camera_reconnects_total", camera=self.camera)
