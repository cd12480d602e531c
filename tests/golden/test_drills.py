"""Drills through the real models: their face is recognised, and what a camera shows is followed as without them."""

import asyncio
from dataclasses import replace

import numpy as np

from proto.wardwatch.v1.subjects import FrameId, Place, camera_id, site_id
from proto.wardwatch.v1.values import Drill, Journey
from services.detector.finder import FaceFinder, Policy, Sight
from services.detector.follower import Follower
from services.detector.intake import Frame
from services.detector.looks import Pace
from services.detector.model import YuNet
from services.detector.scenes import Rhythm, Scenes
from services.detector.tracks import Bounds
from services.drill import face
from services.embedder.core import directions
from services.embedder.model import Embedder
from tests.golden.conftest import LIMITS
from tests.passing import passing

GATE = Place(site_id("h1"), camera_id("gate"))
# The service's own.
POLICY = Policy(min_score=0.6, min_face_px=40, max_faces=32, longest_px=960)
DRILL = Drill("ab" * 16, 1)


def a_finder(yunet: YuNet) -> FaceFinder:
    """One that names its tracks by their number."""
    numbers = iter(range(100))
    follower = Follower(Bounds(), Pace(), lambda: f"00000000-0000-0000-0000-{next(numbers):012}")
    return FaceFinder(yunet, LIMITS, POLICY, follower=follower, scenes=Scenes(4, Rhythm()))


def frame(jpeg: bytes, number: int) -> Frame:
    at_us = 1_000_000 + 100_000 * number
    return Frame(GATE, FrameId(f"f{number}"), Journey(at_us, at_us), jpeg)


def drill_frame(number: int) -> Frame:
    return replace(frame(face.frame(), number), rotation=0, drill=DRILL)


def of(sight: object) -> tuple[object, ...]:
    """All that a frame of the camera leaves: looks with their tracks, and what is counted."""
    assert isinstance(sight, Sight)
    looks = [(look.origin, look.face.quality, look.face.aligned.tobytes(), look.face.picture) for look in sight.looks]
    return looks, sight.tally, sight.lying, sight.too_small


def test_drills_leave_what_a_camera_s_frames_show_as_it_is(yunet: YuNet) -> None:
    # Twice the same: a person who stands still, in a scene that does not change.
    jpegs = [jpeg for jpeg in passing("astronaut.png")[:3] for _ in range(2)]
    undisturbed, drilled = a_finder(yunet), a_finder(yunet)
    with undisturbed, drilled:
        expected = [of(undisturbed.look_on(frame(jpeg, number))) for number, jpeg in enumerate(jpegs)]
        seen = []
        for number, jpeg in enumerate(jpegs):
            drilled.look_at_drill_now(drill_frame(number))
            seen.append(of(drilled.look_on(frame(jpeg, number))))
        ended = [each.forget_now(9_000_000_000) for each in (undisturbed, drilled)]

    assert any(looks for looks, *_ in expected)
    assert seen == expected
    assert ended[0] == ended[1]


def test_the_face_of_drills_is_one_look_and_is_recognised(yunet: YuNet, sface: Embedder) -> None:
    with a_finder(yunet) as finder:
        seen = finder.look_at_drill_now(drill_frame(0))
        photo = finder.look_at_photo_now(face.frame())
        again = finder.look_at_drill_now(drill_frame(1))

    assert isinstance(seen, Sight)
    assert isinstance(photo, Sight)
    assert isinstance(again, Sight)
    assert [len(each) for each in (seen.looks, again.looks, photo.faces)] == [1, 1, 1]
    live, template = directions(asyncio.run(sface.embed([seen.looks[0].face.aligned, photo.faces[0].aligned])))
    assert live is not None
    assert template is not None
    # Far above any threshold, and good enough for the gate of detector and matcher.
    assert float(np.dot(live, template)) > 0.9
    assert seen.looks[0].face.quality.face_px > 96
    assert seen.looks[0].face.quality.sharpness > 100


def test_nobody_of_the_demonstration_looks_like_a_drill(yunet: YuNet, sface: Embedder) -> None:
    with a_finder(yunet) as finder:
        people = [finder.look_now(passing(name)[0]) for name in ("astronaut.png", "grace_hopper.jpg")]
        drawn = finder.look_at_photo_now(face.frame())

    sights = [each for each in (drawn, *people) if isinstance(each, Sight)]
    vectors = [v for v in directions(asyncio.run(sface.embed([s.faces[0].aligned for s in sights]))) if v is not None]
    assert len(vectors) == 3
    assert max(float(np.dot(vectors[0], other)) for other in vectors[1:]) < 0.3
