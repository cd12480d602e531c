"""Make a backup: its parts in their order, each read back, then the ledger, then the former ones let go of.

The audit's heads are read before the database: what is published is never newer than what is copied. Keys are read
behind it: each was stored before anything was sealed under it, so none is missing; one that was destroyed meanwhile is
a tombstone, and stays one.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import asyncpg

from access import store
from cli import key_backup
from cli.backup import files, key_files, ledger, secret_files, snapshot, streams
from cli.backup.container import Facts
from cli.backup.content import Begin, End, Frame, Piece
from cli.backup.files import Part, Writing
from cli.backup.key_files import MakerKeys
from cli.backup.operator_note import note
from cli.backup.snapshot import Snapshot
from local.context import Context
from services.chassis import version
from services.chassis.bus import Bus
from services.chassis.errors import StartupError

HEADS: Final = "heads"
KEYRING: Final = "keyring"
CROPS: Final = "crops"


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of each part; the ledger lies beside the record."""

    record: Path
    keys: Path
    secrets: Path

    @classmethod
    def below(cls, folder: Path, keys: Path | None = None, secrets: Path | None = None) -> "Places":
        """Everything in *folder*, keys and secrets in folders of their own so that they can be carried away."""
        return cls(folder, keys or folder / "keys", secrets or folder / "secrets")


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted: ``keep`` is how many backups stay; of the secrets only the newest ever does."""

    places: Places
    keep: int = 7
    with_secrets: bool = False
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made and read back."""

    set_name: str
    paths: Sequence[Path]
    rows: int
    keys: int
    destroyed: int
    size: int
    seconds: float
    let_go: Sequence[Path]

    def text(self) -> str:
        """As JSON."""
        named = {"set": self.set_name, "files": [str(each) for each in self.paths], "rows": self.rows}
        counts = {"keys": self.keys, "destroyed": self.destroyed, "bytes": self.size, "seconds": round(self.seconds, 3)}
        return json.dumps({**named, **counts, "let_go": [str(each) for each in self.let_go]})


async def make(here: Context, order: Order) -> Made:
    """Make one now. Raises StartupError and NoAnswer in words; no part of which something failed is left."""
    loop = asyncio.get_running_loop()
    began, now = loop.time(), datetime.now(UTC)
    keys = await asyncio.to_thread(key_files.read_maker, here.backup_maker_file)
    keys.sealed_to(order.passphrase)  # before anything is noted
    set_name = files.new_set(now)
    await note(here, "backup.made", {"set": set_name, "secrets": int(order.with_secrets)})
    making = _Making(set_name, now, keys, order)
    async with streams.read_as_backup(here) as bus:
        kept, rows = await making.record(here, bus)
        living, destroyed = await making.keys_part(bus, kept)
    if order.with_secrets:
        await making.secrets(here)
    ended = await _ended(here)
    made = [*making.paths, await asyncio.to_thread(ledger.write, order.places.record, ended, keys, order.passphrase)]
    gone = await asyncio.to_thread(_let_go, order)
    await asyncio.to_thread(note_age, here.backup_file)
    size = await asyncio.to_thread(lambda: sum(path.stat().st_size for path in made))
    return Made(set_name, made, rows, living, destroyed, size, loop.time() - began, gone)


def note_age(file: Path) -> None:
    """A backup is complete: alerts tell how old it is. Raises StartupError."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        store.replace(file, f"{datetime.now(UTC).isoformat(timespec='seconds')}\n", mode=0o644, keep_owner=True)
    except OSError as error:
        raise StartupError(f"the backup is made, but {file} cannot be written: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class _Making:
    """Parts of one set."""

    set_name: str
    now: datetime
    keys: MakerKeys
    order: Order
    paths: list[Path] = field(default_factory=list)

    async def record(self, here: Context, bus: Bus) -> tuple[list[str], int]:
        """The database and the audit's heads; returns the sightings whose face is kept, and how many rows."""
        heads = await streams.heads(bus)
        async with Snapshot.open(here) as look:
            facts = {"migrations": await look.migrations()}
            async with self._part(self.order.places.record, Part.RECORD, facts) as part:
                await asyncio.to_thread(_section, part, HEADS, streams.packed(heads))
                copied = await look.copy(part.add)
                kept = await look.faces_kept()
        return kept, copied.rows

    async def keys_part(self, bus: Bus, kept: Sequence[str]) -> tuple[int, int]:
        """Wrapped keys; returns how many live and how many are tombstones."""
        keyring = await key_backup.read(bus, lambda _done, _total: None)
        crops = await streams.crop_keys(bus, kept)
        destroyed = sum(stored.message.destroyed for stored in keyring.values())
        async with self._part(self.order.places.keys, Part.KEYS, {}) as part:
            await asyncio.to_thread(_section, part, KEYRING, key_backup.written(keyring, self.now).encode())
            await asyncio.to_thread(_section, part, CROPS, streams.packed(crops))
        return len(keyring) - destroyed, destroyed

    async def secrets(self, here: Context) -> None:
        """Credentials and secrets."""
        async with self._part(self.order.places.secrets, Part.SECRETS, {}) as part:
            await asyncio.to_thread(_copy_secrets, part, here)

    @asynccontextmanager
    async def _part(self, folder: Path, part: Part, facts: Facts) -> AsyncIterator[Writing]:
        path = files.file_of(folder, self.set_name, part)
        stated = {
            "part": part.value, "set": self.set_name, "made_at": self.now.isoformat(timespec="milliseconds"),
            "version": await asyncio.to_thread(version.current), **facts,
        }  # fmt: skip
        written = files.writing(path, stated, self.keys, self.order.passphrase)
        opened = await asyncio.to_thread(written.__enter__)
        try:
            yield opened
        except BaseException as error:
            await asyncio.to_thread(written.__exit__, type(error), error, error.__traceback__)
            raise
        # On the disk, and read back: that takes a while.
        await asyncio.to_thread(partial(written.__exit__, None, None, None))
        self.paths.append(path)


def _section(part: Writing, name: str, content: bytes) -> None:
    frames: tuple[Frame, ...] = (Begin(name, {}), Piece(content), End({}))
    for frame in frames:
        part.add(frame)


def _copy_secrets(part: Writing, here: Context) -> None:
    folder = here.secrets_dir
    for frame in secret_files.frames(folder, secret_files.found(folder, on_one_machine=folder == here.home)):
        part.add(frame)


def _let_go(order: Order) -> list[Path]:
    places = order.places
    return [
        *files.let_go(places.record, Part.RECORD, keep=order.keep),
        *files.let_go(places.keys, Part.KEYS, keep=order.keep),
        # A former one would have the wrapping keys that a rotation has let go of.
        *files.let_go(places.secrets, Part.SECRETS, keep=1),
    ]


async def _ended(here: Context) -> ledger.Ended:
    async with snapshot.connected(here) as connection:
        try:
            return await ledger.read(connection)
        except (asyncpg.PostgresError, OSError) as error:
            raise StartupError(f"the database does not say what has ended: {error}") from error
