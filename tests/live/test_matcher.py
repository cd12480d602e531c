"""The matcher as a process of its own, on a real nats-server and PostgreSQL; detector and embedder answer from here.

Vectors are drawn from a number that stands for a person, so that no model is needed: a photo is a JPEG of one grey
level, and the grey level is the person.
"""

import asyncio
import json
import logging
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from time import perf_counter
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import EntryPublished, FaceEmbedded, MatchingControl, PersonSighted, Template
from proto.wardwatch.v1.requests import (
    EntryAddRequest,
    EntryApproveRequest,
    EntryListReply,
    EntryListRequest,
    EntryPhoto,
    EntryRevokeRequest,
    EntrySummary,
    PhotoDetectReply,
    PhotoDetectRequest,
    PhotoEmbedReply,
    PhotoEmbedRequest,
    PhotoFace,
)
from proto.wardwatch.v1.subjects import Account, EntryId, FrameId, Place, SiteId, camera_id, site_id
from proto.wardwatch.v1.values import (
    ALIGNED_SHAPE,
    EntryState,
    Journey,
    Model,
    Origin,
    Quality,
    Vector,
)
from services.chassis.bus import Bus
from services.chassis.errors import Refusal
from services.chassis.telemetry import Meters
from services.cli.__main__ import app
from tests import servers
from tests.fakes import eventually

# Figures are said, not asserted: run with --log-cli-level=INFO.
log = logging.getLogger(__name__)

pytestmark = [pytest.mark.live, pytest.mark.timeout(60)]

DIMENSION = 16
MODEL = Model("drawn", "ab" * 32)
GOOD = Quality(0.9, 150, 60, 300, 0, 0, 120)


def vector(person: int) -> Vector:
    values = np.random.default_rng(person).standard_normal(DIMENSION).astype(np.float32)
    unit: Vector = values / np.linalg.norm(values)
    return unit


def photo(person: int) -> bytes:
    kept = BytesIO()
    Image.new("L", (64, 64), person).save(kept, "JPEG")
    return kept.getvalue()


def sessions() -> dict[str, str]:
    """Tokens by account: who they are is written into the database by ``desk``."""
    return {"li.wei": "token-of-li", "ana.ruiz": "token-of-ana", "guard.1": "token-of-a-guard"}


ROLES = {"li.wei": "supervisor", "ana.ruiz": "administrator", "guard.1": "guard"}


