"""Deliveries that are due: taken by lease, so that no two replicas send one, and noted when they are sent or not."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from proto.wardwatch.v1.delivery import Kind, Path
from services.chassis.delivery_keys import DeliveryKeys, Target
from services.delivery import failing
from services.delivery.database import Connection, Database, Row
from services.delivery.failing import Way, host_of
from services.delivery.outcome import UNANSWERED
from services.delivery.web_push import Phone


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that is this replica's to send until its lease ends. ``attempt`` is 1 the first time."""

    id: UUID
    incident: UUID | None
    kind: Kind
    path: Path
    site: str
    target: str
    attempt: int
    due_at: datetime
    camera: str
    shows_place: bool
    origin: str
    phone: Phone | None  # None: it is no push, or the phone is gone
    channel: Target | None = field(repr=False)  # None: it is none, is gone, or cannot be opened


# Whose rows these are: the messages of a lease that has ended are sent again, by anybody.
_TAKE: Final = """
    with clock as materialized (select watchlist.present() as now)
    update delivery.delivery as d set leased_until = clock.now + $2, attempts = attempts + 1
    from clock where d.id in (
        select w.id from delivery.delivery as w, clock as c
        where w.state = 'waiting' and w.next_at <= c.now and (w.leased_until is null or w.leased_until < c.now)
        order by w.next_at limit $1 for update of w skip locked
    )
    returning d.id, d.incident_id, d.kind, d.path, d.site, d.target, d.attempts, d.due_at
"""


@dataclass(frozen=True, slots=True)
class DeliveryStore:
    """The table of deliveries, as the sender uses it."""

    database: Database
    keys: DeliveryKeys = field(repr=False)
    lease: timedelta

    async def take(self, most: int) -> list[Due]:
        """Up to *most* deliveries that are due and nobody else's. Raises StoreAway."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(_TAKE, most, self.lease)
            if not rows:
                return []
            await connection.executemany(
                "update delivery.delivery set receipt_sha256 = $2 where id = $1",
                [(row["id"], self.keys.receipt_sha256(row["id"])) for row in rows if row["path"] == Path.PUSH],
            )
            places = await _places(connection, rows)
            phones = await _phones(connection, rows)
            sealed = await _sealed(connection, rows)
        targets = await asyncio.to_thread(self._opened, sealed)
        return [self._due(row, places, phones, targets) for row in rows]

    def _opened(self, sealed: Mapping[str, bytes]) -> Mapping[str, Target]:
        opened: dict[str, Target] = {}
        for name, content in sealed.items():
            try:
                opened[name] = self.keys.open_target(content)
            except ValueError:
                continue
        return opened

    def _due(
        self,
        row: Row,
        places: Mapping[UUID, tuple[str, bool]],
        phones: Mapping[str, tuple[Phone, str]],
        targets: Mapping[str, Target],
    ) -> Due:
        path = Path(row["path"])
        camera, shows_place = places.get(row["incident_id"], ("", False))
        phone, origin = phones.get(row["target"], (None, "")) if path is Path.PUSH else (None, "")
        return Due(
            row["id"], row["incident_id"], row["kind"], path, row["site"], row["target"], row["attempts"],
            row["due_at"], camera, shows_place, origin, phone,
            None if path in (Path.PUSH, Path.NATS) else targets.get(row["target"]),
        )  # fmt: skip

    async def note_taken(self, due: Due) -> None:
        """The other side has it, also where it was cancelled meanwhile: then it must be cleared. Raises StoreAway."""
        async with self.database.transaction() as connection:
            await connection.execute(
                """
                update delivery.delivery set state = 'sent', reason = '', leased_until = null,
                    sent_at = coalesce(sent_at, watchlist.present())
                where id = $1 and state in ('waiting', 'cancelled')
                """,
                due.id,
            )
            await self._tell_ladder(connection, due)
            await failing.over(connection, [way_of(due)])
            if due.phone is not None:
                await connection.execute("select delivery.note_phone($1::text::uuid, false)", due.target)

    async def note_unsure(self, due: Due, reason: str, wait: timedelta) -> None:
        """It is tried again after *wait*, unless the lease is somebody else's by now. Raises StoreAway."""
        async with self.database.transaction() as connection:
            await connection.execute(
                """
                update delivery.delivery set reason = $2, leased_until = null, next_at = watchlist.present() + $3
                where id = $1 and state = 'waiting' and attempts = $4
                """,
                due.id,
                reason,
                wait,
                due.attempt,
            )
            await _note_failing(connection, due, reason)
            if due.phone is not None and reason not in UNANSWERED:
                await connection.execute("select delivery.note_phone($1::text::uuid, true)", due.target)

    async def note_failed(self, due: Due, reason: str, *, phone_is_gone: bool = False) -> None:
        """It is not tried again by itself; what is owed to another system becomes a dead letter. Raises StoreAway."""
        state = "dead" if due.path is Path.WEBHOOK else "failed"
        async with self.database.transaction() as connection:
            await connection.execute(
                """
                update delivery.delivery set state = $3, reason = $2, leased_until = null
                where id = $1 and state = 'waiting' and attempts = $4
                """,
                due.id,
                reason,
                state,
                due.attempt,
            )
            await self._tell_ladder(connection, due)
            await _note_failing(connection, due, reason)
            if due.phone is not None and reason not in UNANSWERED:
                gone = "drop_phone($1::text::uuid)" if phone_is_gone else "note_phone($1::text::uuid, true)"
                await connection.execute(f"select delivery.{gone}", due.target)

    async def forget(self) -> None:
        """Delete what was told long ago. Raises StoreAway."""
        async with self.database.transaction() as connection:
            await connection.execute("select delivery.forget()")

    async def _tell_ladder(self, connection: Connection, due: Due) -> None:
        """Who could not be reached costs nobody time, and what was sent too late is cleared."""
        if (
            due.incident is not None
            and due.kind in ("raised", "reopened")
            and due.path not in (Path.NATS, Path.WEBHOOK)
        ):
            await connection.execute("insert into delivery.outbox (incident_id) values ($1)", due.incident)


