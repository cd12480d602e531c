"""Phones, duty, channels, rules and what became of messages, as people read and set them.

What is set is set by functions of the record, for the holder of a token: they refuse what the role or the site is not
for, whatever this service says (docs/adr/0074).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from proto.wardwatch.v1.delivery import (
    Arranged,
    ChannelRequest,
    ChannelView,
    DeliveryView,
    Medium,
    Occasion,
    OnDuty,
    Path,
    Rule,
    RuleView,
    SiteDelivery,
    SubscriptionState,
    Zone,
    ZoneView,
)
from services.alerts.database import Database, Row, present

Kind = Literal["channel", "zone", "rule", "site"]

_MOST_DELIVERIES: Final = 500
_PREVIEWED: Final = timedelta(hours=24)
_VIEW: Final = """
    select d.id, d.incident_id, d.site, d.kind, d.path, a.name as account, d.target, d.state, d.reason, d.attempts,
        d.due_at, d.sent_at, d.shown_at, d.opened_at, d.answered_at
    from delivery.delivery d left join accounts.account a on a.id = d.account_id
"""
_OF_SITES: Final = "($1::text[] is null or site is null or site = any($1))"

Sites = Collection[str] | None


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone as its page describes it."""

    endpoint: str
    p256dh: bytes
    auth: bytes
    device: str
    origin: str


