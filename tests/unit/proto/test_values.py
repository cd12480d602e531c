"""The values that messages are made of come out as they went in."""

from dataclasses import astuple, fields
from uuid import UUID

import pytest

from proto.wardwatch.v1 import events_pb2 as pb
from proto.wardwatch.v1.values import Quality, look_from, quality_from, quality_to, walk_from


def test_every_measure_of_a_face_survives_the_wire() -> None:
    # Each another power of two: exact in float32, and none in the place of another.
    measured = Quality(*(2.0**power for power in range(len(fields(Quality)))))

    assert astuple(quality_from(quality_to(measured))) == astuple(measured)


@pytest.mark.parametrize(
    "look",
    [
        pb.Look(track_id="gate-2", number=1),
        pb.Look(track_id=str(UUID(int=1))),
        pb.Look(track_id=str(UUID(int=1)), number=2**31),
    ],
)
def test_a_look_names_a_track_and_its_number(look: pb.Look) -> None:
    with pytest.raises(ValueError, match="look"):
        look_from(look)


@pytest.mark.parametrize(
    "walk",
    [
        pb.Walk(views=1),
        pb.Walk(looks=1),
        pb.Walk(looks=1, views=2),
        pb.Walk(looks=2**32 - 1, views=1),
        pb.Walk(looks=1, views=1, span_us=-1),
    ],
)
def test_a_walk_that_cannot_have_been_is_refused(walk: pb.Walk) -> None:
    with pytest.raises(ValueError, match=r"cannot be|has no"):
        walk_from(walk)
