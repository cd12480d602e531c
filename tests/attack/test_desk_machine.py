"""The machines of ``tests/contract/test_desk_machine.py`` and ``test_change_machine.py``, for longer than there."""

import pytest

from tests import servers
from tests.contract import test_change_machine
from tests.contract.test_desk_machine import Alone, Ward, show


@pytest.mark.timeout(900)
@pytest.mark.parametrize("ward", [pytest.param(Ward, id="three people"), pytest.param(Alone, id="one person")])
def test_nobody_alone_makes_an_entry_match_in_many_tries(database: servers.Database, ward: type[Ward]) -> None:
    show(database, ward, examples=60, steps=40)


@pytest.mark.timeout(900)
def test_whoever_changes_something_needs_another_in_many_tries(database: servers.Database) -> None:
    test_change_machine.show(database, examples=60, steps=40)
