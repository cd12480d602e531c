"""S7: people decide, different people, blind to each other; S16: scores are for supervisors, afterwards."""

from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from proto.wardwatch.v1.roles import Role
from services.alerts.incidents.review import Case, Outcome, Review, Sight, Verdict, VerdictRefused, give, sight

PEOPLE = [UUID(int=n) for n in range(1, 6)]


class Reviewing(RuleBasedStateMachine):
    """Any people give any verdicts in any order, again and again."""

    @initialize(reviewers=st.sampled_from([1, 2]))
    def begin(self, reviewers: int) -> None:
        self.case = Case(reviewers)
        self.first: dict[UUID, Verdict] = {}

    @rule(person=st.sampled_from(PEOPLE), verdict=st.sampled_from(Verdict))
    def review(self, person: UUID, verdict: Verdict) -> None:
        before = self.case
        try:
            self.case = give(before, person, verdict)
        except VerdictRefused:
            assert before.outcome is not None or self.first.get(person, verdict) != verdict
            return
        self.first.setdefault(person, verdict)

    @invariant()
    def an_outcome_has_enough_different_people_behind_it(self) -> None:
        needed = {
            Outcome.CONFIRMED: Verdict.SAME,
            Outcome.REJECTED: Verdict.NOT_SAME,
            Outcome.UNRESOLVED: Verdict.CANNOT_TELL,
        }
        agreeing = {
            verdict: {person for person, chosen in self.first.items() if chosen == verdict} for verdict in Verdict
        }
        if self.case.outcome is None:
            assert all(len(people) < self.case.reviewers for people in agreeing.values())
        else:
            assert len(agreeing[needed[self.case.outcome]]) >= self.case.reviewers

    @invariant()
    def the_first_verdict_of_a_person_stands(self) -> None:
        assert {r.account_id: r.verdict for r in self.case.reviews} == self.first

    @invariant()
    def nobody_is_swayed(self) -> None:
        for person in PEOPLE:
            for role in Role:
                seen = sight(self.case, person, role)
                free = person in self.first or self.case.outcome is not None
                assert (seen.label, seen.strength, seen.verdicts) == (free, free, free)
                assert seen.scores == (free and role is Role.SUPERVISOR)


TestReviewing = Reviewing.TestCase


def test_an_entry_that_ended_is_neither_shown_nor_decided() -> None:
    case = Case(2, (Review(PEOPLE[0], Verdict.SAME),), Outcome.ENDED)

    for role in Role:
        assert sight(case, PEOPLE[0], role) == Sight(label=False, strength=False, verdicts=False, scores=False)
    with pytest.raises(VerdictRefused, match="ended"):
        give(case, PEOPLE[1], Verdict.SAME)


def test_people_who_disagree_decide_nothing_until_two_agree() -> None:
    case = Case(2)
    for person, verdict in zip(PEOPLE[:3], Verdict, strict=True):
        case = give(case, person, verdict)
        assert case.outcome is None

    assert give(case, PEOPLE[3], Verdict.NOT_SAME).outcome is Outcome.REJECTED


def test_a_verdict_cannot_be_changed() -> None:
    case = give(Case(2), PEOPLE[0], Verdict.SAME)

    with pytest.raises(VerdictRefused, match="cannot be changed"):
        give(case, PEOPLE[0], Verdict.NOT_SAME)
