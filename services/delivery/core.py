"""The delivery ladder: whom an alert is told next, by which way, and when. Pure: no clock, no I/O.

Every step has an id that is derived from what it is, so that planning again plans nothing twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID, uuid5

from proto.wardwatch.v1.delivery import Kind, Occasion, Path, Rule, Zone, applies

State = Literal["waiting", "sent", "failed", "dead", "cancelled"]

_IDS: Final = UUID("5c4dc5d4-4b8a-4b6e-9a53-8e0f2a3c9f11")
# Ways that ring where a person is; the others tell machines.
RINGING: Final = frozenset({Path.PUSH, Path.NTFY, Path.CHAT})
# Ways on which a later message takes the place of the first one.
_CLEARED: Final = frozenset({Path.PUSH, Path.NTFY})
_FAILED: Final = frozenset({"failed", "dead", "cancelled"})
_RINGS: Final[frozenset[Kind]] = frozenset({"raised", "reopened"})
# Ends of an alert that take back what a guard was told to do.
_WITHDRAWN: Final = frozenset({"rejected", "ended"})
# Targets of ways that have but one, and the words that messages are known by which take the place of one another.
_NOBODY: Final = "nobody"
_ALERTS: Final = "alerts"
_RING: Final = "raised"
_CLEAR: Final = "clear"
_AFTER: Final[Mapping[Kind, timedelta]] = {
    "raised": timedelta(),
    "reopened": timedelta(),
    "corrected": timedelta(),
    "answered": timedelta(microseconds=1),
    "closed": timedelta(microseconds=2),
}


@dataclass(frozen=True, slots=True)
class Pace:
    """How long after an alert is raised each part of the ladder is reached, unless somebody has answered."""

    ntfy: timedelta = timedelta(seconds=5)
    chat: timedelta = timedelta(seconds=10)
    next_guard: timedelta = timedelta(seconds=30)  # after the one before
    supervisor: timedelta = timedelta(seconds=60)
    everybody: timedelta = timedelta(seconds=120)
    give_up: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Round:
    """A correction changed what was decided: who had been told is told anew. ``number`` is 1 for the first one."""

    number: int
    began_at: datetime
    is_open: bool  # the alert was opened again: somebody must look at it


@dataclass(frozen=True, slots=True)
class Alert:
    """An incident as far as telling people of it goes.

    ``told_by`` are the accounts that gave a verdict, whatever became of it: they give no other.
    """

    id: UUID
    site: str
    cameras: frozenset[str]
    category: str | None
    raised_at: datetime
    reviewers: int
    responder: UUID | None = None
    told_by: frozenset[UUID] = frozenset()
    outcome: str | None = None
    is_stopped: bool = False  # matching at the site is: nothing rings there
    round: Round | None = None  # the latest one
    told_since: frozenset[UUID] = frozenset()  # those of ``told_by`` who judged in this round

    @property
    def is_answered(self) -> bool:
        """Nobody need be rung: it is over, or somebody goes there.

        Enough verdicts that do not agree are no answer: a third person must judge. Nor is who went there before the
        alert was opened again.
        """
        return self.outcome is not None or (self.responder is not None and self.round is None)

    @property
    def rings_from(self) -> datetime:
        """When ringing began: when the alert was raised, or opened again."""
        return self.round.began_at if self.round is not None and self.round.is_open else self.raised_at


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may answer alerts of the site, with the phones that can be woken."""

    account: UUID
    is_supervisor: bool
    is_on_duty: bool
    phones: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of the site."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Told:
    """A step that was planned before, and how far it came."""

    id: UUID
    kind: Kind
    path: Path
    target: str
    account: UUID | None
    due_at: datetime
    state: State
    is_begun: bool = False  # sent at least once, or being sent
    is_shown: bool = False

    @property
    def may_have_rung(self) -> bool:
        """Whether somebody may have been told by it."""
        return self.state == "sent" or (self.is_begun and self.state in ("waiting", "cancelled"))


@dataclass(frozen=True, slots=True)
class Step:
    """One message by one way, to be sent at ``due_at``."""

    id: UUID
    kind: Kind
    path: Path
    target: str
    account: UUID | None
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the next step depends on; *people* are in the order in which they are rung."""

    alert: Alert
    people: Sequence[Person]
    channels: Sequence[Channel]
    rules: Sequence[Rule]
    zones: Mapping[str, Zone]
    told: Sequence[Told]
    local_rings_from: datetime  # in the hospital's time zone


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now: steps to add, waiting ones to cancel, and when to look again (None: when something changes)."""

    steps: tuple[Step, ...]
    cancelled: frozenset[UUID]
    look_again_at: datetime | None


def step_id(alert: UUID, kind: str, path: Path, target: str, number: int = 0) -> UUID:
    """The same for the same step of round *number*, in every replica and for ever."""
    return uuid5(_IDS, "/".join([str(alert), kind, path, target, *([str(number)] if number else [])]))


