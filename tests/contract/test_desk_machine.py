"""Whatever three people do in whatever order: nobody alone makes an entry match, and nothing ended matches (S3, S4).

Nor does anything match that its approver has not seen: what is shown may be changed before the approval arrives. Nor
two entries side by side of which people said that they are one person, nor an entry whose photos show two.

The real desk on a real PostgreSQL. Whether an entry matches is asked of the matcher's own decision, over what the relay
would publish; what it is compared with is reckoned here from the calls that succeeded.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from proto.wardwatch.v1.entries import EntryView
from proto.wardwatch.v1.subjects import EntryId, SiteId
from services.chassis.errors import Refusal
from services.matcher.core import Hit, Neighbour, decide
from services.watchlist.rules.holder import Holder
from tests import servers
from tests.contract.desks import ANA, LI, OTTO, Desk, opened, person

SITE = SiteId("h1")
BRIEF = timedelta(milliseconds=250)
MONTH = timedelta(days=30)
which = st.integers(0, 4)
actors = st.integers(0, 2)
orders = st.permutations((0, 1, 2))


@dataclass(eq=False)
class Life:
    """What an entry must be after the calls that succeeded, and who made them: by that a match is judged."""

    entry_id: UUID
    face: int
    author: Holder
    expires_at: datetime
    state: str = "draft"
    put_forward_by: Holder | None = None
    approver: Holder | None = None
    renewal: tuple[Holder, datetime] | None = None
    number: str | None = None
    faces: dict[int, int] = field(default_factory=dict)  # whose, by the photo's position
    seen: "Seen | None" = None  # by the approver, of what was approved last

    @property
    def photos(self) -> int:
        return len(self.faces)


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry as somebody was shown it; ``until`` is when it will end if it is approved."""

    revision: int
    photos: int
    until: datetime

    @classmethod
    def of(cls, view: EntryView) -> "Seen":
        return cls(view.revision, view.photos, view.renewal.expires_at if view.renewal else view.expires_at)