@dataclass
class Matcher:
    """A running matcher and what it has said."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)
    port: int = 0

    def said(self, event: str) -> bool:
        return any(json.loads(line).get("event") == event for line in self.lines if line.startswith("{"))

    async def listen(self) -> None:
        assert self.process.stdout is not None
        while line := (await self.process.stdout.readline()).decode():
            self.lines.append(line)
            if '"telemetry is listening"' in line:
                self.port = int(json.loads(line)["port"])

    async def metric(self, name: str) -> float:
        async with aiohttp.ClientSession() as web, web.get(f"http://127.0.0.1:{self.port}/metrics") as answer:
            found = re.search(rf"^{re.escape(name)} (\S+)$", await answer.text(), re.MULTILINE)
        return float(found.group(1)) if found else 0.0

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


@dataclass
class Hospital:
    """Servers, the connections a test speaks through, and what came out."""

    nats: servers.Nats
    database: servers.Database
    embedder: Bus
    operator: Bus
    record: Bus  # with the matcher's own credential
    sightings: list[PersonSighted] = field(default_factory=list)
    frames: int = 0

    @asynccontextmanager
    async def matcher(self, **settings: str) -> AsyncIterator[Matcher]:
        """Start a matcher and wait until it is ready; ended in good order, or killed by the test itself."""
        given = {
            "NATS_URL": self.nats.url,
            "VIDEO_SEED_FILE": str(self.nats.seed_file("matcher-video")),
            "RECORD_SEED_FILE": str(self.nats.seed_file("matcher-record")),
            "DATABASE_URL": self.database.matcher,
            "DIMENSION": str(DIMENSION),
            "MODEL_SHA256": MODEL.sha256,
            **settings,
        }
        environ = {f"WARDWATCH_MATCHER_{name}": text for name, text in given.items()}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.matcher",
            env={**os.environ, **environ},
            stdout=asyncio.subprocess.PIPE,
        )
        matcher = Matcher(process)
        listening = asyncio.create_task(matcher.listen())
        try:
            await eventually(lambda: matcher.said("ready") or process.returncode is not None, within_seconds=20)
            assert process.returncode is None, matcher.lines
            yield matcher
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                assert await process.wait() == 0, matcher.lines
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            await listening

    async def show(self, person: int, *, site: str = "h1") -> str:
        """A face passes a camera; its frame's name."""
        self.frames += 1
        name = f"f{self.frames}"
        place = Place(site_id(site), camera_id("gate"))
        face = FaceEmbedded(Origin(place, FrameId(name), 0, Journey(1)), GOOD, MODEL, vector(person), b"jpeg")
        await self.embedder.publish(subjects.vectors(place), face.encode())
        await self.embedder.client.flush()
        return name

    async def sees(self, person: int, *, site: str = "h1", within_seconds: float = 10) -> PersonSighted:
        """Show a face, again every 100 ms as a camera would, until it is sighted."""
        mine: list[str] = []

        async def sighted() -> bool:
            mine.append(await self.show(person, site=site))
            await asyncio.wait([asyncio.create_task(self.take_sightings())], timeout=0.1)
            return any(s.origin.frame_id in mine for s in self.sightings)

        await eventually(sighted, within_seconds=within_seconds)
        return next(s for s in self.sightings if s.origin.frame_id in mine)

    async def take_sightings(self) -> None:
        """Read what the stream holds now."""
        info = await self.operator.stream.stream_info(subjects.SIGHTINGS_STREAM.name)
        for sequence in range(len(self.sightings) + 1, info.state.last_seq + 1):
            message = await self.operator.stream.get_msg(subjects.SIGHTINGS_STREAM.name, sequence)
            self.sightings.append(PersonSighted.decode(message.data or b""))

    async def publish_entry(self, person: int) -> EntryPublished:
        """Put an active entry on the stream without the desk."""
        entry = EntryPublished(
            EntryId(f"person-{person}"),
            3,
            EntryState.ACTIVE,
            datetime.now(UTC) + timedelta(days=1),
            frozenset(),
            (Template(f"photo-{person}", MODEL, vector(person)),),
        )
        await self.record.publish_owed(
            subjects.watchlist(entry.entry_id), entry.encode(), message_id=f"{entry.entry_id}/{entry.revision}"
        )
        return entry

    async def add(self, person: int, *, by: str = "li.wei") -> EntrySummary:
        request = EntryAddRequest(
            sessions()[by],
            f"Person {person}",
            "violence",
            "decision 2026/17",
            "Call 8811",
            datetime.now(UTC) + timedelta(days=30),
            frozenset(),
            (EntryPhoto("a.jpg", "incident report", None, photo(person)),),
        )
        return EntrySummary.decode(await self.ask(subjects.DESK_ADD, request.encode()))

    async def approve(self, entry_id: str, *, by: str = "ana.ruiz") -> EntrySummary:
        request = EntryApproveRequest(sessions()[by], EntryId(entry_id))
        return EntrySummary.decode(await self.ask(subjects.DESK_APPROVE, request.encode()))

    async def revoke(self, entry_id: str, *, by: str = "ana.ruiz") -> EntrySummary:
        request = EntryRevokeRequest(sessions()[by], EntryId(entry_id), "charges dropped")
        return EntrySummary.decode(await self.ask(subjects.DESK_REVOKE, request.encode()))

    async def listed(self) -> tuple[EntrySummary, ...]:
        request = EntryListRequest(sessions()["li.wei"], with_ended=True)
        return EntryListReply.decode(await self.ask(subjects.DESK_LIST, request.encode())).entries

    async def ask(self, subject: subjects.Subject, payload: bytes) -> bytes:
        return await self.operator.request(subject.pattern, payload, timeout_seconds=10)

    async def stop_matching(self, *, stopped: bool, site: str = "h1") -> None:
        control = MatchingControl(str(uuid4()), SiteId(site), stopped, "li.wei", "drill", datetime.now(UTC))
        await self.operator.publish_owed(
            subjects.control(control.site), control.encode(), message_id=control.control_id
        )

    async def changes_stored(self) -> int:
        """How many messages the watchlist stream ever took; duplicates that it refused do not count."""
        info = await self.operator.stream.stream_info(subjects.WATCHLIST_STREAM.name)
        return int(info.state.last_seq)

    async def outbox(self) -> int:
        """Changes that are not marked as published."""
        return int(await self.fetch("SELECT count(*) FROM watchlist.outbox"))

    async def fetch(self, query: str) -> int:
        connection = await asyncpg.connect(self.database.owner)
        try:
            return int(await connection.fetchval(query))
        finally:
            await connection.close()