def way_of(due: Due) -> Way:
    """By which way it goes: of a phone the host of its push service."""
    return Way(due.path, due.target if due.phone is None else host_of(due.phone.endpoint))


async def _note_failing(connection: Connection, due: Due, reason: str) -> None:
    """A push service fails that does not answer; what it says of one phone is the phone's."""
    if due.path in (Path.NTFY, Path.CHAT, Path.WEBHOOK) or (due.phone is not None and reason in UNANSWERED):
        await failing.note(connection, [(way_of(due), reason)])


async def _places(connection: Connection, rows: Sequence[Row]) -> Mapping[UUID, tuple[str, bool]]:
    found = await connection.fetch(
        """
        select i.id, i.last_camera, coalesce((a.document ->> 'shows_place')::boolean, false) as shows_place
        from delivery.incident i
        left join delivery.arrangement a on a.kind = 'site' and a.name = i.site and a.removed_at is null
        where i.id = any($1::uuid[])
        """,
        [row["incident_id"] for row in rows],
    )
    return {row["id"]: (row["last_camera"], row["shows_place"]) for row in found}


async def _phones(connection: Connection, rows: Sequence[Row]) -> Mapping[str, tuple[Phone, str]]:
    found = await connection.fetch(
        "select id::text, endpoint, p256dh, auth, origin from delivery.phone where id::text = any($1::text[])",
        [row["target"] for row in rows if row["path"] == Path.PUSH],
    )
    return {row["id"]: (Phone(row["endpoint"], row["p256dh"], row["auth"]), row["origin"]) for row in found}


async def _sealed(connection: Connection, rows: Sequence[Row]) -> Mapping[str, bytes]:
    found = await connection.fetch(
        """
        select name, sealed_target from delivery.arrangement
        where kind = 'channel' and removed_at is null and sealed_target is not null and name = any($1::text[])
            and (name = any($2::text[]) or not coalesce((document ->> 'paused')::boolean, false))
        """,
        [row["target"] for row in rows if row["path"] not in (Path.PUSH, Path.NATS)],
        # What is paused can be tried all the same.
        [row["target"] for row in rows if row["kind"] == "test"],
    )
    return {row["name"]: row["sealed_target"] for row in found}
