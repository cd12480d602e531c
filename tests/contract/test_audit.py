"""The audit on a real PostgreSQL: what writes itself, what is refused, and the chain under many hands (S9)."""

import ast
import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

import asyncpg
import pytest

from cli.audit import agreement, guards
from services.chassis.audit_chain import NOTHING, Event, Head, Walk
from tests import servers
from tests.contract import acts
from tests.contract.acts import ANA, LI, MARK, MODEL_SHA256, PROGRAM
from tests.fakes import eventually

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

CHECKOUT: Final = Path(__file__).resolve().parents[2]
SERVICES: Final = CHECKOUT / "services"
# Where the programs of a database role are that may note something by themselves.
NOTING: Final = {
    "wardwatch_import": SERVICES / "watchlist",
    "wardwatch_alerts": SERVICES / "alerts",
    "wardwatch_audit": CHECKOUT / "cli",
    "wardwatch_backup": CHECKOUT / "cli" / "backup",
}
ACTION: Final = re.compile(r"[a-z]+\.[a-z]+(?:_[a-z]+)*")


@dataclass(frozen=True, slots=True)
class Roles:
    """A connection of each role to one database."""

    owner: "Connection"
    desk: "Connection"
    matcher: "Connection"
    alerts: "Connection"
    audit: "Connection"
    superuser: "Connection"

    async def events(self) -> list[Event]:
        """The whole audit."""
        return [Event(*row) for row in await self.audit.fetch("select * from audit.event order by sequence")]

    async def last(self) -> Event:
        """What was chained last."""
        return (await self.events())[-1]

    async def done(self, subject: object) -> list[str]:
        """What was done to one thing, in order."""
        return [event.action for event in await self.events() if event.subject == str(subject)]


@pytest.fixture
async def roles(database: servers.Database) -> AsyncIterator[Roles]:
    urls = (
        database.owner,
        database.importer,
        database.matcher,
        database.alerts,
        database.audit,
        database.superuser,
    )
    opened = [await asyncpg.connect(url) for url in urls]
    yield Roles(*opened)
    for connection in opened:
        await connection.close()


def details(event: Event) -> Mapping[str, object]:
    """What an event says beyond its columns."""
    read = json.loads(event.details)
    assert isinstance(read, dict)
    return read


async def faults(roles: Roles) -> list[str]:
    """What the verification finds, without heads kept elsewhere."""
    walk = Walk({})
    found = [fault for event in await roles.events() for fault in walk.step(event)]
    row = await roles.audit.fetchrow("select sequence, sha256 from audit.chain")
    assert row is not None
    found += walk.end(Head(row["sequence"], row["sha256"]))
    found += await agreement.disagreements(roles.audit)
    return [str(fault) for fault in found]


# --- what writes itself


async def test_every_revision_of_an_entry_is_an_event_that_says_what_was_done(roles: Roles) -> None:
    entry = await acts.draft(roles.desk)
    await acts.change(roles.desk, entry, LI, ", basis = 'decision 18'")
    await acts.submit(roles.desk, entry)
    await acts.approve(roles.desk, entry)
    await acts.move(roles.desk, entry, LI, "suspended")
    await acts.move(roles.desk, entry, LI, "active")
    await acts.change(roles.desk, entry, LI, ", min_similarity = 0.55")
    await acts.request_renewal(roles.desk, entry)
    await acts.renew(roles.desk, entry)
    await acts.move(roles.desk, entry, LI, "revoked")
    await acts.erase(roles.desk, entry)

    assert await roles.done(entry) == [
        "entry.drafted",
        "entry.changed",
        "entry.submitted",
        "entry.approved",
        "entry.suspended",
        "entry.resumed",
        "entry.threshold_set",
        "entry.renewal_asked",
        "entry.renewed",
        "entry.revoked",
        "entry.erased",
        "erasure.ordered",
    ]
    assert await faults(roles) == []


async def test_an_approval_is_recorded_with_list_model_and_threshold(roles: Roles) -> None:
    entry = await acts.active(roles.desk)

    (approval,) = [event for event in await roles.events() if event.action == "entry.approved"]

    assert (approval.actor_id, approval.actor_name, approval.through) == (ANA.id, ANA.name, "wardwatch_import")
    assert (approval.subject_kind, approval.subject) == ("entry", str(entry))
    recorded = details(approval)
    assert recorded["generation"] == await roles.desk.fetchval("select max(number) from watchlist.generation")
    assert (recorded["revision"], recorded["state"], recorded["was"]) == (3, "active", "pending")
    assert (recorded["models"], recorded["min_similarity"], recorded["sites"]) == ([MODEL_SHA256], 0, ["h1"])


