"""The file of camera settings: written here, read by detectors."""

import fcntl
import os
from collections.abc import Mapping
from pathlib import Path

from access import store
from proto.wardwatch.v1 import cameras
from proto.wardwatch.v1.cameras import CameraSettings
from proto.wardwatch.v1.subjects import Place
from services.chassis.errors import StartupError


def read(path: Path) -> Mapping[Place, CameraSettings]:
    """What is set for each camera; nothing where there is no file. Raises StartupError when it cannot be read."""
    try:
        return cameras.decode(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise StartupError(f"the camera settings in {path} cannot be read: {error}") from error


def change(path: Path, place: Place, settings: CameraSettings | None) -> None:
    """Set *settings* for *place*, or forget them. Raises StartupError when the file cannot be read or written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise StartupError(f"the camera settings in {path} cannot be written: {error.strerror}") from error
    try:
        # The file is read, changed and written whole, so two changes at once would lose one.
        fcntl.flock(folder, fcntl.LOCK_EX)
        others = {each: known for each, known in read(path).items() if each != place}
        wanted = others if settings is None else {**others, place: settings}
        if wanted != read(path):
            # No secret, and read by detectors, which may be another user.
            store.replace(path, cameras.encode(wanted).decode(), mode=0o644)
    except OSError as error:
        raise StartupError(f"the camera settings in {path} cannot be written: {error.strerror}") from error
    finally:
        os.close(folder)
