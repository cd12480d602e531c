"""The desk of the watchlist service, with matchers, on a real nats-server and PostgreSQL: from draft to erasure.

Detector and embedder answer from here.

Vectors are drawn from a number that stands for a person, so that no model is needed: a photo is a JPEG of one grey
level, and the grey level is the person.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from hashlib import sha256
from io import BytesIO
from time import perf_counter
from uuid import UUID

import numpy as np
import pytest
from PIL import Image

from access import grants
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.entries import EntryPage, EntryView, ErasureView, PhotoJudged
from proto.wardwatch.v1.requests import (
    PhotoDetectReply,
    PhotoDetectRequest,
    PhotoEmbedReply,
    PhotoEmbedRequest,
    PhotoFace,
)
from proto.wardwatch.v1.values import ALIGNED_SHAPE
from services.chassis.errors import Refusal
from tests.contract.record import MODEL, vector
from tests.fakes import eventually
from tests.live.hospital import GOOD, Hospital

# Figures are logged, not asserted: run with --log-cli-level=INFO.
log = logging.getLogger(__name__)

pytestmark = [pytest.mark.live, pytest.mark.timeout(60)]


def photo(person: int) -> bytes:
    buffer = BytesIO()
    Image.new("L", (64, 64), person).save(buffer, "JPEG")
    return buffer.getvalue()


DRAFT = {
    "label": "",
    "category": "violence",
    "basis": "decision 2026/17",
    "evidence": "file 17",
    "instruction": "Call 8811",
}
ROLES = {"li.wei": "supervisor", "ana.ruiz": "administrator", "guard.1": "guard"}


async def entry_after(
    hospital: Hospital, operation: str, entry: UUID, by: str, *, body: Mapping[str, object] | None = None
) -> EntryView:
    """Call an operation on an entry; returns the entry as it is then."""
    return EntryView.model_validate_json(await hospital.call(operation, by, {"entry": str(entry)}, body=body))


async def draft(hospital: Hospital, label: str, *, by: str = "li.wei") -> EntryView:
    return EntryView.model_validate_json(await hospital.call("draft_entry", by, body={**DRAFT, "label": label}))


async def photograph(hospital: Hospital, entry: UUID, person: int, *, by: str = "li.wei") -> PhotoJudged:
    """Give a draft a photo of *person*."""
    jpeg = photo(person)
    target = {"position": "0", "name": "a.jpg", "source": "gate", "sha256": sha256(jpeg).hexdigest()}
    answer = await hospital.call("add_photo", by, {"entry": str(entry), **target}, attachment=jpeg)
    return PhotoJudged.model_validate_json(answer)


async def add(hospital: Hospital, person: int, *, by: str = "li.wei") -> EntryView:
    """Draft an entry, give it a photo of *person*, and put it forward."""
    entry = await draft(hospital, f"P {person}", by=by)
    await photograph(hospital, entry.id, person, by=by)
    return await entry_after(hospital, "submit_entry", entry.id, by)


async def approve(hospital: Hospital, entry: UUID, *, by: str = "ana.ruiz") -> EntryView:
    seen = await entry_after(hospital, "show_entry", entry, "ana.ruiz")
    return await entry_after(hospital, "approve_entry", entry, by, body={"revision": seen.revision})


async def revoke(hospital: Hospital, entry: UUID) -> EntryView:
    return await entry_after(hospital, "revoke_entry", entry, "ana.ruiz", body={"reason": "charges dropped"})


async def listed(hospital: Hospital) -> EntryPage:
    return EntryPage.model_validate_json(await hospital.call("list_entries", "li.wei", {"state": "all"}))


async def changes_stored(hospital: Hospital) -> int:
    """How many messages the watchlist stream ever took; duplicates that it refused do not count."""
    bus = await hospital.bus(grants.OPERATOR)
    return int((await bus.stream.stream_info(subjects.WATCHLIST_STREAM.name)).state.last_seq)


async def detect(payload: bytes) -> bytes:
    jpeg = PhotoDetectRequest.decode(payload).jpeg
    person = int(np.asarray(Image.open(BytesIO(jpeg)).convert("L"))[0, 0])
    face = PhotoFace(GOOD, np.full(ALIGNED_SHAPE, person, np.uint8), b"cut-out face")
    return PhotoDetectReply((face,) * (0 if person == 255 else 1), 64, 64).encode()


async def embed(payload: bytes) -> bytes:
    faces = PhotoEmbedRequest.decode(payload).aligned
    return PhotoEmbedReply(MODEL, tuple(vector(int(face[0, 0, 0])) for face in faces)).encode()


@pytest.fixture(autouse=True)
async def staff(hospital: Hospital) -> AsyncIterator[None]:
    """Three people have signed in, and detector and embedder answer from here."""
    for name, role in ROLES.items():
        await hospital.sign_in(name, role)
    detector, embedder = await hospital.bus(grants.DETECTOR), await hospital.bus(grants.EMBEDDER)
    async with (
        detector.serve({subjects.PHOTO_DETECT.pattern: detect}, queue="detector"),
        embedder.serve({subjects.PHOTO_EMBED.pattern: embed}, queue="embedder"),
    ):
        yield


async def test_an_entry_approved_by_another_matches_until_it_is_revoked(hospital: Hospital) -> None:
    async with hospital.watchlist(), hospital.matcher() as matcher:
        entry = await add(hospital, 7)
        pending = await hospital.show(7)
        with pytest.raises(Refusal, match="the approver must not be the author"):
            await approve(hospital, entry.id, by="li.wei")
        with pytest.raises(Refusal, match="this is not for a guard"):
            await approve(hospital, entry.id, by="guard.1")

        await approve(hospital, entry.id)
        sighting = await hospital.sees(7)
        other = await add(hospital, 8)
        await approve(hospital, other.id)
        await hospital.sees(8)
        await revoke(hospital, entry.id)
        await matcher.can_match(1)
        after = await hospital.show(7)
        await hospital.sees(8)
        entries = {e.id: e for e in (await listed(hospital)).entries}

    assert (sighting.entry_id, sighting.entry_revision, sighting.model) == (str(entry.id), 4, MODEL)
    assert UUID(sighting.photo_id)
    assert sighting.similarity == pytest.approx(1, abs=1e-5)
    assert sighting.origin.journey.matched_us > 0
    assert {s.origin.frame_id for s in hospital.sightings}.isdisjoint({pending, after})
    assert (entries[entry.id].state, entries[other.id].state) == ("revoked", "active")
    assert (entries[other.id].label, entries[other.id].author, entries[other.id].approver) == (
        "P 8",
        "li.wei",
        "ana.ruiz",
    )


async def test_a_change_reaches_every_replica_without_a_restart(hospital: Hospital) -> None:
    async with hospital.watchlist(), hospital.matcher("m1") as one, hospital.matcher("m2") as two:
        entry = await add(hospital, 7)
        began = perf_counter()
        await approve(hospital, entry.id)
        await asyncio.gather(one.can_match(1), two.can_match(1))
        approved = perf_counter() - began
        await hospital.sees(7)

        began = perf_counter()
        await revoke(hospital, entry.id)
        await asyncio.gather(one.can_match(0), two.can_match(0))
        revoked = perf_counter() - began

    log.info("live on 2 of 2 matchers %.2f s after approval, gone %.2f s after revocation", approved, revoked)
    assert await changes_stored(hospital) == 3


async def test_a_photo_without_a_face_is_judged_in_words_and_not_kept(hospital: Hospital) -> None:
    async with hospital.watchlist():
        entry = await draft(hospital, "P")
        judged = await photograph(hospital, entry.id, 255)
        with pytest.raises(Refusal, match="the entry has no photo"):
            await entry_after(hospital, "submit_entry", entry.id, "li.wei")

    assert (judged.verdict, [finding.code for finding in judged.findings]) == ("rejected", ["no_face"])


async def test_what_one_replica_of_the_desk_makes_every_other_can_read(hospital: Hospital) -> None:
    async with hospital.watchlist(), hospital.watchlist(), hospital.matcher():
        # The broker gives each request to one of the two.
        entries = [await add(hospital, person) for person in range(10, 16)]
        for entry in entries:
            await approve(hospital, entry.id)
        labels = {row.label for row in (await listed(hospital)).entries}

    assert labels == {f"P {person}" for person in range(10, 16)}


async def test_an_erased_entry_matches_no_more_and_its_key_and_vectors_are_gone(hospital: Hospital) -> None:
    async with hospital.watchlist(), hospital.matcher() as matcher:
        entry = await add(hospital, 7)
        await approve(hospital, entry.id)
        await hospital.sees(7)
        reason = {"reason": "asked for by the person"}
        erased = await hospital.call("erase_entry", "ana.ruiz", {"entry": str(entry.id)}, body=reason)
        await matcher.can_match(0)

        async def complete() -> bool:
            answer = await hospital.call("show_erasure", "li.wei", {"entry": str(entry.id)})
            return ErasureView.model_validate_json(answer).complete

        await eventually(complete, within_seconds=20)

    assert ErasureView.model_validate_json(erased).key_destroyed_at is not None
