"""`wardwatch keys`: rotate the key that wraps data keys, keep and bring back data keys, and see that everything opens.

Why data keys are where they are is docs/adr/0043.
"""

import asyncio
import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import asyncpg
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from access import database, store
from access.wrapping import SECRET_BYTES
from cli import bars, key_backup, output
from cli.audit.operator_note import note
from cli.backup.commands import KeyFile, PassphraseFile, opening_of
from cli.backup.restoring import Keys, keys_in
from cli.backup.streams import Bringing, written_as_alerts
from cli.broker import call_desk, connected
from cli.key_backup import Restored, Restoring
from cli.key_rotation import Rotated, Rotation, read_secrets
from local import context
from local.context import Context
from proto.wardwatch.v1.imports import KeysRewrapped, KeysView
from services.chassis import hints
from services.chassis.errors import StartupError

app = typer.Typer(help="Keep the keys that the watchlist is sealed under.", no_args_is_help=True)

As = Annotated[str, typer.Option("--as", help="Administrator that asks, signed in here with: wardwatch login CODE.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
File = Annotated[Path, typer.Argument(help="File of the wrapped data keys.")]


@app.command("rotate")
def rotate(name: As, as_json: AsJson = False) -> None:
    """Wrap every data key by a new wrapping key and let go of the former one. Killed and run again, it goes on."""
    here = context.load()
    done = asyncio.run(_rotate(here, here.token(name)))
    if as_json:
        output.document(json.dumps(asdict(done)))
        return
    output.line(f"{'the rotation that was begun is finished' if done.resumed else 'rotated'}: {done.current} wraps now")
    output.line(f"{done.rewrapped} data keys were wrapped anew; {', '.join(done.former)} is gone from the file")
    again = hints.command("backup", "create", "--to", "FOLDER", "--secrets")
    output.line(f"backups of keys from before can no longer be read; make a new one with: {again}")
    output.line(f"put a copy of {here.wrapping_keys_file} in a safe place, and destroy the copies of the former one")


@app.command("backup")
def backup(file: File, as_json: AsJson = False) -> None:
    """Write every wrapped data key to a file. It opens nothing without the file of wrapping keys: keep them apart.

    It is no backup by itself, and does not count as one: wardwatch backup create makes those, with the keys.
    """
    here = context.load()
    keys = asyncio.run(_read(here))
    destroyed = sum(stored.message.destroyed for stored in keys.values())
    counts = {"keys": len(keys) - destroyed, "destroyed": destroyed}
    asyncio.run(note(here, "keys.backed_up", "keys", details=counts))
    try:
        store.replace(file, key_backup.written(keys, datetime.now(UTC)), mode=0o600)
    except OSError as error:
        raise StartupError(f"{file} cannot be written: {error.strerror}") from error
    if as_json:
        output.document(json.dumps({"file": str(file), **counts}))
    else:
        output.line(f"{counts['keys']} keys and the names of {destroyed} destroyed ones are in {file}")


@app.command("restore")
def restore(file: File, key: KeyFile = None, passphrase_file: PassphraseFile = None, as_json: AsJson = False) -> None:
    """Bring back the data keys that the keyring lacks. A destroyed key is never brought back.

    FILE is one of keys backup, or, with what opens it, the keys of a backup: with them come those of alerts' faces.
    """
    here = context.load()
    keys = _keys_in(file, key, passphrase_file)
    done = asyncio.run(_restore(here, keys))
    if as_json:
        output.document(json.dumps(asdict(done)))
        return
    output.line(f"{done.restored} keys were brought back; {done.already_there} were there")
    if done.destroyed:
        output.line(f"{done.destroyed} are destroyed and stay so")
    if done.unreadable:
        output.line(f"{done.unreadable} are wrapped by a key that is not in {here.wrapping_keys_file} any more")


@app.command("verify")
def verify(name: As, as_json: AsJson = False) -> None:
    """Open a value of every entry and every import; exit 1 when one cannot be opened."""
    here = context.load()
    view = asyncio.run(_verify(here, here.token(name)))
    if as_json:
        output.document(view.model_dump_json())
    else:
        for line in _report_lines(view):
            output.line(line)
    if view.unreadable_count:
        named = ", ".join(map(str, view.unreadable[:3])) + (", ..." if view.unreadable_count > 3 else "")
        restore_them = hints.command("keys", "restore", "FILE")
        raise StartupError(
            f"{view.unreadable_count} of {view.entries + view.imports} cannot be opened ({named}): their keys are"
            f" missing or wrapped by a key that is not here; bring them back with: {restore_them}"
        )


async def _rotate(here: Context, token: str) -> Rotated:
    async with connected(here) as bus:

        async def rewrap() -> KeysRewrapped:
            return KeysRewrapped.model_validate_json(await call_desk(bus, "rewrap_keys", token))

        async def wrapped_by() -> Mapping[str, int]:
            stored = (await key_backup.read(bus, _unseen)).values()
            return Counter(each.message.key_id for each in stored if not each.message.destroyed)

        with _bar("data keys") as progress:
            return await Rotation(here.wrapping_keys_file, rewrap, wrapped_by).run(
                secrets.token_bytes(SECRET_BYTES), progress
            )


async def _read(here: Context) -> dict[UUID, key_backup.StoredKey]:
    async with connected(here) as bus:
        with _bar("reading") as progress:
            return await key_backup.read(bus, progress)


def _keys_in(file: Path, key: Path | None, passphrase_file: Path | None) -> Keys:
    """Of a backup's part where something opens it, else of a file of ``keys backup``. Raises StartupError."""
    if key is not None or passphrase_file is not None:
        return keys_in(file, opening_of(key, passphrase_file))
    try:
        return Keys(key_backup.parsed(file.read_text(encoding="utf-8")), [])
    except OSError as error:
        raise StartupError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise StartupError(f"{file} cannot be restored: {error}") from error


async def _restore(here: Context, keys: Keys) -> Restored:
    wrapping = read_secrets(here.wrapping_keys_file)
    erased = await _erased(here)
    async with connected(here) as bus:
        stored = await key_backup.read(bus, _unseen)
        with _bar("bringing back") as progress:
            done = await Restoring(bus, stored, erased, wrapping.keys.keys()).run(keys.keyring, progress)
    if keys.crops:
        async with written_as_alerts(here) as bus:
            await Bringing(bus).crops(keys.crops)
    return done


async def _verify(here: Context, token: str) -> KeysView:
    async with connected(here) as bus:
        return KeysView.model_validate_json(await call_desk(bus, "verify_keys", token))


async def _erased(here: Context) -> set[UUID]:
    """Entries whose record says that they are erased: also when the stream with their tombstones was lost."""
    connection = await database.connect(database.with_password(here.database_url, here.database_password))
    try:
        return {row["id"] for row in await connection.fetch("select id from watchlist.entry where state = 'erased'")}
    except asyncpg.PostgresError as error:
        raise StartupError(f"the database does not say what was erased, restore it first: {error}") from error
    finally:
        await connection.close()


def _report_lines(view: KeysView) -> list[str]:
    wrapped = ", ".join(f"{count} keys by {key_id}" for key_id, count in view.wrapped_by.items())
    lines = [
        f"{view.entries} entries and {view.imports} imports, {view.unreadable_count} cannot be opened",
        f"wrapped: {wrapped} ({view.current} is the current one)",
    ]
    if view.not_destroyed:
        lines.append(f"{view.not_destroyed} keys of erased entries are not destroyed yet")
    if view.orphans:
        lines.append(f"{view.orphans} keys belong to nothing that was recorded")
    return lines


def _unseen(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on the error output; on something that is not a terminal only its last state is printed."""
    columns = (
        TextColumn("{task.description}", table_column=bars.words()), BarColumn(),
        MofNCompleteColumn(table_column=bars.figures()), TimeRemainingColumn(table_column=bars.figures()),
    )  # fmt: skip
    with Progress(*columns, console=output.console(err=True)) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
