"""What became of the tries to store: pure."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

# Older than this, what was stored proves nothing: a probe is due every three seconds and may take five.
_PROOF_SECONDS: Final = 10.0


@dataclass(slots=True)
class StoreRecord:
    """What became of the tries to store, by the first token of their subjects; *now* counts seconds and is steady."""

    who: str  # as it is called in a reason
    now: Callable[[], float] = time.monotonic
    # Whoever fails to store tries again within seconds. What nobody has tried again for so long is given up.
    fault_seconds: float = 10.0
    _proved_at: float | None = None
    _faults: dict[str, tuple[float, str]] = field(default_factory=dict)

    def stored(self, subject: str) -> None:
        """A stream acknowledged a message of *subject*."""
        self._proved_at = self.now()
        self._faults.pop(_kind(subject), None)

    def failed(self, subject: str, reason: str) -> None:
        """No stream acknowledged it."""
        self._faults[_kind(subject)] = (self.now(), reason)

    def begin_anew(self) -> None:
        """Forget what failed: *who* was started again, or is reached again, and may store it now."""
        self._faults.clear()

    def age_seconds(self) -> float:
        """How long ago something was stored; infinite when nothing ever was."""
        return float("inf") if self._proved_at is None else self.now() - self._proved_at

    def fault(self) -> str | None:
        """Why *who* cannot be relied on to store, or None while it has proved that it does."""
        failing = {kind: why for kind, (at, why) in self._faults.items() if self.now() - at < self.fault_seconds}
        if failing:
            return "; ".join(f"{self.who} does not store {kind}: {why}" for kind, why in sorted(failing.items()))
        if self._proved_at is None:
            return f"{self.who} has stored nothing yet"
        age = self.age_seconds()
        return None if age < _PROOF_SECONDS else f"{self.who} has stored nothing for {age:.0f} s"


def _kind(subject: str) -> str:
    return subject.partition(".")[0]
