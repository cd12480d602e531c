"""Hostile messages without end: random bytes, mutated samples, extreme numbers and messages of another kind."""

from functools import partial
from random import Random
from typing import Final, Protocol, runtime_checkable

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message

from proto.wardwatch.v1 import events_pb2 as pb
from tests.contract.samples import SAMPLES

_KIND: Final = FieldDescriptor
_NUMBERS: Final = (0, 1, -1, 2**31 - 1, -(2**31), 2**32 - 1, 2**63 - 1, -(2**63), 2**64 - 1, 253_402_300_800_000_000)
_FLOATS: Final = (float("nan"), float("inf"), -float("inf"), 3.4e38, -3.4e38, 1e-45, 0.0)
_TEXTS: Final = (
    "", "x", "h1", "a.b", "*", ">", "a" * 65, "a" * 100_000, "\u0000", "\u202e\u0000<script>", "../../etc/passwd",
    "'; drop table watchlist.entry; --", "\ud7ff\uffff", "0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", "{}", "\r\nPING\r\n",
)  # fmt: skip


@runtime_checkable
class _Encodes(Protocol):
    def encode(self) -> bytes: ...


_ENCODED: Final = {name: sample.encode() for name, sample in SAMPLES.items() if isinstance(sample, _Encodes)}
_NAMES: Final = sorted(_ENCODED)


def hostile(kind: str, rng: Random) -> bytes:
    """The next hostile content for a subject that carries messages of *kind* (or of no kind that is known)."""
    own = [name for name in _NAMES if name.partition("-")[0] == kind]
    chance = rng.random()
    if chance < 0.15 or not own:
        return rng.randbytes(rng.choice((0, 1, 2, 7, 64, 1000, 40_000)))
    if chance < 0.25:
        return _ENCODED[rng.choice(_NAMES)]
    content = _ENCODED[rng.choice(own)]
    if chance < 0.5:
        return _mangled(content, rng)
    return extreme(kind, content, rng)


def _mangled(content: bytes, rng: Random) -> bytes:
    mangled = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 6, 30))):
        at = rng.randrange(len(mangled) + 1)
        match rng.randrange(4):
            case 0:
                mangled[at : at + 1] = rng.randbytes(1)
            case 1:
                del mangled[at : at + rng.randrange(1, 40)]
            case 2:
                mangled[at:at] = rng.randbytes(rng.randrange(1, 12))
            case _:
                # A length of terabytes, groups within groups.
                mangled[at:at] = rng.choice((b"\xff" * 9 + b"\x01", b"\x0b" * 200, b"\x7a\xff\xff\xff\xff\x0f"))
    return bytes(mangled)


def extreme(kind: str, content: bytes, rng: Random) -> bytes:
    """*content* with one to four of its fields at extremes."""
    message: Message = getattr(pb, kind)()
    try:
        message.ParseFromString(content)
    except DecodeError:
        return content
    for _ in range(rng.randint(1, 4)):
        _set(message, rng)
    return message.SerializeToString()


def _set(message: Message, rng: Random) -> None:
    """One field of *message*, or of a message in it, at an extreme."""
    number = rng.randrange(len(message.DESCRIPTOR.fields))
    for field in message.DESCRIPTOR.fields[number : number + 1]:
        within = getattr(message, field.name)
        extreme_value = partial(_value, field.cpp_type, rng, is_bytes=field.type == _KIND.TYPE_BYTES)
        if hasattr(within, "keys"):  # a map
            within.clear()
        elif field.cpp_type == _KIND.CPPTYPE_MESSAGE and not field.is_repeated:
            _set(within, rng)
        elif field.cpp_type == _KIND.CPPTYPE_MESSAGE and len(within) and rng.random() < 0.7:
            _set(rng.choice(list(within)), rng)
        elif field.cpp_type == _KIND.CPPTYPE_MESSAGE:
            for _ in range(rng.choice((1, 100, 3000))):
                within.add()
        elif field.is_repeated:
            within.extend([extreme_value()] * rng.choice((1, 50, 2000)))
        else:
            setattr(message, field.name, extreme_value())


