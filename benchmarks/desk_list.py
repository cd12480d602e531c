"""How long the desk takes for the first page of a long list, for a search in it, and for what else its page asks.

    python -m benchmarks.desk_list --entries 3000 --ended 600

The real desk behind its dispatcher, on a real PostgreSQL: roles, pace, audit, every label and file name really sealed.
The first search after ten minutes opens them all, those after it find them in memory; both are measured. Not in it: the
broker and the HTTP interface, which only pass bytes on (a few milliseconds).
"""

import argparse
import asyncio
import json
import math
import secrets
import statistics
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from proto.wardwatch.v1.entries import EntryPage
from services.watchlist.keys import seals
from services.watchlist.keys.identity_keys import IdentityKeys
from services.watchlist.keys.seals import Seals
from tests import servers
from tests.contract.desks import ANA, LI, MODEL, Desk, opened

PHOTOS = 2
PICTURE_BYTES = 20_000
FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建文"
# What is looked for, as a person types it: a name, half of one, a file number, a photo's name, nothing that is there.
SOUGHT = ("王伟", "李", "2026/1700", "person-1234", "nobody at all")

_COLD = "first search"

_ENTRY = """
INSERT INTO watchlist.entry (
    id, state, revision, sealed_label, category, basis, evidence, instruction, scope, expires_at, author_id,
    author_name,
    put_forward_by_id, put_forward_by_name, approver_id, approver_name, approved_at, changed_by_id, changed_by_name,
    changed_at, reason
) VALUES (
    $1, $2::text::watchlist.entry_state, 3, $3, 'scalping', 'decision 2026/' || $4, 'file ' || $4, 'Call 8811.',
    'network', $5, $6, 'li.wei', $6, 'li.wei', $7, 'ana.ruiz', now(), $6, 'li.wei',
    now() - $8 * interval '1 minute', 'listed'
)
"""
_PHOTO = """
INSERT INTO watchlist.photo (
    id, entry_id, position, sealed_name, file_sha256, source, sealed_picture, face_px, eye_distance_px, sharpness,
    yaw_degrees, roll_degrees, exposure, person
) VALUES ($1, $2, $3, $4, $5, 'gate camera', $6, 150, 60, 300, 3, 1, 120, 0)
"""
_TEMPLATE = "INSERT INTO watchlist.template VALUES ($1, $2, $3, $4)"
_CHANGE = """
INSERT INTO watchlist.change (entry_id, revision, state, account_id, account_name, reason, changed_at)
SELECT id, revision, state, changed_by_id, changed_by_name, reason, changed_at FROM watchlist.entry
"""


def state_of(number: int, living: int) -> str:
    """Mostly active; one of twenty waits, one of fifty is suspended."""
    if number >= living:
        return "revoked" if number % 2 else "expired"
    return "pending" if number % 20 == 0 else "suspended" if number % 50 == 1 else "active"


async def fill(desk: Desk, living: int, ended: int) -> None:
    """Write the list as the desk would have, without its triggers."""
    closing = Seals(desk.keyring, IdentityKeys(bytes(32), bytes(32)), lambda: secrets.token_bytes(12))
    now, picture = datetime.now(UTC), secrets.token_bytes(PICTURE_BYTES)
    entries, photos, templates = [], [], []
    for number in range(living + ended):
        entry_id: UUID = uuid4()
        key = await desk.keyring.make(entry_id)
        name = FAMILY[number % len(FAMILY)] + GIVEN[number // 7 % len(GIVEN)] + GIVEN[number // 3 % len(GIVEN)]
        label = closing.close(key, f"{name} {number}".encode(), about=seals.label(entry_id))
        state, end = state_of(number, living), now + timedelta(days=1 + number % 700)
        entries.append((entry_id, state, label, str(number), end, LI.account_id, ANA.account_id, number))
        for position in range(PHOTOS):
            photo_id = uuid4()
            file = f"person-{number}__{position}.jpg"
            sealed = closing.close(key, file.encode(), about=seals.name(entry_id, photo_id))
            photos.append((photo_id, entry_id, position, sealed, secrets.token_bytes(32), picture))
            templates.append((photo_id, MODEL.name, bytes.fromhex(MODEL.sha256), secrets.token_bytes(28 + 512)))
    async with desk.superuser.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.executemany(_ENTRY, entries)
        await connection.executemany(_PHOTO, photos)
        await connection.executemany(_TEMPLATE, templates)
        await connection.execute(_CHANGE)
    async with desk.superuser.acquire() as connection:
        await connection.execute("ANALYZE")


async def measured(
    desk: Desk, operation: str, runs: int, said: Mapping[str, object], *, body: bool, cold: bool = False
) -> tuple[float, float, float, int]:
    """Median, 95th percentile and processor time of the desk in milliseconds, and the bytes of the answer.

    *cold*: nothing is open in memory.
    """
    took, used, size = [], [], 0
    for _ in range(runs + 2):  # two to warm up
        if cold:
            desk.words.let_go(math.inf)
        began, before = time.perf_counter(), time.process_time()
        answer = await desk.call(operation, None if body else said, by=ANA, body=said if body else None)
        took.append((time.perf_counter() - began) * 1000)
        used.append((time.process_time() - before) * 1000)
        size = len(answer.body)
    took = sorted(took[2:])
    return statistics.median(took), took[max(0, round(0.95 * len(took)) - 1)], statistics.median(used), size


async def measure(database: servers.Database, living: int, ended: int, runs: int) -> None:
    """Fill a list and print what each question takes."""
    async with opened(database) as desk:
        await fill(desk, living, ended)
        page = EntryPage.model_validate_json((await desk.call("list_entries", {"state": "living"}, by=ANA)).body)
        assert all(row.label for row in page.entries)  # really opened
        print(f"{living} entries that stand or wait, {ended} ended, {PHOTOS} photos each; {runs} runs")
        questions: list[tuple[str, str, dict[str, object], bool]] = [
            ("first page of the list", "list_entries", {"state": "living", "limit": 50}, False),
            ("first page by name", "search_entries", {"sort": "label"}, True),
            ("what ended, folded out", "search_entries", {"state": "ended"}, True),
            ("what waits for me", "search_entries", {"waiting": True, "state": "all"}, True),
            ("the badge", "show_waiting", {}, False),
            ("the calendar", "show_endings", {}, False),
        ]
        questions += [(f"search: {text}", "search_entries", {"text": text}, True) for text in SOUGHT]
        questions += [(f"{_COLD}: {SOUGHT[-1]}", "search_entries", {"text": SOUGHT[-1]}, True)]
        for title, operation, said, body in questions:
            cold = title.startswith(_COLD)
            median, high, used, size = await measured(desk, operation, runs, said, body=body, cold=cold)
            found = ""
            if operation == "search_entries":
                answer = await desk.call(operation, by=ANA, body=said)
                found = f"  {sum(json.loads(answer.body)['counts'].values())} found"
            timed = f"median {median:7.1f} ms  p95 {high:7.1f} ms  processor {used:6.1f} ms"
            print(f"{title:28} {timed}  {size / 1000:6.1f} kB{found}")


def main() -> None:
    """Print medians."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entries", type=int, default=3000)
    options.add_argument("--ended", type=int, default=600)
    options.add_argument("--runs", type=int, default=30)
    chosen = options.parse_args()
    cluster = servers.Cluster()
    try:
        asyncio.run(measure(cluster.clone(), chosen.entries, chosen.ended, chosen.runs))
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
