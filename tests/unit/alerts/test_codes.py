"""Codes as people type them, and how often they may guess."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from services.alerts.accounts.codes import Guesses, code_digest

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["7GQ4-MXKD-2TPZ", "7gq4mxkd2tpz", " 7GQ4 mxkd\u20132tpz "])
def test_a_code_is_the_same_however_it_is_typed(typed: str) -> None:
    assert code_digest(typed) == hashlib.sha256(b"7GQ4MXKD2TPZ").digest()


@pytest.mark.parametrize("typed", ["", "7GQ4-MXKD", "7GQ4-MXKD-2TPZ-X", "7GQ4-MXKD-2TP!", "\uff17GQ4-MXKD-2TPZ"])
def test_what_cannot_be_a_code_is_not_looked_up(typed: str) -> None:
    assert code_digest(typed) is None


def test_who_sends_many_wrong_codes_guesses_and_others_do_not() -> None:
    guesses = Guesses(attempts=3, span=timedelta(minutes=5))

    for minute in range(3):
        assert not guesses.is_guessing("a", NOW + timedelta(minutes=minute))
        guesses.wrong("a", NOW + timedelta(minutes=minute))

    assert guesses.is_guessing("a", NOW + timedelta(minutes=3))
    assert not guesses.is_guessing("b", NOW + timedelta(minutes=3))
    assert not guesses.is_guessing("a", NOW + timedelta(minutes=5))


def test_wrong_codes_counted_by_a_clock_that_was_ahead_slow_nobody() -> None:
    guesses = Guesses(attempts=3)
    for _ in range(4):
        guesses.wrong("a", NOW + timedelta(hours=8))

    assert not guesses.is_guessing("a", NOW)


def test_only_so_many_senders_are_remembered() -> None:
    guesses = Guesses(attempts=1)
    guesses.wrong("first", NOW)

    for n in range(5000):
        guesses.wrong(str(n), NOW)

    assert not guesses.is_guessing("first", NOW)
