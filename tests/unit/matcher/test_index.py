"""The index: what was put in is found, what was removed is not, whichever generation is being built."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from proto.wardwatch.v1.requests import NO_CROWD
from proto.wardwatch.v1.subjects import EntryId
from services.chassis.telemetry import Meters
from services.matcher import graph
from services.matcher.index import IndexShape, ListIndex
from tests.fakes import eventually
from tests.unit.matcher.builders import DIMENSION, unit

ROOT = Path(__file__).parents[3]
EXACT = IndexShape(DIMENSION)
GRAPH = IndexShape(DIMENSION, hnsw_from_rows=0, sample_every=1)


@pytest.fixture
def meters() -> Meters:
    return Meters()


@pytest.fixture(params=[pytest.param(EXACT, id="exact"), pytest.param(GRAPH, id="graph")])
def index(request: pytest.FixtureRequest, meters: Meters) -> Iterator[ListIndex]:
    shape = request.param
    assert isinstance(shape, IndexShape)
    with ListIndex(shape, meters) as opened:
        yield opened


def drawn(count: int, seed: int = 1) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32)
    unit_vectors: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit_vectors


def fill(index: ListIndex, vectors: NDArray[np.float32], revision: int = 1) -> None:
    for row, vector in enumerate(vectors):
        index.replace(EntryId(str(row)), revision, [("photo", vector)])


async def best(index: ListIndex, vector: NDArray[np.float32]) -> str:
    found = await index.nearest(vector, 4)
    return found[0].entry_id if found else ""


async def test_an_empty_index_finds_nobody(index: ListIndex) -> None:
    assert await index.nearest(unit(1), 4) == []
    await index.rebuild()
    assert await index.nearest(unit(1), 4) == []
    assert await index.above(unit(1), -1) == []


async def test_every_row_is_found_before_and_after_a_generation(index: ListIndex) -> None:
    vectors = drawn(300)
    fill(index, vectors)

    assert [await best(index, v) for v in vectors[:20]] == [str(row) for row in range(20)]
    await index.rebuild()
    assert [await best(index, v) for v in vectors[:20]] == [str(row) for row in range(20)]


async def test_scores_are_exact_and_in_order(index: ListIndex) -> None:
    vectors = drawn(300)
    fill(index, vectors[:200])
    await index.rebuild()
    for row in range(200, 300):
        index.replace(EntryId(str(row)), 1, [("photo", vectors[row])])

    found = await index.nearest(unit(1, 1), 4)

    scores = vectors @ unit(1, 1)
    assert [n.entry_id for n in found] == [str(row) for row in np.argsort(-scores)[:4]]
    np.testing.assert_allclose([n.similarity for n in found], np.sort(scores)[::-1][:4], atol=1e-6)


async def test_a_removed_row_is_out_of_every_answer_at_once(index: ListIndex) -> None:
    vectors = drawn(100)
    fill(index, vectors)
    await index.rebuild()

    index.replace(EntryId("7"), 2, [])

    assert all(n.entry_id != "7" for n in await index.nearest(vectors[7], 50))
    assert all(n.entry_id != "7" for n in await index.above(vectors[7], -1))
    assert index.rows == 99


async def test_a_replaced_entry_is_found_by_its_new_photos_only(index: ListIndex) -> None:
    fill(index, drawn(50))
    index.replace(EntryId("7"), 2, [("a", unit(1)), ("b", unit(0, 1))])

    found = [n for n in await index.above(unit(1), -1) if n.entry_id == "7"]

    assert {(n.photo_id, n.revision) for n in found} == {("a", 2), ("b", 2)}


async def test_changes_during_a_build_survive_the_swap(index: ListIndex) -> None:
    vectors = drawn(400)
    fill(index, vectors[:300])
    building = asyncio.create_task(index.rebuild())
    await asyncio.sleep(0)  # the build has taken its snapshot

    index.replace(EntryId("5"), 2, [])
    index.replace(EntryId("6"), 2, [("photo", unit(1))])
    index.replace(EntryId("late"), 1, [("photo", vectors[300])])
    index.replace(EntryId("brief"), 1, [("photo", vectors[301])])
    index.replace(EntryId("brief"), 2, [])
    await building

    assert index.rows == 300
    assert await best(index, vectors[300]) == "late"
    assert await best(index, unit(1)) == "6"
    everyone = await index.above(vectors[5], -1)
    assert sorted(n.entry_id for n in everyone) == sorted({*map(str, range(300)), "late"} - {"5"})


async def test_too_many_tombstones_near_a_face_are_answered_exactly(meters: Meters) -> None:
    vectors = drawn(200)
    order = np.argsort(-(vectors @ unit(1)))
    with ListIndex(replace(GRAPH, ef=64), meters) as index:
        fill(index, vectors)
        await index.rebuild()
        for row in order[:150]:
            index.replace(EntryId(str(row)), 2, [])

        found = await index.nearest(unit(1), 4)

    assert [n.entry_id for n in found] == [str(row) for row in order[150:154]]
    assert meters.value("wardwatch_index_exact_fallbacks_total") == 1


async def test_a_graph_that_falls_short_is_answered_exactly(meters: Meters) -> None:
    vectors = drawn(200)
    with ListIndex(IndexShape(DIMENSION, hnsw_from_rows=0, ef=1, links=2, ef_construction=2), meters) as index:
        fill(index, vectors)
        await index.rebuild()

        found = await index.nearest(unit(1), 190)

    assert len(found) == 190
    assert meters.value("wardwatch_index_exact_fallbacks_total") == 1


async def test_sampled_searches_measure_recall(meters: Meters) -> None:
    with ListIndex(GRAPH, meters) as index:
        fill(index, drawn(100))
        await index.rebuild()
        await index.nearest(unit(1), 4)
        await eventually(lambda: meters.value("wardwatch_index_recall_ratio") == 1)

    assert meters.value("wardwatch_index_templates") == 100
    assert meters.value("wardwatch_index_generation") == 1


async def test_generations_follow_a_long_delta_and_a_removal(meters: Meters) -> None:
    stop = asyncio.Event()
    with ListIndex(IndexShape(DIMENSION, delta_rows=10, purge_seconds=0.01), meters) as index:
        index.complete()
        fresh = asyncio.create_task(index.keep_fresh(stop))
        fill(index, drawn(20))
        await eventually(lambda: index.generation == 1)

        index.replace(EntryId("7"), 2, [])
        await eventually(lambda: index.generation == 2)

        stop.set()
        await fresh
    assert index.rows == 19


async def test_a_stop_does_not_wait_for_the_purge(meters: Meters) -> None:
    stop = asyncio.Event()
    with ListIndex(IndexShape(DIMENSION, purge_seconds=3600), meters) as index:
        index.complete()
        fresh = asyncio.create_task(index.keep_fresh(stop))
        fill(index, drawn(3))
        index.replace(EntryId("1"), 2, [])

        stop.set()
        await fresh

    assert index.generation == 0


async def test_a_stop_does_not_wait_for_a_generation(meters: Meters) -> None:
    stop = asyncio.Event()
    with ListIndex(IndexShape(DIMENSION, hnsw_from_rows=0, delta_rows=10, ef_construction=2_000), meters) as index:
        fill(index, drawn(20_000))
        index.complete()
        fresh = asyncio.create_task(index.keep_fresh(stop))
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # the build has begun

        stop.set()
        await fresh

    assert index.generation == 0


async def test_nothing_is_built_while_the_list_is_being_read(meters: Meters) -> None:
    stop = asyncio.Event()
    with ListIndex(IndexShape(DIMENSION, delta_rows=10), meters) as index:
        fresh = asyncio.create_task(index.keep_fresh(stop))
        fill(index, drawn(200))
        await index.nearest(unit(1), 1)
        assert index.generation == 0

        index.complete()
        await eventually(lambda: index.generation == 1)
        stop.set()
        await fresh

    assert meters.value("wardwatch_index_builds_total") == 1


async def test_a_list_without_a_usable_graph_is_built_with_all_cores(index: ListIndex) -> None:
    fill(index, drawn(100))
    first = index._builder()  # white box: how fast it is depends on the machine
    await index.rebuild()
    later = index._builder()

    if index._snapshot.graph is None:
        assert later == first
    else:
        assert first == (index._hurrying, graph.cores())
        assert later == (index._building, max(1, graph.cores() // 4))


async def test_rows_are_found_across_the_parts_of_a_long_delta(meters: Meters) -> None:
    vectors = drawn(9_000)
    with ListIndex(EXACT, meters) as index:
        fill(index, vectors)
        index.replace(EntryId("5000"), 2, [])
        index.replace(EntryId("8191"), 2, [])

        found = {row: await best(index, vectors[row]) for row in (0, 4_095, 4_096, 5_000, 8_191, 8_999)}

        assert {row for row, entry in found.items() if entry != str(row)} == {5_000, 8_191}
        await index.rebuild()
        assert index.rows == 8_998
        assert await best(index, vectors[8_192]) == "8192"


async def test_rebuilds_asked_for_together_follow_each_other(index: ListIndex) -> None:
    fill(index, drawn(100))

    assert [*await asyncio.gather(index.rebuild(), index.rebuild())] == [1, 2]
    assert len(await index.above(unit(1), -1)) == 100


async def test_a_vector_of_another_dimension_is_refused(index: ListIndex) -> None:
    with pytest.raises(ValueError, match="expected 16"):
        index.replace(EntryId("1"), 1, [("photo", np.ones(4, np.float32))])


steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 9), st.integers(0, 3)),
        st.tuples(st.just("build"), st.just(0), st.just(0)),
    ),
    max_size=30,
)


@settings(max_examples=50, deadline=None)
@given(steps)
async def test_whatever_is_done_the_index_holds_what_a_dictionary_would(script: list[tuple[str, int, int]]) -> None:
    vectors = drawn(40)
    expected: dict[str, list[str]] = {}
    with ListIndex(GRAPH, Meters()) as index:
        for number, (step, entry, photos) in enumerate(script):
            if step == "build":
                await index.rebuild()
                continue

            index.replace(EntryId(str(entry)), number, [(f"{number}-{p}", vectors[number]) for p in range(photos)])
            expected[str(entry)] = [f"{number}-{p}" for p in range(photos)]
        found = await index.above(unit(1), -1)
        near = await index.nearest(unit(1), 5)

    everything = sorted(photo for photos in expected.values() for photo in photos)
    assert sorted(n.photo_id for n in found) == everything
    assert len(near) == min(5, len(everything))


# Started less important than usual, as a service of a container engine may be. 19 is the least there is.
THREADS_OF_A_NICE_PROCESS = """
import asyncio, os
own = os.nice(1)  # before a library starts threads
from services.chassis.telemetry import Meters
from services.matcher.index import IndexShape, ListIndex
with ListIndex(IndexShape(4), Meters()) as index:
    asyncio.run(index.rebuild())
    found = {os.getpriority(os.PRIO_PROCESS, int(thread)) - own for thread in os.listdir("/proc/self/task")}
