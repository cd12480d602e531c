"""What the publisher makes of refusals."""

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import FrameRejected, RejectReason
from proto.wardwatch.v1.subjects import FrameId, Place, camera_id, site_id
from services.camera.refusals import Refusals
from services.chassis.bus import Delivery
from services.detector import intake

PLACE = Place(site_id("h1"), camera_id("gate"))


def refusal(reason: RejectReason, frame: str) -> Delivery:
    message = FrameRejected(PLACE, reason, "in words", FrameId(frame))
    return Delivery(subjects.rejected(PLACE), message.encode())


def test_refusals_are_counted_by_reason() -> None:
    refusals = Refusals()

    for frame in ("a", "b"):
        refusals.note(refusal(RejectReason.TRUNCATED, frame))

    assert refusals.counts == {RejectReason.TRUNCATED: 2}
    assert not refusals.probe_answered.is_set()


def test_refused_probe_is_a_sign_of_life_and_no_fault() -> None:
    refusals = Refusals()
    refusals.expect("probe-1")

    refusals.note(refusal(RejectReason.EMPTY, intake.frame_id("probe-1", b"", 1_795_500_000_000_000)))

    assert refusals.probe_answered.is_set()
    assert not refusals.counts


def test_bytes_that_are_no_refusal_are_passed_over() -> None:
    refusals = Refusals()

    refusals.note(Delivery(subjects.rejected(PLACE), b"\xff\xff"))

    assert not refusals.counts
