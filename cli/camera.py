"""`wardwatch camera`: send a source as a camera would, give a camera its credential, try one out."""

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

from cli import camera_discover, camera_keeping, camera_list, camera_place, camera_sources, output
from cli.camera_options import (
    Camera,
    FramesPerSecond,
    Loop,
    Rotation,
    Site,
    SourceFile,
    SourceText,
    degrees,
    place,
    typed,
    warn_of_password,
)
from local import context, plan
from local.context import Context
from local.spawn import shim
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.subjects import Place
from services.chassis import hints
from services.chassis.errors import StartupError

_TRIAL_FRAMES: Final = 25
_PREFIX: Final = "WARDWATCH_CAMERA_"
_ENDING: Final = (signal.SIGINT, signal.SIGTERM)

app = typer.Typer(help="Send pictures as a camera does, and give cameras their credentials.", no_args_is_help=True)
app.command("list")(camera_list.list_cameras)
app.command("discover")(camera_discover.discover)
app.command("add")(camera_keeping.add)
app.command("rotate")(camera_keeping.rotate)
app.command("revoke")(camera_keeping.revoke)
app.command("rename")(camera_keeping.rename)
app.command("remove")(camera_keeping.remove)
app.command("rotation")(camera_keeping.turn)
app.command("describe")(camera_place.describe)
app.command("forget")(camera_keeping.forget)

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
    opened: str = ""

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
            case {"event": "the source is open", "detail": str(detail)}:
                self.opened = detail
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
    loop: Loop = False,
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
    """Send 25 frames and one empty one, and say what became of them; exit 1 when any was refused or nobody listens.

    Without a source that is tried which the publisher reads.
    """
    trial = {"LOOP": "true", "MOST_FRAMES": str(_TRIAL_FRAMES), "PROBE": "true", **_turned(rotation)}
    if not source and source_file is None:
        settings = _kept(site, camera, seed_file)
    else:
        settings = _settings(site, camera, fps, seed_file) | _source(source, source_file)
    report = _run(settings | trial, show_events=False)
    if report.reason:
        raise StartupError(report.reason)
    if report.opened:
        output.line(report.opened)
    output.line(report.verdict())
    if report.reach():
        output.line(f"  {report.reach()}")
    for reason, detail in sorted(report.details.items()):
        output.line(f"  {reason}: {detail}")
    if report.refused or not report.detector:
        raise typer.Exit(1)


def _turned(rotation: str) -> dict[str, str]:
    """The camera service's setting; nothing leaves it to what is set for the camera."""
    return {"ROTATION": str(degrees(rotation))} if rotation else {}


def _source(source: str, file: Path | None) -> dict[str, str]:
    """Where the service is to find its source. Raises StartupError when it is not named in exactly one way."""
    if bool(source) == (file is not None):
        raise StartupError("name one source: an argument, or a file that holds it, with --source-file")
    if (text := typed(source, file)) is not None:
        return {"SOURCE": text}
    if file is not None:
        return {"SOURCE_FILE": str(file)}
    warn_of_password(source)
    return {"SOURCE": source}


def _settings(site: str, camera: str, fps: float, seed_file: Path | None) -> dict[str, str]:
    here, named = context.load(), place(site, camera)
    return {
        "NATS_URL": here.nats_url,
        "SITE": named.site,
        "CAMERA": named.camera,
        "FPS": str(fps),
        "VIDEO_SEED_FILE": str(seed_file or _stored_seed(here, named)),
    }


def _kept(site: str, camera: str, seed_file: Path | None) -> dict[str, str]:
    """The settings by which the publisher reads the camera. Raises StartupError when it reads no such camera."""
    here, named = context.load(), place(site, camera)
    row = camera_sources.read(here.sources_file).get(named)
    if row is None:
        raise StartupError(
            f"name one source: the publisher reads no camera {named.camera} of {named.site} whose source could be tried"
        )
    return {
        "NATS_URL": here.nats_url,
        "SITE": named.site,
        "CAMERA": named.camera,
        "VIDEO_SEED_FILE": str(seed_file or camera_sources.seed_file(here.sources_file, named)),
        "SOURCE": row.source,
        "FPS": str(row.fps),
        "MAX_WIDTH_PX": str(row.max_width_px),
        "JPEG_QUALITY": str(row.jpeg_quality),
        "TRANSPORT": row.transport,
    }


def _stored_seed(here: Context, named: Place) -> Path:
    user = subjects.camera_user(named)
    path = here.credentials_dir / f"{user}.nk"
    if not path.is_file():
        raise StartupError(
            f"no seed for {user}: give it with --seed-file; a new one is made by: "
            f"{hints.command('camera', 'add', '--site', named.site, '--camera', named.camera, '--keep')}"
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