@dataclass(frozen=True, slots=True)
class DeliveryStore:
    """Schema ``delivery``, as the role of the alerts service may use it. Every method raises StoreAway."""

    database: Database
    time_zone: ZoneInfo

    async def subscribe(self, token: str, phone: Phone) -> bool:
        """False when the session is over, or not for answering alerts."""
        return await self._call(
            "subscribe", token, phone.endpoint, phone.p256dh, phone.auth, phone.device, phone.origin
        )

    async def unsubscribe(self, token: str) -> None:
        """Forget the session's phone."""
        await self._call("unsubscribe", token)

    async def subscription(self, token: str) -> SubscriptionState:
        """Of the session's phone."""
        async with self.database.transaction() as connection:
            row = await connection.fetchrow("select * from delivery.subscribed($1)", token)
        return SubscriptionState(subscribed=False) if row is None else SubscriptionState(subscribed=True, **dict(row))

    async def test_phone(self, token: str, delivery: UUID) -> bool:
        """Have a test pushed to the session's phone; False when it has none."""
        return await self._call("test_phone", token, delivery, "test")

    async def note_receipt(self, delivery: UUID, digest: bytes, state: str) -> bool:
        """False when nobody got such a message."""
        return await self._call("note_receipt", delivery, digest, state)

    async def roster(self, sites: Sites) -> list[OnDuty]:
        """Who is on duty, in the order in which they came."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                f"select * from delivery.on_duty where {_OF_SITES} order by site, since, name",  # noqa: S608
                _array(sites),
            )
        return [
            OnDuty(
                site=row["site"],
                account=row["name"],
                role=row["role"],
                since=row["since"],
                phones=row["phones"],
                proven_at=row["proven_at"],
            )
            for row in rows
        ]

    async def set_duty(self, token: str, account: str | None, site: str, *, on: bool) -> bool:
        """False when that account cannot be on duty there, or it is not for the holder of the token to say."""
        return await self._call("set_duty", token, account, site, on)

    async def arrange(
        self,
        token: str,
        kind: Kind,
        name: str,
        site: str | None,
        document: BaseModel | None,
        sealed: bytes | None = None,
    ) -> bool:
        """Set what is arranged under *name*; no document takes it away. False: not for the holder of the token."""
        text = None if document is None else document.model_dump_json()
        return await self._call("arrange", token, kind, name, site, text, sealed)

    async def site_of(self, kind: Kind, name: str) -> tuple[str | None] | None:
        """The site of what is arranged under *name*; None when nothing is."""
        async with self.database.transaction() as connection:
            row = await connection.fetchrow(
                "select site from delivery.arrangement where kind = $1 and name = $2 and removed_at is null", kind, name
            )
        return None if row is None else (row["site"],)

    async def channels(self, sites: Sites) -> list[ChannelView]:
        """Channels of *sites*, by name."""
        return [
            ChannelView(
                name=row["name"],
                site=row["site"],
                changed_at=row["changed_at"],
                changed_by=row["changed_by_name"],
                **_KeptChannel.model_validate_json(row["document"]).model_dump(include={"medium", "host", "paused"}),
            )
            for row in await self._arrangements(sites, "channel")
        ]

    async def arranged(self, sites: Sites) -> Arranged:
        """Rules and zones of *sites*."""
        return Arranged(
            rules=[
                RuleView(name=row["name"], rule=Rule.model_validate_json(row["document"]))
                for row in await self._arrangements(sites, "rule")
            ],
            zones=[
                ZoneView(name=row["name"], zone=Zone.model_validate_json(row["document"]))
                for row in await self._arrangements(sites, "zone")
            ],
            shows_place=[
                row["name"]
                for row in await self._arrangements(sites, "site")
                if SiteDelivery.model_validate_json(row["document"]).shows_place
            ],
        )

    async def pause_channel(self, token: str, name: str, *, paused: bool) -> bool:
        """Let a channel rest, or use it again; False when there is none for the holder of the token."""
        return await self._call("pause_channel", token, name, paused)

    async def test_channel(self, token: str, name: str, delivery: UUID) -> bool:
        """Have a test sent by a channel; False when there is none for the holder of the token."""
        return await self._call("test_channel", token, name, delivery)

    async def occasions(self, sites: Sites) -> list[Occasion]:
        """The alerts of the last 24 hours as rules see them."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                f"""
                select i.site, i.cameras, c.category, i.entered_at from alerts.incident i
                left join watchlist.alert_card c on c.entry_id = i.entry_id::text
                where {_OF_SITES} and i.entered_at > $2
                """,  # noqa: S608 - a constant
                _array(sites),
                await present(connection) - _PREVIEWED,
            )
        return [self._occasion(row["site"], row["cameras"], row["category"], row["entered_at"]) for row in rows]

    async def of_incident(self, incident: UUID) -> list[DeliveryView]:
        """What was sent of an incident, in the order in which it was due."""
        return await self._deliveries("where d.incident_id = $1 order by d.due_at, d.id", incident)

    async def one(self, delivery: UUID, sites: Sites) -> DeliveryView | None:
        """One message of *sites*, or a test."""
        found = await self._deliveries(
            "where d.id = $1 and ($2::text[] is null or d.site = any($2) or d.kind = 'test') limit $3",
            delivery,
            _array(sites),
            1,
        )
        return found[0] if found else None

    async def dead_letters(self, sites: Sites) -> list[DeliveryView]:
        """Messages of *sites* that were given up, latest first."""
        return await self._deliveries(
            "where d.state = 'dead' and ($1::text[] is null or d.site = any($1)) order by d.due_at desc limit $2",
            _array(sites),
            _MOST_DELIVERIES,
        )

    async def send_again(self, token: str, delivery: UUID) -> bool:
        """False when it is no dead letter of the token's holder."""
        return await self._call("send_again", token, delivery)

    def _occasion(self, site: str, cameras: Sequence[str], category: str | None, at: datetime) -> Occasion:
        return Occasion(site, frozenset(cameras), category, at.astimezone(self.time_zone))

    async def _call(self, function: str, *arguments: object) -> bool:
        places = ", ".join(f"${number}" for number in range(1, len(arguments) + 1))
        async with self.database.transaction() as connection:
            return bool(await connection.fetchval(f"select delivery.{function}({places})", *arguments))

    async def _arrangements(self, sites: Sites, kind: Kind) -> list[Row]:
        async with self.database.transaction() as connection:
            return await connection.fetch(
                f"""
                select name, site, document::text, changed_at, changed_by_name from delivery.arrangement
                where {_OF_SITES} and kind = $2 and removed_at is null order by name
                """,  # noqa: S608 - a constant
                _array(sites),
                kind,
            )

    async def _deliveries(self, which: str, *arguments: object) -> list[DeliveryView]:
        async with self.database.transaction() as connection:
            return [_view(row) for row in await connection.fetch(_VIEW + which, *arguments)]


class _KeptChannel(BaseModel):
    """A channel in the record: what may be shown, and by which way it leads."""

    medium: Medium
    path: Path
    host: str
    paused: bool = False


def kept_channel(channel: ChannelRequest, host: str) -> BaseModel:
    """What the record keeps of a channel unsealed."""
    return _KeptChannel(medium=channel.medium, path=channel.medium.path, host=host)


def _view(row: Row) -> DeliveryView:
    is_channel = row["path"] in (Path.NTFY, Path.CHAT, Path.WEBHOOK)
    return DeliveryView(
        id=row["id"],
        incident=row["incident_id"],
        site=row["site"],
        kind=row["kind"],
        path=Path(row["path"]),
        account=row["account"],
        channel=row["target"] if is_channel else None,
        state=row["state"],
        reason=row["reason"],
        attempts=row["attempts"],
        due_at=row["due_at"],
        sent_at=row["sent_at"],
        shown_at=row["shown_at"],
        opened_at=row["opened_at"],
        answered_at=row["answered_at"],
    )


def _array(sites: Sites) -> list[str] | None:
    return None if sites is None else sorted(sites)
