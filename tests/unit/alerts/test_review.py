"""S7: people decide, different people, blind to each other; S16: scores are for supervisors, afterwards."""

from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from proto.wardwatch.v1.roles import Role
from services.alerts.incidents.review import Case, Outcome, Review, Sight, Verdict, VerdictRefused, correct, give, sight

PEOPLE = [UUID(int=n) for n in range(1, 6)]


class Reviewing(RuleBasedStateMachine):
    """Any people give any verdicts in any order, correct them and have them set aside, again and again."""

    @initialize(reviewers=st.sampled_from([1, 2]))
    def begin(self, reviewers: int) -> None:
        self.case = Case(reviewers)
        self.said: dict[UUID, Verdict | None] = {}
        self.swayed: set[UUID] = set()
        self.was_decided = self.was_dismissed = False

    @rule(person=st.sampled_from(PEOPLE), verdict=st.sampled_from(Verdict))
    def review(self, person: UUID, verdict: Verdict) -> None:
        before = self.case
        try:
            self.case = give(before, person, verdict)
        except VerdictRefused:
            assert before.outcome is not None or self.said.get(person, verdict) != verdict
            return
        self.said.setdefault(person, verdict)
        self.look()

    @rule(person=st.sampled_from(PEOPLE), verdict=st.sampled_from(Verdict))
    def take_back(self, person: UUID, verdict: Verdict) -> None:
        self.change(person, verdict, by=person, role=Role.GUARD)

    @rule(person=st.sampled_from(PEOPLE), by=st.sampled_from(PEOPLE), role=st.sampled_from(Role))
    def set_aside(self, person: UUID, by: UUID, role: Role) -> None:
        self.change(person, None, by=by, role=role)

    @rule(person=st.sampled_from(PEOPLE), by=st.sampled_from(PEOPLE), verdict=st.sampled_from(Verdict))
    def speak_for_another(self, person: UUID, by: UUID, verdict: Verdict) -> None:
        if by != person and self.said.get(person) != verdict:
            with pytest.raises(VerdictRefused):
                correct(self.case, person, verdict, by=by, role=Role.SUPERVISOR)

    def change(self, person: UUID, verdict: Verdict | None, *, by: UUID, role: Role) -> None:
        before = self.case
        try:
            self.case = correct(before, person, verdict, by=by, role=role)
        except VerdictRefused:
            return
        if self.case is before:
            return
        assert verdict is not None or (by != person and role is Role.SUPERVISOR)
        if self.was_decided:
            self.swayed.add(person)
        self.said[person] = verdict
        self.look()

    def look(self) -> None:
        dismissed = (Outcome.REJECTED, Outcome.UNRESOLVED)
        # Their pictures are gone, so nobody can look again.
        assert not self.was_dismissed or self.case.outcome in dismissed
        self.was_decided |= self.case.outcome is not None
        self.was_dismissed |= self.case.outcome in dismissed

    def people(self, verdict: Verdict) -> int:
        return sum(said == verdict for said in self.said.values())

    @invariant()
    def nobody_is_confirmed_without_enough_people_who_judged_blind(self) -> None:
        if self.case.outcome is Outcome.CONFIRMED:
            blind = {p for p, said in self.said.items() if said is Verdict.SAME and p not in self.swayed}
            assert len(blind) >= self.case.reviewers

    @invariant()
    def nobody_is_rejected_without_enough_people(self) -> None:
        if self.case.outcome is Outcome.REJECTED:
            assert self.people(Verdict.NOT_SAME) >= self.case.reviewers

    @invariant()
    def what_enough_people_say_without_a_tie_is_decided(self) -> None:
        counted = {v: self.people(v) for v in Verdict}
        counted[Verdict.SAME] -= sum(self.said[p] is Verdict.SAME for p in self.swayed)
        most = [v for v, count in counted.items() if count == max(counted.values())]
        if self.case.outcome is None and len(most) == 1:
            assert counted[most[0]] < self.case.reviewers

    @invariant()
    def a_persons_verdict_stands_as_it_was_said_last(self) -> None:
        assert {r.account_id: r.verdict for r in self.case.reviews} == self.said

    @invariant()
    def nobody_is_swayed(self) -> None:
        decided = self.case.outcome is not None
        for person in PEOPLE:
            for role in Role:
                seen = sight(self.case, person, role)
                assert seen.label == (person in self.said or decided)
                assert (seen.strength, seen.verdicts) == (decided, decided)
                assert seen.scores == (decided and role is Role.SUPERVISOR)


TestReviewing = Reviewing.TestCase
# A case of five people has said all it can in so many steps.
TestReviewing.settings = settings(max_examples=60, stateful_step_count=20)


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


def test_a_second_verdict_is_no_correction() -> None:
    case = give(Case(2), PEOPLE[0], Verdict.SAME)

    with pytest.raises(VerdictRefused, match="correct that one"):
        give(case, PEOPLE[0], Verdict.NOT_SAME)


def confirmed() -> Case:
    return give(give(Case(2), PEOPLE[0], Verdict.SAME), PEOPLE[1], Verdict.SAME)


def test_a_corrected_verdict_opens_a_confirmed_incident_again() -> None:
    case = correct(confirmed(), PEOPLE[0], Verdict.NOT_SAME, by=PEOPLE[0], role=Role.GUARD)

    assert case.outcome is None
    assert case.is_disputed
    assert give(case, PEOPLE[2], Verdict.NOT_SAME).outcome is Outcome.REJECTED
    assert give(case, PEOPLE[2], Verdict.SAME).outcome is Outcome.CONFIRMED


def test_who_corrects_back_after_the_decision_confirms_nobody() -> None:
    case = correct(confirmed(), PEOPLE[0], Verdict.NOT_SAME, by=PEOPLE[0], role=Role.GUARD)

    again = correct(case, PEOPLE[0], Verdict.SAME, by=PEOPLE[0], role=Role.GUARD)

    assert again.outcome is None


def test_a_slip_before_the_decision_is_put_right_and_counts() -> None:
    case = give(Case(2), PEOPLE[0], Verdict.NOT_SAME)
    case = correct(case, PEOPLE[0], Verdict.SAME, by=PEOPLE[0], role=Role.GUARD)

    assert give(case, PEOPLE[1], Verdict.SAME).outcome is Outcome.CONFIRMED


def test_a_rejection_that_is_taken_back_leaves_nobody_confirmed() -> None:
    case = give(Case(1), PEOPLE[0], Verdict.NOT_SAME)

    corrected = correct(case, PEOPLE[0], Verdict.SAME, by=PEOPLE[0], role=Role.GUARD)

    assert corrected.outcome is Outcome.UNRESOLVED


def test_a_supervisor_sets_a_verdict_aside_and_speaks_for_nobody() -> None:
    case = correct(confirmed(), PEOPLE[0], None, by=PEOPLE[3], role=Role.SUPERVISOR)

    assert case.outcome is None
    with pytest.raises(VerdictRefused, match="only its author"):
        correct(case, PEOPLE[1], Verdict.NOT_SAME, by=PEOPLE[3], role=Role.SUPERVISOR)
    with pytest.raises(VerdictRefused, match="set this verdict aside"):
        give(case, PEOPLE[0], Verdict.SAME)
    with pytest.raises(VerdictRefused, match="only its author"):
        correct(case, PEOPLE[1], None, by=PEOPLE[3], role=Role.GUARD)


def test_people_who_disagree_are_said_to_and_another_is_needed() -> None:
    case = give(Case(2), PEOPLE[0], Verdict.SAME)
    assert not case.is_disputed

    assert give(case, PEOPLE[1], Verdict.NOT_SAME).is_disputed
