"""Control pairs: what a reviewer may be shown, how seldom, that nobody is told of it, and what is measured (ADR 92)."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID, uuid4

import asyncpg
import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from proto.wardwatch.v1.roles import Role
from services.alerts.accounts.holder import Holder
from services.alerts.database import Unacceptable
from services.alerts.edge.compared import ComparedPairs
from services.alerts.handler import RecordSighting
from services.alerts.incidents.ledger import PostgresLedger
from services.alerts.incidents.policy import EvidencePolicy
from services.alerts.incidents.retention import end_alerts
from services.alerts.incidents.review import Outcome, Verdict, VerdictRefused
from services.alerts.incidents.store import Answerer, Incident, Incidents, NoSuchIncident
from services.alerts.pairs.core import errors
from services.alerts.pairs.store import NoSuchPair, Pairs
from services.chassis.errors import Refusal
from services.chassis.telemetry import Meters
from tests import servers
from tests.contract import clock
from tests.contract.clock import TimedDatabase
from tests.contract.record import Record, keyring
from tests.crops import CROPS
from tests.sightings import sighted

NOON: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY: Final = EvidencePolicy()
# Of every fifty pairs before a reviewer one is a control pair.
BEFORE_ONE: Final = 49
ROLES: Final = {"rio": "reviewer", "sam": "reviewer", "li": "guard", "ana": "supervisor", "kai": "administrator"}

T = TypeVar("T")


@dataclass
class Site:
    """The product's incidents and pairs on one database, with people who are signed in."""

    database: servers.Database
    store: TimedDatabase
    superuser: "asyncpg.Connection[asyncpg.Record]"
    people: dict[str, Answerer]

    @classmethod
    @asynccontextmanager
    async def of(cls, database: servers.Database) -> AsyncIterator["Site"]:
        """Open, with everybody signed in."""
        people = {name: await clock.answerer(database, name, role) for name, role in ROLES.items()}
        superuser = await asyncpg.connect(database.superuser)
        try:
            # Rows that another part of the product would make; its rules are proven elsewhere.
            await superuser.execute("set session_replication_role = replica")
            async with TimedDatabase.of(database) as store:
                yield cls(database, store, superuser, people)
        finally:
            await superuser.close()

    @property
    def pairs(self) -> Pairs:
        return Pairs(self.store)

    @property
    def incidents(self) -> Incidents:
        return Incidents(self.store, POLICY, open_crop=CROPS.open)

    def token(self, name: str) -> str:
        return self.people[name].token

    def holder(self, name: str, role: Role = Role.REVIEWER) -> Holder:
        return Holder(self.people[name].account_id, name, role, NOON + timedelta(days=1))

    async def owner(self, query: str, *values: object) -> list[asyncpg.Record]:
        return list(await self.superuser.fetch(query, *values))

    async def compared(self, name: str, pairs: int) -> None:
        """Somebody has judged so many alerts."""
        await self.owner(
            """
            with made as (
                insert into alerts.incident (id, entry_id, site, raised_at, first_seen_at, last_seen_at, quiet_until,
                    last_camera, cameras, sightings, strong, reviewers, announced_at, outcome, decided_at,
                    takes_sightings)
                select gen_random_uuid(), gen_random_uuid(), 'h1', now(), now(), now(), now() + interval '5 minutes',
                    'gate', '{gate}', 1, true, 2, now(), 'rejected', now(), false from generate_series(1, $2)
                returning id
            ) insert into alerts.review (incident_id, account_id, verdict, at)
            select id, $1, 'not_same', now() from made
            """,
            self.people[name].account_id,
            pairs,
        )

    async def pair(self, *, is_same: bool = False, by: str = "ana") -> UUID:
        name = uuid4()
        await self.pairs.add(self.token(by), name, is_same=is_same, source="consent", grounds="form 17, both signed")
        await self.pairs.set_picture(self.token(by), name, "watchlist", b"one face")
        await self.pairs.set_picture(self.token(by), name, "camera", b"another face")
        return name

    async def shown(self, name: str = "rio") -> UUID | None:
        return await self.pairs.show(self.token(name), uuid4())

    async def see(self, entry: UUID, *, at: datetime = NOON, camera: str = "gate") -> None:
        ledger = PostgresLedger(self.store, clock=clock.at(at))
        await RecordSighting(ledger, CROPS.seal, POLICY, Meters())(
            sighted(at, entry, similarity=0.7, camera=camera, picture=b"jpeg")
        )


@pytest.fixture
async def site(database: servers.Database) -> AsyncIterator[Site]:
    async with Site.of(database) as opened:
        yield opened


