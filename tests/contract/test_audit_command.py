"""`wardwatch audit` against whoever rules the database: every kind of tampering is found and named (safeguard S9)."""

import asyncio
import csv
import json
import logging
import stat
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import asyncpg
import pytest
import structlog
from nats.js.errors import APIError
from pydantic import TypeAdapter
from typer.testing import CliRunner

from cli.audit.commands import app
from services.alerts.anchor import Anchor
from services.alerts.database import Database
from services.alerts.proof.store import ProofStore, Record
from services.chassis import audit_lines as lines
from services.chassis.audit_chain import Event, digest
from services.chassis.errors import StartupError
from services.chassis.telemetry import Meters
from tests import buses, servers
from tests.contract import acts
from tests.contract.acts import ANA, LI
from tests.fakes import quiet_repairs

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

# The whole chain, or its end, with hashes that are right: what somebody who rules the database can always write.
REWRITE = """
do $$
declare
    one record; followed bytea := decode(repeat('00', 32), 'hex'); made bytea; number bigint := 0;
begin
    for one in select * from audit.event order by sequence loop
        number := number + 1;
        made := sha256(followed || convert_to(audit.canonical(number, one.at, one.actor_id, one.actor_name, one.through,
            one.action, one.subject_kind, one.subject, one.reason, one.details), 'UTF8'));
        update audit.event set sequence = number, previous_sha256 = followed, sha256 = made
        where sequence = one.sequence;
        followed := made;
    end loop;
    update audit.chain set sequence = number, sha256 = followed;
end $$
"""
CHANGE_A_REASON = "update audit.event set reason = 'nothing to see' where action = 'entry.revoked'"
FORGE = """
    insert into audit.event select sequence + {by}, at, actor_id, 'ana.ruiz', through, action, subject_kind, subject,
        reason, details, previous_sha256, sha256 from audit.event where sequence = {of}
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command printed, and how it ended."""

    code: int
    out: list[str]
    err: str


@dataclass(frozen=True, slots=True)
class Audited:
    """A database with an audit of some people's doings, and the broker that holds its heads."""

    database: servers.Database
    nats: servers.Nats
    folder: Path

    def run(self, *words: str) -> Answer:
        """Run ``wardwatch audit`` *words*."""
        result = CliRunner().invoke(app, words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout.splitlines(), result.stderr)

    def anchor(self) -> None:
        """Publish the head, as alerts does."""
        asyncio.run(self._anchor())

    def sql(self, *statements: str, role: str = "superuser") -> None:
        """Run statements in one transaction."""
        asyncio.run(self._sql(getattr(self.database, role), statements))

    def tamper(self, *statements: str) -> None:
        """As the superuser, with the guard of the events off and on again."""
        self.sql(
            "alter table audit.event disable trigger guard_event",
            "alter table audit.event drop constraint event_pkey",
            *statements,
            "alter table audit.event add primary key (sequence)",
            "alter table audit.event enable always trigger guard_event",
        )

    def doing(self, act: Callable[["Connection"], Coroutine[None, None, object]], role: str = "importer") -> None:
        """Let somebody do something over a connection of *role*."""

        async def do() -> None:
            connection = await asyncpg.connect(getattr(self.database, role))
            try:
                await act(connection)
            finally:
                await connection.close()

        asyncio.run(do())

    async def _anchor(self) -> None:
        async with (
            Database.open(self.database.alerts, None, connections=1) as database,
            buses.connected(self.nats, "alerts") as bus,
        ):
            await Anchor(database, bus.publish_owed, bus.last_of, quiet_repairs(), Meters())()

    async def _sql(self, url: str, statements: tuple[str, ...]) -> None:
        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction():
                for statement in statements:
                    await connection.execute(statement)
        finally:
            await connection.close()


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """As the command's own start does: the chassis logs for services, not on the output."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield
    structlog.reset_defaults()


@pytest.fixture
def unpublished(
    database: servers.Database, nats_with_streams: servers.Nats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Audited:
    """Eight events, no head published."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for role, url in (("wardwatch_owner", database.owner), ("wardwatch_audit", database.audit)):
        (secrets / f"{role}.password").write_text(urlsplit(url).password or "")
    monkeypatch.setenv("WARDWATCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WARDWATCH_DATABASE_URL", database.owner)
    monkeypatch.setenv("WARDWATCH_DATABASE_PASSWORD_FILE", str(secrets / "wardwatch_owner.password"))
    monkeypatch.setenv("WARDWATCH_NATS_URL", nats_with_streams.url)
    monkeypatch.setenv("WARDWATCH_CREDENTIALS_DIR", str(nats_with_streams.credentials_dir))
    command = Audited(database, nats_with_streams, tmp_path)

    async def live(desk: "Connection") -> None:
        entry = await acts.active(desk)
        await acts.note(desk, "entry.read", subject=str(entry))
        await acts.move(desk, entry, LI, "revoked", "mistaken identity")

    command.doing(lambda owner: acts.account(owner, "mei.lin"), role="owner")
    command.doing(live)
    return command


