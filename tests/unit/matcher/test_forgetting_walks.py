"""No piece of a passer-by's vectors is in the matcher's memory when its time is over (safeguards S1 and S8)."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.plan import FORGETFUL
from services.chassis.telemetry import Meters
from services.matcher.forgetting import forget_walks
from services.matcher.shield import Shield, ShieldLimits
from services.matcher.walks import WalkLimits, Walks
from tests.fakes import eventually
from tests.unit.matcher.builders import face, look, unit

ROOT = Path(__file__).parents[3]


@pytest.mark.timeout(240)  # a few seconds on a quiet machine
@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="this system does not show a process its memory")
@pytest.mark.parametrize("listed", [pytest.param(50, id="exact"), pytest.param(300, id="graph")])
def test_no_piece_of_a_strangers_walk_is_in_memory_after_its_time(listed: int) -> None:
    command = [sys.executable, "-m", "tests.unit.matcher.walks_process", str(listed)]

    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=230)

    before, after = (int(word) for word in ran.stdout.split())
    assert before >= 6
    assert after == 0


@pytest.mark.timeout(120)
@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="this system does not show a process its memory")
@pytest.mark.parametrize("ending", ["time", "correction", "entry"])
def test_no_piece_of_a_shielded_visitor_is_in_memory_when_the_shield_ends(ending: str) -> None:
    command = [sys.executable, "-m", "tests.unit.matcher.shield_process", ending]
    environment = {**os.environ, "GLIBC_TUNABLES": FORGETFUL}

    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=110, env=environment)

    before, after = (int(word) for word in ran.stdout.split())
    # Each probed three times: of this matcher what waits and what is shielded, and what another one holds.
    assert before >= 9
    assert after == 0


async def test_a_camera_that_sends_nothing_more_keeps_no_walk() -> None:
    walks, meters, stop, seconds = Walks(WalkLimits(8, 30), lambda _: None), Meters(), asyncio.Event(), [0.0]
    walks.add(face().origin, look(), unit(1), 0)
    forgetting = asyncio.create_task(
        forget_walks(lambda: [walks], Shield(ShieldLimits()), meters, lambda: seconds[0], stop)
    )
    await eventually(lambda: meters.value("wardwatch_walks") == 1)

    seconds[0] = 30
    await eventually(lambda: meters.value("wardwatch_walks") == 0)

    assert len(walks) == 0
    stop.set()
    await forgetting


async def test_no_walk_is_left_when_the_matcher_ends() -> None:
    walks, stop = Walks(WalkLimits(8, 30), lambda _: None), asyncio.Event()
    walks.add(face().origin, look(), unit(1), 0)
    stop.set()

    await forget_walks(lambda: [walks], Shield(ShieldLimits()), Meters(), lambda: 0.0, stop)

    assert len(walks) == 0
