"""The file of the cameras' sources and the seeds beside it: written here, read by the publisher of many cameras."""

from collections.abc import Callable, Mapping
from pathlib import Path

from access import store
from proto.wardwatch.v1 import sources, subjects
from proto.wardwatch.v1.sources import CameraSource
from proto.wardwatch.v1.subjects import Place
from services.chassis.errors import StartupError


def read(path: Path) -> Mapping[Place, CameraSource]:
    """Each camera that the publisher reads; nothing where there is no file.

    Raises StartupError when the file cannot be read, or a row of it cannot: written anew, that would be lost.
    """
    try:
        found = sources.decode(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StartupError(f"the cameras' sources in {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise StartupError(f"the cameras' sources in {path} cannot be used: {error}") from error
    for name, fault in found.faults.items():
        raise StartupError(f"put {path} right first: {name}: {fault}")
    return found.cameras


def seed_file(path: Path, place: Place) -> Path:
    """Where the publisher finds the seed of the camera at *place*."""
    return path.parent / f"{subjects.camera_user(place)}.nk"


def put(path: Path, place: Place, source: CameraSource) -> None:
    """Have the publisher read the camera at *place* from *source*. Raises StartupError."""
    _change(path, lambda known: {**known, place: source})


def put_seed(path: Path, place: Place, seed: str) -> None:
    """Have the publisher use *seed* for the camera at *place*. Raises StartupError."""
    _make_folder(path)
    try:
        store.write_secret(seed_file(path, place), seed)
    except OSError as error:
        raise StartupError(f"the seed in {path.parent} cannot be written: {error.strerror}") from error


def remove(path: Path, place: Place) -> bool:
    """Have the publisher read the camera at *place* no more; returns whether it did. Raises StartupError."""
    had = place in read(path)
    if had:
        _change(path, lambda known: {each: source for each, source in known.items() if each != place})
    seed_file(path, place).unlink(missing_ok=True)
    return had


Cameras = Mapping[Place, CameraSource]


def _change(path: Path, change: Callable[[Cameras], Cameras]) -> None:
    _make_folder(path)
    with store.alone(path.parent):
        text = sources.encode(change(read(path)))
        try:
            sources.decode(text.encode())  # as many as a publisher reads
            store.write_secret(path, text)
        except ValueError as error:
            raise StartupError(f"the cameras' sources cannot be written: {error}") from error
        except OSError as error:
            raise StartupError(f"the cameras' sources in {path} cannot be written: {error.strerror}") from error


def _make_folder(path: Path) -> None:
    if path.parent.exists():
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True)
        store.as_the_folder(path.parent, path.parent.parent)
    except OSError as error:
        raise StartupError(f"{path.parent} cannot be made: {error.strerror}") from error
