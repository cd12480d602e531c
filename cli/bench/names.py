"""How a load's site and cameras are called, so that nobody takes them for real ones, and what it measures. Pure."""

import re
from typing import Final

from proto.wardwatch.v1.subjects import BENCH_CAMERAS, BENCH_SITE, SiteId

SITE: Final = BENCH_SITE
PREFIX: Final = BENCH_CAMERAS  # and a number from 1
MOST: Final = 128
BROKER: Final = "nats-server"


def is_own(camera: str, site: SiteId) -> bool:
    """Whether *camera*, as metrics name it (``site.camera``), is one of the load's at *site*."""
    return re.fullmatch(rf"{re.escape(site)}\.{PREFIX}\d+", camera) is not None
