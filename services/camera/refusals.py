"""The detector's refusals and hints for this camera's frames, and whether a detector listens."""

import asyncio
from collections import Counter

import structlog

from proto.wardwatch.v1.messages import FrameRejected, Hint, RejectReason
from services.chassis.bus import Delivery

log = structlog.get_logger(__name__)


class Refusals:
    """Counts refusals by reason and says each reason once, so that a broken camera does not fill the log."""

    def __init__(self) -> None:
        self.counts: Counter[RejectReason] = Counter()
        self.hints: set[Hint] = set()
        self.least_face_px = 0  # from which width on a detector says that it finds faces; 0 until one has said it
        self.probe_answered = asyncio.Event()
        self._probe: str | None = None

    def expect(self, probe: str) -> None:
        """Take the refusal of frame *probe* as a sign of life instead of counting it."""
        self._probe = probe

    def note(self, delivery: Delivery) -> None:
        """Take one message of ``rejected.<site>.<camera>``."""
        try:
            refused = FrameRejected.decode(delivery.payload)
        except ValueError:
            return
        self.least_face_px = refused.least_face_px or self.least_face_px
        if isinstance(refused.reason, Hint):
            self._hint(refused.reason, refused.detail)
            return
        # The detector adds the frame's time to the name it was sent.
        if refused.frame_id.partition("@")[0] == self._probe:
            self.probe_answered.set()
            return
        self.counts[refused.reason] += 1
        if self.counts[refused.reason] == 1:
            log.warning(
                "frame was refused", reason=refused.reason.value, detail=refused.detail, frame_id=refused.frame_id
            )

    def _hint(self, hint: Hint, detail: str) -> None:
        if hint not in self.hints:
            self.hints.add(hint)
            log.warning("frames are taken, but", reason=hint.value, detail=detail)
