"""What people and attackers send for enrolment: files that are none, broken or hostile, and good ones of every form."""

import struct
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from proto.wardwatch.v1.findings import FindingCode
from tests import heic, jpegs
from tests.bad_photos import Picture, saved, written

_ORIENTATION: Final = 0x0112  # EXIF tag
_MB: Final = 1024 * 1024
_SCAN: Final = b"\xff\xda"


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _png(width: int, height: int, *, rows: bytes = b"", more: bytes = b"") -> bytes:
    """A PNG that promises *width* x *height* in RGB; *rows* are its uncompressed bytes, *more* chunks come before."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    ends = _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + more + ends


def _promising(jpeg: bytes, width: int, height: int) -> bytes:
    """*jpeg* with another size in its header."""
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + height.to_bytes(2) + width.to_bytes(2) + jpeg[at + 4 :]


def _scrambled(content: bytes) -> bytes:
    """*content* with 64 bytes in its middle replaced by restart markers out of turn."""
    middle = len(content) // 2
    return content[:middle] + b"\xff\xd0" * 32 + content[middle + 64 :]


def _scans(picture: Picture, count: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    jpeg = saved(picture[:64, :64], progressive=True)
    last = jpeg[jpeg.rindex(_SCAN) : -2]
    return jpeg[:-2] + last * count + jpeg[-2:]


def _between(jpeg: bytes, filling: bytes) -> bytes:
    """*jpeg* with *filling* after its first marker."""
    return jpeg[:2] + filling + jpeg[2:]


def _half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _moving(picture: Picture, form: str, **options: object) -> bytes:
    frames = [Image.fromarray(np.roll(picture[:64, :64], shift, axis=0)) for shift in range(3)]
    return written(frames[0], form, save_all=True, append_images=frames[1:], duration=100, **options)


def _text_bomb() -> bytes:
    """Half a gigabyte of text in half a megabyte of PNG."""
    page = zlib.compress(bytes(_MB - 64))
    return b"".join(_chunk(b"zTXt", f"page {number}".encode() + b"\0\0" + page) for number in range(500))


def _large_webp() -> bytes:
    """A WebP without loss whose header has all bits of both sides set: 16,384 x 16,384."""
    content = bytearray(written(Image.new("RGB", (8, 8)), "WEBP", lossless=True))
    sides = content.index(b"VP8L") + 9
    content[sides : sides + 4] = (int.from_bytes(content[sides : sides + 4], "little") | 2**28 - 1).to_bytes(
        4, "little"
    )
    return bytes(content)


def _svg() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'


# What is expected of a file is the code alone: it is rejected by its nature.
BAD_FILES: Final[Mapping[str, tuple[Callable[[Picture], bytes], FindingCode]]] = {
    "nothing": (lambda _: b"", FindingCode.EMPTY),
    "text": (lambda _: b"see the attached photo", FindingCode.NOT_AN_IMAGE),
    "a PDF": (lambda _: b"%PDF-1.7\n" + bytes(2000), FindingCode.NOT_AN_IMAGE),
    "an SVG": (lambda _: _svg(), FindingCode.NOT_AN_IMAGE),
    "the first bytes of a GIF": (lambda _: b"GIF89a" + bytes(64), FindingCode.DAMAGED),
    "half a TIFF": (lambda a: saved(a, "TIFF")[:200_000], FindingCode.DAMAGED),
    "a TIFF of two pages": (lambda a: _moving(a, "TIFF"), FindingCode.ANIMATED),
    "a TIFF of fractions": (lambda a: written(Image.fromarray(a).convert("F"), "TIFF"), FindingCode.UNSUPPORTED),
    "half a BMP": (lambda a: saved(a, "BMP")[:200_000], FindingCode.DAMAGED),
    "half a JPEG 2000": (lambda a: saved(a, "JPEG2000")[:300], FindingCode.DAMAGED),
    "a film": (lambda _: b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(500), FindingCode.NOT_AN_IMAGE),
    "half an AVIF": (lambda a: _half(saved(a, "AVIF", speed=10)), FindingCode.DAMAGED),
    "the first bytes of a JPEG": (lambda a: saved(a)[:3], FindingCode.DAMAGED),
    "the header of a JPEG": (lambda a: saved(a)[:300], FindingCode.DAMAGED),
    "half a JPEG": (lambda a: saved(a)[: len(saved(a)) // 2], FindingCode.DAMAGED),
    "a JPEG with damage inside": (lambda a: _scrambled(saved(a)), FindingCode.DAMAGED),
    "a JPEG of four components": (lambda a: written(Image.fromarray(a).convert("CMYK"), "JPEG")[:2000], FindingCode.DAMAGED),
    "a JPEG that promises 1.6 billion pixels": (lambda a: _promising(saved(a), 40_000, 40_000), FindingCode.TOO_MANY_PIXELS),
    "a JPEG of thousands of scans": (lambda a: _scans(a, 5000), FindingCode.UNSUPPORTED),
    "a JPEG of a hundred thousand segments": (lambda a: _between(saved(a), b"\xff\xe0\0\2" * 100_000), FindingCode.DAMAGED),
    "a JPEG with damage inside that lies on its side": (
        lambda a: jpegs.after_start(_scrambled(saved(a)), jpegs.exif(6)), FindingCode.DAMAGED
    ),
    "a JPEG of 12 bits": (lambda a: saved(a).replace(b"\xff\xc0\0\x11\x08", b"\xff\xc1\0\x11\x0c"), FindingCode.UNSUPPORTED),
    "a JPEG of 16 pixels": (lambda a: saved(a[:16, :16]), FindingCode.TOO_FEW_PIXELS),
    "half a PNG": (lambda a: saved(a, "PNG")[:200_000], FindingCode.DAMAGED),
    "a PNG with damage inside": (lambda a: _scrambled(saved(a, "PNG")), FindingCode.DAMAGED),
    "a PNG without pixels": (lambda _: _png(0, 0), FindingCode.DAMAGED),
    "a PNG that promises four quintillion pixels": (lambda _: _png(2**31 - 1, 2**31 - 1), FindingCode.TOO_MANY_PIXELS),
    "a PNG of 48 million pixels": (lambda _: written(Image.new("1", (8000, 6000)), "PNG"), FindingCode.TOO_MANY_PIXELS),
    "a PNG with half a gigabyte of text": (lambda _: _png(64, 64, rows=bytes(64 * 193), more=_text_bomb()), FindingCode.DAMAGED),
    "a PNG whose profile unpacks to a quarter of a gigabyte": (
        lambda _: _png(64, 64, rows=bytes(64 * 193), more=_chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(256 * _MB)))),
        FindingCode.DAMAGED,
    ),
    "a PNG that moves": (lambda a: _moving(a, "PNG"), FindingCode.ANIMATED),
    "a WebP that moves": (lambda a: _moving(a, "WEBP"), FindingCode.ANIMATED),
    "half a WebP": (lambda a: saved(a, "WEBP")[:20_000], FindingCode.DAMAGED),
    "a WebP that promises 268 million pixels": (lambda _: _large_webp(), FindingCode.TOO_MANY_PIXELS),
    "half a HEIC": (lambda a: heic.heic(a)[:20_000], FindingCode.DAMAGED),
    "the boxes of a HEIC without its picture": (lambda a: heic.heic(a)[:500], FindingCode.DAMAGED),
    "a HEIC that promises ten billion pixels": (lambda a: heic.heic(a, claims=(100_000, 100_000)), FindingCode.TOO_MANY_PIXELS),
    "a HEIC that is larger than it says": (lambda a: heic.heic(a, claims=(64, 64)), FindingCode.DAMAGED),
    "a HEIC grid of 64 million pixels": (lambda a: heic.grid(a, 16, 16, (8192, 8192)), FindingCode.TOO_MANY_PIXELS),
    "more than 15 MB": (lambda a: saved(a) + bytes(15 * _MB), FindingCode.TOO_MANY_BYTES),
}  # fmt: skip


def _of_two(photo: Image.Image) -> bytes:
    """As phones write portraits: a second, small picture behind the first, listed in the first one's header."""
    buffer = BytesIO()
    photo.save(buffer, "MPO", save_all=True, append_images=[photo.resize((64, 64))], quality=95)
    return buffer.getvalue()


