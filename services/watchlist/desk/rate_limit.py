"""How many requests one account may make. Pure: time is an argument."""

from collections import deque


class Pace:
    """At most ``most`` requests of one asker within ``seconds``, counted by this replica alone."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._taken: dict[str, deque[float]] = {}

    def admits(self, asker: str, monotonic: float) -> bool:
        """Count a request of *asker*; False when it comes too soon, and then it does not count."""
        taken = self._taken.setdefault(asker, deque())
        while taken and monotonic - taken[0] >= self._seconds:
            taken.popleft()
        if len(taken) >= self._most:
            return False
        taken.append(monotonic)
        return True
