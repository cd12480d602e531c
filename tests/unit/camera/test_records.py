"""The pipe between reader and publisher."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.camera import records
from services.camera.core import Frame
from services.camera.records import Ended, Failed, Record, Skipped, Status

FRAMES = st.builds(Frame, st.integers(0, 2**60), st.integers(0, 9999), st.integers(0, 9999), st.binary(max_size=200))
TEXTS = st.text(max_size=100)


STATUSES = st.builds(Status, TEXTS, st.integers(0, 10**9).map(lambda us: us / 1e6), st.integers(0, 10**6))


@given(st.one_of(FRAMES, st.builds(Skipped, TEXTS), st.builds(Failed, TEXTS), st.just(Ended()), STATUSES))
def test_record_survives_the_pipe(record: Record) -> None:
    written = records.encode(record)

    head = records.decode_head(written[: records.HEAD_BYTES])
    read = records.decode(head, written[records.HEAD_BYTES :])

    assert read == record
    assert head.body_bytes == len(written) - records.HEAD_BYTES


@given(st.binary(min_size=records.HEAD_BYTES, max_size=records.HEAD_BYTES).filter(lambda b: b[:1] not in b"FSEXW"))
def test_nonsense_is_no_record(noise: bytes) -> None:
    with pytest.raises(ValueError, match="not a record"):
        records.decode_head(noise)


def test_record_heavier_than_a_frame_may_be_is_refused() -> None:
    head = records.encode(Frame(0, 1, 1, b""))[:-4] + b"\xff\xff\xff\xff"

    with pytest.raises(ValueError, match="not a record"):
        records.decode_head(head)
