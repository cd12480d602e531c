"""Start everything in order, keep it running, and stop it in the opposite order."""

import asyncio
import dataclasses
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence, Set
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import resources
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from access import database, grants, store, streams
from access.store import Credentials
from local import addresses, checks, context, nats_server, page_tls, plan, postgres, store_watch
from local.addresses import Address
from local.authority import Names
from local.child import Child
from local.context import Connection
from local.plan import Installation, Program
from local.screen import Screen
from local.spawn import shim, spawn
from models import catalogue, state
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.model_card import prepared_path
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.chassis.errors import StartupError
from services.chassis.settings import USUAL_TIME_ZONE

_SUPERUSER_DATABASE: Final = "postgres"
_LOOK_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Order:
    """What to run: the options of the command."""

    home: Path
    site: str
    listen: str
    port: int
    services: tuple[str, ...] = plan.SERVICES
    with_pictures: bool = False


@dataclass(slots=True)
class Running:
    """A running Wardwatch."""

    at: Installation
    credentials: Credentials
    starter: Executor
    screen: Screen
    environ: Mapping[str, str]
    children: dict[str, Child] = field(default_factory=dict)

    async def add_camera_user(self, site: str, camera: str) -> Path:
        """Give a camera a credential, have the broker reload, and return the file of its seed."""
        place = _place(site, camera)
        key = await asyncio.to_thread(store.add_camera, self.credentials, place)
        path = self.credentials.seed_file(subjects.camera_user(place))
        await asyncio.to_thread(store.write_secret, path, key.seed)
        await asyncio.to_thread(self._reload)
        return path

    def _reload(self) -> None:
        server = self.children["nats-server"].process
        assert server is not None
        nats_server.NatsServer(server, self.at.nats_url).reload_and_wait(self.at.logs / "nats-server.log")


@asynccontextmanager
async def running(order: Order, screen: Screen, environ: Mapping[str, str]) -> AsyncIterator[Running]:
    """Start everything and hand it over ready; stop it in the opposite order on leaving.

    Raises StartupError with one sentence when something cannot be started; what was started is stopped again.
    """
    checks.make_home(order.home)
    async with AsyncExitStack() as stack:
        stack.enter_context(checks.only_supervisor(order.home))
        checks.check_disk(order.home)
        reached = await asyncio.to_thread(_reached, order)
        for host in reached.hosts:
            checks.check_port(host, order.port)
        if reached.is_on_the_network:
            checks.check_port(reached.hosts[0], reached.plain_port)
            await asyncio.to_thread(_certificate, reached, screen)
        (order.home / "logs").mkdir(exist_ok=True, mode=0o700)
        models = await _models(order, screen, environ) if order.services else {}
        # One thread starts every program and lives until all have ended; see Child.
        starter = stack.enter_context(ThreadPoolExecutor(max_workers=1, thread_name_prefix="starter"))
        credentials = await asyncio.to_thread(store.initialise, order.home / "credentials")
        nats = await _nats(order, credentials, starter, screen, stack)
        database_child = await _postgres(order, starter, screen, stack)
        at = dataclasses.replace(reached, nats_url=nats.url, models=models)
        here = Running(at, credentials, starter, screen, environ)
        here.children.update({"nats-server": nats.child, "postgres": database_child})
        _connection(at, environ).write(order.home)
        stack.callback((order.home / context.CONNECTION).unlink, missing_ok=True)
        with screen.step("streams"):
            await streams.ensure(nats.url, credentials.seed_file(grants.OPERATOR))
        if order.services:
            await _services(order, here, stack)
            await _backups(here, stack)
        stack.push_async_callback(_end_cameras, here)
        yield here


def _reached(order: Order) -> Installation:
    """Where the page will be; broker and models are not known yet. Raises StartupError when no phone could reach it."""
    found: list[Address] = addresses.on_the_network() if order.listen == plan.LAN else []
    at = Installation(order.home, order.site, order.listen, order.port, "", {}, tuple(found))
    if at.is_on_the_network and not found:
        raise StartupError("this machine has no private address that a phone could reach; is it on a network?")
    return at


