"""`wardwatch camera`: send a source as a camera would, give a camera its credential, try one out."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

import typer

from access.store import Credentials, add_camera, remove_camera, write_secret
from cli import camera_expected, camera_settings, output
from local import context, nats_server, plan
from local.context import Context
from local.spawn import shim
from proto.wardwatch.v1 import cameras, subjects
from proto.wardwatch.v1.cameras import CameraSettings
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.chassis import addresses, hints
from services.chassis.errors import NoAnswer, StartupError

_TRIAL_FRAMES: Final = 25
_PREFIX: Final = "WARDWATCH_CAMERA_"
_ENDING: Final = (signal.SIGINT, signal.SIGTERM)

app = typer.Typer(help="Send pictures as a camera does, and give cameras their credentials.", no_args_is_help=True)

_STANDARD_INPUT: Final = "-"

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
Rotation = Annotated[
    str, typer.Option(help="Degrees clockwise (0, 90, 180, 270) that turn its pictures upright, after their EXIF.")
]
SeedFile = Annotated[
    Path | None, typer.Option("--seed-file", help="The camera's seed; without it <credentials>/camera.<S>.<C>.nk.")
]


@dataclass
class PublisherReport:
    """What the publisher's log says that a person wants to know."""

    reason: str = ""
    frames: int = 0
    seconds: float = 0.0
    size: str = ""
    given_up: int = 0
    late_seconds: float = 0.0
    detector: bool = False
    refused: dict[str, int] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)
    least_face_px: int = 0

    def take(self, line: Mapping[str, object]) -> None:
        """Take one log line."""
        match line:
            case {"event": "cannot start" | "cannot go on", "reason": str(reason)}:
                self.reason = reason
            case {"event": "frames were sent", "count": int(count), "seconds": float(seconds), "detail": str(size)}:
                self.frames, self.seconds, self.size = count, seconds, size
            case {"event": "frames were given up", "count": int(count)}:
                self.given_up = count
            case {"event": "pictures are late", "seconds": float(seconds)}:
                self.late_seconds = max(self.late_seconds, seconds)
            case {"event": "frames were refused", "reason": str(reason), "count": int(count)}:
                self.refused[reason] = count
            case {"event": "frame was refused" | "frames are taken, but", "reason": str(reason), "detail": str(detail)}:
                self.details[reason] = detail
            case {"event": "faces are found", "limit": int(least)}:
                self.least_face_px = least
            case {"event": "a detector answers"}:
                self.detector = True
            case _:
                pass

    def frames_per_second(self) -> float:
        """The rate between the first frame and the last; 0 when there were fewer than two."""
        return (self.frames - 1) / self.seconds if self.seconds > 0 else 0.0

    def verdict(self) -> str:
        """One sentence on the trial."""
        text = f"sent {self.frames} frames, {self.frames_per_second():.1f} fps, {self.size}"
        if self.given_up:
            text += f", {self.given_up} given up for fresher ones"
        if self.late_seconds:
            text += f", up to {self.late_seconds:.0f} s late"
        if self.refused:
            return f"{text}, refused: " + ", ".join(f"{n} {reason}" for reason, n in sorted(self.refused.items()))
        if not self.detector:
            return f"{text}, but no detector answered: whether they are taken is not known"
        return f"{text}, received by a detector, none rejected"

    def reach(self) -> str:
        """One sentence on which faces are found; empty when no detector has said how it searches."""
        if not self.least_face_px:
            return ""
        return f"in frames of {self.size} faces from {self.least_face_px} px wide on are found, nine of ten"


@app.command()
def publish(
    site: Site,
    camera: Camera,
    source: SourceText = "",
    source_file: SourceFile = None,
    fps: FramesPerSecond = 5.0,
    loop: Annotated[bool, typer.Option("--loop", help="Start again at the end.")] = False,
    seed_file: SeedFile = None,
    rotation: Rotation = "",
) -> None:
    """Send a file, folder, USB camera or network camera until it ends or Ctrl-C."""
    settings = _settings(site, camera, fps, seed_file) | _source(source, source_file) | {"LOOP": str(loop)}
    settings |= _turned(rotation)
    report = _run(settings, show_events=True)
    if report.reason:
        raise StartupError(report.reason)
    output.line(f"sent {report.frames} frames in {report.seconds:.1f} s, {report.given_up} given up")
    if report.reach():
        output.line(report.reach())


