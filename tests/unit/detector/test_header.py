"""What the header guard lets through and what it refuses, without decoding anything."""

from dataclasses import replace
from typing import SupportsIndex, overload

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.messages import RejectReason
from services.detector import header
from services.detector.header import Header, Limits, Refused, Size
from services.detector.segments import MAX_SEGMENTS
from tests import jpegs
from tests.unit.detector.jpegs import jpeg, promising

LIMITS = Limits(max_bytes=1_000_000, max_pixels=40_000_000, min_side_px=32)


def with_marker(marker: int) -> bytes:
    return jpeg().replace(b"\xff\xc0", bytes((0xFF, marker)), 1)


def size(content: bytes) -> Size | None:
    found = header.examine(content, LIMITS)
    return found.size if isinstance(found, Header) else None


def changed(at: int, value: int) -> bytes:
    """A JPEG with another byte at *at* of its frame header."""
    content = bytearray(jpeg())
    content[content.index(b"\xff\xc0") + at] = value
    return bytes(content)


def with_bits(count: int) -> bytes:
    return changed(4, count)


def with_sampling(factors: int) -> bytes:
    return changed(11, factors)


def twice(marker: int) -> bytes:
    content = jpeg()
    at = jpegs.segments(content)[marker]
    return content[:at] + content[at : at + 2 + int.from_bytes(content[at + 2 : at + 4])] + content[at:]


def of_a_stranger() -> bytes:
    content = bytearray(jpeg())
    content[jpegs.segments(bytes(content))[0xDA] + 5] = 77
    return bytes(content)


def without_colour() -> bytes:
    """Three components, each with a scan of its own, but for the last."""
    content = jpegs.encoded(jpegs.scene(), scans=jpegs.EACH)
    return content[: content.rindex(b"\xff\xda")] + b"\xff\xd9"


SCAN = jpegs.segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x12"


def with_components(count: int) -> bytes:
    content = bytearray(jpeg())
    content[content.index(b"\xff\xc0") + 9] = count
    return bytes(content)


def test_a_jpeg_within_the_limits_passes_with_its_size() -> None:
    assert size(jpeg(64, 48)) == Size(64, 48)


def test_padding_after_the_end_marker_is_no_fault() -> None:
    assert size(jpeg() + b"\0" * 100) == Size(64, 48)


def test_fill_bytes_before_a_marker_are_no_fault() -> None:
    content = jpeg()

    assert size(content[:2] + b"\xff" * 100_000 + content[2:]) == Size(64, 48)


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
        pytest.param(promising(40_000, 40_000), RejectReason.TOO_MANY_PIXELS, id="decompression bomb"),
        pytest.param(promising(64, 31), RejectReason.TOO_SMALL, id="too low"),
        pytest.param(promising(64, 0), RejectReason.TOO_SMALL, id="height to be told later"),
        pytest.param(jpeg() + bytes(1_000_000), RejectReason.TOO_MANY_BYTES, id="too many bytes"),
        pytest.param(with_marker(0xC3), RejectReason.UNSUPPORTED, id="lossless"),
        pytest.param(with_marker(0xC5), RejectReason.UNSUPPORTED, id="hierarchical"),
        pytest.param(with_bits(12), RejectReason.UNSUPPORTED, id="12 bit"),
        pytest.param(with_components(2), RejectReason.UNSUPPORTED, id="two components"),
        pytest.param(with_components(4), RejectReason.CORRUPT, id="components without a description"),
        pytest.param(b"\xff\xd8\xff\xda\0\x02", RejectReason.CORRUPT, id="data before a size"),
        pytest.param(b"\xff\xd8\xff\xdb\0\x01\0\0", RejectReason.CORRUPT, id="impossible length"),
        pytest.param(b"\xff\xd8abcdefgh", RejectReason.TRUNCATED, id="no marker"),
        pytest.param(b"\xff\xd8\xff\xd9", RejectReason.CORRUPT, id="no picture"),
        pytest.param(jpeg()[:-2] + SCAN * 100 + b"\xff\xd9", RejectReason.UNSUPPORTED, id="endless scans"),
        pytest.param(twice(0xC0), RejectReason.CORRUPT, id="two sizes"),
        pytest.param(of_a_stranger(), RejectReason.CORRUPT, id="a scan of an unknown component"),
        pytest.param(without_colour(), RejectReason.CORRUPT, id="a colour without data"),
        pytest.param(with_sampling(0x50), RejectReason.CORRUPT, id="impossible sampling"),
    ],
)
def test_what_is_refused_has_a_reason_and_a_sentence(content: bytes, reason: RejectReason) -> None:
    found = header.examine(content, LIMITS)

    assert isinstance(found, Refused)
    assert found.reason is reason
    assert found.detail.endswith(".")


def test_an_end_marker_in_a_thumbnail_is_not_the_end() -> None:
    thumbnail = jpegs.segment(0xE1, b"\xff\xd8\xff\xd9")

    found = header.examine(jpegs.after_start(jpeg(), thumbnail)[:-2], LIMITS)

    assert isinstance(found, Header)
    assert not found.ended


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
        pytest.param((b"\xff" * 60 + b"\xd0") * 130_000, "segments", id="fill bytes before every marker"),
    ],
)
def test_an_endless_header_is_refused_after_a_bounded_number_of_looks(body: bytes, words: str) -> None:
    content = Counted(b"\xff\xd8" + body)

    found = header.examine(content, replace(LIMITS, max_bytes=2**23))

    assert isinstance(found, Refused)
    assert found.reason is RejectReason.CORRUPT
    assert words in found.detail
    assert content.looks <= 10 * MAX_SEGMENTS


def test_a_header_in_many_pieces_passes() -> None:
    content = jpeg()
    profile = (b"\xff\xe2" + (2 + 100).to_bytes(2) + bytes(100)) * 900

    assert size(content[:2] + profile + content[2:]) == Size(64, 48)


@given(st.binary(max_size=400))
def test_any_bytes_are_answered(content: bytes) -> None:
    assert isinstance(header.examine(content, LIMITS), Header | Refused)
    assert isinstance(header.examine(b"\xff\xd8\xff" + content, LIMITS), Header | Refused)
