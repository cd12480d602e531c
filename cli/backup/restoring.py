"""Bring a backup back into an empty installation: first what only the broker holds, then the record, all or nothing.

Nothing is touched before every part was opened to its end. What had ended since the backup, as the ledger and the
keyring's tombstones say, is ended in the record's own transaction: it never stands there as living.
"""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg

from access import database
from cli import broker, key_backup
from cli.backup import checking, ending, files, ledger, load, making, streams, tables
from cli.backup.choosing import Chosen
from cli.backup.container import Faulty, Header
from cli.backup.content import Begin, Frame, Piece
from cli.backup.ending import Outcome
from cli.backup.key_files import Opening
from cli.backup.ledger import Ended
from cli.backup.load import Source
from cli.backup.operator_note import note
from cli.key_backup import Restored, Restoring
from cli.key_rotation import read_secrets
from local.context import Context
from proto.wardwatch.v1.replication import AuditHead, KeyPublished
from services.chassis.errors import StartupError

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

_PREFIX: Final = "wardwatch_"
_USERS: Final = """
    select distinct usename::text as name from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and starts_with(usename::text, $1) order by 1
"""


@dataclass(frozen=True, slots=True)
class Admin:
    """The database's superuser, who alone can put a record in: the address, without a password, and the password."""

    url: str
    password: str = field(repr=False)
    role_passwords: Mapping[str, str] = field(repr=False)

    def to(self, name: str) -> str:
        """The address of the database *name*, with the password."""
        user = urlsplit(self.url).username or "postgres"
        return database.with_password(database.with_role(self.url, user, name), self.password)


@dataclass(frozen=True, slots=True)
class Brought:
    """What was brought back."""

    rows: int
    migrated: int  # migrations that came after the backup
    keys: Restored
    crops: int
    heads: int
    ended: Outcome
    ledger_of: str  # when the ledger was written; empty where there was none
    seconds: float


@dataclass(frozen=True, slots=True)
class Keys:
    """The content of the part with keys."""

    keyring: Mapping[UUID, KeyPublished]
    crops: Sequence[KeyPublished]

    @property
    def destroyed(self) -> set[UUID]:
        """Owners whose key was destroyed."""
        return {owner for owner, message in self.keyring.items() if message.destroyed}


async def restore(here: Context, chosen: Chosen, opening: Opening, admin: Admin) -> Brought:
    """Bring back what was *chosen*. Raises StartupError in words, NoAnswer and NotStored.

    Killed before it is done, it can be run again: the record comes last, and is there as a whole or not at all.
    """
    began = asyncio.get_running_loop().time()
    if chosen.record is None or chosen.keys is None:
        raise StartupError("a restoration needs the record and the keys: name the folder, or both files")
    every = [each for each in (chosen.record, chosen.keys, chosen.ledger) if each is not None]
    _, keys_part, *_ = [await asyncio.to_thread(checking.check, path, opening) for path in every]
    wanted, heads = await asyncio.to_thread(_beginning, chosen.record, opening)
    keys = await asyncio.to_thread(keys_in, chosen.keys, opening)
    ended, ledger_of = Ended(), ""
    if chosen.ledger is not None:
        ended, ledger_of = await asyncio.to_thread(ledger.read_file, chosen.ledger, opening)
    if keys_part.made_at < await asyncio.to_thread(_made_at, chosen.record):
        raise StartupError("these keys are older than this record: what was put forward in between could not be opened")
    into = _Database(admin, urlsplit(here.database_url).path.lstrip("/"))
    await into.refuse_unless_fit(wanted)
    await asyncio.to_thread(_refuse_foreign_keys, here, keys)
    restored, crops, count = await _streams(here, keys, heads, ended)
    rows, outcome, migrated = await into.put(chosen.record, opening, wanted, ended, keys.destroyed)
    told = {"rows": rows, "keys": restored.restored, "erased": outcome.erased, "suspended": outcome.suspended}
    await note(here, "backup.restored", {"record": chosen.record.name[:100], **told})
    seconds = asyncio.get_running_loop().time() - began
    return Brought(rows, migrated, restored, crops, count, outcome, ledger_of, seconds)


async def _streams(here: Context, keys: Keys, heads: Sequence[AuditHead], ended: Ended) -> tuple[Restored, int, int]:
    """What only the broker holds; what is there already stays."""
    wrapping = await asyncio.to_thread(read_secrets, here.wrapping_keys_file)
    async with broker.connected(here) as bus:
        stored = await key_backup.read(bus, _unseen)
        if foreign := stored.keys() - keys.keyring.keys():
            raise StartupError(
                f"the broker's keyring holds {len(foreign)} keys that are not in this backup: a backup is brought back"
                " into an empty installation alone"
            )
        published = await streams.heads(bus)
        restoring = Restoring(bus, stored, ended.erased, wrapping.keys.keys())
        restored = await restoring.run(keys.keyring, _unseen)
    known = {(each.sequence, each.sha256) for each in published}
    if known - {(each.sequence, each.sha256) for each in heads}:
        raise StartupError("the broker's stream AUDIT holds heads of another audit: it is no empty installation")
    async with streams.written_as_alerts(here) as bus:
        bringing = streams.Bringing(bus)
        crops = await bringing.crops(keys.crops)
        count = await bringing.heads([each for each in heads if (each.sequence, each.sha256) not in known])
    return restored, crops, count