async def detect(payload: bytes) -> bytes:
    jpeg = PhotoDetectRequest.decode(payload).jpeg
    person = int(np.asarray(Image.open(BytesIO(jpeg)).convert("L"))[0, 0])
    face = PhotoFace(GOOD, np.full(ALIGNED_SHAPE, person, np.uint8), b"cut-out face")
    return PhotoDetectReply((face,) * (0 if person == 255 else 1), 64, 64).encode()


async def embed(payload: bytes) -> bytes:
    faces = PhotoEmbedRequest.decode(payload).aligned
    return PhotoEmbedReply(MODEL, tuple(vector(int(face[0, 0, 0])) for face in faces)).encode()


@pytest.fixture
async def hospital(nats_with_streams: servers.Nats, database: servers.Database) -> AsyncIterator[Hospital]:
    owner = await asyncpg.connect(database.owner)
    for number, (name, token) in enumerate(sessions().items(), start=1):
        await owner.execute(
            "INSERT INTO accounts.account (id, name, role) VALUES ($1, $2, $3)", UUID(int=number), name, ROLES[name]
        )
        await owner.execute(
            "INSERT INTO accounts.session (token_sha256, account_id, expires_at)"
            " VALUES ($1, $2, now() + interval '1 hour')",
            sha256(token.encode()).digest(),
            UUID(int=number),
        )
    await owner.close()
    async with AsyncExitStack() as stack:

        async def connected(user: str, account: Account) -> Bus:
            seed = nats_with_streams.seed_file(user)
            return await stack.enter_async_context(
                Bus.connect(nats_with_streams.url, user=user, user_seed_file=seed, account=account, meters=Meters())
            )

        detector = await connected("detector", Account.VIDEO)
        embedder = await connected("embedder", Account.VIDEO)
        await stack.enter_async_context(
            detector.serve("detector", {subjects.PHOTO_DETECT.pattern: detect}, queue="detector")
        )
        await stack.enter_async_context(
            embedder.serve("embedder", {subjects.PHOTO_EMBED.pattern: embed}, queue="embedder")
        )
        yield Hospital(
            nats_with_streams,
            database,
            embedder,
            await connected("operator", Account.RECORD),
            await connected("matcher-record", Account.RECORD),
        )


async def templates(matcher: Matcher, count: int) -> None:
    """Wait until the matcher can match *count* photos."""

    async def held() -> bool:
        return await matcher.metric("wardwatch_index_templates") == count

    await eventually(held)


