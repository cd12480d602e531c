"""What each role of the database may do, and what it is refused: the threats of docs/security.md, one by one."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from uuid import UUID

import asyncpg
import pytest

from cli.audit import agreement
from tests import servers
from tests.checkout import CHECKOUT
from tests.contract import acts, clock

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

ROLES: Final = (
    "wardwatch_alerts", "wardwatch_import", "wardwatch_matcher", "wardwatch_audit", "wardwatch_delivery",
    "wardwatch_federation", "wardwatch_backup",
)  # fmt: skip
REFUSED: Final = (asyncpg.InsufficientPrivilegeError, asyncpg.CheckViolationError)

_RIGHTS: Final = """
    with ours as (
        select c.oid, c.relowner, c.relacl, c.relkind from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('accounts', 'alerts', 'audit', 'delivery', 'federation', 'identity', 'watchlist')
            and c.relkind in ('r', 'v', 'S')
    ), whole as (
        select a.grantee, o.oid::regclass::text as thing, a.privilege_type as privilege, null as columns
        from ours o cross join aclexplode(o.relacl) a where a.grantee <> o.relowner
    ), parts as (
        select a.grantee, o.oid::regclass::text, a.privilege_type, string_agg(t.attname, ', ' order by t.attnum)
        from ours o join pg_attribute t on t.attrelid = o.oid and t.attnum > 0 and not t.attisdropped
            cross join aclexplode(t.attacl) a
        where a.grantee <> o.relowner group by 1, 2, 3
    ), functions as (
        select a.grantee, p.oid::regprocedure::text, 'EXECUTE', null
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
            cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        -- A trigger's function can be called by nobody, whoever may execute it.
        where n.nspname in ('accounts', 'alerts', 'audit', 'delivery', 'federation', 'identity', 'watchlist')
            and a.grantee <> p.proowner and p.prorettype <> 'trigger'::regtype
            -- What an extension brings computes, and reads nothing.
            and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    )
    select case when grantee = 0 then 'everybody' else grantee::regrole::text end as role, thing,
        string_agg(
            privilege || coalesce(' (' || columns || ')', ''), ', ' order by privilege, columns nulls first
        ) as rights
    from (select * from whole union all select * from parts union all select * from functions) as every
    where grantee = 0 or grantee::regrole::text = any($1)
    group by 1, 2 order by 1, 2
"""


@dataclass(frozen=True, slots=True)
class Roles:
    """One connection of each role."""

    alerts: "Connection"
    matcher: "Connection"
    importer: "Connection"
    audit: "Connection"
    owner: "Connection"
    superuser: "Connection"


@pytest.fixture
async def roles(database: servers.Database) -> AsyncIterator[Roles]:
    names = ("alerts", "matcher", "importer", "audit", "owner", "superuser")
    opened = [await asyncpg.connect(getattr(database, name)) for name in names]
    try:
        yield Roles(*opened)
    finally:
        for connection in opened:
            await connection.close()


def listed() -> set[tuple[str, str, str]]:
    """Role, thing and rights of each row of the table in docs/security.md."""
    text = (CHECKOUT / "docs" / "security.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(wardwatch_\w+|everybody)` \| `([^`]+)` \| ([^|]+) \|$", text, re.MULTILINE)
    return {(role, thing, rights) for role, thing, rights in rows}


async def test_no_role_has_a_right_that_is_not_in_the_list(roles: Roles) -> None:
    found = {(row["role"], row["thing"], row["rights"]) for row in await roles.superuser.fetch(_RIGHTS, list(ROLES))}

    lines = "\n".join(f"| `{role}` | `{thing}` | {rights} |" for role, thing, rights in sorted(found))
    assert listed() == found, f"the table of docs/security.md should be\n{lines}"


async def undecided(roles: Roles, reviewers: int = 2) -> UUID:
    return await acts.raise_incident(roles.alerts, reviewers=reviewers)


async def faults(connection: "Connection") -> list[str]:
    """What the auditor's command finds."""
    return [f"{fault.where} {fault.what}" for fault in await agreement.disagreements(connection)]


