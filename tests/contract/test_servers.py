"""The servers that the other tests stand on."""

import asyncpg
import nats as nats_client

from proto.wardwatch.v1 import subjects
from tests.servers import Database, Nats


async def test_nats_server_takes_a_service_user(nats: Nats) -> None:
    client = await nats_client.connect(nats.url, nkeys_seed=str(nats.seed_file("detector")))

    assert client.max_payload == 8 * 1024 * 1024
    await client.close()


async def test_every_stream_is_made(nats_with_streams: Nats) -> None:
    client = await nats_client.connect(
        nats_with_streams.url,
        nkeys_seed=str(nats_with_streams.seed_file("operator")),
        inbox_prefix="_INBOX.operator",
    )

    made = [await client.jetstream().stream_info(stream.name) for stream in subjects.STREAMS]
    assert [info.config.name for info in made] == [stream.name for stream in subjects.STREAMS]
    await client.close()


async def test_database_is_migrated_and_roles_can_sign_in(database: Database) -> None:
    for address in (database.owner, database.matcher, database.alerts):
        connection = await asyncpg.connect(address)
        assert await connection.fetchval("select count(*) from pg_namespace where nspname = 'alerts'") == 1
        await connection.close()


async def test_each_test_has_a_database_of_its_own(database: Database) -> None:
    connection = await asyncpg.connect(database.owner)

    await connection.execute("create table only_here ()")

    await connection.close()
