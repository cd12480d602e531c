"""The servers that the other tests stand on."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import nats as nats_client
import pytest

from access import store
from local import nats_server
from local.ports import free_port
from proto.wardwatch.v1 import subjects
from services.chassis.errors import StartupError
from tests.servers import Database, Nats


async def test_nats_server_takes_a_service_user(nats: Nats) -> None:
    client = await nats_client.connect(nats.url, nkeys_seed=str(nats.seed_file("detector")))

    assert client.max_payload == 8 * 1024 * 1024
    await client.close()


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which another program listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


async def begun(folder: Path, *, port: int | None = None) -> nats_server.NatsServer:
    credentials = await asyncio.to_thread(store.initialise, folder / "credentials")
    return await asyncio.to_thread(nats_server.start, folder / "nats", credentials, port=port)


async def test_a_broker_told_a_taken_port_says_so(tmp_path: Path, taken: int) -> None:
    with pytest.raises(StartupError, match=f"port {taken} is in use by another program"):
        await begun(tmp_path, port=taken)


async def test_a_broker_whose_port_was_taken_meanwhile_takes_another(
    tmp_path: Path, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = iter([taken, free_port()])
    monkeypatch.setattr(nats_server, "free_port", lambda: next(ports))

    server = await begun(tmp_path)

    assert not server.url.endswith(f":{taken}")
    await asyncio.to_thread(server.stop)


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
