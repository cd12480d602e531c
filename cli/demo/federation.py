"""The demonstration of a list that hospitals share: one publisher and three hospitals on this machine.

What people do is done with the commands that they would give.
"""

import asyncio
import os
import re
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from access import store
from access.federation import Hub
from cli import account, desk_client
from cli.demo import cameras, demonstration, scene
from cli.demo.events import Alert, alerts
from cli.demo.scene import Film
from local import context, page_tls, plan, supervisor
from local.authority import Names
from local.page_tls import TlsFiles
from local.ports import free_port
from local.screen import Screen
from local.supervisor import Order, Running
from proto.wardwatch.v1 import federation_views as views
from proto.wardwatch.v1.entries import EntryPage, EntryRow
from proto.wardwatch.v1.roles import Role
from services.chassis.errors import StartupError

LIST: Final = "city"
PUBLISHER: Final = "publisher"
HOSPITALS: Final = ("north", "south", "east")
_FIRST, _SECOND, _GUARD = "demo.li", "demo.zhao", "demo.guard"
# Nothing is drilled and nothing pushed here; everything else is as it is at a hospital.
_SERVICES: Final = ("detector", "embedder", "matcher", "watchlist", "alerts", plan.FEDERATION)
_COMMAND_SECONDS: Final = 120.0
_WITHIN_SECONDS: Final = 90.0
_LOOK_SECONDS: Final = 0.1
# As long as a walk past the camera takes, three times over.
_NO_ALERT_SECONDS: Final = 15.0
_READ_OUT: Final = re.compile(r"read out by telephone, .*: (.*)")


@dataclass(slots=True)
class Times:
    """What took how long, in seconds, in the order in which it was measured."""

    rows: list[tuple[str, float]] = field(default_factory=list)

    def note(self, words: str, began: float) -> None:
        """*words* took from *began* until now."""
        self.rows.append((words, time.monotonic() - began))


async def show(home: Path, models: Path, screen: Screen, environ: Mapping[str, str]) -> None:
    """Start all four below *home*, share a person, ring, stop, erase; then end. Raises StartupError."""
    times, began = Times(), time.monotonic()
    async with AsyncExitStack() as stack:
        films = await asyncio.to_thread(scene.ensure, home / "demonstration", models)
        here: dict[str, Running] = {}
        for name in (PUBLISHER, *HOSPITALS):
            screen.line(f"{name}")
            folder = await asyncio.to_thread(_folder, home / name, models, publishes=name == PUBLISHER)
            order = Order(folder, name, "127.0.0.1", free_port(), _SERVICES)
            here[name] = await stack.enter_async_context(supervisor.running(order, screen, environ))
            await _accounts(here[name])
        times.note("four installations started", began)
        await _join(here, screen, times)
        entry = await _list(here, screen, times)
        await _ring(here["north"], films, screen, times)
        await _stop(here["south"], films, screen)
        await _erase(here, entry, screen, times)
    screen.line("\n  what took how long")
    for words, seconds in times.rows:
        screen.line(f"  {words:<60}{seconds:>7.1f} s")


