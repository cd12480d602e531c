"""Whoever has the database, its files or a backup of them, has nothing that can be read of a listed person.

The installation holds entries, identity numbers, notes and imports; the search knows what it looks for because the test
said it, or reads it through the keys. What the record says in clear by design (ground, evidence, instruction) is found
by the same search.
"""

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from shutil import copy
from typing import Final
from uuid import UUID

import asyncpg
import numpy as np
import pytest

from access import database
from services.watchlist.rules import identity_numbers
from tests import installation
from tests.chaos import media
from tests.chaos.media import Enrolled
from tests.chaos.scan import Finding, Traces, scan_files
from tests.fakes import eventually
from tests.installation import MODELS, Installation
from tests.passing import passing

pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.timeout(300)]

# The example of GB 11643, and another that fits its rule.
NUMBERS: Final = ("11010519491231002X", "440524198001010013")
# What is said of people, and must not be readable anywhere.
WORDS: Final = (
    "Marlo Quint", "scar above the left brow", "marlo-quint-at-the-gate.png", "Ilse Farrow", "walks with a stick",
    "patient-list-4711", "Ilse-Farrow-holiday", *NUMBERS,
)  # fmt: skip
# What the record keeps in clear, for those who must know what to do and why.
IN_CLEAR: Final = "cabinet 12, folder Q"
PURPOSE: Final = (
    "--category", "ban", "--basis", "decision 2026/17", "--evidence", IN_CLEAR, "--instruction", "Call 8811.",
    "--source", "security office", "--as", "author",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """Two people who match: one was put forward alone, one with an import."""

    marlo: UUID
    ilse: UUID


@pytest.fixture(scope="module")
def wardwatch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    settings = {"TMPDIR": str(tmp_path_factory.mktemp("sealed")), "WARDWATCH_MATCHER_PURGE_SECONDS": "0.5"}
    with installation.running(settings) as running:
        for name in ("author", "approver"):
            running.account(name, "supervisor")
        running.account("head", "administrator")
        running.account("guard", "guard")
        yield running


@pytest.fixture(scope="module")
def listed(wardwatch: Installation, tmp_path_factory: pytest.TempPathFactory) -> Listed:
    outside = tmp_path_factory.mktemp("outside")
    photo = outside / "marlo-quint-at-the-gate.png"
    copy(MODELS / "astronaut.png", photo)
    arguments = ("--label", "Marlo Quint", "--note", "scar above the left brow", "--identity", "--json")
    added = wardwatch.run("watchlist", "add", str(photo), *arguments, *PURPOSE, typed=f"{NUMBERS[0]}\n")
    assert added.returncode == 0, added.stderr
    marlo = UUID(json.loads(added.stdout)["id"])
    wardwatch.cli("watchlist", "approve", str(marlo), "--as", "approver")

    folder = outside / "import"
    folder.mkdir()
    copy(MODELS / "grace_hopper.jpg", folder / "patient-list-4711__1.jpg")
    (folder / "Ilse-Farrow-holiday__1.jpg").write_bytes(b"no photo at all")
    (folder / "people.csv").write_text(
        "external_id,label,note,identity_number\n"
        f"patient-list-4711,Ilse Farrow,walks with a stick,{NUMBERS[1]}\n"
        f"patient-list-4712,Somebody,the number is {NUMBERS[1]},\n"
    )
    accepted = ("--accept-warnings", "the only photo", "--leave-out-rejected", "--commit", "--json")
    imported = wardwatch.run("watchlist", "import", str(folder), *PURPOSE, *accepted, within_seconds=120)
    assert imported.returncode == 0, imported.stderr
    batch = str(json.loads(imported.stdout.splitlines()[-1])["id"])
    wardwatch.cli("watchlist", "imports", "approve", batch, "--as", "approver")
    # What was asked for, and who was told, is in logs and audit; the number is not.
    found = wardwatch.run("watchlist", "find", "--json", "--as", "author", typed=f"{NUMBERS[1]}\n")
    assert found.returncode == 0, found.stderr
    ilse = UUID(json.loads(found.stdout)["entries"][0]["id"])
    output = wardwatch.cli("watchlist", "reveal", str(ilse), "--reason", "court order 9", "--as", "head")
    assert NUMBERS[1] in output
    return Listed(marlo, ilse)


@pytest.fixture
async def people(wardwatch: Installation, listed: Listed) -> AsyncIterator[tuple[Enrolled, Enrolled]]:
    async with wardwatch.bus("operator") as record:
        marlo, ilse = [await media.enrolled(wardwatch, record, entry) for entry in (listed.marlo, listed.ilse)]
        yield marlo, ilse


async def on_disk(wardwatch: Installation, traces: Traces) -> list[Finding]:
    """What is found in PostgreSQL's files, its log of changes, all logs, and every other file of the installation."""
    await wardwatch.fetch("CHECKPOINT")
    return await asyncio.to_thread(lambda: list(scan_files(media.folders(wardwatch), traces)))


async def test_no_table_or_file_holds_anything_readable_of_a_person(
    wardwatch: Installation, people: tuple[Enrolled, Enrolled]
) -> None:
    parts = [part for person in people for part in (*media.pieces(person.face), *media.pieces(person.vector))]
    vectors = np.stack([np.frombuffer(person.vector, "<f4") for person in people])
    traces = Traces((*(word.encode() for word in WORDS), *parts), vectors)

    in_tables = [each async for each in media.scan_tables(wardwatch, traces)]
    in_files = await on_disk(wardwatch, traces)

    assert in_tables == []
    assert in_files == []
    known = media.only((IN_CLEAR.encode(),))
    assert {each.where async for each in media.scan_tables(wardwatch, known)} >= {"watchlist.entry"}
    assert any("/base/" in finding.where for finding in await on_disk(wardwatch, known))


async def test_no_column_holds_an_identity_number_or_a_picture(wardwatch: Installation, listed: Listed) -> None:
    rows = [row async for row in media.rows(wardwatch) if not row[0].startswith(("pg_catalog.", "information_schema."))]
    count = Counter(name for name, _ in rows)

    assert (count["identity.number"], count["watchlist.photo"]) == (2, 2), listed
    # Any digits may be part of bytes.
    assert [name for name, text in rows if identity_numbers.is_in(media.HEXADECIMAL.sub("", text))] == []
    assert [name for name, text in rows if "\\xffd8ff" in text] == []
    assert identity_numbers.is_in(f"({NUMBERS[1]})")


async def copied(wardwatch: Installation, backup: str) -> None:
    """Copy the database as a backup does: its services are without it for a moment, and go on."""
    await alone(wardwatch, f"CREATE DATABASE {backup} TEMPLATE {database.DATABASE} OWNER {database.OWNER}")


async def put_back(wardwatch: Installation, backup: str) -> None:
    """Let the copy take the place of the database, and start again what holds something of the former."""
    steps = (
        f"ALTER DATABASE {database.DATABASE} RENAME TO former",
        f"ALTER DATABASE {backup} RENAME TO {database.DATABASE}",
    )
    killed = {service: wardwatch.pids(service) for service in ("matcher", "watchlist", "alerts")}
    await alone(wardwatch, *steps)
    for service in killed:
        await asyncio.to_thread(wardwatch.kill, service)

    async def answers() -> bool:
        if any(set(wardwatch.pids(service)) <= set(former) for service, former in killed.items()):
            return False
        done = await asyncio.to_thread(wardwatch.run, "watchlist", "list", "--as", "author")
        return done.returncode == 0

    await eventually(answers, within_seconds=90)


async def alone(wardwatch: Installation, *statements: str) -> None:
    """Do something to the database that nobody may be connected to meanwhile."""
    connection = await asyncpg.connect(await asyncio.to_thread(wardwatch.superuser_url, "postgres"))
    try:
        await connection.execute(f"ALTER DATABASE {database.DATABASE} ALLOW_CONNECTIONS false")
        await connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", database.DATABASE
        )
        for statement in statements:
            await connection.execute(statement)
        for row in await connection.fetch(
            "SELECT datname FROM pg_database WHERE NOT datallowconn AND NOT datistemplate"
        ):
            await connection.execute(f"ALTER DATABASE {row['datname']} ALLOW_CONNECTIONS true")
    finally:
        await connection.close()


