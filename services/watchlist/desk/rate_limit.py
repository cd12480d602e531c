"""How many requests one account may make. Pure: time is an argument."""

from collections import deque


class RateLimit:
    """At most ``most`` requests of one account within ``seconds``, counted by this replica alone."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._taken: dict[str, deque[float]] = {}

    def admits(self, account: str, monotonic: float) -> bool:
        """Count a request of *account*. Returns False, and counts nothing, when the limit is reached."""
        taken = self._taken.setdefault(account, deque())
        while taken and monotonic - taken[0] >= self._seconds:
            taken.popleft()
        if len(taken) >= self._most:
            return False
        taken.append(monotonic)
        return True
