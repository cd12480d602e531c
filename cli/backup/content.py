"""What a part of a backup holds: sections, each with a name, facts and bytes; compressed as one.

A frame is a letter, four bytes of length and so many bytes: ``S`` begins a section with JSON, ``D`` are bytes of it,
``E`` ends it with JSON. Nothing here reads or writes a file.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from cli.backup.container import Facts, Faulty

_BEGIN: Final = b"S"
_BYTES: Final = b"D"
_END: Final = b"E"
_LENGTH_BYTES: Final = 4
# Fast: it has to keep up with a database on the same machine.
_LEVEL: Final = 1
_MOST_FRAME_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Begin:
    """A section begins."""

    name: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of the section."""

    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class End:
    """The section is whole."""

    facts: Facts


Frame = Begin | Piece | End


class Content:
    """Writes frames to *write*, compressed. To be closed with :meth:`finish`."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._compressor = zlib.compressobj(_LEVEL)

    def add(self, frame: Frame) -> None:
        """Write one frame."""
        match frame:
            case Begin(name, facts):
                self._put(_BEGIN, json.dumps({"name": name, "facts": dict(facts)}).encode())
            case Piece(content):
                self._put(_BYTES, content)
            case End(facts):
                self._put(_END, json.dumps(dict(facts)).encode())

    def finish(self) -> None:
        """Write what is still held back."""
        self._write(self._compressor.flush())

    def _put(self, kind: bytes, content: bytes) -> None:
        self._write(self._compressor.compress(kind + len(content).to_bytes(_LENGTH_BYTES, "big") + content))


def frames(chunks: Iterable[bytes]) -> Iterator[Frame]:
    """The frames of what *chunks* hold. Raises Faulty when it ends in between."""
    decompressor, held = zlib.decompressobj(), bytearray()
    for chunk in chunks:
        try:
            held += decompressor.decompress(chunk)
        except zlib.error as error:
            raise Faulty("what it holds cannot be unpacked") from error
        yield from _whole(held)
    if held or not decompressor.eof:
        raise Faulty("what it holds ends in between")


def _whole(held: bytearray) -> Iterator[Frame]:
    """Take every whole frame from *held*."""
    begin = 1 + _LENGTH_BYTES
    while len(held) >= begin:
        length = int.from_bytes(held[1:begin], "big")
        if length > _MOST_FRAME_BYTES:
            raise Faulty("what it holds has a part that is too long")
        if len(held) < begin + length:
            return
        kind, content = bytes(held[:1]), bytes(held[begin : begin + length])
        del held[: begin + length]
        yield _frame(kind, content)


def _frame(kind: bytes, content: bytes) -> Frame:
    if kind == _BYTES:
        return Piece(content)
    try:
        stated = json.loads(content)
        if kind == _BEGIN:
            return Begin(str(stated["name"]), dict(stated["facts"]))
        if kind == _END:
            return End(dict(stated))
    except (KeyError, TypeError, ValueError) as error:
        raise Faulty("what it holds cannot be read") from error
    raise Faulty("what it holds cannot be read: an unknown kind of frame")
