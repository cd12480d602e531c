"""Who else is there: real cameras are noticed before a load begins, and it ends when they lose by it. Pure."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from cli.bench.names import is_own
from cli.bench.readings import Change
from proto.wardwatch.v1.subjects import SiteId
from services.chassis.errors import StartupError

_RECEIVED: Final = "wardwatch_frames_received_total"
_PROCESSED: Final = "wardwatch_frames_processed_total"
# A tenth more of their frames than before, for three seconds.
_MORE_LOST: Final = 0.1
_IN_A_ROW: Final = 3


@dataclass(slots=True)
class Ward:
    """Watches the cameras that are not the load's own at *site*. ``usual`` is the share they lost before it began."""

    site: SiteId
    usual: float = 0.0
    _bad: int = field(default=0)

    def others(self, change: Change) -> dict[str, int]:
        """Frames that arrived of each other camera (``site.camera``) that sent any."""
        sent = change.by_label("detector", _RECEIVED, "camera")
        return {camera: n for camera, n in sent.items() if not is_own(camera, self.site)}

    def lost_share(self, change: Change) -> float:
        """Which share of the others' frames was not looked at; 0 when they sent none."""
        sent = self.others(change)
        looked_at = change.by_label("detector", _PROCESSED, "camera")
        received = sum(sent.values())
        return 1 - min(1.0, sum(looked_at.get(camera, 0) for camera in sent) / received) if received else 0.0

    def harmed(self, change: Change) -> bool:
        """Whether the others have lost more than usual for long enough; to be asked once a second."""
        worse = self.lost_share(change) > self.usual + _MORE_LOST
        self._bad = self._bad + 1 if worse else 0
        return self._bad >= _IN_A_ROW


def refuse(found: Collection[str], *, allowed: bool) -> None:
    """Raises StartupError when real cameras are at work and nobody said that a load may run beside them."""
    if found and not allowed:
        some = ", ".join(sorted(found)[:3]) + (" …" if len(found) > 3 else "")
        raise StartupError(
            f"{len(found)} of your cameras are at work ({some}), and a load takes processor time from them; with"
            " --beside-real-cameras it runs all the same, and ends by itself when they lose frames by it"
        )
