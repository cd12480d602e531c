"""QR codes are drawn as they are made: the path has the dark modules and no other."""

import re

import segno

from services.chassis.qr import qr_code

LINK = "https://ward.lan:8443/#code=ABCD-EFGH-JKMN"


def test_the_path_covers_the_dark_modules_and_no_other() -> None:
    drawn, made = qr_code(LINK), segno.make(LINK, error="l", micro=False)
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", drawn.path)

    assert "".join(f"M{x} {y}h{n}v1h-{back}z" for x, y, n, back in runs) == drawn.path
    assert all(n == back for _, _, n, back in runs)
    dark = {(int(x) + step, int(y)) for x, y, n, _ in runs for step in range(int(n))}
    assert dark == {(x, y) for y, row in enumerate(made.matrix) for x, module in enumerate(row) if module}
    assert drawn.size == len(made.matrix)
