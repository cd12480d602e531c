"""Codes as people type them, and how often they may guess."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from services.alerts.accounts.codes import GuessLimit, code_digest

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["7GQ4-MXKD-2TPZ", "7gq4mxkd2tpz", " 7GQ4 mxkd\u20132tpz "])
def test_a_code_is_the_same_however_it_is_typed(typed: str) -> None:
    assert code_digest(typed) == hashlib.sha256(b"7GQ4MXKD2TPZ").digest()


@pytest.mark.parametrize("typed", ["", "7GQ4-MXKD", "7GQ4-MXKD-2TPZ-X", "7GQ4-MXKD-2TP!", "\uff17GQ4-MXKD-2TPZ"])
def test_what_cannot_be_a_code_is_not_looked_up(typed: str) -> None:
    assert code_digest(typed) is None


def test_a_sender_who_guesses_waits_and_others_do_not() -> None:
    limit = GuessLimit(attempts=3, span=timedelta(minutes=5))

    assert [limit.wait("a", NOW + timedelta(minutes=n)) for n in range(3)] == [None] * 3
    assert limit.wait("a", NOW + timedelta(minutes=3)) == timedelta(minutes=2)
    assert limit.wait("b", NOW + timedelta(minutes=3)) is None
    assert limit.wait("a", NOW + timedelta(minutes=5)) is None


def test_attempts_counted_by_a_clock_that_was_ahead_lock_nobody_out() -> None:
    limit = GuessLimit(attempts=3)
    for _ in range(4):
        limit.wait("a", NOW + timedelta(hours=8))

    assert limit.wait("a", NOW) is None


def test_those_who_had_a_code_do_not_use_up_the_attempts_of_their_ward() -> None:
    limit = GuessLimit(attempts=1)

    for _ in range(5):
        assert limit.wait("nat", NOW) is None
        limit.forgive("nat")


def test_only_so_many_senders_are_remembered() -> None:
    limit = GuessLimit(attempts=1)
    limit.wait("first", NOW)

    for n in range(5000):
        limit.wait(str(n), NOW)

    assert limit.wait("first", NOW) is None