async def test_added_by_one_and_approved_by_another_an_entry_matches_until_it_is_revoked(hospital: Hospital) -> None:
    async with hospital.matcher() as matcher:
        entry = await hospital.add(7)
        pending = await hospital.show(7)
        with pytest.raises(Refusal, match="the approver must not be the author"):
            await hospital.approve(entry.entry_id, by="li.wei")
        with pytest.raises(Refusal, match="a guard may not work on the watchlist"):
            await hospital.approve(entry.entry_id, by="guard.1")

        await hospital.approve(entry.entry_id)
        sighting = await hospital.sees(7)
        other = await hospital.add(8)
        await hospital.approve(other.entry_id)
        await hospital.sees(8)
        await hospital.revoke(entry.entry_id)
        await templates(matcher, 1)
        after = await hospital.show(7)
        await hospital.sees(8)
        listed = {e.entry_id: e for e in await hospital.listed()}

    assert (sighting.entry_id, sighting.entry_revision, sighting.model) == (entry.entry_id, 3, MODEL)
    assert sighting.similarity == pytest.approx(1, abs=1e-5)
    assert sighting.origin.journey.matched_us > 0
    assert {s.origin.frame_id for s in hospital.sightings}.isdisjoint({pending, after})
    assert (listed[entry.entry_id].state, listed[other.entry_id].state) == (EntryState.REVOKED, EntryState.ACTIVE)
    assert (listed[other.entry_id].author, listed[other.entry_id].approver) == ("li.wei", "ana.ruiz")


async def test_a_change_reaches_every_replica_without_a_restart(hospital: Hospital) -> None:
    async with hospital.matcher() as one, hospital.matcher() as two:
        entry = await hospital.add(7)
        began = perf_counter()
        await hospital.approve(entry.entry_id)
        await asyncio.gather(templates(one, 1), templates(two, 1))
        approved = perf_counter() - began
        await hospital.sees(7)

        began = perf_counter()
        await hospital.revoke(entry.entry_id)
        await asyncio.gather(templates(one, 0), templates(two, 0))
        revoked = perf_counter() - began

    log.info("live on 2 of 2 matchers %.2f s after approval, gone %.2f s after revocation", approved, revoked)
    assert await hospital.changes_stored() == 3


async def test_while_the_database_is_away_matching_goes_on_and_the_desk_says_so(hospital: Hospital) -> None:
    async with hospital.matcher() as matcher:
        entry = await hospital.add(7)
        await hospital.approve(entry.entry_id)
        await hospital.sees(7)
        superuser = await asyncpg.connect(hospital.database.superuser.replace(_name(hospital), "postgres"))
        await superuser.execute(f"ALTER DATABASE {_name(hospital)} ALLOW_CONNECTIONS false")
        await superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", _name(hospital)
        )

        with pytest.raises(Refusal, match="the database is away; matching goes on"):
            await hospital.revoke(entry.entry_id)
        await hospital.sees(7)
        assert matcher.process.returncode is None

        await superuser.execute(f"ALTER DATABASE {_name(hospital)} ALLOW_CONNECTIONS true")
        await superuser.close()
        await hospital.revoke(entry.entry_id)
        await templates(matcher, 0)


async def test_a_matcher_starts_and_matches_without_its_database(hospital: Hospital, tmp_path: Path) -> None:
    await hospital.publish_entry(7)

    async with hospital.matcher(DATABASE_URL=f"postgresql://matcher:x@/wardwatch?host={tmp_path}"):
        await hospital.sees(7)
        with pytest.raises(Refusal, match="the database is away"):
            await hospital.listed()


async def test_a_stop_holds_within_five_seconds_and_through_a_restart(hospital: Hospital) -> None:
    await hospital.publish_entry(7)
    async with hospital.matcher() as matcher:
        await hospital.sees(7)
        began = perf_counter()
        await hospital.stop_matching(stopped=True)

        async def stopped() -> bool:
            await hospital.show(7)
            return await matcher.metric('wardwatch_vectors_shed_total{reason="stopped"}') > 0

        await eventually(stopped)
        log.info("matching stopped %.2f s after the button", perf_counter() - began)
        await hospital.sees(7, site="h2")

    async with hospital.matcher() as matcher:
        while_stopped = await hospital.show(7)
        await eventually(stopped)
        await hospital.stop_matching(stopped=False)
        await hospital.sees(7)

    assert while_stopped not in {s.origin.frame_id for s in hospital.sightings}


