"""What keeps alerts from reaching people: sources of the one answer whether alerts are working (docs/adr/0085)."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from proto.wardwatch.v1.delivery import Path
from proto.wardwatch.v1.replicas import Pages
from proto.wardwatch.v1.subjects import SiteId
from services.alerts.database import Database, StoreAway
from services.alerts.state.reasons import Reason, Working
from services.chassis.owed import pause
from services.chassis.tasks import beat

log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 1.0
# The service looks four times a second; the pulse is written once a second.
_SILENT_SECONDS: Final = 6
_UNKNOWN_SECONDS: Final = 10
_MICRO: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Failing:
    """A way that takes no messages: a channel by its name, or a push service by its host. Of no site: of every one."""

    path: Path
    name: str
    site: SiteId | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """What the record says of deliveries, all times by its clock. Phones are those of people on duty that ring."""

    now: datetime
    looked_at: datetime
    dead_letters: int
    push_failing_since: datetime | None
    late_since: datetime | None
    sites_with_phones: frozenset[SiteId]
    failing: tuple[Failing, ...] = ()


@dataclass(slots=True)
class DeliveryReasons:
    """Reads the record every second; a Source."""

    database: Database
    now_us: Callable[[], int]
    _health: Health | None = None
    _read_us: int = field(default=0)

    async def run(self, stop: asyncio.Event) -> None:
        """Read until *stop*."""
        while not stop.is_set():
            beat()
            try:
                self._health = await self._read()
                self._read_us = self.now_us()
            except StoreAway as error:
                log.debug("how deliveries stand is not known", reason=str(error))
            await pause(stop, _EVERY_SECONDS)

    def reasons(self, now_us: int) -> Sequence[Reason]:
        """What keeps messages from leaving the house, worst first."""
        health = self._known(now_us)
        return [Reason("delivery_unknown", Working.DEGRADED)] if health is None else of_health(health)

    def rung(self, now_us: int) -> frozenset[SiteId]:
        """The sites where somebody on duty has a phone that rings: it has shown what was pushed to it."""
        health = self._known(now_us)
        return frozenset() if health is None or _silent_seconds(health) is not None else health.sites_with_phones

    def _known(self, now_us: int) -> Health | None:
        return self._health if abs(now_us - self._read_us) <= _UNKNOWN_SECONDS * _MICRO else None

    async def _read(self) -> Health:
        async with self.database.transaction() as connection:
            row = await connection.fetchrow("select watchlist.present() as now, * from delivery.health")
            failing = await connection.fetch("select path, name, site, since from delivery.failing order by path, name")
        assert row is not None, "it has one row"
        return Health(
            row["now"],
            row["looked_at"],
            row["dead_letters"],
            row["push_failing_since"],
            row["late_since"],
            frozenset(map(SiteId, row["sites_with_phones"])),
            tuple(
                Failing(Path(each["path"]), each["name"], each["site"] and SiteId(each["site"]), each["since"])
                for each in failing
            ),
        )


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether somebody is rung at each of *sites*: an open page that answers drills rings, and so may a phone.

    *pages* are None before any drill: until then the line is not proven, and that is another source's to say.
    """

    sites: Callable[[int], Collection[SiteId]]
    pages: Callable[[SiteId], Pages | None]
    rung: Callable[[int], Collection[SiteId]]

    def reasons(self, now_us: int) -> Sequence[Reason]:
        """The sites where nobody is."""
        rung = self.rung(now_us)
        asked = {site: self.pages(site) for site in sorted(self.sites(now_us)) if site not in rung}
        return [_unreached(site, pages) for site, pages in asked.items() if pages is not None and not pages.ringing]


def of_health(health: Health) -> list[Reason]:
    """The reasons that *health* gives. Open pages ring without any of it, so nothing here is a plain no."""
    found: list[Reason] = []
    if (silent := _silent_seconds(health)) is not None:
        found.append(Reason("delivery_silent", Working.DEGRADED, parameters={"seconds": silent}))
    if health.late_since is not None:
        late = _seconds(health.now, health.late_since)
        found.append(Reason("delivery_late", Working.DEGRADED, parameters={"seconds": late}))
    found += [_failing(each, health.now) for each in health.failing]
    if health.push_failing_since is not None:
        failing = _seconds(health.now, health.push_failing_since)
        found.append(Reason("push_failing", Working.DEGRADED, parameters={"seconds": failing}))
    if health.dead_letters:
        found.append(Reason("webhook_dead_letters", Working.DEGRADED, parameters={"count": health.dead_letters}))
    return found


def _failing(each: Failing, now: datetime) -> Reason:
    seconds = _seconds(now, each.since)
    if each.path is Path.PUSH:
        return Reason("push_service_away", Working.DEGRADED, None, {"host": each.name, "seconds": seconds})
    return Reason("channel_failing", Working.DEGRADED, each.site, {"channel": each.name, "seconds": seconds})


def _unreached(site: SiteId, pages: Pages) -> Reason:
    if pages.open:
        return Reason("line_unanswered", Working.DEGRADED, site, {"pages": pages.open})
    return Reason("nobody_on_duty_rings", Working.DEGRADED, site)


def _silent_seconds(health: Health) -> int | None:
    silent = _seconds(health.now, health.looked_at)
    return silent if silent > _SILENT_SECONDS else None


def _seconds(now: datetime, since: datetime) -> int:
    """At most so many as a reason can hold: a service that never looked has done so for ever."""
    return min(round((now - since).total_seconds()), 10**9) if since.year > 1 else 10**9