async def test_a_reviewer_is_shown_one_in_fifty_at_most(site: Site) -> None:
    for _ in range(3):
        await site.pair()
    await site.compared("rio", BEFORE_ONE - 1)
    assert await site.shown() is None

    await site.compared("rio", 1)
    first = await site.shown()
    assert first is not None
    assert await site.shown() == first  # until it is answered, also on another page
    assert await site.pairs.answer(site.token("rio"), first, Verdict.NOT_SAME)

    assert await site.shown() is None
    await site.compared("rio", BEFORE_ONE)
    assert await site.shown() not in (None, first)


async def test_who_is_no_reviewer_is_shown_none(site: Site) -> None:
    await site.pair()
    for name in ROLES:
        await site.compared(name, BEFORE_ONE)

    assert [name for name in ROLES if await site.shown(name) is not None] == ["rio", "sam"]


async def test_nothing_is_shown_while_an_alert_waits_for_the_reviewer(site: Site) -> None:
    await site.pair()
    await site.compared("rio", BEFORE_ONE)
    await site.see(uuid4(), at=datetime.now(UTC))
    assert await site.shown() is None

    (incident, *_) = await site.incidents.page(limit=1, before=None, only_open=True)
    await site.incidents.review(incident.id, site.people["rio"], Verdict.NOT_SAME)

    assert await site.shown() is not None


async def test_an_administrator_turns_control_pairs_off_and_on(site: Site) -> None:
    await site.pair()
    await site.compared("rio", BEFORE_ONE)
    with pytest.raises(Refusal):
        await site.pairs.use(site.token("ana"), is_on=False)

    await site.pairs.use(site.token("kai"), is_on=False)
    assert await site.shown() is None
    assert (await site.pairs.all())[0] is False
    await site.pairs.use(site.token("kai"), is_on=True)
    assert await site.shown() is not None


async def test_without_a_whole_pair_there_is_none(site: Site) -> None:
    await site.compared("rio", BEFORE_ONE)
    name = uuid4()
    await site.pairs.add(site.token("ana"), name, is_same=True, source="generated", grounds="drawn by tools/faces")
    await site.pairs.set_picture(site.token("ana"), name, "camera", b"a face")

    assert await site.shown() is None
    with pytest.raises(NoSuchPair):
        await site.pairs.set_picture(site.token("ana"), name, "camera", b"another one")
    with pytest.raises(Refusal):
        await site.pairs.add(site.token("rio"), uuid4(), is_same=True, source="consent", grounds="form 18")


async def test_a_pair_is_like_any_other_until_it_is_answered(site: Site) -> None:
    await site.pair(is_same=True)
    await site.compared("rio", BEFORE_ONE)
    name = await site.shown()
    assert name is not None
    compared = ComparedPairs(site.pairs, site.incidents)

    before = await compared.view(site.holder("rio"), name)
    after = await compared.answer(site.holder("rio"), site.token("rio"), name, Verdict.NOT_SAME)

    assert (before.site, before.camera, before.status, before.may_review, before.control) == (
        "h1", "gate", "new", True, None,
    )  # fmt: skip
    assert await compared.picture(site.holder("rio"), name, "watchlist") == b"one face"
    assert after.control is not None
    assert (after.control.same, after.control.right, after.my_verdict) == (True, False, Verdict.NOT_SAME)
    assert await compared.answer(site.holder("rio"), site.token("rio"), name, Verdict.NOT_SAME) == after
    with pytest.raises(VerdictRefused):
        await compared.answer(site.holder("rio"), site.token("rio"), name, Verdict.SAME)
    for other, role in (("sam", Role.REVIEWER), ("ana", Role.SUPERVISOR), ("li", Role.GUARD)):
        with pytest.raises(NoSuchIncident):
            await compared.view(site.holder(other, role), name)


async def test_of_a_removed_pair_only_what_was_measured_stays(site: Site) -> None:
    name = await site.pair()
    await site.compared("rio", BEFORE_ONE)
    await site.compared("sam", BEFORE_ONE)
    mine, theirs = await site.shown("rio"), await site.shown("sam")
    assert mine is not None
    assert theirs is not None
    await site.pairs.answer(site.token("rio"), mine, Verdict.SAME)

    await site.pairs.remove(site.token("ana"), name)

    assert (await site.pairs.all())[1] == []
    assert await site.pairs.picture(site.people["rio"].account_id, mine, "camera") is None
    assert await site.pairs.before(site.people["sam"].account_id, theirs) is None
    found = errors((await site.pairs.answers(None))["rio"])
    assert (found.shown, found.wrong_same.count, found.wrong_same.of) == (1, 1, 1)
    assert set(await site.pairs.answers(site.people["sam"].account_id)) == set()