print(found == {0, min(5, 19 - own)}, own, found)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives each thread an importance of its own")
def test_building_gives_way_to_faces_also_in_a_process_that_is_nice() -> None:
    program = [sys.executable, "-c", THREADS_OF_A_NICE_PROCESS]

    ran = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True)

    assert ran.stdout.startswith("True"), ran.stdout


@given(st.sampled_from([1, 2, 3, 10]), st.integers(0, 1_000), st.floats(0.3, 0.9))
@settings(max_examples=40, deadline=None)
def test_the_entries_of_photos_are_those_whose_mean_is_near_enough(count: int, seed: int, asked: float) -> None:
    vectors = drawn(60, seed).reshape(-1, count, DIMENSION) + np.float32(0.2)
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    means = vectors.mean(axis=1)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    cosines = means @ means[0]
    assume(np.abs(cosines - asked).min() > 1e-4)
    with ListIndex(EXACT, Meters()) as index:
        for row, photos in enumerate(vectors):
            index.replace(EntryId(str(row)), 1, [(str(number), photo) for number, photo in enumerate(photos)])

        found = index.entries(index.nearest_now(means[0], 60), means[0], asked)

    assert [n.similarity for n in found] == pytest.approx(sorted(cosines[cosines >= asked], reverse=True), abs=1e-5)
    assert {n.entry_id for n in found} == {str(row) for row in np.flatnonzero(cosines >= asked)}