async def test_killed_between_publishing_and_marking_a_change_has_one_effect(hospital: Hospital) -> None:
    async with hospital.matcher() as matcher:
        entry = await hospital.add(7)
        await eventually(lambda: _is_empty(hospital))
        holder = await asyncpg.connect(hospital.database.owner)
        # Marking a change, which removes its row, has to wait for a lock that the test holds.
        await holder.execute(
            "CREATE FUNCTION watchlist.wait() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM pg_advisory_xact_lock(7); RETURN OLD; END';"
            "CREATE TRIGGER wait BEFORE DELETE ON watchlist.outbox FOR EACH ROW EXECUTE FUNCTION watchlist.wait();"
            "SELECT pg_advisory_lock(7)"
        )
        await hospital.approve(entry.entry_id)

        async def published() -> bool:
            return await hospital.changes_stored() == 2

        await eventually(published)
        await matcher.kill()
        await holder.close()  # and the lock with it
    assert await hospital.outbox() == 1

    async with hospital.matcher():
        await eventually(lambda: _is_empty(hospital))
        await hospital.sees(7)

    assert await hospital.changes_stored() == 2
    assert await hospital.fetch("SELECT count(*) FROM watchlist.change") == 3


async def test_a_matcher_with_three_thousand_entries_is_ready_soon(hospital: Hospital) -> None:
    for start in range(0, 3_000, 100):  # the broker writes each to disk, and is given five seconds
        await asyncio.gather(*(hospital.publish_entry(person) for person in range(start, start + 100)))

    began = perf_counter()
    async with hospital.matcher() as matcher:
        ready = perf_counter() - began
        assert await matcher.metric("wardwatch_index_templates") == 3_000
        await hospital.sees(2_999)

    log.info("ready %.2f s after the start with 3,000 entries", ready)


async def test_a_credential_that_is_withdrawn_ends_the_matcher_in_one_line(hospital: Hospital) -> None:
    await hospital.publish_entry(7)
    async with hospital.matcher() as matcher:
        await hospital.sees(7)
        await asyncio.to_thread(hospital.nats.withdraw, "matcher-video")
        await eventually(lambda: matcher.process.returncode is not None, within_seconds=30)

    errors = [json.loads(line) for line in matcher.lines if '"level":"error"' in line.replace(" ", "")]
    assert matcher.process.returncode == 1
    assert [(line["event"], line["reason"]) for line in errors] == [
        ("cannot go on", "the broker no longer takes the credential of matcher-video")
    ]


async def test_an_unreadable_change_does_not_stop_the_list(hospital: Hospital) -> None:
    await hospital.record.publish_owed("watchlist.broken", b"\xff\xff", message_id="broken/1")
    await hospital.publish_entry(7)

    async with hospital.matcher() as matcher:
        await hospital.sees(7)
        assert await matcher.metric('wardwatch_messages_unreadable_total{subject="watchlist"}') == 1


async def test_a_photo_without_a_face_is_refused_in_words(hospital: Hospital) -> None:
    async with hospital.matcher():
        with pytest.raises(Refusal, match=r"a\.jpg: no face was found; use a photo that shows the face"):
            await hospital.add(255)
        assert await hospital.listed() == ()


async def test_the_log_names_no_face_that_matched_nobody(hospital: Hospital) -> None:
    await hospital.publish_entry(7)
    async with hospital.matcher(LOG_LEVEL="debug") as matcher:
        stranger = await hospital.show(99)
        await hospital.sees(7)

    assert all(stranger not in re.findall(r"f\d+", line) for line in matcher.lines)
    assert {s.entry_id for s in hospital.sightings} == {"person-7"}


