"""Measures of a face that can be explained to a person. Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from proto.wardwatch.v1.values import Aligned, Quality

# ITU-R BT.601 luma, the grey that JPEG uses.
_LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)

# How far the nose tip stands out before the plane of the eyes, as a share of the distance between the eyes. The latter
# is 63 mm on average (Dodgson 2004); the former is taken as half of that. People differ, so yaw is an estimate.
_NOSE_DEPTH: Final = 0.5


def measure(score: float, box: NDArray[np.float32], points: NDArray[np.float32], aligned: Aligned) -> Quality:
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


def sharpness(grey: NDArray[np.float32]) -> float:
    """Variance of the four-neighbour Laplacian (Pech-Pacheco et al. 2000): low when blurred. In squared grey levels."""
    inner = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inner
    return float(laplacian.var())


def roll_degrees(points: NDArray[np.float32]) -> float:
    """Angle of the line through the eyes; positive when the head leans clockwise as the picture shows it."""
    x, y = points[1] - points[0]
    return float(np.degrees(np.arctan2(y, x)))


def yaw_degrees(points: NDArray[np.float32]) -> float:
    """How far the head is turned; positive towards the subject's left, which is the right side of the picture.

    A turn by t moves the nose tip off the middle line of the face by depth*sin(t) and narrows the distance between the
    eyes to distance*cos(t), so their ratio is depth/distance*tan(t). Zero when the eyes coincide.
    """
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    across = points[1] - points[0]
    distance = float(np.hypot(*across))
    if distance == 0:
        return 0.0

    unit = across / distance
    down = np.array([-unit[1], unit[0]])
    # The middle line leans with the head, so the nose is held against the point of that line at its own height.
    length = float(np.dot(mouth - eyes, down))
    share = float(np.dot(points[2] - eyes, down)) / length if length else 0.0
    middle = eyes + np.clip(share, 0, 1) * (mouth - eyes)
    offset = float(np.dot(points[2] - middle, unit))
    return float(np.degrees(np.arctan2(offset, distance * _NOSE_DEPTH)))
