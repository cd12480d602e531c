"""How long the audit's page takes on a long audit: its pages, each filter, export, and recomputing the chain.

    python -m benchmarks.audit_browser --events 1000000

The real functions of the database behind the reading that the page has, on a real PostgreSQL, with a chain whose hashes
are right. Not in it: HTTP and the form of the answers, but for the export, whose lines are made.
"""

import argparse
import asyncio
import json
import resource
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from itertools import islice
from typing import Final
from uuid import UUID, uuid5

import asyncpg

from services.alerts.audit.reading import MOST_ROWS, AuditReading, Wanted
from services.alerts.database import Database
from services.chassis import audit_lines
from services.chassis.audit_chain import NOTHING, Event, Head, Walk, digest
from tests import servers

TOKEN: Final = "token of aud"  # noqa: S105 - of a database that is made for this
DAYS: Final = 400
RARE: Final = 50_000  # one event in so many is of somebody who is seldom here, and of a rare kind
_COLUMNS: Final = (
    "sequence", "at", "actor_id", "actor_name", "through", "action", "subject_kind", "subject", "reason", "details",
    "previous_sha256", "sha256",
)  # fmt: skip
_ACTIONS: Final = (
    ("entries.listed", "entries"), ("entry.read", "entry"), ("face.read", "photo"), ("incident.raised", "incident"),
    ("incident.reviewed", "incident"), ("session.opened", "account"), ("photo.read", "photo"),
)  # fmt: skip
_BATCH: Final = 20_000
_AT_ONCE: Final = 250
_NAMES: Final = UUID(int=7)


def told(head: Head, count: int, known: frozenset[str], begin: datetime) -> Iterator[Event]:
    """So many events behind *head* over ``DAYS``, of actions that are *known* to the database."""
    kinds = [(action, kind) for action, kind in _ACTIONS if action in known]
    last = head.sha256
    for number in range(1, count + 1):
        rare = number % RARE == RARE // 2
        action, kind = ("keys.verified", "keys") if rare else kinds[number % len(kinds)]
        name = "seldom.here" if rare else f"guard.{number % 17}"
        entry = str(uuid5(_NAMES, str(number % 3600)))
        event = Event(
            head.sequence + number,
            begin + timedelta(days=DAYS) * number / count,
            uuid5(_NAMES, name),
            name,
            "wardwatch_alerts",
            action,
            kind,
            entry,
            "as the day brings it",
            json.dumps({"entry": entry} if number % 2 else {"count": 50}),
            last,
            NOTHING,
        )
        event = replace(event, sha256=digest(event))
        last = event.sha256
        yield event


async def fill(superuser: "asyncpg.Connection[asyncpg.Record]", count: int) -> None:
    """Write the audit as the chain would have been, without its triggers."""
    known = frozenset(row["code"] for row in await superuser.fetch("SELECT code FROM audit.action"))
    chain = await superuser.fetchrow("SELECT sequence, sha256 FROM audit.head")
    assert chain is not None
    events = told(Head(*chain), count, known, datetime.now(UTC).replace(microsecond=0) - timedelta(days=DAYS))
    await superuser.set_type_codec(
        "jsonb", schema="pg_catalog", format="binary", encoder=lambda text: b"\x01" + text.encode(), decoder=bytes
    )
    await superuser.execute("SET session_replication_role = replica")
    last = None
    while some := list(islice(events, _BATCH)):
        rows = [tuple(getattr(event, name) for name in _COLUMNS) for event in some]
        await superuser.copy_records_to_table("event", schema_name="audit", columns=list(_COLUMNS), records=rows)
        last = some[-1]
    assert last is not None
    await superuser.execute("UPDATE audit.chain SET sequence = $1, sha256 = $2", last.sequence, last.sha256)
    await superuser.execute("SET session_replication_role = DEFAULT")
    await superuser.execute("VACUUM ANALYZE audit.event")


async def sign_in(superuser: "asyncpg.Connection[asyncpg.Record]") -> None:
    """An auditor with a session."""
    account = await superuser.fetchval(
        "INSERT INTO accounts.account (name, role) VALUES ('aud', 'auditor') RETURNING id"
    )
    await superuser.execute(
        "INSERT INTO accounts.session (token_sha256, account_id, expires_at) VALUES ($1, $2, now() + interval '8 h')",
        sha256(TOKEN.encode()).digest(),
        account,
    )


