"""An import over the whole product: a folder of good and bad photos, killed on the way, approved, taken back."""

import asyncio
import csv
import itertools
import json
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests import installation
from tests.fakes import eventually
from tests.installation import MODELS, Installation
from tests.passing import passing

# Figures are logged, not asserted: run with --log-cli-level=INFO.
log = logging.getLogger(__name__)

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

Image = NDArray[np.integer | np.floating]

# A number that GB 11643 itself gives as its example.
NUMBER = "11010519491231002X"
PURPOSE = (
    "--category", "ban", "--basis", "decision 2026/17", "--evidence", "file 17", "--instruction", "Call 8811.",
    "--source", "security office", "--expires", "2027-11-01",
)  # fmt: skip
ACCEPTED = ("--accept-warnings", "the only photos there are", "--leave-out-rejected")
DECISION = "two decisions about one person"
PEOPLE = f"""external_id,label,list,note,identity_number,hair
0017,Person one,violence,tall,{NUMBER},dark
0018,Person two,,,,
0019,Person three,,,,
0022,Without a photo,,,,
0023,"cut off
0024,Person six,,the number is {NUMBER},,
"""
# What is wrong with each file or line, as the report must say.
FAULTS = {
    ("0017__9.jpg", "damaged"),
    ("0018__9.jpg", "duplicate_file"),
    ("0020__1.jpg", "no_face"),
    ("0020__1.jpg", "no_row"),
    ("0021__1.jpg", "not_an_image"),
    ("0021__1.jpg", "no_row"),
    ("minutes.txt", "bad_name"),
    ("people.csv, line 6", "bad_row"),
    ("people.csv, line 7", "number_in_text"),
    ("Without a photo", "missing_photo"),
}


@pytest.fixture(scope="module")
def wardwatch() -> Iterator[Installation]:
    # A removed vector need not lie in memory for half a minute here.
    with installation.running({"WARDWATCH_MATCHER_PURGE_SECONDS": "0.5"}) as running:
        for name in ("author", "approver"):
            running.account(name, "supervisor")
        running.account("guard", "guard")
        yield running


def picture(name: str) -> Image:
    found = cv2.imread(str(MODELS / name))
    assert found is not None
    return found


def another(portrait: Image, number: int, *, mirrored: bool = False) -> bytes:
    """The same portrait as another camera would have it: cut otherwise, lighter or darker, larger or smaller."""
    height, width = portrait.shape[:2]
    cut = 2 * number
    seen = portrait[cut : height - cut, cut : width - cut]
    seen = cv2.resize(seen, None, fx=1 - 0.03 * number, fy=1 - 0.03 * number, interpolation=cv2.INTER_AREA)
    seen = cv2.convertScaleAbs(seen, alpha=1.1 - 0.03 * number, beta=2 * number)
    return jpeg(seen[:, ::-1] if mirrored else seen)