async def test_a_change_that_matchers_are_not_told_of_draws_no_generation(roles: Roles) -> None:
    entry = await acts.draft(roles.desk)
    await acts.move(roles.desk, entry, LI, "erased")

    assert (await roles.done(entry))[-1] == "entry.discarded"
    assert await roles.desk.fetchval("select count(*) from watchlist.generation") == 0


async def test_refusing_what_was_put_forward_is_not_called_revoking(roles: Roles) -> None:
    entry = await acts.draft(roles.desk)
    await acts.submit(roles.desk, entry)
    await acts.move(roles.desk, entry, ANA, "revoked")

    assert (await roles.done(entry))[-1] == "entry.refused"


async def test_the_program_marks_an_expired_entry_in_its_own_name(roles: Roles) -> None:
    entry = await acts.draft(roles.desk, lives=timedelta(seconds=2))
    await acts.submit(roles.desk, entry)
    await acts.approve(roles.desk, entry)

    async def marked() -> bool:
        return bool(await roles.matcher.fetchval("select watchlist.expire_due()"))

    await eventually(marked)

    event = await roles.last()
    assert (event.action, event.actor_id, event.actor_name) == ("entry.expired", PROGRAM, "wardwatch")
    assert event.through == "wardwatch_matcher"


async def test_a_photo_is_changed_by_who_changed_its_entry(roles: Roles) -> None:
    entry = await acts.active(roles.desk)
    async with roles.desk.transaction():
        await roles.desk.execute(
            """
            update watchlist.photo set suspended_at = now(), suspended_reason = 'two false alerts' where entry_id = $1
            """,
            entry,
        )
        await acts.change(roles.desk, entry, ANA)

    (event,) = [event for event in await roles.events() if event.action == "photo.suspended"]
    assert (event.actor_id, event.actor_name, event.reason) == (ANA.id, ANA.name, "two false alerts")
    assert details(event) == {"entry": str(entry), "position": 0}


async def test_a_photo_changed_alone_is_changed_by_who_said_to_be_acting(roles: Roles) -> None:
    entry = await acts.draft(roles.desk)
    async with roles.desk.transaction():
        await roles.desk.execute("select audit.acting($1, $2)", ANA.id, ANA.name)
        await roles.desk.execute(
            """
            update watchlist.photo set accepted_findings = '{greyscale}', accepted_reason = 'no better one'
            where entry_id = $1
            """,
            entry,
        )

    event = await roles.last()
    assert (event.action, event.actor_name, event.reason) == ("photo.warnings_accepted", ANA.name, "no better one")
    assert details(event)["findings"] == ["greyscale"]


async def test_who_acted_in_one_transaction_does_not_act_in_the_next(roles: Roles) -> None:
    entry = await acts.draft(roles.desk)
    await roles.desk.execute("update watchlist.photo set suspended_at = now() where entry_id = $1", entry)

    event = await roles.last()
    assert (event.action, event.actor_id, event.actor_name) == ("photo.suspended", None, "wardwatch_import")


async def test_a_likeness_is_an_event_when_decided_not_when_found(roles: Roles) -> None:
    one, other = await acts.draft(roles.desk), await acts.draft(roles.desk)
    await roles.desk.execute(
        "insert into watchlist.likeness (entry_id, other_id, similarity) values ($1, $2, 0.61)", one, other
    )
    before = len(await roles.events())
    await roles.desk.execute(
        """
        update watchlist.likeness set decision = 'different_people', decided_by_id = $2, decided_by_name = $3,
            decided_at = now(), reason = 'ears' where entry_id = $1
        """,
        one,
        ANA.id,
        ANA.name,
    )

    events = await roles.events()
    assert len(events) == before + 1
    assert (events[-1].action, events[-1].actor_name, events[-1].reason) == ("likeness.decided", ANA.name, "ears")
    assert details(events[-1]) == {"other": str(other), "decision": "different_people"}
    assert await faults(roles) == []