@app.command("test")
def try_out(
    site: Site,
    camera: Camera,
    source: SourceText = "",
    source_file: SourceFile = None,
    fps: FramesPerSecond = 5.0,
    seed_file: SeedFile = None,
    rotation: Rotation = "",
) -> None:
    """Send 25 frames and one empty one, and say what became of them; exit 1 when any was refused or nobody listens."""
    trial = {"LOOP": "true", "MOST_FRAMES": str(_TRIAL_FRAMES), "PROBE": "true", **_turned(rotation)}
    report = _run(_settings(site, camera, fps, seed_file) | _source(source, source_file) | trial, show_events=False)
    if report.reason:
        raise StartupError(report.reason)
    output.line(report.verdict())
    if report.reach():
        output.line(f"  {report.reach()}")
    for reason, detail in sorted(report.details.items()):
        output.line(f"  {reason}: {detail}")
    if report.refused or not report.detector:
        raise typer.Exit(1)


@app.command("add")
def add(
    site: Site,
    camera: Camera,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the seed here, for the command publish.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    rotation: Rotation = "",
) -> None:
    """Give a camera a credential of its own and show it once; an earlier one of that camera ends."""
    place, here = _place(site, camera), context.load()
    credentials = Credentials(here.credentials_dir)
    turned = _degrees(rotation) if rotation else None
    if turned is not None:
        camera_settings.change(here.cameras_file, place, CameraSettings(turned))
    key = add_camera(credentials, place)
    if keep:
        write_secret(credentials.seed_file(subjects.camera_user(place)), key.seed)
    taken_up = nats_server.reload_of(here.home)
    shown = {
        "user": subjects.camera_user(place),
        "publish": subjects.frames(place),
        "listen": subjects.rejected(place),
        "seed": key.seed,
    }
    if as_json:
        output.document(json.dumps({**shown, "taken_up": taken_up}))
        return
    for name, text in shown.items():
        output.line(f"{name:8} {text}")
    if not keep:
        output.line("The seed is not kept and not shown again: put it in a file with mode 0600.", err=True)
    if not taken_up:
        _print_reload_hint()


@app.command("rotation")
def rotate(
    site: Site,
    camera: Camera,
    degrees: Annotated[str, typer.Argument(help="0, 90, 180 or 270 clockwise; nothing shows what is set.")] = "",
) -> None:
    """Set by how much a camera's pictures are turned to stand upright; detectors take it up with the next picture."""
    place, here = _place(site, camera), context.load()
    if degrees:
        camera_settings.change(here.cameras_file, place, CameraSettings(_degrees(degrees)))
    known = camera_settings.read(here.cameras_file).get(place, CameraSettings())
    output.line(f"{subjects.camera_user(place)} rotation {known.rotation}")


@app.command("remove")
def remove(site: Site, camera: Camera) -> None:
    """Withdraw a camera's credential: it is disconnected and cannot come back; exit 1 when it had none."""
    place, here = _place(site, camera), context.load()
    had = remove_camera(Credentials(here.credentials_dir), place)
    taken_up = nats_server.reload_of(here.home)
    camera_settings.change(here.cameras_file, place, None)
    if not had:
        raise StartupError(f"{subjects.camera_user(place)} has no credential in {here.credentials_dir}")
    output.line(f"{subjects.camera_user(place)} is withdrawn")
    _stop_missing(here, place, runs_here=taken_up)
    if not taken_up:
        _print_reload_hint()


@app.command("forget")
def forget(site: Site, camera: Camera) -> None:
    """Miss a silent camera no longer; one that sends again is expected again."""
    place = _place(site, camera)
    if not asyncio.run(camera_expected.tell(context.load(), place, expected=False)):
        raise StartupError(f"no frame of {subjects.camera_user(place)} ever came")
    output.line(f"{subjects.camera_user(place)} is not expected any more")


def _stop_missing(here: Context, place: Place, *, runs_here: bool) -> None:
    """Have a camera that is withdrawn not be missed; where Wardwatch runs elsewhere, say how."""
    try:
        if runs_here:
            asyncio.run(camera_expected.tell(here, place, expected=False))
            return
    except (StartupError, NoAnswer) as error:
        output.line(str(error), err=True)
    again = hints.command("camera", "forget", "--site", place.site, "--camera", place.camera)
    output.line(f"It is missed when it is silent until you say otherwise: {again}", err=True)


