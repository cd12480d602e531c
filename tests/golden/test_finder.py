"""From JPEG to faces with the real detector: what is refused, and what a guard may see (S2)."""

import dataclasses

import numpy as np
import pytest

from proto.wardwatch.v1.messages import RejectReason
from proto.wardwatch.v1.subjects import FrameId, Place, camera_id, site_id
from proto.wardwatch.v1.values import Journey
from services.detector import pixels, quality
from services.detector.finder import FaceFinder, Policy, Sight
from services.detector.header import Refused
from services.detector.intake import Frame
from services.detector.model import YuNet
from services.detector.pixels import Picture
from services.detector.seen import SeenFace
from services.embedder.model import Embedder
from tests import jpegs
from tests.golden.conftest import LIMITS, PICTURES

GATE = Place(site_id("h1"), camera_id("gate"))
POLICY = Policy(min_score=0.6, min_face_px=10, max_faces=16, longest_px=960)


def shrunk(picture: Picture, height: int) -> Picture:
    return pixels.fit(picture, round(height * max(picture.shape[:2]) / picture.shape[0]))


def scene(portraits: dict[str, Picture], left: int, top: int, height: int) -> Picture:
    """The astronaut, with the admiral's picture of *height* put over hers at (*left*, *top*)."""
    whole = portraits[PICTURES[0]].copy()
    other = shrunk(portraits[PICTURES[1]], height)
    room = whole[top : top + other.shape[0], left : left + other.shape[1]]
    room[:] = other[: room.shape[0], : room.shape[1]]
    return whole


@pytest.mark.parametrize(
    ("left", "top", "height"),
    [
        pytest.param(300, 40, 240, id="beside"),
        pytest.param(262, 60, 150, id="touching"),
        pytest.param(255, 20, 90, id="small, in the margin"),
        pytest.param(268, 40, 60, id="tiny, in the margin"),
        pytest.param(250, 100, 400, id="large, behind her shoulder"),
    ],
)
def test_a_guards_picture_of_one_face_shows_exactly_one_face(
    finder: FaceFinder, portraits: dict[str, Picture], left: int, top: int, height: int
) -> None:
    sight = finder.look_now(pixels.encode(scene(portraits, left, top, height)))

    assert isinstance(sight, Sight)
    assert sight.faces
    for face in sight.faces:
        portrait = pixels.decode(face.picture)
        assert isinstance(portrait, np.ndarray)
        assert max(portrait.shape) <= 320
        found = finder.find(portrait)
        assert int(np.sum(found.scores >= 0.6)) == 1


def test_a_face_the_detector_missed_is_blurred_all_the_same(
    yunet: YuNet, finder: FaceFinder, portraits: dict[str, Picture]
) -> None:
    # At this size only the larger face is found, while the picture for the guard keeps the frame's own pixels.
    policy = Policy(min_score=0.6, min_face_px=10, max_faces=16, longest_px=96)
    coarse = FaceFinder(yunet, LIMITS, policy)

    sight = coarse.look_now(pixels.encode(scene(portraits, 255, 20, 90)))

    assert isinstance(sight, Sight)
    (face,) = sight.faces
    portrait = pixels.decode(face.picture)
    assert isinstance(portrait, np.ndarray)
    assert int(np.sum(finder.find(portrait).scores >= 0.6)) == 1


def test_faces_come_largest_first_and_small_ones_are_counted(yunet: YuNet, portraits: dict[str, Picture]) -> None:
    jpeg = pixels.encode(scene(portraits, 300, 40, 240))
    policy = Policy(min_score=0.6, min_face_px=10, max_faces=16, longest_px=960)

    sights = [
        FaceFinder(yunet, LIMITS, each).look_now(jpeg)
        for each in (policy, dataclasses.replace(policy, min_face_px=80), dataclasses.replace(policy, max_faces=1))
    ]

    every, large, one = sights
    assert isinstance(every, Sight)
    assert isinstance(large, Sight)
    assert isinstance(one, Sight)
    assert every.faces[0].quality.face_px > every.faces[1].quality.face_px
    assert (len(large.faces), large.too_small) == (1, 1)
    assert (len(one.faces), one.too_many) == (1, 1)


