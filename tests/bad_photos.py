"""What people send for enrolment that has one thing wrong: photos here, files in ``bad_files.py``.

All is made from the two demonstration pictures, which are in the public domain, and from bytes; nothing is kept.
Pictures are (height, width, 3) uint8 RGB.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from proto.wardwatch.v1.entries import Severity
from proto.wardwatch.v1.findings import FindingCode

Picture = NDArray[np.uint8]
Point = tuple[int, int]

# Where things are in the astronaut's picture, 512 x 512; she looks to the front, and her face is 90 pixels wide.
_EYES: Final = ((209, 102), (240, 102))
_NOSE: Final = (226, 122)
_CENTRE: Final = (224, 118)
_MASK: Final = ((183, 130), (222, 122), (262, 130), (254, 173), (222, 185), (191, 173))
# And in the admiral's, 512 x 600, whose face is 170 pixels wide.
_ADMIRALS_NOSE: Final = (266, 240)
_ADMIRALS_CENTRE: Final = (268, 226)


@dataclass(frozen=True, slots=True)
class BadPhoto:
    """A photo with one thing wrong, made from the astronaut's and the admiral's picture."""

    make: Callable[[Picture, Picture], Picture]
    code: FindingCode
    severity: Severity


def saved(picture: Picture, form: str = "JPEG", **options: object) -> bytes:
    """*picture* as a file, by Pillow's name of the format."""
    return written(Image.fromarray(picture), form, **options)


def written(image: Image.Image, form: str, **options: object) -> bytes:
    """An image as a file, with little loss unless *options* say otherwise."""
    quality = {} if form == "PNG" else {"quality": 95}
    buffer = BytesIO()
    image.save(buffer, form, **{**quality, **options})
    return buffer.getvalue()


def _uint8(picture: NDArray[np.floating]) -> Picture:
    return np.asarray(np.clip(np.rint(picture), 0, 255), np.uint8)


def _resized(picture: Picture, scale: float) -> Picture:
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _blurred(picture: Picture, sigma: float) -> Picture:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)


