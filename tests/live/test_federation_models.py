"""A hospital with another recogniser than its publisher embeds the faces that came itself, by real networks."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import onnx
import pytest

from access import grants
from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.federation import Received, ReceiveOutcome
from proto.wardwatch.v1.messages import FaceEmbedded, PersonSighted
from proto.wardwatch.v1.model_card import ModelCard, card_path, prepared_path
from proto.wardwatch.v1.subjects import FrameId, Place, camera_id, site_id
from proto.wardwatch.v1.values import Journey, Model, Origin
from services.alerts.edge.photos import PhotoReader
from services.chassis.errors import Refusal
from services.watchlist.enrolment.assessment import PhotoAssessor
from services.watchlist.enrolment.photo_client import PhotoClient
from services.watchlist.rules.gate import PhotoGate
from tests.fakes import eventually
from tests.installation import MODELS
from tests.live import processes
from tests.live.hospital import GOOD, Hospital
from tests.live.test_received_list import join
from tests.publishers import Publisher, local_id

pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.timeout(300)]
_DETECTOR = prepared_path(MODELS / "face_detection_yunet_2023mar.onnx")
_RECOGNISER = prepared_path(MODELS / "face_recognition_sface_2021dec.onnx")
_WITHIN_SECONDS = 120.0
_GATE = Place(site_id("h1"), camera_id("gate"))


def _saved_anew(folder: Path) -> tuple[Path, str]:
    """The same network in another file, which therefore is another model; its prepared file, and what it is called."""
    path = folder / _RECOGNISER.name
    network = onnx.load(str(_RECOGNISER))
    network.doc_string = "saved anew"
    onnx.save(network, str(path))
    digest = sha256(path.read_bytes()).hexdigest()
    card = ModelCard.decode(card_path(_RECOGNISER).read_bytes())
    other = replace(card, name="other", original_sha256=digest, prepared_sha256=digest)
    card_path(path).write_bytes(other.encode())
    return path, digest


async def test_faces_are_embedded_by_the_hospital_s_own_recogniser(hospital: Hospital, tmp_path: Path) -> None:
    model_path, digest = await asyncio.to_thread(_saved_anew, tmp_path)
    publisher_model = Model("sface", await asyncio.to_thread(lambda: _identity(_RECOGNISER)))
    assert publisher_model.sha256 != digest
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(hospital.watchlist(MODEL_SHA256=digest))
        matcher = await stack.enter_async_context(hospital.matcher(MODEL_SHA256=digest, DIMENSION="128"))
        for name, path in (("detector", _DETECTOR), ("embedder", model_path)):
            await stack.enter_async_context(processes.looking(name, hospital.nats, path))
        video = await hospital.bus(grants.WATCHLIST_VIDEO)
        reader = await stack.enter_async_context(PhotoReader())
        assess = PhotoAssessor(PhotoClient(video), PhotoGate(), model_sha256=digest)
        photo = await reader.read(await asyncio.to_thread((MODELS / "astronaut.png").read_bytes))

        async def is_answered() -> bool:
            try:
                await assess(photo)
            except Refusal:
                return False
            return True

        await eventually(is_answered, within_seconds=_WITHIN_SECONDS)
        enrolled = (await assess(photo)).face
        assert enrolled is not None

        publisher = Publisher()
        await join(hospital, publisher.invitation())
        of = publisher.lists(-enrolled.vector, model=publisher_model, picture=enrolled.picture)
        federation = await hospital.bus(grants.FEDERATION_RECORD)
        request = publisher.request(of)
        answer = await federation.request(subjects.federation("receive"), request.encode(), timeout_seconds=60)
        assert Received.decode(answer) == Received(ReceiveOutcome.WRITTEN)
        await matcher.can_match(1)

        # By what the publisher's model made of the face, which here is its opposite, nobody would be found.
        embedder, operator = await hospital.bus(grants.EMBEDDER), await hospital.bus(grants.OPERATOR)
        shown = 0

        async def is_sighted() -> bool:
            nonlocal shown
            shown += 1
            origin = Origin(_GATE, FrameId(f"f{shown}"), 0, Journey(shown), None)
            face = FaceEmbedded(origin, GOOD, Model("other", digest), enrolled.vector, b"jpeg")
            await embedder.publish(subjects.vectors(_GATE), face.encode())
            return await operator.count_of(subjects.SIGHTINGS_STREAM.name) > 0

        await eventually(is_sighted, within_seconds=_WITHIN_SECONDS)
        message = await operator.stream.get_msg(subjects.SIGHTINGS_STREAM.name, 1)
        sighted = PersonSighted.decode(message.data or b"")
        assert str(sighted.entry_id) == str(local_id(publisher, of))


def _identity(path: Path) -> str:
    return ModelCard.decode(card_path(path).read_bytes()).original_sha256
