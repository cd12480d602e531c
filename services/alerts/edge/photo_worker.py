"""An uploaded file becomes a JPEG that the detector reads. Alone here knows Pillow; runs in a process of its own.

Files come from anybody: a decoder may be made to run for hours, to fill the memory, or to crash. So this is run as
``python -m services.alerts.edge.photo_worker`` by ``photos.py``, under limits of its own, and killed when it takes
too long.
"""

import resource
import struct
import sys
import time
import warnings
from collections.abc import Callable
from io import BytesIO
from typing import BinaryIO, Final

import pi_heif
from PIL import Image, ImageOps

from proto.wardwatch.v1.findings import FindingCode
from services.alerts.edge.unusable_photo import UnusablePhoto

# The message to the watchlist's desk carries the photo and has room for some words around it.
MOST_JPEG_BYTES: Final = 7 * 1024 * 1024
MOST_PIXELS: Final = 40_000_000
# A progressive JPEG visits every pixel once a scan; ten are usual, thousands are an attack on the decoder's time.
MOST_SCANS: Final = 64
_START_OF_SCAN: Final = b"\xff\xda"
# Little is lost, so that the template is that of the photo: 4:4:4 keeps the colours' full resolution.
_QUALITY: Final = 95
# What Pillow and its plugins raise for damaged files. What else they may raise ends the process, which says the same.
_FAULTS: Final = (
    *(OSError, SyntaxError, ValueError, EOFError, RuntimeError, ArithmeticError, LookupError, TypeError),
    struct.error,
)
_HEIF_BRANDS: Final = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
_AVIF_BRANDS: Final = frozenset((b"avif", b"avis"))
# Formats by Pillow's name, by how their files begin. A JPEG that begins otherwise is none for any reader.
_BEGINNINGS: Final = (
    ("JPEG", (b"\xff\xd8\xff",)),
    ("PNG", (b"\x89PNG\r\n\x1a\n",)),
    ("GIF", (b"GIF87a", b"GIF89a")),
    ("TIFF", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    ("BMP", (b"BM",)),
    ("JPEG2000", (b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  \r\n\x87\n")),
)
# What may hold several pictures, of which nobody knows who is meant. The second one of a HEIC or an MPO is another
# exposure, and old programs write a still GIF with more frames than one: there the first is taken.
_SEVERAL: Final = frozenset({"PNG", "WEBP", "TIFF", "AVIF"})
# Levels of 16 bits; Pillow would cut them off at 255 and not scale them.
_SIXTEEN_BITS: Final = frozenset({"I;16", "I;16L", "I;16B", "I;16N"})
# Whole numbers of 32 bits and fractions: nothing says which of them is white.
_NO_SCALE: Final = frozenset({"I", "F"})
# How finely Pillow tells that luma and colour may be sampled for any decoder to know it by name.
_USUAL_SAMPLING: Final = frozenset({(1, 1), (2, 1), (1, 2), (2, 2), (4, 1)})
# Forty million pixels decoded, turned and composed take about 700 MB; the libraries' own mappings come on top.
_MOST_MEMORY_BYTES: Final = 2 * 1024**3
# Of processor time for one photo; the largest honest ones take five.
_MOST_SECONDS: Final = 20


def upright(content: bytes, *, most_bytes: int = MOST_JPEG_BYTES) -> bytes:
    """The photo as a JPEG of at most *most_bytes*; what already is one stays as it is, byte for byte.

    The detector turns a JPEG upright by itself, and is stricter: it sees damage of which Pillow says nothing.
    Raises UnusablePhoto, and MemoryError when the process may not have what decoding takes.
    """
    kind = _kind(content)
    if kind == "JPEG" and len(content) <= most_bytes and not _strange(content):
        return content
    if kind == "JPEG" and content.count(_START_OF_SCAN) > MOST_SCANS:
        raise UnusablePhoto(FindingCode.UNSUPPORTED, f"more than {MOST_SCANS} scans: save the picture anew as a JPEG")
    try:
        return _prepared(content, kind, most_bytes)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels("the picture has") from error
    except _FAULTS as error:
        raise UnusablePhoto(FindingCode.DAMAGED, "the file is damaged: send the original again") from error


def _kind(content: bytes) -> str:
    """The format that the first bytes promise, by Pillow's name."""
    if not content:
        raise UnusablePhoto(FindingCode.EMPTY, "the file is empty: send the original again")
    for kind, beginnings in _BEGINNINGS:
        if content.startswith(beginnings):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        return "HEIF"
    if content[4:8] == b"ftyp" and content[8:12] in _AVIF_BRANDS:
        return "AVIF"
    raise UnusablePhoto(FindingCode.NOT_AN_IMAGE, "not a picture that can be read: send a JPEG, PNG, WebP or HEIC")


def _strange(jpeg: bytes) -> bool:
    """Whether a JPEG is of a form that Pillow decodes and the detector does not: progressive and oddly sampled."""
    try:
        with Image.open(BytesIO(jpeg), formats=["JPEG"]) as photo:
            sampled = {(across, down) for _, across, down, _ in getattr(photo, "layer", ())}
            return "progressive" in photo.info and not sampled <= _USUAL_SAMPLING
    except (*_FAULTS, Image.DecompressionBombError):
        return False


def _prepared(content: bytes, kind: str, most_bytes: int) -> bytes:
    with Image.open(BytesIO(content), formats=[kind]) as photo:
        width, height = photo.size
        if width * height > MOST_PIXELS:
            raise _too_many_pixels(f"{width} x {height} pixels are")
        if kind in _SEVERAL and getattr(photo, "is_animated", False):
            raise UnusablePhoto(FindingCode.ANIMATED, "several pictures in one file: send one picture")
        if photo.mode in _NO_SCALE:
            raise UnusablePhoto(FindingCode.UNSUPPORTED, "32 bits a colour: save the picture anew with 8 bits")

        photo.load()
        # A HEIC's size is only known for certain once it is decoded.
        if photo.width * photo.height > MOST_PIXELS:
            raise _too_many_pixels(f"{photo.width} x {photo.height} pixels are")

        return _fitted(_flat(ImageOps.exif_transpose(photo)), most_bytes)


def _flat(photo: Image.Image) -> Image.Image:
    """The photo in RGB, what was transparent on white."""
    if photo.mode in _SIXTEEN_BITS:
        return photo.point(lambda level: level * (1 / 256)).convert("L").convert("RGB")
    if photo.has_transparency_data:
        above = photo.convert("RGBA")
        below = Image.new("RGB", above.size, "white")
        below.paste(above, mask=above.getchannel("A"))
        return below
    return photo.convert("RGB")


def _fitted(photo: Image.Image, most_bytes: int) -> bytes:
    """A JPEG of at most *most_bytes*, shrunk as little as needed."""
    while True:
        kept = BytesIO()
        photo.save(kept, "JPEG", quality=_QUALITY, subsampling="4:4:4")
        size = kept.tell()
        if size <= most_bytes:
            return kept.getvalue()

        # Bytes grow about with the pixels; a tenth is taken off in reserve so that one more round is enough.
        scale = 0.9 * (most_bytes / size) ** 0.5
        photo = photo.resize(
            (max(1, int(photo.width * scale)), max(1, int(photo.height * scale))), Image.Resampling.LANCZOS
        )


def _too_many_pixels(what: str) -> UnusablePhoto:
    return UnusablePhoto(
        FindingCode.TOO_MANY_PIXELS, f"{what} more than {MOST_PIXELS // 10**6} million: make it smaller"
    )


def answer(content: bytes) -> bytes:
    """One byte, 0 or 1, and the JPEG or the code of a finding, a line break and the words."""
    try:
        return b"\x00" + upright(content)
    except UnusablePhoto as error:
        return f"\x01{error.code}\n{error.text}".encode()
    except MemoryError:
        return f"\x01{FindingCode.UNSUPPORTED}\nreading it takes too much memory: save the picture anew".encode()


def serve(source: BinaryIO, sink: BinaryIO, give_time: Callable[[], None]) -> None:
    """Answer photo after photo until *source* ends; each way, four bytes of length come first.

    *give_time* is called before each photo.
    """
    while head := source.read(4):
        content = source.read(int.from_bytes(head))
        give_time()
        reply = answer(content)
        sink.write(len(reply).to_bytes(4) + reply)
        sink.flush()


def _give_time() -> None:
    """Let this process be killed by the kernel when the next photo takes more than its share."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + _MOST_SECONDS, hard))


def main() -> None:
    """Serve standard input and output, within limits."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY_BYTES, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold somebody's face
    # Pillow warns from here on and refuses from twice as many on; what lies between is refused above, with its size.
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("ignore")
    pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
    serve(sys.stdin.buffer, sys.stdout.buffer, _give_time)


if __name__ == "__main__":
    main()
