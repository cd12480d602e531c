"""The desk of the watchlist service, with matchers, on a real nats-server and PostgreSQL: from draft to erasure.

Detector and embedder answer from here.

Vectors are drawn from a number that stands for a person, so that no model is needed: a photo is a JPEG of one grey
level, and the grey level is the person.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from time import perf_counter
from uuid import UUID

import asyncpg
import numpy as np
import pytest
from PIL import Image

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.entries import EntryPage, EntryView, ErasureView, PhotoJudged
from proto.wardwatch.v1.requests import (
    DeskAnswer,
    DeskCall,
    PhotoDetectReply,
    PhotoDetectRequest,
    PhotoEmbedReply,
    PhotoEmbedRequest,
    PhotoFace,
)
from proto.wardwatch.v1.subjects import Account
from proto.wardwatch.v1.values import (
    ALIGNED_SHAPE,
)
from services.chassis.bus import Bus
from services.chassis.errors import Refusal
from services.chassis.telemetry import Meters
from tests import servers
from tests.fakes import eventually
from tests.live.processes import GOOD, MODEL, Corridor, Service, vector

# Figures are said, not asserted: run with --log-cli-level=INFO.
log = logging.getLogger(__name__)

pytestmark = [pytest.mark.live, pytest.mark.timeout(60)]


def photo(person: int) -> bytes:
    kept = BytesIO()
    Image.new("L", (64, 64), person).save(kept, "JPEG")
    return kept.getvalue()


def sessions() -> dict[str, str]:
    """Tokens by account: who they are is written into the database by ``desk``."""
    return {"li.wei": "token-of-li", "ana.ruiz": "token-of-ana", "guard.1": "token-of-a-guard"}


SAID = {
    "label": "",
    "category": "violence",
    "basis": "decision 2026/17",
    "evidence": "file 17",
    "instruction": "Call 8811",
}
ROLES = {"li.wei": "supervisor", "ana.ruiz": "administrator", "guard.1": "guard"}


@dataclass
class Hospital(Corridor):
    """A corridor, and the desk before it."""

    async def add(self, person: int, *, by: str = "li.wei") -> EntryView:
        """Draft an entry, give it a photo of *person*, and put it forward."""
        entry = EntryView.model_validate_json(await self.ask("draft_entry", by, body={**SAID, "label": f"P {person}"}))
        await self.photograph(entry.id, person, by=by)
        return await self.entry("submit_entry", entry.id, by)

    async def photograph(self, entry: UUID, person: int, *, by: str = "li.wei") -> PhotoJudged:
        jpeg = photo(person)
        target = {"position": "0", "name": "a.jpg", "source": "gate", "sha256": sha256(jpeg).hexdigest()}
        answer = await self.ask("add_photo", by, {"entry": str(entry), **target}, attachment=jpeg)
        return PhotoJudged.model_validate_json(answer)

    async def approve(self, entry: UUID, *, by: str = "ana.ruiz") -> EntryView:
        seen = await self.entry("show_entry", entry, "ana.ruiz")
        return await self.entry("approve_entry", entry, by, body={"revision": seen.revision})

    async def revoke(self, entry: UUID, *, by: str = "ana.ruiz") -> EntryView:
        return await self.entry("revoke_entry", entry, by, body={"reason": "charges dropped"})

    async def listed(self) -> EntryPage:
        return EntryPage.model_validate_json(await self.ask("list_entries", "li.wei", {"state": "all"}))

    async def entry(
        self, operation: str, entry: UUID, by: str, *, body: Mapping[str, object] | None = None
    ) -> EntryView:
        return EntryView.model_validate_json(await self.ask(operation, by, {"entry": str(entry)}, body=body))

    async def ask(
        self,
        operation: str,
        by: str,
        target: dict[str, str] | None = None,
        *,
        body: Mapping[str, object] | None = None,
        attachment: bytes = b"",
    ) -> bytes:
        """Ask the desk as the edge does; the answer's JSON. Raises Refusal."""
        call = DeskCall(sessions()[by], json.dumps(body or {}).encode(), attachment, target=target or {})
        return DeskAnswer.decode(
            await self.operator.request(subjects.desk(operation), call.encode(), timeout_seconds=10)
        ).body

    async def changes_stored(self) -> int:
        """How many messages the watchlist stream ever took; duplicates that it refused do not count."""
        info = await self.operator.stream.stream_info(subjects.WATCHLIST_STREAM.name)
        return int(info.state.last_seq)


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
            nats=nats_with_streams,
            database=database,
            embedder=embedder,
            operator=await connected("operator", Account.RECORD),
        )


