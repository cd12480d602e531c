"""A recogniser is rolled forward and back under live load: nobody on the list is missed, no vector meets another's.

Real matchers, watchlist service, broker and database; detector and embedders answer from here. The two recognisers are
drawn so that a mix-up cannot stay unseen: what the second makes of a person is what the first makes of *another* listed
person, with as many numbers. A vector that met the wrong gallery would name the wrong entry, with a high cosine.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import Final
from uuid import UUID, uuid4

import numpy as np
import pytest
from PIL import Image

from access import grants
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.imports import Liveness
from proto.wardwatch.v1.messages import FaceEmbedded, PersonSighted
from proto.wardwatch.v1.requests import (
    PhotoDetectReply,
    PhotoDetectRequest,
    PhotoEmbedReply,
    PhotoEmbedRequest,
    PhotoFace,
)
from proto.wardwatch.v1.rolls import ModelsView
from proto.wardwatch.v1.subjects import FrameId, Place, camera_id, site_id
from proto.wardwatch.v1.values import ALIGNED_SHAPE, Journey, Look, Model, Origin, Vector
from services.chassis.bus import Bus
from tests.contract.record import MODEL, vector
from tests.fakes import eventually
from tests.live.hospital import GOOD, Hospital
from tests.live.test_desk import ROLES, approve, draft, entry_after

pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.timeout(600)]

SECOND: Final = Model("second", "cd" * 32)
# Grey levels of photos that JPEG gives back as they were.
LISTED: Final = (10, 30, 50, 70, 90, 110, 130, 150)
LOOKS: Final = 3
_WITHIN_SECONDS: Final = 60.0
# Cosine of each look with the own template: each recogniser has its own, so a sighting shows by which it was made.
_ALIKE: Final = {MODEL.sha256: 0.95, SECOND.sha256: 0.85}


def seen_by(model: Model, person: int) -> Vector:
    """What a recogniser makes of a person's photo."""
    if person not in LISTED:
        return stranger(person)
    return vector(person if model == MODEL else LISTED[(LISTED.index(person) + 1) % len(LISTED)])


def stranger(person: int) -> Vector:
    """Unlike everybody on the list: with so few numbers chance alone would make some alike."""
    listed, _ = np.linalg.qr(np.stack([vector(each) for each in LISTED]).T)
    drawn = vector(person)
    without = drawn - listed @ (listed.T @ drawn)
    unlike: Vector = without / np.linalg.norm(without)
    return unlike


def passing(model: Model, person: int, visit: int) -> Vector:
    """The same of a face that passes a camera: as near to the photo as ``_ALIKE`` says."""
    own = seen_by(model, person)
    across = stranger(visit + 10_000)
    across = across - (across @ own) * own
    across /= np.linalg.norm(across)
    cosine = np.float32(_ALIKE[model.sha256])
    mixed: Vector = cosine * own + np.sqrt(1 - cosine**2) * across
    return mixed


async def detect(payload: bytes) -> bytes:
    jpeg = PhotoDetectRequest.decode(payload).jpeg
    person = int(np.asarray(Image.open(BytesIO(jpeg)).convert("L"))[0, 0])
    return PhotoDetectReply((PhotoFace(GOOD, np.full(ALIGNED_SHAPE, person, np.uint8), jpeg),), 64, 64).encode()


def embed(model: Model, payload: bytes) -> bytes:
    faces = PhotoEmbedRequest.decode(payload).aligned
    # A service asks with noise who answers; it is nobody.
    return PhotoEmbedReply(model, tuple(seen_by(model, int(face[0, 0, 0])) for face in faces)).encode()


async def by_first(payload: bytes) -> bytes:
    return embed(MODEL, payload)


async def by_second(payload: bytes) -> bytes:
    return embed(SECOND, payload)