def jpeg(image: Image) -> bytes:
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos of three people, two of whom are one, among things that are none."""
    folder = tmp_path_factory.mktemp("photos")
    one, two = picture("astronaut.png"), picture("grace_hopper.jpg")
    for number in range(1, 9):
        (folder / f"0017__{number}.jpg").write_bytes(another(one, number))
        (folder / f"0018__{number}.jpg").write_bytes(another(two, number))
        (folder / f"0019__{number}.jpg").write_bytes(another(one, number, mirrored=True))
    (folder / "0017__9.jpg").write_bytes(another(one, 0)[:20_000])
    (folder / "0018__9.jpg").write_bytes(another(one, 1))
    (folder / "0020__1.jpg").write_bytes(jpeg(np.full((480, 480, 3), 90, np.uint8)))
    (folder / "0021__1.jpg").write_bytes(b"%PDF-1.7 is no photo")
    (folder / "minutes.txt").write_text("not a photo either")
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    return folder


@dataclass(frozen=True, slots=True)
class Report:
    """An import as the command line reports it."""

    batch: UUID
    state: str
    rows: Sequence[tuple[str, str | None, str, tuple[str, ...]]]  # name, external id, verdict, codes


def run(wardwatch: Installation, folder: Path, *more: str) -> tuple[int, str, str]:
    done = wardwatch.run(
        "watchlist", "import", str(folder), *PURPOSE, *ACCEPTED, "--as", "author", *more, within_seconds=180
    )
    return done.returncode, done.stdout, done.stderr


def newest(wardwatch: Installation) -> UUID:
    listed = json.loads(wardwatch.cli("watchlist", "imports", "list", "--as", "author", "--json"))
    return UUID(listed["batches"][0]["id"])


def committed(wardwatch: Installation, folder: Path, *more: str) -> Report:
    """Run the import until it is committed: a decision on likenesses comes in between."""
    code, _, complaint = run(wardwatch, folder, "--commit", *more)
    assert (code, "likenesses first" in complaint) == (1, True), complaint
    batch = newest(wardwatch)
    decide = ("decide", str(batch), "different-people", "--reason", DECISION)
    wardwatch.cli("watchlist", "imports", *decide, "--as", "author")
    code, output, complaint = run(wardwatch, folder, "--commit", "--json", *more)
    assert code == 0, complaint
    view = json.loads(output.splitlines()[-1])
    assert UUID(view["id"]) == batch
    rows = [
        (row["name"], row["external_id"], row["verdict"], tuple(sorted(f["code"] for f in row["findings"])))
        for row in view["items"]
    ]
    return Report(batch, view["state"], sorted(rows, key=str))


async def recorded(wardwatch: Installation, batch: UUID) -> Mapping[str, list[tuple[object, ...]]]:
    """All that the record holds of an import, save ids, times, and what is sealed anew each time.

    People are told apart by the look-up of their external id, which is the same in every import.
    """
    queries = {
        "entries": "SELECT external_lookup, state, category, basis, evidence, instruction, scope, sites,"
        " min_similarity, expires_at, author_name, put_forward_by_name, approver_name, octet_length(sealed_label),"
        " octet_length(sealed_note) FROM watchlist.entry WHERE batch_id = $1 ORDER BY 1",
        # Of two people who look alike the one with the greater id bears the decision.
        "history": "SELECT e.external_lookup, c.state, count(*) FROM watchlist.change AS c"
        " JOIN watchlist.entry AS e ON e.id = c.entry_id WHERE e.batch_id = $1 AND c.reason <> $2"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        "photos": "SELECT e.external_lookup, p.file_sha256, p.source, p.face_px, p.eye_distance_px, p.sharpness,"
        " p.yaw_degrees, p.roll_degrees, p.exposure, p.warnings, p.accepted_findings, p.accepted_reason,"
        " octet_length(p.sealed_name), octet_length(p.sealed_picture), t.model_name, t.model_sha256,"
        " octet_length(t.sealed_vector) FROM watchlist.photo AS p JOIN watchlist.entry AS e ON e.id = p.entry_id"
        " JOIN watchlist.template AS t ON t.photo_id = p.id WHERE e.batch_id = $1 ORDER BY 1, 2",
        "numbers": "SELECT e.external_lookup, n.lookup, n.last_four, octet_length(n.sealed_number)"
        " FROM identity.number AS n JOIN watchlist.entry AS e ON e.id = n.entry_id WHERE e.batch_id = $1 ORDER BY 1",
        "likenesses": "SELECT least(e.external_lookup, o.external_lookup), greatest(e.external_lookup,"
        " o.external_lookup), round(l.similarity::numeric, 3), l.decision, l.decided_by_name, l.reason"
        " FROM watchlist.likeness AS l JOIN watchlist.entry AS e ON e.id = l.entry_id"
        " JOIN watchlist.entry AS o ON o.id = l.other_id WHERE e.batch_id = $1 ORDER BY 1, 2",
        "report": "SELECT i.item_lookup, i.kind, i.verdict, i.codes, i.file_sha256, e.external_lookup"
        " FROM watchlist.batch_item AS i LEFT JOIN watchlist.entry AS e ON e.id = i.entry_id"
        " WHERE i.batch_id = $1 ORDER BY 1",
        "import": "SELECT state, purpose, author_name, people_sha256, committed_at IS NOT NULL, generation IS NOT NULL"
        " FROM watchlist.batch WHERE id = $1",
        "generations": "SELECT count(DISTINCT c.generation) FROM watchlist.change AS c"
        " JOIN watchlist.entry AS e ON e.id = c.entry_id WHERE e.batch_id = $1",
    }
    found: dict[str, list[tuple[object, ...]]] = {}
    for name, query in queries.items():
        rows = await wardwatch.fetch(query, batch, *((DECISION,) if "$2" in query else ()))
        found[name] = [tuple(row) for row in rows]
    return found


async def undone(wardwatch: Installation, batch: UUID) -> None:
    undo = ("undo", str(batch), "--reason", "the wrong folder", "--as", "author")
    await asyncio.to_thread(wardwatch.cli, "watchlist", "imports", *undo)


@pytest.mark.long
async def test_an_import_killed_at_a_third_and_run_again_ends_the_same(
    wardwatch: Installation, folder: Path, tmp_path: Path
) -> None:
    names = await asyncio.to_thread(_names, folder)
    files = len(names)
    report = tmp_path / "report.csv"
    began = time.perf_counter()
    undisturbed = await asyncio.to_thread(committed, wardwatch, folder, "--report", str(report))
    took = time.perf_counter() - began
    expected = await recorded(wardwatch, undisturbed.batch)
    await undone(wardwatch, undisturbed.batch)

    cut_off = wardwatch.beginning("watchlist", "import", str(folder), *PURPOSE, *ACCEPTED, "--as", "author", "--commit")

    async def a_third() -> bool:
        judged = await wardwatch.fetch(
            "SELECT count(*) FROM watchlist.batch_item AS i JOIN watchlist.batch AS b ON b.id = i.batch_id"
            " WHERE b.state = 'open' AND i.kind = 'file'"
        )
        return int(judged[0][0]) >= files // 3

    try:
        await eventually(a_third, within_seconds=120)
    finally:
        cut_off.kill()
        await asyncio.to_thread(cut_off.communicate)
    (left,) = await wardwatch.fetch("SELECT id FROM watchlist.batch WHERE state = 'open'")
    judged_before = {row["item_lookup"]: row["judged_at"] for row in await _items(wardwatch, left["id"])}
    again = await asyncio.to_thread(committed, wardwatch, folder)

    log.info("import of %d files: %.1f s with its decision; killed after %d of them", files, took, len(judged_before))
    assert again.batch == left["id"]
    assert files // 3 <= len(judged_before) < files
    assert {(name, code) for name, _, _, codes in undisturbed.rows for code in codes} >= FAULTS
    assert again.rows == undisturbed.rows
    found = await recorded(wardwatch, again.batch)
    for name, rows in expected.items():
        assert found[name] == rows, name
    # What was judged before the kill was not sent, or judged, again.
    after = {row["item_lookup"]: row["judged_at"] for row in await _items(wardwatch, again.batch)}
    assert judged_before.items() <= after.items()
    with report.open(encoding="utf-8-sig", newline="") as opened:
        lines = list(csv.DictReader(opened))
    assert {(line["file"], line["code"]) for line in lines} >= FAULTS
    assert {line["file"] for line in lines} >= names
    assert all(line["remedy"] for line in lines if line["verdict"] == "rejected")
    await undone(wardwatch, again.batch)


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"people.csv"}


async def _items(wardwatch: Installation, batch: UUID) -> list[asyncpg.Record]:
    return await wardwatch.fetch(
        "SELECT item_lookup, judged_at FROM watchlist.batch_item WHERE batch_id = $1 AND kind = 'file'", batch
    )


async def test_services_that_are_killed_on_the_way_cost_an_import_nothing(
    wardwatch: Installation, tmp_path: Path
) -> None:
    portrait = await asyncio.to_thread(picture, "grace_hopper.jpg")
    for number in range(1, 11):
        (tmp_path / f"0041__{number}.jpg").write_bytes(another(portrait, number + 10))
    words = ("import", str(tmp_path), *PURPOSE, *ACCEPTED, "--as", "author", "--commit", "--at-once", "2", "--json")
    importing = wardwatch.beginning("watchlist", *words)

    async def begun() -> bool:
        return len(await wardwatch.fetch("SELECT FROM watchlist.photo")) >= 2

    await eventually(begun, within_seconds=60)
    for service in ("alerts", "matcher", "watchlist"):
        await asyncio.to_thread(wardwatch.kill, service)
    output, complaint = await asyncio.to_thread(importing.communicate, timeout=150)

    assert importing.returncode == 0, complaint
    view = json.loads(output.splitlines()[-1])
    assert (view["state"], view["people"], view["pending"]) == ("committed", 1, 1)
    assert [row["verdict"] for row in view["items"]].count("rejected") == 0
    assert len(await wardwatch.fetch("SELECT FROM watchlist.photo")) == 10
    await undone(wardwatch, UUID(view["id"]))


async def test_everybody_matches_once_approved_and_nobody_once_undone(wardwatch: Installation, tmp_path: Path) -> None:
    photos = tmp_path / "two people"
    for name, number in (("0031", 1), ("0032", 2)):
        (photos / name).mkdir(parents=True)
        (photos / name / "front.jpg").write_bytes(
            another(picture("astronaut.png" if number == 1 else "grace_hopper.jpg"), 9)
        )
    code, output, complaint = await asyncio.to_thread(run, wardwatch, photos, "--commit", "--json")
    assert code == 0, complaint
    batch = json.loads(output.splitlines()[-1])["id"]

    own = await asyncio.to_thread(wardwatch.run, "watchlist", "imports", "approve", batch, "--as", "author")
    assert own.returncode == 1
    assert "must not be the author" in own.stderr
    output = await asyncio.to_thread(wardwatch.cli, "watchlist", "imports", "approve", batch, "--as", "approver")
    assert "2 people match" in output
    assert "live on 1 of 1 matchers after" in output
    async with wardwatch.publishing("gate") as camera, wardwatch.listening("guard") as events:
        for name in ("astronaut.png", "grace_hopper.jpg"):
            known = {str(event.content["incident"]) for event in events if event.kind == "incident"}
            face = jpeg(await asyncio.to_thread(picture, name))

            async def raised(known: set[str] = known, face: bytes = face) -> bool:
                await camera.publish(face)
                await asyncio.sleep(0.1)  # ten pictures a second, as a camera sends them
                return any(e.kind == "incident" and str(e.content["incident"]) not in known for e in events)

            await eventually(raised, within_seconds=30)

        await undone(wardwatch, UUID(batch))
        searched = await wardwatch.counter("matcher", "wardwatch_vectors_searched_total")
        sighted = await wardwatch.counter("matcher", "wardwatch_sightings_published_total")

        # The one who was sighted last, in another place each time: who stands still is looked at ever more seldom.
        frames = itertools.cycle(await asyncio.to_thread(passing, "grace_hopper.jpg"))

        async def looked_at_again() -> bool:
            await camera.publish(next(frames))
            await asyncio.sleep(0.1)  # the same pace
            return await wardwatch.counter("matcher", "wardwatch_vectors_searched_total") >= searched + 5

        await eventually(looked_at_again, within_seconds=30)
        assert await wardwatch.counter("matcher", "wardwatch_sightings_published_total") == sighted

    async def erased() -> bool:
        rows = await wardwatch.fetch(
            "SELECT FROM watchlist.entry AS e JOIN watchlist.erasure AS x ON x.entry_id = e.id WHERE e.batch_id = $1"
            " AND x.key_destroyed_at IS NOT NULL AND x.stream_purged_at IS NOT NULL"
            " AND EXISTS (SELECT FROM watchlist.receipt AS r WHERE r.entry_id = e.id)",
            UUID(batch),
        )
        return len(rows) == 2

    await eventually(erased, within_seconds=60)
    assert await wardwatch.fetch("SELECT FROM watchlist.photo") == []