@pytest.fixture
def audited(unpublished: Audited) -> Audited:
    """Eight events, the last head published."""
    unpublished.anchor()
    return unpublished


def faults(answer: Answer) -> list[str]:
    """The lines that name a fault; the command must have ended with 1."""
    assert answer.code == 1
    assert answer.out[-1].startswith("the audit is NOT whole")
    return answer.out[:-1]


@contextmanager
def away(nats: servers.Nats) -> Iterator[None]:
    """The broker is down meanwhile."""
    nats.stop()
    yield


def test_an_audit_that_nobody_touched_is_whole(audited: Audited) -> None:
    answer = audited.run("verify")

    assert answer.code == 0, answer.out
    assert answer.out[:2] == [
        "the audit is whole: 8 events",
        "heads kept elsewhere that agree: 1, covering events 1 to 8",
    ]
    assert answer.out[2].startswith("head 8 ")
    assert answer.err == ""


def test_events_behind_the_last_published_head_are_no_fault(audited: Audited) -> None:
    audited.doing(lambda desk: acts.active(desk))

    answer = audited.run("verify")

    assert (answer.code, answer.out[0]) == (0, "the audit is whole: 12 events")
    assert answer.out[1] == "heads kept elsewhere that agree: 1, covering events 1 to 8"


def test_a_changed_row_is_named(audited: Audited) -> None:
    audited.tamper(CHANGE_A_REASON)

    assert faults(audited.run("verify")) == [
        "event 8: its content does not give its hash: it was changed after it was written, or made up"
    ]


@pytest.mark.parametrize(
    "column",
    [
        "at = at + interval '1 us'",
        "actor_id = null",
        "actor_name = 'ana'",
        "through = 'postgres'",
        "action = 'entry.changed'",
        "subject_kind = 'photo'",
        "subject = ''",
        "reason = reason || ' '",
        "details = details || '{\"revision\": 9}'",
        "sha256 = sha256(sha256)",
        "previous_sha256 = sha256(sha256)",
    ],
)
def test_every_column_is_covered(audited: Audited, column: str) -> None:
    audited.tamper(f"update audit.event set {column} where sequence = 5")  # noqa: S608 - a column of the list above

    assert faults(audited.run("verify"))[0].startswith("event 5: ")


def test_a_row_deleted_in_the_middle_is_named(audited: Audited) -> None:
    audited.tamper("delete from audit.event where sequence = 6")

    assert "event 7: event 6 is missing before it: deleted, or moved to another number" in faults(audited.run("verify"))


def test_several_rows_deleted_at_the_beginning_are_named(audited: Audited) -> None:
    audited.tamper("delete from audit.event where sequence < 4")

    assert faults(audited.run("verify"))[0] == (
        "event 4: events from 1 on are missing before it: deleted, or moved to another number"
    )


def test_last_rows_deleted_are_found_by_the_chain_s_own_head(audited: Audited) -> None:
    audited.tamper("delete from audit.event where sequence > 6")

    assert "event 6: is the last one, but 8 were chained: the events behind it are missing" in faults(
        audited.run("verify")
    )


