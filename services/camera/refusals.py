"""What the detector said of this camera's frames, and whether a detector listens at all."""

import asyncio
from collections import Counter

import structlog

from proto.wardwatch.v1.messages import FrameRejected, RejectReason
from services.chassis.bus import Delivery

log = structlog.get_logger(__name__)


class Refusals:
    """Counts refusals by reason and says each reason once, so that a broken camera does not fill the log."""

    def __init__(self) -> None:
        self.counts: Counter[RejectReason] = Counter()
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
        # The detector adds the frame's time to the name it was sent.
        if refused.frame_id.partition("@")[0] == self._probe:
            self.probe_answered.set()
            return
        self.counts[refused.reason] += 1
        if self.counts[refused.reason] == 1:
            log.warning(
                "frame was refused", reason=refused.reason.value, detail=refused.detail, frame_id=refused.frame_id
            )
