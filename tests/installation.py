"""A whole Wardwatch for live tests: every process real, in a folder of its own, driven as people drive it.

It is started with ``wardwatch up`` in a process of its own, so the supervisor's restarts are part of what is tested.
Accounts, entries and cameras are made with the command line; cameras publish with nothing but a NATS client.
"""

import asyncio
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
import asyncpg
import nats
from nats.aio.client import Client

from access import database, store
from cli import account as accounts
from local import context, nats_server, postgres
from local.ports import free_port
from local.waiting import wait_until
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.roles import Role
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.chassis.bus import Bus
from tests import buses, forked
from tests.checkout import CHECKOUT

# Filled by `make test` before the tests run; nothing is fetched in a test.
MODELS: Final = Path(os.environ.get("WARDWATCH_HOME", CHECKOUT / ".wardwatch")) / "models"
SITE: Final = "h1"
ENDED: Final = "ended"  # kind of an event

_UP_WITHIN_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Event:
    """A server-sent event and when it arrived, in seconds of the wall clock; ENDED: no event, but the stream's end."""

    kind: str
    content: Mapping[str, object]
    arrived: float


@dataclass
class Installation:
    """A running Wardwatch."""

    home: Path
    url: str
    process: "subprocess.Popen[bytes]"
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def nats_url(self) -> str:
        return str(json.loads((self.home / "connection.json").read_text())["nats_url"])

    def cli(self, *words: str) -> str:
        """Run ``wardwatch`` here and return what it printed; a failure fails the test with its words."""
        done = self.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, *words: str, typed: str = "", within_seconds: float = 60) -> "subprocess.CompletedProcess[str]":
        """Run ``wardwatch`` here, with *typed* on its standard input, and return how it ended."""
        if words[0] in forked.COMMANDS:
            return forked.command(
                *words, environment=environment(self.home), typed=typed, within_seconds=within_seconds
            )
        with self.beginning(*words) as process:
            try:
                output, complaint = process.communicate(typed, timeout=within_seconds)
            finally:
                process.kill()
        return subprocess.CompletedProcess(process.args, process.returncode, output, complaint)

    def beginning(self, *words: str) -> "subprocess.Popen[str]":
        """``wardwatch`` with these words as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "cli", *words],
            cwd=CHECKOUT,
            env=environment(self.home),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def bus(self, user: str) -> AbstractAsyncContextManager[Bus]:
        """A connection to the broker as the service user *user*."""
        return buses.connected_at(self.nats_url, self.home / "credentials" / f"{user}.nk", user)

    def account(self, name: str, role: str) -> str:
        """Add an account and sign it in, as the commands do in a process of their own; returns its token."""
        here = context.load(environment(self.home))

        async def signed_in() -> str:
            return (await accounts.redeem(here, await accounts.make_code(here, name, Role(role)))).token

        self.tokens[name] = asyncio.run(signed_in())
        return self.tokens[name]

    def enrol(self, label: str, *photos: Path) -> str:
        """Put a person forward by one account, approve by another; returns the entry's id."""
        for name in ("author", "approver"):
            if name not in self.tokens:
                self.account(name, "supervisor")
        added = self.cli(
            "watchlist", "add", *map(str, photos), "--label", label, "--category", "ban", "--basis", "test decision 1",
            "--evidence", "test file 1", "--instruction", "Do not approach. Call 8811.", "--source", "test",
            "--accept-warnings", "a test's only photo", "--as", "author", "--json",
        )  # fmt: skip
        entry = str(json.loads(added)["id"])
        self.cli("watchlist", "approve", entry, "--as", "approver")
        return entry

    def camera_seed(self, camera: str) -> Path:
        """Give a camera a credential, as the command does; returns the file of its seed."""
        path = self.home / f"{camera}.nk"
        if not path.exists():
            key = store.add_camera(
                store.Credentials(self.home / "credentials"), Place(site_id(SITE), camera_id(camera))
            )
            assert nats_server.reload_of(self.home)
            path.write_text(key.seed)
        return path

    def pids(self, service: str) -> list[int]:
        """Processes of a service of this installation."""
        return self._programs(lambda words: f"services.{service}" in words)

    def servers(self, program: str) -> list[int]:
        """The process of nats-server, or the first of postgres, with which the others end; none while it is away."""
        if program != "postgres":
            return self._programs(lambda words: Path(words[0]).name == program)
        lock = postgres.place_for(self.home).data / "postmaster.pid"
        return [int(lock.read_text(encoding="utf-8").split()[0])] if lock.exists() else []

    def telemetry_port(self, service: str) -> int:
        """Where a service answers /readyz and /metrics; one that is started again moves."""
        lines = (self.home / "logs" / f"{service}.log").read_text(encoding="utf-8").splitlines()
        ports = [json.loads(line)["port"] for line in lines if '"telemetry is listening"' in line]
        return int(ports[-1])

    def kill(self, service: str) -> None:
        """End a service as a power cut would."""
        for pid in self.pids(service):
            os.kill(pid, signal.SIGKILL)

    def kill_broker(self) -> None:
        """End nats-server as a power cut would."""
        for pid in self.servers("nats-server"):
            os.kill(pid, signal.SIGKILL)

    @contextmanager
    def another_matcher(self, name: str) -> Iterator[int]:
        """A second matcher of this installation under a *name* of its own; its process id."""
        (first,) = self.pids("matcher")
        environ = Path(f"/proc/{first}/environ").read_bytes().decode().split("\0")
        settings = dict(each.partition("=")[::2] for each in environ if each) | {"WARDWATCH_MATCHER_NAME": name}
        log = self.home / "logs" / f"matcher-{name}.log"
        with log.open("wb") as written:
            process = subprocess.Popen(
                [sys.executable, "-m", "services.matcher"], cwd=CHECKOUT, env=settings, stdout=written, stderr=written
            )
        try:
            wait_until(lambda: '"ready"' in log.read_text() or process.poll() is not None, _UP_WITHIN_SECONDS)
            assert '"ready"' in log.read_text(), log.read_text()
            yield process.pid
        finally:
            _end(process)

    def superuser_url(self, name: str) -> str:
        """The address of the database *name* for the superuser, with the password."""
        place = postgres.place_for(self.home)
        password = place.password_file.read_text(encoding="utf-8").strip()
        return postgres.url(place.socket, role=postgres.SUPERUSER, database=name, password=password)

    async def fetch(self, query: str, *values: object) -> list[asyncpg.Record]:
        """Read the database, or change it, as its superuser."""
        connection = await asyncpg.connect(await asyncio.to_thread(self.superuser_url, database.DATABASE))
        try:
            return await connection.fetch(query, *values)
        finally:
            await connection.close()

    def _programs(self, wanted: Callable[[list[str]], bool]) -> list[int]:
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().decode().split("\0")
                seen = " ".join(words) + (folder / "environ").read_bytes().decode()
            except OSError:
                continue  # it ended meanwhile
            if str(self.home) in seen and wanted(words):
                found.append(int(folder.name))
        return found

    async def counter(self, service: str, name: str) -> float:
        """A counter's present value, summed over its labels, from the service's own page."""
        rows = (line.rsplit(" ", 1) for line in (await self.metrics(service)).splitlines())
        return sum(float(value) for series, value in rows if series.partition("{")[0] == name)

    async def metrics(self, service: str) -> str:
        """All that a service's own page of measures says."""
        port = await asyncio.to_thread(self.telemetry_port, service)
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/metrics") as answer:
            return await answer.text()

    @asynccontextmanager
    async def client(self, account: str) -> AsyncIterator[aiohttp.ClientSession]:
        """An HTTP client signed in as *account*."""
        headers = {"Authorization": f"Bearer {self.tokens[account]}"}
        async with aiohttp.ClientSession(self.url, headers=headers) as http:
            yield http

    @asynccontextmanager
    async def listening(self, account: str) -> AsyncIterator[list[Event]]:
        """What a page of *account* receives, growing while the block runs."""
        events: list[Event] = []
        open_ = asyncio.Event()
        async with self.client(account) as http:
            task = asyncio.create_task(_receive(http, events, open_))
            await open_.wait()
            try:
                yield events
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    @asynccontextmanager
    async def publishing(self, camera: str, url: str = "") -> AsyncIterator["CameraClient"]:
        """A camera with nothing but a NATS client and its own credential; *url*: where it finds the broker instead."""
        seed = await asyncio.to_thread(self.camera_seed, camera)
        place = Place(site_id(SITE), camera_id(camera))
        user = subjects.camera_user(place)
        client = await nats.connect(
            url or self.nats_url,
            nkeys_seed=str(seed),
            inbox_prefix=subjects.inbox_prefix(user),
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            error_cb=_unheard,
        )
        try:
            yield CameraClient(client, place)
        finally:
            await client.close()