def _folder(folder: Path, models: Path, *, publishes: bool) -> Path:
    """The folder of an installation: models of this machine, and a broker that lets hospitals in."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / "models").exists():
        (folder / "models").symlink_to(models)
    credentials = store.initialise(folder / "credentials")
    hub = None
    if publishes:
        files = TlsFiles(folder / "hub-tls", folder / "authority")
        page_tls.ensure(files, Names((ip_address("127.0.0.1"),)), socket.gethostname(), datetime.now(UTC))
        hub = Hub(f"127.0.0.1:{free_port()}", str(files.certificate), str(files.key))
    # An earlier demonstration's hospitals and links are nobody's any more.
    store.change_federation(credentials, lambda present: replace(present, hub=hub, links=()))
    return folder


async def _accounts(here: Running) -> None:
    desk = _context(here)
    for name, role in ((_FIRST, Role.SUPERVISOR), (_SECOND, Role.SUPERVISOR), (_GUARD, Role.GUARD)):
        await account.redeem(desk, await account.code_for(desk, name, role))


async def _join(here: Mapping[str, Running], screen: Screen, times: Times) -> None:
    """Each hospital joins the list, by invitation and answer; on either side two accounts."""
    publisher = here[PUBLISHER]
    await _command(publisher, "publish", LIST, "--title", "City list", "--as", _FIRST)
    for name in HOSPITALS:
        began = time.monotonic()
        with screen.step(f"{name} joins the list"):
            invitation, answer = (str(here[name].at.home / f"{LIST}.{kind}") for kind in ("invitation", "answer"))
            await _command(publisher, "invite", name, "--list", LIST, "--title", name.title(), "--as", _FIRST)
            heard = _read_out(await _command(publisher, "approve", LIST, name, "--to", invitation, "--as", _SECOND))
            compared = ("--read-out", heard)
            await _command(here[name], "join", invitation, "--site", name, *compared, "--as", _FIRST)
            heard = _read_out(
                await _command(here[name], "approve-joining", invitation, *compared, "--to", answer, "--as", _SECOND)
            )
            await _command(publisher, "admit", answer, "--read-out", heard, "--as", _FIRST)
            await _command(publisher, "approve", LIST, name, "--as", _SECOND)
        times.note(f"{name} joined, with six commands", began)


async def _list(here: Mapping[str, Running], screen: Screen, times: Times) -> str:
    """List somebody at the publisher and share them; returns the entry once every hospital looks for them."""
    publisher = here[PUBLISHER]
    with screen.step(f"a person is listed at the publisher by {_FIRST} and {_SECOND}"):
        entry = await demonstration.enrolled(publisher, _context(publisher), _FIRST, _SECOND)
    await _command(publisher, "share", entry, "--list", LIST, "--as", _FIRST)
    await _command(publisher, "approve", LIST, entry, "--as", _SECOND)
    began = time.monotonic()
    with screen.step("every hospital looks for them"):
        for name in HOSPITALS:
            await _until(partial(_is_listed, here[name]), f"the entry did not reach {name}")
    times.note("approved for the list → listed at every hospital", began)
    return entry


async def _ring(hospital: Running, films: Mapping[Film, Path], screen: Screen, times: Times) -> None:
    began = time.monotonic()
    desk = _context(hospital)
    async with alerts(desk.alerts_url, desk.token(_GUARD)) as events:
        with screen.step("they walk in at north: its guard is told"):
            await cameras.start(hospital, {"entrance": films[Film.VISIT]})
            alert = await demonstration.first(events)
    times.note("their first walk past a camera that was just started", began)
    _check(alert)


async def _stop(hospital: Running, films: Mapping[Film, Path], screen: Screen) -> None:
    """South has a reason not to look for them: nobody is told there."""
    row = await _listed(hospital)
    assert row is not None
    with screen.step("south suspends them, for a reason, and nobody is told there"):
        why = ("--reason", "under appeal at our hospital", "--as", _SECOND)
        await _command(hospital, "suspend", str(row.id), *why, group="watchlist")
        desk = _context(hospital)
        async with alerts(desk.alerts_url, desk.token(_GUARD)) as events:
            await cameras.start(hospital, {"entrance": films[Film.VISIT]})
            try:
                async with asyncio.timeout(_NO_ALERT_SECONDS):
                    await anext(events)
            except TimeoutError:
                return
    raise StartupError("an alert came of somebody who is suspended there: that is a fault")


async def _erase(here: Mapping[str, Running], entry: str, screen: Screen, times: Times) -> None:
    publisher, began = here[PUBLISHER], time.monotonic()
    with screen.step("erased at the publisher; every matcher of every hospital signs"):
        await _command(publisher, "erase", entry, "--reason", "a court's order", "--as", _SECOND, group="watchlist")
        await _until(partial(_is_closed, publisher), "the erasure is not closed everywhere")
    times.note("erased at the publisher → closed by every hospital", began)
    for name in HOSPITALS:
        if await _listed(here[name]) is not None:
            raise StartupError(f"{name} still lists somebody who was erased: that is a fault")


async def _is_listed(here: Running) -> bool:
    return await _listed(here) is not None


async def _listed(here: Running) -> EntryRow | None:
    async with desk_client.opened(_context(here), _FIRST) as desk:
        page = await desk.read(EntryPage, "list_entries", target={"state": "active"})
    return next((row for row in page.entries if row.origin is not None), None)


async def _is_closed(publisher: Running) -> bool:
    async with desk_client.opened(_context(publisher), _FIRST) as desk:
        sharing = await desk.read(views.SharingView, "show_sharing", target={"list": LIST})
    return not sharing.erasures and not any(each.owed for each in sharing.hospitals) and not sharing.unpublished


async def _until(holds: Callable[[], Awaitable[bool]], otherwise: str) -> None:
    try:
        async with asyncio.timeout(_WITHIN_SECONDS):
            while not await holds():  # noqa: ASYNC110 - another process is waited for
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError as error:
        raise StartupError(otherwise) from error


async def _command(here: Running, *words: str, group: str = "federation") -> str:
    """Give a command of ``wardwatch`` at an installation; returns what it printed. Raises StartupError."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli", group, *words, cwd=plan.CHECKOUT,
        env={**os.environ, "WARDWATCH_HOME": str(here.at.home)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(_COMMAND_SECONDS):
        output, _ = await process.communicate()
    said = output.decode(errors="replace")
    if process.returncode != 0:
        raise StartupError(f"wardwatch {group} {words[0]}: {said.strip()}")
    return said


def _read_out(said: str) -> str:
    found = _READ_OUT.search(said)
    if found is None:
        raise StartupError(f"nothing is to be read out: {said}")
    return found[1]


def _check(alert: Alert) -> None:
    if alert.camera != "entrance":
        raise StartupError("an alert came from another camera: that is a fault")


def _context(here: Running) -> context.Context:
    return context.load({"WARDWATCH_HOME": str(here.at.home)})
