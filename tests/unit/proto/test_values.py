"""The values that messages are made of come out as they went in."""

from dataclasses import astuple, fields

from proto.wardwatch.v1.values import Quality, quality_from, quality_to


def test_every_measure_of_a_face_survives_the_wire() -> None:
    # Each another power of two: exact in float32, and none in the place of another.
    measured = Quality(*(2.0**power for power in range(len(fields(Quality)))))

    assert astuple(quality_from(quality_to(measured))) == astuple(measured)
