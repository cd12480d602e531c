"""Each long-running task of each service is killed in turn: the service never goes on without it."""

import pytest

from tests.live import in_loop
from tests.live.conftest import hospital
from tests.live.hospital import Hospital

__all__ = ["hospital"]

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

# The last task that each service starts.
LAST = {"alerts": "bus", "matcher": "intake/worker-0", "watchlist": "replication/jobs"}


@pytest.mark.parametrize("service", LAST)
async def test_no_service_goes_on_without_any_of_its_tasks(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    names = await in_loop.long_running(hospital, service, monkeypatch, until=LAST[service])

    assert len(names) > 8
    for name in names:
        why = await in_loop.without(hospital, service, name, monkeypatch)
        assert f"{name} was cancelled while it was needed" in why