def test_a_photo_tells_of_faces_of_any_size(yunet: YuNet, portraits: dict[str, Picture]) -> None:
    policy = Policy(min_score=0.6, min_face_px=40, max_faces=16, longest_px=960)
    finder = FaceFinder(yunet, LIMITS, policy)
    small = pixels.encode(shrunk(portraits[PICTURES[1]], 100))
    both = pixels.encode(scene(portraits, 300, 40, 100))

    frame, photo, with_a_large_one = (
        finder.look_now(small),
        finder.look_at_photo_now(small),
        finder.look_at_photo_now(both),
    )

    assert isinstance(frame, Sight)
    assert isinstance(photo, Sight)
    assert isinstance(with_a_large_one, Sight)
    assert (len(frame.faces), frame.too_small) == (0, 1)
    assert [10 <= face.quality.face_px < 40 for face in photo.faces] == [True]
    # Whether a bystander matters is for the desk to say, which must know.
    assert (len(with_a_large_one.faces), with_a_large_one.too_small) == (2, 0)
    assert with_a_large_one.faces[0].quality.face_px > 2 * with_a_large_one.faces[1].quality.face_px


def test_a_large_frame_is_searched_small_but_cut_from_its_own_pixels(
    yunet: YuNet, finder: FaceFinder, portraits: dict[str, Picture]
) -> None:
    jpeg = pixels.encode(portraits[PICTURES[1]])
    coarse = FaceFinder(yunet, LIMITS, Policy(min_score=0.6, min_face_px=10, max_faces=16, longest_px=320))

    full, half = finder.look_now(jpeg), coarse.look_now(jpeg)

    assert isinstance(full, Sight)
    assert isinstance(half, Sight)
    assert abs(full.faces[0].quality.face_px - half.faces[0].quality.face_px) < 8
    assert half.faces[0].quality.sharpness > 0.6 * full.faces[0].quality.sharpness


def test_a_picture_without_anybody_is_seen_and_holds_no_face(finder: FaceFinder) -> None:
    sight = finder.look_now(pixels.encode(np.full((240, 320, 3), 127, np.uint8)))

    assert isinstance(sight, Sight)
    assert sight.faces == ()


