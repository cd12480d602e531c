"""Where a face must be turned, scaled and moved so that its five points lie where the embedder expects them. Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

SIDE_PX: Final = 112

# ArcFace five-point template for a 112x112 crop: right eye, left eye, nose tip, right and left corner of the mouth
# of the subject, as x + iy.
TEMPLATE: Final[NDArray[np.complex128]] = np.array(
    [38.2946 + 51.6963j, 73.5318 + 51.5014j, 56.0252 + 71.7366j, 41.5493 + 92.3655j, 70.7299 + 92.2041j]
)


def to_template(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the (2, 3) matrix of the similarity that takes *points* (5, 2) closest to the template.

    This is the least-squares estimate of Umeyama (1991) without reflection. In the plane a similarity is z -> a*z + b
    over complex numbers, so it has the closed form of a linear regression. Raises ValueError when the points coincide.
    """
    z = points[:, 0].astype(np.float64) + 1j * points[:, 1]
    source, target = z - z.mean(), TEMPLATE - TEMPLATE.mean()
    spread = np.vdot(source, source).real
    if not spread > 1e-6:
        raise ValueError("the five points of a face coincide")

    a = np.vdot(source, target) / spread
    b = TEMPLATE.mean() - a * z.mean()
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])


def outside(points: NDArray[np.float32], width: int, height: int) -> float:
    """Which share of the aligned face lies outside a *width* x *height* picture and is black: 0 to 1."""
    matrix = to_template(points)
    # A point for every 64 pixels.
    steps = np.arange(4, SIDE_PX, 8, dtype=np.float64)
    places = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    x, y = ((places - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T).T
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return float(1 - inside.mean())