async def test_an_import_is_followed_from_its_opening_to_its_end(roles: Roles) -> None:
    batch = uuid4()
    await roles.desk.execute(
        "insert into watchlist.batch (id, purpose, author_id, author_name) values ($1, '{}', $2, $3)",
        batch,
        LI.id,
        LI.name,
    )
    entries = [await acts.draft(roles.desk, batch=batch) for _ in range(2)]
    async with roles.desk.transaction():
        for entry in entries:
            await acts.submit(roles.desk, entry, ANA)
        await roles.desk.execute(
            """
            update watchlist.batch set state = 'committed', committed_at = now(),
                generation = (select max(number) from watchlist.generation) where id = $1
            """,
            batch,
        )

    assert await roles.done(batch) == ["import.opened", "import.committed"]
    committed = await roles.last()
    assert (committed.actor_id, committed.actor_name) == (ANA.id, ANA.name)
    assert details(committed) == {"state": "committed", "entries": 2, "generation": 1}
    assert await faults(roles) == []


async def test_a_named_set_of_sites_is_recorded_with_what_it_was(roles: Roles) -> None:
    for sites in ("{h1}", "{h1,h2}"):
        await roles.desk.execute(
            """
            insert into watchlist.site_group (name, sites, changed_by_id, changed_by_name) values ('north', $1, $2, $3)
            on conflict (name) do update set sites = excluded.sites
            """,
            sites.strip("{}").split(","),
            LI.id,
            LI.name,
        )

    event = await roles.last()
    assert (event.action, event.subject_kind, event.subject) == ("group.set", "group", "north")
    assert details(event) == {"sites": ["h1", "h2"], "was": ["h1"]}
    assert await faults(roles) == []


async def test_an_erasure_is_followed_until_every_matcher_has_signed(roles: Roles) -> None:
    entry = await acts.active(roles.desk)
    await acts.move(roles.desk, entry, LI, "revoked")
    await acts.erase(roles.desk, entry)
    await roles.matcher.execute("update watchlist.erasure set key_destroyed_at = now() where entry_id = $1", entry)
    await roles.matcher.execute("update watchlist.erasure set stream_purged_at = now() where entry_id = $1", entry)
    await roles.matcher.execute(
        """
        insert into watchlist.receipt (entry_id, replica, incarnation, index_generation, released_at)
        values ($1, 'matcher-1', $2, 18, now())
        """,
        entry,
        UUID(int=7),
    )

    assert (await roles.done(entry))[-4:] == [
        "erasure.ordered",
        "erasure.key_destroyed",
        "erasure.stream_purged",
        "erasure.receipt",
    ]
    receipt = details(await roles.last())
    assert (receipt["replica"], receipt["incarnation"], receipt["index_generation"]) == (
        "matcher-1",
        str(UUID(int=7)),
        18,
    )
    assert await faults(roles) == []


async def test_accounts_codes_and_sessions_are_recorded_without_any_digest(roles: Roles) -> None:
    async with roles.owner.transaction():
        await roles.owner.execute("select audit.acting(null, 'root')")
        person = await acts.account(roles.owner, "mei.lin")
    token = await acts.sign_in(roles.alerts, person)
    await roles.alerts.execute("select accounts.end_session($1)", token)

    events = await roles.events()
    assert [(event.action, event.actor_name) for event in events] == [
        ("account.added", "root"),
        ("account.invited", "root"),
        ("session.opened", "mei.lin"),
        ("session.ended", "mei.lin"),
    ]
    assert {event.subject for event in events} == {str(person.id)}
    assert not any(token.hex() in event.details for event in events)
    assert await faults(roles) == []


async def test_a_role_that_was_changed_is_recorded_with_what_it_was(roles: Roles) -> None:
    person = await acts.account(roles.owner, "mei.lin")
    await roles.owner.execute("update accounts.account set role = 'supervisor' where id = $1", person.id)

    changed = next(event for event in await roles.events() if event.action == "account.changed")
    assert (details(changed)["role"], details(changed)["was_role"]) == ("supervisor", "guard")
    assert await faults(roles) == []


async def test_disabling_is_recorded_with_who_why_and_the_ended_sessions(
    roles: Roles,
) -> None:
    person = await acts.account(roles.owner, "mei.lin")
    await acts.sign_in(roles.alerts, person)
    async with roles.owner.transaction():
        await roles.owner.execute("select audit.acting(null, 'root')")
        await roles.owner.execute("select accounts.disable('mei.lin', 'phone 310101199001011234 is stolen', false)")
    async with roles.owner.transaction():
        await roles.owner.execute("select audit.acting(null, 'root')")
        await roles.owner.execute("select accounts.enable('mei.lin')")

    events = [event for event in await roles.events() if event.subject == str(person.id)][-3:]
    assert [(event.action, event.actor_name, event.reason) for event in events] == [
        ("account.disabled", "root", "phone [number left out] is stolen"),
        ("session.ended", "root", ""),
        ("account.enabled", "root", ""),
    ]
    assert await faults(roles) == []


