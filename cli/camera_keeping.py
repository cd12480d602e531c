"""`wardwatch camera add|rotate|revoke|rename|remove|rotation|forget`: credentials, and what the publisher reads."""

import asyncio
import json
from dataclasses import dataclass
from typing import Annotated

import typer

from access.store import Credentials, add_camera, remove_camera, write_secret
from cli import camera_expected, camera_moves, camera_settings, camera_sources, output
from cli.camera_options import (
    AsJson,
    Camera,
    FramesPerSecond,
    Loop,
    MostWidth,
    Rotation,
    Site,
    SourceFile,
    Transported,
    camera_source,
    degrees,
    place,
)
from local import context, nats_server
from local.context import Context
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.cameras import CameraSettings
from proto.wardwatch.v1.subjects import Place
from services.chassis import addresses, hints
from services.chassis.errors import NoAnswer, StartupError

KeptSource = Annotated[
    str, typer.Option("--source", help="What the publisher reads: rtsp://…, http://…, usb:0, a film or a folder.")
]


@dataclass(frozen=True, slots=True)
class _Known:
    """A camera as this installation knows it."""

    here: Context
    place: Place

    @property
    def user(self) -> str:
        return subjects.camera_user(self.place)

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.here.credentials_dir)

    @property
    def is_read(self) -> bool:
        """Whether the publisher reads it."""
        return self.place in camera_sources.read(self.here.sources_file)

    @property
    def has_credential(self) -> bool:
        return self.user in self.credentials.users()

    def renew(self, *, keep: bool = False) -> str:
        """Give it a new credential, put where its publisher finds it; returns the seed."""
        seed = add_camera(self.credentials, self.place).seed
        if self.is_read:
            camera_sources.put_seed(self.here.sources_file, self.place, seed)
        if keep or self.credentials.seed_file(self.user).exists():
            write_secret(self.credentials.seed_file(self.user), seed)
        return seed


def add(
    site: Site,
    camera: Camera,
    source: KeptSource = "",
    source_file: SourceFile = None,
    fps: FramesPerSecond = 5.0,
    loop: Loop = False,
    max_width: MostWidth = 1920,
    transport: Transported = "auto",
    keep: Annotated[bool, typer.Option("--keep", help="Keep the seed here, for the command publish.")] = False,
    as_json: AsJson = False,
    rotation: Rotation = "",
) -> None:
    """Give a camera a credential of its own, shown once; an earlier one ends. With --source the publisher reads it."""
    known = _Known(context.load(), place(site, camera))
    if source and source_file is not None:
        raise StartupError("name one source: with --source, or in a file that holds it, with --source-file")
    wanted = None
    if source or source_file is not None:
        wanted = camera_source(source, source_file, fps=fps, loop=loop, max_width_px=max_width, transport=transport)
    if rotation:
        camera_settings.change(known.here.cameras_file, known.place, CameraSettings(degrees(rotation)))
    if wanted is not None:
        camera_sources.put(known.here.sources_file, known.place, wanted)
    seed = known.renew(keep=keep)
    taken_up = nats_server.reload_of(known.here.home)
    if wanted is not None:
        output.line(f"{known.user} is read from {addresses.shown(wanted.source)}, {wanted.fps:g} frames a second")
    elif known.is_read:
        output.line(f"{known.user} has a new credential, and its publisher has it")
    else:
        _show(known, seed, keep=keep, as_json=as_json, taken_up=taken_up)
    if not taken_up and not as_json:
        _print_reload_hint()


def _show(known: _Known, seed: str, *, keep: bool, as_json: bool, taken_up: bool) -> None:
    shown = {
        "user": known.user,
        "publish": subjects.frames(known.place),
        "listen": subjects.rejected(known.place),
        "seed": seed,
    }
    if as_json:
        output.document(json.dumps({**shown, "taken_up": taken_up}))
        return
    for name, text in shown.items():
        output.line(f"{name:8} {text}")
    if not keep:
        output.line("The seed is not kept and not shown again: put it in a file with mode 0600.", err=True)


def rotate(
    site: Site,
    camera: Camera,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the seed here, for the command publish.")] = False,
    as_json: AsJson = False,
) -> None:
    """Give a camera a new credential in place of its present one (its pictures are turned by: camera rotation).

    Where the publisher reads it nothing else is to be done; otherwise the seed is shown once.
    """
    known = _Known(context.load(), place(site, camera))
    if not known.has_credential and not known.is_read:
        add = hints.command("camera", "add", "--site", known.place.site, "--camera", known.place.camera)
        raise StartupError(f"{known.user} has no credential; it gets one by: {add}")
    seed = known.renew(keep=keep)
    taken_up = nats_server.reload_of(known.here.home)
    if known.is_read:
        output.line(f"{known.user} has a new credential, and its publisher has it")
    else:
        _show(known, seed, keep=keep, as_json=as_json, taken_up=taken_up)
    if not taken_up and not as_json:
        _print_reload_hint()


