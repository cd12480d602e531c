"""The steps of a first hour are judged by what the system knows."""

from dataclasses import replace

import pytest

from proto.wardwatch.v1.roles import Role
from services.alerts.first_hour.steps import Account, Facts, StepCode, steps

ADMIN = Account("admin", Role.ADMINISTRATOR)
LI, WANG, ANA = Account("li", Role.SUPERVISOR), Account("wang", Role.SUPERVISOR), Account("ana", Role.GUARD)
NOTHING = Facts((), (), (), (), reached=(), can_be_reached=False, answered_by=(), is_answered=False)
BEGUN = replace(NOTHING, accounts=(ADMIN,))


def done(facts: Facts) -> list[StepCode]:
    return [step.code for step in steps(facts) if step.done]


def named(facts: Facts, code: StepCode) -> tuple[str, ...]:
    (step,) = (step for step in steps(facts) if step.code == code)
    return step.names


def test_at_the_beginning_there_is_an_administrator_and_nothing_else() -> None:
    assert done(NOTHING) == []
    assert done(BEGUN) == ["administrator"]
    assert named(BEGUN, "administrator") == ("admin",)


def test_one_supervisor_is_not_two_and_an_administrator_is_none() -> None:
    one, two = replace(BEGUN, accounts=(ADMIN, LI, ANA)), replace(BEGUN, accounts=(ADMIN, LI, WANG))

    assert done(one) == ["administrator", "supervisor"]
    assert done(two) == ["administrator", "supervisor", "second"]
    assert (named(two, "supervisor"), named(two, "second")) == (("li",), ("wang",))


@pytest.mark.parametrize(
    ("matching", "is_done"), [((), False), ((0,), False), ((1, 0), False), ((1,), True), ((3, 2), True)]
)
def test_a_person_matches_only_when_every_matcher_can(matching: tuple[int, ...], is_done: bool) -> None:
    assert ("person" in done(replace(BEGUN, matching=matching))) == is_done


def test_a_phone_that_sounds_rings_only_once_an_alert_could_reach_it() -> None:
    heard = replace(BEGUN, heard=("ana", "bo"), can_be_reached=True)

    assert named(heard, "phone") == ()
    assert named(replace(heard, reached=("ana", "eva")), "phone") == ("ana",)
    # Where neither pushes nor drills can be, sound is all there is.
    assert named(replace(heard, can_be_reached=False), "phone") == ("ana", "bo")


def test_a_phone_rings_now_or_has_rung_before() -> None:
    assert named(replace(BEGUN, heard=("ana",)), "phone") == ("ana",)
    assert named(replace(BEGUN, heard=("ana",), answered_by=("ana", "bo"), is_answered=True), "phone") == (
        "ana",
        "bo",
    )


def test_an_answer_of_anybody_counts_and_a_camera_only_while_it_sends() -> None:
    assert done(replace(BEGUN, is_answered=True)) == ["administrator", "alert"]
    assert done(replace(BEGUN, cameras=("gate",))) == ["administrator", "camera"]
