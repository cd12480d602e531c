"""One listed person at one site, seen and judged: by the product on PostgreSQL, with the ledger in memory beside it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol, TypeVar
from uuid import UUID, uuid4

from proto.wardwatch.v1.messages import PersonSighted
from proto.wardwatch.v1.roles import Role
from proto.wardwatch.v1.subjects import EntryId
from services.alerts.accounts.holder import Holder
from services.alerts.database import Row
from services.alerts.handler import RecordSighting
from services.alerts.incidents.crops import Shredder
from services.alerts.incidents.ledger import PostgresLedger
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.review import Outcome, Verdict, VerdictRefused
from services.alerts.incidents.store import Answerer, Incidents
from services.chassis.telemetry import Meters
from tests import servers
from tests.contract import clock
from tests.contract.clock import TimedDatabase
from tests.crops import MemoryCrops
from tests.ledgers import MemoryLedger

T = TypeVar("T")


class World(Protocol):
    """What can happen to one person, and what can be asked. A picture is the id of its sighting."""

    @property
    def person(self) -> EntryId:
        """Whom the sightings must be of."""

    async def see(self, sighting: PersonSighted, *, now: datetime) -> None:
        """Record a sighting by that clock."""

    async def judge(self, incident: UUID, guard: int, verdict: Verdict, *, now: datetime) -> None:
        """The verdict of guard 0 or 1. Raises VerdictRefused."""

    async def outcomes(self) -> list[tuple[UUID, Outcome | None]]:
        """Of all incidents, in the order in which they were raised."""

    async def rings(self) -> list[UUID]:
        """The incidents that phones were told of, in that order."""

    async def where(self) -> dict[str, UUID | None]:
        """In which incident each sighting is; None: it waits."""

    async def tracks(self, incident: UUID) -> frozenset[UUID]:
        """What an incident was raised for; of a decided one, what was judged."""

    async def shown(self, incident: UUID) -> str | None:
        """The sighting whose picture reviewers see."""


@dataclass
class RecordedWorld:
    """The product's ledger, incidents and events, asked about one person; times are passed in."""

    store: TimedDatabase
    guards: list[Answerer]
    person: EntryId = field(default_factory=lambda: EntryId(str(uuid4())))
    policy: EvidencePolicy = field(default_factory=EvidencePolicy)
    crops: MemoryCrops = field(default_factory=MemoryCrops)
    # What somebody could have copied from the database: sealed faces by their sighting.
    copied: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def of(cls, database: servers.Database, policy: EvidencePolicy) -> AsyncIterator["RecordedWorld"]:
        """Open, with two guards who are signed in."""
        guards = [await clock.answerer(database, name) for name in ("li", "ana")]
        async with TimedDatabase.of(database) as store:
            yield cls(store, guards, policy=policy)

    async def see(self, sighting: PersonSighted, *, now: datetime) -> None:
        ledger = PostgresLedger(self.store, clock=clock.at(now))
        await RecordSighting(ledger, self.crops.seal, self.policy, Meters())(sighting)
        for row in await self._faces():
            self.copied.setdefault(row["sighting_id"], row["picture"])

    async def judge(self, incident: UUID, guard: int, verdict: Verdict, *, now: datetime) -> None:
        await self.store.set_clock(now)
        await Incidents(self.store, self.policy).review(incident, self.guards[guard], verdict)
        await self.nothing_that_was_deleted_can_be_opened()

    async def outcomes(self) -> list[tuple[UUID, Outcome | None]]:
        rows = await self._ask("select id, outcome from alerts.incident where entry_id = $1 order by number")
        return [(row["id"], None if row["outcome"] is None else Outcome(row["outcome"])) for row in rows]

    async def rings(self) -> list[UUID]:
        rows = await self._ask(
            """
            select incident_id from alerts.event e join alerts.incident i on i.id = e.incident_id
            where e.kind = 'raised' and i.entry_id = $1 order by e.id
            """
        )
        return [row["incident_id"] for row in rows]

    async def where(self) -> dict[str, UUID | None]:
        rows = await self._ask("select sighting_id, incident_id from alerts.sighting where entry_id = $1")
        return {row["sighting_id"]: row["incident_id"] for row in rows}

    async def tracks(self, incident: UUID) -> frozenset[UUID]:
        async with self.store.transaction() as connection:
            found = await connection.fetchval("select tracks from alerts.incident where id = $1", incident)
        return frozenset(found or ())

    async def shown(self, incident: UUID) -> str | None:
        # Somebody else each time, whom no pace of looking holds back.
        looker = Holder(uuid4(), "li", Role.GUARD, datetime.now(UTC))
        picture = await Incidents(self.store, self.policy, open_crop=self.crops.open).picture(incident, looker)
        return None if picture is None else picture.decode()

    async def nothing_that_was_deleted_can_be_opened(self) -> None:
        """Whatever copy there is of a face that the record has let go of, and whatever is kept can be seen."""
        await Shredder(self.store, self.crops.destroy, Meters())()
        kept = {row["sighting_id"] for row in await self._faces()}
        for sighting, sealed in self.copied.items():
            assert (await self.crops.open(sighting, sealed) is not None) is (sighting in kept)

    async def _faces(self) -> Sequence[Row]:
        return await self._ask(
            "select sighting_id, picture from alerts.sighting where entry_id = $1 and picture is not null"
        )

    async def _ask(self, query: str) -> Sequence[Row]:
        async with self.store.transaction() as connection:
            return await connection.fetch(query, self.person)


@dataclass
class Twins:
    """The product and the ledger in memory: what either says, the other says too."""

    recorded: RecordedWorld
    memory: MemoryLedger

    @classmethod
    def of(cls, recorded: RecordedWorld) -> "Twins":
        """Both about a person whom nobody has seen."""
        person = EntryId(str(uuid4()))
        fresh = replace(recorded, person=person, crops=MemoryCrops(), copied={})
        return cls(fresh, MemoryLedger(datetime.now(UTC), person, policy=recorded.policy))

    @property
    def person(self) -> EntryId:
        return self.recorded.person

    async def see(self, sighting: PersonSighted, *, now: datetime) -> None:
        for world in (self.recorded, self.memory):
            await world.see(sighting, now=now)

    async def judge(self, incident: UUID, guard: int, verdict: Verdict, *, now: datetime) -> None:
        with suppress(VerdictRefused):
            await self.memory.judge(incident, guard, verdict, now=now)
        await self.recorded.judge(incident, guard, verdict, now=now)

    async def outcomes(self) -> list[tuple[UUID, Outcome | None]]:
        return _same(await self.recorded.outcomes(), await self.memory.outcomes())

    async def rings(self) -> list[UUID]:
        return _same(await self.recorded.rings(), await self.memory.rings())

    async def where(self) -> dict[str, UUID | None]:
        return _same(await self.recorded.where(), await self.memory.where())

    async def tracks(self, incident: UUID) -> frozenset[UUID]:
        return _same(await self.recorded.tracks(incident), await self.memory.tracks(incident))

    async def shown(self, incident: UUID) -> str | None:
        return _same(await self.recorded.shown(incident), await self.memory.shown(incident))


def _same(recorded: T, remembered: T) -> T:
    assert recorded == remembered
    return recorded
