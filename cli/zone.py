"""`wardwatch zone`: named sets of cameras, which rules may be for."""

from typing import Annotated

import typer

from cli import output
from cli.watchlist import tables
from cli.watchlist.desk_requests import As, AsJson, print_json, sites, validated, with_desk
from proto.wardwatch.v1.delivery import Arranged, Zone

app = typer.Typer(help="Zones: named sets of cameras, which rules may be for.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the zone.", metavar="NAME")]


@app.command("list")
def list_zones(name: As, as_json: AsJson = False) -> None:
    """List the zones with their cameras."""
    found = with_desk(name, lambda desk: desk.read(Arranged, "show_arrangements"))
    if as_json:
        print_json(found)
        return
    rows = [(each.name, each.zone.site, ", ".join(each.zone.cameras)) for each in found.zones]
    tables.show(tables.plain(("zone", "site", "cameras"), rows))


@app.command("add")
def add(
    zone: Name,
    site: Annotated[str, typer.Option("--site", help="The site of its cameras.")],
    cameras: Annotated[str, typer.Option("--cameras", help="Its cameras, by comma.")],
    name: As,
) -> None:
    """Name a set of cameras, or name it anew."""
    body = validated(Zone, site=site, cameras=sites(cameras))
    with_desk(name, lambda desk: desk.call("set_zone", target={"zone": zone}, body=body))
    output.line(f"zone {zone} of {site} is set: {', '.join(body.cameras)}")


@app.command("remove")
def remove(zone: Name, name: As) -> None:
    """Take a zone away. A rule that names no other zone is for no alert then."""
    with_desk(name, lambda desk: desk.call("remove_zone", target={"zone": zone}))
    output.line(f"zone {zone} is taken away")