async def test_a_control_pair_is_no_incident_and_an_incident_no_control_pair(site: Site) -> None:
    await site.pair()
    await site.compared("rio", BEFORE_ONE)
    name = await site.shown()
    owner = await asyncpg.connect(site.database.owner)
    try:
        with pytest.raises(asyncpg.CheckViolationError, match="a control pair is no incident"):
            await owner.execute(
                "insert into alerts.incident (id, entry_id, site, raised_at, first_seen_at, last_seen_at, quiet_until,"
                " last_camera, cameras, sightings, strong, reviewers, announced_at)"
                " values ($1, gen_random_uuid(), 'h1', now(), now(), now(), now() + interval '5 minutes', 'gate',"
                " '{gate}', 1, true, 2, now())",
                name,
            )
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await owner.execute(
                "insert into alerts.review (incident_id, account_id, verdict, at) values ($1, $2, 'same', now())",
                name,
                site.people["rio"].account_id,
            )
        incident = await owner.fetchval("select id from alerts.incident limit 1")
        with pytest.raises(asyncpg.CheckViolationError, match="a control pair is no incident"):
            await owner.execute("update alerts.control_showing set id = $1", incident)
    finally:
        await owner.close()
    with pytest.raises(Unacceptable):
        async with site.store.transaction() as connection:
            await connection.fetchval("select alerts.give_verdict($1, $2, 'same')", name, site.token("li"))


async def test_what_is_done_with_pairs_is_in_the_audit(site: Site) -> None:
    name = await site.pair()
    await site.compared("rio", BEFORE_ONE)
    shown = await site.shown()
    assert shown is not None
    await site.pairs.answer(site.token("rio"), shown, Verdict.CANNOT_TELL)
    await site.pairs.use(site.token("kai"), is_on=False)
    await site.pairs.remove(site.token("ana"), name)

    rows = await site.owner(
        "select actor_name, action from audit.pending where action like 'control.%'"
        " union all select actor_name, action from audit.event where action like 'control.%'"
    )

    assert sorted((row["actor_name"], row["action"]) for row in rows) == [
        ("ana", "control.added"), ("ana", "control.removed"), ("kai", "control.off"), ("rio", "control.answered"),
    ]  # fmt: skip


# -- whatever people do, in whatever order --

_TELLS: Final = """
select 'incident' from alerts.incident where id = $1 union all
select 'event' from alerts.event where incident_id = $1 union all
select 'review' from alerts.review where incident_id = $1 union all
select 'sighting' from alerts.sighting where incident_id = $1 union all
select 'outbox' from delivery.outbox where incident_id = $1 union all
select 'ladder' from delivery.ladder where incident_id = $1 union all
select 'delivery' from delivery.delivery where incident_id = $1
"""