def _print_reload_hint() -> None:
    output.line(
        "The broker takes it up when it is told to (compose: docker compose exec nats sh -c 'kill -HUP 1').",
        err=True,
    )


def _place(site: str, camera: str) -> Place:
    try:
        return Place(site_id(site), camera_id(camera))
    except ValueError as error:
        raise StartupError(str(error)) from error


def _degrees(text: str) -> int:
    try:
        return cameras.rotation(text)
    except ValueError as error:
        raise StartupError(str(error)) from error


def _turned(rotation: str) -> dict[str, str]:
    """The camera service's setting; nothing leaves it to what is set for the camera."""
    return {"ROTATION": str(_degrees(rotation))} if rotation else {}


def _source(source: str, file: Path | None) -> dict[str, str]:
    """Where the service is to find its source. Raises StartupError when it is not named in exactly one way."""
    if bool(source) == (file is not None):
        raise StartupError("name one source: an argument, or a file that holds it, with --source-file")
    if _STANDARD_INPUT in (source, str(file)):
        typed: str = typer.prompt("source", err=True, hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
        if not typed.strip():
            raise StartupError("no source was given on the standard input")
        return {"SOURCE": typed.strip()}
    if file is not None:
        return {"SOURCE_FILE": str(file)}
    if addresses.may_hold_password(source):
        output.line(
            "The password in this address can be read by everybody on this machine (ps): put the address into a file "
            "with mode 0600 and name it with --source-file, or send it on the standard input (-).",
            err=True,
        )
    return {"SOURCE": source}


def _settings(site: str, camera: str, fps: float, seed_file: Path | None) -> dict[str, str]:
    here, place = context.load(), _place(site, camera)
    return {
        "NATS_URL": here.nats_url,
        "SITE": place.site,
        "CAMERA": place.camera,
        "FPS": str(fps),
        "VIDEO_SEED_FILE": str(seed_file or _stored_seed(here, place)),
    }


def _stored_seed(here: Context, place: Place) -> Path:
    user = subjects.camera_user(place)
    path = here.credentials_dir / f"{user}.nk"
    if not path.is_file():
        raise StartupError(
            f"no seed for {user}: give it with --seed-file; a new one is made by: "
            f"{hints.command('camera', 'add', '--site', place.site, '--camera', place.camera, '--keep')}"
        )
    return path


def _run(settings: Mapping[str, str], *, show_events: bool) -> PublisherReport:
    """Run the camera service with *settings* to its end; Ctrl-C ends it in good order, and it never outlives us."""
    environ = {name: text for name, text in os.environ.items() if not name.startswith(_PREFIX)}
    environ |= {f"{_PREFIX}{name}": text for name, text in settings.items()}
    # The service is found from any folder, and it stays in this one: the source may be named relative to it.
    environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(plan.CHECKOUT), os.environ.get("PYTHONPATH")]))
    environ["PYTHONSAFEPATH"] = "1"  # a folder named services here is not ours
    report = PublisherReport()
    with subprocess.Popen(
        [*shim(signal.SIGTERM, None), sys.executable, "-m", "services.camera"],
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
        # A terminal's Ctrl-C goes to us alone: the service gets one signal, ends, and its closing line is read.
        start_new_session=True,
    ) as service:
        before = {name: signal.signal(name, lambda *_: service.terminate()) for name in _ENDING}
        try:
            assert service.stdout is not None
            for line in _lines(service.stdout):
                report.take(line)
                is_waiting = line.get("event") == "waiting for the source"  # of interest in a trial, too
                if is_waiting or (show_events and line.get("level") in ("warning", "info")):
                    output.line(_log_text(line), err=True)
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)
    if service.returncode != 0 and not report.reason:
        report.reason = f"the camera service ended with exit code {service.returncode}"
    return report


def _lines(text: Iterable[str]) -> Iterator[Mapping[str, object]]:
    for line in text:
        try:
            fields = json.loads(line)
        except ValueError:
            continue
        if isinstance(fields, dict):
            yield fields


def _log_text(line: Mapping[str, object]) -> str:
    facts = " ".join(f"{key}={line[key]}" for key in ("reason", "detail", "count", "seconds", "account") if key in line)
    return f"{line.get('event')} {facts}".rstrip()