ALERTS_IS_REFUSED: Final = {
    "an administrator's session": """
        insert into accounts.session (token_sha256, account_id, expires_at)
        select sha256('t'), id, now() + interval '1 h' from accounts.account
    """,
    "a session that lasts on": "update accounts.session set expires_at = now() + interval '1 year', ended_at = null",
    "everybody signed out": "delete from accounts.session",
    "the digests of codes": "select sha256 from accounts.code",
    "a code made usable again": "update accounts.code set spent_at = null",
    "a role": "update accounts.account set role = 'administrator'",
    "another's verdict": """
        insert into alerts.review select i.id, a.id, 'same', now() from alerts.incident i, accounts.account a
    """,
    "another's response": """
        insert into alerts.response select i.id, a.id, now() from alerts.incident i, accounts.account a
    """,
    "a verdict changed": "update alerts.review set verdict = 'same'",
    "verdicts deleted": "delete from alerts.review",
    "an outcome": "update alerts.incident set outcome = 'unresolved', decided_at = now()",
    "an incident deleted": "delete from alerts.incident",
    "an incident of another person": "update alerts.incident set entry_id = gen_random_uuid()",
    "fewer reviewers than it was raised with": "update alerts.incident set reviewers = 1",
    "an incident that is older than it is": "update alerts.incident set entered_at = now() - interval '1 year'",
    "evidence deleted": "delete from alerts.sighting",
    "evidence taken out of an incident": "update alerts.sighting set incident_id = null",
    "a picture deleted": "update alerts.sighting set picture = null",
    "a picture replaced": "update alerts.sighting set picture = 'another'",
    "what was seen changed": "update alerts.sighting set similarity = 1",
    "what phones were told deleted": "delete from alerts.event",
    "who stopped matching changed": "update alerts.control set account = 'li'",
    "another clock": """
        create or replace function watchlist.present() returns timestamptz language sql as 'select now()'
    """,
    "an entry": "update watchlist.entry set state = 'active'",
    "the audit": "delete from audit.event",
    "somebody else's name": "select audit.acting(gen_random_uuid(), 'li')",
}


async def taken(role: "Connection", threats: Mapping[str, str]) -> list[str]:
    """Which of *threats* the database lets *role* do."""
    done = []
    for threat, statement in threats.items():
        transaction = role.transaction()
        await transaction.start()
        with suppress(*REFUSED):
            await role.execute(statement)
            done.append(threat)
        await transaction.rollback()
    return done


async def test_the_alerts_role_is_refused_every_threat(roles: Roles) -> None:
    await acts.account(roles.owner, "li")
    await undecided(roles)

    assert await taken(roles.alerts, ALERTS_IS_REFUSED) == []


async def test_no_verdict_is_taken_without_a_token_of_who_may_answer(roles: Roles, database: servers.Database) -> None:
    incident = await undecided(roles)
    auditor = await clock.answerer(database, "eva", "auditor")
    ended, disabled = await clock.answerer(database, "li"), await clock.answerer(database, "ana")
    await roles.owner.execute("select accounts.sign_out('li')")
    await roles.owner.execute(
        "update accounts.account set disabled_at = now(), disabled_reason = 'x' where name = 'ana'"
    )
    digest = sha256(b"session of ana").hexdigest()

    for token in (auditor.token, ended.token, disabled.token, digest, f"\\x{digest}", ""):
        assert not await roles.alerts.fetchval("select alerts.give_verdict($1, $2, 'same')", incident, token)
        assert not await roles.alerts.fetchval("select alerts.respond($1, $2)", incident, token)

    assert await roles.superuser.fetchval("select count(*) from alerts.review") == 0


async def test_one_person_is_not_two(roles: Roles, database: servers.Database) -> None:
    incident, li = await undecided(roles), await clock.answerer(database, "li")
    given = "select alerts.give_verdict($1, $2, 'same')"
    assert await roles.alerts.fetchval(given, incident, li.token)

    with pytest.raises(asyncpg.UniqueViolationError):
        await roles.alerts.fetchval(given, incident, li.token)

    assert await roles.alerts.fetchval("select alerts.decide($1)", incident) is None


async def test_no_session_is_opened_without_a_code_or_twice_with_one(roles: Roles) -> None:
    ana = await acts.account(roles.owner, "ana", "administrator")
    redeem = "select from accounts.redeem($1, $2, interval '1 year')"
    code, token = sha256(ana.name.encode()).digest(), sha256(b"t").digest()

    assert await roles.alerts.fetch(redeem, sha256(b"guess").digest(), token) == []
    assert len(await roles.alerts.fetch(redeem, code, token)) == 1
    assert await roles.alerts.fetch(redeem, code, sha256(b"another").digest()) == []
    assert await roles.superuser.fetchval("select max(expires_at) <= now() + interval '1 day' from accounts.session")


async def test_nothing_is_ended_or_deleted_before_its_time(roles: Roles) -> None:
    await undecided(roles)
    for call in ("end_overdue('-1 year')", "forget_waiting('-1 year')", "forget_events('-1 year')"):
        await roles.alerts.execute(f"select alerts.{call}")
    await roles.alerts.execute("select accounts.forget_expired()")

    assert await roles.superuser.fetchval("select count(*) from alerts.incident where outcome is null") == 1
    assert await roles.superuser.fetchval("select count(*) from alerts.sighting") == 1
    assert await roles.superuser.fetchval("select count(*) from alerts.event") == 1


async def test_a_session_says_its_holder_acts_whatever_the_program_claims(roles: Roles) -> None:
    li = await acts.account(roles.owner, "li")
    async with roles.alerts.transaction():
        await roles.alerts.execute("select set_config('wardwatch.actor_name', 'ana', true)")
        await acts.sign_in(roles.alerts, li)

    opened = await roles.audit.fetchrow("select * from audit.event where action = 'session.opened'")
    assert opened is not None
    assert (opened["actor_id"], opened["actor_name"]) == (li.id, "li")


