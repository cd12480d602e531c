"""What waits for the network, how large a batch is, and what a vector is."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.embedder import core
from services.embedder.core import BatchSize, Waiting


def waiting(max_waiting: int = 3, max_age_us: int = 100) -> Waiting[str]:
    return Waiting(max_waiting=max_waiting, max_age_us=max_age_us)


def test_faces_leave_in_the_order_they_came() -> None:
    line = waiting()
    for face in "abc":
        assert line.offer(face, 0)

    assert line.take(2, 0).faces == ("a", "b")
    assert line.take(2, 0).faces == ("c",)


def test_the_oldest_makes_room_for_the_newest() -> None:
    line = waiting(max_waiting=2)

    room = [line.offer(face, 0) for face in "abc"]

    assert room == [True, True, False]
    assert line.take(5, 0).faces == ("b", "c")


def test_faces_past_their_age_are_given_up_and_do_not_fill_the_batch() -> None:
    line = waiting(max_age_us=10)
    line.offer("stale", 0)
    line.offer("fresh", 5)

    batch = line.take(1, 15)

    assert (batch.faces, batch.stale) == (("fresh",), 1)


@given(st.lists(st.one_of(st.just(None), st.integers(1, 5)), max_size=80), st.integers(1, 6))
def test_every_face_is_handed_out_or_counted_and_the_line_is_bounded(
    script: list[int | None], max_waiting: int
) -> None:
    line: Waiting[int] = Waiting(max_waiting=max_waiting, max_age_us=7)
    dropped = stale = handed_out = offered = 0
    for now, most in enumerate(script):
        if most is None:
            offered += 1
            dropped += not line.offer(now, now)
        else:
            batch = line.take(most, now)
            assert len(batch.faces) <= most
            assert all(now - face <= 7 for face in batch.faces)
            stale, handed_out = stale + batch.stale, handed_out + len(batch.faces)
        assert len(line) <= max_waiting

    assert offered == dropped + stale + handed_out + len(line)


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
