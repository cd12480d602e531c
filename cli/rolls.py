"""`wardwatch models roll`: two recognisers side by side, which of them decides where, and back (docs/adr/0105)."""

from typing import Annotated, Final

import typer

from cli import output
from cli.watchlist import tables
from cli.watchlist.desk_requests import As, AsJson, Reason, print_json, validated, with_desk
from proto.wardwatch.v1.rolls import ModelsView, RollRequest, RollView, SiteScores, SwitchRequest, SwitchView
from services.chassis import hints
from services.chassis.errors import StartupError

app = typer.Typer(help="Bring a second recogniser beside the list's, switch to it, and back.", no_args_is_help=True)

_DIGITS: Final = 12

Number = Annotated[
    int, typer.Argument(min=1, help="Number of what waits; see: wardwatch models roll status --as NAME.")
]
Site = Annotated[str, typer.Option("--site", help="Site at which it is to decide.")]
AllSites = Annotated[bool, typer.Option("--all", help="All sites that have no row of their own.")]
Threshold = Annotated[
    float | None, typer.Option("--threshold", help="Cosine that makes a sighting; its report has the floor.")
]
Strong = Annotated[float | None, typer.Option("--strong", help="Cosine from which on one walk raises an alert alone.")]


@app.command()
def start(reason: Reason, name: As, as_json: AsJson = False) -> None:
    """Begin: every enrolled photo gets a template of the second embedder's recogniser too. No alert changes by it."""
    body = validated(RollRequest, reason=reason)
    _tell(with_desk(name, lambda desk: desk.read(ModelsView, "start_roll", body=body)), name, as_json)


@app.command()
def status(name: As, as_json: AsJson = False) -> None:
    """Show how far the list is, which recogniser decides where, and what both counted."""
    _tell(with_desk(name, lambda desk: desk.read(ModelsView, "show_models")), name, as_json)


@app.command()
def switch(
    reason: Reason,
    name: As,
    site: Site = "",
    every: AllSites = False,
    threshold: Threshold = None,
    strong: Strong = None,
    as_json: AsJson = False,
) -> None:
    """Ask that the new recogniser decides, or by other cosines. It does once another account has approved it."""
    view = with_desk(name, lambda desk: desk.read(ModelsView, "show_models"))
    if view.roll is None:
        begin = hints.command("models", "roll", "start", "--reason", "WHY", by=name)
        raise StartupError(f"there is one recogniser alone; begin with: {begin}")
    model = view.roll.kept_sha256 or view.roll.to_sha256
    _ask(model, _site(site, every=every), threshold, strong, reason, name, as_json=as_json)


@app.command()
def back(
    reason: Reason,
    name: As,
    site: Site = "",
    every: AllSites = False,
    threshold: Threshold = None,
    strong: Strong = None,
    as_json: AsJson = False,
) -> None:
    """Ask that the former recogniser decides again, by the list's threshold unless cosines are given."""
    view = with_desk(name, lambda desk: desk.read(ModelsView, "show_models"))
    if view.roll is None or view.roll.ended_at is not None:
        raise StartupError("no two recognisers are side by side: there is none to go back to")
    _ask(view.roll.from_sha256, _site(site, every=every), threshold, strong, reason, name, as_json=as_json)


@app.command()
def approve(number: Number, name: As, as_json: AsJson = False) -> None:
    """Let a switch hold, or one back. Whoever asked for it cannot do this."""
    _end(number, name, "approve_switch", as_json)


@app.command()
def withdraw(number: Number, name: As, as_json: AsJson = False) -> None:
    """Take back what was asked for, also what another account asked for."""
    _end(number, name, "withdraw_switch", as_json)


@app.command()
def finish(reason: Reason, name: As, as_json: AsJson = False) -> None:
    """Let the recogniser go that the watchlist service does not enrol by, with all its templates."""
    body = validated(RollRequest, reason=reason)
    _tell(with_desk(name, lambda desk: desk.read(ModelsView, "finish_roll", body=body)), name, as_json)


def _site(site: str, *, every: bool) -> str:
    if bool(site) == every:
        raise StartupError("say one site with --site, or --all")
    return site


def _ask(
    model: str, site: str, threshold: float | None, strong: float | None, reason: str, name: str, *, as_json: bool
) -> None:
    body = validated(SwitchRequest, site=site, model_sha256=model, threshold=threshold, strong=strong, reason=reason)
    _tell(with_desk(name, lambda desk: desk.read(ModelsView, "ask_switch", body=body)), name, as_json)


def _end(number: int, name: str, operation: str, as_json: bool) -> None:
    target = {"number": str(number)}
    _tell(with_desk(name, lambda desk: desk.read(ModelsView, operation, target=target)), name, as_json)


def _tell(view: ModelsView, name: str, as_json: bool) -> None:
    if as_json:
        print_json(view)
        return
    output.line(f"the list is enrolled by recogniser {view.list_model[:_DIGITS]}")
    if view.roll is None:
        output.line("no second one is beside it")
    else:
        _show_roll(view.roll)
    for row in view.sites:
        output.line(_row(row))
    if view.waits is not None:
        output.line(f"waits: {_row(view.waits)}; {view.waits.reason}")
        number = view.waits.number
        approve = hints.command("models", "roll", "approve", number, by=hints.ANOTHER)
        withdraw = hints.command("models", "roll", "withdraw", number, by=name)
        output.line(f"another account approves it with: {approve}; take it back with: {withdraw}")
    for site in view.counted:
        _show_scores(site)


def _show_roll(roll: RollView) -> None:
    about = f"roll {roll.number}, begun by {roll.started_by} on {roll.started_at:%Y-%m-%d}: {roll.reason}"
    if roll.kept_sha256 is not None and roll.ended_at is not None:
        output.line(f"{about}; over since {roll.ended_at:%Y-%m-%d}, {roll.kept_sha256[:_DIGITS]} stayed")
        return
    output.line(f"beside it: {roll.to_name}, {roll.to_sha256[:_DIGITS]}; {about}")
    for each in roll.progress:
        output.line(
            f"  {each.model_sha256[:_DIGITS]}: {each.made:,} of {each.photos:,} photos have a template,"
            f" {each.left_out:,} yield none; {each.entries_without:,} entries that match have none yet"
        )
    for photo in roll.left_out:
        why = "no face is found in it" if photo.cause == "no_face" else "it yields no vector"
        output.line(f"  photo {photo.position} of entry {photo.entry}: {why} ({photo.model_sha256[:_DIGITS]})")


def _row(row: SwitchView) -> str:
    where = f"site {row.site}" if row.site else "every other site"
    cosines = "by the list's threshold"
    if row.threshold is not None and row.strong is not None:
        cosines = f"a sighting from {row.threshold:g}, an alert from {row.strong:g}"
    by = f"asked for by {row.asked_by}"
    if row.approved_by is not None and row.approved_at is not None:
        by += f", approved by {row.approved_by} on {row.approved_at:%Y-%m-%d}"
    return f"{where}: {row.model_sha256[:_DIGITS]} decides, {cosines}; switch {row.number}, {by}"


def _show_scores(site: SiteScores) -> None:
    if site.since is None:
        output.line(f"site {site.site}: both have not counted on the same day yet")
        return
    output.line(f"site {site.site}, walks since {site.since} by how near they came to the list:")
    tables.show(tables.scores(site))
    for each in site.models:
        if each.as_many is not None:
            output.line(f"  {each.model_sha256[:_DIGITS]} would raise as many alerts from {each.as_many:g} on")
