"""What control pairs say of a reviewer. Pure (docs/adr/0092)."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from services.alerts.incidents.review import Verdict

# After so many of the verdicts at which one may be shown one is, so that nobody knows after which.
CHANCE: Final = 0.25
_Z: Final = 1.959964  # of 95 %


@dataclass(frozen=True, slots=True)
class Answer:
    """A pair before a reviewer: what is true, and what was said; None: nothing yet."""

    is_same: bool
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Share:
    """``count`` of ``of``, and the 95 % interval of the share that it estimates (Wilson 1927)."""

    count: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end, each between 0 and 1; both ends where nothing was counted."""
        if not self.of:
            return 0.0, 1.0
        share, z2 = self.count / self.of, _Z * _Z
        middle = share + z2 / (2 * self.of)
        half = _Z * math.sqrt(share * (1 - share) / self.of + z2 / (4 * self.of * self.of))
        low, high = ((middle + sign * half) / (1 + z2 / self.of) for sign in (-1, 1))
        # Rounding must not exclude what was counted.
        return max(0.0, min(low, share)), min(1.0, max(high, share))


@dataclass(frozen=True, slots=True)
class Errors:
    """How often one reviewer erred: ``wrong_same`` of pairs of two people, ``wrong_not_same`` of pairs of one."""

    shown: int
    wrong_same: Share
    wrong_not_same: Share
    cannot_tell: Share


def errors(answers: Iterable[Answer]) -> Errors:
    """What one reviewer's *answers* say. What was not answered counts as shown, and for nothing else."""
    known = list(answers)
    given = [answer for answer in known if answer.verdict is not None]
    different = [answer.verdict for answer in given if not answer.is_same]
    alike = [answer.verdict for answer in given if answer.is_same]
    return Errors(
        len(known),
        Share(different.count(Verdict.SAME), len(different)),
        Share(alike.count(Verdict.NOT_SAME), len(alike)),
        Share(sum(answer.verdict is Verdict.CANNOT_TELL for answer in given), len(given)),
    )


def is_right(is_same: bool, verdict: Verdict) -> bool | None:
    """Whether *verdict* is what is true; None for who cannot tell."""
    if verdict is Verdict.CANNOT_TELL:
        return None
    return is_same == (verdict is Verdict.SAME)
