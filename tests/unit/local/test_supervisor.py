"""The supervisor as a process: it leaves nothing behind, however it ends."""

import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from nats import errors as nats_errors
from nats.aio.client import Client

from local import postgres
from local.ports import free_port
from tests.fakes import eventually

pytestmark = [pytest.mark.live, pytest.mark.timeout(60)]

CHECKOUT = Path(__file__).resolve().parents[3]
PROGRAM = Path(__file__).with_name("supervised.py")
MARK = "SUPERVISED_BY_TEST"


@dataclass
class Supervised:
    """A running supervisor and the mark that every process it starts inherits."""

    process: asyncio.subprocess.Process
    mark: str
    nats_url: str
    pids: list[int]

    def left(self) -> list[int]:
        """Processes that still carry the mark."""
        return marked(self.mark)


def marked(mark: str) -> list[int]:
    """Processes that were started with *mark*."""
    wanted = f"{MARK}={mark}".encode()
    return [pid for pid in _pids() if wanted in _environment(pid)]


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _words(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


@pytest.fixture
def home() -> Iterator[Path]:
    """A home that root's unprivileged account can pass through."""
    folder = Path(tempfile.mkdtemp(prefix="ww-home-"))
    folder.chmod(0o711)
    yield folder / "home"
    state = postgres.place_for(folder / "home").data.parent
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(state, ignore_errors=True)


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago, and that no outgoing connection takes meanwhile."""
    return free_port()


async def begin(home: Path, port: int, mark: str) -> asyncio.subprocess.Process:
    environment = {**os.environ, MARK: mark, "PYTHONPATH": str(CHECKOUT)}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        str(home),
        str(port),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def supervised(home: Path, port: int) -> AsyncIterator[Supervised]:
    """A supervisor that is ready; killed at the end if it still runs."""
    mark = str(uuid.uuid4())
    process = await begin(home, port, mark)
    assert process.stdout is not None
    assert process.stderr is not None
    words = [""]
    async for line in process.stdout:
        words = line.decode().split()
        if words[:1] == ["ready"]:
            break
    assert words[:1] == ["ready"], (await process.stderr.read()).decode()
    try:
        yield Supervised(process, mark, words[1], [int(word) for word in words[2:]])
    finally:
        if process.returncode is None:
            process.kill()
        # Reads what is left, so that the pipes are closed.
        await process.communicate()


async def wardwatch(home: Path, *words: str) -> int:
    """Run a command on *home* and return its exit code."""
    command = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cli",
        *words,
        cwd=CHECKOUT,
        env={**os.environ, "WARDWATCH_HOME": str(home)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    await command.communicate()
    assert command.returncode is not None
    return command.returncode


async def unheard(_error: Exception) -> None:
    """What the client thinks of being disconnected is not looked at."""


async def test_first_signal_stops_everything_in_order(home: Path, port: int) -> None:
    async with supervised(home, port) as running:
        assert len(running.left()) > 2

        running.process.send_signal(signal.SIGINT)

        out, _ = await running.process.communicate()
        assert out.decode().split()[-1] == "stopped"
        assert running.process.returncode == 0
        assert running.left() == []
        assert not (home / "connection.json").exists()


async def test_killed_supervisor_leaves_no_process(home: Path, port: int) -> None:
    async with supervised(home, port) as running:
        running.process.kill()

        await eventually(lambda: running.left() == [], within_seconds=20)


async def test_start_after_a_kill_recovers(home: Path, port: int) -> None:
    async with supervised(home, port) as running:
        running.process.kill()
        await running.process.wait()
        # The new one may come while the old database is still on its way out.
        async with supervised(home, port) as again:
            assert again.pids


async def test_dead_server_is_started_again_on_its_address(home: Path, port: int) -> None:
    async with supervised(home, port) as running:
        _, _, address = running.nats_url.rpartition("/")
        host, _, number = address.rpartition(":")

        os.kill(running.pids[0], signal.SIGKILL)

        await eventually(lambda: not Path(f"/proc/{running.pids[0]}").exists())

        async def answers() -> bool:
            try:
                _, writer = await asyncio.open_connection(host, int(number))
            except OSError:
                return False
            writer.close()
            await writer.wait_closed()
            return True

        await eventually(answers, within_seconds=20)


async def test_withdrawn_camera_is_disconnected_and_cannot_come_back(home: Path, port: int) -> None:
    async with supervised(home, port) as running:
        which = ("--site", "h1", "--camera", "gate")
        assert await wardwatch(home, "camera", "add", *which, "--keep") == 0
        seed = home / "credentials" / "camera.h1.gate.nk"
        copy = await asyncio.to_thread(shutil.copy, seed, home / "copy.nk")
        ended = asyncio.Event()

        async def on_closed() -> None:
            ended.set()

        connected = Client()
        await connected.connect(
            running.nats_url, nkeys_seed=str(copy), allow_reconnect=False, closed_cb=on_closed, error_cb=unheard
        )

        assert await wardwatch(home, "camera", "remove", *which) == 0

        async with asyncio.timeout(10):
            await ended.wait()
        await connected.close()
        assert not seed.exists()
        refused = Client()
        with pytest.raises(nats_errors.Error):
            await refused.connect(running.nats_url, nkeys_seed=str(copy), allow_reconnect=False, error_cb=unheard)
        await refused.close()
        assert await wardwatch(home, "camera", "remove", *which) == 1


async def test_second_supervisor_on_the_same_home_is_refused(home: Path, port: int) -> None:
    async with supervised(home, port):
        second = await begin(home, port, "second")

        _, output = await second.communicate()

        assert second.returncode == 1
        assert "Wardwatch is already running in" in output.decode()


async def test_busy_port_is_said_before_anything_starts(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        refused = await begin(home, int(listener.getsockname()[1]), "busy")

        _, output = await refused.communicate()

    assert "is in use by another program; choose one with --port" in output.decode()
    assert not (home / "nats").exists()


async def test_a_demo_stopped_while_it_fetches_fails_and_leaves_no_process(home: Path, port: int) -> None:
    mark = str(uuid.uuid4())
    # The kernel takes the connection; nobody ever answers.
    with socket.create_server(("127.0.0.1", 0)) as registry:
        index = f"http://127.0.0.1:{registry.getsockname()[1]}/"
        demo = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cli", "demo", "--once", "--port", str(port)),
            cwd=CHECKOUT,
            env={**os.environ, "WARDWATCH_HOME": str(home), "PIP_INDEX_URL": index, MARK: mark},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        await eventually(lambda: any(b"pip" in _words(pid) for pid in marked(mark)), within_seconds=30)

        demo.send_signal(signal.SIGTERM)

        _, output = await demo.communicate()
    assert marked(mark) == []
    assert demo.returncode == 1
    assert "stopped before an alert came" in output.decode().splitlines()[-1]
