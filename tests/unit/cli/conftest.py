"""The command line beside a scripted server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.cli import desk_server
from tests.unit.cli.desk_server import Desk, DeskServer


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setenv("WARDWATCH_HOME", str(desk_server.home(tmp_path / "home", "ana", "bea")))
    async with DeskServer({}).listening() as server:
        monkeypatch.setenv("WARDWATCH_ALERTS_URL", server.url)
        yield Desk(server, tmp_path)