def _lying(picture: Picture, **options: object) -> bytes:
    """A JPEG of a camera that lay on its side and says so."""
    exif = Image.Exif()
    exif[_ORIENTATION] = 6  # turn by 90 degrees clockwise
    return written(Image.fromarray(_on_its_side(picture)), "JPEG", exif=exif, **options)


def _on_its_side(picture: Picture) -> Picture:
    return np.ascontiguousarray(np.rot90(picture))


def _partly_clear(picture: Picture) -> bytes:
    clear = Image.fromarray(picture).convert("RGBA")
    ImageDraw.Draw(clear).rectangle((300, 0, 512, 100), fill=(0, 0, 0, 0))
    return written(clear, "PNG")


def _of_sixteen_bits(picture: Picture) -> bytes:
    grey = np.asarray(Image.fromarray(picture).convert("L"), np.uint16) * 257
    return written(Image.fromarray(grey), "PNG")


def _for_the_press(picture: Picture, form: str) -> bytes:
    return written(Image.fromarray(picture).convert("CMYK"), form)


# The same photo in every form that is taken. What loses colour is less alike.
GOOD_FILES: Final[Mapping[str, Callable[[Picture], bytes]]] = {
    "a progressive JPEG": lambda a: saved(a, progressive=True),
    "a JPEG for the press": lambda a: _for_the_press(a, "JPEG"),
    "a JPEG that says it lies on its side": _lying,
    "a progressive JPEG that says it lies on its side": lambda a: _lying(a, progressive=True),
    "a JPEG with a second picture behind it": lambda a: _of_two(Image.fromarray(a)),
    "a JPEG with a great many fill bytes": lambda a: _between(saved(a), b"\xff" * 300_000),
    "a JPEG with bytes before its restart markers": lambda a: jpegs.strays(
        saved(a, restart_marker_blocks=16), [b"\0\0\0\0"]
    ),
    "a JPEG with a damaged profile": lambda a: jpegs.after_start(
        saved(a), jpegs.segment(0xE2, b"ICC_PROFILE\0\x03\x02damage")
    ),
    "a JPEG with bytes between its segments": lambda a: jpegs.before(saved(a), 0xDB, b"between"),
    "a JPEG without its end marker": lambda a: saved(a)[:-2],
    "a TIFF": lambda a: saved(a, "TIFF"),
    "a TIFF for the press": lambda a: _for_the_press(a, "TIFF"),
    "a BMP": lambda a: saved(a, "BMP"),
    "an AVIF": lambda a: saved(a, "AVIF", speed=10),
    "a JPEG 2000": lambda a: saved(a, "JPEG2000"),
    "a PNG": lambda a: saved(a, "PNG"),
    "a PNG that is partly clear": _partly_clear,
    "a WebP": lambda a: saved(a, "WEBP"),
    "a WebP without loss": lambda a: saved(a, "WEBP", lossless=True, method=0),
    "a HEIC": heic.heic,
    "a HEIC that says it lies on its side": lambda a: heic.heic(_on_its_side(a), quarters=3),
    "a HEIC put together of tiles": lambda a: heic.grid(a, 1, 1),
}
PALER_FILES: Final[Mapping[str, Callable[[Picture], bytes]]] = {
    "a JPEG of unusual sampling": lambda a: jpegs.encoded(a, jpegs.SAMPLINGS["4:1:0"]),
    "a GIF": lambda a: saved(a, "GIF"),
    "a PNG of 16 bits": _of_sixteen_bits,
    "a PNG of 256 colours": lambda a: written(Image.fromarray(a).quantize(256), "PNG"),
}
