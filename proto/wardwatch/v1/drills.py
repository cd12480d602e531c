"""How far a drill came along the line of a camera, and what its face is like (docs/adr/0086).

Encoding and errors are as in ``messages.py``.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Self

from proto.wardwatch.v1 import events_pb2 as pb
from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from proto.wardwatch.v1.values import (
    Drill,
    Journey,
    Model,
    Vector,
    drill_from,
    drill_to,
    journey_from,
    journey_to,
    model_from,
    model_to,
    parse,
    vector_from,
    vector_to,
)


class Stage(Enum):
    """What has had the drill in hand; HEARD and LEFT are of a camera, and of no drill."""

    HEARD = pb.DRILL_STAGE_HEARD  # a detector hears frames of the camera
    SENT = pb.DRILL_STAGE_SENT
    DETECTED = pb.DRILL_STAGE_DETECTED
    EMBEDDED = pb.DRILL_STAGE_EMBEDDED
    MATCHED = pb.DRILL_STAGE_MATCHED
    LEFT = pb.DRILL_STAGE_LEFT  # the camera is silent for so long that it is drilled no more

    @property
    def code(self) -> str:
        """The word for it in metrics and at the edge."""
        return self.name.lower()


OF_A_DRILL = frozenset({Stage.SENT, Stage.DETECTED, Stage.EMBEDDED, Stage.MATCHED})


class Fault(Enum):
    """Why a drill went no further than its stage."""

    NONE = pb.DRILL_FAULT_UNSPECIFIED
    NO_FACE = pb.DRILL_FAULT_NO_FACE  # the detector found none
    NO_VECTOR = pb.DRILL_FAULT_NO_VECTOR  # the embedder made none of it
    UNFIT = pb.DRILL_FAULT_UNFIT  # the matcher's gate refuses it, or it is another model's
    NO_TEMPLATE = pb.DRILL_FAULT_NO_TEMPLATE  # the matcher has not been told what the drill's face is like
    UNLIKE = pb.DRILL_FAULT_UNLIKE  # the index did not give the drill's template

    @property
    def code(self) -> str:
        """The word for it in metrics and at the edge."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class DrillStep:
    """A step of one camera's drill. Times are microseconds since 1970 UTC, by the clock of who says it.

    ``period_us`` is of SENT: within this time the line is proven again, or it is broken. ``journey``, ``stopped`` and
    ``list_read`` are of MATCHED.
    """

    place: Place
    stage: Stage
    at_us: int
    drill: Drill | None = None
    fault: Fault = Fault.NONE
    period_us: int = 0
    journey: Journey | None = None
    stopped: bool = False
    list_read: bool = False

    @property
    def proves(self) -> bool:
        """Whether the drill came through: its template was found in a list that is read to its end."""
        return self.stage is Stage.MATCHED and self.fault is Fault.NONE and self.list_read

    def encode(self) -> bytes:
        return pb.DrillStep(
            site=self.place.site,
            camera=self.place.camera,
            drill=None if self.drill is None else drill_to(self.drill),
            stage=self.stage.value,
            at_us=self.at_us,
            period_us=self.period_us,
            fault=self.fault.value,
            journey=None if self.journey is None else journey_to(self.journey),
            stopped=self.stopped,
            list_read=self.list_read,
        ).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.DrillStep(), payload)
        step = cls(
            Place(site_id(m.site), camera_id(m.camera)),
            Stage(m.stage),
            m.at_us,
            drill_from(m.drill) if m.HasField("drill") else None,
            Fault(m.fault),
            m.period_us,
            journey_from(m.journey) if m.HasField("journey") else None,
            m.stopped,
            m.list_read,
        )
        if (step.drill is not None) != (step.stage in OF_A_DRILL):
            raise ValueError(f"a step {step.stage.code} that is of {'a' if step.drill else 'no'} drill")
        if (step.period_us > 0) != (step.stage is Stage.SENT):
            raise ValueError(f"a step {step.stage.code} with a period of {step.period_us} us")
        return step


@dataclass(frozen=True, slots=True, eq=False)
class DrillTemplate:
    """What the drill's face is like to *model*."""

    model: Model
    vector: Vector

    def encode(self) -> bytes:
        return pb.DrillTemplate(model=model_to(self.model), vector=vector_to(self.vector)).SerializeToString()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        m = parse(pb.DrillTemplate(), payload)
        return cls(model_from(m.model), vector_from(m.vector))
