"""Follows Huffman-coded picture data block by block, without decoding a pixel, to see whether all of it is there. Pure.

A decoder that meets bytes it does not need complains about the first of them only, and what is really lost behind it
goes unsaid. Here the data are followed to the last bit, so what is superfluous can be cut away exactly, and what is
missing is known. Sequential JPEGs only: one pass over each component, which is what cameras send.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Final

import numpy as np

from proto.wardwatch.v1.messages import RejectReason
from services.detector import segments
from services.detector.header import Header, Refused, Scan, cut

# Followed in Python, about five million symbols a second; a hostile frame may not buy more than some seconds.
MAX_BYTES: Final = 4 * 1024 * 1024
MAX_INTERVALS: Final = 50_000
_BLOCK: Final = 64
_RESTART: Final = re.compile(rb"\xff[\xd0-\xd7]")
_MARKER: Final = re.compile(rb"\xff[^\x00]")
# More than the longest block: 64 codes of 16 bits with 16 bits of value each.
_BEYOND: Final = bytes(256 + 3)
# A step of the walk: how many bits a code and its value take, above those how many coefficients it covers.
_BITS: Final = 0x3F
_SHIFT: Final = 6
# The end of a block stands for more coefficients than there are, so that it differs from a run beyond the last one.
_END_OF_BLOCK: Final = 2 * _BLOCK
# Of eight bits a pixel (ITU T.81, F.1.2): no value of a coefficient has more bits.
_MOST_DC_BITS: Final = 11
_MOST_AC_BITS: Final = 10
# Eight times the mean of a block, which lies between -128 and 127, and some room for encoders that round badly.
_MOST_DC: Final = 1100

Steps = list[int]  # by the next 16 bits of the data; 0 where they are no code


@dataclass(frozen=True, slots=True)
class _Block:
    """A block of a unit: its component, how its values are coded, and how far its first value may go from zero."""

    component: int
    first: Steps
    rest: Steps
    most: int


@dataclass(frozen=True, slots=True)
class _Tables:
    """What is in force where a scan begins: codes by class and number, the first divisor by number."""

    codes: dict[int, bytes]
    first_divisors: dict[int, int]


@dataclass(frozen=True, slots=True)
class _Lost:
    """The data of an interval are not what its blocks need."""

    at_the_end: bool


def followed(jpeg: bytes, header: Header, standard: bytes) -> tuple[bytes, ...] | Refused:
    """The picture data of each scan without a byte too many, or what is wrong with them.

    *standard* holds the Huffman tables (as in segments) that are meant where a camera leaves them out.
    """
    if sum(scan.segment.data_end - scan.segment.end for scan in header.scans) > MAX_BYTES:
        text = f"An irregular JPEG may have at most {MAX_BYTES:,} bytes of picture data."
        return Refused(RejectReason.UNSUPPORTED, text)
    tables = _Tables(dict(_codes(standard)), {})
    restart_interval, number = 0, 0
    found = []
    for each in header.segments:
        if each.marker == segments.DHT:
            tables.codes.update(_codes(each.content(jpeg)))
        elif each.marker == segments.DQT:
            tables.first_divisors.update(_first_divisors(each.content(jpeg)))
        elif each.marker == segments.DRI:
            restart_interval = int.from_bytes(each.content(jpeg)[:2])
        elif each.marker == segments.SOS:
            data = _scan(jpeg[each.end : each.data_end], header, header.scans[number], tables, restart_interval)
            if isinstance(data, Refused):
                return data
            found.append(data)
            number += 1
    return tuple(found)


def _scan(data: bytes, header: Header, scan: Scan, tables: _Tables, restart_interval: int) -> bytes | Refused:
    order = _order(header, scan, tables)
    if order is None:
        return Refused(RejectReason.CORRUPT, "The JPEG is damaged: a table is missing.")
    units = _units(header, scan)
    count = ceil(units / restart_interval) if restart_interval else 1
    if count > MAX_INTERVALS:
        text = f"An irregular JPEG may have at most {MAX_INTERVALS:,} restart intervals."
        return Refused(RejectReason.UNSUPPORTED, text)
    parts = _intervals(data, count)
    if len(parts) < count:
        return cut()

    whole = []
    for index, part in enumerate(parts):
        needed = min(restart_interval or units, units - index * (restart_interval or units))
        end = _end_of(part, order, needed)
        if isinstance(end, _Lost):
            return cut() if end.at_the_end and index == count - 1 else _damaged()
        whole.append(end if index == 0 else bytes((0xFF, 0xD0 + (index - 1) % 8)) + end)
    return b"".join(whole)


def _intervals(data: bytes, count: int) -> list[bytes]:
    """The first *count* pieces of *data* between restart markers."""
    return _RESTART.split(data, maxsplit=count)[:count] if count > 1 else [data]


def _units(header: Header, scan: Scan) -> int:
    """How many minimum coded units the scan has: blocks of one component, or groups of blocks of several."""
    widest = max(each.across for each in header.components)
    tallest = max(each.down for each in header.components)
    if len(scan.components) > 1:
        return ceil(header.size.width / (8 * widest)) * ceil(header.size.height / (8 * tallest))
    one = header.components[scan.components[0]]
    width = ceil(header.size.width * one.across / widest)
    height = ceil(header.size.height * one.down / tallest)
    return ceil(width / 8) * ceil(height / 8)


def _order(header: Header, scan: Scan, tables: _Tables) -> list[_Block] | None:
    """The blocks of a unit in their order; None when one has no usable table."""
    order: list[_Block] = []
    for place, chosen in zip(scan.components, scan.tables, strict=True):
        one = header.components[place]
        first, rest = tables.codes.get(chosen >> 4), tables.codes.get(0x10 | chosen & 15)
        divisor = tables.first_divisors.get(one.quantisation, 0)
        if first is None or rest is None or not divisor:
            return None
        steps = _steps(first, of_first=True), _steps(rest, of_first=False)
        block = _Block(place, *steps, most=1 + _MOST_DC // divisor)
        order += [block] * (one.across * one.down if len(scan.components) > 1 else 1)
    return order


def _end_of(part: bytes, order: list[_Block], units: int) -> bytes | _Lost:
    """The bytes of *part* that *units* take, as they lie in the file."""
    marker = _MARKER.search(part)
    plain = part[: marker.start() if marker else len(part)].replace(b"\xff\x00", b"\xff")
    octets = np.frombuffer(plain + _BEYOND, np.uint8).astype(np.int32)
    # By byte, it and the two after it: any 16 bits that begin in it are among these 24.
    windows = (octets[:-2] << 16 | octets[1:-1] << 8 | octets[2:]).tolist()
    end, at = 8 * len(plain), 0
    levels = [0, 0, 0, 0]
    unrolled = [(block.component, block.first, block.rest, block.most) for block in order]
    for _ in range(units):
        for component, first, rest, most in unrolled:
            step = first[windows[at >> 3] >> (8 - (at & 7)) & 0xFFFF]
            at += step & _BITS
            size = step >> _SHIFT
            if size:
                value = windows[(at - size) >> 3] >> (24 - (at - size & 7) - size) & ((1 << size) - 1)
                levels[component] += value if value >> (size - 1) else value - (1 << size) + 1
            place = 1
            while step and place < _BLOCK:
                step = rest[windows[at >> 3] >> (8 - (at & 7)) & 0xFFFF]
                at += step & _BITS
                place += step >> _SHIFT
            if at > end or not step:
                # Beyond the end lie zeros, which may be a code or none.
                return _Lost(at_the_end=at + 16 > end)
            if _BLOCK < place < _END_OF_BLOCK or not -most <= levels[component] <= most:
                return _Lost(at_the_end=False)
    padding = -at & 7
    # An encoder fills its last byte with ones. Bytes too many behind anything else are data out of place: a decoder
    # that loses its way finds it again some blocks later, and has some over in the end.
    if len(plain) > (at + 7) >> 3 and ~plain[at >> 3] & (1 << padding) - 1:
        return _Lost(at_the_end=False)
    return plain[: (at + 7) >> 3].replace(b"\xff", b"\xff\x00")


def _codes(content: bytes) -> Mapping[int, bytes]:
    """Huffman tables of a segment by class and number: 16 counts of codes by length, then the symbols."""
    found, at = {}, 0
    while at + 17 <= len(content):
        size = 16 + sum(content[at + 1 : at + 17])
        found[content[at]] = content[at + 1 : at + 1 + size]
        at += 1 + size
    return found


def _first_divisors(content: bytes) -> Mapping[int, int]:
    """By what the first value of a block is divided, by number of the quantisation table."""
    found, at = {}, 0
    while at < len(content):
        wide = content[at] >> 4 != 0
        found[content[at] & 15] = int.from_bytes(content[at + 1 : at + 3 if wide else at + 2])
        at += 1 + _BLOCK * (2 if wide else 1)
    return found


@lru_cache(maxsize=32)
def _steps(table: bytes, *, of_first: bool) -> Steps:
    """What each 16 bits mean by *table*; *of_first* for the first coefficient of a block."""
    steps = np.zeros(1 << 16, np.int32)
    code, at = 0, 16
    for length, count in enumerate(table[:16], start=1):
        for symbol in table[at : at + count]:
            low = code << (16 - length)
            steps[low : low + (1 << (16 - length))] = _step(length, symbol, of_first=of_first)
            code += 1
        at += count
        code <<= 1
    return [int(each) for each in steps]


def _step(length: int, symbol: int, *, of_first: bool) -> int:
    run, size = symbol >> 4, symbol & 15
    if of_first:
        return length + symbol | symbol << _SHIFT if symbol <= _MOST_DC_BITS else 0
    if size > _MOST_AC_BITS:
        return 0
    if size == 0:
        return length | (16 if run == 15 else _END_OF_BLOCK) << _SHIFT
    return length + size | (run + 1) << _SHIFT


def _damaged() -> Refused:
    return Refused(RejectReason.CORRUPT, "The JPEG is damaged: its data do not make up the picture.")
