"""Cameras as labels of metrics, of which there are never more than a bound, whoever sends."""

from proto.wardwatch.v1.subjects import Place

OTHERS = "others"


class CameraLabels:
    """The first *most* cameras have a label of their own; those beyond share one, so no sender exhausts memory."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[Place] = set()

    def of(self, place: Place) -> str:
        """The label of *place*."""
        if place not in self._known and len(self._known) >= self._most:
            return OTHERS
        self._known.add(place)
        return f"{place.site}.{place.camera}"
