"""A USB camera through OpenCV: the only module of the publisher that imports it (PyAV's wheel has no V4L2)."""

import os
import re
import time
from collections.abc import Iterator

import cv2
import numpy as np

from services.camera.core import driver_moment, fitted
from services.camera.jpeg import Picture
from services.camera.video import SourceFault


def pictures(address: str, max_width_px: int) -> Iterator[tuple[Picture, float]]:
    """Yield pictures and when they were taken (``time.monotonic``) for as long as the camera gives them.

    Raises SourceFault when it stops or cannot be opened.
    """
    # OpenCV opens V4L2 devices by number; a stable name under /dev is a link to the numbered one.
    number = re.search(r"\d+$", os.path.realpath(address))
    camera = cv2.VideoCapture(int(number.group()) if number else -1, cv2.CAP_V4L2)
    if not camera.isOpened():
        raise SourceFault(f"the camera {address} cannot be opened: it is absent, busy or not permitted")
    # The driver's queue would hand out old pictures; some drivers ignore this, which only costs freshness.
    camera.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    try:
        while True:
            given, blue_first = camera.read()
            if not given:
                raise SourceFault(f"the camera {address} stopped giving pictures")
            # The driver stamps its buffers, by rule of V4L2 on the monotonic clock.
            taken = driver_moment(camera.get(cv2.CAP_PROP_POS_MSEC) / 1000, time.monotonic())
            yield _fit(blue_first.astype(np.uint8, copy=False), max_width_px), taken
    finally:
        camera.release()


def _fit(blue_first: Picture, max_width_px: int) -> Picture:
    height, width = blue_first.shape[:2]
    size = fitted(width, height, max_width_px)
    if size != (width, height):
        blue_first = cv2.resize(blue_first, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return blue_first[:, :, ::-1]
