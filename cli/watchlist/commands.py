"""The commands of `wardwatch watchlist` by name."""

import typer

from cli.watchlist import (
    adding,
    amending,
    erasing,
    exporting,
    identity,
    importing,
    imports,
    reading,
    replication,
    reviewers,
    standing,
    threshold,
    waiting,
)

app = typer.Typer(help="Keep the watchlist: put people forward, approve, look, take off.", no_args_is_help=True)
group = typer.Typer(help="Name sets of sites.", no_args_is_help=True)

app.command("add")(adding.add)
app.command("submit")(adding.submit)
app.command("discard")(standing.discard)
app.command("accept")(standing.accept)
app.command("remove-photo")(standing.remove_photo)
app.command("decide")(standing.decide)
app.command("take-photos")(standing.take_photos)
app.command("approve")(standing.approve)
app.command("send-back")(amending.send_back)
app.command("rewrite")(amending.rewrite)
app.command("add-photo")(amending.add_photo)
app.command("amend")(amending.amend)
app.command("merge")(amending.merge)
app.command("part")(amending.part)

app.command("import")(importing.import_people)
app.command("list")(reading.list_entries)
app.command("waiting")(waiting.waiting)
app.command("endings")(waiting.endings)
app.command("export")(exporting.export)
app.command("show")(reading.show)
app.command("history")(reading.history)
app.command("photo")(reading.photo)
app.command("find")(identity.find)
app.command("reveal")(identity.reveal)

app.command("suspend")(standing.suspend)
app.command("resume")(standing.resume)
app.command("release")(standing.release)
app.command("renew")(standing.renew)
app.command("revoke")(standing.revoke)
app.command("erase")(erasing.erase)
app.command("receipts")(erasing.receipts)

app.command("categories")(reading.categories)
app.command("groups")(reading.groups)
app.command("reviews")(reading.reviews)
app.command("matchers")(reading.matchers)
app.command("end-matcher")(replication.end_matcher)
app.command("reconcile")(replication.reconcile)
app.command("reconciliation")(replication.reconciliation)
app.add_typer(group, name="group")

ended = typer.Typer(help="What becomes of imports.", no_args_is_help=True)
ended.command("list")(imports.list_imports)
ended.command("show")(imports.show)
ended.command("report")(imports.report)
ended.command("likenesses")(imports.likenesses)
ended.command("decide")(imports.decide)
ended.command("commit")(imports.commit)
ended.command("approve")(imports.approve)
ended.command("undo")(imports.undo)
ended.command("discard")(imports.discard)
ended.command("template")(imports.template)
app.add_typer(ended, name="imports")

threshold_app = typer.Typer(
    help="From which similarity on a face is a sighting; two people change it.", no_args_is_help=True
)
threshold_app.command("show")(threshold.show)
threshold_app.command("ask")(threshold.ask_for)
threshold_app.command("approve")(threshold.approve)
threshold_app.command("withdraw")(threshold.withdraw)
app.add_typer(threshold_app, name="threshold")
app.add_typer(reviewers.app, name="reviewers")


@group.callback()
def group_root() -> None:
    """Name sets of sites."""


group.command("set")(reading.set_group)
