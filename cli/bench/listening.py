"""Alerts of the load's own site as a page gets them, while a load runs that shows somebody who is listed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cli import desk_client
from cli.bench.histograms import durations
from cli.bench.measures import Alerts
from cli.demo.events import Alert, alerts
from cli.watchlist.desk_requests import of
from local.context import Context
from proto.wardwatch.v1.entries import EntryView
from proto.wardwatch.v1.subjects import SiteId
from services.chassis.errors import StartupError


class Heard:
    """What came, growing while a page is open."""

    def __init__(self) -> None:
        self.alerts: list[Alert] = []

    def measured(self) -> Alerts:
        """Durations of those that stand for a frame."""
        dated = [(each, each.captured_at) for each in self.alerts if each.captured_at is not None]
        to_sighting = [each.stages_ms["matched"] / 1000 for each, _ in dated if "matched" in each.stages_ms]
        to_page = [(each.received_at - captured).total_seconds() for each, captured in dated]
        return Alerts(len(self.alerts), durations(to_sighting), durations(to_page))


@asynccontextmanager
async def heard(here: Context, account: str, site: SiteId) -> AsyncIterator[Heard]:
    """Hear what a page of *account* gets of *site* until left."""
    found = Heard()

    async def listen(events: AsyncIterator[Alert]) -> None:
        async for each in events:
            if each.site == site:
                found.alerts.append(each)

    async with alerts(here.alerts_url, here.token(account)) as events:
        task = asyncio.create_task(listen(events))
        try:
            yield found
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def check_entry(here: Context, account: str, entry: str, site: SiteId) -> None:
    """Raises StartupError unless *entry* matches at *site* now; Refusal when *account* may not see it."""
    async with desk_client.opened(here, account) as desk:
        found = await desk.read(EntryView, "show_entry", target=of(entry))
    if found.state != "active":
        raise StartupError(f"entry {entry} is {found.state}, so it cannot be sighted")
    if found.sites and site not in found.sites:
        raise StartupError(f"entry {entry} does not match at {site}; list a person of your own for it: --sites {site}")
