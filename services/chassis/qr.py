"""A text as a QR code that a page can draw: the outline of its dark modules."""

from itertools import groupby

import segno

from proto.wardwatch.v1.json_models import QrCode


def qr_code(text: str) -> QrCode:
    """*text* at error correction level L (ISO/IEC 18004), as an SVG path in units of a module; no quiet zone.

    Raises ValueError for a text that is longer than a code can hold, which are 2,953 bytes.
    """
    rows = segno.make(text, error="l", micro=False).matrix
    runs: list[str] = []
    for y, row in enumerate(rows):
        x = 0
        for is_dark, modules in groupby(row, bool):
            length = len(list(modules))
            if is_dark:
                runs.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    return QrCode(size=len(rows), path="".join(runs))
