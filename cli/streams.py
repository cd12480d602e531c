"""Make the broker's streams."""

import asyncio

import typer

from access import grants, streams
from cli import output
from local import context

app = typer.Typer(help="Make the broker's streams.", no_args_is_help=True)


@app.callback()
def root() -> None:
    """Make the broker's streams."""


@app.command("ensure")
def ensure_command() -> None:
    """Make every stream that is missing and bring the others up to date."""
    here = context.load()
    made = asyncio.run(streams.ensure(here.nats_url, here.seed_file(grants.OPERATOR)))
    output.line(f"made: {', '.join(made) or 'none, all were there'}")