class Ward(RuleBasedStateMachine):
    """Three people at the desk, and a matcher whose clock runs ahead. ``desk`` and ``runner`` are set by the test.

    No rule has a precondition: an entry may end while the machine runs, by the real clock, and what is drawn next must
    not depend on that. A rule that cannot be used does nothing.
    """

    desk: Desk
    runner: asyncio.Runner
    people = (LI, ANA, OTTO)
    examples = 9
    faces = iter(range(1_000, 1_000_000))
    matched = 0
    outdated = 0  # approvals of what was changed after it was shown
    replaced = 0  # entries that ended because another of the same person was approved

    def __init__(self) -> None:
        super().__init__()
        self.lives: list[Life] = []
        self.same: list[tuple[Life, Life]] = []
        self.different: list[tuple[Life, Life]] = []
        self.number = f"NO{next(self.faces)}"  # of a person whom nobody met in another run of the machine
        self.refused: set[int] = set()
        self.ahead = timedelta()

    def done(self, request: Coroutine[object, object, object]) -> bool:
        """Whether the desk did what was asked; a refusal is an answer too."""
        try:
            self.runner.run(request)
        except Refusal as refusal:
            self.refused.add(refusal.code)
            return False
        return True

    def step(self, operation: str, life: Life, by: Holder, **body: object) -> bool:
        reason = {"reason": f"{operation} by {by.name}", **body} if body or operation not in UNREASONED else None
        return self.done(self.desk.call(operation, {"entry": life.entry_id}, by=by, body=reason))

    def submit(self, life: Life, by: Holder) -> None:
        if self.step("submit_entry", life, by):
            life.put_forward_by = life.put_forward_by or by
            life.state = "pending"

    def look(self, life: Life, by: Holder) -> Seen:
        return Seen.of(self.runner.run(self.desk.entry("show_entry", life.entry_id, by=by)))

    def approve(self, life: Life, by: Holder, seen: Seen | None = None) -> None:
        seen = seen or self.look(life, by)
        waited = life.state == "pending" or life.renewal is not None
        if not self.done(self.desk.approve(life.entry_id, by=by, seen=seen.revision)):
            return
        if not waited:  # sent again, and without effect
            assert life.state == "active"
            return
        life.seen = seen
        assert by not in (life.author, life.put_forward_by)
        if life.renewal is not None:
            assert by != life.renewal[0]
            life.expires_at, life.renewal = life.renewal[1], None
        if life.state == "pending":
            self.take_places(life)
        life.state, life.approver = "active", by

    def take_places(self, life: Life) -> None:
        """End the entries that *life* replaces: active and suspended ones, and pending ones decided to be the same."""
        for other in self.one_person(life):
            if other.state in ("active", "suspended") or (other.state == "pending" and (life, other) in self.same):
                other.state = "revoked"
                type(self).replaced += 1

    def one_person(self, life: Life) -> list[Life]:
        """Every other entry of the same person, by decisions and numbers."""
        known = [life]
        for each in known:
            known += [other for other in self.lives if other not in known and self.are_same(each, other)]
        return known[1:]

    def are_same(self, one: Life, other: Life) -> bool:
        pairs = ((one, other), (other, one))
        equal = one.number is not None and one.number == other.number
        return any(pair in self.same for pair in pairs) or (equal and not any(pair in self.different for pair in pairs))

    def photograph(self, life: Life, by: Holder, face: int | None = None) -> None:
        face = life.face if face is None else face
        position = next((free for free in range(10) if free not in life.faces), 9)
        if self.done(self.desk.photograph(life.entry_id, person(face), {"position": position}, by=by)):
            assert life.state == "draft"
            life.faces[position] = face

    def request_renewal(self, life: Life, by: Holder, days: int) -> None:
        until = datetime.now(UTC) + timedelta(days=days)
        if self.step("renew_entry", life, by, expires_at=until):
            life.renewal = (by, until)

    def find_look_alike(self, life: Life, by: Holder) -> None:
        """Draft somebody who resembles the entry and is another person, so that the entry needs a higher similarity."""
        draft = self.runner.run(self.desk.draft(by=by))
        vector = person(next(self.faces), like=life.face, cosine=0.6)
        self.runner.run(self.desk.photograph(draft.id, vector, by=by))
        if self.done(self.desk.entry("submit_entry", draft.id, by=by)):  # the entry has ended: nobody resembles it
            self.runner.run(self.desk.entry("revoke_entry", draft.id, by=by, body={"reason": "not needed"}))
            return
        body = {"decision": "different_people", "reason": "looked at both"}
        self.done(self.desk.entry("decide_likeness", draft.id, {"other": life.entry_id}, by=by, body=body))
        self.runner.run(self.desk.entry("discard_entry", draft.id, by=by))

    def life(self, number: int, *likely: str) -> Life:
        """One of the entries, mostly one in a *likely* state."""
        promising = [life for life in self.lives if life.state in likely]
        return promising[number % len(promising)] if promising and number < 4 else self.lives[number % len(self.lives)]

    def what_chance_seldom_brings(self) -> None:
        """What was changed is approved too late, and who was listed is put forward again."""
        self.begin(0, MONTH, alike=False, numbered=False, order=None)
        self.the_author_changes_it_between_look_and_approval(0, [0, 1, 2], "more photos")
        for then in (1, 2):
            self.approve(self.lives[0], self.people[then])
        self.somebody_is_put_forward_again(0, 1, "same_person", [0, 1, 2])
        self.only_what_two_people_wanted_matches_and_only_while_it_stands()

    @initialize(actor=actors, numbered=st.booleans(), order=st.none() | orders)
    def somebody_is_listed(self, actor: int, numbered: bool, order: list[int] | None) -> None:
        self.begin(actor, MONTH, alike=False, numbered=numbered, order=order)

    @rule(
        actor=actors,
        lasts=st.sampled_from((BRIEF, MONTH, MONTH)),
        alike=st.booleans(),
        numbered=st.booleans(),
        order=st.none() | orders,
    )
    def begin(self, actor: int, lasts: timedelta, alike: bool, numbered: bool, order: list[int] | None) -> None:
        if sum(life.state not in ("revoked", "erased") for life in self.lives) > 1:
            return
        by, number = self.people[actor], self.number if numbered else None
        until = datetime.now(UTC) + lasts
        try:
            entry = self.runner.run(self.desk.draft({"expires_at": until, "identity_number": number}, by=by))
        except Refusal:  # so brief that it was over before it began
            return
        face = next(self.faces)
        vector = person(face, like=self.lives[0].face, cosine=0.6) if alike and self.lives else person(face)
        self.runner.run(self.desk.photograph(entry.id, vector, by=by))
        self.lives.append(Life(entry.id, face, by, until, number=number, faces={0: face}))
        if order is not None:
            self.submit(self.lives[-1], by)
        for then in order or ():
            self.approve(self.lives[-1], self.people[then])

    @rule(number=which, actor=actors)
    def put_forward(self, number: int, actor: int) -> None:
        self.submit(self.life(number, "draft"), self.people[actor])

    @rule(number=which, other=which, actor=actors, decision=st.sampled_from(("same_person", "different_people")))
    def decide_likeness(self, number: int, other: int, actor: int, decision: str) -> None:
        self.decide(self.life(number, "draft"), self.lives[other % len(self.lives)], self.people[actor], decision)

    @rule(number=which, actor=actors, decision=st.sampled_from(("same_person", "different_people")), order=orders)
    def somebody_is_put_forward_again(self, number: int, actor: int, decision: str, order: list[int]) -> None:
        if len(self.lives) > 7:
            return
        former, by = self.life(number, "active", "suspended", "pending"), self.people[actor]
        entry, face = self.runner.run(self.desk.draft(by=by)), next(self.faces)
        self.runner.run(self.desk.photograph(entry.id, person(face, like=former.face, cosine=0.6), by=by))
        life = Life(entry.id, face, by, entry.expires_at, faces={0: face})
        self.lives.append(life)
        self.submit(life, by)
        for other in self.lives[:-1]:
            self.decide(life, other, by, decision if other is former else "different_people")
        self.submit(life, by)
        for then in order:
            self.approve(life, self.people[then])

    def decide(self, life: Life, other: Life, by: Holder, decision: str) -> None:
        target = {"entry": life.entry_id, "other": other.entry_id}
        body = {"decision": decision, "reason": "looked at both"}
        if self.done(self.desk.call("decide_likeness", target, by=by, body=body)):
            (self.same if decision == "same_person" else self.different).append((life, other))

    @rule(number=which, order=orders)
    def everybody_tries_to_approve(self, number: int, order: list[int]) -> None:
        life = self.life(number, "pending")
        for actor in order:
            self.approve(life, self.people[actor])

    @rule(number=which, order=orders, how=st.sampled_from(("more photos", "a later end", "look-alike", "nothing")))
    def the_author_changes_it_between_look_and_approval(self, number: int, order: list[int], how: str) -> None:
        life = self.life(number, *({"more photos": ("draft",), "look-alike": ("pending",)}.get(how, ("active",))))
        looks = [(self.people[actor], self.look(life, self.people[actor])) for actor in order]
        match how:
            case "more photos":
                self.photograph(life, life.author)
                self.submit(life, life.author)
            case "a later end":
                self.request_renewal(life, life.author, 90)
            case "look-alike":
                self.find_look_alike(life, life.author)
        stands = self.look(life, life.author)
        for by, seen in looks:
            before = life.state, life.approver, life.renewal
            self.approve(life, by, seen)
            if seen.revision != stands.revision:
                type(self).outdated += 1
                assert (life.state, life.approver, life.renewal) == before

    @rule(number=which, actor=actors)
    def suspend(self, number: int, actor: int) -> None:
        life = self.life(number, "active")
        if self.step("suspend_entry", life, self.people[actor]):
            life.state = "suspended"

    @rule(number=which, actor=actors)
    def resume(self, number: int, actor: int) -> None:
        life = self.life(number, "suspended")
        if self.step("resume_entry", life, self.people[actor]):
            assert life.state in ("active", "suspended")
            life.state = "active"

    @rule(number=which, actor=actors, days=st.integers(1, 90), order=st.none() | orders)
    def renew(self, number: int, actor: int, days: int, order: list[int] | None) -> None:
        life = self.life(number, "active", "suspended")
        self.request_renewal(life, self.people[actor], days)
        for then in order or ():
            self.approve(life, self.people[then])

    @rule(number=st.integers(0, 8), actor=actors, how=st.sampled_from(("revoke_entry", "erase_entry", "discard_entry")))
    def end(self, number: int, actor: int, how: str) -> None:
        if number > 4:  # too many ends would leave nothing to live
            return
        life = self.life(number)
        before = life.state
        if self.step(how, life, self.people[actor]):
            assert before in ("draft", "erased") or how != "discard_entry"
            life.state = "revoked" if how == "revoke_entry" else "erased"
        if life.state == "erased":  # and with it everything that was known of it
            life.number = None
            self.same = [pair for pair in self.same if life not in pair]
            self.different = [pair for pair in self.different if life not in pair]

    @rule(number=which, actor=actors)
    def add_photo(self, number: int, actor: int) -> None:
        self.photograph(self.life(number, "draft", "pending"), self.people[actor])

    @rule(number=which, actor=actors)
    def add_a_photo_of_somebody_else(self, number: int, actor: int) -> None:
        life = self.life(number, "draft")
        self.photograph(life, self.people[actor], next(self.faces))
        self.submit(life, self.people[actor])

    @rule(number=which, actor=actors, position=st.integers(0, 3))
    def remove_photo(self, number: int, actor: int, position: int) -> None:
        life = self.life(number, "draft")
        target = {"entry": life.entry_id, "position": position}
        body = {"reason": "shows somebody else"}
        if self.done(self.desk.call("remove_photo", target, by=self.people[actor], body=body)):
            assert life.state == "draft"
            del life.faces[position]

    @rule()
    def mark_what_is_over(self) -> None:
        self.runner.run(self.desk.fetch("SELECT watchlist.expire_due()"))

    @rule(days=st.integers(1, 40))
    def days_pass_at_the_matcher(self, days: int) -> None:
        self.ahead += timedelta(days=days)

    @invariant()
    def only_what_two_people_wanted_matches_and_only_while_it_stands(self) -> None:
        assert self.refused <= {404, 409, 422}, "a refusal is an answer, a fault is not"
        self.runner.run(self.desk.publish(*(life.entry_id for life in self.lives)))
        now = datetime.now(UTC) + self.ahead
        for life in self.lives:
            if self._matches(life, now):
                type(self).matched += 1
                assert life.state == "active"
                assert now < life.expires_at
                assert life.approver is not None
                assert life.put_forward_by is not None
                assert life.approver not in (life.author, life.put_forward_by)
                assert life.seen is not None
                assert (life.seen.photos, life.seen.until) == (life.photos, life.expires_at)
                assert len(set(life.faces.values())) == 1
                # Linked by way of a draft two may match: its approval ends both.
                same = [other for other in self.lives if other is not life and self.are_same(life, other)]
                assert not any(self._matches(other, now) for other in same)

    def _matches(self, life: Life, now: datetime) -> bool:
        """Whether the very face of an entry is a hit, under every revision that could be in an index."""
        name = EntryId(str(life.entry_id))
        near = [Neighbour(name, revision, "photo", 1.0) for revision in range(1, 60)]
        decision = decide(near, SITE, now, gallery=self.desk.gallery)
        return isinstance(decision, Hit)


