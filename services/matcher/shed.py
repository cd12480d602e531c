"""Counts the vectors that are not compared, by reason and camera."""

from typing import Final

from proto.wardwatch.v1.subjects import Place
from services.chassis.labels import CameraLabels
from services.chassis.telemetry import Meters

# Cameras with a label of their own, as many as a detector and an embedder have as they come.
_MOST_CAMERAS: Final = 256


class Shed:
    """Cameras beyond the first *most* share one label."""

    def __init__(self, meters: Meters, most: int = _MOST_CAMERAS) -> None:
        self._meters = meters
        self._labels = CameraLabels(most)

    def __call__(self, place: Place, reason: str) -> None:
        """A vector of *place* is given up for *reason*."""
        self._meters.count("wardwatch_vectors_shed_total", reason=reason, camera=self._labels.of(place))
