"""What of a camera's frames is put before the network."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from proto.wardwatch.v1.subjects import FrameId, Place, camera_id, site_id
from proto.wardwatch.v1.values import Journey
from services.detector import pixels
from services.detector.core import NOBODY, Faces, Float32
from services.detector.frame_search import FrameSearch, Seen
from services.detector.header import Limits, Refused
from services.detector.intake import Frame
from services.detector.pixels import Picture
from services.detector.scenes import Rhythm, Scenes
from services.detector.search import Reach
from tests import jpegs

PLACE = Place(site_id("h1"), camera_id("gate"))
LIMITS = Limits(8 * 1024 * 1024, 40_000_000, 32)
MILLISECOND = 1_000


@dataclass
class Network:
    """Finds the bright squares of a picture, if they are wide enough for it."""

    least_px: int = 4
    seen: list[tuple[int, int]] = field(default_factory=list)

    def __call__(self, picture: Picture) -> Faces:
        self.seen.append((picture.shape[1], picture.shape[0]))
        count, _, rows, _ = cv2.connectedComponentsWithStats((picture[:, :, 0] > 200).astype(np.uint8))
        boxes = np.asarray(rows[1:, :4], np.float32)
        boxes = boxes[boxes[:, 2] >= self.least_px]
        if count == 1 or not len(boxes):
            return NOBODY
        points = np.repeat((boxes[:, :2] + boxes[:, 2:] / np.float32(2))[:, np.newaxis], 5, axis=1)
        return Faces(boxes, points, np.full(len(boxes), 0.9, np.float32))


@dataclass
class Gate:
    """A camera and the search of its frames."""

    network: Network = field(default_factory=Network)
    expected: list[tuple[float, float, float, float]] = field(default_factory=list)
    asked_us: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        reach = Reach(min_face_px=40, longest_px=960)
        self.search = FrameSearch(self.network, reach, 0.3, LIMITS, Scenes(4, Rhythm()), self._expected)

    def _expected(self, place: Place, at_us: int) -> Float32:
        assert place == PLACE
        self.asked_us.append(at_us)
        return np.array(self.expected, np.float32).reshape(-1, 4)

    def frame(self, jpeg: bytes, at_ms: int, rotation: int = 0) -> Seen | Refused:
        self.network.seen.clear()
        journey = Journey(captured_us=at_ms * MILLISECOND - 7, received_us=at_ms * MILLISECOND)
        return self.search(Frame(PLACE, FrameId("f"), journey, jpeg), rotation)

    def looks(self, jpeg: bytes, at_ms: int, rotation: int = 0) -> Seen:
        seen = self.frame(jpeg, at_ms, rotation)
        assert isinstance(seen, Seen)
        return seen


def picture(width: int, height: int, *squares: tuple[int, int, int]) -> bytes:
    """A dark frame with bright squares, each at left, top and of a width."""
    frame = np.full((height, width, 3), 60, np.uint8)
    for left, top, side in squares:
        frame[top : top + side, left : left + side] = 250
    return pixels.encode(frame)


def test_frames_are_searched_in_full_then_halved_and_unchanged_not_at_all() -> None:
    gate = Gate()
    sizes = []
    for at_ms, jpeg in enumerate([picture(640, 360), picture(640, 360, (100, 100, 48)), *[picture(640, 360)] * 3]):
        gate.looks(jpeg, 10 * at_ms + 1)
        sizes.append(list(gate.network.seen))

    assert sizes == [[(640, 360)], [(320, 180)], [(320, 180)], [], []]


def test_faces_are_told_in_the_frame_s_own_pixels_however_it_was_seen() -> None:
    for width, height in ((640, 360), (641, 363), (1280, 720), (1920, 1080)):
        gate = Gate()
        for at_ms in range(1, 9):
            seen = gate.looks(picture(width, height, (401, 203, 60 + at_ms)), at_ms)

        assert len(seen.found) == 1
        np.testing.assert_allclose(seen.found.boxes[0], (401, 203, 68, 68), atol=3)


def test_a_face_only_the_fine_search_finds_stays_while_it_stands() -> None:
    gate = Gate(Network(least_px=40))
    still = (400, 200, 48)
    counts = [len(gate.looks(picture(640, 360, still, (10 * at, 10, 48)), 30 * at + 1).found) for at in range(40)]

    assert min(counts) >= 1


def test_a_small_face_in_a_large_frame_is_found_in_a_part_of_it() -> None:
    gate = Gate(Network(least_px=40))
    jpeg = picture(3840, 2160, (3000, 1900, 48))
    counts = [len(gate.looks(jpeg, at_ms).found) for at_ms in range(1, 20)]

    assert counts[0] == 0
    assert counts[-1] == 1
    np.testing.assert_allclose(gate.looks(jpeg, 20).found.boxes[0], (3000, 1900, 48, 48), atol=2)


def test_who_is_expected_and_not_found_is_looked_for_closely() -> None:
    gate = Gate(Network(least_px=40))
    gate.looks(picture(640, 360), 1)
    # The second one is found, and the third would be no larger in another view than it is in the whole.
    gate.expected = [(398.0, 197.0, 44.0, 50.0), (100.0, 100.0, 150.0, 150.0), (300.0, 20.0, 120.0, 150.0)]

    seen = gate.looks(picture(640, 360, (400, 200, 48), (100, 100, 150)), 20)

    assert len(seen.searched) == 2
    assert len(gate.network.seen) == 2
    assert max(gate.network.seen[1]) <= 4 * 44
    assert len(seen.found) == 2
    assert gate.asked_us[-1] == 20 * MILLISECOND


def test_nobody_is_looked_for_closely_in_an_unchanged_scene() -> None:
    gate = Gate()
    for at_ms in range(1, 5):
        gate.expected = [(398.0, 197.0, 44.0, 50.0)]
        seen = gate.looks(picture(640, 360), at_ms)

    assert len(seen.searched) == 0
    assert gate.network.seen == []


def test_faces_seen_small_are_looked_at_again_before_they_are_cut_out() -> None:
    gate = Gate()
    for at_ms, size in ((1, 60), (2, 62)):
        seen = gate.looks(picture(640, 360, (401, 203, size), (50, 50, 200)), at_ms)
    small, large = (int(np.argmin(np.abs(seen.found.boxes[:, 2] - px))) for px in (62, 200))
    gate.network.seen.clear()

    found = gate.search.exact(seen, small)

    assert len(gate.network.seen) == 1
    np.testing.assert_allclose(found.boxes[small], (401, 203, 62, 62), atol=1.5)
    assert found.boxes[large].tolist() == seen.found.boxes[large].tolist()
    # The large one was seen a hundred pixels wide already.
    assert gate.search.exact(seen, large) is seen.found
    assert len(gate.network.seen) == 1


def test_a_face_that_was_searched_for_finely_is_not_looked_at_again() -> None:
    gate = Gate()
    fine = gate.looks(picture(640, 360, (401, 203, 62)), 1)
    assert {view.scale for view in fine.searched} == {1.0}
    gate.network.seen.clear()

    assert gate.search.exact(fine, 0) is fine.found
    assert gate.network.seen == []


def test_a_turned_frame_is_searched_upright() -> None:
    gate = Gate()
    stated = jpegs.after_start(picture(640, 360, (100, 50, 60)), jpegs.exif(6))

    seen = gate.looks(stated, 1, rotation=90)
    first = gate.network.seen[0]
    turned = gate.looks(stated, 2)

    assert first == (640, 360)
    np.testing.assert_allclose(seen.found.boxes[0], (640 - 160, 360 - 110, 60, 60), atol=2)
    assert (turned.jpeg.size.width, turned.jpeg.size.height) == (360, 640)
    np.testing.assert_allclose(turned.found.boxes[0], (360 - 110, 100, 60, 60), atol=2)


def test_a_damaged_frame_is_refused_and_leaves_the_scene_as_it_was() -> None:
    gate = Gate()
    whole = picture(640, 360, (100, 50, 60))
    gate.looks(whole, 1)

    assert isinstance(gate.frame(whole[: len(whole) // 2] + b"\xff\xd9", 2), Refused)
    assert gate.network.seen == []
    assert len(gate.looks(whole, 3).found) == 1