UNREASONED = ("submit_entry", "discard_entry")


class Alone(Ward):
    """The same with everything done by one person, who is an administrator and has all rights there are."""

    people = (ANA, ANA, ANA)
    examples = 4


@pytest.mark.timeout(120)
@pytest.mark.parametrize("ward", [pytest.param(Ward, id="three people"), pytest.param(Alone, id="one person")])
def test_nobody_alone_makes_an_entry_match_and_nothing_that_ended_does(
    database: servers.Database, ward: type[Ward]
) -> None:
    show(database, ward, examples=ward.examples, steps=25)


def show(database: servers.Database, ward: type[Ward], *, examples: int, steps: int) -> None:
    """Run so many *examples* of up to *steps*; ``tests/attack`` has a long run."""
    ward.matched = ward.outdated = ward.replaced = 0
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        ward.desk, ward.runner = runner.run(stack.enter_async_context(opened(database, paced=10**9))), runner
        try:
            ward().what_chance_seldom_brings()
            run_state_machine_as_test(
                ward,
                settings=hypothesis.settings(
                    max_examples=examples,
                    stateful_step_count=steps,
                    deadline=None,
                    database=None,
                    # The clock is real, so that a shorter sequence would not be the same one.
                    phases=(hypothesis.Phase.generate,),
                    suppress_health_check=list(hypothesis.HealthCheck),
                ),
            )
        finally:
            runner.run(stack.aclose())

    # Three people do get entries to match, or this test would prove nothing; one never does.
    assert (ward.matched > 0) == (ward is Ward)
    assert ward.outdated > 0
    assert (ward.replaced > 0) == (ward is Ward)
