"""The ways out that can be asked whether anybody is there, as the record has them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from proto.wardwatch.v1.delivery import Path, is_push_service
from services.chassis.delivery_keys import DeliveryKeys
from services.delivery import failing
from services.delivery.database import Database, Row
from services.delivery.failing import Way, host_of

_ASKED: Final = frozenset({Path.NTFY, Path.WEBHOOK})


@dataclass(frozen=True, slots=True)
class Known:
    """Each way with where its other side is, None where it cannot be asked; and which of them fail, each with why."""

    ways: Mapping[Way, str | None]
    failing: Mapping[Way, str]


@dataclass(slots=True)
class WaysStore:
    """Channels that are arranged, and the push services of phones that may be woken. Each method raises StoreAway."""

    database: Database
    keys: DeliveryKeys = field(repr=False)
    hosts: Sequence[str]  # push services that phones may subscribe with
    _opened: dict[bytes, str | None] = field(default_factory=dict, repr=False)

    async def read(self) -> Known:
        """As they are now."""
        async with self.database.transaction() as connection:
            endpoints = await connection.fetch("select distinct endpoint from delivery.phone")
            channels = await connection.fetch(
                """
                select name, document ->> 'path' as path, sealed_target from delivery.arrangement
                where kind = 'channel' and removed_at is null and sealed_target is not null
                """
            )
            rows = await connection.fetch("select path, name, reason from delivery.failing")
        pushed = {host_of(row["endpoint"]) for row in endpoints if is_push_service(row["endpoint"], self.hosts)}
        ways: dict[Way, str | None] = {Way(Path.PUSH, host): f"https://{host}/" for host in pushed}
        ways |= await asyncio.to_thread(self._channels, channels)
        return Known(ways, {Way(Path(row["path"]), row["name"]): row["reason"] for row in rows})

    async def note(self, failed: Iterable[tuple[Way, str]], over: Iterable[Way]) -> None:
        """Keep what was found out."""
        async with self.database.transaction() as connection:
            await failing.note(connection, failed)
            await failing.over(connection, over)

    def _channels(self, rows: Iterable[Row]) -> Mapping[Way, str | None]:
        found = {Way(Path(row["path"]), row["name"]): row["sealed_target"] for row in rows}
        self._opened = {sealed: self._opened.get(sealed) or self._origin(sealed) for sealed in found.values()}
        return {way: self._opened[sealed] if way.path in _ASKED else None for way, sealed in found.items()}

    def _origin(self, sealed: bytes) -> str | None:
        """Where the other side is, without what is secret of its address."""
        try:
            address = self.keys.open_target(sealed).address
        except ValueError:
            return None
        scheme, host = address.partition("://")[0], host_of(address)
        return f"{scheme}://{host}/" if host and scheme in ("http", "https") else None
