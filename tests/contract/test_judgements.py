"""What matchers are told of verdicts: the walk that was judged, and what is taken back (ADR 91)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from proto.wardwatch.v1.roles import Role
from proto.wardwatch.v1.shields import SightingsJudged
from proto.wardwatch.v1.subjects import EntryId, SiteId
from services.alerts.accounts.holder import Holder
from services.alerts.handler import RecordSighting
from services.alerts.incidents.judgements import Judgement, Judgements
from services.alerts.incidents.ledger import PostgresLedger
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.review import Verdict
from services.alerts.incidents.store import Answerer, Incidents
from services.chassis.telemetry import Meters
from tests import servers
from tests.contract import clock
from tests.contract.clock import TimedDatabase
from tests.crops import CROPS
from tests.fakes import FakeBus, eventually
from tests.sightings import Track, sighted

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = EvidencePolicy()


class Ward:
    """One listed person at one site, two guards, and what matchers are told."""

    def __init__(self, store: TimedDatabase, guards: list[Answerer]) -> None:
        self.store, self.guards, self.person = store, guards, uuid4()
        self.told: list[Judgement] = []
        self.incidents = Incidents(store, POLICY, self.told.append, CROPS.open)

    async def see(self, track: Track | None, *, seconds: float, similarity: float = 0.7) -> str:
        at = NOON + timedelta(seconds=seconds)
        sighting = sighted(at, self.person, similarity=similarity, track=track, picture=b"jpeg")
        await RecordSighting(PostgresLedger(self.store, clock=clock.at(at)), CROPS.seal, POLICY, Meters())(sighting)
        return sighting.sighting_id

    async def judge(self, *verdicts: Verdict) -> UUID:
        await self.store.set_clock(NOON + timedelta(minutes=1))
        (incident,) = await self.incidents.page(limit=10, before=None)
        for guard, verdict in zip(self.guards, verdicts, strict=False):
            await self.incidents.review(incident.id, guard, verdict)
        return incident.id

    async def correct(self, guard: int, verdict: Verdict, *, minute: int) -> None:
        await self.store.set_clock(NOON + timedelta(minutes=minute))
        (incident,) = await self.incidents.page(limit=10, before=None)
        who = self.guards[guard]
        holder = Holder(who.account_id, f"guard {guard}", Role.GUARD, NOON + timedelta(days=1))
        await self.incidents.correct(incident.id, who, holder, verdict, author="", reason="")


@pytest.fixture
async def ward(database: servers.Database) -> AsyncIterator[Ward]:
    async with TimedDatabase.of(database) as store:
        yield Ward(store, [await clock.answerer(database, name) for name in ("li", "ana")])


async def test_a_rejected_walk_is_named_by_its_sightings(ward: Ward) -> None:
    track = Track(NOON, "gate")
    names = [await ward.see(track, seconds=n) for n in (1, 2, 3)]

    incident = await ward.judge(Verdict.NOT_SAME, Verdict.NOT_SAME)

    (told,) = ward.told
    assert told.site == "h1"
    assert (told.judged.incident_id, told.judged.entry_id, told.judged.wrong) == (incident, str(ward.person), True)
    assert list(told.judged.sighting_ids) == names


async def test_nobody_is_told_before_enough_people_agree(ward: Ward) -> None:
    await ward.see(Track(NOON, "gate"), seconds=1)

    await ward.judge(Verdict.NOT_SAME)

    assert ward.told == []


@pytest.mark.parametrize("verdict", [Verdict.SAME, Verdict.CANNOT_TELL])
async def test_what_is_not_rejected_shields_nobody(ward: Ward, verdict: Verdict) -> None:
    await ward.see(Track(NOON, "gate"), seconds=1)

    await ward.judge(verdict, verdict)

    assert ward.told == []


async def test_a_face_that_was_not_followed_shields_nobody(ward: Ward) -> None:
    await ward.see(None, seconds=1)

    await ward.judge(Verdict.NOT_SAME, Verdict.NOT_SAME)

    assert ward.told == []


async def test_a_correction_takes_back_and_another_one_says_it_again(ward: Ward) -> None:
    await ward.see(Track(NOON, "gate"), seconds=1)
    incident = await ward.judge(Verdict.NOT_SAME, Verdict.NOT_SAME)

    await ward.correct(0, Verdict.SAME, minute=2)
    await ward.correct(0, Verdict.NOT_SAME, minute=3)

    assert [each.judged.wrong for each in ward.told] == [True, False, True]
    assert ward.told[1].judged.sighting_ids == ()
    assert {each.judged.incident_id for each in ward.told} == {incident}
    moments = [each.judged.at_us for each in ward.told]
    assert moments == sorted(set(moments))


async def test_a_judgement_is_said_a_few_times_and_the_newest_alone() -> None:
    bus, meters, stop = FakeBus(), Meters(), asyncio.Event()
    judgements = Judgements(meters, every_seconds=0.001)
    old, new = (SightingsJudged(UUID(int=1), EntryId("e1"), (), False, at_us) for at_us in (1, 2))
    judgements.offer(Judgement(SiteId("h1"), old))
    judgements.offer(Judgement(SiteId("h1"), new))

    saying = asyncio.create_task(judgements.run(bus.publish, stop))
    await eventually(lambda: len(bus.published) >= 5)
    stop.set()
    await saying

    assert {each.subject for each in bus.published} == {"judged.h1"}
    assert [SightingsJudged.decode(each.payload) for each in bus.published] == [new] * 5