def _value(kind: int, rng: Random, *, is_bytes: bool) -> object:
    match kind:
        case _KIND.CPPTYPE_FLOAT | _KIND.CPPTYPE_DOUBLE:
            return rng.choice(_FLOATS)
        case _KIND.CPPTYPE_STRING:
            return rng.randbytes(rng.choice((0, 1, 31, 32, 511, 512, 37_632))) if is_bytes else rng.choice(_TEXTS)
        case _KIND.CPPTYPE_BOOL:
            return rng.random() < 0.5
        case _KIND.CPPTYPE_ENUM | _KIND.CPPTYPE_INT32:
            return rng.choice([n for n in _NUMBERS if -(2**31) <= n < 2**31])
        case _KIND.CPPTYPE_UINT32:
            return rng.choice([n for n in _NUMBERS if 0 <= n < 2**32])
        case _KIND.CPPTYPE_INT64:
            return rng.choice([n for n in _NUMBERS if -(2**63) <= n < 2**63])
        case _:
            return rng.choice([n for n in _NUMBERS if n >= 0])


_VERSION: Final = b"NATS/1.0"
_HEADER_NAMES: Final = (
    b"Captured-At", b"Rotation", b"Nats-Msg-Id", b"Wardwatch-Held-On", b"Wardwatch-Signature", b"Reason", b"Status",
    b"Description", b"Nats-Service-Error-Code", b"X", b"", b" ", b"a b", b"\xff", b"a" * 5000,
)  # fmt: skip
_HEADER_VALUES: Final = (
    b"", b"2026-11-29T12:00:00.000Z", b"9999-12-31T23:59:59Z", b"0001-01-01T00:00:00+23:59", b"90", b"361", b"-1",
    b"nan", b"matcher:AAAA", b"watchlist:" + b"A" * 88, b"\xff\xfe", b"\0", b"a" * 20_000, b"503", b"desk.watchlist.x",
    b"1e999", b"2026-02-30", b"\xe2\x80\xae", b": : :", b"$JS.API.STREAM.DELETE.WATCHLIST",
)  # fmt: skip


def headers(rng: Random) -> bytes:
    """The next hostile block of headers, as it goes over the wire."""
    lines = b"".join(
        rng.choice(_HEADER_NAMES) + rng.choice((b":", b": ", b"")) + rng.choice(_HEADER_VALUES) + b"\r\n"
        for _ in range(rng.choice((0, 1, 1, 3, 60)))
    )
    first = rng.choice((_VERSION, _VERSION, _VERSION, _VERSION + b" 503", _VERSION + b" 100 \xff\xfe", b"", b"X/9"))
    block = first + rng.choice((b"\r\n", b"\r\n", b"\n", b"")) + lines + rng.choice((b"\r\n", b"\r\n", b""))
    if rng.random() < 0.2:
        block = _mangled(block or b"x", rng)
    return block[:60_000] or b"\r\n"


_REPLIES: Final = (
    b"", b"", b"_INBOX.x", b"_INBOX.\xff", b"\xc3", b"a\x0bb", b"_INBOX.a\x0c7", b"frames.h1.other",
    b"policy.threshold", b"a" * 1500, b">", b"*", b"..", b"MSG", b"\x85",
)  # fmt: skip


def line(subject: str, content: bytes, rng: Random) -> bytes:
    """*content* as somebody sends it who writes the protocol by hand: with hostile headers and places of reply."""
    place = b" ".join(filter(None, (subject.encode(), rng.choice(_REPLIES))))
    if rng.random() < 0.2:
        return b"PUB %s %d\r\n%s\r\n" % (place, len(content), content)
    block = headers(rng)
    return b"HPUB %s %d %d\r\n%s%s\r\n" % (place, len(block), len(block) + len(content), block, content)