async def test_an_incident_is_recorded_from_its_raising_to_its_outcome(roles: Roles) -> None:
    guard, second = await acts.account(roles.owner, "mei.lin"), await acts.account(roles.owner, "bo.sun")
    for who in (guard, second):
        await acts.sign_in(roles.alerts, who)
    incident = await acts.raise_incident(roles.alerts, reviewers=2)
    assert await roles.alerts.fetchval("select alerts.respond($1, $2)", incident, acts.token(guard))
    await acts.review(roles.alerts, incident, guard, "same")
    await acts.review(roles.alerts, incident, second, "same", "confirmed")

    events = [event for event in await roles.events() if event.subject == str(incident)]
    assert [(event.action, event.actor_name) for event in events] == [
        ("incident.raised", "wardwatch"),
        ("incident.responded", "mei.lin"),
        ("incident.reviewed", "mei.lin"),
        ("incident.reviewed", "bo.sun"),
        ("incident.decided", "bo.sun"),
    ]
    assert all(details(event)["models"] == [MODEL_SHA256] for event in events)
    assert all(details(event)["entry_revision"] == 7 for event in events)
    assert (details(events[2])["verdict"], details(events[4])["outcome"]) == ("same", "confirmed")
    assert await faults(roles) == []


async def test_an_incident_that_nobody_decided_is_ended_by_the_program(roles: Roles) -> None:
    incident = await acts.raise_incident(roles.alerts)
    await roles.owner.execute(
        "update alerts.incident set entered_at = now() - interval '73 hours', quiet_until = now() where id = $1",
        incident,
    )
    assert await roles.alerts.fetch("select from alerts.end_overdue(interval '72 hours')")

    event = await roles.last()
    assert (event.action, event.actor_id, details(event)["outcome"]) == ("incident.decided", PROGRAM, "unresolved")


async def test_the_stop_button_is_recorded_by_the_name_it_was_pressed_under(roles: Roles) -> None:
    for number, stopped in enumerate((True, False)):
        await roles.alerts.execute(
            "insert into alerts.control values ($1, 'h1', $2, 'li.wei', 'false alarms', now(), now())",
            f"c-{number}",
            stopped,
        )

    events = await roles.events()
    assert [(event.action, event.actor_id, event.actor_name) for event in events] == [
        ("matching.stopped", None, "li.wei"),
        ("matching.resumed", None, "li.wei"),
    ]
    assert (events[0].subject, events[0].reason, details(events[0])["control"]) == ("h1", "false alarms", "c-0")
    assert await faults(roles) == []


async def test_giving_up_a_matcher_says_who_and_why_and_hearing_it_is_no_event(roles: Roles) -> None:
    await acts.report_presence(roles.matcher, "matcher-1")
    await roles.matcher.execute("update watchlist.replica set seen_at = '2026-11-24 08:00Z'")
    assert await roles.events() == []

    await acts.give_up(roles.matcher, "matcher-1", ANA, "burnt, said 110101199001011234")

    (event,) = await roles.events()
    assert (event.action, event.actor_id, event.actor_name) == ("matcher.given_up", ANA.id, ANA.name)
    assert (event.subject_kind, event.subject, event.through) == ("matcher", "matcher-1", "wardwatch_matcher")
    assert event.reason == "burnt, said [number left out]"
    assert details(event) == {"incarnation": str(UUID(int=7)), "seen_at": "2026-11-24T08:00:00.000000Z"}
    assert await faults(roles) == []


async def test_a_comparison_is_recorded_with_who_asked_and_its_result(roles: Roles) -> None:
    comparison = await acts.compare(roles.matcher, ANA, bury_unknown=True)
    requested = await roles.events()
    await acts.end_comparison(roles.matcher, comparison, entries=40, unknown=11, buried=11)

    events = await roles.events()
    assert [event.action for event in requested] == ["list.comparison_asked"]
    assert [event.action for event in events] == ["list.comparison_asked", "list.reconciled"]
    for event in events:
        assert (event.actor_id, event.actor_name) == (ANA.id, ANA.name)
        assert (event.subject_kind, event.subject) == ("list", str(comparison))
        assert event.reason == ""
    assert details(events[0]) == {"cause": "asked", "bury_unknown": True}
    assert details(events[1]) == {
        **details(events[0]),
        **dict.fromkeys(("missing", "behind", "different", "ahead", "repaired", "keys_destroyed"), 0),
        "entries": 40,
        "unknown": 11,
        "buried": 11,
    }
    assert await faults(roles) == []