@dataclass
class CameraClient:
    """Publishes to its own subject and hears its own refusals."""

    client: Client
    place: Place

    async def publish(self, jpeg: bytes, headers: dict[str, str] | None = None) -> None:
        """Send one frame; while the broker is away it is dropped, as a camera would."""
        if self.client.is_connected:
            await self.client.publish(subjects.frames(self.place), jpeg, headers=headers)

    @asynccontextmanager
    async def showing(self, *jpegs: bytes, frames_per_second: float = 10) -> AsyncIterator[None]:
        """Publish these frames over and over at a steady rate while the block runs; that is the load, not a wait."""

        async def keep_on() -> None:
            for jpeg in itertools.cycle(jpegs):
                await self.publish(jpeg)
                await asyncio.sleep(1 / frames_per_second)

        task = asyncio.create_task(keep_on())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _unheard(_error: Exception) -> None:
    """A camera does not report that its broker is away."""


def environment(home: Path) -> dict[str, str]:
    """The caller's environment with this home, no other of Wardwatch's variables, and no authorities of the Internet.

    Nothing here goes there, and to read the certificates of all who vouch for somebody takes a tenth of each start.
    """
    inherited = {key: text for key, text in os.environ.items() if not key.startswith("WARDWATCH_")}
    return {**inherited, "WARDWATCH_HOME": str(home), "SSL_CERT_FILE": os.devnull}