def _certificate(at: Installation, screen: Screen) -> None:
    machine = socket.gethostname()
    names = Names((*at.addresses, ip_address("127.0.0.1")), tuple(addresses.names_of(machine)))
    made = page_tls.ensure(page_tls.TlsFiles.of(at.home), names, machine, datetime.now(UTC))
    for news in made.news:
        screen.line(f"  made {news}")


async def _end_cameras(here: Running) -> None:
    """Cameras end first: nothing new comes in while the services finish what they have."""
    known = [child for name, child in here.children.items() if name.startswith("camera-")]
    await asyncio.gather(*(child.end() for child in known))


async def _models(order: Order, screen: Screen, environ: Mapping[str, str]) -> dict[str, Path]:
    """Fetch, check and prepare what is missing; returns the prepared file of each role."""
    folder = order.home / "models"
    # Usually all are there: looking takes a tenth of a second, and the program that fetches several.
    if await asyncio.to_thread(_are_here, folder, with_pictures=order.with_pictures):
        return await asyncio.to_thread(prepared_models, folder)
    argv = [sys.executable, "-m", "cli", "models", "fetch", "--to", str(folder)]
    if order.with_pictures:
        argv.append("--pictures")
    with screen.long_step("models"):
        # In its own session, so that Ctrl-C reaches it once, through us; and it ends with us.
        fetch = await asyncio.create_subprocess_exec(
            *shim(signal.SIGINT, None), *argv, cwd=plan.CHECKOUT, env=dict(environ), start_new_session=True
        )
        try:
            code = await fetch.wait()
        finally:
            if fetch.returncode is None:
                # As Ctrl-C does: it ends what it has started and takes away what it has half fetched.
                fetch.send_signal(signal.SIGINT)
                await fetch.wait()
        if code != 0:
            raise StartupError("the models could not be fetched; the reason is above")
    return await asyncio.to_thread(prepared_models, folder)


def _are_here(folder: Path, *, with_pictures: bool) -> bool:
    """Whether every file is in *folder* as the catalogue has it, and every model prepared."""
    rows = _catalogue()
    wanted = [row for row in rows if with_pictures or row.kind is catalogue.Kind.MODEL]
    return all(each.good for each in state.look(wanted, folder))


def _catalogue() -> Sequence[catalogue.Row]:
    return catalogue.parse(resources.files("models").joinpath("models.toml").read_text())


def prepared_models(folder: Path) -> dict[str, Path]:
    """The prepared model file of each role, whether it is there or not."""
    return {row.role: prepared_path(folder / row.file) for row in _catalogue() if row.kind is catalogue.Kind.MODEL}


@dataclass(frozen=True, slots=True)
class _Nats:
    child: Child
    url: str


async def _nats(
    order: Order, credentials: Credentials, starter: Executor, screen: Screen, stack: AsyncExitStack
) -> _Nats:
    log = order.home / "logs" / "nats-server.log"
    folder = order.home / "nats"
    found: list[nats_server.NatsServer] = []

    def begin() -> "subprocess.Popen[bytes]":
        # The first start takes a free port; later ones come back on it.
        port = int(found[0].url.rpartition(":")[2]) if found else None
        server = nats_server.start(folder, credentials, port=port, log=log)
        found[:] = [server]
        return server.process

    child = Child("nats-server", begin, log, starter=starter, notify=screen.line, ending=signal.SIGTERM)
    with screen.step("nats-server"):
        await child.start()
        child.keep()
    stack.push_async_callback(child.end)
    await stack.enter_async_context(store_watch.keeping_storing(child, lambda: found[0].monitor_url, folder))
    return _Nats(child, found[0].url)


async def _postgres(order: Order, starter: Executor, screen: Screen, stack: AsyncExitStack) -> Child:
    place = postgres.place_for(order.home)

    def begin() -> "subprocess.Popen[bytes]":
        return postgres.start(place).process

    child = Child("postgres", begin, place.log, starter=starter, notify=screen.line, ending=signal.SIGINT)
    with screen.step("PostgreSQL"):
        await child.start()
        child.keep()
    stack.push_async_callback(child.end)
    with screen.step("migrations"):
        passwords = {role: _password(order.home, role) for role in database.ROLES}
        superuser = place.password_file.read_text(encoding="utf-8")
        url = postgres.url(
            place.socket, role=postgres.SUPERUSER, database=_SUPERUSER_DATABASE, password=superuser.strip()
        )
        await database.prepare_and_migrate(url, passwords)
    return child