class Ward(RuleBasedStateMachine):
    """``site``, ``record`` and ``runner`` are set by the test; each run has a person of its own."""

    runner: asyncio.Runner
    site: Site
    record: Record
    confirmed = rejected = ended = controls = 0  # what chance brought, over all runs

    def __init__(self) -> None:
        super().__init__()
        # What the last run left open would wait for the reviewers of this one.
        self.run(self.site.owner("update alerts.incident set outcome = 'unresolved' where outcome is null"))
        self.entry = self.run(self.record.active())

    def run(self, asked: Coroutine[object, object, T]) -> T:
        return self.runner.run(asked)

    @rule(camera=st.sampled_from(("gate", "ward")), verdict=st.sampled_from((None, *Verdict)))
    def somebody_is_seen(self, camera: str, verdict: Verdict | None) -> None:
        """And two people agree, or nobody has looked yet."""
        at = datetime.now(UTC) - timedelta(seconds=1)
        self.run(self.site.see(self.entry, at=at, camera=camera))
        if verdict is not None:
            self.judge("rio", verdict)
            self.judge("ana", verdict)
        self.check()

    @rule(who=st.sampled_from(("rio", "sam", "li", "ana")), verdict=st.sampled_from(Verdict))
    def somebody_judges(self, who: str, verdict: Verdict) -> None:
        self.judge(who, verdict)
        self.check()

    @rule(who=st.sampled_from(("rio", "sam", "li", "ana")), verdict=st.sampled_from(Verdict))
    def somebody_corrects(self, who: str, verdict: Verdict) -> None:
        holder = self.site.holder(who, Role(ROLES[who]))
        for incident in self.incidents():
            with suppress(VerdictRefused):
                self.run(
                    self.site.incidents.correct(
                        incident.id, self.site.people[who], holder, verdict, author="", reason=""
                    )
                )
        self.check()

    @rule(who=st.sampled_from(("rio", "sam")), verdict=st.sampled_from((None, *Verdict)))
    def a_reviewer_asks_for_more(self, who: str, verdict: Verdict | None) -> None:
        shown = self.run(self.site.shown(who))
        if shown is not None:
            type(self).controls += 1
            assert not [i for i in self.incidents() if i.case.outcome is None and not self.has_judged(i.id, who)]
            if verdict is not None:
                assert self.run(self.site.pairs.answer(self.site.token(who), shown, verdict))
            assert self.run(self.site.owner(_TELLS, shown)) == []
        self.check()

    @rule()
    def the_person_is_seen_and_erased(self) -> None:
        self.run(self.site.see(self.entry, at=datetime.now(UTC) - timedelta(seconds=1)))
        self.run(self.record.revoke(self.entry))
        self.run(self.record.erase(self.entry))
        self.run(end_alerts(self.site.store, clock.believed))
        for incident in self.incidents():
            assert incident.case.outcome is not None
            assert self.picture(incident.id) is None
        self.check()
        self.entry = self.run(self.record.active())

    def judge(self, who: str, verdict: Verdict) -> None:
        for incident in self.incidents():
            with suppress(VerdictRefused):
                self.run(self.site.incidents.review(incident.id, self.site.people[who], verdict))

    def incidents(self) -> list[Incident]:
        found = self.run(self.site.incidents.page(limit=50, before=None))
        return [incident for incident in found if str(incident.entry_id) == str(self.entry)]

    def has_judged(self, incident: UUID, who: str) -> bool:
        account = self.site.people[who].account_id
        query = "select 1 from alerts.review where incident_id = $1 and account_id = $2"
        return bool(self.run(self.site.owner(query, incident, account)))

    def picture(self, incident: UUID) -> bytes | None:
        # Somebody else each time, whom no pace of looking holds back.
        looker = Holder(uuid4(), "li", Role.GUARD, NOON)
        return self.run(self.site.incidents.picture(incident, looker))

    def check(self) -> None:
        """What must hold after anything."""
        for incident in self.incidents():
            match incident.case.outcome:
                case Outcome.CONFIRMED:
                    said = {r.account_id for r in incident.case.reviews if r.verdict is Verdict.SAME and r.blind}
                    assert len(said) >= 2
                    type(self).confirmed += 1
                case Outcome.REJECTED | Outcome.UNRESOLVED | Outcome.ENDED:
                    assert self.picture(incident.id) is None
                    type(self).rejected += incident.case.outcome is Outcome.REJECTED
                    type(self).ended += incident.case.outcome is Outcome.ENDED
                case None:
                    pass
        (counts,) = self.run(
            self.site.owner(
                "select max(50 * s.shown - s.shown - r.judged) as over from"
                " (select account_id, count(*) as shown from alerts.control_showing group by 1) s join"
                " (select account_id, count(*) as judged from alerts.review group by 1) r using (account_id)"
            )
        )
        assert counts["over"] is None or counts["over"] <= 0


def run_machine(database: servers.Database, *, examples: int, steps: int) -> None:
    """Let chance decide what people do, after each thing happened once."""
    Ward.confirmed = Ward.rejected = Ward.ended = Ward.controls = 0
    with asyncio.Runner() as Ward.runner:
        stack = AsyncExitStack()

        async def open_site() -> None:
            Ward.site = await stack.enter_async_context(Site.of(database))
            Ward.record = await stack.enter_async_context(Record.open(database, keyring()))
            for _ in range(6):
                await Ward.site.pair()
            for who in ("rio", "sam"):
                await Ward.site.compared(who, 6 * BEFORE_ONE)

        Ward.runner.run(open_site())
        try:
            ward = Ward()
            for verdict in Verdict:
                ward.somebody_is_seen("gate", verdict)
                ward.the_person_is_seen_and_erased()
                ward.a_reviewer_asks_for_more("rio", verdict)
            run_state_machine_as_test(
                Ward,
                settings=hypothesis.settings(
                    max_examples=examples,
                    stateful_step_count=steps,
                    deadline=None,
                    database=None,
                    derandomize=True,
                    phases=(hypothesis.Phase.generate,),
                    suppress_health_check=list(hypothesis.HealthCheck),
                ),
            )
        finally:
            Ward.runner.run(stack.aclose())

    # Or this test would prove nothing.
    assert min(Ward.confirmed, Ward.rejected, Ward.ended, Ward.controls) > 0


@pytest.mark.timeout(300)
def test_whatever_people_do_pairs_stay_apart_and_nobody_decides_alone(database: servers.Database) -> None:
    run_machine(database, examples=3, steps=12)
