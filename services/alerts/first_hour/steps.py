"""What is left to do until an installation can raise an alert that somebody answers. Pure.

Nobody ticks anything off: each step is judged by what the system knows at this moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from proto.wardwatch.v1.roles import Role

StepCode = Literal["administrator", "supervisor", "second", "camera", "person", "phone", "alert"]


@dataclass(frozen=True, slots=True)
class Account:
    """An account that may sign in."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known. ``matching`` is for each living matcher how many entries it can match."""

    accounts: Sequence[Account]
    cameras: Sequence[str]  # that send pictures now
    matching: Sequence[int]
    heard: Sequence[str]  # guards whose open page can be heard
    reached: Sequence[str]  # guards to whose phone a push came, or whose page answered a drill
    can_be_reached: bool  # whether there are pushes or drills at all
    answered_by: Sequence[str]  # guards who have answered an alert
    is_answered: bool  # whether anybody has


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, and by what it is done: names of accounts or cameras."""

    code: StepCode
    done: bool
    names: tuple[str, ...] = ()


def steps(facts: Facts) -> tuple[Step, ...]:
    """Every step, in the order in which they are easiest."""
    administrators = _named(facts, Role.ADMINISTRATOR)
    supervisors = _named(facts, Role.SUPERVISOR)
    # A page that makes a sound is no phone yet that alerts reach. Who has answered one has been rung.
    ringing = [name for name in facts.heard if name in facts.reached or not facts.can_be_reached]
    phones = tuple(dict.fromkeys([*ringing, *facts.answered_by]))
    return (
        Step("administrator", bool(administrators), administrators),
        Step("supervisor", bool(supervisors), supervisors[:1]),
        Step("second", len(supervisors) > 1, supervisors[1:]),
        Step("camera", bool(facts.cameras), tuple(facts.cameras)),
        Step("person", bool(facts.matching) and min(facts.matching) > 0),
        Step("phone", bool(phones), phones),
        Step("alert", facts.is_answered, tuple(facts.answered_by)),
    )


def _named(facts: Facts, role: Role) -> tuple[str, ...]:
    return tuple(account.name for account in facts.accounts if account.role is role)
