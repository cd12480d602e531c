"""What the commands on cameras share: how a camera, its source and its angle are written."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from cli import output
from proto.wardwatch.v1 import cameras
from proto.wardwatch.v1.sources import CameraSource, Transport
from proto.wardwatch.v1.sources import transport as transport_of
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.chassis import addresses
from services.chassis.errors import StartupError
from services.chassis.settings import read_secret

STANDARD_INPUT: Final = "-"

SourceText = Annotated[
    str,
    typer.Argument(
        help="rtsp://…, http://…, usb:0, a film, a picture or a folder; - reads it from the standard input. "
        "What is an argument can be read by everybody on this machine: an address with a password belongs into "
        "--source-file or on the standard input."
    ),
]
SourceFile = Annotated[
    Path | None, typer.Option("--source-file", help="A file that holds the source instead; - is the standard input.")
]
Site = Annotated[str, typer.Option(help="The hospital site, for example h1.")]
Camera = Annotated[str, typer.Option(help="The camera, for example gate-2.")]
FramesPerSecond = Annotated[float, typer.Option("--fps", help="Frames a second, 60 at most.")]
Loop = Annotated[bool, typer.Option("--loop", help="Start again at the end.")]
MostWidth = Annotated[int, typer.Option("--max-width", help="Wider pictures are shrunk to so many pixels.")]
Transported = Annotated[str, typer.Option("--transport", help="RTSP over tcp, over udp, or auto.")]
Rotation = Annotated[
    str, typer.Option(help="Degrees clockwise (0, 90, 180, 270) that turn its pictures upright, after their EXIF.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def place(site: str, camera: str) -> Place:
    """The camera's place. Raises StartupError."""
    try:
        return Place(site_id(site), camera_id(camera))
    except ValueError as error:
        raise StartupError(str(error)) from error


def degrees(text: str) -> int:
    """*text* as an angle. Raises StartupError."""
    try:
        return cameras.rotation(text)
    except ValueError as error:
        raise StartupError(str(error)) from error


def typed(source: str, file: Path | None) -> str | None:
    """What comes on the standard input, where that is said; None where it is not. Raises StartupError for nothing."""
    if STANDARD_INPUT not in (source, str(file)):
        return None
    text: str = typer.prompt("source", err=True, hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not text.strip():
        raise StartupError("no source was given on the standard input")
    return text.strip()


def warn_of_password(source: str) -> None:
    """Say it where everybody on this machine can read a password among the arguments."""
    if addresses.may_hold_password(source):
        output.line(
            "The password in this address can be read by everybody on this machine (ps): put the address into a file "
            "with mode 0600 and name it with --source-file, or send it on the standard input (-).",
            err=True,
        )


def camera_source(
    source: str, file: Path | None, *, fps: float, loop: bool, max_width_px: int, transport: str
) -> CameraSource:
    """The source to be kept for the publisher. Raises StartupError when it makes no sense."""
    text = typed(source, file)
    if text is None and file is not None:
        text = read_secret(file)
    elif text is None:
        warn_of_password(source)
    try:
        kept = _whole(text or source)
        way: Transport = transport_of(transport)
        return CameraSource(kept, fps, loop, max_width_px, transport=way)
    except ValueError as error:
        raise StartupError(f"the camera is not added: {error}") from error


def _whole(source: str) -> str:
    """*source* as another process finds it. Raises ValueError, and repeats nothing that may be a password."""
    if "://" in source:
        scheme = source.partition("://")[0].lower()
        if scheme not in addresses.CAMERA_SCHEMES:
            raise ValueError(f"addresses must start with one of {', '.join(sorted(addresses.CAMERA_SCHEMES))}")
        if not addresses.names_host(source):
            raise ValueError("the address names no host; in a password write %2F for /, %3F for ?, %23 for #")
        return source
    return source if source.startswith("usb:") else str(Path(source).absolute())
