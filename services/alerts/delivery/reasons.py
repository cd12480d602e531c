"""What keeps alerts from reaching people: a source of the one answer whether alerts are working."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from proto.wardwatch.v1.subjects import SiteId
from services.alerts.database import Database, StoreAway
from services.alerts.state.reasons import Reason, Working
from services.chassis.owed import pause
from services.chassis.tasks import beat

log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 2.0
# The service looks four times a second; the pulse is written once a second.
_SILENT_SECONDS: Final = 8
_UNKNOWN_SECONDS: Final = 10
_MICRO: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Health:
    """What the record says of deliveries, all times by its clock."""

    now: datetime
    looked_at: datetime
    dead_letters: int
    push_failing_since: datetime | None
    late_since: datetime | None
    sites_with_phones: frozenset[str]


@dataclass(slots=True)
class DeliveryReasons:
    """Reads the record every two seconds; a Source. *sites* are those whose alerts somebody must be rung for."""

    database: Database
    sites: Callable[[], frozenset[SiteId]]
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
        """What keeps alerts from reaching people, worst first."""
        if self._health is None or abs(now_us - self._read_us) > _UNKNOWN_SECONDS * _MICRO:
            return [Reason("delivery_unknown", Working.DEGRADED)]
        return of_health(self._health, self.sites())

    async def _read(self) -> Health:
        async with self.database.transaction() as connection:
            row = await connection.fetchrow("select watchlist.present() as now, * from delivery.health")
        assert row is not None, "it has one row"
        return Health(
            row["now"],
            row["looked_at"],
            row["dead_letters"],
            row["push_failing_since"],
            row["late_since"],
            frozenset(row["sites_with_phones"]),
        )


def of_health(health: Health, sites: frozenset[SiteId]) -> list[Reason]:
    """The reasons that *health* gives. Open pages ring without any of it, so nothing here is a plain no."""
    found: list[Reason] = []
    if (silent := _seconds(health.now, health.looked_at)) > _SILENT_SECONDS:
        found.append(Reason("delivery_silent", Working.DEGRADED, parameters={"seconds": silent}))
    if health.late_since is not None:
        late = _seconds(health.now, health.late_since)
        found.append(Reason("delivery_late", Working.DEGRADED, parameters={"seconds": late}))
    found += [
        Reason("nobody_on_duty_rings", Working.DEGRADED, site)
        for site in sorted(sites)
        if site not in health.sites_with_phones
    ]
    if health.push_failing_since is not None:
        failing = _seconds(health.now, health.push_failing_since)
        found.append(Reason("push_failing", Working.DEGRADED, parameters={"seconds": failing}))
    if health.dead_letters:
        found.append(Reason("webhook_dead_letters", Working.DEGRADED, parameters={"count": health.dead_letters}))
    return found


def _seconds(now: datetime, since: datetime) -> int:
    """At most so many as a reason can hold: a service that never looked has done so for ever."""
    return min(round((now - since).total_seconds()), 10**9) if since.year > 1 else 10**9