@dataclass(frozen=True, slots=True)
class _Database:
    """The database that a record is put into."""

    admin: Admin
    name: str

    async def refuse_unless_fit(self, wanted: Sequence[str]) -> None:
        """Raises StartupError where it is in use, holds something, or a record of *wanted* is of a newer version."""
        connection = await database.connect(self.admin.to(self.name))
        try:
            users = await connection.fetch(_USERS, _PREFIX)
            if users:
                named = ", ".join(row["name"] for row in users)
                raise StartupError(f"the database is in use by {named}: stop the services first")
            if await load.is_begun(connection):
                raise StartupError(
                    "this installation has accounts, entries, alerts or an audit already: a backup is brought back into"
                    " an empty one alone"
                )
        finally:
            await connection.close()
        if unknown := sorted(set(wanted) - set(await asyncio.to_thread(_versions))):
            raise StartupError(
                f"the backup was made by a newer version: it has the migration {unknown[0]}, which is not here"
            )

    async def put(
        self, record: Path, opening: Opening, wanted: Sequence[str], ended: Ended, destroyed: set[UUID]
    ) -> tuple[int, Outcome, int]:
        """Put the record in; returns the rows, what was ended, and how many migrations came after."""
        await self._as_it_was(wanted)
        connection = await database.connect(self.admin.to(self.name))
        outcome = Outcome()

        async def then() -> None:
            nonlocal outcome
            outcome = await ending.end(connection, ended, destroyed)

        try:
            source = Source(files.frames_of(record, opening))
            await source.next()
            await source.whole()  # the heads, which were read before
            rows = await load.load(connection, source, then)
        except Faulty as error:
            raise StartupError(f"{record} cannot be brought back: {error}") from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise StartupError(f"the database did not take the record, and has nothing of it: {error}") from error
        finally:
            await connection.close()
        if list(wanted) == await asyncio.to_thread(_versions):
            return rows, outcome, 0
        return rows, outcome, await self._migrated(database.MIGRATIONS)

    async def _as_it_was(self, wanted: Sequence[str]) -> None:
        """Have the tables that the backup was made of: where they differ, the empty database is made anew."""
        connection = await database.connect(self.admin.to(self.name))
        try:
            if list(await tables.migrations(connection)) == list(wanted):
                return
        finally:
            await connection.close()
        connection = await database.connect(self.admin.to("postgres"))
        try:
            await connection.execute(f'drop database "{self.name}"')
        except asyncpg.PostgresError as error:
            raise StartupError(f"the empty database cannot be made anew: {error}") from error
        finally:
            await connection.close()
        folder = await asyncio.to_thread(_only, wanted)
        try:
            await self._migrated(folder)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder)

    async def _migrated(self, folder: Path) -> int:
        superuser = self.admin.to("postgres")
        await database.prepare(superuser, self.admin.role_passwords, database=self.name)
        owner = database.with_role(self.admin.url, database.OWNER, self.name)
        try:
            url = database.with_password(owner, self.admin.role_passwords[database.OWNER])
            return await asyncio.to_thread(database.migrate, url, folder=folder)
        finally:
            await database.seal(superuser)


def _versions() -> list[str]:
    return sorted(path.name.partition("_")[0] for path in database.MIGRATIONS.glob("*.sql"))


def _only(wanted: Sequence[str]) -> Path:
    """A new folder with those of our migrations that a backup names."""
    folder = Path(tempfile.mkdtemp())
    for path in database.MIGRATIONS.glob("*.sql"):
        if path.name.partition("_")[0] in wanted:
            shutil.copy(path, folder)
    return folder


def _refuse_foreign_keys(here: Context, keys: Keys) -> None:
    """Raises StartupError where the secrets here do not open the keys of the backup."""
    known = read_secrets(here.wrapping_keys_file).keys
    foreign = {m.key_id for m in keys.keyring.values() if not m.destroyed and m.key_id not in known}
    if foreign:
        raise StartupError(
            f"the data keys of this backup are wrapped by {', '.join(sorted(foreign))}, which is not in"
            f" {here.wrapping_keys_file}: put back the secrets of that time first"
        )


def _beginning(record: Path, opening: Opening) -> tuple[list[str], list[AuditHead]]:
    """The migrations of a record, and the audit's heads that were published."""
    with files.reading(record, opening) as (header, frames):
        _of(header, record, files.Part.RECORD)
        content = _section(frames, making.HEADS)
        migrations = header.facts.get("migrations")
        try:
            return (migrations if isinstance(migrations, list) else []), streams.heads_in(content)
        except ValueError as error:
            raise StartupError(f"{record} cannot be used: {error}") from error


def keys_in(path: Path, opening: Opening) -> Keys:
    """The keys in a part of a backup. Raises StartupError."""
    with files.reading(path, opening) as (header, frames):
        _of(header, path, files.Part.KEYS)
        try:
            keyring = key_backup.parsed(_section(frames, making.KEYRING).decode())
            return Keys(keyring, streams.crops_in(_section(frames, making.CROPS)))
        except (ValueError, json.JSONDecodeError) as error:
            raise StartupError(f"{path} cannot be used: {error}") from error


def _section(frames: Iterator[Frame], name: str) -> bytes:
    """The content of the section that comes next, which must be *name*."""
    content, begun = bytearray(), False
    for frame in frames:
        match frame:
            case Begin(found, _) if found == name and not begun:
                begun = True
            case Piece(piece) if begun:
                content += piece
            case _:
                break
    if not begun:
        raise Faulty(f"it lacks its part {name}")
    return bytes(content)


def _of(header: Header, path: Path, part: files.Part) -> None:
    if header.facts.get("part") != part:
        raise StartupError(f"{path} holds {header.facts.get('part')}, and not {part}")


def _made_at(path: Path) -> str:
    return str(files.header_of(path).facts.get("made_at", ""))


def _unseen(_done: int, _total: int) -> None:
    """Progress that nobody watches."""
