"""`wardwatch backup`: make backups, check them, and have them made by themselves (docs/adr/0100)."""

import asyncio
import json
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.backup import checking, choosing, files, key_files, making, schedule, secret_files
from cli.backup.checking import Whole
from cli.backup.container import Opener, fingerprint
from cli.backup.files import Part, Stored
from cli.backup.key_files import Opening
from cli.backup.making import Order, Places
from local import context
from services.chassis.errors import StartupError
from services.chassis.settings import read_secret

app = typer.Typer(help="Make backups, and check them.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
To = Annotated[Path, typer.Option("--to", envvar="WARDWATCH_BACKUP_TO", help="Folder of the backups.")]
KeysTo = Annotated[
    Path | None,
    typer.Option("--keys-to", envvar="WARDWATCH_BACKUP_KEYS_TO", help="Folder of the keys; without it TO/keys."),
]
SecretsTo = Annotated[
    Path | None,
    typer.Option(
        "--secrets-to", envvar="WARDWATCH_BACKUP_SECRETS_TO", help="Folder of the secrets; without it TO/secrets."
    ),
]
Keep = Annotated[
    int, typer.Option("--keep", min=1, envvar="WARDWATCH_BACKUP_KEEP", help="How many backups stay; of secrets one.")
]
Secrets = Annotated[
    bool,
    typer.Option("--secrets/--no-secrets", envvar="WARDWATCH_BACKUP_SECRETS", help="The folder of secrets as well."),
]
PassphraseFile = Annotated[
    Path | None, typer.Option("--passphrase-file", help="File with a passphrase that opens the backup, too.")
]
KeyFile = Annotated[Path | None, typer.Option("--key", help="File of the key that opens it.")]


@app.command("init")
def init(
    private: Annotated[Path, typer.Argument(help="File for the key that opens backups. Keep it off this machine.")],
) -> None:
    """Make the key that backups are sealed to. What opens them is written to a file, and kept nowhere else.

    Once more, it makes a second key: backups made from then on open with either.
    """
    here = context.load()
    made = key_files.make(here.backup_maker_file, private)
    public = made.private.public_key().public_bytes_raw()
    output.line(f"backups are sealed to {fingerprint(public)} from now on; {private} opens them")
    output.line(f"move {private} off this machine, to two places: without it no backup can be opened")


@app.command("create")
def create(
    to: To,
    keys_to: KeysTo = None,
    secrets_to: SecretsTo = None,
    keep: Keep = 7,
    secrets: Secrets = False,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Make a backup now: the record, the keys apart from it, the secrets if wanted. Everything goes on meanwhile."""
    order = Order(Places.below(to, keys_to, secrets_to), keep, secrets, _passphrase(passphrase_file))
    made = asyncio.run(making.make(context.load(), order))
    if as_json:
        output.document(made.text())
        return
    for path in made.paths:
        output.line(str(path))
    output.line(
        f"{made.rows} rows, {made.keys} keys and the names of {made.destroyed} destroyed ones; {made.size / 1e6:.1f} MB"
        f" in {made.seconds:.1f} s, all of it read back"
    )
    for path in made.let_go:
        output.line(f"let go of {path}")


@app.command("list")
def list_command(to: To, keys_to: KeysTo = None, secrets_to: SecretsTo = None, as_json: AsJson = False) -> None:
    """Which backups there are, oldest first."""
    places = Places.below(to, keys_to, secrets_to)
    found = [each for folder in (places.record, places.keys, places.secrets) for each in files.stored(folder)]
    found.sort(key=lambda each: (each.set_name, each.part))
    if as_json:
        output.document(json.dumps([_row(each) for each in found]))
        return
    for each in found:
        output.line(f"{each.made_at:%Y-%m-%d %H:%M:%S} UTC  {each.part:<8} {each.size / 1e6:9.1f} MB  {each.path}")
    if not found:
        output.line(f"there is no backup in {to}")


@app.command("verify")
def verify(
    given: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of backups.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Open files to their end: whether they are whole, and made here. Exit 1 when one is not."""
    opening = opening_of(key, passphrase_file)
    found = [checking.check(path, opening) for path in given]
    if as_json:
        output.document(json.dumps([_checked(each) for each in found]))
        return
    for each in found:
        rows = f", {each.rows} rows" if each.part is Part.RECORD else ""
        output.line(f"{each.path}: whole; {each.part} of {each.made_at}, made by {each.version}{rows}")


@app.command("unpack")
def unpack(
    file: Annotated[Path, typer.Argument(help="File of the secrets.")],
    to: Annotated[Path, typer.Option("--to", help="The empty folder that the secrets lie below.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Put the secrets of a backup back, where there are none: before anything is started."""
    output.line(f"{put_back_secrets(file, to, opening_of(key, passphrase_file))} files are in {to}")


@app.command("run")
def run(
    to: To,
    keys_to: KeysTo = None,
    secrets_to: SecretsTo = None,
    keep: Keep = 7,
    secrets: Secrets = False,
    every_hours: Annotated[
        float,
        typer.Option("--every-hours", min=0.1, envvar="WARDWATCH_BACKUP_EVERY_HOURS", help="How old a backup may be."),
    ] = 24.0,
    alive: Annotated[
        Path | None, typer.Option(envvar="WARDWATCH_BACKUP_ALIVE_FILE", help="Touched while this goes on.")
    ] = None,
) -> None:
    """Make backups until ended: one whenever the last is too old, and the ledger as soon as something has ended."""
    order = Order(Places.below(to, keys_to, secrets_to), keep, secrets)
    keeping = schedule.Keeping(context.load, order, timedelta(hours=every_hours), _say, alive)
    asyncio.run(_until_ended(keeping))


def opening_of(key: Path | None, passphrase_file: Path | None) -> Opening:
    """How files are opened with what was given. Raises StartupError."""
    passphrase = _passphrase(passphrase_file)
    if key is None:
        if not passphrase:
            raise StartupError("say what opens it: --key FILE, or --passphrase-file FILE")
        return Opening(Opener(passphrase=passphrase))
    read = key_files.read_opener(key)
    return Opening(Opener(read.private, passphrase), read.maker)


def put_back_secrets(file: Path, folder: Path, opening: Opening) -> int:
    """Write the secrets in *file* below *folder*; returns how many files. Raises StartupError."""
    if choosing.part_of(file) is not Part.SECRETS:
        raise StartupError(f"{file} holds no secrets")
    checking.check(file, opening)  # all of it, before anything is written
    with files.reading(file, opening) as (_, frames):
        return secret_files.put_back(folder, frames)


async def _until_ended(keeping: schedule.Keeping) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await keeping.run(stop)


def _say(text: str) -> None:
    output.line(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {text}")


def _passphrase(file: Path | None) -> str:
    return (read_secret(file) or "") if file is not None else ""


def _row(each: Stored) -> dict[str, str | int]:
    made = each.made_at.isoformat()
    return {"set": each.set_name, "part": each.part.value, "made_at": made, "bytes": each.size, "file": str(each.path)}


def _checked(each: Whole) -> dict[str, str | int]:
    named = {"file": str(each.path), "part": each.part.value, "made_at": each.made_at, "version": each.version}
    return {**named, "maker": each.maker, "rows": each.rows, "bytes": each.size}
