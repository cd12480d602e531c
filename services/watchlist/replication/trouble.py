"""Trouble that is met again and again, said once when it begins and once when it is over."""

import structlog

log = structlog.get_logger(__name__)


class Trouble:
    """``began`` and ``over`` are the log's sentences."""

    def __init__(self, *, began: str, over: str) -> None:
        self._began = began
        self._over = over
        self._present = False

    def say(self, reason: str) -> None:
        """Take note of how the last try went: *reason* is empty when it went well."""
        if reason and not self._present:
            log.warning(self._began, reason=reason)
        if self._present and not reason:
            log.info(self._over)
        self._present = bool(reason)
