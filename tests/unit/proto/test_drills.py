"""What no step of a drill can be, and that no sighting can be a drill."""

from dataclasses import replace

import pytest

from proto.wardwatch.v1 import events_pb2 as pb
from proto.wardwatch.v1.drills import OF_A_DRILL, DrillStep, Fault, Stage
from proto.wardwatch.v1.messages import FaceDetected, PersonSighted
from tests.contract.samples import DRILL, DRILLED, ENTRY, MODEL, ORIGIN, PICTURE, PLACE, QUALITY, aligned


def test_a_drill_is_no_sighting_whoever_says_so() -> None:
    sighted = PersonSighted("s", ORIGIN, QUALITY, MODEL, ENTRY, 1, 0.875, PICTURE)
    assert PersonSighted.decode(sighted.encode()) == sighted

    with pytest.raises(ValueError, match="a drill is no sighting"):
        PersonSighted.decode(replace(sighted, origin=DRILLED).encode())


def test_who_does_not_know_of_drills_reads_the_face_all_the_same() -> None:
    """As a former version: its message has no such field, and what it sends on has none."""
    message = pb.FaceDetected.FromString(FaceDetected(DRILLED, QUALITY, aligned(0), PICTURE).encode())
    message.origin.ClearField("drill")

    assert FaceDetected.decode(message.SerializeToString()).origin == replace(DRILLED, drill=None)


@pytest.mark.parametrize("drill_id", ["", "0" * 31, "0" * 33, "G" * 32, "0" * 31 + "\n"])
def test_an_id_that_is_none_is_refused(drill_id: str) -> None:
    step = pb.DrillStep(
        site="h1", camera="gate", stage=Stage.DETECTED.value, drill=pb.Drill(drill_id=drill_id, sent_us=1)
    )

    with pytest.raises(ValueError, match="a drill has an id"):
        DrillStep.decode(step.SerializeToString())


@pytest.mark.parametrize("stage", Stage)
def test_a_step_is_of_a_drill_where_it_must_be_and_of_none_elsewhere(stage: Stage) -> None:
    period = 5 if stage is Stage.SENT else 0
    right = DrillStep(PLACE, stage, 1, DRILL if stage in OF_A_DRILL else None, period_us=period)
    wrong = replace(right, drill=None if right.drill else DRILL)

    assert DrillStep.decode(right.encode()) == right
    with pytest.raises(ValueError, match="a step"):
        DrillStep.decode(wrong.encode())
    with pytest.raises(ValueError, match="a period"):
        DrillStep.decode(replace(right, period_us=0 if period else 5).encode())


def test_only_a_drill_that_was_found_in_a_whole_list_proves_a_line() -> None:
    step = DrillStep(PLACE, Stage.MATCHED, 1, DRILL, list_read=True)

    assert step.proves
    assert replace(step, stopped=True).proves
    assert not replace(step, list_read=False).proves
    assert not replace(step, fault=Fault.UNLIKE).proves
    assert not replace(step, stage=Stage.EMBEDDED).proves
