"""How large a batch is, and what a vector is."""

import numpy as np

from services.embedder import core
from services.embedder.core import BatchSize


def test_the_first_batch_may_be_as_large_as_allowed() -> None:
    assert BatchSize(8, 0.1).next() == 8


def test_a_slow_network_gets_smaller_batches_but_never_none() -> None:
    batch_size = BatchSize(8, 0.1)
    batch_size.record(2, 0.06)
    assert batch_size.next() == 3

    batch_size.record(1, 100.0)

    assert batch_size.next() == 1


def test_a_network_that_becomes_fast_again_gets_larger_batches() -> None:
    batch_size = BatchSize(8, 0.1)
    batch_size.record(1, 0.1)
    for _ in range(40):
        batch_size.record(8, 0.008)

    assert batch_size.next() == 8


def test_vectors_have_unit_length() -> None:
    raw = np.random.default_rng(3).normal(0, 50, (4, 128)).astype(np.float32)

    for row, vector in zip(raw, core.directions(raw), strict=True):
        assert vector is not None
        assert vector.dtype == np.float32
        np.testing.assert_allclose(vector * np.linalg.norm(row), row, rtol=1e-4, atol=1e-4)


def test_a_row_without_a_direction_is_none() -> None:
    raw = np.array([[0, 0], [np.nan, 1], [np.inf, 1], [3, 4]], np.float32)

    assert [vector is None for vector in core.directions(raw)] == [True, True, True, False]
