"""Measures of a face that can be explained to a person. Pure."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from proto.wardwatch.v1.values import Aligned, Quality
from services.detector import alignment

Float32 = NDArray[np.float32]

# ITU-R BT.601 luma, the grey that JPEG uses.
_LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)

# How far the nose tip stands out before the plane of the eyes, as a share of the distance between the eyes. The latter
# is 63 mm on average (Dodgson 2004); the former is taken as half of that. People differ, so yaw is an estimate.
_NOSE_DEPTH: Final = 0.5
# Where the nose tip lies between eyes and mouth of a level head, and how far these are apart in distances between the
# eyes: medians of 5,372 press photos (lfw-dev). People differ by about four degrees, so pitch is an estimate too.
_NOSE_SHARE: Final = 0.57
_FACE_LENGTH: Final = 1.0

# Where things lie in an aligned face, as (rows, columns).
_INNER: Final = np.s_[30:104, 24:88]
_BROW, _BRIDGE, _NOSE, _MOUTH = np.s_[30:42, 36:76], np.s_[46:62, 48:64], np.s_[56:74, 46:66], np.s_[84:100, 40:72]
_EYES: Final = (np.s_[46:60, 28:50], np.s_[46:60, 62:84])
_CHEEKS: Final = (np.s_[58:72, 24:40], np.s_[58:72, 72:88], np.s_[56:70, 48:64])
# Luma from which a pixel holds nothing but white.
_WHITE: Final = 250
# Darker pixels are taken for this dark, or the noise of their colours would count for much.
_DARKEST: Final = np.float32(20)


def measure(score: float, box: Float32, points: Float32, aligned: Aligned) -> Quality:
    """Measure a face: *box* (4,) and *points* (5, 2) in frame pixels, *aligned* the 112x112 crop."""
    grey = aligned.astype(np.float32) @ _LUMA
    return Quality(
        score=float(score),
        face_px=float(box[2]),
        eye_distance_px=float(np.hypot(*(points[1] - points[0]))),
        sharpness=sharpness(grey),
        yaw_degrees=yaw_degrees(points),
        roll_degrees=roll_degrees(points),
        exposure=float(grey.mean()),
    )


def measure_photo(score: float, box: Float32, points: Float32, aligned: Aligned, *, width: int, height: int) -> Quality:
    """The same and more: what a *width* x *height* photo is judged by, and a live frame has no half millisecond for."""
    colour = aligned.astype(np.float32)
    grey = colour @ _LUMA
    inner = grey[_INNER]
    return replace(
        measure(score, box, points, aligned),
        least_sharpness=least_sharpness(grey),
        pitch_degrees=pitch_degrees(points),
        contrast=float(inner.std()),
        overexposed=float((inner >= _WHITE).mean()),
        chroma=chroma(colour[_INNER], inner),
        mouth_pallor=mouth_pallor(colour, grey),
        eye_shade=eye_shade(grey),
        cut_off=alignment.outside(points, width, height),
    )


def sharpness(grey: Float32) -> float:
    """Variance of the four-neighbour Laplacian (Pech-Pacheco et al. 2000): low when blurred. In squared grey levels."""
    inner = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inner
    return float(laplacian.var())


def least_sharpness(grey: Float32) -> float:
    """Variance of the second difference along the one of four directions in which it is least, in squared grey levels.

    A face that moved is blurred along its way only, so that the Laplacian, which looks across it too, stays high.
    """
    twice = 2 * grey[1:-1, 1:-1]
    across, down = grey[1:-1, :-2] + grey[1:-1, 2:], grey[:-2, 1:-1] + grey[2:, 1:-1]
    falling, rising = grey[:-2, :-2] + grey[2:, 2:], grey[:-2, 2:] + grey[2:, :-2]
    # Diagonal neighbours are further apart by the root of two: twice in a second difference, fourfold in its variance.
    straight, diagonal = ((across, down), 1), ((falling, rising), 4)
    return min(float((each - twice).var()) / weight for pair, weight in (straight, diagonal) for each in pair)


def chroma(colour: Float32, grey: Float32) -> float:
    """Mean distance of (rows, columns, 3) RGB from its own *grey*, in levels of red and blue."""
    return float(np.hypot(colour[..., 0] - grey, colour[..., 2] - grey).mean())


def mouth_pallor(colour: Float32, grey: Float32) -> float:
    """How much less red the reddest tenth of the mouth is than the skin above it, both relative to their luma.

    Lips are redder than brow and nose, so this is negative; cloth, a hand or paper before the mouth makes it positive.
    """
    redness = (colour[..., 0] - grey) / np.maximum(grey, _DARKEST)
    skin = np.concatenate([redness[each].ravel() for each in (_NOSE, _BRIDGE, _BROW)])
    return float(np.median(skin) - np.percentile(redness[_MOUTH], 90))


def eye_shade(grey: Float32) -> float:
    """Natural logarithm of how much darker than cheeks and nose the lighter of the eye regions is; high for sunglasses.

    Of each region its upper quartile counts: the skin around an eye, which dark glasses hide and a brow does not.
    """
    skin = np.median(np.concatenate([grey[each].ravel() for each in _CHEEKS]))
    lighter = max(float(np.percentile(grey[each], 75)) for each in _EYES)
    # Three levels more on both sides keep black from being infinitely dark.
    return float(np.log((skin + 3) / (lighter + 3)))


def roll_degrees(points: Float32) -> float:
    """Angle of the line through the eyes; positive when the head leans clockwise as the picture shows it."""
    x, y = points[1] - points[0]
    return float(np.degrees(np.arctan2(y, x)))


def yaw_degrees(points: Float32) -> float:
    """How far the head is turned; positive towards the subject's left, which is the right side of the picture.

    A turn by t moves the nose tip off the middle line of the face by depth*sin(t) and narrows the distance between the
    eyes to distance*cos(t), so their ratio is depth/distance*tan(t). Zero when the eyes coincide.
    """
    axes = _axes(points)
    if axes is None:
        return 0.0

    across, down, distance = axes
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    # The middle line leans with the head, so the nose is held against the point of that line at its own height.
    middle = eyes + np.clip(_nose_share(points, down), 0, 1) * (mouth - eyes)
    offset = float(np.dot(points[2] - middle, across))
    return float(np.degrees(np.arctan2(offset, distance * _NOSE_DEPTH)))


def pitch_degrees(points: Float32) -> float:
    """How far the head looks up; negative when it looks down. Zero when the eyes coincide.

    Looking up by t raises the nose tip by depth*sin(t) and shortens the way from eyes to mouth to length*cos(t), so
    that the nose's share of that way falls by depth/length*tan(t). An open mouth passes for a head that looks up a bit.
    """
    axes = _axes(points)
    if axes is None:
        return 0.0

    _, down, _ = axes
    return float(np.degrees(np.arctan2((_NOSE_SHARE - _nose_share(points, down)) * _FACE_LENGTH, _NOSE_DEPTH)))


def _axes(points: Float32) -> tuple[Float32, Float32, float] | None:
    """Unit vectors along the eyes and down the face, and the distance between the eyes; None when that is zero."""
    across = points[1] - points[0]
    distance = float(np.hypot(*across))
    if distance == 0:
        return None
    unit = across / distance
    return unit, np.array([-unit[1], unit[0]], np.float32), distance


def _nose_share(points: Float32, down: Float32) -> float:
    """How far down from the eyes to the mouth the nose tip lies: 0 at the eyes, 1 at the mouth."""
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    length = float(np.dot(mouth - eyes, down))
    return float(np.dot(points[2] - eyes, down)) / length if length else 0.0
