"""Reading YuNet's grids, and which of several overlapping faces stays."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.detector import core
from services.detector.core import STRIDES, Faces, Float32, Head

WIDTH, HEIGHT = 128, 96


def heads() -> dict[int, Head]:
    """Outputs in which no cell holds a face."""
    found = {}
    for stride in STRIDES:
        cells = (WIDTH // stride) * (HEIGHT // stride)
        found[stride] = Head(
            np.zeros(cells, np.float32),
            np.zeros(cells, np.float32),
            np.zeros((cells, 4), np.float32),
            np.zeros((cells, 10), np.float32),
        )
    return found


def read(found: dict[int, Head], min_score: float = 0.5) -> Faces:
    return core.read(found, WIDTH, HEIGHT, min_score=min_score, max_overlap=0.3)


boxes = st.lists(
    st.tuples(st.floats(-50, 200), st.floats(-50, 200), st.floats(1, 100), st.floats(1, 100)), min_size=0, max_size=20
).map(lambda rows: np.array(rows, np.float32).reshape(-1, 4))


def overlap(a: Float32, b: Float32) -> float:
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[:2] + a[2:], b[:2] + b[2:])
    shared = float(np.prod(np.clip(high - low, 0, None)))
    return shared / (float(a[2] * a[3] + b[2] * b[3]) - shared)


def test_silent_grids_hold_no_face() -> None:
    assert len(read(heads())) == 0


def test_a_cell_is_read_in_units_of_its_stride() -> None:
    found = heads()
    cell = 2 * (WIDTH // 16) + 3  # row 2, column 3 of the middle grid
    found[16].face[cell], found[16].thing[cell] = 0.81, 1.0
    found[16].box[cell] = (0.5, 0.25, np.log(2), np.log(3))
    found[16].points[cell] = np.arange(10) / 10

    faces = read(found)

    np.testing.assert_allclose(faces.scores, [0.9], rtol=1e-6)
    np.testing.assert_allclose(faces.boxes, [[56 - 16, 36 - 24, 32, 48]], rtol=1e-6)
    np.testing.assert_allclose(faces.points[0, 1], [(3 + 0.2) * 16, (2 + 0.3) * 16], rtol=1e-6)


def test_a_face_whose_centre_lies_in_the_padding_is_dropped() -> None:
    found = heads()
    found[8].face[0] = found[8].thing[0] = 1
    found[8].box[0, :2] = -1
    found[8].points[0] = np.arange(10)

    assert len(read(found)) == 0


def test_an_absurd_size_is_no_overflow() -> None:
    found = heads()
    found[8].face[0] = found[8].thing[0] = 1
    found[8].box[0, 2:] = 1000
    found[8].points[0] = np.arange(10)

    faces = read(found)

    assert len(faces) == 1
    assert np.isfinite(faces.boxes).all()


def test_a_face_whose_points_fall_together_is_dropped() -> None:
    found = heads()
    found[8].face[9] = found[8].thing[9] = 1

    assert len(read(found)) == 0


def test_outputs_that_are_no_numbers_hold_no_face() -> None:
    found = heads()
    found[8].face[9] = found[8].thing[9] = 1
    found[8].box[9] = np.nan
    found[16].face[:] = np.nan

    assert len(read(found)) == 0


def test_scaling_moves_boxes_and_points_alike() -> None:
    faces = Faces(np.array([[1, 2, 3, 4]], np.float32), np.ones((1, 5, 2), np.float32), np.ones(1, np.float32))

    scaled = faces.scaled(2, 3)

    assert scaled.boxes.tolist() == [[2, 6, 6, 12]]
    assert scaled.points[0].tolist() == [[2, 3]] * 5


@given(boxes, st.floats(0, 1))
def test_suppression_keeps_a_sparse_subset_that_covers_the_rest(found: Float32, most: float) -> None:
    scores = np.linspace(0.1, 0.9, len(found), dtype=np.float32)

    kept = core.suppress(found, scores, most)

    assert len(set(kept.tolist())) == len(kept)
    assert set(kept.tolist()) <= set(range(len(found)))
    assert all(scores[a] >= scores[b] for a, b in itertools.pairwise(kept))
    assert all(overlap(found[a], found[b]) <= most + 1e-4 for i, a in enumerate(kept) for b in kept[i + 1 :])
    gone = set(range(len(found))) - set(kept.tolist())
    assert all(any(overlap(found[k], found[g]) > most - 1e-4 and scores[k] >= scores[g] for k in kept) for g in gone)


@given(boxes)
def test_the_best_face_always_stays(found: Float32) -> None:
    scores = np.linspace(0.1, 0.9, len(found), dtype=np.float32)

    kept = core.suppress(found, scores, 0.3)

    assert kept.tolist()[:1] == ([len(found) - 1] if len(found) else [])


def test_of_a_face_found_by_several_searches_the_clearest_stays() -> None:
    one = Faces(np.array([[0, 0, 40, 50], [200, 0, 40, 50]], np.float32), np.zeros((2, 5, 2), np.float32), SCORES[:2])
    other = Faces(np.array([[4, 2, 40, 50]], np.float32), np.ones((1, 5, 2), np.float32), SCORES[2:])

    found = core.merged([one, core.NOBODY, other], 0.3)

    assert found.boxes[:, 0].tolist() == [4, 200]
    assert found.points[0, 0].tolist() == [1, 1]
    assert len(core.merged([], 0.3)) == 0
    assert core.merged([core.NOBODY, one], 0.3) is one


SCORES = np.array([0.7, 0.8, 0.9], np.float32)


def test_a_score_is_the_root_of_its_two_probabilities_to_the_last_bit() -> None:
    found = heads()
    rng = np.random.default_rng(3)
    for head in found.values():
        head.face[:], head.thing[:] = rng.random((2, len(head.face)), np.float32)
        head.points[:] = rng.random(head.points.shape, np.float32)

    scores = np.concatenate([np.sqrt(head.face * head.thing) for head in found.values()])
    for least in np.sort(scores)[::20]:
        assert core.read(found, WIDTH, HEIGHT, min_score=float(least), max_overlap=0.3).scores.min() >= least
    best = float(scores.max())
    assert read(found, min_score=best).scores.tolist() == [best]
