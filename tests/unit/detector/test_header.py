"""What the header guard lets through and what it refuses, without decoding anything."""

from dataclasses import replace
from typing import SupportsIndex, overload

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.messages import RejectReason
from services.detector import header
from services.detector.header import Limits, Refused, Size
from tests.unit.detector.jpegs import jpeg, promising

LIMITS = Limits(max_bytes=1_000_000, max_pixels=40_000_000, min_side_px=32)


def with_marker(marker: int) -> bytes:
    return jpeg().replace(b"\xff\xc0", bytes((0xFF, marker)), 1)


def with_components(count: int) -> bytes:
    content = bytearray(jpeg())
    content[content.index(b"\xff\xc0") + 9] = count
    return bytes(content)


def test_a_jpeg_within_the_limits_passes_with_its_size() -> None:
    assert header.examine(jpeg(64, 48), LIMITS) == Size(64, 48)


def test_padding_after_the_end_marker_is_no_fault() -> None:
    assert header.examine(jpeg() + b"\0" * 100, LIMITS) == Size(64, 48)


def test_fill_bytes_before_a_marker_are_no_fault() -> None:
    content = jpeg()

    assert header.examine(content[:2] + b"\xff\xff\xff" + content[2:], LIMITS) == Size(64, 48)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", RejectReason.EMPTY, id="nothing"),
        pytest.param(b"these are words\n", RejectReason.NOT_JPEG, id="text"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(50), RejectReason.NOT_JPEG, id="PNG"),
        pytest.param(b"\0\0\0\x18ftypheic" + bytes(50), RejectReason.NOT_JPEG, id="HEIC"),
        pytest.param(bytes(200), RejectReason.NOT_JPEG, id="zeros"),
        pytest.param(b"\xff\xd8", RejectReason.TRUNCATED, id="start marker only"),
        pytest.param(jpeg()[:300], RejectReason.TRUNCATED, id="cut in the header"),
        pytest.param(jpeg()[:-200], RejectReason.TRUNCATED, id="cut in the data"),
        pytest.param(jpeg()[:-2], RejectReason.TRUNCATED, id="no end marker"),
        pytest.param(promising(40_000, 40_000), RejectReason.TOO_MANY_PIXELS, id="decompression bomb"),
        pytest.param(promising(64, 31), RejectReason.TOO_SMALL, id="too low"),
        pytest.param(promising(64, 0), RejectReason.TOO_SMALL, id="height to be told later"),
        pytest.param(jpeg() + bytes(1_000_000), RejectReason.TOO_MANY_BYTES, id="too many bytes"),
        pytest.param(with_marker(0xC3), RejectReason.UNSUPPORTED, id="lossless"),
        pytest.param(with_marker(0xC9), RejectReason.UNSUPPORTED, id="arithmetic"),
        pytest.param(with_components(4), RejectReason.UNSUPPORTED, id="CMYK"),
        pytest.param(b"\xff\xd8\xff\xda\0\x02", RejectReason.CORRUPT, id="data before a size"),
        pytest.param(b"\xff\xd8\xff\xe0\0\x01\0\0", RejectReason.CORRUPT, id="impossible length"),
        pytest.param(b"\xff\xd8abcdefgh", RejectReason.CORRUPT, id="no marker"),
        pytest.param(jpeg()[:-2] + b"\xff\xda" * 100 + b"\xff\xd9", RejectReason.UNSUPPORTED, id="endless scans"),
    ],
)
def test_what_is_refused_has_a_reason_and_a_sentence(content: bytes, reason: RejectReason) -> None:
    found = header.examine(content, LIMITS)

    assert isinstance(found, Refused)
    assert found.reason is reason
    assert found.detail.endswith(".")


def test_an_end_marker_in_a_thumbnail_does_not_hide_that_the_picture_is_cut() -> None:
    content = jpeg()
    thumbnail = b"\xff\xe1" + (2 + 4).to_bytes(2) + b"\xff\xd8\xff\xd9"

    found = header.examine(content[:2] + thumbnail + content[2:-2], LIMITS)

    assert isinstance(found, Refused)
    assert found.reason is RejectReason.TRUNCATED


class Counted(bytes):
    """A body that counts how often it is looked into; whole-body searches run in C and are not counted."""

    looks = 0

    @overload
    def __getitem__(self, place: SupportsIndex) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> bytes: ...
    def __getitem__(self, place: SupportsIndex | slice) -> int | bytes:
        self.looks += 1
        return super().__getitem__(place)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b"\xff\xd0" * 4_000_000, "segments", id="markers without a length"),
        pytest.param(b"\xff\xe0\0\2" * 2_000_000, "segments", id="empty segments"),
        pytest.param(b"\xff" * 8_000_000, "fill bytes", id="nothing but fill bytes"),
        pytest.param((b"\xff" * 60 + b"\xd0") * 130_000, "segments", id="fill bytes before every marker"),
    ],
)
def test_an_endless_header_is_refused_after_a_bounded_number_of_looks(body: bytes, words: str) -> None:
    content = Counted(b"\xff\xd8" + body)

    found = header.examine(content, replace(LIMITS, max_bytes=2**23))

    assert isinstance(found, Refused)
    assert found.reason is RejectReason.CORRUPT
    assert words in found.detail
    assert content.looks <= header.MAX_SEGMENTS * (header.MAX_FILL_BYTES + 10)


def test_a_header_in_many_pieces_passes() -> None:
    content = jpeg()
    profile = (b"\xff\xe2" + (2 + 100).to_bytes(2) + bytes(100)) * 900

    assert header.examine(content[:2] + profile + content[2:], LIMITS) == Size(64, 48)


@given(st.binary(max_size=400))
def test_any_bytes_are_answered(content: bytes) -> None:
    assert isinstance(header.examine(content, LIMITS), Size | Refused)
    assert isinstance(header.examine(b"\xff\xd8\xff" + content, LIMITS), Size | Refused)


@given(st.integers(0, len(jpeg()) - 3))
def test_no_beginning_of_a_jpeg_passes_for_a_whole_one(length: int) -> None:
    assert isinstance(header.examine(jpeg()[:length], LIMITS), Refused)