@contextmanager
def running(
    settings: Mapping[str, str] | None = None, *, disk: Path | None = None, before: Sequence[str] = ()
) -> Iterator[Installation]:
    """Start everything, ready, and leave nothing behind.

    *settings* are environment variables of services; its files lie in a folder of *disk*, or where temporary ones do.
    *before* is a command that is given before everything starts.
    """
    assert (MODELS / "face_detection_yunet_2023mar.prepared.onnx").exists(), f"run `make models`: nothing in {MODELS}"
    home = Path(tempfile.mkdtemp(prefix="ww-home-", dir=disk))
    shutil.copytree(MODELS, home / "models")
    if before:
        subprocess.run([sys.executable, "-m", "cli", *before], cwd=CHECKOUT, env=environment(home), check=True)
    port = free_port()
    with (home / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "up", "--site", SITE, "--port", str(port)],
            cwd=CHECKOUT,
            env={**environment(home), **(settings or {})},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _await_ready(process, home)
        yield Installation(home, f"http://127.0.0.1:{port}", process)
    finally:
        _end(process)
        shutil.rmtree(home, ignore_errors=True)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """In good order, or killed when that takes too long."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await_ready(process: "subprocess.Popen[bytes]", home: Path) -> None:
    log = home / "up.log"
    wait_until(lambda: "one-time code" in log.read_text() or process.poll() is not None, _UP_WITHIN_SECONDS)
    assert "one-time code" in log.read_text(), log.read_text()


async def _answer_drill(http: aiohttp.ClientSession, event: Event) -> None:
    """As a page does, without a word; while the server is away the next drill will tell."""
    with suppress(aiohttp.ClientError, TimeoutError):
        async with http.post(f"/api/v1/drills/{event.content['drill']}", timeout=aiohttp.ClientTimeout(total=5)):
            pass


async def _receive(http: aiohttp.ClientSession, events: list[Event], open_: asyncio.Event) -> None:
    timeout = aiohttp.ClientTimeout(total=None, sock_read=None)
    last = ""
    while True:
        try:
            headers = {"Last-Event-ID": last} if last else {}
            async with http.get("/api/v1/events", timeout=timeout, headers=headers) as answer:
                answer.raise_for_status()
                open_.set()
                kind = "message"
                async for raw in answer.content:
                    field_, _, value = raw.decode().rstrip("\n").partition(": ")
                    match field_:
                        case "id":
                            last = value
                        case "event":
                            kind = value
                        case "data":
                            events.append(Event(kind, json.loads(value), time.time()))
                            if kind == "drill":
                                await _answer_drill(http, events[-1])
                        case _:
                            continue
        except aiohttp.ClientError:
            pass
        # A browser knows that the stream ended; it comes back and resumes behind the last event.
        events.append(Event(ENDED, {}, time.time()))
        await asyncio.sleep(0.1)
