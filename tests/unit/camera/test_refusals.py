"""What the publisher makes of refusals."""

from structlog.testing import capture_logs

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import FrameRejected, Hint, RejectReason
from proto.wardwatch.v1.subjects import FrameId, Place, camera_id, site_id
from services.camera import closing
from services.camera.handler import Tally
from services.camera.refusals import Refusals
from services.chassis.bus import Delivery
from services.detector import intake

PLACE = Place(site_id("h1"), camera_id("gate"))


def refusal(reason: RejectReason | Hint, frame: str, least_face_px: int = 0) -> Delivery:
    message = FrameRejected(PLACE, reason, "in words", FrameId(frame), least_face_px=least_face_px)
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


def test_a_hint_is_no_refusal_and_is_said_once() -> None:
    refusals = Refusals()

    with capture_logs() as logs:
        for frame in ("a", "b"):
            refusals.note(refusal(Hint.FACES_LIE, frame))

    assert not refusals.counts
    assert refusals.hints == {Hint.FACES_LIE}
    assert [line["event"] for line in logs] == ["frames are taken, but"]


def test_from_which_width_on_faces_are_found_is_known_from_any_answer() -> None:
    refusals = Refusals()
    refusals.expect("probe-1")
    refusals.note(refusal(RejectReason.EMPTY, "probe-1@1", 64))
    refusals.note(refusal(RejectReason.CORRUPT, "of an older detector"))

    with capture_logs() as logs:
        closing.report(Tally(published=1, size_px=(3840, 2160)), refusals)

    (line,) = [line for line in logs if line["event"] == "faces are found"]
    assert (line["limit"], line["detail"]) == (64, "3840x2160")


def test_nothing_is_said_of_faces_when_no_detector_has_answered() -> None:
    with capture_logs() as logs:
        closing.report(Tally(published=1, size_px=(3840, 2160)), Refusals())

    assert "faces are found" not in [line["event"] for line in logs]
