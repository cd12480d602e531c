"""How fast files are sent and how long the rest will take, shown only while files are sent. Pure."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

# Older pauses say nothing about the time that is left.
_RECENT_SECONDS: Final = 20.0
# A photo is judged in a fraction of a second, also on a busy machine.
_QUIET_SECONDS: Final = 3.0
WAITING: Final = "waiting for the server"


@dataclass(slots=True)
class ProgressRate:
    """The rate of the last seconds. Times are seconds of a monotonic clock."""

    _looks: deque[tuple[float, int]] = field(default_factory=deque)
    _moved: float = 0.0

    def look(self, now: float, done: int, total: int) -> tuple[str, str]:
        """Record *done* of *total* files. Returns rate and time left in words, or WAITING."""
        if not self._looks or done != self._looks[-1][1]:
            self._moved = now
        self._looks.append((now, done))
        while now - self._looks[0][0] > _RECENT_SECONDS:
            self._looks.popleft()
        if done < total and now - self._moved > _QUIET_SECONDS:
            return WAITING, ""
        began, before = self._looks[0]
        if done == before:
            return "", ""
        rate = (done - before) / (now - began)
        return f"{rate:.1f} photos/s", _clock((total - done) / rate)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