@dataclass
class Load:
    """People who pass the cameras of two sites, listed ones and strangers, seen by both embedders."""

    embedder: Bus
    visits: dict[str, tuple[int, str]] = field(default_factory=dict)  # by track: who, and at which site
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Let one person after the other pass, until it is over."""
        number = 0
        while not self.over.is_set():
            number += 1
            listed = number % 3 > 0
            await self.visit(
                LISTED[number % len(LISTED)] if listed else 1_000 + number, number, ("h1", "h2")[number % 2]
            )
            await asyncio.sleep(0.02)  # the pace of the load

    async def visit(self, person: int, number: int, site: str, looks: int = LOOKS) -> str:
        """Somebody passes and is looked at so often; returns the track."""
        track = str(uuid4())
        place = Place(site_id(site), camera_id("gate"))
        for look in range(1, looks + 1):
            frame = FrameId(f"{track}-{look}")
            origin = Origin(place, frame, 0, Journey(number * 10 + look), Look(track, look, number * 10))
            for model in (MODEL, SECOND):
                face = FaceEmbedded(origin, GOOD, model, passing(model, person, number), b"jpeg")
                await self.embedder.publish(subjects.vectors(place), face.encode())
        await self.embedder.client.flush()
        if person in LISTED:
            self.visits[track] = (person, site)
        return track


@dataclass
class Roll:
    """A hospital with a list, whose people decide about the roll."""

    hospital: Hospital
    entries: dict[int, UUID] = field(default_factory=dict)

    async def list_people(self) -> None:
        for person in LISTED:
            entry = await draft(self.hospital, f"P {person}")
            buffer = BytesIO()
            Image.new("L", (64, 64), person).save(buffer, "JPEG")
            photo = buffer.getvalue()
            target = {"entry": str(entry.id), "position": "0", "name": "a.jpg", "source": "gate"}
            target["sha256"] = sha256(photo).hexdigest()
            await self.hospital.call("add_photo", "li.wei", target, attachment=photo)
            await entry_after(self.hospital, "submit_entry", entry.id, "li.wei")
            await approve(self.hospital, entry.id)
            self.entries[person] = entry.id

    async def models(self, operation: str = "show_models", by: str = "li.wei", **asked: object) -> ModelsView:
        number = asked.pop("number", None)
        target = {} if number is None else {"number": str(number)}
        return ModelsView.model_validate_json(await self.hospital.call(operation, by, target, body=asked or None))

    async def switch(
        self, site: str, model: Model, *, threshold: float | None = None, strong: float | None = None
    ) -> None:
        """Two people let *model* decide at *site*."""
        asked = await self.models(
            "ask_switch",
            site=site,
            model_sha256=model.sha256,
            threshold=threshold,
            strong=strong,
            reason="as measured",
        )
        assert asked.waits is not None
        await self.models("approve_switch", "ana.ruiz", number=asked.waits.number)

    async def is_embedded(self) -> bool:
        view = await self.models()
        assert view.roll is not None
        return all(each.made == len(LISTED) for each in view.roll.progress)

    async def is_held_by_matchers(self, templates: int, matchers: int = 2) -> bool:
        liveness = Liveness.model_validate_json(await self.hospital.call("list_matchers", "li.wei"))
        living = [each.templates for each in liveness.matchers if not each.silent]
        return living.count(templates) >= matchers

    async def report(self) -> None:
        """The second recogniser was measured, and two people installed its report."""
        owner = await self.hospital.owner()
        await owner.execute(
            "INSERT INTO watchlist.accuracy_report (model_sha256, dataset, list_size, floor, fnir, fpir, fpir_upper,"
            " measured_on) VALUES ($1, 'drawn', 2100, 0.4, 0.1, 0.01, 0.012, current_date)",
            bytes.fromhex(SECOND.sha256),
        )

    async def sightings(self) -> list[PersonSighted]:
        """All so far."""
        await self.hospital._take_sightings()
        return self.hospital.sightings

    async def last_model(self, site: str, load: Load) -> str:
        """By whom somebody is sighted who comes now."""
        number = 1_000_000 + len(load.visits)
        track = await load.visit(LISTED[0], number, site)

        async def is_sighted() -> bool:
            return any(each.origin.look and each.origin.look.track_id == track for each in await self.sightings())

        await eventually(is_sighted, within_seconds=_WITHIN_SECONDS)
        return next(
            each.model.name
            for each in self.hospital.sightings
            if each.origin.look and each.origin.look.track_id == track
        )

    async def decided_by(self, site: str, model: Model, load: Load) -> None:
        """Wait until every matcher has taken up who decides."""

        async def is_so() -> bool:
            return await self.last_model(site, load) == model.name

        await eventually(is_so, within_seconds=_WITHIN_SECONDS)


@pytest.fixture
async def roll(hospital: Hospital) -> AsyncIterator[Roll]:
    for name, role in ROLES.items():
        await hospital.sign_in(name, role)
    detector, embedder = await hospital.bus(grants.DETECTOR), await hospital.bus(grants.EMBEDDER)
    async with (
        detector.serve({subjects.PHOTO_DETECT.pattern: detect}, queue="detector"),
        embedder.serve({subjects.PHOTO_EMBED.pattern: by_first}, queue="embedder"),
        embedder.serve({subjects.PHOTO_EMBED_SECOND.pattern: by_second}, queue="embedder"),
    ):
        yield Roll(hospital)


async def test_forward_and_back_under_load_nobody_is_missed_or_mixed_up(roll: Roll) -> None:
    hospital, load = roll.hospital, Load(await roll.hospital.bus(grants.EMBEDDER))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(hospital.watchlist(DESK_REQUESTS_A_MINUTE="100000"))
        for name in ("m1", "m2"):
            await stack.enter_async_context(hospital.matcher(name, WAITING_VECTORS="4096", MAX_AGE_SECONDS="30"))
        await roll.list_people()
        await eventually(lambda: roll.is_held_by_matchers(len(LISTED)), within_seconds=_WITHIN_SECONDS)
        passers_by = asyncio.create_task(load.run())

        await roll.models("start_roll", reason="a better recogniser")
        await eventually(roll.is_embedded, within_seconds=_WITHIN_SECONDS)
        await eventually(lambda: roll.is_held_by_matchers(2 * len(LISTED)), within_seconds=_WITHIN_SECONDS)
        await roll.report()
        for forth in range(2):
            await roll.switch("h1", SECOND, threshold=0.5, strong=0.75)
            await roll.decided_by("h1", SECOND, load)
            assert await roll.last_model("h2", load) == MODEL.name
            if forth == 0:
                # A matcher that is started in between knows both galleries, and who decides.
                await stack.enter_async_context(hospital.matcher("m3", WAITING_VECTORS="4096", MAX_AGE_SECONDS="30"))
                await eventually(lambda: roll.is_held_by_matchers(2 * len(LISTED), 3), within_seconds=_WITHIN_SECONDS)
                await roll.decided_by("h1", SECOND, load)
            await roll.switch("h1", MODEL)
            await roll.decided_by("h1", MODEL, load)
        await roll.models("finish_roll", reason="it stays as it was")
        await eventually(lambda: roll.is_held_by_matchers(len(LISTED), 3), within_seconds=_WITHIN_SECONDS)
        assert await roll.last_model("h1", load) == MODEL.name
        load.over.set()
        await passers_by

        async def are_all_sighted() -> bool:
            tracks = {each.origin.look.track_id for each in await roll.sightings() if each.origin.look}
            return set(load.visits) <= tracks

        await eventually(are_all_sighted, within_seconds=_WITHIN_SECONDS)
        _check(load, roll, await roll.sightings())


def _check(load: Load, roll: Roll, sightings: list[PersonSighted]) -> None:
    """Every sighting is of a listed person, by their own name, at the cosine of the recogniser that it names."""
    assert {each.model.name for each in sightings} == {MODEL.name, SECOND.name}
    for each in sightings:
        assert each.origin.look is not None
        person, site = load.visits[each.origin.look.track_id]
        assert each.entry_id == str(roll.entries[person])
        assert each.similarity == pytest.approx(_ALIKE[each.model.sha256], abs=0.02)
        assert each.model == MODEL or site == "h1"
        assert (each.strong_similarity == 0) == (each.model == MODEL)
