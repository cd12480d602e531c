"""A broker that came from a version without federation: it takes its domain and keeps what it stores."""

import asyncio
import json
from pathlib import Path

import pytest

from access import grants, streams
from access.store import Credentials
from local import nats_server
from proto.wardwatch.v1 import subjects
from tests import buses
from tests.servers import Nats

pytestmark = pytest.mark.live

_FORMER = nats_server.configuration_text


def former(folder: Path, credentials: Credentials, port: int) -> str:
    """As the version before wrote it: no domain, no accounts of federation, less room."""
    lines = _FORMER(folder, credentials, port).splitlines()
    kept = [line for line in lines if not any(new in line for new in ("jetstream.conf", "federation.conf", "feature_"))]
    room = sum(stream.max_bytes for stream in subjects.STREAMS) + 1024**3
    return "\n".join(["server_name: wardwatch", *kept]).replace("64000000000", str(room))


@pytest.mark.timeout(60)
async def test_a_store_of_a_former_version_keeps_its_streams(nats: Nats, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = nats.credentials.accounts_file()
    text = await asyncio.to_thread(accounts.read_text)
    before, _, after = text.partition("  FED {\n")
    with monkeypatch.context() as patched:
        patched.setattr(nats_server, "configuration_text", former)
        await asyncio.to_thread(accounts.write_text, before + after.partition("  }\n")[2])
        await asyncio.to_thread(nats.restart)
        await streams.ensure(nats.url, nats.seed_file(grants.OPERATOR))
        async with buses.connected(nats, grants.WATCHLIST_RECORD) as bus:
            sequence = await bus.publish_owed("watchlist.e", b"listed", message_id="1")
        # The command of the new version writes the accounts anew, and has the former broker take them up.
        await asyncio.to_thread(accounts.write_text, text)
        await asyncio.to_thread(nats.reload)
        async with buses.connected(nats, grants.FEDERATION_RECORD), buses.connected(nats, grants.FEDERATION) as bus:
            assert bus.user == "federation"  # known, and the record is as it was

    await asyncio.to_thread(nats.restart)

    assert await streams.ensure(nats.url, nats.seed_file(grants.OPERATOR)) == []
    async with buses.connected(nats, grants.WATCHLIST_RECORD) as bus:
        held = await bus.last_of("WATCHLIST", "watchlist.e")
        assert held is not None
        assert (held.sequence, held.payload) == (sequence, b"listed")
        assert await bus.publish_owed("watchlist.e", b"listed still", message_id="2") == sequence + 1
    says = json.loads(await asyncio.to_thread(nats.monitored, "varz"))
    assert says["jetstream"]["config"]["domain"] == await asyncio.to_thread(nats.credentials.domain)
