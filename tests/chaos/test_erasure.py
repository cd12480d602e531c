"""S8: who is erased is nowhere any more, once the erasure says that it is complete.

A person is enrolled through the whole product from a real photo, seen by a camera, and erased. What is looked for:

* the vector: pieces of its bytes, and in files and tables anything that resembles it (cosine above 0.6 at any offset);
* the enrolled picture: pieces of its JPEG;
* the entry's data key;
* what is sealed, where a key may outlive it: the entry's rows, and its messages with the vector and the wrapped key.

Where it is looked for: every row of every table, every file of PostgreSQL with its log of changes (which keeps what was
deleted), every other file that the product writes, its logs and its temporary folder, every message of every stream
and all memory of matcher and watchlist. JetStream's files are enciphered as a whole, so the broker is asked for each
sequence; what such a file keeps of a deleted message until it is written over is the subject of docs/adr/0043.
Each search has to find, before the erasure, what is there to be found.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import cv2
import numpy as np
import pytest

from services.chassis.bus import Bus
from tests import installation
from tests.chaos import media
from tests.chaos.media import Enrolled
from tests.chaos.scan import Finding, scan_files
from tests.fakes import eventually
from tests.installation import MODELS, Installation

# Figures are logged, not asserted: run with --log-cli-level=INFO.
log = logging.getLogger(__name__)

pytestmark = [
    pytest.mark.long,
    pytest.mark.live,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="this system shows no process's memory"),
]


@pytest.fixture(scope="module")
def wardwatch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    settings = {"TMPDIR": str(tmp_path_factory.mktemp("erasure")), "WARDWATCH_MATCHER_PURGE_SECONDS": "1"}
    with installation.running(settings) as running:
        for name in ("guard", "colleague"):
            running.account(name, "guard")
        yield running


@pytest.fixture
async def record(wardwatch: Installation) -> AsyncIterator[Bus]:
    async with wardwatch.bus("operator") as bus:
        yield bus


# The watchlist opens a vector for the moment of a comparison only.
KNOWING = {"memory of matcher: vector", "memory of matcher: key", "memory of watchlist: key"}


def camera_picture() -> bytes:
    """The person as a camera sees them: another vector than the enrolled one."""
    portrait = cv2.imread(str(MODELS / "astronaut.png"))
    assert portrait is not None
    darker = cv2.convertScaleAbs(portrait[8:-8, 8:-8], alpha=0.9)
    return cv2.imencode(".jpg", darker, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()


async def seen(wardwatch: Installation) -> UUID:
    """Show the person to a camera until there is an incident; returns its id."""
    jpeg = await asyncio.to_thread(camera_picture)
    async with wardwatch.publishing("gate") as camera, wardwatch.listening("guard") as events:

        async def raised() -> bool:
            await camera.publish(jpeg)
            await asyncio.sleep(0.1)  # ten pictures a second, as a camera sends them
            return any(event.kind == "incident" for event in events)

        await eventually(raised, within_seconds=60)
    async with wardwatch.client("guard") as http, http.get("/api/v1/incidents") as answer:
        return UUID((await answer.json())["incidents"][0]["id"])


async def judged_somebody_else(wardwatch: Installation, incident: UUID) -> None:
    """Two people say that it is not the person: what was seen goes onto the look-alike shield."""
    for account in ("guard", "colleague"):
        async with (
            wardwatch.client(account) as http,
            http.post(f"/api/v1/incidents/{incident}/verdict", json={"verdict": "not_same"}) as answer,
        ):
            assert answer.status == 200, await answer.text()
    await eventually(lambda: is_shielded(wardwatch, 1), within_seconds=30)


async def is_shielded(wardwatch: Installation, pairs: int) -> bool:
    return await wardwatch.counter("matcher", "wardwatch_shielded_pairs") == pairs


async def on_media(wardwatch: Installation, record: Bus, person: Enrolled) -> dict[str, list[Finding]]:
    """What is found of *person* in each kind of place."""
    await wardwatch.fetch("CHECKPOINT")
    found = {
        "files": await asyncio.to_thread(lambda: list(scan_files(media.folders(wardwatch), person.traces))),
        "tables": [each async for each in media.scan_tables(wardwatch, person.traces)],
        "streams": [each async for each in media.scan_streams(record, person.traces)],
        "streams, sealed": [each async for each in media.scan_streams(record, media.only(person.sealed))],
    }
    for service in ("matcher", "watchlist"):
        for what in ("vector", "face", "key"):
            found[f"memory of {service}: {what}"] = await in_memory(wardwatch, service, getattr(person, what))
    return found


async def in_memory(wardwatch: Installation, service: str, content: bytes) -> list[Finding]:
    """In one of the two processes that ever hold it in clear."""
    (pid,) = wardwatch.pids(service)
    sought = media.pieces(content) if len(content) > 64 else (content,)
    return await asyncio.to_thread(list, media.scan_memory(pid, sought))


async def test_an_erased_person_is_nowhere(wardwatch: Installation, record: Bus) -> None:
    entry = UUID(await asyncio.to_thread(wardwatch.enrol, "Erased Canary", MODELS / "astronaut.png"))
    person = await media.enrolled(wardwatch, record, entry)
    incident = await seen(wardwatch)
    sealed = await wardwatch.fetch("SELECT sealed_picture FROM watchlist.photo WHERE entry_id = $1", entry)
    await judged_somebody_else(wardwatch, incident)
    before = await on_media(wardwatch, record, person)
    # The record itself is found by the same search when it is told what the record holds.
    as_sealed = media.only(media.pieces(sealed[0]["sealed_picture"]))
    in_record = [each async for each in media.scan_tables(wardwatch, as_sealed)]
    in_files = await asyncio.to_thread(lambda: list(scan_files(media.folders(wardwatch), as_sealed)))

    await asyncio.to_thread(
        wardwatch.cli, "watchlist", "revoke", str(entry), "--reason", "decision lifted", "--as", "approver"
    )
    began = time.perf_counter()
    erased = await asyncio.to_thread(
        wardwatch.cli, "watchlist", "erase", str(entry), "--reason", "decision lifted", "--as", "approver", "--json"
    )
    took = time.perf_counter() - began
    after = await on_media(wardwatch, record, person)
    for moment, found in (("before", before), ("after", after)):
        log.info("%s: %s", moment, {name: len({finding.where for finding in each}) for name, each in found.items()})
    log.info("the erasure was complete %.1f s after the command began", took)

    # Before: everything is where it has to be, and nowhere else.
    assert {name for name, found in before.items() if found} >= {"streams, sealed", *KNOWING}
    assert (before["files"], before["tables"], before["streams"]) == ([], [], [])
    assert {finding.where.partition("/")[0] for finding in before["streams, sealed"]} == {"WATCHLIST", "KEYRING"}
    assert {finding.where for finding in in_record} == {"watchlist.photo"}
    assert any("/base/" in finding.where for finding in in_files)
    assert any("/pg_wal/" in finding.where for finding in in_files)

    assert json.loads(erased)["complete"] is True
    await eventually(lambda: is_shielded(wardwatch, 0))
    assert {name: found for name, found in after.items() if found} == {}
    assert [each async for each in media.scan_tables(wardwatch, as_sealed)] == []
    # The incident stays, and says nothing any more of whom it was about.
    async with wardwatch.client("guard") as http:
        async with http.get(f"/api/v1/incidents/{incident}") as answer:
            assert answer.status == 200
            assert "Erased Canary" not in await answer.text()
        async with http.get(f"/api/v1/incidents/{incident}/pictures/watchlist") as answer:
            assert answer.status == 404


async def test_the_searches_find_planted_copies(wardwatch: Installation, record: Bus, tmp_path: Path) -> None:
    entry = UUID(await asyncio.to_thread(wardwatch.enrol, "Planted Canary", MODELS / "grace_hopper.jpg"))
    person = await media.enrolled(wardwatch, record, entry)
    noise = np.random.default_rng(1).normal(0, 0.05, 128)
    noisy = (np.frombuffer(person.vector, "<f4") + noise).astype(np.float32)
    planted = (
        b"x" * 1237 + person.vector,
        person.face,
        b"odd" + person.key,
        b"odd" + noisy.tobytes() + b"tail",
    )
    for number, content in enumerate(planted):
        (tmp_path / str(number)).write_bytes(content)
    await wardwatch.fetch("CREATE TABLE IF NOT EXISTS public.planted (kept bytea)")
    for content in planted:
        await wardwatch.fetch("INSERT INTO public.planted VALUES ($1)", content)

    in_files = await asyncio.to_thread(lambda: list(scan_files([tmp_path], person.traces)))
    in_tables = [each async for each in media.scan_tables(wardwatch, person.traces)]
    await wardwatch.fetch("DROP TABLE public.planted")

    assert {Path(finding.where).name for finding in in_files} == {"0", "1", "2", "3"}
    assert {finding.where for finding in in_tables} == {"public.planted"}
    assert any(finding.what.startswith("vector") for finding in in_tables)