def test_deleted_last_rows_are_found_by_the_published_head(audited: Audited) -> None:
    audited.tamper(
        "delete from audit.event where action = 'entry.read'", "delete from audit.event where sequence > 6", REWRITE
    )

    found = faults(audited.run("verify"))

    assert any(
        line.startswith("event 6: is the last one, but event 8 was published at 20")
        and line.endswith("deleted, or the database was put back from a backup")
        for line in found
    )


def test_a_row_put_in_at_the_end_is_named(audited: Audited) -> None:
    audited.tamper(FORGE.format(of=8, by=1))

    found = faults(audited.run("verify"))

    assert "event 9: does not follow the event before it: one of the two was put in, exchanged or rewritten" in found
    assert "event 9: its content does not give its hash: it was changed after it was written, or made up" in found
    assert "event 9: is the last one, but not the one that was chained last: it was put in or rewritten" in found


def test_a_row_put_in_at_the_end_with_the_right_hash_is_named(audited: Audited) -> None:
    audited.tamper(
        FORGE.format(of=8, by=1),
        REWRITE,
        "update audit.chain set (sequence, sha256) = (select 8, sha256 from audit.event where sequence = 8)",
    )

    assert "event 9: is the last one, but not the one that was chained last: it was put in or rewritten" in faults(
        audited.run("verify")
    )


def test_a_row_put_in_in_the_middle_is_named(audited: Audited) -> None:
    audited.tamper("update audit.event set sequence = sequence + 1 where sequence > 4", FORGE.format(of=4, by=1))

    assert faults(audited.run("verify"))[0].startswith("event 5: does not follow the event before it")


def test_rows_in_another_order_are_named(audited: Audited) -> None:
    audited.tamper("update audit.event set sequence = 11 - sequence where sequence in (5, 6)")

    found = faults(audited.run("verify"))

    assert {line.partition(":")[0] for line in found} == {"event 5", "event 6", "event 7"}


def test_a_chain_written_anew_is_found_by_the_published_head(audited: Audited) -> None:
    audited.tamper(CHANGE_A_REASON, REWRITE)

    (found,) = faults(audited.run("verify"))

    assert found.startswith("event 8: has not the hash that was published at 20")
    assert found.endswith("the audit up to here was rewritten")


def test_a_head_kept_on_paper_finds_it_without_the_broker(audited: Audited) -> None:
    paper = audited.folder / "head.txt"
    number, sha256 = audited.run("head").out[0].split()
    paper.write_text(f"{number}\n" + " ".join(sha256[i : i + 8].upper() for i in range(0, 64, 8)))
    assert audited.run("verify", "--since-file", str(paper)).out[1].startswith("heads kept elsewhere that agree: 2,")
    audited.tamper(CHANGE_A_REASON, REWRITE)

    with away(audited.nats):
        answer = audited.run("verify", "--since-file", str(paper))

    assert faults(answer) == ["event 8: has not the hash that was kept in head.txt: the audit up to here was rewritten"]


def test_a_head_kept_on_paper_finds_a_chain_that_was_cut_off(audited: Audited) -> None:
    paper = audited.folder / "head.txt"
    paper.write_text(audited.run("head").out[0])
    audited.tamper("delete from audit.event where sequence > 7", REWRITE)

    with away(audited.nats):
        found = faults(audited.run("verify", "--since-file", str(paper)))

    assert (
        "event 7: is the last one, but event 8 was kept in head.txt: the events behind it were deleted, or the database"
        " was put back from a backup"
    ) in found


@pytest.mark.parametrize("text", ["", "8", "8 abcd", "eight " + "ab" * 32, "8 " + "ab" * 33])
def test_a_paper_that_holds_no_head_is_one_sentence(audited: Audited, text: str) -> None:
    paper = audited.folder / "head.txt"
    paper.write_text(text)

    with pytest.raises(StartupError, match=r"holds no head: a number, a space and 64 signs"):
        audited.run("verify", "--since-file", str(paper))


def test_without_the_broker_it_is_said_that_nothing_was_compared(audited: Audited) -> None:
    with away(audited.nats):
        answer, strict = audited.run("verify"), audited.run("verify", "--require-anchors")

    assert (answer.code, answer.out[:2]) == (
        0,
        ["the audit is whole: 8 events", "no head that is kept elsewhere was compared"],
    )
    assert answer.err.startswith("wardwatch: the published heads were NOT compared: the broker at nats://")
    assert strict.code == 1