def plan(situation: Situation, pace: Pace, now: datetime) -> Plan:
    """Whom to tell now, and when to look again."""
    ladder = _Ladder(situation, pace, now)
    if situation.alert.is_answered:
        return ladder.answered()
    return ladder.stopped() if situation.alert.is_stopped else ladder.unanswered()


class _Ladder:
    """One look at one alert."""

    def __init__(self, situation: Situation, pace: Pace, now: datetime) -> None:
        alert = situation.alert
        self._alert = alert
        self._pace = pace
        self._now = now
        self._round = 0 if alert.round is None else alert.round.number
        self._ring_kind: Kind = "reopened" if self._round else "raised"
        self._reachable = {str(phone) for person in situation.people for phone in person.phones}
        self._reachable |= {channel.name for channel in situation.channels}
        self._people = [p for p in situation.people if p.phones and p.account not in alert.told_by]
        self._known = {each.id: each for each in situation.told}
        self._new: dict[UUID, Step] = {}
        self._later: list[datetime] = []
        occasion = Occasion(alert.site, alert.cameras, alert.category, situation.local_rings_from)
        self._rules = [rule for rule in situation.rules if applies(rule, situation.zones, occasion)]
        named = {name for rule in self._rules for name in rule.channels}
        self._channels = [channel for channel in situation.channels if channel.name in named]

    def answered(self) -> Plan:
        """Nothing rings any more; what rang is cleared, and machines are told."""
        rung = self._rung_in_any_round()
        for each in rung:
            if each.may_have_rung:
                self._end_on(each)
        self._tell_machines_of_rounds()
        if self._alert.outcome is not None and (self._alert.round is None or self._alert.round.is_open):
            self._tell_machines("closed")
        waiting = frozenset(each.id for each in rung if each.state == "waiting")
        return Plan(tuple(self._new.values()), waiting, None)

    def stopped(self) -> Plan:
        """Nothing rings while matching is stopped at the site; what people have on their phones stays there."""
        self._tell_machines("raised", number=0)
        waiting = {each.id for each in self._known.values() if each.path in RINGING and each.state == "waiting"}
        return Plan(tuple(self._new.values()), frozenset(waiting), None)

    def unanswered(self) -> Plan:
        """Ring on, as far as the time has come."""
        self._tell_machines_of_rounds()
        rung = self._rung_in_any_round()
        former = frozenset(each.id for each in rung if each.state == "waiting" and not self._is_of_this_round(each))
        ends = self._alert.rings_from + self._pace.give_up
        if self._now >= ends:
            return Plan(tuple(self._new.values()), former, None)
        for each in rung:
            if each.may_have_rung and each.target in self._reachable and not self._is_of_this_round(each):
                self._add(self._ring_kind, each.path, each.target, each.account, known_by=_RING)
        self._ring_people()
        self._ring_channels()
        paths = {each.path for each in rung if self._is_of_this_round(each)} | {
            each.path for each in self._new.values()
        }
        if not self._later and paths.isdisjoint(RINGING):
            # Shown as failed: that nobody could be told must not look like nothing.
            self._add(self._ring_kind, Path.NOBODY, _NOBODY, None, known_by=_RING)
        # Somebody may come on duty, or subscribe a phone, without that the alert changes.
        again = min([*self._later, self._now + self._pace.next_guard, ends])
        return Plan(tuple(self._new.values()), former, again)

    def _end_on(self, rung: Told) -> None:
        """Tell where it rang that it is over: once in each round, and again where somebody had been told to go."""
        alert, kind = self._alert, self._alert.outcome
        is_withdrawn = kind in _WITHDRAWN and alert.responder is not None
        if is_withdrawn:
            self._add("withdrawn", rung.path, rung.target, rung.account)
        elif alert.round is not None and not alert.round.is_open:
            self._add("corrected", rung.path, rung.target, rung.account)
        elif rung.path in _CLEARED:
            # With whatever comes first: the answer or the end.
            self._add("answered" if kind is None else "closed", rung.path, rung.target, rung.account, known_by=_CLEAR)

    def _rung_in_any_round(self) -> list[Told]:
        return [each for each in self._known.values() if each.kind in _RINGS and each.path in RINGING]

    def _is_of_this_round(self, told: Told) -> bool:
        return told.id == self._id(_RING, told.path, told.target)

    def _id(self, known_by: str, path: Path, target: str) -> UUID:
        return step_id(self._alert.id, known_by, path, target, self._round)

    def _ring_people(self) -> None:
        on_duty = [p for p in self._people if p.is_on_duty]
        guards = [p for p in on_duty if not p.is_supervisor]
        supervisors = [p for p in on_duty if p.is_supervisor]
        begins = self._alert.rings_from
        if any(rule.people == "at_once" for rule in self._rules):
            guards, supervisors, groups = on_duty, [], [on_duty]
        else:
            groups = [[guard] for guard in guards]
        turn = self._ring_in_turn(groups)
        if supervisors:
            at = begins if self._are_unreachable(guards) else begins + self._pace.supervisor
            self._ring(supervisors, at)
            turn = max(turn, self._next_turn(supervisors, at))
        if self._are_rung(on_duty):
            # Nobody else is left. With nobody on duty there is nobody to wait for.
            last = begins if self._are_unreachable(on_duty) else max(turn, begins + self._pace.everybody)
            self._ring([p for p in self._people if not p.is_on_duty], last)

    def _ring_in_turn(self, groups: Sequence[Sequence[Person]]) -> datetime:
        """Ring group after group, first who was rung before; returns when it would be the turn of another one."""
        turn = self._alert.rings_from
        order = [(self._rung_at(group), group) for group in groups]
        rung = sorted(((at, group) for at, group in order if at is not None), key=lambda each: each[0])
        for at, group in rung:
            self._ring(group, at)  # a phone that came since
            turn = max(turn, self._next_turn(group, at))
        for group in (group for at, group in order if at is None):
            self._ring(group, turn)
            turn = self._next_turn(group, turn)
        return turn

    def _next_turn(self, group: Sequence[Person], at: datetime) -> datetime:
        """When it is the next one's turn, after *group* was rung *at*: at once where none of it could be reached."""
        return at if self._are_unreachable(group) else at + self._pace.next_guard

    def _are_unreachable(self, people: Sequence[Person]) -> bool:
        """Whether every push to *people* has failed, and each of them was tried; so it is of nobody."""
        return all(told and all(each.state in _FAILED for each in told) for told in map(self._pushes_to, people))

    def _pushes_to(self, person: Person) -> list[Told]:
        return [self._known[each] for each in self._ids_of(person) if each in self._known]

    def _ids_of(self, person: Person) -> list[UUID]:
        return [self._id(_RING, Path.PUSH, str(phone)) for phone in person.phones]

    def _rung_at(self, group: Sequence[Person]) -> datetime | None:
        planned: Mapping[UUID, Told | Step] = {**self._new, **self._known}
        ids = [each for person in group for each in self._ids_of(person)]
        return min((planned[each].due_at for each in ids if each in planned), default=None)

    def _are_rung(self, people: Sequence[Person]) -> bool:
        planned = self._known.keys() | self._new.keys()
        return all(each in planned for person in people for each in self._ids_of(person))

    def _ring(self, people: Sequence[Person], at: datetime) -> None:
        if at > self._now:
            self._later += [at for _ in people[:1]]
            return
        for person in people:
            for phone in person.phones:
                self._add(self._ring_kind, Path.PUSH, str(phone), person.account, known_by=_RING)

    def _ring_channels(self) -> None:
        """Quiet until the next guard's turn while a phone shows the alert; at once where no phone can be reached."""
        rung = [each for each in self._known.values() if self._is_of_this_round(each)]
        is_shown, is_unreachable = any(each.is_shown for each in rung), self._are_unreachable(self._people)
        for channel in self._channels:
            if channel.path not in RINGING:
                continue
            after = self._pace.ntfy if channel.path is Path.NTFY else self._pace.chat
            wait = timedelta() if is_unreachable else self._pace.next_guard if is_shown else after
            at = self._alert.rings_from + wait
            if at > self._now:
                self._later.append(at)
            else:
                self._add(self._ring_kind, channel.path, channel.name, None, known_by=_RING)

    def _tell_machines_of_rounds(self) -> None:
        """That it was raised and answered, and what came of corrections."""
        alert = self._alert
        self._tell_machines("raised", number=0)
        if alert.responder is not None or alert.told_by:
            self._tell_machines("answered", number=0)
        if alert.round is not None:
            self._tell_machines("reopened" if alert.round.is_open else "corrected")

    def _tell_machines(self, kind: Kind, *, number: int | None = None) -> None:
        """Tell other systems: those that a rule names, and whoever hears the broker."""
        for channel in self._channels:
            if channel.path is Path.WEBHOOK:
                self._add(kind, channel.path, channel.name, None, number=number)
        self._add(kind, Path.NATS, _ALERTS, None, number=number)

    def _add(
        self,
        kind: Kind,
        path: Path,
        target: str,
        account: UUID | None,
        *,
        known_by: str = "",
        number: int | None = None,
    ) -> None:
        round_number = self._round if number is None else number
        known_as = step_id(self._alert.id, known_by or kind, path, target, round_number)
        if known_as not in self._known:
            # Also of what is told at once other systems can tell which came later.
            due_at = self._now if path in RINGING else self._now + _AFTER[kind]
            self._new.setdefault(known_as, Step(known_as, kind, path, target, account, due_at))
