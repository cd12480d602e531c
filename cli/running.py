"""`wardwatch up`, `down`, `demo` and `config show`: one machine."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from cli import account, output
from local import addresses, checks, context, plan, supervisor
from local.screen import Screen
from local.supervisor import Order, Running
from local.waiting import wait_until
from proto.wardwatch.v1.roles import Role
from services.chassis import hints
from services.chassis.errors import StartupError, tail

_DOWN_WITHIN_SECONDS = 90.0
_FIRST_ACCOUNT = "admin"
_CREDENTIALS = "credentials"  # made at an installation's first start
_SERVICES = (*plan.SERVICES, *plan.ONCE_WANTED)

up = typer.Typer()
down = typer.Typer()
demo = typer.Typer()
config = typer.Typer(no_args_is_help=True, help="Show settings.")

Site = Annotated[str, typer.Option("--site", help="Name of this site, as subjects carry it.")]
Listen = Annotated[
    str,
    typer.Option("--listen", help="Address the page answers on; lan: this machine's private ones, by TLS, for phones."),
]
Port = Annotated[int, typer.Option("--port", min=1, max=65535, help="Port the page answers on.")]


@up.command("up")
def up_command(site: Site = "h1", listen: Listen = "127.0.0.1", port: Port = 8470) -> None:
    """Start Wardwatch on this machine and stay until Ctrl-C."""
    home = context.home_of(os.environ)
    order = Order(home, site, listen, port, plan.services(home))
    if former := former_home(order.home, context.users_home()):
        output.line(f"this begins anew in {order.home}; to go on with what lies in {former}, set WARDWATCH_HOME to it")
    asyncio.run(_run(order, _stay))


@demo.command("demo")
def demo_command(
    once: Annotated[bool, typer.Option("--once", help="End after the first alert; exit 0 only if it came.")] = False,
    site: Site = "h1",
    listen: Listen = "127.0.0.1",
    port: Port = 8470,
) -> None:
    """Start Wardwatch with two simulated cameras and show an alert arriving."""
    from cli.demo import demonstration

    if listen == plan.LAN:
        raise StartupError(f"phones reach what runs in earnest: {hints.command('up', '--listen', plan.LAN)}")
    order = Order(context.home_of(os.environ), site, listen, port, with_pictures=True)
    shown = False

    async def show(here: Running, stop: asyncio.Event) -> None:
        nonlocal shown
        async with demonstration.leaving_nothing(here):
            await demonstration.show(here, stay=not once)
            shown = True
            if not once:
                await _stay(here, stop)

    asyncio.run(_run(order, show))
    if once and not shown:
        raise StartupError("the demonstration was stopped before an alert came")


@down.command("down")
def down_command() -> None:
    """Stop the Wardwatch that runs on this machine."""
    home = context.home_of(os.environ)
    pid = checks.supervisor_of(home)
    if pid is None:
        output.line(f"nothing runs in {home}")
        return
    os.kill(pid, signal.SIGTERM)
    if not wait_until(lambda: checks.supervisor_of(home) is None, _DOWN_WITHIN_SECONDS):
        raise StartupError(f"process {pid} does not end; its logs are in {home / 'logs'}")
    output.line("stopped")


def former_home(home: Path, former: Path) -> Path | None:
    """The folder *former* where it holds an installation and *home* does not yet."""
    is_begun = (home / _CREDENTIALS).is_dir()
    return former if home != former and not is_begun and (former / _CREDENTIALS).is_dir() else None


@config.callback()
def config_root() -> None:
    """Show settings."""


@config.command("show")
def config_show(
    service: Annotated[str, typer.Argument(help=f"One of: {', '.join(_SERVICES)}.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what a service on this machine works with, its defaults too. Passwords are not shown."""
    if service not in _SERVICES:
        raise StartupError(f"no service is named {service}; there are: {', '.join(_SERVICES)}")
    here = context.load()
    models = supervisor.prepared_models(here.home / "models")
    reached = tuple(addresses.on_the_network()) if here.listen == plan.LAN else ()
    at = plan.Installation(here.home, here.site, here.listen, here.port, here.nats_url, models, reached)
    settings = _effective(service, plan.environment(plan.program(service, at, os.environ).settings, os.environ))
    if as_json:
        output.document(json.dumps(settings, indent=2))
        return
    for name, value in sorted(settings.items()):
        output.line(f"{name}={value if isinstance(value, str) else '' if value is None else json.dumps(value)}")


def _effective(service: str, environ: Mapping[str, str]) -> dict[str, object]:
    """Every setting of *service* in *environ*, asked of its own code; raises StartupError when it would refuse them."""
    argv = [sys.executable, "-m", "services.chassis.effective", service]
    done = subprocess.run(argv, cwd=plan.CHECKOUT, env=dict(environ), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StartupError(f"the settings of {service} are not valid: {tail(done.stderr, 1)}")
    settings: dict[str, object] = json.loads(done.stdout)
    return settings


async def _run(order: Order, then: Callable[[Running, asyncio.Event], Awaitable[None]]) -> None:
    """Start, do *then*, stop. A signal at any moment, also while starting, stops everything in order."""
    screen = Screen()
    started = asyncio.Event()

    async def live(stop: asyncio.Event) -> None:
        async with supervisor.running(order, screen, os.environ) as here:
            started.set()
            await _unless(stop, then(here, stop))
            screen.line("stopping")

    async with supervisor.signals() as stop:
        work = asyncio.create_task(live(stop))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not started.is_set():
            work.cancel()
        await asyncio.wait({work})
        stopped.cancel()
        if not work.cancelled():
            work.result()


async def _unless(stop: asyncio.Event, work: Awaitable[None]) -> None:
    """Do *work* until it is done or *stop* is set."""
    doing, stopped = asyncio.ensure_future(work), asyncio.create_task(stop.wait())
    await asyncio.wait({doing, stopped}, return_when=asyncio.FIRST_COMPLETED)
    for task in (doing, stopped):
        task.cancel()
    await asyncio.wait({doing, stopped})
    if not doing.cancelled():
        doing.result()


async def _stay(here: Running, stop: asyncio.Event) -> None:
    here.screen.line(f"\nWardwatch runs at site {here.at.site}. Logs: {here.at.logs}")
    try:
        code = await account.code_for(context.load(_environment(here)), _FIRST_ACCOUNT, Role.ADMINISTRATOR)
    except account.AccountDisabled as disabled:
        here.screen.line(str(disabled))
    else:
        account.print_code(here.at.page_url, code)
    if here.at.is_on_the_network:
        here.screen.line(f"Before a phone's first visit it installs the certificate: {here.at.install_url}")
        here.screen.line(f"How, its fingerprint and a QR code: {hints.command('tls', 'show')}")
    else:
        here.screen.line(f"This machine alone reaches it. For phones: {hints.command('up', '--listen', plan.LAN)}")
    here.screen.line("Ctrl-C stops everything.")
    await stop.wait()


def _environment(here: Running) -> dict[str, str]:
    """Only the home: what a caller's variables say about another Wardwatch is not about this one."""
    return {"WARDWATCH_HOME": str(Path(here.at.home))}
