"""`wardwatch access list`: requests of people who ask what is held about them, in words and as JSON."""

import json

from cli import access
from tests.unit.cli.desk_server import MOMENT, Desk

ASKED = {
    "number": 7, "kind": "photo", "asks": "self", "consent": "AR-2026/17", "state": "answered", "asked_by": "ana",
    "asked_at": MOMENT, "unusual": False, "approved_by": "li", "approved_at": MOMENT, "tries_left": 2,
    "answered_at": MOMENT, "found": 0,
}  # fmt: skip
LISTED = {"requests": [ASKED], "asked_within_30_days": 3}


async def test_requests_are_listed_in_words(desk: Desk) -> None:
    desk.script(list_access=LISTED)

    done = await desk.run("list", "--as", "ana", app=access.app)

    assert done.exit_code == 0, done.output
    for word in ("7", "answered", "photo", "self", "AR-2026/17", "ana", "li"):
        assert word in done.stdout.split(), word
    assert "3 within 30 days" in done.stdout


async def test_requests_are_listed_as_json(desk: Desk) -> None:
    desk.script(list_access=LISTED)

    done = await desk.run("list", "--as", "ana", "--json", app=access.app)

    assert json.loads(done.stdout) == LISTED
