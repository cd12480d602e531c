"""Who may judge, who may see what, and when an incident is decided (safeguards S7 and S16): pure rules."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.refusals import RefusalText
from proto.wardwatch.v1.roles import ALLOWED, Role


class Verdict(StrEnum):
    """What a person says of the two faces."""

    SAME = "same"
    NOT_SAME = "not_same"
    CANNOT_TELL = "cannot_tell"


class Outcome(StrEnum):
    """What came of an incident; it never changes."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNRESOLVED = "unresolved"
    ENDED = "ended"  # the entry ended before people had decided


@dataclass(frozen=True, slots=True)
class Review:
    """One person's verdict."""

    account_id: UUID
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Case:
    """An incident as its reviewers know it. ``reviewers`` different people must agree."""

    reviewers: int
    reviews: tuple[Review, ...] = ()
    outcome: Outcome | None = None

    def verdict_of(self, account_id: UUID) -> Verdict | None:
        """The verdict of this account, or None."""
        return next((r.verdict for r in self.reviews if r.account_id == account_id), None)


@dataclass(frozen=True, slots=True)
class Sight:
    """What one account may be shown of one incident."""

    label: bool
    strength: bool
    verdicts: bool
    scores: bool


class VerdictRefused(Exception):
    """The verdict cannot be taken; ``words`` say why."""

    def __init__(self, words: RefusalText) -> None:
        super().__init__(words.text)
        self.words = words


_DECIDES = {
    Verdict.SAME: Outcome.CONFIRMED,
    Verdict.NOT_SAME: Outcome.REJECTED,
    Verdict.CANNOT_TELL: Outcome.UNRESOLVED,
}


def give(case: Case, account_id: UUID, verdict: Verdict) -> Case:
    """Add a verdict; the first one that ``reviewers`` different people share decides.

    Saying the same again changes nothing. Raises VerdictRefused for a second, different verdict of one account and
    for an incident that is decided.
    """
    mine = case.verdict_of(account_id)
    if mine == verdict:
        return case
    if mine is not None:
        raise VerdictRefused(refusals.VERDICT_GIVEN.filled())
    if case.outcome is Outcome.ENDED:
        raise VerdictRefused(refusals.ENTRY_OVER.filled())
    if case.outcome is not None:
        raise VerdictRefused(refusals.INCIDENT_DECIDED.filled())
    reviews = (*case.reviews, Review(account_id, verdict))
    return Case(case.reviewers, reviews, decided(reviews, case.reviewers))


def decided(reviews: Sequence[Review], reviewers: int) -> Outcome | None:
    """The outcome once *reviewers* different people share a verdict, else None."""
    people = {(r.account_id, r.verdict) for r in reviews}
    counts = Counter(verdict for _, verdict in people)
    return next((_DECIDES[v] for v, count in counts.items() if count >= reviewers), None)


def sight(case: Case, account_id: UUID, role: Role) -> Sight:
    """Nobody is swayed: label, strength and others' verdicts come after one's own verdict or the decision.

    Scores are for supervisors only: enough of them would give a template away. Of an entry that ended before people had
    decided nobody is shown anything.
    """
    if case.outcome is Outcome.ENDED:
        return Sight(label=False, strength=False, verdicts=False, scores=False)
    free = case.outcome is not None or case.verdict_of(account_id) is not None
    return Sight(label=free, strength=free, verdicts=free, scores=free and role in ALLOWED["show_details"])
