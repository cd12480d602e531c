"""What page, command line and delivery service agree on: channels, zones, rules, and which alert a rule is for.

The models are those of the HTTP interface; the delivery service reads the same documents from the record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import Field, field_validator, model_validator

from proto.wardwatch.v1.json_models import RequestModel, ResponseModel, Token

# Where browsers of phones have their messages pushed. Anything else is no push service but somebody's own address.
PUSH_HOSTS: Final = (
    "fcm.googleapis.com,updates.push.services.mozilla.com,*.push.services.mozilla.com,web.push.apple.com,"
    "*.push.apple.com,*.notify.windows.com"
)
_MOST_NAMES: Final = 100

# What a message says of its alert: reopened and corrected come of a verdict that was corrected, withdrawn is told where
# somebody went to an alert that was rejected or ended.
Kind = Literal["raised", "reopened", "answered", "closed", "withdrawn", "corrected", "test"]

Names = Annotated[list[Token], Field(max_length=_MOST_NAMES)]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["22:00"])]


class Path(StrEnum):
    """Ways by which a message leaves the house, or the machine."""

    PUSH = "push"  # Web Push, to a phone
    NTFY = "ntfy"  # a topic of an ntfy server, as a rule on the hospital's network
    CHAT = "chat"  # WeCom, DingTalk, Feishu or mail
    WEBHOOK = "webhook"  # another system, by Standard Webhooks
    NATS = "nats"  # another system, by this broker
    NOBODY = "nobody"  # there was no way at all


class Medium(StrEnum):
    """What kind of channel people set up."""

    NTFY = "ntfy"
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"
    MAIL = "mail"
    WEBHOOK = "webhook"

    @property
    def path(self) -> Path:
        """The way that messages by it take."""
        match self:
            case Medium.NTFY:
                return Path.NTFY
            case Medium.WEBHOOK:
                return Path.WEBHOOK
            case _:
                return Path.CHAT


# How the address of each begins; those of chats are apprise's.
SCHEMES: Final[Mapping[Medium, tuple[str, ...]]] = {
    Medium.NTFY: ("https", "http"),
    Medium.WEBHOOK: ("https", "http"),
    Medium.WECOM: ("wecombot",),
    Medium.DINGTALK: ("dingtalk",),
    Medium.FEISHU: ("feishu",),
    Medium.MAIL: ("mailtos", "mailto"),
}


class ChannelRequest(RequestModel):
    """A channel. ``address`` holds its password where it has one, and is never shown again; no site: for all sites."""

    site: Token | None = None
    medium: Medium
    address: str = Field(
        min_length=8, max_length=1000, pattern=r"^[!-~]+$", examples=["http://ntfy.lan/ward", "wecombot://KEY"]
    )
    token: str = Field(
        default="", max_length=500, pattern=r"^[!-~]*$", description="Of an ntfy server that asks for one."
    )

    @model_validator(mode="after")
    def _has_a_scheme_of_its_medium(self) -> Self:
        scheme, _, rest = self.address.partition("://")
        if scheme not in SCHEMES[self.medium] or not rest:
            raise ValueError(f"the address of {self.medium} begins with {' or '.join(SCHEMES[self.medium])}://")
        return self


class Zone(RequestModel):
    """A named set of cameras of one site."""

    site: Token
    cameras: Names = Field(min_length=1)


class Rule(RequestModel):
    """For which alerts which channels are used, and how people on duty are rung. What is empty or null is any.

    Days are 1 (Monday) to 7, of the hospital's time zone; hours from 22:00 to 06:00 belong to the day they begin on.
    """

    site: Token | None = None
    categories: Names = Field(default_factory=list)
    zones: Names = Field(default_factory=list)
    days: list[Annotated[int, Field(ge=1, le=7)]] = Field(default_factory=list, max_length=7)
    begins: Clock | None = None
    ends: Clock | None = None
    channels: Names = Field(default_factory=list)
    people: Literal["in_turn", "at_once"] = Field(
        default="in_turn", description="How phones of those on duty are rung."
    )

    @field_validator("days")
    @classmethod
    def _each_day_once(cls, days: list[int]) -> list[int]:
        return sorted(set(days))

    @model_validator(mode="after")
    def _hours_have_two_ends(self) -> Self:
        if (self.begins is None) != (self.ends is None):
            raise ValueError("hours have a beginning and an end")
        return self


class SiteDelivery(RequestModel):
    """What a message may say that leaves the house: the place, or nothing but that there is an alert."""

    shows_place: bool


@dataclass(frozen=True, slots=True)
class Occasion:
    """An alert as a rule sees it. ``at`` is in the hospital's time zone; no category: it is not known any more."""

    site: str
    cameras: frozenset[str]
    category: str | None
    at: datetime


def applies(rule: Rule, zones: Mapping[str, Zone], occasion: Occasion) -> bool:
    """Whether *rule* is for this alert. A category that is not known is any: an alert is told rather once too often."""
    return (
        rule.site in (None, occasion.site)
        and (not rule.categories or occasion.category is None or occasion.category in rule.categories)
        and (not rule.zones or any(_within(zones.get(name), occasion) for name in rule.zones))
        and _is_time(rule, occasion.at)
    )


