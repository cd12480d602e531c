"""The delivery ladder: whom an alert is told next, by which way, and when. Pure: no clock, no I/O.

Every step has an id that is derived from what it is, so that planning again plans nothing twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID, uuid5

from proto.wardwatch.v1.delivery import Occasion, Path, Rule, Zone, applies

Kind = Literal["raised", "answered", "closed", "test"]
State = Literal["waiting", "sent", "failed", "dead", "cancelled"]

_IDS: Final = UUID("5c4dc5d4-4b8a-4b6e-9a53-8e0f2a3c9f11")
# Ways that ring where a person is; the others tell machines.
RINGING: Final = frozenset({Path.PUSH, Path.NTFY, Path.CHAT})
# Ways on which a later message takes the place of the first one.
_CLEARED: Final = frozenset({Path.PUSH, Path.NTFY})
_FAILED: Final = frozenset({"failed", "dead", "cancelled"})
# Targets of ways that have but one, and the word that a clearing message is known by.
_NOBODY: Final = "nobody"
_ALERTS: Final = "alerts"
_CLEAR: Final = "clear"
_AFTER: Final[Mapping[Kind, timedelta]] = {
    "raised": timedelta(),
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
class Alert:
    """An incident as far as telling people of it goes; ``told_by`` are the accounts that gave a verdict."""

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

    @property
    def is_answered(self) -> bool:
        """Nobody need be rung: somebody goes there, as many have judged as must, or it is over."""
        return self.outcome is not None or self.responder is not None or len(self.told_by) >= self.reviewers


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
    local_raised_at: datetime  # in the hospital's time zone


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now: steps to add, waiting ones to cancel, and when to look again (None: when something changes)."""

    steps: tuple[Step, ...]
    cancelled: frozenset[UUID]
    look_again_at: datetime | None


def step_id(alert: UUID, kind: str, path: Path, target: str) -> UUID:
    """The same for the same step, in every replica and for ever."""
    return uuid5(_IDS, f"{alert}/{kind}/{path}/{target}")


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
        self._people = [p for p in situation.people if p.phones and p.account not in alert.told_by]
        self._known = {each.id: each for each in situation.told}
        self._new: dict[UUID, Step] = {}
        self._later: list[datetime] = []
        occasion = Occasion(alert.site, alert.cameras, alert.category, situation.local_raised_at)
        self._rules = [rule for rule in situation.rules if applies(rule, situation.zones, occasion)]
        named = {name for rule in self._rules for name in rule.channels}
        self._channels = [channel for channel in situation.channels if channel.name in named]

    def answered(self) -> Plan:
        """Nothing rings any more; what rang is cleared, and machines are told."""
        alert = self._alert
        kind: Kind = "answered" if alert.outcome is None else "closed"
        rung = [each for each in self._known.values() if each.kind == "raised"]
        cancelled = {each.id for each in rung if each.path in RINGING and each.state == "waiting"}
        for each in rung:
            if each.path in _CLEARED and (each.state == "sent" or (each.id in cancelled and each.is_begun)):
                # Once on each phone, with whatever comes first: the answer or the end.
                self._add(kind, each.path, each.target, each.account, known_by=_CLEAR)
        self._tell_machines("raised")
        if alert.responder is not None or alert.told_by:
            self._tell_machines("answered")
        if alert.outcome is not None:
            self._tell_machines("closed")
        return Plan(tuple(self._new.values()), frozenset(cancelled), None)

    def stopped(self) -> Plan:
        """Nothing rings while matching is stopped at the site; what people have on their phones stays there."""
        self._tell_machines("raised")
        waiting = {each.id for each in self._known.values() if each.path in RINGING and each.state == "waiting"}
        return Plan(tuple(self._new.values()), frozenset(waiting), None)

    def unanswered(self) -> Plan:
        """Ring on, as far as the time has come."""
        self._tell_machines("raised")
        if self._alert.told_by:
            self._tell_machines("answered")
        ends = self._alert.raised_at + self._pace.give_up
        if self._now >= ends:
            return Plan(tuple(self._new.values()), frozenset(), None)
        self._ring_people()
        self._ring_channels()
        paths = {each.path for each in self._known.values()} | {each.path for each in self._new.values()}
        if not self._later and paths.isdisjoint(RINGING):
            # Shown as failed: that nobody could be told must not look like nothing.
            self._add("raised", Path.NOBODY, _NOBODY, None)
        # Somebody may come on duty, or subscribe a phone, without that the alert changes.
        again = min([*self._later, self._now + self._pace.next_guard, ends])
        return Plan(tuple(self._new.values()), frozenset(), again)

    def _ring_people(self) -> None:
        on_duty = [p for p in self._people if p.is_on_duty]
        guards = [p for p in on_duty if not p.is_supervisor]
        supervisors = [p for p in on_duty if p.is_supervisor]
        begins = self._alert.raised_at
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
        turn = self._alert.raised_at
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
        ids = {step_id(self._alert.id, "raised", Path.PUSH, str(phone)) for phone in person.phones}
        return [each for each in self._known.values() if each.id in ids]

    def _rung_at(self, group: Sequence[Person]) -> datetime | None:
        return min((each.due_at for person in group for each in self._pushes_to(person)), default=None)

    def _are_rung(self, people: Sequence[Person]) -> bool:
        return all(
            step_id(self._alert.id, "raised", Path.PUSH, str(phone)) in self._known.keys() | self._new.keys()
            for person in people
            for phone in person.phones
        )

    def _ring(self, people: Sequence[Person], at: datetime) -> None:
        if at > self._now:
            self._later += [at for _ in people[:1]]
            return
        for person in people:
            for phone in person.phones:
                self._add("raised", Path.PUSH, str(phone), person.account)

    def _ring_channels(self) -> None:
        """Quiet until the next guard's turn while a phone shows the alert; at once where no phone can be reached."""
        rung = [each for each in self._known.values() if each.kind == "raised"]
        is_shown, is_unreachable = any(each.is_shown for each in rung), self._are_unreachable(self._people)
        for channel in self._channels:
            if channel.path not in RINGING:
                continue
            after = self._pace.ntfy if channel.path is Path.NTFY else self._pace.chat
            wait = timedelta() if is_unreachable else self._pace.next_guard if is_shown else after
            at = self._alert.raised_at + wait
            if at > self._now:
                self._later.append(at)
            else:
                self._add("raised", channel.path, channel.name, None)

    def _tell_machines(self, kind: Kind) -> None:
        """Tell other systems: those that a rule names, and whoever hears the broker."""
        for channel in self._channels:
            if channel.path is Path.WEBHOOK:
                self._add(kind, channel.path, channel.name, None)
        self._add(kind, Path.NATS, _ALERTS, None)

    def _add(self, kind: Kind, path: Path, target: str, account: UUID | None, *, known_by: str = "") -> None:
        known_as = step_id(self._alert.id, known_by or kind, path, target)
        if known_as not in self._known:
            # Also of what is told at once other systems can tell which came later.
            due_at = self._now if path in RINGING else self._now + _AFTER[kind]
            self._new.setdefault(known_as, Step(known_as, kind, path, target, account, due_at))
