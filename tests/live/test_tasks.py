"""A service does not go on without one of its tasks; ``tests/attack/test_tasks.py`` kills each in turn."""

import pytest

from tests.live import in_loop
from tests.live.hospital import Hospital

pytestmark = [pytest.mark.live, pytest.mark.timeout(60)]


@pytest.mark.parametrize(
    ("service", "task"),
    [("matcher", "presence"), ("watchlist", "replication/relay"), ("alerts", "sweep")],
)
async def test_a_service_ends_with_a_reason_when_a_task_is_killed(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch, service: str, task: str
) -> None:
    why = await in_loop.without(hospital, service, task, monkeypatch)

    assert f"{task} was cancelled while it was needed" in why