def revoke(site: Site, camera: Camera) -> None:
    """Withdraw a camera's credential and keep the rest: it is disconnected until it is given a new one by rotate."""
    known = _Known(context.load(), place(site, camera))
    had = remove_camera(known.credentials, known.place)
    camera_sources.seed_file(known.here.sources_file, known.place).unlink(missing_ok=True)
    taken_up = nats_server.reload_of(known.here.home)
    if not had:
        raise StartupError(f"{known.user} has no credential in {known.here.credentials_dir}")
    rotate = hints.command("camera", "rotate", "--site", known.place.site, "--camera", known.place.camera)
    output.line(f"{known.user} is withdrawn; it comes back by: {rotate}")
    if not taken_up:
        _print_reload_hint()


def remove(site: Site, camera: Camera) -> None:
    """Withdraw a camera's credential for good: it is disconnected, and read no more; exit 1 when it had none."""
    known = _Known(context.load(), place(site, camera))
    was_read = camera_sources.remove(known.here.sources_file, known.place)
    had = remove_camera(known.credentials, known.place)
    taken_up = nats_server.reload_of(known.here.home)
    camera_settings.change(known.here.cameras_file, known.place, None)
    if not had and not was_read:
        raise StartupError(f"{known.user} has no credential in {known.here.credentials_dir}")
    output.line(f"{known.user} is withdrawn")
    _stop_missing(known.here, known.place, runs_here=taken_up)
    if not taken_up:
        _print_reload_hint()


def rename(
    site: Site,
    camera: Camera,
    to: Annotated[str, typer.Option("--to", help="Its new name, for example gate-3.")],
    account: Annotated[
        str, typer.Option("--as", help="Administrator that moves its place and zones too, signed in here.")
    ] = "",
) -> None:
    """Give a camera another name. What was seen stays under the former one, which still says where that was.

    Its source, its angle and, with --as, its place and its zones go with it. It gets a new credential.
    """
    old, new = _Known(context.load(), place(site, camera)), _Known(context.load(), place(site, to))
    if new.has_credential or new.is_read or new.place == old.place:
        raise StartupError(f"{new.user} is there already")
    if not old.has_credential and not old.is_read:
        raise StartupError(f"{old.user} is not known here")
    if account:
        # First, for it is what may be refused.
        camera_moves.move(old.here, account, old.place, new.place)
    here, rows = old.here, camera_sources.read(old.here.sources_file)
    if mounting := camera_settings.read(here.cameras_file).get(old.place):
        camera_settings.change(here.cameras_file, new.place, mounting)
    keep = old.credentials.seed_file(old.user).exists()
    if row := rows.get(old.place):
        camera_sources.put(here.sources_file, new.place, row)
    seed = new.renew(keep=keep)
    camera_sources.remove(here.sources_file, old.place)
    remove_camera(old.credentials, old.place)
    camera_settings.change(here.cameras_file, old.place, None)
    taken_up = nats_server.reload_of(here.home)
    output.line(f"{old.user} is {new.user} from now on; what was seen stays under the former name")
    if not row:
        _show(new, seed, keep=keep, as_json=False, taken_up=taken_up)
    if not account:
        output.line(
            "Its place and its zones are still those of the former name: --as an administrator moves them.", err=True
        )
    _stop_missing(here, old.place, runs_here=taken_up)
    if not taken_up:
        _print_reload_hint()


def turn(
    site: Site,
    camera: Camera,
    angle: Annotated[
        str, typer.Argument(metavar="[DEGREES]", help="0, 90, 180 or 270 clockwise; nothing shows what is set.")
    ] = "",
) -> None:
    """Set by how much a camera's pictures are turned to stand upright; detectors take it up with the next picture."""
    known = _Known(context.load(), place(site, camera))
    if angle:
        camera_settings.change(known.here.cameras_file, known.place, CameraSettings(degrees(angle)))
    mounting = camera_settings.read(known.here.cameras_file).get(known.place, CameraSettings())
    output.line(f"{known.user} rotation {mounting.rotation}")


def forget(site: Site, camera: Camera) -> None:
    """Miss a silent camera no longer; one that sends again is expected again."""
    named = place(site, camera)
    if not asyncio.run(camera_expected.tell(context.load(), named, expected=False)):
        raise StartupError(f"no frame of {subjects.camera_user(named)} ever came")
    output.line(f"{subjects.camera_user(named)} is not expected any more")


def _stop_missing(here: Context, named: Place, *, runs_here: bool) -> None:
    """Have a camera that is withdrawn not be missed; where Wardwatch runs elsewhere, say how."""
    try:
        if runs_here:
            asyncio.run(camera_expected.tell(here, named, expected=False))
            return
    except (StartupError, NoAnswer) as error:
        output.line(str(error), err=True)
    forget = hints.command("camera", "forget", "--site", named.site, "--camera", named.camera)
    output.line(f"It is missed when it is silent until you say otherwise: {forget}", err=True)


def _print_reload_hint() -> None:
    output.line(
        "The broker takes it up when it is told to (compose: docker compose exec nats sh -c 'kill -HUP 1').",
        err=True,
    )
