"""The machine of ``tests/contract/test_desk_machine.py`` for longer than a landing has time for."""

import pytest

from tests import servers
from tests.contract.test_desk_machine import Alone, Ward, show


@pytest.mark.timeout(900)
@pytest.mark.parametrize("ward", [pytest.param(Ward, id="three people"), pytest.param(Alone, id="one person")])
def test_nobody_alone_makes_an_entry_match_in_many_tries(database: servers.Database, ward: type[Ward]) -> None:
    show(database, ward, examples=60, steps=40)
