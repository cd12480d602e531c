"""Assessing photos: what is requested of detector and embedder, what is kept, and how photos are refused."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.entries import Verdict
from proto.wardwatch.v1.findings import FindingCode
from proto.wardwatch.v1.messages import RejectReason
from proto.wardwatch.v1.requests import (
    PhotoDetectReply,
    PhotoDetectRequest,
    PhotoEmbedReply,
    PhotoEmbedRequest,
    PhotoFace,
)
from proto.wardwatch.v1.values import Model, Quality
from services.chassis.errors import Refusal
from services.watchlist.enrolment.assessment import PhotoAssessor, unusable
from services.watchlist.enrolment.photo_client import PhotoClient
from services.watchlist.rules.gate import PhotoGate
from tests.fakes import FakeBus, eventually
from tests.unit.matcher.builders import MODEL, unit
from tests.unit.watchlist.test_quality import GOOD


@dataclass
class Services:
    """Detector and embedder on a bus in memory; a photo's bytes say what is in it."""

    faces: tuple[Quality, ...] = (GOOD,)
    model: Model = MODEL
    refused: Refusal | None = None
    no_vector: bool = False
    embedded: list[int] = field(default_factory=list)
    waiting: int = 0
    most_waiting: int = 0
    release: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.release.set()

    async def detect(self, payload: bytes) -> bytes:
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        await self.release.wait()
        self.waiting -= 1
        if self.refused is not None:
            raise self.refused
        name = PhotoDetectRequest.decode(payload).jpeg
        faces = tuple(
            PhotoFace(each, np.full((112, 112, 3), index, np.uint8), name) for index, each in enumerate(self.faces)
        )
        return PhotoDetectReply(faces, 640, 480).encode()

    async def embed(self, payload: bytes) -> bytes:
        if self.no_vector:
            raise Refusal(422, "face 0 yields no vector")
        aligned = PhotoEmbedRequest.decode(payload).aligned
        self.embedded += [int(each[0, 0, 0]) for each in aligned]
        return PhotoEmbedReply(self.model, tuple(unit(1) for _ in aligned)).encode()


async def judging(services: Services, check: Callable[[PhotoAssessor], Awaitable[None]]) -> None:
    bus = FakeBus()
    answers = {subjects.PHOTO_DETECT.pattern: services.detect, subjects.PHOTO_EMBED.pattern: services.embed}
    async with bus.serve(answers, queue="photos"):
        await check(PhotoAssessor(PhotoClient(bus), PhotoGate(), model_sha256=MODEL.sha256))


async def test_a_good_photo_is_ready_with_its_face() -> None:
    async def check(assess: PhotoAssessor) -> None:
        assessment = await assess(b"photo")

        assert (assessment.verdict, assessment.findings) == (Verdict.READY, ())
        assert assessment.face is not None
        assert (assessment.face.picture, assessment.face.model) == (b"photo", MODEL)
        np.testing.assert_array_equal(assessment.face.vector, unit(1))
        assert assessment.measures is not None
        assert assessment.measures.face_px == GOOD.face_px

    await judging(Services(), check)


async def test_of_several_faces_the_largest_is_embedded() -> None:
    services = Services(faces=(GOOD, replace(GOOD, face_px=40), replace(GOOD, face_px=30)))

    async def check(assess: PhotoAssessor) -> None:
        assessment = await assess(b"photo")

        assert assessment.verdict is Verdict.WARNING
        assert assessment.face is not None

    await judging(services, check)
    assert services.embedded == [0]


async def test_a_rejected_photo_is_measured_and_never_embedded() -> None:
    services = Services(faces=(replace(GOOD, face_px=30),))

    async def check(assess: PhotoAssessor) -> None:
        assessment = await assess(b"photo")

        assert assessment.verdict is Verdict.REJECTED
        assert assessment.face is None
        assert assessment.measures is not None

    await judging(services, check)
    assert services.embedded == []


async def test_a_photo_of_nobody_has_no_measures() -> None:
    async def check(assess: PhotoAssessor) -> None:
        assessment = await assess(b"photo")

        assert (assessment.verdict, assessment.measures, assessment.face) == (Verdict.REJECTED, None, None)

    await judging(Services(faces=()), check)


@pytest.mark.parametrize("reason", RejectReason)
async def test_what_the_detector_does_not_look_at_is_a_finding_in_its_words(reason: RejectReason) -> None:
    async def check(assess: PhotoAssessor) -> None:
        (finding,) = (await assess(b"photo")).findings

        assert finding.severity == "rejected"
        assert finding.text == "The header: promises too much."

    await judging(Services(refused=Refusal(422, f"{reason.value}: The header: promises too much.")), check)


async def test_a_face_without_a_vector_is_a_finding() -> None:
    async def check(assess: PhotoAssessor) -> None:
        assessment = await assess(b"photo")

        assert [finding.code for finding in assessment.findings] == [FindingCode.NO_TEMPLATE]
        assert assessment.face is None

    await judging(Services(no_vector=True), check)


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(Refusal(500, "the request failed"), id="a fault"),
        pytest.param(Refusal(422, "not of this world: never"), id="words nobody knows"),
    ],
)
async def test_any_other_refusal_is_passed_on(refusal: Refusal) -> None:
    async def check(assess: PhotoAssessor) -> None:
        with pytest.raises(Refusal, match=str(refusal)) as passed:
            await assess(b"photo")
        assert passed.value.code == refusal.code

    await judging(Services(refused=refusal), check)


async def test_another_model_than_the_lists_is_refused() -> None:
    async def check(assess: PhotoAssessor) -> None:
        with pytest.raises(Refusal, match="another model") as refusal:
            await assess(b"photo")
        assert refusal.value.code == 503

    await judging(Services(model=Model("other", "cd" * 32)), check)


async def test_without_a_detector_photos_cannot_be_assessed() -> None:
    assess = PhotoAssessor(PhotoClient(FakeBus()), PhotoGate(), model_sha256=MODEL.sha256)

    with pytest.raises(Refusal, match="the detector does not answer") as refusal:
        await assess(b"photo")

    assert refusal.value.code == 503


async def test_photos_are_assessed_side_by_side_up_to_a_limit() -> None:
    services = Services()
    services.release.clear()

    async def check(assess: PhotoAssessor) -> None:
        judging_all = [asyncio.create_task(assess(b"photo")) for _ in range(30)]
        await eventually(lambda: services.waiting == 4)
        services.release.set()
        assert all(each.face is not None for each in await asyncio.gather(*judging_all))

    await judging(services, check)
    assert services.most_waiting == 4


def test_a_file_that_is_no_photo_is_assessed_by_its_code() -> None:
    assessment = unusable("too_many_bytes", "16.0 MB, at most 15: send a smaller file")

    (finding,) = assessment.findings
    assert (finding.code, finding.severity) == (FindingCode.TOO_MANY_BYTES, "rejected")
    assert finding.text == "16.0 MB, at most 15: send a smaller file"
    assert (assessment.verdict, assessment.measures, assessment.face) == (Verdict.REJECTED, None, None)


def test_a_code_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Refusal, match="'ugly' is not the code of a finding"):
        unusable("ugly", "")