async def test_the_entries_of_photos_are_found_in_every_generation(index: ListIndex) -> None:
    index.replace(EntryId("old"), 1, [("a", unit(1, 0.5)), ("b", unit(1, -0.5))])
    for row, vector in enumerate(drawn(50)):
        index.replace(EntryId(str(row)), 1, [("photo", vector)])
    await index.rebuild()
    index.replace(EntryId("new"), 1, [("c", unit(1, 0.7)), ("d", unit(1, -0.7))])

    for _ in range(2):
        found = index.entries(await index.nearest(unit(1), 8), unit(1), 0.99)

        assert {n.entry_id for n in found} == {"old", "new"}
        assert [n.similarity for n in found] == pytest.approx([1, 1])
        await index.rebuild()


async def test_an_entry_that_has_gone_since_its_photos_were_found_is_left_out(index: ListIndex) -> None:
    index.replace(EntryId("1"), 1, [("a", unit(1))])
    index.replace(EntryId("2"), 1, [("b", unit(1, 0.1))])
    near = await index.nearest(unit(1), 8)

    index.replace(EntryId("1"), 2, [])

    assert [n.entry_id for n in index.entries(near, unit(1), 0.5)] == ["2"]


async def test_photos_that_cancel_each_other_out_match_nobody(index: ListIndex) -> None:
    index.replace(EntryId("1"), 1, [("a", unit(1)), ("b", unit(-1))])

    assert index.entries(await index.nearest(unit(1), 8), unit(1), 0.3) == []