def test_damage_within_the_picture_data_is_refused(finder: FaceFinder, portraits: dict[str, Picture]) -> None:
    jpeg = pixels.encode(portraits[PICTURES[1]])
    half = jpeg[: len(jpeg) // 2] + b"\xff\xd9"
    scrambled = bytearray(jpeg)
    scrambled[len(jpeg) // 2 : len(jpeg) // 2 + 64] = b"\xff\xd0" * 32

    for content in (half, bytes(scrambled)):
        refused = finder.look_now(content)
        assert isinstance(refused, Refused)
        assert refused.reason in (RejectReason.TRUNCATED, RejectReason.CORRUPT)
        assert refused.detail.endswith(".")


async def test_looking_does_not_hold_up_the_event_loop(yunet: YuNet, portraits: dict[str, Picture]) -> None:
    policy = Policy(min_score=0.6, min_face_px=10, max_faces=16, longest_px=960)
    with FaceFinder(yunet, LIMITS, policy) as looking:
        sight = await looking.look(frame(pixels.encode(portraits[PICTURES[0]])), turned=False)

    assert isinstance(sight, Sight)
    assert len(sight.looks) == 1


async def test_a_face_that_stays_is_looked_at_once_and_then_followed(
    yunet: YuNet, portraits: dict[str, Picture]
) -> None:
    jpeg = pixels.encode(scene(portraits, 300, 40, 240))
    with FaceFinder(yunet, LIMITS, POLICY) as looking:
        sights = [await looking.look(frame(jpeg, at_us=n * 100_000), turned=False) for n in range(4)]
        gone = await looking.forget(5_000_000)

    first, *others = [each for each in sights if isinstance(each, Sight)]
    alone = FaceFinder(yunet, LIMITS, POLICY).look_now(jpeg)
    assert isinstance(alone, Sight)
    assert len(first.looks) == 2
    for look, face in zip(first.looks, alone.faces, strict=True):
        assert look.face.quality == face.quality
        assert np.array_equal(look.face.aligned, face.aligned)
        assert look.face.picture == face.picture
    assert [(len(each.looks), each.tally.found, each.tally.followed) for each in others] == [(0, 2, 2)] * 3
    assert [(track.lived_us, track.faces, track.looks) for track in gone.ended] == [(300_000, 4, 1)] * 2


def frame(jpeg: bytes, rotation: int | None = None, at_us: int = 1) -> Frame:
    return Frame(GATE, FrameId("f"), Journey(captured_us=at_us, received_us=at_us), jpeg, rotation)


def lying(picture: Picture, degrees: int) -> bytes:
    """As a camera sends it whose pictures must be turned clockwise by *degrees* to stand upright."""
    return pixels.encode(np.ascontiguousarray(np.rot90(picture, degrees // 90)))


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize(("orientation", "degrees"), [(1, 0), (6, 90), (3, 180), (8, 270)])
def test_a_frame_that_says_how_it_lies_shows_the_same_face(
    finder: FaceFinder, sface: Embedder, portraits: dict[str, Picture], name: str, orientation: int, degrees: int
) -> None:
    stated = jpegs.after_start(lying(portraits[name], degrees), jpegs.exif(orientation))

    upright, turned = finder.look_now(pixels.encode(portraits[name])), finder.look_now(stated)

    assert isinstance(upright, Sight)
    assert isinstance(turned, Sight)
    assert (turned.width_px, turned.height_px) == (upright.width_px, upright.height_px)
    assert alike(sface, upright, turned) > 0.98
    assert abs(turned.faces[0].quality.roll_degrees - upright.faces[0].quality.roll_degrees) < 2
    assert one_upright_face(finder, turned)


@pytest.mark.parametrize("degrees", [90, 180, 270])
async def test_a_cameras_rotation_makes_its_faces_stand_upright(
    yunet: YuNet, sface: Embedder, portraits: dict[str, Picture], degrees: int
) -> None:
    policy = Policy(min_score=0.6, min_face_px=10, max_faces=16, longest_px=960)
    jpeg = lying(portraits[PICTURES[1]], degrees)
    places: list[Place] = []

    def rotation(place: Place) -> int:
        places.append(place)
        return degrees

    with FaceFinder(yunet, LIMITS, policy, rotation) as looking:
        upright = looking.look_now(pixels.encode(portraits[PICTURES[1]]))
        as_set = await looking.look(frame(jpeg), turned=False)
        # Long after, so that nobody of the first frame is followed any more.
        as_stated = await looking.look(frame(jpeg, 0, at_us=9_000_000), turned=False)

    assert isinstance(upright, Sight)
    assert isinstance(as_set, Sight)
    assert isinstance(as_stated, Sight)
    assert places == [GATE]
    assert as_set.rotation == degrees
    assert alike(sface, upright, as_set) > 0.98
    # What the frame itself says counts more: here that it is not to be turned.
    assert as_stated.rotation == 0
    assert not as_stated.looks or alike(sface, upright, as_stated) < 0.8


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_faces_that_lie_are_noticed_and_by_how_much(
    finder: FaceFinder, portraits: dict[str, Picture], name: str, degrees: int
) -> None:
    sight = finder.look_now(lying(portraits[name], degrees), turned=True)

    assert isinstance(sight, Sight)
    assert sight.lying == degrees


def test_faces_that_stand_are_not_said_to_lie(finder: FaceFinder, portraits: dict[str, Picture]) -> None:
    for picture in portraits.values():
        sight = finder.look_now(pixels.encode(picture), turned=True)

        assert isinstance(sight, Sight)
        assert sight.lying == 0


def test_nobody_lies_in_an_empty_frame_and_unasked_nobody_looks(
    finder: FaceFinder, portraits: dict[str, Picture]
) -> None:
    empty = finder.look_now(pixels.encode(np.full((240, 320, 3), 127, np.uint8)), turned=True)
    unasked = finder.look_now(lying(portraits[PICTURES[1]], 90))

    assert isinstance(empty, Sight)
    assert isinstance(unasked, Sight)
    assert empty.lying is None
    assert unasked.lying in (None, 90)


def largest(sight: Sight) -> SeenFace:
    """The first face of a picture, or of a camera's frame in which it is a look."""
    return sight.faces[0] if sight.faces else sight.looks[0].face


def alike(sface: Embedder, one: Sight, other: Sight) -> float:
    """Cosine of the largest faces' vectors."""
    vectors = sface.embed_now([largest(one).aligned, largest(other).aligned])
    return float(np.dot(vectors[0], vectors[1]) / (np.linalg.norm(vectors[0]) * np.linalg.norm(vectors[1])))


def one_upright_face(finder: FaceFinder, sight: Sight) -> bool:
    """Whether the guard's picture shows its face standing."""
    portrait = pixels.decode(sight.faces[0].picture)
    assert isinstance(portrait, np.ndarray)
    found = finder.find(portrait)
    return int(np.sum(found.scores >= 0.6)) == 1 and abs(quality.roll_degrees(found.points[0])) < 20


def test_a_small_face_in_4k_is_found_as_its_part_has_its_turn(
    yunet: YuNet, sface: Embedder, portraits: dict[str, Picture]
) -> None:
    policy = Policy(min_score=0.6, min_face_px=40, max_faces=16, longest_px=960)
    wide = np.full((2160, 3840, 3), 96, np.uint8)
    person = shrunk(portraits[PICTURES[1]], 190)
    wide[1700 : 1700 + person.shape[0], 3000 : 3000 + person.shape[1]] = person
    jpeg = pixels.encode(wide)

    with FaceFinder(yunet, LIMITS, policy) as looking:
        sights = [looking.look_on(at(jpeg, 1 + 100_000 * number)) for number in range(20)]

    assert all(isinstance(sight, Sight) for sight in sights)
    found = [look for sight in sights if isinstance(sight, Sight) for look in sight.looks]
    assert found
    assert 40 <= found[0].face.quality.face_px < 64
    # The same face, from the part of the frame where it stands alone.
    alone = FaceFinder(yunet, LIMITS, policy).look_now(pixels.encode(wide[1600:2000, 2900:3400]))
    assert isinstance(alone, Sight)
    vectors = sface.embed_now([alone.faces[0].aligned, found[0].face.aligned])
    assert float(np.dot(vectors[0], vectors[1]) / np.prod(np.linalg.norm(vectors, axis=1))) > 0.9


def test_who_stands_still_is_seen_in_frames_that_are_not_searched(yunet: YuNet, portraits: dict[str, Picture]) -> None:
    policy = Policy(min_score=0.6, min_face_px=40, max_faces=16, longest_px=960)
    jpeg = pixels.encode(portraits[PICTURES[0]])

    with FaceFinder(yunet, LIMITS, policy) as looking:
        sights = [looking.look_on(at(jpeg, 1 + 50_000 * number)) for number in range(30)]

    assert [sight.tally.found for sight in sights if isinstance(sight, Sight)] == [1] * 30
    assert sum(sight.tally.begun for sight in sights if isinstance(sight, Sight)) == 1


def at(jpeg: bytes, us: int) -> Frame:
    return Frame(GATE, FrameId("f"), Journey(captured_us=us, received_us=us), jpeg)