async def templates(matcher: Service, count: int) -> None:
    """Wait until the matcher can match *count* photos."""

    async def held() -> bool:
        return await matcher.metric("wardwatch_index_templates") == count

    await eventually(held)


async def test_added_by_one_and_approved_by_another_an_entry_matches_until_it_is_revoked(hospital: Hospital) -> None:
    async with hospital.watchlist(), hospital.matcher() as matcher:
        entry = await hospital.add(7)
        pending = await hospital.show(7)
        with pytest.raises(Refusal, match="the approver must not be the author"):
            await hospital.approve(entry.id, by="li.wei")
        with pytest.raises(Refusal, match="this is not for a guard"):
            await hospital.approve(entry.id, by="guard.1")

        await hospital.approve(entry.id)
        sighting = await hospital.sees(7)
        other = await hospital.add(8)
        await hospital.approve(other.id)
        await hospital.sees(8)
        await hospital.revoke(entry.id)
        await templates(matcher, 1)
        after = await hospital.show(7)
        await hospital.sees(8)
        listed = {e.id: e for e in (await hospital.listed()).entries}

    assert (sighting.entry_id, sighting.entry_revision, sighting.model) == (str(entry.id), 4, MODEL)
    assert UUID(sighting.photo_id)
    assert sighting.similarity == pytest.approx(1, abs=1e-5)
    assert sighting.origin.journey.matched_us > 0
    assert {s.origin.frame_id for s in hospital.sightings}.isdisjoint({pending, after})
    assert (listed[entry.id].state, listed[other.id].state) == ("revoked", "active")
    assert (listed[other.id].label, listed[other.id].author, listed[other.id].approver) == (
        "P 8",
        "li.wei",
        "ana.ruiz",
    )


async def test_a_change_reaches_every_replica_without_a_restart(hospital: Hospital) -> None:
    async with hospital.watchlist(), hospital.matcher(NAME="m1") as one, hospital.matcher(NAME="m2") as two:
        entry = await hospital.add(7)
        began = perf_counter()
        await hospital.approve(entry.id)
        await asyncio.gather(templates(one, 1), templates(two, 1))
        approved = perf_counter() - began
        await hospital.sees(7)

        began = perf_counter()
        await hospital.revoke(entry.id)
        await asyncio.gather(templates(one, 0), templates(two, 0))
        revoked = perf_counter() - began

    log.info("live on 2 of 2 matchers %.2f s after approval, gone %.2f s after revocation", approved, revoked)
    assert await hospital.changes_stored() == 3


async def test_a_photo_without_a_face_is_judged_in_words_and_not_kept(hospital: Hospital) -> None:
    async with hospital.watchlist():
        entry = EntryView.model_validate_json(await hospital.ask("draft_entry", "li.wei", body={**SAID, "label": "P"}))
        judged = await hospital.photograph(entry.id, 255)
        with pytest.raises(Refusal, match="the entry has no photo"):
            await hospital.entry("submit_entry", entry.id, "li.wei")

    assert (judged.verdict, [finding.code for finding in judged.findings]) == ("rejected", ["no_face"])


async def test_what_one_replica_of_the_desk_makes_every_other_can_read(hospital: Hospital) -> None:
    async with hospital.watchlist(), hospital.watchlist(), hospital.matcher():
        # The broker gives each request to one of the two.
        entries = [await hospital.add(person) for person in range(10, 16)]
        for entry in entries:
            await hospital.approve(entry.id)
        labels = {row.label for row in (await hospital.listed()).entries}

    assert labels == {f"P {person}" for person in range(10, 16)}


async def test_an_erased_entry_matches_no_more_and_its_key_and_vectors_are_gone(hospital: Hospital) -> None:
    async with hospital.watchlist(), hospital.matcher(PURGE_SECONDS="0.1") as matcher:
        entry = await hospital.add(7)
        await hospital.approve(entry.id)
        await hospital.sees(7)
        reason = {"reason": "asked for by the person"}
        body = await hospital.ask("erase_entry", "ana.ruiz", {"entry": str(entry.id)}, body=reason)
        await templates(matcher, 0)

        async def complete() -> bool:
            answer = await hospital.ask("show_erasure", "li.wei", {"entry": str(entry.id)})
            return ErasureView.model_validate_json(answer).complete

        await eventually(complete, within_seconds=20)

    assert ErasureView.model_validate_json(body).key_destroyed_at is not None
