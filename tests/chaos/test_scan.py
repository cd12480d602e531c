"""The search for many pieces at once finds what a search for each would."""

from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.scan import places

# Few different bytes, so that pieces share words with each other and with what is around them.
texts = st.lists(st.sampled_from((0, 1, 255)), max_size=40).map(bytes)
pieces = st.lists(st.sampled_from((0, 1, 255)), min_size=1, max_size=24).map(bytes)


@given(before=texts, room=st.sampled_from((0, 70_000)), sought=st.lists(pieces, max_size=4), after=texts)
def test_each_piece_is_found_where_it_is_first(before: bytes, room: int, sought: list[bytes], after: bytes) -> None:
    content = before + bytes(room) + b"".join(sought[::2]) + after

    found = list(places(content, sought))

    assert found == [(number, content.find(piece)) for number, piece in enumerate(sought) if piece in content]
