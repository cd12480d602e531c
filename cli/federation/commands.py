"""`wardwatch federation`: the group's commands, by who uses them."""

import typer

from cli.federation import broker, demonstrating, joining, publishing, renewing, repairing, standing

app = typer.Typer(help="Lists that hospitals share.", no_args_is_help=True)
app.command("status")(standing.status)
app.command("hub")(broker.hub)
app.command("publish")(publishing.publish)
app.command("invite")(publishing.invite)
app.command("invitation")(publishing.invitation)
app.command("admit")(publishing.admit)
app.command("share")(publishing.share)
app.command("withdraw")(publishing.withdraw)
app.command("approve")(publishing.approve)
app.command("remove")(publishing.remove)
app.command("repair")(repairing.repair)
app.command("rotate")(renewing.rotate)
app.command("accept")(renewing.accept)
app.command("close")(publishing.close)
app.command("join")(joining.join)
app.command("approve-joining")(joining.approve_joining)
app.command("answer")(joining.answer)
app.command("suspend")(joining.suspend)
app.command("resume")(joining.resume)
app.command("leave")(joining.leave)
app.command("unlink")(broker.unlink)
app.command("demo")(demonstrating.demo)
