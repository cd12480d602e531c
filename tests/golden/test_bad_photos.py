"""Every bad photo and every bad file is told its reason, by the real reader, detector, recogniser and judge."""

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.entries import Verdict
from services.alerts.edge.photos import PhotoReader, UnusablePhoto
from services.chassis.responder import Answer
from services.detector.finder import FaceFinder, Policy
from services.detector.handler import DetectPhoto
from services.detector.model import YuNet
from services.detector.pixels import Picture
from services.embedder.core import BatchSize, Float32
from services.embedder.handler import EmbedPhotos
from services.embedder.model import Embedder
from services.watchlist.enrolment.assessment import Assessment, PhotoAssessor, unusable
from services.watchlist.enrolment.photo_client import PhotoClient
from services.watchlist.rules.gate import PhotoGate
from tests import bad_files, bad_photos
from tests.bad_photos import BAD_PHOTOS
from tests.fakes import FakeBus
from tests.golden.conftest import LIMITS, PICTURES

pytestmark = pytest.mark.asyncio(loop_scope="module")

VERDICTS = {"rejected": Verdict.REJECTED, "warning": Verdict.WARNING, "note": Verdict.READY}


class Desk:
    """From the uploaded file to what is said of it, as edge and desk do it together."""

    def __init__(self, reader: PhotoReader, judge: PhotoAssessor) -> None:
        self._reader = reader
        self._judge = judge

    async def judge(self, content: bytes) -> Assessment:
        try:
            jpeg = await self._reader.read(content)
        except UnusablePhoto as error:
            return unusable(error.code, error.text)
        return await self._judge(jpeg)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk(yunet: YuNet, sface: Embedder) -> AsyncIterator[Desk]:
    policy = Policy(min_score=0.6, min_face_px=40, max_faces=32, longest_px=960)  # the service's own
    bus = FakeBus()
    with FaceFinder(yunet, LIMITS, policy) as finder:
        answers: dict[str, Answer] = {
            subjects.PHOTO_DETECT.pattern: DetectPhoto(finder),
            subjects.PHOTO_EMBED.pattern: EmbedPhotos(sface, sface.model, BatchSize(4, 1.0), max_faces=32),
        }
        judge = PhotoAssessor(PhotoClient(bus), PhotoGate(), model_sha256=sface.model.sha256)
        async with bus.serve(answers, queue="photos"), PhotoReader(processes=1) as reader:
            yield Desk(reader, judge)


@pytest.fixture(scope="module")
def astronaut(portraits: dict[str, Picture]) -> Picture:
    return portraits[PICTURES[0]]


@pytest.mark.parametrize("name", BAD_PHOTOS)
async def test_a_bad_photo_is_told_its_reason(desk: Desk, portraits: dict[str, Picture], name: str) -> None:
    bad = BAD_PHOTOS[name]
    picture = bad.make(portraits[PICTURES[0]], portraits[PICTURES[1]])

    judged = await desk.judge(bad_photos.saved(picture))

    assert judged.verdict is VERDICTS[bad.severity]
    assert (bad.code, bad.severity) in [(found.code, found.severity) for found in judged.findings]
    assert (judged.face is None) == (judged.verdict is Verdict.REJECTED)


@pytest.mark.parametrize("name", bad_files.BAD_FILES)
async def test_a_bad_file_is_told_its_reason(desk: Desk, astronaut: Picture, name: str) -> None:
    make, code = bad_files.BAD_FILES[name]

    judged = await desk.judge(make(astronaut))

    assert [(found.code, found.severity) for found in judged.findings] == [(code, "rejected")]
    assert judged.verdict is Verdict.REJECTED
    assert judged.face is None


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def usual(desk: Desk, astronaut: Picture) -> Float32:
    """The vector of the photo as an ordinary JPEG."""
    return vector(await desk.judge(bad_photos.saved(astronaut)))


def vector(judged: Assessment) -> Float32:
    assert judged.face is not None, judged.findings
    return judged.face.vector


@pytest.mark.parametrize("name", bad_files.GOOD_FILES)
async def test_a_good_photo_in_any_form_is_the_same(desk: Desk, usual: Float32, astronaut: Picture, name: str) -> None:
    judged = await desk.judge(bad_files.GOOD_FILES[name](astronaut))

    assert float(np.dot(vector(judged), usual)) > 0.98


@pytest.mark.parametrize("name", bad_files.PALER_FILES)
async def test_a_paler_photo_is_the_same_person(desk: Desk, usual: Float32, astronaut: Picture, name: str) -> None:
    judged = await desk.judge(bad_files.PALER_FILES[name](astronaut))

    assert float(np.dot(vector(judged), usual)) > 0.95


async def test_the_demonstration_pictures_are_ready(desk: Desk, models_dir: Path) -> None:
    for name in PICTURES:
        judged = await desk.judge((models_dir / name).read_bytes())

        assert (judged.verdict, judged.findings) == (Verdict.READY, ())