def test_without_the_operator_s_seed_it_says_nothing_was_compared(
    audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARDWATCH_CREDENTIALS_DIR", str(audited.folder))

    answer = audited.run("verify")

    assert answer.code == 0
    assert "NOT compared: there is no credential for operator" in answer.err


def test_a_stream_without_any_head_is_not_taken_for_one_that_agrees(unpublished: Audited) -> None:
    answer, strict = unpublished.run("verify"), unpublished.run("verify", "--require-anchors")

    assert "NOT compared: there is none on the stream" in answer.err
    assert (answer.code, strict.code) == (0, 1)


def test_nobody_can_take_a_head_off_the_stream(audited: Audited) -> None:
    async def attempt() -> None:
        async with buses.connected(audited.nats, "operator") as bus:
            config = (await bus.stream.stream_info("AUDIT")).config
            assert (config.deny_delete, config.deny_purge) == (True, True)
            with pytest.raises(APIError, match="can not cancel deny message deletes"):
                await bus.stream.update_stream(config.evolve(deny_delete=False))

    asyncio.run(attempt())


# --- triggers that were switched off


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        pytest.param("disable trigger audit_account", "is switched off, wholly or for replication", id="off"),
        pytest.param("enable trigger audit_account", "is switched off, wholly or for replication", id="not always"),
        pytest.param(
            "enable replica trigger audit_account", "is switched off, wholly or for replication", id="replica"
        ),
    ],
)
def test_a_trigger_that_is_switched_off_is_named(audited: Audited, statement: str, fault: str) -> None:
    audited.sql(f"alter table accounts.account {statement}")

    assert faults(audited.run("verify")) == [f"trigger audit_account on accounts.account: {fault}"]


def test_a_trigger_that_is_gone_is_named(audited: Audited) -> None:
    audited.sql("drop trigger audit_review on alerts.review")

    assert faults(audited.run("verify")) == [
        "trigger audit_review on alerts.review: is missing: nothing that it would have written or refused is certain"
    ]


def test_a_trigger_that_was_put_in_is_named(audited: Audited) -> None:
    audited.sql(
        "create function public.swallow() returns trigger language plpgsql as 'begin return null; end'",
        "create trigger swallow before insert on audit.pending for each row execute function public.swallow()",
        "alter table audit.pending enable always trigger swallow",
    )

    assert faults(audited.run("verify")) == ["trigger swallow on audit.pending: does not belong there"]


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param(
            [
                "create or replace function audit.write_account() returns trigger language plpgsql as"
                " 'begin return null; end'"
            ],
            id="function",
        ),
        pytest.param(
            [
                "drop trigger audit_outcome on alerts.incident",
                "create trigger audit_outcome after update on alerts.incident for each row when (false)"
                " execute function audit.write_outcome()",
                "alter table alerts.incident enable always trigger audit_outcome",
            ],
            id="condition",
        ),
    ],
)
def test_code_that_is_not_as_the_migration_made_it_is_said(audited: Audited, statements: list[str]) -> None:
    audited.sql(*statements)

    assert faults(audited.run("verify")) == [
        "functions: those of the audit are not the ones that this version of wardwatch made"
    ]


def test_what_was_done_while_a_trigger_was_off_is_found_in_the_tables(audited: Audited) -> None:
    audited.sql(
        "alter table accounts.account disable trigger audit_account",
        "insert into accounts.account (name, role) values ('eve', 'administrator')",
        "update accounts.account set role = 'administrator' where name = 'mei.lin'",
        "alter table accounts.account enable always trigger audit_account",
    )

    assert sorted(faults(audited.run("verify"))) == [
        "account eve: has a name, a role, sites or an end that no event gave it",
        "account mei.lin: has a name, a role, sites or an end that no event gave it",
    ]


def test_sites_that_were_widened_behind_the_audit_are_found(audited: Audited) -> None:
    audited.sql("select accounts.set_sites('mei.lin', array['h1'])")
    assert audited.run("verify").code == 0

    audited.sql(
        "alter table accounts.account disable trigger audit_account",
        "update accounts.account set sites = null where name = 'mei.lin'",
        "alter table accounts.account enable always trigger audit_account",
    )

    assert faults(audited.run("verify")) == [
        "account mei.lin: has a name, a role, sites or an end that no event gave it"
    ]


