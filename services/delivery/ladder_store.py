"""What a look at a ladder reads from the record, and what it writes there: one transaction for each alert."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from pydantic import BaseModel, ValidationError

from proto.wardwatch.v1.delivery import Path, Rule, Zone
from services.delivery.core import Alert, Channel, Person, Plan, Round, Situation, Told
from services.delivery.database import Connection, Database, Row

log = structlog.get_logger(__name__)

_MOST_TAKEN: Final = 200

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Look:
    """An alert that is looked at, alone over all replicas, until the transaction ends."""

    connection: Connection
    incident: UUID
    situation: Situation | None  # None: there is no such alert any more
    now: datetime

    async def write(self, made: Plan) -> None:
        """Keep what was planned."""
        if self.situation is None:
            return
        alert = self.situation.alert
        rows = [
            (
                s.id,
                alert.id,
                alert.site,
                s.kind,
                s.path.value,
                s.account,
                s.target,
                s.due_at,
                self.now,
                *_begins(s.path),
            )
            for s in made.steps
        ]
        await self.connection.executemany(
            """
            insert into delivery.delivery (
                id, incident_id, site, kind, path, account_id, target, due_at, next_at, state, reason
            ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing
            """,
            rows,
        )
        if made.cancelled:
            await self.connection.execute(
                "update delivery.delivery set state = 'cancelled' where id = any($1::uuid[]) and state = 'waiting'",
                [*made.cancelled],
            )
        await self.connection.execute(
            """
            update delivery.delivery set answered_at = $4
            where incident_id = $1 and answered_at is null and sent_at is not null and (
                kind = 'raised' and account_id = any($2::uuid[]) or kind = 'reopened' and account_id = any($3::uuid[])
            )
            """,
            alert.id,
            [*alert.told_by, *filter(None, [alert.responder])],
            [*alert.told_since] if alert.round is not None else [],
            self.now,
        )
        if made.look_again_at is None:
            await self.end()
        else:
            await self.connection.execute(
                "update delivery.ladder set next_at = $2 where incident_id = $1", self.incident, made.look_again_at
            )

    async def end(self) -> None:
        """Nothing more is planned until the alert changes."""
        await self.connection.execute("delete from delivery.ladder where incident_id = $1", self.incident)


@dataclass(frozen=True, slots=True)
class LadderStore:
    """Alerts that must be looked at."""

    database: Database
    time_zone: ZoneInfo

    async def take_changes(self) -> None:
        """Have every alert that changed looked at; and say that somebody looks. Raises StoreAway."""
        async with self.database.transaction() as connection:
            await connection.execute(
                """
                with gone as (
                    delete from delivery.outbox where id in (
                        select id from delivery.outbox order by id limit $1 for update skip locked
                    ) returning incident_id
                )
                insert into delivery.ladder as l (incident_id, next_at)
                select g.incident_id, watchlist.present() from (select distinct incident_id from gone) as g
                on conflict (incident_id) do update set next_at = least(l.next_at, excluded.next_at)
                """,
                _MOST_TAKEN,
            )
            await connection.execute(
                """
                update delivery.pulse set at = watchlist.present()
                where at not between watchlist.present() - interval '1 second' and watchlist.present()
                """
            )

    @asynccontextmanager
    async def look(self) -> AsyncIterator[Look | None]:
        """The alert that has waited longest for a look; None when none has. Raises StoreAway."""
        async with self.database.transaction() as connection:
            now: datetime = await connection.fetchval("select watchlist.present()")
            incident = await connection.fetchval(
                """
                select incident_id from delivery.ladder where next_at <= $1
                order by next_at limit 1 for update skip locked
                """,
                now,
            )
            if incident is None:
                yield None
                return
            yield Look(connection, incident, await self._situation(connection, incident), now)

    async def _situation(self, connection: Connection, incident: UUID) -> Situation | None:
        row = await connection.fetchrow("select * from delivery.incident where id = $1", incident)
        if row is None:
            return None
        arranged = await connection.fetch(
            """
            select kind, name, document::text from delivery.arrangement
            where removed_at is null and (site is null or site = $1) and kind in ('channel', 'rule', 'zone')
            order by name
            """,
            row["site"],
        )
        told = await connection.fetch("select * from delivery.delivery where incident_id = $1", incident)
        alert, channels = _alert(row), _read(arranged, "channel", _Channel)
        return Situation(
            alert,
            await _people(connection, row["site"]),
            [Channel(name, made.path) for name, made in channels.items() if not made.paused],
            [*_read(arranged, "rule", Rule).values()],
            _read(arranged, "zone", Zone),
            [_told(each) for each in told],
            alert.rings_from.astimezone(self.time_zone),
        )


class _Channel(BaseModel):
    """What the ladder needs of a channel."""

    path: Path
    paused: bool = False


def _read(rows: Sequence[Row], kind: str, model: type[M]) -> Mapping[str, M]:
    """The arrangements of *kind* by name. One that cannot be read is left out: no alert waits for it."""
    found: dict[str, M] = {}
    for row in rows:
        if row["kind"] != kind:
            continue
        try:
            found[row["name"]] = model.model_validate_json(row["document"])
        except ValidationError:
            log.warning("an arrangement cannot be read and is left out", source=kind)
    return found


async def _people(connection: Connection, site: str) -> list[Person]:
    """Those on duty first, in the order in which they came."""
    rows = await connection.fetch(
        """
        select p.account_id, p.role, array_agg(p.id order by p.id) as phones, min(d.since) as since
        from delivery.phone p left join delivery.on_duty d on d.account_id = p.account_id and d.site = $1
        where p.sites is null or $1 = any(p.sites)
        group by p.account_id, p.role order by min(d.since) nulls last, p.account_id
        """,
        site,
    )
    return [
        Person(row["account_id"], row["role"] != "guard", row["since"] is not None, tuple(row["phones"]))
        for row in rows
    ]


def _alert(row: Row) -> Alert:
    return Alert(
        row["id"],
        row["site"],
        frozenset(row["cameras"]),
        row["category"],
        row["entered_at"],
        row["reviewers"],
        row["responder_id"],
        frozenset(row["reviewed_by"]),
        row["outcome"],
        row["is_stopped"],
        Round(row["round"], row["round_began_at"], is_open=row["round_is_open"]) if row["round"] else None,
        frozenset(row["reviewed_since"]),
    )


def _told(row: Row) -> Told:
    return Told(
        row["id"],
        row["kind"],
        Path(row["path"]),
        row["target"],
        row["account_id"],
        row["due_at"],
        row["state"],
        is_begun=row["attempts"] > 0,
        is_shown=row["shown_at"] is not None,
    )


def _begins(path: Path) -> tuple[str, str]:
    """State and reason of a new step."""
    return ("failed", "no_path") if path is Path.NOBODY else ("waiting", "")
