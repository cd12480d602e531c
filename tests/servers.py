"""Real servers for tests: a nats-server per test and a PostgreSQL per worker with a fresh database per test.

Fixtures (from ``tests/conftest.py``, usable anywhere below ``tests/``):

``nats`` -> :class:`Nats`
    ``nats.url``; ``nats.seed_file("detector")`` is the path of a user's seed (the users of ``access.grants``; to
    connect as one: ``tests/buses.py``); ``nats.add_camera("h1", "gate")`` makes a camera's user and returns the path of
    its seed; ``nats.restart()`` kills the server and starts it again on the same port and files; ``nats.stop()``.
    The server has the product's own accounts, grants and limits. Streams are NOT made: use ``nats_with_streams``.

``nats_with_streams`` -> :class:`Nats`
    The same, with every stream of the subject table, as ``access.streams`` made them once for all tests of a process.

``database`` -> :class:`Database`
    ``database.owner``, ``matcher``, ``importer`` (role wardwatch_import), ``alerts``, ``audit``: addresses with role
    and password of a database of its own for this test, every migration applied (cloned from a template, about 25 ms).

No fixed ports, no network, no docker. Works as root (PostgreSQL then runs as ``postgres`` or ``nobody``) and not.
"""

import asyncio
import os
import secrets
import shutil
import signal
import tempfile
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

import asyncpg

from access import database as preparation
from access import grants, store, streams
from access.keys import new_user_key
from access.store import Credentials
from local import nats_server, postgres
from proto.wardwatch.v1.subjects import Account, Place, camera_id, site_id

_CREDENTIALS = "credentials"
_JETSTREAM = "jetstream"
_TEMPLATE = "wardwatch_template"
_CLONE = "test_"
# A test's database need not survive a power cut, nor its passwords a thief: each of eight thousand connections reckons.
_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "scram_iterations": "1000",
    "file_copy_method": "clone",
}


class Nats:
    """A nats-server of this test's own, with its files in *folder*: new ones, or those that it begins *like*."""

    def __init__(self, folder: Path, *, like: "Files | None" = None) -> None:
        self._folder = folder
        if like is not None:
            like.write(folder)
        self._credentials = (
            store.initialise(folder / _CREDENTIALS) if like is None else Credentials(folder / _CREDENTIALS)
        )
        self._server = nats_server.start(folder / "nats", self._credentials)
        self.url = self._server.url

    @property
    def pid(self) -> int:
        """The kernel's number of the server that runs now."""
        return self._server.process.pid

    @property
    def credentials_dir(self) -> Path:
        """Where the seeds are."""
        return self._credentials.folder

    @property
    def credentials(self) -> store.Credentials:
        """The credentials folder."""
        return self._credentials

    @property
    def log(self) -> Path:
        """What the server has said."""
        return self._folder / "nats" / "nats.log"

    def reload(self) -> None:
        """Make the running server take up what was changed of its configuration."""
        self._server.reload_and_wait(self.log)

    def monitored(self, page: str) -> bytes:
        """What the server says of itself on a page of its monitoring, in JSON."""
        with urllib.request.urlopen(f"{self._server.monitor_url}/{page}") as answer:  # noqa: S310 - its own address
            return bytes(answer.read())

    def seed_file(self, user: str) -> Path:
        """The seed of a service user."""
        path = self._credentials.seed_file(user)
        assert path.exists(), f"no user {user}"
        return path

    def add_camera(self, site: str, camera: str) -> Path:
        """Make a camera's user known to the running server; returns the path of its seed."""
        place = Place(site_id(site), camera_id(camera))
        key = store.add_camera(self._credentials, place)
        path = self._credentials.seed_file(f"camera.{site}.{camera}")
        store.write_secret(path, key.seed)
        self.reload()
        return path

    def withdraw(self, user: str) -> None:
        """Make the running server forget the key of *user*, as after a new one was made for it."""
        accounts, key = self._credentials.accounts_file(), self._credentials.users()[user]
        text = accounts.read_text(encoding="utf-8").replace(key, new_user_key().public)
        store.replace(accounts, text, mode=0o600)
        self.reload()

    def blocks(self, stream: str, *, account: str = Account.RECORD) -> Path:
        """The folder in which the server keeps the messages of *stream*, in numbered blocks."""
        return self._folder / "nats" / _JETSTREAM / account / "streams" / stream / "msgs"

    def account_store(self, account: str) -> Path:
        """The folder in which the server keeps everything of an account."""
        return self._folder / "nats" / _JETSTREAM / account

    def lose(self, stream: str, *, put_back: Path | None = None) -> None:
        """End the server and start it again without the files of *stream*, or with a copy of them in *put_back*."""
        files = self.blocks(stream).parent
        self.stop()
        shutil.rmtree(files)
        if put_back is not None:
            shutil.copytree(put_back, files)
        self.restart()

    def kill(self) -> None:
        """End the server as a power cut would."""
        self._server.process.kill()
        self._server.process.wait()

    def freeze(self) -> None:
        """Have the server answer nothing until :meth:`thaw`, its connections open."""
        self._server.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on after :meth:`freeze`."""
        self._server.process.send_signal(signal.SIGCONT)

    def restart(self) -> None:
        """Start the server again on the same port and files, killing it first if it runs."""
        self.kill()
        port = int(self.url.rpartition(":")[2])
        self._server = nats_server.start(self._folder / "nats", self._credentials, port=port)

    def stop(self) -> None:
        """End the server in good order."""
        if self._server.process.poll() is None:
            self._server.stop()


@dataclass(frozen=True, slots=True)
class Database:
    """Addresses of one test's database, each with its role and password."""

    owner: str
    matcher: str
    importer: str
    alerts: str
    audit: str
    delivery: str
    federation: str
    backup: str
    superuser: str