def test_hidden_work_on_matchers_and_comparisons_is_found(audited: Audited) -> None:
    async def work(matcher: "Connection") -> None:
        for name in ("m1", "m2"):
            await acts.report_presence(matcher, name)
        await acts.give_up(matcher, "m1", ANA, "burnt")
        for by in (None, ANA):
            await acts.end_comparison(matcher, await acts.compare(matcher, by), entries=3)

    audited.doing(work, role="matcher")
    assert audited.run("verify").code == 0
    audited.sql(
        "alter table watchlist.replica disable trigger audit_given_up",
        "update watchlist.replica set ended_at = now(), given_up_by_id = gen_random_uuid(), given_up_by_name = 'eve',"
        " given_up_reason = 'x' where name = 'm2'",
        "alter table watchlist.replica enable always trigger audit_given_up",
        "update watchlist.reconciliation set bury_unknown = true where cause = 'asked'",
        "update watchlist.reconciliation set buried = 3 where cause = 'nightly'",
    )

    found = [line.partition(": ") for line in faults(audited.run("verify"))]

    assert [(where.split()[0], fault) for where, _, fault in found] == [
        ("matcher", "is given up, but no event says by whom"),
        ("comparison", "was asked for, but no event says by whom"),
        ("comparison", "found or did what no event says"),
    ]


async def three_thresholds(desk: "Connection") -> None:
    """One that held, one that was taken back, and one that holds; the software's own is number 1."""
    await acts.approve_threshold(desk, await acts.request_threshold(desk, 0.52))
    await acts.withdraw_threshold(desk, await acts.request_threshold(desk, 0.6))
    await acts.approve_threshold(desk, await acts.request_threshold(desk, 0.58))


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        (
            "min_similarity = 0.1 where number = 1",
            [
                "threshold 1: was asked for, but no event says by whom, or of how much",
                "threshold 1: is approved or taken back, but no event says by whom",
            ],
        ),
        (
            "min_similarity = 0.1 where number = 2",
            ["threshold 2: was asked for, but no event says by whom, or of how much"],
        ),
        (
            "asked_by_id = gen_random_uuid() where number = 3",
            ["threshold 3: was asked for, but no event says by whom, or of how much"],
        ),
        (
            "approved_by_id = gen_random_uuid() where number = 4",
            ["threshold 4: is approved or taken back, but no event says by whom"],
        ),
        (
            "withdrawn_by_id = gen_random_uuid() where number = 3",
            ["threshold 3: is approved or taken back, but no event says by whom"],
        ),
        (
            "withdrawn_at = null, withdrawn_by_id = null, withdrawn_by_name = null where number = 3",
            ["threshold 3: waits, but an event says that it was decided"],
        ),
        (
            "approved_at = null, approved_by_id = null, approved_by_name = null where number = 4",
            [
                "threshold 4: waits, but an event says that it was decided",
                "threshold 2: holds, but is not the one that was approved last",
            ],
        ),
    ],
)
def test_a_threshold_that_was_changed_behind_the_audit_is_found(
    audited: Audited, changed: str, found: list[str]
) -> None:
    audited.doing(three_thresholds)
    assert audited.run("verify").code == 0
    audited.sql(
        "alter table watchlist.threshold disable trigger all",
        f"update watchlist.threshold set {changed}",  # noqa: S608 - a change of the list above
        "alter table watchlist.threshold enable trigger all",
        "alter table watchlist.threshold enable always trigger audit_threshold",
    )

    assert faults(audited.run("verify")) == found