async def timed(title: str, runs: int, work: Callable[[], Awaitable[int]]) -> None:
    """Print median and longest, and how much was found."""
    took, found = [], await work()
    for _ in range(runs):
        began = time.perf_counter()
        found = await work()
        took.append((time.perf_counter() - began) * 1000)
    print(f"{title:44} median {statistics.median(took):8.1f} ms  longest {max(took):8.1f} ms  {found} events")


async def measure(database: servers.Database, count: int, runs: int) -> None:
    """Fill an audit and print what each question takes."""
    superuser = await asyncpg.connect(database.superuser)
    await sign_in(superuser)
    began = time.perf_counter()
    await fill(superuser, count)
    print(f"{count} events over {DAYS} days, written in {time.perf_counter() - began:.0f} s; {runs} runs")
    async with Database.open(database.alerts, None, connections=2) as connected:
        audit, now = AuditReading(connected), datetime.now(UTC)
        entry = str(uuid5(_NAMES, "17"))
        old = now - timedelta(days=DAYS - 10)

        async def page(wanted: Wanted, before: int | None = None) -> int:
            return len(await audit.page(TOKEN, wanted, before=before, most=51))

        questions = [
            ("first page", Wanted(), None),
            ("a page in the middle", Wanted(), count // 2),
            ("a kind that is frequent", Wanted(kind="entry"), None),
            ("a kind that is rare", Wanted(kind="keys"), None),
            ("a kind that never was", Wanted(kind="backup.restored"), None),
            ("an account that is often here", Wanted(account="guard.3"), None),
            ("an account that is seldom here", Wanted(account="seldom.here"), None),
            ("an account that is not known", Wanted(account="nobody"), None),
            ("about an entry", Wanted(about=entry), None),
            ("about nothing that is there", Wanted(about="nothing"), None),
            ("ten days of a year ago", Wanted(since=old, until=old + timedelta(days=10)), None),
            ("until a year ago", Wanted(until=old), None),
            ("a rare kind, until a year ago", Wanted(kind="keys", until=old), None),
        ]
        for title, wanted, before in questions:
            await timed(title, runs, partial(page, wanted, before))
        await export(audit, Wanted(), "export of everything, JSON lines")
        await export(audit, Wanted(kind="keys"), "export of a rare kind")
        await recompute(audit)
    await superuser.close()


async def export(audit: AuditReading, wanted: Wanted, title: str) -> None:
    """As the page streams it; the memory is what the process grew by."""
    await audit.note(TOKEN, "audit.verified", "", {})
    through, written, events_written = (await audit.head()).sequence, 0, 0
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    events = await audit.batch(TOKEN, wanted, after=0, through=through)
    while events:
        written += len("".join(f"{audit_lines.as_json(event)}\n" for event in events).encode())
        events_written += len(events)
        events = await audit.batch(TOKEN, wanted, after=events[-1].sequence, through=through)
    seconds = time.perf_counter() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{title:44} {seconds:8.1f} s  {written / 1e6:.0f} MB of {events_written} events, memory +{grown:.0f} MiB")


async def recompute(audit: AuditReading) -> None:
    """As the page has it done, part after part."""
    await audit.note(TOKEN, "audit.verified", "", {})
    walk, faults, count, began, longest = Walk({}), 0, 0, time.perf_counter(), 0.0
    while True:
        asked = time.perf_counter()
        events, chain = await audit.slice(TOKEN, walk.last.sequence)
        for start in range(0, len(events), _AT_ONCE):
            faults += sum(1 for event in events[start : start + _AT_ONCE] for _ in walk.step(event))
        longest = max(longest, time.perf_counter() - asked)
        count += len(events)
        if len(events) < MOST_ROWS:
            faults += len(list(walk.end(chain)))
            break
    seconds = time.perf_counter() - began
    assert faults == 0, faults
    print(
        f"{'recomputing the chain':44} {seconds:8.1f} s  {count} events, {count / seconds:,.0f} a second,"
        f" longest part {longest * 1000:.0f} ms"
    )


def main() -> None:
    """Print what each takes."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--events", type=int, default=200_000)
    options.add_argument("--runs", type=int, default=5)
    chosen = options.parse_args()
    cluster = servers.Cluster()
    try:
        asyncio.run(measure(cluster.clone(), chosen.events, chosen.runs))
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
