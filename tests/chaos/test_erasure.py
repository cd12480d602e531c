"""S8: who is erased is nowhere any more, once the erasure says that it is complete.

A person is enrolled through the whole product from a real photo, seen by a camera, and erased. What is looked for:

* the vector: pieces of its bytes, and in files and tables anything that resembles it (cosine above 0.6 at any offset);
* the enrolled picture: pieces of its JPEG;
* the entry's data key, in clear and as it was wrapped.

Where it is looked for: every row of every table, every file of PostgreSQL with its log of changes (which keeps what was
deleted), every other file that the product writes, its logs and its temporary folder, every message of every stream
(JetStream's files are enciphered, so the broker is asked for each sequence), and all memory of the matcher.
Each search has to find, before the erasure, what is there to be found.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import cv2
import numpy as np
import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.custody import KeyPublished
from proto.wardwatch.v1.messages import EntryPublished
from proto.wardwatch.v1.subjects import Account, EntryId
from services.chassis.bus import Bus
from services.chassis.telemetry import Meters
from services.cli.access.wrapping import WRAPPING_KEYS
from services.matcher.key_files import read_wrapping_keys
from tests import installation
from tests.chaos import media
from tests.chaos.scan import Finding, Traces, scan_files
from tests.fakes import eventually
from tests.installation import MODELS, Installation

# Figures are said, not asserted: run with --log-cli-level=INFO.
log = logging.getLogger(__name__)

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="this system shows no process's memory"),
]


@dataclass(frozen=True, slots=True)
class Person:
    """What an entry is made of, as the running system holds it."""

    entry: UUID
    vector: bytes
    picture: bytes
    key: bytes
    wrapped: bytes

    @property
    def traces(self) -> Traces:
        """As they may lie in a file; what is sealed is not among them."""
        parts = (*media.pieces(self.vector), *media.pieces(self.picture), self.key, self.wrapped)
        return Traces(parts, np.frombuffer(self.vector, "<f4")[None, :])


@pytest.fixture(scope="module")
def wardwatch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    settings = {"TMPDIR": str(tmp_path_factory.mktemp("erasure")), "WARDWATCH_MATCHER_PURGE_SECONDS": "1"}
    with installation.running(settings) as running:
        running.account("guard", "guard")
        yield running


@pytest.fixture
async def record(wardwatch: Installation) -> AsyncIterator[Bus]:
    seed = wardwatch.home / "credentials" / "operator.nk"
    async with Bus.connect(
        wardwatch.nats_url, user="operator", user_seed_file=seed, account=Account.RECORD, meters=Meters()
    ) as bus:
        yield bus


async def held(wardwatch: Installation, record: Bus, entry: UUID) -> Person:
    """Read what the system holds of *entry*, as nobody but this test can."""
    subject = subjects.watchlist(EntryId(str(entry)))
    message = await record.stream.get_last_msg(subjects.WATCHLIST_STREAM.name, subject)
    (template,) = EntryPublished.decode(message.data or b"").templates
    message = await record.stream.get_last_msg(subjects.KEYRING_STREAM.name, subjects.keys(str(entry)))
    said = KeyPublished.decode(message.data or b"")
    secrets = await asyncio.to_thread(read_wrapping_keys, wardwatch.home / "credentials" / WRAPPING_KEYS)
    key = secrets.unwrap(str(entry), said.key_id, said.wrapped)
    async with wardwatch.client("author") as http, http.get(f"/api/v1/watchlist/entries/{entry}/photos/0") as answer:
        answer.raise_for_status()
        picture = await answer.read()
    return Person(entry, template.vector.astype("<f4").tobytes(), picture, key, said.wrapped)


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


async def on_media(wardwatch: Installation, record: Bus, person: Person) -> dict[str, list[Finding]]:
    """What is found of *person* in each kind of place."""
    await wardwatch.fetch("CHECKPOINT")
    found = {
        "files": await asyncio.to_thread(lambda: list(scan_files(media.folders(wardwatch), person.traces))),
        "tables": [each async for each in media.scan_tables(wardwatch, person.traces)],
        "streams": [each async for each in media.scan_streams(record, person.traces)],
    }
    for what in ("vector", "picture", "key"):
        found[f"memory: {what}"] = await in_memory(wardwatch, getattr(person, what))
    return found


async def in_memory(wardwatch: Installation, content: bytes) -> list[Finding]:
    (matcher,) = wardwatch.pids("matcher")
    sought = media.pieces(content) if len(content) > 64 else (content,)
    return await asyncio.to_thread(lambda: list(media.scan_memory(matcher, sought)))


async def test_an_erased_person_is_nowhere(wardwatch: Installation, record: Bus) -> None:
    entry = UUID(await asyncio.to_thread(wardwatch.enrol, "Erased Canary", MODELS / "astronaut.png"))
    person = await held(wardwatch, record, entry)
    incident = await seen(wardwatch)
    sealed = await wardwatch.fetch(
        "SELECT p.sealed_picture, t.sealed_vector FROM watchlist.photo AS p"
        " JOIN watchlist.template AS t ON t.photo_id = p.id WHERE p.entry_id = $1",
        entry,
    )
    before = await on_media(wardwatch, record, person)
    # The record itself is found by the same search when it is told what the record holds.
    as_sealed = Traces(media.pieces(sealed[0]["sealed_picture"]), np.zeros((1, 128), np.float32))
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
    log.info("erasure complete, as the command saw it, after %.1f s; memory of the matcher before: %s", took, before)

    # Before: everything is where it has to be, and nowhere else.
    assert {name for name, found in before.items() if found} >= {"streams", "memory: vector", "memory: key"}
    assert before["files"] == []
    assert before["tables"] == []
    assert {finding.where.partition("/")[0] for finding in before["streams"]} == {"WATCHLIST", "KEYRING"}
    assert {finding.where for finding in in_record} == {"watchlist.photo"}
    assert any("/base/" in finding.where for finding in in_files)
    assert any("/pg_wal/" in finding.where for finding in in_files)

    assert json.loads(erased)["complete"] is True
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
    person = await held(wardwatch, record, entry)
    noise = np.random.default_rng(1).normal(0, 0.05, 128)
    noisy = (np.frombuffer(person.vector, "<f4") + noise).astype(np.float32)
    planted = (
        b"x" * 1237 + person.vector,
        person.picture[100:],
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
