"""A failure that repeats is logged once when it begins and once when it is over."""

import structlog

log = structlog.get_logger(__name__)


class RepeatedFailure:
    """Turns the outcomes of tries into log lines; ``began`` and ``over`` are their sentences."""

    def __init__(self, *, began: str, over: str) -> None:
        self._began = began
        self._over = over
        self._present = False

    def note(self, reason: str) -> None:
        """Note the outcome of a try: *reason* says why it failed, and is empty when it succeeded."""
        if reason and not self._present:
            log.warning(self._began, reason=reason)
        if self._present and not reason:
            log.info(self._over)
        self._present = bool(reason)