async def _services(order: Order, here: Running, stack: AsyncExitStack) -> None:
    """Start all services at once, then wait for each; they end in the opposite order of ``order.services``."""
    programs = plan.replicas(order.services, here.environ)
    with here.screen.step(f"services: {', '.join(programs)}"):
        # The last that is pushed ends first: the pipeline's front, so that what it let in can run through.
        for name in reversed(programs):
            child = service(name, here)
            await child.start()
            stack.push_async_callback(child.end)
            here.children[name] = child
        await asyncio.gather(*(here.children[name].ready() for name in programs))
        for name in programs:
            here.children[name].keep()
    later = set(plan.ONCE_WANTED) - set(order.services)
    if later:
        stack.push_async_callback(_end_later, here, later, asyncio.create_task(_once_wanted(here, later)))


async def _once_wanted(here: Running, later: Set[str]) -> None:
    """Start each of *later* when it is wanted first, so that nobody has to start everything anew for that."""
    waiting = set(later)
    while waiting:
        for name in waiting & set(await asyncio.to_thread(plan.services, here.at.home)):
            waiting.remove(name)
            child = here.children[name] = service(name, here)
            try:
                await child.start()
                await child.ready()
            except StartupError as error:
                here.screen.line(str(error))
            child.keep()
        await asyncio.sleep(_LOOK_SECONDS)


async def _end_later(here: Running, later: Set[str], starting: "asyncio.Task[None]") -> None:
    starting.cancel()
    await asyncio.wait({starting})
    await asyncio.gather(*(here.children[name].end() for name in later if name in here.children))


async def _backups(here: Running, stack: AsyncExitStack) -> None:
    """Have backups made, where a folder is named for them. What keeps one from being made ends nothing."""
    planned = plan.backups(here.at, here.environ)
    if planned is None:
        return
    with here.screen.step(f"backups to {here.environ[plan.BACKUP_TO]}"):
        child = here.children[planned.name] = _child(planned, here)
        await child.start()
        stack.push_async_callback(child.end)
        child.keep()


def service(name: str, here: Running) -> Child:
    """A service, or a further replica of it, as a child that is not yet started."""
    return _child(plan.program(name, here.at, here.environ), here)


def _child(planned: Program, here: Running) -> Child:
    log = here.at.logs / f"{planned.name}.log"

    def begin() -> "subprocess.Popen[bytes]":
        seen = plan.environment(planned.settings, here.environ)
        return spawn(planned.argv, log=log, environment=seen, folder=plan.CHECKOUT, nice=planned.nice)

    return Child(planned.name, begin, log, starter=here.starter, notify=here.screen.line, ending=signal.SIGTERM)


def _connection(at: Installation, environ: Mapping[str, str]) -> Connection:
    return Connection(
        nats_url=at.nats_url,
        alerts_url=at.url,
        credentials_dir=str(at.credentials),
        keys_dir=str(at.credentials),
        database_url=plan.database_url(at.home, database.OWNER),
        database_password_file=str(plan.password_file(at.home, database.OWNER)),
        site=at.site,
        listen=at.listen,
        port=str(at.port),
        time_zone=environ.get(plan.TIME_ZONE) or USUAL_TIME_ZONE.key,
        page_url=at.page_url if at.is_on_the_network else "",
        ca_file=str(page_tls.TlsFiles.of(at.home).authority) if at.is_on_the_network else "",
    )


def _password(home: Path, role: str) -> str:
    """The role's password, made at the first start."""
    path = plan.password_file(home, role)
    if not path.exists():
        store.write_secret(path, secrets.token_urlsafe(32))
    return path.read_text(encoding="utf-8").strip()


def _place(site: str, camera: str) -> Place:
    try:
        return Place(site_id(site), camera_id(camera))
    except ValueError as error:
        raise StartupError(str(error)) from error


@asynccontextmanager
async def signals() -> AsyncIterator[asyncio.Event]:
    """An event set by the first SIGINT or SIGTERM; the second ends this process, and with it every program."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def first() -> None:
        stop.set()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)
            signal.signal(name, signal.SIG_DFL)

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, first)
    try:
        yield stop
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)