async def sightings(wardwatch: Installation, picture: str, *, until: int) -> int:
    """Show somebody to a camera until *until* more of their faces were compared; how many were sightings."""
    frames = itertools.cycle(await asyncio.to_thread(passing, picture))
    compared, sighted = "wardwatch_vectors_searched_total", "wardwatch_sightings_published_total"
    before = [await wardwatch.counter("matcher", name) for name in (compared, sighted)]
    async with wardwatch.publishing("gate") as camera:

        async def looked_at() -> bool:
            await camera.publish(next(frames))
            await asyncio.sleep(0.1)  # ten pictures a second, as a camera sends them
            return await wardwatch.counter("matcher", compared) >= before[0] + until

        await eventually(looked_at, within_seconds=60)
    await eventually(lambda: nothing_is_under_way(wardwatch), within_seconds=30)
    return int(await wardwatch.counter("matcher", sighted) - before[1])


async def nothing_is_under_way(wardwatch: Installation) -> bool:
    """Whether every stage is done with all that came to it: a sighting of who was shown is not counted later."""
    ways = {
        "detector": ("frames_received", "frames_processed", "frames_shed"),
        "embedder": ("faces_received", "faces_embedded", "faces_shed"),
        "matcher": ("vectors_received", "vectors_searched", "vectors_shed"),
    }
    for service, names in ways.items():
        came, done, shed = [await wardwatch.counter(service, f"wardwatch_{name}_total") for name in names]
        if came != done + shed:
            return False
    return await wardwatch.counter("matcher", "wardwatch_sightings_waiting") == 0


async def test_yesterdays_backup_does_not_bring_back_who_was_erased_since(
    wardwatch: Installation, listed: Listed, people: tuple[Enrolled, Enrolled]
) -> None:
    _, ilse = people
    await copied(wardwatch, "yesterday")
    for step, reason in (("revoke", "decision lifted"), ("erase", "decision lifted")):
        words = ("watchlist", step, str(listed.marlo), "--reason", reason, "--as", "approver")
        done = await asyncio.to_thread(wardwatch.run, *words, within_seconds=150)
        assert done.returncode == 0, done.stdout + done.stderr

    await put_back(wardwatch, "yesterday")

    rows = await wardwatch.fetch("SELECT state FROM watchlist.entry WHERE id = $1", listed.marlo)
    assert [row["state"] for row in rows] in (["active"], ["erased"])  # as it was, unless it was put right already
    assert len(await wardwatch.fetch("SELECT FROM pg_database WHERE datname = 'former'")) == 1
    async with wardwatch.client("author") as http:
        address = "/api/v1/watchlist/entries/{}/photos/0"
        async with http.get(address.format(listed.marlo)) as answer:
            assert answer.status in (404, 503), await answer.text()
        async with http.get(address.format(listed.ilse)) as answer:
            assert (answer.status, await answer.read()) == (200, ilse.picture)
        async with http.get(f"/api/v1/watchlist/entries/{listed.ilse}") as answer:
            assert (await answer.json())["label"] == "Ilse Farrow"
    assert await sightings(wardwatch, "grace_hopper.jpg", until=5) >= 5
    assert await sightings(wardwatch, "astronaut.png", until=10) == 0
