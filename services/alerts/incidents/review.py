"""Who may judge, who may see what, and when an incident is decided (safeguards S7 and S16): pure rules."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    """What came of an incident; only a correction changes it, and never into "confirmed"."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNRESOLVED = "unresolved"
    ENDED = "ended"  # the entry ended before people had decided


@dataclass(frozen=True, slots=True)
class Review:
    """One person's verdict as it stands; None: a supervisor set it aside.

    One that was corrected after the decision is not ``blind``: its author had seen what others said by then.
    """

    account_id: UUID
    verdict: Verdict | None
    blind: bool = True


@dataclass(frozen=True, slots=True)
class Case:
    """An incident as its reviewers know it. ``reviewers`` different people must agree.

    ``disclosed``: it was decided once, so that those who had judged know what others said.
    """

    reviewers: int
    reviews: tuple[Review, ...] = ()
    outcome: Outcome | None = None
    disclosed: bool = False

    def verdict_of(self, account_id: UUID) -> Verdict | None:
        """The verdict of this account as it stands, or None."""
        return next((r.verdict for r in self.reviews if r.account_id == account_id), None)

    def has_answered(self, account_id: UUID) -> bool:
        """Whether this account has given a verdict, also one that was set aside."""
        return any(r.account_id == account_id for r in self.reviews)

    @property
    def is_disputed(self) -> bool:
        """Whether as many people as are needed have answered and do not agree: somebody else is needed."""
        given = [r.verdict for r in self.reviews if r.verdict is not None]
        return self.outcome is None and len(given) >= self.reviewers and len(set(given)) > 1


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
    if case.has_answered(account_id):
        raise VerdictRefused(refusals.VERDICT_SET_ASIDE.filled())
    reviews = (*case.reviews, Review(account_id, verdict))
    return replace(case, reviews=reviews, outcome=decided(reviews, case.reviewers))


def correct(case: Case, author: UUID, verdict: Verdict | None, *, by: UUID, role: Role) -> Case:
    """Put *verdict* in the place of what *author* said; None sets it aside, which only a supervisor does.

    A confirmed incident that too few people stand for is open again. Of a rejected or unresolved one the pictures are
    gone and nobody can be asked, so it becomes rejected or unresolved and never confirmed. A verdict that was
    corrected after the decision does not count towards "confirmed" any more.
    Saying the same again changes nothing. Raises VerdictRefused.
    """
    given = next((r for r in case.reviews if r.account_id == author), None)
    if case.outcome is Outcome.ENDED:
        raise VerdictRefused(refusals.ENTRY_OVER.filled())
    if given is None:
        raise VerdictRefused(refusals.NO_VERDICT.filled())
    if given.verdict == verdict:
        return case
    if given.verdict is None:
        raise VerdictRefused(refusals.VERDICT_SET_ASIDE.filled())
    if by != author and (verdict is not None or role not in ALLOWED["show_details"]):
        raise VerdictRefused(refusals.VERDICT_OF_ANOTHER.filled())
    if by == author and verdict is None:
        raise VerdictRefused(refusals.VERDICT_NEEDED.filled())
    swayed = case.disclosed or case.outcome is not None
    reviews = tuple(Review(author, verdict, not swayed) if r is given else r for r in case.reviews)
    return replace(case, reviews=reviews, outcome=_corrected(case, decided(reviews, case.reviewers)), disclosed=swayed)


def _corrected(case: Case, agreed: Outcome | None) -> Outcome | None:
    """The outcome after a correction, of what people *agreed* on now."""
    if case.outcome in (Outcome.REJECTED, Outcome.UNRESOLVED):
        return Outcome.REJECTED if agreed is Outcome.REJECTED else Outcome.UNRESOLVED
    return agreed


def decided(reviews: Sequence[Review], reviewers: int) -> Outcome | None:
    """The outcome once *reviewers* different people share a verdict and fewer any other one, else None."""
    people = {
        (r.account_id, r.verdict)
        for r in reviews
        if r.verdict is not None and (r.blind or r.verdict is not Verdict.SAME)
    }
    counts = Counter(verdict for _, verdict in people).most_common(2)
    if not counts or counts[0][1] < reviewers or (len(counts) > 1 and counts[0][1] == counts[1][1]):
        return None
    return _DECIDES[counts[0][0]]


def sight(case: Case, account_id: UUID, role: Role) -> Sight:
    """Nobody is swayed: the label comes after one's own verdict, others' verdicts and the strength after the decision.

    So a verdict is corrected before the decision by what the two faces say alone. Scores are for supervisors only:
    enough of them would give a template away. Of an entry that ended before people decided nobody is shown anything.
    """
    if case.outcome is Outcome.ENDED:
        return Sight(label=False, strength=False, verdicts=False, scores=False)
    decided_now = case.outcome is not None
    return Sight(
        label=decided_now or case.has_answered(account_id),
        strength=decided_now,
        verdicts=decided_now,
        scores=decided_now and role in ALLOWED["show_details"],
    )
