"""A database of a former version, with a row in every table, is brought up to date and loses nothing."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

import asyncpg
import pytest

from access import database as preparation
from tests import servers
from tests.contract.test_migrations import NEWEST_FIRST, owner, run

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

__all__ = ["owner"]

# The last migration of each version that people ran, oldest first, and rows for tables that are new in it.
FORMER: Final = {
    "20261124000300_custody.sql": "",
    "20261129500000_reports.sql": """
        INSERT INTO alerts.forgotten (incident_id) VALUES ('00000000-0000-0000-0000-0000000000d1');
        INSERT INTO watchlist.batch_row (batch_id, line, person_lookup, sealed_external_id, usable) VALUES
            ('00000000-0000-0000-0000-0000000000b1', 1, sha256('p'), decode(repeat('00', 40), 'hex'), true);
    """,
}
ROWS: Final = (Path(__file__).parent / "former_version.sql").read_text(encoding="utf-8")
# Digests of the migrations as they were released: a database has them already, so they never change.
RELEASED: Final = {
    "20261123000100_accounts.sql": "69a5c4ecf2a3c27d52f000f689a2be9bb4df800e6aa0e13aba40f01bb6f74614",
    "20261123000200_watchlist.sql": "01e71efce78272cbc97a46ad892f6f440d41a15c98d9fad47da7d559520db67a",
    "20261123000300_alerts.sql": "370d06bf1a05827ff0b0182e4f90d7f1fdfd5a058059741cee9b132f115f9a40",
    "20261124000100_audit.sql": "0c077f29876a51f367dd3cdc9175154d5c368fa1396d542967fb083749b52b4f",
    "20261124000200_policy.sql": "c221aa1b1c50fd9f1fa74eca896202647cce535dda8ab03d335fefa1d77fe733",
    "20261124000300_custody.sql": "fefa9e4d7937f292e4228959ec684d199e772e65ec3f38249b2c897ee99bcdca",
    "20261129010000_outcomes.sql": "70a97284891712a643c19e49b4124f1a9efb81548e723233ed2f52bbb6576b79",
    "20261129020000_ended_entries.sql": "82ae1f0c1a1704cf152c71f5ad64f92cc82dacf73e8cf6811c190d63f20d8bb7",
    "20261129030000_clocks.sql": "7446456f2728723e98e14eafaa86581c9e3e3e79410f37957d30698776fff4c7",
    "20261129040000_looked_at_alerts.sql": "dc9f006d799f703d90ca1f5bfa2a7b149bc9dec0b99da485d218fd6dde059353",
    "20261129050000_responders.sql": "eb398b0d816547e51eb7beac820327419f3b96ba4a51612249b8c70548868e82",
    "20261129100000_one_person.sql": "53acee0ffff29ff020d0567b1384c2c62e8323ab5c72927d50ad3490a8fb1cdc",
    "20261129110000_same_person.sql": "8dbb168d811d658a245f1367495c4312754722a0996e6230db65a6600d5d2c54",
    "20261129120000_matched_photo.sql": "16c2626ede099ac19b35dfca5196734a09d5a353611dca470f08bcec8a45bd1b",
    "20261129300000_people.sql": "59ce644df7fea497b8020c23190556a90658511c46a97499e1a087d1a99bb530",
    "20261129400000_import_lifecycle.sql": "3270b175e40f8a68fa4e048c6b246aa570c4b6357ecc8089590fc5ef7ae5491d",
    "20261129500000_reports.sql": "3ad4542c48164fb5094a159e9ab8a5d4c2a9437a8112c8195cbe258dd81c41a1",
}
_TABLES: Final = """
SELECT n.nspname || '.' || c.relname AS name FROM pg_class AS c INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('accounts', 'alerts', 'audit', 'broker', 'identity', 'watchlist') AND c.relkind = 'r' ORDER BY 1
"""
# Taken over into the chain at the next commit.
_PASSING: Final = {"audit.pending"}
# Closed lists that a migration may add to.
_GROWING: Final = {"audit.action", "watchlist.accuracy_report"}


async def counts(connection: "Connection") -> Mapping[str, int]:
    """Rows of each table."""
    names = [row["name"] for row in await connection.fetch(_TABLES) if row["name"] not in _PASSING]
    return {name: await connection.fetchval(f"SELECT count(*) FROM {name}") for name in names}  # noqa: S608


def test_released_migrations_never_change() -> None:
    found = {name: sha256((preparation.MIGRATIONS / name).read_bytes()).hexdigest() for name in RELEASED}

    assert found == RELEASED


def test_every_migration_of_the_last_version_is_released() -> None:
    assert {name for name in NEWEST_FIRST if name <= max(FORMER)} == RELEASED.keys()


@pytest.mark.parametrize("version", FORMER)
async def test_a_former_version_s_database_is_brought_up_to_date(
    owner: "Connection", database: servers.Database, version: str
) -> None:
    later = {name: both for name, both in NEWEST_FIRST.items() if name > version}
    for _, down in later.values():
        await run(owner, down)
    superuser = await asyncpg.connect(database.superuser)
    try:
        await superuser.execute(f"{ROWS};{FORMER[version]}")
        before = await counts(superuser)
        for up, _ in reversed(later.values()):
            await run(owner, up)
        after = await counts(superuser)
        standing = await superuser.fetchval("SELECT count(*) FROM watchlist.entry_standing")
    finally:
        await superuser.close()

    assert [name for name, count in before.items() if not count] == []
    grown = {name for name in _GROWING if after[name] >= before[name]}
    kept = before.keys() - grown
    assert {name: (before[name], after.get(name)) for name in kept if after.get(name) != before[name]} == {}
    assert standing == 3
