"""The delivery ladder: whom an alert is told, in which order, and when; under a clock that the test moves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from proto.wardwatch.v1.delivery import Path, Rule, Zone
from services.delivery.core import (
    RINGING,
    Alert,
    Channel,
    Pace,
    Person,
    Plan,
    Round,
    Situation,
    State,
    Step,
    Told,
    plan,
)

RAISED = datetime(2026, 12, 1, 22, 30, tzinfo=UTC)
SITE, GATE = "h1", "gate"
PACE = Pace()


def person(number: int, *, phones: int = 1, on_duty: bool = True, supervisor: bool = False) -> Person:
    account = UUID(int=number)
    return Person(account, supervisor, on_duty, tuple(UUID(int=1000 * number + n) for n in range(phones)))


def alert(*, responder: int | None = None, told_by: int | None = None, outcome: str | None = None) -> Alert:
    return Alert(
        UUID(int=7),
        SITE,
        frozenset({GATE}),
        "violence",
        RAISED,
        reviewers=2,
        responder=None if responder is None else UUID(int=responder),
        told_by=frozenset() if told_by is None else frozenset({UUID(int=told_by)}),
        outcome=outcome,
    )


@dataclass
class Night:
    """A ladder that is climbed as the test moves the clock; what is sent, fails or is shown, the test says."""

    people: Sequence[Person] = ()
    channels: Sequence[Channel] = ()
    rules: Sequence[Rule] = ()
    alert: Alert = field(default_factory=alert)
    told: dict[UUID, Told] = field(default_factory=dict)
    cancelled: set[UUID] = field(default_factory=set)
    rung: list[tuple[float, Step]] = field(default_factory=list)

    def look(self, seconds: float) -> Plan:
        now = RAISED + timedelta(seconds=seconds)
        zones = {"front": Zone(site=SITE, cameras=[GATE])}
        situation = Situation(
            self.alert, self.people, self.channels, self.rules, zones, tuple(self.told.values()), RAISED
        )
        made = plan(situation, PACE, now)
        for step in made.steps:
            self.rung.append((seconds, step))
            state: State = "failed" if step.path is Path.NOBODY else "waiting"
            self.told[step.id] = Told(step.id, step.kind, step.path, step.target, step.account, step.due_at, state)
        for each in made.cancelled:
            self.told[each] = replace(self.told[each], state="cancelled")
        return made

    def become(self, state: State, *, shown: bool = False) -> None:
        """What waits is sent, or fails."""
        for each in list(self.told.values()):
            if each.state == "waiting":
                self.told[each.id] = replace(each, state=state, is_begun=True, is_shown=shown)

    def until(self, end: float) -> Iterator[float]:
        """Look whenever the ladder asks for it; yields the seconds."""
        at = 0.0
        while at <= end:
            again = self.look(at).look_again_at
            yield at
            if again is None:
                return
            at = (again - RAISED).total_seconds()

    def times(self, path: Path = Path.PUSH) -> dict[int, float]:
        """When each account was rung first."""
        return {
            step.account.int: seconds
            for seconds, step in reversed(self.rung)
            if step.path is path and step.kind == "raised" and step.account is not None
        }


def test_guards_are_rung_in_turn_and_the_supervisor_after_a_minute() -> None:
    night = Night([person(1), person(2), person(3), person(9, supervisor=True)])
    for _ in night.until(100):
        night.become("sent")

    assert night.times() == {1: 0, 2: 30, 3: 60, 9: 60}


def test_whoever_cannot_be_reached_costs_nobody_time() -> None:
    night = Night([person(1), person(2)])
    night.look(0)
    night.become("failed")
    night.look(1)

    assert night.times() == {1: 0, 2: 1}


def test_a_supervisor_is_rung_at_once_where_no_guard_can_be() -> None:
    night = Night([person(1), person(9, supervisor=True)])
    night.look(0)
    night.become("failed")
    night.look(2)

    assert night.times() == {1: 0, 9: 2}


def test_an_answer_stops_the_ladder_and_clears_what_rang() -> None:
    night = Night([person(1, phones=2), person(2)], [Channel("lan", Path.NTFY)], [Rule(channels=["lan"])])
    night.look(0)
    night.become("sent")
    night.look(30)
    night.alert = alert(responder=1)
    made = night.look(31)

    assert {night.told[each].account for each in made.cancelled} == {UUID(int=2), None}
    cleared = [step for step in made.steps if step.path is Path.PUSH]
    assert [(step.kind, step.account) for step in cleared] == [("answered", UUID(int=1))] * 2
    assert made.look_again_at is None


def test_a_stop_of_matching_keeps_the_ladder_where_it_is() -> None:
    night = Night([person(1), person(2)])
    night.look(0)
    night.alert = replace(alert(), is_stopped=True)
    stopped = night.look(30)
    night.alert = alert()
    night.look(60)

    assert {night.told[each].account for each in stopped.cancelled} == {UUID(int=1)}
    assert [step.kind for step in stopped.steps] == []
    assert night.times() == {1: 0, 2: 60}


def test_one_verdict_of_two_rings_those_who_have_not_judged() -> None:
    night = Night([person(1), person(2)], alert=alert(told_by=1))
    night.look(40)

    assert night.times() == {2: 40}


def test_a_phone_is_cleared_once_whatever_ends_the_alert() -> None:
    night = Night([person(1)])
    night.look(0)
    night.become("sent")
    for changed in (alert(responder=1), alert(responder=1, outcome="confirmed")):
        night.alert = changed
        night.look(5)

    assert [step.kind for _, step in night.rung if step.path is Path.PUSH] == ["raised", "answered"]
    assert [step.kind for _, step in night.rung if step.path is Path.NATS] == ["raised", "answered", "closed"]


def test_channels_come_in_after_phones_that_show_nothing() -> None:
    channels = [Channel("lan", Path.NTFY), Channel("group", Path.CHAT), Channel("spare", Path.CHAT)]
    night = Night([person(1)], channels, [Rule(channels=["lan", "group"])])
    for _ in night.until(29):
        night.become("sent")

    assert [(at, step.target) for at, step in night.rung if step.path in (Path.NTFY, Path.CHAT)] == [
        (5, "lan"), (10, "group"),
    ]  # fmt: skip


def test_channels_wait_for_the_next_turn_while_a_phone_shows_the_alert() -> None:
    night = Night([person(1)], [Channel("lan", Path.NTFY)], [Rule(channels=["lan"])])
    for _ in night.until(31):
        night.become("sent", shown=True)

    assert [at for at, step in night.rung if step.path is Path.NTFY] == [30]


def test_nobody_on_duty_means_everybody_at_once() -> None:
    night = Night([person(1, on_duty=False), person(2, on_duty=False)])
    night.look(0)

    assert night.times() == {1: 0, 2: 0}


def test_an_alert_that_nobody_can_be_told_is_shown_as_failed() -> None:
    night = Night([person(1, phones=0)], [Channel("lan", Path.NTFY)])
    night.look(0)

    assert [step.path for _, step in night.rung if step.path is not Path.NATS] == [Path.NOBODY]


def test_a_rule_rings_all_on_duty_at_once() -> None:
    night = Night([person(1), person(2), person(9, supervisor=True)], rules=[Rule(people="at_once")])
    night.look(0)

    assert night.times() == {1: 0, 2: 0, 9: 0}


def test_who_comes_on_duty_during_an_alert_is_rung_as_well() -> None:
    night = Night([person(1)])
    night.look(0)
    night.become("sent")
    night.people = [person(1), person(2)]
    night.look(30)

    assert night.times() == {1: 0, 2: 30}


def reopened(night: Night, seconds: float, *, responder: int | None = None) -> None:
    """What a correction makes of the alert: it is open again from then on."""
    began_at = RAISED + timedelta(seconds=seconds)
    night.alert = replace(alert(responder=responder, told_by=9), round=Round(1, began_at, is_open=True))


def test_who_was_told_is_told_again_when_an_alert_is_opened_again() -> None:
    night = Night([person(1), person(2), person(9)], [Channel("lan", Path.NTFY)], [Rule(channels=["lan"])])
    for _ in night.until(31):
        night.become("sent")
    night.alert = alert(told_by=9, outcome="confirmed")
    night.look(40)
    night.become("sent")
    reopened(night, 50)
    made = night.look(50)

    again = {(step.path, step.account and step.account.int) for step in made.steps if step.kind == "reopened"}
    assert again == {(Path.PUSH, 1), (Path.PUSH, 2), (Path.NTFY, None), (Path.NATS, None)}
    assert night.look(50).steps == ()


def test_an_alert_that_is_open_again_climbs_to_who_was_not_told_before() -> None:
    night = Night([person(1), person(2), person(9, supervisor=True), person(8, supervisor=True)])
    night.look(0)
    night.become("sent")
    night.alert = alert(told_by=9, outcome="confirmed")
    night.look(10)
    reopened(night, 100)
    for at in (100, 129, 130, 160):
        night.look(at)
        night.become("sent")

    rung = [(at, step.account.int) for at, step in night.rung if step.kind == "reopened" and step.account is not None]
    assert rung == [(100, 1), (130, 2), (160, 8)]


def test_who_went_there_before_does_not_answer_an_alert_open_again() -> None:
    night = Night([person(1)], alert=alert(responder=1, told_by=9, outcome="confirmed"))
    reopened(night, 20, responder=1)

    assert night.look(20).look_again_at is not None
    assert [step.kind for step in night.look(20).steps] == []
    assert [step.kind for _, step in night.rung if step.path is Path.PUSH] == ["reopened"]


def test_verdicts_that_disagree_ring_for_a_third_person() -> None:
    both = frozenset({UUID(int=1), UUID(int=2)})
    night = Night([person(1), person(2), person(3)], alert=replace(alert(), told_by=both))
    night.look(40)

    assert night.times() == {3: 40}


def test_a_rejected_alert_is_withdrawn_where_somebody_was_sent() -> None:
    night = Night([person(1), person(2)], [Channel("group", Path.CHAT)], [Rule(channels=["group"])])
    for _ in night.until(29):
        night.become("sent")
    night.alert = alert(responder=1)
    night.look(30)
    night.become("sent")
    night.alert = alert(responder=1, outcome="rejected")
    made = night.look(60)

    assert {(step.path, step.kind) for step in made.steps} == {
        (Path.PUSH, "withdrawn"), (Path.CHAT, "withdrawn"), (Path.NATS, "closed"),
    }  # fmt: skip
    assert night.look(61).steps == ()


def test_a_rejected_alert_that_nobody_went_to_is_cleared_in_silence() -> None:
    night = Night([person(1)])
    night.look(0)
    night.become("sent")
    night.alert = alert(told_by=9, outcome="rejected")

    assert [step.kind for step in night.look(5).steps if step.path is Path.PUSH] == ["closed"]


def test_another_decision_is_told_to_who_was_told_the_first() -> None:
    night = Night([person(1), person(2)])
    night.look(0)
    night.become("sent")
    for number, outcome in enumerate(("rejected", "unresolved", "rejected")):
        changed = Round(number, RAISED + timedelta(seconds=number), is_open=False) if number else None
        night.alert = replace(alert(told_by=9, outcome=outcome), round=changed)
        night.look(10 + number)

    assert [step.kind for _, step in night.rung if step.account == UUID(int=1)] == [
        "raised", "closed", "corrected", "corrected",
    ]  # fmt: skip
    assert [step.kind for _, step in night.rung if step.path is Path.NATS] == [
        "raised", "answered", "closed", "corrected", "corrected",
    ]  # fmt: skip


PEOPLE = st.lists(
    st.builds(
        person,
        st.integers(1, 6),
        phones=st.integers(0, 2),
        on_duty=st.booleans(),
        supervisor=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda each: each.account,
)
CHANNELS = st.lists(
    st.sampled_from([Channel("lan", Path.NTFY), Channel("group", Path.CHAT), Channel("hook", Path.WEBHOOK)]),
    unique=True,
)
RULES = st.lists(
    st.builds(
        Rule,
        channels=st.lists(st.sampled_from(["lan", "group", "hook"]), unique=True),
        people=st.sampled_from(["in_turn", "at_once"]),
        categories=st.lists(st.sampled_from(["violence", "theft"]), unique=True),
        zones=st.lists(st.sampled_from(["front", "gone"]), unique=True),
    ),
    max_size=3,
)
EVENTS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from(["sent", "failed", "shown", "nothing"])), min_size=1, max_size=12
)


@given(PEOPLE, CHANNELS, RULES, EVENTS, st.integers(0, 12))
def test_every_alert_finds_a_way_or_is_shown_as_failed_until_answered(
    people: list[Person],
    channels: list[Channel],
    rules: list[Rule],
    events: list[tuple[int, str]],
    answered_after: int,
) -> None:
    night, at, on_duty = Night(people, channels, rules), 0, {p.account for p in people if p.is_on_duty and p.phones}
    for number, (seconds, event) in enumerate(events):
        if number == answered_after:
            night.alert = alert(responder=1)
        at += seconds
        made = night.look(at)
        ringing = [step for step in made.steps if step.path in RINGING and step.kind == "raised"]
        if number >= answered_after:
            assert not ringing
            assert not [
                t for t in night.told.values() if t.path in RINGING and t.kind == "raised" and t.state == "waiting"
            ]
        else:
            tried = [t for t in night.told.values() if t.path in RINGING or t.path is Path.NOBODY]
            assert tried or (made.look_again_at is not None and made.look_again_at <= RAISED + PACE.everybody)
            rung = {t.account for t in night.told.values() if t.path is Path.PUSH}
            assert not rung - on_duty or on_duty <= rung
        if event in ("sent", "failed", "shown"):
            night.become("failed" if event == "failed" else "sent", shown=event == "shown")

    assert len({step.id for _, step in night.rung}) == len(night.rung)


TURNS = st.lists(
    st.tuples(
        st.sampled_from(["confirmed", "reopened", "rejected", "unresolved", "responded", "nothing"]),
        st.integers(0, 40),
        st.sampled_from(["sent", "failed", "shown", "nothing"]),
    ),
    min_size=1,
    max_size=10,
)


def turned(now: Alert, turn: str, at: datetime) -> Alert:
    """What the record makes of *now*: an outcome that changes begins a round."""
    number = 1 if now.round is None else now.round.number + 1
    match turn, now.outcome:
        case "responded", None if now.responder is None:
            return replace(now, responder=UUID(int=1))
        case (("confirmed" | "rejected" | "unresolved"), None):
            return replace(now, outcome=turn)
        case "reopened", "confirmed":
            return replace(now, outcome=None, round=Round(number, at, is_open=True))
        case ("rejected", "unresolved") | ("unresolved", "rejected"):
            return replace(now, outcome=turn, round=Round(number, at, is_open=False))
        case _:
            return now


@given(PEOPLE, CHANNELS, RULES, TURNS)
def test_whatever_is_corrected_who_was_told_is_told_again_and_once(
    people: list[Person], channels: list[Channel], rules: list[Rule], turns: list[tuple[str, int, str]]
) -> None:
    night, at = Night(people, channels, rules), 0
    for turn, seconds, event in turns:
        at += seconds
        before = night.alert
        night.alert = turned(before, turn, RAISED + timedelta(seconds=at))
        told = {(t.path, t.target) for t in night.told.values() if t.path in RINGING and t.state == "sent"}
        made = night.look(at)
        told_now = {(step.path, step.target) for step in made.steps if step.path in RINGING}
        if night.alert.round != before.round:
            assert told <= told_now
        if night.alert.is_answered:
            assert not [step for step in made.steps if step.kind in ("raised", "reopened") and step.path in RINGING]
            assert made.look_again_at is None
        # Looked at by another replica, or again after a crash: nothing more.
        assert not night.look(at).steps
        if event != "nothing":
            night.become("failed" if event == "failed" else "sent", shown=event == "shown")

    assert len({step.id for _, step in night.rung}) == len(night.rung)