# As somebody who has all rights, and takes care that no trigger sees it.
BEHIND_THE_AUDIT: Final[Mapping[str, str]] = {
    "delete from alerts.incident": "was raised, but is gone",
    "delete from alerts.review": "verdict on incident",
    "delete from alerts.response": "response to incident",
    "update alerts.review set verdict = 'not_same'": "verdict on incident",
    "delete from accounts.session": "has fewer sessions than were opened",
    "update alerts.incident set outcome = null, decided_at = null": "was decided otherwise",
    """
    insert into accounts.session (token_sha256, account_id, expires_at)
    select sha256('forged'), id, now() + interval '1 h' from accounts.account
    """: "has more sessions than it signed in",
}


async def test_what_is_changed_behind_the_audit_is_found(roles: Roles) -> None:
    li = await acts.account(roles.owner, "li")
    await acts.sign_in(roles.alerts, li)
    incident = await undecided(roles, reviewers=1)
    assert await roles.alerts.fetchval("select alerts.respond($1, $2)", incident, acts.token(li))
    await acts.review(roles.alerts, incident, li, "same", "confirmed")
    assert await faults(roles.superuser) == []

    for table in ("alerts.incident", "alerts.review", "alerts.response", "accounts.session"):
        await roles.superuser.execute(f"alter table {table} disable trigger user")
    for statement, words in BEHIND_THE_AUDIT.items():
        transaction = roles.superuser.transaction()
        await transaction.start()
        await roles.superuser.execute(statement)
        found = await faults(roles.superuser)
        await transaction.rollback()
        assert any(words in fault for fault in found), statement


MATCHER_IS_REFUSED: Final = {
    "an entry that matches": "update watchlist.entry set state = 'active'",
    "an entry that lasts longer": "update watchlist.entry set expires_at = now() + interval '9 years'",
    "an approved threshold": "update watchlist.threshold set approved_at = now()",
    "a threshold": "update watchlist.threshold set min_similarity = 0.1",
    "an identity number": "select sealed_number from identity.number",
    "a sealed label": "select sealed_label from watchlist.entry",
    "a picture": "select sealed_picture from watchlist.photo",
    "an erasure ordered": "insert into watchlist.erasure (entry_id) values (gen_random_uuid())",
    "a receipt taken back": "delete from watchlist.receipt",
    "a matcher forgotten": "delete from watchlist.replica",
    "a matcher that began later than it did": "update watchlist.clock set highest = now()",
    "incidents": "select from alerts.incident",
    "sessions": "select from accounts.session",
    "the audit": "select from audit.event",
}
IMPORT_IS_REFUSED: Final = {
    "history rewritten": "update watchlist.change set account_name = 'li'",
    "an entry deleted": "delete from watchlist.entry",
    "a threshold deleted": "delete from watchlist.threshold",
    "a threshold changed": "update watchlist.threshold set min_similarity = 0.1",
    "an accuracy report": "insert into watchlist.accuracy_report (floor) values (0.3)",
    "a receipt": "insert into watchlist.receipt (entry_id) values (gen_random_uuid())",
    "an erasure that is complete": "update watchlist.erasure set key_destroyed_at = now()",
    "a session": "insert into accounts.session (account_id) values (gen_random_uuid())",
    "an account": "select from accounts.account",
    "a verdict": "select alerts.give_verdict(gen_random_uuid(), 'token', 'same')",
    "an incident": "select from alerts.incident",
    "the audit": "select from audit.event",
}
AUDIT_IS_REFUSED: Final = {
    "the audit": "delete from audit.event",
    "a token's digest": "select token_sha256 from accounts.session",
    "a code's digest": "select sha256 from accounts.code",
    "a label": "select sealed_label from watchlist.entry",
    "a picture": "select picture from alerts.sighting",
    "an identity number": "select from identity.number",
    "a verdict": "update alerts.review set verdict = 'same'",
}


async def test_the_other_roles_are_refused_every_threat(roles: Roles) -> None:
    assert await taken(roles.matcher, MATCHER_IS_REFUSED) == []
    assert await taken(roles.importer, IMPORT_IS_REFUSED) == []
    assert await taken(roles.audit, AUDIT_IS_REFUSED) == []


async def test_the_desk_s_role_approves_no_entry_as_its_author(roles: Roles) -> None:
    entry = await acts.draft(roles.importer)
    await acts.submit(roles.importer, entry)

    with pytest.raises(asyncpg.CheckViolationError):
        await acts.approve(roles.importer, entry, acts.LI)


async def test_a_matcher_that_claims_to_be_new_owes_what_it_owed(roles: Roles) -> None:
    await acts.report_presence(roles.matcher, "m1")
    before = await roles.superuser.fetchval("select began_at from watchlist.replica")

    await roles.matcher.execute(
        "update watchlist.replica set started_at = now() + interval '1 day', began_at = 'infinity'"
    )

    assert await roles.superuser.fetchval("select began_at from watchlist.replica") <= before
