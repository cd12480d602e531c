"""One entry at most once a frame, unless a nearer face of it comes later."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.subjects import EntryId
from services.matcher.core import Neighbour
from services.matcher.same_frame import SameFrame
from tests.unit.matcher.builders import face


def neighbour(entry: str, similarity: float) -> Neighbour:
    return Neighbour(EntryId(entry), 1, "photo", similarity)


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("ab"), st.floats(0.5, 1)), max_size=20))
def test_what_follows_in_a_frame_is_nearer_or_the_same_face(faces: list[tuple[int, str, float]]) -> None:
    frame = SameFrame()
    sighted: dict[str, list[tuple[int, float]]] = {"a": [], "b": []}
    for index, entry, similarity in faces:
        origin = face(index=index).origin
        for free in frame.free(origin, [neighbour(entry, similarity)]):
            frame.take(origin, free.entry_id, free.similarity)
            sighted[entry].append((index, similarity))

    for taken in sighted.values():
        for (index, similarity), (next_index, next_similarity) in pairwise(taken):
            assert next_similarity > similarity or next_index == index


@given(st.lists(st.floats(0.5, 1), min_size=1, max_size=8))
def test_the_nearest_face_of_a_frame_is_sighted_in_any_order(similarities: list[float]) -> None:
    frame = SameFrame()
    sighted = []
    for index, similarity in enumerate(similarities):
        origin = face(index=index).origin
        if frame.free(origin, [neighbour("a", similarity)]):
            frame.take(origin, EntryId("a"), similarity)
            sighted.append(similarity)

    assert max(similarities) in sighted


def test_frames_that_were_long_ago_are_forgotten() -> None:
    frame = SameFrame()
    for number in range(1_000):
        frame.take(face(frame=f"f{number}").origin, EntryId("a"), 0.9)

    assert frame.free(face(frame="f0", index=1).origin, [neighbour("a", 0.6)])
    assert len(frame._frames) < 500  # white box: what is bounded is memory