async def test_a_comparison_that_nobody_asked_for_is_the_program_s_own(roles: Roles) -> None:
    comparison = await acts.compare(roles.matcher, None)
    await acts.end_comparison(roles.matcher, comparison, entries=40)

    (event,) = await roles.events()
    assert (event.action, event.actor_id, event.actor_name) == ("list.reconciled", PROGRAM, "wardwatch")
    assert details(event)["cause"] == "nightly"
    assert await faults(roles) == []


async def test_a_sighting_that_raises_nothing_is_no_event(roles: Roles) -> None:
    await acts.raise_incident(roles.alerts)
    before = len(await roles.events())
    await roles.alerts.execute("update alerts.incident set sightings = sightings + 1, last_seen_at = now()")

    assert len(await roles.events()) == before


# --- what is noted, and what is refused


async def test_a_reading_is_noted_in_the_reader_s_own_transaction(roles: Roles) -> None:
    async with roles.desk.transaction():
        await acts.note(
            roles.desk, "identity.revealed", subject="e-1", reason="police asked", details='{"incident": "i-1"}'
        )

    event = await roles.last()
    assert (event.action, event.actor_id, event.actor_name, event.through) == (
        "identity.revealed",
        LI.id,
        LI.name,
        "wardwatch_import",
    )
    assert (event.reason, details(event)) == ("police asked", {"incident": "i-1"})


@pytest.mark.parametrize("role", ["desk", "alerts", "audit"])
@pytest.mark.parametrize("action", ["entry.approved", "session.opened", "list.reconciled", "nothing.known", ""])
async def test_a_program_notes_nothing_that_triggers_write_or_is_unlisted(roles: Roles, role: str, action: str) -> None:
    connection: Connection = getattr(roles, role)

    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await acts.note(connection, action)

    assert refused.value.constraint_name == "audit_action_is_listed"


@pytest.mark.parametrize(
    ("role", "action"),
    [
        ("alerts", "card.read"),
        ("alerts", "keys.verified"),
        ("audit", "incident.picture_read"),
        ("desk", "incident.picture_read"),
        ("desk", "audit.exported"),
        ("desk", "keys.backed_up"),
    ],
)
async def test_a_program_can_note_nothing_that_another_one_does(roles: Roles, role: str, action: str) -> None:
    connection: Connection = getattr(roles, role)

    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await acts.note(connection, action)

    assert refused.value.constraint_name == "audit_action_is_listed"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('["a"]', id="no object"),
        pytest.param('{"A b": 1}', id="no plain name"),
        pytest.param('{"a": {"b": 1}}', id="nested"),
        pytest.param('{"a": "110101199001011234"}', id="an identity number"),
        pytest.param('{"a": ["no 11010119900101123X"]}', id="an identity number among words"),
        pytest.param(json.dumps({"a": "x" * 4001}), id="long"),
    ],
)
async def test_details_that_might_hold_a_person_are_refused(roles: Roles, text: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await acts.note(roles.desk, "entry.read", details=text)

    assert refused.value.constraint_name == "audit_details_are_plain"


async def test_ids_and_digests_are_no_identity_numbers(roles: Roles) -> None:
    harmless = {"sha256": "0ba9123456789012345678fb" + "1" * 40, "entry": "01234567-8901-4234-8567-890123456789"}

    await acts.note(roles.desk, "entry.read", details=json.dumps(harmless))

    assert details(await roles.last()) == harmless


@pytest.mark.parametrize("typed", ["110101199001011234", "11010119900101123x", "110101 19900101 1234"])
async def test_an_identity_number_typed_as_a_reason_is_left_out(roles: Roles, typed: str) -> None:
    await acts.note(roles.desk, "entry.read", reason=f"asked for {typed}, 2026-11-24 2026-11-25")

    assert (await roles.last()).reason == "asked for [number left out], 2026-11-24 2026-11-25"


@pytest.mark.parametrize("role", ["owner", "matcher", "superuser"])
async def test_nobody_notes_but_desk_alerts_and_auditor(roles: Roles, role: str) -> None:
    connection: Connection = getattr(roles, role)

    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.CheckViolationError)):
        await acts.note(connection, "entry.read")