# Else each table is known to be empty, and what is planned on it would read all of it for each row.
_FORGET_THAT_IT_IS_EMPTY = """
SELECT pg_clear_relation_stats(n.nspname, c.relname)
FROM pg_class AS c INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'i', 'p') AND c.reltuples = 0 AND n.nspname NOT LIKE 'pg\\_%'
"""

# Which roles have rights in it: a thousand rows for each clone, by which alone a role is not removed while it has any.
_FORGET_WHO_HAS_RIGHTS = """
DELETE FROM pg_shdepend WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


async def _compact(url: str) -> None:
    """Leave the template nothing that a clone need not copy, and what every first connection would otherwise make."""
    for statement in ("VACUUM FULL", _FORGET_THAT_IT_IS_EMPTY, _FORGET_WHO_HAS_RIGHTS, "SELECT"):
        connection = await asyncpg.connect(url)
        await connection.execute(statement)
        await connection.close()


class Cluster:
    """One PostgreSQL with a migrated template."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="ww-pg-"))
        self._folder.chmod(0o711)  # the server's unprivileged account passes through
        place = postgres.Place(
            self._folder / "data", self._folder / "s", self._folder / "superuser.password", self._folder / "log"
        )
        self._server = postgres.start(place, settings=_FAST)
        self._password = place.password_file.read_text(encoding="utf-8")
        self._passwords = {role: secrets.token_urlsafe(16) for role in preparation.ROLES}
        asyncio.run(preparation.prepare(self._url(postgres.SUPERUSER, "postgres"), self._passwords, database=_TEMPLATE))
        if any(preparation.MIGRATIONS.glob("*.sql")):
            preparation.migrate(self._url(preparation.OWNER, _TEMPLATE))
        asyncio.run(preparation.seal(self._url(postgres.SUPERUSER, "postgres")))
        asyncio.run(_compact(self._url(postgres.SUPERUSER, _TEMPLATE)))
        self._clones = 0
        # One connection for all clones: to open it takes as long as a third of the cloning.
        self._loop = asyncio.new_event_loop()
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None

    def clone(self) -> Database:
        """A database of the caller's own, like the template."""
        self._clones += 1
        name = f"{_CLONE}{self._clones}"
        self._execute(
            # Files are copied as they are: through the log and the buffers it takes more than twice as long.
            f'create database "{name}" template "{_TEMPLATE}" owner {preparation.OWNER} strategy file_copy',
            f'revoke all on database "{name}" from public',
            f'grant connect on database "{name}" to {", ".join(preparation.ROLES)}',
        )
        return Database(
            owner=self._url(preparation.OWNER, name),
            matcher=self._url(preparation.MATCHER, name),
            importer=self._url(preparation.IMPORT, name),
            alerts=self._url(preparation.ALERTS, name),
            audit=self._url(preparation.AUDIT, name),
            delivery=self._url(preparation.DELIVERY, name),
            federation=self._url(preparation.FEDERATION, name),
            backup=self._url(preparation.BACKUP, name),
            superuser=self._url(postgres.SUPERUSER, name),
        )

    def is_clone(self, connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
        """Whether a connection is to one of the clones, whose types have the template's numbers."""
        socket, name = attrgetter("_addr", "_params.database")(connection)
        return str(socket).startswith(str(self._folder)) and str(name).startswith(_CLONE)

    def drop(self, database: Database) -> None:
        """Remove a clone, with whoever is still connected."""
        self._execute(f'drop database "{_name(database)}" with (force)')

    def take_away(self, database: Database) -> None:
        """Let nobody connect to a clone until :meth:`give_back`, and end whoever is connected."""
        name = _name(database)
        self._execute(
            f'alter database "{name}" allow_connections false',
            f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'",  # noqa: S608
        )

    def give_back(self, database: Database) -> None:
        """Let everybody connect again."""
        self._execute(f'alter database "{_name(database)}" allow_connections true')

    def keep(self, database: Database) -> None:
        """Make a backup of a clone, in place of a former one; nobody is connected meanwhile."""
        name = _name(database)
        self.take_away(database)
        self._execute(f'drop database if exists "{name}_kept"', f'create database "{name}_kept" template "{name}"')
        self.give_back(database)

    def put_back(self, database: Database) -> None:
        """Have a clone as it was when it was kept."""
        name = _name(database)
        self.take_away(database)
        self._execute(
            f'drop database "{name}" with (force)',
            f'create database "{name}" template "{name}_kept" owner {preparation.OWNER}',
            f'revoke all on database "{name}" from public',
            f'grant connect on database "{name}" to {", ".join(preparation.ROLES)}',
        )

    def stop(self) -> None:
        """Stop the server and remove its files."""
        if self._connection is not None:
            self._loop.run_until_complete(self._connection.close())
        self._loop.close()
        # Nothing in it is wanted any more, so it need not write its memory down.
        self._server.process.send_signal(signal.SIGQUIT)
        self._server.process.wait(30)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _execute(self, *statements: str) -> None:
        self._loop.run_until_complete(self._executed(statements))

    async def _executed(self, statements: Iterable[str]) -> None:
        if self._connection is None or self._connection.is_closed():
            self._connection = await preparation.connect(self._url(postgres.SUPERUSER, "postgres"))
        for statement in statements:
            await self._connection.execute(statement)

    def _url(self, role: str, database: str) -> str:
        password = self._password if role == postgres.SUPERUSER else self._passwords[role]
        return postgres.url(self._folder / "s", role=role, database=database, password=password)


def _name(database: Database) -> str:
    return database.owner.partition("@/")[2].partition("?")[0]


class Files:
    """What a folder holds, in memory: to write it takes a third of the time of a copy."""

    def __init__(self, folder: Path) -> None:
        found = [(path, path.relative_to(folder), path.stat().st_mode & 0o777) for path in sorted(folder.rglob("*"))]
        self._folders = [(place, mode) for path, place, mode in found if path.is_dir()]
        self._files = [(place, mode, path.read_bytes()) for path, place, mode in found if path.is_file()]

    def write(self, folder: Path) -> None:
        """Write it into *folder*, which holds nothing yet."""
        for place, mode in self._folders:
            (folder / place).mkdir(mode)
        for place, mode, content in self._files:
            with os.fdopen(os.open(folder / place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(content)


class BrokerFiles:
    """Files that a nats-server of ours begins with, made once for all tests of a process.

    So all their brokers know the same keys. What needs others calls :func:`running_nats` without files.
    """

    def __init__(self) -> None:
        with tempfile.TemporaryDirectory(prefix="ww-broker-") as name:
            made, elsewhere = Path(name, "made"), Path(name, "nats")
            credentials = store.initialise(made / _CREDENTIALS)
            self.plain = Files(made)
            server = nats_server.start(elsewhere, credentials)
            asyncio.run(streams.ensure(server.url, credentials.seed_file(grants.OPERATOR)))
            server.stop()
            shutil.copytree(elsewhere / _JETSTREAM, made / "nats" / _JETSTREAM)
            self.with_streams = Files(made)


@contextmanager
def running_nats(like: Files | None = None) -> Iterator[Nats]:
    """A nats-server in a folder of its own, gone afterwards; it begins with the files *like*, or with none."""
    folder = Path(tempfile.mkdtemp(prefix="ww-nats-"))
    server = Nats(folder, like=like)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def unprivileged() -> bool:
    """Whether the tests run without root's rights."""
    return os.geteuid() != 0
