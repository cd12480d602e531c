"""What the frozen bytes of ``v1/`` mean: one value for every message of version 1.

The files were written once from these values and are never written again. A change of the code that cannot read them
any more breaks everyone who has such bytes on disk or on the wire, and belongs in v2.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from proto.wardwatch.v1 import drills, messages, replicas, replication, requests, shields, walk_counts
from proto.wardwatch.v1.camera_states import CameraExpected, CameraSight, CameraState, CameraTrouble, TroubleKind
from proto.wardwatch.v1.messages import Hint, RejectReason
from proto.wardwatch.v1.subjects import EntryId, FrameId, Place, camera_id, site_id
from proto.wardwatch.v1.values import Drill, EntryState, Journey, Look, Model, Origin, Quality, Walk

MODEL: Final = Model("sface-2021dec", "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79")
PLACE: Final = Place(site_id("h1"), camera_id("gate-2"))
ORIGIN: Final = Origin(
    PLACE,
    FrameId("1795500000123456-0011aabbccdd"),
    3,
    Journey(1_795_500_000_123_456, 1_795_500_000_130_000, 1_795_500_000_140_000, 1_795_500_000_150_000, 0),
)
FOLLOWED: Final = replace(ORIGIN, look=Look(str(UUID(int=9)), 3, 1_795_500_000_000_000))
DRILL: Final = Drill("00112233445566778899aabbccddeeff", 1_795_500_000_000_000)
DRILLED: Final = replace(FOLLOWED, drill=DRILL)
# Powers of two and their sums: exact in float32, so that equality can be asked for.
QUALITY: Final = Quality(0.875, 96.5, 40.25, 312.5, -12.75, 3.5, 127.5)
ENTRY: Final = EntryId("0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b")
PICTURE: Final = b"\xff\xd8\xff\xe0 not a whole picture \xff\xd9"
LOAD: Final = replicas.StageLoad(
    90_000, 89_000, {"replaced": 900, "stale": 100}, 812_000_000, (*range(13), 4_000), 640, 16
)
UNTIL: Final = datetime(2028, 11, 23, 12, 30, 15, 250_000, tzinfo=UTC)
CHANGED: Final = datetime(2026, 11, 23, 8, 0, 0, 1, tzinfo=UTC)


def aligned(start: int) -> NDArray[np.uint8]:
    """A face that is no face: 112x112x3 numbers that count from *start*."""
    return ((np.arange(112 * 112 * 3) + start) % 251).astype(np.uint8).reshape(112, 112, 3)


def vector(place: int) -> NDArray[np.float32]:
    """A unit vector of four numbers, two of them zero."""
    vector = np.zeros(4, np.float32)
    vector[place], vector[(place + 1) % 4] = 0.6, 0.8
    return vector


SAMPLES: Final = {
    "FaceDetected": messages.FaceDetected(ORIGIN, QUALITY, aligned(0), PICTURE),
    "FaceEmbedded": messages.FaceEmbedded(ORIGIN, QUALITY, MODEL, vector(0), PICTURE),
    "PersonSighted": messages.PersonSighted("sighting-1", ORIGIN, QUALITY, MODEL, ENTRY, 7, 0.625, PICTURE),
    "FaceDetected-2": messages.FaceDetected(FOLLOWED, QUALITY, aligned(0), PICTURE),
    "FaceEmbedded-2": messages.FaceEmbedded(FOLLOWED, QUALITY, MODEL, vector(0), PICTURE),
    "PersonSighted-2": messages.PersonSighted(
        "sighting-2", FOLLOWED, QUALITY, MODEL, ENTRY, 7, 0.625, PICTURE, "photo-1", Walk(3, 2, 1_250_000)
    ),
    "PersonSighted-3": messages.PersonSighted(
        "sighting-3", FOLLOWED, QUALITY, MODEL, ENTRY, 7, 0.625, PICTURE, "photo-1", Walk(3, 2, 1_250_000), 0.6875
    ),
    "FrameRejected": messages.FrameRejected(
        PLACE, RejectReason.TRUNCATED, "the picture ends before its end marker", FrameId("f-1")
    ),
    "FrameRejected-2": messages.FrameRejected(
        PLACE,
        Hint.FACES_LIE,
        "with rotation 90 they would stand upright",
        FrameId("f-2"),
        search_px=960,
    ),
    "FrameRejected-3": messages.FrameRejected(
        PLACE, RejectReason.EMPTY, "it has no bytes", FrameId("f-3"), search_px=960, least_face_px=48
    ),
    "CameraState": CameraState(
        PLACE, (CameraTrouble(TroubleKind.TOO_FAST, 39_900), CameraTrouble(TroubleKind.TRUNCATED, 4))
    ),
    "CameraState-2": CameraState(
        PLACE,
        (),
        CameraSight(120, 14_000, 70, 69, 1920, 1080, -2500, True, (CameraTrouble(TroubleKind.CORRUPT, 1),)),
    ),
    "CameraExpected": CameraExpected(PLACE, False, "chen.jing"),
    "StageReport": replicas.StageReport(
        (
            replicas.StageReplica("detector", "0011aabbccddeeff", 240, 64),
            replicas.StageReplica("matcher", "0011aabbccddee00", 90, 0, leaving=True),
        )
    ),
    "ReplicaBeat": replicas.ReplicaBeat("0011aabbccddeeff", 77, leaving=True, held={0: "g-1", 63: "g-2"}),
    "ReplicaBeat-2": replicas.ReplicaBeat(
        "0011aabbccddeeff",
        77,
        leaving=False,
        held={},
        pages={PLACE.site: replicas.Pages(3, 2)},
        answers=(replicas.DrillAnswer("ab" * 16, "0f" * 32),),
    ),
    "ReplicaBeat-3": replicas.ReplicaBeat("0011aabbccddeeff", 78, leaving=False, held={0: "g-1"}, load=LOAD),
    "StageReport-2": replicas.StageReport((replicas.StageReplica("detector", "0011aabbccddeeff", 240, 64, load=LOAD),)),
    "FaceDetected-3": messages.FaceDetected(DRILLED, QUALITY, aligned(0), PICTURE),
    "FaceEmbedded-3": messages.FaceEmbedded(DRILLED, QUALITY, MODEL, vector(0), PICTURE),
    "DrillStep": drills.DrillStep(PLACE, drills.Stage.HEARD, 1_795_500_000_000_001),
    "DrillStep-2": drills.DrillStep(PLACE, drills.Stage.SENT, 1_795_500_000_000_001, DRILL, period_us=120_000_000),
    "DrillStep-3": drills.DrillStep(
        PLACE,
        drills.Stage.MATCHED,
        1_795_500_000_000_001,
        DRILL,
        drills.Fault.UNLIKE,
        journey=replace(ORIGIN.journey, matched_us=1_795_500_000_160_000),
        stopped=True,
        list_read=True,
    ),
    "DrillTemplate": drills.DrillTemplate(MODEL, vector(1)),
    "SightingsJudged": shields.SightingsJudged(
        UUID(int=5), ENTRY, ("sighting-1", "sighting-2"), True, 1_795_500_000_000_002
    ),
    "SightingsJudged-2": shields.SightingsJudged(UUID(int=5), ENTRY, (), False, 1_795_500_000_000_003),
    "WalkShielded": shields.WalkShielded(
        UUID(int=5), ENTRY, 7, MODEL, vector(1), 0.578125, 1_795_500_000_000_002, 43_200_000_000
    ),
    "EntryPublished": messages.EntryPublished(
        ENTRY,
        7,
        EntryState.ACTIVE,
        UNTIL,
        frozenset({site_id("h1"), site_id("h2")}),
        (messages.Template("photo-1", MODEL, vector(0)), messages.Template("photo-2", MODEL, vector(2))),
    ),
    "MatchingControl": messages.MatchingControl("control-1", site_id("h1"), True, "li.wei", "false alarms", CHANGED),
    "PhotoDetectRequest": requests.PhotoDetectRequest(PICTURE),
    "PhotoDetectReply": requests.PhotoDetectReply((requests.PhotoFace(QUALITY, aligned(5), PICTURE),), 1920, 1080),
    "PhotoEmbedRequest": requests.PhotoEmbedRequest((aligned(1), aligned(2))),
    "PhotoEmbedReply": requests.PhotoEmbedReply(MODEL, (vector(1), vector(3))),
    "AlikeRequest": requests.AlikeRequest(MODEL.sha256, (vector(1), vector(2)), 0.46875),
    "AlikeResponse-2": requests.AlikeResponse(({ENTRY: 0.75}, {}), requests.Crowd((0.125, 0.0625), 0.09375, 2_100)),
    "AlikeResponse": requests.AlikeResponse(({ENTRY: 0.75, EntryId("person-7"): 0.5}, {})),
    "DeskCall": requests.DeskCall(
        "token-abc", b'{"reason": "found"}', PICTURE, "key-1", {"entry": ENTRY, "position": "2"}
    ),
    "DeskAnswer": requests.DeskAnswer(b'{"verdict": "ready"}', PICTURE),
    "KeyPublished": replication.KeyPublished(ENTRY, "k2", bytes(range(60))),
    "MatcherPresence": replication.MatcherPresence(
        "matcher-1", UUID(int=7), CHANGED, UNTIL, 4711, 2100, 3000, 17, -250_000, True
    ),
    "MatcherPresence-2": replication.MatcherPresence(
        "matcher-1", UUID(int=7), CHANGED, UNTIL, 4711, 2100, 3000, 17, -250_000, locked=3
    ),
    "MatcherPresence-3": replication.MatcherPresence(
        "matcher-1",
        UUID(int=7),
        CHANGED,
        UNTIL,
        4711,
        2100,
        3000,
        17,
        -250_000,
        threshold_number=3,
        stopped_sites=(site_id("h1"),),
    ),
    "RollCall": replication.RollCall(
        (replication.OwedReceipts("matcher-1", UUID(int=7), (ENTRY, EntryId("person-7"))),)
    ),
    "ThresholdPublished": replication.ThresholdPublished(3, 0.5625, "chen.jing", CHANGED),
    "ThresholdPublished-2": replication.ThresholdPublished(
        4,
        0.5,
        "chen.jing",
        CHANGED,
        2,
        (replication.CameraThreshold("", "", 0.625), replication.CameraThreshold("h1", "gate", 0.6875)),
    ),
    "WalksCounted": walk_counts.WalksCounted(
        UUID(int=7), 3, PLACE, 2_100, tuple(60 - abs(60 - each) if each < 120 else 0 for each in range(200))
    ),
    "ThresholdPublished-3": replication.ThresholdPublished(
        4, 0.5625, "chen.jing", CHANGED, 3, (), (replication.MeasuredModel("0b" * 32, CHANGED),)
    ),
    "AuditHead": replication.AuditHead(4711, bytes(range(32)), CHANGED),
    "ErasureReceipt": replication.ErasureReceipt(ENTRY, "matcher-1", UUID(int=7), 18, CHANGED),
}
