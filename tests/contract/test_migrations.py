"""Every migration on a real PostgreSQL, taken back and applied again."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import asyncpg
import pytest

from access import database as preparation
from tests import servers

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

# Everything that a migration makes, but for rows: one line each, with who may do what with it.
MADE: Final = """
    with ours as (
        select oid as schema from pg_namespace
        where nspname in ('accounts', 'alerts', 'audit', 'broker', 'delivery', 'federation', 'identity', 'watchlist')
    )
    select format('relation %s %s %s %s', c.oid::regclass, c.relkind, c.relowner::regrole, array(
        select a::text from unnest(
            coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))
        ) a order by 1)) as thing
    from pg_class c join ours on schema = c.relnamespace
    union all select format('column %s.%s %s %s %s %s', a.attrelid::regclass, a.attname,
        format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), array(
        select x::text from unnest(a.attacl) x order by 1))
    from pg_attribute a join pg_class c on c.oid = a.attrelid join ours on schema = c.relnamespace
        left join pg_attrdef d on (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
    where a.attnum > 0 and not a.attisdropped
    union all select format('view %s %s', c.oid::regclass, pg_get_viewdef(c.oid))
    from pg_class c join ours on schema = c.relnamespace where c.relkind = 'v'
    union all select format('index %s', pg_get_indexdef(i.indexrelid))
    from pg_index i join pg_class c on c.oid = i.indrelid join ours on schema = c.relnamespace
    union all select format('constraint %s %s %s', t.conrelid::regclass, t.conname, pg_get_constraintdef(t.oid))
    from pg_constraint t join ours on schema = t.connamespace
    union all select format('trigger %s %s', g.tgenabled, pg_get_triggerdef(g.oid))
    from pg_trigger g join pg_class c on c.oid = g.tgrelid join ours on schema = c.relnamespace
    where not g.tgisinternal
    union all select format('function %s %s %s %s %s', p.oid::regprocedure, p.proowner::regrole, p.prosecdef, array(
        select a::text from unnest(coalesce(p.proacl, acldefault('f', p.proowner))) a order by 1), p.prosrc)
    from pg_proc p join ours on schema = p.pronamespace
    union all select format('schema %s %s', nspname, array(
        select a::text from unnest(coalesce(nspacl, acldefault('n', nspowner))) a order by 1))
    from pg_namespace join ours on schema = oid
"""


@pytest.fixture
async def owner(database: servers.Database) -> AsyncIterator["Connection"]:
    """As migrations run: the owner may stand in for the keeper of the audit."""
    superuser = await asyncpg.connect(database.superuser)
    connection = await asyncpg.connect(database.owner)
    await superuser.execute(f"grant {preparation.KEEPER} to {preparation.OWNER} with set true, inherit false")
    try:
        yield connection
    finally:
        await connection.close()
        await superuser.close()
        await preparation.seal(database.superuser)


async def contents(owner: "Connection") -> set[str]:
    """Every object that the database has now."""
    return {row["thing"] for row in await owner.fetch(MADE)}


async def run(owner: "Connection", statements: str) -> None:
    """Apply a migration or take it back, as dbmate does."""
    async with owner.transaction():
        await owner.execute(statements)


def parts(migration: Path) -> list[str]:
    """How a migration is applied, and how it is taken back."""
    text = migration.read_text(encoding="utf-8")
    return re.split(r"^-- migrate:(?:up|down)\b.*$", text, flags=re.MULTILINE)[1:]


NEWEST_FIRST: Final = {file.name: parts(file) for file in sorted(preparation.MIGRATIONS.glob("*.sql"), reverse=True)}


async def test_each_migration_can_be_taken_back_and_applied_again(owner: "Connection") -> None:
    assert NEWEST_FIRST
    for name, (up, down) in NEWEST_FIRST.items():
        before = await contents(owner)
        await run(owner, down)
        assert await contents(owner) != before, name
        await run(owner, up)
        assert await contents(owner) == before, name
        await run(owner, down)

    assert await contents(owner) == set()


INCIDENT: Final = """
    insert into alerts.incident (id, entry_id, site, raised_at, first_seen_at, last_seen_at, quiet_until, last_camera,
        cameras, sightings, strong, reviewers, announced_at)
    values ($1, $2, 'h1', $3, $3, $3, $3::timestamptz + interval '5 minutes', 'gate', '{gate}', 1, true, 1, $3)
"""
SIGHTING: Final = """
    insert into alerts.sighting (sighting_id, incident_id, entry_id, entry_revision, site, camera, frame_id, face_index,
        model_name, model_sha256, similarity, face_px, sharpness, yaw_degrees, seen_at, recorded_at, captured_us,
        received_us, detected_us, embedded_us, matched_us, picture)
    values ($1, $2, $3, 3, 'h1', 'gate', 'f', 0, 'm', repeat('0', 64), 0.8, 90, 90, 0, now(), now(), 0, 0, 0, 0, 0, 'p')
"""


async def test_former_incidents_keep_their_order_and_lose_what_was_erased(
    owner: "Connection", database: servers.Database
) -> None:
    newest = {name: both for name, both in NEWEST_FIRST.items() if name >= "20261129"}
    for _, down in newest.values():
        await run(owner, down)
    erased, listed = uuid4(), uuid4()
    incidents = [uuid4() for _ in range(3)]
    superuser = await asyncpg.connect(database.superuser)
    try:
        # The rules of the watchlist are proven elsewhere.
        await superuser.execute("set session_replication_role = replica")
        await superuser.execute(
            """
            insert into watchlist.entry (id, state, category, basis, evidence, instruction, scope, expires_at,
                author_id, author_name, changed_by_id, changed_by_name)
            values ($1, 'erased', 'ban', '', '', '', 'network', now() + interval '9 days', $1, 'li', $1, 'li')
            """,
            erased,
        )
        for n, incident in enumerate(incidents):
            entry = listed if n else erased
            raised_at = datetime(2026, 11, 20 - n, tzinfo=UTC)
            await superuser.execute(INCIDENT, incident, entry, raised_at)
            await superuser.execute(SIGHTING, str(n), incident, entry)
        await superuser.execute(
            "update alerts.incident set outcome = 'confirmed', decided_at = now() where id = $1", incidents[0]
        )
    finally:
        await superuser.close()

    for up, _ in reversed(newest.values()):
        await run(owner, up)

    rows = await owner.fetch(
        """
        select i.id, i.takes_sightings, round(i.peak_similarity::numeric, 3)::float8, s.picture is not null
        from alerts.incident i join alerts.sighting s on s.incident_id = i.id order by i.number desc
        """
    )
    assert [tuple(row) for row in rows] == [
        (incidents[0], False, 0.8, False),
        (incidents[1], True, 0.8, True),
        (incidents[2], True, 0.8, True),
    ]
    await owner.execute(INCIDENT, uuid4(), erased, datetime(2026, 11, 21, tzinfo=UTC))
    assert await owner.fetchval("select max(number) from alerts.incident") == len(incidents) + 1


async def test_a_people_csv_from_before_its_lines_were_kept_is_read_again(owner: "Connection") -> None:
    newest = list(NEWEST_FIRST)
    for name in newest[: newest.index("20261129300000_people.sql") + 1]:
        await run(owner, NEWEST_FIRST[name][1])
    await owner.execute(
        "INSERT INTO watchlist.batch (id, purpose, author_id, author_name, people_sha256)"
        " VALUES (gen_random_uuid(), '{}', gen_random_uuid(), 'li.wei', sha256('external_id'))"
    )

    await run(owner, NEWEST_FIRST["20261129300000_people.sql"][0])

    assert await owner.fetchval("SELECT people_sha256 = sha256('') FROM watchlist.batch")
