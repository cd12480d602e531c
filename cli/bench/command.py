"""`wardwatch bench`: load on a running system, and what every stage makes of it."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer

from cli import id_argument, output
from cli.bench import cameras, listening, picture, reel, run, silence, stages, ward, words
from cli.bench.cameras import Cameras
from cli.bench.listening import Heard
from cli.bench.measures import Measured, Moment
from cli.bench.names import MOST, SITE
from cli.bench.readings import Change
from cli.bench.reel import Reel
from cli.bench.stages import Stages
from cli.bench.ward import Ward
from cli.demo import scene
from cli.demo.scene import Film
from local import context
from local.context import Context
from proto.wardwatch.v1.subjects import SiteId, site_id
from services.chassis.errors import StartupError

_LOOK_SECONDS: Final = 3.0

T = TypeVar("T")

app = typer.Typer()

From = Annotated[
    Path | None,
    typer.Option("--from", help="A folder of pictures or a film; without it the lobby of the demonstration."),
]
SizeText = Annotated[str, typer.Option("--size", help="WxH pixels to bring the pictures to; as they are if left out.")]
Rate = Annotated[float, typer.Option("--rate", min=0.1, max=60, help="Frames a second of each camera.")]
Beside = Annotated[
    bool, typer.Option("--beside-real-cameras", help="Run also while real cameras send; end when they lose by it.")
]
Seeds = Annotated[
    Path | None,
    typer.Option("--seeds", help="Folder of the cameras' seeds (camera.bench.bench-1.nk …), where they are not ours."),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a load runs and what it may do."""

    site: SiteId
    beside: bool
    seeds: Path | None
    entry: str | None = None
    account: str = ""


@dataclass(frozen=True, slots=True)
class Ground:
    """A system that is ready for loads."""

    stages: Stages
    cameras: Cameras
    ward: Ward
    heard: Heard | None


@app.command("bench")
def bench(
    count: Annotated[int, typer.Option("--cameras", min=1, max=MOST, help="How many cameras.")] = 4,
    rate: Rate = 5.0,
    source: From = None,
    size: SizeText = "",
    seconds: Annotated[float, typer.Option(min=1, max=86_400, help="For how long.")] = 20.0,
    as_file: Annotated[Path | None, typer.Option("--json", help="Write everything as JSON to this file.")] = None,
    picture_file: Annotated[Path | None, typer.Option("--picture", help="Draw it as SVG into this file.")] = None,
    entry: Annotated[
        str | None,
        typer.Option(
            callback=id_argument.checked,
            help="Match at the load's site, to measure alerts: an entry whose person these pictures show.",
        ),
    ] = None,
    account: Annotated[str, typer.Option("--as", help="With --entry: a supervisor who has signed in here.")] = "",
    site: Annotated[str, typer.Option(help="The site of the load's cameras; another one only with --entry.")] = SITE,
    beside_real_cameras: Beside = False,
    seeds: Seeds = None,
) -> None:
    """Send pictures as many cameras do and say what every stage made of them; nobody's phone rings unless asked to."""
    here = context.load()
    asked = Asked(_site(site), beside_real_cameras, seeds, entry, account)
    if bool(entry) != bool(account):
        raise StartupError("--entry and --as go together: somebody must hear the alerts")
    if site != SITE and entry is None:
        raise StartupError(f"a load matches nobody, so matching is stopped at its site; that is {SITE}, none of yours")
    order = run.Order(pictures(here, source, size, rate), count, rate, seconds)

    async def work() -> Measured:
        async with prepared(here, asked) as ground:
            return await run.loaded(
                ground.stages, ground.cameras, order, ward=ground.ward, heard=ground.heard, say=_progress
            )

    measured = until_told(work())
    output.again("")
    for line in words.lines(measured):
        output.line(line)
    write(as_file, json.dumps(measured.document(), indent=2) + "\n")
    write(picture_file, picture.drawn(measured, f"{count} cameras, {rate:g} frames/s each, {measured.load.size}"))
    if measured.ended_early:
        raise typer.Exit(1)


def write(file: Path | None, text: str) -> None:
    """Put *text* into *file*, where one is wanted. Raises StartupError."""
    if file is None:
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StartupError(f"{file} cannot be written: {error.strerror}") from error


def pictures(here: Context, source: Path | None, size: str, rate: float) -> Reel:
    """What the cameras send. Raises StartupError."""
    wanted = reel.parse_size(size) if size else None
    if source is None:
        models = here.home / "models"
        if not models.is_dir():
            raise StartupError("name a folder of pictures or a film with --from")
        source = scene.ensure(here.home / "demonstration", models)[Film.LOBBY]
    return reel.read(source, wanted, rate)


@asynccontextmanager
async def prepared(here: Context, asked: Asked) -> AsyncIterator[Ground]:
    """Look who is there, see to it that nobody is rung unasked, and have cameras; all of it is put back on leaving.

    Raises StartupError when a load must not run here.
    """
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(stages.session())
        source = await stages.found(here, http)
        watched = await _look(source, asked)
        heard = None
        if asked.entry is None:
            await stack.enter_async_context(silence.kept(here, asked.site, source))
        else:
            await silence.refuse_stopped(here, asked.site)
            await listening.check_entry(here, asked.account, asked.entry, asked.site)
            heard = await stack.enter_async_context(listening.heard(here, asked.account, asked.site))
        sending = await stack.enter_async_context(cameras.opened(here, asked.site, asked.seeds))
        yield Ground(source, sending, watched, heard)


def until_told(work: Coroutine[None, None, T]) -> T:
    """Run *work*; told to end, it puts back what it changed before it does."""

    async def ending() -> T:
        task = asyncio.ensure_future(work)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await task

    try:
        return asyncio.run(ending())
    except asyncio.CancelledError as error:
        raise StartupError("ended before its time; its cameras are withdrawn") from error


async def _look(source: Stages, asked: Asked) -> Ward:
    """Whether real cameras are at work, and what they lose as it is."""
    before = await source.read()
    await asyncio.sleep(_LOOK_SECONDS)
    change, watched = Change(before, await source.read()), Ward(asked.site)
    ward.refuse(watched.others(change), allowed=asked.beside)
    watched.usual = watched.lost_share(change)
    return watched


def _site(text: str) -> SiteId:
    try:
        return site_id(text)
    except ValueError as error:
        raise StartupError(str(error)) from error


def _progress(now: Moment) -> None:
    output.again(
        f"{now.at_seconds:5.0f} s  {now.frames_received:6.1f} frames/s, {now.frames_searched:6.1f} searched, "
        f"{now.faces_embedded:6.1f} faces/s, shed {now.shed:5.1f}/s"
    )
