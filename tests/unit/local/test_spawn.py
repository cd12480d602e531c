"""Programs are started as they are to run."""

import os
import sys

import pytest

from local.spawn import spawn

SAY = "import os, sys; sys.stdout.write(str(os.getpriority(os.PRIO_PROCESS, 0)))"


@pytest.mark.live
@pytest.mark.parametrize("nice", [0, 7])
def test_a_program_gives_way_as_much_as_it_is_to(nice: int) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)

    said, _ = spawn([sys.executable, "-c", SAY], log=None, nice=nice).communicate()

    assert int(said) == min(19, own + nice)
