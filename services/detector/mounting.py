"""How cameras are mounted: the file of camera settings, read again when it has changed."""

from collections.abc import Mapping
from pathlib import Path

import structlog

from proto.wardwatch.v1 import cameras
from proto.wardwatch.v1.cameras import CameraSettings
from proto.wardwatch.v1.subjects import Place

log = structlog.get_logger(__name__)


class Mountings:
    """The rotation of each camera. Reads a file on the calling thread; a file that is not there turns nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._state = ""
        self._known: Mapping[Place, CameraSettings] = {}

    def rotation(self, place: Place) -> int:
        """By how many degrees clockwise the frames of *place* are to be turned, as the file says now."""
        if self._path is not None:
            self._refresh(self._path)
        return self._known.get(place, CameraSettings()).rotation

    def _refresh(self, path: Path) -> None:
        state = _state(path)
        if state == self._state:
            return
        self._state = state
        try:
            self._known = cameras.decode(path.read_bytes())
        except FileNotFoundError:
            self._known = {}
        except (OSError, ValueError) as error:
            log.warning("camera settings cannot be read and stay as they were", path=str(path), reason=str(error))


def _state(path: Path) -> str:
    """Differs whenever the file does."""
    try:
        found = path.stat()
    except OSError as error:
        return f"error {error.errno}"
    return f"{found.st_mtime_ns} {found.st_size} {found.st_ino}"