@pytest.mark.parametrize("role", ["owner", "desk", "matcher", "alerts", "audit"])
@pytest.mark.parametrize(
    "statement",
    [
        "update audit.event set reason = 'x'",
        "delete from audit.event",
        "truncate audit.event",
        "insert into audit.pending (actor_name, action, subject_kind, subject) values ('a', 'entry.read', 'entry', '')",
        "insert into audit.event select * from audit.event",
        "update audit.chain set sequence = 0",
        "delete from audit.pending",
        "insert into audit.action values ('a.b', 'c')",
        "alter table audit.event disable trigger all",
        "alter table audit.event owner to current_user",
        "drop table audit.event",
        "drop schema audit cascade",
        "set role wardwatch_keeper",
        "create or replace function audit.chain_up() returns trigger language sql as 'select null'",
        "set session_replication_role = 'replica'",
    ],
)
async def test_no_role_can_change_the_audit(roles: Roles, role: str, statement: str) -> None:
    connection: Connection = getattr(roles, role)
    await acts.note(roles.desk, "entry.read")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "update audit.event set reason = 'x'",
        "delete from audit.event",
        "truncate audit.event",
        "delete from audit.chain",
    ],
)
async def test_even_the_superuser_must_switch_a_trigger_off_first(roles: Roles, statement: str) -> None:
    await roles.superuser.execute("set session_replication_role = 'replica'")

    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await roles.superuser.execute(statement)

    assert refused.value.constraint_name == "audit_is_kept"


async def test_a_session_that_only_replays_is_audited_as_well(roles: Roles) -> None:
    await roles.superuser.execute("set session_replication_role = 'replica'")
    await roles.superuser.execute("insert into accounts.account (name, role) values ('eve', 'administrator')")

    event = await roles.last()
    assert (event.action, event.through) == ("account.added", "postgres")


async def test_audit_functions_are_the_keeper_s_and_run_by_who_needs_them(roles: Roles) -> None:
    granted = await roles.superuser.fetch(
        """
        select p.proname as function, p.proowner::regrole::text as owner,
            coalesce(array_agg(case when a.grantee = 0 then 'public' else a.grantee::regrole::text end)
                filter (where a.grantee <> p.proowner), '{}') as others
        from pg_proc p cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        where p.pronamespace = 'audit'::regnamespace group by p.oid
        """
    )

    assert {row["owner"] for row in granted} == {"wardwatch_keeper"}
    assert {row["function"]: set(row["others"]) for row in granted if row["others"]} == {
        # The owner's function notes in the name of a role that may: the list of actions goes by who signed in.
        "note": {"wardwatch_import", "wardwatch_alerts", "wardwatch_audit", "wardwatch_backup", "wardwatch_owner"},
        "acting": {"wardwatch_import", "wardwatch_owner"},
        "admit_reading": {"wardwatch_import", "wardwatch_alerts"},
        "field": {"wardwatch_audit"},
        "canonical": {"wardwatch_audit"},
        "publish_verification": {"wardwatch_audit"},
        "publish_report": {"wardwatch_audit"},
        "heads_of_days": {"wardwatch_alerts"},  # for the page that anybody may read
        "sha256_of": {"wardwatch_alerts"},
        "found": {"wardwatch_owner"},  # which accounts.read_audit asks
        "of_account": {"wardwatch_owner"},  # which accounts.history asks, for who may read it
    }


async def test_alerts_reads_the_head_and_nothing_else_of_the_audit(roles: Roles) -> None:
    await acts.note(roles.alerts, "incident.picture_read")

    head = await roles.alerts.fetchrow("select sequence, sha256 from audit.head")

    assert head is not None
    assert (head["sequence"], head["sha256"]) == (1, (await roles.last()).sha256)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await roles.alerts.fetch("select * from audit.event")


# --- what is never in it


async def test_no_audit_role_reads_sealed_columns_pictures_or_sessions(roles: Roles) -> None:
    readable = await roles.superuser.fetch(
        """
        select r.role, format('%I.%I.%I', c.table_schema, c.table_name, c.column_name) as column
        from information_schema.columns c cross join (values ('wardwatch_keeper'), ('wardwatch_audit')) as r (role)
        where c.table_schema in ('accounts', 'alerts', 'identity', 'watchlist')
            and (c.column_name like 'sealed%' or c.column_name in (
                'picture', 'similarity', 'token_sha256', 'sha256', 'lookup', 'external_lookup', 'item_lookup',
                'last_four', 'request_digest', 'basis', 'evidence', 'instruction'))
            and has_column_privilege(r.role, format('%I.%I', c.table_schema, c.table_name), c.column_name, 'select')
        """
    )

    assert readable == []