@dataclass
class Terminal:
    """The ``wardwatch`` command as a person has it: a home with signed-in accounts, and where the bus is."""

    hospital: Hospital
    home: Path

    def __post_init__(self) -> None:
        (self.home / "accounts").mkdir(parents=True)
        for name, token in sessions().items():
            (self.home / "accounts" / f"{name}.token").write_text(token)

    @property
    def environ(self) -> dict[str, str]:
        return {
            "WARDWATCH_HOME": str(self.home),
            "WARDWATCH_NATS_URL": self.hospital.nats.url,
            "WARDWATCH_CREDENTIALS_DIR": str(self.hospital.nats.credentials_dir),
        }

    async def __call__(self, *words: str) -> tuple[int, str, str]:
        """Exit code, output and complaint of ``wardwatch watchlist WORDS``."""
        done = await asyncio.to_thread(CliRunner().invoke, app, ["watchlist", *words], env=self.environ)
        return done.exit_code, done.output, str(done.exception or "")

    async def process(self, *words: str) -> tuple[int, str]:
        """The same as a process of its own: exit code and what it wrote on standard error."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.cli",
            "watchlist",
            *words,
            env={**os.environ, **self.environ},
            stderr=asyncio.subprocess.PIPE,
        )
        _, complaint = await process.communicate()
        return await process.wait(), complaint.decode()

    async def json(self, *words: str) -> object:
        code, out, complaint = await self(*words, "--json")
        assert code == 0, complaint
        answer: object = json.loads(out.splitlines()[-1])
        return answer


ADD = ["--label", "Visitor", "--category", "theft", "--basis", "report 3", "--instruction", "Call 8811"]


async def test_the_command_line_adds_lists_approves_and_revokes(hospital: Hospital, tmp_path: Path) -> None:
    wardwatch = Terminal(hospital, tmp_path / "home")
    picture = tmp_path / "a.png"
    Image.new("L", (64, 64), 7).save(picture)
    async with hospital.matcher():
        added = await wardwatch.json(
            "add", str(picture), *ADD, "--source", "gate camera", "--sites", "h1,h2", "--as", "li.wei"
        )
        assert isinstance(added, dict)
        own = await wardwatch("approve", added["entry_id"], "--as", "li.wei")
        approved = await wardwatch("approve", added["entry_id"], "--as", "ana.ruiz")
        await hospital.sees(7)
        table = await wardwatch("list", "--as", "li.wei")
        revoked = await wardwatch("revoke", added["entry_id"], "--reason", "found", "--as", "li.wei")
        left = await wardwatch.json("list", "--as", "li.wei")

    assert (added["state"], added["sites"], added["author"]) == ("pending", ["h1", "h2"], "li.wei")
    assert own[0] == 1
    assert "the approver must not be the author" in own[2]
    assert (approved[0], revoked[0], left) == (0, 0, [])
    assert "Visitor" in table[1]


async def test_the_command_line_says_in_words_why_not(hospital: Hospital, tmp_path: Path) -> None:
    wardwatch = Terminal(hospital, tmp_path / "home")
    picture = tmp_path / "a.png"
    Image.new("L", (64, 64), 255).save(picture)
    add = ["add", str(picture), *ADD, "--source", "gate camera"]

    unserved = await wardwatch.process("list", "--as", "li.wei")
    async with hospital.matcher():
        complaints = [
            await wardwatch(*add, "--as", "li.wei"),
            await wardwatch(*add, "--as", "nobody"),
            await wardwatch(*add, "--as", "guard.1"),
            await wardwatch(*add, "--as", "li.wei", "--expires", "tomorrow"),
            await wardwatch("approve", "no-such-entry", "--as", "li.wei"),
        ]

    assert unserved == (1, "wardwatch: nobody answers desk.watchlist.list\n")
    assert [code for code, _, _ in complaints] == [1] * 5
    for (_, _, said), words in zip(
        complaints,
        (
            "no face was found",
            "nobody is not signed in here",
            "a guard may not work on the watchlist",
            "'tomorrow' is not a day",
            "there is no entry",
        ),
        strict=True,
    ):
        assert words in said


async def _is_empty(hospital: Hospital) -> bool:
    return await hospital.outbox() == 0


def _name(hospital: Hospital) -> str:
    return hospital.database.owner.partition("@/")[2].partition("?")[0]
