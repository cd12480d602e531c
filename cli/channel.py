"""`wardwatch channel`: the ways by which alerts leave the house, beside phones."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from cli import output
from cli.desk_client import DeskClient
from cli.watchlist import tables
from cli.watchlist.desk_requests import As, AsJson, print_json, validated, with_desk
from proto.wardwatch.v1.delivery import (
    ChannelKept,
    ChannelRequest,
    Channels,
    DeliveryView,
    Medium,
    PauseRequest,
    Tested,
)
from services.chassis.errors import StartupError
from services.chassis.settings import read_secret

app = typer.Typer(help="Channels by which alerts reach people and other systems, beside phones.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the channel.", metavar="NAME")]

_TRIED: Final = 60
_LOOK_SECONDS: Final = 0.5


@app.command("list")
def list_channels(name: As, as_json: AsJson = False) -> None:
    """List the channels, without their addresses."""
    found = with_desk(name, lambda desk: desk.read(Channels, "list_channels"))
    if as_json:
        print_json(found)
        return
    rows = [
        (each.name, each.medium, each.host, each.site or "every site", "paused" if each.paused else "", each.changed_by)
        for each in found.channels
    ]
    tables.show(tables.plain(("channel", "medium", "host", "site", "state", "set by"), rows))


@app.command("add")
def add(
    channel: Name,
    medium: Annotated[Medium, typer.Option("--medium", help="What kind of channel it is.")],
    name: As,
    site: Annotated[str, typer.Option("--site", help="The site; for every site if left out.")] = "",
    address_file: Annotated[
        Path | None,
        typer.Option("--address-file", help="File with the address, which may hold a secret; else it is asked for."),
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option("--token-file", help="File with the token of an ntfy server that asks for one.")
    ] = None,
) -> None:
    """Set a channel up, or anew. Its address is sealed, and shown to nobody."""
    address = read_secret(address_file) or _typed_address()
    body = validated(
        ChannelRequest, site=site or None, medium=medium, address=address, token=read_secret(token_file) or ""
    )
    kept = with_desk(name, lambda desk: desk.read(ChannelKept, "set_channel", target={"channel": channel}, body=body))
    output.line(f"channel {kept.name} is set up; a rule says for which alerts it is used")
    if kept.secret is not None:
        output.line(f"it signs with {kept.secret}, which is not shown again")


@app.command("test")
def test(channel: Name, name: As) -> None:
    """Send a test by a channel, and say what became of it."""
    view = with_desk(name, lambda desk: _tested(desk, channel))
    if view.state != "sent":
        raise StartupError(f"the test did not arrive: {view.state}, {view.reason or 'no answer yet'}")
    output.line(f"the test was taken at {view.sent_at:%H:%M:%S} UTC; look whether it shows")


@app.command("pause")
def pause(channel: Name, name: As) -> None:
    """Let a channel rest: nothing but tests goes by it, and its address is kept."""
    with_desk(name, lambda desk: _paused(desk, channel, paused=True))
    output.line(f"channel {channel} rests; only tests go by it")


@app.command("resume")
def resume(channel: Name, name: As) -> None:
    """Use a channel again that rests."""
    with_desk(name, lambda desk: _paused(desk, channel, paused=False))
    output.line(f"channel {channel} is used again")


@app.command("remove")
def remove(channel: Name, name: As) -> None:
    """Take a channel away, and its address with it. Rules that name it go on without it."""
    with_desk(name, lambda desk: desk.call("remove_channel", target={"channel": channel}))
    output.line(f"channel {channel} is taken away")


def _typed_address() -> str:
    """Not an argument: every program on the machine can read those."""
    typed: str = typer.prompt("address", err=True, hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    return typed.strip()


async def _paused(desk: DeskClient, channel: str, *, paused: bool) -> None:
    await desk.call("pause_channel", target={"channel": channel}, body=PauseRequest(paused=paused))


async def _tested(desk: DeskClient, channel: str) -> DeliveryView:
    """The test once it is sent, failed, or as it stands after half a minute."""
    asked = await desk.read(Tested, "test_channel", target={"channel": channel})
    for _ in range(_TRIED):
        view = await desk.read(DeliveryView, "show_delivery", target={"delivery": str(asked.delivery)})
        if view.state != "waiting" or view.attempts > 1:
            return view
        await asyncio.sleep(_LOOK_SECONDS)
    return view
