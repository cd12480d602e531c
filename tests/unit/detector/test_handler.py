"""What the detector publishes for what comes in."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import numpy as np
import pytest

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.messages import FaceDetected, FrameRejected, Hint, RejectReason
from proto.wardwatch.v1.requests import PhotoDetectReply, PhotoDetectRequest
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from proto.wardwatch.v1.values import Look, Origin, Quality, to_microseconds
from services.chassis.bus import Delivery
from services.chassis.errors import Refusal
from services.chassis.telemetry import Meters
from services.detector import remedies
from services.detector.finder import Sight
from services.detector.floods import Floods
from services.detector.handler import DetectFaces, DetectPhoto, detect_forever
from services.detector.header import Refused
from services.detector.inbox import Inbox
from services.detector.intake import Clock, Frame
from services.detector.lying import LyingFaces
from services.detector.pace import Allowance, Paces
from services.detector.reminders import Reminders
from services.detector.search import Reach
from services.detector.seen import EndedTrack, SeenFace, TakenLook, Tally
from tests.fakes import FakeBus, eventually

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
GATE = Place(site_id("h1"), camera_id("gate"))
CLOCK = Clock(max_ahead=timedelta(seconds=5), max_behind=timedelta(minutes=10))
ALLOWED = Allowance(frames_per_second=20, bytes_per_second=1_000_000)
BROKEN = Refused(RejectReason.TRUNCATED, "Cut.")


def seen_face(face_px: float = 90.0) -> SeenFace:
    quality = Quality(0.9, face_px, 40.0, 300.0, 0.0, 0.0, 120.0)
    return SeenFace(quality, np.full((112, 112, 3), 7, np.uint8), b"portrait")


def sight(*faces: SeenFace, too_small: int = 0) -> Sight:
    """As of a photo, or of a frame: there each face is a first look."""
    return Sight(faces, width_px=640, height_px=480, too_small=too_small, too_many=0, tally=Tally(found=len(faces)))


def looks_of(frame: Frame, seen: Sight) -> Sight:
    """What the finder says of *frame* when each face of *seen* is due."""
    looks = [
        TakenLook(face, Origin(frame.place, frame.frame_id, index, frame.journey, Look(str(UUID(int=index)), 1, 5)))
        for index, face in enumerate(seen.faces)
    ]
    return replace(seen, faces=(), looks=tuple(looks))


@dataclass
class ScriptedFinder:
    """Answers by the content of the picture."""

    answers: dict[bytes, Sight | Refused] = field(default_factory=dict)
    photos: dict[bytes, Sight | Refused] = field(default_factory=dict)
    looked: list[bytes] = field(default_factory=list)

    reach: Reach = field(default_factory=lambda: Reach(min_face_px=64, longest_px=960))
    turned: list[bool] = field(default_factory=list)
    forgot: list[int] = field(default_factory=list)
    unsent: list[TakenLook] = field(default_factory=list)

    async def look(self, frame: Frame, *, turned: bool) -> Sight | Refused:
        self.looked.append(frame.jpeg)
        self.turned.append(turned)
        answer = self.answers[frame.jpeg]
        return looks_of(frame, answer) if isinstance(answer, Sight) else answer

    async def lost(self, looks: Sequence[TakenLook]) -> None:
        self.unsent += looks

    async def forget(self, now_us: int) -> Tally:
        self.forgot.append(now_us)
        return Tally(followed=1, ended=(EndedTrack(lived_us=400_000, faces=3, looks=0),))

    async def look_at_photo(self, jpeg: bytes) -> Sight | Refused:
        return self.photos[jpeg]


@dataclass
class Rig:
    """A detector without model and broker."""

    finder: ScriptedFinder = field(default_factory=ScriptedFinder)
    bus: FakeBus = field(default_factory=FakeBus)
    meters: Meters = field(default_factory=Meters)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.floods = Floods(ALLOWED, self.meters, lambda: self.now, 2)
        self.inbox = Inbox(
            max_cameras=2,
            max_age_us=1_000_000,
            clock=CLOCK,
            paces=Paces(ALLOWED, 2),
            floods=self.floods,
            meters=self.meters,
            now=lambda: self.now,
        )
        self.detect = DetectFaces(
            self.finder,
            self.bus.publish,
            self.meters,
            lambda: self.now,
            LyingFaces(8),
            Reminders(8),
            self.inbox.label,
        )

    def arrive(self, jpeg: bytes, subject: str = "frames.0.h1.gate", **headers: str) -> None:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        delivery = Delivery(subject, jpeg, named)
        if self.inbox.admit(delivery):
            self.inbox.offer(delivery)

    async def look(self) -> None:
        await self.detect(await self.inbox.next())


async def test_each_look_is_published_with_where_and_when_it_comes_from() -> None:
    rig = Rig(ScriptedFinder({b"two": sight(seen_face(), seen_face(50.0))}))
    rig.arrive(b"two", Nats_Msg_Id="f1", Captured_At="2026-11-23T11:59:59.900Z")
    rig.now = NOW + timedelta(milliseconds=30)

    await rig.look()

    assert [message.subject.partition(".")[0] for message in rig.bus.published] == ["faces"] * 2
    assert all(subjects.place_of(message.subject) == GATE for message in rig.bus.published)
    first, second = (FaceDetected.decode(message.payload) for message in rig.bus.published)
    frame = f"h1/gate/f1@{to_microseconds(NOW) - 100_000}"
    assert (first.origin.face_id, second.origin.face_id) == (f"{frame}/0", f"{frame}/1")
    assert first.quality.face_px == 90
    assert first.picture == b"portrait"
    assert first.origin.look == Look(str(UUID(int=0)), 1, 5)
    assert [message.headers for message in rig.bus.published] == [{"Wardwatch-Look": "1"}] * 2
    assert rig.meters.value("wardwatch_looks_published_total", look="first") == 2
    journey = first.origin.journey
    assert journey.received_us == to_microseconds(NOW)
    assert (journey.captured_us - journey.received_us, journey.detected_us - journey.received_us) == (-100_000, 30_000)


@pytest.mark.parametrize("way", ["refused", "fault"])
async def test_a_look_that_did_not_go_out_is_taken_again(way: str) -> None:
    rig = Rig(ScriptedFinder({b"two": sight(seen_face(), seen_face(50.0))}))
    rig.arrive(b"two")
    sent: list[str] = []

    async def publish(subject: str, _payload: bytes, _headers: Mapping[str, str] | None = None, /) -> bool:
        sent.append(subject)
        if len(sent) == 2 and way == "fault":
            raise OSError
        return len(sent) < 2

    with suppress(OSError):
        await replace(rig.detect, publish=publish)(await rig.inbox.next())

    assert [taken.face.quality.face_px for taken in rig.finder.unsent] == [50.0]
    assert rig.meters.value("wardwatch_faces_shed_total", reason="not_sent", camera="h1.gate") == 1
    assert rig.meters.value("wardwatch_looks_published_total", look="first") == 1


async def test_faces_of_which_no_look_is_due_are_counted_and_not_published() -> None:
    ended = (EndedTrack(3_000_000, 9, 2), EndedTrack(1_000_000, 3, 1), EndedTrack(999_999, 2, 0))
    seen = replace(sight(), tally=Tally(found=4, followed=4, begun=2, ended=ended))
    rig = Rig(ScriptedFinder({b"known": seen}))
    rig.arrive(b"known")

    await rig.look()

    assert rig.bus.published == []
    assert rig.meters.value("wardwatch_faces_detected_total") == 4
    assert rig.meters.value("wardwatch_faces_followed_total") == 4
    assert rig.meters.value("wardwatch_tracks_begun_total") == 2
    assert rig.meters.value("wardwatch_tracks_ended_total", lived="a_second", looked="yes") == 2
    assert rig.meters.value("wardwatch_tracks_ended_total", lived="less", looked="no") == 1


async def test_tracks_of_silent_cameras_are_forgotten_again_and_again() -> None:
    rig, over = Rig(), asyncio.Event()

    task = asyncio.create_task(rig.detect.forget(over))
    await eventually(lambda: len(rig.finder.forgot) == 2)
    over.set()
    await task

    assert rig.finder.forgot == [to_microseconds(NOW)] * 2
    assert rig.meters.value("wardwatch_tracks_ended_total", lived="less", looked="no") == 2
    assert rig.meters.value("wardwatch_faces_followed_total") == 2


async def test_an_empty_scene_publishes_nothing() -> None:
    rig = Rig(ScriptedFinder({b"nobody": sight(too_small=3)}))
    rig.arrive(b"nobody")

    await rig.look()

    assert rig.bus.published == []
    assert rig.meters.value("wardwatch_faces_shed_total", reason="too_small", camera="h1.gate") == 3


async def test_a_refused_frame_is_answered_with_the_reason_and_counted() -> None:
    rig = Rig(ScriptedFinder({b"half": BROKEN}))
    rig.arrive(b"half", Nats_Msg_Id="f9")

    await rig.look()

    (message,) = rig.bus.published
    assert message.subject == "rejected.h1.gate"
    assert FrameRejected.decode(message.payload) == FrameRejected(
        GATE,
        RejectReason.TRUNCATED,
        f"Cut. {remedies.FOR_CAMERAS[RejectReason.TRUNCATED]}",
        subjects.FrameId(f"f9@{to_microseconds(NOW)}"),
        search_px=960,
        least_face_px=64,
    )
    assert rig.meters.value("wardwatch_frames_rejected_total", reason="truncated") == 1


async def test_a_camera_whose_faces_lie_is_told_once_and_its_frames_are_taken() -> None:
    seen = replace(sight(seen_face()), rotation=180, lying=270)
    rig = Rig(ScriptedFinder({b"lying": seen}))
    for _ in range(8):
        rig.arrive(b"lying", Nats_Msg_Id="f1")
        await rig.look()
        rig.now += timedelta(seconds=1)

    messages = [message for message in rig.bus.published if message.subject == "rejected.h1.gate"]
    assert len(messages) == 1
    hint = FrameRejected.decode(messages[0].payload)
    assert hint.reason is Hint.FACES_LIE
    # What the frame was turned by already, and what is missing.
    assert "wardwatch camera rotation --site h1 --camera gate 90," in hint.detail
    assert "header Rotation: 90." in hint.detail
    assert rig.meters.value("wardwatch_camera_hints_total", reason="faces_lie") == 1
    assert len([message for message in rig.bus.published if message.subject.startswith("faces.")]) == 8


async def test_a_camera_of_large_frames_is_told_hourly_that_faces_come_late() -> None:
    large = replace(sight(), width_px=2160, height_px=3840)
    usual = replace(sight(), width_px=1920, height_px=1080)
    rig = Rig(ScriptedFinder({b"large": large, b"usual": usual}))
    for _ in range(5):
        for camera, jpeg in (("gate", b"large"), ("door", b"usual")):
            rig.arrive(jpeg, f"frames.0.h1.{camera}")
            await rig.look()
        rig.now += timedelta(minutes=20)

    hints = [FrameRejected.decode(message.payload) for message in rig.bus.published]
    assert [(hint.place.camera, hint.reason) for hint in hints] == [("gate", Hint.LARGE_FRAMES)] * 2
    assert "Frames of 2160 x 3840 have" in hints[0].detail
    assert rig.meters.value("wardwatch_camera_hints_total", reason="large_frames") == 2


async def test_frames_are_searched_turned_only_now_and_then() -> None:
    rig = Rig(ScriptedFinder({b"nobody": sight()}))
    for _ in range(16):
        rig.arrive(b"nobody")
        await rig.look()
        rig.now += timedelta(milliseconds=200)

    assert rig.finder.turned.count(True) == 3
    assert not [message for message in rig.bus.published if message.subject == "rejected.h1.gate"]


async def test_a_rotation_that_is_none_is_counted() -> None:
    rig = Rig()

    rig.arrive(b"x", Rotation="sideways")

    assert rig.meters.value("wardwatch_frames_rotation_ignored_total") == 1


@pytest.mark.parametrize("reason", RejectReason)
async def test_every_refusal_says_what_to_change(reason: RejectReason) -> None:
    finder = ScriptedFinder({b"x": Refused(reason, "So it is.")}, {b"x": Refused(reason, "So it is.")})
    rig = Rig(finder)
    rig.arrive(b"x")

    await rig.look()
    with pytest.raises(Refusal) as refusal:
        await DetectPhoto(finder)(PhotoDetectRequest(b"x").encode())

    rejection = FrameRejected.decode(rig.bus.published[0].payload)
    assert rejection.detail.startswith("So it is. ")
    assert (rejection.search_px, rejection.least_face_px) == (960, 64)
    assert str(refusal.value).startswith(f"{reason.value}: So it is. ")
    assert not str(refusal.value).endswith(rejection.detail)


async def test_only_the_freshest_frame_of_a_camera_is_looked_at() -> None:
    rig = Rig(ScriptedFinder({b"new": sight()}))
    rig.arrive(b"old")
    rig.arrive(b"new")

    await rig.look()

    assert rig.finder.looked == [b"new"]
    assert rig.meters.value("wardwatch_frames_shed_total", reason="replaced", camera="h1.gate") == 1
    assert rig.meters.value("wardwatch_frames_received_total", camera="h1.gate") == 2


async def test_a_stale_frame_is_not_looked_at() -> None:
    rig = Rig(ScriptedFinder({b"new": sight()}))
    rig.arrive(b"old", "frames.0.h1.door")
    rig.now = NOW + timedelta(seconds=2)
    rig.arrive(b"new")

    await rig.look()

    assert rig.finder.looked == [b"new"]
    assert rig.meters.value("wardwatch_frames_shed_total", reason="stale", camera="h1.door") == 1


async def test_a_subject_that_names_no_camera_is_counted_and_dropped() -> None:
    rig = Rig()

    rig.arrive(b"x", "frames.0.h1.gäte")

    assert rig.meters.value("wardwatch_messages_unreadable_total", subject="frames") == 1


async def test_a_clock_that_is_not_believed_is_counted() -> None:
    rig = Rig()

    rig.arrive(b"x", Captured_At="soon")

    assert rig.meters.value("wardwatch_frames_clock_ignored_total") == 1


async def test_cameras_beyond_the_bound_share_a_label_and_are_turned_away() -> None:
    rig = Rig()
    for camera in ("a", "b", "c"):
        rig.arrive(b"x", f"frames.0.h1.{camera}")

    assert rig.meters.value("wardwatch_frames_shed_total", reason="too_many_cameras", camera="others") == 1
    assert rig.meters.value("wardwatch_frames_received_total", camera="others") == 1


async def test_a_fault_costs_the_frame_and_not_the_service() -> None:
    rig = Rig(ScriptedFinder({b"good": sight()}))
    worker = asyncio.create_task(detect_forever(rig.inbox, rig.detect, rig.meters, asyncio.Event(), lambda: True))
    rig.arrive(b"unforeseen")
    await eventually(lambda: rig.meters.value("wardwatch_frames_shed_total", reason="fault", camera="h1.gate") == 1)
    rig.arrive(b"good")
    await eventually(lambda: rig.meters.value("wardwatch_frames_processed_total", camera="h1.gate") == 1)

    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)

    assert rig.finder.looked == [b"unforeseen", b"good"]


async def test_the_worker_ends_though_the_library_swallows_a_cancellation() -> None:
    rig, over, begun = Rig(ScriptedFinder({b"one": sight(seen_face())})), asyncio.Event(), asyncio.Event()

    async def swallow(_subject: str, _payload: bytes, _headers: Mapping[str, str] | None = None) -> bool:
        # As nats-py's flush does.
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return True

    detect = DetectFaces(rig.finder, swallow, rig.meters, lambda: rig.now, LyingFaces(8), Reminders(8), rig.inbox.label)
    worker = asyncio.create_task(detect_forever(rig.inbox, detect, rig.meters, over, lambda: True))
    rig.arrive(b"one")
    await begun.wait()
    over.set()
    worker.cancel()

    done, _ = await asyncio.wait({worker}, timeout=5)
    assert done


async def test_a_broker_that_is_away_costs_the_face_and_nothing_else() -> None:
    rig = Rig(ScriptedFinder({b"one": sight(seen_face())}))
    rig.bus.connected = False
    rig.arrive(b"one")

    await rig.look()

    assert rig.bus.published == []
    assert rig.meters.value("wardwatch_looks_published_total", look="first") == 0


async def test_an_enrolment_photo_is_answered_with_its_faces() -> None:
    detect = DetectPhoto(ScriptedFinder(photos={b"photo": sight(seen_face())}))

    reply = PhotoDetectReply.decode(await detect(PhotoDetectRequest(b"photo").encode()))

    assert (reply.width_px, reply.height_px, len(reply.faces)) == (640, 480, 1)
    assert reply.faces[0].picture == b"portrait"


async def test_a_broken_enrolment_photo_is_refused_with_the_reason() -> None:
    detect = DetectPhoto(ScriptedFinder(photos={b"half": BROKEN}))

    with pytest.raises(Refusal, match=r"truncated: Cut\."):
        await detect(PhotoDetectRequest(b"half").encode())


async def test_bytes_that_are_no_request_are_refused() -> None:
    with pytest.raises(Refusal):
        await DetectPhoto(ScriptedFinder())(b"\xff\xff\xff")


async def test_a_frame_is_given_up_when_another_replica_has_its_camera() -> None:
    rig = Rig(ScriptedFinder({b"one": sight(seen_face())}))
    over = asyncio.Event()
    rig.arrive(b"one")

    worker = asyncio.create_task(detect_forever(rig.inbox, rig.detect, rig.meters, over, lambda: False))
    await rig.inbox.worked_off()
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)

    assert rig.finder.looked == []
    assert rig.meters.value("wardwatch_frames_shed_total", reason="of_another_replica", camera="h1.gate") == 1


async def test_a_flood_is_muted_and_told_and_others_are_looked_at() -> None:
    rig = Rig(ScriptedFinder({b"other": sight(seen_face()), b"x": BROKEN}))
    for _ in range(60):
        rig.arrive(b"x")
    rig.arrive(b"other", "frames.5.h1.door")
    muted: list[tuple[str, float]] = []

    over = asyncio.Event()
    telling = asyncio.create_task(
        rig.floods.run(lambda subject, seconds: muted.append((subject, seconds)), rig.bus.publish, over)
    )
    await eventually(lambda: bool(rig.bus.published))
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)

    assert muted == [(subjects.shared_frames(GATE), 5.0)]
    told = FrameRejected.decode(rig.bus.published[0].payload)
    assert (told.place, told.reason) == (GATE, Hint.TOO_FAST)
    assert rig.meters.value("wardwatch_frames_over_pace_total", camera="h1.gate") == 40
    assert rig.meters.value("wardwatch_camera_muted_total", camera="h1.gate") == 1
    assert [(await rig.inbox.next()).jpeg for _ in range(2)] == [b"x", b"other"]


def muted_oftener(muted: list[float], times: int) -> bool:
    return len(muted) > times


async def test_a_flood_that_goes_on_is_muted_for_longer() -> None:
    rig = Rig()
    muted: list[float] = []
    over = asyncio.Event()
    task = asyncio.create_task(rig.floods.run(lambda _, seconds: muted.append(seconds), rig.bus.publish, over))
    for times, pause in enumerate([6, 11, 21, 41, 61, 200]):
        for _ in range(60):
            rig.arrive(b"x")
        await eventually(partial(muted_oftener, muted, times))
        rig.now += timedelta(seconds=pause)
    for _ in range(60):
        rig.arrive(b"x")
    await eventually(lambda: len(muted) > 6)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert muted == [5, 10, 20, 40, 60, 60, 5]
