"""Which cameras are expected, in the database: read by every replica, written where something is new."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import structlog

from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.alerts.database import Database, StoreAway
from services.alerts.state.cameras import Camera, CameraWatch, Remembered
from services.chassis.owed import pause
from services.chassis.tasks import beat

log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 3.0
# How far the time of a camera's last frame may be behind in the database.
_BEHIND_US: Final = 60_000_000
_US: Final = 1e6


@dataclass(frozen=True, slots=True)
class CameraStore:
    """Access as role ``wardwatch_alerts``. Each raises StoreAway."""

    database: Database

    async def all(self) -> list[Remembered]:
        """Every camera that ever sent. Times are by the database's clock, so durations are what it tells."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                """
                select site, camera, expected, gap_seconds,
                    extract(epoch from now() - last_seen_at)::float8 as silent,
                    extract(epoch from now() - unexpected_at)::float8 as unexpected
                from alerts.camera
                """
            )
        return [
            Remembered(
                Place(site_id(row["site"]), camera_id(row["camera"])),
                row["expected"],
                max(0, round(row["silent"] * _US)),
                round(row["gap_seconds"] * _US),
                None if row["unexpected"] is None else max(0, round(row["unexpected"] * _US)),
            )
            for row in rows
        ]

    async def saw(self, cameras: Iterable[tuple[Camera, int]]) -> None:
        """These sent so many microseconds ago; one that was not expected and has sent since is expected again."""
        values = [
            (each.place.site, each.place.camera, silent_us / _US, each.gap_us / _US) for each, silent_us in cameras
        ]
        async with self.database.transaction() as connection:
            await connection.executemany(
                """
                insert into alerts.camera as c (site, camera, last_seen_at, gap_seconds)
                values ($1, $2, now() - make_interval(secs => $3), $4)
                on conflict (site, camera) do update set
                    last_seen_at = greatest(c.last_seen_at, excluded.last_seen_at), gap_seconds = excluded.gap_seconds,
                    expected = true, unexpected_by = null, unexpected_at = null
                """,
                values,
            )

    async def expect(self, place: Place, account: str, *, expected: bool) -> bool:
        """Note whether *place* is missed when it is silent; False when no such camera is known."""
        async with self.database.transaction() as connection:
            changed = await connection.fetchval(
                """
                update alerts.camera set expected = $3,
                    unexpected_by = case when $3 then null else $4 end,
                    unexpected_at = case when $3 then null else now() end
                where site = $1 and camera = $2 returning true
                """,
                place.site,
                place.camera,
                expected,
                account,
            )
        return bool(changed)


@dataclass(slots=True)
class RememberedCameras:
    """Keeps *watch* and the database alike. ``clock_us`` is the clock of the watch."""

    store: CameraStore
    watch: CameraWatch
    clock_us: Callable[[], int]

    async def run(self, stop: asyncio.Event) -> None:
        """Read and write until *stop*; while the database is away what is known in memory holds."""
        while not stop.is_set():
            beat()
            try:
                await self.compare()
            except StoreAway as error:
                log.debug("cameras cannot be read", reason=str(error))
            await pause(stop, _EVERY_SECONDS)

    async def compare(self) -> None:
        """Once. Raises StoreAway."""
        rows = await self.store.all()
        now_us = self.clock_us()
        self.watch.read(rows, now_us)
        unexpected = {row.place for row in rows if not row.expected}
        known = {row.place: now_us - row.silent_us for row in rows}
        new = [each for each in self.watch.cameras if each.expected and self._is_news(each, known, unexpected)]
        if new:
            await self.store.saw([(each, each.silent_us(now_us)) for each in new])

    async def expect(self, place: Place, account: str, *, expected: bool) -> bool:
        """Note whether *place* is missed; False when nobody knows such a camera. Raises StoreAway."""
        known = await self.store.expect(place, account, expected=expected)
        if not known:
            await self.compare()  # it may have sent a moment ago
            known = await self.store.expect(place, account, expected=expected)
        if known:
            self.watch.expect(place, self.clock_us(), expected=expected)
        return known

    def _is_news(self, each: Camera, known: dict[Place, int], unexpected: set[Place]) -> bool:
        if each.sight is None:
            return False
        at_us = known.get(each.place)
        return at_us is None or each.place in unexpected or each.last_us - at_us > _BEHIND_US