def test_a_threshold_that_was_put_in_behind_the_audit_is_found(audited: Audited) -> None:
    audited.doing(three_thresholds)
    audited.sql(
        "alter table watchlist.threshold disable trigger all",
        "insert into watchlist.threshold (min_similarity, reason, asked_by_id, asked_by_name, approved_by_id,"
        " approved_by_name, approved_at) select 0.3, 'x', asked_by_id, asked_by_name, approved_by_id, approved_by_name,"
        " now() from watchlist.threshold where number = 1",
        "alter table watchlist.threshold enable trigger all",
        "alter table watchlist.threshold enable always trigger audit_threshold",
    )

    assert faults(audited.run("verify")) == [
        "threshold 5: was asked for, but no event says by whom, or of how much",
        "threshold 5: is approved or taken back, but no event says by whom",
        "threshold 5: holds, but is not the one that was approved last",
    ]


def test_an_event_that_was_never_chained_is_found(audited: Audited) -> None:
    audited.sql("alter table audit.pending disable trigger chain_up")
    audited.doing(lambda desk: acts.note(desk, "entry.read", subject="e"))
    audited.sql("alter table audit.pending enable always trigger chain_up")

    (found,) = faults(audited.run("verify"))

    assert found.startswith("event of 20")
    assert found.endswith("entry.read: was written but never chained: the trigger chain_up was off")


def test_a_list_that_was_changed_behind_its_history_is_found(audited: Audited) -> None:
    audited.sql(
        "alter table watchlist.entry disable trigger all",
        "update watchlist.entry set state = 'active', approver_id = gen_random_uuid()",
        "alter table watchlist.entry enable trigger all",
        "alter table watchlist.entry enable always trigger audit_entry",
    )

    found = faults(audited.run("verify"))

    assert [line.partition(": ")[2] for line in found] == [
        "stands in a state or revision that no event led to",
        "has an approver whom no event names",
    ]


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("delete from watchlist.change where revision = 3", "says what the list's history does not"),
        (
            "insert into watchlist.change (entry_id, revision, state, account_id, account_name, reason, changed_at)"
            " select id, 9, 'active', gen_random_uuid(), 'eve', '', now() from watchlist.entry",
            "is in the list's history, but no event says so",
        ),
        (
            "update watchlist.change set account_id = gen_random_uuid() where revision = 3",
            "is in the list's history, but no event says so",
        ),
    ],
)
def test_a_history_that_was_changed_is_found(audited: Audited, statement: str, fault: str) -> None:
    audited.sql(
        "alter table watchlist.change disable trigger all", statement, "alter table watchlist.change enable trigger all"
    )

    (found,) = faults(audited.run("verify"))

    assert fault in found


def test_many_faults_are_cut_off_on_the_screen_and_whole_in_json(audited: Audited) -> None:
    audited.tamper("update audit.event set reason = 'x'")

    shown, whole = audited.run("verify", "--most", "3"), audited.run("verify", "--json")

    assert shown.out[3:] == ["and 5 faults more", "the audit is NOT whole: 8 faults in 8 events"]
    assert [fault["where"] for fault in json.loads(whole.out[0])["faults"]] == [f"event {n}" for n in range(1, 9)]
    assert whole.code == 1


def test_an_audit_that_was_removed_is_one_sentence(audited: Audited) -> None:
    audited.sql("drop schema audit cascade")

    with pytest.raises(StartupError, match="keeps no audit, or it was removed"):
        audited.run("verify")


# --- reading


def test_show_narrows_by_entry_account_and_time(audited: Audited) -> None:
    entry = next(line.split()[6] for line in audited.run("show").out if "entry.approved" in line)

    by_entry = audited.run("show", "--entry", entry).out
    by_account = audited.run("show", "--account", "mei.lin").out
    # A day later than tomorrow: it is tomorrow already where the hospital is.
    later = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"

    assert ["entry.drafted" in by_entry[0], len(by_entry)] == [True, 6]
    assert [line.split()[4] for line in by_account] == ["account.added", "account.invited"]
    assert audited.run("show", "--since", later).out == []
    assert [line.split()[0] for line in audited.run("show", "--newest", "2").out] == ["7", "8"]


def test_show_prints_json_with_every_column(audited: Audited) -> None:
    first = json.loads(audited.run("show", "--json").out[0])

    assert tuple(first) == lines.COLUMNS
    assert (first["sequence"], first["action"], first["through"]) == (1, "account.added", "wardwatch_owner")


def test_a_day_that_is_none_is_one_sentence(audited: Audited) -> None:
    with pytest.raises(StartupError, match="--since yesterday is no day or moment such as 2026-11-24"):
        audited.run("show", "--since", "yesterday")