async def test_nothing_sealed_is_in_any_event(roles: Roles) -> None:
    entry = await acts.draft(roles.desk, photos=2)
    await roles.desk.execute(
        "insert into identity.number (entry_id, lookup, sealed_number, last_four) values ($1, sha256($2), $2, '1234')",
        entry,
        MARK * 3,
    )
    await acts.submit(roles.desk, entry)
    await acts.approve(roles.desk, entry)
    person = await acts.account(roles.owner, "mei.lin")
    await acts.sign_in(roles.alerts, person)
    incident = await acts.raise_incident(roles.alerts, entry=entry)
    await acts.review(roles.alerts, incident, person, "not_same", "rejected")
    await acts.move(roles.desk, entry, LI, "revoked")
    await acts.erase(roles.desk, entry)

    rows = "\n".join(row[0] for row in await roles.audit.fetch("select e::text from audit.event e"))
    text = re.sub(r"\d\d:\d\d:\d\d\.\d+", "", rows)  # a time may have the digits of a cosine

    assert {"identity.set", "incident.decided", "entry.erased"} <= {event.action for event in await roles.events()}
    for never in (MARK.decode(), MARK.hex(), "0.71", '1234"', "decision 17", "file 17", "call 8811"):
        assert never not in text


# --- the chain


async def test_the_first_event_follows_nothing_and_each_one_the_event_before_it(roles: Roles) -> None:
    for number in range(3):
        await acts.note(
            roles.desk, "entry.read", subject=f"e-{number}", reason="ß 中文 '\"\\ \n", details='{"n": 1.50}'
        )

    events = await roles.events()

    assert [event.sequence for event in events] == [1, 2, 3]
    assert events[0].previous_sha256 == NOTHING
    assert [event.previous_sha256 for event in events[1:]] == [event.sha256 for event in events[:-1]]
    assert await faults(roles) == []


async def test_the_database_and_the_command_write_the_same_canonical_form(roles: Roles) -> None:
    entry = await acts.active(roles.desk)
    await acts.note(
        roles.desk, "entry.read", subject=str(entry), reason="中文", details='{"ok": true, "n": null, "x": [1, "é"]}'
    )

    written = await roles.audit.fetch(
        """
        select sha256(previous_sha256 || convert_to(audit.canonical(
            sequence, at, actor_id, actor_name, through, action, subject_kind, subject, reason, details
        ), 'UTF8')) as made
        from audit.event order by sequence
        """
    )

    assert [row["made"] for row in written] == [event.sha256 for event in await roles.events()]
    assert await faults(roles) == []


async def test_what_is_rolled_back_is_no_event_and_leaves_no_gap(roles: Roles) -> None:
    await acts.note(roles.desk, "entry.read", subject="kept")
    abandoned = roles.desk.transaction()
    await abandoned.start()
    await acts.note(roles.desk, "entry.read", subject="rolled back")
    await abandoned.rollback()
    async with roles.desk.transaction():
        within = roles.desk.transaction()
        await within.start()
        await acts.note(roles.desk, "entry.read", subject="rolled back to a savepoint")
        await within.rollback()
        await acts.note(roles.desk, "entry.read", subject="kept as well")

    assert [(event.sequence, event.subject) for event in await roles.events()] == [(1, "kept"), (2, "kept as well")]
    assert await faults(roles) == []


async def test_events_stand_in_the_order_of_commits(roles: Roles) -> None:
    slow = roles.desk.transaction()
    await slow.start()
    await acts.note(roles.desk, "entry.read", subject="noted first, committed last")
    await acts.note(roles.alerts, "incident.picture_read", subject="noted last, committed first")
    await slow.commit()

    assert [event.subject for event in await roles.events()] == [
        "noted last, committed first",
        "noted first, committed last",
    ]


async def test_one_transaction_s_events_stand_together_in_the_order_of_its_acts(roles: Roles) -> None:
    async with roles.desk.transaction():
        for number in range(20):
            await acts.note(roles.desk, "entry.read", subject=str(number))

    assert [event.subject for event in await roles.events()] == [str(number) for number in range(20)]
    assert await roles.audit.fetchval("select count(*) from audit.pending") == 0


async def test_constraints_made_immediate_in_between_do_not_break_the_chain(roles: Roles) -> None:
    async with roles.desk.transaction():
        await acts.note(roles.desk, "entry.read", subject="1")
        await roles.desk.execute("set constraints all immediate")
        await acts.note(roles.desk, "entry.read", subject="2")
        await roles.desk.execute("set constraints all deferred")
        await acts.note(roles.desk, "entry.read", subject="3")

    assert [event.subject for event in await roles.events()] == ["1", "2", "3"]
    assert await faults(roles) == []


