"""Our reading of the models equals OpenCV's FaceDetectorYN and FaceRecognizerSF on the same files."""

from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from services.detector import pixels
from services.detector.core import Float32
from services.detector.finder import MAX_OVERLAP, FaceFinder, Sight
from services.detector.pixels import Picture
from services.detector.seen import SeenFace
from services.embedder.model import Embedder
from tests.golden.conftest import DETECTOR, EMBEDDER, PICTURES


def bgr(picture: Picture) -> Picture:
    return np.ascontiguousarray(picture[:, :, ::-1])


def reference_faces(models_dir: Path, picture: Picture) -> Float32:
    """(n, 15): box, five points, score, as OpenCV finds them."""
    height, width = picture.shape[:2]
    detector = cv2.FaceDetectorYN.create(str(models_dir / DETECTOR), "", (width, height), 0.6, MAX_OVERLAP, 5000)
    _, rows = detector.detect(bgr(picture))
    return np.asarray(rows, np.float32)


def only_face(finder: FaceFinder, picture: Picture) -> SeenFace:
    sight = finder.look_now(lossless(picture))
    assert isinstance(sight, Sight)
    (face,) = sight.faces
    return face


def lossless(picture: Picture) -> bytes:
    """A JPEG; both sides of a comparison read the same one."""
    return pixels.encode(picture)


def decoded(picture: Picture) -> Picture:
    found = pixels.decode(lossless(picture))
    assert isinstance(found, np.ndarray)
    return found


def cosine(a: Float32, b: Float32) -> float:
    return float(np.dot(a.ravel(), b.ravel()) / (np.linalg.norm(a) * np.linalg.norm(b)))


def both(portraits: dict[str, Picture]) -> Picture:
    """Both people in one picture whose sides are no multiples of 32."""
    left, right = portraits[PICTURES[0]], portraits[PICTURES[1]]
    scene = np.full((611, 1025, 3), 80, np.uint8)
    scene[: left.shape[0], : left.shape[1]] = left
    scene[: right.shape[0], -right.shape[1] :] = right
    return scene


def compare_detection(finder: FaceFinder, models_dir: Path, picture: Picture) -> None:
    expected = reference_faces(models_dir, picture)
    found = finder.find(picture)
    found = found.chosen(np.flatnonzero(found.scores >= 0.6))
    order = np.argsort(-expected[:, 14], kind="stable")

    np.testing.assert_allclose(found.scores, expected[order, 14], atol=1e-3)
    np.testing.assert_allclose(found.boxes, expected[order, :4], atol=0.05)
    np.testing.assert_allclose(found.points.reshape(-1, 10), expected[order, 4:14], atol=0.05)


@pytest.mark.parametrize("name", PICTURES)
def test_boxes_points_and_scores_are_opencvs(
    finder: FaceFinder, models_dir: Path, portraits: dict[str, Picture], name: str
) -> None:
    compare_detection(finder, models_dir, portraits[name])


def test_boxes_points_and_scores_are_opencvs_in_a_padded_picture(
    finder: FaceFinder, models_dir: Path, portraits: dict[str, Picture]
) -> None:
    compare_detection(finder, models_dir, both(portraits))


@pytest.mark.parametrize("name", PICTURES)
def test_the_aligned_face_and_its_vector_are_opencvs(
    finder: FaceFinder, sface: Embedder, models_dir: Path, portraits: dict[str, Picture], name: str
) -> None:
    picture = decoded(portraits[name])
    recognizer = cv2.FaceRecognizerSF.create(str(models_dir / EMBEDDER), "")
    expected = recognizer.alignCrop(bgr(picture), reference_faces(models_dir, picture)[0])
    vector = np.asarray(recognizer.feature(expected), np.float32)

    face = only_face(finder, portraits[name])

    difference = np.abs(bgr(face.aligned).astype(int) - np.asarray(expected).astype(int))
    assert difference.max() <= 2
    assert difference.mean() < 0.01
    assert cosine(sface.embed_now([face.aligned]), vector) > 0.9999


def test_the_prepared_embedder_computes_what_the_stock_file_does(
    finder: FaceFinder, sface: Embedder, models_dir: Path, portraits: dict[str, Picture]
) -> None:
    stock = onnx_session(models_dir / EMBEDDER)
    faces = [only_face(finder, portraits[name]).aligned for name in PICTURES]

    found = sface.embed_now(faces)

    for face, vector in zip(faces, found, strict=True):
        data = face.transpose(2, 0, 1)[np.newaxis].astype(np.float32)
        assert cosine(stock.run(None, {"data": data})[0], vector) >= 0.99999


def onnx_session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def test_two_people_are_told_apart_and_one_is_recognised_at_another_size(
    finder: FaceFinder, sface: Embedder, portraits: dict[str, Picture]
) -> None:
    astronaut, admiral = (portraits[name] for name in PICTURES)
    smaller = pixels.fit(astronaut, 360)
    crops: list[NDArray[np.uint8]] = [only_face(finder, each).aligned for each in (astronaut, admiral, smaller)]

    vectors = sface.embed_now(crops)

    assert cosine(vectors[0], vectors[1]) < 0.3
    assert cosine(vectors[0], vectors[2]) > 0.9
