"""The limit of open files is raised and checked before pages are served."""

import resource

import pytest

from services.alerts.edge import file_limit
from services.chassis.errors import StartupError


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The limits of this process, as far as the module sees and sets them."""
    known = [(1024, 4096)]
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: known[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _kind, new: known.append(new))
    return known


def test_the_limit_is_raised_as_far_as_it_may_be(limits: list[tuple[int, int]]) -> None:
    assert file_limit.connections_within_limit(1000) == 1000
    assert limits[-1] == (4096, 4096)


def test_no_more_connections_are_taken_than_files_allow(limits: list[tuple[int, int]]) -> None:
    assert file_limit.connections_within_limit(10_000) == 4096 - file_limit.RESERVED


def test_a_limit_that_leaves_no_room_for_pages_stops_the_start(limits: list[tuple[int, int]]) -> None:
    limits.append((256, 256))

    with pytest.raises(StartupError, match="at most 256 files"):
        file_limit.connections_within_limit(4096)