async def test_the_crowd_is_the_mean_of_the_list() -> None:
    rng = np.random.default_rng(5)
    vectors = [unit(*each.tolist()) for each in rng.standard_normal((150, DIMENSION)) + 0.5]
    with ListIndex(IndexShape(DIMENSION), Meters()) as index:
        assert await index.crowd([vectors[0]]) == NO_CROWD
        for number, vector in enumerate(vectors):
            index.replace(EntryId(f"e{number}"), 1, [("p", vector)])
        index.replace(EntryId("e149"), 2, [])
        crowd = await index.crowd([vectors[149]])
        listed = np.stack(vectors[:149])
        cosines = listed @ listed.T
        usual = (cosines.sum() - 149) / (149 * 148)
        assert crowd.photos == 149
        assert crowd.usual == pytest.approx(usual, abs=1e-5)
        assert crowd.similarities[0] == pytest.approx(float((listed @ vectors[149]).mean()), abs=1e-5)

        own = (cosines[7].sum() - 1) / 148
        assert index.nearness(EntryId("e7")) == pytest.approx(own - usual, abs=1e-5)
        assert index.nearness(EntryId("e149")) == 0


async def test_an_entry_of_several_photos_is_as_near_as_their_mean() -> None:
    rng = np.random.default_rng(6)
    vectors = [unit(*each.tolist()) for each in rng.standard_normal((120, DIMENSION)) + 0.5]
    with ListIndex(IndexShape(DIMENSION), Meters()) as index:
        index.replace(EntryId("two"), 1, [("a", vectors[0]), ("b", vectors[1])])
        assert index.nearness(EntryId("two")) == 0  # too few to say
        for number, vector in enumerate(vectors[2:]):
            index.replace(EntryId(f"e{number}"), 1, [("p", vector)])
        template = unit(*(vectors[0] + vectors[1]).tolist())
        cosines = np.stack(vectors) @ np.stack(vectors).T
        usual = (cosines.sum() - 120) / (120 * 119)
        expected = float((np.stack(vectors[2:]) @ template).mean()) - usual
        assert index.nearness(EntryId("two")) == pytest.approx(expected, abs=1e-5)
