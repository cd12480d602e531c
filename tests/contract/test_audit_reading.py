"""The audit as the page's accounts read it: for whom, noted first, by what is wanted, and recomputed in parts (S9)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import pytest

from cli.audit import agreement
from proto.wardwatch.v1.roles import AUDIT_READERS, Role
from services.alerts.audit import reading
from services.alerts.audit.reading import AuditReading, Wanted
from services.alerts.database import Database, Unacceptable
from services.chassis.audit_chain import NOTHING, Head, Walk
from tests import servers
from tests.contract import acts

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]


@dataclass(frozen=True, slots=True)
class Here:
    """The audit as the alerts service reaches it, and who signs people in."""

    audit: AuditReading
    superuser: "Connection"
    desk: "Connection"

    async def add(self, name: str, role: str, sites: list[str] | None = None) -> str:
        """An account that is signed in; its token."""
        account: UUID = await self.superuser.fetchval(
            "insert into accounts.account (name, role, sites) values ($1, $2, $3) returning id", name, role, sites
        )
        token = f"token of {name}"
        await self.superuser.execute(
            "insert into accounts.session (token_sha256, account_id, expires_at)"
            " values ($1, $2, now() + interval '1 h')",
            sha256(token.encode()).digest(),
            account,
        )
        return token

    async def rule(self, token: str, *, noted: bool = True) -> str:
        """By which rule reading is refused, empty where it is not."""
        try:
            if noted:
                await self.audit.page(token, Wanted(), before=None, most=1)
            else:
                await self.audit.batch(token, Wanted(), after=0, through=1)
        except Unacceptable as error:
            return error.rule
        return ""

    async def actions(self, token: str, wanted: Wanted) -> list[str]:
        """What was done, newest first, of what is wanted."""
        return [event.action for event in await self.audit.page(token, wanted, before=None, most=100)]


@pytest.fixture
async def here(database: servers.Database) -> AsyncIterator[Here]:
    superuser = await asyncpg.connect(database.superuser)
    desk = await asyncpg.connect(database.importer)
    async with Database.open(database.alerts, None, connections=2) as connected:
        yield Here(AuditReading(connected), superuser, desk)
    await superuser.close()
    await desk.close()


async def test_the_audit_is_read_by_those_of_the_table_who_are_for_every_site(here: Here) -> None:
    refused = {role: await here.rule(await here.add(role, role)) for role in Role}
    of_a_site = await here.rule(await here.add("sam", "auditor", ["h1"]))

    assert refused == {role: "" if role in AUDIT_READERS else "account_role" for role in Role}
    assert (of_a_site, await here.rule("token of nobody")) == ("audit_of_every_site", "session_over")


async def test_nothing_is_read_that_was_not_noted_first(here: Here) -> None:
    aud = await here.add("aud", "auditor")
    eve = await here.add("eve", "auditor")

    await here.audit.note(eve, "audit.verified", "", {})

    assert await here.rule(aud, noted=False) == "reading_is_noted"
    assert await here.rule(eve, noted=False) == ""
    (event,) = await here.audit.page(aud, Wanted(kind="audit"), before=None, most=9)
    assert (event.action, event.actor_name, event.through) == ("audit.verified", "eve", "wardwatch_alerts")
    assert [each.actor_name for each in await here.audit.page(aud, Wanted(kind="audit.read"), before=None, most=9)] == [
        "aud"
    ]


async def test_events_are_found_by_account_kind_subject_and_time(here: Here) -> None:
    aud = await here.add("aud", "auditor")
    entry = await acts.active(here.desk)
    other = await acts.active(here.desk)
    now = datetime.now(UTC)

    about = await here.audit.page(aud, Wanted(about=str(entry)), before=None, most=100)
    approved = await here.audit.page(aud, Wanted(kind="entry.approved"), before=None, most=100)

    assert {"entry.drafted", "photo.added", "entry.approved"} <= {event.action for event in about}
    assert not [event for event in about if str(other) in (event.subject, event.details)]
    assert [event.subject for event in approved] == [str(other), str(entry)]
    assert set(await here.actions(aud, Wanted(account=acts.ANA.name))) == {"entry.approved"}
    assert set(await here.actions(aud, Wanted(account="aud", kind="session"))) == {"session.opened"}
    assert await here.actions(aud, Wanted(since=now + timedelta(hours=1))) == []
    assert await here.actions(aud, Wanted(until=now - timedelta(hours=1))) == []
    assert "entry.approved" in await here.actions(aud, Wanted(since=now - timedelta(hours=1)))


async def test_pages_follow_each_other_without_a_gap(here: Here) -> None:
    aud = await here.add("aud", "auditor")
    await acts.active(here.desk)
    numbers = list[int]()
    before = None

    while page := await here.audit.page(aud, Wanted(kind="entry"), before=before, most=2):
        numbers += [event.sequence for event in page]
        before = numbers[-1]

    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == len(set(numbers)) == 3


async def test_the_chain_is_recomputed_in_parts(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", 2)
    aud = await here.add("aud", "auditor")
    await acts.active(here.desk)
    await here.audit.note(aud, "audit.verified", "", {})

    walk, parts, faults = Walk({}, Head(0, NOTHING)), 0, list[str]()
    events, chain = await here.audit.slice(aud, 0)
    while events:
        faults += [str(fault) for event in events for fault in walk.step(event)]
        parts += 1
        events, chain = await here.audit.slice(aud, walk.last.sequence)

    assert [*faults, *walk.end(chain)] == []
    assert walk.last == chain == await here.audit.head()
    assert parts > 3


async def test_reading_on_the_page_agrees_with_what_the_command_compares(
    here: Here, database: servers.Database
) -> None:
    await here.rule(await here.add("aud", "auditor"))
    auditor = await asyncpg.connect(database.audit)

    assert await agreement.disagreements(auditor) == []
    await auditor.close()
