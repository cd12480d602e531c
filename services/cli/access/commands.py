"""`wardwatch credentials`: make the broker's users."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.access import store

app = typer.Typer(help="Make the broker's users and their allow-lists.", no_args_is_help=True)


@app.callback()
def root() -> None:
    """Make the broker's users and their allow-lists."""


@app.command("init")
def init(folder: Annotated[Path, typer.Argument(help="Where seeds and the server's configuration are kept.")]) -> None:
    """Make every service user that is missing, one seed file each (0600), and the server's accounts file."""
    credentials = store.initialise(folder.absolute())
    typer.echo(f"{len(credentials.users())} users in {credentials.folder}; the server includes {store.ACCOUNTS}")