def _within(zone: Zone | None, occasion: Occasion) -> bool:
    return zone is not None and zone.site == occasion.site and not occasion.cameras.isdisjoint(zone.cameras)


def _is_time(rule: Rule, at: datetime) -> bool:
    days = rule.days or range(1, 8)
    if rule.begins is None or rule.ends is None:
        return at.isoweekday() in days
    begins, ends, now = time.fromisoformat(rule.begins), time.fromisoformat(rule.ends), at.time()
    if begins < ends:
        return at.isoweekday() in days and begins <= now < ends
    before = at.isoweekday() - 1 or 7
    return (at.isoweekday() in days and now >= begins) or (before in days and now < ends)


def push_hosts(text: str) -> tuple[str, ...]:
    """Hosts written with commas between them, ``*.`` in front for any below it; of no text the known push services."""
    return tuple(part.strip().lower() for part in (text or PUSH_HOSTS).split(",") if part.strip())


def is_push_service(endpoint: str, hosts: Sequence[str]) -> bool:
    """Whether *endpoint* is an https address of one of the push services *hosts*; ``host:port`` where that is meant."""
    try:
        parts = urlsplit(endpoint)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return False
    if parts.scheme != "https" or parts.username is not None or not host:
        return False
    named = host if port in (None, 443) else f"{host}:{port}"
    return any(named == known or (known.startswith("*.") and named.endswith(known[1:])) for known in hosts)


# --- what is asked and answered


class Subscription(RequestModel):
    """A phone that may be woken: what the browser's push manager gives, in base64url, and what people call it."""

    endpoint: str = Field(max_length=1000, pattern=r"^https://[!-~]+$")
    p256dh: str = Field(max_length=100, pattern=r"^[A-Za-z0-9_-]+=*$")
    auth: str = Field(max_length=40, pattern=r"^[A-Za-z0-9_-]+=*$")
    device: str = Field(default="", max_length=100, pattern=r"^[^\x00-\x1f]*$")


class SubscriptionState(ResponseModel):
    """Whether this session's phone can be woken: subscribed, and when it last showed what was pushed."""

    subscribed: bool
    device: str | None = None
    proven_at: datetime | None = None
    failing_since: datetime | None = None


class PushKey(ResponseModel):
    """The public key of this installation's pushes (VAPID), base64url."""

    public_key: str


class Receipt(RequestModel):
    """A phone says what became of a message; ``receipt`` came with it."""

    delivery: UUID
    receipt: str = Field(min_length=20, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")
    state: Literal["shown", "opened"]


class DutyRequest(RequestModel):
    """On or off duty at a site; a keeper may say it of another account."""

    site: Token
    on: bool
    account: str | None = Field(default=None, max_length=64)


class OnDuty(ResponseModel):
    """Somebody on duty: signed in, and has said so."""

    site: str
    account: str
    role: str
    since: datetime
    phones: int = Field(description="Phones that may be woken.")
    proven_at: datetime | None = Field(description="When one of them last showed what was pushed.")


class Roster(ResponseModel):
    """Who is on duty at the account's sites; the first is rung first."""

    on_duty: list[OnDuty]


class PauseRequest(RequestModel):
    """Whether a channel rests: then nothing but tests goes by it."""

    paused: bool


class ChannelView(ResponseModel):
    """A channel without its address; ``host`` says where it leads."""

    name: str
    site: str | None
    medium: Medium
    host: str
    paused: bool
    changed_at: datetime
    changed_by: str


class Channels(ResponseModel):
    """The channels of the account's sites."""

    channels: list[ChannelView]


class ChannelKept(ResponseModel):
    """A channel that was set; the secret that its webhooks are signed with is shown this once."""

    name: str
    secret: str | None = None


class ZoneView(ResponseModel):
    """A zone by its name."""

    name: str
    zone: Zone


class RuleView(ResponseModel):
    """A rule by its name."""

    name: str
    rule: Rule


class Arranged(ResponseModel):
    """Rules and zones of the account's sites, and what each site lets out."""

    rules: list[RuleView]
    zones: list[ZoneView]
    shows_place: list[str] = Field(description="Sites whose messages say the place.")


class Preview(ResponseModel):
    """How often a rule would have rung within the last 24 hours, and of how many alerts."""

    rung: int
    alerts: int


class Tested(ResponseModel):
    """A test that was asked for; its receipts say what became of it."""

    delivery: UUID


class DeliveryView(ResponseModel):
    """One message by one path, and how far it came. ``target`` is a channel, ``account`` whose phone it is."""

    id: UUID
    incident: UUID | None
    site: str
    kind: Kind
    path: Path
    account: str | None
    channel: str | None
    state: Literal["waiting", "sent", "failed", "dead", "cancelled"]
    reason: str
    attempts: int
    due_at: datetime
    sent_at: datetime | None
    shown_at: datetime | None
    opened_at: datetime | None
    answered_at: datetime | None


class Deliveries(ResponseModel):
    """Messages, in the order in which they were due."""

    deliveries: list[DeliveryView]
