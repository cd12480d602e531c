"""Who may do what to whose account: decided by the database's own functions, whatever a program asks of them."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING, Final
from uuid import UUID

import asyncpg
import pytest

from access import database as preparation
from cli.audit import agreement
from proto.wardwatch.v1.roles import KEEPERS, RESPONDERS, REVIEWERS, Role
from services.alerts.accounts.rules import RULES
from tests import servers
from tests.contract import acts

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

REFUSING: Final = ("20261201050000_identity.sql", "20261211010000_audit_browser.sql")
LIFE: Final = timedelta(hours=12)


@dataclass(slots=True)
class People:
    """Accounts with a session each, and the role that the service signs in with."""

    alerts: "Connection"
    superuser: "Connection"
    ids: dict[str, UUID] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=count)

    async def add(self, name: str, role: str, sites: list[str] | None = None) -> None:
        """An account that has just signed in with a code."""
        self.ids[name] = await self.superuser.fetchval(
            "insert into accounts.account (name, role, sites) values ($1, $2, $3) returning id", name, role, sites
        )
        await self.superuser.execute(
            "insert into accounts.session (token_sha256, account_id, expires_at)"
            " values ($1, $2, now() + interval '1 h')",
            sha256(f"token of {name}".encode()).digest(),
            self.ids[name],
        )

    async def refusal(self, query: str, by: str, *values: object) -> str:
        """The rule by which a call of *by* is refused; empty when it is done."""
        try:
            await self.alerts.fetchval(query, f"token of {by}", *values)
        except asyncpg.CheckViolationError as error:
            return str(error.constraint_name)
        return ""

    async def code(self, by: str, of: str) -> str:
        """Have *by* make a code for *of*."""
        return await self.refusal("select accounts.make_code($1, $2, $3)", by, self.ids[of], self._digest())

    async def passkey(self, of: str, *, counter: int = 1) -> UUID:
        """Add a passkey as the service does."""
        added: UUID = await self.alerts.fetchval(
            "select accounts.add_passkey($1, $2, $3, $4, 'key', $5, 'my phone', 'ward.h1')",
            f"token of {of}", self._digest(), _soon(), self._digest(), counter,
        )  # fmt: skip
        return added

    async def opened(self, passkey: UUID, counter: int, ticket: bytes | None = None) -> bool:
        """Whether an answer of a passkey that counts so far opens a session."""
        rows = await self.alerts.fetch(
            "select * from accounts.open_by_passkey($1, $2, $3, $4, $5, $6)",
            passkey, counter, ticket or self._digest(), _soon(), self._digest(), LIFE,
        )  # fmt: skip
        return len(rows) == 1

    async def forget_proof(self, of: str) -> None:
        """Eleven minutes go by."""
        await self.superuser.execute(
            "update accounts.session set proven_at = now() - interval '11 minutes' where account_id = $1", self.ids[of]
        )

    async def events(self) -> list[tuple[str, str, str]]:
        """Whose account, by whom, what: of everything that was done to accounts."""
        rows = await self.superuser.fetch("select * from audit.event where subject_kind = 'account' order by sequence")
        names = {str(id_): name for name, id_ in self.ids.items()}
        return [(names.get(row["subject"], "?"), row["actor_name"], row["action"]) for row in rows]

    def _digest(self) -> bytes:
        return sha256(str(next(self._numbers)).encode()).digest()


def _soon() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=5)


@pytest.fixture
async def people(database: servers.Database) -> AsyncIterator[People]:
    alerts, superuser = await asyncpg.connect(database.alerts), await asyncpg.connect(database.superuser)
    try:
        yield People(alerts, superuser)
    finally:
        await alerts.close()
        await superuser.close()


async def test_codes_are_made_for_the_accounts_that_one_keeps(people: People) -> None:
    for role in Role:
        await people.add(role, role)
        await people.add(f"{role}.h1", role, ["h1"])
        await people.add(f"{role}.h2", role, ["h2"])
    made = {
        (by, of)
        for by in people.ids
        for of in people.ids
        if await people.code(by, of) == ""
    }  # fmt: skip

    let_in = {"guard", "reviewer"}
    assert {of for by, of in made if by == "administrator"} == people.ids.keys() - {"administrator"}
    assert {of for by, of in made if by == "supervisor"} == {
        f"{role}{site}" for role in let_in for site in ("", ".h1", ".h2")
    }
    assert {of for by, of in made if by == "supervisor.h1"} == {f"{role}.h1" for role in let_in}
    assert {of for by, of in made if by == "administrator.h1"} == {f"{role}.h1" for role in Role} - {"administrator.h1"}
    assert {by.removesuffix(".h1").removesuffix(".h2") for by, _ in made} == KEEPERS


CHANGE: Final = "select accounts.change($1, $2, $3, $4, $5, 'a drill')"
DISABLE: Final = "select accounts.shut_out($1, $2, 'a drill')"


async def test_nobody_changes_what_their_own_account_is_for(people: People) -> None:
    for role in Role:
        await people.add(role, role)

    refused = {role: await people.refusal(CHANGE, role, people.ids[role], "administrator", None, None) for role in Role}
    disabled = {role: await people.refusal(DISABLE, role, people.ids[role]) for role in Role}

    assert refused == disabled == {**dict.fromkeys(Role, "account_role"), Role.ADMINISTRATOR: "own_account"}


async def test_of_two_administrators_one_is_always_left(people: People, database: servers.Database) -> None:
    await people.add("ada", "administrator")
    await people.add("bea", "administrator")
    other = await asyncpg.connect(database.alerts)
    try:
        async with people.alerts.transaction():
            await people.alerts.execute(DISABLE, "token of ada", people.ids["bea"])
            # Waits for the first, and is then nobody's any more.
            waiting = other.fetchval(DISABLE, "token of bea", people.ids["ada"])
            task = asyncio.ensure_future(waiting)
            await asyncio.wait([task], timeout=0.2)
        with pytest.raises(asyncpg.CheckViolationError, match="session_over"):
            await task
    finally:
        await other.close()

    assert await people.superuser.fetchval("select name from accounts.account where disabled_at is null") == "ada"


async def test_an_administrator_of_one_site_gives_no_other(people: People) -> None:
    await people.add("ada.h1", "administrator", ["h1"])
    await people.add("mo", "guard", ["h1"])
    await people.add("ida", "guard", ["h1", "h2"])
    add = "select accounts.add($1, $2, 'guard', $3, null)"

    assert await people.refusal(add, "ada.h1", "a", ["h1"]) == ""
    assert await people.refusal(add, "ada.h1", "b", ["h2"]) == "sites_of_others"
    assert await people.refusal(add, "ada.h1", "c", None) == "sites_of_others"
    assert await people.refusal(CHANGE, "ada.h1", people.ids["mo"], "supervisor", None, None) == "sites_of_others"
    assert await people.refusal(CHANGE, "ada.h1", people.ids["ida"], "guard", ["h1"], None) == "no_account"
    seen = await people.alerts.fetch("select name from accounts.listed($1, null)", "token of ada.h1")
    assert {row["name"] for row in seen} == {"ada.h1", "mo", "a"}


async def test_a_name_and_an_identity_are_given_once(people: People) -> None:
    await people.add("ada", "administrator")
    add = "select accounts.add($1, $2, 'guard', null, $3)"

    assert await people.refusal(add, "ada", "mo", "mo@h1") == ""
    assert await people.refusal(add, "ada", "mo", None) == "account_exists"
    assert await people.refusal(add, "ada", "ida", "mo@h1") == "identity_taken"


async def test_who_can_prove_who_they_are_does_so_before_what_matters(people: People) -> None:
    await people.add("ada", "administrator")
    await people.add("mo", "guard")
    assert await people.code("ada", "mo") == ""

    await people.passkey("ada")
    assert await people.code("ada", "mo") == ""  # making it was proof
    await people.forget_proof("ada")

    assert await people.code("ada", "mo") == "proof_needed"
    assert await people.refusal(CHANGE, "ada", people.ids["mo"], "auditor", None, None) == "proof_needed"
    assert await people.refusal(DISABLE, "ada", people.ids["mo"]) == "proof_needed"
    # A lost phone waits for nothing.
    assert await people.refusal("select accounts.lose_devices($1, $2)", "ada", people.ids["mo"]) == ""


async def test_a_passkey_that_counts_backwards_is_taken_no_more(people: People) -> None:
    await people.add("mo", "guard")
    passkey = await people.passkey("mo", counter=4)

    assert await people.opened(passkey, 5)
    assert not await people.opened(passkey, 5)
    assert not await people.opened(passkey, 6)
    assert ("mo", "mo", "passkey.copied") in await people.events()


async def test_a_passkey_that_counts_nothing_is_taken_each_time(people: People) -> None:
    await people.add("mo", "guard")
    passkey = await people.passkey("mo", counter=0)

    assert [await people.opened(passkey, 0) for _ in range(3)] == [True, True, True]


async def test_an_answer_is_taken_once(people: People) -> None:
    await people.add("mo", "guard")
    passkey, ticket = await people.passkey("mo"), sha256(b"ticket").digest()
    assert await people.opened(passkey, 7, ticket)

    with pytest.raises(asyncpg.CheckViolationError, match="ticket_spent"):
        await people.opened(passkey, 8, ticket)


async def test_the_first_passkey_is_added_soon_after_signing_in(people: People) -> None:
    await people.add("mo", "guard")
    await people.superuser.execute("update accounts.session set created_at = now() - interval '61 minutes'")

    with pytest.raises(asyncpg.CheckViolationError, match="signed_in_long_ago"):
        await people.passkey("mo")


async def test_of_a_lost_phone_nothing_is_left_that_hangs_on_it(people: People) -> None:
    await people.add("sue", "supervisor", ["h1"])
    await people.add("mo", "guard", ["h1"])
    await people.code("sue", "mo")
    await people.superuser.execute(
        "create table accounts.where_to_reach (token bytea references accounts.session on delete cascade);"
        "insert into accounts.where_to_reach select token_sha256 from accounts.session"
    )

    ended = await people.alerts.fetchval("select accounts.lose_devices($1, $2)", "token of sue", people.ids["mo"])

    assert ended == 1
    assert await people.superuser.fetchval("select count(*) from accounts.where_to_reach") == 1  # sue's own
    assert await people.superuser.fetchval("select count(*) from accounts.code where spent_at is null") == 0
    assert ("mo", "sue", "session.ended") in await people.events()


async def test_a_service_that_claims_a_reset_is_not_believed(people: People) -> None:
    await people.add("ada", "administrator")
    await people.add("mo", "administrator")
    await people.alerts.execute("select set_config('wardwatch.resets', 'mo', false)")
    await people.code("ada", "mo")

    assert ("mo", "ada", "account.invited") in await people.events()
    assert not [what for _, _, what in await people.events() if what == "account.reset"]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await people.alerts.fetchval("select accounts.reset_administrator('mo', sha256('x'), now())")


async def test_everything_done_to_an_account_says_by_whom(people: People) -> None:
    await people.add("ada", "administrator")
    await people.add("mo", "guard")
    await people.code("ada", "mo")
    passkey = await people.passkey("mo")
    await people.refusal(CHANGE, "ada", people.ids["mo"], "reviewer", ["h1"], "mo@h1")
    await people.refusal("select accounts.remove_passkey($1, $2, $3)", "ada", people.ids["mo"], passkey)
    await people.refusal(DISABLE, "ada", people.ids["mo"])
    await people.refusal("select accounts.let_in($1, $2, 'back again')", "ada", people.ids["mo"])

    done = [(by, what) for whose, by, what in await people.events() if whose == "mo"][2:]
    assert done == [
        ("ada", "account.invited"),
        ("mo", "passkey.added"),
        ("mo", "session.proven"),
        ("ada", "account.changed"),
        ("ada", "passkey.removed"),
        ("ada", "account.disabled"),
        ("ada", "session.ended"),
        ("ada", "account.enabled"),
    ]
    history = await people.alerts.fetch("select * from accounts.history($1, $2)", "token of ada", people.ids["mo"])
    assert [row["action"] for row in history][:2] == ["account.enabled", "session.ended"]
    assert history[0]["reason"] == "back again"
    # Whom another sign-in calls so is nobody's business for ever.
    assert "mo@h1" not in str([dict(row) for row in history])
    assert await agreement.disagreements(people.superuser) == []


async def test_a_passkey_that_is_put_in_or_taken_out_unseen_is_found(people: People) -> None:
    await people.add("mo", "guard")
    await people.superuser.execute("alter table accounts.passkey disable trigger all")
    await people.superuser.execute(
        "insert into accounts.passkey (account_id, credential, public_key, counter, name, rp_id)"
        " values ($1, 'c', 'k', 0, 'n', 'r')",
        people.ids["mo"],
    )

    assert [fault.where for fault in await agreement.disagreements(people.superuser)] == ["account mo"]


async def test_the_record_takes_answers_from_the_roles_of_the_table(people: People) -> None:
    incident = await acts.raise_incident(people.alerts, reviewers=2)
    for role in Role:
        await people.add(role, role)
    judged, went = set(), set()
    for role in Role:
        token = f"token of {role}"
        if await people.alerts.fetchval("select alerts.give_verdict($1, $2, 'cannot_tell')", incident, token):
            judged.add(role)
        try:
            if await people.alerts.fetchval(
                "select alerts.respond($1, $2)", await acts.raise_incident(people.alerts, reviewers=2), token
            ):
                went.add(role)
        except asyncpg.CheckViolationError:
            continue

    assert (judged, went) == (set(REVIEWERS), set(RESPONDERS))


@pytest.mark.parametrize("role", Role)
async def test_the_record_takes_approvals_from_keepers_alone(
    people: People, database: servers.Database, role: Role
) -> None:
    desk = await asyncpg.connect(database.importer)
    try:
        entry = await acts.draft(desk)
        await acts.submit(desk, entry)
        approver = acts.ANA
        await people.superuser.execute(
            "insert into accounts.account (id, name, role) values ($1, 'ana', $2)", approver.id, role
        )
        if role in KEEPERS:
            await acts.approve(desk, entry)
            return
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await acts.approve(desk, entry)
    finally:
        await desk.close()
    assert refused.value.constraint_name == "entry_approver_may_approve"


async def test_who_is_signed_in_where_is_seen_of_accounts_that_are_seen(people: People) -> None:
    for name, role, sites in (
        ("ada", "administrator", None), ("sue", "supervisor", ["h1"]), ("aud", "auditor", ["h1"]),
        ("li", "guard", ["h1"]), ("wu", "guard", ["h2"]),
    ):  # fmt: skip
        await people.add(name, role, sites)

    async def seen(by: str) -> dict[str, tuple[bool, bool]]:
        rows = await people.alerts.fetch("select * from accounts.sessions($1)", f"token of {by}")
        return {row["account_name"]: (row["own"], row["kept"]) for row in rows}

    assert await seen("ada") == {
        "ada": (True, False), "sue": (False, True), "aud": (False, True), "li": (False, True), "wu": (False, True),
    }  # fmt: skip
    assert await seen("sue") == {"sue": (True, False), "li": (False, True)}
    assert await seen("aud") == {"aud": (True, False), "sue": (False, False), "li": (False, False)}
    assert await people.refusal("select accounts.sessions($1)", "li") == "account_role"
    ending = "update accounts.session set ended_at = now() where account_id = $1"
    await people.superuser.execute(ending, people.ids["li"])
    assert "li" not in await seen("ada")


def test_there_are_words_for_every_rule_by_which_accounts_refuse() -> None:
    written = "".join((preparation.MIGRATIONS / name).read_text(encoding="utf-8") for name in REFUSING)

    assert set(re.findall(r"accounts\.refuse\('(\w+)'\)", written)) == RULES.keys()
