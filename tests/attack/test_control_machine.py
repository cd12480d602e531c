"""The machine of ``tests/contract/test_control_pairs.py`` for longer than a landing has time for."""

import pytest

from tests import servers
from tests.contract.test_control_pairs import run_machine

pytestmark = [pytest.mark.live, pytest.mark.timeout(1800)]


def test_control_pairs_stay_apart_for_longer(database: servers.Database) -> None:
    run_machine(database, examples=60, steps=30)
