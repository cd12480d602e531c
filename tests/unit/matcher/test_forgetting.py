"""A removed vector leaves the index's memory, and the index says when it has."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from proto.wardwatch.v1.subjects import EntryId
from services.chassis.telemetry import Meters
from services.matcher.index import IndexShape, ListIndex
from tests.unit.matcher.builders import DIMENSION, unit

SHAPE = IndexShape(DIMENSION, hnsw_from_rows=0)
ROOT = Path(__file__).parents[3]
WANTED = EntryId("wanted")


@pytest.fixture
def index() -> Iterator[ListIndex]:
    with ListIndex(SHAPE, Meters()) as opened:
        for row in range(50):
            opened.replace(EntryId(str(row)), 1, [("photo", unit(1, row))])
        opened.replace(WANTED, 1, [("photo", unit(1, 1, 1))])
        yield opened


async def test_the_first_generation_begun_after_a_removal_forgets_the_entry(index: ListIndex) -> None:
    await index.rebuild()
    index.replace(WANTED, 2, [])
    forgetting = asyncio.create_task(index.forget(WANTED))
    await asyncio.sleep(0)
    waited = not forgetting.done()

    await index.rebuild()

    assert waited
    assert await forgetting == 2


async def test_a_generation_already_being_built_does_not_count(index: ListIndex) -> None:
    building = asyncio.create_task(index.rebuild())
    await asyncio.sleep(0)  # the build has taken its rows
    index.replace(WANTED, 2, [])
    await building
    released_too_early = index.released(WANTED)

    await index.rebuild()

    assert not released_too_early
    assert index.released(WANTED)
    assert await index.forget(WANTED) == 2


async def test_an_entry_with_rows_cannot_be_forgotten(index: ListIndex) -> None:
    with pytest.raises(ValueError, match="still has rows"):
        await index.forget(WANTED)

    assert not index.released(WANTED)


async def test_an_entry_that_was_never_there_is_forgotten_at_once(index: ListIndex) -> None:
    assert await index.forget(EntryId("never")) == 0
    assert index.released(EntryId("never"))


async def test_a_second_removal_changes_nothing(index: ListIndex) -> None:
    index.replace(WANTED, 2, [])
    await index.rebuild()
    index.replace(WANTED, 3, [])

    assert await index.forget(WANTED) == 1


async def test_an_entry_that_came_back_and_went_again_is_forgotten_later(index: ListIndex) -> None:
    index.replace(WANTED, 2, [])
    await index.rebuild()
    index.replace(WANTED, 3, [("photo", unit(1, 1, 1))])
    index.replace(WANTED, 4, [])
    released_too_early = index.released(WANTED)

    await index.rebuild()

    assert not released_too_early
    assert await index.forget(WANTED) == 2


async def test_arrays_of_former_generations_hold_zeros(index: ListIndex) -> None:
    arrays = [index._snapshot.delta[0].matrix]  # white box: the promise is about memory, not about answers
    await index.rebuild()
    arrays.append(index._snapshot.base.matrix)
    index.replace(WANTED, 2, [])
    await index.rebuild()

    assert [int(np.count_nonzero(matrix[:51])) for matrix in arrays] == [0, 0]
    base = index._snapshot.base.matrix
    assert len(base) == 50
    assert not np.any(np.all(base == unit(1, 1, 1), axis=1))


async def test_a_graph_in_use_is_not_forgotten_and_blocks_nothing(index: ListIndex) -> None:
    await index.rebuild()
    graphs = [index._snapshot.graph]  # white box: a fault that keeps a former graph alive
    index.replace(WANTED, 2, [])
    await index.rebuild()
    await index.rebuild()
    released_too_early = index.released(WANTED)

    graphs.clear()

    assert not released_too_early
    assert await index.forget(WANTED) == 2


async def test_searches_under_way_are_not_answered_from_overwritten_memory(index: ListIndex) -> None:
    await index.rebuild()
    searches = [asyncio.create_task(index.nearest(unit(1, 1, 1), 1)) for _ in range(200)]
    await asyncio.sleep(0)  # all of them have taken the snapshot that is about to be overwritten

    await asyncio.gather(index.rebuild(), *searches)

    assert {search.result()[0].entry_id for search in searches} == {WANTED}


@pytest.mark.timeout(60)  # a few seconds on a quiet machine; generations are built by threads that step back
@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="this system does not show a process its memory")
@pytest.mark.parametrize(
    "hnsw_from_rows", [pytest.param(100_000, id="exact"), pytest.param(0, id="graph"), pytest.param(1_000, id="long")]
)
def test_no_piece_of_a_forgotten_vector_is_in_the_memory_of_the_process(hnsw_from_rows: int) -> None:
    count = 1_500 if hnsw_from_rows == 1_000 else 300
    command = [sys.executable, "-m", "tests.unit.matcher.forgetting_process", str(count), str(hnsw_from_rows)]

    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)

    before, after = (int(word) for word in ran.stdout.split())
    assert before >= 3
    assert after == 0
