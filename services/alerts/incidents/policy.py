"""How much evidence raises an incident, and what a verdict covers. Its defaults are the product's."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Self

# Kept in four bytes, a cosine may be a little less than it was.
ROUNDING: Final = 1e-6


@dataclass(frozen=True, slots=True)
class EvidencePolicy:
    """Similarities are cosines of a walk's mean vector and an entry's template."""

    strong: float = 0.62  # one walk of it is enough
    corroborating: float = 0.55  # two walks of it are
    evidence: timedelta = timedelta(seconds=300)  # within this time
    window: timedelta = timedelta(
        seconds=300
    )  # an open incident takes other walks until so long after its last sighting
    # It takes none beyond so long in all, however often somebody is seen: after half an hour nobody remembers whom the
    # first alert was about, and a second person must not stand behind it any longer.
    longest: timedelta = timedelta(minutes=30)
    announce: timedelta = timedelta(seconds=5)  # at most one update per incident in this time, new cameras excepted
    presence: timedelta = timedelta(seconds=30)  # who is not seen for longer has gone; who is seen then has come back
    likeness: float = 0.03  # a walk this much above what was judged may be another person's
    # A second walk of one person is often clearer than the first. While nobody has judged, only what is nearer by more
    # than this raises an incident of its own (docs/figures.md#walks).
    open_likeness: float = 0.10

    def __post_init__(self) -> None:
        if not timedelta(0) < self.evidence or not timedelta(0) < self.window <= self.longest:
            raise ValueError("evidence and incident window must last, the window no longer than an incident may")
        if not 0 < self.corroborating <= self.strong:
            raise ValueError("a walk that corroborates needs no more similarity than one that is strong")
        if not 0 <= self.likeness <= self.open_likeness:
            raise ValueError("a verdict covers no more than an incident that is open takes")

    def alone_from(self, similarity: float) -> Self:
        """This policy where a budget for false alerts says from which *similarity* on one walk is enough; 0: it itself.

        Two walks must be as much less than one as without a budget, but no less than without it: how often two walks of
        a stranger come that near is not counted.
        """
        if not similarity:
            return self
        both = max(self.corroborating, similarity - (self.strong - self.corroborating))
        return replace(self, strong=similarity, corroborating=min(similarity, both))

    def is_strong(self, similarity: float) -> bool:
        """Whether one walk of it is enough."""
        return similarity >= self.strong - ROUNDING

    def is_corroborating(self, similarity: float) -> bool:
        """Whether two walks of it are enough."""
        return similarity >= self.corroborating - ROUNDING

    def is_like(self, similarity: float, peak: float) -> bool:
        """Whether what was judged of a walk of *peak* covers one: not clearly nearer, nor strong where that was not."""
        return self._is_within(similarity, peak, self.likeness)

    def is_like_open(self, similarity: float, peak: float) -> bool:
        """Whether an undecided incident of *peak* takes a walk, by the wider measure."""
        return self._is_within(similarity, peak, self.open_likeness)

    def _is_within(self, similarity: float, peak: float, margin: float) -> bool:
        if self.is_strong(similarity) and not self.is_strong(peak):
            return False
        return similarity <= peak + margin + ROUNDING
