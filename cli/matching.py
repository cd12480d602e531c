"""`wardwatch matching`: the stop button of a site, and whether it is pressed (safeguard S11)."""

import asyncio
import getpass
import json
import uuid
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from cli import output
from cli.broker import connected
from cli.reason import checked_reason
from local import context
from local.context import Context
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import MatchingControl
from proto.wardwatch.v1.replication import MatcherPresence
from proto.wardwatch.v1.subjects import SiteId, site_id
from services.chassis.bus import Bus
from services.chassis.errors import NotStored, StartupError

_HALT_SECONDS: Final = 1.0

app = typer.Typer(help="Stop and resume matching at a site.", no_args_is_help=True)

Site = Annotated[str, typer.Option("--site", help="The site.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in 3 to 500 characters; it is recorded.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("stop")
def stop(reason: Reason, site: Site = "h1") -> None:
    """Stop matching: no face at the site is compared with the watchlist until it is resumed."""
    _set(site, reason, stopped=True)


@app.command("resume")
def resume(reason: Reason, site: Site = "h1") -> None:
    """Resume matching at the site."""
    _set(site, reason, stopped=False)


@app.command("status")
def status(site: Site = "h1", as_json: AsJson = False) -> None:
    """Say whether matching runs at the site, and who said so."""
    last = asyncio.run(read(context.load(), _site(site)))
    if as_json:
        facts = {"site": site, "stopped": bool(last and last.stopped)}
        by = {"account": last.account, "reason": last.reason, "at": last.at.isoformat()} if last else {}
        output.document(json.dumps({**facts, **by}))
    elif last is None:
        output.line(f"matching runs at {site}; it was never stopped")
    else:
        word = "is STOPPED" if last.stopped else "runs"
        output.line(f"matching {word} at {site}, by {last.account} at {last.at:%Y-%m-%d %H:%M:%S} UTC: {last.reason}")


async def send(here: Context, control: MatchingControl) -> None:
    """Publish *control* behind what holds now; returns when the broker has stored it.

    Raises NotStored; for a stop its text names the matchers that follow it all the same. Raises NoAnswer.
    """
    async with connected(here) as bus:
        control = control.behind(await _newest(bus, control.site))
        # At once, whatever the broker can store.
        reached = await _halt(bus, control) if control.stopped else []
        try:
            await bus.publish_owed(subjects.control(control.site), control.encode(), message_id=control.control_id)
        except NotStored as error:
            if not reached:
                raise
            raise NotStored(
                f"matching at {control.site} is stopped on {', '.join(reached)}, and this is NOT STORED: a matcher that"
                f" starts now would match; repeat it when the broker stores again ({error})"
            ) from error


async def _halt(bus: Bus, control: MatchingControl) -> list[str]:
    """Tell every matcher by itself; returns the names of those that follow."""
    answers = await bus.ask_all(subjects.HALT.pattern, control.encode(), within_seconds=_HALT_SECONDS, expected=0)
    return sorted(MatcherPresence.decode(answer).name for answer in answers if answer)


async def read(here: Context, site: SiteId) -> MatchingControl | None:
    """What was said last about *site*, or None when nothing was."""
    async with connected(here) as bus:
        return await _newest(bus, site)


async def _newest(bus: Bus, site: SiteId) -> MatchingControl | None:
    held = await bus.all_of(subjects.CONTROL_STREAM.name, subjects.control(site))
    controls = [MatchingControl.decode(each.payload) for each in held if not each.forged]
    return max(controls, key=lambda each: each.order, default=None)


def _set(site: str, reason: str, *, stopped: bool) -> None:
    why = checked_reason(reason)
    account = getpass.getuser()
    control = MatchingControl(str(uuid.uuid4()), _site(site), stopped, account, why, datetime.now(UTC))
    asyncio.run(send(context.load(), control))
    output.line(f"matching at {site} is {'stopped' if stopped else 'resumed'}")


def _site(text: str) -> SiteId:
    try:
        return site_id(text)
    except ValueError as error:
        raise StartupError(str(error)) from error
