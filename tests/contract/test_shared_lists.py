"""How lists that hospitals share stand, read from a real PostgreSQL with the alerts service's own rights."""

import asyncpg

from services.alerts.database import Database
from services.alerts.state.lists import SharedLists
from tests import servers

_JOINED = """
    insert into federation.subscription (
        list, title, hospital, publisher, addresses, authority, domain, silent_days, invitation, sites,
        asked_by_id, asked_by_name, joined_by_id, joined_by_name, joined_at
    ) values (
        'city', 'City list', 'h07', $1, '{tls://hub:7422}', '', 'ww-0123456789ab', 30, $1, '{h1}',
        gen_random_uuid(), 'li', gen_random_uuid(), 'ana', watchlist.present() - interval '1 hour'
    )
"""
_HEARD = """
    insert into federation.head (list, number, at, heard_at, entries, differs_since)
    values ('city', 3, now(), watchlist.present(), 2, watchlist.present() - interval '5 minutes')
"""


async def test_a_joined_list_is_named_while_it_is_silent_or_differs(database: servers.Database) -> None:
    connection = await asyncpg.connect(database.owner)
    try:
        async with Database.open(database.alerts, None, connections=1) as opened:
            source = SharedLists(opened)
            assert await source.ask() == []

            await connection.execute(_JOINED, bytes(32))
            assert [reason.code for reason in await source.ask()] == ["shared_list_silent"]

            await connection.execute(_HEARD)
            assert [reason.code for reason in await source.ask()] == ["shared_list_differs"]

            await connection.execute("update federation.head set differs_since = null")
            assert await source.ask() == []
    finally:
        await connection.close()
