"""What live tests share beside the servers: one hospital."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import servers
from tests.live.hospital import Hospital


@pytest.fixture
async def hospital(
    nats_with_streams: servers.Nats, database: servers.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Hospital]:
    """A broker with its streams, a migrated database, and nobody in it yet."""
    async with Hospital.open(nats_with_streams, database, tmp_path, monkeypatch) as opened:
        yield opened
