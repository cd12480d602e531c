"""`wardwatch rule`: for which alerts which channels are used, and how those on duty are rung."""

from typing import Annotated, Literal

import typer

from cli import output
from cli.watchlist import tables
from cli.watchlist.desk_requests import As, AsJson, print_json, sites, validated, with_desk
from proto.wardwatch.v1.delivery import Arranged, Preview, Rule, RuleView
from services.chassis.errors import StartupError

app = typer.Typer(help="Rules: for which alerts which channels are used.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the rule.", metavar="NAME")]
Site = Annotated[str, typer.Option("--site", help="The site; every site if left out.")]
Categories = Annotated[str, typer.Option("--categories", help="Grounds, by comma; any if left out.")]
Zones = Annotated[str, typer.Option("--zones", help="Zones, by comma; anywhere if left out.")]
Days = Annotated[str, typer.Option("--days", help="Days from 1 (Monday) to 7, by comma; any if left out.")]
Hours = Annotated[str, typer.Option("--hours", help="For example 22:00-06:00; any if left out.")]
Names = Annotated[str, typer.Option("--channels", help="Channels, by comma.")]
People = Annotated[Literal["in_turn", "at_once"], typer.Option("--people", help="How those on duty are rung.")]


@app.command("list")
def list_rules(name: As, as_json: AsJson = False) -> None:
    """List the rules, and the zones that they may name."""
    found = with_desk(name, lambda desk: desk.read(Arranged, "show_arrangements"))
    if as_json:
        print_json(found)
        return
    tables.show(tables.plain(("rule", "for", "channels", "people"), [_row(each) for each in found.rules]))
    for each in found.zones:
        output.line(f"zone {each.name} of {each.zone.site}: {', '.join(each.zone.cameras)}")


@app.command("add")
def add(
    rule: Name,
    name: As,
    channels: Names = "",
    site: Site = "",
    categories: Categories = "",
    zones: Zones = "",
    days: Days = "",
    hours: Hours = "",
    people: People = "in_turn",
) -> None:
    """Set a rule, or anew, and say how often it would have rung within the last 24 hours."""
    body = _rule(site, categories, zones, days, hours, channels, people)
    preview = with_desk(name, lambda desk: desk.read(Preview, "preview_rule", body=body))
    with_desk(name, lambda desk: desk.call("set_rule", target={"rule": rule}, body=body))
    output.line(f"rule {rule} is set; {_rung(preview)}")


@app.command("test")
def preview(
    name: As,
    channels: Names = "",
    site: Site = "",
    categories: Categories = "",
    zones: Zones = "",
    days: Days = "",
    hours: Hours = "",
    people: People = "in_turn",
) -> None:
    """Say how often such a rule would have rung within the last 24 hours; nothing is set."""
    body = _rule(site, categories, zones, days, hours, channels, people)
    output.line(_rung(with_desk(name, lambda desk: desk.read(Preview, "preview_rule", body=body))))


@app.command("remove")
def remove(rule: Name, name: As) -> None:
    """Take a rule away."""
    with_desk(name, lambda desk: desk.call("remove_rule", target={"rule": rule}))
    output.line(f"rule {rule} is taken away")


def _rule(site: str, categories: str, zones: str, days: str, hours: str, channels: str, people: str) -> Rule:
    begins, dash, ends = hours.partition("-")
    if hours and not dash:
        raise StartupError("hours are written as 22:00-06:00")
    return validated(
        Rule,
        site=site or None,
        categories=sites(categories),
        zones=sites(zones),
        days=sites(days),
        begins=begins.strip() or None,
        ends=ends.strip() or None,
        channels=sites(channels),
        people=people,
    )


def _rung(preview: Preview) -> str:
    return f"it would have rung {preview.rung} times in the last 24 hours, of {preview.alerts} alerts"


def _row(view: RuleView) -> tuple[str, str, str, str]:
    rule = view.rule
    wanted = [rule.site or "every site", *rule.categories, *rule.zones]
    if rule.days:
        wanted.append(f"days {', '.join(map(str, rule.days))}")
    if rule.begins is not None:
        wanted.append(f"{rule.begins}-{rule.ends}")
    return (view.name, "; ".join(wanted), ", ".join(rule.channels), rule.people.replace("_", " "))
