"""A hospital's record and the parts of its delivery service, for tests that move the clock."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from services.chassis.delivery_keys import DeliveryKeys, DeliveryPublic, Target, public_text
from services.chassis.telemetry import Meters
from services.delivery import web_push
from services.delivery.core import Pace
from services.delivery.database import Database
from services.delivery.delivery_store import DeliveryStore, Due
from services.delivery.handler import Paths, SendDeliveries
from services.delivery.ladder import ClimbLadders
from services.delivery.ladder_store import LadderStore
from services.delivery.messages import Message
from services.delivery.outcome import Result, Taken
from services.delivery.ways import WatchWays
from services.delivery.ways_store import WaysStore
from tests import servers
from tests.contract import acts, clock
from tests.contract.acts import Person
from tests.receivers import TestPhone

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

BEGAN: Final = datetime(2027, 1, 4, 3, 0, tzinfo=UTC)  # a Monday, 11:00 in Shanghai
LEASE: Final = timedelta(seconds=40)
KEYS: Final = DeliveryKeys.new()
PUBLIC: Final = DeliveryPublic.parse(
    public_text(web_push.point(web_push.private_key(KEYS.vapid)), KEYS.sealing_public())
)


@dataclass
class Way:
    """Takes messages and remembers them; answers as the test says."""

    taken: list[Message] = field(default_factory=list)
    answer: Result = field(default_factory=Taken)

    async def send(self, message: Message, *_where: object) -> Result:
        self.taken.append(message)
        return self.answer


class Asking(WatchWays):
    """Remembers whom it asked."""

    def __init__(self, ways: WaysStore, answer: Result) -> None:
        super().__init__(ways, self.answering, lambda: 0.0)
        self.asked: list[str] = []
        self._answer = answer

    async def answering(self, url: str) -> Result:
        self.asked.append(url)
        return self._answer


@dataclass
class Ward:
    """One hospital: its record, and a replica of the delivery service that works when the test says so."""

    database: servers.Database
    delivery: Database
    alerts: "Connection"
    owner: "Connection"
    ways: Mapping[str, Way]
    meters: Meters = field(default_factory=Meters)
    now: datetime = BEGAN

    @property
    def deliveries(self) -> DeliveryStore:
        return DeliveryStore(self.delivery, KEYS, LEASE)

    @property
    def ladder(self) -> ClimbLadders:
        return ClimbLadders(LadderStore(self.delivery, ZoneInfo("Asia/Shanghai")), Pace(), self.meters)

    @property
    def sender(self) -> SendDeliveries:
        return SendDeliveries(self.deliveries, Paths(**self.ways), self.meters, "https://ward.lan", "en")

    def ways_watch(self, answer: Result) -> "Asking":
        """Asks every other side, each of which answers like that."""
        return Asking(WaysStore(self.delivery, KEYS, ["push.lan"]), answer)

    async def wait(self, seconds: float) -> None:
        """Let time pass on the record's clock."""
        self.now += timedelta(seconds=seconds)
        await clock.set_clock(self.database.owner, self.now)

    async def work(self) -> list[Due]:
        """Look at every alert, send all that is due, and look again at what came of it."""
        await self.ladder.look_at_all()
        due = await self.deliveries.take(100)
        for each in due:
            await self.sender.send(each)
        await self.ladder.look_at_all()
        return due

    async def person(self, name: str, role: str = "guard", *, phone: bool = True, on_duty: bool = True) -> Person:
        """Somebody who is signed in; who came on duty first is rung first."""
        await self.wait(1)
        made = await acts.account(self.owner, name, role)
        await acts.sign_in(self.alerts, made)
        if phone:
            assert await self.subscribe(made)
        if on_duty:
            assert await self.alerts.fetchval("select delivery.set_duty($1, null, 'h1', true)", acts.token(made))
        return made

    async def subscribe(self, who: Person, endpoint: str = "") -> bool:
        phone = TestPhone()
        subscribed: bool = await self.alerts.fetchval(
            "select delivery.subscribe($1, $2, $3, $4, 'phone', 'https://ward.lan')",
            acts.token(who),
            endpoint or f"https://push.lan/{who.name}",
            phone.p256dh,
            phone.auth,
        )
        return subscribed

    async def arrange(self, who: Person, kind: str, name: str, document: object, address: str = "") -> bool:
        sealed = PUBLIC.seal(Target(address, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")) if address else None
        arranged: bool = await self.alerts.fetchval(
            "select delivery.arrange($1, $2, $3, 'h1', $4::jsonb, $5)",
            acts.token(who),
            kind,
            name,
            None if document is None else json.dumps(document),
            sealed,
        )
        return arranged

    async def raise_alert(self) -> UUID:
        return await acts.raise_incident(self.alerts, reviewers=2)

    async def rows(self, path: str = "push") -> list[asyncpg.Record]:
        return list(await self.owner.fetch("select * from delivery.delivery where path = $1 order by due_at, id", path))


@asynccontextmanager
async def ward(database: servers.Database, *, ways: Mapping[str, Way] | None = None) -> AsyncIterator[Ward]:
    """A hospital whose record's clock stands at BEGAN until the test moves it."""
    await clock.set_clock(database.owner, BEGAN)
    kept = {name: Way() for name in ("push", "ntfy", "chat", "webhook", "nats")} | dict(ways or {})
    alerts, owner = await asyncpg.connect(database.alerts), await asyncpg.connect(database.superuser)
    try:
        async with Database.open(database.delivery, None, connections=4) as delivery:
            yield Ward(database, delivery, alerts, owner, kept)
    finally:
        await alerts.close()
        await owner.close()