def _moved(picture: Picture, px: int) -> Picture:
    kernel = np.zeros((px, px), np.float32)
    kernel[px // 2] = 1 / px
    return np.asarray(cv2.filter2D(picture, -1, kernel), np.uint8)


def _exposed(picture: Picture, stops: float) -> Picture:
    """As if taken with *stops* more light, by a camera whose tone curve is a power of 2.2."""
    light = np.clip((picture / 255.0) ** 2.2 * 2.0**stops, 0, 1)
    return _uint8(255 * light ** (1 / 2.2))


def _tilted(picture: Picture, degrees: float) -> Picture:
    matrix = cv2.getRotationMatrix2D(_CENTRE, degrees, 1)
    size = (picture.shape[1], picture.shape[0])
    return np.asarray(cv2.warpAffine(picture, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _turned(picture: Picture, degrees: float, centre: Point, nose: Point, radius: int) -> Picture:
    """The head turned to a side: a ball with a nose, seen along parallel lines, on an even ground."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    across, along = x - centre[0], y - centre[1]
    depth = np.sqrt(np.maximum(0, radius**2 - across**2 - along**2))
    depth += 0.2 * radius * np.exp(-((x - nose[0]) ** 2 + (y - nose[1]) ** 2) / (2 * 7.0**2))
    angle = np.radians(degrees)
    shown_at = centre[0] + across * np.cos(angle) + depth * np.sin(angle)
    source = np.full((height, width), -1.0, np.float32)
    columns = slice(max(0, centre[0] - radius), min(width, centre[0] + radius))
    for row in range(max(0, centre[1] - radius), min(height, centre[1] + radius)):
        # What lies behind something nearer keeps the place of that.
        nearer = np.maximum.accumulate(shown_at[row, columns])
        source[row] = np.interp(x[row], nearer, x[row, columns], left=-1, right=-1)
    ground = (200, 196, 190)
    return np.asarray(cv2.remap(picture, source, y.astype(np.float32), cv2.INTER_LINEAR, borderValue=ground), np.uint8)


def _nodding(picture: Picture, degrees: float, centre: Point, nose: Point, radius: int) -> Picture:
    """The head turned up and down: to a side, in a picture that lies on its own."""
    lying = np.ascontiguousarray(picture.transpose(1, 0, 2))
    return np.ascontiguousarray(_turned(lying, degrees, centre[::-1], nose[::-1], radius).transpose(1, 0, 2))


def _painted(picture: Picture, paint: Callable[[ImageDraw.ImageDraw], object]) -> Picture:
    image = Image.fromarray(picture)
    paint(ImageDraw.Draw(image))
    return np.asarray(image)


def _masked(picture: Picture, colour: tuple[int, int, int]) -> Picture:
    return _painted(picture, lambda pen: pen.polygon(_MASK, fill=colour))


def _glasses(pen: ImageDraw.ImageDraw) -> None:
    (left, y), (right, _) = _EYES
    for x in (left, right):
        pen.ellipse((x - 17, y - 13, x + 17, y + 13), fill=(12, 12, 14))
    pen.line((left, y - 3, right, y - 3), fill=(12, 12, 14), width=4)


def _drawing(pen: ImageDraw.ImageDraw) -> None:
    pen.ellipse((150, 100, 360, 400), fill=(255, 220, 90), outline="black", width=4)
    for x in (210, 300):
        pen.ellipse((x - 20, 190, x + 20, 240), fill="white", outline="black", width=3)
        pen.ellipse((x - 7, 205, x + 7, 225), fill="black")
    pen.arc((200, 260, 310, 350), 20, 160, fill="black", width=5)


def _beside(left: Picture, right: Picture) -> Picture:
    height = max(left.shape[0], right.shape[0])
    whole = np.full((height, left.shape[1] + right.shape[1], 3), 96, np.uint8)
    whole[-left.shape[0] :, : left.shape[1]] = left
    whole[-right.shape[0] :, left.shape[1] :] = right
    return whole


def _grey(picture: Picture) -> Picture:
    return np.asarray(Image.fromarray(picture).convert("L").convert("RGB"))


def _infrared(picture: Picture) -> Picture:
    """Red light alone, grey and bright, as cameras see at night."""
    return np.repeat(_uint8(picture[:, :, :1] * 0.8 + 40), 3, axis=2)


def _enlarged(picture: Picture) -> Picture:
    return np.asarray(cv2.resize(_resized(picture, 0.17), (512, 512), interpolation=cv2.INTER_CUBIC), np.uint8)


def _even(level: int) -> Picture:
    return np.full((400, 300, 3), level, np.uint8)


# fmt: off
BAD_PHOTOS: Final[Mapping[str, BadPhoto]] = {
    "a face of 40 pixels": BadPhoto(lambda a, _: _resized(a, 0.44), FindingCode.SMALL_FACE, "rejected"),
    "a face of 25 pixels": BadPhoto(lambda a, _: _resized(a, 0.28), FindingCode.SMALL_FACE, "rejected"),
    "a face of 66 pixels": BadPhoto(lambda a, _: _resized(a, 0.72), FindingCode.SMALL_FACE, "warning"),
    "far out of focus": BadPhoto(lambda a, _: _blurred(a, 4), FindingCode.BLURRED, "rejected"),
    "a little out of focus": BadPhoto(lambda a, _: _blurred(a, 1.6), FindingCode.BLURRED, "warning"),
    "moved": BadPhoto(lambda a, _: _moved(a, 17), FindingCode.BLURRED, "rejected"),
    "enlarged from a thumbnail": BadPhoto(lambda a, _: _enlarged(a), FindingCode.BLURRED, "rejected"),
    "in the dark": BadPhoto(lambda a, _: _exposed(a, -6.8), FindingCode.DARK, "rejected"),
    "in dim light": BadPhoto(lambda a, _: _exposed(a, -4.6), FindingCode.DARK, "warning"),
    "black": BadPhoto(lambda *_: _even(0), FindingCode.NO_FACE, "rejected"),
    "white": BadPhoto(lambda *_: _even(255), FindingCode.NO_FACE, "rejected"),
    "overexposed": BadPhoto(lambda a, _: _exposed(a, 3), FindingCode.OVEREXPOSED, "rejected"),
    "a little overexposed": BadPhoto(lambda a, _: _exposed(a, 0.7), FindingCode.OVEREXPOSED, "warning"),
    "in haze": BadPhoto(lambda a, _: _uint8(175 + (a - 175.0) * 0.12), FindingCode.LOW_CONTRAST, "rejected"),
    "behind a curtain": BadPhoto(lambda a, _: _uint8(150 + (a - 150.0) * 0.25), FindingCode.LOW_CONTRAST, "warning"),
    "turned to a side": BadPhoto(lambda a, _: _turned(a, -45, _CENTRE, _NOSE, 80), FindingCode.TURNED, "rejected"),
    "turned until half of the face is hidden": BadPhoto(lambda a, _: _turned(a, 70, _CENTRE, _NOSE, 80), FindingCode.UNCLEAR_FACE, "rejected"),
    "looking down": BadPhoto(lambda _, h: _nodding(h, 42, _ADMIRALS_CENTRE, _ADMIRALS_NOSE, 110), FindingCode.PITCHED, "warning"),
    "leaning": BadPhoto(lambda a, _: _tilted(a, -40), FindingCode.TILTED, "warning"),
    "leaning far": BadPhoto(lambda a, _: _tilted(a, -52), FindingCode.TILTED, "rejected"),
    "on its side": BadPhoto(lambda a, _: np.ascontiguousarray(np.rot90(a)), FindingCode.TILTED, "rejected"),
    "on its other side": BadPhoto(lambda a, _: np.ascontiguousarray(np.rot90(a, 3)), FindingCode.TILTED, "rejected"),
    "on its head": BadPhoto(lambda a, _: np.ascontiguousarray(np.rot90(a, 2)), FindingCode.TILTED, "rejected"),
    "two people": BadPhoto(lambda a, h: _beside(a, _resized(h, 0.55)), FindingCode.SEVERAL_FACES, "rejected"),
    "two people, one of them far away": BadPhoto(lambda a, h: _beside(a, _resized(h, 0.2)), FindingCode.SEVERAL_FACES, "warning"),
    "somebody in the background": BadPhoto(lambda a, h: _beside(a, _resized(h, 0.1)), FindingCode.SEVERAL_FACES, "note"),
    "nobody": BadPhoto(lambda a, _: np.ascontiguousarray(a[260:]), FindingCode.NO_FACE, "rejected"),
    "noise": BadPhoto(lambda *_: np.random.default_rng(44).integers(0, 256, (400, 400, 3), np.uint8), FindingCode.NO_FACE, "rejected"),
    "a drawing": BadPhoto(lambda *_: _painted(np.full((512, 512, 3), 200, np.uint8), _drawing), FindingCode.NO_FACE, "rejected"),
    "a face behind a board": BadPhoto(lambda a, _: _painted(a, lambda pen: pen.rectangle((180, 80, 270, 180), fill=(120, 90, 60))), FindingCode.NO_FACE, "rejected"),
    "half a face": BadPhoto(lambda a, _: np.ascontiguousarray(a[:, 222:]), FindingCode.CUT_OFF, "rejected"),
    "cut at the mouth": BadPhoto(lambda a, _: np.ascontiguousarray(a[:150]), FindingCode.CUT_OFF, "warning"),
    "greyscale": BadPhoto(lambda a, _: _grey(a), FindingCode.GREYSCALE, "warning"),
    "infra-red": BadPhoto(lambda a, _: _infrared(a), FindingCode.GREYSCALE, "warning"),
    "in a white mask": BadPhoto(lambda a, _: _masked(a, (235, 235, 235)), FindingCode.COVERED_MOUTH, "warning"),
    "in a blue mask": BadPhoto(lambda a, _: _masked(a, (150, 200, 225)), FindingCode.COVERED_MOUTH, "warning"),
    "in a black scarf": BadPhoto(lambda a, _: _masked(a, (25, 25, 28)), FindingCode.COVERED_MOUTH, "warning"),
    "in dark glasses": BadPhoto(lambda a, _: _painted(a, _glasses), FindingCode.COVERED_EYES, "warning"),
}
# fmt: on
