"""`wardwatch credentials`: make the broker's users."""

from pathlib import Path
from typing import Annotated

import typer

from access import store
from cli import output

app = typer.Typer(help="Make the broker's users and their allow-lists.", no_args_is_help=True)


@app.callback()
def root() -> None:
    """Make the broker's users and their allow-lists."""


@app.command("init")
def init(
    folder: Annotated[Path, typer.Argument(help="Where seeds and the server's configuration are kept.")],
    keys: Annotated[
        Path | None, typer.Option(help="Where the secrets of the watchlist are kept; in the same folder if left out.")
    ] = None,
    identity: Annotated[
        Path | None, typer.Option(help="Where the secret of identity numbers is kept; with the other two if left out.")
    ] = None,
    signing: Annotated[
        Path | None,
        typer.Option(help="Where the keys that sign messages are kept; with --keys if left out."),
    ] = None,
) -> None:
    """Make every secret that is missing (0600): seeds of users, keys that sign, and what the list is sealed under."""
    credentials = store.initialise(
        folder.absolute(),
        keys=keys and keys.absolute(),
        identity=identity and identity.absolute(),
        signing=signing and signing.absolute(),
    )
    output.line(f"{len(credentials.users())} users in {credentials.folder}; the server includes {store.ACCOUNTS}")