Act = Callable[["Connection"], Coroutine[None, None, None]]


async def at_once(url: str, acting: list[Act]) -> None:
    """Do all of *acting* at the same time, each over a connection of its own."""

    async def one(act: Act) -> None:
        connection = await asyncpg.connect(url)
        try:
            await act(connection)
        finally:
            await connection.close()

    async with asyncio.TaskGroup() as tasks:
        for act in acting:
            tasks.create_task(one(act))


async def test_locks_taken_before_or_after_an_event_never_wait_in_a_circle(
    roles: Roles, database: servers.Database
) -> None:
    incident = await acts.raise_incident(roles.alerts)
    announce = "insert into alerts.event (incident_id, kind, camera, at) values ($1, 'updated', 'gate', now())"

    async def note_then_lock(connection: "Connection") -> None:
        async with connection.transaction():
            await acts.note(connection, "incident.picture_read", subject="note first")
            await connection.execute(announce, incident)

    async def lock_then_note(connection: "Connection") -> None:
        async with connection.transaction():
            await connection.execute(announce, incident)
            await acts.note(connection, "incident.picture_read", subject="lock first")

    await at_once(database.alerts, [note_then_lock, lock_then_note] * 12)

    assert len([event for event in await roles.events() if event.action == "incident.picture_read"]) == 24
    assert await faults(roles) == []


async def test_many_transactions_at_once_make_one_chain_without_a_gap(roles: Roles, database: servers.Database) -> None:
    async def whole_life(connection: "Connection") -> None:
        entry = await acts.active(connection, photos=2)
        async with connection.transaction():
            await acts.note(connection, "entry.read", subject=str(entry))
            await acts.move(connection, entry, LI, "revoked")
            await acts.erase(connection, entry)

    async def given_up(connection: "Connection") -> None:
        abandoned = connection.transaction()
        await abandoned.start()
        await acts.note(connection, "entry.read", subject="given up")
        await abandoned.rollback()

    await at_once(database.importer, [whole_life, given_up] * 10)

    events = await roles.events()
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert len(events) == 10 * (3 + 2 + 1 + 1 + 1 + 1)
    assert "given up" not in {event.subject for event in events}
    assert await faults(roles) == []


async def test_the_guards_are_as_the_migration_makes_them(roles: Roles) -> None:
    async with roles.audit.transaction():
        digest = await guards.digest(roles.audit)
        missing = await guards.missing(roles.audit)

    assert digest == guards.DIGEST, "after changing the migration on purpose, write this digest into guards.py"
    assert missing == []


async def test_the_page_has_words_for_exactly_the_listed_actions(roles: Roles) -> None:
    listed = {row["code"] for row in await roles.audit.fetch("select code from audit.action")}

    for language in ("en", "zh"):
        words = (SERVICES / "alerts/web/console/audit/acts" / f"{language}.js").read_text(encoding="utf-8")
        assert set(re.findall(r'^  "([a-z_.]+)": ', words, re.MULTILINE)) == listed, language


async def test_exactly_the_listed_actions_are_written(roles: Roles) -> None:
    code = await roles.superuser.fetchval(
        """
        select string_agg(p.prosrc, ' ') from pg_proc p
        where p.pronamespace = 'audit'::regnamespace and p.prosrc ~* 'insert into audit\\.pending'
        """
    )
    written = {(action, "a trigger") for action in quoted(code)}
    written |= {(action, role) for role, folder in NOTING.items() for action in actions_in(folder)}
    # It lies below the folder of another role.
    written -= {(action, "wardwatch_audit") for action in actions_in(NOTING["wardwatch_backup"])}

    listed = await roles.audit.fetch("select code, noted_through from audit.action")

    assert written == {(row["code"], role) for row in listed for role in row["noted_through"] or ["a trigger"]}


def quoted(sql: str) -> set[str]:
    """The actions that stand in *sql* as literals."""
    return set(re.findall(f"'({ACTION.pattern})'", sql))


def actions_in(folder: Path) -> set[str]:
    """The actions that the programs in *folder* note: by a function named so, or in a statement of their own."""
    found: set[str] = set()
    for file in folder.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            texts = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in ("note", "note_each"):
                found |= {text for text in texts if ACTION.fullmatch(text)}
            found |= {action for text in texts if "audit.note(" in text for action in quoted(text)}
    return found