def test_an_export_holds_all_events_and_hashes_that_can_be_checked(audited: Audited) -> None:
    path = audited.folder / "audit.jsonl"

    answer = audited.run("export", str(path), "--reason", "yearly review")

    events = [event_of(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert answer.out == [f"9 events are in {path}"]
    assert (events[-1].action, events[-1].reason, events[-1].through) == (
        "audit.exported",
        "yearly review",
        "wardwatch_audit",
    )
    assert all(digest(event) == event.sha256 for event in events)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert audited.run("verify").code == 0
    month = f"{events[0].at.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m}"
    told = json.loads(audited.run("report", month, "--from", str(path), "--json").out[0])
    assert told["log"]["is_whole"] is True
    assert (told["log"]["last"], told["log"]["sha256"]) == (9, events[-1].sha256.hex())
    assert told["list"]["submitted"] == [event.action for event in events].count("entry.submitted")


def event_of(line: str) -> Event:
    """One line of an export, read by nothing of ours but the field names and their types."""
    fields: dict[str, object] = json.loads(line)
    digests = {name: bytes.fromhex(str(fields[name])) for name in ("previous_sha256", "sha256")}
    return TypeAdapter(Event).validate_python(fields | digests)


def test_an_export_for_a_spreadsheet_runs_no_formula(audited: Audited) -> None:
    path = audited.folder / "audit.csv"
    audited.doing(lambda desk: acts.note(desk, "entry.read", reason='=HYPERLINK("http://a/","中文")'))

    audited.run("export", str(path), "--reason", "yearly review")

    content = path.read_text(encoding="utf-8")
    assert content.startswith("\ufeffsequence,")
    rows = list(csv.DictReader(content.removeprefix("\ufeff").splitlines()))
    assert len(rows) == 10
    assert rows[8]["reason"] == '\'=HYPERLINK("http://a/","中文")'


@pytest.mark.parametrize(
    ("name", "reason", "message"),
    [
        ("audit.txt", "yearly", r"must end with \.csv or \.jsonl"),
        ("audit.csv", "  ", "say why with --reason"),
        ("there.csv", "yearly", "is there already; name another file"),
        ("no/folder.csv", "yearly", "cannot be written"),
    ],
)
def test_an_export_that_cannot_be_made_is_not_recorded(audited: Audited, name: str, reason: str, message: str) -> None:
    (audited.folder / "there.csv").write_text("kept")

    with pytest.raises(StartupError, match=message):
        audited.run("export", str(audited.folder / name), "--reason", reason)

    assert audited.run("head").out[0].startswith("8 ")


def test_what_was_verified_and_counted_is_published_for_everybody(audited: Audited) -> None:
    assert audited.run("verify", "--publish").code == 0
    log = audited.folder / "audit.jsonl"
    audited.run("export", str(log), "--reason", "the monthly report")
    month = datetime.now(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m")
    with pytest.raises(StartupError, match="is not over yet"):
        audited.run("report", month, "--from", str(log), "--publish")
    assert audited.run("report", "2026-01", "--from", str(log), "--publish").code == 0

    record = asyncio.run(_public(audited.database))
    assert record.head is not None
    assert record.verification is not None
    assert (record.verification.faults, record.verification.compared) == (0, 1)
    (report,) = record.reports
    assert (report.month, report.content["month"]) == ("2026-01", "2026-01")
    # Both are events themselves, and the audit with them is whole.
    assert audited.run("verify").code == 0
    shown = " ".join(audited.run("show").out)
    assert "audit.verification_published" in shown


def test_a_verification_of_another_audit_is_not_published(audited: Audited) -> None:
    head = "decode(repeat('00', 32), 'hex')"

    with pytest.raises(asyncpg.CheckViolationError):
        audited.sql(f"select audit.publish_verification('x', '1', 8, {head}, 0, 0, 0)", role="audit")


async def _public(database: servers.Database) -> Record:
    """What anybody may see of the audit."""
    async with Database.open(database.alerts, None, connections=1) as opened:
        return await ProofStore(opened, "Asia/Shanghai").read()
